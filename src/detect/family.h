/*-------------------------------------------------------------------------
 *
 * family.h
 *	  Which statements are the same but for the number and kind of their values.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#ifndef PFX_FAMILY_H
#define PFX_FAMILY_H

/*
 * Fingerprint of a normalised text (constants are $n): a literal counts as a
 * parameter, a list of values as one value, several rows of VALUES as one row,
 * "= ANY (...)" as "IN (...)".  Never 0.
 */
extern uint64 pfx_family(const char *text);

#endif							/* PFX_FAMILY_H */
