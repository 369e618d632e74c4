/*-------------------------------------------------------------------------
 *
 * arena.h
 *	  The shared memory of perfext, seen from inside the store.
 *
 * Only the files of src/store include this; everybody else uses store.h.
 *
 * The arena is one block of fixed size, cut at server start into partitions.
 * A statement lives, with its plans, their nodes and all texts, in the
 * partition that its queryid selects, so that nothing ever crosses partitions.
 * Each partition has, per kind, an array of slots of one size, and one pool of
 * 128-byte chunks for what has no fixed size (texts, plans as JSON, histogram
 * octaves, tags).  A slot is never given to another kind: memory stays
 * type-stable, and a pointer kept by a backend always points at a lock and a
 * generation of the right type, however often the slot was evicted since.
 *
 * Locks, in the order in which they are taken:
 *
 * 1. PfxSharedPartition.lock protects the hash chains, the free lists, the
 *	  text table, the chunk pool and every slot's membership (in use or not,
 *	  and by which key).
 * 2. PfxSharedStatement.lock protects what is counted in the statement, in its
 *	  plans and in their nodes, and the chains from it to them.
 * 3. PfxSharedArena.lock protects last_error.
 * 4. The locks of regions (region.h).
 *
 * A recording backend holds only (2), taken conditionally; if it then needs a
 * chunk it tries (1) conditionally too, which is safe against the order since
 * it never waits.  Eviction holds (1) exclusively and tries (2) conditionally.
 * Readers hold (1) shared, for a bounded number of slots at a time, and wait
 * for (2), which is only ever held for a few microseconds.
 *
 * Accepted race: pfx_ref_plan_due() looks at a plan's sample counters without
 * a lock; the worst outcome is one sample more or less.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#ifndef PFX_ARENA_H
#define PFX_ARENA_H

#include "port/atomics.h"
#include "storage/lwlock.h"
#include "store/store.h"

typedef enum PfxKind
{
	PFX_KIND_STATEMENT,
	PFX_KIND_PLAN,
	PFX_KIND_NODE,
	PFX_KIND_TEXT,
} PfxKind;

#define PFX_NKINDS (PFX_KIND_TEXT + 1)

/* Every slot begins so.  Slots are numbered from 1; 0 means none. */
typedef struct PfxSharedSlot
{
	uint32		next;			/* in its hash chain, owner's chain or free list */
	uint32		generation;		/* odd: in use; grows by one at each change */
} PfxSharedSlot;

#define PFX_SLOT_IN_USE(slot) (((slot)->generation & 1) != 0)

typedef struct PfxSharedStatement
{
	PfxSharedSlot slot;
	PfxStmtKey	key;
	LWLock		lock;
	uint32		partition;
	uint32		text;			/* text slot, or 0; partition lock */
	uint32		proof;			/* the same */
	uint32		applied;		/* the same */
	uint32		check_proofs;	/* the same */
	uint32		applied_checks; /* the same */
	uint32		first_plan;		/* chain of plan slots */
	uint32		nplans;
	uint32		tags;			/* chunks, or 0 */
	int32		encoding;		/* of its texts: that of its database */
	uint32		hist[PFX_HIST_OCTAVES]; /* chunk of each octave, or 0 */
	uint32		tags_len;
	uint32		tags_hash;
	uint32		weight;			/* worth of keeping it; halved as the clock passes */
	uint32		described;		/* epoch in which its columns were told; set without a lock */
	uint32		watched;		/* its rows' values are of interest; the same */
	PfxStatementStats stats;
} PfxSharedStatement;

typedef struct PfxSharedPlan
{
	PfxSharedSlot slot;
	uint64		planid;
	uint32		owner;			/* statement slot */
	uint32		text;			/* JSON: text slot, or 0; partition lock */
	uint64		fingerprint;	/* of the node numbers: samples of others do not fit */
	uint32		first_node;		/* chain of node slots, by node number */
	uint32		nnodes;
	uint32		hist[PFX_HIST_OCTAVES];
	PfxPlanStats stats;
} PfxSharedPlan;

