/*-------------------------------------------------------------------------
 *
 * stream.c
 *	  Whose statements these are: one hash for all that belong together, whatever
 *	  backend runs them.
 *
 * Separate because pools and poolers spread one request over many backends, so
 * that neither a backend nor a transaction says what belongs together.  The
 * first that applies:
 *
 *	1. a trace or request identifier in a tag: traceparent (its trace, not its
 *	   span), trace_id, request_id, request-id, x_request_id, x-request-id;
 *	2. the tags that name a place in the application, with 3;
 *	3. role, database, application_name and the client's address without its port.
 *
 * Tags that name a place are all but those whose values differ between requests
 * or between statements of one: identifiers (keys that end in _id or -id, uuid),
 * tracestate, pid, thread, line, source_location, file_line, prismaQuery and times.
 *
 * Computed again only when something of it changed.  Touches static memory only.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include "common/hashfn.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "storage/proc.h"
#include "utils/backend_status.h"
#include "utils/guc.h"

#include "capture/stream.h"
#include "capture/tags.h"
#include "hot.h"
#include "store/events.h"

#define TRACE_DIGITS 32

/* What the current stream was made of */
static uint64 stream PFX_HOT = 0;
static uint16 stream_flags PFX_HOT = 0;
static Oid	stream_user PFX_HOT = InvalidOid;
static Oid	stream_database PFX_HOT = InvalidOid;
static uint64 stream_tags PFX_HOT = 0;	/* hash of the tags, 0: none */
static uint32 stream_told PFX_HOT = 0;	/* epoch in which it was told */
static char stream_application[NAMEDATALEN] PFX_HOT;
LocalTransactionId pfx_stream_unsure PFX_HOT = InvalidLocalTransactionId;

/* Streams that were told lately */
static struct
{
	uint64		stream;
	uint32		epoch;
}			told[16];
static int	told_next = 0;

static uint64
hash_text(const char *text, int len, uint64 seed)
{
	return hash_bytes_extended((const unsigned char *) text, len, seed);
}

static bool
is_key(const PfxTag *tag, const char *key)
{
	return pg_strcasecmp(tag->key, key) == 0;
}

static bool
is_key_of(const PfxTag *tag, const char *const *keys)
{
	for (; *keys != NULL; keys++)
		if (is_key(tag, *keys))
			return true;
	return false;
}

/* Is it the identifier of one request?  Then *value is that */
static bool
names_request(const PfxTag *tag, const char **value, int *len)
{
	static const char *const keys[] = {
		"trace_id", "request_id", "request-id", "x_request_id", "x-request-id", NULL
	};

	*value = tag->value;
	*len = tag->valuelen;
	if (is_key(tag, "traceparent"))
	{
		/* version-trace-span-flags */
		if (tag->valuelen < 3 + TRACE_DIGITS || tag->value[2] != '-')
			return false;
		*value += 3;
		*len = TRACE_DIGITS;
		return true;
	}
	return tag->valuelen > 0 && is_key_of(tag, keys);
}

/* Does its value differ between requests, or between statements of one? */
static bool
varies(const PfxTag *tag)
{
	static const char *const keys[] = {
		"traceparent", "tracestate", "requestid", "traceid", "spanid", "uuid", "pid", "thread",
		"line", "source_location", "file_line", "prismaquery", "time", "timestamp", "ts",
		"perfext", NULL
	};
	int			len = tag->keylen;

	if (len > 3 && (tag->key[len - 3] == '_' || tag->key[len - 3] == '-') &&
		pg_strcasecmp(tag->key + len - 2, "id") == 0)
		return true;
	return is_key_of(tag, keys);
}

static bool
silences(const PfxTag *tag)
{
	return is_key(tag, "perfext") && tag->valuelen == 2 && memcmp(tag->value, "ok", 2) == 0;
}

bool
pfx_stream_silenced(const char *tags, int len)
{
	const char *cursor = tags;
	PfxTag		tag;

	while (pfx_tags_next(&cursor, tags + len, &tag))
		if (silences(&tag))
			return true;
	return false;
}

