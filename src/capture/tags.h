/*-------------------------------------------------------------------------
 *
 * tags.h
 *	  The tags that applications put into a statement's comments.
 *
 * Finding them (at every execution, so it must cost almost nothing) and
 * understanding them (when somebody reads them) are kept apart.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#ifndef PFX_TAGS_H
#define PFX_TAGS_H

#include "utils/jsonb.h"

/* a buffer that holds the tags of all but extravagant clients, in bytes */
#define PFX_TAGS_SIZE		2048

extern int	pfx_tags_extract(const char *source, char *buf, int bufsize);
/* Is there anything like a comment in a text? */
extern bool pfx_tags_possible(const char *source);

extern int	pfx_tags_of_statement(const char *source, int location, int len, char *buf,
								  int bufsize);
extern bool pfx_tags_find(const char *raw, int len, const char *key, char *buf, int bufsize);
extern Jsonb *pfx_tags_to_jsonb(const char *raw, int len);

/* One tag of what pfx_tags_extract left */
typedef struct PfxTag
{
	const char *start;			/* the pair as it stands there */
	const char *end;
	int			keylen;
	int			valuelen;
	char		key[65];		/* decoded, ended by a zero */
	char		value[128];		/* decoded, the beginning of a longer one */
} PfxTag;

/* The tag at or behind *cursor, which moves behind it; takes no memory */
extern bool pfx_tags_next(const char **cursor, const char *end, PfxTag *tag);

extern const char *pfx_tags_bare_text(const char *source, int location, int *len);

#endif							/* PFX_TAGS_H */
