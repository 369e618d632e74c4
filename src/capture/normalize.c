/*-------------------------------------------------------------------------
 *
 * normalize.c
 *	  Texts of statements and expressions with their constants replaced.
 *
 * Kept apart because everything that perfext stores or shows of a text must
 * pass through one place that cannot leak a literal; the parser's jumble state
 * is not used, as it is absent for utility statements and for prepared ones.
 *
 * The text is cut into tokens by the server's own core lexer.  A token is then
 * classified by its first characters, not by the lexer's token code, which
 * differs between releases and says less.  Passes over the token array join
 * what belongs together, mark the names and values that utility statements
 * vary, mark repeated rows, and write the result.
 *
 * Nothing here reaches the caller as an error except running out of memory,
 * cancel and shutdown.  Not to be called in a critical section, where the
 * lexer's errors could not be caught.
 *
 * Caveats: standard_conforming_strings may have been another when the
 * statement was parsed (a prepared statement keeps its text).  A text with
 * backslashes is therefore lexed both ways: when only one way works, that one
 * is right; when both do and differ, the text is cut where they part.
 *
 * Well above 800 lines, as the passes share the token array and none of them
 * means anything to anybody else.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "common/keywords.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "parser/parser.h"
#include "parser/scanner.h"
#include "tcop/tcopprot.h"
#include "parser/scansup.h"
#include "utils/guc.h"
#include "utils/memutils.h"

#include "compat.h"
#include "capture/normalize.h"

/* text beyond this many bytes is not lexed */
#define MAX_INPUT			(16 * 1024)

/* shortest comma-separated run of constants that is folded */
#define MIN_FOLDED_CONSTANTS	3

#define FOLD_MARK			" /*, ... */"
#define CUT_MARK			" ..."

typedef enum PfxTokenKind
{
	TOKEN_CONSTANT,
	TOKEN_PARAM,				/* $1 */
	TOKEN_WORD,					/* keyword or identifier without quotes */
	TOKEN_NAME,					/* identifier in double quotes */
	TOKEN_OTHER					/* operators and punctuation */
} PfxTokenKind;

typedef struct PfxToken
{
	int			start;			/* byte offset in the text */
	int			len;
	int			closing;		/* for '(': index of its ')', else 0 */
	int			fold_to;		/* > 0: repeats follow, go on at this index */
	PfxTokenKind kind;
	bool		space_before;	/* white space or a comment precedes */
} PfxToken;

typedef struct PfxTokens
{
	const char *source;
	PfxToken   *tok;
	int			count;
	int			size;
	bool		cut;			/* the text goes on beyond the last token */
} PfxTokens;

typedef struct PfxWord
{
	const char *word;
	int			len;
} PfxWord;

/*
 * Words after which a minus sign before a number can only be its sign.
 */
static const char *const before_sign[] = {
	"and", "between", "case", "default", "distinct", "else", "for", "from",
	"having", "ilike", "like", "limit", "not", "offset", "on", "or", "return",
	"returning", "select", "symmetric", "then", "to", "using", "values",
	"when", "where", NULL
};

/*
 * The same in commands that cannot hold expressions at that place; elsewhere
 * these words may be column names.
 */
static const char *const before_sign_in_command[] = {
	"absolute", "backward", "by", "fetch", "forward", "increment", "maxvalue",
	"minvalue", "move", "relative", "restart", "start", "with", NULL
};

static const PfxWord credential_words[] = {
	{"password", 8}, {"passwd", 6}, {"passphrase", 10}, {"secret", 6}, {"token", 5},
	{"conninfo", 8}, {"apikey", 6}, {"api_key", 7}, {"private_key", 11}
};

/*
 * Whether a parameter or tag of this name probably holds a credential.  Asked
 * for every tag of every execution, so two letters must settle most cases.
 */
bool
pfx_is_credential_name(const char *name, int len)
{
	for (int i = 0; i + 1 < len; i++)
	{
		char		first = name[i] | 0x20;
		char		second = name[i + 1] | 0x20;

		if (!(first == 'p' && (second == 'a' || second == 'r')) &&
			!(first == 's' && second == 'e') && !(first == 't' && second == 'o') &&
			!(first == 'c' && second == 'o') && !(first == 'a' && second == 'p'))
			continue;
		for (int w = 0; w < lengthof(credential_words); w++)
		{
			if (credential_words[w].len <= len - i &&
				pg_strncasecmp(name + i, credential_words[w].word, credential_words[w].len) == 0)
				return true;
		}
	}
	return false;
}

