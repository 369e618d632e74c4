#!/bin/sh
# How good the remaining times of perfext.progress are: some sixty statements of
# different sorts, each run for the first time and then again, looked at five times
# a second from another session.
#
#   sh test/progress/run.sh [NAME...]     all of cases.sql and other_cases.sql, or those named
#
# Prints a line per run: its time, and for the moments after a quarter and half of
# it the error of the predicted remaining time, in percent of the true one, with a *
# where the true end was outside of the interval; beside them the error of elapsed
# time by the share done that the server's own progress views give, where one does.
# Then the sums.  Measured times are this machine's: the errors vary from run to
# run, and with what else it does.
#
# Environment:
#   PG_CONFIG                pg_config of the server (default: this Debian release's)
#   PERFEXT_PROGRESS_SCALE   rows of the largest table (default: 3000000)
#   PERFEXT_KEEP             1: keep the temporary folder
set -eu

TOP=$(cd "$(dirname "$0")/../.." && pwd)
# shellcheck source=test/lib.sh
. "$TOP/test/lib.sh"
# shellcheck source=test/server.sh
. "$TOP/test/server.sh"

scale=${PERFEXT_PROGRESS_SCALE:-3000000}

need_server_packages make gcc
prepare_server
build || die "it does not build"

sql()
{
	as_user "$BIN/psql" -h "$WORK" -d postgres -XAtq -v ON_ERROR_STOP=1 \
		-v scale="$scale" "$@"
}

say "server and tables"
as_user "$BIN/initdb" -D "$WORK/data" -A trust -N >"$WORK/log/initdb" 2>&1
cat >>"$WORK/data/postgresql.conf" <<END
shared_preload_libraries = 'perfext'
listen_addresses = ''
unix_socket_directories = '$WORK'
shared_buffers = 256MB
max_wal_size = 8GB
checkpoint_timeout = 1h
fsync = off
autovacuum = off
jit = off
END
as_user "$BIN/pg_ctl" -D "$WORK/data" -l "$WORK/log/server" -w start >/dev/null
for tables in tables other_tables; do
	sql -f "$TREE/test/progress/$tables.sql" >"$WORK/log/tables" 2>&1 ||
		die "$(tail -n 5 "$WORK/log/tables")"
done

# Each case is a file of its own: NAME.setup and NAME.sql
mkdir "$WORK/cases"
cat "$TREE/test/progress/cases.sql" "$TREE/test/progress/other_cases.sql" |
	sed "s|@FOLDER@|$WORK/tmp|g" | awk -v dir="$WORK/cases" '
	/^-- case: / { name = $3; part = "sql"; print name >(dir "/names"); next }
	/^-- setup/ { part = "setup"; next }
	/^-- run/ { part = "sql"; next }
	name != "" { print >(dir "/" name "." part) }'
[ $# -gt 0 ] || {
	# shellcheck disable=SC2046 # a list of words
	set -- $(cat "$WORK/cases/names")
}
chmod -R a+rX "$WORK/cases"

# run_case NAME N: the statement in the background; the sampler returns when it is over
run_case()
{
	[ ! -e "$WORK/cases/$1.setup" ] ||
		sql -c 'SET perfext.enabled = off' -f "$WORK/cases/$1.setup" >"$WORK/log/$1.setup" 2>&1 ||
		warn "$1: $(tail -n 2 "$WORK/log/$1.setup")"
	"$BIN/psql" -h "$WORK" -U "$TEST_USER" -d postgres -XAtq \
		-c "CALL begun('$1', $2)" -f "$WORK/cases/$1.sql" -c "CALL ended('$1', $2)" \
		>"$WORK/log/$1.$2" 2>&1 &
	runner=$!
	sql -c "CALL sampler('$1', $2)" >"$WORK/log/sampler" 2>&1 ||
		warn "$1: $(tail -n 2 "$WORK/log/sampler")"
	wait "$runner" || warn "$1: $(tail -n 2 "$WORK/log/$1.$2")"
	! grep -q ERROR "$WORK/log/$1.$2" || warn "$1: $(grep ERROR "$WORK/log/$1.$2")"
	sql -F '  ' -c "SELECT line FROM lines WHERE name = '$1' AND n = $2"
}

say "statement, run, seconds; error after a quarter and half (%), *: outside; the server's views"
for n in 1 2; do
	for name; do
		run_case "$name" "$n"
	done
done
say "sums"
sql -c 'SELECT line FROM sums'
sql -c 'SELECT concat_ws($$ $$, command, repeated, at_ratio, predictions,
	round(inside_ratio::numeric, 2), round(median_error_ratio::numeric, 2))
	FROM perfext.progress_accuracy' >"$WORK/log/accuracy"
say "perfext.progress_accuracy: command, repeated, at, predictions, inside, median error"
cat "$WORK/log/accuracy"
