/*-------------------------------------------------------------------------
 *
 * follow_server.c
 *	  Follows utility commands by what the server itself reports of them (COPY,
 *	  CREATE INDEX, VACUUM, ANALYZE, CLUSTER).
 *
 * Separate from follow.c, which follows plans.  It reads this backend's own entry
 * of the server's status, so a signal handler may do it at any time.
 *
 * How long the phases take that are still to come follows from the table's size, its
 * indexes and dead rows, where commandtable.c could find them out.  Times for a block
 * and a row stand below, measured on 15; only how they relate to each other counts,
 * since the phases so far tell how fast this server is.  Elsewhere the shares are rough,
 * and taken only as long as no command of the kind was seen to its end.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "access/nbtree.h"
#include "commands/progress.h"
#include "commands/vacuum.h"
#include "executor/instrument.h"
#include "miscadmin.h"
#include "nodes/nodes.h"
#include "utils/backend_progress.h"
#include "utils/backend_status.h"
#include "utils/guc.h"

#include "capture/commandtable.h"
#include "capture/follow_server.h"
#include "compat.h"

/* COPY: rows, then the AFTER triggers' queue */
#define COPY_ROWS 0
#define COPY_TRIGGERS 1

/* Of an index: replaced as soon as its table's blocks are known */
static const double index_weights[] = {31, 15, 46};
static const double vacuum_weights[] = {60, 25, 10, 5};
static const double analyze_weights[] = {80, 20};
static const double cluster_weights[] = {50, 10, 15, 25};

/* ns; SORTED: of rows that are sorted in parts while they are read */
#define SCAN_BLOCK 10e3
#define SCAN_ROW 300.0
#define SCAN_ROW_SORTED 500.0
#define SORT_ROW 140.0
#define SORT_ROW_SORTED 80.0
#define LOAD_ROW 230.0
#define VALIDATE_ROW 450.0
#define WRITE_BLOCK 20e3
#define VACUUM_BLOCK 18e3
#define VACUUM_INDEX_ROW 500.0
#define VACUUM_DEAD_BLOCK 7e3
#define SAMPLE_ROW 250.0
#define ANALYZE_VALUE 700.0

/* Bytes of a row in a sort */
#define SORT_MEMORY 40.0

/* Fewer blocks with dead rows are left to the next VACUUM (share of all) */
#define BYPASSED 0.02

/* Phases: of CREATE INDEX, validating follows; of one that makes several there is one */
#define INDEX_VALIDATE 3
#define INDEX_PHASES 4

/* Index builds of REINDEX so far, and VACUUM's place in its indexes */
static int	builds_done;
static int	index_round;
static int64 index_blocks_before;

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
			return reports(PROGRESS_COMMAND_ANALYZE) ? PFX_PROGRESS_ANALYZE :
				reports(PFX_PROGRESS_COMMAND_CLUSTER) ? PFX_PROGRESS_CLUSTER :
				PFX_PROGRESS_VACUUM;
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

/* What the command works on, if that is known */
static const PfxCommandTable *
command_table(void)
{
	const PfxCommandTable *table = pfx_command_table();
	Oid			relid;

	if (table == NULL || MyBEEntry == NULL ||
		MyBEEntry->st_progress_command == PROGRESS_COMMAND_INVALID)
		return NULL;
	relid = MyBEEntry->st_progress_command_target;
	return relid == table->relid || relid == table->toast_relid ? table : NULL;
}

bool
pfx_follow_server_knows_table(const PfxProgress *progress)
{
	return progress->utility && pfx_command_table() != NULL;
}

/* Rows of a table that has so many blocks now */
static double
rows_in(const PfxCommandTable *table, double blocks)
{
	if (table->tuples >= 0 && table->blocks > 0)
		return table->tuples * blocks / table->blocks;
	/* never analyzed: columns of a few bytes */
	return blocks * BLCKSZ / (28 + 8 * table->columns);
}

/*
 * How far the whole is taken to be off from these times: the root of what the first
 * phase was off, since the rest of that may be its own (reading from disk, computing
 * expressions, comparing texts).
 */
static double
pace(const PfxProgress *progress, double fraction)
{
	const PfxPhase *first = &progress->phases[0];
	double		expected = first->weight * fraction;
	/* at the first look its time is not divided yet */
	double		spent = first->duration > 0 ? first->duration : progress->elapsed;

	if (fraction < 0.01 || expected <= 0 || spent <= 0)
		return 1;
	return sqrt(Min(Max(spent / expected, 0.01), 10000));
}

