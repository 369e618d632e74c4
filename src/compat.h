/*-------------------------------------------------------------------------
 *
 * compat.h
 *	  What differs between servers 15 and 19, and nothing else.
 *
 * This is the only file that looks at PG_VERSION_NUM, so that everything else
 * reads as if there were one server.  Each macro or inline function says which
 * release changed what.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#ifndef PFX_COMPAT_H
#define PFX_COMPAT_H

#if PG_VERSION_NUM < 150000
#error "perfext needs PostgreSQL 15 or later"
#endif

/* 18 split explain.h: where ExplainState and where ExplainBeginOutput are. */
#if PG_VERSION_NUM >= 180000
#define PFX_EXPLAIN_STATE_H "commands/explain_state.h"
#define PFX_EXPLAIN_FORMAT_H "commands/explain_format.h"
#else
#define PFX_EXPLAIN_STATE_H "commands/explain.h"
#define PFX_EXPLAIN_FORMAT_H "commands/explain.h"
#endif

/* 16 made the JSON parser's callbacks return an error code. */
#if PG_VERSION_NUM >= 160000
#define PFX_JSON_RESULT JsonParseErrorType
#define PFX_JSON_CONTINUE return JSON_SUCCESS
#else
#define PFX_JSON_RESULT void
#define PFX_JSON_CONTINUE return
#endif

/* 17 lets the caller of makeJsonLexContext give the memory. */
#if PG_VERSION_NUM >= 170000
#define pfx_json_lex_context(json) makeJsonLexContext(NULL, (json), true)
#else
#define pfx_json_lex_context(json) makeJsonLexContext((json), true)
#endif

/*
 * 19: plain strings are always standard; the lexer's settings for other ones,
 * and for the warning about them, are gone.
 */
#if PG_VERSION_NUM < 190000
#define PFX_STRINGS_VARY		true
#define PFX_STANDARD_STRINGS	standard_conforming_strings
#define pfx_scanner_settings(extra, standard) \
	((extra)->backslash_quote = BACKSLASH_QUOTE_ON, \
	 (extra)->escape_string_warning = false, \
	 (extra)->standard_conforming_strings = (standard))
#else
#define PFX_STRINGS_VARY		false
#define PFX_STANDARD_STRINGS	true
#define pfx_scanner_settings(extra, standard) \
	((extra)->backslash_quote = BACKSLASH_QUOTE_ON)
#endif

/* 19: log_min_messages is set per type of process */
#if PG_VERSION_NUM < 190000
#define PFX_LOG_MIN_MESSAGES	log_min_messages
#else
#define PFX_LOG_MIN_MESSAGES	(log_min_messages[MyBackendType])
#endif

/*
 * 19: pushJsonbValue works on a JsonbInState, which holds the result.  Include
 * utils/jsonb.h before use; the state starts zeroed.
 */
#if PG_VERSION_NUM < 190000
#define PfxJsonbState \
	struct { JsonbParseState *parse; JsonbValue *result; }
#define pfx_push_jsonb(state, token, value) \
	((state)->result = pushJsonbValue(&(state)->parse, (token), (value)))
#else
#define PfxJsonbState JsonbInState
#define pfx_push_jsonb(state, token, value) \
	pushJsonbValue((state), (token), (value))
#endif

/* 19: a tranche is named when its id is made; before, in each process */
#if PG_VERSION_NUM >= 190000
#define pfx_compat_lwlock_tranche(name) LWLockNewTrancheId(name)
#define pfx_compat_lwlock_register(id, name) ((void) (id))
#else
#define pfx_compat_lwlock_tranche(name) LWLockNewTrancheId()
#define pfx_compat_lwlock_register(id, name) LWLockRegisterTranche((id), (name))
#endif

/* 18: ExecutorRun lost execute_once */
#if PG_VERSION_NUM >= 180000
#define PFX_EXECUTOR_RUN_PARAMS QueryDesc *queryDesc, ScanDirection direction, uint64 count
#define PFX_EXECUTOR_RUN_ARGS queryDesc, direction, count
#else
#define PFX_EXECUTOR_RUN_PARAMS QueryDesc *queryDesc, ScanDirection direction, uint64 count, \
	bool execute_once
#define PFX_EXECUTOR_RUN_ARGS queryDesc, direction, count, execute_once
#endif

/* 19: the planner is told which EXPLAIN it works for */
#if PG_VERSION_NUM >= 190000
#define PFX_PLANNER_PARAMS Query *parse, const char *query_string, int cursorOptions, \
	ParamListInfo boundParams, struct ExplainState *es
#define PFX_PLANNER_ARGS parse, query_string, cursorOptions, boundParams, es
#define PFX_PLANNER_LOCALS struct ExplainState *es = NULL;
#else
#define PFX_PLANNER_PARAMS Query *parse, const char *query_string, int cursorOptions, \
	ParamListInfo boundParams
#define PFX_PLANNER_ARGS parse, query_string, cursorOptions, boundParams
#define PFX_PLANNER_LOCALS
#endif

