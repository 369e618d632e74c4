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
#include "capture/usage.h"
#include "capture/utility.h"

static pg_noinline void
begin_memo(PfxPlanMemo *memo, const QueryDesc *queryDesc)
{
	const PlannedStmt *pstmt = queryDesc->plannedstmt;

	memo->pstmt = pstmt;
	memo->plan = pstmt->planTree;
	memo->source = queryDesc->sourceText;
	memo->queryid = pstmt->queryId;
	memo->cost = pstmt->planTree->total_cost;
	memo->rows = pstmt->planTree->plan_rows;
	memo->id = 0;
	memo->untagged = false;
	memo->keyed = false;
}

/* The entry of this plan, empty when another one stood there */
PfxPlanMemo *
pfx_plan_memo(QueryDesc *queryDesc)
{
	static union
	{
		PfxPlanMemo memo;
		char		pad[64];
	}			memos[64] pg_attribute_aligned(64);
	const PlannedStmt *pstmt = queryDesc->plannedstmt;
	const Plan *plan = pstmt->planTree;
	PfxPlanMemo *memo = &memos[((uintptr_t) pstmt >> 6) % lengthof(memos)].memo;

	if (unlikely(memo->pstmt != pstmt || memo->plan != plan ||
				 memo->source != queryDesc->sourceText ||
				 memo->queryid != (uint64) pstmt->queryId || memo->cost != plan->total_cost ||
				 memo->rows != plan->plan_rows))
		begin_memo(memo, queryDesc);
	return memo;
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

uint64
pfx_identity_plan(QueryDesc *queryDesc)
{
	uint64		id = pfx_plan_carried_id(queryDesc->plannedstmt);
	PfxPlanMemo *memo;

	if (id != 0)
		return id;
	memo = pfx_plan_memo(queryDesc);
	if (memo->id == 0)
		memo->id = pfx_identity_compute(queryDesc->plannedstmt);
	return memo->id;
}
