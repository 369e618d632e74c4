/*-------------------------------------------------------------------------
 *
 * verdict.c
 *	  Decides whether one run is a pattern that should be changed, and what it
 *	  follows from.
 *
 * Separate from runs.c, which only counts, and from judge.c, which puts the runs
 * of one loop together and adds them to the findings.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "detect/pattern.h"
#include "guc.h"
#include "store/store.h"

/* Share of the children whose value must be among the parent's */
#define EXPLAINED_ENOUGH 0.6
#define EXPLAINED_WELL 0.9

/* A loop goes over most of the parent's rows, or over some in their order */
#define COVERED_ENOUGH 0.5
#define COVERED_WELL 0.8
#define ORDERED_ENOUGH 0.9

/* More executions for a parent's row: its list came in parts */
#define ONE_EACH 1.25

/* Different values among the executions: a pattern */
#define DIFFERENT_ENOUGH 0.5

/* Share of executions with other values than the one before */
#define CHANGED_MOSTLY 0.8

/* ns: what comes this slowly is a poller, what comes this fast a loop */
#define POLLING_GAP INT64CONST(250000000)
#define LOOP_GAP INT64CONST(50000000)

/* Executions from which on an order of keys is none by accident */
#define ORDER_TELLS_FROM 10

/* Share of the executions that have a statement of their own before them: as many requests */
#define LED_MOSTLY 0.8

/* Share of a loop's statement in all that runs meanwhile, if nothing else tells of it */
#define LOOP_SHARE 0.05

/* So many executions for each change of backend: a program connects anew, no pooler */
#define LONG_STRETCH 50

/* Which key and which of the parent's columns are the link, and how good it is */
static double
best_link(const PfxRun *run, const PfxCandidate *candidate, int *key, int *column)
{
	const PfxKnown *child = run->known;
	const PfxKnown *parent = pfx_known_get(&candidate->key);
	double		best = 0;

	*key = *column = -1;
	for (int k = 0; k < PFX_EVENT_KEYS; k++)
		for (int c = 0; c < PFX_VALUES_COLUMNS; c++)
		{
			int64		told = Min(candidate->considered, run->told);
			double		score = (double) candidate->hits[k][c] / Max(told, 1);

			if (score < EXPLAINED_ENOUGH)
				continue;
			/* a key that is always the same (a tenant) links nothing */
			if (pfx_distinct_count(&run->keys[k]) < 2)
				continue;
			score += 0.2 * candidate->ordered[k][c] / candidate->hits[k][c];
			score += 0.5 * pfx_link_score(child, k, parent, c);
			if (score > best)
			{
				best = score;
				*key = k;
				*column = c;
			}
		}
	return best;
}

static bool
in_one_backend(const PfxRun *run)
{
	return run->switches == 0 || (run->flags & PFX_EV_TRACED) != 0;
}

/*
 * Numbers in even steps are among the rows of many tables.  Unless the columns'
 * names belong together, only the rows just before the loop count.
 */
static bool
is_accident(const PfxRun *run, const PfxCandidate *candidate, const PfxLoopSums *sums,
			int key, int column)
{
	if (run->steps < 0.8 * (run->n - 2) ||
		pfx_link_score(run->known, key, pfx_known_get(&candidate->key), column) > 0)
		return false;
	return !in_one_backend(run) || run->before_backend != run->backend ||
		!pfx_same_statement(&run->before, &candidate->key) || sums->covered < COVERED_WELL;
}

/*
 * The values of a parent that is itself repeated are told for some of its
 * executions only: the others are taken to be like them, and from now on all
 * are asked for.
 */
static PfxLoopSums
sums_of(PfxCandidate *candidate)
{
	PfxLoopSums sums = pfx_candidate_sums(candidate);
	double		all;

	if (candidate->blind == 0)
		return sums;
	all = 1 + (double) candidate->blind / candidate->considered;
	sums.episodes = rint(sums.episodes * all);
	sums.executions = rint(sums.executions * all);
	sums.distinct = rint(sums.distinct * all);
	sums.rows = rint(sums.rows * all);
	sums.sum_xx *= all;
	sums.sum_xy *= all;
	sums.sum_yy *= all;
	if (!candidate->asked)
		pfx_statement_watch(&candidate->key, true);
	candidate->asked = true;
	return sums;
}

/*
 * A few children for each of many executions of the parent are many, if those are
 * one loop themselves.  Else they are as many requests.
 */
static bool
is_nested(const PfxStream *stream, const PfxRun *run, uint64 parent_family)
{
	for (int i = 0; i < stream->nruns; i++)
	{
		const PfxRun *parent = stream->runs[i];

		if (parent->family != parent_family || parent->late ||
			parent->n < perfext_n_plus_one_threshold)
			continue;
		return parent == run || parent->loops || (parent->flags & PFX_EV_TRACED) != 0 ||
			(parent->in_block == parent->n &&
			 parent->n >= perfext_n_plus_one_threshold * parent->transactions);
	}
	return false;
}

