/*-------------------------------------------------------------------------
 *
 * constants.c
 *	  Tells which of a query's constants are its own, and which are this
 *	  execution's.
 *
 * Separate from candidate_keys.c and candidate_predicates.c, which both put constants
 * into an index: (data->>'city'), WHERE state = 'open'.  Such an index is worth its
 * name only if the next execution has the same ones.  What comes as a parameter may be
 * another one at any time; what stands in the text is told apart by comparing
 * executions (store/proofs.c), for which fingerprints are enough.
 *
 * The planner computes what can be computed, and a result says no more where it came
 * from.  So it is looked for by its place in the text, and if it has none by its value.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "detect/constants.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "nodes/pathnodes.h"
#include "optimizer/optimizer.h"
#include "utils/array.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"

typedef struct Places
{
	Node	   *nodes[PFX_MAX_CONSTANTS];
	int			n;
} Places;

/* A constant of the query, or a parameter */
typedef struct Known
{
	uint32		mask;			/* 0: a parameter */
	bool		doubted;
	int			location;		/* in the text; -1: it was computed */
	char	   *text;
} Known;

static List *known = NIL;

/* ---- finding them ---- */

typedef struct Parts
{
	uint32		hash;
	bool		any;			/* a constant or parameter was met */
} Parts;

/* Is there anything in it that is not constant?  Hashes what is. */
static bool
varies_walker(Node *node, Parts *parts)
{
	if (node == NULL)
		return false;
	switch (nodeTag(node))
	{
		case T_Const:
			{
				Const	   *constant = (Const *) node;
				uint32		hash = constant->constisnull ? 0 :
					datum_image_hash(constant->constvalue, constant->constbyval,
									 constant->constlen);

				parts->any = true;
				parts->hash = hash_combine(parts->hash, hash);
				return false;
			}
		case T_Param:
			parts->any = true;
			parts->hash = hash_combine(parts->hash, ((Param *) node)->paramid);
			return ((Param *) node)->paramkind != PARAM_EXTERN;
		case T_List:
		case T_FuncExpr:
		case T_NamedArgExpr:
		case T_OpExpr:
		case T_RelabelType:
		case T_CoerceViaIO:
		case T_ArrayCoerceExpr:
		case T_ArrayExpr:
		case T_CollateExpr:
		case T_SQLValueFunction:
			return expression_tree_walker(node, varies_walker, parts);
		default:
			return true;
	}
}

static bool
places_walker(Node *node, Places *places)
{
	Parts		parts = {0};

	if (node == NULL)
		return false;
	if (IsA(node, Query))
		return query_tree_walker((Query *) node, places_walker, places, 0);
	if (!IsA(node, List) && !varies_walker(node, &parts) && parts.any)
	{
		places->nodes[places->n++] = node;
		return places->n == PFX_MAX_CONSTANTS;
	}
	return expression_tree_walker(node, places_walker, places);
}

void
pfx_constants_of(Query *query, uint8 *fingerprints)
{
	Places		places = {{NULL}};

	memset(fingerprints, 0, PFX_MAX_CONSTANTS);
	(void) places_walker((Node *) query, &places);
	for (int i = 0; i < places.n; i++)
	{
		Parts		parts = {0};

		(void) varies_walker(places.nodes[i], &parts);
		fingerprints[i] = murmurhash32(parts.hash) % 255 + 1;
	}
}

/* ---- what is known of them ---- */

/* As text: a value may have been cast to the type of the column. */
static char *
value_text(Oid type, Datum value)
{
	Oid			function;
	bool		varlena;

	getTypeOutputInfo(type, &function, &varlena);
	return OidOutputFunctionCall(function, value);
}

static void
add_known(uint32 mask, bool doubted, int location, Oid type, Datum value)
{
	Known	   *one = palloc(sizeof(Known));

	one->mask = mask;
	one->doubted = doubted;
	one->location = location;
	one->text = value_text(type, value);
	known = lappend(known, one);
}

