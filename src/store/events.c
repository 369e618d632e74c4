/*-------------------------------------------------------------------------
 *
 * events.c
 *	  The ring through which backends tell the pattern detector what they saw.
 *
 * Separate from the other regions because it holds nothing that lasts: it is
 * neither saved nor shown.  How it works is told in events.h.
 *
 * Accepted race: two readers would read the same events; there is one worker.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "miscadmin.h"
#include "port/atomics.h"
#include "port/pg_bitutils.h"
#include "storage/latch.h"
#include "storage/proc.h"
#include "utils/timestamp.h"

#include "hot.h"
#include "store/events.h"
#include "store/region.h"

typedef struct PfxSharedRing
{
	/* immutable */
	uint64		salt;
	uint64		ncells;			/* a power of two: divisions would cost more than all else */
	int			quarter_shift;	/* its quarter, as a power */

	/* written by the reader when it comes, goes or forgets: every statement reads it */
	pg_atomic_uint32 epoch;		/* 0: there is no reader */

	/* written by backends */
	pg_atomic_uint64 head pg_attribute_aligned(PG_CACHE_LINE_SIZE); /* cells taken so far */
	pg_atomic_uint64 asked;
	pg_atomic_uint64 dropped;

	/* written by the reader */
	pg_atomic_uint64 tail pg_attribute_aligned(PG_CACHE_LINE_SIZE); /* cells read so far */
	pg_atomic_uint64 answered;
	pg_atomic_uint32 last_epoch;
	pg_atomic_uint64 latch;		/* the reader's, or 0; shared memory is everywhere at one place */

	char		cells[FLEXIBLE_ARRAY_MEMBER] pg_attribute_aligned(PG_CACHE_LINE_SIZE);
} PfxSharedRing;

static PfxSharedRing *ring PFX_HOT = NULL;
pg_atomic_uint32 *pfx_ring_epoch PFX_HOT = NULL;

/* The record at which the reader stands */
static uint64 reading;

/* Where the reader was when a writer last looked; it only moves on */
static uint64 known_tail PFX_HOT = 0;

/*
 * A twentieth of the arena: a request writes some kilobytes, and the reader
 * comes several times a second.
 */
static Size
ring_size(Size arena_size)
{
	return offsetof(PfxSharedRing, cells) + pg_prevpower2_64(arena_size / 20);
}

static void
ring_attach(void *at, Size size, bool fresh, int tranche)
{
	ring = at;
	pfx_ring_epoch = &ring->epoch;
	if (!fresh)
		return;
	if (!pg_strong_random(&ring->salt, sizeof(ring->salt)))
		ring->salt = (uint64) GetCurrentTimestamp() * UINT64CONST(0x9E3779B97F4A7C15);
	ring->ncells = pg_prevpower2_64((size - offsetof(PfxSharedRing, cells)) / PFX_CELL_SIZE);
	ring->quarter_shift = pg_leftmost_one_pos64(ring->ncells) - 2;
	pg_atomic_init_u64(&ring->head, 0);
	pg_atomic_init_u64(&ring->asked, 0);
	pg_atomic_init_u64(&ring->dropped, 0);
	pg_atomic_init_u64(&ring->tail, 0);
	pg_atomic_init_u64(&ring->answered, 0);
	pg_atomic_init_u32(&ring->epoch, 0);
	pg_atomic_init_u32(&ring->last_epoch, 0);
	pg_atomic_init_u64(&ring->latch, 0);
}

static Size
ring_used(void)
{
	return (pg_atomic_read_u64(&ring->head) - pg_atomic_read_u64(&ring->tail)) * PFX_CELL_SIZE;
}

const PfxRegion pfx_events_region = {
	.name = "events",
	.size = ring_size,
	.attach = ring_attach,
	.used = ring_used,
};

static inline void *
cell(uint64 position)
{
	return ring->cells + (position & (ring->ncells - 1)) * PFX_CELL_SIZE;
}

/* ---- writing ---- */

static void
wake_reader(void)
{
	uintptr_t	latch = pg_atomic_read_u64(&ring->latch);

	if (latch != 0)
		SetLatch((Latch *) latch);
}

/* Cells up to the end of the ring are passed over: a record must not go around it */
static void
skip(uint64 position)
{
	PfxEventHead *head = cell(position);

	head->ncells = 0;
	pg_write_barrier();
	head->ready = 1;
}

void *
pfx_event_begin(Size size)
{
	uint64		n = (size + PFX_CELL_SIZE - 1) / PFX_CELL_SIZE;
	uint64		head;
	uint64		at;
	uint64		to_end;
	PfxEventHead *record;

	Assert(size <= PFX_EVENT_MAX_SIZE);
	head = pg_atomic_read_u64(&ring->head);
	for (;;)
	{
		to_end = ring->ncells - (head & (ring->ncells - 1));
		at = n > to_end ? head + to_end : head;
		if (unlikely(at + n - known_tail > ring->ncells))
		{
			known_tail = pg_atomic_read_u64(&ring->tail);
			if (at + n - known_tail > ring->ncells)
			{
				pg_atomic_fetch_add_u64(&ring->dropped, 1);
				return NULL;
			}
		}
		if (pg_atomic_compare_exchange_u64(&ring->head, &head, at + n))
			break;
	}
	if (at != head)
		skip(head);
	/* a quarter was filled: the reader should not wait for its time */
	if (at >> ring->quarter_shift != (at + n) >> ring->quarter_shift)
		wake_reader();
	record = cell(at);
	record->ncells = n;
	return record;
}

