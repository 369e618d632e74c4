/*-------------------------------------------------------------------------
 *
 * judge.c
 *	  Puts the runs of one loop together, and adds those that are patterns to the
 *	  findings.
 *
 * Separate from verdict.c, which looks at one run.  A run may be judged several times
 * while it goes on: what of it was added to a finding already is remembered
 * with it, and only the difference is added.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "mb/pg_wchar.h"
#include "utils/timestamp.h"

#include "detect/pattern.h"
#include "store/store.h"

/* Share of two runs' common time that makes them one loop */
#define TOGETHER 0.8

/* Share of the shortest look-up that all of them together take once */
#define TAKEN_ONCE 0.8

/* The same in numbers of statements: five times in turn, one loses a quarter */
#define TURN_ABOUT 0.75

/* ---- runs of one loop ---- */

/* Times, or numbers of statements: of a short loop one slow statement is much of the time */
static bool
run_together(const PfxRun *a, const PfxRun *b)
{
	int64		from = Max(a->first_started, b->first_started);
	int64		to = Min(a->last_started, b->last_started);
	int64		shorter = Min(a->last_started - a->first_started,
							  b->last_started - b->first_started);

	if (to - from >= TOGETHER * shorter)
		return true;
	from = Max(a->first_seq, b->first_seq);
	to = Min(a->last_seq, b->last_seq);
	shorter = Min(a->last_seq - a->first_seq, b->last_seq - b->first_seq);
	return to - from >= TURN_ABOUT * shorter;
}

/*
 * Keys in order tell of a loop over numbers, if that begins with them.  Where
 * another statement goes before, with keys in no order or after a pause each time, they
 * follow from those.
 */
static bool
follows_another(const PfxVerdict *verdicts, int n, int leader)
{
	const PfxRun *run = verdicts[leader].run;

	if (verdicts[leader].strength != ALONE || verdicts[leader].kind == PFX_FINDING_REDUNDANT ||
		(run->flags & (PFX_EV_INSERT | PFX_EV_TRACED)) != 0)
		return false;
	for (int i = 0; i < n; i++)
		if (verdicts[i].group == leader && verdicts[i].strength == UNEXPLAINED &&
			verdicts[i].run->first_seq < run->first_seq && 2 * verdicts[i].run->n >= run->n &&
			(!pfx_run_in_order(verdicts[i].run) || pfx_run_is_paced(verdicts[i].run)))
			return true;
	return false;
}

/* Do two verdicts speak of one loop?  The first is the stronger one. */
static bool
is_one_loop(const PfxVerdict *a, const PfxVerdict *b)
{
	if (a->kind == PFX_FINDING_REDUNDANT || b->kind == PFX_FINDING_REDUNDANT)
		return false;
	if (b->strength >= BY_ROWS && a->parent_family != b->parent_family)
		return false;
	/* side by side, of the same rows: whichever came first */
	if (a->strength == BY_VALUES && b->strength == BY_VALUES && a->run->switches > 0 &&
		b->run->switches > 0)
		return a->run->first_started <= b->run->last_end &&
			b->run->first_started <= a->run->last_end;
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
	const uint16 read = PFX_EV_KEYED | PFX_EV_AGGREGATE | PFX_EV_CALL | PFX_EV_WRITE;
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
	/* a pipeline is one transaction without being a block */
	sum->in_block = Max(run->in_block, run->n - run->transactions);
	/* asked once an episode: one of so many pauses, parsings and plannings remains */
	once = episodes * (sum->gap_time + run->plan_time) / run->n;
	sum->saved_time = Max(sum->gap_time + run->plan_time - once, 0);
	/*
	 * What the shortest look-up took is starting and ending it, or reading a small table,
	 * and not for each any more.  What more the others took, and what aggregates and writes
	 * take, it takes to do that together, too.
	 */
	if ((run->any_flags & read) == PFX_EV_KEYED)
		sum->saved_time += Max(run->n - episodes, 0) * TAKEN_ONCE * run->shortest * 100;
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
		pfx_judge_run(stream, &verdicts[n]);
		find_continued(stream, &verdicts[n]);
		verdicts[n].run->loops = verdicts[n].strength > UNEXPLAINED ||
			verdicts[n].continues != 0;
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
		if (verdicts[i].group == i && verdicts[i].strength > UNEXPLAINED &&
			!follows_another(verdicts, n, i))
			publish_group(stream, verdicts, n, i);
}
