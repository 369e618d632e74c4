/*-------------------------------------------------------------------------
 *
 * operators.c
 *	  Tells from the catalogs what an operator means to an index.
 *
 * It is apart from predicates.c because it knows catalogs and no expressions.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/stratnum.h"
#include "catalog/pg_am_d.h"
#include "catalog/pg_amop.h"
#include "catalog/pg_namespace_d.h"
#include "catalog/pg_operator.h"
#include "detect/operators.h"
#include "utils/catcache.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

static int
btree_strategy(Oid opno, Oid type)
{
	TypeCacheEntry *typcache = lookup_type_cache(type, TYPECACHE_BTREE_OPFAMILY);

	if (!OidIsValid(typcache->btree_opf))
		return 0;
	return get_op_opfamily_strategy(opno, typcache->btree_opf);
}

/* The btree strategy of an operator whose left operand has this type; 0 = none. */
int
pfx_operator_strategy(Oid opno, Oid type)
{
	Oid			left;
	Oid			right;
	int			strategy = btree_strategy(opno, type);

	if (strategy == 0)
	{
		op_input_types(opno, &left, &right);
		if (left != type && OidIsValid(left))
			strategy = btree_strategy(opno, left);
	}
	return strategy;
}

static bool
is_builtin_operator(Oid opno)
{
	HeapTuple	tuple = SearchSysCache1(OPEROID, ObjectIdGetDatum(opno));
	bool		result = false;

	if (HeapTupleIsValid(tuple))
	{
		result = ((Form_pg_operator) GETSTRUCT(tuple))->oprnamespace == PG_CATALOG_NAMESPACE;
		ReleaseSysCache(tuple);
	}
	return result;
}

/* The index method, other than btree, whose operator families hold the operator. */
const char *
pfx_index_method(Oid opno)
{
	const char *result = NULL;
	CatCList   *members = SearchSysCacheList1(AMOPOPID, ObjectIdGetDatum(opno));

	for (int i = 0; i < members->n_members && result == NULL; i++)
	{
		Form_pg_amop amop = (Form_pg_amop) GETSTRUCT(&members->members[i]->tuple);

		if (amop->amoppurpose != AMOP_SEARCH)
			continue;
		if (amop->amopmethod == GIN_AM_OID)
			result = "gin";
		else if (amop->amopmethod == GIST_AM_OID)
			result = "gist";
		else if (amop->amopmethod == SPGIST_AM_OID)
			result = "spgist";
	}
	ReleaseSysCacheList(members);
	return result;
}

void
pfx_classify_operator(Oid opno, Oid type, PfxComparison *cmp)
{
	Oid			negator;

	cmp->operator = get_opname(opno);
	cmp->strategy = pfx_operator_strategy(opno, type);
	if (cmp->operator == NULL)
		cmp->operator = "?";

	if (cmp->strategy == BTEqualStrategyNumber)
		cmp->kind = PFX_PREDICATE_EQ;
	else if (cmp->strategy != 0)
		cmp->kind = PFX_PREDICATE_RANGE;
	else if (is_builtin_operator(opno) && strcmp(cmp->operator, "~~") == 0)
		cmp->kind = PFX_PREDICATE_LIKE;
	else if (is_builtin_operator(opno) && strcmp(cmp->operator, "~~*") == 0)
		cmp->kind = PFX_PREDICATE_ILIKE;
	else
	{
		negator = get_negator(opno);
		if (OidIsValid(negator) &&
			pfx_operator_strategy(negator, type) == BTEqualStrategyNumber)
			cmp->kind = PFX_PREDICATE_NE;
		else
			cmp->kind = PFX_PREDICATE_OTHER;
	}
}
