#!/bin/sh
# Build perfext and run its tests on temporary servers of their own.
#
#   sh test/run.sh [regress|isolation|tap|lint]...       (all four by default)
#
# Works from nothing on Debian: what is missing is installed (as root, or through
# sudo), or named.  The tree is copied, built with warnings as errors and
# installed into a private copy of the server's programs, all in one temporary
# folder: neither the checkout nor the machine's PostgreSQL is touched, and
# several runs can go on at once.  Started by root, everything is built and run
# as the user "postgres".  The last line is "N passed, N failed"; the exit code
# is 0 only if nothing failed.
#
# Environment:
#   PG_CONFIG          pg_config of the server to test with (default: that of
#                      the version this Debian release has)
#   REGRESS, ISOLATION, TAP   names of the tests, or TAP files, to run
#   COPT               compiler options (default: -Werror)
#   PERFEXT_SANITIZE   1: with the address and undefined behaviour sanitizers;
#                      needs a server that was built without packaging patches
#                      (test/matrix/assert_server.sh)
#   PERFEXT_KEEP       1: keep the temporary folder (what the tests printed is in
#                      regress/results and isolation/results)
set -eu

TOP=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source=test/lib.sh
. "$TOP/test/lib.sh"
# shellcheck source=test/server.sh
. "$TOP/test/server.sh"

passed=0
failed=0
skipped=0

need_tools()
{
	packages='make gcc libipc-run-perl'
	case " $parts " in *' lint '*) packages="$packages binutils shellcheck codespell" ;; esac
	# shellcheck disable=SC2086 # a list of words
	need_server_packages $packages
}

# run_regress PART PROGRAM INPUT DATABASE TEST...: one of the two programs that
# compare output with expected output, on a server of its own.
run_regress()
{
	part=$1
	program=$2
	input=$3
	database=$4
	shift 4
	say "$part: $# tests"
	[ $# -gt 0 ] || return 0
	out=$WORK/$part
	as_user mkdir -p "$out"
	# Without an expected output the driver would stop; now it shows all there is.
	for name; do
		[ -e "$input/expected/$name.out" ] || as_user touch "$input/expected/$name.out"
	done

	result=0
	run_shown "$WORK/log/$part" "$program" --inputdir="$input" --outputdir="$out" \
		--bindir="$BIN" --temp-instance="$out/instance" \
		--temp-config="$TREE/test/regress.conf" --dbname="$database" "$@" ||
		result=$?
	ok=$(grep -cE '(^|\.\.\. )ok .* ms$' "$WORK/log/$part") || :
	bad=$(($# - ok))
	# Nothing is passed over: what did not run has failed.
	[ "$bad" -gt 0 ] || [ "$result" -eq 0 ] || bad=1
	passed=$((passed + ok))
	failed=$((failed + bad))

	if [ "$bad" -gt 0 ]; then
		show "$out/regression.diffs" 400
		[ -s "$out/log/postmaster.log" ] || show "$out/log/initdb.log" 20
		show "$out/log/postmaster.log" 60
	fi
	check_server_logs "$part" 'was terminated by signal|PANIC: ' "$out/log/postmaster.log"
}

run_tap()
{
	say "tap: $# files"
	[ $# -gt 0 ] || return 0
	out=$WORK/tap
	as_user mkdir -p "$out"
	result=0
	run_shown "$WORK/log/tap" TESTDIR="$out" TESTDATADIR="$out/tmp_check" \
		TESTLOGDIR="$out/tmp_check/log" PG_REGRESS="$PGXS/test/regress/pg_regress" \
		PATH="$BIN:$PATH" PGPORT=65432 \
		prove -I "$PGXS/test/perl" -I "$TREE/test/t" "$@" || result=$?

	bad=0
	for file; do
		if grep -qE "^$file \.+ (.*[^a-z])?ok$" "$WORK/log/tap"; then
			passed=$((passed + 1))
		elif grep -qE "^$file \.+ skipped" "$WORK/log/tap"; then
			skipped=$((skipped + 1))
		else
			bad=$((bad + 1))
			name=${file##*/}
			show "$out/tmp_check/log/regress_log_${name%.pl}" 100
			for log in "$out/tmp_check/log/${name%.pl}"_*.log; do
				show "$log" 40
			done
		fi
	done
	[ "$bad" -gt 0 ] || [ "$result" -eq 0 ] || bad=1
	failed=$((failed + bad))
	# Some of these tests kill servers: only what no test provokes is looked for.
	check_server_logs tap 'was terminated by signal (6|7|8|11)[^0-9]|PANIC: ' "$out"/tmp_check/log/*.log
}

run_lint()
{
	say "lint"
	result=0
	run_shown "$WORK/log/lint" sh test/lint.sh || result=$?
	ok=$(grep -c '^ok ' "$WORK/log/lint") || :
	bad=$(grep -c '^not ok ' "$WORK/log/lint") || :
	[ "$bad" -gt 0 ] || [ "$result" -eq 0 ] || bad=1
	passed=$((passed + ok))
	failed=$((failed + bad))
}

parts=${*:-regress isolation tap lint}
for part in $parts; do
	case $part in
		regress | isolation | tap | lint) ;;
		*) die "unknown part \"$part\": regress, isolation, tap or lint" ;;
	esac
done

need_tools
prepare_server
if build; then
	built=yes
else
	echo "not ok - the build"
	failed=$((failed + 1))
	built=
fi
for part in $parts; do
	[ -n "$built" ] || [ "$part" = lint ] || continue
	# shellcheck disable=SC2046,SC2086 # lists of words
	case $part in
		regress)
			run_regress regress "$PGXS/test/regress/pg_regress" "$TREE" \
				contrib_regression \
				${REGRESS:-$(make_variable REGRESS)}
			;;
		isolation)
			run_regress isolation "$PGXS/test/isolation/pg_isolation_regress" "$TREE/test" \
				isolation_regression \
				${ISOLATION:-$(make_variable ISOLATION)}
			;;
		tap)
			run_tap ${TAP:-$(find test/t -name '*.pl' 2>/dev/null | sort)}
			;;
		lint)
			run_lint
			;;
	esac
done

[ "$skipped" -eq 0 ] || tail=", $skipped skipped"
echo "$passed passed, $failed failed${tail:-}"
[ "$failed" -eq 0 ]
