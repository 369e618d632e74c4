/*-------------------------------------------------------------------------
 *
 * utility.c
 *	  Identity and record of utility statements.
 *
 * Separate from statement.c because their identity is not the server's: on 15
 * the server hashes their raw text, so that every CALL with another literal
 * would be another statement.  perfext hashes the normalised text, on all
 * servers.  Normalising costs more than BEGIN itself, so that the ids of the
 * short texts seen last are remembered.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "access/xact.h"

#include "capture/commandtable.h"
#include "capture/loops.h"
#include "capture/jobs.h"
#include "capture/normalize.h"
#include "capture/session.h"
#include "capture/tags.h"
#include "capture/utility.h"
#include "clock.h"
#include "guc.h"
#include "store/loads.h"

#define MEMO_SIZE 32
#define MEMO_TEXT 128

static struct
{
	int			len;
	uint64		id;
	char		text[MEMO_TEXT];
}			memo[MEMO_SIZE];

/* The part of the source text that is this statement */
static const char *
statement_text(PlannedStmt *pstmt, const char *source, int *len)
{
	const char *text = source;

	*len = pstmt->stmt_len;
	if (pstmt->stmt_location >= 0)
		text += pstmt->stmt_location;
	if (pstmt->stmt_location < 0 || *len <= 0)
		*len = strlen(text);
	return text;
}

/*
 * Id of the statement; *normalized gets the text when it had to be made.
 */
static uint64
identify(PlannedStmt *pstmt, const char *source, char **normalized, int *normalized_len)
{
	int			len;
	const char *text = statement_text(pstmt, source, &len);
	int			slot = 0;
	uint64		id;

	*normalized = NULL;
	if (len <= MEMO_TEXT)
	{
		slot = hash_bytes((const unsigned char *) text, len) % MEMO_SIZE;
		if (memo[slot].id != 0 && memo[slot].len == len &&
			memcmp(memo[slot].text, text, len) == 0)
			return memo[slot].id;
	}
	*normalized = pfx_normalize_statement(source, pstmt->stmt_location, pstmt->stmt_len, true,
										  normalized_len);
	id = pfx_utility_id(*normalized, *normalized_len);
	if (len <= MEMO_TEXT)
	{
		memo[slot].len = len;
		memo[slot].id = id;
		memcpy(memo[slot].text, text, len);
	}
	return id;
}

/* Makes the statement's entry, with its text */
static void
define(PfxUtility *utility, const char *source)
{
	int			len;
	char	   *text = pfx_normalize_statement(source, utility->location, utility->len, true, &len);

	pfx_ref_define(&utility->ref, text, len);
	pfree(text);
}

/* At the start: the statement and its text may be gone when the statement has ended */
static void
look_at_text(PlannedStmt *pstmt, const char *source, PfxUtility *utility)
{
	char		tags[PFX_MAX_TAGS];
	int			len = pfx_tags_of_statement(source, pstmt->stmt_location, pstmt->stmt_len,
											tags, sizeof(tags));

	if (utility->calls)
		pfx_call_started(&utility->call, (CallStmt *) pstmt->utilityStmt, &utility->ref, tags,
						 len);

	pfx_record_tags(&utility->ref, tags, len);
	utility->of_job = pfx_jobs_utility_tags(&utility->ref, utility->started, tags, len);
}

