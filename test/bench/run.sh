#!/bin/sh
# What perfext costs: one server per configuration, the same data in all of
# them, one client that takes them in turn.  README.md tells how it measures
# and how to read the result; `sh run.sh --help` lists the options.

set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
checkout=$(CDPATH='' cd -- "$here/../.." && pwd)

all_scenarios="point_prepared point_simple insert_row nested_loop copy_fk copy_1m agg_1m join4 distinct_50k memory adds_up"
default_configs="bare bare2 pg_stat_statements auto_explain perfext perfext_all perfext_off perfext_16mb"

usage()
{
	cat <<END
usage: sh test/bench/run.sh [option ...] [scenario ...]

Scenarios: $all_scenarios
(all of them unless some are named)

  --configs LIST     configurations, separated by commas or blanks; 'bare' is
                     always there.  Known: $default_configs
                     and, where installed, pg_qualstats, pg_stat_kcache
  --config NAME=FILE one more configuration; FILE holds lines of
                     postgresql.conf.  May be repeated
  --quick            about a minute, and as rough as that
  --rounds N         rounds per scenario, all epochs together
  --budget S         a scenario ends early in an epoch that took it S seconds,
                     on a busy machine (default 25, quick 10; 0: never)
  --epochs N         how often all servers are started anew (default 5, quick 1)
  --cpu N            the CPU to measure on (default: the last one allowed)
  --seed N           seed of the random order
  --json FILE        write the result as JSON
  --csv FILE         write the result as CSV
  --raw FILE         keep every single measurement
  --keep             leave the temporary folder
  --pg-config PATH   which PostgreSQL (or PG_CONFIG in the environment)

The same by environment: BENCH_CONFIGS, BENCH_ROUNDS, BENCH_BUDGET,
BENCH_EPOCHS, BENCH_CPU, BENCH_SEED; BENCH_USER is who runs the servers when
started as root.
END
}

say() { printf '%s\n' "bench: $*" >&2; }
die() { say "$*"; exit 1; }

configs=$(printf '%s' "${BENCH_CONFIGS:-}" | tr ',' ' ')
rounds=${BENCH_ROUNDS:-0}
epochs=${BENCH_EPOCHS:-0}
budget=${BENCH_BUDGET:-}
cpu=${BENCH_CPU:-}
seed=${BENCH_SEED:-}
quick=
keep=
json=
csv=
raw=
scenarios=
extra=			# NAME=FILE of --config, one a line

# The value of an option written "--x V" or "--x=V" goes to $value.
while [ $# -gt 0 ]; do
	opt=$1
	shift
	case $opt in
		--quick) quick=1; continue ;;
		--keep) keep=1; continue ;;
		-h|--help) usage; exit 0 ;;
		--*=*) value=${opt#*=}; opt=${opt%%=*} ;;
		--*) [ $# -gt 0 ] || die "$opt needs a value"; value=$1; shift ;;
		*)
			case " $all_scenarios " in
				*" $opt "*) scenarios="$scenarios $opt" ;;
				*) usage >&2; die "unknown scenario $opt" ;;
			esac
			continue ;;
	esac
	case $opt in
		--configs) configs=$(printf '%s' "$value" | tr ',' ' ') ;;
		--config)
			[ -r "${value#*=}" ] || die "cannot read ${value#*=}"
			extra="$extra$value
" ;;
		--rounds) rounds=$value ;;
		--epochs) epochs=$value ;;
		--budget) budget=$value ;;
		--cpu) cpu=$value ;;
		--seed) seed=$value ;;
		--json) json=$value ;;
		--csv) csv=$value ;;
		--raw) raw=$value ;;
		--pg-config) PG_CONFIG=$value ;;
		*) usage >&2; die "unknown option $opt" ;;
	esac
done

[ -n "$scenarios" ] || scenarios=$all_scenarios
[ "$epochs" -gt 0 ] || epochs=$([ -n "$quick" ] && echo 1 || echo 5)
[ -n "$budget" ] || budget=$([ -n "$quick" ] && echo 10 || echo 25)
[ -n "$seed" ] || seed=$(date +%s)
explicit_configs=$configs
[ -n "$configs" ] || configs=$default_configs
case " $configs " in *" bare "*) ;; *) configs="bare $configs" ;; esac
for c in $(printf '%s' "$extra" | sed 's/=.*//'); do
	case " $configs " in *" $c "*) ;; *) configs="$configs $c" ;; esac
