/*-------------------------------------------------------------------------
 *
 * describe.c
 *	  Renders a plan seen for the first time, guarded: an error in deparsing
 *	  stays here.
 *
 * Separate because it is the one place where perfext runs server code that may
 * raise an error in the middle of a user's statement.  It does so in a
 * subtransaction of its own, rolled back after an error; cancel and shutdown requests go on
 * to the user, everything else is counted and noted in perfext.info.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "capture/describe.h"
#include "capture/guard.h"
#include "capture/planjson.h"
#include "capture/usage.h"

typedef struct Rendering
{
	QueryDesc  *queryDesc;
	const PfxPlanShape *shape;
	char	   *json;
} Rendering;

static void
render(void *arg)
{
	Rendering  *rendering = (Rendering *) arg;

	rendering->json = pfx_plan_render(rendering->queryDesc, rendering->shape);
}

/* The plan as JSON in the current context, or NULL */
static char *
render_guarded(QueryDesc *queryDesc, const PfxPlanShape *shape)
{
	Rendering	rendering = {queryDesc, shape, NULL};
	char	   *error;

	if (pfx_guarded(render, &rendering, false, &error))
		return rendering.json;
	pfx_local_totals.render_failures++;
	pfx_note_error(error);
	return NULL;
}

void
pfx_describe_plan(QueryDesc *queryDesc, const PfxPlanShape *shape, PfxRef *ref)
{
	MemoryContext context;
	MemoryContext old;
	char	   *json;
	PfxMark		mark;

	/* no subtransaction can be started there */
	if (IsInParallelMode() || !IsTransactionState())
		return;

	context = AllocSetContextCreate(queryDesc->estate->es_query_cxt, "perfext plan",
									ALLOCSET_DEFAULT_SIZES);
	old = MemoryContextSwitchTo(context);
	pfx_mark(&mark);
	json = render_guarded(queryDesc, shape);
	pfx_own_work_end(&mark);
	if (json != NULL)
	{
		PfxNodeInfo *nodes = palloc0(sizeof(PfxNodeInfo) * shape->nnodes);

		for (int i = 0; i < shape->nnodes; i++)
		{
			nodes[i].parent_id = shape->nodes[i].parent_id;
			nodes[i].depth = shape->nodes[i].depth;
			nodes[i].relid = shape->nodes[i].relid;
			nodes[i].indexid = shape->nodes[i].indexid;
			nodes[i].collapsed = shape->nodes[i].collapsed;
			nodes[i].parallel = shape->nodes[i].parallel;
		}
		pfx_ref_describe_plan(ref, json, nodes, shape->nnodes, shape->fingerprint);
	}
	MemoryContextSwitchTo(old);
	MemoryContextDelete(context);
}
