/*
 * report.c
 *	  The benchmark's statistics: reads what bench.c measured, prints the
 *	  table and the verdict on each bound, and writes JSON and CSV.
 *
 * Apart from bench.c so that a kept raw file can be judged again.
 *
 * The figure that counts is the median over the rounds of (CPU of this server
 * in the round / CPU of the bare server in the same round).
 */
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_NAMES 64
#define MAX_ROUNDS 4096
#define MAX_CHECKS 1024

typedef struct Cell				/* one configuration in one scenario */
{
	int			n;				/* rounds, all epochs together */
	double		cpu[MAX_ROUNDS];	/* ns per statement; 0 = not measured */
	int			epoch[MAX_ROUNDS];
	int			nratio;			/* rounds that have a ratio to bare */
	double		median_cpu;
	double		median;
	double		q1;
	double		q3;
	double		low;			/* 95 % confidence interval of the median */
	double		high;
	double		total;			/* sum of CPU / sum of bare's CPU */
	double		quiet;			/* first decile of CPU / bare's first decile */
	double		low_cpu;		/* that first decile, ns */
	double		epoch_low;		/* smallest and largest median of an epoch */
	double		epoch_high;
} Cell;

typedef struct Bound
{
	const char *scenario;
	const char *config;
	const char *against;		/* NULL: limit is absolute, else added to its median */
	double		limit;
} Bound;

typedef struct Check
{
	const char *scenario;
	const char *config;
	const char *name;
	const char *status;
	double		value;
	double		limit;
	char		detail[300];
} Check;

static const Bound bounds[] = {
	{"point_prepared", "perfext", "pg_stat_statements", 0.02},
	{"point_simple", "perfext", "pg_stat_statements", 0.02},
	{"insert_row", "perfext", "pg_stat_statements", 0.02},
	{"nested_loop", "perfext", "pg_stat_statements", 0.02},
	{"copy_fk", "perfext", "pg_stat_statements", 0.02},
	{"copy_1m", "perfext", NULL, 1.02},
	{"agg_1m", "perfext", NULL, 1.02},
	{"agg_1m", "perfext_all", NULL, 1.15},
	{"join4", "perfext", NULL, 1.02},
	{"join4", "perfext_all", NULL, 1.10},
};

#define NBOUNDS ((int) (sizeof(bounds) / sizeof(bounds[0])))

static char scenario_names[MAX_NAMES][40];
static char config_names[MAX_NAMES][60];
static int	nscenarios;
static int	nconfigs;
static Cell *cells[MAX_NAMES][MAX_NAMES];
static Check checks[MAX_CHECKS];
static int	nchecks;

static int
intern(char *names, size_t width, int *count, const char *name)
{
	for (int i = 0; i < *count; i++)
		if (strcmp(names + i * width, name) == 0)
			return i;
	if (*count == MAX_NAMES)
	{
		fprintf(stderr, "report: too many names\n");
		exit(1);
	}
	if (strlen(name) >= width)
	{
		fprintf(stderr, "report: name too long: %s\n", name);
		exit(1);
	}
	strcpy(names + *count * width, name);
	return (*count)++;
}

static Cell *
find_cell(const char *scenario, const char *config)
{
	for (int s = 0; s < nscenarios; s++)
		for (int c = 0; c < nconfigs; c++)
			if (strcmp(scenario_names[s], scenario) == 0 && strcmp(config_names[c], config) == 0)
				return cells[s][c];
	return NULL;
}

static int
compare_double(const void *a, const void *b)
{
	double		x = *(const double *) a;
	double		y = *(const double *) b;

	return (x > y) - (x < y);
}

/* Linear interpolation between the two nearest ranks. */
static double
quantile(const double *sorted, int n, double q)
{
	double		pos = q * (n - 1);
	int			i = (int) pos;

	if (n == 0)
		return NAN;
	if (i >= n - 1)
		return sorted[n - 1];
	return sorted[i] + (pos - i) * (sorted[i + 1] - sorted[i]);
}

