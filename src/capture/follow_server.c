/*-------------------------------------------------------------------------
 *
 * follow_server.c
 *	  Follows utility commands by what the server itself reports of them (COPY,
 *	  CREATE INDEX, VACUUM, ANALYZE, CLUSTER).
 *
 * Separate from follow.c, which follows plans.  It reads this backend's own entry
 * of the server's status, so a signal handler may do it at any time.
 *
 * The shares that phases have in a command's time are rough, and taken only as
 * long as no command of the kind was seen to its end.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/nbtree.h"
#include "commands/progress.h"
#include "miscadmin.h"
#include "nodes/nodes.h"
#include "utils/backend_progress.h"
#include "utils/backend_status.h"

#include "capture/follow_server.h"

/* COPY: rows, then the AFTER triggers' queue */
#define COPY_ROWS 0
#define COPY_TRIGGERS 1

/*
 * Scan, sort, load: medians of five indexes on 15, whose rows fit into memory, and of
 * those that are sorted in parts while they are read and merged while they are loaded
 */
static const double index_weights[] = {31, 15, 46};
static const double large_index_weights[] = {59, 3, 34};
static const double vacuum_weights[] = {60, 25, 10, 5};
static const double analyze_weights[] = {80, 20};
static const double cluster_weights[] = {50, 10, 15, 25};

static inline int64
param(int n)
{
	return MyBEEntry->st_progress_param[n];
}

static bool
reports(ProgressCommandType command)
{
	return MyBEEntry != NULL && MyBEEntry->st_progress_command == command;
}

PfxProgressKind
pfx_follow_server_kind(int command)
{
	switch (command)
	{
		case T_CopyStmt:
			return PFX_PROGRESS_COPY;
		case T_IndexStmt:
		case T_ReindexStmt:
			return PFX_PROGRESS_CREATE_INDEX;
		case T_VacuumStmt:
			return reports(PROGRESS_COMMAND_ANALYZE) ? PFX_PROGRESS_ANALYZE : PFX_PROGRESS_VACUUM;
		case T_CreateTableAsStmt:
			return PFX_PROGRESS_CTAS;
		case T_RefreshMatViewStmt:
			return PFX_PROGRESS_REFRESH;
		case PFX_CLUSTER_TAG:
			return PFX_PROGRESS_CLUSTER;
		default:
			return PFX_PROGRESS_OTHER;
	}
}

static void
set_phases(PfxProgress *progress, int n, const double *weights)
{
	progress->nphases = n;
	for (int i = 0; i < n; i++)
	{
		memset(&progress->phases[i], 0, sizeof(PfxPhase));
		progress->phases[i].kind = PFX_PHASE_SERVER;
		progress->phases[i].weight = weights[i];
		progress->phases[i].fraction = -1;
	}
}

void
pfx_follow_server_phases(PfxProgress *progress)
{
	static const double copy_weights[] = {1, 0};

	switch (progress->kind)
	{
		case PFX_PROGRESS_COPY:
			set_phases(progress, lengthof(copy_weights), copy_weights);
			progress->phases[COPY_ROWS].kind = PFX_PHASE_RUN;
			progress->phases[COPY_TRIGGERS].kind = PFX_PHASE_TRIGGERS;
			break;
		case PFX_PROGRESS_CREATE_INDEX:
			set_phases(progress, lengthof(index_weights), index_weights);
			break;
		case PFX_PROGRESS_VACUUM:
			set_phases(progress, lengthof(vacuum_weights), vacuum_weights);
			break;
		case PFX_PROGRESS_ANALYZE:
			set_phases(progress, lengthof(analyze_weights), analyze_weights);
			break;
		case PFX_PROGRESS_CLUSTER:
			set_phases(progress, lengthof(cluster_weights), cluster_weights);
			break;
		default:
			{
				/* nothing but what earlier runs took tells anything */
				static const double one = 1;

				set_phases(progress, 1, &one);
				progress->phases[0].kind = PFX_PHASE_RUN;
			}
			break;
	}
}

static double
share(int64 done, int64 total)
{
	return total > 0 ? Min((double) done / total, 1) : -1;
}

static void
look_at_copy(PfxProgress *progress, int64 events)
{
	PfxPhase   *rows = &progress->phases[COPY_ROWS];
	PfxPhase   *triggers = &progress->phases[COPY_TRIGGERS];
	double		usual = progress->history.runs > 0 && !progress->history.of_kind ?
		progress->history.units[COPY_ROWS] : 0;

	if (!reports(PROGRESS_COMMAND_COPY))
		return;
	progress->rows_done = param(PROGRESS_COPY_TUPLES_PROCESSED);
	rows->units = progress->rows_done;
	rows->fraction = share(param(PROGRESS_COPY_BYTES_PROCESSED), param(PROGRESS_COPY_BYTES_TOTAL));
	if (rows->fraction < 0 && usual > 0)
	{
		/* from a client: as many rows as the last time, if not more already */
		if (rows->units > 0.95 * usual)
			usual = rows->units * 1.05;
		rows->fraction = rows->units / usual;
	}
	progress->current = COPY_ROWS;
	if (events > 0 && param(PROGRESS_COPY_COMMAND) == PROGRESS_COPY_COMMAND_FROM)
	{
		double		expected = Max(rows->units, 1);

		/* each row queues as many checks as there are foreign keys */
		if (usual > 0 && progress->history.units[COPY_TRIGGERS] > 0)
			expected = rows->units * progress->history.units[COPY_TRIGGERS] / usual;
		while (expected < events)
			expected += Max(rows->units, 1);
		rows->done = true;
		rows->fraction = 1;
		progress->current = COPY_TRIGGERS;
		triggers->units = events;
		triggers->fraction = Min(events / expected, 1);
	}
}

