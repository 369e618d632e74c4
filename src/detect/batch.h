/*-------------------------------------------------------------------------
 *
 * batch.h
 *	  How many rows a statement of a load, and a transaction, should have.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#ifndef PFX_BATCH_H
#define PFX_BATCH_H

#include "store/loads.h"

/* Where the cost of a statement and of a row was learnt from */
typedef enum PfxLearntFrom
{
	PFX_LEARNT_NOTHING,			/* too few statements, or rows that no client sends */
	PFX_LEARNT_SIZES,			/* statements of different numbers of rows */
	PFX_LEARNT_PARTS			/* the parts of statements of always about the same number */
} PfxLearntFrom;

typedef struct PfxBatch
{
	PfxLearntFrom learnt_from;
	double		statement_time; /* ns, of a statement, whatever it holds, without its commit */
	double		row_time;		/* ns, of each row in it */
	double		commit_wait;	/* ns, of a commit; -1: too few were seen */
	double		uncapped_rows;	/* what would be recommended without the caps */
	double		rows;			/* of a statement */
	double		commit_rows;	/* of a transaction; 0: unknown */
	double		rate;			/* rows a second with these */
} PfxBatch;

extern void pfx_batch_recommend(const PfxLoadKey *key, const PfxLoadStats *stats, PfxBatch *batch);

/* Of the client's gaps, what it waited for besides the server and the line, ns; about */
extern double pfx_batch_waiting_time(const PfxLoadStats *stats);

#endif							/* PFX_BATCH_H */
