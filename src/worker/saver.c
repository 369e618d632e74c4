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

#include <dlfcn.h>

#include "miscadmin.h"
#include "postmaster/bgworker.h"
#include "postmaster/interrupt.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/wait_event.h"

#include "guc.h"
#include "store/store.h"
#include "worker/saver.h"

/*
 * The file that this code was loaded from: there may be another perfext where the
 * server looks first, and that one would know nothing of the shared memory.
 */
static void
set_library(char *name, Size size)
{
	Dl_info		info;

	if (dladdr((void *) pfx_saver_main, &info) != 0 && info.dli_fname != NULL &&
		strlen(info.dli_fname) < size)
		strlcpy(name, info.dli_fname, size);
	else
		strlcpy(name, "perfext", size);
}

void
pfx_saver_register(void)
{
	BackgroundWorker worker;

	memset(&worker, 0, sizeof(worker));
	worker.bgw_flags = BGWORKER_SHMEM_ACCESS;
	worker.bgw_start_time = BgWorkerStart_PostmasterStart;
	worker.bgw_restart_time = 60;
	set_library(worker.bgw_library_name, sizeof(worker.bgw_library_name));
	strlcpy(worker.bgw_function_name, "pfx_saver_main", sizeof(worker.bgw_function_name));
	strlcpy(worker.bgw_name, "perfext saver", sizeof(worker.bgw_name));
	strlcpy(worker.bgw_type, "perfext saver", sizeof(worker.bgw_type));
	RegisterBackgroundWorker(&worker);
}

static void
detach(int code, Datum arg)
{
	pfx_store_detach();
}

void
pfx_saver_main(Datum arg)
{
	MemoryContext context = AllocSetContextCreate(TopMemoryContext, "perfext saver",
												  ALLOCSET_DEFAULT_SIZES);

	pqsignal(SIGHUP, SignalHandlerForConfigReload);
	pqsignal(SIGTERM, SignalHandlerForShutdownRequest);
	BackgroundWorkerUnblockSignals();
	MemoryContextSwitchTo(context);

	pfx_store_attach();
	before_shmem_exit(detach, (Datum) 0);
	while (!ShutdownRequestPending)
	{
		(void) WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH,
						 perfext_save_interval * 1000L, PG_WAIT_EXTENSION);
		ResetLatch(MyLatch);
		CHECK_FOR_INTERRUPTS();
		if (ConfigReloadPending)
		{
			ConfigReloadPending = false;
			ProcessConfigFile(PGC_SIGHUP);
		}
		if (perfext_save && !ShutdownRequestPending)
			(void) pfx_persist_save(true, false);
		MemoryContextReset(context);
	}
	proc_exit(0);
}
