/*-------------------------------------------------------------------------
 *
 * perfext.c
 *	  Module magic and initialisation: the table of contents.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"
#include "miscadmin.h"

#include "perfext.h"
#include PFX_QUERYJUMBLE_H

#include "capture/hooks.h"
#include "clock.h"
#include "guc.h"
#include "worker/detector.h"
#include "worker/saver.h"

#if defined(PG_MODULE_MAGIC_EXT)
PG_MODULE_MAGIC_EXT(.name = "perfext",.version = PFX_VERSION);
#else
PG_MODULE_MAGIC;
#endif

void		_PG_init(void);

void
_PG_init(void)
{
	/* Loaded by a session: the SQL functions say what to set and where */
	if (!process_shared_preload_libraries_in_progress)
		return;

	pfx_guc_define();
	pfx_clock_init();
	EnableQueryId();
	pfx_hooks_install();
	pfx_saver_register();
	pfx_detector_register();
}
