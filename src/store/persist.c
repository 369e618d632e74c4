/*-------------------------------------------------------------------------
 *
 * persist.c
 *	  Saves the arena's content to a file and loads it at start.
 *
 * Separate from the kinds, whose plain structs it writes as they are: the file
 * belongs to one version of perfext, one major version of the server and one
 * cluster, and says so in its header.  Anything else is moved aside with a
 * WARNING, never used and never in the way of the server's start.
 *
 * The file is written under another name, flushed to disk and renamed, so that
 * there is always one whole file.  It lives in pg_stat beside the server's own
 * statistics: a base backup carries it along (the copy continues with the
 * original's numbers), pg_upgrade does not.
 *
 * Layout: header; then per statement a PfxFileStatement followed by its text,
 * tags, histogram octaves and plans; each plan a PfxFilePlan followed by its
 * JSON, octaves and nodes; then per region a PfxFileRegion followed by what it
 * saves.  The checksum covers all that follows the header.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <sys/stat.h>
#include <unistd.h>

#include "access/xlog.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "port/pg_crc32c.h"
#include "storage/fd.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "clock.h"
#include "store/arena.h"
#include "store/region.h"

#define PFX_FILE PGSTAT_STAT_PERMANENT_DIRECTORY "/perfext.stat"
#define PFX_FILE_TMP PFX_FILE ".tmp"
#define PFX_FILE_BAD PFX_FILE ".bad"

#define PFX_FILE_MAGIC UINT64CONST(0x3154584652455050)	/* "PPERFXT1" */

/* To be raised whenever a struct in the file changes */
#define PFX_FILE_VERSION 6

typedef struct PfxFileHeader
{
	uint64		magic;
	uint32		version;
	uint32		server_version; /* major */
	uint64		system_identifier;
	uint32		statement_size; /* of the structs, in case a version is forgotten */
	uint32		plan_size;
	uint32		node_size;
	uint32		nstatements;
	uint32		nregions;
	uint32		pad;
	uint64		length;			/* of what follows */
	TimestampTz saved_at;
	TimestampTz stats_reset;
	uint64		evicted_statements;
	uint64		evicted_plans;
	uint64		dropped;
	uint64		dropped_samples;
	uint64		pending;
	uint64		records;
	uint64		exec_time;
	uint64		overhead_time;
	pg_crc32c	crc;
	uint32		pad2;
} PfxFileHeader;

typedef struct PfxFileStatement
{
	PfxStmtKey	key;
	PfxStatementStats stats;
	uint32		text_len;		/* 0: none */
	uint32		tags_len;
	uint32		proof_len;
	uint32		applied_len;
	uint32		check_proofs_len;
	uint32		applied_checks_len;
	uint32		noctaves;
	uint32		nplans;
	uint32		weight;
	int32		encoding;
} PfxFileStatement;

typedef struct PfxFilePlan
{
	uint64		planid;
	uint64		fingerprint;
	PfxPlanStats stats;
	uint32		json_len;		/* 0: none */
	uint32		noctaves;
	uint32		nnodes;
	uint32		pad;
} PfxFilePlan;

typedef struct PfxFileOctave
{
	uint32		octave;
	uint32		count[PFX_HIST_PARTS];
} PfxFileOctave;

typedef struct PfxFileRegion
{
	char		name[NAMEDATALEN];
	uint64		len;
	uint32		version;
	uint32		pad;
} PfxFileRegion;

/* ---- writing ---- */

typedef struct PfxWriter
{
	FILE	   *file;
	pg_crc32c	crc;
	uint64		length;
	uint32		nstatements;
	bool		failed;
} PfxWriter;

static void
put(PfxWriter *writer, const void *data, Size len)
{
	if (len == 0 || writer->failed)
		return;
	COMP_CRC32C(writer->crc, data, len);
	writer->length += len;
	if (fwrite(data, 1, len, writer->file) != len)
		writer->failed = true;
}

