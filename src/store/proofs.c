/*-------------------------------------------------------------------------
 *
 * proofs.c
 *	  Keeps what was found out about indexes for a statement: the proof, as
 *	  JSON, and what had been counted when an index was created.
 *
 * Separate from statements.c because a proof is set and read seldom, and lives
 * longer than the plan that it was made for.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/timestamp.h"

#include "store/arena.h"

/* A statement is looked at again when it has run for this long since, ns, ... */
#define AGAIN_AFTER INT64CONST(100000000)
/* ... and for so many times as long as until then */
#define AGAIN_TIMES 4

/* Executions whose constants are compared before an index that holds one is believed in */
#define WATCH 32

/*
 * Should indexes be thought about for this statement now?  Reads without a lock;
 * the worst outcome is one proof more or one later.
 */
bool
pfx_proof_due(const PfxRef *ref)
{
	return ref->stmt != NULL &&
		ref->stmt->stats.exec.total >= ref->stmt->stats.proof_due_from;
}

/* How long the statement has run in all, ns; unlocked, too */
int64
pfx_proof_exec_time(const PfxRef *ref)
{
	return ref->stmt != NULL ? ref->stmt->stats.exec.total : 0;
}

/* Compares an execution's constants with another one's; true: time for a proof */
static bool
compare_locked(PfxProofStats *stats, const uint8 *constants, int64 *due_from)
{
	bool		is_first = stats->constants[0] == 0;
	bool		is_watched = stats->watch > 0;

	for (int i = 0; i < PFX_PROOF_CONSTANTS; i++)
	{
		if (!is_first && stats->constants[i] != constants[i])
			stats->varying |= (uint32) 1 << i;
		stats->constants[i] = constants[i];
	}
	if (!is_watched || (stats->varying & stats->depends) != 0)
	{
		stats->watch = 0;
		return true;
	}
	if (--stats->watch == 0)
		*due_from = stats->again_from;
	return false;
}

/*
 * An execution is about to be planned for which pfx_proof_due().  False: its proof holds
 * so far, only its constants were to be seen.  varying: those that are not the same in
 * each execution, as far as is known.  Never waits, as pfx_proof_set().
 */
bool
pfx_proof_compare(const PfxRef *ref, const uint8 *constants, uint32 *varying)
{
	PfxSharedStatement *stmt = ref->stmt;
	bool		result = false;

	if (stmt == NULL || !LWLockConditionalAcquire(&stmt->lock, LW_EXCLUSIVE))
		return false;
	if (stmt->slot.generation == ref->stmt_generation)
	{
		result = compare_locked(&stmt->stats.proof, constants, &stmt->stats.proof_due_from);
		*varying = stmt->stats.proof.varying;
	}
	LWLockRelease(&stmt->lock);
	return result;
}

static void
set_locked(int p, PfxSharedStatement *stmt, const char *json, const Oid *relids, int nrelids,
		   uint32 depends)
{
	PfxProofStats *stats = &stmt->stats.proof;

	stmt->stats.proof_due_from = Max(stmt->stats.exec.total * AGAIN_TIMES,
						  stmt->stats.exec.total + AGAIN_AFTER);
	if (json == NULL)
		return;
	stats->depends = depends;
	if (depends != 0)
	{
		stats->watch = WATCH;
		stats->again_from = stmt->stats.proof_due_from;
		stmt->stats.proof_due_from = stmt->stats.exec.total;
	}
	pfx_text_release(p, stmt->proof);
	stmt->proof = 0;
	for (int tries = 0; tries < 4 && stmt->proof == 0; tries++)
	{
		stmt->proof = pfx_text_intern(p, json, strlen(json));
		if (stmt->proof == 0 && !pfx_statement_evict(p))
			break;
	}
	stats->proved_at = GetCurrentTimestamp();
	memset(stats->relids, 0, sizeof(stats->relids));
	for (int i = 0; i < nrelids && i < PFX_MAX_PROOF_RELS; i++)
		stats->relids[i] = relids[i];
}