done

# ---- what must be there -------------------------------------------------

find_pg_config()
{
	if [ -n "${PG_CONFIG:-}" ]; then
		echo "$PG_CONFIG"
		return
	fi
	# On Debian the pg_config on the path belongs to libpq-dev, and speaks
	# for whatever server version that knows; ask the server's own first.
	for p in $(printf '%s\n' /usr/lib/postgresql/*/bin/pg_config | sort -t/ -k5 -n -r); do
		[ -x "$(dirname "$p")/postgres" ] && { echo "$p"; return; }
	done
	command -v pg_config || true
}

# as_root COMMAND: run a package command, by sudo where not root.
as_root()
{
	if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

install_missing()
{
	need=
	command -v cc >/dev/null 2>&1 || need="$need gcc libc6-dev"
	command -v make >/dev/null 2>&1 || need="$need make"
	pgc=$(find_pg_config)
	if [ -z "$pgc" ]; then
		need="$need postgresql postgresql-contrib postgresql-server-dev-all libpq-dev"
	else
		bin=$("$pgc" --bindir)
		major=$("$pgc" --version | sed 's/[^0-9]*\([0-9]*\).*/\1/')
		[ -x "$bin/postgres" ] || need="$need postgresql-$major"
		[ -f "$("$pgc" --pgxs)" ] || need="$need postgresql-server-dev-$major"
		[ -f "$("$pgc" --includedir)/libpq-fe.h" ] ||
			[ -f "$("$pgc" --includedir)/postgresql/libpq-fe.h" ] || need="$need libpq-dev"
	fi
	[ -n "$need" ] || return 0
	command -v apt-get >/dev/null 2>&1 || die "missing:$need (and no apt-get to install them)"
	say "installing Debian packages:$need"
	as_root env DEBIAN_FRONTEND=noninteractive apt-get update -q >&2
	# shellcheck disable=SC2086
	as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $need >&2
}

install_missing
PG_CONFIG=$(find_pg_config)
[ -n "$PG_CONFIG" ] || die "no pg_config found"
say "$("$PG_CONFIG" --version), $PG_CONFIG"

user=
if [ "$(id -u)" = 0 ]; then
	user=${BENCH_USER:-postgres}
	id "$user" >/dev/null 2>&1 || user=nobody
fi
# as_server COMMAND: run as the user who owns the servers.
as_server()
{
	if [ -n "$user" ]; then runuser -u "$user" -- "$@"; else "$@"; fi
}

# ---- the temporary folder, and leaving nothing behind -------------------

tmp=$(mktemp -d "${TMPDIR:-/tmp}/perfext-bench.XXXXXX")
memory=				# where the data is, if in a memory file system
started=
client=

stop_servers()
{
	for c in $started; do
		as_server "$bindir/pg_ctl" -D "$tmp/data/$c" -m fast -w -s stop >/dev/null 2>&1 ||
			as_server "$bindir/pg_ctl" -D "$tmp/data/$c" -m immediate -w -s stop >/dev/null 2>&1 || true
	done
	started=
}

# shellcheck disable=SC2317
cleanup()
{
	status=$?
	trap - EXIT HUP INT TERM
	if [ -n "$client" ]; then
		kill "$client" 2>/dev/null || true
	fi
	stop_servers
	if [ -n "$keep" ]; then say "kept $tmp${memory:+ $memory}"; else rm -rf "$tmp" "$memory"; fi
	exit "$status"
}
trap cleanup EXIT
trap 'exit 130' HUP INT TERM

# A server's data, with the WAL of its measurements, take at most 1.5 GB, its
# buffers half a GB.  In memory, writing WAL costs all servers the same; on a
# disk it depends on where their files lie.
fits_memory()
{
	n=$(echo "$configs" | wc -w)
	available=$(awk '/^MemAvailable:/ { print int($2 / 1024) }' /proc/meminfo)
	room=$(df -m "$1" 2>/dev/null | awk 'NR == 2 { print $4 }')
	[ -w "$1" ] && [ "${room:-0}" -gt $((n * 1500)) ] && [ "${available:-0}" -gt $((n * 2000)) ]
}

startdir=$(pwd)
cd "$tmp"
mkdir -m 700 run log
if fits_memory /dev/shm; then
	memory=$(mktemp -d /dev/shm/perfext-bench.XXXXXX)
	ln -s "$memory" data
else
	say "no room for the data in memory: it is on disk"
	mkdir -m 700 data
fi

# ---- a private copy of the PostgreSQL tree ------------------------------
#
# The server finds its library and share folders relative to the executable,
# so a tree with copied executables and linked files is an installation of its
# own: perfext goes there by DESTDIR, and the system's stays as it is.

pkglibdir=$("$PG_CONFIG" --pkglibdir)
sharedir=$("$PG_CONFIG" --sharedir)
bindir=$tmp$("$PG_CONFIG" --bindir)
mkdir -p "$bindir" "$tmp$pkglibdir" "$tmp$sharedir"
for p in postgres initdb pg_ctl psql; do
	cp -L "$("$PG_CONFIG" --bindir)/$p" "$bindir/"
done
cp -rs "$pkglibdir/." "$tmp$pkglibdir/"
cp -rs "$sharedir/." "$tmp$sharedir/"
rm -rf "$tmp$pkglibdir"/perfext* "$tmp$sharedir"/extension/perfext* "$tmp$pkglibdir"/bitcode/perfext*

drop_perfext()
{
	say "$1; leaving out the perfext configurations"
	kept=
	for c in $configs; do
		case $c in perfext*) ;; *) kept="$kept $c" ;; esac
	done
	configs=$kept
}

