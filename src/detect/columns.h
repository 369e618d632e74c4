/*-------------------------------------------------------------------------
 *
 * columns.h
 *	  The table's column behind a Var of a plan.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#ifndef PFX_COLUMNS_H
#define PFX_COLUMNS_H

#include "nodes/plannodes.h"

typedef struct PfxColumn
{
	Index		rti;			/* as scanned: tells apart two scans of one table */
	Oid			relid;			/* the topmost parent table */
	const char *name;			/* palloc'd */
	Oid			type;
	Oid			collation;
} PfxColumn;

/* The expression under any number of relabelings, which change nothing at run time. */
extern Node *pfx_strip_relabel(Node *node);

/*
 * What var means in the expressions of plan, a node of pstmt.  False when it
 * is not the column of a table.
 */
extern bool pfx_resolve_column(const PlannedStmt *pstmt, Plan *plan, Var *var,
							   PfxColumn *column);

#endif							/* PFX_COLUMNS_H */
