/*-------------------------------------------------------------------------
 *
 * commandtable.h
 *	  The table that a maintenance command works on.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#ifndef PFX_COMMANDTABLE_H
#define PFX_COMMANDTABLE_H

#include "nodes/nodes.h"

#define PFX_COMMAND_INDEXES 32

/* As the catalogs know it when the command begins */
typedef struct PfxCommandTable
{
	Oid			relid;
	Oid			toast_relid;
	double		blocks;			/* when it was analyzed */
	double		tuples;			/* in those; -1: not known */
	double		toast_blocks;
	int			columns;
	int			nindexes;
	Oid			indexes[PFX_COMMAND_INDEXES];	/* the first of them, in their order */
	double		index_blocks;	/* of all indexes */
	int			workers;		/* that vacuum indexes, beside the session itself */
	bool		sorts;			/* the index that is made is a btree */
	bool		concurrently;	/* and is validated when it is built */
	int			builds;			/* indexes that are made one after the other */
	bool		analyzes;		/* VACUUM that analyzes, too */
} PfxCommandTable;

/*
 * At the start of VACUUM, ANALYZE, CREATE INDEX and REINDEX: takes down what they work
 * on; forgets the last one's at the start of any other.  Reads catalogs, waits for nothing.
 */
extern void pfx_command_table_note(Node *parsetree);

/* For the signal handler.  NULL: nothing is known */
extern const PfxCommandTable *pfx_command_table(void);

#endif							/* PFX_COMMANDTABLE_H */
