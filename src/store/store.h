/*-------------------------------------------------------------------------
 *
 * store.h
 *	  What the store offers to those who record into it and read from it.
 *
 * Separate from arena.h, which is for the store's own files: nobody outside
 * src/store sees a shared struct or takes one of its locks.
 *
 * Times are nanoseconds throughout; only SQL shows milliseconds.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#ifndef PFX_STORE_H
#define PFX_STORE_H

#include "datatype/timestamp.h"
#include "executor/instrument.h"
#include "nodes/nodes.h"
#include "perfext.h"

/* Log-linear histogram: octaves of nanoseconds from 2^8, cut into equal parts */
#define PFX_HIST_OCTAVES 40
#define PFX_HIST_PARTS 31
#define PFX_HIST_FIRST_OCTAVE 8

typedef struct PfxHistogram
{
	uint32		count[PFX_HIST_OCTAVES][PFX_HIST_PARTS];
} PfxHistogram;

/* Count, sum, extremes and variance (Welford) of a time */
typedef struct PfxTiming
{
	int64		count;
	int64		total;
	int64		min;
	int64		max;
	double		mean;
	double		sum_sq;			/* sum of squared distances from the mean */
} PfxTiming;

/* Just-in-time compilation of one execution, or summed over many */
typedef struct PfxJit
{
	int64		functions;
	int64		generation_time;
	int64		inlining_count;
	int64		inlining_time;
	int64		optimization_count;
	int64		optimization_time;
	int64		emission_count;
	int64		emission_time;
	int64		deform_count;
	int64		deform_time;
} PfxJit;

/* Blocks and WAL, in the server's counters of one version turned into one shape */
typedef struct PfxUsage
{
	/* in this order: see PfxUsed */
	int64		shared_blks_hit;
	int64		shared_blks_dirtied;
	int64		wal_records;
	int64		wal_fpi;
	int64		wal_bytes;
	int64		shared_blks_read;
	int64		shared_blks_written;
	int64		local_blks_hit;
	int64		local_blks_read;
	int64		local_blks_dirtied;
	int64		local_blks_written;
	int64		temp_blks_read;
	int64		temp_blks_written;
	int64		shared_blk_read_time;
	int64		shared_blk_write_time;
	int64		local_blk_read_time;
	int64		local_blk_write_time;
	int64		temp_blk_read_time;
	int64		temp_blk_write_time;
	int64		wal_buffers_full;
} PfxUsage;

/*
 * The usage of one execution.  Only its first n counters are set, the others are
 * zero: most executions find all their blocks in shared buffers, and most of those
 * that write do nothing else to them but that.
 */
typedef struct PfxUsed
{
	int64		n;				/* one of the following */
	PfxUsage	usage;
} PfxUsed;

#define PFX_USED_HITS INT64CONST(1)
#define PFX_USED_WRITES INT64CONST(5)
#define PFX_USED_ALL ((int64) (sizeof(PfxUsage) / sizeof(int64)))

/*
 * One finished, failed or abandoned execution, or one planning, as capture
 * hands it over.
 */
typedef enum PfxOutcome
{
	PFX_COMPLETED,
	PFX_FAILED,					/* error, cancel or timeout while it ran */
	PFX_ABANDONED,				/* its transaction failed before it was ended */
	PFX_NOT_EXECUTED			/* carries only planning, commit or CPU time */
} PfxOutcome;

typedef struct PfxExecRecord
{
	PfxOutcome	outcome;
	bool		has_jit;
	int32		more;			/* failed, abandoned: so many others are added up here */
	int32		nplans;			/* times planned since the last record */
	int64		plan_time;
	int64		exec_time;
	int64		rows;
	int64		cpu_time;
	int64		commit_time;
	int64		commits;
	int64		client_gap_time;
	int64		idle_in_transaction_time;
	int64		fk_time;
	int64		fk_checks;
	int64		memory_bytes;	/* 0: not looked at */
	int64		workers_to_launch;
	int64		workers_launched;
	int64		generic_plan_calls;
	int64		custom_plan_calls;
	TimestampTz started;
	PfxUsed		used;
	PfxJit		jit;			/* set only where has_jit says so */
} PfxExecRecord;

