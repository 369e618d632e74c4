#!/bin/sh
# Make a Debian root with the server of one PostgreSQL major version that this
# machine's own release does not have, or find the one made before.
#
#   sh test/matrix/root.sh 17|18|19
#
# Prints the root's folder.  Ends with 75 when the root cannot be had (no
# mirror, no such package there, no rights); the reason is on standard error.
set -eu

TOP=$(cd "$(dirname "$0")/../.." && pwd)
# shellcheck source=test/lib.sh
. "$TOP/test/lib.sh"

version=${1:?"usage: root.sh 17|18|19"}
roots=${PERFEXT_ROOTS:-/var/cache/perfext-roots}
root=$roots/$version
# Raise it when what a root holds changes: older roots are then made again.
recipe=1

cannot()
{
	warn "no root for server $version: $*"
	exit 75
}

case $version in
	17) suites=trixie ;;
	18) suites=forky ;;
	19) suites='sid experimental' ;;
	*) die "no Debian suite is known for server $version" ;;
esac

if [ "$(cat "$root/.perfext-recipe" 2>/dev/null)" = "$recipe" ]; then
	echo "$root"
	exit 0
fi

is_root || cannot "only root can make it"
(need_packages mmdebstrap) >&2 || cannot "mmdebstrap is missing"
mirror=$(debian_mirror)
[ -n "$mirror" ] || { as_root apt-get -qq update && mirror=$(debian_mirror); }
[ -n "$mirror" ] || cannot "apt on this machine knows no Debian mirror"

mkdir -p "$roots"
new=$roots/.$version.$$
log=$roots/$version.log
# mmdebstrap unmounts what it mounted; --one-file-system is for the case that
# it was killed.
trap 'rm -rf --one-file-system "$new"' EXIT
trap 'exit 1' HUP INT TERM

# The hooks are run by mmdebstrap, with the root as $1.
# shellcheck disable=SC2016
set -- --quiet --mode=root --variant=minbase \
	--include="postgresql-$version,postgresql-server-dev-$version,make,gcc,libipc-run-perl" \
	--aptopt='Acquire::Check-Valid-Until "false"' \
	--aptopt='Acquire::Check-Date "false"' \
	--aptopt='Acquire::Retries "3"' \
	--aptopt='APT::Install-Recommends "false"' \
	--dpkgopt=force-unsafe-io \
	--dpkgopt='path-exclude=/usr/share/doc/*' \
	--essential-hook='mkdir -p "$1/etc/postgresql-common" &&
		echo "create_main_cluster = false" >"$1/etc/postgresql-common/createcluster.conf"'

# Of experimental, only the server itself is wanted.
# shellcheck disable=SC2016
[ "$version" != 19 ] ||
	set -- "$@" --setup-hook='mkdir -p "$1/etc/apt/preferences.d" &&
		printf "Package: src:postgresql-19\nPin: release a=experimental\nPin-Priority: 600\n" \
			>"$1/etc/apt/preferences.d/perfext"'

# mmdebstrap does not read the machine's own apt configuration.
for name in Acquire::http::Proxy Acquire::https::Proxy; do
	value=
	eval "$(apt-config shell value "$name")"
	[ -z "$value" ] || set -- "$@" --aptopt="$name \"$value\""
done

set -- "$@" "${suites%% *}" "$new"
for suite in $suites; do
	set -- "$@" "deb $mirror $suite main"
done

say "making the root for server $version (about a minute)" >&2
mmdebstrap "$@" >"$log" 2>&1 </dev/null ||
	{
		tail -n 5 "$log" >&2
		cannot "mmdebstrap failed, see $log"
	}
[ -x "$new/usr/lib/postgresql/$version/bin/postgres" ] || cannot "it has no server"

echo "$recipe" >"$new/.perfext-recipe"
rm -rf --one-file-system "$root"
mv "$new" "$root"
echo "$root"
