/*-------------------------------------------------------------------------
 *
 * judge.c
 *	  Decides which runs are a pattern that should be changed, and adds them to
 *	  the findings.
 *
 * Separate from runs.c, which only counts.  A run may be judged several times
 * while it goes on: what of it was added to a finding already is remembered
 * with it, and only the difference is added.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "common/hashfn.h"
#include "mb/pg_wchar.h"
#include "utils/timestamp.h"

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

/* Different values among the executions: a pattern */
#define DIFFERENT_ENOUGH 0.5

/* ns: what comes this slowly is a poller, what comes this fast a loop */
#define POLLING_GAP INT64CONST(250000000)
#define LOOP_GAP INT64CONST(50000000)

/* Executions from which on an order of keys is none by accident */
#define ORDER_TELLS_FROM 10

/* Share of a loop's statement in all that runs meanwhile, if nothing else tells of it */
#define LOOP_SHARE 0.05

/* Share of two runs' common time that makes them one loop */
#define TOGETHER 0.8

typedef enum PfxStrength
{
	NOTHING,					/* not to be reported, not to be joined to others either */
	UNEXPLAINED,				/* part of a loop that others show, or nothing */
	ALONE,						/* a loop without a parent that we know */
	BY_ROWS,					/* as often as the rows of the statement before it */
	BY_VALUES					/* asks for values that the parent returned */
} PfxStrength;

typedef struct PfxVerdict
{
	PfxRun	   *run;
	PfxStrength strength;
	PfxFindingKind kind;
	PfxConfidence confidence;
	PfxStmtKey	parent;			/* queryid 0: none */
	uint64		parent_family;
	PfxLoopSums sums;
	int			key;			/* -1: no link */
	int			column;
	int			group;			/* index of the verdict that leads its group */
	uint64		continues;		/* finding that it is a part of; 0: none */
} PfxVerdict;

