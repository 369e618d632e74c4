/*-------------------------------------------------------------------------
 *
 * calls.c
 *	  Tells the detector of repeated statements of a client's CALL: what it is
 *	  given is what it is asked for, as of SELECT f($1).
 *
 * Separate from keys.c because there is no plan, and from utility.c because no
 * other utility statement has anything to do with it.
 *
 * Arguments are no columns: the parent is known by its values, but no link.
 *
 * A procedure is called for what it does, so it counts as one that writes.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/transam.h"
#include "common/hashfn.h"
#include "tcop/pquery.h"

#include "capture/calls.h"
#include "capture/compared.h"
#include "capture/repeat.h"
#include "capture/stream.h"
#include "capture/values.h"

/* Hash of what one argument is given; 0: not known */
static uint32
hash_of(ParamListInfo params, const Node *value)
{
	const ParamExternData *param;
	int			id;

	if (IsA(value, Const))
		return pfx_datum_hash(pfx_hashed_as(((const Const *) value)->consttype),
							  ((const Const *) value)->constvalue, false);
	id = ((const Param *) value)->paramid;
	if (params == NULL || params->paramFetch != NULL || id <= 0 || id > params->numParams)
		return 0;
	param = &params->params[id - 1];
	return pfx_datum_hash(pfx_hashed_as(param->ptype), param->value, param->isnull);
}

void
pfx_call_started(PfxCall *call, const CallStmt *stmt, const PfxRef *ref, const char *tags,
				 int tags_len)
{
	/* the caller was given no parameters, but its portal was */
	ParamListInfo params = ActivePortal != NULL ? ActivePortal->portalParams : NULL;
	ListCell   *lc;
	int			nkeys = 0;

	memset(call, 0, sizeof(*call));
	if (pfx_repeat_epoch() == 0 || stmt->funcexpr == NULL ||
		stmt->funcexpr->funcid < FirstNormalObjectId)
		return;
	foreach(lc, stmt->funcexpr->args)
	{
		Node	   *value = pfx_given_in(lfirst(lc));
		uint32		hash = value != NULL ? hash_of(params, value) : 0;

		if (hash == 0)
			continue;
		call->all = hash_combine(call->all, hash);
		if (nkeys < PFX_EVENT_KEYS)
			call->keys[nkeys++] = hash;
	}
	if (nkeys == 0)
		return;
	call->epoch = pfx_repeat_epoch();
	call->flags = PFX_EV_CALL | PFX_EV_KEYED | PFX_EV_UPDATE;
	call->tagged = tags_len > 0;
	call->counted = pfx_repeat_counts(ref, call->epoch) && !call->tagged;
	call->stream = pfx_stream_of(&ref->key, tags, tags_len, call->epoch, &call->flags);
}

void
pfx_call_ended(const PfxCall *call, PfxRef *ref, TimestampTz started, const PfxExecRecord *record)
{
	PfxRepeatOf of = {.ref = ref,.started = started};
	PfxKeys		keys = {.all = call->all};

	if (call->epoch == 0)
		return;
	if (call->counted)
	{
		pfx_repeat_counted(record);
		return;
	}
	memcpy(keys.keys, call->keys, sizeof(keys.keys));
	pfx_repeat_tell(&of, &keys, call->flags, call->stream, call->tagged, record);
}
