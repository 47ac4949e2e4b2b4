#!/bin/bash
# as-server.sh COMMAND [ARG...] - run COMMAND as www-data when started by root
# (user.sh says why). The pid stays the same: everything here is exec.
set -eu
top=$(cd "${BASH_SOURCE[0]%/*}/../.." && pwd -P)
var=$top/var
drop=(setpriv "--reuid=$(id -u www-data)" "--regid=$(id -g www-data)"
    --clear-groups --inh-caps=-all --no-new-privs --)

# blocked: the first folder on the way to var/ that www-data may not enter.
blocked() {
	local path=
	local IFS=/
	for part in ${var#/}; do
		path=$path/$part
		"${drop[@]}" test -x "$path" || {
			printf '%s\n' "$path"
			return
		}
	done
}

# cover FOLDER: in this mount name space, replace FOLDER by an empty one that
# has nothing but the way to var/.
cover() {
	local aside=/mnt
	[[ $var/ != /mnt/* ]] || aside=/media
	mount --bind "$var" "$aside"
	mount -t tmpfs -o mode=0755,size=64k hatshop "$1"
	mkdir -p "$var"
	mount --move "$aside" "$var"
}

if [ "$(id -u)" != 0 ]; then
	exec "$@"
fi
if [ "${1:-}" = --covered ]; then
	cover "$2"
	shift 2
elif folder=$(blocked) && [ -n "$folder" ]; then
	unshare --mount true 2>/dev/null || {
		printf '%s\n' "$folder is closed to www-data, as which the servers run, and this system has no mount name spaces: move the checkout" >&2
		exit 1
	}
	exec unshare --mount --propagation private "$0" --covered "$folder" "$@"
fi
cd "$var"
exec "${drop[@]}" "$@"