/* An empty record; what need not be set is left alone */
static inline void
pfx_record_init(PfxExecRecord *record, PfxOutcome outcome)
{
	memset(record, 0, offsetof(PfxExecRecord, used.usage));
	record->outcome = outcome;
}

/* Tables that a proof can name; more are not followed */
#define PFX_MAX_PROOF_RELS 4

/* Constants of a statement that are compared between executions: a bit of a mask each */
#define PFX_PROOF_CONSTANTS 32

/* What was found out about indexes for a statement, and when; the texts lie beside */
typedef struct PfxProofStats
{
	TimestampTz proved_at;		/* 0: never */
	Oid			relids[PFX_MAX_PROOF_RELS]; /* tables that the proof wants indexes for */
	TimestampTz applied_at;		/* an index was created on one of them; 0: never */
	int64		applied_calls;	/* what had been counted then */
	int64		applied_exec_time;
	int64		again_from;		/* proof_due_from, once watch is 0 */
	uint8		constants[PFX_PROOF_CONSTANTS]; /* their fingerprints in one execution; 0: none */
	uint32		varying;		/* those that were other ones in another execution */
	uint32		depends;		/* those that the proposed indexes are made of */
	int32		watch;			/* executions to compare with before that is believed */
} PfxProofStats;

/* Everything counted about a statement, apart from its histogram */
typedef struct PfxStatementStats
{
	/* what every execution changes */
	PfxTiming	exec;
	TimestampTz last_call;
	int64		rows;
	int64		proof_due_from; /* indexes are thought about from this exec.total on */
	int64		client_gap_time;
	int64		generic_plan_calls;
	int64		custom_plan_calls;
	PfxUsage	usage;
	/* what some do */
	PfxTiming	plan;
	int64		failures;
	int64		failed_exec_time;
	int64		abandoned;
	int64		cpu_time;
	int64		commit_time;
	int64		commits;
	int64		idle_in_transaction_time;
	int64		fk_time;
	int64		fk_checks;
	int64		peak_memory_bytes;
	int64		sum_memory_bytes;
	int64		memory_samples; /* executions whose memory was looked at */
	int64		workers_to_launch;
	int64		workers_launched;
	PfxJit		jit;
	TimestampTz stats_since;
	TimestampTz minmax_stats_since;
	PfxProofStats proof;
} PfxStatementStats;

/* Everything counted about one plan of a statement */
typedef struct PfxPlanStats
{
	PfxTiming	exec;
	int64		samples;		/* executions whose nodes were timed */
	int64		partial_samples;	/* of those, given up before the end */
	int64		slowest_time;	/* execution time of the slowest full sample */
	int64		sample_cost;	/* what the last sample cost, ns */
	int64		calls_at_sample;	/* exec.count when it was last sampled */
	int64		result_time;	/* pseudo node (result), over samples */
	int64		trigger_time;	/* pseudo node (triggers), over samples */
	int64		sampled_exec_time;	/* execution time of the samples */
	TimestampTz first_seen;
	TimestampTz last_seen;
} PfxPlanStats;

/* What never changes about a node of a plan */
typedef struct PfxNodeInfo
{
	int16		parent_id;
	int16		depth;
	bool		collapsed;
	bool		parallel;
	Oid			relid;
	Oid			indexid;
} PfxNodeInfo;

/* One node in one sampled execution; times and blocks include its children */
typedef struct PfxNodeSample
{
	double		loops;
	double		complete_loops; /* loops that ran until no row was left */
	double		rows;
	double		est_rows;		/* planner's rows of one loop */
	double		rows_removed;
	int64		startup_time;
	int64		total_time;
	int64		self_time;
	int64		shared_blks_hit;
	int64		shared_blks_read;
	int64		local_blks;
	int64		temp_blks_read;
	int64		temp_blks_written;
	int64		peak_memory_bytes;
	int64		disk_bytes;
	int64		workers;		/* processes beside the leader that ran it */
} PfxNodeSample;

