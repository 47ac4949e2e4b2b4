# user.sh - who runs what.
#
# The servers and CGI programs of ./dev up never run as root:
#
#   ./dev started by            files        servers and CGI
#   a user                      the user's   the user
#   root, checkout of a user    the user's   that user (dev itself turns into it)
#   root, checkout of root      root's; var/ of www-data   www-data
#
# In the last case the uid is a really different one, for the kernel too, so
# the servers can touch nothing of root's. etc/dev/as-server.sh does the change
# and, when the checkout lies in a folder that www-data may not enter, shows
# them var/ (where make install puts all they need) in a mount name space of
# their own. The tests do with less, see as_server in t/lib/common.sh.

# become_owner COMMAND [ARG...]: root in somebody else's checkout installs
# packages, then goes on as that somebody.
become_owner() {
	local owner group home
	[ "$(id -u)" = 0 ] || return 0
	owner=$(stat -c %u "$TOP") group=$(stat -c %g "$TOP")
	[ "$owner" != 0 ] || return 0
	case $1 in
	up | build) need run ;;
	test | long | lint) need run test ;;
	bench) need run test bench ;;
	esac
	home=$(getent passwd "$owner" | cut -d: -f6)
	exec setpriv --reuid "$owner" --regid "$group" --clear-groups \
	    env HOME="${home:-/}" "$TOP/dev" "$@"
}

# serve_as: from here on as_server() changes the user as told above, and
# SERVER_OWNER owns what the servers write.
serve_as() {
	SERVER_OWNER=
	[ "$(id -u)" = 0 ] || return 0
	export HATSHOP_AS=$TOP/etc/dev/as-server.sh
	SERVER_OWNER=$(id -u www-data):$(id -g www-data) ||
		die "there is no user www-data"
}

# server_dir DIR...: make folders that the servers may write.
server_dir() {
	mkdir -p "$@" || return 1
	[ -z "$SERVER_OWNER" ] || chown "$SERVER_OWNER" "$@"
}

# run_server COMMAND [ARG...]: in the foreground, as the servers' user.
run_server() { (as_server "$@"); }
