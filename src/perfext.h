/*-------------------------------------------------------------------------
 *
 * perfext.h
 *	  The few things that every room of perfext knows: what a statement is
 *	  identified by, and limits that shape more than one room.
 *
 * It is separate from the rooms' own headers so that capture, store and sqlapi
 * can name a statement without including each other.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#ifndef PERFEXT_H
#define PERFEXT_H

#include "compat.h"

#define PFX_VERSION "1.0"

/*
 * Identity of a statement, with pg_stat_statements' meaning of each part.
 * Saved to the file as it is: zero the struct before filling it.  toplevel is 0
 * or 1 and wide so that there is no padding.
 */
typedef struct PfxStmtKey
{
	Oid			userid;
	Oid			dbid;
	uint64		queryid;
	uint64		toplevel;
} PfxStmtKey;

static inline bool
pfx_same_statement(const PfxStmtKey *a, const PfxStmtKey *b)
{
	return a->queryid == b->queryid && a->userid == b->userid && a->dbid == b->dbid &&
		a->toplevel == b->toplevel;
}

/* Longest tag comment kept with a statement, in bytes */
#define PFX_MAX_TAGS 2048

/* Plans kept per statement; the least recently used goes when another comes */
#define PFX_MAX_PLANS_PER_STATEMENT 8

/* Pseudo nodes: time that belongs to no plan node */
#define PFX_NODE_RESULT (-1)	/* sending rows to the client or caller */
#define PFX_NODE_TRIGGERS (-2)	/* AFTER triggers and foreign-key checks */

#endif							/* PERFEXT_H */
