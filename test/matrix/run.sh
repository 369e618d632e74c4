#!/bin/sh
# Build and test perfext with other servers than this machine's own.
#
#   sh test/matrix/run.sh [17|18|19|asserts|sanitizers|core]...
#
#   17, 18, 19   Debian's packages of these versions, each with its own
#                release's compiler, in a root made by root.sh
#   asserts      this release's version, built with assertions
#   sanitizers   the same, perfext with the address and undefined behaviour
#                sanitizers
#   core         the server's own regression suite, with perfext preloaded, on
#                the same server with assertions
#
# Needs root.  Roots and servers are kept in ${PERFEXT_ROOTS:-/var/cache/perfext-roots} and used
# again.  A leg whose server cannot be had is skipped.  Each leg ends with a line
# "leg 18: N passed, N failed"; the last line sums them up.
set -eu

TOP=$(cd "$(dirname "$0")/../.." && pwd)
# shellcheck source=test/lib.sh
. "$TOP/test/lib.sh"

matrix=$TOP/test/matrix
roots=${PERFEXT_ROOTS:-/var/cache/perfext-roots}
parts=${PERFEXT_PARTS:-regress isolation tap}
passed=0
failed=0
skipped=0

# test_in_root VERSION: run.sh in the root, on a copy of the tree.
test_in_root()
{
	root=$(sh "$matrix/root.sh" "$1") || return $?
	unshare --mount --pid --ipc --uts --fork true ||
		{
			warn "this machine does not let root make namespaces"
			return 75
		}
	rm -rf "$work/tree" "$work/tmp"
	mkdir "$work/tree" "$work/tmp"
	chmod 755 "$work" "$work/tree"
	chmod 1777 "$work/tmp"
	copy_tree "$work/tree"
	# shellcheck disable=SC2086 # a list of words
	run sh "$matrix/in_root.sh" "$root" "$work/tmp" "$work/tree" \
		PG_CONFIG="/usr/lib/postgresql/$1/bin/pg_config" \
		sh /mnt/test/run.sh $parts
}

# test_with_asserts [NAME=VALUE]...: run.sh with the server with assertions.
test_with_asserts()
{
	prefix=$(sh "$matrix/assert_server.sh") || return $?
	# shellcheck disable=SC2086 # a list of words
	run env PG_CONFIG="$prefix/bin/pg_config" "$@" sh "$TOP/test/run.sh" $parts
}

# run COMMAND...: its output shown, its last line kept in $work/last.  Fails
# only with 75, when the command says that it cannot be done here.
run()
{
	rm -f "$work/fifo"
	mkfifo "$work/fifo"
	tee "$work/out" <"$work/fifo" &
	tee_pid=$!
	"$@" >"$work/fifo" 2>&1 </dev/null &
	child=$!
	run_result=0
	wait "$child" || run_result=$?
	child=
	wait "$tee_pid"
	tail -n 1 "$work/out" >"$work/last"
	[ "$run_result" -ne 75 ] || return 75
}

clean_up()
{
	# run.sh and unshare end what they have started.
	if [ -n "$child" ]; then
		kill -TERM "$child" 2>/dev/null || :
		wait "$child" 2>/dev/null || :
	fi
	rm -rf --one-file-system "$work"
}

# leg NAME COMMAND...
leg()
{
	name=$1
	shift
	say "leg $name"
	: >"$work/last"
	result=0
	"$@" || result=$?
	if [ "$result" -eq 75 ]; then
		echo "leg $name: skipped"
		skipped=$((skipped + 1))
		return
	fi
	# Whatever does not end with its sum has failed.
	read -r p _ f _ rest <"$work/last" || :
	case "$p:$f" in
		*[!0-9:]* | :* | *:)
			p=0
			f=1
			rest=
			;;
	esac
	case $rest in *skipped) s=${rest% skipped} ;; *) s=0 ;; esac
	echo "leg $name: $p passed, $f failed${rest:+, $rest}"
	passed=$((passed + p))
	failed=$((failed + f))
	skipped=$((skipped + s))
}

[ $# -gt 0 ] || set -- 17 18 19 asserts sanitizers core
is_root || die "the matrix needs root's rights"
mkdir -p "$roots"
child=
work=$(mktemp -d "$roots/.run.XXXXXX")
trap clean_up EXIT
trap 'exit 1' HUP INT TERM

for name; do
	case $name in
		17 | 18 | 19) leg "$name" test_in_root "$name" ;;
		asserts) leg "$name" test_with_asserts ;;
		# Sanitizers make the compiler warn of what is none of ours.
		sanitizers) leg "$name" test_with_asserts PERFEXT_SANITIZE=1 COPT= ;;
		core) leg "$name" run sh "$TOP/test/core_regress.sh" ;;
		*) die "unknown leg \"$name\": 17, 18, 19, asserts, sanitizers or core" ;;
	esac
done

[ "$skipped" -eq 0 ] || tail=", $skipped skipped"
echo "$passed passed, $failed failed${tail:-}"
[ "$failed" -eq 0 ]