void
pfx_utility_choose(PlannedStmt *pstmt, const char *queryString, ProcessUtilityContext context,
				   PfxUtility *utility)
{
	Node	   *parsetree = pstmt->utilityStmt;
	PfxStmtKey	key;
	uint64		start;
	uint64		id;
	char	   *text;
	int			len;

	memset(utility, 0, offsetof(PfxUtility, target));
	utility->nests = !IsA(parsetree, ExecuteStmt) && !IsA(parsetree, PrepareStmt);
	if (IsA(parsetree, TransactionStmt))
	{
		TransactionStmtKind kind = ((TransactionStmt *) parsetree)->kind;

		utility->commits = IsTransactionBlock() && !IsAbortedTransactionBlockState() &&
			(kind == TRANS_STMT_COMMIT || kind == TRANS_STMT_PREPARE);
		utility->ends_transaction = !((TransactionStmt *) parsetree)->chain &&
			(kind == TRANS_STMT_COMMIT || kind == TRANS_STMT_PREPARE ||
			 kind == TRANS_STMT_ROLLBACK);
	}
	/* the parts into which the server splits a statement are none themselves */
	if (!pfx_tracked(pfx_nesting_level) || context == PROCESS_UTILITY_SUBCOMMAND)
		return;
	pfx_session_begin();
	if (pfx_loads_pending && pfx_nesting_level == 0)
		pfx_loads_flush(false);
	if (!utility->nests || (IsA(parsetree, DeallocateStmt) && !PFX_TRACKS_DEALLOCATE))
		return;

	start = pfx_ticks();
	id = identify(pstmt, queryString, &text, &len);
	utility->tracked = perfext_track_utility;
	if (IsA(parsetree, DeclareCursorStmt) || IsA(parsetree, CreateTableAsStmt) ||
		IsA(parsetree, RefreshMatViewStmt))
		utility->inner_id = id;
	memset(&key, 0, sizeof(key));
	key.userid = GetUserId();
	key.dbid = MyDatabaseId;
	key.queryid = id;
	utility->outer.queryid = id;
	key.toplevel = pfx_nesting_level == 0 ? 1 : 0;
	utility->started = GetCurrentStatementStartTimestamp();
	if (!utility->tracked)
	{
		/* statements inside may still need its id */
		utility->ref.key = key;
		return;
	}
	utility->location = pstmt->stmt_location;
	utility->len = pstmt->stmt_len;
	if (!pfx_ref_find_all(&key, 0, &utility->ref))
		define(utility, queryString);
	if (text != NULL)
		pfree(text);
	utility->sends_query = IsA(parsetree, CopyStmt) && !((CopyStmt *) parsetree)->is_from &&
		((CopyStmt *) parsetree)->query != NULL && ((CopyStmt *) parsetree)->filename == NULL;
	utility->calls = IsA(parsetree, CallStmt) && key.toplevel;
	look_at_text(pstmt, queryString, utility);
	pfx_job_utility_target(parsetree, &utility->target);
	if (perfext_progress)
		pfx_command_table_note(parsetree);
	pfx_totals_note_overhead(pfx_session_own_time(pfx_ticks_to_ns(pfx_ticks() - start)));
}

void
pfx_utility_ended(PfxUtility *utility, const char *queryString, const QueryCompletion *qc,
				  const PfxMark *mark, const PfxActive *active)
{
	uint64		now = pfx_ticks();
	PfxExecRecord record;

	pfx_record_init(&record, PFX_COMPLETED);
	record.exec_time = pfx_ticks_to_ns(now - mark->ticks);
	record.fk_time = active->fk_time;
	record.fk_checks = active->fk_checks;
	record.started = utility->started;
	pfx_used_since(&record.used, mark);
	if (qc != NULL)
	{
		switch (qc->commandTag)
		{
			case CMDTAG_COPY:
			case CMDTAG_FETCH:
			case CMDTAG_SELECT:
			case CMDTAG_REFRESH_MATERIALIZED_VIEW:
				record.rows = qc->nprocessed;
				break;
			default:
				break;
		}
	}
	/* evicted or reset since its start: again with its text */
	if (unlikely(!pfx_ref_is_current(&utility->ref)))
		define(utility, queryString);
	if (utility->ref.key.toplevel)
		pfx_session_end(&utility->ref, &record, now);
	if (utility->ends_transaction)
		pfx_session_transaction_over();
	if (utility->calls)
		pfx_call_ended(&utility->call, &utility->ref, utility->started, &record);
	pfx_record(&utility->ref, &record);
	if (utility->outer.serial != 0)
		pfx_loops_outer_ended(&utility->outer, &utility->ref.key, record.exec_time);
	if (pfx_jobs_concerned(0, record.rows))
		pfx_jobs_utility(&utility->ref, &record, pfx_nesting_level, &utility->target,
						 utility->of_job);
	pfx_totals_note_overhead(pfx_session_own_time(pfx_ticks_to_ns(pfx_ticks() - now)));
}

/* In PG_CATCH: no allocation, no lock */
void
pfx_utility_failed(const PfxUtility *utility, uint64 started)
{
	PfxExecRecord record;

	pfx_record_init(&record, PFX_FAILED);
	record.exec_time = pfx_ticks_to_ns(pfx_ticks() - started);
	record.started = utility->started;
	if (utility->ref.key.toplevel)
		pfx_session_end(NULL, &record, 0);
	pfx_record_later(&utility->ref, &record);
}