static inline const char *
token_text(const PfxTokens *toks, int i)
{
	return toks->source + toks->tok[i].start;
}

static inline bool
is_char(const PfxTokens *toks, int i, char c)
{
	return i >= 0 && i < toks->count &&
		toks->tok[i].kind == TOKEN_OTHER && toks->tok[i].len == 1 &&
		*token_text(toks, i) == c;
}

static inline bool
is_word(const PfxTokens *toks, int i, const char *word)
{
	return i >= 0 && i < toks->count &&
		toks->tok[i].kind == TOKEN_WORD &&
		toks->tok[i].len == strlen(word) &&
		pg_strncasecmp(token_text(toks, i), word, toks->tok[i].len) == 0;
}

static bool
is_word_of(const PfxTokens *toks, int i, const char *const *words)
{
	for (; *words != NULL; words++)
	{
		if (is_word(toks, i, *words))
			return true;
	}
	return false;
}

static inline bool
is_identifier(const PfxTokens *toks, int i)
{
	return i >= 0 && i < toks->count &&
		(toks->tok[i].kind == TOKEN_WORD || toks->tok[i].kind == TOKEN_NAME);
}

static inline bool
is_ident_char(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		(c >= '0' && c <= '9') || c == '_' || c == '$' || IS_HIGHBIT_SET(c);
}

/*
 * Kind of a token; false for one that no statement the parser accepts has.
 */
static bool
classify(const char *t, int len, PfxTokenKind *kind)
{
	unsigned char c = t[0];
	unsigned char next = len > 1 ? t[1] : '\0';

	if (c == '\'' || (c >= '0' && c <= '9') || (c == '.' && next >= '0' && next <= '9'))
		*kind = TOKEN_CONSTANT;
	else if (c == '$')
	{
		if (next == '\0')
			return false;
		*kind = (next >= '0' && next <= '9') ? TOKEN_PARAM : TOKEN_CONSTANT;
	}
	else if (c == '"')
		*kind = TOKEN_NAME;
	else if (is_ident_char(c))
	{
		if (next == '\'')
			*kind = TOKEN_CONSTANT; /* b'', e'', x'' */
		else if (next == '&')
			*kind = (len > 2 && t[2] == '\'') ? TOKEN_CONSTANT : TOKEN_NAME;
		else
			*kind = TOKEN_WORD;
	}
	else if (c == '\\' || c < ' ')
		return false;
	else
		*kind = TOKEN_OTHER;
	return true;
}

/*
 * Lex the text, up to its end or the first token that makes no sense.
 */
static bool
collect_tokens(PfxTokens *toks, bool standard_strings)
{
	core_yy_extra_type extra;
	core_yyscan_t scanner;
	core_YYSTYPE value;
	YYLTYPE		start;
	int			end = 0;

	scanner = scanner_init(toks->source, &extra, &ScanKeywords, ScanKeywordTokens);
	pfx_scanner_settings(&extra, standard_strings);

	while (core_yylex(&value, &start, scanner) != 0)
	{
		PfxToken   *tok;

		if (toks->count >= toks->size)
		{
			toks->size *= 2;
			toks->tok = repalloc(toks->tok, toks->size * sizeof(PfxToken));
		}
		tok = &toks->tok[toks->count];
		tok->start = start;
		/* the lexer has put a zero byte behind the token */
		tok->len = strlen(extra.scanbuf + start);
		tok->closing = 0;
		tok->fold_to = 0;
		tok->space_before = start > end;
		if (!classify(extra.scanbuf + start, tok->len, &tok->kind))
			return false;
		end = start + tok->len;
		toks->count++;
	}
	return true;
}

/*
 * collect_tokens, silent and without errors; false says that it failed, with
 * the tokens so far collected.
 */
