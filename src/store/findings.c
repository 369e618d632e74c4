/*-------------------------------------------------------------------------
 *
 * findings.c
 *	  The region of the patterns that were found.
 *
 * Separate from the detector, which judges: this keeps, saves, evicts and
 * forgets.  One lock for all; it is written a few times a second by one
 * process.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "port/atomics.h"
#include "storage/lwlock.h"

#include "store/findings.h"
#include "store/region.h"

typedef struct PfxSharedFindings
{
	LWLock		lock;			/* protects all that follows */
	int32		max;
	int32		n;				/* slots in use are the first n */
	int64		evicted;
	int64		streams;
	int64		memory_bytes;
	PfxFinding	slots[FLEXIBLE_ARRAY_MEMBER];
} PfxSharedFindings;

static PfxSharedFindings *findings = NULL;

static Size
findings_size(Size arena_size)
{
	return arena_size / 40;
}

static void
findings_attach(void *at, Size size, bool fresh, int tranche)
{
	findings = at;
	if (!fresh)
		return;
	LWLockInitialize(&findings->lock, tranche);
	findings->max = (size - offsetof(PfxSharedFindings, slots)) / sizeof(PfxFinding);
}

static Size
findings_used(void)
{
	return findings->n * sizeof(PfxFinding);
}

static Size
findings_save(char **data, bool locked)
{
	Size		size;

	if (locked)
		LWLockAcquire(&findings->lock, LW_SHARED);
	size = findings->n * sizeof(PfxFinding);
	*data = palloc(size + 1);
	memcpy(*data, findings->slots, size);
	if (locked)
		LWLockRelease(&findings->lock);
	return size;
}

static void
findings_load(const char *data, Size len)
{
	if (len % sizeof(PfxFinding) != 0)
		return;
	findings->n = Min(len / sizeof(PfxFinding), (Size) findings->max);
	memcpy(findings->slots, data, findings->n * sizeof(PfxFinding));
}

static bool
has_member(const PfxFinding *finding, uint64 queryid)
{
	for (int i = 0; i < finding->nmembers; i++)
		if (finding->members[i].queryid == queryid)
			return true;
	return false;
}

static void
findings_reset(Oid userid, Oid dbid, uint64 queryid)
{
	int			kept = 0;

	LWLockAcquire(&findings->lock, LW_EXCLUSIVE);
	for (int i = 0; i < findings->n; i++)
	{
		PfxFinding *finding = &findings->slots[i];

		if ((userid == 0 || finding->userid == userid) &&
			(dbid == 0 || finding->dbid == dbid) &&
			(queryid == 0 || finding->parent_queryid == queryid || has_member(finding, queryid)))
			continue;
		if (kept != i)
			findings->slots[kept] = *finding;
		kept++;
	}
	findings->n = kept;
	LWLockRelease(&findings->lock);
	pfx_region_changed();
}

const PfxRegion pfx_findings_region = {
	.name = "n_plus_one",
	.version = 1,
	.size = findings_size,
	.attach = findings_attach,
	.used = findings_used,
	.save = findings_save,
	.load = findings_load,
	.reset = findings_reset,
};

/* A slot for a new finding; the one that was seen the longest ago makes room */
static PfxFinding *
new_slot(void)
{
	PfxFinding *oldest;

	if (findings->max == 0)
		return NULL;
	if (findings->n < findings->max)
		return &findings->slots[findings->n++];
	oldest = &findings->slots[0];
	for (int i = 1; i < findings->n; i++)
		if (findings->slots[i].last_seen < oldest->last_seen)
			oldest = &findings->slots[i];
	findings->evicted++;
	return oldest;
}

PfxFinding *
pfx_finding_lock(uint64 id, bool *made)
{
	PfxFinding *finding = NULL;

	LWLockAcquire(&findings->lock, LW_EXCLUSIVE);
	for (int i = 0; i < findings->n && finding == NULL; i++)
		if (findings->slots[i].id == id)
			finding = &findings->slots[i];
	*made = finding == NULL;
	if (finding == NULL)
	{
		finding = new_slot();
		if (finding == NULL)
		{
			LWLockRelease(&findings->lock);
			return NULL;
		}
		memset(finding, 0, sizeof(*finding));
		finding->id = id;
	}
	return finding;
}

PfxFinding *
pfx_finding_search(PfxFindingMatch match, void *arg)
{
	LWLockAcquire(&findings->lock, LW_EXCLUSIVE);
	for (int i = 0; i < findings->n; i++)
		if (match(&findings->slots[i], arg))
			return &findings->slots[i];
	LWLockRelease(&findings->lock);
	return NULL;
}

void
pfx_finding_remove(PfxFinding *finding)
{
	Assert(LWLockHeldByMeInMode(&findings->lock, LW_EXCLUSIVE));
	findings->n--;
	if (finding != &findings->slots[findings->n])
		*finding = findings->slots[findings->n];
}

void
pfx_finding_unlock(void)
{
	Assert(LWLockHeldByMeInMode(&findings->lock, LW_EXCLUSIVE));
	LWLockRelease(&findings->lock);
	pfx_region_changed();
}

PfxFinding *
pfx_findings_copy(int *n)
{
	PfxFinding *copy;

	LWLockAcquire(&findings->lock, LW_SHARED);
	*n = findings->n;
	LWLockRelease(&findings->lock);
	copy = palloc(Max(*n, 1) * sizeof(PfxFinding));
	LWLockAcquire(&findings->lock, LW_SHARED);
	*n = Min(*n, findings->n);
	memcpy(copy, findings->slots, *n * sizeof(PfxFinding));
	LWLockRelease(&findings->lock);
	return copy;
}

void
pfx_findings_info(PfxFindingsInfo *info)
{
	LWLockAcquire(&findings->lock, LW_SHARED);
	info->findings = findings->n;
	info->max_findings = findings->max;
	info->evicted = findings->evicted;
	info->streams = findings->streams;
	info->memory_bytes = findings->memory_bytes;
	LWLockRelease(&findings->lock);
}

/* The detector tells how much it holds itself */
void
pfx_findings_report(int64 streams, int64 memory_bytes)
{
	LWLockAcquire(&findings->lock, LW_EXCLUSIVE);
	findings->streams = streams;
	findings->memory_bytes = memory_bytes;
	LWLockRelease(&findings->lock);
}
