/*
 * scenarios.c
 *	  What is measured: the statements of each scenario, chunk by chunk.
 *
 * A new scenario is a line in the table at the end and the functions it names.
 */
#include <stdlib.h>
#include <string.h>

#include "bench.h"

#define POINT_ROWS 100000
#define COPY_ROWS 100000
#define PARENT_ROWS 10000
#define DISTINCT_TERMS 10		/* 4^10 shapes */

static char *copy_data;
static size_t copy_len;

/*
 * The key of the n-th point select of a round: the same for all servers, in
 * no order that a cache could guess.
 */
static int
point_key(int round, int n)
{
	uint64_t	x = (uint64_t) round * 1000003 + n;

	x = (x ^ (x >> 31)) * UINT64_C(0x9E3779B97F4A7C15);
	return (int) ((x >> 33) % POINT_ROWS) + 1;
}

/* The small arena is there for distinct_50k alone. */
bool
takes_most(const Config *config)
{
	return !is_config(config, "perfext_16mb");
}

static bool
takes_distinct(const Config *config)
{
	return !is_config(config, "auto_explain") && !is_config(config, "perfext_off");
}

static void
prepare_point(Config *config)
{
	prepare(config, "point", "select v, payload from bench_point where id = $1::int");
}

static void
chunk_point_prepared(Config *config, int round, int statements)
{
	char		key[16];

	for (int i = 0; i < statements; i++)
	{
		snprintf(key, sizeof(key), "%d", point_key(round, i));
		prepared(config, "point", key);
	}
}

static void
chunk_point_simple(Config *config, int round, int statements)
{
	char		sql[100];

	for (int i = 0; i < statements; i++)
	{
		snprintf(sql, sizeof(sql), "select v, payload from bench_point where id = %d",
				 point_key(round, i));
		simple(config, sql);
	}
}

static void
prepare_insert(Config *config)
{
	prepare(config, "insert", "insert into bench_log values ($1::int, 1, 'payload')");
}

static void
before_insert(Config *config)
{
	simple(config, "truncate bench_log");
}

static void
chunk_insert(Config *config, int round, int statements)
{
	char		key[16];

	for (int i = 0; i < statements; i++)
	{
		snprintf(key, sizeof(key), "%d", point_key(round, i));
		prepared(config, "insert", key);
	}
}

static void
prepare_nested(Config *config)
{
	prepare(config, "nested", "select bench_nested(1000)");
}

static void
chunk_nested(Config *config, int round, int statements)
{
	(void) round;
	for (int i = 0; i < statements; i++)
		prepared(config, "nested", NULL);
}

/* All the lines of one COPY, made once. */
static void
prepare_copy(Config *config)
{
	size_t		size = (size_t) COPY_ROWS * 64;

	(void) config;
	if (copy_data != NULL)
		return;
	copy_data = malloc(size);
	if (copy_data == NULL)
		die("out of memory");
	for (int i = 1; i <= COPY_ROWS; i++)
		copy_len += snprintf(copy_data + copy_len, size - copy_len, "%d\t%d\tpayload of row %d\n",
							 i, point_key(0, i) % PARENT_ROWS + 1, i);
}

static void
before_copy(Config *config)
{
	simple(config, "truncate bench_child");
	simple(config, "vacuum pg_class");
	simple(config, "checkpoint");
}

/* One COPY that is sent all the lines so many times. */
static void
copy(Config *config, const char *statement, int times)
{
	PGresult   *res = PQexec(config->conn, statement);

	if (PQresultStatus(res) != PGRES_COPY_IN)
		die("%s: %s", config->name, PQresultErrorMessage(res));
	PQclear(res);
	for (int n = 0; n < times; n++)
		for (size_t done = 0; done < copy_len;)
		{
			size_t		len = copy_len - done < 32768 ? copy_len - done : 32768;

			if (PQputCopyData(config->conn, copy_data + done, (int) len) != 1)
				die("%s: %s", config->name, PQerrorMessage(config->conn));
			done += len;
		}
	if (PQputCopyEnd(config->conn, NULL) != 1)
		die("%s: %s", config->name, PQerrorMessage(config->conn));
	finish(config);
}