/* Address of the client without its port; 0 for a local socket */
static uint64
client_hash(void)
{
	const struct sockaddr *addr;

	if (MyBEEntry == NULL)
		return 0;
	addr = (const struct sockaddr *) &MyBEEntry->st_clientaddr.addr;
	if (addr->sa_family == AF_INET)
		return hash_text((const char *) &((const struct sockaddr_in *) addr)->sin_addr,
						 sizeof(struct in_addr), AF_INET);
	if (addr->sa_family == AF_INET6)
		return hash_text((const char *) &((const struct sockaddr_in6 *) addr)->sin6_addr,
						 sizeof(struct in6_addr), AF_INET6);
	return 0;
}

static void
compute(const PfxStmtKey *key, const char *tags, int len)
{
	const char *cursor = tags;
	uint64		owner = (uint64) key->userid << 32 | key->dbid;
	uint64		trace = 0;
	uint64		place = 0;
	PfxTag		tag;

	stream_flags = 0;
	while (pfx_tags_next(&cursor, tags + len, &tag))
	{
		const char *value;
		int			valuelen;

		if (silences(&tag))
			stream_flags |= PFX_EV_SILENCED;
		if (trace == 0 && names_request(&tag, &value, &valuelen))
			trace = hash_text(value, valuelen, owner);
		else if (!varies(&tag))
			/* in any order: formats sort them differently */
			place += hash_text(tag.key, tag.keylen, hash_text(tag.value, tag.valuelen, 1));
	}
	if (trace != 0)
	{
		stream_flags |= PFX_EV_TRACED;
		stream = trace;
	}
	else
	{
		stream = hash_text(stream_application, strlen(stream_application),
						   owner ^ client_hash());
		stream = hash_combine64(stream, place);
	}
	if (stream == 0)
		stream = 1;
}

static void
send_stream(const char *tags, int len)
{
	Size		application_len = strlen(stream_application);
	Size		tags_len = 0;
	const char *cursor = tags;
	PfxStreamEvent *event;
	PfxTag		tag;
	char		kept[PFX_TAGS_SIZE];

	while (pfx_tags_next(&cursor, tags + len, &tag))
	{
		Size		size = tag.end - tag.start;

		if (varies(&tag) || tags_len + size + 1 > sizeof(kept))
			continue;
		if (tags_len > 0)
			kept[tags_len++] = ',';
		memcpy(kept + tags_len, tag.start, size);
		tags_len += size;
	}
	event = pfx_event_begin(offsetof(PfxStreamEvent, texts) + application_len + tags_len);
	if (event == NULL)
		return;
	event->stream = stream;
	event->userid = stream_user;
	event->dbid = stream_database;
	event->application_len = application_len;
	event->tags_len = tags_len;
	event->encoding = GetDatabaseEncoding();
	memcpy(event->texts, stream_application, application_len);
	memcpy(event->texts + application_len, kept, tags_len);
	pfx_event_end(event, PFX_EVENT_STREAM, stream_flags & PFX_EV_TRACED);
}

static pg_noinline void
tell(const char *tags, int len, uint32 epoch)
{
	stream_told = epoch;
	for (int i = 0; i < lengthof(told); i++)
		if (told[i].stream == stream && told[i].epoch == epoch)
			return;
	told[told_next].stream = stream;
	told[told_next].epoch = epoch;
	send_stream(tags, len);
	told_next = (told_next + 1) % lengthof(told);
}

void
pfx_stream_set(void)
{
	pfx_stream_unsure = PFX_MY_LXID;
}

bool
pfx_stream_lasts(const PfxStmtKey *key)
{
	if (pfx_stream_unsure != PFX_MY_LXID)
		pfx_stream_unsure = InvalidLocalTransactionId;
	return stream_tags == 0 && key->userid == stream_user && key->dbid == stream_database &&
		strcmp(application_name != NULL ? application_name : "", stream_application) == 0;
}

uint64
pfx_stream_of(const PfxStmtKey *key, const char *tags, int len, uint32 epoch, uint16 *flags)
{
	uint64		hash = len > 0 ? hash_text(tags, len, 0) : 0;
	const char *application = application_name != NULL ? application_name : "";

	if (unlikely(stream == 0 || hash != stream_tags || key->userid != stream_user ||
				 key->dbid != stream_database || strcmp(application, stream_application) != 0))
	{
		stream_tags = hash;
		stream_user = key->userid;
		stream_database = key->dbid;
		strlcpy(stream_application, application, sizeof(stream_application));
		compute(key, tags, len);
		stream_told = 0;
	}
	if (unlikely(stream_told != epoch))
		tell(tags, len, epoch);
	*flags |= stream_flags;
	return stream;
}
