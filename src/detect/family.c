/*-------------------------------------------------------------------------
 *
 * family.c
 *	  Fingerprints statements more coarsely than the server's identifier does.
 *
 * Separate from normalize.c, which makes texts for people: the server gives
 * "id = 5" and "id = $1", "IN (1, 2)" and "IN (1, 2, 3)" different
 * identifiers, but a loop that sends now one and now the other is one loop.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <ctype.h>

#include "common/hashfn.h"

#include "detect/family.h"

/* Longer texts are told apart by their beginning and their length */
#define MAX_TOKENS 2048

/* Longest group that is looked for again behind a comma, in tokens */
#define MAX_GROUP 64

#define TOKEN_VALUE 1

typedef struct PfxTokens
{
	int			n;
	uint32		token[MAX_TOKENS];
} PfxTokens;

static bool
is_word(unsigned char c)
{
	return isalnum(c) || c == '_' || IS_HIGHBIT_SET(c);
}

/* Blanks, and comments: that of a list which was shortened, too */
static const char *
skip_blanks(const char *p)
{
	for (;;)
	{
		const char *end = p[0] == '/' && p[1] == '*' ? strstr(p + 2, "*/") : NULL;

		if (end != NULL)
			p = end + 2;
		else if (isspace((unsigned char) *p))
			p++;
		else
			return p;
	}
}

/* The end of something in quotes that begins here; doubled quotes belong to it */
static const char *
end_of_quoted(const char *p)
{
	char		quote = *p++;

	while (*p != '\0' && (*p != quote || p[1] == quote))
		p += *p == quote ? 2 : 1;
	return *p == '\0' ? p : p + 1;
}

/* A word without regard to case; it and another may mean the same */
static uint32
word_token(const char *word, int len)
{
	char		lower[NAMEDATALEN];
	int			n = Min(len, NAMEDATALEN);

	for (int i = 0; i < n; i++)
		lower[i] = (word[i] >= 'A' && word[i] <= 'Z') ? word[i] - 'A' + 'a' : word[i];
	return hash_bytes((const unsigned char *) lower, n) | 2;
}

static void
add(PfxTokens *tokens, uint32 token)
{
	tokens->token[tokens->n++] = token;
}

/* "= ANY (" and "IN (" are the same; the first two words were just added */
static void
unify_any(PfxTokens *tokens)
{
	if (tokens->n >= 2 && tokens->token[tokens->n - 1] == word_token("any", 3) &&
		tokens->token[tokens->n - 2] == '=' * 4)
	{
		tokens->n -= 2;
		add(tokens, word_token("in", 2));
	}
}

static bool
has_value(const uint32 *token, int n)
{
	for (int i = 0; i < n; i++)
		if (token[i] == TOKEN_VALUE)
			return true;
	return false;
}

/*
 * The group of tokens just completed repeats the one before the comma before
 * it: it is dropped with its comma.  Groups end before a comma or a bracket.
 */
static void
drop_repeated(PfxTokens *tokens)
{
	for (int len = 1; len <= MAX_GROUP && 2 * len + 1 <= tokens->n; len++)
	{
		uint32	   *last = &tokens->token[tokens->n - len];

		if (last[-1] == ',' * 4 && memcmp(last, last - len - 1, len * sizeof(uint32)) == 0 &&
			has_value(last, len))
		{
			tokens->n -= len + 1;
			return;
		}
	}
}

/*
 * "IN ($1)" is "= $1" to the server, which gives both one identifier: whichever
 * text came first is kept.  True: the list that ends here was taken for that.
 */
static bool
unify_list_of_one(PfxTokens *tokens)
{
	if (tokens->n < 3 || tokens->token[tokens->n - 1] != TOKEN_VALUE ||
		tokens->token[tokens->n - 2] != '(' * 4 ||
		tokens->token[tokens->n - 3] != word_token("in", 2))
		return false;
	tokens->n -= 3;
	add(tokens, '=' * 4);
	add(tokens, TOKEN_VALUE);
	return true;
}

static const char *
next_token(const char *p, PfxTokens *tokens)
{
	const char *start = p;

	if (*p == '$' && isdigit((unsigned char) p[1]))
	{
		p++;
		while (isdigit((unsigned char) *p))
			p++;
		add(tokens, TOKEN_VALUE);
	}
	else if (*p == '"' || *p == '\'')
	{
		p = end_of_quoted(p);
		add(tokens, hash_bytes((const unsigned char *) start, p - start) | 2);
	}
	else if (is_word(*p))
	{
		while (is_word(*p))
			p++;
		add(tokens, word_token(start, p - start));
		unify_any(tokens);
	}
	else
	{
		if (*p == ',' || *p == ')')
			drop_repeated(tokens);
		if (*p != ')' || !unify_list_of_one(tokens))
			add(tokens, (uint32) (unsigned char) *p * 4);
		p++;
	}
	return p;
}

uint64
pfx_family(const char *text)
{
	PfxTokens	tokens = {0};
	const char *p = text;
	uint64		hash;

	while (tokens.n < MAX_TOKENS)
	{
		p = skip_blanks(p);
		if (*p == '\0')
			break;
		p = next_token(p, &tokens);
	}
	drop_repeated(&tokens);
	hash = hash_bytes_extended((const unsigned char *) tokens.token,
							   tokens.n * sizeof(uint32), strlen(p));
	return hash != 0 ? hash : 1;
}
