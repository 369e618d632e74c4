/*-------------------------------------------------------------------------
 *
 * proofs.c
 *	  The SQL function that gives what was found out about indexes.
 *
 * Separate from statements.c: it is read by rules, not by people.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/timestamp.h"

#include "sqlapi/common.h"

/* Columns of perfext.index_proofs: src/sql/41_index_proofs.sql */
typedef enum ProofColumn
{
	USERID,
	DBID,
	QUERYID,
	TOPLEVEL,
	PROVED_AT,
	PROOF,
	APPLIED_AT,
	APPLIED_CALLS,
	APPLIED_EXEC_TIME,
	APPLIED,
	NCOLUMNS
} ProofColumn;

PG_FUNCTION_INFO_V1(perfext_index_proofs_1_0);

static void
put_json(Datum *value, bool *isnull, char *json, int encoding)
{
	*isnull = json == NULL;
	*value = *isnull ? (Datum) 0 :
		DirectFunctionCall1(jsonb_in, CStringGetDatum(pfx_to_server(json, encoding)));
}

static void
emit_proof(const PfxStatementCopy *copy, void *arg)
{
	const PfxProofStats *proof = &copy->stats.proof;
	bool		readable = pfx_may_read(copy->key.userid);
	Datum		v[NCOLUMNS];
	bool		nulls[NCOLUMNS];

	if (copy->proof == NULL && copy->applied == NULL)
		return;
	memset(nulls, 0, sizeof(nulls));
	v[USERID] = ObjectIdGetDatum(copy->key.userid);
	v[DBID] = ObjectIdGetDatum(copy->key.dbid);
	v[QUERYID] = Int64GetDatum((int64) copy->key.queryid);
	v[TOPLEVEL] = BoolGetDatum(copy->key.toplevel != 0);
	v[PROVED_AT] = TimestampTzGetDatum(proof->proved_at);
	/* a partial index' predicate and an expression hold what the statement says */
	put_json(&v[PROOF], &nulls[PROOF], readable ? copy->proof : NULL, copy->encoding);
	put_json(&v[APPLIED], &nulls[APPLIED], readable ? copy->applied : NULL, copy->encoding);
	v[APPLIED_AT] = TimestampTzGetDatum(proof->applied_at);
	v[APPLIED_CALLS] = Int64GetDatum(proof->applied_calls);
	v[APPLIED_EXEC_TIME] = pfx_ms(proof->applied_exec_time);
	nulls[APPLIED_AT] = nulls[APPLIED_CALLS] = nulls[APPLIED_EXEC_TIME] = proof->applied_at == 0;
	pfx_emit((ReturnSetInfo *) arg, v, nulls);
}

/*
 * perfext.index_proofs_1_0() -> setof record, one row per statement that indexes
 * were thought about for; times in milliseconds.  Errors when the library was not
 * preloaded.
 */
Datum
perfext_index_proofs_1_0(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *set = pfx_begin_set(fcinfo, NCOLUMNS);

	pfx_statements_foreach(PFX_COPY_TEXT, emit_proof, set);
	return (Datum) 0;
}
