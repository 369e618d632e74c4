/*-------------------------------------------------------------------------
 *
 * hooks.h
 *	  Installing perfext's hooks.
 *
 * Separate so that perfext.c needs no hook of its own.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#ifndef PFX_HOOKS_H
#define PFX_HOOKS_H

extern void pfx_hooks_install(void);

#endif							/* PFX_HOOKS_H */
