/*-------------------------------------------------------------------------
 *
 * keys.c
 *	  Finds out from a plan which rows a statement asks for: equality with given
 *	  values, or a row that is written.
 *
 * Separate from repeat.c, which sends what is found here.  It runs at the start
 * of executions, after the executor's own start, because by the end a
 * function's variables may have changed; the executor's state has the index
 * relations open, so that no catalog is asked.
 *
 * The walk is short and stops at three keys.  Of a plan whose keys are all
 * parameters their numbers are remembered (identity.h) and the walk is saved;
 * one with constants may be replaced unnoticed by one with other constants.
 *
 * Nothing is detoasted and no memory taken.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/transam.h"
#include "catalog/pg_type.h"
#include "nodes/execnodes.h"
#include "nodes/nodeFuncs.h"
#include "parser/parsetree.h"
#include "port/pg_bitutils.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "capture/compared.h"
#include "capture/keys.h"
#include "capture/planid.h"
#include "capture/tags.h"
#include "capture/values.h"

#define MAX_PARAMS_HASHED 64
#define MAX_STATEMENT_HASHED 8192	/* bytes */

/* CTEs that are gone into: one that is used twice, in another one, may be met often */
#define MAX_CTES 4

/* One key found: what a column is compared with */
typedef struct Source
{
	Node	   *value;			/* Const or Param; for an array, of its type */
	Index		rti;
	AttrNumber	attnum;
	Index		other_rti;		/* another column compared with the same; 0: none */
	AttrNumber	other_attnum;
	bool		element;		/* value is an array of which the only element counts */
	bool		computed;		/* compared is not the column itself */
} Source;

typedef struct Walk
{
	QueryDesc  *queryDesc;
	uint16		flags;
	bool		fixed;			/* another execution of the plan has the same sources */
	int			n;
	int			ctes;
	List	   *written;		/* relations, by their numbers */
	Source		sources[PFX_EVENT_KEYS];
	int			n_computed;
	Source		computed[PFX_EVENT_KEYS];	/* keys, too, after those above */
	uint32		row;			/* of an INSERT: hash of all values, 0 none */
} Walk;

/* ---- values ---- */

/* False: not given, or not to be had without risk */
static bool
param_value(ParamListInfo params, int id, Oid *type, Datum *value, bool *isnull)
{
	ParamExternData room;
	ParamExternData *param;

	if (params == NULL || id <= 0 || id > params->numParams)
		return false;
	if (params->paramFetch != NULL)
		param = params->paramFetch(params, id, true, &room);
	else
		param = &params->params[id - 1];
	*type = pfx_hashed_as(param->ptype);
	*value = param->value;
	*isnull = param->isnull;
	return OidIsValid(param->ptype);
}

/* The value of a Const or Param */
static bool
node_value(ParamListInfo params, const Node *node, Oid *type, Datum *value, bool *isnull)
{
	if (IsA(node, Param))
		return param_value(params, ((const Param *) node)->paramid, type, value, isnull);
	*type = pfx_hashed_as(((const Const *) node)->consttype);
	*value = ((const Const *) node)->constvalue;
	*isnull = ((const Const *) node)->constisnull;
	return true;
}

static void
set_key(PfxKeys *keys, int i, Oid type, Datum value, bool isnull)
{
	keys->keys[i] = pfx_datum_hash(type, value, isnull);
	if (!keys->has_number && !isnull && pfx_type_is_number(type))
	{
		keys->has_number = true;
		keys->number = pfx_number_of(type, value);
	}
}

static inline uint32
combine(uint32 hash, uint32 other)
{
	hash = pg_rotate_left32(hash, 5) ^ other;
	return hash != 0 ? hash : 1;
}

/*
 * Hash of all that a statement was given: its parameters; what a function's
 * statement uses of the function's variables; else its text.  only_param: its
 * one key is its one parameter.
 */
