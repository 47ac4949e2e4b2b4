#!/bin/bash
# smtp.sh DIR start|stop|port|ca|count
#
# A strict mail server in DIR (smtp.mjs says what it takes and keeps), with
# certificates of its own in DIR/tls; user "shop", password "secret". After a
# stop it comes back on the same port. The environment may change CERT, KEY,
# PASSWORD, NO_STARTTLS. Exit status 77: it cannot be had here.
set -uo pipefail
. "${BASH_SOURCE[0]%/*}/common.sh"

[ $# = 2 ] || { warn "usage: ${0##*/} DIR start|stop|port|ca|count"; exit 2; }
mkdir -p "$1" && D=$(cd "$1" && pwd -P) || exit 1

listens() { [ -s "$D/port" ] && port_open "$(<"$D/port")"; }

start() {
	"$TOP/t/lib/node.sh" >/dev/null || exit 77
	make_tls "$D/tls" || return 1
	export CERT=${CERT:-$D/tls/server-cert.pem} KEY=${KEY:-$D/tls/server-key.pem} \
	    USER_NAME=shop PASSWORD=${PASSWORD:-secret}
	spawn "$D" smtp "$TOP/t/lib/node.sh" "$TOP/t/lib/smtp.mjs" "$D" &&
		wait_until 60 listens && return 0
	warn "the mail server did not start: $(tail -n 3 "$D/smtp.out")"
	return 1
}

case $2 in
start) start ;;
stop) reap "$D" smtp ;;
port) cat "$D/port" ;;
ca) say "$D/tls/ca.pem" ;;
count) find "$D/mail" -name '*.json' | wc -l ;;
*) die "unknown command \"$2\"" ;;
esac