static bool
lex_quietly(PfxTokens *toks, const char *source, bool standard_strings)
{
	MemoryContext context = CurrentMemoryContext;
	uint32		interrupt_holdoff = InterruptHoldoffCount;
	uint32		cancel_holdoff = QueryCancelHoldoffCount;
	int			save_client_min = client_min_messages;
	int			save_log_min = PFX_LOG_MIN_MESSAGES;
	volatile bool ok = false;

	toks->source = source;
	toks->count = 0;
	toks->size = 64;
	toks->tok = palloc(toks->size * sizeof(PfxToken));
	toks->cut = false;

	PG_TRY();
	{
		/*
		 * The lexer tells the client when it shortens an identifier, which
		 * the parser has done before; and others' context callbacks need not
		 * run for an error that nobody will see.
		 */
		client_min_messages = Max(save_client_min, ERROR);
		PFX_LOG_MIN_MESSAGES = Max(save_log_min, ERROR);
		error_context_stack = NULL;

		ok = collect_tokens(toks, standard_strings);
	}
	PG_CATCH();
	{
		int			code;

		client_min_messages = save_client_min;
		PFX_LOG_MIN_MESSAGES = save_log_min;
		MemoryContextSwitchTo(context);

		code = geterrcode();
		if (code == ERRCODE_OUT_OF_MEMORY || code == ERRCODE_QUERY_CANCELED ||
			code == ERRCODE_ADMIN_SHUTDOWN || code == ERRCODE_CRASH_SHUTDOWN)
			PG_RE_THROW();

		/* throwing zeroed these, but the caller's are still wanted */
		InterruptHoldoffCount = interrupt_holdoff;
		QueryCancelHoldoffCount = cancel_holdoff;
		FlushErrorState();
	}
	PG_END_TRY();

	client_min_messages = save_client_min;
	PFX_LOG_MIN_MESSAGES = save_log_min;
	return ok;
}

/*
 * Fill toks with the tokens of the text; "cut" says that the text is only the
 * beginning of a longer one.  False when nothing of it can be shown.
 */
static bool
tokenize(PfxTokens *toks, const char *source, bool cut)
{
	bool		standard = PFX_STANDARD_STRINGS;
	bool		ok;

	ok = lex_quietly(toks, source, standard);

	if (PFX_STRINGS_VARY && strchr(source, '\\') != NULL)
	{
		PfxTokens	other;
		bool		other_ok;

		other_ok = lex_quietly(&other, source, !standard);
		if (!cut && other_ok && !ok)
		{
			*toks = other;
			ok = true;
		}
		else if (cut || (ok && other_ok))
		{
			int			same = 0;

			while (same < toks->count && same < other.count &&
				   toks->tok[same].start == other.tok[same].start &&
				   toks->tok[same].len == other.tok[same].len)
				same++;
			if (same < toks->count || same < other.count)
			{
				toks->count = same;
				toks->cut = true;
			}
		}
	}

	if (cut && !toks->cut)
	{
		/* the last token may be half of one */
		if (toks->count > 0)
			toks->count--;
		toks->cut = true;
	}
	return ok || (toks->cut && toks->count > 0);
}

/*
 * Make the tokens from "first" to "last" one constant.
 */
static void
join_tokens(PfxTokens *toks, int first, int last)
{
	PfxToken   *tok = &toks->tok[first];

	tok->len = toks->tok[last].start + toks->tok[last].len - tok->start;
	tok->kind = TOKEN_CONSTANT;
	if (last + 1 < toks->count)
		memmove(tok + 1, &toks->tok[last + 1],
				(toks->count - last - 1) * sizeof(PfxToken));
	toks->count -= last - first;
}

/*
 * Whether a minus sign at index i can only be the sign of the number behind it.
 */
static bool
sign_expected(const PfxTokens *toks, int i, bool command)
{
	int			prev = i - 1;

	if (prev < 0)
		return true;
	switch (toks->tok[prev].kind)
	{
		case TOKEN_CONSTANT:
		case TOKEN_PARAM:
		case TOKEN_NAME:
			return false;
		case TOKEN_WORD:
			/* behind a dot it is a name, whatever it looks like */
			if (is_char(toks, prev - 1, '.'))
				return false;
			return is_word_of(toks, prev, before_sign) ||
				(command && is_word_of(toks, prev, before_sign_in_command));
		case TOKEN_OTHER:
			return !is_char(toks, prev, ')') && !is_char(toks, prev, ']') &&
				!is_char(toks, prev, '}') && !is_char(toks, prev, '.');
	}
	return false;
}

