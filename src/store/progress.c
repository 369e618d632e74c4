/*-------------------------------------------------------------------------
 *
 * progress.c
 *	  Region of the arena for statements that run for long: what each shows
 *	  while it runs, and what is remembered when it has ended.
 *
 * Separate from statements.c: most statements never get here, and what is here
 * is written and read without locks.
 *
 * A backend that has something to show takes one of a pool of slots and keeps it
 * until it exits; the pool is smaller than the number of backends, as few run
 * long statements at a time.  A slot has one writer.  Its change count is odd
 * while it is being written, and readers try again, as with the server's own
 * backend status.  The writer may be a signal handler, so nothing here waits.
 *
 * The history is a table of buckets of a few entries, of which the one used
 * longest ago makes room.  Region.lock protects it and the predictions, and is
 * only ever tried: what cannot be remembered at once is not.  Readers of the
 * history, which may be signal handlers too, take no lock but look at the
 * entry's change count.
 *
 * Accepted races: a statement's predictions may be read while they change, so
 * that one more or less counts.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "common/hashfn.h"
#include "miscadmin.h"
#include "port/atomics.h"
#include "storage/proc.h"
#include "storage/procarray.h"
#include "utils/timestamp.h"

#include "store/arena.h"
#include "store/progress.h"
#include "store/region.h"

/* Entries of the history that a key may be in */
#define BUCKET 8

/* Shares of the arena: one part in so many */
#define SLOTS_PART 64
#define HISTORY_PART 100
#define MIN_SLOTS 16
#define MAX_BUCKETS 8192

/* What a foreign-key check takes as long as nothing is known, ns */
#define FIRST_EVENT_NS 8000.0

/* The same for one unit of the planner's cost */
#define FIRST_COST_NS 10000.0

/* Weight of a finished statement in that; phases of a smaller share have none */
#define COST_LAST 0.15
#define COST_SHARE 0.1
#define MAX_COST_FACTOR 8.0

/* A reader gives up on a slot that changed so often meanwhile */
#define MAX_TRIES 1000

typedef struct PfxSharedProgress
{
	pg_atomic_uint32 owner;		/* pid; 0: free */
	volatile uint32 changes;	/* odd: being written */
	volatile bool shown;
	PfxProgress progress;
} PfxSharedProgress;

typedef struct PfxSharedHistory
{
	volatile uint32 changes;
	PfxProgressHistory history;
} PfxSharedHistory;

typedef struct PfxSharedProgressRegion
{
	LWLock		lock;
	double		event_ns;		/* mean of what an AFTER trigger's event takes */
	double		cost_ns[PFX_PHASE_NKINDS];	/* geometric mean, of a unit of cost */
	PfxPredictions predictions[PFX_PROGRESS_NKINDS][2][PFX_PROGRESS_STAGES];
	uint32		nslots;
	uint32		nentries;
	PfxSharedProgress *slots;
	PfxSharedHistory *entries;
} PfxSharedProgressRegion;

/* What is saved */
typedef struct SavedHead
{
	double		event_ns;
	double		cost_ns[PFX_PHASE_NKINDS];
	PfxPredictions predictions[PFX_PROGRESS_NKINDS][2][PFX_PROGRESS_STAGES];
} SavedHead;

static PfxSharedProgressRegion *region = NULL;
static PfxSharedProgress *my_slots[PFX_PROGRESS_LEVELS];

/* ---- layout ---- */

static uint32
slot_count(Size arena_size)
{
	Size		room = Max(arena_size / SLOTS_PART / sizeof(PfxSharedProgress), MIN_SLOTS);
	Size		most = PFX_PROGRESS_LEVELS * (Size) (MaxBackends + NUM_AUXILIARY_PROCS);

	return (uint32) Min(room, most);
}

static uint32
entry_count(Size arena_size)
{
	Size		n = arena_size / HISTORY_PART / sizeof(PfxSharedHistory);

	return (uint32) Min(Max(n / BUCKET, 1), MAX_BUCKETS) * BUCKET;
}

static Size
region_size(Size arena_size)
{
	return CACHELINEALIGN(sizeof(PfxSharedProgressRegion)) +
		CACHELINEALIGN(slot_count(arena_size) * sizeof(PfxSharedProgress)) +
		CACHELINEALIGN(entry_count(arena_size) * sizeof(PfxSharedHistory));
}

static void
forget_rates(void)
{
	region->event_ns = FIRST_EVENT_NS;
	for (int i = 0; i < PFX_PHASE_NKINDS; i++)
		region->cost_ns[i] = FIRST_COST_NS;
}

