# shellcheck shell=sh
# The throw-away server of the scripts in this folder: perfext built from the tree,
# a socket in the temporary folder, nothing to lose.
# To be sourced after test/lib.sh and test/server.sh.  Sets SOCKET.

# try COMMAND...: as_user, what it prints in $WORK/log/command, shown if it fails.
try()
{
	as_user "$@" >"$WORK/log/command" 2>&1 || {
		show "$WORK/log/command" 40
		show "$WORK/log/server" 20
		die "failed: $*"
	}
}

# quiet_sql DATABASE OPTION...: psql, not recorded; results in $WORK/log/command.
quiet_sql()
{
	quiet_database=$1
	shift
	try env PGOPTIONS='-c perfext.track=none -c client_min_messages=warning' \
		"$BIN/psql" -X -q -v ON_ERROR_STOP=1 -h "$SOCKET" -U postgres -d "$quiet_database" "$@"
}

# start_advice_server [SETTING]...: the server's defaults but for what makes runs
# alike, and these lines of postgresql.conf.
start_advice_server()
{
	need_server_packages make gcc
	prepare_server
	build || die "the build failed"
	SOCKET=$WORK/socket
	as_user mkdir -m 700 "$SOCKET"
	try "$BIN/initdb" -D "$WORK/data" -U postgres -A trust -E UTF8 --no-locale --no-sync
	cat >>"$WORK/data/postgresql.conf" <<END
shared_preload_libraries = 'perfext'
listen_addresses = ''
unix_socket_directories = '$SOCKET'
unix_socket_permissions = 0700
timezone = UTC
fsync = off
autovacuum = off
max_wal_size = 4GB
shared_buffers = 256MB
END
	for setting; do
		printf '%s\n' "$setting" >>"$WORK/data/postgresql.conf"
	done
	try "$BIN/pg_ctl" -D "$WORK/data" -l "$WORK/log/server" -w start
}
