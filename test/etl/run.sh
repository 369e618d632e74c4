#!/bin/sh
# Judge perfext's advice on loads by scenarios whose right answer is known.
#
#   sh test/etl/run.sh               all scenarios (the .py files beside it)
#   sh test/etl/run.sh --case 1,16   some of them, by number
#
# Each scenario gets a database of its own on a throw-away server with perfext at its
# defaults, and is run there by a real client: psql, psycopg2 or pgbench. A line per
# scenario: what perfext.recommendations says is compared with what is expected. The exit
# code is 0 when at most one is wrong and nothing is said where nothing is to be said.
#
# Works from nothing on Debian, like test/run.sh, with its environment variables
# PG_CONFIG and PERFEXT_KEEP.
set -eu

TOP=$(cd "$(dirname "$0")/../.." && pwd)
# shellcheck source=test/lib.sh
. "$TOP/test/lib.sh"
# shellcheck source=test/server.sh
. "$TOP/test/server.sh"
# shellcheck source=test/advice/server.sh
. "$TOP/test/advice/server.sh"

numbers=
while [ $# -gt 0 ]; do
	case $1 in
		--case) [ $# -gt 1 ] || exit 2; shift; numbers="$numbers,$1" ;;
		*) sed -n '/^#   sh/s/^#   //p' "$0" >&2; exit 2 ;;
	esac
	shift
done

need_packages python3-psycopg2 python3-psycopg
start_advice_server 'commit_delay = 500' 'commit_siblings = 0' 'max_parallel_workers_per_gather = 2'
quiet_sql postgres -c 'CREATE DATABASE etl_template'
quiet_sql etl_template -c 'CREATE EXTENSION perfext'
as_user /usr/bin/python3 "$TREE/test/etl/judge.py" "$SOCKET" "$BIN" "$WORK/tmp" "$numbers"
