/*
 * bench.h
 *	  What the files of the measuring client share.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include <libpq-fe.h>

#define DISTINCT_STATEMENTS 50000
#define DISTINCT_CHUNK 500
#define DISTINCT_ROUNDS (DISTINCT_STATEMENTS / DISTINCT_CHUNK)
#define DISTINCT_ROUNDS_BEFORE 40	/* in each epoch before the last */

typedef struct Config
{
	const char *name;
	const char *port;
	PGconn	   *conn;
	pid_t		pid;			/* of the backend */
	int			schedstat;		/* open /proc/PID/schedstat */
	bool		has_perfext;
	bool		has_statements; /* pg_stat_statements is loaded */
	bool		has_explain;	/* auto_explain is loaded */
	int64_t		arena_bytes;	/* perfext.info at the start of the epoch */
	int64_t		worker_cpu;		/* ns, of perfext's background workers */
} Config;

typedef struct Scenario
{
	const char *name;
	int			rounds;			/* all epochs together */
	int			quick_rounds;
	int			warmup;			/* chunks before the first round */
	int			statements;		/* per chunk */
	bool		nested;			/* peers must track nested statements too */
	bool		(*takes) (const Config *config);
	void		(*prepare) (Config *config);	/* once per epoch */
	void		(*before) (Config *config); /* before a chunk, not measured */
	void		(*chunk) (Config *config, int round, int statements);
} Scenario;

/* bench.c */
extern FILE *out;
extern int	epoch;
extern int	epochs;

extern bool is_config(const Config *config, const char *name);
extern void die(const char *fmt,...) __attribute__((noreturn, format(printf, 1, 2)));

/* cpu.c */
extern void choose_cpu(int cpu);
extern void pin_server(const Config *config);
extern int64_t read_schedstat(int fd);
extern int64_t backend_cpu(const Config *config);

/* query.c */
extern void finish(Config *config);
extern void simple(Config *config, const char *sql);
extern void prepare(Config *config, const char *name, const char *sql);
extern void prepared(Config *config, const char *name, const char *param);
extern char *fetch(Config *config, const char *sql, const char *param);
extern int64_t fetch_int(Config *config, const char *sql);
extern double fetch_float(Config *config, const char *sql, const char *param);

/* scenarios.c */
#define JOIN4(alias) \
	"select c.region, p.category, count(*), sum(i.quantity::bigint * p.price) as " alias \
	" from bench_item i join bench_order o on o.id = i.order_id" \
	" join bench_customer c on c.id = o.customer_id" \
	" join bench_product p on p.id = i.product_id" \
	" group by c.region, p.category order by 4 desc, 1, 2"

extern const Scenario scenarios[];
extern const int nscenarios;

extern bool takes_most(const Config *config);
extern void distinct_statement(char *sql, size_t size, int n);

/* checks.c */
extern void check_auto_explain(Config *config);
extern void check_distinct(Config *bare);
extern void after_distinct(Config *config);
extern int64_t worker_cpu(Config *config);
extern void check_memory(Config *configs, int nconfigs, Config *bare, int64_t elapsed_ns);
extern void check_adds_up(Config *configs, int nconfigs);
extern double info(Config *config, const char *column);

#endif							/* BENCH_H */
