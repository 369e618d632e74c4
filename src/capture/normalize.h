/*-------------------------------------------------------------------------
 *
 * normalize.h
 *	  Statement and expression texts with every constant taken out.
 *
 * What is stored and shown of a statement goes through here, so that no
 * other file has to know how to lex SQL.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#ifndef PFX_NORMALIZE_H
#define PFX_NORMALIZE_H

/* longest text handed out, in bytes, without the terminating zero */
#define PFX_MAX_TEXT		(32 * 1024)

/* what is handed out for a text that the lexer refuses */
#define PFX_UNPARSABLE_STATEMENT	"<unparsable statement>"
#define PFX_UNPARSABLE_EXPRESSION	"<unparsable expression>"

extern char *pfx_normalize_statement(const char *source, int location, int len,
									 bool utility, int *result_len);
extern void pfx_normalized_numbers(const char *source, int location, int len, const int *at,
								   int n, int *numbers);
extern char *pfx_normalize_expression(const char *text);
extern uint64 pfx_utility_id(const char *normalized, int len);
extern bool pfx_is_credential_name(const char *name, int len);

#endif							/* PFX_NORMALIZE_H */
