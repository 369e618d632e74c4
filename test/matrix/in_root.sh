#!/bin/sh
# Run a command as root inside a Debian root that root.sh has made.
#
#   sh test/matrix/in_root.sh ROOT TMP TREE COMMAND...
#
# The folder TMP becomes its /tmp and the folder TREE its /mnt; of the root
# itself nothing need be written.  All mounts and processes are in namespaces of
# their own, and end with the command.
set -eu

if [ "${1:-}" != --inside ]; then
	exec unshare --mount --pid --ipc --uts --fork --kill-child --propagation private \
		sh "$0" --inside "$@"
fi

root=$2
tmp=$3
tree=$4
shift 4
mount -t proc proc "$root/proc"
mount --rbind /sys "$root/sys"
mount --rbind /dev "$root/dev"
mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
mount --bind "$tmp" "$root/tmp"
mount --bind "$tree" "$root/mnt"
exec chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root "$@"
