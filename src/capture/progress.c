/*-------------------------------------------------------------------------
 *
 * progress.c
 *	  Finds out that a statement has been running for long, and shows from then on
 *	  where it is.
 *
 * Separate from follow.c (where a plan is) and follow_server.c (where a command
 * is): this is about when, and for whom.
 *
 * Statements that are over soon must not pay for it, so nothing is prepared for
 * them.  A timer fires twice a second in a backend that is busy; its handler looks
 * at what is being executed (pfx_active), and at nothing more while all of that is
 * young.  It is armed when a client's statement begins and it is not; the handler
 * arms it again as long as it finds the backend busy.  So most statements compare
 * one timestamp.  Once something is followed it fires five times a second, looks
 * again, and publishes.
 *
 * The handler runs while the executor, or anything else, is interrupted anywhere.
 * What it may touch is told in follow.c.  The other functions here, called from
 * the hooks in the ordinary flow, keep it off while they change anything ("held").
 *
 * What is followed is the client's statement, and the innermost one that runs for
 * long when that is another.  CREATE TABLE AS and the like stand for the query in
 * them.  A statement is told by its QueryDesc, and that by its frame, whose end
 * (pfx_progress_forget) always comes before the memory is used again.
 *
 * An error switches all timers of the server off; pfx_progress_look_again() makes
 * the next statement arm this one again.
 *
 * Caveat: system calls that are not restarted after a signal (sleep() in PL/Perl)
 * return early, as they do for any other signal that a backend gets.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "commands/progress.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "storage/ipc.h"
#include "tcop/tcopprot.h"
#include "utils/backend_progress.h"
#include "utils/backend_status.h"
#include "utils/timeout.h"
#include "utils/timestamp.h"

#include "capture/follow.h"
#include "capture/follow_server.h"
#include "capture/progress.h"
#include "capture/utility.h"
#include "clock.h"
#include "detect/estimate.h"
#include "guc.h"
#include "hot.h"

/* Younger statements are not shown, ns */
#define LONG_FROM 500000000

/* The timer's period while nothing is followed, and while something is, ms */
#define IDLE_PERIOD 500
#define BUSY_PERIOD 200

/* The timer is looked at again after this long, us: it may have been switched off */
#define LOOK_AGAIN 2000000

/* Predictions remembered of one execution, at times that grow by this factor */
#define MAX_MOMENTS 128
#define MOMENTS_FACTOR 1.08

/* Places of the current phase remembered, to tell its recent rate */
#define MAX_TRACK 32

/* The recent rate is over this share of the phase's time, and no less than so many ns */
#define RECENT_SHARE 0.3
#define RECENT_LEAST 1000000000.0

/* Fewer trigger events do not tell what one takes */
#define LEAST_EVENTS 1000

typedef struct Moment
{
	double		elapsed;
	double		remaining;
	double		low;
	double		high;
} Moment;

typedef struct Place
{
	double		at;				/* of the phase's duration */
	double		fraction;
} Place;

typedef struct Shown
{
	bool		used;
	const PfxActive *active;	/* while it runs */
	uint64		started;		/* of that, ticks */
	const QueryDesc *owner;		/* NULL: a utility statement */
	const QueryDesc *query;		/* followed plan, or NULL */
	uint64		seen;			/* ticks up to which time was counted */
	int64		events;			/* foreign-key checks in earlier runs */
	bool		is_timed;		/* phases have got their times */
	PfxProgress progress;
	int			nmoments;
	Moment		moments[MAX_MOMENTS];
	int			ntrack;
	int			track_phase;
	Place		track[MAX_TRACK];
	double		profile[PFX_MAX_PHASES][PFX_PROFILE_PARTS - 1];
} Shown;

volatile bool pfx_progress_following PFX_HOT = false;
volatile TimestampTz pfx_progress_look_at PFX_HOT = 0;

static Shown shown[PFX_PROGRESS_LEVELS];
static TimeoutId timer = 0;

/* The ordinary flow is changing something: the handler leaves all alone */
static volatile sig_atomic_t held = 0;

/* ---- one statement ---- */

static void
stop_following(int level)
{
	Shown	   *s = &shown[level];

	pfx_follow_forget(level);
	pfx_progress_hide(level);
	s->used = false;
	s->active = NULL;
	s->owner = s->query = NULL;
	pfx_progress_following = shown[0].used || shown[1].used;
}

