#!/bin/bash
# apache.sh DIR start|stop|reload|status|url|port|tls-url
#
# A private Apache in DIR on a free port of 127.0.0.1 (DIR/port), with the
# configuration in etc/apache. The environment says what it serves:
#
#   HATSHOP_CONF      shop.conf for the programs   (DIR/shop.conf)
#   HATSHOP_CGI       folder of the programs       (the build's cgi-bin)
#   HATSHOP_HTDOCS    htdocs                       (the build's)
#   HATSHOP_PICTURES  pictures.folder              (DIR/pictures)
#   HATSHOP_TLS       folder of make_tls: serves TLS too, on localhost with a
#                     port of its own (DIR/tls-port)
#   HATSHOP_TLS_CONF  shop.conf for those           (HATSHOP_CONF)
#   HATSHOP_SANDBOX   folder of the sandbox's programs, and
#   HATSHOP_SANDBOX_DATA  what they keep            (DIR/sandbox)
#   HATSHOP_FCGI      set: FastCGI sockets DIR/*.sock instead of CGI
#   APACHE_EXTRA      one more file to include
#   APACHE_OWNER      UID:GID that gets the files made here
#
#   DIR/error.log  DIR/access.log
#
# shop.conf needs the address before Apache is up: choose the port first with
# "apache.sh DIR port", which makes DIR.
set -uo pipefail
. "${BASH_SOURCE[0]%/*}/common.sh"

[ $# = 2 ] || { warn "usage: ${0##*/} DIR start|stop|reload|status|url|port|tls-url"; exit 2; }
D=$1
CMD=$2
mkdir -p "$D" && D=$(cd "$D" && pwd -P) || exit 1

# choose_port NAME: the one in DIR/NAME unless somebody else listens on it.
choose_port() {
	local p
	p=$(cat "$D/$1" 2>/dev/null)
	! gone "$D" apache || end_orphans "$D" apache
	if [ -z "$p" ] || { gone "$D" apache && port_open "$p"; }; then
		p=$(free_port) || return 1
		printf '%s\n' "$p" >"$D/$1"
	fi
	printf '%s\n' "$p"
}

accepts() {
	alive "$D" apache && port_open "$(cat "$D/port")" &&
		{ [ -z "${HATSHOP_TLS:-}" ] || port_open "$(cat "$D/tls-port")"; }
}
ready_or_dead() { gone "$D" apache || accepts; }

start() {
	! accepts || return 0
	local port f
	port=$(choose_port port) || return 1
	cp "$TOP"/etc/apache/{server,site}.conf "$D/" || return 1
	mkdir -p "${HATSHOP_PICTURES:=$D/pictures}"
	for f in error.log access.log; do : >>"$D/$f"; done
	[ -z "${APACHE_OWNER:-}" ] || chown "$APACHE_OWNER" "$D" "$D"/*.log
	local define=(-C "Define SHOP_RUN \"$D\"" -C "Define SHOP_APACHE \"$D\""
	    -C "Define SHOP_LISTEN 127.0.0.1:$port"
	    -C "Define SHOP_CGI \"${HATSHOP_CGI:-$BUILD/cgi-bin}\""
	    -C "Define SHOP_HTDOCS \"${HATSHOP_HTDOCS:-$BUILD/htdocs}\""
	    -C "Define SHOP_PICTURES \"$HATSHOP_PICTURES\""
	    -C "Define SHOP_CONF \"${HATSHOP_CONF:-$D/shop.conf}\"")
	if [ -n "${HATSHOP_TLS:-}" ]; then
		port=$(choose_port tls-port) || return 1
		define+=(-C "Define SHOP_TLS \"$HATSHOP_TLS\""
		    -C "Define SHOP_TLS_LISTEN 127.0.0.1:$port"
		    -C "Define SHOP_TLS_CONF \"${HATSHOP_TLS_CONF:-${HATSHOP_CONF:-$D/shop.conf}}\"")
	fi
	[ -z "${HATSHOP_SANDBOX:-}" ] ||
		define+=(-C "Define SHOP_SANDBOX \"$HATSHOP_SANDBOX\""
		    -C "Define SHOP_SANDBOX_DATA \"${HATSHOP_SANDBOX_DATA:-$D/sandbox}\"")
	[ -z "${HATSHOP_FCGI:-}" ] || define+=(-D SHOP_FCGI)
	[ -z "${APACHE_EXTRA:-}" ] || define+=(-c "Include \"$APACHE_EXTRA\"")
	# Its number may be anybody's by now, and Apache would not start.
	! gone "$D" apache || rm -f "$D/httpd.pid"
	spawn_server "$D" apache apache2 -d "$D" "${define[@]}" \
	    -f "$D/server.conf" -D FOREGROUND || return 1
	wait_until 60 ready_or_dead && accepts && return 0
	warn "Apache did not start: $(tail -n 3 "$D/apache.out" "$D/error.log")"
	reap "$D" apache KILL
	return 1
}

case $CMD in
start) start ;;
stop) reap "$D" apache ;;
reload) kill -USR1 "$(pid_of "$D" apache)" ;;
status) accepts ;;
port) choose_port port ;;
url) say "http://127.0.0.1:$(choose_port port)" ;;
tls-url) say "https://localhost:$(choose_port tls-port)" ;;
*) die "unknown command \"$CMD\"" ;;
esac
