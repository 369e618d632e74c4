#!/bin/sh
# What the proposed indexes are worth in measured time: TPC-H's tables with primary keys
# only, its queries recorded once, the indexes that perfext.missing_indexes has verified
# built for real, and the same with a set made by hand.
#
#   sh test/advice/tpch.sh                         data of our own, scale 0.1
#   sh test/advice/tpch.sh --scale 1 --skip 17,20  without the two that take an hour there
#   sh test/advice/tpch.sh --data DIR              the *.tbl files that dbgen made in DIR
#
#   --rounds N         of which the median counts (default: 3)
#   --set name=value   a setting of the server, after those of this script; repeatable
#
# Prints the DDL, the times per query, and whether the bounds were kept; a missed
# bound is printed and is no failure, machines are noisy.  Works from nothing on
# Debian, like test/run.sh, with its environment variables PG_CONFIG and PERFEXT_KEEP.
set -eu

TOP=$(cd "$(dirname "$0")/../.." && pwd)
# shellcheck source=test/lib.sh
. "$TOP/test/lib.sh"
# shellcheck source=test/server.sh
. "$TOP/test/server.sh"
# shellcheck source=test/advice/server.sh
. "$TOP/test/advice/server.sh"

scale=0.1
skip=
data=
rounds=3
# Settings, one a line: one process per query, and memory in which the data is cached.
settings='max_parallel_workers_per_gather = 0
jit = off
random_page_cost = 1.1
shared_buffers = 1GB
effective_cache_size = 4GB
maintenance_work_mem = 256MB'

usage()
{
	sed -n '/^#   sh/s/^#   //p; /^#   --/s/^#   //p' "$0" >&2
	exit 2
}

while [ $# -gt 0 ]; do
	[ $# -gt 1 ] || usage
	case $1 in
		--scale) scale=$2 ;;
		--skip) skip=$2 ;;
		--data) data=$(cd "$2" && pwd) ;;
		--rounds) rounds=$2 ;;
		--set) settings="$settings
$2" ;;
		*) usage ;;
	esac
	shift 2
done

# ---- Data and queries ----

load()
{
	quiet_sql tpch -f "$tpch/schema.sql"
	if [ -n "$data" ]; then
		say "loading $data"
		for table in region nation supplier customer part partsupp orders lineitem; do
			[ -r "$data/$table.tbl" ] || die "there is no $data/$table.tbl"
			# Its lines end in a separator.
			sed 's/|$//' "$data/$table.tbl" >"$WORK/table"
			chmod 644 "$WORK/table"
			quiet_sql tpch -c "\\copy $table FROM '$WORK/table' (DELIMITER '|')"
			rm "$WORK/table"
		done
	else
		say "generating data, scale $scale"
		quiet_sql tpch -o /dev/null -v scale="$scale" -f "$tpch/generate.sql"
	fi
	quiet_sql tpch -f "$tpch/keys.sql"
}

# Write the queries that are not skipped as a psql script, each with its number before it.
write_round()
{
	awk -v skip=",$skip," '
		/^-- [0-9]+ / { wanted = !index(skip, "," $2 ","); if (wanted) print "\\echo query " $2; next }
		wanted' "$tpch/queries.sql" >"$WORK/round.sql"
}

# run_round FILE: all queries once; lines "number milliseconds".
run_round()
{
	try env PGOPTIONS="${track:-}" "$BIN/psql" -X -q -v ON_ERROR_STOP=1 -h "$SOCKET" -U postgres \
		-d tpch -c '\timing on' -c '\o /dev/null' -f "$WORK/round.sql"
	awk '/^query / { n = $2 } /^Time: / { print n, $2 }' "$WORK/log/command" >"$1"
}

# measure SET: the medians of the rounds, in the file SET.
measure()
{
	track='-c perfext.track=none'
	: >"$WORK/all"
	for _ in $(seq "$rounds"); do
		run_round "$WORK/one"
		cat "$WORK/one" >>"$WORK/all"
	done
	sort -k 1,1n -k 2,2n "$WORK/all" | awk -v rounds="$rounds" '
		$1 != n { n = $1; place = 0 }
		++place == int((rounds + 1) / 2)' >"$WORK/$1"
}

