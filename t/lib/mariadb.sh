#!/bin/bash
# mariadb.sh DIR start|stop|kill|status|socket|port|ca|sql [STATEMENT]
#
# A private MariaDB in DIR, on a free port of 127.0.0.1 and on DIR/s.sock:
# root over the socket has no password, root over TCP does not exist; TLS by
# a CA of its own (DIR/tls/ca.pem); binlog in ROW format. MARIADB_ARGS holds
# extra server options. The data directory is initialised once under the
# build cache and copied. DIR should be short: a socket path has 107 bytes.
#
#   DIR/s.sock  DIR/port  DIR/tls/  DIR/error.log  DIR/data (delete: fresh)
set -uo pipefail
. "${BASH_SOURCE[0]%/*}/common.sh"

[ $# -ge 2 ] || { warn "usage: ${0##*/} DIR start|stop|kill|status|socket|port|ca|sql [STATEMENT]"; exit 2; }
D=$1
CMD=$2
shift 2

# template TARGET: an initialised data directory and certificates. Nobody is
# served yet, so root may do it as root.
template() {
	mkdir -p "$1" && make_tls "$1/tls" || return 1
	local as=()
	[ "$(id -u)" != 0 ] || as=(--user=root)
	mariadb-install-db --no-defaults "${as[@]}" \
	    --datadir="$1/data" --auth-root-authentication-method=normal \
	    --skip-test-db --skip-name-resolve --force --innodb-log-file-size=8M \
	    >"$1/install.log" 2>&1 || {
		warn "mariadb-install-db failed: $(tail -n 3 "$1/install.log")"
		return 1
	}
}

# fresh: DIR has its data and certificates; MARIADB_OWNER gets them.
fresh() {
	mkdir -p "$D" || return 1
	[ ! -d "$D/data" ] || return 0
	local t=$CACHE/mariadb-template
	once "$t" template || return 1
	rm -rf "$D/data.tmp" "$D/tls"
	cp -r --reflink=auto "$t/data" "$D/data.tmp" && cp -r "$t/tls" "$D/tls" ||
		return 1
	mv "$D/data.tmp" "$D/data"
	[ -z "${MARIADB_OWNER:-}" ] || chown -R "$MARIADB_OWNER" "$D"
}

# The socket is named relative to DIR on both sides, so that only programs
# which use the whole path care about its length.
client() { (cd "$D" && exec mariadb --no-defaults -u root -S s.sock "$@"); }
answers() { alive "$D" mariadb && client -e 'SELECT 1' >/dev/null 2>&1; }
ready_or_dead() { gone "$D" mariadb || answers; }

# choose_port: the one remembered in DIR/port unless somebody else has it.
choose_port() {
	local p
	p=$(cat "$D/port" 2>/dev/null)
	if [ -z "$p" ] || port_open "$p"; then
		p=$(free_port) || return 1
		printf '%s\n' "$p" >"$D/port"
	fi
}

start() {
	! answers || return 0
	fresh && choose_port || return 1
	: >>"$D/error.log"
	# a server that starts removes the temporary tables of all in its tmpdir
	mkdir -p "$D/tmp"
	[ -z "${MARIADB_OWNER:-}" ] || chown "$MARIADB_OWNER" "$D/error.log" "$D/tmp"
	# nosync: killed servers lose nothing, only a machine that stops would
	# shellcheck disable=SC2086
	spawn_server "$D" mariadb mariadbd --no-defaults --datadir="$D/data" \
	    --socket=../s.sock --pid-file="$D/pid" --log-error="$D/error.log" \
	    --bind-address=127.0.0.1 --port="$(cat "$D/port")" \
	    --ssl-ca="$D/tls/ca.pem" --ssl-cert="$D/tls/server-cert.pem" \
	    --ssl-key="$D/tls/server-key.pem" --log-bin=binlog \
	    --binlog-format=ROW --server-id=11 --skip-name-resolve \
	    --innodb-buffer-pool-size=64M --innodb-log-file-size=8M \
	    --innodb-flush-log-at-trx-commit=2 --innodb-flush-method=nosync \
	    --performance-schema=OFF \
	    --max-connections=200 --max-allowed-packet=64M --tmpdir="$D/tmp" \
	    ${MARIADB_ARGS:-} || return 1
	wait_until 60 ready_or_dead && answers && return 0
	warn "MariaDB did not start: $(tail -n 5 "$D/error.log")"
	reap "$D" mariadb KILL
	return 1
}

case $CMD in
start | stop | kill)
	mkdir -p "$D" && D=$(cd "$D" && pwd -P) || exit 1
	;;
*)
	[ -d "$D" ] || die "no such folder: $D"
	D=$(cd "$D" && pwd -P) || exit 1
	;;
esac
case $CMD in
start) start ;;
stop) reap "$D" mariadb ;;
kill) reap "$D" mariadb KILL ;;
status) answers ;;
socket) say "$D/s.sock" ;;
port) cat "$D/port" ;;
ca) say "$D/tls/ca.pem" ;;
sql) if [ $# -gt 0 ]; then client -e "$*"; else client; fi ;;
*) die "unknown command \"$CMD\"" ;;
esac
