/*
 * checks.c
 *	  What is not a ratio: evictions, memory, self times that add up, and
 *	  whether the measurement measures what it says.
 *
 * Everything here runs outside of the measured chunks.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"

static void check(const char *scenario, const char *config, const char *name,
				  const char *status, double value, double limit,
				  const char *fmt,...) __attribute__((format(printf, 7, 8)));

/* status: ok, MISSED, info, or n/a; the detail must be free of commas */
static void
check(const char *scenario, const char *config, const char *name, const char *status,
	  double value, double limit, const char *fmt,...)
{
	va_list		ap;

	fprintf(out, "check,%s,%s,%s,%s,%.12g,%.12g,", scenario, config, name, status, value, limit);
	va_start(ap, fmt);
	vfprintf(out, fmt, ap);
	va_end(ap);
	fputc('\n', out);
}

/* A column of perfext.info, -1 where it is absent or NULL. */
double
info(Config *config, const char *column)
{
	return fetch_float(config, "select to_jsonb(i) ->> $1 from perfext.info i", column);
}

static int
compare_int64(const void *a, const void *b)
{
	int64_t		x = *(const int64_t *) a;
	int64_t		y = *(const int64_t *) b;

	return (x > y) - (x < y);
}

/* Are the 50,000 statements really 50,000 queryids?  The server tells. */
void
check_distinct(Config *bare)
{
	int64_t    *ids = malloc(sizeof(int64_t) * DISTINCT_STATEMENTS);
	int			unique = 0;

	simple(bare, "set compute_query_id = on");
	for (int n = 0; n < DISTINCT_STATEMENTS; n++)
	{
		static const char explain[] = "explain (verbose, costs off) ";
		char		sql[250];
		PGresult   *res;

		strcpy(sql, explain);
		distinct_statement(sql + strlen(explain), sizeof(sql) - strlen(explain), n);
		res = PQexec(bare->conn, sql);
		ids[n] = 0;
		for (int i = 0; i < PQntuples(res); i++)
		{
			const char *id = strstr(PQgetvalue(res, i, 0), "Query Identifier: ");

			if (id)
				ids[n] = strtoll(strchr(id, ':') + 1, NULL, 10);
		}
		PQclear(res);
	}
	simple(bare, "reset compute_query_id");
	qsort(ids, DISTINCT_STATEMENTS, sizeof(int64_t), compare_int64);
	for (int n = 0; n < DISTINCT_STATEMENTS; n++)
		unique += ids[n] != 0 && (n == 0 || ids[n] != ids[n - 1]);
	free(ids);
	check("distinct_50k", "-", "different queryids", unique == DISTINCT_STATEMENTS ? "ok" : "MISSED",
		  unique, DISTINCT_STATEMENTS, "%s", "");
}

void
after_distinct(Config *config)
{
	double		evicted;
	double		longest;

	if (!config->has_perfext)
		return;
	evicted = info(config, "evicted");
	longest = info(config, "max_overhead_time");
	if (is_config(config, "perfext_16mb"))
		check("distinct_50k", config->name, "evictions counted", evicted > 0 ? "ok" : "MISSED",
			  evicted, 1, "%.0f statements left; %.0f of %.0f bytes used; %.0f dropped",
			  info(config, "statements"), info(config, "memory_used_bytes"),
			  info(config, "memory_bytes"), info(config, "dropped"));
	check("distinct_50k", config->name, "max_overhead_time", longest < 0 ? "n/a" :
		  longest <= 1 ? "ok" : "MISSED", longest, 1, "ms; largest time inside perfext in one statement");
}

int64_t
worker_cpu(Config *config)
{
	PGresult   *res;
	int64_t		total = 0;

	res = PQexec(config->conn,
				 "select pid from pg_stat_activity where backend_type ilike '%perfext%'");
	for (int i = 0; i < PQntuples(res); i++)
	{
		char		path[64];
		int			fd;

		snprintf(path, sizeof(path), "/proc/%s/schedstat", PQgetvalue(res, i, 0));
		fd = open(path, O_RDONLY);
		if (fd >= 0)
		{
			total += read_schedstat(fd);
			close(fd);
		}
	}
	PQclear(res);
	return total;
}

/*
 * At the end of an epoch, when all scenarios went through these backends.
 * Written for the last epoch, and for an earlier one where a bound is missed.
 */
