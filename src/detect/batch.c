/*-------------------------------------------------------------------------
 *
 * batch.c
 *	  How many rows a statement of a load, and a transaction, should have.
 *
 * Separate from capture, which counts, and from SQL, which words it: this is
 * where the two parts of a statement's time are told apart.
 *
 * The time from one statement to the next is t = a + c * b + K / m: a for the
 * statement (the client's way there and back, parsing, planning, starting and
 * stopping), c for each of its b rows, K for a commit, of which there is one in
 * m statements.  With 32 (a + K / m) / c rows a statement reaches 97 % of the
 * rate that no number of rows exceeds.
 *
 * Where b varied, a and c come from a line through the usual times by number of
 * rows, weighted by 1 / t^2, since errors grow with the time.  Where it did not,
 * c is taken from the time that the executor ran, and a is the rest, less what
 * the client usually waits for longer than it needs to.
 *
 * A client that waits for its rows to come, as one does that reads a queue, does so
 * whatever it puts into a statement.  Its gaps differ far more than those of one that
 * waits for the server and the line, so what they are longer than twice the shortest
 * ones is time that no batch saves, and the promised rate has it in it.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "detect/batch.h"

/* Gaps that differ by so much (ns) tell nothing about what the client waits for */
#define GAP_NOISE 2e5
/* Share of the gaps that are the shortest ones: below it there is chance */
#define SHORTEST 0.03
/* Statements from which on something is said */
#define LEAST_STATEMENTS 20
/* Statements of about the same number of rows that make a point of the line */
#define LEAST_OF_SIZE 5
#define MAX_WEIGHT 64
/* Commits from which on it is known what one takes */
#define LEAST_COMMITS 5
/* The largest number of rows must be so many times the smallest */
#define LEAST_SPREAD 3.0

#define FIXED_SHARE 32.0		/* row times per statement time: 97 % of the best rate */
#define COMMIT_SHARE 0.03		/* of the time, that commits may take */

#define MAX_PARAMETERS 65535.0
#define MAX_BYTES 16777216.0
#define MAX_STATEMENT_TIME 1e9	/* ns */
#define MAX_TRANSACTION_TIME 1e10	/* ns */
#define MAX_ROWS 1048576.0

/*
 * From a few rows it is known what a statement costs by itself only roughly: its first
 * rows take longer than later ones, which 32 times the fit's ratio then misses.  But
 * more rows cost nothing until what the server makes of the statement outgrows the
 * processor's caches: measured over tables of 2 to 22 columns, the time per row falls
 * until it takes some 2 MB and rises by a third to a half from some 7 MB on
 * (test/etl/batch.sh --processor).  So a statement gets as much as is safe from both ends; and
 * more than that only where it costs so much by itself that the rise is worth it.
 */
#define GOOD_MEMORY 2.6e6
#define MOST_MEMORY 4.5e6
#define ROW_MEMORY 400.0		/* lists and headers of a row, bytes */
#define VALUE_MEMORY 250.0		/* parse tree and plan of a value */
#define VALUE_COPIES 6.0		/* message, text, parse tree, plan, value, row */
#define FALL 0.5
/* Longer rows are stored elsewhere, and their log may be that of whole pages */
#define MOST_LOGGED 2000.0

/* COPY has no such bound: its rows are forgotten one after the other */
#define LEAST_COPY 512

/*
 * What a row costs in a large statement, parsing and planning it included, as part
 * of the executor's time for a statement of one row.  One noisy measurement on 15
 * gave about 0.6; rather too much, since rates are promised from it.
 */
#define ROW_PART 0.8

/*
 * What the client takes to write a value into a statement of many rows, ns: it is done
 * in the gap before the statement, but is the rows' and not the statement's.  psycopg2
 * takes some 0.9 us for each; drivers of compiled languages take less, so that a gain
 * is promised them that is rather too small.
 */
#define CLIENT_VALUE 1000.0

/* Of the gap before a statement, ns: over a local socket, with what the driver does */
#define ROUND_TRIP 50000.0

/* What a gap of this length has in it besides the way to the client and back, ns */
static double
waited(const PfxLoadStats *stats, double gap)
{
	double		shortest = pfx_load_percentile(stats->gaps, SHORTEST);

	return shortest < 0 ? 0 : Max(gap - 2 * shortest - GAP_NOISE, 0);
}

