/*-------------------------------------------------------------------------
 *
 * tags.c
 *	  Tags in the first and last comment of a statement's text.
 *
 * Kept apart because finding them happens at every execution and may not
 * allocate, raise errors or cost anything when there is no comment, and
 * because the formats of many clients meet here:
 *
 *	  k='v',k2='v2'		sqlcommenter, Rails, Datadog, Prisma
 *	  k:v,k2:v2			marginalia, Rails (legacy)
 *	  k="v", k=v		various
 *
 * Only what has the form of a pair is ever copied, so that prose and
 * commented-out SQL stay where they are.  Values come from outside and are
 * data, never to be trusted.
 *
 * Caveats: the text is not lexed by the server's lexer, which would be too
 * slow.  A small scanner of our own knows quotes, dollar quotes and nested
 * comments; where it cannot be sure, because a backslash before a quote means
 * something else under standard_conforming_strings = off, it finds no tags.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "parser/scansup.h"
#include "tcop/tcopprot.h"
#include "utils/jsonb.h"

#include "compat.h"
#include "capture/normalize.h"
#include "capture/tags.h"

/* a longer comment, in bytes, is no tag comment */
#define MAX_COMMENT			8192

/* longer texts, in bytes, are not scanned from their start */
#define MAX_SCAN			(64 * 1024)

#define MAX_KEY				64	/* bytes */
#define MAX_VALUE			512 /* bytes */
#define MAX_PAIRS			32

/* The body of a comment, without its marks */
typedef struct PfxComment
{
	const char *start;
	const char *end;
} PfxComment;

/* A pair as it stands in a comment */
typedef struct PfxTagPair
{
	const char *start;
	const char *end;
	char		key[MAX_KEY + 1];	/* decoded */
	int			keylen;
	const char *value;			/* raw, without quotes */
	int			valuelen;
	bool		quoted;
} PfxTagPair;

static inline bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static inline bool
is_newline(char c)
{
	return c == '\n' || c == '\r';
}

static inline bool
is_ident_start(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || IS_HIGHBIT_SET(c);
}

static inline bool
is_ident_char(unsigned char c)
{
	return is_ident_start(c) || (c >= '0' && c <= '9') || c == '$';
}

static inline bool
is_key_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		c == '_' || c == '.' || c == ':' || c == '-';
}

static inline int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/*
 * Undo the escapes of a key or value; the result is never longer than the
 * input, and at most "size" bytes of it are written (-1: it is longer).
 * Some clients double the percent sign for their driver's sake.
 */
static int
decode(const char *src, int len, bool backslashes, bool plus, char *dst, int size)
{
	const char *end = src + len;
	int			out = 0;

	while (src < end)
	{
		char		c = *src++;

		if (c == '\\' && backslashes && src < end)
			c = *src++;
		else if (c == '+' && plus)
			c = ' ';
		else if (c == '%')
		{
			const char *hex = src;

			if (hex < end && *hex == '%')
				hex++;
			if (end - hex >= 2 && hex_digit(hex[0]) >= 0 && hex_digit(hex[1]) >= 0)
			{
				c = (char) (hex_digit(hex[0]) << 4 | hex_digit(hex[1]));
				src = hex + 2;
			}
		}
		if (out >= size)
			return -1;
		dst[out++] = c;
	}
	return out;
}

/*
 * Datadog's keys; its clients write a blank as "+".
 */
static bool
is_datadog_key(const char *key, int len)
{
	return len >= 3 && len <= 6 && key[0] == 'd' && key[1] == 'd';
}

/*
 * Decode and check the key of a pair.
 */
static bool
take_key(PfxTagPair *pair, const char *key, int len)
{
	pair->keylen = decode(key, len, false, false, pair->key, MAX_KEY);
	if (pair->keylen <= 0)
		return false;
	for (int i = 0; i < pair->keylen; i++)
	{
		if (!is_key_char(pair->key[i]))
			return false;
	}
	pair->key[pair->keylen] = '\0';
	return !pfx_is_credential_name(pair->key, pair->keylen);
}

/*
 * Try to read a pair at p; false when there is none.
 */