static void
chunk_copy(Config *config, int round, int statements)
{
	(void) round;
	for (int n = 0; n < statements; n++)
		copy(config, "copy bench_child from stdin", 1);
}

static void
before_copy_1m(Config *config)
{
	simple(config, "truncate bench_load");
	simple(config, "vacuum pg_class");
	simple(config, "checkpoint");
}

static void
chunk_copy_1m(Config *config, int round, int statements)
{
	(void) round;
	for (int n = 0; n < statements; n++)
		copy(config, "copy bench_load from stdin", 1000000 / COPY_ROWS);
}

static void
prepare_agg(Config *config)
{
	prepare(config, "agg", "select count(*), sum(v) from bench_million");
}

static void
chunk_agg(Config *config, int round, int statements)
{
	(void) round;
	for (int i = 0; i < statements; i++)
		prepared(config, "agg", NULL);
}

static void
prepare_join(Config *config)
{
	PGresult   *res = PQexec(config->conn, "explain (costs off) " JOIN4("total"));
	int			hash_joins = 0;

	for (int i = 0; i < PQntuples(res); i++)
		hash_joins += strstr(PQgetvalue(res, i, 0), "Hash Join") != NULL;
	PQclear(res);
	if (hash_joins != 3)
		die("join4 has %d hash joins, not 3", hash_joins);
	prepare(config, "join4", JOIN4("total"));
}

static void
chunk_join(Config *config, int round, int statements)
{
	(void) round;
	for (int i = 0; i < statements; i++)
		prepared(config, "join4", NULL);
}

/*
 * Statement n has the digits of n in base 4 as the columns of a sum: another
 * tree for every n below 4^10, so another queryid, with about equal cost.
 */
void
distinct_statement(char *sql, size_t size, int n)
{
	size_t		len = snprintf(sql, size, "select ");

	for (int i = 0; i < DISTINCT_TERMS; i++, n /= 4)
		len += snprintf(sql + len, size - len, "%s%c", i > 0 ? "+" : "", "abcd"[n % 4]);
	snprintf(sql + len, size - len, " from bench_point where id = 4711");
}

static void
chunk_distinct(Config *config, int round, int statements)
{
	char		sql[200];

	for (int i = 0; i < statements; i++)
	{
		distinct_statement(sql, sizeof(sql), round * statements + i);
		simple(config, sql);
	}
}

const Scenario scenarios[] = {
	{"point_prepared", 160, 16, 4, 1000, false, takes_most, prepare_point, NULL,
	chunk_point_prepared},
	{"point_simple", 160, 16, 4, 600, false, takes_most, NULL, NULL, chunk_point_simple},
	{"insert_row", 160, 16, 4, 1000, false, takes_most, prepare_insert, before_insert,
	chunk_insert},
	{"nested_loop", 200, 16, 4, 4, true, takes_most, prepare_nested, NULL, chunk_nested},
	{"copy_fk", 24, 4, 1, 1, true, takes_most, prepare_copy, before_copy, chunk_copy},
	{"copy_1m", 12, 2, 1, 1, false, takes_most, prepare_copy, before_copy_1m, chunk_copy_1m},
	{"agg_1m", 160, 12, 5, 1, false, takes_most, prepare_agg, NULL, chunk_agg},
	{"join4", 120, 8, 4, 1, false, takes_most, prepare_join, NULL, chunk_join},
	/* its rounds are given by the number of statements: see main() */
	{"distinct_50k", 0, 0, 0, DISTINCT_CHUNK, false, takes_distinct, NULL, NULL, chunk_distinct},
};

const int	nscenarios = sizeof(scenarios) / sizeof(scenarios[0]);
