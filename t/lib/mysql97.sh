#!/bin/bash
# mysql97.sh DIR PORT start|stop|kill|status|fetch|socket|port|ca|sql [STATEMENT]
#
# A real MySQL 9.7 (Debian sid's mysql-server-core) in DIR on 127.0.0.1:PORT
# (0: a free port, see DIR/port) and DIR/s.sock, beside a Debian 12 system:
# nothing is installed, the packages are unpacked once into the build cache
# with the mirror that this system uses already. root over the socket has no
# password; TLS by the CA in DIR/tls; GTIDs on. MYSQL97_ARGS: more options.
#
# Exit status 77 of fetch and start: it cannot be had here (no network, not
# amd64); tests then say "skipped".
set -uo pipefail
. "${BASH_SOURCE[0]%/*}/common.sh"

[ $# -ge 3 ] || { warn "usage: ${0##*/} DIR PORT start|stop|kill|status|fetch|socket|port|ca|sql [STATEMENT]"; exit 2; }
D=$1
PORT=$2
CMD=$3
shift 3
R=$CACHE/mysql97
L=$R/usr/lib/x86_64-linux-gnu

# unpack TARGET: the server and all it needs, by apt's own resolver against
# an empty system; perl (helper scripts) and the like are left out.
unpack() {
	local r=$1 a=$1.apt p f
	rm -rf "$a" && mkdir -p "$a"/{lists/partial,cache/archives/partial} "$r" || return 1
	printf 'deb [signed-by=%s] %s sid main\n' \
	    /usr/share/keyrings/debian-archive-keyring.gpg "$(mirror)" >"$a/sources.list"
	local o=(-q -oDir::State::Lists="$a/lists" -oDir::Etc::SourceParts=/dev/null
	    -oDir::Etc::SourceList="$a/sources.list" -oDir::Cache="$a/cache"
	    -oDir::Etc::PreferencesParts=/dev/null -oDir::State::Status=/dev/null
	    -oAPT::Sandbox::User="$(id -un)" -oAcquire::Languages=none
	    -oAcquire::Retries=3 -oAcquire::Check-Valid-Until=false
	    -oAPT::Install-Recommends=false)
	apt-get "${o[@]}" update || return 1
	p=$(apt-get "${o[@]}" -s install mysql-server-core | awk '/^Inst/ &&
	    $2 !~ /^(perl|libperl|libgdbm|libdb5|gcc-.*-base|openssl-provider|.*-common)/ { print $2 }')
	[ -n "$p" ] || return 1
	# shellcheck disable=SC2086
	(cd "$a" && apt-get "${o[@]}" download $p) || return 1
	for f in "$a"/*.deb; do dpkg-deb -x "$f" "$r" || return 1; done
	rm -rf "$a" "${r:?}"/usr/bin "$r"/usr/share/{doc,man,locale,i18n,lintian} \
	    "$r"/usr/lib/mysql/plugin/debug "$r"/usr/lib/x86_64-linux-gnu/{gconv,audit}
}

fetch() {
	[ ! -d "$R" ] || return 0
	[ "$(dpkg --print-architecture)" = amd64 ] || {
		warn "MySQL 9.7: only fetched for amd64"
		return 77
	}
	mkdir -p "$CACHE"
	once "$R" unpack >"$CACHE/mysql97.log" 2>&1 || {
		warn "MySQL 9.7 could not be fetched, see $CACHE/mysql97.log"
		return 77
	}
}

# mysqld COMMAND...: runs "COMMAND mysqld" with its own dynamic loader.
mysqld() {
	local data=$1
	shift
	"$@" "$L/ld-linux-x86-64.so.2" \
	    --library-path "$L:$L/mysql/private:$R/usr/lib/mysql/private" \
	    "$R/usr/sbin/mysqld" --no-defaults --basedir="$R/usr" \
	    --datadir="$data" --lc-messages-dir="$R/usr/share/mysql" \
	    --character-sets-dir="$R/usr/share/mysql/charsets" \
	    --plugin-dir="$R/usr/lib/mysql/plugin" --secure-file-priv=NULL \
	    --innodb-redo-log-capacity=8M "${OPT[@]}"
}

template() {
	mkdir -p "$1" && make_tls "$1/tls" || return 1
	OPT=(--initialize-insecure)
	[ "$(id -u)" != 0 ] || OPT+=(--user=root)
	(mysqld "$1/data" exec) >"$1/init.log" 2>&1 || {
		warn "MySQL 9.7 did not initialise: $(tail -n 3 "$1/init.log")"
		return 1
	}
	# or every copy would have the same identity
	rm -f "$1/data/auto.cnf"
}

fresh() {
	mkdir -p "$D" || return 1
	[ ! -d "$D/data" ] || return 0
	once "$CACHE/mysql97-template" template || return 1
	rm -rf "$D/data.tmp" "$D/tls"
	cp -r --reflink=auto "$CACHE/mysql97-template/data" "$D/data.tmp" &&
		cp -r "$CACHE/mysql97-template/tls" "$D/tls" &&
		mv "$D/data.tmp" "$D/data"
}

# MariaDB's client speaks to it; root uses caching_sha2_password with an
# empty password, which needs no plugin.
client() { (cd "$D" && exec mariadb --no-defaults -u root -S s.sock "$@"); }
answers() { alive "$D" mysql97 && client -e 'SELECT 1' >/dev/null 2>&1; }
ready_or_dead() { gone "$D" mysql97 || answers; }

choose_port() {
	if [ "$PORT" = 0 ]; then
		PORT=$(cat "$D/port" 2>/dev/null)
		if [ -z "$PORT" ] || port_open "$PORT"; then
			PORT=$(free_port) || return 1
		fi
	fi
	printf '%s\n' "$PORT" >"$D/port"
}

start() {
	! answers || return 0
	fetch || return
	fresh && choose_port || return 1
	# A killed server that nobody has waited for yet still has its process
	# id, and the lock beside its socket would keep the next one out.
	alive "$D" mysql97 || rm -f "$D/s.sock" "$D/s.sock.lock"
	# shellcheck disable=SC2206
	OPT=(--port="$PORT" --bind-address=127.0.0.1 --socket=../s.sock
	    --pid-file="$D/pid" --log-error="$D/error.log" --mysqlx=OFF
	    --server-id=97 --log-bin=binlog --gtid-mode=ON
	    --enforce-gtid-consistency=ON --skip-name-resolve
	    --ssl-ca="$D/tls/ca.pem" --ssl-cert="$D/tls/server-cert.pem"
	    --ssl-key="$D/tls/server-key.pem" --innodb-buffer-pool-size=64M
	    --innodb-flush-log-at-trx-commit=2 --innodb-flush-method=nosync
	    --sync-binlog=0 --innodb-doublewrite=OFF
	    --performance-schema=OFF --max-connections=200 ${MYSQL97_ARGS:-})
	: >>"$D/error.log"
	mysqld "$D/data" spawn_server "$D" mysql97 || return 1
	wait_until 60 ready_or_dead && answers && return 0
	warn "MySQL did not start: $(tail -n 5 "$D/error.log")"
	reap "$D" mysql97 KILL
	return 1
}

case $CMD in
start | stop | kill | fetch)
	mkdir -p "$D" && D=$(cd "$D" && pwd -P) || exit 1
	;;
*)
	D=$(cd "$D" 2>/dev/null && pwd -P) || die "no such folder: $D"
	;;
esac
case $CMD in
start) start ;;
fetch) fetch ;;
stop) reap "$D" mysql97 ;;
kill) reap "$D" mysql97 KILL ;;
status) answers ;;
socket) say "$D/s.sock" ;;
port) cat "$D/port" ;;
ca) say "$D/tls/ca.pem" ;;
sql) if [ $# -gt 0 ]; then client -e "$*"; else client; fi ;;
*) die "unknown command \"$CMD\"" ;;
esac
