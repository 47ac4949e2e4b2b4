#!/bin/bash
# bare.sh [root|user] - both commands of README.md on a bare Debian 12: a
# debootstrap root with nothing but git, a clone of what is committed here,
# ./dev up and ./dev test. Run by hand, as root; takes the mirror from this
# system's apt. "root" (default) works in /root, which is closed to all others;
# "user" is somebody with sudo. BARE_KEEP=1 leaves the folder there.
set -uo pipefail
. "${BASH_SOURCE[0]%/*}/lib/common.sh"
. "$TOP/etc/dev/packages.sh"
who=${1:-root}
[ "$(id -u)" = 0 ] || die "needs root"

# Everything mounted and started below ends with these name spaces.
if [ -z "${BARE_INSIDE:-}" ]; then
	export BARE_INSIDE=1
	exec unshare --mount --pid --fork --kill-child --propagation private "$0" "$who"
fi

make_root() {
	local include=git,ca-certificates
	[ "$who" = root ] || include+=,sudo
	say "== debootstrap"
	debootstrap --variant=minbase --include="$include" bookworm "$R" \
	    "$(mirror)" >"$R.log" 2>&1 || die "debootstrap failed, see $R.log"
	awk '/^URIs:.*security/ { print "deb", $2, "bookworm-security main"; exit }' \
	    /etc/apt/sources.list.d/debian.sources >>"$R/etc/apt/sources.list" 2>/dev/null
	cp /etc/resolv.conf "$R/etc/"
	mount --bind "$R" "$R"
	mount -t proc proc "$R/proc"
	mount --rbind /dev "$R/dev"
	mount -t sysfs -o ro sysfs "$R/sys"
}

make_clone() {
	home=/root
	if [ "$who" = user ]; then
		home=/home/hatter
		inside useradd -m -s /bin/bash hatter
		echo 'hatter ALL=(ALL) NOPASSWD: ALL' >"$R/etc/sudoers.d/hatter"
	fi
	git clone -q --no-hardlinks "$TOP" "$R$home/shop" || die "no clone"
	[ "$who" = root ] || inside chown -R hatter: "$home/shop"
	chmod 700 "$R$home"
}

inside() { chroot "$R" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 TERM=dumb "$@"; }

# shop COMMAND...: as the one who has the clone, in the clone.
shop() {
	local as=()
	[ "$who" = root ] || as=(setpriv --reuid=hatter --regid=hatter --init-groups)
	inside "${as[@]}" env HOME="$home" bash -c "cd $home/shop && $*"
}

# ours: pids of what runs inside, with the uid that the kernel knows.
ours() {
	local p
	for p in /proc/[0-9]*; do
		[ "$(readlink "$p/root")" = "$R" ] || [[ $(readlink "$p/exe") == "$R"/* ]] || continue
		printf '%s %s %s\n' "${p#/proc/}" "$(stat -c %u "$p")" "$(tr '\0' ' ' <"$p/cmdline")"
	done
}

check() {
	local what=$1
	shift
	if "$@"; then say "ok - $what"; else say "not ok - $what"; bad=1; fi
}

services() { ls "$R"/etc/init.d "$R"/etc/systemd/system/*.wants "$R"/etc/rc?.d 2>/dev/null; }

mount -t proc proc /proc
R=$(mktemp -d "${TMPDIR:-/var/tmp}/bare.XXXXXX") || exit 1
bad=0
make_root
chmod 755 "$R"
make_clone
before=$(services)
began=$SECONDS
check "./dev up" shop ./dev up
say "== first ./dev up: $((SECONDS - began)) s"
check "the first ./dev up is done in 5 minutes" [ $((SECONDS - began)) -lt 300 ]
check "no package brought a service" [ "$(services)" = "$before" ]
url=$(shop ./dev url | tail -n 1)
check "the home page has hats at $url" grep -q 'href="/hat/' <(inside curl -fsS "$url")
ours
check "nothing runs as uid 0" [ -z "$(ours | awk '$2 == 0')" ]
began=$SECONDS
check "./dev up again" shop ./dev up
say "== second ./dev up: $((SECONDS - began)) s"
check "the second ./dev up is done in 10 s" [ $((SECONDS - began)) -lt 10 ]
check "./dev down" shop ./dev down
check "nothing is left running" [ -z "$(ours)" ]
began=$SECONDS
check "./dev test" shop ./dev test
say "== ./dev test: $((SECONDS - began)) s"
check "nothing is left running" [ -z "$(ours)" ]
check "git sees nothing new" [ -z "$(shop git status --porcelain)" ]
[ -n "${BARE_KEEP:-}" ] || { umount -R "$R"; rm -rf "$R" "$R.log"; }
exit "$bad"
