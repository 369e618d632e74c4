# shellcheck shell=sh
# The temporary server that perfext is tested on: a private copy of an installed
# one, with a build of the tree in it.
# To be sourced after lib.sh.  PG_CONFIG says which server is copied, and after
# prepare_server the copy's.  Sets WORK (the temporary folder), TREE (the copied
# tree in it), SERVER (below which the copied programs are), BIN and PGXS.

passed=${passed:-0}
failed=${failed:-0}
# What is set in the environment of the tests, besides as_user's own.
test_env=

prepare_server()
{
	"$PG_CONFIG" --version >/dev/null || die "PG_CONFIG=$PG_CONFIG does not run"
	! is_root || id "$TEST_USER" >/dev/null 2>&1 ||
		die "there is no user \"$TEST_USER\" to run the servers; set PERFEXT_TEST_USER"

	# Short: the servers' sockets are below it.
	WORK=$(mktemp -d /tmp/perfext.XXXXXX)
	trap clean_up EXIT
	trap 'exit 1' HUP INT TERM
	TREE=$WORK/tree
	SERVER=$WORK/server
	mkdir "$TREE" "$SERVER" "$WORK/tmp" "$WORK/log"
	chmod 755 "$WORK"
	copy_tree "$TREE"
	copy_server
	! is_root || chown -R "$TEST_USER": "$WORK"
	cd "$TREE" || exit 1
}

# End whatever still runs from the private copy.
stop_servers()
{
	for signal in QUIT QUIT KILL; do
		rest=
		for process in /proc/[0-9]*; do
			case $(readlink "$process/exe" 2>/dev/null) in
				"$SERVER"/*) rest="$rest ${process#/proc/}" ;;
			esac
		done
		[ -n "$rest" ] || return 0
		# shellcheck disable=SC2086 # a list of words
		kill -"$signal" $rest 2>/dev/null || :
		sleep 1
	done
}

clean_up()
{
	stop_job
	stop_servers
	if [ -n "${PERFEXT_KEEP:-}" ]; then
		say "kept: $WORK"
	else
		cd /
		rm -rf "$WORK"
	fi
}

# Copy the server's programs to $SERVER, below which they find everything again
# by its place relative to them.  Headers and libraries are only linked to.
copy_server()
{
	bin=$("$PG_CONFIG" --bindir)
	pg_config=$bin/pg_config
	for dir in "$bin" "$("$pg_config" --pkglibdir)" "$("$pg_config" --sharedir)"; do
		mkdir -p "$SERVER$dir"
		(cd "$dir" && tar -cf - --exclude=./bitcode .) |
			(cd "$SERVER$dir" && tar -xf - --no-same-owner)
	done
	for what in includedir pkgincludedir includedir-server libdir localedir; do
		dir=$("$pg_config" --$what)
		if [ -d "$dir" ] && [ ! -e "$SERVER$dir" ]; then
			mkdir -p "$SERVER${dir%/*}"
			ln -s "$dir" "$SERVER$dir"
		fi
	done

	BIN=$SERVER$bin
	PG_CONFIG=$BIN/pg_config
	PGXS=$("$PG_CONFIG" --pgxs)
	PGXS=${PGXS%/makefiles/pgxs.mk}
	case $PGXS in
		"$SERVER"/*) ;;
		*) die "the copied server looks for its files in $PGXS" ;;
	esac
}

build()
{
	say "building for $("$PG_CONFIG" --version) with $(gcc --version | sed -n 1p)"
	copt=${COPT--Werror}
	if [ -n "${PERFEXT_SANITIZE:-}" ]; then
		copt="$copt -fsanitize=address,undefined -fno-sanitize-recover=all"
		copt="$copt -fno-omit-frame-pointer"
		test_env="LD_PRELOAD=$(gcc -print-file-name=libasan.so)
ASAN_OPTIONS=detect_leaks=0:abort_on_error=1:detect_stack_use_after_return=0:verify_asan_link_order=0
UBSAN_OPTIONS=print_stacktrace=1:abort_on_error=1"
	fi
	# "clean", for what was built in the checkout and copied along.
	for target in clean all install; do
		as_user make -j"$(nproc)" PG_CONFIG="$PG_CONFIG" with_llvm=no COPT="$copt" \
			"$target" >"$WORK/log/$target" 2>&1 || {
			tail -n 60 "$WORK/log/$target"
			return 1
		}
	done
}

# The value of a variable of the Makefile.
make_variable()
{
	as_user make -s --no-print-directory PG_CONFIG="$PG_CONFIG" \
		--eval="perfext-print: ; @echo \$($1)" perfext-print
}

# run_shown LOG COMMAND...: as_user, its output shown and kept in the file LOG.
run_shown()
{
	log=$1
	shift
	result=0
	rm -f "$WORK/fifo"
	mkfifo "$WORK/fifo"
	tee "$log" <"$WORK/fifo" &
	tee_pid=$!
	# shellcheck disable=SC2086 # a list of words
	as_user env $test_env "$@" >"$WORK/fifo" 2>&1 || result=$?
	# A server left behind would keep the pipe open.
	stop_servers
	wait "$tee_pid"
	return "$result"
}

# check_server_logs PART PATTERN FILE...: one more check, that the servers of
# a part had no accident that its tests did not notice.
check_server_logs()
{
	part=$1
	pattern="$2|TRAP: |AddressSanitizer|runtime error: "
	shift 2
	if grep -nE "$pattern" "$@" >"$WORK/log/accidents" 2>/dev/null; then
		echo "not ok - $part: accidents in the server log"
		head -n 20 "$WORK/log/accidents"
		failed=$((failed + 1))
	else
		echo "ok - $part: no accidents in the server log"
		passed=$((passed + 1))
	fi
}

# show FILE LINES: the end of a log, for a test that failed.
show()
{
	[ -s "$1" ] || return 0
	echo "---- ${1#"$WORK"/} ----"
	tail -n "$2" "$1"
}
