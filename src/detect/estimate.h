/*-------------------------------------------------------------------------
 *
 * estimate.h
 *	  How long a statement will still run.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#ifndef PFX_ESTIMATE_H
#define PFX_ESTIMATE_H

#include "store/progress.h"

/* Times in ns; -1 where nothing can be said */
typedef struct PfxEstimate
{
	double		elapsed;
	double		fraction;		/* of the statement's time */
	double		remaining;
	double		low;
	double		high;
} PfxEstimate;

extern void pfx_estimate(const PfxProgress *progress, double since_published,
						 PfxEstimate *estimate);

/* The same moment in the statement's time, told from its two parts */
extern int	pfx_estimate_stage(double elapsed, double remaining);

/* What is kept of a prediction when the truth is known */
extern double pfx_estimate_error(double predicted, double actual);

/* An error's quantile among predictions, as a factor for the predicted time */
extern double pfx_estimate_quantile(const PfxPredictions *predictions, double share,
									double doubt);

#endif							/* PFX_ESTIMATE_H */