static uint32
count_octaves(const PfxHistogram *hist, uint64 *used)
{
	uint32		n = 0;

	*used = 0;
	for (int o = 0; o < PFX_HIST_OCTAVES; o++)
		for (int i = 0; i < PFX_HIST_PARTS; i++)
			if (hist->count[o][i] != 0)
			{
				*used |= UINT64CONST(1) << o;
				n++;
				break;
			}
	return n;
}

static void
put_octaves(PfxWriter *writer, const PfxHistogram *hist, uint64 used)
{
	for (int o = 0; o < PFX_HIST_OCTAVES; o++)
	{
		PfxFileOctave octave;

		if ((used & (UINT64CONST(1) << o)) == 0)
			continue;
		octave.octave = o;
		memcpy(octave.count, hist->count[o], sizeof(octave.count));
		put(writer, &octave, sizeof(octave));
	}
}

static void
put_plan(PfxWriter *writer, const PfxPlanCopy *copy)
{
	PfxFilePlan plan;
	uint64		used;

	memset(&plan, 0, sizeof(plan));
	plan.planid = copy->planid;
	plan.fingerprint = copy->fingerprint;
	plan.stats = copy->stats;
	plan.json_len = copy->json != NULL ? strlen(copy->json) : 0;
	plan.noctaves = count_octaves(copy->hist, &used);
	plan.nnodes = copy->nnodes;
	put(writer, &plan, sizeof(plan));
	put(writer, copy->json, plan.json_len);
	put_octaves(writer, copy->hist, used);
	put(writer, copy->nodes, sizeof(PfxNodeStats) * copy->nnodes);
}

static uint32
text_length(const char *text)
{
	return text != NULL ? strlen(text) : 0;
}

static void
put_statement(const PfxStatementCopy *copy, void *arg)
{
	PfxWriter  *writer = (PfxWriter *) arg;
	PfxFileStatement stmt;
	uint64		used;

	memset(&stmt, 0, sizeof(stmt));
	stmt.key = copy->key;
	stmt.stats = copy->stats;
	stmt.text_len = text_length(copy->query);
	stmt.tags_len = copy->tags_len;
	stmt.proof_len = text_length(copy->proof);
	stmt.applied_len = text_length(copy->applied);
	stmt.check_proofs_len = text_length(copy->check_proofs);
	stmt.applied_checks_len = text_length(copy->applied_checks);
	stmt.noctaves = count_octaves(copy->hist, &used);
	stmt.nplans = copy->nplans;
	stmt.encoding = copy->encoding;
	stmt.weight = (uint32) Min(copy->stats.exec.count, 1000000);
	put(writer, &stmt, sizeof(stmt));
	put(writer, copy->query, stmt.text_len);
	put(writer, copy->tags, stmt.tags_len);
	put(writer, copy->proof, stmt.proof_len);
	put(writer, copy->applied, stmt.applied_len);
	put(writer, copy->check_proofs, stmt.check_proofs_len);
	put(writer, copy->applied_checks, stmt.applied_checks_len);
	put_octaves(writer, copy->hist, used);
	for (int i = 0; i < copy->nplans; i++)
		put_plan(writer, &copy->plans[i]);
	writer->nstatements++;
}

/* The postmaster, alone at its end, reads without locks (it can take none) */
static void
put_all_unlocked(PfxWriter *writer, int what)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "perfext saving",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);

	for (int p = 0; p < pfx_arena->npartitions; p++)
		for (uint32 i = 1; i <= pfx_arena->nslots[PFX_KIND_STATEMENT]; i++)
		{
			PfxSharedStatement *stmt = pfx_slot(p, PFX_KIND_STATEMENT, i);

			if (!PFX_SLOT_IN_USE(&stmt->slot))
				continue;
			put_statement(pfx_statement_copy(p, stmt, what, false), writer);
			MemoryContextReset(context);
		}
	MemoryContextSwitchTo(old);
	MemoryContextDelete(context);
}

