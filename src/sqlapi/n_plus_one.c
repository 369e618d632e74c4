/*-------------------------------------------------------------------------
 *
 * n_plus_one.c
 *	  The SQL function that gives the patterns that were found.
 *
 * Separate from statements.c: a finding is about several statements.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "port/pg_bitutils.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "capture/tags.h"
#include "sqlapi/common.h"
#include "store/events.h"
#include "store/findings.h"

/* Columns of perfext.n_plus_one_findings(): src/sql/44_n_plus_one.sql */
typedef enum FindingColumn
{
	ID,
	USERID,
	DBID,
	KIND,
	OPERATION,
	CHILD_QUERYIDS,
	CHILD_TOPLEVEL,
	CHILD_IS_UNIQUE,
	CHILD_IS_AGGREGATE,
	PARENT_QUERYID,
	PARENT_TOPLEVEL,
	LINKS,
	PARENT_SCHEMA,
	PARENT_TABLE,
	PARENT_COLUMN,
	CHILD_SCHEMA,
	CHILD_TABLE,
	CHILD_COLUMN,
	CHILD_PARAMETER,
	EPISODES,
	EXECUTIONS,
	MAX_PER_EPISODE,
	DISTINCT_EXECUTIONS,
	PARENT_ROWS,
	ROW_SIZES,
	SLOPE,
	IN_TRANSACTION_BLOCK,
	DB_TIME,
	GAP_TIME,
	SURE_TIME,
	SAVED_TIME,
	MOST_TIME,
	APPLICATION_NAME,
	TAGS,
	CONTEXT,
	CONFIDENCE,
	FIRST_SEEN,
	LAST_SEEN,
	NCOLUMNS
} FindingColumn;

PG_FUNCTION_INFO_V1(perfext_n_plus_one_findings_1_0);

static const char *
kind_name(uint8 kind)
{
	switch ((PfxFindingKind) kind)
	{
		case PFX_FINDING_READ:
			return "read";
		case PFX_FINDING_WRITE:
			return "write";
		case PFX_FINDING_REDUNDANT:
			return "redundant";
		case PFX_FINDING_NESTED:
			return "nested";
	}
	return NULL;
}

static const char *
confidence_name(uint8 confidence)
{
	switch ((PfxConfidence) confidence)
	{
		case PFX_CONFIDENCE_LOW:
			return "low";
		case PFX_CONFIDENCE_MEDIUM:
			return "medium";
		case PFX_CONFIDENCE_HIGH:
			return "high";
	}
	return NULL;
}

/* What the member that writes does, or the first one if none does */
static const char *
operation(const PfxFinding *finding)
{
	for (int i = 0; i < finding->nmembers; i++)
	{
		if (finding->members[i].flags & PFX_EV_INSERT)
			return "insert";
		if (finding->members[i].flags & PFX_EV_UPDATE)
			return (finding->members[i].flags & PFX_EV_CALL) ? "call" : "update";
		if (finding->members[i].flags & PFX_EV_DELETE)
			return "delete";
	}
	return "select";
}

