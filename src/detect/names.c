/*-------------------------------------------------------------------------
 *
 * names.c
 *	  Whether the names of two columns say that one refers to the other.
 *
 * Separate from judge.c: names are a hint beside values, and the only one for
 * loops inside of functions.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "detect/pattern.h"

bool
pfx_refers_to(const PfxColumnName *from, const PfxColumnName *to)
{
	char		singular[NAMEDATALEN];
	char		wanted[2 * NAMEDATALEN];
	Size		len;

	if (from->column[0] == '\0' || to->column[0] == '\0')
		return false;
	strlcpy(singular, to->table, sizeof(singular));
	for (int form = 0; form < 3; form++)
	{
		snprintf(wanted, sizeof(wanted), "%s_%s", singular, to->column);
		if (pg_strcasecmp(from->column, wanted) == 0)
			return true;
		/* authors: author, categories: category */
		strlcpy(singular, to->table, sizeof(singular));
		len = strlen(singular);
		if (form == 0 && len > 1 && singular[len - 1] == 's')
			singular[len - 1] = '\0';
		else if (form == 1 && len > 3 && strcmp(singular + len - 3, "ies") == 0)
			strcpy(singular + len - 3, "y");
		else
			break;
	}
	return false;
}

bool
pfx_is_same_column(const PfxColumnName *a, const PfxColumnName *b)
{
	return a->column[0] != '\0' && strcmp(a->column, b->column) == 0 &&
		strcmp(a->table, b->table) == 0 && strcmp(a->schema, b->schema) == 0;
}

static double
name_score(const PfxColumnName *parent, const PfxColumnName *child)
{
	if (pfx_refers_to(parent, child) || pfx_refers_to(child, parent))
		return 1;
	if (parent->column[0] != '\0' && strcmp(parent->column, child->column) == 0)
		return strcmp(parent->table, child->table) == 0 ? 0.4 : 0.5;
	return 0;
}

const PfxColumnName *
pfx_name_of_key(const PfxKnown *child, int key, const PfxColumnName *parent)
{
	const PfxColumnName *name = &child->keys[key];
	const PfxColumnName *other = &child->others[key];

	return name_score(parent, other) > name_score(parent, name) ? other : name;
}

double
pfx_link_score(const PfxKnown *child, int key, const PfxKnown *parent, int column)
{
	if (parent == NULL || key >= child->nkeys || column >= parent->nvalues)
		return 0;
	return name_score(&parent->values[column],
					  pfx_name_of_key(child, key, &parent->values[column]));
}