/* Rounds count on through the epochs of a scenario. */
static int	epoch_of[MAX_NAMES];
static int	epoch_base[MAX_NAMES];

static void
read_sample(const char *line)
{
	char		scenario[40];
	char		config[60];
	int			epoch;
	int			round;
	int			position;
	int			statements;
	int			index;
	int64_t		cpu;
	int			s;
	int			c;
	Cell	   *cell;

	if (sscanf(line, "sample,%39[^,],%59[^,],%d,%d,%d,%d,%" SCNd64, scenario, config, &epoch,
			   &round, &position, &statements, &cpu) != 7)
	{
		fprintf(stderr, "report: bad line: %s", line);
		exit(1);
	}
	s = intern(scenario_names[0], sizeof(scenario_names[0]), &nscenarios, scenario);
	c = intern(config_names[0], sizeof(config_names[0]), &nconfigs, config);
	if (epoch_of[s] != epoch)
	{
		int			most = 0;

		for (int i = 0; i < nconfigs; i++)
			if (cells[s][i] && cells[s][i]->n > most)
				most = cells[s][i]->n;
		epoch_of[s] = epoch;
		epoch_base[s] = most;
	}
	index = epoch_base[s] + round;
	if (index >= MAX_ROUNDS)
	{
		fprintf(stderr, "report: more than %d rounds\n", MAX_ROUNDS);
		exit(1);
	}
	if (cells[s][c] == NULL)
		cells[s][c] = calloc(1, sizeof(Cell));
	cell = cells[s][c];
	if (index + 1 > cell->n)
		cell->n = index + 1;
	cell->cpu[index] = (double) cpu / statements;
	cell->epoch[index] = epoch;
}

static Check *
add_check(const char *scenario, const char *config, const char *name, const char *status,
		  double value, double limit)
{
	Check	   *check = &checks[nchecks];

	if (nchecks == MAX_CHECKS)
	{
		fprintf(stderr, "report: too many checks\n");
		exit(1);
	}
	nchecks++;
	check->scenario = scenario;
	check->config = config;
	check->name = name;
	check->status = status;
	check->value = value;
	check->limit = limit;
	return check;
}

static void
read_check(const char *line)
{
	char		scenario[40];
	char		config[60];
	char		name[60];
	char		status[12];
	double		value;
	double		limit;
	char		detail[300] = "";
	Check	   *check;

	if (sscanf(line, "check,%39[^,],%59[^,],%59[^,],%11[^,],%lf,%lf,%299[^\n]", scenario, config,
			   name, status, &value, &limit, detail) < 6)
	{
		fprintf(stderr, "report: bad line: %s", line);
		exit(1);
	}
	check = add_check(strdup(scenario), strdup(config), strdup(name), strdup(status), value, limit);
	strcpy(check->detail, detail);
}