static void
region_attach(void *at, Size size, bool fresh, int tranche)
{
	region = (PfxSharedProgressRegion *) at;
	if (!fresh)
		return;
	LWLockInitialize(&region->lock, tranche);
	forget_rates();
	region->nslots = slot_count(pfx_store_size());
	region->nentries = entry_count(pfx_store_size());
	region->slots = (PfxSharedProgress *)
		((char *) at + CACHELINEALIGN(sizeof(PfxSharedProgressRegion)));
	region->entries = (PfxSharedHistory *)
		((char *) region->slots +
		 CACHELINEALIGN(region->nslots * sizeof(PfxSharedProgress)));
	for (uint32 i = 0; i < region->nslots; i++)
		pg_atomic_init_u32(&region->slots[i].owner, 0);
}

static Size
region_used(void)
{
	Size		bytes = 0;

	for (uint32 i = 0; i < region->nslots; i++)
		if (pg_atomic_read_u32(&region->slots[i].owner) != 0)
			bytes += sizeof(PfxSharedProgress);
	for (uint32 i = 0; i < region->nentries; i++)
		if (region->entries[i].history.runs > 0)
			bytes += sizeof(PfxSharedHistory);
	return bytes;
}

static Size
region_save(char **data, bool locked)
{
	SavedHead	head;
	char	   *at;

	*data = at = palloc(sizeof(SavedHead) + region->nentries * sizeof(PfxProgressHistory));
	if (locked)
		LWLockAcquire(&region->lock, LW_SHARED);
	head.event_ns = region->event_ns;
	memcpy(head.cost_ns, region->cost_ns, sizeof(head.cost_ns));
	memcpy(head.predictions, region->predictions, sizeof(head.predictions));
	memcpy(at, &head, sizeof(head));
	at += sizeof(head);
	for (uint32 i = 0; i < region->nentries; i++)
		if (region->entries[i].history.runs > 0)
		{
			memcpy(at, &region->entries[i].history, sizeof(PfxProgressHistory));
			at += sizeof(PfxProgressHistory);
		}
	if (locked)
		LWLockRelease(&region->lock);
	return at - *data;
}

static PfxSharedHistory *
bucket_of(const PfxStmtKey *key, uint64 planid)
{
	uint64		hash = hash_bytes_extended((const unsigned char *) key, sizeof(*key), planid);

	return &region->entries[hash % (region->nentries / BUCKET) * BUCKET];
}

static bool
is_entry(const PfxProgressHistory *entry, const PfxStmtKey *key, uint64 planid)
{
	return entry->runs > 0 && entry->planid == planid && pfx_same_statement(&entry->key, key);
}

/* The entry for this key, or the one that makes room for it */
static PfxSharedHistory *
entry_for(const PfxStmtKey *key, uint64 planid)
{
	PfxSharedHistory *bucket = bucket_of(key, planid);
	PfxSharedHistory *oldest = bucket;

	for (int i = 0; i < BUCKET; i++)
	{
		const PfxProgressHistory *entry = &bucket[i].history;

		if (is_entry(entry, key, planid))
			return &bucket[i];
		if (entry->runs == 0 || (oldest->history.runs > 0 &&
								 entry->last_run < oldest->history.last_run))
			oldest = &bucket[i];
	}
	return oldest;
}

static void
region_load(const char *data, Size len)
{
	SavedHead	head;
	PfxProgressHistory history;

	if (len < sizeof(head))
		return;
	memcpy(&head, data, sizeof(head));
	region->event_ns = head.event_ns;
	memcpy(region->cost_ns, head.cost_ns, sizeof(head.cost_ns));
	for (int i = 0; i < PFX_PHASE_NKINDS; i++)
		if (!(region->cost_ns[i] > 0) || isinf(region->cost_ns[i]))
			forget_rates();
	memcpy(region->predictions, head.predictions, sizeof(head.predictions));
	for (Size at = sizeof(head); at + sizeof(history) <= len; at += sizeof(history))
	{
		memcpy(&history, data + at, sizeof(history));
		if (history.runs > 0 && history.nphases > 0 && history.nphases <= PFX_MAX_PHASES)
			entry_for(&history.key, history.planid)->history = history;
	}
}

