/*-------------------------------------------------------------------------
 *
 * operators.h
 *	  What an operator means to an index.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#ifndef PFX_OPERATORS_H
#define PFX_OPERATORS_H

#include "detect/sargable.h"

/* The btree strategy of an operator whose left operand has this type; 0 = none. */
extern int	pfx_operator_strategy(Oid opno, Oid type);

/* Another method, such as gin, whose operator families hold the operator; or NULL. */
extern const char *pfx_index_method(Oid opno);

/* Fills in kind, strategy and name of an operator whose left operand has this type. */
extern void pfx_classify_operator(Oid opno, Oid type, PfxComparison *cmp);

#endif							/* PFX_OPERATORS_H */
