/*-------------------------------------------------------------------------
 *
 * estimate.c
 *	  How long a statement will still run: from what its phases took so far, how
 *	  far the current one is, and what earlier runs of the same thing took.
 *
 * Separate from capture/progress.c, which finds out where a statement is; this
 * is arithmetic over that, for the backend (which remembers its predictions, to
 * tell later how good they were) and for readers alike.  May be called from a
 * signal handler.
 *
 * A statement is a row of phases, cut where all rows must have been read before
 * the first goes on (sort, hash table).  Within a phase the share of its driver,
 * the scan that feeds it, tells how far it is: blocks where they are known, else
 * rows against expected rows.  What a phase takes that has not begun yet follows
 * from earlier runs, or else from the planner's cost at the rate that the phases
 * so far have needed per unit of it.
 *
 * (Phases and drivers: Chaudhuri, Narasayya and Ramamurthy, "Estimating Progress
 * of Execution for SQL Queries", SIGMOD 2004.)
 *
 * The interval is made of past errors of predictions of the same kind, made at
 * the same stage, with or without earlier runs to go by.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "detect/estimate.h"

/* A fraction below this tells nothing about a rate */
#define LEAST_FRACTION 0.002

/* Weight of the recent rate against that of the whole phase */
#define RECENT_WEIGHT 0.6

/* The interval leaves out so much at each end */
#define TAIL 0.05

/*
 * Doubt before there are enough past errors: so many imagined ones, this far off
 * (standard deviation, octaves) without and with earlier runs.
 */
#define DOUBT_COUNT 10.0
#define DOUBT_FIRST 0.60
#define DOUBT_REPEATED 0.35

/* Share of a phase's usual time that its fraction stands for */
static double
profile_time(const PfxProgressHistory *history, double fraction)
{
	double		at = fraction * PFX_PROFILE_PARTS;
	int			part = (int) Min(at, PFX_PROFILE_PARTS - 1);
	double		from = part == 0 ? 0.0 : history->profile[part - 1];
	double		to = part == PFX_PROFILE_PARTS - 1 ? 1.0 : history->profile[part];

	if (to <= from)
		return fraction;		/* never measured */
	return from + (at - part) * (to - from);
}

/* By earlier runs of the same statement */
static double
remaining_by_history(const PfxProgress *p, double since, double fraction)
{
	const PfxProgressHistory *h = &p->history;
	double		spent = p->phases[p->current].duration + since;
	double		usual = h->duration[p->current];
	double		elapsed = spent;
	double		expected;
	double		future = 0;
	double		total = 0;
	double		share;			/* of the current phase's time */
	double		speed;			/* against earlier runs: above 1 is slower */
	double		current;
	double		trust;

	if (fraction >= LEAST_FRACTION)
		share = p->current == p->profiled ? profile_time(h, fraction) : fraction;
	else if (usual <= 0)
		share = 0.5;
	else
		share = spent / (spent + Max(usual - spent, 0.15 * spent));
	expected = share * usual;
	for (int i = 0; i < p->nphases; i++)
	{
		total += h->duration[i];
		if (i == p->current)
			continue;
		if (p->phases[i].done)
		{
			expected += h->duration[i];
			elapsed += p->phases[i].duration;
		}
		else
			future += h->duration[i];
	}
	if (total <= 0)
		return -1;
	speed = expected > 0 ? elapsed / expected : 1;
	speed = Min(Max(speed, 0.02), 50);
	/* the less of it was seen, the more it is taken to be as usual */
	if (!h->of_kind)
		speed = pow(speed, expected / (expected + 0.08 * total));
	if (usual <= 0)
		current = fraction > LEAST_FRACTION ? spent * (1 - fraction) / fraction : 0;
	else
	{
		/* the same for this phase alone, which may have another speed */
		trust = fraction >= LEAST_FRACTION && spent > 0 ? share / (share + 0.1) : 0;
		current = (1 - share) * usual * pow(speed, 1 - trust) *
			(trust > 0 ? pow(spent / Max(share * usual, 1), trust) : 1);
	}
	return current + speed * future;
}

/* What the current phase still takes, from its own rate; -1: not known */
static double
remaining_by_rate(const PfxProgress *p, double since, double fraction)
{
	double		spent = p->phases[p->current].duration + since;
	double		rate;

	if (fraction < LEAST_FRACTION || spent <= 0)
		return -1;
	rate = fraction / spent;
	if (p->recent_rate > 0)
		rate = (1 - RECENT_WEIGHT) * rate + RECENT_WEIGHT * p->recent_rate;
	return (1 - fraction) / rate;
}

/*
 * A phase of the server's whose length is known from others: its own rate counts the
 * more the farther it is.
 */
static double
with_expected(double by_rate, double expected, double fraction)
{
	double		trust = fraction / (fraction + 0.1);

	if (by_rate <= 0 || expected <= 0)
		return by_rate;
	return pow(by_rate, trust) * pow(expected, 1 - trust);
}

/*
 * By the planner's costs: what a unit of it takes in this kind of phase is known
 * from other statements, and how much faster or slower this one is from its phases
 * so far.
 */
