/*-------------------------------------------------------------------------
 *
 * read.c
 *	  Copies what was recorded out of the arena, a few statements at a time.
 *
 * Separate from the kinds because reading must not disturb recording: a
 * partition is locked for a bounded number of statements, everything is copied,
 * and only then, without any lock, does the reader's callback format it.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "store/arena.h"

/* Slots looked at under one hold of a partition's lock */
#define SLOTS_PER_HOLD 8

static void
copy_plan(int p, PfxSharedPlan *plan, int what, PfxPlanCopy *copy)
{
	copy->planid = plan->planid;
	copy->fingerprint = plan->fingerprint;
	copy->stats = plan->stats;
	copy->hist = NULL;
	copy->json = NULL;
	copy->nnodes = 0;
	copy->nodes = NULL;
	if (what & (PFX_COPY_HIST | PFX_COPY_OWN_HIST))
	{
		copy->hist = palloc0(sizeof(PfxHistogram));
		pfx_hist_read(p, plan->hist, copy->hist);
	}
	if (what & PFX_COPY_TEXT)
		copy->json = pfx_text_copy(p, plan->text);
	if ((what & PFX_COPY_NODES) && plan->nnodes > 0)
	{
		copy->nodes = palloc(sizeof(PfxNodeStats) * plan->nnodes);
		for (uint32 index = plan->first_node; index != 0 && copy->nnodes < plan->nnodes;)
		{
			PfxSharedNode *node = pfx_slot(p, PFX_KIND_NODE, index);

			copy->nodes[copy->nnodes++] = node->stats;
			index = node->slot.next;
		}
	}
}

/*
 * A copy, palloc'd in the current context.  The caller holds the partition's
 * lock; locked says whether the statement's own lock is to be taken, which only
 * the postmaster, alone at its end, does without.
 */
PfxStatementCopy *
pfx_statement_copy(int p, PfxSharedStatement *stmt, int what, bool locked)
{
	PfxStatementCopy *copy = palloc0(sizeof(PfxStatementCopy));

	if (locked)
		LWLockAcquire(&stmt->lock, LW_SHARED);
	copy->key = stmt->key;
	copy->encoding = stmt->encoding;
	copy->stats = stmt->stats;
	if (what & (PFX_COPY_HIST | PFX_COPY_OWN_HIST))
	{
		copy->hist = palloc0(sizeof(PfxHistogram));
		pfx_hist_read(p, stmt->hist, copy->hist);
	}
	if (what & PFX_COPY_HIST)
	{
		PfxSharedPlan *plan;

		for (uint32 index = stmt->first_plan; index != 0; index = plan->slot.next)
		{
			plan = pfx_slot(p, PFX_KIND_PLAN, index);
			pfx_hist_read(p, plan->hist, copy->hist);
		}
	}
	if ((what & PFX_COPY_TEXT) && stmt->tags_len > 0)
	{
		copy->tags_len = stmt->tags_len;
		copy->tags = palloc(stmt->tags_len + 1);
		pfx_chunks_read(p, stmt->tags, copy->tags, stmt->tags_len);
		copy->tags[stmt->tags_len] = '\0';
	}
	if ((what & PFX_COPY_PLANS) && stmt->nplans > 0)
	{
		copy->plans = palloc(sizeof(PfxPlanCopy) * stmt->nplans);
		for (uint32 index = stmt->first_plan; index != 0 && copy->nplans < stmt->nplans;)
		{
			PfxSharedPlan *plan = pfx_slot(p, PFX_KIND_PLAN, index);

			copy_plan(p, plan, what, &copy->plans[copy->nplans++]);
			index = plan->slot.next;
		}
	}
	if (locked)
		LWLockRelease(&stmt->lock);

	/* the texts belong to the partition's lock */
	if (what & PFX_COPY_TEXT)
	{
		copy->query = pfx_text_copy(p, stmt->text);
		copy->proof = pfx_text_copy(p, stmt->proof);
		copy->applied = pfx_text_copy(p, stmt->applied);
		copy->check_proofs = pfx_text_copy(p, stmt->check_proofs);
		copy->applied_checks = pfx_text_copy(p, stmt->applied_checks);
	}
	return copy;
}

/*
 * Calls back for every statement.  The copy, and whatever the callback
 * allocates, lives until the callback returns.
 */
void
pfx_statements_foreach(int what, PfxStatementCallback callback, void *arg)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "perfext reading",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext scratch = AllocSetContextCreate(context, "perfext formatting",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = CurrentMemoryContext;

	for (int p = 0; p < pfx_arena->npartitions; p++)
	{
		uint32		n = pfx_arena->nslots[PFX_KIND_STATEMENT];

		for (uint32 from = 1; from <= n; from += SLOTS_PER_HOLD)
		{
			PfxStatementCopy *copies[SLOTS_PER_HOLD];
			int			ncopies = 0;

			CHECK_FOR_INTERRUPTS();
			MemoryContextSwitchTo(context);
			LWLockAcquire(&pfx_partition(p)->lock, LW_SHARED);
			for (uint32 i = from; i <= n && i < from + SLOTS_PER_HOLD; i++)
			{
				PfxSharedStatement *stmt = pfx_slot(p, PFX_KIND_STATEMENT, i);

				if (PFX_SLOT_IN_USE(&stmt->slot))
					copies[ncopies++] = pfx_statement_copy(p, stmt, what, true);
			}
			LWLockRelease(&pfx_partition(p)->lock);
			MemoryContextSwitchTo(scratch);
			for (int i = 0; i < ncopies; i++)
			{
				callback(copies[i], arg);
				MemoryContextReset(scratch);
			}
			MemoryContextResetOnly(context);
		}
	}
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
}
