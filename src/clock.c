/*-------------------------------------------------------------------------
 *
 * clock.c
 *	  Chooses and calibrates the clock that clock.h reads.
 *
 * Separate from its readers because it runs once, in the postmaster; backends
 * inherit the result.
 *
 * The processor's counter is trusted only when the processor says that it is
 * invariant, and, on Linux, when the kernel has not given it up as a clock
 * source of its own.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <stdio.h>
#include <string.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include "clock.h"
#include "hot.h"

uint64		pfx_clock_mult PFX_HOT = UINT64CONST(1) << 32;
bool		pfx_clock_is_counter PFX_HOT = false;

#if defined(__x86_64__)
/*
 * Does the kernel list the TSC among the clock sources it would use?  It drops
 * it from the list once it has seen it run unevenly.
 */
static bool
kernel_trusts_tsc(void)
{
	char		line[256];
	bool		found = false;
	FILE	   *f = fopen("/sys/devices/system/clocksource/clocksource0/available_clocksource",
						  "r");

	if (f == NULL)
		return false;
	if (fgets(line, sizeof(line), f) != NULL)
		found = strstr(line, "tsc") != NULL;
	fclose(f);
	return found;
}

static bool
counter_is_invariant(void)
{
	unsigned int eax,
				ebx,
				ecx,
				edx;

	if (__get_cpuid_max(0x80000000, NULL) < 0x80000007)
		return false;
	__cpuid(0x80000007, eax, ebx, ecx, edx);
	return (edx & (1 << 8)) != 0 && kernel_trusts_tsc();
}
#elif defined(__aarch64__)
static bool
counter_is_invariant(void)
{
	return true;				/* by the architecture */
}
#else
static bool
counter_is_invariant(void)
{
	return false;
}
#endif

/*
 * One calibration over 10 ms: the counter against CLOCK_MONOTONIC.  Each end
 * is the tightest of several readings, so that being scheduled away between
 * the two clocks does not count.
 */
static void
read_both(uint64 *ticks, uint64 *ns)
{
	uint64		best = PG_UINT64_MAX;

	for (int i = 0; i < 8; i++)
	{
		uint64		t0 = pfx_ticks();
		uint64		n = pfx_clock_monotonic_ns();
		uint64		t1 = pfx_ticks();

		if (t1 - t0 < best)
		{
			best = t1 - t0;
			*ticks = t0 + (t1 - t0) / 2;
			*ns = n;
		}
	}
}

static double
ns_per_tick(void)
{
	uint64		t0,
				n0,
				t1,
				n1;

	read_both(&t0, &n0);
	pg_usleep(10000);
	read_both(&t1, &n1);
	if (t1 <= t0 || n1 <= n0)
		return 0;
	return (double) (n1 - n0) / (double) (t1 - t0);
}

void
pfx_clock_init(void)
{
	double		first,
				second;

	pfx_clock_mult = UINT64CONST(1) << 32;
	pfx_clock_is_counter = counter_is_invariant();
	if (!pfx_clock_is_counter)
		return;

	/* Two calibrations must agree within 0.1 %, or the counter is not used */
	first = ns_per_tick();
	second = ns_per_tick();
	if (first <= 0 || second <= 0 || first / second > 1.001 || second / first > 1.001)
	{
		pfx_clock_is_counter = false;
		return;
	}
	pfx_clock_mult = (uint64) ((first + second) / 2 * 4294967296.0);
}

const char *
pfx_clock_name(void)
{
#if defined(__x86_64__)
	if (pfx_clock_is_counter)
		return "tsc";
#elif defined(__aarch64__)
	if (pfx_clock_is_counter)
		return "cntvct";
#endif
	return "clock_gettime";
}
