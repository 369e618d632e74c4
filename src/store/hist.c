/*-------------------------------------------------------------------------
 *
 * hist.c
 *	  Log-linear histograms of time, from which percentiles are read.
 *
 * Separate because statements and plans both have one: an execution counts in its
 * plan's, a statement's own holds those without a plan that is still there, and
 * its percentiles are read from all of them together.  Each octave of
 * nanoseconds from 2^8 to 2^48 (three days) is cut into 31 equal parts; a
 * percentile is given as the point of its part that is never wrong by more
 * than 1/63 = 1.6 % of the true value.  (The idea of log-linear buckets is
 * HdrHistogram's.)  Counts of the same part add up, so that histograms of
 * several statements, windows or servers can be merged exactly.
 *
 * In shared memory an octave is one chunk, and octaves in which nothing fell
 * take no room: most statements need three to six.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "port/pg_bitutils.h"

#include "store/arena.h"

/* The octave that a time falls into, and the part of it */
int
pfx_hist_position(int64 ns, int *part)
{
	int			bit;
	int			octave;

	if (ns < (INT64CONST(1) << PFX_HIST_FIRST_OCTAVE))
	{
		*part = 0;
		return 0;
	}
	bit = pg_leftmost_one_pos64((uint64) ns);
	octave = bit - PFX_HIST_FIRST_OCTAVE;
	if (octave >= PFX_HIST_OCTAVES)
	{
		*part = PFX_HIST_PARTS - 1;
		return PFX_HIST_OCTAVES - 1;
	}
	*part = (int) (((ns - (INT64CONST(1) << bit)) * PFX_HIST_PARTS) >> bit);
	return octave;
}

void
pfx_hist_add(PfxHistogram *hist, int64 ns)
{
	int			part;
	int			octave = pfx_hist_position(ns, &part);

	hist->count[octave][part]++;
}

static void
add_octave(uint32 *to, const uint32 *from)
{
	for (int i = 0; i < PFX_HIST_PARTS; i++)
		to[i] += from[i];
}

/* Adds what is stored to hist */
void
pfx_hist_read(int p, const uint32 *octaves, PfxHistogram *hist)
{
	for (int i = 0; i < PFX_HIST_OCTAVES; i++)
		if (octaves[i] != 0)
			add_octave(hist->count[i], pfx_chunk_counts(p, octaves[i]));
}

/* Adds one stored histogram to another one and leaves it empty */
void
pfx_hist_move(int p, uint32 *to, uint32 *from)
{
	for (int i = 0; i < PFX_HIST_OCTAVES; i++)
	{
		if (from[i] == 0)
			continue;
		if (to[i] == 0)
			to[i] = from[i];
		else
		{
			add_octave(pfx_chunk_counts(p, to[i]), pfx_chunk_counts(p, from[i]));
			pfx_chunks_free(p, from[i]);
		}
		from[i] = 0;
	}
}

void
pfx_hist_free(int p, uint32 *octaves)
{
	for (int i = 0; i < PFX_HIST_OCTAVES; i++)
	{
		pfx_chunks_free(p, octaves[i]);
		octaves[i] = 0;
	}
}

/*
 * The time, in nanoseconds, below which the given fraction of the counted
 * executions lies; -1 when nothing was counted.
 */
double
pfx_hist_percentile(const PfxHistogram *hist, double fraction)
{
	uint64		total = 0;
	uint64		wanted;
	uint64		seen = 0;

	for (int o = 0; o < PFX_HIST_OCTAVES; o++)
		for (int i = 0; i < PFX_HIST_PARTS; i++)
			total += hist->count[o][i];
	if (total == 0)
		return -1;

	/* the smallest value that at least this many are not above */
	wanted = (uint64) (fraction * total);
	if ((double) wanted < fraction * total || wanted == 0)
		wanted++;
	for (int o = 0; o < PFX_HIST_OCTAVES; o++)
	{
		for (int i = 0; i < PFX_HIST_PARTS; i++)
		{
			seen += hist->count[o][i];
			if (seen >= wanted)
			{
				double		base = (double) (INT64CONST(1) << (o + PFX_HIST_FIRST_OCTAVE));
				double		low = base + base * i / PFX_HIST_PARTS;
				double		high = base + base * (i + 1) / PFX_HIST_PARTS;

				/* the point whose relative distance to both ends is the same */
				return 2 * low * high / (low + high);
			}
		}
	}
	return -1;					/* not reached */
}