/* A statement that is being followed stands still, or its place is wanted by another */
static void
pause_following(int level)
{
	pfx_follow_pause(level);
	shown[level].active = NULL;
	pfx_progress_hide(level);
}

/* Is the query inside what the utility statement is about? */
static bool
stands_for_query(const PfxActive *active)
{
	switch (active->command)
	{
		case T_CreateTableAsStmt:
		case T_RefreshMatViewStmt:
		case T_ExplainStmt:
		case T_DeclareCursorStmt:
		case T_FetchStmt:
			return true;
		case T_CopyStmt:
			return MyBEEntry != NULL &&
				MyBEEntry->st_progress_command == PROGRESS_COMMAND_COPY &&
				MyBEEntry->st_progress_param[PROGRESS_COPY_COMMAND] == PROGRESS_COPY_COMMAND_TO;
		default:
			return false;
	}
}

static PfxProgressKind
kind_of_query(const QueryDesc *query)
{
	switch (query->operation)
	{
		case CMD_INSERT:
			return PFX_PROGRESS_INSERT;
		case CMD_UPDATE:
			return PFX_PROGRESS_UPDATE;
		case CMD_DELETE:
			return PFX_PROGRESS_DELETE;
		case CMD_MERGE:
			return PFX_PROGRESS_MERGE;
		default:
			return PFX_PROGRESS_SELECT;
	}
}

/* Looks up earlier runs, once the phases are known */
static void
find_history(PfxProgress *p)
{
	double		longest = 0;

	p->profiled = -1;
	if (!pfx_progress_history(&p->key, p->planid, p->nphases, &p->history) &&
		PFX_PROGRESS_LIKE_KIND(p->kind) && !pfx_follow_server_knows_table(p))
	{
		PfxStmtKey	key;

		pfx_progress_kind_key(p->kind, &key);
		(void) pfx_progress_history(&key, p->nphases, p->nphases, &p->history);
	}
	for (int i = 0; p->history.runs > 0 && i < p->nphases; i++)
		if (p->history.duration[i] > longest)
		{
			longest = p->history.duration[i];
			p->profiled = i;
		}
}

static void
start_following(int level, const PfxActive *active)
{
	Shown	   *s = &shown[level];
	PfxProgress *p = &s->progress;

	memset(s, 0, offsetof(Shown, moments));
	memset(s->profile, 0, sizeof(s->profile));
	s->ntrack = 0;
	s->owner = active->query;
	p->key = active->ref->key;
	p->planid = active->query != NULL ? active->ref->planid : 0;
	p->pid = MyProcPid;
	p->utility = active->query == NULL;
	p->nested = level > 0;
	p->kind = p->utility ? pfx_follow_server_kind(active->command) : kind_of_query(active->query);
	p->command = p->utility ? active->command : (int32) active->query->operation;
	p->started = GetCurrentTimestamp() -
		(TimestampTz) (pfx_ticks_to_ns(pfx_ticks() - active->started) / 1000);
	p->rows_done = p->blocks_done = p->blocks_total = -1;
	if (p->utility)
	{
		pfx_follow_server_phases(p);
		find_history(p);
	}
	s->used = true;
	pfx_progress_following = true;
}

static void
follow_query(int level, const PfxActive *active)
{
	Shown	   *s = &shown[level];

	if (s->query != active->query)
	{
		s->query = active->query;
		s->is_timed = false;
		pfx_follow_begin(level, active->query);
		pfx_follow_phases(level, &s->progress);
		s->progress.planid = active->ref->planid;
		if (s->progress.kind == PFX_PROGRESS_OTHER)
			s->progress.kind = kind_of_query(active->query);
		find_history(&s->progress);
	}
	else
		pfx_follow_resume(level);
}