static void
put_regions(PfxWriter *writer, bool locked)
{
	for (int i = 0; i < pfx_regions_count(); i++)
	{
		const PfxRegion *region = pfx_region(i);
		PfxFileRegion head;
		char	   *data = NULL;

		memset(&head, 0, sizeof(head));
		strlcpy(head.name, region->name, sizeof(head.name));
		head.version = region->version;
		head.len = region->save != NULL ? region->save(&data, locked) : 0;
		put(writer, &head, sizeof(head));
		put(writer, data, head.len);
		if (data != NULL)
			pfree(data);
	}
}

static void
fill_header(PfxFileHeader *header, const PfxWriter *writer)
{
	memset(header, 0, sizeof(*header));
	header->magic = PFX_FILE_MAGIC;
	header->version = PFX_FILE_VERSION;
	header->server_version = PG_MAJORVERSION_NUM;
	header->system_identifier = GetSystemIdentifier();
	header->statement_size = sizeof(PfxFileStatement);
	header->plan_size = sizeof(PfxFilePlan);
	header->node_size = sizeof(PfxNodeStats);
	header->nstatements = writer->nstatements;
	header->nregions = pfx_regions_count();
	header->length = writer->length;
	header->saved_at = GetCurrentTimestamp();
	header->stats_reset = (TimestampTz) pg_atomic_read_u64(&pfx_arena->stats_reset);
	header->evicted_statements = pg_atomic_read_u64(&pfx_arena->evicted_statements);
	header->evicted_plans = pg_atomic_read_u64(&pfx_arena->evicted_plans);
	header->dropped = pg_atomic_read_u64(&pfx_arena->dropped);
	header->dropped_samples = pg_atomic_read_u64(&pfx_arena->dropped_samples);
	header->pending = pg_atomic_read_u64(&pfx_arena->pending);
	header->records = pg_atomic_read_u64(&pfx_arena->records);
	header->exec_time = pg_atomic_read_u64(&pfx_arena->exec_time);
	header->overhead_time = pg_atomic_read_u64(&pfx_arena->overhead_time);
	header->crc = writer->crc;
}

static bool
take_dirty(void)
{
	bool		dirty = false;

	for (int p = 0; p < pfx_arena->npartitions; p++)
	{
		dirty |= pfx_partition(p)->dirty;
		pfx_partition(p)->dirty = false;
	}
	return dirty;
}

/*
 * Saves everything; with force even when nothing has changed since the last
 * time.  False, with a LOG message, when the file could not be written.
 */
bool
pfx_persist_save(bool locked, bool force)
{
	const int	what = PFX_COPY_TEXT | PFX_COPY_OWN_HIST | PFX_COPY_PLANS | PFX_COPY_NODES;
	uint64		start = pfx_ticks();
	PfxWriter	writer;
	PfxFileHeader header;

	/* cleared first: what changes while we read is saved next time at the latest */
	if (!take_dirty() && !force)
		return true;

	memset(&writer, 0, sizeof(writer));
	INIT_CRC32C(writer.crc);
	writer.file = AllocateFile(PFX_FILE_TMP, PG_BINARY_W);
	if (writer.file == NULL)
		goto error;

	/* the header is written again, filled, when everything else is known */
	memset(&header, 0, sizeof(header));
	if (fwrite(&header, sizeof(header), 1, writer.file) != 1)
		goto error;
	if (locked)
		pfx_statements_foreach(what, put_statement, &writer);
	else
		put_all_unlocked(&writer, what);
	put_regions(&writer, locked);
	FIN_CRC32C(writer.crc);
	fill_header(&header, &writer);
	if (writer.failed ||
		fseek(writer.file, 0, SEEK_SET) != 0 ||
		fwrite(&header, sizeof(header), 1, writer.file) != 1)
		goto error;
	if (FreeFile(writer.file) != 0)
	{
		writer.file = NULL;
		goto error;
	}
	writer.file = NULL;

	/* flushes the file, renames it, and flushes the folder */
	if (durable_rename(PFX_FILE_TMP, PFX_FILE, LOG) != 0)
		goto error;

	pg_atomic_write_u64(&pfx_arena->last_save, (uint64) header.saved_at);
	pg_atomic_write_u64(&pfx_arena->save_time, pfx_ticks_to_ns(pfx_ticks() - start));
	return true;

error:
	ereport(LOG,
			(errcode_for_file_access(),
			 errmsg("perfext could not write file \"%s\": %m", PFX_FILE_TMP)));
	if (writer.file != NULL)
		FreeFile(writer.file);
	unlink(PFX_FILE_TMP);
	pfx_partition(0)->dirty = true; /* try again next time */
	return false;
}

