/*-------------------------------------------------------------------------
 *
 * session.c
 *	  Keeps what lies between the statements of a backend.
 *
 * Separate from statement.c, which sees one statement at a time.  All state is
 * static memory: transaction callbacks and error paths may touch it.
 *
 * Processor time: reading the CPU clock is a system call that costs as much as
 * the rest of perfext together, so it is read at most about once a millisecond.
 * A statement longer than that has a reading at both its ends.  Shorter ones
 * share: what the backend used between two readings is split among the
 * statements that ended in between by their execution times, none getting more
 * than its own.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/parallel.h"
#include "access/xact.h"
#include "miscadmin.h"
#include "utils/timestamp.h"

#include "capture/indexchange.h"
#include "capture/jobs.h"
#include "capture/loads.h"
#include "capture/proving.h"
#include "capture/progress.h"
#include "capture/session.h"
#include "capture/statement.h"
#include "clock.h"
#include "guc.h"
#include "hot.h"

#define CPU_INTERVAL INT64CONST(1000000)	/* ns between readings */
#define WALL_INTERVAL INT64CONST(100000000)	/* ns between readings of the wall clock */
#define OWN_TIME_DOUBTED 200000	/* ns */
#define MAX_SHARES 32
#define TOTALS_INTERVAL INT64CONST(100000000)	/* ns between flushes of totals */

/* What a backend may spend on timing nodes before it has earned any */
#define FIRST_CREDIT INT64CONST(50000000)
#define MAX_CREDIT INT64CONST(1000000000)

int			pfx_nesting_level PFX_HOT = 0;
bool		pfx_session_committing PFX_HOT = false;
static int64 credit = FIRST_CREDIT;

/* Execution time of clients' statements that has not been settled yet, ns */
static int64 unsettled PFX_HOT = 0;

/* The client's gap before the statement under way, µs; taken once a statement */
static bool begun PFX_HOT = false;
static TimestampTz begun_at PFX_HOT = 0;	/* statement start the above is about */
static int64 gap PFX_HOT = 0;
static bool gap_in_transaction PFX_HOT = false;
uint32		pfx_session_statements PFX_HOT = 0;
static TimestampTz last_end PFX_HOT = 0;
static bool last_end_in_transaction PFX_HOT = false;

/* Processor time */
static uint64 cpu_read_at PFX_HOT = 0;	/* ticks */
static TimestampTz cpu_read_wall PFX_HOT = 0;
static uint64 cpu_read PFX_HOT = 0;		/* ns */

/* Parallel workers ran; what they had added before */
static bool parallel PFX_HOT = false;
static int64 worker_cpu = 0;

typedef struct PfxShare
{
	PfxRef		ref;
	int64		exec_time;
} PfxShare;

static PfxShare shares[MAX_SHARES];
static int	nshares PFX_HOT = 0;
static int64 shares_time PFX_HOT = 0;

/* Commit time not yet recorded, and whose it is */
static PfxRef last_ref PFX_HOT;
static uint64 commit_started PFX_HOT = 0;	/* ticks; 0: not committing */
static const PfxRef *committing_ref PFX_HOT;
int64		pfx_session_commit_time PFX_HOT = 0;
static PfxRef commit_ref PFX_HOT;
static int64 commit_time PFX_HOT = 0;
static int64 commits PFX_HOT = 0;
static int64 deferred_fk_time PFX_HOT = 0;
static int64 deferred_fk_checks PFX_HOT = 0;

static uint64 totals_flushed_at PFX_HOT = 0;

/* The wall clock is read now and then and carried on by ticks in between */
static TimestampTz wall_anchor PFX_HOT = 0;
static uint64 wall_anchor_ticks PFX_HOT = 0;

static TimestampTz
wall_clock(uint64 now)
{
	int64		since = pfx_ticks_to_ns(now - wall_anchor_ticks);

	if (unlikely(wall_anchor == 0 || since > WALL_INTERVAL))
	{
		wall_anchor = GetCurrentTimestamp();
		wall_anchor_ticks = now;
		return wall_anchor;
	}
	return wall_anchor + since / 1000;
}

static bool
same_statement(const PfxRef *a, const PfxRef *b)
{
	return pfx_same_statement(&a->key, &b->key);
}

/* Records a figure that comes after its statement was recorded */
static pg_noinline void
record_extra(PfxRef *ref, int64 cpu, int64 commit, int64 ncommits)
{
	static PfxExecRecord record;	/* all other fields stay zero */

	if (ref->stmt == NULL)
		return;
	record.outcome = PFX_NOT_EXECUTED;
	record.cpu_time = cpu;
	record.commit_time = commit;
	record.commits = ncommits;
	record.fk_time = ncommits > 0 ? deferred_fk_time : 0;
	record.fk_checks = ncommits > 0 ? deferred_fk_checks : 0;
	pfx_record(ref, &record);
}

