/*-------------------------------------------------------------------------
 *
 * usage.c
 *	  What the server counted while something ran: blocks, WAL, just-in-time
 *	  compilation.
 *
 * Separate because it turns counters that differ among servers into one shape.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "storage/bufmgr.h"

#include "capture/usage.h"
#include "clock.h"

void
pfx_mark(PfxMark *mark)
{
	mark->buffers = pgBufferUsage;
	mark->wal = pgWalUsage;
	mark->ticks = pfx_ticks();
}

/* How many of the counters may have changed since the mark, as in PfxUsed */
static int64
used_since(const PfxMark *mark)
{
	const BufferUsage *from = &mark->buffers;
	const BufferUsage *to = &pgBufferUsage;

	if (unlikely(((to->shared_blks_read - from->shared_blks_read) |
				  (to->shared_blks_written - from->shared_blks_written) |
				  (to->local_blks_hit - from->local_blks_hit) |
				  (to->local_blks_read - from->local_blks_read) |
				  (to->local_blks_dirtied - from->local_blks_dirtied) |
				  (to->local_blks_written - from->local_blks_written) |
				  (to->temp_blks_read - from->temp_blks_read) |
				  (to->temp_blks_written - from->temp_blks_written) |
				  (pfx_wal_buffers_full(&pgWalUsage) - pfx_wal_buffers_full(&mark->wal))) != 0))
		return PFX_USED_ALL;
	/* WAL is written where buffers are full, which takes records */
	if (((to->shared_blks_dirtied - from->shared_blks_dirtied) |
		 (pgWalUsage.wal_records - mark->wal.wal_records)) != 0)
		return PFX_USED_WRITES;
	return PFX_USED_HITS;
}

/* Adds what was used since the mark */
void
pfx_used_since(PfxUsed *used, const PfxMark *mark)
{
	const BufferUsage *from = &mark->buffers;
	const BufferUsage *to = &pgBufferUsage;
	PfxUsage   *usage = &used->usage;
	int64		n = used_since(mark);

	if (likely(used->n == 0 && n == PFX_USED_HITS))
	{
		used->n = n;
		usage->shared_blks_hit = to->shared_blks_hit - from->shared_blks_hit;
		return;
	}
	if (used->n < n)
	{
		memset((int64 *) usage + used->n, 0, (n - used->n) * sizeof(int64));
		used->n = n;
	}
	usage->shared_blks_hit += to->shared_blks_hit - from->shared_blks_hit;
	if (n == PFX_USED_HITS)
		return;
	usage->shared_blks_dirtied += to->shared_blks_dirtied - from->shared_blks_dirtied;
	usage->wal_records += pgWalUsage.wal_records - mark->wal.wal_records;
	usage->wal_fpi += pgWalUsage.wal_fpi - mark->wal.wal_fpi;
	usage->wal_bytes += pgWalUsage.wal_bytes - mark->wal.wal_bytes;
	if (likely(n == PFX_USED_WRITES))
		return;

#define ADD(field) usage->field += to->field - from->field
	ADD(shared_blks_read);
	ADD(shared_blks_written);
	ADD(local_blks_hit);
	ADD(local_blks_read);
	ADD(local_blks_dirtied);
	ADD(local_blks_written);
	ADD(temp_blks_read);
	ADD(temp_blks_written);
#undef ADD
	if (track_io_timing)
	{
#define ADD_TIME(field, to_time, from_time) \
		usage->field += (int64) (to_time) - (int64) (from_time)
		ADD_TIME(shared_blk_read_time, pfx_instr_time_ns(pfx_shared_read_time(to)),
				 pfx_instr_time_ns(pfx_shared_read_time(from)));
		ADD_TIME(shared_blk_write_time, pfx_instr_time_ns(pfx_shared_write_time(to)),
				 pfx_instr_time_ns(pfx_shared_write_time(from)));
		ADD_TIME(local_blk_read_time, pfx_local_read_time(to), pfx_local_read_time(from));
		ADD_TIME(local_blk_write_time, pfx_local_write_time(to), pfx_local_write_time(from));
		ADD_TIME(temp_blk_read_time, pfx_instr_time_ns(to->temp_blk_read_time),
				 pfx_instr_time_ns(from->temp_blk_read_time));
		ADD_TIME(temp_blk_write_time, pfx_instr_time_ns(to->temp_blk_write_time),
				 pfx_instr_time_ns(from->temp_blk_write_time));
#undef ADD_TIME
	}
	usage->wal_buffers_full += pfx_wal_buffers_full(&pgWalUsage) -
		pfx_wal_buffers_full(&mark->wal);
}

void
pfx_used_copy(PfxUsed *to, const PfxUsed *from)
{
	to->n = from->n;
	memcpy(&to->usage, &from->usage, from->n * sizeof(int64));
}

void
pfx_own_work_end(const PfxMark *mark)
{
	pgBufferUsage = mark->buffers;
	pgWalUsage = mark->wal;
}

/* Adds the just-in-time compilation of one process */
void
pfx_jit_add(PfxJit *jit, const JitInstrumentation *instr)
{
	if (instr->created_functions == 0)
		return;
	jit->functions += instr->created_functions;
	jit->generation_time += pfx_instr_time_ns(instr->generation_counter);
	if (PFX_HAVE_JIT_DEFORM && !INSTR_TIME_IS_ZERO(pfx_jit_deform(instr)))
	{
		jit->deform_count++;
		jit->deform_time += pfx_instr_time_ns(pfx_jit_deform(instr));
	}
	if (!INSTR_TIME_IS_ZERO(instr->inlining_counter))
		jit->inlining_count++;
	jit->inlining_time += pfx_instr_time_ns(instr->inlining_counter);
	if (!INSTR_TIME_IS_ZERO(instr->optimization_counter))
		jit->optimization_count++;
	jit->optimization_time += pfx_instr_time_ns(instr->optimization_counter);
	if (!INSTR_TIME_IS_ZERO(instr->emission_counter))
		jit->emission_count++;
	jit->emission_time += pfx_instr_time_ns(instr->emission_counter);
}