static void
compute(Cell *cell, const Cell *bare)
{
	double	   *sorted = malloc(sizeof(double) * MAX_ROUNDS);
	double	   *ratio = malloc(sizeof(double) * MAX_ROUNDS);
	int			n = 0;
	int			ncpu = 0;
	double		sum = 0;
	double		bare_sum = 0;
	double		width;

	for (int i = 0; i < cell->n; i++)
		if (cell->cpu[i] > 0)
			sorted[ncpu++] = cell->cpu[i];
	qsort(sorted, ncpu, sizeof(double), compare_double);
	cell->median_cpu = quantile(sorted, ncpu, 0.5);
	cell->low_cpu = quantile(sorted, ncpu, 0.1);
	cell->quiet = cell->low_cpu / bare->low_cpu;

	/* the whole, and each epoch for itself */
	cell->epoch_low = INFINITY;
	cell->epoch_high = -INFINITY;
	for (int i = 0, begin = 0; i < cell->n; i++)
	{
		if (cell->cpu[i] > 0 && i < bare->n && bare->cpu[i] > 0)
		{
			ratio[n++] = cell->cpu[i] / bare->cpu[i];
			sum += cell->cpu[i];
			bare_sum += bare->cpu[i];
		}
		if ((i + 1 == cell->n || cell->epoch[i + 1] != cell->epoch[i]) && n > begin)
		{
			double		median;

			memcpy(sorted, ratio + begin, sizeof(double) * (n - begin));
			qsort(sorted, n - begin, sizeof(double), compare_double);
			median = quantile(sorted, n - begin, 0.5);
			cell->epoch_low = fmin(cell->epoch_low, median);
			cell->epoch_high = fmax(cell->epoch_high, median);
			begin = n;
		}
	}
	qsort(ratio, n, sizeof(double), compare_double);
	cell->nratio = n;
	cell->median = quantile(ratio, n, 0.5);
	cell->q1 = quantile(ratio, n, 0.25);
	cell->q3 = quantile(ratio, n, 0.75);
	cell->total = bare_sum > 0 ? sum / bare_sum : NAN;

	/* order statistics: binomial, by its normal approximation */
	width = n > 1 ? 0.98 * sqrt(n) / (n - 1) : 0.5;
	cell->low = quantile(ratio, n, fmax(0, 0.5 - width));
	cell->high = quantile(ratio, n, fmin(1, 0.5 + width));
	free(sorted);
	free(ratio);
}

static const char *
format_time(double ns, char *buf, size_t size)
{
	if (ns < 1e6)
		snprintf(buf, size, "%.2f us", ns / 1e3);
	else
		snprintf(buf, size, "%.2f ms", ns / 1e6);
	return buf;
}

static void
print_table(void)
{
	for (int s = 0; s < nscenarios; s++)
	{
		int			rounds = 0;
		char		buf[40];

		for (int c = 0; c < nconfigs; c++)
			if (cells[s][c] && cells[s][c]->nratio > rounds)
				rounds = cells[s][c]->nratio;
		printf("\n%s (%d rounds)\n", scenario_names[s], rounds);
		printf("  %-22s %12s  %7s  %-15s  %7s  %8s  %s\n", "", "CPU per", "ratio", "quartiles",
			   "of the", "of quiet", "medians of the");
		printf("  %-22s %12s  %7s  %-15s  %7s  %8s  %s\n", "configuration", "statement", "median",
			   "of the ratio", "sums", "rounds", "epochs");
		for (int c = 0; c < nconfigs; c++)
		{
			Cell	   *cell = cells[s][c];

			if (cell)
				printf("  %-22s %12s  %7.3f  %.3f .. %.3f  %7.3f  %8.3f  %.3f .. %.3f\n",
					   config_names[c], format_time(cell->median_cpu, buf, sizeof(buf)),
					   cell->median, cell->q1, cell->q3, cell->total, cell->quiet,
					   cell->epoch_low, cell->epoch_high);
		}
	}
}

/*
 * Each bound becomes a check, so that all verdicts are printed and written in
 * one way.
 */
static void
judge_bounds(void)
{
	for (int i = 0; i < NBOUNDS; i++)
	{
		const Bound *b = &bounds[i];
		const Cell *cell = find_cell(b->scenario, b->config);
		const Cell *against = b->against ? find_cell(b->scenario, b->against) : NULL;
		Check	   *check;
		double		limit;

		if (cell == NULL)
			continue;
		limit = b->against ? (against ? against->median + b->limit : NAN) : b->limit;
		check = add_check(b->scenario, b->config, "median ratio",
						  isnan(limit) ? "n/a" : cell->median <= limit ? "ok" : "MISSED",
						  cell->median, limit);
		if (b->against && against)
			snprintf(check->detail, sizeof(check->detail),
					 "95 %% interval %.3f .. %.3f; limit is %s %.3f + %.2f;"
					 " of quiet rounds %.3f and %.3f", cell->low, cell->high, b->against,
					 against->median, b->limit, cell->quiet, against->quiet);
		else if (b->against)
			snprintf(check->detail, sizeof(check->detail), "%s was not measured", b->against);
		else
			snprintf(check->detail, sizeof(check->detail),
					 "95 %% interval %.3f .. %.3f; of quiet rounds %.3f",
					 cell->low, cell->high, cell->quiet);
	}
}