/*
 * Splits processor time among those who wait for it; the part of the statement
 * that ends now (0: none does) is returned.
 */
static pg_noinline int64
share_cpu(int64 used, int64 own_time)
{
	double		ratio;

	if (used <= 0 || shares_time + own_time <= 0)
		ratio = 0;
	else
		ratio = Min((double) used / (shares_time + own_time), 1.0);
	for (int i = 0; i < nshares; i++)
		record_extra(&shares[i].ref, (int64) (shares[i].exec_time * ratio), 0, 0);
	nshares = 0;
	shares_time = 0;
	return (int64) (own_time * ratio);
}

static pg_noinline int64
read_cpu(uint64 now)
{
	uint64		before = cpu_read;

	cpu_read = pfx_clock_cpu_ns();
	cpu_read_at = now;
	cpu_read_wall = wall_clock(now);
	return (int64) (cpu_read - before);
}

/* Processor time of a top-level statement that ends now, as far as known */
static int64
cpu_of(PfxRef *ref, int64 exec_time, uint64 now)
{
	if (unlikely(pfx_ticks_to_ns(now - cpu_read_at) >= CPU_INTERVAL || nshares == MAX_SHARES))
		return share_cpu(read_cpu(now), exec_time);

	if (likely(nshares > 0 && same_statement(&shares[nshares - 1].ref, ref)))
		shares[nshares - 1].exec_time += exec_time;
	else
	{
		shares[nshares].ref = *ref;
		shares[nshares].exec_time = exec_time;
		nshares++;
	}
	shares_time += exec_time;
	return 0;
}

/* What earlier statements have left to be done */
static pg_noinline void
do_what_waits(void)
{
	if (pfx_pending_count > 0)
		pfx_pending_flush(false);
	if (pfx_index_changes_waiting > 0)
		pfx_index_changes_flush();
	if (pfx_job_running)
		pfx_jobs_begin();
}

/*
 * Called when any statement begins, before anything can go wrong in it: records
 * what is pending.  For a client's statement, at the first call, it also looks
 * at what lay before.
 */
TimestampTz
pfx_session_begin(void)
{
	TimestampTz start = GetCurrentStatementStartTimestamp();

	/* one look at all, as there is hardly ever something */
	if (unlikely((pfx_pending_count | pfx_index_changes_waiting | (int) pfx_job_running) != 0))
		do_what_waits();
	if (pfx_nesting_level > 0 || (begun && begun_at == start))
		return start;
	begun = true;
	/* a client's next message: whatever was committing is over */
	if (begun_at != start)
		pfx_session_committing = false;
	begun_at = start;
	if (unlikely(begun_at >= pfx_progress_look_at))
		pfx_progress_arm(begun_at);
	gap = 0;
	gap_in_transaction = false;

	if (last_end != 0)
	{
		gap = Max(begun_at - last_end, 0);
		gap_in_transaction = last_end_in_transaction;
	}
	if (unlikely(pfx_job_running))
		pfx_jobs_gap(gap);

	/* by the statement's start time, which the server has read already */
	if (unlikely(begun_at - cpu_read_wall >= CPU_INTERVAL / 1000))
	{
		int64		used = read_cpu(pfx_ticks());

		if (nshares > 0)
			(void) share_cpu(used, 0);
	}
	return start;
}

/*
 * Time inside perfext measured by the wall clock may contain that the process
 * was not scheduled.  The processor time since its last reading is an upper
 * bound too; it is looked at only when the time is long enough to matter.
 */
int64
pfx_session_own_time(int64 wall)
{
	if (wall < OWN_TIME_DOUBTED)
		return wall;
	return Min(wall, (int64) (pfx_clock_cpu_ns() - cpu_read));
}

/*
 * A statement that may have parallel workers starts.  What they use, those of
 * nested statements too, is the client's statement's.
 */
void
pfx_session_parallel(void)
{
	if (!parallel)
		worker_cpu = pfx_worker_cpu_get(PFX_MY_SLOT);
	parallel = true;
}

/* Execution time earns what perfext may spend: seldom asked for, so done at once for many */
void
pfx_session_settle(void)
{
	credit = Min(credit + (int64) (unsettled * perfext_overhead_target / 100), MAX_CREDIT);
	pfx_proving_earned += unsettled;
	pfx_local_totals.exec_time += unsettled;
	unsettled = 0;
}

int64
pfx_session_credit(void)
{
	pfx_session_settle();
	return credit;
}

void
pfx_session_spend(int64 ns)
{
	credit -= ns;
}