static void
look_at_index(PfxProgress *progress)
{
	int64		subphase;

	if (!reports(PROGRESS_COMMAND_CREATE_INDEX))
		return;
	progress->server_phase = param(PROGRESS_CREATEIDX_PHASE);
	subphase = param(PROGRESS_CREATEIDX_SUBPHASE);
	if (progress->server_phase > PROGRESS_CREATEIDX_PHASE_BUILD)
		progress->current = 2;
	else if (subphase == PROGRESS_BTREE_PHASE_LEAF_LOAD)
		progress->current = 2;
	else if (subphase == PROGRESS_BTREE_PHASE_PERFORMSORT_1 ||
			 subphase == PROGRESS_BTREE_PHASE_PERFORMSORT_2)
		progress->current = 1;
	else
		progress->current = 0;
	if (progress->current == 0)
	{
		progress->blocks_done = param(PROGRESS_SCAN_BLOCKS_DONE);
		progress->blocks_total = param(PROGRESS_SCAN_BLOCKS_TOTAL);
		progress->phases[0].fraction = share(progress->blocks_done, progress->blocks_total);
		progress->phases[0].units = progress->blocks_total;
		if (progress->blocks_total > (int64) maintenance_work_mem * 1024 / BLCKSZ)
			for (int i = 0; i < lengthof(large_index_weights); i++)
				progress->phases[i].weight = large_index_weights[i];
	}
	else if (progress->current == 2)
	{
		progress->rows_done = param(PROGRESS_CREATEIDX_TUPLES_DONE);
		progress->phases[2].fraction = share(progress->rows_done,
											 param(PROGRESS_CREATEIDX_TUPLES_TOTAL));
		progress->phases[2].units = progress->rows_done;
	}
}

static void
look_at_vacuum(PfxProgress *progress)
{
	if (!reports(PROGRESS_COMMAND_VACUUM))
		return;
	progress->server_phase = param(PROGRESS_VACUUM_PHASE);
	progress->blocks_total = param(PROGRESS_VACUUM_TOTAL_HEAP_BLKS);
	progress->blocks_done = param(PROGRESS_VACUUM_HEAP_BLKS_SCANNED);
	progress->current = Min(Max(progress->server_phase - 1, 0), 3);
	progress->phases[0].fraction = share(progress->blocks_done, progress->blocks_total);
}

static void
look_at_analyze(PfxProgress *progress)
{
	if (!reports(PROGRESS_COMMAND_ANALYZE))
		return;
	progress->server_phase = param(PROGRESS_ANALYZE_PHASE);
	progress->blocks_total = param(PROGRESS_ANALYZE_BLOCKS_TOTAL);
	progress->blocks_done = param(PROGRESS_ANALYZE_BLOCKS_DONE);
	progress->current = progress->server_phase >= PROGRESS_ANALYZE_PHASE_COMPUTE_STATS ? 1 : 0;
	progress->phases[0].fraction = share(progress->blocks_done, progress->blocks_total);
}

static void
look_at_cluster(PfxProgress *progress)
{
	/* 1, 2: read; 3: sort; 4: write; then swap and rebuild the indexes */
	static const int8 phase_of[] = {0, 0, 0, 1, 2, 3, 3, 3, 3};

	if (MyBEEntry == NULL || MyBEEntry->st_progress_command == PROGRESS_COMMAND_INVALID ||
		MyBEEntry->st_progress_command == PROGRESS_COMMAND_CREATE_INDEX)
		return;
	progress->server_phase = param(PFX_PROGRESS_CLUSTER_PHASE);
	progress->current = phase_of[Min(Max(progress->server_phase, 0), lengthof(phase_of) - 1)];
	progress->blocks_total = param(PFX_PROGRESS_CLUSTER_TOTAL);
	progress->blocks_done = param(PFX_PROGRESS_CLUSTER_BLKS);
	progress->rows_done = param(PFX_PROGRESS_CLUSTER_TUPLES);
	progress->phases[0].fraction = share(progress->blocks_done, progress->blocks_total);
}

/* events: foreign-key checks that have run inside of the command */
void
pfx_follow_server_look(PfxProgress *progress, int64 events)
{
	progress->rows_done = progress->blocks_done = progress->blocks_total = -1;
	if (MyBEEntry != NULL && MyBEEntry->st_progress_command != PROGRESS_COMMAND_INVALID)
		progress->relid = MyBEEntry->st_progress_command_target;
	switch (progress->kind)
	{
		case PFX_PROGRESS_COPY:
			look_at_copy(progress, events);
			break;
		case PFX_PROGRESS_CREATE_INDEX:
			look_at_index(progress);
			break;
		case PFX_PROGRESS_VACUUM:
			look_at_vacuum(progress);
			break;
		case PFX_PROGRESS_ANALYZE:
			look_at_analyze(progress);
			break;
		case PFX_PROGRESS_CLUSTER:
			look_at_cluster(progress);
			break;
		default:
			break;
	}
	for (int i = 0; i < progress->nphases; i++)
		progress->phases[i].done = i < progress->current;
}