/* The same over all samples: sums, but for memory and disk (the largest) */
typedef struct PfxNodeStats
{
	PfxNodeInfo info;
	int64		samples;		/* executions in which it was measured */
	int64		partial_samples;
	double		est_rows_total; /* planner's rows times loops */
	PfxNodeSample sum;
	PfxNodeSample slowest;		/* as in the slowest full sample */
} PfxNodeStats;

/*
 * Where a statement and its plan were last found.  Valid only while the
 * generations match, which every use checks; copied freely.
 */
typedef struct PfxRef
{
	PfxStmtKey	key;
	uint64		planid;			/* 0: no plan (utility statements) */
	struct PfxSharedStatement *stmt;
	struct PfxSharedPlan *plan;
	uint32		stmt_generation;
	uint32		plan_generation;
} PfxRef;

/* ---- arena.c ---- */
extern Size pfx_store_size(void);
extern void pfx_store_startup(void);	/* shmem startup, under AddinShmemInitLock */
extern bool pfx_store_ready(void);
extern void pfx_store_attach(void);
extern void pfx_store_detach(void);
extern bool pfx_store_abandoned(void);

/* ---- refs.c: finding, with a backend-local cache in front ---- */
extern bool pfx_ref_find(const PfxStmtKey *key, uint64 planid, PfxRef *ref);
extern bool pfx_ref_find_all(const PfxStmtKey *key, uint64 planid, PfxRef *ref);
extern bool pfx_ref_is_current(const PfxRef *ref);
extern bool pfx_ref_again(const PfxRef *last, PfxRef *ref);
extern bool pfx_ref_has_text(const PfxRef *ref);
extern bool pfx_ref_has_tags(const PfxRef *ref);
extern bool pfx_ref_define(PfxRef *ref, const char *text, int len);
extern bool pfx_ref_plan_due(const PfxRef *ref, int64 *credit);
extern bool pfx_ref_plan_described(const PfxRef *ref);
extern void pfx_ref_describe_plan(PfxRef *ref, const char *json, const PfxNodeInfo *nodes,
								  int nnodes, uint64 fingerprint);

/* ---- watched.c: what the pattern detector wants to know of a statement ---- */
extern bool pfx_ref_columns_due(const PfxRef *ref, uint32 epoch);
extern void pfx_ref_columns_told(const PfxRef *ref, uint32 epoch);
extern bool pfx_ref_watched(const PfxRef *ref);
extern bool pfx_ref_watch_asked(const PfxRef *ref);
extern void pfx_statement_watch(const PfxStmtKey *key, bool watched);
extern char *pfx_statement_text(const PfxStmtKey *key, int *encoding);

/* ---- proofs.c: what is known about indexes for a statement ---- */
extern bool pfx_proof_due(const PfxRef *ref);
extern int64 pfx_proof_exec_time(const PfxRef *ref);
extern bool pfx_proof_compare(const PfxRef *ref, const uint8 *constants, uint32 *varying);
extern void pfx_proof_set(const PfxRef *ref, const char *json, const Oid *relids, int nrelids,
						  uint32 depends);
extern void pfx_proofs_index_created(Oid dbid, Oid relid, TimestampTz at);
extern void pfx_proofs_index_dropped(Oid dbid, TimestampTz at);

/* ---- checkproofs.c: the same for the foreign-key checks that it fires ---- */
extern bool pfx_check_proof_due(const PfxRef *ref, uint64 check);
extern void pfx_check_proof_set(const PfxRef *ref, uint64 check, Oid relid, const char *json);
extern const char *pfx_check_proof_next(const char *at, uint64 *check, Oid *relid,
										TimestampTz *proved_at, int *len);
extern const char *pfx_check_proofs_applied(const char *text, TimestampTz *at, int64 *checks,
											int64 *time);

/* ---- record.c: recording ---- */
extern void pfx_record(PfxRef *ref, const PfxExecRecord *record);
extern void pfx_record_later(const PfxRef *ref, const PfxExecRecord *record);
extern void pfx_record_sample(PfxRef *ref, const PfxNodeSample *nodes, int nnodes,
							  uint64 fingerprint, int64 exec_time, int64 result_time,
							  int64 trigger_time,
							  int64 cost, bool partial);