static Datum
queryids(const PfxFinding *finding)
{
	Datum		ids[PFX_FINDING_MEMBERS];

	for (int i = 0; i < finding->nmembers; i++)
		ids[i] = Int64GetDatum((int64) finding->members[i].queryid);
	return PointerGetDatum(construct_array(ids, finding->nmembers, INT8OID, 8,
										   FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}

/* "book.author_id = author.id", without schemas as a person would write it */
static Datum
links(PfxFinding *finding, int *n)
{
	Datum		texts[PFX_FINDING_MEMBERS];
	char	   *said[PFX_FINDING_MEMBERS];

	*n = 0;
	for (int i = 0; i < finding->nmembers; i++)
	{
		PfxFindingMember *member = &finding->members[i];
		char	   *link;
		bool		again = false;

		if (!member->linked)
			continue;
		link = psprintf("%s.%s = %s.%s", member->parent.table, member->parent.column,
						member->child.table, member->child.column);
		/* rows that are read and written again: once is enough */
		for (int j = 0; j < *n; j++)
			again |= strcmp(said[j], link) == 0;
		if (again)
			continue;
		said[*n] = link;
		texts[(*n)++] = CStringGetTextDatum(pfx_to_server(link, finding->encoding));
	}
	return PointerGetDatum(construct_array(texts, *n, TEXTOID, -1, false, TYPALIGN_INT));
}

static void
put_text(Datum *v, bool *nulls, int column, char *text, int encoding)
{
	nulls[column] = text == NULL || text[0] == '\0';
	v[column] = nulls[column] ? (Datum) 0 :
		CStringGetTextDatum(pfx_to_server(pstrdup(text), encoding));
}

static void
put_names(Datum *v, bool *nulls, int column, PfxColumnName *name, int encoding)
{
	put_text(v, nulls, column, name->schema, encoding);
	put_text(v, nulls, column + 1, name->table, encoding);
	put_text(v, nulls, column + 2, name->column, encoding);
}

/* Children per row of the parent, through the origin; NULL when sizes never varied */
static void
put_slope(Datum *v, bool *nulls, const PfxFinding *finding)
{
	v[ROW_SIZES] = Int32GetDatum(pg_popcount64(finding->sizes));
	nulls[SLOPE] = finding->sum_xx <= 0;
	v[SLOPE] = Float8GetDatum(nulls[SLOPE] ? 0 : finding->sum_xy / finding->sum_xx);
}

static void
emit_finding(PfxFinding *finding, ReturnSetInfo *set)
{
	bool		readable = pfx_may_read(finding->userid);
	PfxFindingMember *first = &finding->members[0];
	int			encoding = finding->encoding;
	Datum		v[NCOLUMNS];
	bool		nulls[NCOLUMNS];
	Jsonb	   *tags;
	int			nlinks;

	memset(nulls, 0, sizeof(nulls));
	v[ID] = Int64GetDatum((int64) finding->id);
	v[USERID] = ObjectIdGetDatum(finding->userid);
	v[DBID] = ObjectIdGetDatum(finding->dbid);
	v[KIND] = CStringGetTextDatum(kind_name(finding->kind));
	v[OPERATION] = CStringGetTextDatum(operation(finding));
	v[CHILD_QUERYIDS] = queryids(finding);
	v[CHILD_TOPLEVEL] = BoolGetDatum(finding->child_toplevel != 0);
	v[CHILD_IS_UNIQUE] = BoolGetDatum((first->flags & PFX_EV_UNIQUE) != 0);
	v[CHILD_IS_AGGREGATE] = BoolGetDatum((first->flags & PFX_EV_AGGREGATE) != 0);
	nulls[PARENT_QUERYID] = nulls[PARENT_TOPLEVEL] = finding->parent_queryid == 0;
	v[PARENT_QUERYID] = Int64GetDatum((int64) finding->parent_queryid);
	v[PARENT_TOPLEVEL] = BoolGetDatum(finding->parent_toplevel != 0);
	v[LINKS] = links(finding, &nlinks);
	nulls[LINKS] = nlinks == 0 || !readable;
	put_names(v, nulls, PARENT_SCHEMA, &first->parent, encoding);
	put_names(v, nulls, CHILD_SCHEMA, &first->child, encoding);
	nulls[CHILD_PARAMETER] = first->param == 0;
	v[CHILD_PARAMETER] = Int32GetDatum(first->param);
	v[EPISODES] = Int64GetDatum(finding->episodes);
	v[EXECUTIONS] = Int64GetDatum(finding->executions);
	v[MAX_PER_EPISODE] = Int64GetDatum(finding->max_per_episode);
	v[DISTINCT_EXECUTIONS] = Int64GetDatum(finding->distinct);
	v[PARENT_ROWS] = Int64GetDatum(finding->parent_rows);
	put_slope(v, nulls, finding);
	v[IN_TRANSACTION_BLOCK] = Int64GetDatum(finding->in_block);
	v[DB_TIME] = pfx_ms(finding->db_time);
	v[GAP_TIME] = pfx_ms(finding->gap_time);
	v[SURE_TIME] = pfx_ms(finding->sure_time);
	v[SAVED_TIME] = pfx_ms(finding->saved_time);
	v[MOST_TIME] = pfx_ms(finding->most_time);
	put_text(v, nulls, APPLICATION_NAME, finding->application, encoding);
	tags = NULL;
	if (readable && finding->tags_len > 0)
	{
		char	   *raw = pfx_to_server(pstrdup(finding->tags), encoding);

		tags = pfx_tags_to_jsonb(raw, strlen(raw));
	}
	nulls[TAGS] = tags == NULL;
	v[TAGS] = tags == NULL ? (Datum) 0 : JsonbPGetDatum(tags);
	put_text(v, nulls, CONTEXT, finding->context, encoding);
	v[CONFIDENCE] = CStringGetTextDatum(confidence_name(finding->confidence));
	v[FIRST_SEEN] = TimestampTzGetDatum(finding->first_seen);
	v[LAST_SEEN] = TimestampTzGetDatum(finding->last_seen);
	if (!readable)
		for (int i = PARENT_SCHEMA; i <= CHILD_COLUMN; i++)
			nulls[i] = true;
	if (!readable)
		nulls[CONTEXT] = true;
	pfx_emit(set, v, nulls);
}

/*
 * perfext.n_plus_one_findings_1_0() -> setof record, one row per pattern; times
 * in milliseconds.  What was executed until the call is judged first, if the
 * detector answers within two seconds.  Errors when the library was not
 * preloaded.
 */
Datum
perfext_n_plus_one_findings_1_0(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *set = pfx_begin_set(fcinfo, NCOLUMNS);
	PfxFinding *findings;
	int			n;

	(void) pfx_events_sync(PFX_EVENTS_TIMEOUT);
	findings = pfx_findings_copy(&n);
	for (int i = 0; i < n; i++)
		emit_finding(&findings[i], set);
	return (Datum) 0;
}