/* ---- loading: only in the postmaster, before there is any backend ---- */

typedef struct PfxReader
{
	const char *at;
	const char *end;
} PfxReader;

/* The next len bytes, or NULL when there are not that many */
static const void *
get(PfxReader *reader, Size len)
{
	const char *result = reader->at;

	if (len > (Size) (reader->end - reader->at))
		return NULL;
	reader->at += len;
	return result;
}

/* Octaves into chunks, or skipped when target is NULL.  False: damaged. */
static bool
get_octaves(PfxReader *reader, int p, uint32 noctaves, uint32 *target)
{
	for (uint32 i = 0; i < noctaves; i++)
	{
		PfxFileOctave octave;
		const void *data = get(reader, sizeof(octave));

		if (data == NULL)
			return false;
		memcpy(&octave, data, sizeof(octave));
		if (octave.octave >= PFX_HIST_OCTAVES)
			return false;
		if (target == NULL || target[octave.octave] != 0)
			continue;
		target[octave.octave] = pfx_chunks_alloc(p, PFX_CHUNK_DATA);
		if (target[octave.octave] != 0)
			memcpy(pfx_chunk_counts(p, target[octave.octave]), octave.count,
				   sizeof(octave.count));
	}
	return true;
}

static bool
get_plan(PfxReader *reader, int p, PfxSharedStatement *stmt)
{
	PfxFilePlan file;
	PfxSharedPlan *plan = NULL;
	const void *data = get(reader, sizeof(file));
	const char *json;
	const char *nodes;

	if (data == NULL)
		return false;
	memcpy(&file, data, sizeof(file));
	json = get(reader, file.json_len);
	if (json == NULL)
		return false;
	/* a smaller arena than before keeps what fits and evicts nothing for it */
	if (stmt != NULL && stmt->nplans < PFX_MAX_PLANS_PER_STATEMENT &&
		pfx_partition(p)->free_slot[PFX_KIND_PLAN] != 0 &&
		pfx_plan_lookup(stmt, file.planid) == NULL)
		plan = pfx_plan_create(stmt, file.planid);
	if (plan != NULL)
	{
		plan->stats = file.stats;
		plan->fingerprint = file.fingerprint;
	}
	if (!get_octaves(reader, p, file.noctaves, plan != NULL ? plan->hist : NULL))
		return false;
	nodes = get(reader, sizeof(PfxNodeStats) * (Size) file.nnodes);
	if (nodes == NULL)
		return false;
	if (plan != NULL && file.json_len > 0)
	{
		PfxNodeInfo *infos = palloc(sizeof(PfxNodeInfo) * Max(file.nnodes, 1));
		PfxNodeStats stats;

		for (uint32 i = 0; i < file.nnodes; i++)
		{
			memcpy(&stats, nodes + sizeof(stats) * i, sizeof(stats));
			infos[i] = stats.info;
		}
		if (pfx_arena->nslots[PFX_KIND_NODE] -
			pfx_partition(p)->used_slots[PFX_KIND_NODE] >= file.nnodes &&
			pfx_plan_set_nodes(stmt, plan, infos, file.nnodes))
		{
			uint32		index = plan->first_node;

			for (uint32 i = 0; i < file.nnodes; i++)
			{
				PfxSharedNode *node = pfx_slot(p, PFX_KIND_NODE, index);

				memcpy(&node->stats, nodes + sizeof(stats) * i, sizeof(stats));
				index = node->slot.next;
			}
			plan->text = pfx_text_intern(p, json, file.json_len);
		}
		pfree(infos);
	}
	return true;
}

