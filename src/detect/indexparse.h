/*-------------------------------------------------------------------------
 *
 * indexparse.h
 *	  Reads an index's definition from SQL.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#ifndef PFX_INDEXPARSE_H
#define PFX_INDEXPARSE_H

#include "detect/indexdef.h"

/*
 * The definition is what follows the table's name in CREATE INDEX.  Errors as
 * CREATE INDEX gives them, and where an index has more than a PfxIndexDef holds.
 * The table is locked by the caller; the current search_path applies.  With
 * builtin_only an error, before anything is folded, where the definition calls a
 * function that is not the server's own.
 */
extern void pfx_parse_index(Oid relid, const char *definition, bool builtin_only,
							PfxIndexDef *def);

/* The columns of the table that the definition mentions, numbered as they are */
extern Bitmapset *pfx_index_columns(const PfxIndexDef *def);

#endif							/* PFX_INDEXPARSE_H */