/*
 * Join what is one constant although the lexer returns several tokens:
 * N'..', U&'..' UESCAPE '..' and negative numbers.
 */
static void
join_constants(PfxTokens *toks, bool utility)
{
	bool		command;
	int			out = 0;

	command = utility && (is_word(toks, 0, "create") || is_word(toks, 0, "alter") ||
						  is_word(toks, 0, "fetch") || is_word(toks, 0, "move"));

	/* the tokens up to "out" are done; in-place, as out never passes i */
	for (int i = 0; i < toks->count; i++)
	{
		PfxToken	tok = toks->tok[i];
		PfxToken   *done = toks->tok + out;

		if (tok.kind == TOKEN_CONSTANT && out > 0)
		{
			const char *t = toks->source + tok.start;
			PfxToken   *prev = done - 1;
			bool		join = false;

			if (prev->kind == TOKEN_WORD && prev->len == 1 && !tok.space_before && *t == '\'')
				join = true;	/* only n can touch a quote and be a word */
			else if (out > 1 && is_word(toks, out - 1, "uescape") &&
					 prev[-1].kind == TOKEN_CONSTANT && *t == '\'')
			{
				out--;
				prev--;
				join = true;
			}
			else if (is_char(toks, out - 1, '-') &&
					 ((*t >= '0' && *t <= '9') || *t == '.') &&
					 sign_expected(toks, out - 1, command))
				join = true;

			if (join)
			{
				prev->kind = TOKEN_CONSTANT;
				prev->len = tok.start + tok.len - prev->start;
				continue;
			}
		}
		*done = tok;
		out++;
	}
	toks->count = out;
}

/*
 * Leave out semicolons at both ends.
 */
static void
trim_semicolons(PfxTokens *toks)
{
	int			skip = 0;

	while (is_char(toks, toks->count - 1, ';'))
		toks->count--;
	while (is_char(toks, skip, ';'))
		skip++;
	if (skip > 0)
	{
		toks->count -= skip;
		memmove(toks->tok, toks->tok + skip, toks->count * sizeof(PfxToken));
	}
}

/*
 * SET name { TO | = } value, at the SET: mask the value when the name has a
 * dot or sounds like a credential.
 */
static void
mask_setting(PfxTokens *toks, int set)
{
	int			name = set + 1;
	int			value;
	int			last;
	int			namelen;
	const char *nametext;

	if (set == 0 && (is_word(toks, name, "session") || is_word(toks, name, "local")) &&
		is_identifier(toks, name + 1))
		name++;
	if (!is_identifier(toks, name))
		return;
	last = name;
	while (is_char(toks, last + 1, '.') && is_identifier(toks, last + 2))
		last += 2;
	if (!is_word(toks, last + 1, "to") && !is_char(toks, last + 1, '='))
		return;
	value = last + 2;

	nametext = token_text(toks, name);
	namelen = toks->tok[last].start + toks->tok[last].len - toks->tok[name].start;
	if (memchr(nametext, '.', namelen) == NULL && !pfx_is_credential_name(nametext, namelen))
		return;

	/* a list of values counts as one, so that its length is no identity */
	for (last = value;; last += 2)
	{
		if (is_char(toks, last, '+') || is_char(toks, last, '-'))
			last++;
		if (last >= toks->count || toks->tok[last].kind == TOKEN_OTHER)
			return;
		if (!is_char(toks, last + 1, ','))
			break;
	}
	if (last == value && is_word(toks, value, "default"))
		return;
	join_tokens(toks, value, last);
}

/*
 * Make constants of the names and values that differ from call to call of what
 * is the same utility command.
 */