/* The control: two bare servers differ by nothing but chance. */
static void
judge_control(void)
{
	for (int s = 0; s < nscenarios; s++)
	{
		const Cell *cell = find_cell(scenario_names[s], "bare2");
		Check	   *check;

		if (cell == NULL)
			continue;
		check = add_check(scenario_names[s], "bare2", "noise floor",
						  fabs(cell->median - 1) <= 0.01 ? "ok" : "NOISY", cell->median, 1.01);
		snprintf(check->detail, sizeof(check->detail),
				 "should be 1.00 +- 0.01; 95 %% interval %.3f .. %.3f", cell->low, cell->high);
	}
}

static void
print_checks(void)
{
	int			missed = 0;

	if (nchecks == 0)
		return;
	printf("\n%-7s %-15s %-19s %-20s %12s %12s\n", "verdict", "scenario", "configuration", "what",
		   "value", "limit");
	for (int i = 0; i < nchecks; i++)
	{
		const Check *k = &checks[i];
		char		value[40];
		char		limit[40] = "";

		snprintf(value, sizeof(value), fabs(k->value) < 100 ? "%.3f" : "%.0f", k->value);
		if (strcmp(k->status, "info") != 0 && !isnan(k->limit))
			snprintf(limit, sizeof(limit), fabs(k->limit) < 100 ? "%.3f" : "%.0f", k->limit);
		printf("%-7s %-15s %-19s %-20s %12s %12s  %s\n", k->status, k->scenario, k->config, k->name,
			   value, limit, k->detail);
		missed += strcmp(k->status, "MISSED") == 0;
	}
	printf("\n%d bound%s missed\n", missed, missed == 1 ? "" : "s");
}

/* JSON knows no NaN and no infinity. */
static void
json_number(FILE *f, const char *name, double value)
{
	if (isfinite(value))
		fprintf(f, "\"%s\": %.10g", name, value);
	else
		fprintf(f, "\"%s\": null", name);
}

static void
json_string(FILE *f, const char *name, const char *value)
{
	fprintf(f, "\"%s\": \"", name);
	for (; *value; value++)
	{
		if (*value == '"' || *value == '\\')
			fputc('\\', f);
		if ((unsigned char) *value >= ' ')
			fputc(*value, f);
	}
	fputc('"', f);
}

static void
write_json(FILE *f, const char *version, const char *seed)
{
	const char *comma = "";

	fprintf(f, "{");
	json_string(f, "server", version);
	fprintf(f, ", ");
	json_string(f, "seed", seed);
	fprintf(f, ",\n\"results\": [");
	for (int s = 0; s < nscenarios; s++)
	{
		for (int c = 0; c < nconfigs; c++)
		{
			const Cell *cell = cells[s][c];

			if (cell == NULL)
				continue;
			fprintf(f, "%s\n  {", comma);
			json_string(f, "scenario", scenario_names[s]);
			fprintf(f, ", ");
			json_string(f, "config", config_names[c]);
			fprintf(f, ", \"rounds\": %d, ", cell->nratio);
			json_number(f, "cpu_ns", cell->median_cpu);
			fprintf(f, ", ");
			json_number(f, "ratio", cell->median);
			fprintf(f, ", ");
			json_number(f, "q1", cell->q1);
			fprintf(f, ", ");
			json_number(f, "q3", cell->q3);
			fprintf(f, ", ");
			json_number(f, "ci_low", cell->low);
			fprintf(f, ", ");
			json_number(f, "ci_high", cell->high);
			fprintf(f, ", ");
			json_number(f, "ratio_of_sums", cell->total);
			fprintf(f, ", ");
			json_number(f, "ratio_of_quiet", cell->quiet);
			fprintf(f, ", ");
			json_number(f, "epoch_low", cell->epoch_low);
			fprintf(f, ", ");
			json_number(f, "epoch_high", cell->epoch_high);
			fprintf(f, "}");
			comma = ",";
		}
	}
	fprintf(f, "\n],\n\"checks\": [");
	for (int i = 0; i < nchecks; i++)
	{
		const Check *k = &checks[i];

		fprintf(f, "%s\n  {", i > 0 ? "," : "");
		json_string(f, "scenario", k->scenario);
		fprintf(f, ", ");
		json_string(f, "config", k->config);
		fprintf(f, ", ");
		json_string(f, "name", k->name);
		fprintf(f, ", ");
		json_string(f, "status", k->status);
		fprintf(f, ", ");
		json_number(f, "value", k->value);
		fprintf(f, ", ");
		json_number(f, "limit", strcmp(k->status, "info") == 0 ? NAN : k->limit);
		fprintf(f, ", ");
		json_string(f, "detail", k->detail);
		fprintf(f, "}");
	}
	fprintf(f, "\n]}\n");
}