static bool
parse_pair(const char *p, const char *end, PfxTagPair *pair)
{
	const char *keyend = p;
	const char *colon;
	const char *sep;
	char		quote;

	while (keyend < end && (is_key_char(*keyend) || *keyend == '%'))
		keyend++;
	colon = memchr(p, ':', keyend - p);

	/* a colon may be part of a key, but only before ='v' */
	if (keyend < end && *keyend == '=' &&
		(colon == NULL ||
		 (keyend + 1 < end && (keyend[1] == '\'' || keyend[1] == '"'))))
		sep = keyend;
	else
		sep = colon;
	if (sep == NULL || sep == p || sep + 1 >= end)
		return false;

	pair->start = p;
	pair->value = sep + 1;
	quote = *pair->value;
	pair->quoted = quote == '\'' || quote == '"';
	if (pair->quoted)
	{
		const char *v = ++pair->value;

		while (v < end && *v != quote)
			v += (*v == '\\') ? 2 : 1;
		if (v >= end)
			return false;
		pair->valuelen = v - pair->value;
		pair->end = v + 1;
		/* something that goes on behind the quote is no value */
		if (pair->end < end && *pair->end != ',' && !is_space(*pair->end))
			return false;
	}
	else
	{
		const char *v = pair->value;

		while (v < end && *v != ',' && !is_newline(*v))
			v++;
		while (v > pair->value && is_space(v[-1]))
			v--;
		pair->valuelen = v - pair->value;
		pair->end = v;

		/*
		 * Leave prose, addresses, casts and commented-out SQL alone; but a
		 * line of Ruby's, behind a colon, has blanks and quotes.
		 */
		if (pair->valuelen == 0 || is_space(*pair->value) || *pair->value == ':' ||
			(pair->valuelen > 1 && memcmp(pair->value, "//", 2) == 0) ||
			(*sep == '=' && (memchr(pair->value, ' ', pair->valuelen) != NULL ||
							 memchr(pair->value, '\'', pair->valuelen) != NULL ||
							 memchr(pair->value, '"', pair->valuelen) != NULL)))
			return false;
	}
	return take_key(pair, p, sep - p);
}

/*
 * The next pair at or behind *cursor, skipping what is none.
 */
static bool
next_pair(const char **cursor, const char *end, PfxTagPair *pair)
{
	const char *p = *cursor;

	for (;;)
	{
		while (p < end && (is_space(*p) || *p == ','))
			p++;
		if (p >= end)
			return false;
		if (parse_pair(p, end, pair))
		{
			*cursor = pair->end;
			return true;
		}
		while (p < end && *p != ',' && !is_newline(*p))
			p++;
	}
}

/*
 * The end of the block comment that starts at p, behind its mark; NULL when
 * it does not end before "end".
 */
static const char *
skip_block_comment(const char *p, const char *end)
{
	int			depth = 1;

	p += 2;
	while (end - p >= 2)
	{
		if (p[0] == '*' && p[1] == '/')
		{
			p += 2;
			if (--depth == 0)
				return p;
		}
		else if (p[0] == '/' && p[1] == '*')
		{
			p += 2;
			depth++;
		}
		else
			p++;
	}
	return NULL;
}

static const char *
skip_line_comment(const char *p, const char *end)
{
	while (p < end && !is_newline(*p))
		p++;
	return p;
}

/*
 * The end of the quoted string or name whose first quote is at p; NULL when it
 * is not closed or, without "escapes", when backslashes make that uncertain.
 */
static const char *
skip_quoted(const char *p, const char *end, bool escapes)
{
	char		quote = *p++;

	while (p < end)
	{
		if (*p == '\\' && quote == '\'')
		{
			if (escapes)
			{
				p += 2;
				continue;
			}
			if (end - p >= 2 && p[1] == '\'')
				return NULL;
		}
		if (*p == quote)
		{
			if (end - p < 2 || p[1] != quote)
				return p + 1;
			p++;				/* doubled */
		}
		p++;
	}
	return NULL;
}

/*
 * The end of the dollar-quoted string that starts at p; p + 1 when none does,
 * NULL when it is not closed.
 */