static void
mask_utility(PfxTokens *toks)
{
	int			cmd = 0;
	int			arg;
	int			end = 0;

	if (is_word(toks, 0, "explain"))
	{
		cmd = 1;
		if (is_char(toks, cmd, '('))
		{
			while (cmd < toks->count && !is_char(toks, cmd, ')'))
				cmd++;
			cmd++;
		}
		while (is_word(toks, cmd, "analyze") || is_word(toks, cmd, "verbose"))
			cmd++;
	}
	arg = cmd + 1;
	while (end < toks->count && !is_char(toks, end, ';'))
		end++;

	if (is_word(toks, cmd, "set") || is_word(toks, cmd, "alter") ||
		is_word(toks, cmd, "create"))
	{
		for (int i = cmd; i < toks->count; i++)
		{
			if (is_word(toks, i, "set"))
				mask_setting(toks, i);
		}
		return;
	}

	if (is_word(toks, cmd, "savepoint") || is_word(toks, cmd, "declare"))
		;
	else if (is_word(toks, cmd, "release"))
	{
		if (is_word(toks, arg, "savepoint") && arg + 1 < end)
			arg++;
	}
	else if (is_word(toks, cmd, "rollback"))
	{
		if (is_word(toks, arg, "work") || is_word(toks, arg, "transaction"))
			arg++;
		if (!is_word(toks, arg, "to"))
			return;
		arg++;
		if (is_word(toks, arg, "savepoint") && arg + 1 < end)
			arg++;
	}
	else if (is_word(toks, cmd, "deallocate"))
	{
		if (is_word(toks, arg, "prepare") && arg + 1 < end)
			arg++;
		if (is_word(toks, arg, "all"))
			return;
	}
	else if (is_word(toks, cmd, "close"))
	{
		if (is_word(toks, arg, "all"))
			return;
	}
	else if (is_word(toks, cmd, "fetch") || is_word(toks, cmd, "move"))
		arg = Max(arg, end - 1);
	else
		return;

	if (arg < end && is_identifier(toks, arg))
		toks->tok[arg].kind = TOKEN_CONSTANT;
}

/*
 * Whether the parenthesised rows at a and b differ in constants at most.
 */
static bool
same_row(const PfxTokens *toks, int a, int b)
{
	int			count = toks->tok[a].closing - a;

	if (toks->tok[b].closing - b != count)
		return false;
	for (int i = 0; i <= count; i++)
	{
		const PfxToken *x = &toks->tok[a + i];
		const PfxToken *y = &toks->tok[b + i];

		if (x->kind != y->kind)
			return false;
		if (x->kind == TOKEN_CONSTANT || x->kind == TOKEN_PARAM)
			continue;
		if (x->len != y->len ||
			memcmp(toks->source + x->start, toks->source + y->start, x->len) != 0)
			return false;
	}
	return true;
}

/*
 * Mark rows that repeat the row before them: all rows of VALUES, and rows of
 * two columns or more that open a parenthesised list.
 */
static void
fold_rows(PfxTokens *toks)
{
	int		   *open = palloc((toks->count + 1) * sizeof(int));
	int			depth = 0;

	for (int i = 0; i < toks->count; i++)
	{
		if (is_char(toks, i, '('))
			open[depth++] = i;
		else if (is_char(toks, i, ')') && depth > 0)
			toks->tok[open[--depth]].closing = i;
	}
	pfree(open);

	for (int i = 1; i < toks->count; i++)
	{
		int			close = toks->tok[i].closing;
		int			next = close + 1;
		bool		after_values = is_word(toks, i - 1, "values");
		bool		has_constant = false;
		bool		has_comma = false;

		if (close == 0 || (!after_values && !is_char(toks, i - 1, '(')))
			continue;
		while (is_char(toks, next, ',') && is_char(toks, next + 1, '(') &&
			   toks->tok[next + 1].closing != 0 && same_row(toks, i, next + 1))
			next = toks->tok[next + 1].closing + 1;
		if (next == close + 1)
			continue;
		for (int k = i + 1; k < close; k++)
		{
			if (toks->tok[k].kind == TOKEN_CONSTANT || toks->tok[k].kind == TOKEN_PARAM)
				has_constant = true;
			else if (is_char(toks, k, ','))
				has_comma = true;
		}
		if (has_constant && (has_comma || after_values))
			toks->tok[close].fold_to = next;
	}
}

/*
 * Mark runs of constants in lists whose length the server's identifier may
 * ignore: IN (...) and ARRAY[...].  A call's arguments or a row's columns are
 * not such a list.
 */