/* Do they still point at their statement, and at their plan as well? */
static inline bool
pfx_ref_points_at_statement(const PfxRef *ref)
{
	return ref->stmt != NULL && ref->stmt->slot.generation == ref->stmt_generation;
}

static inline bool
pfx_ref_points(const PfxRef *ref)
{
	return pfx_ref_points_at_statement(ref) &&
		(ref->planid == 0 ||
		 (ref->plan != NULL && ref->plan->slot.generation == ref->plan_generation));
}

typedef struct PfxSharedNode
{
	PfxSharedSlot slot;
	PfxNodeStats stats;
} PfxSharedNode;

/* An interned text: equal texts are stored once and counted */
typedef struct PfxSharedText
{
	PfxSharedSlot slot;
	uint64		hash;
	uint32		refs;
	uint32		len;			/* bytes */
	uint32		stored_len;		/* bytes in chunks; less than len: compressed */
	uint32		chunks;
} PfxSharedText;

#define PFX_CHUNK_SIZE 128
#define PFX_CHUNK_DATA (PFX_CHUNK_SIZE - sizeof(uint32))

typedef struct PfxSharedChunk
{
	uint32		next;
	char		data[PFX_CHUNK_DATA];
} PfxSharedChunk;

StaticAssertDecl(PFX_HIST_PARTS * sizeof(uint32) <= PFX_CHUNK_DATA,
				 "an octave of the histogram must fit into a chunk");

typedef struct PfxSharedPartition
{
	LWLock		lock;
	uint32		free_slot[PFX_NKINDS];
	uint32		used_slots[PFX_NKINDS];
	uint32		clock_hand[PFX_NKINDS];
	uint32		free_chunk;
	uint32		used_chunks;
	bool		dirty;			/* changed since the last save; set without a lock */
	char		pad[PG_CACHE_LINE_SIZE];
} PfxSharedPartition;

typedef struct PfxSharedArena
{
	/* immutable after startup */
	Size		size;
	int			tranche;
	int			npartitions;	/* power of two */
	int			nprocs;			/* entries of worker_cpu */
	char	   *regions;		/* see region.h */
	Size		regions_size;
	Size		slot_size[PFX_NKINDS];
	uint32		nslots[PFX_NKINDS]; /* per partition */
	uint32		nbuckets[PFX_NKINDS];	/* per partition, power of two; 0: not hashed */
	uint32		nchunks;		/* per partition */
	char	   *slots[PFX_NKINDS];
	uint32	   *buckets[PFX_NKINDS];
	PfxSharedChunk *chunks;
	pg_atomic_uint64 *worker_cpu;	/* by backend, ns; only ever added to */
	PfxSharedPartition *partitions;

	/* counters, added to without a lock */
	pg_atomic_uint32 attached;	/* processes that record or save, and have not exited */
	pg_atomic_uint64 records;
	pg_atomic_uint64 exec_time;
	pg_atomic_uint64 overhead_time;
	pg_atomic_uint64 max_overhead_time;
	pg_atomic_uint64 dropped;
	pg_atomic_uint64 dropped_samples;
	pg_atomic_uint64 pending;
	pg_atomic_uint64 lock_waits;
	pg_atomic_uint64 render_failures;
	pg_atomic_uint64 what_if_time;
	pg_atomic_uint64 what_if_proofs;
	pg_atomic_uint64 evicted_statements;
	pg_atomic_uint64 evicted_plans;
	pg_atomic_uint64 stats_reset;	/* TimestampTz */
	pg_atomic_uint64 last_save; /* TimestampTz */
	pg_atomic_uint64 save_time;

	LWLock		lock;			/* protects the two below */
	char		last_error[256];
	TimestampTz last_error_at;
} PfxSharedArena;

extern PfxSharedArena *pfx_arena;

/* ---- arena.c: slots ---- */
static inline PfxSharedPartition *
pfx_partition(int partition)
{
	return &pfx_arena->partitions[partition];
}