/* 16: instr_time is an integer; before, a timespec without a nanosecond reading */
#if PG_VERSION_NUM >= 160000
#define pfx_instr_time_ns(t) INSTR_TIME_GET_NANOSEC(t)
#else
#define pfx_instr_time_ns(t) ((int64) (t).tv_sec * INT64CONST(1000000000) + (t).tv_nsec)
#endif

/*
 * 19: a node's instrumentation is a NodeInstrumentation around an
 * Instrumentation, and its times are instr_time instead of seconds
 */
#if PG_VERSION_NUM >= 190000
#define PfxNodeInstr NodeInstrumentation
#define pfx_node_instr_init(ni, options) InstrInitNode((ni), (options), false)
#define pfx_node_instr_base(ni) (&(ni)->instr)
#define pfx_node_instr_total_ns(ni) ((int64) pfx_instr_time_ns((ni)->instr.total))
#define pfx_node_instr_startup_ns(ni) ((int64) pfx_instr_time_ns((ni)->startup))
#else
#define PfxNodeInstr Instrumentation
#define pfx_node_instr_init(ni, options) InstrInit((ni), (options))
#define pfx_node_instr_base(ni) (ni)
#define pfx_node_instr_total_ns(ni) ((int64) ((ni)->total * 1e9))
#define pfx_node_instr_startup_ns(ni) ((int64) ((ni)->startup * 1e9))
#endif

/* 17: times of shared and of local blocks are kept apart */
#if PG_VERSION_NUM >= 170000
#define PFX_HAVE_LOCAL_BLK_TIME true
#define pfx_shared_read_time(b) ((b)->shared_blk_read_time)
#define pfx_shared_write_time(b) ((b)->shared_blk_write_time)
#define pfx_local_read_time(b) pfx_instr_time_ns((b)->local_blk_read_time)
#define pfx_local_write_time(b) pfx_instr_time_ns((b)->local_blk_write_time)
#else
#define PFX_HAVE_LOCAL_BLK_TIME false
#define pfx_shared_read_time(b) ((b)->blk_read_time)
#define pfx_shared_write_time(b) ((b)->blk_write_time)
#define pfx_local_read_time(b) 0
#define pfx_local_write_time(b) 0
#endif

/* 18: WAL that had to be written because its buffers were full is counted */
#if PG_VERSION_NUM >= 180000
#define PFX_HAVE_WAL_BUFFERS_FULL true
#define pfx_wal_buffers_full(w) ((w)->wal_buffers_full)
#else
#define PFX_HAVE_WAL_BUFFERS_FULL false
#define pfx_wal_buffers_full(w) 0
#endif

/* 17: deforming is counted apart in JIT */
#if PG_VERSION_NUM >= 170000
#define PFX_HAVE_JIT_DEFORM true
#define pfx_jit_deform(ji) ((ji)->deform_counter)
#else
#define PFX_HAVE_JIT_DEFORM false
#define pfx_jit_deform(ji) ((ji)->generation_counter)
#endif

/* 18: the executor counts parallel workers itself */
#if PG_VERSION_NUM >= 180000
#define PFX_HAVE_WORKER_COUNTS true
#define pfx_estate_workers_to_launch(e) ((e)->es_parallel_workers_to_launch)
#define pfx_estate_workers_launched(e) ((e)->es_parallel_workers_launched)
#else
#define PFX_HAVE_WORKER_COUNTS false
#define pfx_estate_workers_to_launch(e) 0
#define pfx_estate_workers_launched(e) 0
#endif

/* 19: a plan says whether the plan cache made it, and how */
#if PG_VERSION_NUM >= 190000
#define PFX_HAVE_PLAN_ORIGIN true
#define pfx_plan_is_generic(pstmt) ((pstmt)->planOrigin == PLAN_STMT_CACHE_GENERIC)
#define pfx_plan_is_custom(pstmt) ((pstmt)->planOrigin == PLAN_STMT_CACHE_CUSTOM)
#else
#define PFX_HAVE_PLAN_ORIGIN false
#define pfx_plan_is_generic(pstmt) false
#define pfx_plan_is_custom(pstmt) false
#endif

/* 18: a plan carries its id */
#if PG_VERSION_NUM >= 180000
#define pfx_plan_carried_id(pstmt) ((uint64) (pstmt)->planId)
#define pfx_plan_carry_id(pstmt, id) ((pstmt)->planId = (int64) (id))
#else
#define pfx_plan_carried_id(pstmt) UINT64CONST(0)
#define pfx_plan_carry_id(pstmt, id) ((void) 0)
#endif

/* 17: processes are numbered from 0 by MyProcNumber; before, by MyBackendId from 1 */
#if PG_VERSION_NUM >= 170000
#define PFX_MY_SLOT ((int) MyProcNumber)
#define PFX_MY_LXID (MyProc->vxid.lxid)	/* of the transaction under way */
#define PFX_LEADER_SLOT ((int) ParallelLeaderProcNumber)
#else
#define PFX_MY_SLOT ((int) MyBackendId - 1)
#define PFX_MY_LXID (MyProc->lxid)
#define PFX_LEADER_SLOT ((int) ParallelLeaderBackendId - 1)
#endif