static uint32
hash_of_all(QueryDesc *queryDesc, int location, int len, const PfxKeys *keys, uint32 row,
			bool only_param)
{
	ParamListInfo params = queryDesc->params;
	const char *text;
	uint32		hash = row;

	if (params != NULL && params->paramFetch == NULL && params->numParams > 0)
	{
		if (only_param && params->numParams == 1)
			return combine(0, keys->keys[0]);
		hash = 0;
		for (int i = 0; i < Min(params->numParams, MAX_PARAMS_HASHED); i++)
		{
			const ParamExternData *param = &params->params[i];

			hash = combine(hash, pfx_datum_hash(pfx_hashed_as(param->ptype), param->value,
												param->isnull));
		}
		return hash;
	}
	for (int i = 0; i < PFX_EVENT_KEYS; i++)
		if (keys->keys[i] != 0)
			hash = combine(hash, keys->keys[i]);
	if (params != NULL && params->paramFetch != NULL)
		return hash;
	text = pfx_tags_bare_text(queryDesc->sourceText, location, &len);
	if (text == NULL || len == 0)
		return hash;
	return combine(hash, pfx_value_hash_bytes(text, Min(len, MAX_STATEMENT_HASHED)));
}

/* ---- expressions ---- */

/* The same place in the statement, for one of them derived from the other */
static bool
same_source(const Node *a, const Node *b)
{
	if (nodeTag(a) != nodeTag(b))
		return false;
	if (IsA(a, Param))
		return ((const Param *) a)->paramid == ((const Param *) b)->paramid;
	if (((const Const *) a)->location >= 0 || ((const Const *) b)->location >= 0)
		return ((const Const *) a)->location == ((const Const *) b)->location;
	return equal(a, b);
}

static void
add_to(Walk *walk, Source *sources, int *n, const Source *new)
{
	for (int i = 0; i < *n; i++)
	{
		Source	   *source = &sources[i];

		if (!same_source(source->value, new->value))
			continue;
		/* a join moves the value to both sides */
		if (source->other_rti == 0 && (source->rti != new->rti || source->attnum != new->attnum))
		{
			source->other_rti = new->rti;
			source->other_attnum = new->attnum;
		}
		return;
	}
	if (*n >= PFX_EVENT_KEYS)
		return;
	if (!new->element && !pfx_type_has_hash(pfx_hashed_as(exprType(new->value))))
		return;
	if (IsA(new->value, Const) || new->element)
		walk->fixed = false;
	sources[(*n)++] = *new;
}

static void
add_source(Walk *walk, Node *value, Index rti, AttrNumber attnum, bool element)
{
	Source		source = {.value = value,.rti = rti,.attnum = attnum,.element = element};

	add_to(walk, walk->sources, &walk->n, &source);
}

/* compared: the side of the column, which may stand within an expression; false: none does */
static bool
add_compared(Walk *walk, Node *compared, Node *value, Index rti, List *indextlist, bool element)
{
	Source		source = {.value = value,.rti = rti,.element = element};

	source.attnum = pfx_column_of(pfx_strip_casts(compared), rti, indextlist);
	source.computed = !pfx_is_unchanged(compared);
	if (source.attnum != 0)
		add_to(walk, walk->sources, &walk->n, &source);
	else if ((source.attnum = pfx_column_in(compared, rti, indextlist)) != 0)
	{
		source.computed = true;
		add_to(walk, walk->computed, &walk->n_computed, &source);
	}
	return source.attnum != 0;
}

static void
look_at_list(Walk *walk, ScalarArrayOpExpr *expr, Index rti, List *indextlist)
{
	Node	   *compared;
	Node	   *array;
	Oid			type;
	Datum		value;
	bool		isnull;

	if (!expr->useOr || list_length(expr->args) != 2)
		return;
	compared = linitial(expr->args);
	if ((pfx_column_of(pfx_strip_casts(compared), rti, indextlist) == 0 &&
		 pfx_column_in(compared, rti, indextlist) == 0) || !pfx_is_equality(expr->opno))
		return;
	array = pfx_strip_casts(lsecond(expr->args));
	walk->fixed = false;
	if (pfx_is_given(array) && node_value(walk->queryDesc->params, array, &type, &value, &isnull) &&
		!isnull && pfx_only_element(value, &type, &value, &isnull) <= 1)
		add_compared(walk, compared, array, rti, indextlist, true);
	else
		walk->flags |= PFX_EV_BATCH;
}

