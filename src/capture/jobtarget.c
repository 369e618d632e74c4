/*-------------------------------------------------------------------------
 *
 * jobtarget.c
 *	  What a statement loads, and into which table: the step that it is of a job
 *	  whose steps nobody named.
 *
 * Separate from jobs.c, which follows the statements of a run, because this looks
 * into parse trees, plans and catalogs.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/partition.h"
#include "nodes/parsenodes.h"
#include "parser/parsetree.h"
#include "utils/lsyscache.h"

#include "capture/jobtarget.h"
#include "capture/usage.h"

PfxJobOperation
pfx_job_operation(CmdType command)
{
	switch (command)
	{
		case CMD_INSERT:
			return PFX_OP_INSERT;
		case CMD_UPDATE:
			return PFX_OP_UPDATE;
		case CMD_DELETE:
			return PFX_OP_DELETE;
		case CMD_MERGE:
			return PFX_OP_MERGE;
		default:
			return PFX_OP_OTHER;
	}
}

static void
set_target(PfxJobTarget *target, PfxJobOperation operation, const RangeVar *rel)
{
	target->operation = operation;
	if (rel == NULL)
		return;
	strlcpy(target->relname, rel->relname, NAMEDATALEN);
	if (rel->schemaname != NULL)
		strlcpy(target->schemaname, rel->schemaname, NAMEDATALEN);
}

/* The table of a list of one; several are no target */
static const RangeVar *
only_one(const List *rels)
{
	if (list_length(rels) != 1)
		return NULL;
	if (IsA(linitial(rels), VacuumRelation))
		return ((VacuumRelation *) linitial(rels))->relation;
	return linitial_node(RangeVar, rels);
}

void
pfx_job_utility_target(Node *parsetree, PfxJobTarget *target)
{
	target->operation = PFX_OP_OTHER;
	target->schemaname[0] = '\0';
	target->relname[0] = '\0';
	switch (nodeTag(parsetree))
	{
		case T_TransactionStmt:
		case T_VariableSetStmt:
		case T_VariableShowStmt:
		case T_DiscardStmt:
		case T_DeallocateStmt:
		case T_ClosePortalStmt:
			target->operation = PFX_OP_SESSION;
			break;
		case T_CopyStmt:
			set_target(target, ((CopyStmt *) parsetree)->is_from ? PFX_OP_COPY : PFX_OP_COPY_TO,
					   ((CopyStmt *) parsetree)->relation);
			break;
		case T_CreateTableAsStmt:
			set_target(target, PFX_OP_CTAS, ((CreateTableAsStmt *) parsetree)->into->rel);
			break;
		case T_RefreshMatViewStmt:
			set_target(target, PFX_OP_REFRESH, ((RefreshMatViewStmt *) parsetree)->relation);
			break;
		case T_IndexStmt:
			set_target(target, PFX_OP_CREATE_INDEX, ((IndexStmt *) parsetree)->relation);
			break;
		case T_ReindexStmt:
			set_target(target, PFX_OP_REINDEX, ((ReindexStmt *) parsetree)->relation);
			break;
		case T_TruncateStmt:
			set_target(target, PFX_OP_TRUNCATE,
					   only_one(((TruncateStmt *) parsetree)->relations));
			break;
		case T_VacuumStmt:
			set_target(target,
					   ((VacuumStmt *) parsetree)->is_vacuumcmd ? PFX_OP_VACUUM : PFX_OP_ANALYZE,
					   only_one(((VacuumStmt *) parsetree)->rels));
			break;
		default:
			break;
	}
}

/* The step that loads this table; of a partition, its topmost parent */
static bool
step_of_table(PfxJobOperation operation, Oid relid, PfxJobStepName *step)
{
	PfxMark		mark;
	const char *schemaname = NULL;
	const char *relname = NULL;

	if (!OidIsValid(relid) || !IsTransactionState())
		return false;
	pfx_mark(&mark);
	if (get_rel_relispartition(relid))
	{
		List	   *ancestors = get_partition_ancestors(relid);

		if (ancestors != NIL)
			relid = llast_oid(ancestors);
		list_free(ancestors);
	}
	relname = get_rel_name(relid);
	if (relname != NULL)
	{
		Oid			namespace = get_rel_namespace(relid);

		/* each session has its own, which are the same to a job */
		schemaname = isAnyTempNamespace(namespace) ? "pg_temp" : get_namespace_name(namespace);
	}
	pfx_own_work_end(&mark);
	if (schemaname == NULL)
		return false;
	pfx_job_step_name(step, operation, relid, 0, schemaname, relname);
	return true;
}

/* Looked up once for each statement that a job repeats */
static struct
{
	uint64		queryid;
	CmdType		command;
	PfxJobStepName step;
}			memo[16];

void
pfx_job_step_of_query(QueryDesc *queryDesc, uint64 queryid, PfxJobStepName *step)
{
	PlannedStmt *pstmt = queryDesc->plannedstmt;
	int			i = (int) (queryid % lengthof(memo));
	Oid			relid = InvalidOid;

	if (memo[i].queryid == queryid && memo[i].command == queryDesc->operation)
	{
		*step = memo[i].step;
		return;
	}
	if (queryDesc->operation != CMD_SELECT && IsA(pstmt->planTree, ModifyTable))
	{
		Index		rti = ((ModifyTable *) pstmt->planTree)->nominalRelation;

		if (rti > 0 && rti <= list_length(pstmt->rtable))
			relid = rt_fetch(rti, pstmt->rtable)->relid;
	}
	if (!step_of_table(pfx_job_operation(queryDesc->operation), relid, step))
		pfx_job_step_name(step, PFX_OP_OTHER, InvalidOid, queryid, NULL, NULL);
	memo[i].queryid = queryid;
	memo[i].command = queryDesc->operation;
	memo[i].step = *step;
}

/* In error paths: no catalogs */
void
pfx_job_step_of_failed(uint64 queryid, PfxJobStepName *step)
{
	int			i = (int) (queryid % lengthof(memo));

	if (memo[i].queryid == queryid)
		*step = memo[i].step;
	else
		pfx_job_step_name(step, PFX_OP_OTHER, InvalidOid, queryid, NULL, NULL);
}

/* Finds a table as it was written; checks no rights, and raises no error about them */
Oid
pfx_job_find_table(const char *schemaname, const char *relname)
{
	Oid			namespace;

	if (schemaname == NULL || schemaname[0] == '\0' || strcmp(schemaname, "pg_temp") == 0)
		return RelnameGetRelid(relname);
	namespace = get_namespace_oid(schemaname, true);
	return OidIsValid(namespace) ? get_relname_relid(relname, namespace) : InvalidOid;
}

/* When the statement has ended, so that what it created is there */
void
pfx_job_step_of_utility(const PfxJobTarget *target, uint64 queryid, PfxJobStepName *step)
{
	if (target->relname[0] != '\0' && IsTransactionState())
	{
		PfxMark		mark;
		Oid			relid;

		pfx_mark(&mark);
		relid = pfx_job_find_table(target->schemaname, target->relname);
		pfx_own_work_end(&mark);
		if (step_of_table(target->operation, relid, step))
			return;
	}
	pfx_job_step_name(step,
					  target->operation == PFX_OP_SESSION ? PFX_OP_SESSION : PFX_OP_OTHER,
					  InvalidOid, queryid, NULL, NULL);
}
