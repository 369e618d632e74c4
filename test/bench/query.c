/*
 * query.c
 *	  Sending statements by libpq; any error ends the program.
 *
 * The measured path goes through PQsendQuery and PQsendQueryPrepared only, so
 * that the client does the same little work for every server.
 */
#include <stdlib.h>
#include <string.h>

#include "bench.h"

/* Wait for the end of what was sent; an error ends the program. */
void
finish(Config *config)
{
	PGresult   *res;

	while ((res = PQgetResult(config->conn)) != NULL)
	{
		ExecStatusType status = PQresultStatus(res);

		if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
			die("%s: %s", config->name, PQresultErrorMessage(res));
		PQclear(res);
	}
}

void
simple(Config *config, const char *sql)
{
	if (!PQsendQuery(config->conn, sql))
		die("%s: %s", config->name, PQerrorMessage(config->conn));
	finish(config);
}

/* First column of the first row, "" where there is none; the caller frees it. */
char *
fetch(Config *config, const char *sql, const char *param)
{
	PGresult   *res = PQexecParams(config->conn, sql, param ? 1 : 0, NULL, &param,
								   NULL, NULL, 0);
	char	   *value;

	if (PQresultStatus(res) != PGRES_TUPLES_OK)
		die("%s: %s%s", config->name, PQresultErrorMessage(res), sql);
	value = strdup(PQntuples(res) > 0 ? PQgetvalue(res, 0, 0) : "");
	PQclear(res);
	return value;
}

int64_t
fetch_int(Config *config, const char *sql)
{
	char	   *value = fetch(config, sql, NULL);
	int64_t		result = *value ? strtoll(value, NULL, 10) : -1;

	free(value);
	return result;
}

double
fetch_float(Config *config, const char *sql, const char *param)
{
	char	   *value = fetch(config, sql, param);
	double		result = *value ? strtod(value, NULL) : -1;

	free(value);
	return result;
}

void
prepared(Config *config, const char *name, const char *param)
{
	if (!PQsendQueryPrepared(config->conn, name, param ? 1 : 0, &param, NULL, NULL, 0))
		die("%s: %s", config->name, PQerrorMessage(config->conn));
	finish(config);
}

void
prepare(Config *config, const char *name, const char *sql)
{
	if (!PQsendPrepare(config->conn, name, sql, 0, NULL))
		die("%s: %s", config->name, PQerrorMessage(config->conn));
	finish(config);
}
