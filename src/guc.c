/*-------------------------------------------------------------------------
 *
 * guc.c
 *	  Defines every setting of perfext: name, range, unit, who may set it.
 *
 * Separate so that a setting is found, documented and changed in one place;
 * the file reads as the table of doc/perfext.md.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <limits.h>

#include "utils/guc.h"

#include "guc.h"
#include "hot.h"
#include "perfext.h"

bool		perfext_enabled PFX_HOT = true;
int			perfext_track PFX_HOT = PFX_TRACK_ALL;
bool		perfext_track_utility = true;
int			perfext_node_timing PFX_HOT = PFX_NODE_TIMING_AUTO;
double		perfext_overhead_target PFX_HOT = 1.0;
double		perfext_what_if_target PFX_HOT = 0.5;
int			perfext_what_if_timeout = 100;
int			perfext_confirm_calls = 30;
bool		perfext_n_plus_one PFX_HOT = true;
int			perfext_n_plus_one_threshold PFX_HOT = 5;
bool		perfext_read_once = false;
int			perfext_job_gap = 30;
int			perfext_shared_memory = 65536;
bool		perfext_progress = true;
bool		perfext_save = true;
int			perfext_save_interval = 60;

uint64		pfx_reading = 0;

static const struct config_enum_entry track_options[] = {
	{"none", PFX_TRACK_NONE, false},
	{"top", PFX_TRACK_TOP, false},
	{"all", PFX_TRACK_ALL, false},
	{NULL, 0, false}
};

static const struct config_enum_entry node_timing_options[] = {
	{"off", PFX_NODE_TIMING_OFF, false},
	{"auto", PFX_NODE_TIMING_AUTO, false},
	{"all", PFX_NODE_TIMING_ALL, false},
	{NULL, 0, false}
};

static bool
check_shared_memory(int *newval, void **extra, GucSource source)
{
	if (*newval >= PFX_MIN_SHARED_MEMORY)
		return true;
	GUC_check_errdetail("An arena of %d kB has no room to record anything.", *newval);
	GUC_check_errhint("The least that works is %dkB; the default, 64MB, has room for some "
					  "ten thousand statements.",
					  PFX_MIN_SHARED_MEMORY);
	return false;
}

static void
assign_read_once(bool newval, void *extra)
{
	if (newval != perfext_read_once)
		pfx_reading++;
}

void
pfx_guc_define(void)
{
	DefineCustomBoolVariable("perfext.enabled",
							 "Records statements and their plans.",
							 "What was recorded before stays and can be read when this is off.",
							 &perfext_enabled, true,
							 PGC_SUSET, 0, NULL, NULL, NULL);
	DefineCustomEnumVariable("perfext.track",
							 "Which statements are recorded: none, top (those that clients send) or all (nested ones too).",
							 NULL,
							 &perfext_track, PFX_TRACK_ALL, track_options,
							 PGC_SUSET, 0, NULL, NULL, NULL);
	DefineCustomBoolVariable("perfext.track_utility",
							 "Records utility statements as well (everything but SELECT, INSERT, UPDATE, DELETE and MERGE).",
							 NULL,
							 &perfext_track_utility, true,
							 PGC_SUSET, 0, NULL, NULL, NULL);
	DefineCustomEnumVariable("perfext.node_timing",
							 "Which executions have their plan nodes timed: off, auto or all.",
							 "auto times the first executions of a plan and then as many as perfext.overhead_target pays for.",
							 &perfext_node_timing, PFX_NODE_TIMING_AUTO, node_timing_options,
							 PGC_SUSET, 0, NULL, NULL, NULL);
	DefineCustomRealVariable("perfext.overhead_target",
							 "Share of execution time that timing plan nodes may cost, in percent.",
							 NULL,
							 &perfext_overhead_target, 1.0, 0.0, 100.0,
							 PGC_SUSET, 0, NULL, NULL, NULL);
	DefineCustomRealVariable("perfext.what_if_target",
							 "Share of execution time that trying indexes which do not exist may cost, in percent.",
							 "0 tries none.",
							 &perfext_what_if_target, 0.5, 0.0, 100.0,
							 PGC_SUSET, 0, NULL, NULL, NULL);
	DefineCustomIntVariable("perfext.what_if_timeout",
							"Longest time that is spent on trying indexes for one statement.",
							NULL,
							&perfext_what_if_timeout, 100, 1, 10000,
							PGC_SUSET, GUC_UNIT_MS, NULL, NULL, NULL);
	DefineCustomIntVariable("perfext.confirm_calls",
							"Calls of a statement before and after an index was created, from which on they are compared.",
							NULL,
							&perfext_confirm_calls, 30, 1, 1000000,
							PGC_USERSET, 0, NULL, NULL, NULL);
	DefineCustomBoolVariable("perfext.n_plus_one",
							 "Looks for N+1 patterns: statements that run again and again for each row of another.",
							 NULL,
							 &perfext_n_plus_one, true,
							 PGC_SUSET, 0, NULL, NULL, NULL);
	DefineCustomIntVariable("perfext.n_plus_one_threshold",
							"Executions of the repeated statement for one execution of the other, from which on they are a pattern.",
							NULL,
							&perfext_n_plus_one_threshold, 5, 2, 1000000,
							PGC_SIGHUP, 0, NULL, NULL, NULL);
	DefineCustomBoolVariable("perfext.read_once",
							 "Reads what is recorded once in a transaction, and keeps it for what reads it again.",
							 "Set by functions that put much together, for as long as they run.",
							 &perfext_read_once, false,
							 PGC_USERSET, 0, NULL, assign_read_once, NULL);
	DefineCustomIntVariable("perfext.job_gap",
							"Pause after which a run of a job that nobody ends is taken to be over.",
							"Runs begun with perfext.job_start() end with perfext.job_end() or their session.",
							&perfext_job_gap, 30, 1, 86400,
							PGC_SIGHUP, GUC_UNIT_S, NULL, NULL, NULL);
	DefineCustomBoolVariable("perfext.progress",
							 "Shows the progress of statements that run for more than half a second.",
							 "Costs nothing for shorter ones.",
							 &perfext_progress, true,
							 PGC_SUSET, 0, NULL, NULL, NULL);
	DefineCustomIntVariable("perfext.shared_memory",
							"Size of the shared memory arena that holds all that is recorded.",
							"It never grows: when it is full, what was used least is evicted and counted.",
							&perfext_shared_memory, 65536, 0, MAX_KILOBYTES,
							PGC_POSTMASTER, GUC_UNIT_KB, check_shared_memory, NULL, NULL);
	DefineCustomBoolVariable("perfext.save",
							 "Keeps what was recorded over restarts, in the data directory.",
							 NULL,
							 &perfext_save, true,
							 PGC_SIGHUP, 0, NULL, NULL, NULL);
	DefineCustomIntVariable("perfext.save_interval",
							"Time between two saves; a crash loses at most this much.",
							NULL,
							&perfext_save_interval, 60, 1, 86400,
							PGC_SIGHUP, GUC_UNIT_S, NULL, NULL, NULL);

	MarkGUCPrefixReserved("perfext");
}
