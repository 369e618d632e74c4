/*-------------------------------------------------------------------------
 *
 * session.h
 *	  What lies between statements of a backend: the client's gaps, commits,
 *	  processor time, and the credit for timing nodes.
 *
 * Separate from statement.h: these belong to no single statement until it ends.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#ifndef PFX_SESSION_H
#define PFX_SESSION_H

#include "access/xact.h"
#include "store/store.h"

/*
 * Depth of statements inside which we are: 0 for what a client sends.  Counted
 * as pg_stat_statements counts it, so that toplevel means the same.
 */
extern int	pfx_nesting_level;

/* COMMIT or PREPARE was said: deferred triggers may still run, subtransactions not */
extern bool pfx_session_committing;

/* Clients' statements of this backend that have ended; wraps around */
extern uint32 pfx_session_statements;

/* The client's gap before its statement that has begun, ns */
extern int64 pfx_session_gap(void);

/* How long the transaction that has just been committed took to commit, ns; 0: it wrote nothing */
extern int64 pfx_session_commit_time;

/* Nanoseconds of node timing that this backend may still spend; spends some */
extern int64 pfx_session_credit(void);
extern void pfx_session_spend(int64 ns);

/* Books what statements have earned so far: before pfx_proving_earned is read */
extern void pfx_session_settle(void);

/*
 * A statement is about to be planned, started or run; cheap to call again.  When
 * the client's statement began is returned.
 */
extern TimestampTz pfx_session_begin(void);

extern void pfx_session_parallel(void);

/* A top-level statement ended, well or not: fills gap, CPU and commit fields */
extern void pfx_session_end(PfxRef *ref, PfxExecRecord *record, uint64 now);

/* The statement just ended was the transaction's last */
extern void pfx_session_transaction_over(void);

/* A deferred foreign-key check ran, at commit, for so many ns */
extern void pfx_session_foreign_key(int64 ns);

/* What perfext itself took: wall time, less what was no processor time */
extern int64 pfx_session_own_time(int64 wall);

/* Transaction callback: commit time */
extern void pfx_session_xact(XactEvent event);

/* The backend exits */
extern void pfx_session_exit(void);

#endif							/* PFX_SESSION_H */
