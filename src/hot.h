/*-------------------------------------------------------------------------
 *
 * hot.h
 *	  Keeps together the variables that every statement reads.
 *
 * Between two looks of perfext at its own data the server runs thousands of
 * instructions, and little is left in the processor's caches; so what counts is
 * how many cache lines are touched, more than what is done with them.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#ifndef PFX_HOT_H
#define PFX_HOT_H

#if defined(__GNUC__) && defined(__ELF__)
#define PFX_HOT __attribute__((section("pfx_hot")))
#else
#define PFX_HOT
#endif

#endif							/* PFX_HOT_H */