static inline void *
pfx_slot(int partition, PfxKind kind, uint32 index)
{
	return pfx_arena->slots[kind] +
		((Size) partition * pfx_arena->nslots[kind] + (index - 1)) * pfx_arena->slot_size[kind];
}

static inline uint32
pfx_slot_index(int partition, PfxKind kind, const void *slot)
{
	return ((const char *) slot - (const char *) pfx_slot(partition, kind, 1)) /
		pfx_arena->slot_size[kind] + 1;
}

static inline int
pfx_partition_of(uint64 queryid)
{
	/* queryids are hashes already; utility ids too */
	return (int) ((queryid >> 7) & (pfx_arena->npartitions - 1));
}

extern uint32 pfx_slot_alloc(int partition, PfxKind kind);
extern void pfx_slot_free(int partition, PfxKind kind, uint32 index);
extern uint32 *pfx_bucket(int partition, PfxKind kind, uint64 hash);
extern void pfx_bucket_remove(int partition, PfxKind kind, uint64 hash, uint32 index);

/* ---- chunks.c: what has no fixed size ---- */
extern uint32 pfx_chunks_alloc(int partition, Size bytes);
extern void pfx_chunks_free(int partition, uint32 first);
extern void pfx_chunks_write(int partition, uint32 first, const char *data, Size len);
extern void pfx_chunks_read(int partition, uint32 first, char *data, Size len);

static inline PfxSharedChunk *
pfx_chunk(int partition, uint32 index)
{
	return &pfx_arena->chunks[(Size) partition * pfx_arena->nchunks + index - 1];
}

/* The counters of a histogram octave, which is one chunk */
static inline uint32 *
pfx_chunk_counts(int partition, uint32 index)
{
	return (uint32 *) pfx_chunk(partition, index)->data;
}

extern Size pfx_text_capacity(int partition);
extern uint32 pfx_text_intern(int partition, const char *text, Size len);
extern void pfx_text_release(int partition, uint32 index);
extern char *pfx_text_copy(int partition, uint32 index);

/* ---- checkproofs.c ---- */
extern void pfx_check_proofs_index_changed(int partition, PfxSharedStatement *stmt, Oid relid,
										   TimestampTz at);

/* ---- statements.c, plans.c: the kinds ---- */
extern PfxSharedStatement *pfx_statement_lookup(int partition, const PfxStmtKey *key);
extern PfxSharedStatement *pfx_statement_create(int partition, const PfxStmtKey *key);
extern bool pfx_statement_evict(int partition);
extern void pfx_statement_remove(int partition, PfxSharedStatement *stmt);
extern void pfx_statement_add(PfxSharedStatement *stmt, const PfxExecRecord *record);
extern PfxSharedPlan *pfx_plan_lookup(PfxSharedStatement *stmt, uint64 planid);
extern PfxSharedPlan *pfx_plan_create(PfxSharedStatement *stmt, uint64 planid);
extern bool pfx_plan_evict(int partition);
extern void pfx_plan_remove(PfxSharedStatement *stmt, PfxSharedPlan *plan);
extern bool pfx_plan_set_nodes(PfxSharedStatement *stmt, PfxSharedPlan *plan,
							   const PfxNodeInfo *nodes, int nnodes);
extern void pfx_plan_add_sample(int partition, PfxSharedPlan *plan,
								const PfxNodeSample *nodes, int nnodes, int64 exec_time,
								int64 result_time, int64 trigger_time, int64 cost,
								bool partial);
extern void pfx_timing_add(PfxTiming *timing, int64 ns);
extern int	pfx_hist_position(int64 ns, int *part);
extern void pfx_hist_move(int p, uint32 *to, uint32 *from);
extern void pfx_hist_read(int partition, const uint32 *octaves, PfxHistogram *hist);
extern void pfx_hist_free(int partition, uint32 *octaves);

extern void pfx_totals_reset(TimestampTz now);

extern PfxStatementCopy *pfx_statement_copy(int partition, PfxSharedStatement *stmt, int what,
											bool locked);

#endif							/* PFX_ARENA_H */