/*
 * With a list beside the key it is a loop only if a parent's rows tell so, nearly all
 * of them and each once: else who reads by lists for each of few tenants is taken
 * for one.
 */
static bool
has_lists(const PfxRun *run)
{
	return (run->any_flags & PFX_EV_BATCH) != 0;
}

/* The parent whose rows explain the run best, if any does well enough */
static void
explain_by_values(const PfxStream *stream, PfxVerdict *verdict)
{
	PfxRun	   *run = verdict->run;
	double		best = 0;

	for (int i = 0; i < PFX_MAX_CANDIDATES; i++)
	{
		PfxCandidate *candidate = &run->candidates[i];
		PfxLoopSums sums;
		double		explained;
		double		ordered;
		double		different;
		double		score;
		int64		most;
		int			key;
		int			column;

		if (candidate->key.queryid == 0 || candidate->considered == 0)
			continue;
		explained = (double) candidate->explained / candidate->considered;
		sums = sums_of(candidate);
		most = is_nested(stream, run, candidate->family) ? sums.executions : sums.max;
		/* many rows may refer to few others, if it is about all of them */
		different = sums.covered >= COVERED_WELL && most == sums.max ?
			PFX_SAME_ENOUGH : DIFFERENT_ENOUGH;
		if (explained < EXPLAINED_ENOUGH)
			continue;
		score = best_link(run, candidate, &key, &column);
		if (key < 0)
			continue;
		verdict->few |= most < perfext_n_plus_one_threshold && candidate->family != run->family;
		if (most < perfext_n_plus_one_threshold || sums.distinct < different * sums.executions)
			continue;
		ordered = (double) candidate->ordered[key][column] / candidate->hits[key][column];
		if ((sums.covered < COVERED_ENOUGH && ordered < ORDERED_ENOUGH) ||
			(has_lists(run) && !(sums.covered >= COVERED_WELL && sums.covered <= ONE_EACH)) ||
			is_accident(run, candidate, &sums, key, column))
			continue;
		score += 0.2 * Min(sums.covered, 1);
		if (score <= best)
			continue;
		best = score;
		verdict->strength = BY_VALUES;
		verdict->confidence = explained >= EXPLAINED_WELL &&
			(sums.covered >= COVERED_WELL || ordered >= ORDERED_ENOUGH) ?
			PFX_CONFIDENCE_HIGH : PFX_CONFIDENCE_MEDIUM;
		verdict->parent = candidate->key;
		verdict->parent_family = candidate->family;
		verdict->sums = sums;
		verdict->key = key;
		verdict->column = column;
	}
}

/* A loop that is its own episode: from the run's counts alone */
static void
one_episode(PfxVerdict *verdict, uint32 rows)
{
	PfxRun	   *run = verdict->run;

	memset(&verdict->sums, 0, sizeof(verdict->sums));
	verdict->sums.episodes = 1;
	verdict->sums.executions = run->n;
	verdict->sums.distinct = pfx_distinct_of(&run->values, run->told, run->n);
	verdict->sums.max = run->n;
	verdict->sums.rows = rows;
}

/* Whose keys cannot be among a parent's values, because they went through a function */
static bool
has_computed_keys(const PfxRun *run)
{
	for (int k = 0; k < PFX_EVENT_KEYS; k++)
		if ((run->known->key_params & PFX_KEY_COMPUTED(k)) != 0 &&
			pfx_distinct_of(&run->keys[k], run->told, run->n) >= DIFFERENT_ENOUGH * run->n)
			return true;
	return false;
}

/* As many children as the statement just before had rows, of which nothing more is known */
static bool
explained_by_rows(const PfxRun *run)
{
	double		ratio;

	if (run->before.queryid == 0 || (run->before_known && !has_computed_keys(run)) ||
		run->before_family == run->family ||
		!in_one_backend(run) || run->before_backend != run->backend ||
		run->before_rows < perfext_n_plus_one_threshold)
		return false;
	ratio = (double) run->n / run->before_rows;
	return ratio >= 0.8 && ratio <= 1.25;
}

/* Keys one after the other, as a loop over numbers makes them */
bool
pfx_run_in_order(const PfxRun *run)
{
	return run->ascending >= ORDERED_ENOUGH * (run->n - 1) &&
		(run->n >= ORDER_TELLS_FROM || run->steps >= ORDERED_ENOUGH * (run->n - 2));
}

