/*-------------------------------------------------------------------------
 *
 * detector.h
 *	  The background worker that looks for patterns.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#ifndef PFX_DETECTOR_H
#define PFX_DETECTOR_H

extern void pfx_detector_register(void);

/* Entry point, looked up by name by the server */
extern PGDLLEXPORT void pfx_detector_main(Datum arg);

#endif							/* PFX_DETECTOR_H */
