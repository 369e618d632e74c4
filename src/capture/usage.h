/*-------------------------------------------------------------------------
 *
 * usage.h
 *	  Blocks, WAL and just-in-time compilation of what runs.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#ifndef PFX_USAGE_H
#define PFX_USAGE_H

#include "executor/instrument.h"
#include "jit/jit.h"
#include "store/store.h"

/* Usage counters at the start of something */
typedef struct PfxMark
{
	uint64		ticks;
	BufferUsage buffers;
	WalUsage	wal;
} PfxMark;

/*
 * Around perfext's own look-ups in the catalogs, which happen inside whatever
 * statement is running: neither it nor others who count shall find them there.
 */
extern void pfx_own_work_end(const PfxMark *mark);

extern void pfx_mark(PfxMark *mark);
extern void pfx_used_since(PfxUsed *used, const PfxMark *mark);
extern void pfx_used_copy(PfxUsed *to, const PfxUsed *from);
extern void pfx_jit_add(PfxJit *jit, const JitInstrumentation *instr);

#endif							/* PFX_USAGE_H */