static void
write_csv(FILE *f)
{
	fprintf(f, "scenario,config,rounds,cpu_ns,ratio,q1,q3,ci_low,ci_high,ratio_of_sums,"
			"ratio_of_quiet,epoch_low,epoch_high\n");
	for (int s = 0; s < nscenarios; s++)
	{
		for (int c = 0; c < nconfigs; c++)
		{
			const Cell *cell = cells[s][c];

			if (cell)
				fprintf(f, "%s,%s,%d,%.1f,%.5f,%.5f,%.5f,%.5f,%.5f,%.5f,%.5f,%.5f,%.5f\n",
						scenario_names[s], config_names[c], cell->nratio, cell->median_cpu,
						cell->median, cell->q1, cell->q3, cell->low, cell->high, cell->total,
						cell->quiet, cell->epoch_low, cell->epoch_high);
		}
	}
}

static FILE *
open_file(const char *path, const char *mode)
{
	FILE	   *f = fopen(path, mode);

	if (f == NULL)
	{
		perror(path);
		exit(1);
	}
	return f;
}

int
main(int argc, char **argv)
{
	const char *json = NULL;
	const char *csv = NULL;
	const char *seed = "";
	const char *version = "";
	char		line[1000];
	FILE	   *f;
	int			opt;

	while ((opt = getopt(argc, argv, "j:c:s:v:")) != -1)
	{
		switch (opt)
		{
			case 'j':
				json = optarg;
				break;
			case 'c':
				csv = optarg;
				break;
			case 's':
				seed = optarg;
				break;
			case 'v':
				version = optarg;
				break;
			default:
				optind = argc;
		}
	}
	if (optind != argc - 1)
	{
		fprintf(stderr, "usage: report [-j json] [-c csv] [-s seed] [-v version] raw.csv\n");
		return 2;
	}
	f = open_file(argv[optind], "r");
	while (fgets(line, sizeof(line), f))
	{
		if (strncmp(line, "sample,", 7) == 0)
			read_sample(line);
		else if (strncmp(line, "check,", 6) == 0)
			read_check(line);
		else if (strncmp(line, "config,", 7) == 0)
		{
			line[strcspn(line, "\n")] = '\0';
			intern(config_names[0], sizeof(config_names[0]), &nconfigs, line + 7);
		}
	}
	fclose(f);

	for (int s = 0; s < nscenarios; s++)
	{
		Cell	   *bare = find_cell(scenario_names[s], "bare");

		if (bare == NULL)
			continue;
		compute(bare, bare);	/* first: the others look at its first decile */
		for (int c = 0; c < nconfigs; c++)
			if (cells[s][c])
				compute(cells[s][c], bare);
	}
	judge_bounds();
	judge_control();

	printf("%s, seed %s\n", version, seed);
	print_table();
	print_checks();
	if (json)
	{
		f = open_file(json, "w");
		write_json(f, version, seed);
		fclose(f);
	}
	if (csv)
	{
		f = open_file(csv, "w");
		write_csv(f);
		fclose(f);
	}
	return 0;
}