void
check_memory(Config *configs, int nconfigs, Config *bare, int64_t elapsed_ns)
{
	static const char all_contexts[] = "select sum(total_bytes) from pg_backend_memory_contexts";
	int64_t		bare_bytes = fetch_int(bare, all_contexts);
	bool		last = epoch == epochs;

	for (int i = 0; i < nconfigs; i++)
	{
		Config	   *config = &configs[i];
		int64_t		bytes;

		/* this one sees fewer scenarios, so fewer catalog entries */
		if (last && config != bare && takes_most(config))
			check("memory", config->name, "backend against bare", "info",
				  fetch_int(config, all_contexts) - bare_bytes, 0, "bytes more in all contexts");
		if (!config->has_perfext)
			continue;
		bytes = fetch_int(config, "select coalesce(sum(total_bytes), 0)"
						  " from pg_backend_memory_contexts"
						  " where name ilike 'perfext%' or parent ilike 'perfext%'");
		if (last || bytes >= 1048576)
			check("memory", config->name, "backend contexts", bytes < 1048576 ? "ok" : "MISSED",
				  bytes, 1048576, "bytes; epoch %d", epoch);
		bytes = (int64_t) info(config, "memory_bytes");
		if (last || bytes != config->arena_bytes)
			check("memory", config->name, "arena unchanged", bytes < 0 ? "n/a" :
				  bytes == config->arena_bytes ? "ok" : "MISSED", bytes, config->arena_bytes,
				  "bytes; %.0f used; epoch %d", info(config, "memory_used_bytes"), epoch);
		if (last)
			check("memory", config->name, "worker CPU share", "info",
				  (double) (worker_cpu(config) - config->worker_cpu) / elapsed_ns, 0,
				  "of one CPU");
	}
}

/*
 * The self times of a plan's nodes, pseudo-nodes included, must add up to the
 * execution time.  Each statement is found again by the alias in its text.
 */
static const struct
{
	const char *alias;
	bool		one_row;		/* no result to speak of, and no triggers */
	const char *before;			/* a setting for this statement alone */
	const char *sql;
}			adds_up[] = {
	{"adds_up_agg", true, NULL,
	"select count(*) as adds_up_agg, sum(v) from bench_million"},
	{"adds_up_join", true, NULL,
	JOIN4("adds_up_join")},
	{"adds_up_sort", true, NULL,
	"select v as adds_up_sort from bench_order order by v desc, id offset 99990"},
	{"adds_up_result", false, NULL,
	"select id as adds_up_result, v, customer_id from bench_order"},
	{"adds_up_rescan", true, "set enable_hashjoin = off; set enable_mergejoin = off",
		"select count(i.quantity) as adds_up_rescan from bench_order o"
	" left join bench_item i on i.order_id = o.id where o.id <= 20000"},
	{"adds_up_function", true, NULL,
	"select sum(bench_nested(1000)) as adds_up_function from generate_series(1, 5)"},
	{"adds_up_cte", true, NULL,
		"with x as materialized (select v, count(*) as n from bench_million group by v)"
	" select sum(n) as adds_up_cte from x where v > (select avg(v) from x)"},
	{"adds_up_bitmap", true, "set enable_indexscan = off; set enable_seqscan = off",
		"select count(*) as adds_up_bitmap, sum(length(md5(payload))) from bench_point"
	" where id between 10000 and 90000"},
	{"adds_up_insert", false, NULL,
		"insert into bench_child select g as adds_up_insert, g % 10000 + 1, 'payload '"
	" from generate_series(1, 20000) g"},
	{"adds_up_delete", true, NULL,
		"with adds_up_delete as (delete from bench_child where id <= 20000 returning id)"
	" select count(*) from adds_up_delete"},
};