void
pfx_follow_server_phases(PfxProgress *progress)
{
	static const double copy_weights[] = {1, 0};
	static const double one[] = {1};
	const PfxCommandTable *table = pfx_command_table();

	builds_done = 0;
	index_round = -1;

	switch (progress->kind)
	{
		case PFX_PROGRESS_COPY:
			set_phases(progress, lengthof(copy_weights), copy_weights);
			progress->phases[COPY_ROWS].kind = PFX_PHASE_RUN;
			progress->phases[COPY_TRIGGERS].kind = PFX_PHASE_TRIGGERS;
			break;
		case PFX_PROGRESS_CREATE_INDEX:
			if (table != NULL && table->builds == 1)
			{
				set_phases(progress, lengthof(index_weights), index_weights);
				progress->nphases = INDEX_PHASES;
				progress->phases[INDEX_VALIDATE] = progress->phases[0];
				progress->phases[INDEX_VALIDATE].weight = 0;
			}
			else
			{
				set_phases(progress, lengthof(one), one);
				/* how many there will be nobody tells */
				progress->phases[0].open_ended = table == NULL || table->concurrently;
			}
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
			/* nothing but what earlier runs took tells anything */
			set_phases(progress, lengthof(one), one);
			progress->phases[0].kind = PFX_PHASE_RUN;
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

/* What the scan, sort, load and validation of an index take */
static void
weigh_index(const PfxCommandTable *table, double blocks, double *weights)
{
	double		rows = rows_in(table, blocks);
	double		sorted = rows;
	bool		fits;

	/* after the scan it is known: an index may be partial */
	if (param(PROGRESS_CREATEIDX_TUPLES_TOTAL) > 0)
		sorted = Min(param(PROGRESS_CREATEIDX_TUPLES_TOTAL), rows);
	fits = sorted * SORT_MEMORY <= maintenance_work_mem * 1024.0;
	weights[0] = blocks * SCAN_BLOCK + rows * (fits ? SCAN_ROW : SCAN_ROW_SORTED);
	weights[1] = table->sorts ? sorted * (fits ? SORT_ROW : SORT_ROW_SORTED) : 0;
	weights[2] = table->sorts ? sorted * LOAD_ROW : 0;
	weights[INDEX_VALIDATE] = table->concurrently ?
		blocks * SCAN_BLOCK + sorted * VALIDATE_ROW : 0;
}

/* Where the index that is being made is: its step, and how far that is; -1: not known */
static double
look_at_build(PfxProgress *progress)
{
	int64		subphase = param(PROGRESS_CREATEIDX_SUBPHASE);
	double		fraction;

	progress->server_phase = param(PROGRESS_CREATEIDX_PHASE);
	if (progress->server_phase > PROGRESS_CREATEIDX_PHASE_BUILD)
	{
		progress->server_step = INDEX_VALIDATE;
		fraction = share(param(PROGRESS_SCAN_BLOCKS_DONE), param(PROGRESS_SCAN_BLOCKS_TOTAL));
		switch (progress->server_phase)
		{
			case PROGRESS_CREATEIDX_PHASE_VALIDATE_IDXSCAN:
				return fraction < 0 ? -1 : 0.5 * fraction;
			case PROGRESS_CREATEIDX_PHASE_VALIDATE_TABLESCAN:
				return fraction < 0 ? -1 : 0.5 + 0.5 * fraction;
			default:
				return -1;
		}
	}
	if (subphase == PROGRESS_BTREE_PHASE_LEAF_LOAD)
	{
		progress->server_step = 2;
		progress->rows_done = param(PROGRESS_CREATEIDX_TUPLES_DONE);
		return share(progress->rows_done, param(PROGRESS_CREATEIDX_TUPLES_TOTAL));
	}
	if (subphase == PROGRESS_BTREE_PHASE_PERFORMSORT_1 ||
		subphase == PROGRESS_BTREE_PHASE_PERFORMSORT_2)
	{
		progress->server_step = 1;
		return -1;
	}
	progress->server_step = 0;
	progress->blocks_done = param(PROGRESS_SCAN_BLOCKS_DONE);
	progress->blocks_total = param(PROGRESS_SCAN_BLOCKS_TOTAL);
	return share(progress->blocks_done, progress->blocks_total);
}

/* Several indexes: so many are done, and the phases of this one are parts of a whole */
static void
look_at_builds(PfxProgress *progress, const PfxCommandTable *table, double fraction)
{
	Oid			index = (Oid) param(PROGRESS_CREATEIDX_INDEX_OID);
	double		weights[INDEX_PHASES];
	double		sum = 0;
	double		done = 0;

	/* CONCURRENTLY makes and validates each under other names */
	if (table == NULL || table->builds == 0 || table->concurrently)
		return;
	for (int i = 0; i < Min(table->nindexes, PFX_COMMAND_INDEXES); i++)
		if (table->indexes[i] == index)
			builds_done = i;
	weigh_index(table, table->blocks, weights);
	for (int i = 0; i < INDEX_PHASES; i++)
	{
		sum += weights[i];
		if (i < progress->server_step)
			done += weights[i];
	}
	done += weights[progress->server_step] * (fraction < 0 ? 0.5 : fraction);
	if (sum > 0)
		progress->phases[0].fraction =
			Min((builds_done + done / sum) / table->builds, 1);
}

static void
look_at_index(PfxProgress *progress)
{
	const PfxCommandTable *table = command_table();
	double		fraction;

	if (!reports(PROGRESS_COMMAND_CREATE_INDEX))
		return;
	fraction = look_at_build(progress);
	if (progress->nphases == 1)
	{
		look_at_builds(progress, table, fraction);
		return;
	}
	progress->current = progress->server_step;
	progress->phases[progress->current].fraction = fraction;
	if (progress->current == 0)
		progress->phases[0].units = progress->blocks_total;
	else if (progress->current == 2)
		progress->phases[2].units = progress->rows_done;
	/* the scan may be over before the first look */
	if (table != NULL && Max(progress->phases[0].units, table->blocks) > 0)
	{
		double		weights[INDEX_PHASES];
		double		faster;

		weigh_index(table, Max(progress->phases[0].units, table->blocks), weights);
		progress->phases[0].weight = weights[0];
		faster = pace(progress, progress->current == 0 ? fraction : 1);
		for (int i = 1; i < INDEX_PHASES; i++)
			progress->phases[i].weight = weights[i] / faster;
	}
}

/* The sample, and what is made of it */
static double
analyze_time(const PfxCommandTable *table, double blocks, double *computing)
{
	double		rows = rows_in(table, blocks);
	double		wanted = 300.0 * default_statistics_target;
	double		read = Min(blocks, wanted);

	*computing = Min(rows, wanted) * table->columns * ANALYZE_VALUE;
	return read * SCAN_BLOCK + (blocks > 0 ? rows * read / blocks : 0) * SAMPLE_ROW;
}

/* What the phases of VACUUM take, as far as is known from the dead rows found so far */
static void
weigh_vacuum(PfxProgress *progress, const PfxCommandTable *table, double scanned)
{
	double		blocks = progress->blocks_total;
	double		rounds_done = param(PROGRESS_VACUUM_NUM_INDEX_VACUUMS);
	double		room = param(PFX_PROGRESS_VACUUM_ROOM) / PFX_VACUUM_ROOM_OF_DEAD;
	double		dead = param(PFX_PROGRESS_VACUUM_DEAD);
	double		rounds;
	double		faster;
	double		computing;

	if (progress->current == 0 && scanned > 0.01)
		dead = (dead + rounds_done * room) / scanned;
	else
		dead += rounds_done * room;
	rounds = table->nindexes == 0 || dead <= BYPASSED * blocks ? 0 :
		Max(ceil(room > 0 ? dead / room : 1), rounds_done + (progress->current == 1 ? 1 : 0));
	progress->phases[0].weight = blocks * VACUUM_BLOCK;
	faster = pace(progress, scanned);
	/* workers share processors and memory */
	progress->phases[1].weight = rounds * table->nindexes * rows_in(table, blocks) *
		VACUUM_INDEX_ROW / sqrt(table->workers + 1) / faster;
	progress->phases[2].weight = rounds > 0 ? Min(dead, blocks) * VACUUM_DEAD_BLOCK / faster : 0;
	progress->phases[3].weight = 0.02 * progress->phases[0].weight +
		table->toast_blocks * VACUUM_BLOCK;
	if (table->analyzes)
		progress->phases[3].weight += analyze_time(table, blocks, &computing) + computing;
	if (progress->current == 0 && rounds > 0)
	{
		/* of the rounds that are over nothing is left */
		progress->phases[1].weight *= Max(1 - rounds_done / rounds, 0);
		progress->phases[2].weight *= Max(1 - rounds_done / rounds, 0);
	}
	else if (progress->current == 1 && rounds > 0)
	{
		double		round = 0;

		/* no server before 17 tells how far it is in the indexes, but what it read */
		if (table->index_blocks > 0)
			round = Min((pgBufferUsage.shared_blks_hit + pgBufferUsage.shared_blks_read -
						 index_blocks_before) * (table->workers + 1) / table->index_blocks, 0.99);
		progress->phases[1].fraction = (rounds_done + round) / rounds;
		progress->phases[3].weight += progress->phases[0].weight * (1 - scanned);
	}
}

static void
look_at_vacuum(PfxProgress *progress)
{
	const PfxCommandTable *table = command_table();
	bool		of_toast = table != NULL &&
		MyBEEntry->st_progress_command_target == table->toast_relid;

	if (reports(PROGRESS_COMMAND_ANALYZE) || (of_toast && reports(PROGRESS_COMMAND_VACUUM)))
	{
		progress->current = 3;
		progress->server_phase = of_toast ? (int) param(PROGRESS_VACUUM_PHASE) :
			PFX_SERVER_PHASE_ANALYZE;
		return;
	}
	if (!reports(PROGRESS_COMMAND_VACUUM))
		return;
	progress->server_phase = param(PROGRESS_VACUUM_PHASE);
	progress->blocks_total = param(PROGRESS_VACUUM_TOTAL_HEAP_BLKS);
	progress->blocks_done = param(PROGRESS_VACUUM_HEAP_BLKS_SCANNED);
	progress->current = Min(Max(progress->server_phase - 1, 0), 3);
	progress->phases[0].fraction = share(progress->blocks_done, progress->blocks_total);
	if (progress->current == 2)
		progress->phases[2].fraction = share(param(PROGRESS_VACUUM_HEAP_BLKS_VACUUMED),
											 progress->blocks_total);
	if (progress->current != 1 || index_round != param(PROGRESS_VACUUM_NUM_INDEX_VACUUMS))
	{
		index_round = param(PROGRESS_VACUUM_NUM_INDEX_VACUUMS);
		index_blocks_before = pgBufferUsage.shared_blks_hit + pgBufferUsage.shared_blks_read;
	}
	if (table != NULL && progress->blocks_total > 0)
		weigh_vacuum(progress, table, progress->phases[0].fraction);
}

static void
look_at_analyze(PfxProgress *progress)
{
	const PfxCommandTable *table = command_table();

	if (!reports(PROGRESS_COMMAND_ANALYZE))
		return;
	progress->server_phase = param(PROGRESS_ANALYZE_PHASE);
	progress->blocks_total = param(PROGRESS_ANALYZE_BLOCKS_TOTAL);
	progress->blocks_done = param(PROGRESS_ANALYZE_BLOCKS_DONE);
	progress->current = progress->server_phase >= PROGRESS_ANALYZE_PHASE_COMPUTE_STATS ? 1 : 0;
	progress->phases[0].fraction = share(progress->blocks_done, progress->blocks_total);
	if (table != NULL && table->blocks > 0)
	{
		double		computing;

		progress->phases[0].weight = analyze_time(table, table->blocks, &computing);
		progress->phases[1].weight = computing /
			pace(progress, progress->current == 0 ? progress->phases[0].fraction : 1);
	}
}

static void
look_at_cluster(PfxProgress *progress)
{
	/* 1, 2: read; 3: sort; 4: write; then swap and rebuild the indexes */
	static const int8 phase_of[] = {0, 0, 0, 1, 2, 3, 3, 3, 3};
	const PfxCommandTable *table = command_table();

	if (MyBEEntry == NULL || MyBEEntry->st_progress_command == PROGRESS_COMMAND_INVALID ||
		MyBEEntry->st_progress_command == PROGRESS_COMMAND_CREATE_INDEX)
		return;
	progress->server_phase = param(PFX_PROGRESS_CLUSTER_PHASE);
	progress->current = phase_of[Min(Max(progress->server_phase, 0), lengthof(phase_of) - 1)];
	progress->blocks_total = param(PFX_PROGRESS_CLUSTER_TOTAL);
	progress->blocks_done = param(PFX_PROGRESS_CLUSTER_BLKS);
	progress->rows_done = param(PFX_PROGRESS_CLUSTER_TUPLES);
	progress->phases[0].fraction = share(progress->blocks_done, progress->blocks_total);
	if (table != NULL && progress->blocks_total > 0)
	{
		/* VACUUM FULL: read and written at once, and then each index */
		double		weights[INDEX_PHASES];

		weigh_index(table, progress->blocks_total, weights);
		progress->phases[0].weight = weights[0] + progress->blocks_total * WRITE_BLOCK;
		progress->phases[1].weight = progress->phases[2].weight = 0;
		progress->phases[3].weight = table->nindexes * (weights[0] + weights[1] + weights[2]);
		/* of the one that is being built nothing is known */
		if (progress->current == 3 && table->nindexes > 0)
			progress->phases[3].fraction =
				Min((param(PFX_PROGRESS_CLUSTER_INDEXES) + 0.5) / table->nindexes, 1);
	}
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
