/*-------------------------------------------------------------------------
 *
 * saver.c
 *	  The background worker that saves the arena every perfext.save_interval.
 *
 * Separate from persist.c, which knows the file; this knows only when.  It
 * connects to no database and works on a standby.  The last save is not its:
 * the postmaster makes it when every backend is gone.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "postmaster/interrupt.h"
#include "storage/ipc.h"
#include "utils/memutils.h"

#include "guc.h"
#include "store/store.h"
#include "worker/saver.h"
#include "worker/worker.h"

void
pfx_saver_register(void)
{
	pfx_worker_register("perfext saver", "pfx_saver_main");
}

void
pfx_saver_main(Datum arg)
{
	MemoryContext context = AllocSetContextCreate(TopMemoryContext, "perfext saver",
												  ALLOCSET_DEFAULT_SIZES);

	pfx_worker_begin();
	MemoryContextSwitchTo(context);
	while (!ShutdownRequestPending)
	{
		pfx_worker_sleep(perfext_save_interval * 1000L);
		if (perfext_save && !ShutdownRequestPending)
			(void) pfx_persist_save(true, false);
		MemoryContextReset(context);
	}
	proc_exit(0);
}
