# shellcheck shell=sh
# Helpers shared by the test scripts: messages, packages, the unprivileged
# user, and the copy of the tree that is built.
# To be sourced, by a script that has set TOP to the root of the source tree.

# Tests compare messages: the machine's language must not change them.
LC_ALL=C.UTF-8
export LC_ALL

# Who builds, and runs the servers, when the tests are started by root.
TEST_USER=${PERFEXT_TEST_USER:-postgres}

# The process group that as_user has running, for stop_job.
job=

say()
{
	printf '== %s\n' "$*"
}

warn()
{
	printf '!! %s\n' "$*" >&2
}

die()
{
	warn "$*"
	exit 1
}

is_root()
{
	[ "$(id -u)" -eq 0 ]
}

# Run a command with root's rights: as it is, or through sudo.
as_root()
{
	if is_root; then
		"$@"
	else
		sudo -n "$@"
	fi
}

can_be_root()
{
	is_root || { command -v sudo >/dev/null && sudo -n true 2>/dev/null; }
}

# Run a command without root's rights, with $WORK/tmp as its place for
# temporary files, and wait for it.  It gets an environment of its own: variables
# such as PGHOST or MAKEFLAGS must not reach the servers and tools under test.
# It is started in the background, in a process group of its own, so that
# a signal to this script is handled at once and stop_job can end all of it.
as_user()
{
	set -- env -i PATH="$PATH" HOME="$WORK/tmp" TMPDIR="$WORK/tmp" LC_ALL="$LC_ALL" "$@"
	if is_root; then
		set -- setpriv --reuid="$TEST_USER" --regid="$(id -g "$TEST_USER")" \
			--init-groups -- "$@"
	fi
	setsid "$@" &
	job=$!
	as_user_result=0
	wait "$job" || as_user_result=$?
	job=
	return "$as_user_result"
}

stop_job()
{
	[ -z "$job" ] || kill -TERM -- "-$job" 2>/dev/null || :
	job=
}

has_package()
{
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# need_packages PACKAGE...: install what is missing, or say what to install.
need_packages()
{
	command -v dpkg-query >/dev/null ||
		die "this is not a Debian system; what these packages hold is needed: $*"
	find_missing "$@"
	[ -n "$missing" ] || return 0

	can_be_root || no_rights_for "${missing# }"

	# Two of these scripts may run side by side; the packages' own programs must
	# not hold the lock.
	exec 9>>/tmp/.perfext-packages.lock
	flock 9
	find_missing "$@"
	[ -z "$missing" ] || install_missing 9>&-
	exec 9>&-
}

# find_missing PACKAGE...: sets missing.
find_missing()
{
	missing=
	for package; do
		has_package "$package" || missing="$missing $package"
	done
}

install_missing()
{
	say "installing:$missing"
	# Only the programs are wanted, not the server that the package would create
	# and start when it is installed.
	cluster_conf=/etc/postgresql-common/createcluster.conf
	if [ ! -e "$cluster_conf" ]; then
		as_root mkdir -p "${cluster_conf%/*}"
		echo 'create_main_cluster = false' | as_root tee "$cluster_conf" >/dev/null
	else
		cluster_conf=
	fi
	# shellcheck disable=SC2086 # a list of words
	apt_install $missing >/dev/null 2>&1 ||
		{
			# The package lists may be missing or too old.
			as_root apt-get -qq update </dev/null && apt_install $missing
		} ||
		die "could not install:$missing"
	if [ -n "$cluster_conf" ]; then
		as_root rm -f "$cluster_conf"
		for file in "$cluster_conf.ucf-dist" "$cluster_conf.dpkg-dist"; do
			[ ! -e "$file" ] || as_root mv "$file" "$cluster_conf"
		done
	fi
}

no_rights_for()
{
	die "packages are missing, and there are no rights to install them; run
   sudo apt-get update && sudo apt-get install --no-install-recommends $*"
}

apt_install()
{
	as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y \
		--no-install-recommends -o Dpkg::Options::=--force-confold \
		-o Dpkg::Use-Pty=0 -o Acquire::Retries=3 "$@" </dev/null >/dev/null
}

# The major version of PostgreSQL that this Debian release has.
default_major()
{
	debian_default_major ||
		{ can_be_root && as_root apt-get -qq update && debian_default_major; }
}

debian_default_major()
{
	apt-cache show --no-all-versions postgresql 2>/dev/null |
		sed -n 's/^Depends: .*postgresql-\([0-9][0-9]*\).*/\1/p' | grep .
}

# The Debian suites that this machine's own apt uses: lines "address suite".
debian_suites()
{
	# shellcheck disable=SC2016 # apt-get's own variables
	apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(ORIGIN)' \
		'Identifier: Packages' 'Component: main' 2>/dev/null |
		awk '$3 == "Debian" { print $1, $2 }'
}

# The address of the mirror that this machine's apt takes its release from.
debian_mirror()
{
	codename=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
	debian_suites | awk -v suite="$codename" '$2 == suite { print $1; exit }'
}

# copy_tree FOLDER: put the source tree there, without what builds and earlier
# runs have left (named here and not asked of git, which may not be installed).
copy_tree()
{
	(cd "$TOP" && tar -cf - --exclude=./.git --exclude='*.o' --exclude='*.bc' \
		--exclude='*.so' --exclude='*.tmp' --exclude=./results --exclude=./output_iso \
		--exclude=./tmp_check --exclude=./tmp_check_iso --exclude=./log \
		--exclude=regression.diffs --exclude=regression.out --exclude=./core .) |
		(cd "$1" && tar -xf - --no-same-owner)
}

# need_server_packages PACKAGE...: these, and a server with its build files; sets
# PG_CONFIG, unless it is set: then that server is taken.
need_server_packages()
{
	if [ -z "${PG_CONFIG:-}" ]; then
		major=$(default_major) ||
			no_rights_for "$* postgresql postgresql-server-dev-all"
		set -- "$@" "postgresql-$major" "postgresql-server-dev-$major"
		PG_CONFIG=/usr/lib/postgresql/$major/bin/pg_config
	fi
	need_packages "$@"
}