static void
look_at_quals(Walk *walk, List *quals, Index rti, List *indextlist)
{
	ListCell   *lc;

	foreach(lc, quals)
	{
		OpExpr	   *op = (OpExpr *) lfirst(lc);
		Node	   *compared;
		Node	   *value;

		if (IsA(op, ScalarArrayOpExpr))
			look_at_list(walk, (ScalarArrayOpExpr *) op, rti, indextlist);
		if (!IsA(op, OpExpr) || list_length(op->args) != 2)
			continue;
		compared = linitial(op->args);
		value = pfx_given_in(lsecond(op->args));
		if (value == NULL)
		{
			compared = lsecond(op->args);
			value = pfx_given_in(linitial(op->args));
		}
		if (value != NULL && pfx_is_equality(op->opno))
			add_compared(walk, compared, value, rti, indextlist, false);
	}
}

/* Is each column of a unique index compared for equality? */
static bool
finds_one_row(Relation index, List *indexquals)
{
	uint32		seen = 0;
	ListCell   *lc;

	if (index == NULL || !index->rd_index->indisunique || index->rd_index->indnkeyatts > 31)
		return false;
	foreach(lc, indexquals)
	{
		OpExpr	   *op = (OpExpr *) lfirst(lc);
		Var		   *var;

		if (!IsA(op, OpExpr) || list_length(op->args) != 2)
			continue;
		var = (Var *) pfx_strip_casts(linitial(op->args));
		if (IsA(var, Var) && var->varno == INDEX_VAR && var->varattno > 0 &&
			var->varattno <= 31 && pfx_is_equality(op->opno))
			seen |= UINT32_C(1) << (var->varattno - 1);
	}
	return seen == (UINT32_C(1) << index->rd_index->indnkeyatts) - 1;
}

/* ---- plans ---- */

static bool walk_node(Walk *walk, PlanState *ps);

static void
scan(Walk *walk, Plan *plan, List *indexquals, List *indextlist)
{
	Index		rti = ((Scan *) plan)->scanrelid;
	RangeTblEntry *rte = rt_fetch(rti, walk->queryDesc->plannedstmt->rtable);

	if (rte->rtekind != RTE_RELATION || rte->relid < FirstNormalObjectId)
		return;
	look_at_quals(walk, indexquals, rti, indextlist);
	look_at_quals(walk, plan->qual, rti, indextlist);
}

/* The row that an INSERT writes: integers and uuids first, then texts */
static void
look_at_row(Walk *walk, List *tlist, Index rti)
{
	ListCell   *lc;

	for (int pass = 0; pass < 2; pass++)
		foreach(lc, tlist)
		{
			TargetEntry *tle = lfirst_node(TargetEntry, lc);
			Node	   *value = pfx_strip_casts((Node *) tle->expr);
			Oid			type;
			Datum		datum;
			bool		isnull;
			bool		first;

			if (tle->resjunk || !pfx_is_given(value))
				continue;
			type = pfx_hashed_as(exprType(value));
			first = pfx_type_is_number(type) || type == UUIDOID;
			if (first == (pass == 0) &&
				(first || type == TEXTOID || type == VARCHAROID || type == BPCHAROID))
				add_source(walk, value, rti, tle->resno, false);
			if (pass == 0 && node_value(walk->queryDesc->params, value, &type, &datum, &isnull))
				walk->row = combine(walk->row, pfx_datum_hash(type, datum, isnull));
		}
}

static bool
is_given_row(PlanState *ps)
{
	if (ps != NULL && IsA(ps, HashState))
		ps = outerPlanState(ps);
	return ps != NULL && IsA(ps->plan, Result) && outerPlanState(ps) == NULL;
}