void
pfx_session_end(PfxRef *ref, PfxExecRecord *record, uint64 now)
{
	record->client_gap_time = gap * 1000;
	if (gap_in_transaction)
		record->idle_in_transaction_time = record->client_gap_time;
	gap = 0;
	gap_in_transaction = false;
	begun = false;
	pfx_session_statements++;
	last_end = likely(now != 0) ? wall_clock(now) : GetCurrentTimestamp();
	last_end_in_transaction = IsTransactionBlock();

	unsettled += record->exec_time;

	if (unlikely(record->outcome == PFX_FAILED))
	{
		if (unlikely(pfx_job_running))
			pfx_jobs_failed(ref, record);
		return;					/* an error path: no locks, nothing shared */
	}

	if (unlikely(parallel))
	{
		record->cpu_time += pfx_worker_cpu_get(PFX_MY_SLOT) - worker_cpu;
		parallel = false;
	}
	record->cpu_time += cpu_of(ref, record->exec_time, now);
	if (commits > 0)
	{
		if (likely(same_statement(&commit_ref, ref)))
		{
			record->commit_time = commit_time;
			record->commits = commits;
			record->fk_time += deferred_fk_time;
			record->fk_checks += deferred_fk_checks;
		}
		else
			record_extra(&commit_ref, 0, commit_time, commits);
		commit_time = 0;
		commits = 0;
		deferred_fk_time = 0;
		deferred_fk_checks = 0;
	}
	last_ref = *ref;

	if (unlikely(pfx_ticks_to_ns(now - totals_flushed_at) >= TOTALS_INTERVAL))
	{
		totals_flushed_at = now;
		pfx_session_settle();
		pfx_totals_flush();
	}
}

/* COMMIT or ROLLBACK was said; of a failed transaction no callback follows */
void
pfx_session_transaction_over(void)
{
	last_end_in_transaction = false;
}

void
pfx_session_foreign_key(int64 ns)
{
	deferred_fk_time += ns;
	deferred_fk_checks++;
	pfx_loads_foreign_key(ns);
}

int64
pfx_session_gap(void)
{
	return gap * 1000;
}

/* The transaction wrote something and will commit: how long that takes is worth knowing */
static pg_noinline void
commit_begins(void)
{
	/* a procedure commits while it runs; else it is the last statement's */
	committing_ref = unlikely(pfx_active != NULL) ? pfx_active_utility() : NULL;
	if (likely(committing_ref == NULL))
		committing_ref = &last_ref;
	commit_started = pfx_ticks();
}

/* Only static memory may be touched here: an error would be a PANIC */
static pg_noinline void
commit_ended(void)
{
	uint64		now = pfx_ticks();
	int64		time = pfx_ticks_to_ns(now - commit_started);

	pfx_session_commit_time = time;
	commit_started = 0;
	last_end = wall_clock(now);
	if (unlikely(committing_ref->stmt == NULL))
		return;
	if (unlikely(commits > 0) && !same_statement(&commit_ref, committing_ref))
	{
		commit_time = 0;
		commits = 0;
	}
	commit_ref = *committing_ref;
	commit_time += time;
	commits++;
	if (unlikely(pfx_job_running))
		pfx_jobs_committed(time);
}

/*
 * The time from before the commit record is written until the transaction is
 * over belongs to the statement that came last.
 */
void
pfx_session_xact(XactEvent event)
{
	if (likely(event == XACT_EVENT_PRE_COMMIT))
	{
		if (unlikely(pfx_pending_count > 0))
			pfx_pending_flush(false);
		commit_started = 0;
		pfx_session_commit_time = 0;
		if (TransactionIdIsValid(GetTopTransactionIdIfAny()))
			commit_begins();
	}
	else if (likely(event == XACT_EVENT_COMMIT))
	{
		pfx_session_committing = false;
		if (commit_started != 0)
			commit_ended();
		last_end_in_transaction = false;
	}
	else if (event == XACT_EVENT_ABORT || event == XACT_EVENT_PREPARE)
	{
		pfx_session_committing = false;
		if (event == XACT_EVENT_ABORT)
			commit_started = 0;
		last_end_in_transaction = false;
		deferred_fk_time = 0;
		deferred_fk_checks = 0;
	}
}

void
pfx_session_exit(void)
{
	pfx_job_exit();
	if (nshares > 0)
		(void) share_cpu(read_cpu(pfx_ticks()), 0);
	if (commits > 0)
	{
		record_extra(&commit_ref, 0, commit_time, commits);
		commits = 0;
	}
	if (pfx_pending_count > 0)
		pfx_pending_flush(true);
	pfx_index_changes_flush();
	pfx_loads_flush(true);
	pfx_session_settle();
	pfx_totals_flush();
}
