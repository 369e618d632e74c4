/*-------------------------------------------------------------------------
 *
 * chunks.c
 *	  Keeps what has no fixed size in chains of fixed-size chunks: texts,
 *	  plans, tags, histogram octaves.
 *
 * Separate from the slots because chunks belong to no kind.  Fixed chunks
 * cannot fragment: whatever was freed fits whatever comes next.  Texts are
 * interned: the same query text seen by many users is stored once.
 *
 * Every function here needs the partition's lock, exclusively where it changes
 * something.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "common/pg_lzcompress.h"
#include "miscadmin.h"

#include "store/arena.h"

/* Texts from this length on are tried for compression */
#define COMPRESS_FROM 512

/*
 * A chain of chunks with room for so many bytes, or 0 when the pool has not
 * that many.
 */
uint32
pfx_chunks_alloc(int p, Size bytes)
{
	PfxSharedPartition *partition = pfx_partition(p);
	uint32		n = Max((bytes + PFX_CHUNK_DATA - 1) / PFX_CHUNK_DATA, 1);
	uint32		first = partition->free_chunk;
	PfxSharedChunk *last = NULL;

	Assert(LWLockHeldByMeInMode(&partition->lock, LW_EXCLUSIVE) || !IsUnderPostmaster);

	if (n > pfx_arena->nchunks - partition->used_chunks)
		return 0;
	for (uint32 i = 0, at = first; i < n; i++, at = last->next)
		last = pfx_chunk(p, at);
	partition->free_chunk = last->next;
	partition->used_chunks += n;
	last->next = 0;
	return first;
}

void
pfx_chunks_free(int p, uint32 first)
{
	PfxSharedPartition *partition = pfx_partition(p);
	PfxSharedChunk *last;
	uint32		n = 1;

	Assert(LWLockHeldByMeInMode(&partition->lock, LW_EXCLUSIVE) || !IsUnderPostmaster);

	if (first == 0)
		return;
	for (last = pfx_chunk(p, first); last->next != 0; last = pfx_chunk(p, last->next))
		n++;
	last->next = partition->free_chunk;
	partition->free_chunk = first;
	partition->used_chunks -= n;
}

void
pfx_chunks_write(int p, uint32 first, const char *data, Size len)
{
	for (uint32 at = first; len > 0; at = pfx_chunk(p, at)->next)
	{
		Size		part = Min(len, PFX_CHUNK_DATA);

		memcpy(pfx_chunk(p, at)->data, data, part);
		data += part;
		len -= part;
	}
}

void
pfx_chunks_read(int p, uint32 first, char *data, Size len)
{
	for (uint32 at = first; len > 0; at = pfx_chunk(p, at)->next)
	{
		Size		part = Min(len, PFX_CHUNK_DATA);

		memcpy(data, pfx_chunk(p, at)->data, part);
		data += part;
		len -= part;
	}
}

/* No text larger than this is stored, so that one cannot push out all others */
Size
pfx_text_capacity(int p)
{
	return (Size) pfx_arena->nchunks * PFX_CHUNK_DATA / 8;
}

/*
 * The slot of a text, stored now or before; each call is to be paid back by
 * pfx_text_release().  0 when there is no room.
 */
uint32
pfx_text_intern(int p, const char *text, Size len)
{
	uint64		hash = hash_bytes_extended((const unsigned char *) text, (int) len, 0);
	uint32	   *bucket = pfx_bucket(p, PFX_KIND_TEXT, hash);
	uint32		index;
	uint32		chunks;
	PfxSharedText *entry;
	char	   *packed = NULL;
	int32		packed_len = -1;

	for (index = *bucket; index != 0; index = entry->slot.next)
	{
		entry = pfx_slot(p, PFX_KIND_TEXT, index);
		if (entry->hash == hash && entry->len == len)
		{
			/* 64 bits of hash and the length: taken for equal */
			entry->refs++;
			return index;
		}
	}

	if (len >= COMPRESS_FROM)
	{
		packed = palloc_extended(PGLZ_MAX_OUTPUT(len), MCXT_ALLOC_NO_OOM);
		if (packed != NULL)
			packed_len = pglz_compress(text, (int32) len, packed, PGLZ_strategy_default);
	}
	if (packed_len < 0 || packed_len >= (int32) len)
		packed_len = (int32) len;

	index = 0;
	chunks = 0;
	if ((Size) packed_len <= pfx_text_capacity(p))
		chunks = pfx_chunks_alloc(p, packed_len);
	if (chunks != 0)
	{
		index = pfx_slot_alloc(p, PFX_KIND_TEXT);
		if (index == 0)
			pfx_chunks_free(p, chunks);
	}
	if (index != 0)
	{
		pfx_chunks_write(p, chunks, packed_len < (int32) len ? packed : text, packed_len);
		entry = pfx_slot(p, PFX_KIND_TEXT, index);
		entry->hash = hash;
		entry->refs = 1;
		entry->len = len;
		entry->stored_len = packed_len;
		entry->chunks = chunks;
		entry->slot.next = *bucket;
		*bucket = index;
	}
	if (packed != NULL)
		pfree(packed);
	return index;
}

void
pfx_text_release(int p, uint32 index)
{
	PfxSharedText *entry;

	if (index == 0)
		return;
	entry = pfx_slot(p, PFX_KIND_TEXT, index);
	Assert(entry->refs > 0);
	if (--entry->refs > 0)
		return;
	pfx_bucket_remove(p, PFX_KIND_TEXT, entry->hash, index);
	pfx_chunks_free(p, entry->chunks);
	entry->chunks = 0;
	pfx_slot_free(p, PFX_KIND_TEXT, index);
}

/* The text, palloc'd and null-terminated; NULL for slot 0 */
char *
pfx_text_copy(int p, uint32 index)
{
	PfxSharedText *entry;
	char	   *stored;
	char	   *text;

	if (index == 0)
		return NULL;
	entry = pfx_slot(p, PFX_KIND_TEXT, index);
	stored = palloc(entry->stored_len + 1);
	pfx_chunks_read(p, entry->chunks, stored, entry->stored_len);
	stored[entry->stored_len] = '\0';
	if (entry->stored_len == entry->len)
		return stored;

	text = palloc(entry->len + 1);
	if (pglz_decompress(stored, entry->stored_len, text, entry->len, true) < 0)
	{
		pfree(stored);
		pfree(text);
		return NULL;
	}
	text[entry->len] = '\0';
	pfree(stored);
	return text;
}