/* A MERGE whose source is one row of values; a table's rows are many at once */
static bool
merges_one_row(PlanState *child)
{
	return is_given_row(child) || is_given_row(outerPlanState(child)) ||
		is_given_row(innerPlanState(child));
}

static void
walk_modify(Walk *walk, PlanState *ps)
{
	ModifyTable *modify = (ModifyTable *) ps->plan;
	PlanState  *child = outerPlanState(ps);
	Index		rti = linitial_int(modify->resultRelations);
	int			keys;

	walk->written = modify->resultRelations;
	if (modify->operation == CMD_INSERT && IsA(child->plan, Result) &&
		outerPlanState(child) == NULL)
	{
		walk->flags |= PFX_EV_INSERT;
		look_at_row(walk, child->plan->targetlist, rti);
		return;
	}
	if (walk_node(walk, child))
		walk->flags |= PFX_EV_UNIQUE;
	keys = walk->n + walk->n_computed;
	if (keys > 0 && (modify->operation == CMD_UPDATE ||
					 (modify->operation == CMD_MERGE && merges_one_row(child))))
		walk->flags |= PFX_EV_UPDATE;
	if (keys > 0 && modify->operation == CMD_DELETE)
		walk->flags |= PFX_EV_DELETE;
}

static bool
is_one(const Node *limit)
{
	return limit != NULL && IsA(limit, Const) && !((const Const *) limit)->constisnull &&
		DatumGetInt64(((const Const *) limit)->constvalue) == 1;
}

static bool
walk_join(Walk *walk, PlanState *ps)
{
	Join	   *join = (Join *) ps->plan;
	bool		outer = walk_node(walk, outerPlanState(ps));
	bool		inner = walk_node(walk, innerPlanState(ps));

	switch (join->jointype)
	{
		case JOIN_INNER:
		case JOIN_LEFT:
			return outer && (inner || join->inner_unique);
		case JOIN_SEMI:
		case JOIN_ANTI:
			return outer;
		default:
			return false;
	}
}

