/*-------------------------------------------------------------------------
 *
 * loadtarget.c
 *	  The tables that loads of this backend fill, and what is known about them:
 *	  name, indexes, triggers.
 *
 * Separate from loads.c, which counts: this looks into the catalogs, once for
 * each table and again when the server says that it has changed.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "access/transam.h"
#include "catalog/namespace.h"
#include "catalog/partition.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/relcache.h"

#include "capture/loadtarget.h"
#include "capture/usage.h"

#define NSLOTS 32
#define PROBES 4

static PfxLoadSlot slots[NSLOTS];

/* A table has changed, or (InvalidOid) any may have */
static void
table_changed(Datum arg, Oid relid)
{
	for (int i = 0; i < NSLOTS; i++)
		if (!OidIsValid(relid) || slots[i].relid == relid)
			slots[i].known = false;
}

static void
register_callback(void)
{
	static bool registered = false;

	if (registered)
		return;
	registered = true;
	CacheRegisterRelcacheCallback(table_changed, (Datum) 0);
}

static uint32
trigger_flags(Relation rel)
{
	const TriggerDesc *desc = rel->trigdesc;
	uint32		flags = 0;

	if (desc == NULL)
		return 0;
	if (desc->trig_insert_before_row || desc->trig_insert_instead_row)
		flags |= PFX_TARGET_ROW_TRIGGER | PFX_TARGET_ROW_INSERT_TRIGGER;
	if (desc->trig_update_before_row || desc->trig_update_instead_row ||
		desc->trig_delete_before_row || desc->trig_delete_instead_row)
		flags |= PFX_TARGET_ROW_TRIGGER;
	for (int i = 0; i < desc->numtriggers; i++)
		if (!desc->triggers[i].tgisinternal)
			flags |= PFX_TARGET_TRIGGER;
	return flags;
}

static bool
learn(PfxLoadSlot *slot)
{
	PfxLoadKey *key = &slot->ref.key;
	PfxLoadTarget *target = &slot->target;
	Relation	rel = RelationIdGetRelation(slot->relid);
	Oid			top = slot->relid;
	Oid			schema;
	char	   *name;

	memset(key, 0, sizeof(*key));
	memset(target, 0, sizeof(*target));
	if (!RelationIsValid(rel))
		return false;
	if (rel->rd_rel->relispartition)
	{
		List	   *ancestors = get_partition_ancestors(slot->relid);

		if (ancestors != NIL)
			top = llast_oid(ancestors);
		list_free(ancestors);
	}
	target->relid = top;
	target->indexes = list_length(RelationGetIndexList(rel));
	target->foreign_keys = list_length(RelationGetFKeyList(rel));
	target->columns = RelationGetNumberOfAttributes(rel);
	target->flags = trigger_flags(rel);
	if (rel->rd_rel->relpersistence != RELPERSISTENCE_PERMANENT)
		target->flags |= PFX_TARGET_UNLOGGED;
	if (top != slot->relid || rel->rd_rel->relkind == RELKIND_PARTITIONED_TABLE)
		target->flags |= PFX_TARGET_PARTITIONED;
	schema = get_rel_namespace(top);
	RelationClose(rel);

	key->dbid = MyDatabaseId;
	key->operation = slot->operation;
	key->shape = slot->shape;
	name = get_rel_name(top);
	if (name == NULL)
		return false;
	strlcpy(NameStr(key->relname), name, NAMEDATALEN);
	pfree(name);
	name = isTempOrTempToastNamespace(schema) ? pstrdup("pg_temp") : get_namespace_name(schema);
	if (name == NULL)
		return false;
	strlcpy(NameStr(key->schemaname), name, NAMEDATALEN);
	pfree(name);
	return true;
}

/* Results of queries that read no table have no target */
static bool
learn_nothing(PfxLoadSlot *slot)
{
	memset(&slot->ref.key, 0, sizeof(slot->ref.key));
	memset(&slot->target, 0, sizeof(slot->target));
	slot->ref.key.dbid = MyDatabaseId;
	slot->ref.key.operation = slot->operation;
	slot->ref.key.shape = slot->shape;
	return true;
}

static bool
refresh(PfxLoadSlot *slot, bool locked)
{
	PfxMark		mark;

	/* before looking: whatever changes while we do makes it unknown again */
	register_callback();
	slot->known = true;
	slot->ref.load = NULL;
	if (!OidIsValid(slot->relid))
		return learn_nothing(slot);
	/* after VACUUM or CREATE INDEX CONCURRENTLY nobody protects the table any more */
	if (!locked && !ConditionalLockRelationOid(slot->relid, AccessShareLock))
		slot->known = false;
	else
	{
		pfx_mark(&mark);
		if (!learn(slot))
			slot->known = false;
		pfx_own_work_end(&mark);
		if (!locked)
			UnlockRelationOid(slot->relid, AccessShareLock);
	}
	return slot->known;
}

PfxLoadSlot *
pfx_load_slot(Oid relid, PfxLoadOperation operation, PfxLoadShape shape, bool locked)
{
	uint32		first = relid * 31 + operation * 7 + shape;
	PfxLoadSlot *slot;
	PfxLoadSlot *other = NULL;

	if (OidIsValid(relid) && relid < FirstNormalObjectId)
		return NULL;
	for (int i = 0; i < PROBES; i++)
	{
		slot = &slots[(first + i) % NSLOTS];
		if (slot->operation == operation && slot->relid == relid && slot->shape == shape)
		{
			if (likely(slot->known) || refresh(slot, locked))
				return slot;
			return NULL;
		}
		if (other == NULL || slot->in_xact < other->in_xact ||
			(slot->in_xact == other->in_xact && slot->last_end < other->last_end))
			other = slot;
	}
	/* a transaction with more tables than there are places: some miss their commit */
	if (other->in_xact)
		pfx_loads_leave_xact(other);
	memset(other, 0, sizeof(*other));
	other->relid = relid;
	other->operation = operation;
	other->shape = shape;
	return refresh(other, locked) ? other : NULL;
}