/* The time so far belongs to what is done and what is going on, as far as they cost */
static void
divide_time(PfxProgress *p, double elapsed)
{
	double		weights = 0;

	/* of triggers only what has passed since they began is seen at all */
	if (p->phases[p->current].kind == PFX_PHASE_TRIGGERS)
	{
		p->phases[p->current].duration = (int64) elapsed;
		return;
	}

	for (int pass = 0; pass < 2; pass++)
		for (int i = 0; i < p->nphases; i++)
		{
			double		weight = i == p->current ?
				p->phases[i].weight * (p->phases[i].fraction > 0 ? p->phases[i].fraction : 0.5) :
				p->phases[i].done ? p->phases[i].weight : 0;

			if (p->phases[i].kind == PFX_PHASE_TRIGGERS)
				continue;
			if (pass == 0)
				weights += weight;
			else if (weights > 0)
				p->phases[i].duration = (int64) (elapsed * weight / weights);
			else
				p->phases[i].duration = i == p->current ? (int64) elapsed : 0;
		}
}

/* AFTER triggers: how many events there will be, and how far they are */
static void
look_at_triggers(int level, const PfxActive *active)
{
	Shown	   *s = &shown[level];
	PfxProgress *p = &s->progress;
	int			number = p->nphases - 1;
	PfxPhase   *phase = &p->phases[number];
	int			per_row = pfx_follow_triggers(level);
	double		run = p->phases[0].fraction;
	double		expected = (double) Max(p->rows_done, 0) * per_row;

	if (!active->finishing)
	{
		if (run > 0.001)
			expected /= run;
		phase->weight = expected * pfx_progress_event_ns();
		phase->expected_units = expected;
		return;
	}
	for (int i = 0; i < number; i++)
		p->phases[i].done = true;
	p->current = number;
	p->node_tag = 0;
	phase->units = active->fk_checks + s->events;
	while (expected > 0 && expected < phase->units)
		expected += Max(p->rows_done, 1);
	phase->expected_units = expected;
	phase->weight = expected * pfx_progress_event_ns();
	phase->fraction = phase->units > 0 ? Min(phase->units / Max(expected, 1), 1) : -1;
}

/* Remembers where the current phase is; tells its recent rate */
static void
track(Shown *s)
{
	PfxProgress *p = &s->progress;
	const PfxPhase *phase = &p->phases[p->current];
	double		window = Max(RECENT_SHARE * phase->duration, RECENT_LEAST);
	int			from = 0;

	if (s->track_phase != p->current)
		s->ntrack = 0;
	s->track_phase = p->current;
	p->recent_rate = 0;
	if (phase->fraction < 0)
		return;
	for (int i = 0; i < PFX_PROFILE_PARTS - 1; i++)
		if (s->profile[p->current][i] == 0 &&
			phase->fraction >= (i + 1.0) / PFX_PROFILE_PARTS)
			s->profile[p->current][i] = phase->duration;
	if (s->ntrack == MAX_TRACK)
	{
		/* every other one is enough */
		for (int i = 0; i < MAX_TRACK / 2; i++)
			s->track[i] = s->track[2 * i];
		s->ntrack = MAX_TRACK / 2;
	}
	s->track[s->ntrack].at = phase->duration;
	s->track[s->ntrack].fraction = phase->fraction;
	s->ntrack++;
	while (from + 1 < s->ntrack && s->track[from + 1].at <= phase->duration - window)
		from++;
	if (phase->duration - s->track[from].at >= 0.5 * RECENT_LEAST &&
		phase->fraction > s->track[from].fraction)
		p->recent_rate = (phase->fraction - s->track[from].fraction) /
			(phase->duration - s->track[from].at);
}

/* What would be predicted now is kept, to be compared with the truth */
static void
remember_prediction(Shown *s)
{
	PfxEstimate estimate;
	Moment	   *moment = &s->moments[s->nmoments];

	if (s->nmoments == MAX_MOMENTS ||
		(s->nmoments > 0 &&
		 s->progress.elapsed < s->moments[s->nmoments - 1].elapsed * MOMENTS_FACTOR))
		return;
	pfx_estimate(&s->progress, 0, &estimate);
	if (estimate.remaining < 0)
		return;
	moment->elapsed = estimate.elapsed;
	moment->remaining = estimate.remaining;
	moment->low = estimate.low;
	moment->high = estimate.high;
	s->nmoments++;
}

