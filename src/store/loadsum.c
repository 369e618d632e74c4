/*-------------------------------------------------------------------------
 *
 * loadsum.c
 *	  Adds up what is counted about loads.
 *
 * Separate from loads.c, which knows where it is kept: this is arithmetic, under
 * whatever lock the caller holds.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "port/pg_bitutils.h"

#include "store/loads.h"

#define LEAST_STEP 0.01

static void
count_time(uint32 *parts, int64 ns)
{
	int			octave;
	int			part;

	if (ns <= 0)
		return;
	octave = pg_leftmost_one_pos64(ns);
	part = 2 * (octave - PFX_LOAD_FIRST_OCTAVE);
	/* the second part of the octave begins at its 1.5th */
	if (octave > 0 && ((ns >> (octave - 1)) & 1) != 0)
		part++;
	parts[Min(Max(part, 0), PFX_LOAD_PARTS - 1)]++;
}

/*
 * The client stops now and then, a checkpoint comes, others use the machine: so
 * not the mean, but a value that moves by a small step to where the next one is,
 * and so comes to lie in the middle of them.
 */
static void
count_cycle(PfxLoadBucket *bucket, int64 rows, double time)
{
	double		step = Max(1.0 / (bucket->count + 1), LEAST_STEP);

	if (bucket->count == 0)
		bucket->time = time;
	else if (time > bucket->time)
		bucket->time = Min(bucket->time * (1 + step), time);
	else
		bucket->time = Max(bucket->time / (1 + step), time);
	bucket->count++;
	bucket->rows += rows;
}

static void
count_sample(PfxLoadStats *stats, int64 cycle_rows, int64 cycle_time, int64 gap)
{
	if (cycle_rows > 0)
		count_cycle(&stats->buckets[Min(pg_leftmost_one_pos64(cycle_rows),
										PFX_LOAD_BUCKETS - 1)],
					cycle_rows, cycle_time);
	if (gap > 0)
		count_time(stats->gaps, gap);
}

/* The last ones, each once, the latest first */
static void
note_queryid(PfxLoadStats *stats, uint64 queryid)
{
	int			i = 0;

	if (likely(stats->queryids[0] == queryid))
		return;
	while (i < PFX_LOAD_QUERYIDS - 1 && stats->queryids[i] != queryid)
		i++;
	memmove(&stats->queryids[1], &stats->queryids[0], i * sizeof(uint64));
	stats->queryids[0] = queryid;
}

/* Adds an event, or several that were summed up, to all that is known of its load */
void
pfx_load_stats_add(PfxLoadStats *stats, const PfxLoadEvent *event)
{
	if (event->commits > 0)
	{
		stats->commits += event->commits;
		stats->committed_rows += event->committed_rows;
		stats->commit_time += event->commit_time;
		count_time(stats->commit_waits, event->commit_wait);
	}
	if (event->fk_checks != 0)
	{
		stats->fk_time += event->fk_time;
		stats->fk_checks += event->fk_checks;
	}
	stats->last_seen = Max(stats->last_seen, event->at);
	if (event->statements == 0)
		return;

	stats->statements += event->statements;
	stats->rows += event->rows;
	stats->time += event->time;
	stats->plan_time += event->plan_time;
	stats->wal_bytes += event->wal_bytes;
	stats->client_gap_time += event->client_gap_time;
	stats->streak_statements += event->streak_statements;
	count_sample(stats, event->cycle_rows, event->cycle_time, event->gap);
	/* a backend may go on with what has been forgotten meanwhile */
	if (event->runs != 0 || stats->runs == 0)
		stats->runs += Max(event->runs, 1);
	if (event->bytes != 0)
		stats->bytes += event->bytes;
	if (event->skipped_rows != 0)
		stats->skipped_rows += event->skipped_rows;
	if (event->temp_bytes != 0)
		stats->temp_bytes += event->temp_bytes;
	if (event->trigger_time != 0)
		stats->trigger_time += event->trigger_time;
	if (event->max_time > stats->max_time)
		stats->max_time = event->max_time;
	if (stats->row_width != event->row_width)
		stats->row_width = event->row_width;
	if (memcmp(&stats->target, &event->target, sizeof(stats->target)) != 0)
		stats->target = event->target;
	if ((stats->flags | event->flags) != stats->flags)
		stats->flags |= event->flags;
	note_queryid(stats, event->queryid);
	if (stats->first_seen == 0)
		stats->first_seen = event->at;
}

/* The same of what a backend has kept, which has its samples beside */
void
pfx_load_stats_add_burst(PfxLoadStats *stats, const PfxLoadBurst *burst)
{
	pfx_load_stats_add(stats, &burst->sum);
	for (int i = 0; i < burst->nsamples; i++)
		count_sample(stats, burst->samples[i].cycle_rows, burst->samples[i].cycle_time,
					 burst->samples[i].gap);
	for (int i = 0; i < burst->nwaits; i++)
		count_time(stats->commit_waits, burst->waits[i]);
}

/* Sums up events of one load; their samples are lost */
void
pfx_load_event_add(PfxLoadEvent *to, const PfxLoadEvent *event)
{
	/* of a commit, the target may be nobody's any more */
	if (event->statements > 0)
	{
		to->target = event->target;
		to->queryid = event->queryid;
		to->row_width = event->row_width;
	}
	to->flags |= event->flags;
	to->statements += event->statements;
	to->rows += event->rows;
	to->time += event->time;
	to->plan_time += event->plan_time;
	to->wal_bytes += event->wal_bytes;
	to->client_gap_time += event->client_gap_time;
	to->streak_statements += event->streak_statements;
	to->max_time = Max(to->max_time, event->max_time);
	to->at = event->at;
	if (unlikely((event->commits | event->runs | event->bytes | event->skipped_rows |
				  event->temp_bytes | event->trigger_time | event->fk_checks) != 0))
	{
		to->commits += event->commits;
		to->committed_rows += event->committed_rows;
		to->commit_time += event->commit_time;
		to->runs += event->runs;
		to->bytes += event->bytes;
		to->skipped_rows += event->skipped_rows;
		to->temp_bytes += event->temp_bytes;
		to->trigger_time += event->trigger_time;
		to->fk_time += event->fk_time;
		to->fk_checks += event->fk_checks;
	}
	to->cycle_rows = 0;
	to->gap = 0;
	to->commit_wait = 0;
}

double
pfx_load_percentile(const uint32 *parts, double fraction)
{
	double		sum = 0;
	double		wanted;

	for (int i = 0; i < PFX_LOAD_PARTS; i++)
		sum += parts[i];
	if (sum == 0)
		return -1;
	wanted = fraction * sum;
	for (int i = 0; i < PFX_LOAD_PARTS; i++)
	{
		double		low = ldexp(1 + 0.5 * (i % 2), PFX_LOAD_FIRST_OCTAVE + i / 2);

		if (wanted <= parts[i])
			return low + 0.5 * ldexp(1, PFX_LOAD_FIRST_OCTAVE + i / 2) * wanted / parts[i];
		wanted -= parts[i];
	}
	return ldexp(1, PFX_LOAD_FIRST_OCTAVE + PFX_LOAD_PARTS / 2);
}