static void
fold_constants(PfxTokens *toks)
{
	bool	   *is_list = palloc((toks->count + 1) * sizeof(bool));
	int			depth = 0;

	is_list[0] = false;
	for (int i = 0; i < toks->count; i++)
	{
		int			last = i;
		int			count = 1;

		if (is_char(toks, i, '(') || is_char(toks, i, '['))
			is_list[++depth] = is_char(toks, i, '[') || (i > 0 && is_word(toks, i - 1, "in"));
		else if ((is_char(toks, i, ')') || is_char(toks, i, ']')) && depth > 0)
			depth--;
		if (toks->tok[i].kind != TOKEN_CONSTANT || !is_list[depth] ||
			(!is_char(toks, i - 1, '(') && !is_char(toks, i - 1, '[') &&
			 !is_char(toks, i - 1, ',')))
			continue;
		while (is_char(toks, last + 1, ',') && last + 2 < toks->count &&
			   toks->tok[last + 2].kind == TOKEN_CONSTANT)
		{
			last += 2;
			count++;
		}
		/* the last may be the beginning of an expression */
		if (count > 1 && last + 1 < toks->count && !is_char(toks, last + 1, ')') &&
			!is_char(toks, last + 1, ']') && !is_char(toks, last + 1, ','))
		{
			last -= 2;
			count--;
		}
		if (count >= MIN_FOLDED_CONSTANTS)
			toks->tok[i].fold_to = last + 1;
		i = last;
	}
	pfree(is_list);
}

/*
 * In queries TRUE, FALSE and NULL are constants as the server's identifier sees
 * it, except where they belong to the grammar (IS NOT NULL, NULL ON EMPTY).
 */
static void
mark_word_constants(PfxTokens *toks)
{
	for (int i = 0; i < toks->count; i++)
	{
		bool		is_null = is_word(toks, i, "null");

		if (!is_null && !is_word(toks, i, "true") && !is_word(toks, i, "false"))
			continue;
		if (is_word(toks, i + 1, "on") ||
			(i > 0 && (is_word(toks, i - 1, "is") || is_word(toks, i - 1, "on"))) ||
			(i > 0 && is_word(toks, i - 1, "not") &&
			 (is_null || (i > 1 && is_word(toks, i - 2, "is")))))
			continue;
		toks->tok[i].kind = TOKEN_CONSTANT;
	}
}

/*
 * Whether a token can be a type's modifier, as in varchar(10).
 */
static bool
is_modifier(const PfxTokens *toks, int i)
{
	return i < toks->count && toks->tok[i].kind == TOKEN_CONSTANT &&
		toks->tok[i].len <= 5 && *token_text(toks, i) >= '0' && *token_text(toks, i) <= '9';
}

/*
 * In an expression as EXPLAIN shows it, numbers that are no data: those of
 * subplans, and the modifiers of a type behind a cast.
 */
static void
keep_explain_numbers(PfxTokens *toks)
{
	for (int i = 1; i < toks->count; i++)
	{
		PfxToken   *tok = &toks->tok[i];

		if (tok->kind == TOKEN_CONSTANT && toks->tok[i - 1].kind == TOKEN_WORD)
		{
			const char *word = token_text(toks, i - 1);
			int			len = toks->tok[i - 1].len;

			if ((len == 7 && memcmp(word, "SubPlan", 7) == 0) ||
				(len == 8 && memcmp(word, "InitPlan", 8) == 0))
				tok->kind = TOKEN_OTHER;
		}
		else if (tok->kind == TOKEN_OTHER && tok->len == 2 &&
				 memcmp(token_text(toks, i), "::", 2) == 0)
		{
			int			k = i + 1;
			int			close;

			while (is_identifier(toks, k) || is_char(toks, k, '.'))
				k++;
			if (!is_char(toks, k, '('))
				continue;
			close = k + 1;
			while (is_modifier(toks, close) && is_char(toks, close + 1, ','))
				close += 2;
			if (!is_modifier(toks, close) || !is_char(toks, close + 1, ')'))
				continue;
			for (; k <= close; k++)
				toks->tok[k].kind = TOKEN_OTHER;
		}
	}
}

/*
 * The number behind which constants are counted: the largest $n of the text.
 */
static int
largest_param(const PfxTokens *toks)
{
	int			largest = 0;

	for (int i = 0; i < toks->count; i++)
	{
		if (toks->tok[i].kind == TOKEN_PARAM && toks->tok[i].len <= 8)
			largest = Max(largest, atoi(token_text(toks, i) + 1));
	}
	return largest;
}

