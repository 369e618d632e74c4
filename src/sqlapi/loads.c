/*-------------------------------------------------------------------------
 *
 * loads.c
 *	  The SQL function that shows loads and large reads.
 *
 * Separate from statements.c: a load is a target's, not a user's.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "detect/batch.h"
#include "sqlapi/common.h"
#include "sqlapi/kept.h"

PG_FUNCTION_INFO_V1(perfext_etl_loads_1_0);

/* As the OUT parameters of perfext.etl_loads() in src/sql/45_etl_loads.sql */
typedef enum LoadColumn
{
	DBID,
	SCHEMANAME,
	RELNAME,
	RELID,
	OPERATION,
	SHAPE,
	STATEMENTS,
	ROWS,
	ROWS_PER_STATEMENT,
	ROWS_PER_COMMIT,
	ROWS_PER_RUN,
	TOTAL_TIME,
	MAX_TIME,
	ROWS_PER_SECOND,
	BYTES,
	SKIPPED_ROWS,
	WAL_BYTES,
	WAL_BYTES_PER_ROW,
	TEMP_BYTES,
	INDEX_COUNT,
	FOREIGN_KEY_COUNT,
	TRIGGER_TIME,
	FK_TIME,
	COMMIT_TIME,
	CLIENT_GAP_TIME,
	WAITING_TIME,
	COMMITS,
	RUNS,
	STREAM_STATEMENTS,
	FOLLOWING_RATIO,
	STATEMENT_COST,
	ROW_COST,
	COMMIT_COST,
	LEARNT_FROM,
	RECOMMENDED_BATCH_ROWS,
	RECOMMENDED_COMMIT_ROWS,
	PROJECTED_ROWS_PER_SECOND,
	HAS_ROW_TRIGGER,
	HAS_RETURNING,
	HAS_ON_CONFLICT,
	IS_LOGGED,
	QUERYIDS,
	FIRST_SEEN,
	LAST_SEEN,
	NCOLUMNS
} LoadColumn;

static const char *const operation_names[PFX_LOAD_LAST + 1] = {
	[PFX_LOAD_NONE] = NULL,
	[PFX_LOAD_COPY] = "copy",
	[PFX_LOAD_INSERT] = "insert",
	[PFX_LOAD_INSERT_SELECT] = "insert_select",
	[PFX_LOAD_MERGE] = "merge",
	[PFX_LOAD_UPDATE] = "update",
	[PFX_LOAD_DELETE] = "delete",
	[PFX_LOAD_CTAS] = "ctas",
	[PFX_LOAD_SELECT_INTO] = "select_into",
	[PFX_LOAD_REFRESH] = "refresh",
	[PFX_LOAD_CREATE_INDEX] = "create_index",
	[PFX_LOAD_REINDEX] = "reindex",
	[PFX_LOAD_ANALYZE] = "analyze",
	[PFX_LOAD_VACUUM] = "vacuum",
	[PFX_LOAD_TRUNCATE] = "truncate",
	[PFX_LOAD_RESULT] = "result",
	[PFX_LOAD_SCAN] = "scan",
};

static const char *const shape_names[PFX_SHAPE_LAST + 1] = {
	[PFX_SHAPE_PLAIN] = "plain",
	[PFX_SHAPE_ROW] = "row",
	[PFX_SHAPE_VALUES] = "values",
	[PFX_SHAPE_UNNEST] = "unnest",
	[PFX_SHAPE_NESTED] = "nested",
	[PFX_SHAPE_TRIGGER] = "trigger",
	[PFX_SHAPE_FILE] = "file",
	[PFX_SHAPE_STDIN] = "stdin",
	[PFX_SHAPE_PROGRAM] = "program",
};

static const char *const learnt_names[] = {
	[PFX_LEARNT_NOTHING] = NULL,
	[PFX_LEARNT_SIZES] = "statements of different sizes",
	[PFX_LEARNT_PARTS] = "the parts of one size",
};

typedef struct Row
{
	Datum		v[NCOLUMNS];
	bool		nulls[NCOLUMNS];
} Row;

static void
put_int(Row *row, LoadColumn column, bool known, int64 value)
{
	row->nulls[column] = !known;
	row->v[column] = Int64GetDatum(known ? value : 0);
}

static void
put_float(Row *row, LoadColumn column, bool known, double value)
{
	row->nulls[column] = !known;
	row->v[column] = Float8GetDatum(known ? value : 0);
}

static void
put_ms(Row *row, LoadColumn column, bool known, double ns)
{
	put_float(row, column, known, ns / 1e6);
}

static void
put_text(Row *row, LoadColumn column, const char *value)
{
	row->nulls[column] = value == NULL;
	row->v[column] = value == NULL ? (Datum) 0 : CStringGetTextDatum(value);
}