/* ---- one run ---- */

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
		/* a few for each of many are many */
		most = pfx_is_repeated(stream, candidate->family) ? sums.executions : sums.max;
		/* many rows may refer to few others, if it is about all of them */
		different = sums.covered >= COVERED_WELL && most == sums.max ?
			PFX_SAME_ENOUGH : DIFFERENT_ENOUGH;
		if (explained < EXPLAINED_ENOUGH || most < perfext_n_plus_one_threshold ||
			sums.distinct < different * sums.executions)
			continue;
		score = best_link(run, candidate, &key, &column);
		if (key < 0)
			continue;
		ordered = (double) candidate->ordered[key][column] / candidate->hits[key][column];
		if ((sums.covered < COVERED_ENOUGH && ordered < ORDERED_ENOUGH) ||
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

/* As many children as the statement just before had rows, of which nothing more is known */
static bool
explained_by_rows(const PfxRun *run)
{
	double		ratio;

	if (run->before.queryid == 0 || run->before_known || run->before_family == run->family ||
		!in_one_backend(run) || run->before_backend != run->backend ||
		run->before_rows < perfext_n_plus_one_threshold)
		return false;
	ratio = (double) run->n / run->before_rows;
	return ratio >= 0.8 && ratio <= 1.25;
}

/* Keys one after the other, as a loop over numbers makes them */
static bool
in_order(const PfxRun *run)
{
	return run->ascending >= ORDERED_ENOUGH * (run->n - 1) &&
		(run->n >= ORDER_TELLS_FROM || run->steps >= ORDERED_ENOUGH * (run->n - 2));
}

static bool
stands_alone(const PfxRun *run, double different)
{
	if (run->switches > 0 && (run->flags & PFX_EV_TRACED) == 0)
		return false;
	if (different < DIFFERENT_ENOUGH || pfx_run_gap_at(run, 0.5) > POLLING_GAP)
		return false;
	if (run->flags & PFX_EV_INSERT)
		return pfx_run_gap_at(run, 0.5) < LOOP_GAP;
	return (run->flags & PFX_EV_TRACED) != 0 ||
		(in_order(run) && run->n >= LOOP_SHARE * (run->last_seq - run->first_seq + 1));
}

/* The same with the same values, with hardly anything else in between */
static bool
is_redundant(const PfxRun *run, double different)
{
	return different <= PFX_SAME_ENOUGH && (run->any_flags & PFX_EV_WRITE) == 0 &&
		in_one_backend(run) && pfx_run_gap_at(run, 0.5) <= POLLING_GAP &&
		run->n >= 0.8 * (run->last_seq - run->first_seq + 1);
}

static void
judge_run(const PfxStream *stream, PfxVerdict *verdict)
{
	PfxRun	   *run = verdict->run;
	double		different = (double) pfx_distinct_of(&run->values, run->told, run->n) / run->n;

	verdict->key = verdict->column = -1;
	verdict->strength = NOTHING;
	verdict->parent.queryid = 0;
	verdict->parent_family = 0;
	verdict->kind = (run->any_flags & PFX_EV_WRITE) ? PFX_FINDING_WRITE : PFX_FINDING_READ;
	if (run->n < perfext_n_plus_one_threshold || (run->any_flags & PFX_EV_SILENCED))
		return;
	/* a job per transaction: each does its own work with several statements */
	if (run->in_block >= 0.8 * run->n && run->transactions >= 0.5 * run->n &&
		run->alone < 0.5 * run->n)
		return;

	explain_by_values(stream, verdict);
	if (verdict->strength == BY_VALUES)
		return;
	if (is_redundant(run, different))
	{
		verdict->strength = ALONE;
		verdict->kind = PFX_FINDING_REDUNDANT;
		verdict->confidence = PFX_CONFIDENCE_HIGH;
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

/* ---- runs of one loop ---- */

static bool
run_together(const PfxRun *a, const PfxRun *b)
{
	TimestampTz from = Max(a->first_started, b->first_started);
	TimestampTz to = Min(a->last_started, b->last_started);
	TimestampTz shorter = Min(a->last_started - a->first_started,
							  b->last_started - b->first_started);

	return to - from >= TOGETHER * shorter;
}

/* Do two verdicts speak of one loop?  The first is the stronger one. */
static bool
is_one_loop(const PfxVerdict *a, const PfxVerdict *b)
{
	if (a->kind == PFX_FINDING_REDUNDANT || b->kind == PFX_FINDING_REDUNDANT)
		return false;
	if (b->strength >= BY_ROWS && a->parent_family != b->parent_family)
		return false;
	return run_together(a->run, b->run);
}

/* ---- findings ---- */

static void
copy_text(char *to, Size size, const char *from, int encoding)
{
	Size		len = strlen(from);

	if (len >= size)
		len = pg_encoding_mbcliplen(encoding, from, len, size - 1);
	memcpy(to, from, len);
	to[len] = '\0';
}

void
pfx_finding_describe(PfxFinding *finding, const PfxStream *stream)
{
	finding->encoding = stream->encoding;
	copy_text(finding->application, sizeof(finding->application), stream->application,
			  stream->encoding);
	finding->application_len = strlen(finding->application);
	copy_text(finding->tags, sizeof(finding->tags), stream->tags, stream->encoding);
	finding->tags_len = strlen(finding->tags);
}

static PfxFindingMember *
member_of(PfxFinding *finding, const PfxRun *run)
{
	PfxFindingMember *member;

	for (int i = 0; i < finding->nmembers; i++)
		if (finding->members[i].family == run->family)
			return &finding->members[i];
	if (finding->nmembers == PFX_FINDING_MEMBERS)
		return &finding->members[PFX_FINDING_MEMBERS - 1];
	member = &finding->members[finding->nmembers++];
	memset(member, 0, sizeof(*member));
	member->family = run->family;
	return member;
}

/* What the link joins, by names, as far as they are known */
static void
set_link(PfxFindingMember *member, const PfxVerdict *verdict)
{
	const PfxKnown *child = verdict->run->known;
	const PfxKnown *parent;

	if (verdict->key < 0)
		return;
	parent = pfx_known_get(&verdict->parent);
	if (parent == NULL || verdict->key >= child->nkeys || verdict->column >= parent->nvalues)
		return;
	member->child = *pfx_name_of_key(child, verdict->key, &parent->values[verdict->column]);
	member->parent = parent->values[verdict->column];
	member->param = (child->key_params >> (4 * verdict->key)) & 15;
	member->linked = member->child.column[0] != '\0' && member->parent.column[0] != '\0';
}

/* All that a run amounts to now */
static void
amount_to(const PfxVerdict *verdict, bool leads, PfxPublished *sum)
{
	const PfxRun *run = verdict->run;
	const PfxLoopSums *sums = &verdict->sums;
	int64		other = run->others > 0 ? run->other_time / run->others * run->n : 0;
	int64		episodes = Max(sums->episodes, 1);
	int64		once;

	memset(sum, 0, sizeof(*sum));
	sum->executions = run->n;
	sum->distinct = sums->distinct;
	sum->db_time = run->exec_time + run->plan_time;
	sum->gap_time = run->gap_time + other;
	/* children side by side wait side by side */
	if (run->switches > 0)
		sum->gap_time = Min(sum->gap_time, Max(run->wall_time - sum->db_time, 0));
	sum->in_block = run->in_block;
	/* asked once an episode: one of so many pauses, parsings and plannings remains */
	once = episodes * (sum->gap_time + run->plan_time) / run->n;
	sum->saved_time = Max(sum->gap_time + run->plan_time - once, 0);
	sum->most_time = Max(sum->gap_time + sum->db_time -
						 episodes * (sum->gap_time + sum->db_time) / run->n, 0);
	sum->sure_time = Min(sum->saved_time, Max(run->n - episodes, 0) *
						 (pfx_run_gap_at(run, 0.1) + run->plan_time / run->n));
	if (!leads)
		return;
	sum->episodes = sums->episodes;
	sum->parent_rows = sums->rows;
	sum->sum_xx = sums->sum_xx;
	sum->sum_xy = sums->sum_xy;
	sum->sum_yy = sums->sum_yy;
}

/* Where the text of a parent is to be found */
static uint8
parent_toplevel(const PfxStmtKey *key)
{
	const PfxKnown *known = pfx_known_get(key);

	return known != NULL ? known->toplevel : 1;
}

/* Is it the finding with this id? */
static bool
has_id(const PfxFinding *finding, void *arg)
{
	return finding->id == *(const uint64 *) arg;
}

#define TAKE(field) (finding->field = Max(finding->field - moved->field, 0))

/*
 * A run that was thought to be another pattern when it was judged the first time,
 * before enough was known: what it had added there is taken out again.
 */
static void
take_back(PfxRun *run)
{
	PfxPublished *moved = &run->moved;
	PfxFinding *finding = moved->finding != 0 ?
		pfx_finding_search(has_id, &moved->finding) : NULL;

	if (finding == NULL)
		return;
	TAKE(executions);
	TAKE(episodes);
	TAKE(distinct);
	TAKE(db_time);
	TAKE(gap_time);
	TAKE(sure_time);
	TAKE(most_time);
	TAKE(saved_time);
	TAKE(in_block);
	TAKE(parent_rows);
	TAKE(sum_xx);
	TAKE(sum_xy);
	TAKE(sum_yy);
	for (int i = 0; i < finding->nmembers; i++)
	{
		PfxFindingMember *member = &finding->members[i];

		if (member->family != run->family || (member->executions -= moved->executions) > 0)
			continue;
		finding->nmembers--;
		memmove(member, member + 1, (finding->nmembers - i) * sizeof(*member));
		break;
	}
	if (finding->nmembers == 0 || finding->executions == 0)
		pfx_finding_remove(finding);
	pfx_finding_unlock();
	moved->finding = 0;
}

#define ADD(field) (finding->field += now.field - before->field)

static void
publish(const PfxStream *stream, PfxFinding *finding, const PfxVerdict *verdict, bool leads)
{
	PfxRun	   *run = verdict->run;
	PfxPublished *before = &run->published;
	PfxPublished now;
	PfxFindingMember *member = member_of(finding, run);

	if (before->finding != finding->id)
	{
		run->moved = *before;
		memset(before, 0, sizeof(*before));
	}
	amount_to(verdict, leads, &now);
	now.finding = finding->id;

	member->queryid = run->known->key.queryid;
	member->flags = run->flags;
	member->executions += now.executions - before->executions;
	set_link(member, verdict);

	ADD(executions);
	ADD(episodes);
	ADD(distinct);
	ADD(db_time);
	ADD(gap_time);
	ADD(sure_time);
	ADD(most_time);
	ADD(saved_time);
	ADD(in_block);
	ADD(parent_rows);
	ADD(sum_xx);
	ADD(sum_xy);
	ADD(sum_yy);
	finding->max_per_episode = Max(finding->max_per_episode, verdict->sums.max);
	finding->sizes |= verdict->sums.sizes;
	finding->traced = (run->flags & PFX_EV_TRACED) != 0;
	if (run->any_flags & PFX_EV_WRITE)
		finding->kind = PFX_FINDING_WRITE;
	if (finding->first_seen == 0)
		finding->first_seen = run->first_started;
	finding->last_seen = Max(finding->last_seen, run->last_end);
	finding->confidence = Max(finding->confidence, verdict->confidence);
	if (verdict->parent.queryid != 0 &&
		(leads || finding->parent_queryid == 0))
	{
		finding->parent_queryid = verdict->parent.queryid;
		finding->parent_family = verdict->parent_family;
		finding->parent_toplevel = parent_toplevel(&verdict->parent);
	}
	finding->child_toplevel = run->known->toplevel;
	pfx_finding_describe(finding, stream);
	*before = now;
}

typedef struct PfxGroup
{
	const PfxStream *stream;
	const PfxVerdict *verdicts;
	int			n;
	int			leader;
} PfxGroup;

/* Is this the finding that a group of runs belongs to? */
static bool
matches(const PfxFinding *finding, void *arg)
{
	const PfxGroup *group = (const PfxGroup *) arg;
	const PfxVerdict *leader = &group->verdicts[group->leader];
	bool		redundant = leader->kind == PFX_FINDING_REDUNDANT;

	if (finding->userid != group->stream->userid || finding->dbid != group->stream->dbid ||
		finding->place != group->stream->place || finding->kind == PFX_FINDING_NESTED ||
		(finding->kind == PFX_FINDING_REDUNDANT) != redundant ||
		finding->parent_family != leader->parent_family)
		return false;
	for (int i = 0; i < group->n; i++)
		if (group->verdicts[i].group == group->leader)
			for (int m = 0; m < finding->nmembers; m++)
				if (finding->members[m].family == group->verdicts[i].run->family)
					return true;
	return false;
}

static uint64
finding_id(const PfxStream *stream, const PfxVerdict *leader)
{
	struct
	{
		Oid			userid;
		Oid			dbid;
		uint64		kind;
		uint64		place;
		uint64		parent;
		uint64		child;
	}			parts = {
		stream->userid, stream->dbid, leader->kind, stream->place,
		leader->parent_family, leader->run->family
	};
	uint64		id = hash_bytes_extended((const unsigned char *) &parts, sizeof(parts), 0);

	return id != 0 ? id : 1;
}

static void
publish_group(const PfxStream *stream, PfxVerdict *verdicts, int n, int leader)
{
	PfxGroup	group = {stream, verdicts, n, leader};
	PfxVerdict *first = &verdicts[leader];
	PfxFinding *finding = pfx_finding_search(matches, &group);

	if (finding == NULL)
	{
		bool		made;

		finding = pfx_finding_lock(finding_id(stream, first), &made);
		if (finding == NULL)
			return;
		if (made)
		{
			finding->userid = stream->userid;
			finding->dbid = stream->dbid;
			finding->place = stream->place;
			finding->kind = first->kind;
			finding->confidence = first->confidence;
		}
	}
	publish(stream, finding, first, true);
	for (int i = 0; i < n; i++)
		if (i != leader && verdicts[i].group == leader)
			publish(stream, finding, &verdicts[i], false);
	pfx_finding_unlock();
	for (int i = 0; i < n; i++)
		take_back(verdicts[i].run);
}

/* ---- what goes on ---- */

typedef struct PfxRest
{
	const PfxStream *stream;
	const PfxRun *run;
} PfxRest;

/*
 * Is the run, of which nothing tells the parent, the rest of this finding?  It
 * is if that was seen just now, or if its parent is a loop at the moment.
 */
static bool
is_rest_of(const PfxFinding *finding, void *arg)
{
	const PfxStream *stream = ((const PfxRest *) arg)->stream;
	const PfxRun *run = ((const PfxRest *) arg)->run;

	if (finding->userid != stream->userid || finding->dbid != stream->dbid ||
		finding->place != stream->place || finding->parent_family == 0 ||
		(finding->kind != PFX_FINDING_READ && finding->kind != PFX_FINDING_WRITE) ||
		(run->first_started - finding->last_seen > PFX_LONGEST_PAUSE &&
		 !pfx_is_repeated(stream, finding->parent_family)))
		return false;
	for (int m = 0; m < finding->nmembers; m++)
		if (finding->members[m].family == run->family)
			return true;
	return false;
}

static void
find_continued(const PfxStream *stream, PfxVerdict *verdict)
{
	PfxRest		rest = {stream, verdict->run};
	PfxFinding *finding;

	verdict->continues = 0;
	if ((verdict->strength != UNEXPLAINED && verdict->strength != ALONE) ||
		verdict->kind == PFX_FINDING_REDUNDANT)
		return;
	finding = pfx_finding_search(is_rest_of, &rest);
	if (finding == NULL)
		return;
	verdict->continues = finding->id;
	pfx_finding_unlock();
}

static void
publish_rest(const PfxStream *stream, PfxVerdict *verdict)
{
	PfxFinding *finding = pfx_finding_search(has_id, &verdict->continues);

	if (finding == NULL)
		return;
	verdict->confidence = PFX_CONFIDENCE_LOW;
	verdict->sums.max = 0;
	publish(stream, finding, verdict, false);
	pfx_finding_unlock();
	take_back(verdict->run);
}

static int
stronger_first(const void *a, const void *b)
{
	const PfxVerdict *left = (const PfxVerdict *) a;
	const PfxVerdict *right = (const PfxVerdict *) b;

	if (left->strength != right->strength)
		return left->strength > right->strength ? -1 : 1;
	/* of a loop's statements the first one leads */
	return left->run->first_seq < right->run->first_seq ? -1 :
		left->run->first_seq > right->run->first_seq;
}

/* Judges all runs of a stream together, and publishes what is to be said */
void
pfx_judge_stream(PfxStream *stream)
{
	PfxVerdict	verdicts[PFX_MAX_RUNS];
	int			n = 0;

	for (int i = 0; i < stream->nruns; i++)
	{
		if (stream->runs[i]->judged)
			continue;
		verdicts[n].run = stream->runs[i];
		judge_run(stream, &verdicts[n]);
		find_continued(stream, &verdicts[n]);
		if (verdicts[n].continues != 0)
			publish_rest(stream, &verdicts[n]);
		else if (verdicts[n].strength > NOTHING)
			n++;
	}
	qsort(verdicts, n, sizeof(PfxVerdict), stronger_first);
	for (int i = 0; i < n; i++)
	{
		verdicts[i].group = i;
		for (int j = 0; j < i; j++)
			if (verdicts[j].group == j && is_one_loop(&verdicts[j], &verdicts[i]))
			{
				verdicts[i].group = j;
				break;
			}
	}
	for (int i = 0; i < n; i++)
		if (verdicts[i].group == i && verdicts[i].strength > UNEXPLAINED)
			publish_group(stream, verdicts, n, i);
}