static void
add_parameters(ParamListInfo params)
{
	for (int i = 1; params != NULL && i <= params->numParams; i++)
	{
		ParamExternData workspace;
		ParamExternData *param;

		/* as eval_const_expressions() asks: a value that is not there is no error */
		if (params->paramFetch)
			param = params->paramFetch(params, i, true, &workspace);
		else
			param = &params->params[i - 1];
		if (OidIsValid(param->ptype) && !param->isnull)
			add_known(0, true, -1, param->ptype, param->value);
	}
}

static bool
is_parameter(Node *node, void *context)
{
	if (node == NULL)
		return false;
	return IsA(node, Param) || expression_tree_walker(node, is_parameter, context);
}

void
pfx_constants_doubt(Query *query, ParamListInfo params, uint32 varying)
{
	PlannerInfo *root = makeNode(PlannerInfo);
	Places		places = {{NULL}};

	root->glob = makeNode(PlannerGlobal);
	root->glob->boundParams = params;
	pfx_constants_reset();
	add_parameters(params);
	(void) places_walker((Node *) query, &places);
	for (int i = 0; i < places.n; i++)
	{
		Node	   *node = places.nodes[i];
		int			location = IsA(node, Const) ? ((Const *) node)->location : -1;
		bool		doubted = (varying & ((uint32) 1 << i)) != 0 || is_parameter(node, NULL);

		if (!IsA(node, Const))
			node = eval_const_expressions(root, copyObject(node));
		if (IsA(node, Const) && !((Const *) node)->constisnull)
			add_known((uint32) 1 << i, doubted, location, ((Const *) node)->consttype,
					  ((Const *) node)->constvalue);
	}
}

void
pfx_constants_reset(void)
{
	known = NIL;
}

/* ---- finding them again ---- */

typedef struct Found
{
	uint32		mask;
	bool		doubted;
} Found;

/* By the place in the text, which only the query's own have; true: found */
static bool
find_location(int location, Found *found)
{
	ListCell   *lc;

	foreach(lc, known)
	{
		const Known *one = (const Known *) lfirst(lc);

		if (location >= 0 && one->location == location)
		{
			found->mask |= one->mask;
			found->doubted |= one->doubted;
			return true;
		}
	}
	return false;
}

static void
find_value(Oid type, Datum value, Found *found)
{
	char	   *text = value_text(type, value);
	ListCell   *lc;

	foreach(lc, known)
	{
		const Known *one = (const Known *) lfirst(lc);

		if (strcmp(one->text, text) == 0)
		{
			found->mask |= one->mask;
			found->doubted |= one->doubted;
		}
	}
}

static void
find_elements(const Const *constant, Oid type, Found *found)
{
	int16		typlen;
	bool		typbyval;
	char		typalign;
	Datum	   *values;
	bool	   *nulls;
	int			nvalues;

	get_typlenbyvalalign(type, &typlen, &typbyval, &typalign);
	deconstruct_array(DatumGetArrayTypeP(constant->constvalue), type, typlen, typbyval, typalign,
					  &values, &nulls, &nvalues);
	for (int i = 0; i < nvalues; i++)
		if (!nulls[i])
			find_value(type, values[i], found);
}

static bool
find_walker(Node *node, Found *found)
{
	const Const *constant = (const Const *) node;
	Oid			element_type;

	if (node == NULL)
		return false;
	if (!IsA(node, Const))
		return expression_tree_walker(node, find_walker, found);
	if (constant->constisnull || find_location(constant->location, found))
		return false;
	find_value(constant->consttype, constant->constvalue, found);
	element_type = get_element_type(constant->consttype);
	if (OidIsValid(element_type))
		find_elements(constant, element_type, found);
	return false;
}

bool
pfx_is_doubted(Node *expr)
{
	Found		found = {0};

	if (known != NIL)
		(void) find_walker(expr, &found);
	return found.doubted;
}

uint32
pfx_constants_in(Node *expr)
{
	Found		found = {0};

	if (known != NIL)
		(void) find_walker(expr, &found);
	return found.mask;
}
