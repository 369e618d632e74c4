#!/bin/sh
# Does perfext find the N+1 patterns of real clients, and nothing else?
#
#   sh test/clients/run.sh                            all scenarios, below ten minutes
#   sh test/clients/run.sh --scenario 1,5 --client django --n 20
#   sh test/clients/run.sh --check-scenarios          only whether they do what they say
#
#   --scenario LIST    numbers or names of expected.txt
#   --client LIST      django, sqlalchemy, psycopg2, psycopg3, rails, sequelize, knex, typeorm,
#                      drizzle, prisma, postgresjs, kysely, objection, asyncpg, peewee, pony,
#                      dbi, pdo, sequel, jdbc, golang, pipeline, psql, pgbench
#   --n LIST           sizes, of those in expected.txt (and of 50 and 200 for the time saved)
#   --no-saved         without comparing the time saved with the fixed version's
#   --tcp              over loopback instead of the server's socket
#   --verbose          print all statements and findings
#
# Prints a line per scenario with a verdict per size, what was wrong, and the figures over
# all; the last line is the sum.  Works from nothing on Debian, like test/run.sh, with its
# environment variables PG_CONFIG and PERFEXT_KEEP.  PERFEXT_CLIENTS_CACHE is the folder
# where the clients from npm are kept (default: /var/cache/perfext-clients).
set -eu

TOP=$(cd "$(dirname "$0")/../.." && pwd)
# shellcheck source=test/lib.sh
. "$TOP/test/lib.sh"
# shellcheck source=test/server.sh
. "$TOP/test/server.sh"
# shellcheck source=test/advice/server.sh
. "$TOP/test/advice/server.sh"

CACHE=${PERFEXT_CLIENTS_CACHE:-/var/cache/perfext-clients}
node_clients='sequelize knex typeorm drizzle prisma postgresjs kysely objection'
missing=
# An address that no other server is likely to have: for --tcp, and for JDBC, which knows
# no sockets.
address=127.1.$(($$ / 250 % 250)).$(($$ % 250 + 1))
tcp=
clients=

usage()
{
	sed -n '/^#   sh/s/^#   //p; /^#   --/s/^#   //p' "$0" >&2
	exit 2
}

# What remains in $@ is for the judge.
for argument; do
	shift
	case ${option:-} in
		--client)
			option=
			clients=,$argument,
			;;
		--scenario | --n) option= ;;
		*)
			option=$argument
			case $argument in
				--tcp) tcp=$address; continue ;;
				--scenario | --client | --n) ;;
				--check-scenarios | --no-saved | --verbose) ;;
				*) usage ;;
			esac
			;;
	esac
	set -- "$@" "$argument"
done

# ---- The clients ----

# try_packages CLIENT PACKAGE...: without them the client is left out; one that is not
# asked for needs none.
try_packages()
{
	wanted=$1
	shift
	case ${clients:-,$wanted,} in
		*,"$wanted",*) ;;
		*) return ;;
	esac
	(need_packages "$@") || missing="$missing $wanted"
}

# The packages of package-lock.json, once per version of it; sets NODE_MODULES.
install_node_clients()
{
	hash=$(cat "$TOP/test/clients/package-lock.json" "$TOP/test/clients/schema.prisma" | sha256sum)
	NODE_MODULES=$CACHE/node-$(echo "$hash" | cut -c 1-12)/node_modules
	[ ! -d "$NODE_MODULES" ] || return 0
	command -v npm >/dev/null || (need_packages nodejs npm) || return 1
	[ -w "$CACHE" ] || as_root install -d -m 755 -o "$(id -u)" "$CACHE" || return 1
	say "installing the clients from npm in $CACHE"
	folder=$(mktemp -d "$CACHE/new.XXXXXX")
	chmod 755 "$folder"
	for file in package.json package-lock.json schema.prisma prisma.config.mjs; do
		cp "$TOP/test/clients/$file" "$folder"
	done
	# No scripts: they would fetch programs from elsewhere.  Prisma generates its
	# client without the one that it insists on.
	(
		cd "$folder"
		npm ci --ignore-scripts --no-audit --no-fund >"$folder/log" 2>&1 || exit 1
		PRISMA_SCHEMA_ENGINE_BINARY=/bin/true PRISMA_HIDE_UPDATE_MESSAGE=1 CHECKPOINT_DISABLE=1 \
			node node_modules/prisma/build/index.js generate >>"$folder/log" 2>&1 || :
	) || {
		tail -n 5 "$folder/log"
		rm -rf "$folder"
		return 1
	}
	mv "$folder" "${NODE_MODULES%/*}"
}

install_clients()
{
	need_packages python3 python3-psycopg2
	try_packages django python3-django
	try_packages sqlalchemy python3-sqlalchemy
	try_packages psycopg3 python3-psycopg
	try_packages pipeline python3-psycopg
	try_packages asyncpg python3-asyncpg
	try_packages peewee python3-peewee
	try_packages pony python3-pony
	try_packages rails ruby ruby-activerecord ruby-pg
	try_packages sequel ruby ruby-sequel ruby-pg
	try_packages dbi libdbd-pg-perl libdbix-class-perl
	try_packages pdo php-cli php-pgsql
	try_packages jdbc default-jdk-headless libpostgresql-jdbc-java
	try_packages golang golang-go golang-github-lib-pq-dev
	if ! install_node_clients; then
		missing="$missing $node_clients"
	elif [ ! -d "$NODE_MODULES/clients-prisma" ]; then
		missing="$missing prisma"
	fi
}

# ---- The servers ----

start_pooler()
{
	as_user mkdir -m 700 "$WORK/pooler"
	# Copied, so that it ends with the other programs from there.
	cp "$(PATH=$PATH:/usr/sbin command -v pgbouncer)" "$SERVER/pgbouncer"
	printf '"shop" ""\n"pooled" ""\n' >"$WORK/pooler/users"
	cat >"$WORK/pooler/ini" <<END
[databases]
shop = host=$SOCKET port=5432 user=pooled
[pgbouncer]
listen_addr =
listen_port = 6432
unix_socket_dir = $WORK/pooler
auth_type = trust
auth_file = $WORK/pooler/users
pool_mode = transaction
default_pool_size = 4
max_client_conn = 100
logfile = $WORK/log/pooler
pidfile = $WORK/pooler/pid
END
	chmod 644 "$WORK/pooler/users" "$WORK/pooler/ini"
	try "$SERVER/pgbouncer" -q -d "$WORK/pooler/ini"
}

need_packages pgbouncer
install_clients
start_advice_server "listen_addresses = '$address'"
ln -s "${NODE_MODULES:-/nowhere}" "$TREE/test/clients/node_modules"
quiet_sql postgres -c 'CREATE DATABASE shop'
quiet_sql shop -c 'CREATE EXTENSION perfext'
quiet_sql shop -o /dev/null -f "$TREE/test/clients/schema.sql"
try "$BIN/pgbench" -i -q -h "$SOCKET" -U postgres shop
quiet_sql shop -c 'GRANT ALL ON ALL TABLES IN SCHEMA public TO shop, pooled'
start_pooler

result=0
as_user env PATH="$BIN:$PATH" PGHOST_TCP="$address" GOCACHE="$WORK/tmp/go" \
	GOPATH=/usr/share/gocode GO111MODULE=off /usr/bin/python3 "$TREE/test/clients/judge.py" --database shop \
	--host "${tcp:-$SOCKET}" --port 5432 \
	--pooler "$WORK/pooler" --pooler-port 6432 --missing "${missing# }" "$@" || result=$?
exit "$result"
