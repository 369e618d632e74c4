/*-------------------------------------------------------------------------
 *
 * indexchange.h
 *	  Indexes that are created and dropped while perfext looks on.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#ifndef PFX_INDEXCHANGE_H
#define PFX_INDEXCHANGE_H

#include "access/xact.h"
#include "nodes/nodes.h"

/* What a utility statement does to indexes, looked up before it does */
typedef struct PfxIndexChange
{
	bool		changes;
	Oid			relid;			/* table that gets an index; InvalidOid: one is dropped */
} PfxIndexChange;

/* Changes, and those of them that are committed, not yet told to the store */
extern int	pfx_index_changes_noted;
extern int	pfx_index_changes_waiting;

extern void pfx_index_change_look(const Node *utility, PfxIndexChange *change);

/* The utility statement succeeded */
extern void pfx_index_change_note(const PfxIndexChange *change);

/* Transaction callbacks, while there are changes */
extern void pfx_index_changes_xact(XactEvent event);
extern void pfx_index_changes_subxact(SubXactEvent event, SubTransactionId subid);

/* Tells the store: when a statement begins, or the backend exits */
extern void pfx_index_changes_flush(void);

#endif							/* PFX_INDEXCHANGE_H */