/*
 * Write the tokens.  With "keep_space" what is between them stays as it is.
 */
static void
write_tokens(StringInfo out, const PfxTokens *toks, bool keep_space)
{
	int			param = largest_param(toks);
	int			end = 0;

	for (int i = 0; i < toks->count && out->len <= PFX_MAX_TEXT;)
	{
		const PfxToken *tok = &toks->tok[i];
		const char *t = token_text(toks, i);

		if (keep_space)
		{
			bool		blank = true;

			for (int k = end; k < tok->start; k++)
				blank &= scanner_isspace(toks->source[k]);
			if (blank)
				appendBinaryStringInfo(out, toks->source + end, tok->start - end);
			else
				appendStringInfoChar(out, ' ');
			end = tok->start + tok->len;
		}
		else if (out->len > 0)
		{
			bool		starts_ident = tok->kind == TOKEN_CONSTANT || is_ident_char(*t);

			if (tok->space_before ||
				(starts_ident && is_ident_char(out->data[out->len - 1])))
				appendStringInfoChar(out, ' ');
		}

		if (tok->kind == TOKEN_CONSTANT)
			appendStringInfo(out, "$%d", ++param);
		else
			appendBinaryStringInfo(out, t, tok->len);

		if (tok->fold_to > 0)
		{
			appendStringInfoString(out, FOLD_MARK);
			i = tok->fold_to;
		}
		else
			i++;
	}

	if (toks->cut || out->len > PFX_MAX_TEXT)
	{
		out->len = pg_mbcliplen(out->data, out->len, PFX_MAX_TEXT - strlen(CUT_MARK));
		appendStringInfoString(out, CUT_MARK);
	}
}

/*
 * The numbers of the constants and parameters at these places, byte offsets in
 * the text, as they get them when the text is written.  A place may be that of a
 * type's name right before a constant.  0: no such thing is there or is written.
 */
static void
number_constants(const PfxTokens *toks, const int *at, int n, int *numbers)
{
	int			param = largest_param(toks);

	for (int i = 0; i < toks->count;)
	{
		const PfxToken *tok = &toks->tok[i];
		int			start = tok->start;
		int			number = 0;

		if (tok->kind == TOKEN_CONSTANT)
		{
			number = ++param;
			if (i > 0 && is_identifier(toks, i - 1))
				start = toks->tok[i - 1].start;
		}
		else if (tok->kind == TOKEN_PARAM && tok->len <= 8)
			number = atoi(token_text(toks, i) + 1);
		for (int k = 0; k < n && number != 0; k++)
			if (at[k] >= start && at[k] < tok->start + tok->len)
				numbers[k] = number;
		i = tok->fold_to > 0 ? tok->fold_to : i + 1;
	}
}

/*
 * Cuts one statement of a source text into tokens, marked as they are to be
 * written.  False when nothing of it can be shown.  *skipped: where in the source it begins.
 */
static bool
prepare_statement(PfxTokens *toks, const char *source, int location, int len, bool utility,
				  int *skipped)
{
	int			textlen;
	bool		cut = false;

	*skipped = 0;
	if (source == NULL)
		source = "";
	/* a location beyond the text's end belongs to another text */
	if (location > 0 &&
		(source == debug_query_string || strnlen(source, location) == location))
	{
		source += location;
		*skipped = location;
	}
	else if (location != 0)
		len = 0;

	textlen = strnlen(source, len > 0 ? Min(len, MAX_INPUT + 1) : MAX_INPUT + 1);
	if (textlen > MAX_INPUT)
	{
		textlen = pg_mbcliplen(source, textlen, MAX_INPUT);
		cut = true;
	}
	if (!tokenize(toks, pnstrdup(source, textlen), cut))
		return false;
	join_constants(toks, utility);
	trim_semicolons(toks);
	if (utility)
		mask_utility(toks);
	else
		mark_word_constants(toks);
	fold_rows(toks);
	fold_constants(toks);
	return true;
}

