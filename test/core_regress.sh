#!/bin/sh
# Run the server's own regression suite with perfext preloaded and measuring
# all it can: every test must have the result that it has without perfext.
#
#   sh test/core_regress.sh
#
# The suite comes with the sources of the server with assertions
# (test/matrix/assert_server.sh), and runs on that server.  The run without
# perfext is only made when some test failed with it.  Ends with 75 when
# there is no such server.
set -eu

TOP=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source=test/lib.sh
. "$TOP/test/lib.sh"
# shellcheck source=test/server.sh
. "$TOP/test/server.sh"

# run_suite NAME: in $WORK/NAME, with the configuration $WORK/NAME.conf.
run_suite()
{
	out=$WORK/$1
	as_user mkdir -p "$out"
	run_shown "$WORK/log/$1" "$PGXS/test/regress/pg_regress" \
		--inputdir="$WORK/suite" --outputdir="$out" --dlpath="$WORK/suite" --bindir="$BIN" \
		--temp-instance="$out/instance" --temp-config="$WORK/$1.conf" \
		--schedule="$WORK/suite/parallel_schedule" --max-concurrent-tests=20 || :
	# The names of the tests that passed, and of those that did not, in both
	# forms that the driver has had.
	sed -n -e 's/^.*\.\.\. ok .*//' -e 's/^\(test\)\{0,1\} *\([^ ]*\) *\.\.\. .*/\2/p' \
		-e 's/^not ok [0-9]* *[-+] *\([^ ]*\) .*/\1/p' "$WORK/log/$1" | sort >"$WORK/$1.failed"
	grep -cE '(^|\.\.\. )ok .* ms$' "$WORK/log/$1" >"$WORK/$1.passed" || :
}

prefix=$(sh "$TOP/test/matrix/assert_server.sh")
PG_CONFIG=$prefix/bin/pg_config
prepare_server
mkdir "$WORK/suite"
(cd "$(sh "$TOP/test/matrix/assert_server.sh" -s)/src/test/regress" &&
	tar -cf - data expected sql parallel_schedule resultmap ./*.so) |
	(cd "$WORK/suite" && tar -xf - --no-same-owner)
cat >"$WORK/without.conf" <<'CONF'
fsync = off
compute_query_id = regress
CONF
cat - "$WORK/without.conf" >"$WORK/with.conf" <<'CONF'
shared_preload_libraries = 'perfext'
perfext.node_timing = all
CONF
! is_root || chown -R "$TEST_USER": "$WORK"

build || {
	echo "not ok - the build"
	echo "0 passed, 1 failed"
	exit 1
}

say "core regression suite with perfext"
run_suite with
passed=$(cat "$WORK/with.passed")
if [ -s "$WORK/with.failed" ] || [ "$passed" -eq 0 ]; then
	say "core regression suite without perfext"
	run_suite without
	comm -23 "$WORK/with.failed" "$WORK/without.failed" >"$WORK/changed"
	if [ -s "$WORK/changed" ]; then
		show "$WORK/with/regression.diffs" 400
		say "failed with perfext, but not without: $(tr '\n' ' ' <"$WORK/changed")"
	fi
	failed=$(wc -l <"$WORK/changed")
	# A suite that does not run to its end has lost the names of its tests.
	missing=$(($(cat "$WORK/without.passed") - passed - failed))
	[ "$missing" -le 0 ] || failed=$((failed + missing))
	[ "$passed" -gt 0 ] || [ "$failed" -gt 0 ] || failed=1
fi
check_server_logs "core with perfext" 'was terminated by signal|PANIC: ' \
	"$WORK/with/log/postmaster.log"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
