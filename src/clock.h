/*-------------------------------------------------------------------------
 *
 * clock.h
 *	  A clock cheap enough to be read around every plan node call.
 *
 * Reads the processor's invariant counter where there is one (x86-64 TSC,
 * ARMv8 CNTVCT), the server's monotonic clock otherwise.  Separate because
 * capture reads it on the hottest path there is and needs it inline.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#ifndef PFX_CLOCK_H
#define PFX_CLOCK_H

#include <time.h>
#if defined(__x86_64__)
#include <x86intrin.h>
#endif

/* Nanoseconds of one tick in 32.32 fixed point; set by pfx_clock_init() */
extern uint64 pfx_clock_mult;

/* True while the processor's counter is used; false: clock_gettime() */
extern bool pfx_clock_is_counter;

/* Chooses the clock and calibrates it; takes about 20 ms, once, at load */
extern void pfx_clock_init(void);

/* Name of the clock in use, for perfext.info */
extern const char *pfx_clock_name(void);

static inline uint64
pfx_clock_monotonic_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64) ts.tv_sec * UINT64CONST(1000000000) + ts.tv_nsec;
}

/* CPU time this process has used, in nanoseconds; a system call, use sparingly */
static inline uint64
pfx_clock_cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (uint64) ts.tv_sec * UINT64CONST(1000000000) + ts.tv_nsec;
}

/* Now, in ticks; only differences mean anything */
static inline uint64
pfx_ticks(void)
{
#if defined(__x86_64__)
	if (likely(pfx_clock_is_counter))
		return __rdtsc();
#elif defined(__aarch64__)
	if (likely(pfx_clock_is_counter))
	{
		uint64		v;

		__asm__ __volatile__("mrs %0, cntvct_el0" : "=r"(v));
		return v;
	}
#endif
	return pfx_clock_monotonic_ns();
}

/*
 * Ticks to nanoseconds.  Negative differences (a counter that was moved while
 * a virtual machine migrated) become 0.
 */
static inline uint64
pfx_ticks_to_ns(uint64 ticks)
{
	if (unlikely((int64) ticks < 0))
		return 0;
#ifdef HAVE_INT128
	return (uint64) (((uint128) ticks * pfx_clock_mult) >> 32);
#else
	return (uint64) ((double) ticks * ((double) pfx_clock_mult / 4294967296.0));
#endif
}

static inline uint64
pfx_ns_to_ticks(int64 ns)
{
	return (uint64) ((double) ns * (4294967296.0 / (double) pfx_clock_mult));
}

#endif							/* PFX_CLOCK_H */