static double
remaining_by_cost(const PfxProgress *p, double since, double fraction)
{
	double		current = remaining_by_rate(p, since, fraction);
	double		spent = p->phases[p->current].duration + since;
	double		time = 0;
	double		weight = 0;
	double		future = 0;
	double		triggers = 0;
	double		done_time = 0;
	double		done_weight = 0;

	for (int i = 0; i < p->nphases; i++)
	{
		const PfxPhase *phase = &p->phases[i];
		double		usual = phase->weight * pfx_progress_cost_ns(phase->kind);

		if (phase->kind == PFX_PHASE_TRIGGERS)
		{
			/* its weight is the time expected, ns */
			if (!phase->done && i != p->current)
				triggers += phase->weight;
		}
		else if (i == p->current)
		{
			if (fraction >= LEAST_FRACTION)
			{
				time += spent;
				weight += usual * fraction;
			}
		}
		else if (phase->done)
		{
			time += phase->duration;
			weight += usual;
			done_time += phase->duration;
			done_weight += usual;
		}
		else
			future += usual;
	}
	if (p->phases[p->current].kind == PFX_PHASE_SERVER && current >= 0 && done_weight > 0)
		current = with_expected(current, done_time / done_weight * (1 - fraction) *
								p->phases[p->current].weight *
								pfx_progress_cost_ns(PFX_PHASE_SERVER), fraction);
	if (current < 0)
	{
		if (p->phases[p->current].kind == PFX_PHASE_TRIGGERS)
			current = p->phases[p->current].weight - spent;
		else if (weight > 0)
			current = time / weight * p->phases[p->current].weight *
				pfx_progress_cost_ns(p->phases[p->current].kind) - spent;
		else
			return -1;
		current = Max(current, 0.25 * spent);
	}
	return current + triggers + (weight > 0 ? time / weight * future : 0);
}

/* Is something left of which only earlier runs could tell how long it takes? */
static bool
is_open_ended(const PfxProgress *p)
{
	for (int i = 0; i < p->nphases; i++)
		if (p->phases[i].open_ended && !p->phases[i].done)
			return true;
	return false;
}

void
pfx_estimate(const PfxProgress *p, double since, PfxEstimate *estimate)
{
	double		fraction = p->phases[p->current].fraction;
	bool		repeated = p->history.runs > 0 && !p->history.of_kind;
	const PfxPredictions *errors;
	double		doubt;

	estimate->elapsed = p->elapsed + since;
	estimate->fraction = estimate->remaining = estimate->low = estimate->high = -1;
	if (p->nphases == 0)
		return;
	if (fraction >= 0 && p->recent_rate > 0)
		fraction = Min(fraction + p->recent_rate * since, Max(fraction, 0.99));
	if (p->history.runs > 0)
		estimate->remaining = remaining_by_history(p, since, fraction);
	if (estimate->remaining < 0 && !is_open_ended(p))
		estimate->remaining = remaining_by_cost(p, since, fraction);
	if (estimate->remaining < 0)
		return;

	errors = pfx_progress_predictions(p->kind, repeated,
									  pfx_estimate_stage(estimate->elapsed, estimate->remaining));
	doubt = repeated ? DOUBT_REPEATED : DOUBT_FIRST;
	estimate->fraction = estimate->elapsed / (estimate->elapsed + estimate->remaining);
	estimate->low = estimate->remaining * pfx_estimate_quantile(errors, TAIL, doubt);
	estimate->high = estimate->remaining * pfx_estimate_quantile(errors, 1 - TAIL, doubt);
}

int
pfx_estimate_stage(double elapsed, double remaining)
{
	double		fraction = elapsed / Max(elapsed + remaining, 1);

	return fraction < 0.375 ? 0 : fraction < 0.625 ? 1 : 2;
}

double
pfx_estimate_error(double predicted, double actual)
{
	/* a tenth of a second more or less is no error worth knowing */
	return log2((actual + 1e8) / (predicted + 1e8));
}

/* Imagined errors: a normal distribution, roughly; none without doubt */
static double
imagined(int bin, double doubt)
{
	double		octaves = (double) (bin - PFX_ERROR_BINS / 2) / PFX_ERROR_BINS_PER_OCTAVE;

	return doubt > 0 ? exp(-0.5 * (octaves / doubt) * (octaves / doubt)) : 0;
}

double
pfx_estimate_quantile(const PfxPredictions *errors, double share, double doubt)
{
	double		count[PFX_ERROR_BINS];
	double		sum = 0;
	double		all = 0;
	double		at;

	for (int i = 0; i < PFX_ERROR_BINS; i++)
		sum += imagined(i, doubt);
	for (int i = 0; i < PFX_ERROR_BINS; i++)
	{
		count[i] = errors->bins[i];
		if (sum > 0)
			count[i] += DOUBT_COUNT / sum * imagined(i, doubt);
		all += count[i];
	}
	at = share * all;
	for (int i = 0; i < PFX_ERROR_BINS; i++)
	{
		if (at <= count[i] && count[i] > 0)
			return exp2((i - PFX_ERROR_BINS / 2 - 0.5 + at / count[i]) /
						PFX_ERROR_BINS_PER_OCTAVE);
		at -= count[i];
	}
	return exp2((double) (PFX_ERROR_BINS / 2) / PFX_ERROR_BINS_PER_OCTAVE);
}