/* The client pauses before each: it waits for something, as for the next request */
bool
pfx_run_is_paced(const PfxRun *run)
{
	return (run->flags & PFX_EV_TRACED) == 0 && pfx_run_gap_at(run, 0.5) >= LOOP_GAP;
}

/* The same rows are written again, by the same loop */
static bool
is_written_again(const PfxRun *run)
{
	return (run->flags & PFX_EV_INSERT) != 0 && run->changed >= CHANGED_MOSTLY * (run->n - 1) &&
		pfx_distinct_count(&run->values) >= perfext_n_plus_one_threshold;
}

static bool
stands_alone(const PfxRun *run, double different)
{
	if (run->switches * LONG_STRETCH > run->n && (run->flags & PFX_EV_TRACED) == 0)
		return false;
	if ((different < DIFFERENT_ENOUGH && !is_written_again(run)) ||
		pfx_run_gap_at(run, 0.5) > POLLING_GAP)
		return false;
	/* of functions that are called nothing is known but what they are given */
	if ((run->flags & PFX_EV_CALL) != 0 || pfx_run_is_paced(run) ||
		run->led >= LED_MOSTLY * run->n)
		return false;
	if (run->flags & PFX_EV_INSERT)
		return true;
	return (run->flags & PFX_EV_TRACED) != 0 ||
		(pfx_run_in_order(run) && run->n >= LOOP_SHARE * (run->last_seq - run->first_seq + 1));
}

/* The same with the same values, with hardly anything else in between */
static bool
is_redundant(const PfxRun *run, double different)
{
	return different <= PFX_SAME_ENOUGH &&
		(run->any_flags & (PFX_EV_WRITE | PFX_EV_CALL)) == 0 &&
		in_one_backend(run) && pfx_run_gap_at(run, 0.5) <= POLLING_GAP &&
		run->n >= 0.8 * (run->last_seq - run->first_seq + 1);
}

/* In each of many transactions, which do other things too: as many requests */
static bool
has_few_each_time(const PfxRun *run)
{
	return (run->flags & PFX_EV_TRACED) == 0 && run->in_block >= 0.8 * run->n &&
		run->alone < 0.5 * run->n && run->transactions > 1 &&
		run->n < perfext_n_plus_one_threshold * run->transactions;
}

void
pfx_judge_run(const PfxStream *stream, PfxVerdict *verdict)
{
	PfxRun	   *run = verdict->run;
	double		different = (double) pfx_distinct_of(&run->values, run->told, run->n) / run->n;

	verdict->key = verdict->column = -1;
	verdict->strength = NOTHING;
	verdict->parent.queryid = 0;
	verdict->parent_family = 0;
	verdict->few = false;
	verdict->kind = (run->any_flags & PFX_EV_WRITE) ? PFX_FINDING_WRITE : PFX_FINDING_READ;
	if (run->n < perfext_n_plus_one_threshold || (run->any_flags & PFX_EV_SILENCED) ||
		run->batched >= run->n)
		return;
	/* a job per transaction: each does its own work with several statements */
	if (run->in_block >= 0.8 * run->n && run->transactions >= 0.5 * run->n &&
		run->alone < 0.5 * run->n)
		return;

	explain_by_values(stream, verdict);
	if (verdict->strength == BY_VALUES || has_lists(run))
		return;
	if (is_redundant(run, different))
	{
		verdict->strength = ALONE;
		verdict->kind = PFX_FINDING_REDUNDANT;
		verdict->confidence = PFX_CONFIDENCE_HIGH;
		one_episode(verdict, 0);
	}
	else if (verdict->few || has_few_each_time(run))
	{
		verdict->strength = UNEXPLAINED;
		verdict->confidence = PFX_CONFIDENCE_LOW;
		one_episode(verdict, 0);
	}
	else if (different >= DIFFERENT_ENOUGH && explained_by_rows(run))
	{
		verdict->strength = BY_ROWS;
		verdict->confidence = PFX_CONFIDENCE_MEDIUM;
		verdict->parent = run->before;
		verdict->parent_family = run->before_family;
		one_episode(verdict, run->before_rows);
	}
	else if (stands_alone(run, different))
	{
		verdict->strength = ALONE;
		verdict->confidence = (run->flags & PFX_EV_INSERT) ? PFX_CONFIDENCE_MEDIUM :
			PFX_CONFIDENCE_LOW;
		one_episode(verdict, 0);
	}
	else if (different >= DIFFERENT_ENOUGH)
	{
		verdict->strength = UNEXPLAINED;
		verdict->confidence = PFX_CONFIDENCE_LOW;
		one_episode(verdict, 0);
		/* next time its values are known */
		if (run->before.queryid != 0 && !run->before_known)
			pfx_statement_watch(&run->before, true);
	}
}
