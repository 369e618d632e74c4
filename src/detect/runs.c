/*-------------------------------------------------------------------------
 *
 * runs.c
 *	  Counts statements that come again and again, and how far the rows of
 *	  others explain what they ask for.
 *
 * Separate from judge.c: this only counts, event by event, in bounded memory.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "port/pg_bitutils.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "detect/pattern.h"
#include "guc.h"

/* A pause longer than this, in µs, ends a run ... */
#define SHORTEST_PAUSE INT64CONST(50000)
#define PAUSE_PER_GAP 20		/* ... and so is one of so many usual gaps */

/* Statements between rows and the first child that may have come from them */
#define BEFORE_WITHIN 8

/* One child of so many in doubt about its parent's backend: there is a pooler */
#define STRAYED_MANY 8

/* Children of a run that nothing explains are compared with rows until here */
#define EXPLAIN_FIRST 1024

/*
 * µs that a run stays for what a backend had only counted when its client paused:
 * it tells that with its next statement.
 */
#define LATE_WITHIN INT64CONST(3600000000)

/* Longer time in the server beside planning and execution is not the statement's */
#define LONGEST_OTHER INT64CONST(2000000)	/* ns */

static uint64 serial = 0;
int			pfx_nruns = 0;

/* ---- different values: linear counting ---- */

static void
count_value(PfxDistinct *distinct, uint32 hash)
{
	distinct->bits[hash / 32 % PFX_DISTINCT_WORDS] |= (uint32) 1 << (hash % 32);
}

static bool
has_value(const PfxDistinct *distinct, uint32 hash)
{
	return (distinct->bits[hash / 32 % PFX_DISTINCT_WORDS] & ((uint32) 1 << (hash % 32))) != 0;
}

/* Estimate after Whang, Vander-Zanden and Taylor (1990) */
int64
pfx_distinct_count(const PfxDistinct *distinct)
{
	const int	size = PFX_DISTINCT_WORDS * 32;
	int			set = 0;

	for (int i = 0; i < PFX_DISTINCT_WORDS; i++)
		set += pg_popcount32(distinct->bits[i]);
	if (set == size)
		set--;
	return (int64) rint(-size * log((double) (size - set) / size));
}

/* The same of n executions, of which so many told their values */
int64
pfx_distinct_of(const PfxDistinct *distinct, int64 told, int64 n)
{
	if (told == 0)
		return 0;
	return (int64) ((double) Min(pfx_distinct_count(distinct), told) / told * n);
}

/* ---- pauses ---- */

static void
count_pause(uint32 *steps, int64 pause)
{
	int			step = pause < 2 ? 0 : pg_leftmost_one_pos64(pause);

	steps[Min(step, PFX_GAP_STEPS - 1)]++;
}

/* The pause below which so many are, ns; from powers of two, in their middle */
static int64
pause_at(const uint32 *steps, double fraction)
{
	int64		total = 0;
	int64		seen = 0;

	for (int i = 0; i < PFX_GAP_STEPS; i++)
		total += steps[i];
	for (int i = 0; i < PFX_GAP_STEPS; i++)
	{
		seen += steps[i];
		if (seen > total * fraction)
			return (INT64CONST(3) << i) / 2 * 1000;
	}
	return 0;
}

int64
pfx_run_gap_at(const PfxRun *run, double fraction)
{
	return pause_at(run->gaps, fraction);
}

bool
pfx_run_is_over(const PfxRun *run, TimestampTz now)
{
	int64		pause = PFX_LONGEST_PAUSE;

	/* statements of one request wait for each other, whatever comes in between */
	if (run->n >= 3 && (run->flags & PFX_EV_TRACED) == 0)
		pause = Min(Max(PAUSE_PER_GAP * pause_at(run->waits, 0.5) / 1000, SHORTEST_PAUSE),
					PFX_LONGEST_PAUSE);
	return now - run->last_end > pause;
}

/* ---- what explains a run ---- */

static void
add_loop(PfxLoopSums *sums, const PfxLoop *loop)
{
	double		rows = loop->rows;
	double		n = loop->n;

	if (loop->n < 2)
		return;
	sums->episodes++;
	sums->executions += loop->n;
	sums->distinct += pfx_distinct_of(&loop->values, loop->told, loop->n);
	sums->max = Max(sums->max, loop->n);
	sums->rows += loop->rows;
	sums->covered = Max(sums->covered, n / Max(loop->nrows, 1));
	sums->sum_xx += rows * rows;
	sums->sum_xy += rows * n;
	sums->sum_yy += n * n;
	if (loop->rows > 0)
		sums->sizes |= INT64CONST(1) << pg_leftmost_one_pos32(loop->rows);
}