static void
put_name(Row *row, LoadColumn column, const NameData *name, int encoding)
{
	put_text(row, column,
			 NameStr(*name)[0] != '\0' ? pfx_to_server(pstrdup(NameStr(*name)), encoding) : NULL);
}

static bool
has_rows(PfxLoadOperation operation)
{
	switch (operation)
	{
		case PFX_LOAD_COPY:
		case PFX_LOAD_INSERT:
		case PFX_LOAD_INSERT_SELECT:
		case PFX_LOAD_MERGE:
		case PFX_LOAD_UPDATE:
		case PFX_LOAD_DELETE:
		case PFX_LOAD_CTAS:
		case PFX_LOAD_SELECT_INTO:
		case PFX_LOAD_REFRESH:
		case PFX_LOAD_RESULT:
			return true;
		case PFX_LOAD_NONE:
		case PFX_LOAD_CREATE_INDEX:
		case PFX_LOAD_REINDEX:
		case PFX_LOAD_ANALYZE:
		case PFX_LOAD_VACUUM:
		case PFX_LOAD_TRUNCATE:
		case PFX_LOAD_SCAN:
			return false;
	}
	return false;
}

/* A client's statements, whose gaps are looked at */
static bool
is_stream(const PfxLoadKey *key)
{
	return key->operation >= PFX_LOAD_COPY && key->operation <= PFX_LOAD_DELETE &&
		key->operation != PFX_LOAD_INSERT_SELECT && key->shape != PFX_SHAPE_NESTED &&
		key->shape != PFX_SHAPE_TRIGGER;
}

/* Both are lost together where a lock was taken; -1: unknown */
static double
following_ratio(const PfxLoadStats *stats)
{
	double		same = 0;
	double		any = 0;

	for (int i = 0; i < PFX_LOAD_BUCKETS; i++)
		same += stats->buckets[i].count;
	for (int i = 0; i < PFX_LOAD_PARTS; i++)
		any += stats->gaps[i];
	return any > 0 ? Min(same / any, 1) : -1;
}

/* What the server does not tell is NULL, and not 0 */
static void
put_checks(Row *row, const PfxLoadKey *key, const PfxLoadStats *stats)
{
	bool		is_copy = key->operation == PFX_LOAD_COPY;
	bool		is_dml = is_copy || (key->operation >= PFX_LOAD_INSERT &&
									 key->operation <= PFX_LOAD_DELETE);
	uint32		unknown = is_copy ? PFX_TARGET_TRIGGER : PFX_TARGET_ROW_TRIGGER;
	bool		no_keys = stats->target.foreign_keys == 0 &&
		(is_copy || key->operation == PFX_LOAD_INSERT ||
		 key->operation == PFX_LOAD_INSERT_SELECT);

	put_ms(row, TRIGGER_TIME, is_dml && (stats->target.flags & unknown) == 0,
		   stats->trigger_time);
	put_ms(row, FK_TIME, is_dml && (PFX_SEES_FK_CHECKS || no_keys), stats->fk_time);
	put_int(row, FOREIGN_KEY_COUNT, is_dml, stats->target.foreign_keys);
}

static void
put_advice(Row *row, const PfxLoadKey *key, const PfxLoadStats *stats)
{
	PfxBatch	batch;
	bool		known;

	pfx_batch_recommend(key, stats, &batch);
	known = batch.learnt_from != PFX_LEARNT_NOTHING;
	put_ms(row, STATEMENT_COST, known, batch.statement_time);
	put_ms(row, ROW_COST, known, batch.row_time);
	put_ms(row, COMMIT_COST, batch.commit_wait >= 0, batch.commit_wait);
	put_text(row, LEARNT_FROM, learnt_names[batch.learnt_from]);
	put_int(row, RECOMMENDED_BATCH_ROWS, known, (int64) batch.rows);
	put_int(row, RECOMMENDED_COMMIT_ROWS, known && batch.commit_rows > 0,
			(int64) batch.commit_rows);
	put_float(row, PROJECTED_ROWS_PER_SECOND, known, batch.rate);
}

