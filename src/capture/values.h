/*-------------------------------------------------------------------------
 *
 * values.h
 *	  Hashes of values.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#ifndef PFX_VALUES_H
#define PFX_VALUES_H

/*
 * The type whose values have the same hashes; all else below takes types only as
 * this has made them.  InvalidOid: none.
 */
extern Oid	pfx_hashed_as(Oid type);

/* Hash of a value, 0 for NULLs, other types and values that are not at hand */
extern uint32 pfx_datum_hash(Oid type, Datum value, bool isnull);
extern bool pfx_type_has_hash(Oid type);

/* Integers, and what they are as a number */
extern bool pfx_type_is_number(Oid type);
extern int64 pfx_number_of(Oid type, Datum value);

/* The only element of an array; 1: it has one, 0: it has none, 2: more or not known */
extern int	pfx_only_element(Datum array, Oid *type, Datum *value, bool *isnull);

#endif							/* PFX_VALUES_H */
