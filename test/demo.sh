#!/bin/sh
# See perfext at work: a throw-away server with a small shop, on which a mixed
# workload runs, and what perfext has to say about it.
#
#   sh test/demo.sh          build, start, load, run; print the report
#   sh test/demo.sh again    the workload once more on the server that runs: its
#                            report, and each statement beside the run before
#   sh test/demo.sh stop     stop the server and remove all of it
#
# Works from nothing on Debian: what is missing is installed (as root, or through
# sudo), or named.  perfext is built from a copy of the tree and installed into a
# private copy of the server's programs; server and data are in one temporary
# folder, reached by a socket in it.  Started by root, all runs as the user
# "postgres".
#
# Environment:
#   PG_CONFIG             pg_config of the server to show it with (default: that
#                         of the version this Debian release has)
#   PERFEXT_DEMO_SECONDS  how long the workload runs, after the load (default: 20)
set -eu

TOP=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source=test/lib.sh
. "$TOP/test/lib.sh"
# shellcheck source=test/server.sh
. "$TOP/test/server.sh"
# shellcheck source=test/demo/payments.sh
. "$TOP/test/demo/payments.sh"

umask 022
seconds=${PERFEXT_DEMO_SECONDS:-20}
payments_rows=4000
# How this script was called, for the hints; the process that shows progress;
# the background processes that make the workload.
self="sh $0"
ticker=
clients=

# ---- Progress ----

# On a terminal, the seconds that a step takes are shown while it runs;
# elsewhere, nothing beyond what say prints.
start_ticker()
{
	if [ -t 1 ]; then
		tick &
		ticker=$!
	fi
}

tick()
{
	elapsed=0
	while sleep 1; do
		elapsed=$((elapsed + 1))
		printf '\r   %s s ' "$elapsed"
	done
}

stop_ticker()
{
	[ -n "$ticker" ] || return 0
	kill "$ticker" 2>/dev/null || :
	wait "$ticker" 2>/dev/null || :
	ticker=
	printf '\r%60s\r' ''
}

# bar DONE ALL TEXT
bar()
{
	[ -t 1 ] || return 0
	filled=$((30 * $1 / $2))
	printf '\r   [%s%s] %s of %s s, %s ' \
		"$(printf '%*s' "$filled" '' | tr ' ' '#')" \
		"$(printf '%*s' "$((30 - filled))" '' | tr ' ' '-')" "$1" "$2" "$3"
}

# ---- The demo that runs ----

# Print the folders of the demos of the user who asks; whatever else has such
# a name is another user's or another program's.
demo_folders()
{
	for folder in /tmp/perfext.*; do
		if [ ! -d "$folder" ] || [ -L "$folder" ] || [ ! -f "$folder/demo" ]; then
			continue
		fi
		owner=$(stat -c %u "$folder")
		if [ "$owner" = "$(id -u)" ] ||
			{ is_root && [ "$owner" = "$(id -u "$TEST_USER" 2>/dev/null)" ]; }; then
			echo "$folder"
		fi
	done
}

# Take up the demo that was started before; fails if none runs.
find_demo()
{
	for folder in $(demo_folders); do
		WORK=$folder
		SERVER=$folder/server
		TREE=$folder/tree
		read -r BIN <"$folder/demo" || continue
		if as_user "$BIN/pg_isready" -q -h "$folder/socket"; then
			return 0
		fi
	done
	return 1
}

# Remove every demo of this user, running or not.
remove_demos()
{
	removed=
	for folder in $(demo_folders); do
		maker=$(cat "$folder/maker" 2>/dev/null) || maker=
		if [ -n "$maker" ] && grep -q demo.sh "/proc/$maker/cmdline" 2>/dev/null; then
			die "process $maker is making a demo in $folder; wait for it, or kill it"
		fi
		removed="$removed $folder"
		SERVER=$folder/server
		stop_servers
		rm -rf "$folder"
	done
}

# ---- Making one ----

# try COMMAND...: as_user, what it prints in a log that is shown if it fails.
try()
{
	as_user "$@" >"$WORK/log/command" 2>&1 || {
		stop_ticker
		show "$WORK/log/command" 40
		show "$WORK/log/server" 20
		die "failed: $*"
	}
}

start_server()
{
	as_user mkdir -m 700 "$WORK/socket"
	try "$BIN/initdb" -D "$WORK/data" -U postgres -A trust -E UTF8 --no-locale --no-sync
	cat >>"$WORK/data/postgresql.conf" <<EOF
shared_preload_libraries = 'perfext'
track_io_timing = on		# lets perfext tell what spilling costs

# of the demo: one folder, one user, nothing to lose
listen_addresses = ''
unix_socket_directories = '$WORK/socket'
unix_socket_permissions = 0700
fsync = off
autovacuum_naptime = '1h'	# the same statistics in each demo
EOF
	try "$BIN/pg_ctl" -D "$WORK/data" -l "$WORK/log/server" -w start
}

