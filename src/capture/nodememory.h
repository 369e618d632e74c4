/*-------------------------------------------------------------------------
 *
 * nodememory.h
 *	  How much memory and disk a plan node used.
 *
 * Separate from nodes.h: it knows the insides of single kinds of node.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#ifndef PFX_NODEMEMORY_H
#define PFX_NODEMEMORY_H

#include "nodes/execnodes.h"

typedef struct PfxNodeMemory
{
	int64		memory_bytes;	/* peak of the largest process; 0: none or not told */
	int64		disk_bytes;		/* temporary files */
} PfxNodeMemory;

extern void pfx_node_memory(PlanState *ps, PfxNodeMemory *memory);

#endif							/* PFX_NODEMEMORY_H */