/* Looks where it is now, and counts the time since the last look */
static void
look(int level, const PfxActive *active)
{
	Shown	   *s = &shown[level];
	PfxProgress *p = &s->progress;
	uint64		now = pfx_ticks();
	double		passed;

	if (s->active != active || s->started != active->started)
	{
		/* the first look at this execution, or at another part of it */
		s->active = active;
		s->started = active->started;
		s->seen = active->started;
	}
	passed = pfx_ticks_to_ns(now - s->seen);
	s->seen = now;
	p->elapsed += passed;
	if (s->is_timed && p->nphases > 0 && !active->finishing)
		p->phases[p->current].duration += passed;

	if (s->query == NULL)
		pfx_follow_server_look(p, active->fk_checks);
	else if (pfx_follow_running(level))
		pfx_follow_look(level, p, p->elapsed);
	if (p->nphases == 0)
		return;
	if (s->owner != NULL && p->phases[p->nphases - 1].kind == PFX_PHASE_TRIGGERS)
		look_at_triggers(level, active);
	if (!s->is_timed)
	{
		divide_time(p, p->elapsed);
		s->is_timed = true;
	}
	else if (active->finishing)
		p->phases[p->current].duration += passed;
	p->published = GetCurrentTimestamp();
	track(s);
}

/*
 * active: what is shown; query: what executes its plan (the same, one inside of it,
 * or NULL).
 */
static void
show(int level, const PfxActive *active, const PfxActive *query)
{
	Shown	   *s = &shown[level];
	bool		same = s->used && s->owner == active->query &&
		(s->owner != NULL || (s->active == active && s->started == active->started));

	if (!same)
	{
		if (pfx_ticks_to_ns(pfx_ticks() - active->started) < LONG_FROM)
		{
			if (s->used && s->active != NULL)
				pause_following(level);
			return;
		}
		if (s->used)
			stop_following(level);
		start_following(level, active);
	}
	if (query != NULL)
		follow_query(level, query);
	look(level, active);
	s->progress.published = GetCurrentTimestamp();
	if (s->progress.nphases > 0)
		remember_prediction(s);
	pfx_progress_publish(level, &s->progress);
}

/* ---- the timer ---- */

static void
look_at_all(void)
{
	const PfxActive *owner = NULL;	/* the client's statement */
	const PfxActive *in_owner = NULL;	/* the query directly inside of it */
	const PfxActive *innermost = NULL;
	const PfxActive *of_second = NULL;	/* what the second row shows already */

	for (const PfxActive *a = pfx_active; a != NULL; a = a->outer)
	{
		if (a->ref == NULL || a->ref->stmt == NULL)
			continue;
		if (a->query != NULL)
		{
			if (innermost == NULL && pfx_ticks_to_ns(pfx_ticks() - a->started) >= LONG_FROM)
				innermost = a;
			if (shown[1].used && shown[1].owner == a->query)
				of_second = a;
		}
		in_owner = owner;
		owner = a;
	}
	if (owner == NULL)
		return;
	if (owner->query != NULL)
		in_owner = owner;
	else if (in_owner == NULL || in_owner->query == NULL || !stands_for_query(owner))
		in_owner = NULL;
	show(0, owner, in_owner);
	/* a plan is not exchanged for another while it may be in the middle of something */
	if (of_second != NULL)
		innermost = of_second;
	if (innermost != NULL && innermost != owner && innermost != in_owner)
		show(1, innermost, innermost);
}

/* In the signal handler: everything may be just anywhere */
static void
on_timer(void)
{
	bool		busy = pfx_active != NULL || debug_query_string != NULL;

	if (!busy || proc_exit_inprogress || !perfext_progress)
	{
		pfx_progress_look_at = 0;
		return;
	}
	if (held == 0 && pfx_active != NULL)
		look_at_all();
	pfx_progress_look_at = GetCurrentTimestamp() + LOOK_AGAIN;
	enable_timeout_after(timer, pfx_progress_following ? BUSY_PERIOD : IDLE_PERIOD);
}

void
pfx_progress_arm(TimestampTz now)
{
	pfx_progress_look_at = now + LOOK_AGAIN;
	if (!perfext_progress)
		return;
	if (timer == 0)
	{
		pfx_follow_init();
		timer = RegisterTimeout(USER_TIMEOUT, on_timer);
	}
	if (!get_timeout_active(timer))
		enable_timeout_after(timer, IDLE_PERIOD);
}

/* ---- the ordinary flow ---- */

static inline void
hold(void)
{
	held = 1;
	pg_compiler_barrier();
}

