/*
 * bench.c
 *	  The measuring client: takes the servers in turn, in small chunks, and
 *	  writes the backend's CPU time of every chunk.
 *
 * It only measures; report.c does the statistics.  One run of this program is
 * one epoch: run.sh starts all servers anew, and calls it again, so that what
 * a server gets by chance at its start (addresses, physical pages) does not
 * pass for an effect of its configuration.
 *
 * Output, appended to the file given by -o, are lines of
 *	 config,name
 *	 sample,scenario,config,epoch,round,position,statements,cpu_ns
 *	 check,scenario,config,name,status,value,limit,detail
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"

#define MAX_CONFIGS 32

FILE	   *out;
int			epoch = 1;
int			epochs = 1;

static Config configs[MAX_CONFIGS];
static int	nconfigs;
static bool quick;
static uint64_t random_state;
static double budget;			/* s per scenario and epoch */

void
die(const char *fmt,...)
{
	va_list		ap;

	fflush(out);
	fprintf(stderr, "bench: ");
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(1);
}

/* xorshift64*: Vigna, "An experimental exploration of Marsaglia's xorshift generators" */
static uint64_t
next_random(void)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return random_state * UINT64_C(2685821657736338717);
}

static int64_t
wall_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t) ts.tv_sec * 1000000000 + ts.tv_nsec;
}

bool
is_config(const Config *config, const char *name)
{
	return strcmp(config->name, name) == 0;
}

/*
 * What a peer needs to see of a scenario.  Set in the session, so that one
 * server serves both kinds.
 */
static void
set_nested(Config *config, bool nested)
{
	if (config->has_statements)
		simple(config, nested ? "set pg_stat_statements.track = 'all'" :
			   "set pg_stat_statements.track = 'top'");
	if (config->has_explain)
		simple(config, nested ? "set auto_explain.log_nested_statements = on" :
			   "set auto_explain.log_nested_statements = off");
}

/* first_round tells the rounds of one epoch from those of another. */
static void
measure(const Scenario *s, int rounds, int first_round)
{
	Config	   *order[MAX_CONFIGS];
	int			n = 0;
	int64_t		started = wall_ns();

	for (int i = 0; i < nconfigs; i++)
		if (s->takes(&configs[i]))
			order[n++] = &configs[i];
	for (int i = 0; i < n; i++)
	{
		set_nested(order[i], s->nested);
		if (s->prepare)
			s->prepare(order[i]);
		for (int w = 0; w < s->warmup; w++)
		{
			if (s->before)
				s->before(order[i]);
			s->chunk(order[i], w, s->statements);
		}
	}
	for (int round = 0; round < rounds; round++)
	{
		/* distinct_50k must come to its end: memory and evictions depend on it */
		if (s->rounds > 0 && budget > 0 && round > 1 && wall_ns() - started > budget * 1e9)
		{
			fprintf(stderr, "bench:   %s: out of time after %d of %d rounds\n", s->name,
					round, rounds);
			break;
		}
		for (int i = n - 1; i > 0; i--)
		{
			int			j = next_random() % (i + 1);
			Config	   *swap = order[i];

			order[i] = order[j];
			order[j] = swap;
		}
		for (int i = 0; i < n; i++)
		{
			int64_t		begin;
			int64_t		end;

			if (s->before)
				s->before(order[i]);
			begin = backend_cpu(order[i]);
			s->chunk(order[i], first_round + round, s->statements);
			end = backend_cpu(order[i]);
			fprintf(out, "sample,%s,%s,%d,%d,%d,%d,%" PRId64 "\n", s->name, order[i]->name,
					epoch, round, i, s->statements, end - begin);
		}
	}
	for (int i = 0; i < n; i++)
		set_nested(order[i], false);
	fflush(out);
}

static void
connect_config(Config *config, const char *host)
{
	char		path[64];
	char	   *libraries;

	config->conn = PQsetdbLogin(host, config->port, NULL, NULL, "postgres", "bench", NULL);
	if (PQstatus(config->conn) != CONNECTION_OK)
		die("%s: %s", config->name, PQerrorMessage(config->conn));
	config->pid = PQbackendPID(config->conn);
	snprintf(path, sizeof(path), "/proc/%d/schedstat", (int) config->pid);
	config->schedstat = open(path, O_RDONLY);
	if (config->schedstat < 0)
		die("%s: %s", path, strerror(errno));
	pin_server(config);

	libraries = fetch(config, "show shared_preload_libraries", NULL);
	config->has_statements = strstr(libraries, "pg_stat_statements") != NULL;
	config->has_explain = strstr(libraries, "auto_explain") != NULL;
	config->has_perfext = strstr(libraries, "perfext") != NULL;
	free(libraries);
	if (is_config(config, "auto_explain"))
		check_auto_explain(config);
	if (config->has_perfext)
	{
		simple(config, "set client_min_messages = warning;"
			   "create extension if not exists perfext; reset client_min_messages");
		config->arena_bytes = (int64_t) info(config, "memory_bytes");
		config->worker_cpu = worker_cpu(config);
	}

	/* the same pages in shared memory everywhere, before anything is measured */
	simple(config, "select count(*), sum(length(payload)) from bench_point");
	simple(config, "select count(*) from bench_million");
	simple(config, "select count(*) from bench_customer");
	simple(config, "select count(*) from bench_product");
	simple(config, "select count(*) from bench_order");
	simple(config, "select count(*) from bench_item");
}