static void
adds_up_of(Config *config)
{
	const char *columns =
		" from perfext.statements s"
		" join perfext.plans p using (userid, dbid, queryid, toplevel)"
		" cross join lateral (select sum(n.self_time / nullif(n.samples, 0)) as self,"
		" coalesce(sum(n.self_time / nullif(n.samples, 0))"
		" filter (where n.node_type ~ '^\\('), 0) as pseudo, max(n.samples) as samples"
		" from perfext.plan_nodes n where (n.userid, n.dbid, n.queryid, n.toplevel, n.planid)"
		" = (s.userid, s.dbid, s.queryid, s.toplevel, p.planid)) n"
		" where s.query like '%' || $1 || '%' and s.toplevel"
		" order by p.total_exec_time desc limit 1";

	/* the alias is no part of a statement's identity: the other scenarios' text would stay */
	simple(config, "select perfext.reset()");
	for (size_t i = 0; i < sizeof(adds_up) / sizeof(adds_up[0]); i++)
	{
		char		sql[2000];
		double		mean;
		double		of_plan;
		double		of_statement;
		double		pseudo;
		char	   *detail;
		bool		ok;

		for (int n = 0; n < 5; n++)
		{
			simple(config, "truncate bench_child");
			if (strcmp(adds_up[i].alias, "adds_up_delete") == 0)
				simple(config, "insert into bench_child select g, g % 10000 + 1, ''"
					   " from generate_series(1, 20000) g");
			if (adds_up[i].before)
				simple(config, adds_up[i].before);
			simple(config, adds_up[i].sql);
			simple(config, "reset enable_hashjoin; reset enable_mergejoin;"
				   "reset enable_indexscan; reset enable_seqscan");
		}
		snprintf(sql, sizeof(sql), "select p.total_exec_time / p.calls%s", columns);
		mean = fetch_float(config, sql, adds_up[i].alias);
		if (mean < 0)
		{
			check("adds_up", config->name, adds_up[i].alias, "MISSED", -1, 0.05,
				  "no row in perfext.plans with nodes");
			continue;
		}
		snprintf(sql, sizeof(sql), "select n.self / (p.total_exec_time / p.calls) - 1%s", columns);
		of_plan = fetch_float(config, sql, adds_up[i].alias);
		snprintf(sql, sizeof(sql), "select n.self / (s.total_exec_time / s.calls) - 1%s", columns);
		of_statement = fetch_float(config, sql, adds_up[i].alias);
		snprintf(sql, sizeof(sql), "select n.pseudo / n.self%s", columns);
		pseudo = fetch_float(config, sql, adds_up[i].alias);
		snprintf(sql, sizeof(sql), "select format('%%s plan calls; %%s statement calls;"
				 " %%s samples', p.calls, s.calls, n.samples)%s", columns);
		detail = fetch(config, sql, adds_up[i].alias);
		ok = of_plan >= -0.05 && of_plan <= 0.05 && of_statement >= -0.05 && of_statement <= 0.05;
		check("adds_up", config->name, adds_up[i].alias, mean <= 10 ? "n/a" : ok ? "ok" : "MISSED",
			  of_plan, 0.05, "off the plan; %+.4f off the statement; mean %.1f ms; %s",
			  of_statement, mean, detail);

		/*
		 * Pseudo-nodes that are simply what remains would make any sum right.
		 * Where there is next to nothing to deliver, they must be small.
		 */
		check("adds_up", config->name, "  in pseudo-nodes", !adds_up[i].one_row ? "info" :
			  mean <= 10 ? "n/a" : pseudo <= 0.05 ? "ok" : "MISSED", pseudo, 0.05,
			  "of the self times of %s", adds_up[i].alias);
		free(detail);
	}
	simple(config, "truncate bench_child");
}

void
check_adds_up(Config *configs, int nconfigs)
{
	bool		found = false;

	for (int i = 0; i < nconfigs; i++)
	{
		if (!is_config(&configs[i], "perfext_all"))
			continue;
		adds_up_of(&configs[i]);
		found = true;
	}
	if (!found)
		check("adds_up", "perfext_all", "self times", "n/a", 0, 0.05,
			  "the configuration is not there");
}

/* A peer that does nothing would look cheap: does auto_explain instrument? */
static int	notices_with_actual;

static void
notice(void *arg, const char *message)
{
	(void) arg;
	if (strstr(message, "actual time="))
		notices_with_actual++;
}

void
check_auto_explain(Config *config)
{
	char	   *duration = fetch(config, "show auto_explain.log_min_duration", NULL);

	PQsetNoticeProcessor(config->conn, notice, NULL);
	simple(config, "set client_min_messages = log; set auto_explain.log_min_duration = 0");
	simple(config, "select count(*) from bench_parent");
	simple(config, "reset auto_explain.log_min_duration; reset client_min_messages");
	if (notices_with_actual == 0 || strcmp(duration, "1h") != 0)
		die("auto_explain does not instrument (log_min_duration %s)", duration);
	free(duration);
}