/* A record will be written soon: its cell was last in the reader's cache */
void
pfx_event_expect(void)
{
#if defined(__GNUC__)
	__builtin_prefetch(cell(pg_atomic_read_u64(&ring->head)), 1);
#endif
}

void
pfx_event_end(void *record, PfxEventKind kind, uint16 flags)
{
	PfxEventHead *head = record;

	head->kind = kind;
	head->flags = flags;
	pg_write_barrier();
	head->ready = 1;
}

/* The finalizer of MurmurHash3 (Austin Appleby, public domain), over value and salt */
uint32
pfx_value_hash(uint64 value)
{
	uint64		h = value ^ ring->salt;

	h = (h ^ h >> 33) * UINT64CONST(0xff51afd7ed558ccd);
	h = (h ^ h >> 33) * UINT64CONST(0xc4ceb9fe1a85ec53);
	h ^= h >> 33;
	return (uint32) h != 0 ? (uint32) h : 1;
}

uint32
pfx_value_hash_bytes(const char *data, Size len)
{
	return pfx_value_hash(hash_bytes_extended((const unsigned char *) data, len, ring->salt));
}

bool
pfx_events_sync(int timeout_ms)
{
	uint64		request;
	TimestampTz until = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), timeout_ms);

	if (pfx_events_epoch() == 0)
		return false;
	request = pg_atomic_add_fetch_u64(&ring->asked, 1);
	wake_reader();
	while (pg_atomic_read_u64(&ring->answered) < request)
	{
		CHECK_FOR_INTERRUPTS();
		if (pfx_events_epoch() == 0 || GetCurrentTimestamp() > until)
			return false;
		pg_usleep(500);
	}
	return true;
}

void
pfx_events_forget(int timeout_ms)
{
	PfxEventHead *record = pfx_event_begin(sizeof(PfxEventHead));

	/* full: what is in there has to be read first */
	if (record == NULL && pfx_events_sync(timeout_ms))
		record = pfx_event_begin(sizeof(PfxEventHead));
	if (record != NULL)
		pfx_event_end(record, PFX_EVENT_FORGET, 0);
	(void) pfx_events_sync(timeout_ms);
}

void
pfx_events_info(PfxEventsInfo *info)
{
	info->written = pg_atomic_read_u64(&ring->head);
	info->dropped = pg_atomic_read_u64(&ring->dropped);
	info->reader = pfx_events_epoch() != 0;
}

/* ---- reading ---- */

void
pfx_events_attach_reader(void)
{
	pg_atomic_write_u64(&ring->latch, (uintptr_t) &MyProc->procLatch);
	reading = pg_atomic_read_u64(&ring->tail);
	pfx_events_new_epoch();
}

void
pfx_events_detach_reader(void)
{
	pg_atomic_write_u32(&ring->epoch, 0);
	pg_atomic_write_u64(&ring->latch, 0);
}

/* What was told of streams and columns so far is to be told again */
void
pfx_events_new_epoch(void)
{
	uint32		epoch = pg_atomic_add_fetch_u32(&ring->last_epoch, 1);

	if (epoch == 0)
		epoch = pg_atomic_add_fetch_u32(&ring->last_epoch, 1);
	pg_atomic_write_u32(&ring->epoch, epoch);
}

/* Gives cells back; the first so many of them may hold anything and are cleared */
static void
release(uint64 ncells, uint64 nused)
{
	for (uint64 i = 0; i < nused; i++)
		((PfxEventHead *) cell(reading + i))->ready = 0;
	reading += ncells;
	pg_memory_barrier();
	pg_atomic_write_u64(&ring->tail, reading);
}

const PfxEventHead *
pfx_event_next(void)
{
	while (reading < pg_atomic_read_u64(&ring->head))
	{
		PfxEventHead *head = cell(reading);

		if (((volatile PfxEventHead *) head)->ready == 0)
			return NULL;
		pg_read_barrier();
		if (head->ncells > 0)
			return head;
		release(ring->ncells - (reading & (ring->ncells - 1)), 1);
	}
	return NULL;
}

void
pfx_event_done(void)
{
	PfxEventHead *head = cell(reading);

	release(head->ncells, head->ncells);
}

uint64
pfx_events_asked(void)
{
	return pg_atomic_read_u64(&ring->asked);
}

uint64
pfx_events_answered(void)
{
	return pg_atomic_read_u64(&ring->answered);
}

void
pfx_events_answer(uint64 request)
{
	pg_atomic_write_u64(&ring->answered, request);
}
