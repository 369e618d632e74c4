/*-------------------------------------------------------------------------
 *
 * indexddl.h
 *	  Writes an index that does not exist down: as SQL and as facts.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#ifndef PFX_INDEXDDL_H
#define PFX_INDEXDDL_H

#include "detect/indexdef.h"
#include "lib/stringinfo.h"

/*
 * Appends the index's facts as members of a JSON object (without braces), names
 * those of the table that the DDL is for (of a partition, the topmost parent):
 *
 *	 "relid": 16384, "schemaname": "public", "relname": "orders", "relkind": "r",
 *	 "method": "btree", "key_columns": ["customer_id", "created DESC", "lower(name)"],
 *	 "include_columns": ["total"], "predicate": "(status = 'new'::text)" or null,
 *	 "column_list": "customer_id, created DESC, lower(name)"   ready for CREATE INDEX,
 *	 with operator classes and collations where they are not the default,
 *	 "needs_extension": "pg_trgm" or null,
 *	 "index_name": "orders_customer_id_created_idx"
 *
 * key_columns, include_columns, predicate and column_list are SQL: names quoted
 * where SQL needs it, and qualified unless they are pg_catalog's.  schemaname,
 * relname and index_name are bare names.
 */
extern void pfx_index_json(StringInfo buf, const PfxIndexDef *def);

/*
 * A name for the index, palloc'd, always the same for the same definition: the
 * table's and the columns', and a hash of the definition unless it is only that
 * (or the name is too long, or taken).  At most NAMEDATALEN - 1 bytes.
 */
extern char *pfx_index_name(const PfxIndexDef *def);

#endif							/* PFX_INDEXDDL_H */