static void
region_reset(Oid userid, Oid dbid, uint64 queryid)
{
	LWLockAcquire(&region->lock, LW_EXCLUSIVE);
	for (uint32 i = 0; i < region->nentries; i++)
	{
		PfxSharedHistory *entry = &region->entries[i];
		const PfxStmtKey *key = &entry->history.key;

		if ((OidIsValid(userid) && key->userid != userid) ||
			(OidIsValid(dbid) && key->dbid != dbid) || (queryid != 0 && key->queryid != queryid))
			continue;
		entry->changes++;
		pg_write_barrier();
		entry->history.runs = 0;
		pg_write_barrier();
		entry->changes++;
	}
	/* predictions are of kinds of statements, not of users */
	if (!OidIsValid(userid) && !OidIsValid(dbid) && queryid == 0)
	{
		memset(region->predictions, 0, sizeof(region->predictions));
		forget_rates();
	}
	LWLockRelease(&region->lock);
	pfx_region_changed();
}

const PfxRegion pfx_progress_region = {
	.name = "progress",
	.version = 1,
	.size = region_size,
	.attach = region_attach,
	.used = region_used,
	.save = region_save,
	.load = region_load,
	.reset = region_reset
};

/* ---- the backend's side ---- */

/* Takes a slot of the pool; NULL when all are taken */
static PfxSharedProgress *
take_slot(void)
{
	for (uint32 i = 0; i < region->nslots; i++)
	{
		uint32		expected = 0;
		uint32		n = (i + (uint32) MyProcPid) % region->nslots;

		if (pg_atomic_read_u32(&region->slots[n].owner) == 0 &&
			pg_atomic_compare_exchange_u32(&region->slots[n].owner, &expected,
										   (uint32) MyProcPid))
			return &region->slots[n];
	}
	return NULL;
}

void
pfx_progress_publish(int level, const PfxProgress *progress)
{
	PfxSharedProgress *slot = my_slots[level];

	if (slot == NULL)
		slot = my_slots[level] = take_slot();
	if (slot == NULL)
		return;
	slot->changes++;
	pg_write_barrier();
	slot->shown = true;
	memcpy(&slot->progress, progress, sizeof(*progress));
	pg_write_barrier();
	slot->changes++;
}

/* The statement ended or stands still; the slot is free for another backend */
void
pfx_progress_hide(int level)
{
	PfxSharedProgress *slot = my_slots[level];

	if (slot == NULL)
		return;
	my_slots[level] = NULL;
	slot->changes++;
	pg_write_barrier();
	slot->shown = false;
	pg_write_barrier();
	slot->changes++;
	pg_memory_barrier();
	pg_atomic_write_u32(&slot->owner, 0);
}

static bool
read_history(const PfxStmtKey *key, uint64 planid, PfxProgressHistory *history)
{
	PfxSharedHistory *bucket = bucket_of(key, planid);

	for (int i = 0; i < BUCKET; i++)
	{
		uint32		before = bucket[i].changes;

		if ((before & 1) != 0 || !is_entry(&bucket[i].history, key, planid))
			continue;
		pg_read_barrier();
		*history = bucket[i].history;
		pg_read_barrier();
		if (before == bucket[i].changes)
			return is_entry(history, key, planid);
	}
	return false;
}

/* All statements of one kind have an entry in common, which no statement's key can be */
void
pfx_progress_kind_key(PfxProgressKind kind, PfxStmtKey *key)
{
	memset(key, 0, sizeof(*key));
	key->queryid = (uint64) kind + 1;
}

/*
 * What is known of earlier runs, or false.  May be called from a signal handler.
 */
bool
pfx_progress_history(const PfxStmtKey *key, uint64 planid, int nphases,
					 PfxProgressHistory *history)
{
	if (read_history(key, planid, history) && history->nphases == nphases)
		return true;
	history->runs = 0;
	return false;
}

double
pfx_progress_event_ns(void)
{
	return region->event_ns;
}

double
pfx_progress_cost_ns(PfxPhaseKind kind)
{
	return region->cost_ns[kind];
}

const PfxPredictions *
pfx_progress_predictions(PfxProgressKind kind, bool repeated, int stage)
{
	return &region->predictions[kind][repeated ? 1 : 0][stage];
}

static void
mean_in(double *mean, double value, bool first)
{
	*mean = first ? value : *mean + PFX_PROGRESS_LAST * (value - *mean);
}

static void
remember(const PfxStmtKey *key, uint64 planid, const PfxProgress *progress,
		 const double *profile, bool of_kind)
{
	PfxSharedHistory *entry = entry_for(key, planid);
	PfxProgressHistory *history = &entry->history;
	bool		first;

	entry->changes++;
	pg_write_barrier();
	first = !is_entry(history, key, planid) || history->nphases != progress->nphases;
	if (first)
	{
		memset(history, 0, sizeof(*history));
		history->key = *key;
		history->planid = planid;
		history->nphases = progress->nphases;
		history->of_kind = of_kind;
	}
	history->runs++;
	history->last_run = progress->published;
	mean_in(&history->total, progress->elapsed, first);
	for (int i = 0; i < progress->nphases; i++)
	{
		mean_in(&history->duration[i], progress->phases[i].duration, first);
		mean_in(&history->units[i], progress->phases[i].units, first);
	}
	for (int i = 0; i < PFX_PROFILE_PARTS - 1; i++)
		mean_in(&history->profile[i], profile[i], first);
	pg_write_barrier();
	entry->changes++;
}

