/*-------------------------------------------------------------------------
 *
 * detector.c
 *	  The background worker that reads what backends tell and looks for
 *	  patterns in it.
 *
 * Separate from the detector itself (src/detect), which knows neither processes
 * nor sleep.  The worker wakes up a few times a second while there is something
 * to read, once in two seconds while there is not, at once when a quarter of
 * the ring was filled, and when somebody wants to see the findings.
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
#include "utils/timestamp.h"

#include "detect/patterns.h"
#include "store/events.h"
#include "worker/detector.h"
#include "worker/worker.h"

/* ms between two looks while statements come, and while none do */
#define BUSY_SLEEP 200
#define IDLE_SLEEP 2000

void
pfx_detector_register(void)
{
	pfx_worker_register("perfext detector", "pfx_detector_main");
}

static void
detach_reader(int code, Datum arg)
{
	pfx_events_detach_reader();
}

static int64
feed(void)
{
	const PfxEventHead *event;
	int64		n = 0;

	while ((event = pfx_event_next()) != NULL)
	{
		pfx_patterns_feed(event);
		pfx_event_done();
		n++;
		if (n % 10000 == 0)
			CHECK_FOR_INTERRUPTS();
	}
	return n;
}

void
pfx_detector_main(Datum arg)
{
	MemoryContext context = AllocSetContextCreate(TopMemoryContext, "perfext detector",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext scratch = AllocSetContextCreate(TopMemoryContext, "perfext detector scratch",
												  ALLOCSET_DEFAULT_SIZES);
	int64		seen = 0;

	pfx_worker_begin();
	pfx_patterns_init(context);
	MemoryContextSwitchTo(scratch);
	pfx_events_attach_reader();
	before_shmem_exit(detach_reader, (Datum) 0);
	while (!ShutdownRequestPending)
	{
		uint64		asked;

		pfx_worker_sleep(seen > 0 ? BUSY_SLEEP : IDLE_SLEEP);
		/* whoever asks after this is answered the next time */
		asked = pfx_events_asked();
		seen = feed();
		pfx_patterns_publish(GetCurrentTimestamp(), asked != pfx_events_answered());
		pfx_events_answer(asked);
		MemoryContextReset(scratch);
	}
	proc_exit(0);
}