static uint32
load_text(int p, const char *text, uint32 len)
{
	return len > 0 ? pfx_text_intern(p, text, len) : 0;
}

static bool
get_statement(PfxReader *reader)
{
	PfxFileStatement file;
	PfxSharedStatement *stmt = NULL;
	const void *data = get(reader, sizeof(file));
	const char *text;
	const char *tags;
	const char *proof;
	const char *applied;
	const char *check_proofs;
	const char *applied_checks;
	int			p;

	if (data == NULL)
		return false;
	memcpy(&file, data, sizeof(file));
	text = get(reader, file.text_len);
	tags = text != NULL ? get(reader, file.tags_len) : NULL;
	proof = tags != NULL ? get(reader, file.proof_len) : NULL;
	applied = proof != NULL ? get(reader, file.applied_len) : NULL;
	check_proofs = applied != NULL ? get(reader, file.check_proofs_len) : NULL;
	applied_checks = check_proofs != NULL ? get(reader, file.applied_checks_len) : NULL;
	if (applied_checks == NULL || file.tags_len > PFX_MAX_TAGS)
		return false;

	p = pfx_partition_of(file.key.queryid);
	if (pfx_partition(p)->free_slot[PFX_KIND_STATEMENT] != 0 &&
		pfx_statement_lookup(p, &file.key) == NULL)
		stmt = pfx_statement_create(p, &file.key);
	if (stmt != NULL)
	{
		stmt->stats = file.stats;
		stmt->encoding = file.encoding;
		stmt->weight = Max(file.weight, 1);
		stmt->text = load_text(p, text, file.text_len);
		stmt->proof = load_text(p, proof, file.proof_len);
		stmt->applied = load_text(p, applied, file.applied_len);
		stmt->check_proofs = load_text(p, check_proofs, file.check_proofs_len);
		stmt->applied_checks = load_text(p, applied_checks, file.applied_checks_len);
		if (file.tags_len > 0)
		{
			stmt->tags = pfx_chunks_alloc(p, file.tags_len);
			if (stmt->tags != 0)
			{
				pfx_chunks_write(p, stmt->tags, tags, file.tags_len);
				stmt->tags_len = file.tags_len;
			}
		}
	}
	if (!get_octaves(reader, p, file.noctaves, stmt != NULL ? stmt->hist : NULL))
		return false;
	for (uint32 i = 0; i < file.nplans; i++)
		if (!get_plan(reader, p, stmt))
			return false;
	return true;
}

/* A region is found by its name; what no longer exists is passed over */
static bool
get_region(PfxReader *reader)
{
	PfxFileRegion file;
	const void *data = get(reader, sizeof(file));

	if (data == NULL)
		return false;
	memcpy(&file, data, sizeof(file));
	data = get(reader, file.len);
	if (data == NULL)
		return false;
	for (int i = 0; i < pfx_regions_count(); i++)
	{
		const PfxRegion *region = pfx_region(i);

		if (strncmp(region->name, file.name, sizeof(file.name)) == 0 &&
			region->version == file.version && region->load != NULL && file.len > 0)
			region->load(data, file.len);
	}
	return true;
}

