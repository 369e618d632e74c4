/*-------------------------------------------------------------------------
 *
 * loads.h
 *	  Loads and large reads, as a backend sees them: which statement is one,
 *	  and what lies between the statements of a load.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#ifndef PFX_LOADS_H
#define PFX_LOADS_H

#include "access/xact.h"
#include "capture/active.h"
#include "capture/largereads.h"
#include "capture/usage.h"
#include "capture/utility.h"
#include "executor/execdesc.h"
#include "store/loads.h"

/* A query that took less (ns) is not looked at: neither its result nor its scans are large */
#define PFX_LARGE_READ_TIME 5000000

extern void pfx_loads_statement(QueryDesc *queryDesc, const PfxRef *ref,
								const PfxExecRecord *record, int64 finish_time);
extern void pfx_loads_read(QueryDesc *queryDesc, const PfxRef *ref, const PfxExecRecord *record,
						   int runs);

/*
 * A statement ended well.  finish_time: of its execution, after all rows were
 * there (AFTER triggers); runs: in how many portions it was executed.
 */

static inline void
pfx_loads_ended(QueryDesc *queryDesc, const PfxRef *ref, const PfxExecRecord *record,
				int64 finish_time, int runs)
{
	if (queryDesc->operation != CMD_SELECT)
	{
		pfx_loads_statement(queryDesc, ref, record, finish_time);
		if (unlikely(record->exec_time > PFX_LARGE_READ_TIME))
			pfx_large_read(queryDesc, ref, record, runs);
	}
	else if (unlikely(record->exec_time > PFX_LARGE_READ_TIME || pfx_loads_pending))
		pfx_loads_read(queryDesc, ref, record, runs);
}

/* A utility statement that loads, from before it runs until it has ended well */
#define PFX_LOAD_MAX_TARGETS 4

typedef struct PfxLoadUtility
{
	PfxLoadOperation operation; /* PFX_LOAD_NONE: no load; nothing else is set then */
	PfxLoadShape shape;
	bool		is_index;		/* what is named is an index */
	int			ntargets;
	int64		gap;
	struct
	{
		char		schemaname[NAMEDATALEN];	/* "": by the search path */
		char		relname[NAMEDATALEN];
	}			targets[PFX_LOAD_MAX_TARGETS];
} PfxLoadUtility;

extern void pfx_loads_utility(const Node *parsetree, const PfxUtility *utility,
							  PfxLoadUtility *load);
extern void pfx_loads_utility_ended(const PfxLoadUtility *load, const PfxUtility *utility,
									const QueryCompletion *qc, const PfxMark *mark,
									const PfxActive *active);

/* What this transaction has loaded; NULL: nothing */
extern struct PfxLoadSlot *pfx_loads_in_xact;

/* Transaction callback while there is something; a deferred foreign-key check ran (ns) */
extern void pfx_loads_xact(XactEvent event);
extern void pfx_loads_foreign_key(int64 ns);

#endif							/* PFX_LOADS_H */