/* Over all loops, those that may still go on too */
PfxLoopSums
pfx_candidate_sums(const PfxCandidate *candidate)
{
	PfxLoopSums sums = candidate->done;

	for (int i = 0; i < PFX_OPEN_LOOPS; i++)
		if (candidate->loops[i].anchor != 0)
			add_loop(&sums, &candidate->loops[i]);
	return sums;
}

/* The loop over an anchor's rows, if there was a child of them already */
static PfxLoop *
open_loop(PfxCandidate *candidate, const PfxAnchor *anchor)
{
	for (int i = 0; candidate != NULL && i < PFX_OPEN_LOOPS; i++)
		if (candidate->loops[i].anchor == anchor->serial)
			return &candidate->loops[i];
	return NULL;
}

/* The same, made when it is new */
static PfxLoop *
loop_of(PfxCandidate *candidate, const PfxAnchor *anchor, uint64 now)
{
	PfxLoop    *oldest = open_loop(candidate, anchor);

	if (oldest != NULL)
	{
		oldest->used = now;
		return oldest;
	}
	oldest = &candidate->loops[0];
	for (int i = 1; i < PFX_OPEN_LOOPS; i++)
		if (candidate->loops[i].used < oldest->used)
			oldest = &candidate->loops[i];
	if (oldest->anchor != 0)
		add_loop(&candidate->done, oldest);
	memset(oldest, 0, sizeof(*oldest));
	oldest->anchor = anchor->serial;
	oldest->used = now;
	memset(candidate->last_row, 0, sizeof(candidate->last_row));
	return oldest;
}

/* The parent among those that the run considers; NULL: it is none of them yet */
static PfxCandidate *
candidate_find(PfxRun *run, const PfxKnown *known)
{
	for (int i = 0; i < PFX_MAX_CANDIDATES; i++)
		if (run->candidates[i].key.queryid != 0 &&
			pfx_same_statement(&run->candidates[i].key, &known->key))
			return &run->candidates[i];
	return NULL;
}

/* The same, made when it is new; the one that explains least goes */
static PfxCandidate *
candidate_of(PfxRun *run, const PfxKnown *known)
{
	PfxCandidate *least = candidate_find(run, known);

	if (least != NULL)
		return least;
	least = &run->candidates[0];
	for (int i = 1; i < PFX_MAX_CANDIDATES; i++)
		if (run->candidates[i].explained < least->explained)
			least = &run->candidates[i];
	memset(least, 0, sizeof(*least));
	least->key = known->key;
	least->family = known->family;
	least->considered = 1;		/* the child for which it was found */
	return least;
}

/* Where the value of the child's key stands among these rows; NULL: it is not of them */
static PfxPlace *
place_of(const PfxRun *run, const PfxAnchor *anchor, const PfxEvent *event, int k)
{
	PfxPlace   *place = pfx_anchor_find(anchor, event->keys[k]);

	/* rows of the same statement hold what it was itself asked for */
	if (place != NULL && anchor->parent->known->family == run->family &&
		(anchor->own_keys[k] == event->keys[k] || anchor->own_keys[k] == 0))
		return NULL;
	return place;
}

/* Rows that nobody asked about for long drive no loop any more */
static bool
may_drive(const PfxRun *run, const PfxAnchor *anchor, const PfxEvent *event)
{
	if (event->started - Max(anchor->at, anchor->last_hit) > PFX_LONGEST_PAUSE)
		return false;
	for (int k = 0; k < PFX_EVENT_KEYS && event->keys[k] != 0; k++)
		if (place_of(run, anchor, event, k) != NULL)
			return true;
	return false;
}

static uint32
value_of(const PfxEvent *event)
{
	return event->all != 0 ? event->all : event->keys[0];
}

/* The first row of the anchor's that holds a key of the child's */
static uint32
row_asked(const PfxRun *run, const PfxAnchor *anchor, const PfxEvent *event)
{
	PfxPlace   *place = NULL;

	for (int k = 0; place == NULL && k < PFX_EVENT_KEYS && event->keys[k] != 0; k++)
		place = place_of(run, anchor, event, k);
	return place != NULL ? place->first_row : 0;
}