static const char *
skip_dollar_quoted(const char *p, const char *end)
{
	const char *tagend = p + 1;
	int			taglen;

	if (tagend < end && is_ident_start(*tagend))
	{
		while (tagend < end && *tagend != '$' && is_ident_char(*tagend))
			tagend++;
	}
	if (tagend >= end || *tagend != '$')
		return p + 1;
	tagend++;
	taglen = tagend - p;

	for (const char *q = tagend; end - q >= taglen; q++)
	{
		q = memchr(q, '$', end - q - taglen + 1);
		if (q == NULL)
			return NULL;
		if (memcmp(q, p, taglen) == 0)
			return q + taglen;
	}
	return NULL;
}

/*
 * Scan the text for the last comment that nothing but white space and
 * semicolons follows.  False when there is none or the scan is not sure.
 */
static bool
scan_last_comment(const char *p, const char *end, PfxComment *comment)
{
	bool		found = false;

	while (p < end)
	{
		unsigned char c = *p;
		unsigned char next = end - p >= 2 ? p[1] : '\0';

		if (is_space(c) || c == ';')
		{
			p++;
			continue;
		}
		if (c == '-' && next == '-')
		{
			comment->start = p + 2;
			comment->end = p = skip_line_comment(p, end);
			found = true;
			continue;
		}
		if (c == '/' && next == '*')
		{
			comment->start = p + 2;
			p = skip_block_comment(p, end);
			if (p == NULL)
				return false;
			comment->end = p - 2;
			found = true;
			continue;
		}

		found = false;
		if (c == '\'' || c == '"')
			p = skip_quoted(p, end, false);
		else if ((c == 'e' || c == 'E') && next == '\'')
			p = skip_quoted(p + 1, end, true);
		else if (c == '$')
			p = skip_dollar_quoted(p, end);
		else if (is_ident_start(c))
		{
			while (p < end && is_ident_char(*p))
				p++;
		}
		else
			p++;
		if (p == NULL)
			return false;
	}
	return found;
}

/*
 * The comment at the very start of the text.
 */
static bool
find_first(const char *p, PfxComment *comment)
{
	while (is_space(*p) || *p == ';')
		p++;
	if (p[0] == '/' && p[1] == '*')
	{
		const char *stop = skip_block_comment(p, p + strnlen(p, MAX_COMMENT));

		if (stop == NULL)
			return false;
		comment->start = p + 2;
		comment->end = stop - 2;
		return true;
	}
	if (p[0] == '-' && p[1] == '-')
	{
		const char *limit = p + strnlen(p, MAX_COMMENT);

		comment->start = p + 2;
		comment->end = skip_line_comment(p, limit);
		return comment->end < limit || *limit == '\0';
	}
	return false;
}

/*
 * The comment at the very end of the text.
 */
static bool
find_last(const char *source, PfxComment *comment)
{
	const char *end = source + strlen(source);
	const char *mark = NULL;

	while (end > source && (is_space(end[-1]) || end[-1] == ';'))
		end--;

	if (end - source >= 4 && end[-1] == '/' && end[-2] == '*')
	{
		const char *limit = end - source > MAX_COMMENT ? end - MAX_COMMENT : source;
		bool		sure = true;

		/*
		 * Go back to the opening mark.  If that were inside a string, the
		 * string would have to end and another comment begin before the end,
		 * so a body without further marks settles it.
		 */
		for (const char *p = end - 4; p >= limit; p--)
		{
			if (p[0] == '/' && p[1] == '*')
			{
				mark = p;
				break;
			}
			if ((p[0] == '*' && p[1] == '/') || (p[0] == '-' && p[1] == '-'))
				sure = false;
		}
		if (mark == NULL)
			return false;
		if (sure)
		{
			comment->start = mark + 2;
			comment->end = end - 2;
			return true;
		}
	}
	else
	{
		/* a line comment: the last two dashes must be on the last line */
		if (end - source > MAX_SCAN)
			return false;
		for (const char *p = source;
			 end - p >= 2 && (p = memchr(p, '-', end - p - 1)) != NULL; p++)
		{
			if (p[1] == '-')
				mark = p;
		}
		if (mark == NULL)
			return false;
		for (const char *p = mark; p < end; p++)
		{
			if (is_newline(*p))
				return false;
		}
	}

	if (end - source > MAX_SCAN)
		return false;
	return scan_last_comment(source, end, comment) &&
		comment->end - comment->start <= MAX_COMMENT;
}

/*
 * Append the pairs of a comment to the buffer, as they stand in the text.
 */