# ---- The sets of indexes ----

# The indexes that are not of constraints.
built="SELECT indexrelid FROM pg_index JOIN pg_class ON oid = indexrelid
	WHERE relnamespace = 'public'::regnamespace
	  AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)"

index_bytes()
{
	quiet_sql tpch -At \
		-c "SELECT coalesce(sum(pg_relation_size(indexrelid)), 0) FROM ($built) AS built"
	cat "$WORK/log/command"
}

drop_indexes()
{
	quiet_sql tpch -c "DO \$\$
		DECLARE
			index regclass;
		BEGIN
			FOR index IN $built LOOP
				EXECUTE format('DROP INDEX %s', index);
			END LOOP;
		END \$\$"
}

# measure_with SET FILE: build the indexes of an SQL file, measure, drop them.
measure_with()
{
	say "$1: building its indexes, $rounds rounds"
	# Statistics too, for what is indexed by an expression.
	quiet_sql tpch -f "$2" -c ANALYZE
	bytes=$(index_bytes)
	measure "$1"
	drop_indexes
}

# ---- The result ----

print_times()
{
	echo
	cd "$WORK"
	join none proposed | join - by_hand | sort -n | awk '
		BEGIN { printf "%5s %12s %12s %12s   ms\n", "query", "keys only", "proposed", "by hand" }
		{
			printf "%5s %12.1f %12.1f %12.1f\n", $1, $2, $3, $4
			none += $2; proposed += $3; by_hand += $4
		}
		END { printf "%5s %12.1f %12.1f %12.1f\n", "all", none, proposed, by_hand }'
	echo
}

# Whoever follows the advice must be better off than without, and than by rules of thumb.
print_bounds()
{
	join none proposed | join - by_hand | awk \
		-v proposed_bytes="$proposed_bytes" -v by_hand_bytes="$by_hand_bytes" '
		function bound(text, kept) { printf "%-7s %s\n", kept ? "kept" : "MISSED", text }
		{
			none += $2; proposed += $3; by_hand += $4
			if ($3 > 1.1 * $2 && $3 > $2 + 50)
				slower = slower " " $1
		}
		END {
			bound(sprintf("below the time with keys only: %.2f s of %.2f s", proposed / 1000, none / 1000),
				proposed < none)
			bound(sprintf("not above the time of the set by hand: %.2f s of %.2f s", proposed / 1000,
				by_hand / 1000), proposed <= by_hand)
			bound("no query slower by more than 10 % and 50 ms:" (slower ? slower : " none"), !slower)
			bound(sprintf("index bytes at most 1.5 times those by hand: %.1f MB of %.1f MB",
				proposed_bytes / 1048576, by_hand_bytes / 1048576),
				proposed_bytes <= 1.5 * by_hand_bytes)
		}'
}

# Join wants its input in the order of the text.
sorted()
{
	for set; do
		LC_ALL=C sort -k 1,1 -o "$WORK/$set" "$WORK/$set"
	done
}

start_advice_server "$settings"
tpch=$TREE/test/advice/tpch
quiet_sql postgres -c 'CREATE DATABASE tpch'
quiet_sql tpch -c 'CREATE EXTENSION perfext'
load
write_round

say "recording one round"
quiet_sql tpch -c 'SELECT perfext.reset()'
track=
run_round "$WORK/one"
quiet_sql tpch -At -c 'SELECT ddl FROM perfext.missing_indexes WHERE verified ORDER BY saved_time DESC'
cp "$WORK/log/command" "$WORK/proposals.sql"
chmod 644 "$WORK/proposals.sql"
say "proposed:"
cat "$WORK/proposals.sql"

say "keys only: $rounds rounds"
measure none
measure_with proposed "$WORK/proposals.sql"
proposed_bytes=$bytes
measure_with by_hand "$tpch/by_hand.sql"
by_hand_bytes=$bytes
sorted none proposed by_hand
print_times
print_bounds
