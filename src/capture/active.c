/*-------------------------------------------------------------------------
 *
 * active.c
 *	  Keeps track of what is being executed right now, one inside the other:
 *	  nesting, what is tracked, foreign-key checks.
 *
 * Separate from statement.c, which follows one statement: this is about how
 * they stand to each other.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/parallel.h"
#include "miscadmin.h"
#include "port/atomics.h"

#include "capture/active.h"
#include "capture/progress.h"
#include "capture/session.h"
#include "capture/utility.h"
#include "clock.h"
#include "guc.h"
#include "hot.h"

PfxActive  *pfx_active PFX_HOT = NULL;

int			pfx_may_record PFX_HOT = -1;

bool
pfx_find_out_may_record(void)
{
	pfx_may_record = pfx_store_ready() && !IsParallelWorker();
	return pfx_may_record > 0;
}

void
pfx_active_enter(PfxActive *active, bool timed)
{
	memset(active, 0, offsetof(PfxActive, nodes));
	active->outer = pfx_active;
	active->inside_foreign_key = pfx_active != NULL &&
		(pfx_active->foreign_key || pfx_active->inside_foreign_key);
	pfx_nodes_enter(&active->nodes, timed);
	pg_compiler_barrier();		/* a signal handler may follow the pointer at once */
	pfx_active = active;
	pfx_nesting_level++;
}

uint64
pfx_active_leave(PfxActive *active)
{
	pfx_nesting_level--;
	pfx_active = active->outer;
	/* a signal handler may have begun to follow it up to now, and not later */
	pg_compiler_barrier();
	if (unlikely(pfx_progress_following))
		pfx_progress_leave(active);
	/* checks count for everything they ran inside of, but once */
	if (unlikely(active->fk_checks > 0) && pfx_active != NULL && !active->foreign_key)
	{
		pfx_active->fk_time += active->fk_time;
		pfx_active->fk_checks += active->fk_checks;
	}
	return pfx_nodes_leave(&active->nodes);
}

const PfxRef *
pfx_active_utility(void)
{
	const PfxRef *ref = NULL;

	for (PfxActive *active = pfx_active; active != NULL; active = active->outer)
		if (active->utility != NULL)
			ref = &active->utility->ref;
	return ref;
}

const PfxRef *
pfx_active_statement(void)
{
	const PfxActive *active = pfx_active;

	while (active != NULL && active->statement == NULL)
		active = active->outer;
	return active != NULL ? active->statement : NULL;
}

bool
pfx_active_explains(void)
{
	for (const PfxActive *active = pfx_active; active != NULL; active = active->outer)
		if (active->explains)
			return true;
	return false;
}

/* How the server's foreign-key triggers begin their statements */
static bool
reads_like_check(const char *source)
{
	static const char *const beginnings[] = {
		"SELECT 1 FROM ONLY \"", "SELECT 1 FROM \"", "DELETE FROM ONLY \"", "DELETE FROM \"",
		"UPDATE ONLY \"", "UPDATE \""
	};

	for (int i = 0; i < lengthof(beginnings); i++)
		if (strncmp(source, beginnings[i], strlen(beginnings[i])) == 0)
			return strstr(source, " OPERATOR(") != NULL;
	return false;
}

/*
 * Only the server's foreign-key triggers run statements with row security
 * switched off in this way.  What such a statement runs in turn (a user's
 * trigger, fired by a cascade) inherits that and is an ordinary statement,
 * unless its text is what the server writes.
 */
bool
pfx_reads_as_foreign_key_check(const char *source)
{
	/* deferred checks run while nothing does, at commit */
	if (pfx_active == NULL ||
		(!pfx_active->foreign_key && !pfx_active->inside_foreign_key))
		return true;
	return source != NULL && reads_like_check(source);
}

bool
pfx_is_row_check(const char *source)
{
	return unlikely(InNoForceRLSOperation()) && source != NULL && reads_like_check(source);
}

void
pfx_foreign_key_checked(PfxActive *active, uint64 ticks)
{
	if (active == NULL)
		pfx_session_foreign_key(pfx_ticks_to_ns(ticks));
	else
	{
		active->fk_time += pfx_ticks_to_ns(ticks);
		active->fk_checks++;
	}
}