/*
 * The text of one statement, without comments and surplus white space, every
 * constant replaced by $n and lists of constants folded.
 *
 * location and len are those of PlannedStmt: -1 is the whole source, a len of
 * 0 is up to its end.  With "utility" the names that vary from call to call
 * (savepoints, cursors, prepared statements to be dropped) and the values of
 * settings that may be private are replaced, too.
 *
 * The result is allocated in the current memory context, at most PFX_MAX_TEXT
 * bytes long, its length in *result_len.  Raises no error but out of memory
 * (and lets cancel and shutdown pass).
 */
char *
pfx_normalize_statement(const char *source, int location, int len, bool utility,
						int *result_len)
{
	MemoryContext context = CurrentMemoryContext;
	MemoryContext work;
	PfxTokens	toks;
	StringInfoData out;
	char	   *result;
	int			skipped;

	work = AllocSetContextCreate(context, "perfext normalize", ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(work);

	initStringInfo(&out);
	if (prepare_statement(&toks, source, location, len, utility, &skipped))
		write_tokens(&out, &toks, false);
	else
		appendStringInfoString(&out, PFX_UNPARSABLE_STATEMENT);

	MemoryContextSwitchTo(context);
	result = pnstrdup(out.data, out.len);
	if (result_len != NULL)
		*result_len = out.len;
	MemoryContextDelete(work);
	return result;
}

/*
 * Which $n of its normalised text the constants and parameters at these byte
 * offsets in the source are; 0: not known.  Errors as with pfx_normalize_statement.
 */
void
pfx_normalized_numbers(const char *source, int location, int len, const int *at, int n,
					   int *numbers)
{
	MemoryContext work = AllocSetContextCreate(CurrentMemoryContext, "perfext normalize",
											   ALLOCSET_DEFAULT_SIZES);
	MemoryContext context = MemoryContextSwitchTo(work);
	int		   *places = palloc_array(int, n);
	PfxTokens	toks;
	int			skipped;

	memset(numbers, 0, sizeof(int) * n);
	if (prepare_statement(&toks, source, location, len, false, &skipped))
	{
		for (int i = 0; i < n; i++)
			places[i] = at[i] - skipped;
		number_constants(&toks, places, n, numbers);
	}
	MemoryContextSwitchTo(context);
	MemoryContextDelete(work);
}

/*
 * An expression as EXPLAIN deparses it, with constants replaced by $n and
 * everything else, spacing included, as it is.  Memory, length and errors as
 * with pfx_normalize_statement.
 */
char *
pfx_normalize_expression(const char *expression)
{
	MemoryContext context = CurrentMemoryContext;
	MemoryContext work;
	PfxTokens	toks;
	StringInfoData out;
	char	   *result;
	int			textlen;
	bool		cut = false;

	work = AllocSetContextCreate(context, "perfext normalize", ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(work);

	if (expression == NULL)
		expression = "";
	textlen = strnlen(expression, MAX_INPUT + 1);
	if (textlen > MAX_INPUT)
	{
		textlen = pg_mbcliplen(expression, textlen, MAX_INPUT);
		cut = true;
	}

	initStringInfo(&out);
	if (tokenize(&toks, pnstrdup(expression, textlen), cut))
	{
		keep_explain_numbers(&toks);
		join_constants(&toks, false);
		write_tokens(&out, &toks, true);
	}
	else
		appendStringInfoString(&out, PFX_UNPARSABLE_EXPRESSION);

	MemoryContextSwitchTo(context);
	result = pnstrdup(out.data, out.len);
	MemoryContextDelete(work);
	return result;
}

/*
 * Identity of a utility statement: a hash of its normalised text, in which
 * only what stands in double quotes is compared with its case.  Never 0.
 */
uint64
pfx_utility_id(const char *normalized, int len)
{
	unsigned char chunk[256];
	uint64		id = 0;
	int			used = 0;
	bool		quoted = false;

	for (int i = 0; i < len; i++)
	{
		unsigned char c = normalized[i];

		if (c == '"')
			quoted = !quoted;
		else if (!quoted && c >= 'A' && c <= 'Z')
			c += 'a' - 'A';
		chunk[used++] = c;
		if (used == sizeof(chunk))
		{
			id = hash_bytes_extended(chunk, used, id);
			used = 0;
		}
	}
	id = hash_bytes_extended(chunk, used, id);
	return id != 0 ? id : 1;
}
