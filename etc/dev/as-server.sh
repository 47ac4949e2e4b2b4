#!/bin/bash
# as-server.sh [--show FOLDER] COMMAND [ARG...] - run COMMAND as www-data when
# started by root (user.sh says why); FOLDER, var/ unless told, is what it must
# be able to reach. The pid stays the same: everything here is exec.
set -eu
top=$(cd "${BASH_SOURCE[0]%/*}/../.." && pwd -P)
show=$top/var
if [ "$1" = --show ]; then
	show=$2
	shift 2
fi
drop=(setpriv "--reuid=$(id -u www-data)" "--regid=$(id -g www-data)"
    --clear-groups --inh-caps=-all --no-new-privs --)

# blocked: the first folder on the way that www-data may not enter.
blocked() {
	local path=
	local IFS=/
	for part in ${show#/}; do
		path=$path/$part
		"${drop[@]}" test -x "$path" || {
			printf '%s\n' "$path"
			return
		}
	done
}

# space: the kind of mount name space to be had. "unchanged" (in a chroot,
# whose / is no mount point) will do only if a mount in it stays there.
space() {
	local probe=$top/build/probe.$$
	if unshare --mount --propagation private true 2>/dev/null; then
		echo private
		return
	fi
	mkdir -p "$probe"
	# shellcheck disable=SC2016
	if unshare --mount --propagation unchanged sh -c '
		mount -t tmpfs hatshop "$1" && : >"$1/inside" &&
		    [ ! -e "/proc/$2/root$1/inside" ]' \
	    probe "$probe" $$ 2>/dev/null && [ -e "/proc/$$/root" ]; then
		echo unchanged
	else
		umount "$probe" 2>/dev/null || true
	fi
	rmdir "$probe"
}

# cover FOLDER: in this mount name space, replace FOLDER by an empty one that
# has nothing but the way to what is to be shown.
cover() {
	local aside=/mnt
	[[ $show/ != /mnt/* ]] || aside=/media
	mount --bind "$show" "$aside"
	mount -t tmpfs -o mode=0755,size=64k hatshop "$1"
	mkdir -p "$show"
	mount --move "$aside" "$show"
}

if [ "$(id -u)" != 0 ]; then
	exec "$@"
fi
if [ "$1" = --covered ]; then
	cover "$2"
	shift 2
elif folder=$(blocked) && [ -n "$folder" ]; then
	kind=$(space)
	if [ -z "$kind" ] || [ "$folder" = "$show" ]; then
		printf '%s\n' "$folder is closed to www-data, as which the servers run, and this system has no mount name spaces to open it: move the checkout" >&2
		exit 1
	fi
	exec unshare --mount --propagation "$kind" "$0" --show "$show" \
	    --covered "$folder" "$@"
fi
cd "$show"
exec "${drop[@]}" "$@"