static int
copy_pairs(const PfxComment *comment, char *buf, int used, int bufsize)
{
	const char *cursor = comment->start;
	char		join = used > 0 ? '\n' : '\0';
	PfxTagPair	pair;

	/* hints and other tools' directives */
	if (cursor < comment->end && (*cursor == '+' || *cursor == '!'))
		return used;

	while (next_pair(&cursor, comment->end, &pair))
	{
		int			len = pair.end - pair.start;

		if (used + (join != '\0') + len >= bufsize)
			continue;
		if (join != '\0')
			buf[used++] = join;
		memcpy(buf + used, pair.start, len);
		used += len;
		join = ',';
	}
	return used;
}

/*
 * Copy the tags in the first and in the last comment of the whole source text
 * into buf, for pfx_tags_to_jsonb: the pairs as they stand there, those of two
 * comments on two lines.  What does not fit into bufsize (with a terminating
 * zero) is left out, pair by pair.  Returns the length, 0 when there are none.
 *
 * Takes no memory, raises no error.
 */
int
pfx_tags_extract(const char *source, char *buf, int bufsize)
{
	PfxComment	first;
	PfxComment	last;
	bool		has_first;
	int			used = 0;

	if (source == NULL || bufsize <= 0)
		return 0;

	has_first = find_first(source, &first);
	if (has_first)
		used = copy_pairs(&first, buf, used, bufsize);
	if (find_last(source, &last) && (!has_first || last.start > first.end))
		used = copy_pairs(&last, buf, used, bufsize);
	buf[used] = '\0';
	return used;
}

/* Behind white space, semicolons and comments; an unclosed comment is none */
static const char *
skip_blank(const char *at)
{
	for (;;)
	{
		const char *end;

		while (scanner_isspace(*at) || *at == ';')
			at++;
		if (at[0] == '-' && at[1] == '-')
		{
			end = strchr(at, '\n');
			if (end == NULL)
				return at + strlen(at);
		}
		else if (at[0] == '/' && at[1] == '*')
		{
			end = strstr(at + 2, "*/");
			if (end == NULL)
				return at;
			end++;
		}
		else
			return at;
		at = end + 1;
	}
}

/* Most texts hold no comment at all, which is quickly seen */
bool
pfx_tags_possible(const char *source)
{
	size_t		len;
	const char *dash;

	if (source == NULL)
		return false;
	len = strlen(source);
	if (memchr(source, '/', len) != NULL)
		return true;
	dash = memchr(source, '-', len);
	return dash != NULL && strstr(dash, "--") != NULL;
}

/*
 * The same for one statement of a text that may hold several; location and len
 * are those of PlannedStmt.  A comment before a semicolon belongs to the
 * statement that the semicolon ends, one behind the last semicolon to the last
 * statement.  Takes memory when there are several statements, but raises no
 * error when there is none.
 */
int
pfx_tags_of_statement(const char *source, int location, int len, char *buf, int bufsize)
{
	const char *start = source;
	char	   *part;
	int			used;

	if (likely(!pfx_tags_possible(source)))
		return 0;
	/*
	 * A client's text is where its statements are; any other (a query read back
	 * from the catalog) may have a location that belongs to another text.
	 */
	if (source != debug_query_string && location > 0 && strnlen(source, location) < location)
		return 0;
	if (location > 0 && skip_blank(source) < source + location)
		start = source + location;
	if (len > 0)
	{
		len += source + Max(location, 0) - start;
		if (source != debug_query_string)
			len = strnlen(start, len);
	}
	/* nothing follows: up to the end of the text */
	if (len <= 0 || *skip_blank(start + len) == '\0')
		return pfx_tags_extract(start, buf, bufsize);

	part = palloc_extended(len + 1, MCXT_ALLOC_NO_OOM);
	if (part == NULL)
		return 0;
	memcpy(part, start, len);
	part[len] = '\0';
	used = pfx_tags_extract(part, buf, bufsize);
	pfree(part);
	return used;
}

/* Where a mark of two characters stands, or limit */
static const char *
find_mark(const char *p, const char *limit, char first, char second)
{
	while ((p = memchr(p, first, limit - p)) != NULL)
	{
		if (p + 1 < limit && p[1] == second)
			return p;
		p++;
	}
	return limit;
}