/* 18: tuplestores tell how much they held */
#if PG_VERSION_NUM >= 180000
#define PFX_HAVE_TUPLESTORE_STATS 1
#endif

/* 17: DEALLOCATE is counted as a statement by pg_stat_statements too */
#if PG_VERSION_NUM >= 170000
#define PFX_TRACKS_DEALLOCATE true
#else
#define PFX_TRACKS_DEALLOCATE false
#endif

/* 16 moved the query jumble to the node support */
#if PG_VERSION_NUM >= 160000
#define PFX_QUERYJUMBLE_H "nodes/queryjumble.h"
#else
#define PFX_QUERYJUMBLE_H "utils/queryjumble.h"
#endif

/* 19 makes most foreign-key checks without SQL, past all hooks */
#if PG_VERSION_NUM >= 190000
#define PFX_SEES_FK_CHECKS false
#else
#define PFX_SEES_FK_CHECKS true
#endif

/* 18: a sort direction is no btree strategy any more */
#if PG_VERSION_NUM >= 180000
#define pfx_pathkey_descending(pk) ((pk)->pk_cmptype == COMPARE_GT)
#else
#define pfx_pathkey_descending(pk) ((pk)->pk_strategy == BTGreaterStrategyNumber)
#endif

/*
 * 16: rights stand apart from the range table.  Include parser/parse_relation.h
 * before use.
 */
#if PG_VERSION_NUM >= 160000
#define pfx_add_permission_info(query, rte) \
	((void) addRTEPermissionInfo(&(query)->rteperminfos, (rte)))
#else
#define pfx_add_permission_info(query, rte) ((void) 0)
#endif

/* 19: CLUSTER is one way to REPACK, whose progress has other numbers */
#if PG_VERSION_NUM >= 190000
#define PFX_CLUSTER_TAG T_RepackStmt
#define PFX_PROGRESS_CLUSTER_PHASE PROGRESS_REPACK_PHASE
#define PFX_PROGRESS_CLUSTER_BLKS PROGRESS_REPACK_HEAP_BLKS_SCANNED
#define PFX_PROGRESS_CLUSTER_TOTAL PROGRESS_REPACK_TOTAL_HEAP_BLKS
#define PFX_PROGRESS_CLUSTER_TUPLES PROGRESS_REPACK_HEAP_TUPLES_SCANNED
#define PFX_PROGRESS_CLUSTER_INDEXES PROGRESS_REPACK_INDEX_REBUILD_COUNT
#define PFX_PROGRESS_COMMAND_CLUSTER PROGRESS_COMMAND_REPACK
#else
#define PFX_CLUSTER_TAG T_ClusterStmt
#define PFX_PROGRESS_CLUSTER_PHASE PROGRESS_CLUSTER_PHASE
#define PFX_PROGRESS_CLUSTER_BLKS PROGRESS_CLUSTER_HEAP_BLKS_SCANNED
#define PFX_PROGRESS_CLUSTER_TOTAL PROGRESS_CLUSTER_TOTAL_HEAP_BLKS
#define PFX_PROGRESS_CLUSTER_TUPLES PROGRESS_CLUSTER_HEAP_TUPLES_SCANNED
#define PFX_PROGRESS_CLUSTER_INDEXES PROGRESS_CLUSTER_INDEX_REBUILD_COUNT
#define PFX_PROGRESS_COMMAND_CLUSTER PROGRESS_COMMAND_CLUSTER
#endif

/* 17: VACUUM's bound for dead rows is their memory: some two bytes for each */
#if PG_VERSION_NUM >= 170000
#define PFX_PROGRESS_VACUUM_DEAD PROGRESS_VACUUM_NUM_DEAD_ITEM_IDS
#define PFX_PROGRESS_VACUUM_ROOM PROGRESS_VACUUM_MAX_DEAD_TUPLE_BYTES
#define PFX_VACUUM_ROOM_OF_DEAD 2.0
#else
#define PFX_PROGRESS_VACUUM_DEAD PROGRESS_VACUUM_NUM_DEAD_TUPLES
#define PFX_PROGRESS_VACUUM_ROOM PROGRESS_VACUUM_MAX_DEAD_TUPLES
#define PFX_VACUUM_ROOM_OF_DEAD 1.0
#endif

/* 16 renamed what is counted for a table */
#if PG_VERSION_NUM >= 160000
#define pfx_table_counts(status) (&(status)->counts)
#else
#define pfx_table_counts(status) (&(status)->t_counts)
#endif

/* 17: COPY can skip rows that it cannot read.  Include commands/progress.h before use. */
#if PG_VERSION_NUM >= 170000
#define PFX_HAVE_COPY_SKIPPED true
#define pfx_copy_skipped_rows(params) ((params)[PROGRESS_COPY_TUPLES_SKIPPED])
#else
#define PFX_HAVE_COPY_SKIPPED false
#define pfx_copy_skipped_rows(params) ((void) (params), (int64) 0)
#endif

#endif							/* PFX_COMPAT_H */