/* Reads the whole file; NULL with *why set when it cannot be used */
static char *
read_file(PfxFileHeader *header, const char **why)
{
	FILE	   *file = AllocateFile(PFX_FILE, PG_BINARY_R);
	struct stat st;
	char	   *content = NULL;
	pg_crc32c	crc;

	*why = NULL;
	if (file == NULL)
	{
		if (errno != ENOENT)
			*why = "it cannot be opened";
		return NULL;
	}
	if (fstat(fileno(file), &st) != 0 || fread(header, sizeof(*header), 1, file) != 1)
		*why = "it is shorter than its header";
	else if (header->magic != PFX_FILE_MAGIC)
		*why = "it is not a file of perfext";
	else if (header->version != PFX_FILE_VERSION ||
			 header->statement_size != sizeof(PfxFileStatement) ||
			 header->plan_size != sizeof(PfxFilePlan) ||
			 header->node_size != sizeof(PfxNodeStats))
		*why = "it is of another version of perfext";
	else if (header->server_version != PG_MAJORVERSION_NUM)
		*why = "it is of another major version of the server";
	else if (header->system_identifier != GetSystemIdentifier())
		*why = "it is of another database cluster";
	else if (header->length != (uint64) st.st_size - sizeof(*header))
		*why = "its length is not what its header says";
	else
	{
		content = palloc_extended(Max(header->length, 1), MCXT_ALLOC_HUGE | MCXT_ALLOC_NO_OOM);
		if (content == NULL)
			*why = "there is not enough memory to read it";
		else if (header->length > 0 &&
				 fread(content, 1, header->length, file) != header->length)
			*why = "it cannot be read to its end";
		else
		{
			INIT_CRC32C(crc);
			COMP_CRC32C(crc, content, header->length);
			FIN_CRC32C(crc);
			if (!EQ_CRC32C(crc, header->crc))
				*why = "its checksum is wrong";
		}
		if (*why != NULL && content != NULL)
		{
			pfree(content);
			content = NULL;
		}
	}
	FreeFile(file);
	return content;
}

void
pfx_persist_load(void)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "perfext loading",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	PfxFileHeader header;
	const char *why;
	char	   *content = read_file(&header, &why);

	if (content != NULL)
	{
		PfxReader	reader = {content, content + header.length};
		uint32		n = 0;
		uint32		nregions = 0;

		while (n < header.nstatements && get_statement(&reader))
			n++;
		while (n == header.nstatements && nregions < header.nregions && get_region(&reader))
			nregions++;
		if (n < header.nstatements || nregions < header.nregions)
			why = "its content is damaged";
		pg_atomic_write_u64(&pfx_arena->stats_reset, (uint64) header.stats_reset);
		pg_atomic_write_u64(&pfx_arena->evicted_statements, header.evicted_statements);
		pg_atomic_write_u64(&pfx_arena->evicted_plans, header.evicted_plans);
		pg_atomic_write_u64(&pfx_arena->dropped, header.dropped);
		pg_atomic_write_u64(&pfx_arena->dropped_samples, header.dropped_samples);
		pg_atomic_write_u64(&pfx_arena->pending, header.pending);
		pg_atomic_write_u64(&pfx_arena->records, header.records);
		pg_atomic_write_u64(&pfx_arena->exec_time, header.exec_time);
		pg_atomic_write_u64(&pfx_arena->overhead_time, header.overhead_time);
		pg_atomic_write_u64(&pfx_arena->last_save, (uint64) header.saved_at);
	}
	if (why != NULL)
	{
		ereport(WARNING,
				(errmsg("perfext does not use its saved statistics: %s", why),
				 errdetail("File \"%s\" is moved to \"%s\".", PFX_FILE, PFX_FILE_BAD),
				 errhint("Recording starts anew; the file moved aside can be deleted.")));
		if (rename(PFX_FILE, PFX_FILE_BAD) != 0)
			ereport(LOG,
					(errcode_for_file_access(),
					 errmsg("could not rename file \"%s\" to \"%s\": %m", PFX_FILE,
							PFX_FILE_BAD)));
	}
	MemoryContextSwitchTo(old);
	MemoryContextDelete(context);
}