# sql OPTION...: psql on the shop, not recorded.
sql()
{
	as_user env PGOPTIONS='-c perfext.track=none' \
		"$BIN/psql" -X -q -h "$WORK/socket" -U postgres -d shop "$@"
}

# work USER OPTION...: one part of the workload, in the background.
work()
{
	role=$1
	shift
	as_user "$BIN/pgbench" -n -h "$WORK/socket" -U "$role" -T "$seconds" "$@" shop \
		>>"$WORK/log/workload" 2>&1 &
	clients="$clients $!"
}

# Searches that time out, each in a session of its own.
work_search()
{
	end=$(($(date +%s) + seconds - 1))
	while [ "$(date +%s)" -lt "$end" ]; do
		as_user "$BIN/psql" -X -q -h "$WORK/socket" -U shop_web -d shop -f "$demo/search.sql" \
			>>"$WORK/log/workload" 2>&1 || :
		sleep 0.2
	done
}

# ask TEXT: one statement on the psql behind the descriptors 3 and 4; its
# rows, up to a mark behind them.
ask()
{
	printf '%s;\n\\echo .\n' "$1" >&3
	while read -r row <&4 && [ "$row" != . ]; do
		echo "$row"
	done
}

# The order list of an office program: one query for the page, and then one for
# the customer of each row.
work_order_list()
{
	tags="/*controller='orders',action='index',framework='django%3A4.2'*/"
	as_user mkfifo "$WORK/order_list.in" "$WORK/order_list.out"
	# line by line, or psql would keep the rows until there are many
	as_user stdbuf -oL "$BIN/psql" -X -q -At -F ' ' -h "$WORK/socket" -U shop_office -d shop \
		-f "$WORK/order_list.in" >"$WORK/order_list.out" 2>>"$WORK/log/workload" &
	# in the order in which the other side opens them
	exec 4<"$WORK/order_list.out"
	exec 3>"$WORK/order_list.in"
	end=$(($(date +%s) + seconds - 1))
	page=0
	# many pages, of which each is a loop: no run is too short to show them
	while [ "$(date +%s)" -lt "$end" ]; do
		page=$((page + 1))
		ask "SELECT order_id, customer_id, ordered_at FROM orders WHERE order_id > $((page * 1000))
			ORDER BY order_id LIMIT 25 $tags" >"$WORK/order_list.page"
		while read -r _ customer _; do
			ask "SELECT customer_id, name, country FROM customers
				WHERE customer_id = $customer $tags" >/dev/null
		done <"$WORK/order_list.page"
		sleep 0.1
	done
	exec 3>&- 4<&-
	rm -f "$WORK/order_list.in" "$WORK/order_list.out" "$WORK/order_list.page"
}

# load_payments ROWS FORMAT: one run of the job
load_payments()
{
	first=$(sql -At -c 'SELECT coalesce(max(payment_id), 0) + 1 FROM payments')
	payments_job "$first" "$1" "$2" >"$WORK/payments.sql"
	try "$BIN/psql" -X -q -v ON_ERROR_STOP=1 -h "$WORK/socket" -U shop_loader -d shop \
		-f "$WORK/payments.sql"
}

# The job as it is, for a third of the workload's time and before it, so that its
# rate can be compared.
work_payments()
{
	end=$(($(date +%s) + (seconds + 2) / 3))
	while :; do
		load_payments "$payments_rows" insert
		[ "$(date +%s)" -lt "$end" ] || break
	done
}

run_workload()
{
	demo=$TREE/test/demo
	sql -c 'SELECT perfext.reset()' >/dev/null
	: >"$WORK/log/workload"
	clients=
	say "loading payments, $payments_rows in each run of the job"
	work_payments
	say "running the workload for $seconds s: a web shop, its office, reports and batch jobs at once"
	work shop_web -c 3 -M prepared -R 120 \
		-f "$demo/web_customer.sql@40" -f "$demo/web_product.sql@40" \
		-f "$demo/web_order.sql@25" -f "$demo/web_my_orders.sql@8" \
		-f "$demo/web_login.sql@4" -f "$demo/web_page.sql@3" -f "$demo/web_buy.sql@6"
	work shop_checkout -c 2 -f "$demo/checkout.sql"
	work shop_report -c 1 -f "$demo/report_stock.sql"
	work shop_report -c 1 -f "$demo/report_daily.sql"
	work shop_batch -c 1 -f "$demo/batch.sql"
	work_search &
	clients="$clients $!"
	work_order_list &
	clients="$clients $!"

	begun=$(date +%s)
	while :; do
		elapsed=$(($(date +%s) - begun))
		[ "$elapsed" -lt "$seconds" ] || break
		bar "$elapsed" "$seconds" "$(sql -At \
			-c 'SELECT recorded FROM perfext.info') executions recorded"
		sleep 1
	done
	bar "$seconds" "$seconds" 'letting the last statements end'
	for client in $clients; do
		wait "$client" || :
	done
	clients=
	[ ! -t 1 ] || printf '\r%79s\r' ''
}