build_perfext()
{
	if [ ! -f "$checkout/Makefile" ]; then
		case " $explicit_configs " in
			*" perfext"*) die "no Makefile in $checkout: nothing to build" ;;
		esac
		drop_perfext "no Makefile in $checkout"
		return
	fi
	say "building perfext"
	mkdir build
	(cd "$checkout" && tar -cf - --exclude=./.git .) | (cd build && tar -xf -)
	if ! (cd build && make PG_CONFIG="$PG_CONFIG" with_llvm=no clean &&
			make PG_CONFIG="$PG_CONFIG" COPT=-Werror with_llvm=no DESTDIR="$tmp" install
			) > log/build.log 2>&1; then
		tail -n 30 log/build.log >&2
		die "perfext does not build"
	fi
}

case " $configs $extra" in *perfext*) build_perfext ;; esac

cc -O2 -Wall -Wextra -I"$("$PG_CONFIG" --includedir)" \
	-I"$("$PG_CONFIG" --includedir)/postgresql" \
	-o bench "$here/bench.c" "$here/cpu.c" "$here/query.c" "$here/scenarios.c" "$here/checks.c" \
	-L"$("$PG_CONFIG" --libdir)" -lpq
cc -O2 -Wall -Wextra -o report "$here/report.c" -lm

# ---- configurations -----------------------------------------------------

# Which scenarios a configuration takes part in is decided in scenarios.c.
config_conf()
{
	case $1 in
		bare|bare2) ;;
		pg_stat_statements)
			echo "shared_preload_libraries = 'pg_stat_statements'" ;;
		auto_explain)
			echo "shared_preload_libraries = 'auto_explain'"
			echo "auto_explain.log_min_duration = '1h'"
			echo "auto_explain.log_analyze = on"
			echo "auto_explain.log_timing = on" ;;
		pg_qualstats)
			echo "shared_preload_libraries = 'pg_qualstats'"
			echo "pg_qualstats.sample_rate = 1" ;;
		pg_stat_kcache)
			echo "shared_preload_libraries = 'pg_stat_statements,pg_stat_kcache'" ;;
		perfext)
			echo "shared_preload_libraries = 'perfext'" ;;
		perfext_all)
			echo "shared_preload_libraries = 'perfext'"
			echo "perfext.node_timing = all" ;;
		perfext_off)
			echo "shared_preload_libraries = 'perfext'"
			echo "perfext.enabled = off" ;;
		perfext_16mb)
			echo "shared_preload_libraries = 'perfext'"
			echo "perfext.shared_memory = '16MB'" ;;
		*)
			file=$(printf '%s' "$extra" | sed -n "s|^$1=||p")
			[ -n "$file" ] || return 1
			(cd "$startdir" && cat "$file") ;;
	esac
}