/* Of all gaps (ns); the longest quarter of them may be the machine's doing */
double
pfx_batch_waiting_time(const PfxLoadStats *stats)
{
	if (stats->statements == 0)
		return 0;
	return stats->statements *
		waited(stats, Min((double) stats->client_gap_time / stats->statements,
						  pfx_load_percentile(stats->gaps, 0.75)));
}

/* Statements that bring no rows but change some of those that are there */
static bool
changes(const PfxLoadKey *key)
{
	return key->operation == PFX_LOAD_UPDATE || key->operation == PFX_LOAD_DELETE ||
		key->operation == PFX_LOAD_MERGE;
}

static bool
is_client_s(const PfxLoadKey *key)
{
	return (key->operation == PFX_LOAD_COPY || key->operation == PFX_LOAD_INSERT ||
			changes(key)) &&
		key->shape != PFX_SHAPE_NESTED && key->shape != PFX_SHAPE_TRIGGER;
}

static bool
learn_from_sizes(const PfxLoadStats *stats, PfxBatch *batch)
{
	double		sw = 0;
	double		sx = 0;
	double		sy = 0;
	double		sxx = 0;
	double		sxy = 0;
	double		least = 0;
	double		most = 0;
	double		best = 0;
	double		row_time;

	for (int i = 0; i < PFX_LOAD_BUCKETS; i++)
	{
		const PfxLoadBucket *bucket = &stats->buckets[i];
		double		x;
		double		y;
		double		w;

		if (bucket->count < LEAST_OF_SIZE || bucket->time <= 0)
			continue;
		x = bucket->rows / bucket->count;
		y = bucket->time;
		w = Min(bucket->count, MAX_WEIGHT) / (y * y);
		sw += w;
		sx += w * x;
		sy += w * y;
		sxx += w * x * x;
		sxy += w * x * y;
		least = least == 0 ? x : Min(least, x);
		most = Max(most, x);
		best = best == 0 ? y / x : Min(best, y / x);
	}
	if (least == 0 || most < LEAST_SPREAD * least)
		return false;
	row_time = (sw * sxy - sx * sy) / (sw * sxx - sx * sx);
	/* noise: that larger statements are no slower says little about their rows */
	row_time = Max(row_time, 0.01 * best);
	batch->row_time = row_time;
	batch->statement_time = (sy - row_time * sx) / sw -
		waited(stats, pfx_load_percentile(stats->gaps, 0.5));
	batch->learnt_from = PFX_LEARNT_SIZES;
	return batch->statement_time > 0;
}

/* The usual time from one statement to the next, of the commonest number of rows */
static double
usual_time(const PfxLoadStats *stats)
{
	const PfxLoadBucket *most = &stats->buckets[0];

	for (int i = 1; i < PFX_LOAD_BUCKETS; i++)
		if (stats->buckets[i].count > most->count)
			most = &stats->buckets[i];
	return most->count >= LEAST_OF_SIZE ? most->time : 0;
}

static bool
learn_from_parts(const PfxLoadStats *stats, PfxBatch *batch)
{
	double		n = stats->statements;
	double		rows = stats->rows / n;
	double		executor = (stats->time - stats->plan_time) / n;
	double		gap = pfx_load_percentile(stats->gaps, 0.1);
	double		mine = rows < 2 ? ROW_PART : rows / (rows + 1);
	double		usual = usual_time(stats);
	double		client = rows < 2 ? 0 :
		Min(rows * Max(stats->target.columns, 1) * CLIENT_VALUE, Max(gap - ROUND_TRIP, 0));

	if (stats->rows == 0 || executor <= 0)
		return false;
	batch->row_time = (mine * executor + (rows < 2 ? 0 : stats->plan_time / n) + client) / rows;
	/* a client that thinks for long would do so for larger statements, too */
	if (usual > 0 && gap >= 0)
		batch->statement_time = usual - batch->row_time * rows -
			(pfx_load_percentile(stats->gaps, 0.5) - gap);
	else
		batch->statement_time = stats->plan_time / n + (1 - mine) * executor +
			Max(gap, 0) - client;
	batch->statement_time = Max(batch->statement_time, 0.1 * executor);
	batch->learnt_from = PFX_LEARNT_PARTS;
	return true;
}