static inline void
let_go(void)
{
	pg_compiler_barrier();
	held = 0;
}

/*
 * Something that was executed has stopped, normally or by an error.  A utility
 * statement is over; a query may go on later.
 */
void
pfx_progress_leave(const PfxActive *active)
{
	hold();
	for (int level = 0; level < PFX_PROGRESS_LEVELS; level++)
	{
		Shown	   *s = &shown[level];

		if (!s->used)
			continue;
		if (s->active == active)
		{
			if (s->owner == NULL)
				stop_following(level);
			else
			{
				look(level, active);
				/* what changes tables has triggers to come; queries may stand still */
				if (s->progress.kind == PFX_PROGRESS_SELECT || active->finishing)
					pause_following(level);
				else
				{
					pfx_follow_pause(level);
					s->active = NULL;
				}
			}
		}
		else if (s->query != NULL && s->query == active->query)
			pfx_follow_pause(level);
	}
	let_go();
}

/* What one AFTER trigger's event took, ns; 0: not known */
static double
event_time(const PfxProgress *p)
{
	const PfxPhase *last = &p->phases[p->nphases - 1];
	double		events = p->utility ? last->units : last->expected_units;

	if (p->nphases == 0 || last->kind != PFX_PHASE_TRIGGERS || events < LEAST_EVENTS)
		return 0;
	return last->duration / events;
}

/* It has ended well: what its predictions were worth, and what it took, is kept */
static void
finish(int level)
{
	Shown	   *s = &shown[level];
	PfxProgress *p = &s->progress;
	PfxFinishedStage stages[PFX_PROGRESS_STAGES] = {{false}};
	double		profile[PFX_PROFILE_PARTS - 1] = {0};
	int			longest = p->profiled;

	if (p->nphases > 0 && p->elapsed >= LONG_FROM)
	{
		for (int i = 0; i < PFX_PROGRESS_STAGES; i++)
		{
			double		wanted = p->elapsed * (i + 1) / (PFX_PROGRESS_STAGES + 1);

			for (int m = 0; m < s->nmoments; m++)
			{
				double		actual = p->elapsed - s->moments[m].elapsed;

				if (s->moments[m].elapsed > wanted * MOMENTS_FACTOR * MOMENTS_FACTOR ||
					s->moments[m].elapsed < wanted / MOMENTS_FACTOR)
					continue;
				stages[i].known = true;
				stages[i].error = pfx_estimate_error(s->moments[m].remaining, actual);
				stages[i].inside = actual >= s->moments[m].low && actual <= s->moments[m].high;
				break;
			}
		}
		for (int i = 0; longest < 0 && i < p->nphases; i++)
			if (p->phases[i].duration > p->elapsed / 2)
				longest = i;
		for (int i = 0; longest >= 0 && i < PFX_PROFILE_PARTS - 1; i++)
			profile[i] = p->phases[longest].duration > 0 ?
				Min(s->profile[longest][i] / p->phases[longest].duration, 1) : 0;
		(void) pfx_progress_finished(p, profile, stages, event_time(p));
	}
	stop_following(level);
}

void
pfx_progress_ended(const QueryDesc *queryDesc)
{
	hold();
	for (int level = 0; level < PFX_PROGRESS_LEVELS; level++)
		if (shown[level].used && shown[level].owner == queryDesc)
			finish(level);
		else if (shown[level].used && shown[level].query == queryDesc)
		{
			/* the query in a utility statement that goes on */
			pfx_follow_forget(level);
			shown[level].query = NULL;
		}
	let_go();
}

void
pfx_progress_utility_ended(const PfxActive *active)
{
	hold();
	if (shown[0].used && shown[0].owner == NULL && shown[0].active == active)
	{
		look(0, active);
		finish(0);
	}
	let_go();
}

/* A query's memory goes */
void
pfx_progress_forget(const QueryDesc *queryDesc)
{
	hold();
	for (int level = 0; level < PFX_PROGRESS_LEVELS; level++)
		if (shown[level].used &&
			(shown[level].owner == queryDesc || shown[level].query == queryDesc))
			stop_following(level);
	let_go();
}

void
pfx_progress_exit(void)
{
	held = 1;
	for (int level = 0; level < PFX_PROGRESS_LEVELS; level++)
		if (shown[level].used)
			stop_following(level);
}
