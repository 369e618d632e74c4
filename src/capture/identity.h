/*-------------------------------------------------------------------------
 *
 * identity.h
 *	  What a statement and its plan are told apart by, and what is remembered of
 *	  plans that are executed again and again.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#ifndef PFX_IDENTITY_H
#define PFX_IDENTITY_H

#include "capture/active.h"
#include "capture/session.h"
#include "capture/utility.h"
#include "executor/execdesc.h"
#include "miscadmin.h"
#include "perfext.h"
#include "store/events.h"

/*
 * What is remembered about plans that are executed again and again, by their
 * address, beside enough of the plan to tell when another one stands there.
 * (15 to 17 cannot carry an id in the plan itself.)
 */
typedef struct PfxPlanMemo
{
	const PlannedStmt *pstmt;
	const Plan *plan;
	const char *source;
	uint64		queryid;
	uint64		estimates;		/* mixed: its cost and rows */
	uint64		id;
	uint32		plannings;		/* what pfx_plannings was when it was last compared */
	bool		untagged;		/* its text has no tags */
	bool		keyed;			/* the following is known (keys.c) */
	uint16		flags;			/* PFX_EV_... */
	uint8		params[PFX_EVENT_KEYS]; /* parameters that are its keys; 0: no more */
} PfxPlanMemo;

#define PFX_PLAN_MEMOS 64

/* A cache line of the processor each */
typedef union PfxPlanMemoLine
{
	PfxPlanMemo memo;
	char		pad[64];
} PfxPlanMemoLine;

StaticAssertDecl(sizeof(PfxPlanMemoLine) == 64, "what is remembered of a plan is one cache line");

extern PfxPlanMemoLine pfx_plan_memos[PFX_PLAN_MEMOS];

/*
 * Goes up with each planning in this backend.  No plan comes into being without
 * one, so that as long as it stands what lies at a plan's address is that plan.
 */
extern uint32 pfx_plannings;

extern void pfx_plan_memo_compare(PfxPlanMemo *memo, const QueryDesc *queryDesc);

/* The entry of this plan, empty when another one stood there */
static inline PfxPlanMemo *
pfx_plan_memo(const QueryDesc *queryDesc)
{
	const PlannedStmt *pstmt = queryDesc->plannedstmt;
	PfxPlanMemo *memo = &pfx_plan_memos[((uintptr_t) pstmt >> 6) % PFX_PLAN_MEMOS].memo;

	if (unlikely(memo->pstmt != pstmt || memo->plannings != pfx_plannings ||
				 memo->queryid != (uint64) pstmt->queryId))
		pfx_plan_memo_compare(memo, queryDesc);
	return memo;
}

static inline void
pfx_identity_key(PfxStmtKey *key, uint64 queryid)
{
	memset(key, 0, sizeof(*key));
	key->userid = GetUserId();
	key->dbid = MyDatabaseId;
	key->queryid = queryid;
	key->toplevel = pfx_nesting_level == 0 ? 1 : 0;
}

extern uint64 pfx_identity_compute(const PlannedStmt *pstmt);

/* Finds the statement and its plan as pfx_ref_find_all() does */
extern bool pfx_identity_find(const QueryDesc *queryDesc, uint64 queryid, PfxPlanMemo *memo,
							  PfxRef *ref);

/*
 * Where the statement stands in its source text.  One that has the id of the
 * utility statement around it has that one's text, too.
 */
static inline void
pfx_identity_text(QueryDesc *queryDesc, int *location, int *len)
{
	const PlannedStmt *pstmt = queryDesc->plannedstmt;

	if (pstmt->queryId == 0 && pfx_active != NULL && pfx_active->utility_id != 0 &&
		pfx_active->utility != NULL)
	{
		*location = pfx_active->utility->location;
		*len = pfx_active->utility->len;
	}
	else
	{
		*location = pstmt->stmt_location;
		*len = pstmt->stmt_len;
	}
}

#endif							/* PFX_IDENTITY_H */