/*
 * Sets a statement's proof, or with json NULL only when it is to be looked at
 * again.  depends: the constants that its indexes are made of, as a mask.  Never waits:
 * when a lock is not free, the next planning brings another.
 */
void
pfx_proof_set(const PfxRef *ref, const char *json, const Oid *relids, int nrelids, uint32 depends)
{
	int			p = pfx_partition_of(ref->key.queryid);
	PfxSharedStatement *stmt = ref->stmt;

	if (stmt == NULL || !LWLockConditionalAcquire(&pfx_partition(p)->lock, LW_EXCLUSIVE))
		return;
	if (LWLockConditionalAcquire(&stmt->lock, LW_EXCLUSIVE))
	{
		if (stmt->slot.generation == ref->stmt_generation)
			set_locked(p, stmt, json, relids, nrelids, depends);
		LWLockRelease(&stmt->lock);
	}
	pfx_partition(p)->dirty = true;
	LWLockRelease(&pfx_partition(p)->lock);
}

static bool
names_table(const PfxProofStats *stats, Oid relid)
{
	for (int i = 0; i < PFX_MAX_PROOF_RELS; i++)
		if (OidIsValid(stats->relids[i]) && stats->relids[i] == relid)
			return true;
	return false;
}

static void
own_index_changed(int p, PfxSharedStatement *stmt, bool created, TimestampTz at)
{
	PfxProofStats *stats = &stmt->stats.proof;

	stmt->stats.proof_due_from = 0;
	stats->watch = 0;
	if (!created)
		return;
	pfx_text_release(p, stmt->applied);
	stmt->applied = stmt->proof;
	stmt->proof = 0;
	memset(stats->relids, 0, sizeof(stats->relids));
	stats->applied_at = at;
	stats->applied_calls = stmt->stats.exec.count;
	stats->applied_exec_time = stmt->stats.exec.total;
}

/*
 * An index was created on a table, or with relid InvalidOid dropped from one.
 * Proofs that name the table are to be made anew; after a creation, what was
 * proved and counted so far is kept beside, so that it can be compared.
 * Partitions whose lock is not free are left out.
 */
static void
index_changed(Oid dbid, Oid relid, TimestampTz at)
{
	for (int p = 0; p < pfx_arena->npartitions; p++)
	{
		if (!LWLockConditionalAcquire(&pfx_partition(p)->lock, LW_EXCLUSIVE))
			continue;
		for (uint32 i = 1; i <= pfx_arena->nslots[PFX_KIND_STATEMENT]; i++)
		{
			PfxSharedStatement *stmt = pfx_slot(p, PFX_KIND_STATEMENT, i);
			PfxProofStats *stats = &stmt->stats.proof;
			bool		own;

			if (!PFX_SLOT_IN_USE(&stmt->slot) || stmt->key.dbid != dbid)
				continue;
			own = OidIsValid(relid) ? names_table(stats, relid) : stats->proved_at != 0;
			if ((!own && stmt->check_proofs == 0) ||
				!LWLockConditionalAcquire(&stmt->lock, LW_EXCLUSIVE))
				continue;
			if (own)
				own_index_changed(p, stmt, OidIsValid(relid), at);
			if (stmt->check_proofs != 0)
				pfx_check_proofs_index_changed(p, stmt, relid, at);
			LWLockRelease(&stmt->lock);
			pfx_partition(p)->dirty = true;
		}
		LWLockRelease(&pfx_partition(p)->lock);
	}
}

void
pfx_proofs_index_created(Oid dbid, Oid relid, TimestampTz at)
{
	index_changed(dbid, relid, at);
}

void
pfx_proofs_index_dropped(Oid dbid, TimestampTz at)
{
	index_changed(dbid, InvalidOid, at);
}