/*
 * Has the loop asked for this before?  By the value's bit, which others share,
 * and by its row's, which is its own; of more rows than there are bits nothing is said.
 */
static bool
was_asked(const PfxRun *run, const PfxLoop *loop, const PfxAnchor *anchor, const PfxEvent *event)
{
	uint32		row;

	if (loop == NULL || anchor->nrows > PFX_ASKED_WORDS * 32 ||
		!has_value(&loop->values, value_of(event)))
		return false;
	row = row_asked(run, anchor, event);
	return (loop->asked[row / 32] & ((uint32) 1 << (row % 32))) != 0;
}

/*
 * The rows of the parent's last execution were not looked at: who asks once more
 * for what was asked about older ones follows from those.
 */
static bool
was_answered(const PfxRun *run, const PfxParent *parent, const PfxAnchor *anchor,
			 const PfxLoop *loop, const PfxEvent *event)
{
	return parent->blind && parent->blind_at > anchor->at &&
		was_asked(run, loop, anchor, event);
}

/*
 * Of a parent's executions the one that the child follows from; NULL: none.  In
 * most programs it is of the same backend, the last one that fits.  Behind a
 * pooler it may be any: that shows in values that were asked for already while
 * another backend's rows still wait for theirs.
 */
static PfxAnchor *
driver_of(PfxRun *run, const PfxParent *parent, const PfxEvent *event)
{
	PfxCandidate *candidate = candidate_find(run, parent->known);
	PfxAnchor  *newest = NULL;
	PfxAnchor  *own = NULL;
	PfxAnchor  *waiting = NULL;

	for (int i = 0; i < parent->nanchors; i++)
	{
		PfxAnchor  *anchor = parent->anchors[i];
		PfxLoop    *loop;

		if (!may_drive(run, anchor, event))
			continue;
		loop = open_loop(candidate, anchor);
		if (was_answered(run, parent, anchor, loop, event))
			continue;
		if (newest == NULL)
			newest = anchor;
		if (!was_asked(run, loop, anchor, event))
		{
			if (anchor->backend == event->backend && own == NULL)
				return anchor;
			if (waiting == NULL)
				waiting = anchor;
		}
		else if (anchor->backend == event->backend && own == NULL)
			own = anchor;
	}
	if (own != NULL && waiting != NULL && waiting->backend != event->backend &&
		++candidate->strayed * STRAYED_MANY > candidate->explained)
		return waiting;
	if (own != NULL)
		return own;
	return waiting != NULL ? waiting : newest;
}

/* The child asks for values of this anchor's rows: counts where they stand */
static void
explain_by(PfxRun *run, PfxAnchor *anchor, const PfxEvent *event)
{
	PfxCandidate *candidate = candidate_of(run, anchor->parent->known);
	PfxLoop    *loop = loop_of(candidate, anchor, run->n);
	uint32		row;

	loop->n++;
	loop->told++;
	loop->rows = anchor->rows;
	loop->nrows = anchor->nrows;
	count_value(&loop->values, value_of(event));
	row = row_asked(run, anchor, event);
	if (row < PFX_ASKED_WORDS * 32)
		loop->asked[row / 32] |= (uint32) 1 << (row % 32);
	candidate->explained++;
	if (candidate->considered < candidate->explained)
		candidate->considered = candidate->explained;
	for (int k = 0; k < PFX_EVENT_KEYS && event->keys[k] != 0; k++)
	{
		PfxPlace   *place = place_of(run, anchor, event, k);

		for (int c = 0; place != NULL && c < anchor->ncolumns && c < PFX_VALUES_COLUMNS; c++)
		{
			if ((place->columns & (1 << c)) == 0)
				continue;
			candidate->hits[k][c]++;
			if (place->first_row >= candidate->last_row[k][c])
				candidate->ordered[k][c]++;
			candidate->last_row[k][c] = place->first_row;
		}
	}
	anchor->last_hit = event->started;
}

static bool
is_explained(const PfxRun *run)
{
	for (int i = 0; i < PFX_MAX_CANDIDATES; i++)
		if (run->candidates[i].key.queryid != 0 && run->candidates[i].explained > 0 &&
			2 * run->candidates[i].explained >= run->candidates[i].considered)
			return true;
	return false;
}

