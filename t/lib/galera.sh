#!/bin/bash
# galera.sh DIR start|stop|kill N|start-one N|synced N|socket N|sql N STATEMENT
#
# A private Galera cluster of three MariaDB servers in DIR/n1 to DIR/n3, on free
# ports of 127.0.0.1; root over DIR/nN/s.sock has no password. The three begin
# with equal data, so that nothing has to be copied. Exit status 77: no Galera.
# DIR should be short: a socket path has 107 bytes.
set -uo pipefail
. "${BASH_SOURCE[0]%/*}/common.sh"

[ $# -ge 2 ] || { warn "usage: ${0##*/} DIR start|stop|kill|start-one|synced|socket|sql ..."; exit 2; }
D=$1
CMD=$2
shift 2
LIB=${HATSHOP_GALERA:-/usr/lib/galera/libgalera_smm.so}

client() { (cd "$D/n$1" && shift && exec mariadb --no-defaults -u root -S s.sock "$@"); }
status_of() { client "$1" -N -B -e "SHOW STATUS LIKE '$2'" 2>/dev/null | cut -f2; }
is_synced() { [ "$(status_of "$1" wsrep_local_state_comment)" = Synced ] && [ "$(status_of "$1" wsrep_ready)" = ON ]; }
synced_or_dead() { gone "$D/n$1" mariadb || is_synced "$1"; }

# boot N [OPTION...]: one server; wait until it may be written to.
boot() {
	local n=$1 d=$D/n$1
	local PATH=$D/bin:$PATH
	shift
	mkdir -p "$d/tmp"
	spawn_server "$d" mariadb mariadbd --no-defaults --datadir="$d/data" \
	    --socket=../s.sock --pid-file="$d/pid" --log-error="$d/error.log" \
	    --bind-address=127.0.0.1 --port="$(cat "$d/port")" --tmpdir="$d/tmp" \
	    --binlog-format=ROW --default-storage-engine=InnoDB \
	    --innodb-autoinc-lock-mode=2 --innodb-buffer-pool-size=32M \
	    --innodb-log-file-size=8M --innodb-flush-log-at-trx-commit=2 \
	    --innodb-flush-method=nosync \
	    --skip-name-resolve --performance-schema=OFF --max-connections=200 \
	    --wsrep-on=ON --wsrep-provider="$LIB" --wsrep-cluster-name=hatshop \
	    --wsrep-node-name="n$n" --wsrep-sst-method=equal \
	    --wsrep-node-address="127.0.0.1:$(cat "$d/group")" \
	    --wsrep-cluster-address="gcomm://$(peers)" \
	    --wsrep-provider-options="gmcast.listen_addr=tcp://127.0.0.1:$(cat "$d/group");ist.recv_addr=127.0.0.1:$(cat "$d/ist");gcache.size=32M" \
	    "$@" || return 1
	wait_until 60 synced_or_dead "$n" && is_synced "$n" && return 0
	warn "node $n did not join: $(tail -n 5 "$d/error.log")"
	return 1
}

peers() { echo "127.0.0.1:$(cat "$D/n1/group"),127.0.0.1:$(cat "$D/n2/group"),127.0.0.1:$(cat "$D/n3/group")"; }

# write_sst: what the servers run to copy data. There is none to copy: whoever
# joins has all but the newest transactions, and asks for those by itself.
write_sst() {
	mkdir -p "$D/bin" && cat >"$D/bin/wsrep_sst_equal" <<'END'
#!/bin/sh
while [ $# -gt 0 ]; do
	case $1 in
	--role) role=$2 ;;
	--gtid) gtid=$2 ;;
	--datadir) data=${2%/} ;;
	esac
	shift
done
if [ "$role" = donor ]; then
	echo continue
	echo "done $gtid"
else
	echo ready 127.0.0.1:1
	sed -n 's/^uuid: *//p; s/^seqno: */:/p' "$data/grastate.dat" | tr -d '\n'
	echo
fi
END
	chmod +x "$D/bin/wsrep_sst_equal"
}

start() {
	local n name
	write_sst || return 1
	for n in 1 2 3; do
		mkdir -p "$D/n$n" || return 1
		for name in port group ist; do
			free_port >"$D/n$n/$name" || return 1
		done
	done
	# the first has been a cluster of its own, so that its data says where
	# in the cluster's history it stands; the others are copies of it
	"$TOP/t/lib/mariadb.sh" "$D/first" start && "$TOP/t/lib/mariadb.sh" "$D/first" stop || return 1
	mv "$D/first/data" "$D/n1/data" && rm -rf "$D/first" "$D"/n1/data/binlog.* || return 1
	boot 1 --wsrep-new-cluster && client 1 -e 'CREATE DATABASE equal' || return 1
	reap "$D/n1" mariadb || return 1
	for n in 2 3; do
		cp -r --reflink=auto "$D/n1/data" "$D/n$n/data" && rm -f "$D/n$n/data/gvwstate.dat" "$D/n$n/data/galera.cache" || return 1
	done
	sed -i 's/^safe_to_bootstrap:.*/safe_to_bootstrap: 1/' "$D/n1/data/grastate.dat"
	boot 1 --wsrep-new-cluster && boot 2 && boot 3
}

# say_where N: a server that was killed has not written where in the cluster's
# history its data stands; InnoDB knows, and asked like this it says so.
say_where() {
	local d=$D/n$1 at
	grep -q '^seqno: *-1' "$d/data/grastate.dat" || return 0
	at=$(as_server mariadbd --no-defaults --datadir="$d/data" --socket="$d/r.sock" \
	    --pid-file="$d/r.pid" --tmpdir="$d/tmp" --binlog-format=ROW \
	    --innodb-log-file-size=8M --skip-networking --wsrep-on=ON \
	    --wsrep-provider="$LIB" --wsrep-cluster-address=gcomm:// \
	    --wsrep-recover 2>&1 |
	    sed -n 's/.*Recovered position: *[0-9a-f-]*:\([0-9]*\)$/\1/p')
	[ -n "$at" ] && sed -i "s/^seqno:.*/seqno:   $at/" "$d/data/grastate.dat"
}

case $CMD in
start)
	[ -e "$LIB" ] && command -v mariadbd >/dev/null || exit 77
	mkdir -p "$D" && D=$(cd "$D" && pwd -P) || exit 1
	start
	;;
stop)
	[ -d "$D" ] && D=$(cd "$D" && pwd -P) || exit 0
	for n in 3 2 1; do [ ! -d "$D/n$n" ] || reap "$D/n$n" mariadb; done
	;;
kill) reap "$D/n$1" mariadb KILL ;;
start-one) say_where "$1" && boot "$1" ;;
synced) is_synced "$1" ;;
socket) say "$D/n$1/s.sock" ;;
sql)
	n=$1
	shift
	client "$n" -N -B -e "$*"
	;;
*) die "unknown command \"$CMD\"" ;;
esac