static void
put_queryids(Row *row, const PfxLoadStats *stats)
{
	Datum		queryids[PFX_LOAD_QUERYIDS];
	int			n = 0;

	for (int i = 0; i < PFX_LOAD_QUERYIDS; i++)
		if (stats->queryids[i] != 0)
			queryids[n++] = Int64GetDatum((int64) stats->queryids[i]);
	row->v[QUERYIDS] = PointerGetDatum(construct_array(queryids, n, INT8OID, sizeof(int64),
													   FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
	row->nulls[QUERYIDS] = false;
}

static void
emit_load(const PfxLoadCopy *copy, void *arg)
{
	const PfxLoadKey *key = &copy->key;
	const PfxLoadStats *stats = &copy->stats;
	bool		rows_known = has_rows(key->operation);
	double		rows = stats->rows;
	double		following;
	double		elapsed = (stats->time + stats->commit_time + stats->client_gap_time) / 1e9;
	Row			row;

	if (key->operation == PFX_LOAD_NONE || key->operation > PFX_LOAD_LAST ||
		key->shape > PFX_SHAPE_LAST)
		return;
	memset(&row, 0, sizeof(row));
	row.v[DBID] = ObjectIdGetDatum(key->dbid);
	put_name(&row, SCHEMANAME, &key->schemaname, copy->encoding);
	put_name(&row, RELNAME, &key->relname, copy->encoding);
	row.v[RELID] = ObjectIdGetDatum(stats->target.relid);
	row.nulls[RELID] = !OidIsValid(stats->target.relid);
	put_text(&row, OPERATION, operation_names[key->operation]);
	put_text(&row, SHAPE, shape_names[key->shape]);
	put_int(&row, STATEMENTS, true, stats->statements);
	put_int(&row, ROWS, rows_known, stats->rows);
	put_float(&row, ROWS_PER_STATEMENT, rows_known, rows / stats->statements);
	put_float(&row, ROWS_PER_COMMIT, rows_known && stats->commits > 0,
			  (double) stats->committed_rows / Max(stats->commits, 1));
	put_float(&row, ROWS_PER_RUN, rows_known && stats->runs > 0, rows / Max(stats->runs, 1));
	put_ms(&row, TOTAL_TIME, true, stats->time);
	put_ms(&row, MAX_TIME, true, stats->max_time);
	put_float(&row, ROWS_PER_SECOND, rows_known && elapsed > 0, rows / elapsed);
	put_int(&row, BYTES, (key->operation == PFX_LOAD_COPY && stats->bytes > 0) ||
			key->operation == PFX_LOAD_RESULT, stats->bytes);
	put_int(&row, SKIPPED_ROWS, key->operation == PFX_LOAD_COPY && PFX_HAVE_COPY_SKIPPED,
			stats->skipped_rows);
	put_int(&row, WAL_BYTES, key->operation < PFX_LOAD_RESULT, stats->wal_bytes);
	put_float(&row, WAL_BYTES_PER_ROW, rows_known && rows > 0 && key->operation < PFX_LOAD_RESULT,
			  stats->wal_bytes / Max(rows, 1));
	put_int(&row, TEMP_BYTES, key->operation < PFX_LOAD_RESULT, stats->temp_bytes);
	put_int(&row, INDEX_COUNT, OidIsValid(stats->target.relid), stats->target.indexes);
	put_checks(&row, key, stats);
	put_ms(&row, COMMIT_TIME, stats->commits > 0, stats->commit_time);
	put_ms(&row, CLIENT_GAP_TIME, is_stream(key), stats->client_gap_time);
	put_int(&row, COMMITS, rows_known && key->operation < PFX_LOAD_RESULT, stats->commits);
	put_int(&row, RUNS, true, stats->runs);
	put_int(&row, STREAM_STATEMENTS, is_stream(key) || key->shape == PFX_SHAPE_NESTED,
			stats->streak_statements);
	following = following_ratio(stats);
	put_ms(&row, WAITING_TIME, is_stream(key) && following >= 0, pfx_batch_waiting_time(stats));
	put_float(&row, FOLLOWING_RATIO, is_stream(key) && following >= 0, following);
	put_advice(&row, key, stats);
	row.v[HAS_ROW_TRIGGER] =
		BoolGetDatum((stats->target.flags & PFX_TARGET_ROW_INSERT_TRIGGER) != 0);
	row.v[HAS_RETURNING] = BoolGetDatum((stats->flags & PFX_LOAD_RETURNING) != 0);
	row.v[HAS_ON_CONFLICT] = BoolGetDatum((stats->flags & PFX_LOAD_ON_CONFLICT) != 0);
	row.v[IS_LOGGED] = BoolGetDatum((stats->target.flags & PFX_TARGET_UNLOGGED) == 0);
	put_queryids(&row, stats);
	row.v[FIRST_SEEN] = TimestampTzGetDatum(stats->first_seen);
	row.v[LAST_SEEN] = TimestampTzGetDatum(stats->last_seen);
	pfx_emit((ReturnSetInfo *) arg, row.v, row.nulls);
}

/*
 * perfext.etl_loads() -> setof record, one row per load and per large read; times
 * in milliseconds.  Errors when the library was not preloaded.
 */
Datum
perfext_etl_loads_1_0(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *set = pfx_begin_set(fcinfo, NCOLUMNS);

	if (pfx_give_kept(PFX_KEPT_LOADS, set))
		return (Datum) 0;
	pfx_loads_foreach(emit_load, set);
	pfx_keep(PFX_KEPT_LOADS, set);
	return (Datum) 0;
}