static void
explain(PfxStream *stream, PfxRun *run, const PfxEvent *event)
{
	for (int i = 0; i < PFX_MAX_CANDIDATES; i++)
		if (run->candidates[i].key.queryid != 0)
			run->candidates[i].considered++;
	if (stream->parents == NULL || event->keys[0] == 0)
		return;
	for (int i = 0; i < PFX_MAX_PARENTS; i++)
	{
		PfxParent  *parent = &stream->parents[i];
		PfxAnchor  *anchor;
		PfxCandidate *candidate;

		if (parent->known == NULL)
			continue;
		anchor = driver_of(run, parent, event);
		if (anchor != NULL)
		{
			explain_by(run, anchor, event);
			parent->used = stream->seq;
		}
		else if (parent->blind && (candidate = candidate_find(run, parent->known)) != NULL)
		{
			/* it may have come from rows that were not looked at */
			candidate->considered--;
			candidate->blind++;
		}
	}
}

/* ---- runs ---- */

static void
drop_run(PfxStream *stream, int i)
{
	pfree(stream->runs[i]);
	pfx_nruns--;
	memmove(&stream->runs[i], &stream->runs[i + 1],
			(stream->nruns - i - 1) * sizeof(PfxRun *));
	stream->nruns--;
}

/* Does a backend that waits for its client know of more executions? */
static bool
may_be_late(const PfxRun *run, TimestampTz now)
{
	return run->n > PFX_TOLD_IN_A_ROW && now != DT_NOEND && now - run->last_end <= LATE_WITHIN;
}

/* Those whose loop may go on after a pause stay a while: see goes_on() */
void
pfx_runs_drop(PfxStream *stream, TimestampTz now)
{
	for (int i = stream->nruns - 1; i >= 0; i--)
	{
		PfxRun	   *run = stream->runs[i];

		if (!pfx_run_is_over(run, now))
			continue;
		run->late = now - run->last_end > PFX_LONGEST_PAUSE || run->candidates[0].explained == 0;
		if (run->late && !may_be_late(run, now))
			drop_run(stream, i);
		else
			run->judged = true;
	}
}

/* Makes room for one more run: over all streams, and in this one */
static void
make_room(PfxStream *stream, TimestampTz now)
{
	dlist_iter	iter;

	if (stream->nruns == PFX_MAX_RUNS)
	{
		int			oldest = 0;

		pfx_judge_stream(stream);
		for (int i = 1; i < stream->nruns; i++)
			if (stream->runs[i]->last_seq < stream->runs[oldest]->last_seq)
				oldest = i;
		drop_run(stream, oldest);
	}
	if (pfx_nruns < PFX_MAX_ALL_RUNS)
		return;
	dlist_foreach(iter, &pfx_streams)
	{
		PfxStream  *other = dlist_container(PfxStream, node, iter.cur);

		if (other->nruns == 0 || other == stream)
			continue;
		pfx_judge_stream(other);
		pfx_runs_drop(other, DT_NOEND);
		if (pfx_nruns < PFX_MAX_ALL_RUNS)
			return;
	}
	pfx_judge_stream(stream);
	pfx_runs_drop(stream, DT_NOEND);
}

static PfxRun *
new_run(PfxStream *stream, PfxKnown *known, uint64 family, const PfxEvent *event)
{
	PfxRun	   *run;

	make_room(stream, event->started);
	run = MemoryContextAllocZero(pfx_patterns_context, sizeof(PfxRun));
	run->family = family;
	run->serial = ++serial;
	run->flags = 0xffff;
	run->first_started = event->started;
	run->last_end = event->started;
	run->first_seq = stream->seq;
	run->backend = event->backend;
	if (stream->multi.queryid != 0 && stream->seq - stream->multi_seq <= BEFORE_WITHIN)
	{
		run->before = stream->multi;
		run->before_family = stream->multi_family;
		run->before_rows = stream->multi_rows;
		run->before_backend = stream->multi_backend;
		run->before_known = stream->multi_known;
	}
	stream->runs[stream->nruns++] = run;
	pfx_nruns++;
	return run;
}

bool
pfx_is_repeated(const PfxStream *stream, uint64 family)
{
	for (int i = 0; i < stream->nruns; i++)
		if (stream->runs[i]->family == family && !stream->runs[i]->late)
			return stream->runs[i]->n >= perfext_n_plus_one_threshold;
	return false;
}

