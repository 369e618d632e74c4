/*-------------------------------------------------------------------------
 *
 * nested.c
 *	  Adds to the findings the loops that backends counted inside of functions
 *	  and triggers.
 *
 * Separate from judge.c: here nothing has to be guessed, since a backend knows
 * what runs inside of what.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/hashfn.h"

#include "detect/pattern.h"
#include "guc.h"

/* Rows of an execution from which on it is a batch, if it has no key */
#define ROWS_OF_BATCH 2

static bool
matches_loop(const PfxFinding *finding, void *arg)
{
	const PfxLoopEvent *event = (const PfxLoopEvent *) arg;
	const PfxStmtKey *parent = event->driver.queryid != 0 ? &event->driver : &event->outer;

	return finding->kind == PFX_FINDING_NESTED && finding->userid == event->child.userid &&
		finding->dbid == event->child.dbid && finding->parent_queryid == parent->queryid;
}

/*
 * Inside of functions no values are compared; that a column is named after the
 * other table is how the link is told.  What is changed is mostly what was read.
 */
static void
set_link_by_names(PfxFindingMember *member, const PfxKnown *parent, const PfxKnown *child)
{
	if (member->linked || parent == NULL)
		return;
	for (int k = 0; k < child->nkeys; k++)
		for (int c = 0; c < parent->nvalues; c++)
		{
			if (!pfx_refers_to(&parent->values[c], &child->keys[k]) &&
				!pfx_refers_to(&child->keys[k], &parent->values[c]) &&
				!((member->flags & (PFX_EV_UPDATE | PFX_EV_DELETE)) != 0 &&
				  pfx_is_same_column(&parent->values[c], &child->keys[k])))
				continue;
			member->child = child->keys[k];
			member->parent = parent->values[c];
			member->param = (child->key_params >> (4 * k)) & 15;
			member->linked = 1;
			return;
		}
}

/* Without a key, and of many rows each time: a function's own batches */
static bool
goes_in_batches(const PfxLoopEvent *event)
{
	if (event->head.flags & (PFX_EV_KEYED | PFX_EV_WRITE))
		return false;
	return (event->head.flags & PFX_EV_BATCH) != 0 || event->rows >= ROWS_OF_BATCH * event->n;
}

/*
 * A backend counted the executions of a statement inside another one.  What it
 * takes beside its own planning and execution is starting and ending it so
 * often, and the language around it: at most as much as it took itself is
 * believed of that.
 */
void
pfx_judge_loop(const PfxLoopEvent *event)
{
	const PfxStmtKey *parent = event->driver.queryid != 0 ? &event->driver : &event->outer;
	PfxKnown   *known = pfx_known_find(&event->child);
	PfxStream  *stream = pfx_stream_find(event->stream);
	PfxFinding *finding;
	PfxFindingMember *member = NULL;
	int64		around = event->outer_time - event->exec_time - event->plan_time;
	int64		time = event->exec_time + event->plan_time;
	int64		believed;
	int64		saved;

	if (event->n < perfext_n_plus_one_threshold || (event->head.flags & PFX_EV_SILENCED) ||
		(event->head.flags & (PFX_EV_CATALOG | PFX_EV_CALL)) || goes_in_batches(event))
		return;
	finding = pfx_finding_search(matches_loop, unconstify(PfxLoopEvent *, event));
	if (finding == NULL)
	{
		uint64		id = hash_combine64(hash_combine64(parent->queryid, event->child.dbid),
										hash_combine64(known->key.queryid, event->child.userid));
		bool		made;

		finding = pfx_finding_lock(id != 0 ? id : 1, &made);
		if (finding == NULL)
			return;
		finding->userid = event->child.userid;
		finding->dbid = event->child.dbid;
		finding->kind = PFX_FINDING_NESTED;
		finding->confidence = event->driver.queryid != 0 ||
			event->distinct > PFX_SAME_ENOUGH * event->n ?
			PFX_CONFIDENCE_HIGH : PFX_CONFIDENCE_MEDIUM;
		finding->parent_queryid = parent->queryid;
		finding->parent_toplevel = parent->toplevel;
		finding->first_seen = event->started;
	}
	for (int i = 0; i < finding->nmembers; i++)
		if (finding->members[i].queryid == event->child.queryid)
			member = &finding->members[i];
	if (member == NULL && finding->nmembers < PFX_FINDING_MEMBERS)
	{
		member = &finding->members[finding->nmembers++];
		memset(member, 0, sizeof(*member));
		member->queryid = event->child.queryid;
		member->family = known->family;
	}
	if (member != NULL)
	{
		member->flags = event->head.flags;
		member->executions += event->n;
		set_link_by_names(member, pfx_known_get(parent), known);
	}
	believed = Max(Min(around, event->exec_time), 0);
	saved = event->plan_time + believed;
	if (member == &finding->members[0])
	{
		finding->episodes++;
		finding->parent_rows += event->driver_rows;
		finding->sum_xx += (double) event->driver_rows * event->driver_rows;
		finding->sum_xy += (double) event->driver_rows * event->n;
		finding->sum_yy += (double) event->n * event->n;
	}
	finding->executions += event->n;
	finding->max_per_episode = Max(finding->max_per_episode, event->n);
	finding->distinct += event->distinct;
	finding->db_time += time;
	finding->sure_time += event->plan_time;
	finding->saved_time += saved;
	/* all but one execution; what else the outer one did is not theirs */
	finding->most_time += Max(time - time / event->n, saved);
	finding->child_toplevel = 0;
	finding->last_seen = Max(finding->last_seen, event->started + event->outer_time / 1000);
	if (event->context_len > 0)
	{
		finding->context_len = Min(event->context_len, sizeof(finding->context) - 1);
		memcpy(finding->context, event->context, finding->context_len);
		finding->context[finding->context_len] = '\0';
	}
	if (stream != NULL)
		pfx_finding_describe(finding, stream);
	pfx_finding_unlock();
}
