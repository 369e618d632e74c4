/*-------------------------------------------------------------------------
 *
 * jobtarget.h
 *	  What a statement loads, and into which table.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#ifndef PFX_JOBTARGET_H
#define PFX_JOBTARGET_H

#include "executor/execdesc.h"
#include "store/jobs.h"

/* Of a utility statement, taken down before it runs: its tree may go meanwhile */
typedef struct PfxJobTarget
{
	PfxJobOperation operation;
	char		schemaname[NAMEDATALEN];	/* as written; empty: none */
	char		relname[NAMEDATALEN];	/* empty: no table, or several */
} PfxJobTarget;

extern void pfx_job_utility_target(Node *parsetree, PfxJobTarget *target);
/* The table of this name (schema: NULL or empty where none is written); reads catalogs */
extern Oid	pfx_job_find_table(const char *schemaname, const char *relname);
extern PfxJobOperation pfx_job_operation(CmdType command);

/* The step of a statement whose run has steps by themselves; may read catalogs */
extern void pfx_job_step_of_query(QueryDesc *queryDesc, uint64 queryid, PfxJobStepName *step);
extern void pfx_job_step_of_failed(uint64 queryid, PfxJobStepName *step);
extern void pfx_job_step_of_utility(const PfxJobTarget *target, uint64 queryid,
									PfxJobStepName *step);

#endif							/* PFX_JOBTARGET_H */