print_report()
{
	echo
	sql -At -c 'SELECT perfext.report()'
	echo
	sql -f "$TREE/test/demo/check.sql"
}

# One proposal to its end: evidence, index, and the gain that is measured.
try_index()
{
	echo
	echo 'ONE OF THEM TRIED: the index that saves most'
	sql -f "$TREE/test/demo/index.sql"
	say "the customers look at their orders again, and get their points"
	as_user "$BIN/pgbench" -n -h "$WORK/socket" -U shop_web -M prepared -t 100 \
		-f "$TREE/test/demo/web_my_orders.sql" shop >>"$WORK/log/workload" 2>&1
	as_user "$BIN/pgbench" -n -h "$WORK/socket" -U shop_batch -t 20 \
		-f "$TREE/test/demo/batch.sql" shop >>"$WORK/log/workload" 2>&1
	echo
	sql -f "$TREE/test/demo/gain.sql"
}

# The job again, in the form that perfext advises.
try_copy()
{
	echo
	echo 'THE LOAD OF THE PAYMENTS, and what perfext advises'
	sql -f "$TREE/test/demo/load.sql"
	say "the next payments come with COPY"
	load_payments "$payments_rows" copy
	echo
	sql -f "$TREE/test/demo/rates.sql"
}

# The loops that were found, and what to write instead.
print_loops()
{
	echo
	echo 'LOOPS OVER STATEMENTS, and what to write instead'
	sql -f "$TREE/test/demo/loops.sql"
}

print_hints()
{
	connect="$BIN/psql -h $WORK/socket -U postgres shop"
	if command -v psql >/dev/null; then
		connect="psql -h $WORK/socket -U postgres shop"
	fi
	[ -z "${SUDO_USER:-}" ] || connect="sudo $connect"
	again="$self again"
	stop="$self stop"
	sed -e '/^--/d' -e "s|@connect@|$connect|" -e "s|@again@|$again|" -e "s|@stop@|$stop|" \
		"$TREE/test/demo/next.txt"
}

# End what makes the workload, when this script is interrupted.
stop_clients()
{
	stop_ticker
	stop_job
	# shellcheck disable=SC2086 # a list of words
	[ -z "$clients" ] || kill $clients 2>/dev/null || :
	for process in /proc/[0-9]*; do
		case $(readlink "$process/exe" 2>/dev/null) in
			"$BIN/pgbench" | "$BIN/psql") kill "${process#/proc/}" 2>/dev/null || : ;;
		esac
	done
}

# What is interrupted before there is something to see leaves nothing behind.
abandon()
{
	stop_clients
	clean_up
}

make_demo()
{
	remove_demos
	[ -z "$removed" ] || say "removed the demo from before:$removed"
	trap stop_ticker EXIT
	start_ticker
	need_server_packages make gcc
	stop_ticker
	prepare_server
	trap abandon EXIT
	echo "$BIN" >"$WORK/demo"
	echo "$$" >"$WORK/maker"

	start_ticker
	build || die "the build failed"
	stop_ticker
	say "starting a server in $WORK"
	start_ticker
	start_server
	stop_ticker
	say "loading the shop: customers, products, 300,000 orders with 750,000 items"
	start_ticker
	try "$BIN/createdb" -h "$WORK/socket" -U postgres shop
	try "$BIN/psql" -X -q -h "$WORK/socket" -U postgres -d shop -f "$TREE/test/demo/schema.sql"
	stop_ticker

	run_workload
	print_report
	print_loops
	try_index
	try_copy
	print_hints
	rm -f "$WORK/maker"
	trap - EXIT HUP INT TERM
}

case ${1:-start} in
	start)
		make_demo
		;;
	again)
		find_demo || die "no demo of yours is running; start one with: $self"
		trap stop_clients EXIT
		trap 'exit 1' HUP INT TERM
		sql -f "$TREE/test/demo/before.sql"
		run_workload
		print_report
		sql -f "$TREE/test/demo/compare.sql"
		trap - EXIT HUP INT TERM
		;;
	stop)
		remove_demos
		if [ -n "$removed" ]; then
			say "stopped and removed:$removed"
		else
			say "no demo of yours is running"
		fi
		;;
	*)
		die "usage: $self [start | again | stop]"
		;;
esac
