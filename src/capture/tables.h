/*-------------------------------------------------------------------------
 *
 * tables.h
 *	  What planning a query does with the tables it reads, beside planning it.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#ifndef PFX_TABLES_H
#define PFX_TABLES_H

#include "nodes/pg_list.h"

/* Locks tables and their indexes until the (sub)transaction's end; false: would wait */
extern bool pfx_tables_lock(const List *relids);

/* Why planning must not look at these locked tables; NULL: it may */
extern const char *pfx_tables_obstacle(const List *relids);

/* What was counted for locked tables and their indexes, and to count that again */
extern List *pfx_tables_counters(const List *relids);
extern void pfx_tables_counters_restore(const List *counters);

#endif							/* PFX_TABLES_H */