extern void pfx_record_tags(PfxRef *ref, const char *tags, int len);
extern int	pfx_pending_count;
extern void pfx_pending_flush(bool may_wait);

/* ---- totals.c: own cost and honest counters ---- */
typedef struct PfxTotals
{
	int64		records;
	int64		exec_time;
	int64		overhead_time;
	int64		dropped;		/* executions that could not be recorded */
	int64		dropped_samples;
	int64		pending;		/* records that had to wait for a lock */
	int64		lock_waits;
	int64		render_failures;
	int64		what_if_time;	/* ns, trying indexes; part of overhead_time */
	int64		what_if_proofs;
} PfxTotals;

extern PfxTotals pfx_local_totals;
extern void pfx_totals_flush(void);
extern void pfx_totals_note_overhead(int64 ns);
extern void pfx_note_error(const char *message);

/* Processor time that parallel workers add to their leader's statement */
extern void pfx_worker_cpu_add(int leader_slot, int64 ns);
extern int64 pfx_worker_cpu_get(int slot);

/* ---- reading: a copy is made under the locks, the callback runs without ---- */
typedef struct PfxPlanCopy
{
	uint64		planid;
	uint64		fingerprint;
	PfxPlanStats stats;
	PfxHistogram *hist;
	char	   *json;			/* NULL until a sampled execution described it */
	int			nnodes;
	PfxNodeStats *nodes;
} PfxPlanCopy;

typedef struct PfxStatementCopy
{
	PfxStmtKey	key;
	PfxStatementStats stats;
	PfxHistogram *hist;
	int			encoding;		/* of query, tags and plans */
	char	   *query;			/* NULL when it was never learnt */
	char	   *tags;			/* NULL when the last execution had none */
	int			tags_len;
	char	   *proof;			/* JSON; NULL: none */
	char	   *applied;		/* the proof that held when an index was created */
	char	   *check_proofs;	/* of its foreign-key checks: pfx_check_proof_next() */
	char	   *applied_checks; /* of then: pfx_check_proofs_applied() */
	int			nplans;
	PfxPlanCopy *plans;
} PfxStatementCopy;

#define PFX_COPY_TEXT (1 << 0)
#define PFX_COPY_HIST (1 << 1)	/* a statement's with those of its plans */
#define PFX_COPY_OWN_HIST (1 << 2)	/* apart from those */
#define PFX_COPY_PLANS (1 << 3)
#define PFX_COPY_NODES (1 << 4)

typedef void (*PfxStatementCallback) (const PfxStatementCopy *copy, void *arg);
extern void pfx_statements_foreach(int what, PfxStatementCallback callback, void *arg);
extern TimestampTz pfx_statements_reset(Oid userid, Oid dbid, uint64 queryid, bool minmax_only);
extern void pfx_plans_reset(void);

extern void pfx_hist_add(PfxHistogram *hist, int64 ns);
extern double pfx_hist_percentile(const PfxHistogram *hist, double fraction);

typedef struct PfxStoreInfo
{
	int64		memory_bytes;
	int64		memory_used_bytes;
	int64		statements;
	int64		plans;
	int64		nodes;
	int64		max_statements;
	int64		max_plans;
	int64		max_nodes;
	int64		evicted_statements;
	int64		evicted_plans;
	int64		max_overhead_time;
	PfxTotals	totals;
	TimestampTz stats_reset;
	TimestampTz last_save;
	int64		save_time;		/* ns that the last save took */
	char		last_error[256];
	TimestampTz last_error_at;
} PfxStoreInfo;

extern void pfx_store_info(PfxStoreInfo *info);

/* ---- region.c ---- */
extern void pfx_regions_reset(Oid userid, Oid dbid, uint64 queryid);
extern bool pfx_region_reset(const char *name);
extern char *pfx_region_names(void);

/* ---- persist.c ---- */
extern void pfx_persist_load(void);
extern bool pfx_persist_save(bool locked, bool force);	/* locked: take locks while reading */

#endif							/* PFX_STORE_H */