# A configuration whose library is not installed is left out, with a word.
usable=
for c in $configs; do
	config_conf "$c" > "log/$c.conf" || die "unknown configuration $c"
	ok=1
	for lib in $(sed -n "s/^shared_preload_libraries *= *'\(.*\)'.*/\1/p" "log/$c.conf" | tr ',' ' '); do
		[ -e "$tmp$pkglibdir/$lib.so" ] || { say "$lib is not installed: leaving out $c"; ok=; }
	done
	[ -z "$ok" ] || usable="$usable $c"
done
configs=$usable

write_conf()					# data directory, port
{
	cat > "$1/postgresql.conf" <<-END
	port = $2
	listen_addresses = ''
	unix_socket_directories = '$tmp/run'
	max_connections = 20
	shared_buffers = 512MB
	work_mem = 64MB
	maintenance_work_mem = 256MB
	fsync = off
	full_page_writes = off
	wal_level = minimal
	max_wal_senders = 0
	max_wal_size = 4GB
	checkpoint_timeout = 1d
	autovacuum = off
	jit = off
	max_parallel_workers_per_gather = 0
	bgwriter_lru_maxpages = 0
	logging_collector = off
	log_min_messages = warning
	timezone = 'UTC'
	lc_messages = 'C'
	END
}

# The servers in an order of its own in each epoch: where a server's memory
# lies, and so how fast it is, depends on what was started before it.
shuffle()						# seed
{
	echo "$servers" | tr ' ' '\n' |
		awk -v seed="$1" 'BEGIN { srand(seed) } NF { print rand(), $0 }' | sort -n | cut -d' ' -f2
}

start_server()					# configuration
{
	as_server "$bindir/pg_ctl" -D "$tmp/data/$1" -l "$tmp/data/$1/server.log" -w -s start || {
		tail -n 20 "$tmp/data/$1/server.log" >&2
		die "server $1 does not start"
	}
	started="$started $1"
}

say "loading the data"
[ -z "$user" ] || chown -R "$user" "$tmp/run" "$tmp/data/" "$tmp/log"
chmod 755 "$tmp"
as_server "$bindir/initdb" -D "$tmp/data/template" -U bench -A trust -E UTF8 --locale=C \
	--no-sync > log/initdb.log 2>&1 || { cat log/initdb.log >&2; die "initdb failed"; }
write_conf "$tmp/data/template" 54000
start_server template
as_server "$bindir/psql" -X -q -h "$tmp/run" -p 54000 -U bench -d postgres < "$here/data.sql" >&2
stop_servers

port=54000
servers=
for c in $configs; do
	as_server cp -a "$tmp/data/template" "$tmp/data/$c"
done
for c in $configs; do
	write_conf "$tmp/data/$c" "$port"
	cat "log/$c.conf" >> "$tmp/data/$c/postgresql.conf"
	servers="$servers $c:$port"
	port=$((port + 1))
done

# ---- measure ------------------------------------------------------------

for c in $configs; do echo "config,$c"; done > raw.csv
begun=$(date +%s)
epoch=1
while [ "$epoch" -le "$epochs" ]; do
	say "epoch $epoch of $epochs"
	order=$(shuffle "$((seed + epoch))")
	for c in $order; do start_server "${c%:*}"; done
	# shellcheck disable=SC2086
	./bench -h "$tmp/run" -o raw.csv -e "$epoch" -E "$epochs" -r "$rounds" -b "$budget" \
		-S "$((seed + epoch))" ${cpu:+-c "$cpu"} ${quick:+-q} \
		-C "$(echo $order | tr ' ' ',')" $scenarios &
	client=$!
	wait "$client" || { client=; tail -n 5 "$tmp"/data/*/server.log >&2; die "measuring failed"; }
	client=
	stop_servers
	epoch=$((epoch + 1))
done
say "measured in $(($(date +%s) - begun)) s"

cd "$startdir"
[ -z "$raw" ] || cp "$tmp/raw.csv" "$raw"
"$tmp/report" ${json:+-j "$json"} ${csv:+-c "$csv"} -s "$seed" \
	-v "$("$PG_CONFIG" --version)" "$tmp/raw.csv"