/* Looks for keys; true: it returns one row at the most */
static bool
walk_node(Walk *walk, PlanState *ps)
{
	Plan	   *plan;
	ListCell   *lc;

	if (ps == NULL)
		return false;
	plan = ps->plan;
	switch (nodeTag(plan))
	{
		case T_SeqScan:
		case T_SampleScan:
		case T_TidScan:
			scan(walk, plan, NIL, NIL);
			return false;
		case T_IndexScan:
			scan(walk, plan, ((IndexScan *) plan)->indexqualorig, NIL);
			return finds_one_row(((IndexScanState *) ps)->iss_RelationDesc,
								 ((IndexScan *) plan)->indexqual);
		case T_IndexOnlyScan:
			scan(walk, plan, ((IndexOnlyScan *) plan)->indexqual,
				 ((IndexOnlyScan *) plan)->indextlist);
			return finds_one_row(((IndexOnlyScanState *) ps)->ioss_RelationDesc,
								 ((IndexOnlyScan *) plan)->indexqual);
		case T_BitmapHeapScan:
			scan(walk, plan, ((BitmapHeapScan *) plan)->bitmapqualorig, NIL);
			return IsA(outerPlanState(ps), BitmapIndexScanState) &&
				finds_one_row(((BitmapIndexScanState *) outerPlanState(ps))->biss_RelationDesc,
							  ((BitmapIndexScan *) outerPlan(plan))->indexqual);
		case T_ValuesScan:
			if (list_length(((ValuesScan *) plan)->values_lists) > 1)
				walk->flags |= PFX_EV_BATCH;
			return false;
		case T_FunctionScan:
			foreach(lc, ((FunctionScan *) plan)->functions)
				if (pfx_makes_rows_of_list(lfirst_node(RangeTblFunction, lc)->funcexpr))
					walk->flags |= PFX_EV_BATCH;
			return false;
		case T_ProjectSet:
			foreach(lc, plan->targetlist)
			{
				Node	   *made = (Node *) lfirst_node(TargetEntry, lc)->expr;

				if (pfx_makes_rows_of_list(pfx_strip_casts(made)))
					walk->flags |= PFX_EV_BATCH;
			}
			(void) walk_node(walk, outerPlanState(ps));
			return false;
		case T_Append:
			if (((AppendState *) ps)->as_nplans < 1)
				return false;
			return walk_node(walk, ((AppendState *) ps)->appendplans[0]) &&
				((AppendState *) ps)->as_nplans == 1;
		case T_MergeAppend:
			if (((MergeAppendState *) ps)->ms_nplans < 1)
				return false;
			return walk_node(walk, ((MergeAppendState *) ps)->mergeplans[0]) &&
				((MergeAppendState *) ps)->ms_nplans == 1;
		case T_SubqueryScan:
			return walk_node(walk, ((SubqueryScanState *) ps)->subplan);
		case T_CteScan:
			return walk->ctes++ < MAX_CTES && walk_node(walk, ((CteScanState *) ps)->cteplanstate);
		case T_ModifyTable:
			walk_modify(walk, ps);
			return false;
		case T_Limit:
			return walk_node(walk, outerPlanState(ps)) || is_one(((Limit *) plan)->limitCount);
		case T_Agg:
			if (((Agg *) plan)->aggstrategy == AGG_PLAIN && ((Agg *) plan)->groupingSets == NIL)
			{
				(void) walk_node(walk, outerPlanState(ps));
				walk->flags |= PFX_EV_AGGREGATE;
				return true;
			}
			return walk_node(walk, outerPlanState(ps));
		case T_Result:
			/* EXISTS, and min or max by an index, are asked for beside the plan */
			if (outerPlanState(ps) == NULL && ps->initPlan != NIL &&
				ps == walk->queryDesc->planstate)
			{
				foreach(lc, ps->initPlan)
					(void) walk_node(walk, lfirst_node(SubPlanState, lc)->planstate);
				walk->flags |= PFX_EV_AGGREGATE;
				return true;
			}
			return walk_node(walk, outerPlanState(ps));
		case T_NestLoop:
		case T_MergeJoin:
		case T_HashJoin:
			return walk_join(walk, ps);
		default:
			if (innerPlanState(ps) != NULL)
			{
				(void) walk_node(walk, outerPlanState(ps));
				(void) walk_node(walk, innerPlanState(ps));
				return false;
			}
			return walk_node(walk, outerPlanState(ps));
	}
}

/* A plain aggregate below others is none of the statement */
static bool
returns_aggregate(const Plan *plan)
{
	while (plan != NULL && (IsA(plan, Limit) || IsA(plan, Sort)))
		plan = outerPlan(plan);
	return plan != NULL && (IsA(plan, Agg) || IsA(plan, Result));
}

static bool
reads_user_tables(const PlannedStmt *pstmt)
{
	ListCell   *lc;

	foreach(lc, pstmt->relationOids)
		if (lfirst_oid(lc) >= FirstNormalObjectId)
			return true;
	return false;
}

/* Is a row of the table that is written found by a key? */
static bool
is_key_of_written(const Walk *walk)
{
	for (int i = 0; i < walk->n; i++)
		if (list_member_int(walk->written, walk->sources[i].rti) ||
			list_member_int(walk->written, walk->sources[i].other_rti))
			return true;
	return false;
}

/*
 * SELECT f($1), SELECT * FROM f($1): what the function is given is what it is
 * asked for.
 */
static void
look_at_call(Walk *walk, Node *node)
{
	FuncExpr   *call = (FuncExpr *) pfx_strip_casts(node);
	ListCell   *lc;

	if (call == NULL || !IsA(call, FuncExpr) || call->funcid < FirstNormalObjectId)
		return;
	walk->flags = PFX_EV_CALL;
	foreach(lc, call->args)
	{
		Node	   *value = pfx_strip_casts(lfirst(lc));

		if (pfx_is_given(value))
			add_source(walk, value, 0, 0, false);
	}
}

