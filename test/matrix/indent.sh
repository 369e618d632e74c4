#!/bin/sh
# Lay out the C files with the server's pgindent, which is not among this
# release's packages: it is taken from a root made by root.sh.
#
#   sh test/matrix/indent.sh [--check]
#
# Rewrites the files in src; with --check shows what it would change, and fails
# when there is anything.  What pgindent cannot read it names and leaves as it is,
# and fails too.  Needs root, as root.sh does.
set -eu

TOP=$(cd "$(dirname "$0")/../.." && pwd)
# shellcheck source=test/lib.sh
. "$TOP/test/lib.sh"

root=$(sh "$TOP/test/matrix/root.sh" 18)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
mkdir "$work/tree" "$work/tmp"
cp -R "$TOP/src" "$work/tree/src"
cd "$work/tree"

result=0
# By its name a type is known: all that begins so is one.
find src -name '*.[ch]' -exec grep -ohE '\<Pfx[A-Z][A-Za-z0-9]*\>' {} + |
	sort -u >"$work/tree/typedefs"
# shellcheck disable=SC2046 # a list of words
sh "$TOP/test/matrix/in_root.sh" "$root" "$work/tmp" "$work/tree" \
	env --chdir=/mnt PATH=/usr/lib/postgresql/18/bin:/usr/bin:/bin \
	pgindent --typedefs=typedefs \
	--list-of-typedefs="$(cat "$root/usr/share/postgresql/18/typedefs.list")" \
	$(find src -name '*.[ch]') || result=1

for file in $(find src -name '*.[ch]' | sort); do
	if [ "${1:-}" = --check ]; then
		diff -u --label "$file" --label "$file, indented" "$TOP/$file" "$file" || result=1
	elif ! cmp -s "$TOP/$file" "$file"; then
		# Not replaced but written: its owner and mode stay.
		cat "$file" >"$TOP/$file"
		echo "$file"
	fi
done
exit "$result"
