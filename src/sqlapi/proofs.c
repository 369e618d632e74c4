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
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/rls.h"
#include "utils/timestamp.h"

#include "sqlapi/common.h"

/* Columns of perfext.index_proofs: src/sql/41_index_proofs.sql */
typedef enum ProofColumn
{
	USERID,
	DBID,
	QUERYID,
	TOPLEVEL,
	FOREIGN_KEY,
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

/* The columns that all rows of a statement have in common */
static void
put_key(Datum *v, bool *nulls, const PfxStatementCopy *copy, bool foreign_key)
{
	memset(nulls, 0, sizeof(bool) * NCOLUMNS);
	v[USERID] = ObjectIdGetDatum(copy->key.userid);
	v[DBID] = ObjectIdGetDatum(copy->key.dbid);
	v[QUERYID] = Int64GetDatum((int64) copy->key.queryid);
	v[TOPLEVEL] = BoolGetDatum(copy->key.toplevel != 0);
	v[FOREIGN_KEY] = BoolGetDatum(foreign_key);
}

static void
put_applied(Datum *v, bool *nulls, TimestampTz at, int64 calls, int64 time)
{
	v[APPLIED_AT] = TimestampTzGetDatum(at);
	v[APPLIED_CALLS] = Int64GetDatum(calls);
	v[APPLIED_EXEC_TIME] = pfx_ms(time);
	nulls[APPLIED_AT] = nulls[APPLIED_CALLS] = nulls[APPLIED_EXEC_TIME] = at == 0;
}

static void
emit_own(const PfxStatementCopy *copy, ReturnSetInfo *set)
{
	const PfxProofStats *proof = &copy->stats.proof;
	bool		readable = pfx_may_read(copy->key.userid);
	Datum		v[NCOLUMNS];
	bool		nulls[NCOLUMNS];

	put_key(v, nulls, copy, false);
	v[PROVED_AT] = TimestampTzGetDatum(proof->proved_at);
	/* a partial index' predicate and an expression hold what the statement says */
	put_json(&v[PROOF], &nulls[PROOF], readable ? copy->proof : NULL, copy->encoding);
	put_json(&v[APPLIED], &nulls[APPLIED], readable ? copy->applied : NULL, copy->encoding);
	put_applied(v, nulls, proof->applied_at, proof->applied_calls, proof->applied_exec_time);
	pfx_emit(set, v, nulls);
}

/*
 * A check runs with the rights of the table's owner, and its proof tells what the
 * statistics of that table say.  Who ran the statement that fired it sees that only
 * where pg_stats shows it as well.
 */
static bool
may_read_check(const PfxStmtKey *key, Oid relid)
{
	bool		is_missing = false;

	if (pfx_may_read_all())
		return true;
	return pfx_may_read(key->userid) && key->dbid == MyDatabaseId &&
		pg_class_aclcheck_ext(relid, GetUserId(), ACL_SELECT, &is_missing) == ACLCHECK_OK &&
		!is_missing && check_enable_rls(relid, InvalidOid, true) != RLS_ENABLED;
}

/* What had been counted when an index was created; at is 0 if none was */
typedef struct Applied
{
	TimestampTz at;
	int64		calls;
	int64		time;			/* ns */
} Applied;

typedef struct Check
{
	uint64		check;
	Oid			relid;
	TimestampTz proved_at;
	const char *json;
	int			len;
} Check;

static const char *
next_check(const char *at, Check *check)
{
	check->json = at;
	return at == NULL ? NULL :
		pfx_check_proof_next(at, &check->check, &check->relid, &check->proved_at, &check->len);
}

static bool
find_check(const char *at, uint64 check, Check *found)
{
	while ((at = next_check(at, found)) != NULL)
		if (found->check == check)
			return true;
	return false;
}

static char *
check_json(const Check *check)
{
	return check != NULL ? pnstrdup(check->json, check->len) : NULL;
}

/* What holds now and what held when an index was created; one of them may be NULL */
static void
emit_check(const PfxStatementCopy *copy, const Check *now, const Check *then,
		   const Applied *applied, ReturnSetInfo *set)
{
	bool		readable = may_read_check(&copy->key, (now != NULL ? now : then)->relid);
	Datum		v[NCOLUMNS];
	bool		nulls[NCOLUMNS];

	put_key(v, nulls, copy, true);
	v[PROVED_AT] = TimestampTzGetDatum((now != NULL ? now : then)->proved_at);
	put_json(&v[PROOF], &nulls[PROOF], readable ? check_json(now) : NULL, copy->encoding);
	put_json(&v[APPLIED], &nulls[APPLIED], readable ? check_json(then) : NULL, copy->encoding);
	put_applied(v, nulls, applied->at, applied->calls, applied->time);
	pfx_emit(set, v, nulls);
}

static void
emit_proofs(const PfxStatementCopy *copy, void *arg)
{
	ReturnSetInfo *set = (ReturnSetInfo *) arg;
	Applied		applied;
	const char *then_checks = pfx_check_proofs_applied(copy->applied_checks, &applied.at,
													   &applied.calls, &applied.time);
	Check		now;
	Check		then;

	if (copy->proof != NULL || copy->applied != NULL)
		emit_own(copy, set);
	for (const char *next = copy->check_proofs; (next = next_check(next, &now)) != NULL;)
		emit_check(copy, &now, find_check(then_checks, now.check, &then) ? &then : NULL,
				   &applied, set);
	for (const char *next = then_checks; (next = next_check(next, &then)) != NULL;)
		if (!find_check(copy->check_proofs, then.check, &now))
			emit_check(copy, NULL, &then, &applied, set);
}

/*
 * perfext.index_proofs_1_0() -> setof record, one row per statement that indexes
 * were thought about for, and one per foreign-key check; times in milliseconds.  Errors
 * when the library was not preloaded.
 */
Datum
perfext_index_proofs_1_0(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *set = pfx_begin_set(fcinfo, NCOLUMNS);

	pfx_statements_foreach(PFX_COPY_TEXT, emit_proofs, set);
	return (Datum) 0;
}