static void
look_at_calls(Walk *walk, Plan *plan)
{
	ListCell   *lc;

	if (IsA(plan, FunctionScan))
		foreach(lc, ((FunctionScan *) plan)->functions)
			look_at_call(walk, lfirst_node(RangeTblFunction, lc)->funcexpr);
	else if (IsA(plan, ProjectSet) || (IsA(plan, Result) && outerPlan(plan) == NULL))
		foreach(lc, plan->targetlist)
			look_at_call(walk, (Node *) lfirst_node(TargetEntry, lc)->expr);
}

static void
walk_statement(Walk *walk, QueryDesc *queryDesc)
{
	const PlannedStmt *pstmt = queryDesc->plannedstmt;
	ListCell   *lc;

	walk->queryDesc = queryDesc;
	walk->flags = 0;
	walk->fixed = true;
	walk->n = walk->n_computed = 0;
	walk->ctes = 0;
	walk->written = NIL;
	walk->row = 0;
	if (!reads_user_tables(pstmt))
	{
		walk->flags = PFX_EV_CATALOG;
		if (pstmt->commandType == CMD_SELECT)
			look_at_calls(walk, pstmt->planTree);
		if (walk->n > 0)
			walk->flags |= PFX_EV_KEYED;
		return;
	}
	if (walk_node(walk, queryDesc->planstate))
		walk->flags |= PFX_EV_UNIQUE;
	for (int i = 0; i < walk->n_computed; i++)
		add_to(walk, walk->sources, &walk->n, &walk->computed[i]);
	if (!returns_aggregate(pstmt->planTree))
		walk->flags &= ~PFX_EV_AGGREGATE;
	if (pstmt->commandType == CMD_SELECT && walk->n > 0)
		walk->flags |= PFX_EV_KEYED;
	foreach(lc, pstmt->rowMarks)
	{
		PlanRowMark *mark = lfirst_node(PlanRowMark, lc);

		/* what changes just the rows that it locked before takes them, too */
		if (mark->waitPolicy == LockWaitSkip ||
			(mark->markType <= ROW_MARK_NOKEYEXCLUSIVE && walk->written != NIL &&
			 !is_key_of_written(walk)))
			walk->flags |= PFX_EV_QUEUE;
	}
}

/* ---- what a custom plan made of parameters ---- */

/* The parameter whose value a custom plan has as a constant; 0: none, or several */
static int
param_of_constant(ParamListInfo params, const Const *constant)
{
	uint32		hash = pfx_datum_hash(pfx_hashed_as(constant->consttype), constant->constvalue,
									  constant->constisnull);
	int			found = 0;

	if (params == NULL || params->paramFetch != NULL || hash == 0)
		return 0;
	for (int i = 0; i < Min(params->numParams, MAX_PARAMS_HASHED); i++)
	{
		const ParamExternData *param = &params->params[i];

		if (pfx_datum_hash(pfx_hashed_as(param->ptype), param->value, param->isnull) != hash)
			continue;
		if (found != 0)
			return 0;
		found = i + 1;
	}
	return found;
}

/*
 * Of lower($1) a custom plan has only what came out: what was asked for is the
 * parameter, if there is one and one key only.  A mere cast has another type.
 */
static bool
is_from_only_param(ParamListInfo params, const Walk *walk)
{
	const Const *constant = (const Const *) walk->sources[0].value;

	return walk->n == 1 && !walk->sources[0].element && IsA(constant, Const) &&
		constant->location < 0 && params != NULL && params->paramFetch == NULL &&
		params->numParams == 1 && !params->params[0].isnull &&
		pfx_hashed_as(params->params[0].ptype) == pfx_hashed_as(constant->consttype);
}

