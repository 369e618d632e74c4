/*-------------------------------------------------------------------------
 *
 * candidate_opclass.h
 *	  The operator class that an index of a candidate needs.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#ifndef PFX_CANDIDATE_OPCLASS_H
#define PFX_CANDIDATE_OPCLASS_H

/* The access method's default operator class for a type, or InvalidOid. */
extern Oid	pfx_default_opclass(Oid type, Oid am);

/* The btree class that compares strings of the type byte by byte, or InvalidOid. */
extern Oid	pfx_pattern_opclass(Oid type);

/*
 * The class, of gin or else of gist, that serves an operator whose left operand
 * has this type.  False when there is none.
 */
extern bool pfx_search_opclass(Oid opno, Oid type, Oid *am, Oid *opclass);

/*
 * For the server's GIN class of jsonb the one that serves fewer operators and is
 * smaller; InvalidOid for all others.
 */
extern Oid	pfx_path_opclass(Oid opclass);

#endif							/* PFX_CANDIDATE_OPCLASS_H */
