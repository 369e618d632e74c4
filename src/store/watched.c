/*-------------------------------------------------------------------------
 *
 * watched.c
 *	  What the pattern detector and the recording backends tell each other
 *	  about a statement.
 *
 * Separate from the kind, which counts.  The two marks are single words, set
 * and read without a lock: the worst outcome is that something is told once too
 * often or a little late.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "store/arena.h"

/*
 * Executions of a statement whose values are looked at anyway, at first and of
 * all later ones: who is to be found as the parent of a pattern is not known
 * before the pattern.
 */
#define WATCH_FIRST 64
#define WATCH_EVERY 16

/* Are the names behind its keys and columns still to be told? */
bool
pfx_ref_columns_due(const PfxRef *ref, uint32 epoch)
{
	return ref->stmt != NULL && ref->stmt->described != epoch;
}

void
pfx_ref_columns_told(const PfxRef *ref, uint32 epoch)
{
	if (pfx_ref_is_current(ref))
		ref->stmt->described = epoch;
}

/* Are the values that this execution returns to be told? */
bool
pfx_ref_watched(const PfxRef *ref)
{
	int64		count;

	if (ref->stmt == NULL)
		return true;
	count = ref->stmt->stats.exec.count;
	return count < WATCH_FIRST || count % WATCH_EVERY == 0 || ref->stmt->watched != 0;
}

/* Did the reader ask for them? */
bool
pfx_ref_watch_asked(const PfxRef *ref)
{
	return ref->stmt != NULL && ref->stmt->watched != 0;
}

/* The statement, with its partition's lock held; NULL without it: it is not there */
static PfxSharedStatement *
find_locked(const PfxStmtKey *key)
{
	int			p = pfx_partition_of(key->queryid);
	PfxSharedStatement *stmt;

	LWLockAcquire(&pfx_partition(p)->lock, LW_SHARED);
	stmt = pfx_statement_lookup(p, key);
	if (stmt == NULL)
		LWLockRelease(&pfx_partition(p)->lock);
	return stmt;
}

void
pfx_statement_watch(const PfxStmtKey *key, bool watched)
{
	PfxSharedStatement *stmt = find_locked(key);

	if (stmt == NULL)
		return;
	stmt->watched = watched ? 1 : 0;
	LWLockRelease(&pfx_partition(stmt->partition)->lock);
}

/* A copy of its text, palloc'd; NULL: it is not there, or has none */
char *
pfx_statement_text(const PfxStmtKey *key, int *encoding)
{
	PfxSharedStatement *stmt = find_locked(key);
	char	   *text;

	if (stmt == NULL)
		return NULL;
	text = pfx_text_copy(stmt->partition, stmt->text);
	*encoding = stmt->encoding;
	LWLockRelease(&pfx_partition(stmt->partition)->lock);
	return text;
}
