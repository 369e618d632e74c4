#!/bin/sh
# Build the server of this machine's default PostgreSQL version from Debian's
# source package with assertions, or find the one built before.
#
#   sh test/matrix/assert_server.sh [-s]
#
# Prints the folder it is installed in; with -s, the folder of its source tree,
# which is built and holds the core regression suite.  Ends with 75 when it
# cannot be had; the reason is on standard error.
#
# The upstream tarball is built without Debian's patches: those write
# /usr/lib/postgresql into the makefiles, and the installation would replace
# the packaged server.
set -eu

TOP=$(cd "$(dirname "$0")/../.." && pwd)
# shellcheck source=test/lib.sh
. "$TOP/test/lib.sh"

roots=${PERFEXT_ROOTS:-/var/cache/perfext-roots}
major=$(default_major)
# PGXS tells our own files from the server's by a "pgsql" in the folder's name.
prefix=$roots/pgsql-$major-asserts
source=$roots/source-$major
# Raise it when what is built changes: older servers are then built again.
recipe=1

cannot()
{
	warn "no server with assertions: $*"
	exit 75
}

answer()
{
	if [ "${want:-}" = -s ]; then
		echo "$source"
	else
		echo "$prefix"
	fi
	exit 0
}

want=${1:-}
[ "$(cat "$prefix/.perfext-recipe" 2>/dev/null)" != "$recipe" ] || answer

is_root || cannot "only root can build it"
(need_packages make gcc flex bison perl libipc-run-perl bzip2 valgrind) >&2 ||
	cannot "what it is built with is missing"

mkdir -p "$roots"
work=$(mktemp -d "$roots/.source.XXXXXX")
log=$roots/asserts.log
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

say "building server $major with assertions (about four minutes)" >&2

# A list of sources of its own: /etc/apt stays as it is.
debian_suites | sed 's/.*/deb-src & main/' >"$work/sources.list"
mkdir -p "$work/lists/partial" "$work/cache/archives/partial"
own_apt()
{
	apt-get -qq -o Dir::Etc::sourcelist="$work/sources.list" -o Dir::Etc::sourceparts=- \
		-o Dir::State::lists="$work/lists" -o Dir::Cache="$work/cache" \
		-o APT::Sandbox::User=root -o Acquire::Retries=3 "$@" </dev/null
}
: >"$log"
own_apt update >>"$log" 2>&1 || cannot "no lists of source packages, see $log"
# Not every mirror keeps the sources of the newest security fixes.
release=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
(
	cd "$work"
	own_apt source --download-only "postgresql-$major" ||
		own_apt source --download-only "postgresql-$major/$release"
) >>"$log" 2>&1 || cannot "no source package postgresql-$major, see $log"

mkdir "$work/source"
tar -xf "$work"/postgresql-"$major"_*.orig.tar.* -C "$work/source" --strip-components=1 \
	--no-same-owner

# The build is done where the sources stay, for debuggers and for core's tests.
rm -rf "$source" "$prefix"
mv "$work/source" "$source"
cd "$source"
{
	env -u MAKEFLAGS ./configure --quiet --prefix="$prefix" --enable-cassert --enable-debug \
		--enable-tap-tests --without-icu --without-readline --without-zlib \
		CPPFLAGS=-DUSE_VALGRIND CFLAGS='-Og -ggdb3 -fno-omit-frame-pointer' &&
		env -u MAKEFLAGS make -s -j"$(nproc)" install &&
		env -u MAKEFLAGS make -s -j"$(nproc)" -C contrib install &&
		env -u MAKEFLAGS make -s -C src/test/regress install &&
		env -u MAKEFLAGS make -s -C src/test/isolation install
} >>"$log" 2>&1 </dev/null || die "building it failed, see $log"

echo "$recipe" >"$prefix/.perfext-recipe"
answer