/*
 * The text of a statement without comments in front of it and up to the next
 * one; its length in *len, which comes with that of PlannedStmt.  Quotes are not
 * looked at: this serves to tell texts from each other.  NULL: there is none.
 */
const char *
pfx_tags_bare_text(const char *source, int location, int *len)
{
	const char *start = source;
	const char *limit;
	const char *end;

	if (source == NULL)
		return NULL;
	if (location > 0)
	{
		if (source == debug_query_string || strnlen(source, location) == location)
			start += location;
		else
			*len = 0;
	}
	limit = start + (*len > 0 ? strnlen(start, *len) : strlen(start));
	start = skip_blank(start);
	if (start >= limit)
		return NULL;
	end = find_mark(start, limit, '/', '*');
	end = find_mark(start, end, '-', '-');
	*len = end - start;
	return start;
}

bool
pfx_tags_next(const char **cursor, const char *end, PfxTag *tag)
{
	PfxTagPair	pair;

	StaticAssertStmt(sizeof(tag->key) == sizeof(pair.key), "a key fits");
	if (!next_pair(cursor, end, &pair))
		return false;
	tag->start = pair.start;
	tag->end = pair.end;
	tag->keylen = pair.keylen;
	memcpy(tag->key, pair.key, pair.keylen + 1);
	tag->valuelen = decode(pair.value, pair.valuelen, pair.quoted,
						   is_datadog_key(pair.key, pair.keylen), tag->value,
						   sizeof(tag->value));
	if (tag->valuelen < 0)
		tag->valuelen = sizeof(tag->value);
	return true;
}

/*
 * The tags that pfx_tags_extract found as a jsonb object of strings, NULL when
 * there are none.  Of pairs with the same key the last counts; a value that is
 * not valid in the database's encoding is left out.
 */
Jsonb *
pfx_tags_to_jsonb(const char *raw, int len)
{
	const char *cursor = raw;
	PfxJsonbState state = {0};
	PfxTagPair	pair;
	int			count = 0;

	while (count < MAX_PAIRS && next_pair(&cursor, raw + len, &pair))
	{
		JsonbValue	key;
		JsonbValue	value;
		char	   *decoded = palloc(pair.valuelen + 1);
		int			decodedlen;

		decodedlen = decode(pair.value, pair.valuelen, pair.quoted,
							is_datadog_key(pair.key, pair.keylen), decoded, pair.valuelen);
		if (decodedlen < 0 || memchr(decoded, '\0', decodedlen) != NULL ||
			!pg_verifymbstr(decoded, decodedlen, true))
			continue;

		if (count++ == 0)
			pfx_push_jsonb(&state, WJB_BEGIN_OBJECT, NULL);
		key.type = jbvString;
		key.val.string.val = pnstrdup(pair.key, pair.keylen);
		key.val.string.len = pair.keylen;
		pfx_push_jsonb(&state, WJB_KEY, &key);
		value.type = jbvString;
		value.val.string.val = decoded;
		value.val.string.len = decodedlen > MAX_VALUE ?
			pg_mbcliplen(decoded, decodedlen, MAX_VALUE) : decodedlen;
		pfx_push_jsonb(&state, WJB_VALUE, &value);
	}
	if (count == 0)
		return NULL;
	pfx_push_jsonb(&state, WJB_END_OBJECT, NULL);
	return JsonbValueToJsonb(state.result);
}

/*
 * The value of one of these pairs, decoded and cut to bufsize with its terminating
 * zero.  False when there is none, or it is empty, or not valid in the database's
 * encoding.  Takes no memory, raises no error.
 */
bool
pfx_tags_find(const char *raw, int len, const char *key, char *buf, int bufsize)
{
	const char *cursor = raw;
	PfxTag		tag;

	while (pfx_tags_next(&cursor, raw + len, &tag))
	{
		int			n = tag.valuelen;

		if (pg_strcasecmp(tag.key, key) != 0 || n == 0 || memchr(tag.value, '\0', n) != NULL ||
			!pg_verifymbstr(tag.value, n, true))
			continue;
		if (n >= bufsize)
			n = pg_mbcliplen(tag.value, n, bufsize - 1);
		memcpy(buf, tag.value, n);
		buf[n] = '\0';
		return true;
	}
	return false;
}