/* Is another backend amid the rows of the same parent?  Then all of them had the pause. */
static bool
others_go_on(const PfxParent *parent, PfxCandidate *candidate, const PfxEvent *event)
{
	for (int i = 0; i < parent->nanchors; i++)
	{
		const PfxAnchor *anchor = parent->anchors[i];
		const PfxLoop *loop = open_loop(candidate, anchor);

		if (loop != NULL && loop->n < anchor->rows && anchor->backend != event->backend &&
			event->started - anchor->last_hit <= PFX_LONGEST_PAUSE)
			return true;
	}
	return false;
}

/*
 * After a pause: does the child ask for one more value of the rows that the run
 * was following, or of those of a parent that is itself repeated, now or side by
 * side?  Then it is the same loop.
 */
static bool
goes_on(const PfxStream *stream, PfxRun *run, const PfxEvent *event)
{
	for (int i = 0; stream->parents != NULL && i < PFX_MAX_PARENTS; i++)
	{
		const PfxParent *parent = &stream->parents[i];
		PfxCandidate *candidate = parent->known != NULL ?
			candidate_find(run, parent->known) : NULL;
		PfxAnchor  *anchor;

		if (candidate == NULL || 2 * candidate->explained < candidate->considered)
			continue;
		anchor = driver_of(run, parent, event);
		if (anchor != NULL && (open_loop(candidate, anchor) != NULL ||
							   pfx_is_repeated(stream, parent->known->family) ||
							   others_go_on(parent, candidate, event)))
			return true;
	}
	return false;
}

/* Of one whose text is not known it is a family of its own */
static uint64
family_of(const PfxKnown *known)
{
	return known->family != 0 ? known->family : known->key.queryid;
}

static PfxRun *
run_of(PfxStream *stream, PfxKnown *known, const PfxEvent *event)
{
	uint64		family = family_of(known);

	for (int i = 0; i < stream->nruns; i++)
	{
		PfxRun	   *run = stream->runs[i];

		if (run->family != family)
			continue;
		if (!pfx_run_is_over(run, event->started) || goes_on(stream, run, event))
			return run;
		pfx_judge_stream(stream);
		drop_run(stream, i);
		pfx_runs_drop(stream, event->started);
		break;
	}
	return new_run(stream, known, family, event);
}

/*
 * Any statement of a backend tells something of the one before it: when it had
 * ended, and so what it took in the server beside planning and execution
 * (parsing, sending), and whether it was alone in its transaction.
 */
void
pfx_runs_followed(PfxStream *stream, const PfxEvent *event)
{
	PfxLast    *last = &stream->lasts[event->backend % PFX_MAX_LAST];
	bool		same = last->backend == event->backend;
	bool		same_transaction = same && last->transaction == event->transaction;
	int64		other;

	for (int i = 0; same && last->run != 0 && i < stream->nruns; i++)
	{
		PfxRun	   *run = stream->runs[i];

		if (run->serial != last->run)
			continue;
		other = (event->started - event->gap - last->started) * 1000 - last->time;
		if (other >= 0 && other < LONGEST_OTHER)
		{
			run->other_time += other;
			run->others++;
		}
		if (!same_transaction && last->in_transaction == 1)
			run->alone++;
	}
	if (!same)
		last->lead = 0;
	last->run = 0;
	last->backend = event->backend;
	last->in_transaction = same_transaction ? last->in_transaction + 1 : 1;
	last->transaction = event->transaction;
}

/*
 * Rows taken from a queue, or one row by other values than the last time, which nobody
 * looked at: what follows is about these, and no loop of its own.
 */
void
pfx_runs_led(PfxStream *stream, const PfxEvent *event)
{
	PfxLast    *last = &stream->lasts[event->backend % PFX_MAX_LAST];
	bool		another = event->all != last->lead_all;

	if (event->rows == 0 || (event->head.flags & PFX_EV_CATALOG) != 0)
		return;
	last->lead_all = event->all;
	if ((event->head.flags & PFX_EV_QUEUE) == 0 && (event->rows > 1 || !another))
		return;
	last->lead = stream->seq;
	last->lead_rows = event->rows;
}

