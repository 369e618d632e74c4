/*-------------------------------------------------------------------------
 *
 * identity.c
 *	  What a statement and its plan are told apart by: keys, plan ids, the place
 *	  of its text; and a memory of plans that are executed again and again.
 *
 * Separate from statement.c, which follows one execution: this is what
 * executions have in common.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"

#include "capture/active.h"
#include "capture/identity.h"
#include "capture/planid.h"
#include "capture/session.h"
#include "capture/tags.h"
#include "capture/usage.h"
#include "capture/utility.h"
#include "hot.h"

PfxPlanMemoLine pfx_plan_memos[PFX_PLAN_MEMOS] pg_attribute_aligned(64);
uint32		pfx_plannings PFX_HOT = 1;

/* The statement of each of these, and its plan, once it was executed a second time */
static union
{
	PfxRef		ref;
	char		pad[64];
}			found[PFX_PLAN_MEMOS] pg_attribute_aligned(64);

/* Both estimates in one number; equal ones give equal numbers */
static uint64
estimates_of(const Plan *plan)
{
	uint64		cost;
	uint64		rows;

	memcpy(&cost, &plan->total_cost, sizeof(cost));
	memcpy(&rows, &plan->plan_rows, sizeof(rows));
	return cost ^ rows << 1;
}

/*
 * Something was planned since this memo was last compared, or another plan
 * stands there: looks whether it is still about this plan.
 */
pg_noinline void
pfx_plan_memo_compare(PfxPlanMemo *memo, const QueryDesc *queryDesc)
{
	const PlannedStmt *pstmt = queryDesc->plannedstmt;
	const Plan *plan = pstmt->planTree;
	const char *source = queryDesc->sourceText;
	uint64		estimates = estimates_of(plan);
	bool		same = memo->pstmt == pstmt && memo->plan == plan && memo->source == source &&
		memo->queryid == (uint64) pstmt->queryId && memo->estimates == estimates;

	memo->plannings = pfx_plannings;
	/* a client may send the same statement with another comment, to the same address */
	if (!same || pfx_nesting_level == 0)
		memo->untagged = !pfx_tags_possible(source);
	if (same)
		return;
	memo->pstmt = pstmt;
	memo->plan = plan;
	memo->source = source;
	memo->queryid = pstmt->queryId;
	memo->estimates = estimates;
	memo->id = 0;
	memo->keyed = false;
}

uint64
pfx_identity_compute(const PlannedStmt *pstmt)
{
	PfxMark		mark;
	uint64		id;

	pfx_mark(&mark);
	id = pfx_plan_id(pstmt);
	pfx_own_work_end(&mark);
	return id;
}

static pg_noinline bool
find(const QueryDesc *queryDesc, uint64 queryid, PfxPlanMemo *memo, PfxRef *ref)
{
	bool		again = memo->id != 0;
	PfxStmtKey	key;

	if (!again)
		memo->id = pfx_plan_carried_id(queryDesc->plannedstmt);
	if (memo->id == 0)
		memo->id = pfx_identity_compute(queryDesc->plannedstmt);
	pfx_identity_key(&key, queryid);
	if (!pfx_ref_find_all(&key, memo->id, ref))
		return false;
	if (again)
		found[(PfxPlanMemoLine *) memo - pfx_plan_memos].ref = *ref;
	return true;
}

bool
pfx_identity_find(const QueryDesc *queryDesc, uint64 queryid, PfxPlanMemo *memo, PfxRef *ref)
{
	const PfxRef *last = &found[(PfxPlanMemoLine *) memo - pfx_plan_memos].ref;

	if (likely(memo->id != 0 && last->planid == memo->id && last->key.queryid == queryid &&
			   last->key.userid == GetUserId() &&
			   last->key.toplevel == (pfx_nesting_level == 0) && pfx_ref_again(last, ref)))
		return true;
	return find(queryDesc, queryid, memo, ref);
}
