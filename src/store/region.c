/*-------------------------------------------------------------------------
 *
 * region.c
 *	  The table of the arena's regions, and what is done with all of them.
 *
 * Separate from the regions, so that adding one is one file and one line here.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "lib/stringinfo.h"

#include "store/arena.h"
#include "store/jobregion.h"
#include "store/region.h"

static const PfxRegion *const regions[] = {
	&pfx_events_region,
	&pfx_findings_region,
	&pfx_jobs_region,
	&pfx_loads_region,
	&pfx_progress_region,
	NULL
};

int
pfx_regions_count(void)
{
	return lengthof(regions) - 1;
}

const PfxRegion *
pfx_region(int i)
{
	return regions[i];
}

static Size
region_size(const PfxRegion *region, Size arena_size)
{
	return CACHELINEALIGN(region->size(arena_size));
}

Size
pfx_regions_size(Size arena_size)
{
	Size		sum = 0;

	for (int i = 0; regions[i] != NULL; i++)
		sum += region_size(regions[i], arena_size);
	return sum;
}

void
pfx_regions_attach(char *at, Size arena_size, bool fresh, int tranche)
{
	for (int i = 0; regions[i] != NULL; i++)
	{
		Size		size = region_size(regions[i], arena_size);

		regions[i]->attach(at, size, fresh, tranche);
		at += size;
	}
}

Size
pfx_regions_used(void)
{
	Size		sum = 0;

	for (int i = 0; regions[i] != NULL; i++)
		sum += regions[i]->used();
	return sum;
}

void
pfx_regions_reset(Oid userid, Oid dbid, uint64 queryid)
{
	for (int i = 0; regions[i] != NULL; i++)
		if (regions[i]->reset != NULL)
			regions[i]->reset(userid, dbid, queryid);
}

/* Forgets all of the region of this name; false: there is none that can */
bool
pfx_region_reset(const char *name)
{
	for (int i = 0; regions[i] != NULL; i++)
		if (strcmp(regions[i]->name, name) == 0 && regions[i]->reset != NULL)
		{
			regions[i]->reset(InvalidOid, InvalidOid, 0);
			return true;
		}
	return false;
}

/* The names that pfx_region_reset() knows, each in quotes after a comma; palloc'd */
char *
pfx_region_names(void)
{
	StringInfoData names;

	initStringInfo(&names);
	for (int i = 0; regions[i] != NULL; i++)
		if (regions[i]->reset != NULL)
			appendStringInfo(&names, ", \"%s\"", regions[i]->name);
	return names.data;
}

/* Like a statement that was recorded, it makes the next save write a file */
void
pfx_region_changed(void)
{
	if (!pfx_partition(0)->dirty)
		pfx_partition(0)->dirty = true;
}
