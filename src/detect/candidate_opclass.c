/*-------------------------------------------------------------------------
 *
 * candidate_opclass.c
 *	  Finds operator classes for indexes that do not exist yet.
 *
 * It is apart from operators.c because that asks what an operator means, and
 * this which index could be made for it.  The server's GetDefaultOpClass() scans
 * pg_opclass; we are called for each clause of each relation of each plan, so we
 * read the catalog cache's lists instead.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/transam.h"
#include "catalog/pg_am_d.h"
#include "catalog/pg_amop.h"
#include "catalog/pg_namespace_d.h"
#include "catalog/pg_opclass.h"
#include "catalog/pg_type_d.h"
#include "detect/candidate_opclass.h"
#include "parser/parse_coerce.h"
#include "utils/catcache.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

/*
 * How well a class for values of one type fits another: 3 exactly, 2 and 1 after
 * a coercion that changes nothing (2: to its category's preferred type), 0 not.
 */
static int
class_fit(Oid type, Oid class_type)
{
	if (type == class_type)
		return 3;
	if (!IsBinaryCoercible(type, class_type))
		return 0;
	return IsPreferredType(TypeCategory(type), class_type) ? 2 : 1;
}

/*
 * The best fitting class of an access method: a default one; or, given a
 * family, one of that family, whether default or not.
 */
static Oid
find_opclass(Oid type, Oid am, Oid opfamily, bool *isdefault)
{
	CatCList   *classes = SearchSysCacheList1(CLAAMNAMENSP, ObjectIdGetDatum(am));
	Oid			result = InvalidOid;
	int			best = 0;

	type = getBaseType(type);
	for (int i = 0; i < classes->n_members && best < 3; i++)
	{
		Form_pg_opclass class = (Form_pg_opclass) GETSTRUCT(&classes->members[i]->tuple);
		int			fit;

		if (OidIsValid(opfamily) ? class->opcfamily != opfamily : !class->opcdefault)
			continue;
		fit = class_fit(type, class->opcintype);
		if (fit > best)
		{
			best = fit;
			result = class->oid;
			if (isdefault)
				*isdefault = class->opcdefault;
		}
	}
	ReleaseSysCacheList(classes);
	return result;
}

Oid
pfx_default_opclass(Oid type, Oid am)
{
	return find_opclass(type, am, InvalidOid, NULL);
}

Oid
pfx_pattern_opclass(Oid type)
{
	switch (getBaseType(type))
	{
		case TEXTOID:
			return TEXT_BTREE_PATTERN_OPS_OID;
		case VARCHAROID:
			return VARCHAR_BTREE_PATTERN_OPS_OID;
		case BPCHAROID:
			return BPCHAR_BTREE_PATTERN_OPS_OID;
		default:
			return InvalidOid;
	}
}

bool
pfx_search_opclass(Oid opno, Oid type, Oid *am, Oid *opclass)
{
	CatCList   *members = SearchSysCacheList1(AMOPOPID, ObjectIdGetDatum(opno));
	int			best = 0;

	for (int i = 0; i < members->n_members; i++)
	{
		Form_pg_amop amop = (Form_pg_amop) GETSTRUCT(&members->members[i]->tuple);
		bool		isdefault = false;
		int			rank;
		Oid			class;

		if (amop->amoppurpose != AMOP_SEARCH ||
			(amop->amopmethod != GIN_AM_OID && amop->amopmethod != GIST_AM_OID))
			continue;
		class = find_opclass(type, amop->amopmethod, amop->amopfamily, &isdefault);
		if (!OidIsValid(class))
			continue;
		rank = (amop->amopmethod == GIN_AM_OID ? 3 : 1) + (isdefault ? 1 : 0);
		if (rank > best)
		{
			best = rank;
			*am = amop->amopmethod;
			*opclass = class;
		}
	}
	ReleaseSysCacheList(members);
	return best > 0;
}

Oid
pfx_path_opclass(Oid opclass)
{
	if (get_opclass_input_type(opclass) != JSONBOID || opclass >= FirstNormalObjectId)
		return InvalidOid;
	return GetSysCacheOid3(CLAAMNAMENSP, Anum_pg_opclass_oid, ObjectIdGetDatum(GIN_AM_OID),
						   CStringGetDatum("jsonb_path_ops"),
						   ObjectIdGetDatum(PG_CATALOG_NAMESPACE));
}