/* Is the value that the parent's rows may hold another one than that of the key? */
static bool
is_computed(ParamListInfo params, const Source *source)
{
	const Const *constant = (const Const *) source->value;

	if (source->computed)
		return true;
	return IsA(constant, Const) && !source->element && constant->location < 0 &&
		pfx_hashed_as(constant->consttype) == TEXTOID && param_of_constant(params, constant) == 0;
}

/* ---- outside ---- */

static void
remember(PfxPlanMemo *memo, const Walk *walk)
{
	if (!walk->fixed)
		return;
	memset(memo->params, 0, sizeof(memo->params));
	for (int i = 0; i < walk->n; i++)
	{
		int			id = ((const Param *) walk->sources[i].value)->paramid;

		if (id > PG_UINT8_MAX)
			return;
		memo->params[i] = id;
	}
	memo->flags = walk->flags;
	memo->keyed = true;
}

void
pfx_keys_find(QueryDesc *queryDesc, int location, int len, PfxPlanMemo *memo, PfxKeys *keys)
{
	Oid			type;
	Datum		value;
	bool		isnull;

	memset(keys, 0, sizeof(*keys));
	if (memo->keyed)
	{
		keys->flags = memo->flags;
		for (int i = 0; i < PFX_EVENT_KEYS && memo->params[i] != 0; i++)
			if (param_value(queryDesc->params, memo->params[i], &type, &value, &isnull))
				set_key(keys, i, type, value, isnull);
		keys->all = hash_of_all(queryDesc, location, len, keys, 0,
								memo->params[0] == 1);
	}
	else
	{
		Walk		walk;

		walk_statement(&walk, queryDesc);
		keys->flags = walk.flags;
		for (int i = 0; i < walk.n; i++)
		{
			const Source *source = &walk.sources[i];

			if (is_from_only_param(queryDesc->params, &walk))
				(void) param_value(queryDesc->params, 1, &type, &value, &isnull);
			else if (!node_value(queryDesc->params, source->value, &type, &value, &isnull))
				continue;
			if (!source->element || isnull ||
				pfx_only_element(value, &type, &value, &isnull) == 1)
				set_key(keys, i, type, value, isnull);
		}
		keys->all = hash_of_all(queryDesc, location, len, keys, walk.row, false);
		remember(memo, &walk);
	}
}

int
pfx_keys_places(QueryDesc *queryDesc, PfxKeyPlace *places)
{
	Walk		walk;
	PfxPlanRels rels;

	walk_statement(&walk, queryDesc);
	pfx_plan_rels_init(&rels, queryDesc->plannedstmt);
	for (int i = 0; i < walk.n; i++)
	{
		const Source *source = &walk.sources[i];

		places[i].child = pfx_plan_rels_relid(&rels, source->rti);
		places[i].relid = pfx_plan_rels_relid(&rels, pfx_plan_rels_topmost(&rels, source->rti));
		places[i].attnum = source->attnum;
		places[i].other_relid = places[i].other_child = InvalidOid;
		if (source->other_rti != 0)
		{
			places[i].other_child = pfx_plan_rels_relid(&rels, source->other_rti);
			places[i].other_relid =
				pfx_plan_rels_relid(&rels, pfx_plan_rels_topmost(&rels, source->other_rti));
			places[i].other_attnum = source->other_attnum;
		}
		places[i].computed = is_computed(queryDesc->params, source);
		places[i].param = 0;
		places[i].location = -1;
		if (IsA(source->value, Param))
		{
			places[i].location = ((const Param *) source->value)->location;
			if (places[i].location < 0 && queryDesc->params->paramFetch == NULL)
				places[i].param = ((const Param *) source->value)->paramid;
		}
		else
		{
			const Const *constant = (const Const *) source->value;

			places[i].location = constant->location;
			if (is_from_only_param(queryDesc->params, &walk))
				places[i].param = 1;
			else if (constant->location < 0 && !source->element)
				places[i].param = param_of_constant(queryDesc->params, constant);
		}
	}
	pfx_plan_rels_free(&rels);
	return walk.n;
}
