/*-------------------------------------------------------------------------
 *
 * utility.h
 *	  One utility statement, as the hook reports it.
 *
 * Separate from statement.h: utility statements have no executor state.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#ifndef PFX_UTILITY_H
#define PFX_UTILITY_H

#include "capture/calls.h"
#include "capture/jobtarget.h"
#include "capture/statement.h"
#include "tcop/utility.h"

typedef struct PfxUtility
{
	bool		tracked;		/* gets a record of its own */
	bool		commits;		/* COMMIT or PREPARE TRANSACTION */
	bool		ends_transaction;	/* those, and ROLLBACK */
	uint64		inner_id;		/* id for the query in it, if that has none */
	bool		nests;			/* statements inside it are not top-level */
	PfxRef		ref;
	int			location;		/* of its text in the source, as in PlannedStmt */
	int			len;
	TimestampTz started;
	PfxOuter	outer;			/* what runs inside of it */
	bool		sends_query;	/* COPY of a query to the client */
	bool		of_job;			/* by its tags */
	bool		calls;			/* CALL of a client */
	PfxJobTarget target;		/* set only when tracked */
	PfxCall		call;			/* set only if it calls */
} PfxUtility;

extern void pfx_utility_choose(PlannedStmt *pstmt, const char *queryString,
							   ProcessUtilityContext context, PfxUtility *utility);
extern void pfx_utility_ended(PfxUtility *utility, const char *queryString,
							  const QueryCompletion *qc, const PfxMark *mark,
							  const PfxActive *active);
extern void pfx_utility_failed(const PfxUtility *utility, uint64 started);

#endif							/* PFX_UTILITY_H */