/*
 * What a unit of the planner's cost takes in one kind of phase against others of
 * the same statement.  How fast the statement is as a whole says nothing of kinds.
 */
static void
learn_costs(const PfxProgress *progress)
{
	double		time = 0;
	double		expected = 0;

	for (int i = 0; i < progress->nphases; i++)
		if (progress->phases[i].kind != PFX_PHASE_TRIGGERS)
		{
			time += progress->phases[i].duration;
			expected += progress->phases[i].weight * region->cost_ns[progress->phases[i].kind];
		}
	for (int i = 0; expected > 0 && time > 0 && i < progress->nphases; i++)
	{
		const PfxPhase *phase = &progress->phases[i];
		double	   *cost_ns = &region->cost_ns[phase->kind];
		double		factor = phase->duration / time / (phase->weight * *cost_ns / expected);

		if (phase->kind != PFX_PHASE_TRIGGERS && phase->weight * *cost_ns > COST_SHARE * expected)
			*cost_ns *= pow(Min(Max(factor, 1 / MAX_COST_FACTOR), MAX_COST_FACTOR), COST_LAST);
	}
}

/*
 * A statement that was shown has ended well.  False when the lock was not free:
 * then nothing is remembered.
 */
bool
pfx_progress_finished(const PfxProgress *progress, const double *profile,
					  const PfxFinishedStage *stages, double event_ns)
{
	bool		repeated = progress->history.runs > 0 && !progress->history.of_kind;

	if (!LWLockConditionalAcquire(&region->lock, LW_EXCLUSIVE))
		return false;
	remember(&progress->key, progress->planid, progress, profile, false);
	if (PFX_PROGRESS_LIKE_KIND(progress->kind))
	{
		PfxStmtKey	key;

		pfx_progress_kind_key(progress->kind, &key);
		remember(&key, progress->nphases, progress, profile, true);
	}
	for (int i = 0; i < PFX_PROGRESS_STAGES; i++)
	{
		PfxPredictions *predictions = &region->predictions[progress->kind][repeated ? 1 : 0][i];
		double		bin = rint(stages[i].error * PFX_ERROR_BINS_PER_OCTAVE) + PFX_ERROR_BINS / 2;

		if (!stages[i].known)
			continue;
		predictions->count++;
		predictions->inside += stages[i].inside ? 1 : 0;
		predictions->bins[(int) Max(Min(bin, PFX_ERROR_BINS - 1), 0)]++;
	}
	if (!progress->utility)
		learn_costs(progress);
	if (event_ns > 0)
		region->event_ns += PFX_PROGRESS_LAST * (event_ns - region->event_ns);
	LWLockRelease(&region->lock);
	pfx_region_changed();
	return true;
}

/* ---- the reader's side ---- */

static bool
copy_slot(PfxSharedProgress *slot, PfxProgress *progress)
{
	for (int i = 0; i < MAX_TRIES; i++)
	{
		uint32		before = slot->changes;
		bool		shown;

		pg_read_barrier();
		shown = slot->shown && pg_atomic_read_u32(&slot->owner) != 0;
		if (shown)
			memcpy(progress, &slot->progress, sizeof(*progress));
		pg_read_barrier();
		if (before == slot->changes && (before & 1) == 0)
			return shown;
	}
	return false;
}

void
pfx_progress_foreach(PfxProgressCallback callback, void *arg)
{
	PfxProgress progress;

	for (uint32 i = 0; i < region->nslots; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (copy_slot(&region->slots[i], &progress) && BackendPidGetProc(progress.pid) != NULL)
			callback(&progress, arg);
	}
}

/* The statement's text, palloc'd, or NULL */
char *
pfx_progress_text(const PfxStmtKey *key, int *encoding)
{
	int			p = pfx_partition_of(key->queryid);
	PfxSharedStatement *stmt;
	char	   *text = NULL;

	LWLockAcquire(&pfx_partition(p)->lock, LW_SHARED);
	stmt = pfx_statement_lookup(p, key);
	if (stmt != NULL)
	{
		*encoding = stmt->encoding;
		text = pfx_text_copy(p, stmt->text);
	}
	LWLockRelease(&pfx_partition(p)->lock);
	return text;
}
