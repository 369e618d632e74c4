/*-------------------------------------------------------------------------
 *
 * checkproofs.c
 *	  Keeps what was found out about indexes for the foreign-key checks that a
 *	  statement fires.
 *
 * Separate from proofs.c because a statement has one proof of its own and one of
 * each check, and neither may take the other's place: they are made at different
 * times, and a check's query is planned a few times in a session and then no more.
 *
 * All of them are one text, a line for each check: a JSON object that begins with
 * which check it is of, whose table, and when and after how much time of checks it
 * was made.  A statement that deletes from a table may fire as many checks as there
 * are foreign keys to it, most none: an array in each slot would be empty space.
 *
 * What held when an index was created is another such text, whose first line says when
 * that was and what had been counted.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "utils/timestamp.h"

#include "store/arena.h"

/* A check is looked at again when the statement's have taken this long since, ns, ... */
#define AGAIN_AFTER INT64CONST(100000000)
/* ... and so many times as long as until then */
#define AGAIN_TIMES 4

/* Bytes of a line's beginning */
#define MAX_HEAD 256

/* Checks beyond this many bytes are not kept */
#define MAX_TEXT 16384

#define LINE_FORMAT \
	"{\"check\": \"%016llx\", \"relid\": %u, \"proved_at\": %lld, \"checks_time\": %lld, "
#define LINE_SCAN_FORMAT \
	"{\"check\": \"%16llx\", \"relid\": %u, \"proved_at\": %lld, \"checks_time\": %lld, %n"
#define APPLIED_FORMAT "%lld %lld %lld\n"

/* For the time of checks in the head of a line: to be made anew */
#define IS_OLD (-1)

typedef struct Line
{
	uint64		check;
	Oid			relid;
	TimestampTz proved_at;
	int64		checks_time;	/* ns, or IS_OLD */
	int			head_len;
	const char *text;
	int			len;			/* without the end of the line */
} Line;

/* Reads the line at at; returns where the next one begins, or NULL at the end */
static const char *
next_line(const char *at, Line *line)
{
	unsigned long long check;
	long long	proved_at;
	long long	checks_time;
	const char *end;

	if (at == NULL || sscanf(at, LINE_SCAN_FORMAT, &check, &line->relid, &proved_at,
							 &checks_time, &line->head_len) != 4)
		return NULL;
	end = strchr(at, '\n');
	line->check = check;
	line->proved_at = proved_at;
	line->checks_time = checks_time;
	line->text = at;
	line->len = end != NULL ? (int) (end - at) : (int) strlen(at);
	return at + line->len + (end != NULL ? 1 : 0);
}

/*
 * For readers of PfxStatementCopy: the check at at, its JSON in so many bytes from
 * there; returns where the next one begins, or NULL when there is none at at.
 */
const char *
pfx_check_proof_next(const char *at, uint64 *check, Oid *relid, TimestampTz *proved_at, int *len)
{
	Line		line;
	const char *next = next_line(at, &line);

	if (next == NULL)
		return NULL;
	*check = line.check;
	*relid = line.relid;
	*proved_at = line.proved_at;
	*len = line.len;
	return next;
}

/*
 * For readers of PfxStatementCopy: when an index was created, and how many checks had
 * taken how long (ns) by then; returns the first check's place in the text, or NULL.
 */
const char *
pfx_check_proofs_applied(const char *text, TimestampTz *at, int64 *checks, int64 *time)
{
	long long	values[3] = {0, 0, 0};
	const char *end = text != NULL ? strchr(text, '\n') : NULL;

	if (end != NULL && sscanf(text, APPLIED_FORMAT, &values[0], &values[1], &values[2]) != 3)
		end = NULL;
	*at = values[0];
	*checks = values[1];
	*time = values[2];
	return end != NULL ? end + 1 : NULL;
}

/*
 * Should indexes be thought about for this check of the statement?  Not when a
 * lock is not free: the next planning brings another.
 */
bool
pfx_check_proof_due(const PfxRef *ref, uint64 check)
{
	int			p = pfx_partition_of(ref->key.queryid);
	PfxSharedStatement *stmt = ref->stmt;
	char	   *text = NULL;
	int64		checks_time;
	Line		line;

	if (stmt == NULL)
		return false;
	if (stmt->check_proofs == 0)
		return true;
	if (!LWLockConditionalAcquire(&pfx_partition(p)->lock, LW_SHARED))
		return false;
	if (stmt->slot.generation == ref->stmt_generation)
		text = pfx_text_copy(p, stmt->check_proofs);
	checks_time = stmt->stats.fk_time;
	LWLockRelease(&pfx_partition(p)->lock);

	for (const char *at = text; (at = next_line(at, &line)) != NULL;)
		if (line.check == check)
			return line.checks_time == IS_OLD ||
				checks_time >= Max(line.checks_time * AGAIN_TIMES,
								   line.checks_time + AGAIN_AFTER);
	return true;
}