/*
 * The planner takes texts for 32 bytes each.  A row's share of the log tells better,
 * if not exactly: what comes after a checkpoint is logged by whole pages.
 */
static double
row_bytes(const PfxLoadStats *stats)
{
	double		logged = (double) stats->wal_bytes / stats->rows / (stats->target.indexes + 1);

	return Max(stats->row_width, Min(logged, MOST_LOGGED));
}

/* Rows of a statement that takes so much memory */
static double
rows_in(double memory, const PfxLoadStats *stats)
{
	double		of_row = ROW_MEMORY + VALUE_MEMORY * Max(stats->target.columns, 1) +
		VALUE_COPIES * row_bytes(stats);

	return Max(memory / of_row, 1);
}

static double
power_of_two(double x)
{
	return ldexp(1, (int) ceil(log2(Max(x, 1)) - 0.1));
}

static double
nearest_power_of_two(double x)
{
	return ldexp(1, (int) rint(log2(x)));
}

/* What the protocol, memory and the patience of others allow */
static double
cap(const PfxLoadKey *key, const PfxLoadStats *stats, const PfxBatch *batch)
{
	double		most = MAX_ROWS;
	double		in_time = (MAX_STATEMENT_TIME - batch->statement_time) / batch->row_time;

	if (key->operation == PFX_LOAD_INSERT && key->shape != PFX_SHAPE_UNNEST &&
		stats->target.columns > 0)
		most = Min(most, floor(MAX_PARAMETERS / stats->target.columns));
	if (stats->row_width > 0)
		most = Min(most, MAX_BYTES / stats->row_width);
	return Max(Min(most, in_time), 1);
}

static void
recommend_commit(PfxBatch *batch)
{
	double		time = batch->statement_time + batch->row_time * batch->rows;
	double		statements;

	if (batch->commit_wait < 0)
		return;
	statements = ceil(batch->commit_wait / (COMMIT_SHARE * time));
	statements = Min(statements, MAX_TRANSACTION_TIME / time);
	batch->commit_rows = batch->rows * Max(floor(statements), 1);
}

void
pfx_batch_recommend(const PfxLoadKey *key, const PfxLoadStats *stats, PfxBatch *batch)
{
	bool		copy = key->operation == PFX_LOAD_COPY;
	double		commit_share;
	double		most;
	double		wait;

	memset(batch, 0, sizeof(*batch));
	batch->commit_wait = stats->commits < LEAST_COMMITS ? -1 :
		pfx_load_percentile(stats->commit_waits, 0.5);
	if (stats->statements < LEAST_STATEMENTS || stats->rows == 0 || !is_client_s(key) ||
		(changes(key) && stats->rows >= 2 * stats->statements))
		return;
	commit_share = batch->commit_wait > 0 ?
		batch->commit_wait * stats->commits / stats->statements : 0;
	/* how many rows a condition finds is not how many the client sends */
	if (changes(key) || !learn_from_sizes(stats, batch))
	{
		batch->learnt_from = PFX_LEARNT_NOTHING;
		if (!learn_from_parts(stats, batch))
			return;
	}
	batch->statement_time = Max(batch->statement_time - commit_share,
								0.1 * batch->statement_time);

	batch->uncapped_rows = FIXED_SHARE * (batch->statement_time + commit_share) / batch->row_time;
	most = cap(key, stats, batch);
	batch->rows = power_of_two(batch->uncapped_rows);
	if (copy)
		batch->rows = Max(batch->rows, LEAST_COPY);
	else
	{
		double		good = nearest_power_of_two(rows_in(GOOD_MEMORY, stats));
		double		largest = nearest_power_of_two(rows_in(MOST_MEMORY, stats));

		batch->rows = Max(batch->rows, good);
		if (batch->rows > largest &&
			batch->statement_time + commit_share < FALL * largest * batch->row_time)
			batch->rows = largest;
	}
	if (batch->rows > most)
		batch->rows = ldexp(1, (int) floor(log2(most)));
	recommend_commit(batch);
	wait = pfx_batch_waiting_time(stats) / stats->rows;
	batch->rate = 1e9 / (batch->row_time + wait +
						 batch->statement_time / batch->rows +
						 Max(batch->commit_wait, 0) / Max(batch->commit_rows, batch->rows));
}
