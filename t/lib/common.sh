# common.sh - what ./dev and the tests share; to be sourced by bash.
#
#   . t/lib/common.sh
#   port=$(free_port)
#   spawn "$dir" web some-server --port "$port"     # pid kept in $dir/web.proc
#   wait_until 10 port_open "$port" || die "no server"
#   reap "$dir" web                                 # stops it, and only it
#
# Calls return non-zero and say why on stderr; only die() exits.

# The checkout; nothing here depends on the working directory.
TOP=$(cd "${BASH_SOURCE[0]%/*}/../.." && pwd -P)

# Where the programs were built (./dev build), and where large downloads
# are kept between runs.
BUILD=${HATSHOP_BUILD:-$TOP/build/dev}
CACHE=${HATSHOP_CACHE:-$TOP/build/cache}

say() { printf '%s\n' "$*"; }
warn() { printf '%s\n' "$*" >&2; }
die() { warn "${0##*/}: $*"; exit 1; }

# free_port: a TCP port on 127.0.0.1 that nobody listens on, and that no other
# caller gets within the hour: a server may come a while after its port was
# chosen, and may come back. Nor does the kernel give it to anybody who connects
# (net.ipv4.ip_local_port_range). perl-base is on every Debian system.
free_port() {
	perl -MFcntl -MIO::Socket::INET -e '
		my $dir = shift() . "/hatshop-ports-$<";
		mkdir $dir, 0700;
		for (glob "$dir/*") { unlink if (-M // 0) > 1 / 24 }
		for (1 .. 1000) {
			my $port = 20000 + int rand 12000;
			my $s = IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1",
			    LocalPort => $port, Proto => "tcp") or next;
			next if -w $dir && !sysopen my $f, "$dir/$port", O_CREAT | O_EXCL | O_WRONLY;
			print "$port\n";
			exit;
		}
		die "no free port\n"' "${TMPDIR:-/tmp}"
}

# port_open PORT: somebody accepts connections on 127.0.0.1:PORT.
port_open() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# wait_until SECONDS COMMAND [ARG...]: run COMMAND until it succeeds; 1 when
# the deadline has passed.
wait_until() {
	local deadline=$((${EPOCHREALTIME/./} + $1 * 1000000))
	shift
	until "$@"; do
		[ "${EPOCHREALTIME/./}" -lt "$deadline" ] || return 1
		sleep 0.05
	done
}

# start_time PID: when the kernel started it, in clock ticks since boot.
# With the pid it names a process for good: pids come back, this does not.
start_time() {
	local line
	{ read -r line <"/proc/$1/stat"; } 2>/dev/null || return 1
	line=${line##*) }
	# shellcheck disable=SC2086
	set -- $line
	[ "$1" != Z ] && printf '%s\n' "${20}"
}

# remember DIR NAME PID: keep the pid and its start time in DIR/NAME.proc.
remember() {
	local t
	t=$(start_time "$3") || return 1
	printf '%s %s\n' "$3" "$t" >"$1/$2.proc"
}

# pid_of DIR NAME: prints the pid if that very process still runs.
pid_of() {
	local pid t
	[ -s "$1/$2.proc" ] || return 1
	read -r pid t <"$1/$2.proc"
	[ "$(start_time "$pid")" = "$t" ] || return 1
	printf '%s\n' "$pid"
}

alive() { pid_of "$@" >/dev/null; }
gone() { ! pid_of "$@" >/dev/null; }

# mark DIR NAME: what spawn() puts into the environment, for children to inherit.
mark() { printf 'HATSHOP_SPAWNED=%s/%s\n' "$(cd "$1" && pwd -P)" "$2"; }

# orphans DIR NAME: pids of all that inherited this mark.
orphans() {
	local mark
	mark=$(mark "$@") || return 0
	grep -lzxF "$mark" /proc/[0-9]*/environ 2>/dev/null | cut -d/ -f3
}
no_orphans() { [ -z "$(orphans "$@")" ]; }

# end_orphans DIR NAME: a server that was killed may have left children, which
# keep its port.
end_orphans() {
	[ -d "$1" ] || return 0
	local list
	mapfile -t list < <(orphans "$@")
	[ ${#list[@]} -gt 0 ] || return 0
	kill -KILL "${list[@]}" 2>/dev/null
	wait_until 30 no_orphans "$@"
}

# spawn DIR NAME COMMAND [ARG...]: a server in the background, in a session
# of its own, output to DIR/NAME.out, pid in DIR/NAME.proc.
spawn() {
	local dir=$1 name=$2 pid
	shift 2
	end_orphans "$dir" "$name"
	(
		trap '' HUP INT
		export "$(mark "$dir" "$name")"
		exec setsid "$@" </dev/null >>"$dir/$name.out" 2>&1 9>&-
	) &
	pid=$!
	disown
	remember "$dir" "$name" "$pid" || {
		warn "$name ended at once: $(tail -n 3 "$dir/$name.out")"
		return 1
	}
}

# reap DIR NAME [SIGNAL]: stop it and wait for its end; after 30 s, SIGKILL.
# What it leaves behind ends too.
reap() {
	local pid
	if pid=$(pid_of "$1" "$2"); then
		kill "-${3:-TERM}" "$pid" 2>/dev/null
		wait_until 30 gone "$1" "$2" || {
			warn "$2 (pid $pid) did not stop in 30 s: killed"
			kill -KILL "$pid" 2>/dev/null
			wait_until 10 gone "$1" "$2" || return 1
		}
	fi
	rm -f "$1/$2.proc"
	end_orphans "$1" "$2"
}

# as_server COMMAND [ARG...]: replaces this (sub)shell by COMMAND as no root.
# A server started by root refuses to run, or should not; in the tests it
# gets a user name space of its own, in which it is www-data without rights
# while its files stay those of the caller. HATSHOP_AS may hold another
# command prefix (./dev up uses a really different user).
as_server() {
	if [ -n "${HATSHOP_AS:-}" ]; then
		# shellcheck disable=SC2086
		exec $HATSHOP_AS "$@"
	elif [ "$(id -u)" = 0 ]; then
		exec unshare --user --map-user=33 --map-group=33 -- "$@"
	fi
	exec "$@"
}

# spawn_server DIR NAME COMMAND...: spawn() through as_server().
spawn_server() {
	local dir=$1 name=$2
	shift 2
	spawn "$dir" "$name" bash -c '. "$0"; as_server "$@"' \
	    "$TOP/t/lib/common.sh" "$@"
}

# make_tls DIR: a certificate authority (ca.pem), a certificate of it for
# localhost and 127.0.0.1 (server-cert.pem, server-key.pem), and a stranger's
# authority (other-ca.pem) for the tests of refusal. Done once.
make_tls() {
	[ ! -e "$1/server-cert.pem" ] || return 0
	mkdir -p "$1" && (
		set -e
		cd "$1"
		for ca in ca other-ca; do
			openssl req -x509 -newkey rsa:2048 -nodes -days 3650 \
			    -subj "/CN=hatshop $ca" -keyout $ca-key.pem -out $ca.pem
		done
		openssl req -newkey rsa:2048 -nodes -subj /CN=localhost \
		    -keyout server-key.pem -out server.csr
		printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\n' >san.cnf
		openssl x509 -req -in server.csr -CA ca.pem -CAkey ca-key.pem \
		    -CAcreateserial -days 3650 -extfile san.cnf -out cert.tmp
		rm -f server.csr san.cnf
		mv cert.tmp server-cert.pem
	) >"$1/openssl.log" 2>&1 || {
		warn "openssl failed, see $1/openssl.log"
		return 1
	}
}

# once DIR COMMAND...: run COMMAND DIR.tmp, then rename to DIR; nothing when
# DIR is there. Callers that come together wait for the first.
once() {
	local dir=$1
	shift
	[ ! -d "$dir" ] || return 0
	mkdir -p "${dir%/*}"
	(
		flock 9
		[ ! -d "$dir" ] || exit 0
		rm -rf "$dir.tmp"
		"$@" "$dir.tmp" && mv "$dir.tmp" "$dir"
	) 9>"$dir.lock"
}

# mirror: where apt gets Debian from. Its archive keyring knows sid too.
mirror() {
	local m=${DEBIAN_MIRROR:-}
	[ -n "$m" ] || m=$(awk '/^URIs:/ { print $2; exit }' \
	    /etc/apt/sources.list.d/debian.sources 2>/dev/null)
	[ -n "$m" ] || m=$(awk '$1 == "deb" { for (i = 2; i <= NF; i++)
	    if ($i ~ /:\/\//) { print $i; exit } }' \
	    /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null)
	printf '%s\n' "$m"
}
