/*-------------------------------------------------------------------------
 *
 * nodememory.c
 *	  Reads from an executed plan node how much memory and disk it used.
 *
 * Separate because each kind of node keeps these figures somewhere else, and
 * servers from 18 on tell more (tuplestores).  Runs before the executor ends,
 * while the nodes still have their working memory.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "executor/hashjoin.h"
#include "utils/tuplesort.h"
#include "utils/tuplestore.h"

#include "capture/nodememory.h"
#include "compat.h"

static void
note(PfxNodeMemory *memory, int64 memory_bytes, int64 disk_bytes)
{
	memory->memory_bytes = Max(memory->memory_bytes, memory_bytes);
	memory->disk_bytes = Max(memory->disk_bytes, disk_bytes);
}

static void
note_sort(PfxNodeMemory *memory, const TuplesortInstrumentation *sort)
{
	if (sort->sortMethod == SORT_TYPE_STILL_IN_PROGRESS)
		return;
	if (sort->spaceType == SORT_SPACE_TYPE_DISK)
		note(memory, 0, sort->spaceUsed * INT64CONST(1024));
	else
		note(memory, sort->spaceUsed * INT64CONST(1024), 0);
}

static void
sort_memory(SortState *state, PfxNodeMemory *memory)
{
	if (state->sort_Done && state->tuplesortstate != NULL)
	{
		TuplesortInstrumentation sort;

		tuplesort_get_stats(state->tuplesortstate, &sort);
		note_sort(memory, &sort);
	}
	if (state->shared_info != NULL)
		for (int i = 0; i < state->shared_info->num_workers; i++)
			note_sort(memory, &state->shared_info->sinstrument[i]);
}

static void
incremental_sort_memory(const IncrementalSortInfo *info, PfxNodeMemory *memory)
{
	note(memory,
		 Max(info->fullsortGroupInfo.maxMemorySpaceUsed,
			 info->prefixsortGroupInfo.maxMemorySpaceUsed) * INT64CONST(1024),
		 Max(info->fullsortGroupInfo.maxDiskSpaceUsed,
			 info->prefixsortGroupInfo.maxDiskSpaceUsed) * INT64CONST(1024));
}

static void
hash_memory(HashState *state, PfxNodeMemory *memory)
{
	if (state->hashtable != NULL)
		note(memory, state->hashtable->spacePeak, 0);
	if (state->hinstrument != NULL)
		note(memory, state->hinstrument->space_peak, 0);
	if (state->shared_info != NULL)
		for (int i = 0; i < state->shared_info->num_workers; i++)
			note(memory, state->shared_info->hinstrument[i].space_peak, 0);
}

static void
agg_memory(AggState *state, PfxNodeMemory *memory)
{
	if (state->aggstrategy == AGG_HASHED || state->aggstrategy == AGG_MIXED)
		note(memory, state->hash_mem_peak, state->hash_disk_used * INT64CONST(1024));
	if (state->shared_info != NULL)
		for (int i = 0; i < state->shared_info->num_workers; i++)
			note(memory, state->shared_info->sinstrument[i].hash_mem_peak,
				 state->shared_info->sinstrument[i].hash_disk_used * INT64CONST(1024));
}

static void
memoize_memory(MemoizeState *state, PfxNodeMemory *memory)
{
	/* the peak is only kept once something was evicted */
	note(memory, state->stats.mem_peak > 0 ? state->stats.mem_peak : state->mem_used, 0);
	if (state->shared_info != NULL)
		for (int i = 0; i < state->shared_info->num_workers; i++)
			note(memory, state->shared_info->sinstrument[i].mem_peak, 0);
}

#ifdef PFX_HAVE_TUPLESTORE_STATS
static void
tuplestore_memory(Tuplestorestate *store, PfxNodeMemory *memory)
{
	char	   *where;
	int64		bytes;

	if (store == NULL)
		return;
	tuplestore_get_stats(store, &where, &bytes);
	if (strcmp(where, "Disk") == 0)
		note(memory, 0, bytes);
	else
		note(memory, bytes, 0);
}
#else
#define tuplestore_memory(store, memory) ((void) 0)
#endif

void
pfx_node_memory(PlanState *ps, PfxNodeMemory *memory)
{
	memory->memory_bytes = 0;
	memory->disk_bytes = 0;
	switch (nodeTag(ps))
	{
		case T_SortState:
			sort_memory((SortState *) ps, memory);
			break;
		case T_IncrementalSortState:
			{
				IncrementalSortState *state = (IncrementalSortState *) ps;

				incremental_sort_memory(&state->incsort_info, memory);
				if (state->shared_info != NULL)
					for (int i = 0; i < state->shared_info->num_workers; i++)
						incremental_sort_memory(&state->shared_info->sinfo[i], memory);
			}
			break;
		case T_HashState:
			hash_memory((HashState *) ps, memory);
			break;
		case T_AggState:
			agg_memory((AggState *) ps, memory);
			break;
		case T_MemoizeState:
			memoize_memory((MemoizeState *) ps, memory);
			break;
		case T_MaterialState:
			tuplestore_memory(((MaterialState *) ps)->tuplestorestate, memory);
			break;
		case T_CteScanState:
			if (((CteScanState *) ps)->leader != NULL)
				tuplestore_memory(((CteScanState *) ps)->leader->cte_table, memory);
			break;
		case T_WindowAggState:
			tuplestore_memory(((WindowAggState *) ps)->buffer, memory);
			break;
		default:
			break;
	}
}