static bool
selected(const char *name, int argc, char **argv)
{
	for (int i = optind; i < argc; i++)
		if (strcmp(argv[i], name) == 0)
			return true;
	return false;
}

int
main(int argc, char **argv)
{
	const char *host = NULL;
	const char *path = NULL;
	char	   *list = NULL;
	int			cpu = -1;
	int			rounds = 0;
	int			opt;
	Config	   *bare = NULL;
	int64_t		begin = wall_ns();

	while ((opt = getopt(argc, argv, "h:o:e:E:r:b:S:c:C:q")) != -1)
	{
		switch (opt)
		{
			case 'h':
				host = optarg;
				break;
			case 'o':
				path = optarg;
				break;
			case 'e':
				epoch = atoi(optarg);
				break;
			case 'E':
				epochs = atoi(optarg);
				break;
			case 'r':
				rounds = atoi(optarg);
				break;
			case 'b':
				budget = atof(optarg);
				break;
			case 'S':
				random_state = strtoull(optarg, NULL, 10) * UINT64_C(0x9E3779B97F4A7C15);
				break;
			case 'c':
				cpu = atoi(optarg);
				break;
			case 'C':
				list = optarg;
				break;
			case 'q':
				quick = true;
				break;
			default:
				fprintf(stderr, "bench is called by run.sh\n");
				return 2;
		}
	}
	if (!host || !path || !list)
	{
		fprintf(stderr, "bench is called by run.sh\n");
		return 2;
	}
	if (random_state == 0)
		random_state = 88172645463325252u;
	signal(SIGPIPE, SIG_IGN);
	out = fopen(path, "a");
	if (out == NULL)
	{
		perror(path);
		return 1;
	}
	choose_cpu(cpu);

	for (char *item = strtok(list, ","); item; item = strtok(NULL, ","))
	{
		Config	   *config = &configs[nconfigs];
		char	   *colon = strchr(item, ':');

		if (colon == NULL || nconfigs == MAX_CONFIGS)
			die("bad list of configurations");
		*colon = '\0';
		config->name = item;
		config->port = colon + 1;
		nconfigs++;
	}
	for (int i = 0; i < nconfigs; i++)
	{
		fprintf(out, "config,%s\n", configs[i].name);
		connect_config(&configs[i], host);
		if (is_config(&configs[i], "bare"))
			bare = &configs[i];
	}
	if (bare == NULL)
		die("no bare server to compare with");

	for (int i = 0; i < nscenarios; i++)
	{
		const Scenario *s = &scenarios[i];
		int			n = rounds > 0 ? rounds : quick ? s->quick_rounds : s->rounds;
		int64_t		started = wall_ns();

		if (!selected(s->name, argc, argv))
			continue;
		if (s->rounds > 0)
		{
			/* this epoch's share */
			n = n * epoch / epochs - n * (epoch - 1) / epochs;
			if (n > 0)
				measure(s, n, epoch * 1000);
		}
		else if (epoch < epochs)
		{
			/* other statements than those of the last epoch: never seen before */
			measure(s, DISTINCT_ROUNDS_BEFORE,
					DISTINCT_ROUNDS + (epoch - 1) * DISTINCT_ROUNDS_BEFORE);
		}
		else
		{
			check_distinct(bare);
			measure(s, DISTINCT_ROUNDS, 0);
			for (int c = 0; c < nconfigs; c++)
				if (s->takes(&configs[c]))
					after_distinct(&configs[c]);
		}
		fprintf(stderr, "bench:   %-16s %5.1f s\n", s->name, (wall_ns() - started) / 1e9);
	}
	if (selected("memory", argc, argv))
		check_memory(configs, nconfigs, bare, wall_ns() - begin);
	if (selected("adds_up", argc, argv) && epoch == epochs)
		check_adds_up(configs, nconfigs);

	for (int i = 0; i < nconfigs; i++)
		PQfinish(configs[i].conn);
	if (fclose(out) != 0)
	{
		perror(path);
		return 1;
	}
	return 0;
}
