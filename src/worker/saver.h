/*-------------------------------------------------------------------------
 *
 * saver.h
 *	  The background worker that saves what was recorded.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#ifndef PFX_SAVER_H
#define PFX_SAVER_H

extern void pfx_saver_register(void);

/* Entry point, looked up by name by the server */
extern PGDLLEXPORT void pfx_saver_main(Datum arg);

#endif							/* PFX_SAVER_H */
