/*-------------------------------------------------------------------------
 *
 * streams.c
 *	  What the pattern detector remembers of streams, of statements, and of the
 *	  rows that they returned.
 *
 * Separate from runs.c, which counts what is repeated.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "port/pg_bitutils.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"

#include "detect/family.h"
#include "detect/pattern.h"
#include "store/store.h"

MemoryContext pfx_patterns_context;
static MemoryContext known_context;
static HTAB *known_table = NULL;
static HTAB *stream_table = NULL;

dlist_head	pfx_streams;		/* least recently used first */
int			pfx_nstreams = 0;

static dlist_head anchors;		/* all, oldest first */
static Size anchor_bytes = 0;
static uint64 serial = 0;

/* ---- statements ---- */

static void
make_known_table(void)
{
	HASHCTL		ctl = {.keysize = sizeof(PfxStmtKey),.entrysize = sizeof(PfxKnown)};

	known_context = AllocSetContextCreate(pfx_patterns_context, "perfext known statements",
										  ALLOCSET_DEFAULT_SIZES);
	ctl.hcxt = known_context;
	known_table = hash_create("perfext known statements", 256, &ctl,
							  HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

void
pfx_streams_init(MemoryContext context)
{
	HASHCTL		ctl = {.keysize = sizeof(uint64),.entrysize = sizeof(PfxStream),.hcxt = context};

	pfx_patterns_context = context;
	stream_table = hash_create("perfext streams", 64, &ctl,
							   HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	dlist_init(&pfx_streams);
	dlist_init(&anchors);
	make_known_table();
}

static void drop_stream(PfxStream *stream);

/*
 * What is known of a statement; made, with the family of its text, when it is
 * new.  Too many: everything is forgotten, and backends are asked to tell their
 * streams and columns again.
 */
PfxKnown *
pfx_known_find(const PfxStmtKey *key)
{
	bool		found;
	PfxKnown   *known;

	known = hash_search(known_table, key, HASH_FIND, NULL);
	if (known == NULL && hash_get_num_entries(known_table) >= PFX_MAX_KNOWN)
	{
		while (!dlist_is_empty(&pfx_streams))
		{
			PfxStream  *stream = dlist_head_element(PfxStream, node, &pfx_streams);

			pfx_judge_stream(stream);
			drop_stream(stream);
		}
		MemoryContextDelete(known_context);
		make_known_table();
		pfx_events_new_epoch();
	}
	if (known == NULL)
	{
		known = hash_search(known_table, key, HASH_ENTER, &found);
		known->family = 0;
		known->nkeys = known->nvalues = 0;
		known->key_params = 0;
		known->keys = known->values = known->others = NULL;
		known->toplevel = key->toplevel;
	}
	if (known->family == 0)
	{
		int			encoding;
		PfxStmtKey	nested = *key;
		char	   *text = pfx_statement_text(key, &encoding);

		known->toplevel = key->toplevel;
		nested.toplevel = 0;
		if (text == NULL && key->toplevel &&
			(text = pfx_statement_text(&nested, &encoding)) != NULL)
			known->toplevel = 0;
		if (text != NULL)
		{
			known->family = pfx_family(text);
			pfree(text);
		}
	}
	return known;
}

const PfxKnown *
pfx_known_get(const PfxStmtKey *key)
{
	return hash_search(known_table, key, HASH_FIND, NULL);
}

/* Reads so many names from texts of strings; what is missing stays empty */
static PfxColumnName *
read_names(const char **at, const char *end, int n)
{
	PfxColumnName *names = MemoryContextAllocZero(known_context, sizeof(PfxColumnName) * Max(n, 1));

	for (int i = 0; i < n; i++)
	{
		char	   *parts[] = {names[i].schema, names[i].table, names[i].column};

		for (int part = 0; part < 3 && *at < end; part++)
		{
			strlcpy(parts[part], *at, Min(NAMEDATALEN, end - *at + 1));
			*at += strnlen(*at, end - *at) + 1;
		}
	}
	return names;
}

void
pfx_known_told(const PfxColumnsEvent *event)
{
	PfxStmtKey	key;
	PfxKnown   *known;
	const char *at = event->texts;
	const char *end = event->texts + event->len;

	memset(&key, 0, sizeof(key));
	key.userid = event->userid;
	key.dbid = event->dbid;
	key.queryid = event->queryid;
	key.toplevel = event->toplevel;
	known = pfx_known_find(&key);
	if (known->keys != NULL)
	{
		pfree(known->keys);
		pfree(known->values);
		pfree(known->others);
	}
	known->nkeys = Min(event->nkeys, PFX_EVENT_KEYS);
	known->nvalues = Min(event->nvalues, PFX_VALUES_COLUMNS);
	known->key_params = event->key_params;
	known->encoding = event->encoding;
	known->keys = read_names(&at, end, known->nkeys);
	known->values = read_names(&at, end, known->nvalues);
	known->others = read_names(&at, end, known->nkeys);
}

/* ---- anchors: executions whose rows may drive a loop ---- */

static Size
anchor_size(uint32 nplaces)
{
	return sizeof(PfxAnchor) + nplaces * sizeof(PfxPlace);
}

static void
free_anchor(PfxAnchor *anchor)
{
	PfxParent  *parent = anchor->parent;
	int			kept = 0;

	for (int i = 0; i < parent->nanchors; i++)
		if (parent->anchors[i] != anchor)
			parent->anchors[kept++] = parent->anchors[i];
	parent->nanchors = kept;
	dlist_delete(&anchor->node);
	anchor_bytes -= anchor_size(anchor->nplaces);
	pfree(anchor);
}

static PfxAnchor *
new_anchor(PfxParent *parent, uint32 nplaces)
{
	PfxAnchor  *anchor;
	Size		size = anchor_size(nplaces);

	while (anchor_bytes + size > PFX_MAX_ANCHOR_BYTES && !dlist_is_empty(&anchors))
		free_anchor(dlist_head_element(PfxAnchor, node, &anchors));
	if (parent->nanchors == PFX_MAX_ANCHORS)
		free_anchor(parent->anchors[PFX_MAX_ANCHORS - 1]);
	anchor = MemoryContextAllocZero(pfx_patterns_context, size);
	anchor->parent = parent;
	anchor->nplaces = nplaces;
	anchor->places = (PfxPlace *) (anchor + 1);
	anchor_bytes += size;
	dlist_push_tail(&anchors, &anchor->node);
	memmove(&parent->anchors[1], &parent->anchors[0], parent->nanchors * sizeof(PfxAnchor *));
	parent->anchors[0] = anchor;
	parent->nanchors++;
	return anchor;
}

/* The statement's place among the stream's parents; the one unused the longest goes */
static PfxParent *
parent_of(PfxStream *stream, PfxKnown *known)
{
	PfxParent  *free_one = NULL;

	if (stream->parents == NULL)
		stream->parents = MemoryContextAllocZero(pfx_patterns_context,
												 sizeof(PfxParent) * PFX_MAX_PARENTS);
	for (int i = 0; i < PFX_MAX_PARENTS; i++)
	{
		PfxParent  *parent = &stream->parents[i];

		if (parent->known == known)
		{
			parent->used = stream->seq;
			return parent;
		}
		if (free_one == NULL || parent->known == NULL ||
			(free_one->known != NULL && parent->used < free_one->used))
			free_one = parent;
	}
	while (free_one->nanchors > 0)
		free_anchor(free_one->anchors[0]);
	free_one->known = known;
	free_one->used = stream->seq;
	return free_one;
}

PfxPlace *
pfx_anchor_find(const PfxAnchor *anchor, uint32 hash)
{
	uint32		mask = anchor->nplaces - 1;

	if (anchor->nplaces == 0 || hash == 0)
		return NULL;
	for (uint32 i = hash & mask;; i = (i + 1) & mask)
	{
		PfxPlace   *place = &anchor->places[i];

		if (place->hash == hash)
			return place;
		if (place->hash == 0)
			return NULL;
	}
}

static void
add_value(PfxAnchor *anchor, uint32 hash, uint32 row, int column)
{
	uint32		mask = anchor->nplaces - 1;
	uint32		i = hash & mask;
	PfxPlace   *place = &anchor->places[i];

	while (place->hash != 0 && place->hash != hash)
	{
		i = (i + 1) & mask;
		place = &anchor->places[i];
	}
	if (place->hash == 0)
	{
		place->hash = hash;
		place->first_row = row;
	}
	if ((place->columns & (1 << column)) == 0)
	{
		place->columns |= 1 << column;
		anchor->distinct[column]++;
	}
}

/* before: the part of the same execution that came before it; NULL: this is the first */
static void
add_values(PfxAnchor *anchor, const PfxValuesEvent *event, const PfxAnchor *before)
{
	const uint32 *hash = event->hashes;
	uint32		first = before != NULL ? before->nrows : 0;

	for (uint32 row = 0; row < event->nrows; row++)
		for (int column = 0; column < event->ncolumns; column++, hash++)
			if (*hash != 0 && column < PFX_VALUES_COLUMNS)
				add_value(anchor, *hash, first + row, column);
	anchor->ncolumns = event->ncolumns;
	anchor->nrows = first + event->nrows;
	anchor->rows = anchor->nrows;
	anchor->serial = before != NULL ? before->serial : ++serial;
}

static PfxStmtKey
key_in(const PfxStream *stream, uint64 queryid)
{
	PfxStmtKey	key;

	memset(&key, 0, sizeof(key));
	key.userid = stream->userid;
	key.dbid = stream->dbid;
	key.queryid = queryid;
	key.toplevel = 1;
	return key;
}

/*
 * What is known of a statement that a stream's event is about, and the stream;
 * NULL: the stream is not known, or was just forgotten with all the others.
 */
PfxKnown *
pfx_told_of(uint64 id, uint64 queryid, PfxStream **stream)
{
	PfxKnown   *known;
	PfxStmtKey	key;

	*stream = pfx_stream_find(id);
	if (*stream == NULL)
		return NULL;
	key = key_in(*stream, queryid);
	known = pfx_known_find(&key);
	*stream = pfx_stream_find(id);
	return *stream != NULL ? known : NULL;
}

/* Values that a statement returned, in one or more parts */
void
pfx_values_told(const PfxValuesEvent *event)
{
	PfxStream  *stream = pfx_stream_find(event->stream);
	PfxStmtKey	key;
	PfxKnown   *known;
	PfxAnchor  *anchor;
	PfxParent  *parent;
	PfxAnchor  *before = NULL;
	uint32		nvalues;

	if (stream == NULL || event->nrows == 0 || event->ncolumns == 0)
		return;
	key = key_in(stream, event->queryid);
	known = pfx_known_find(&key);
	stream = pfx_stream_find(event->stream);
	if (stream == NULL)
		return;					/* forgotten with all the others */
	nvalues = event->nrows * event->ncolumns;
	parent = parent_of(stream, known);
	anchor = new_anchor(parent, pg_nextpower2_32(Max(nvalues * 2, 8)));
	for (int i = 1; before == NULL && i < parent->nanchors; i++)
		if (parent->anchors[i]->started == event->started &&
			parent->anchors[i]->backend == event->backend)
			before = parent->anchors[i];
	anchor->started = event->started;
	anchor->at = event->at;
	anchor->backend = event->backend;
	parent->blind = false;
	add_values(anchor, event, before);
}

/* Rows that came until now drive nothing */
void
pfx_stream_forget_rows(PfxStream *stream)
{
	for (int i = 0; stream->parents != NULL && i < PFX_MAX_PARENTS; i++)
		while (stream->parents[i].nanchors > 0)
			free_anchor(stream->parents[i].anchors[0]);
	stream->multi.queryid = 0;
}

/* The end of a statement that returned rows: its anchor, if any, learns the rest */
void
pfx_rows_told(PfxStream *stream, PfxKnown *known, const PfxEvent *event)
{
	PfxAnchor  *anchor = NULL;

	for (int i = 0; stream->parents != NULL && i < PFX_MAX_PARENTS; i++)
	{
		PfxParent  *parent = &stream->parents[i];

		if (parent->known != known)
			continue;
		for (int j = parent->nanchors - 1; j >= 0; j--)
			if (parent->anchors[j]->started == event->started &&
				parent->anchors[j]->backend == event->backend)
			{
				/* all parts of it */
				anchor = parent->anchors[j];
				anchor->rows = event->rows;
				memcpy(anchor->own_keys, event->keys, sizeof(anchor->own_keys));
				if (event->head.flags & (PFX_EV_CATALOG | PFX_EV_QUEUE))
					free_anchor(anchor);
			}
		if (anchor == NULL && event->rows > 0)
		{
			parent->blind = true;
			parent->blind_at = event->started;
		}
	}
	if (event->rows >= 2 && (event->head.flags & (PFX_EV_CATALOG | PFX_EV_QUEUE)) == 0)
	{
		stream->multi = known->key;
		stream->multi_family = known->family;
		stream->multi_rows = event->rows;
		stream->multi_backend = event->backend;
		stream->multi_seq = stream->seq;
		stream->multi_known = anchor != NULL && anchor->nrows >= Min(event->rows, 100);
	}
}

/* ---- streams ---- */

static void
drop_stream(PfxStream *stream)
{
	uint64		id = stream->id;

	pfx_stream_forget_rows(stream);
	if (stream->parents != NULL)
		pfree(stream->parents);
	pfx_runs_drop(stream, DT_NOEND);
	pfree(stream->application);
	pfree(stream->tags);
	dlist_delete(&stream->node);
	pfx_nstreams--;
	hash_search(stream_table, &id, HASH_REMOVE, NULL);
}

PfxStream *
pfx_stream_find(uint64 id)
{
	PfxStream  *stream = hash_search(stream_table, &id, HASH_FIND, NULL);

	if (stream != NULL)
		dlist_move_tail(&pfx_streams, &stream->node);
	return stream;
}

/* A stream that is new, or told again: nothing but its description changes */
void
pfx_stream_told(const PfxStreamEvent *event)
{
	bool		found;
	PfxStream  *stream;
	char	   *tags;

	/* judged before it goes: what it had is not lost */
	while (pfx_nstreams >= PFX_MAX_STREAMS)
	{
		PfxStream  *oldest = dlist_head_element(PfxStream, node, &pfx_streams);

		pfx_judge_stream(oldest);
		drop_stream(oldest);
	}
	stream = hash_search(stream_table, &event->stream, HASH_ENTER, &found);
	if (found)
	{
		pfree(stream->application);
		pfree(stream->tags);
		dlist_move_tail(&pfx_streams, &stream->node);
	}
	else
	{
		memset(stream, 0, sizeof(*stream));
		stream->id = event->stream;
		dlist_push_tail(&pfx_streams, &stream->node);
		pfx_nstreams++;
	}
	stream->userid = event->userid;
	stream->dbid = event->dbid;
	stream->encoding = event->encoding;
	stream->application = MemoryContextAllocZero(pfx_patterns_context, event->application_len + 1);
	memcpy(stream->application, event->texts, event->application_len);
	tags = MemoryContextAllocZero(pfx_patterns_context, event->tags_len + 1);
	memcpy(tags, event->texts + event->application_len, event->tags_len);
	stream->tags = tags;
	stream->tags_len = event->tags_len;
	stream->place = event->tags_len == 0 ? 0 :
		hash_bytes_extended((const unsigned char *) tags, event->tags_len, 0);
}