static void
make_head(char *head, int size, uint64 check, Oid relid, TimestampTz proved_at, int64 checks_time)
{
	snprintf(head, size, LINE_FORMAT, (unsigned long long) check, relid, (long long) proved_at,
			 (long long) checks_time);
}

/* Puts the line, or nothing, in the place of the check's one */
static void
set_locked(int p, PfxSharedStatement *stmt, uint64 check, const char *head, const char *json)
{
	char	   *old = pfx_text_copy(p, stmt->check_proofs);
	bool		had = false;
	StringInfoData buf;
	Line		line;

	initStringInfo(&buf);
	for (const char *at = old; (at = next_line(at, &line)) != NULL;)
	{
		if (line.check == check)
			had = true;
		else
			appendBinaryStringInfo(&buf, line.text, line.len + 1);
	}
	if (json == NULL && !had)
		return;
	if (json != NULL && buf.len + strlen(head) + strlen(json) < MAX_TEXT)
		appendStringInfo(&buf, "%s%s\n", head, json);
	pfx_text_release(p, stmt->check_proofs);
	stmt->check_proofs = 0;
	for (int tries = 0; tries < 4 && stmt->check_proofs == 0 && buf.len > 0; tries++)
	{
		stmt->check_proofs = pfx_text_intern(p, buf.data, buf.len);
		if (stmt->check_proofs == 0 && !pfx_statement_evict(p))
			break;
	}
}

/*
 * Sets the proof of one of the statement's checks, whose query reads the table; with
 * json NULL, takes it away.  json is an object on one line.  Never waits, as
 * pfx_proof_set() does not.
 */
void
pfx_check_proof_set(const PfxRef *ref, uint64 check, Oid relid, const char *json)
{
	int			p = pfx_partition_of(ref->key.queryid);
	PfxSharedStatement *stmt = ref->stmt;
	char		head[MAX_HEAD];

	if (stmt == NULL || (json == NULL && stmt->check_proofs == 0))
		return;
	make_head(head, sizeof(head), check, relid, GetCurrentTimestamp(), stmt->stats.fk_time);
	if (!LWLockConditionalAcquire(&pfx_partition(p)->lock, LW_EXCLUSIVE))
		return;
	if (LWLockConditionalAcquire(&stmt->lock, LW_EXCLUSIVE))
	{
		if (stmt->slot.generation == ref->stmt_generation)
			/* the object's own brace is in the head */
			set_locked(p, stmt, check, head, json != NULL ? json + 1 : NULL);
		LWLockRelease(&stmt->lock);
	}
	pfx_partition(p)->dirty = true;
	LWLockRelease(&pfx_partition(p)->lock);
}

/* Where there is no room the old text stays */
static void
replace_text(int p, uint32 *text, const StringInfoData *new)
{
	uint32		index = pfx_text_intern(p, new->data, new->len);

	if (index == 0)
		return;
	pfx_text_release(p, *text);
	*text = index;
}

/*
 * An index was created on a table, or with relid InvalidOid dropped from one: checks
 * are to be proved anew.  Where one of them reads the table, what was proved and counted
 * so far is kept beside.  It stays here, too: others of the statement's checks may still
 * want theirs, and may not be planned again for long.
 */
void
pfx_check_proofs_index_changed(int p, PfxSharedStatement *stmt, Oid relid, TimestampTz at)
{
	char	   *text = pfx_text_copy(p, stmt->check_proofs);
	bool		reads = false;
	StringInfoData old;
	StringInfoData applied;
	Line		line;

	Assert(LWLockHeldByMeInMode(&pfx_partition(p)->lock, LW_EXCLUSIVE));
	Assert(LWLockHeldByMeInMode(&stmt->lock, LW_EXCLUSIVE));
	if (text == NULL)
		return;
	initStringInfo(&old);
	initStringInfo(&applied);
	for (const char *next = text; (next = next_line(next, &line)) != NULL;)
	{
		char		head[MAX_HEAD];

		make_head(head, sizeof(head), line.check, line.relid, line.proved_at, IS_OLD);
		appendStringInfoString(&old, head);
		appendBinaryStringInfo(&old, line.text + line.head_len, line.len - line.head_len);
		appendStringInfoChar(&old, '\n');
		reads |= line.relid == relid;
	}
	if (reads || !OidIsValid(relid))
		replace_text(p, &stmt->check_proofs, &old);
	if (reads)
	{
		appendStringInfo(&applied, APPLIED_FORMAT, (long long) at,
						 (long long) stmt->stats.fk_checks, (long long) stmt->stats.fk_time);
		appendStringInfoString(&applied, text);
		replace_text(p, &stmt->applied_checks, &applied);
	}
	pfree(old.data);
	pfree(applied.data);
	pfree(text);
}