void
pfx_run_add(PfxStream *stream, PfxKnown *known, const PfxEvent *event)
{
	PfxRun	   *run = run_of(stream, known, event);
	PfxLast    *last = &stream->lasts[event->backend % PFX_MAX_LAST];
	int64		exec_time = (int64) event->exec_time * 100;
	int64		plan_time = (int64) event->plan_time * 10000;
	TimestampTz end = event->started + (exec_time + plan_time) / 1000;
	bool		paused = pfx_run_is_over(run, event->started);

	run->judged = run->late = false;
	run->known = known;
	run->flags &= event->head.flags;
	run->any_flags |= event->head.flags;
	run->exec_time += exec_time;
	run->plan_time += plan_time;
	if (run->n > 0)
	{
		/* the gap before the first is not between them; a pause is no gap */
		if (!paused)
		{
			run->gap_time += (int64) event->gap * 1000;
			count_pause(run->gaps, event->gap);
			count_pause(run->waits, Max(event->started - run->last_end, 0));
		}
		run->ascending += (event->head.flags & PFX_EV_ASCENDING) != 0;
		run->steps += (event->head.flags & PFX_EV_STEP) != 0;
		run->switches += run->backend != event->backend;
	}
	run->wall_time += paused ? exec_time + plan_time : Max(end - run->last_end, 0) * 1000;
	if (last->lead > run->led_by)
	{
		run->led_by = last->lead;
		run->led_left = last->lead_rows;
	}
	if (run->led_left > 0)
	{
		run->led_left--;
		run->led++;
	}
	run->in_block += (event->head.flags & PFX_EV_IN_BLOCK) != 0;
	run->transactions += run->n == 0 || run->backend != event->backend ||
		run->transaction != event->transaction;
	run->n++;
	run->told++;
	run->last_seq = stream->seq;
	run->last_started = event->started;
	run->last_end = Max(run->last_end, end);
	run->backend = event->backend;
	run->transaction = event->transaction;
	if (event->all != 0)
		count_value(&run->values, event->all);
	run->changed += run->n > 1 && event->all != run->last_all;
	run->last_all = event->all;
	run->shortest = run->n > 1 ? Min(run->shortest, event->exec_time) : event->exec_time;
	for (int k = 0; k < PFX_EVENT_KEYS && event->keys[k] != 0; k++)
		count_value(&run->keys[k], event->keys[k]);
	if (run->n <= EXPLAIN_FIRST || run->published.finding != 0 || is_explained(run))
		explain(stream, run, event);

	last->run = run->serial;
	last->started = event->started;
	last->time = exec_time + plan_time;
}

/* The family's statement came with a list of several keys: no loop, but who reads by lists */
void
pfx_run_batched(PfxStream *stream, const PfxKnown *known)
{
	for (int i = 0; i < stream->nruns; i++)
		if (stream->runs[i]->family == family_of(known))
			stream->runs[i]->batched++;
}

/* Executions that a backend only counted: they go on as those before them did */
void
pfx_run_more(PfxStream *stream, PfxKnown *known, const PfxMoreEvent *event)
{
	uint64		family = family_of(known);
	PfxRun	   *run = NULL;

	for (int i = 0; i < stream->nruns; i++)
		if (stream->runs[i]->family == family)
			run = stream->runs[i];
	if (run == NULL)
		return;
	run->judged = run->late = false;
	for (int i = 0; i < PFX_MAX_CANDIDATES; i++)
	{
		PfxCandidate *candidate = &run->candidates[i];
		PfxLoop    *last = &candidate->loops[0];
		int64		explained;

		if (candidate->key.queryid == 0 || candidate->considered == 0)
			continue;
		explained = event->n * Min(candidate->explained, candidate->considered) /
			candidate->considered;
		candidate->considered += event->n;
		candidate->explained += explained;
		for (int j = 1; j < PFX_OPEN_LOOPS; j++)
			if (candidate->loops[j].used > last->used)
				last = &candidate->loops[j];
		last->n += explained;
	}
	run->ascending += event->n * run->ascending / run->n;
	run->steps += event->n * run->steps / run->n;
	run->changed += event->n * run->changed / run->n;
	run->transactions += event->n * run->transactions / run->n;
	run->alone += event->n * run->alone / run->n;
	run->in_block += event->in_block ? event->n : 0;
	run->n += event->n;
	run->exec_time += event->exec_time;
	run->plan_time += event->plan_time;
	run->gap_time += event->gap;
	run->wall_time += Max(event->started - run->last_end, 0) * 1000;
	run->last_started = event->started;
	run->last_end = Max(run->last_end, event->started);
	stream->seq += event->n;
	run->last_seq = stream->seq;
	stream->lasts[event->backend % PFX_MAX_LAST].run = 0;
}
