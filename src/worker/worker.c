/*-------------------------------------------------------------------------
 *
 * worker.c
 *	  Registers, starts and pauses background workers.
 *
 * Separate from the workers, each of which knows what it does and when.
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
#include "utils/wait_event.h"

#include "store/store.h"
#include "worker/worker.h"

/*
 * The file that this code was loaded from: there may be another perfext where the
 * server looks first, and that one would know nothing of the shared memory.
 */
static void
set_library(char *name, Size size)
{
	Dl_info		info;

	if (dladdr((void *) pfx_worker_register, &info) != 0 && info.dli_fname != NULL &&
		strlen(info.dli_fname) < size)
		strlcpy(name, info.dli_fname, size);
	else
		strlcpy(name, "perfext", size);
}

void
pfx_worker_register(const char *name, const char *function)
{
	BackgroundWorker worker;

	memset(&worker, 0, sizeof(worker));
	worker.bgw_flags = BGWORKER_SHMEM_ACCESS;
	worker.bgw_start_time = BgWorkerStart_PostmasterStart;
	worker.bgw_restart_time = 60;
	set_library(worker.bgw_library_name, sizeof(worker.bgw_library_name));
	strlcpy(worker.bgw_function_name, function, sizeof(worker.bgw_function_name));
	strlcpy(worker.bgw_name, name, sizeof(worker.bgw_name));
	strlcpy(worker.bgw_type, name, sizeof(worker.bgw_type));
	RegisterBackgroundWorker(&worker);
}

static void
detach(int code, Datum arg)
{
	pfx_store_detach();
}

void
pfx_worker_begin(void)
{
	pqsignal(SIGHUP, SignalHandlerForConfigReload);
	pqsignal(SIGTERM, SignalHandlerForShutdownRequest);
	BackgroundWorkerUnblockSignals();
	pfx_store_attach();
	before_shmem_exit(detach, (Datum) 0);
}

void
pfx_worker_sleep(long ms)
{
	(void) WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, ms,
					 PG_WAIT_EXTENSION);
	ResetLatch(MyLatch);
	CHECK_FOR_INTERRUPTS();
	if (ConfigReloadPending)
	{
		ConfigReloadPending = false;
		ProcessConfigFile(PGC_SIGHUP);
	}
}
