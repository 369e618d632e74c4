/*-------------------------------------------------------------------------
 *
 * planread.h
 *	  Reading a stored plan: merging its actuals, describing its nodes.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#ifndef PFX_PLANREAD_H
#define PFX_PLANREAD_H

#include "utils/jsonb.h"

/* What was measured at one canonical node, by node id. */
typedef struct PfxNodeActual
{
	bool		valid;			/* measured at all; if not, the node gets no actuals */
	double		loops;			/* all totals below are over these; 0 = never executed */
	double		rows;
	double		startup_ms;
	double		total_ms;
	double		rows_removed;
	int64		shared_hit;		/* blocks */
	int64		shared_read;
	int64		temp_written;
	int64		peak_memory_bytes;	/* 0 = none or not known */
	int64		disk_bytes;
} PfxNodeActual;

/*
 * The stored text as EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) would have
 * printed it.  exec_time_ms < 0 leaves "Execution Time" out; with_text = false
 * leaves out everything that was part of the query (conditions, keys,
 * predicates), for readers who may not see the query.
 * Damaged JSON is an ERROR (ERRCODE_DATA_CORRUPTED or the JSON parser's own).
 */
extern Jsonb *pfx_plan_with_actuals(const char *json, const PfxNodeActual *actuals, int nnodes,
									double exec_time_ms, bool with_text);

/* One node in words; what does not apply is NULL. */
typedef struct PfxNodeText
{
	const char *node_type;		/* as the text form of EXPLAIN names it */
	const char *schemaname;
	const char *relname;
	const char *alias;
	const char *index_name;
	const char *join_type;
	const char *condition;		/* index, recheck, hash, merge conditions; sort and group keys */
	const char *filter;
	const char *subplan_name;
	Jsonb	   *predicates;
} PfxNodeText;

/*
 * Fills nodes[] by node id (all of the maxnodes entries, those without an
 * object with NULLs) and returns the highest node id found + 1.  All strings
 * are palloc'd in the current context.  Errors as above.
 */
extern int	pfx_plan_describe(const char *json, PfxNodeText *nodes, int maxnodes);

#endif							/* PFX_PLANREAD_H */
