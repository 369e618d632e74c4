#!/bin/sh
# Judge perfext's proposals of indexes by cases whose right answer is known.
#
#   sh test/advice/run.sh                  all cases
#   sh test/advice/run.sh --case 22,101    some of them, by number
#   sh test/advice/run.sh --check-labels   judge the labels: build the indexes, take times
#   sh test/advice/run.sh --rule           judge what perfext.recommendations says unverified
#
# Each case gets a database of its own on a throw-away server with perfext at its
# defaults, runs its statements there, and what perfext.missing_indexes then holds
# as verified is compared with the case's label.  A line per case; at the end
# "N right of M, K false positives".  The exit code is 0 when at least 95 % are
# right and there is no false positive; with --check-labels, when no label is wrong.
#
# Works from nothing on Debian, like test/run.sh, with its environment variables
# PG_CONFIG and PERFEXT_KEEP.  How to add a case: README.md beside this file.
set -eu

TOP=$(cd "$(dirname "$0")/../.." && pwd)
# shellcheck source=test/lib.sh
. "$TOP/test/lib.sh"
# shellcheck source=test/server.sh
. "$TOP/test/server.sh"
# shellcheck source=test/advice/server.sh
. "$TOP/test/advice/server.sh"

mode=judge
numbers=
database=advice_case

usage()
{
	sed -n '/^#   sh/s/^#   //p' "$0" >&2
	exit 2
}

while [ $# -gt 0 ]; do
	case $1 in
		--case) [ $# -gt 1 ] || usage; shift; numbers="$numbers,$1" ;;
		--check-labels) mode=check ;;
		--rule) mode=rule ;;
		*) usage ;;
	esac
	shift
done

# ---- The cases ----

# selected NUMBER: was it asked for?  Leading zeros do not count.
selected()
{
	[ -z "$numbers" ] || echo "$numbers" | tr , '\n' | grep -qx "0*${1#"${1%%[!0]*}"}"
}

# header NAME: the values of the lines "-- NAME: ..." at the top of the case.
header()
{
	sed -n "/^\$/q; s/^-- $1: //p" "$file"
}

# section NAME: the lines below "-- NAME", to the next section.
section()
{
	awk -v name="-- $1" '
		$0 == "-- setup" || $0 == "-- workload" { inside = ($0 == name); next }
		inside' "$file"
}

# Set what the file says: schema, runs, protocol, role, accepted, none, obvious.
read_case()
{
	name=$(basename "$file" .sql)
	schema=$(header schema)
	runs=$(header run)
	protocol=$(header protocol)
	role=$(header user)
	accepted=$(header accept)
	none=$(header none)
	obvious=$(header obvious)
	if [ -z "$schema" ] || [ -z "$runs" ]; then
		die "$name: it has to say schema and run"
	fi
	if [ -n "$accepted" ] && [ -n "$none" ]; then
		die "$name: accept and none at once"
	elif [ -z "$accepted$none" ]; then
		die "$name: neither accept nor none"
	fi
}

# ---- Their databases ----

# The database that the cases of a schema are copied from, made at its first use.
need_template()
{
	case " ${templates:-} " in *" $1 "*) return 0 ;; esac
	templates="${templates:-} $1"
	try "$BIN/createdb" -h "$SOCKET" -U postgres "schema_$1"
	try "$BIN/psql" -X -q -o /dev/null -v ON_ERROR_STOP=1 -h "$SOCKET" -U postgres -d "schema_$1" \
		-c 'SET perfext.track = none' -c 'CREATE EXTENSION perfext' \
		-f "$TREE/test/advice/judge.sql" -f "$TREE/test/advice/schemas/$1.sql"
}

make_database()
{
	need_template "$schema"
	quiet_sql postgres -c "DROP DATABASE IF EXISTS $database" \
		-c "CREATE DATABASE $database TEMPLATE schema_$schema STRATEGY file_copy"
	section setup >"$WORK/case/setup.sql"
	section workload >"$WORK/case/workload.sql"
	# The counters of writes begin with the workload, as on a server that runs for long.
	quiet_sql "$database" -f "$WORK/case/setup.sql" -c 'SELECT pg_stat_force_next_flush()' \
		-c 'SELECT pg_stat_reset(), perfext.reset()'
}

# run_workload OPTION...: all executions in one session.  The seed makes the
# constants the same ones in each run.
run_workload()
{
	try "$BIN/pgbench" -n -h "$SOCKET" -U "${role:-postgres}" \
		-M "${protocol:-simple}" -t "$runs" --random-seed=42 -f "$WORK/case/workload.sql" "$@" \
		"$database"
	# Its exit code is 0 also when statements failed and the rest was left out.
	! grep -qE 'ERROR|aborted' "$WORK/log/command" ||
		{ show "$WORK/log/command" 20; die "$name: the workload fails"; }
}

# ---- Judging the proposals ----

proposals()
{
	if [ "$mode" = rule ]; then
		echo "SELECT action AS ddl, true AS verified FROM perfext.recommendations
			WHERE kind = 'missing_index' AND evidence->>'database' = current_database()"
	else
		echo "SELECT ddl, verified FROM perfext.missing_indexes
			WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())"
	fi
}

judge_case()
{
	make_database
	run_workload
	quiet_sql "$database" -At -F '|' -v accepted="$accepted" -f "$WORK/judge.sql"
	IFS='|' read -r verdict unverified got <"$WORK/log/command" || die "$name: no verdict"
	total=$((total + 1))
	case $verdict in
		right) right=$((right + 1)) word=ok ;;
		extra) false_positives=$((false_positives + 1)) word='FALSE POSITIVE' ;;
		*) word=wrong ;;
	esac
	line="$word - $name"
	[ "$verdict" = right ] ||
		line="$line: expected ${none:+none ($none)}$(echo "$accepted" | sed '2,$s/^/ or /' | tr -d '\n'), got ${got:-nothing}"
	[ "$unverified" -eq 0 ] || line="$line ($unverified unverified)"
	echo "$line"
}

# ---- Judging the labels ----

# measure WHEN: another round of the workload, "before" or "after"; prints the time of
# all executions in milliseconds.  Of each, the shortest over the rounds counts, because
# others use the machine too.
measure()
{
	run_workload --log --log-prefix="$WORK/case/log"
	cat "$WORK/case/log."* >>"$WORK/case/$1"
	as_user find "$WORK/case" -name 'log.*' -delete
	awk '!($2 in time) || $3 < time[$2] { time[$2] = $3 }
		END { for (n in time) sum += time[n]; print sum / 1000 }' "$WORK/case/$1"
}

# An answer that is accepted must make the workload at least three times as fast; one
# that seems obvious where none is right, by less than 10 %, or there is nothing to save.
label_is_right()
{
	awk -v before="$before" -v after="$after" -v none="$none" 'BEGIN {
		saved = before - after
		exit !(none != "" ? before < 1.1 * after || saved < 10 : before >= 3 * after && saved >= 100)
	}'
}

# check_answer ANSWER: take the times without and with the answer's indexes; what
# looks wrong gets two more rounds.
check_answer()
{
	rm -f "$WORK/case/before" "$WORK/case/after"
	for round in 1 2 3 4; do
		before=$(measure before)
		quiet_sql "$database" -v answer="$1" -f "$WORK/build.sql"
		after=$(measure after)
		quiet_sql "$database" -c 'SELECT advice.drop_built()'
		[ "$round" -lt 2 ] || ! label_is_right || break
	done
	word=ok
	label_is_right || { wrong_labels=$((wrong_labels + 1)) word='WRONG LABEL'; }
	echo "$before $after" | awk -v head="$word - $name: $1" '{
		printf "%s: %.0f -> %.0f ms, %.1f times\n", head, $1, $2, $1 / $2 }'
}

check_case()
{
	make_database
	answers="$accepted$obvious"
	[ -n "$answers" ] || echo "ok - $name: there is no index to try"
	# Not a pipeline: the count has to survive.
	printf '%s\n' "$answers" >"$WORK/answers"
	while read -r answer <&3; do
		[ -z "$answer" ] || check_answer "$answer"
	done 3<"$WORK/answers"
}

# ---- All of it ----

if [ "$mode" = check ]; then
	start_advice_server 'perfext.enabled = off'
else
	start_advice_server
fi
as_user mkdir "$WORK/case"
is_root && chmod 777 "$WORK/case"
quiet_sql postgres -c 'CREATE ROLE advice_app LOGIN'
cat >"$WORK/judge.sql" <<END
WITH proposal AS MATERIALIZED ($(proposals))
SELECT verdict, (SELECT count(*) FROM proposal WHERE NOT verified), array_to_string(got, ' + ')
FROM advice.judge(:'accepted', array(SELECT ddl FROM proposal WHERE verified));
END
cat >"$WORK/build.sql" <<'END'
SELECT advice.build(:'answer');
VACUUM ANALYZE;
END

right=0
total=0
false_positives=0
wrong_labels=0
begun=$(date +%s)
for file in "$TREE"/test/advice/cases/*.sql; do
	name=$(basename "$file" .sql)
	selected "${name%%_*}" || continue
	read_case
	if [ "$mode" = check ]; then
		check_case
	else
		judge_case
	fi
done

elapsed=$(($(date +%s) - begun))
if [ "$mode" = check ]; then
	echo "$wrong_labels wrong labels, in $elapsed s"
	[ "$wrong_labels" -eq 0 ]
else
	echo "$right right of $total, $false_positives false positives, in $elapsed s"
	[ "$total" -gt 0 ] && [ "$false_positives" -eq 0 ] && [ $((right * 100)) -ge $((total * 95)) ]
fi
