# tap.sh - TAP for tests written in bash; to be sourced.
#
#   . "${BASH_SOURCE[0]%/*}/lib/tap.sh"
#   w=$(work_dir)                          # a short path under TMPDIR
#   at_exit rm -rf "$w"
#   "$TOP/t/lib/mariadb.sh" "$w/db" start || bail "no MariaDB"
#   at_exit "$TOP/t/lib/mariadb.sh" "$w/db" stop
#   is "$(echo 1)" 1 "R01: one is one"
#   like "$page" 'The Funny Hat' "R01: the shop has its name"
#   ok "R01: true succeeds" true           # the command's status decides
#   done_testing
. "${BASH_SOURCE[0]%/*}/common.sh"

tap_n=0
tap_failed=0
tap_exit=()

# at_exit COMMAND [ARG...]: run it when the test ends, last one first.
at_exit() { tap_exit+=("$(printf '%q ' "$@")"); }

tap_at_end() {
	local status=$? i
	trap - EXIT
	for ((i = ${#tap_exit[@]} - 1; i >= 0; i--)); do
		eval "${tap_exit[i]}" >/dev/null 2>&1
	done
	exit "$status"
}
trap tap_at_end EXIT
trap 'exit 130' INT TERM HUP

# work_dir: a fresh folder with a short name (socket paths). Call as
# w=$(work_dir); at_exit rm -rf "$w".
work_dir() { mktemp -d "${TMPDIR:-/tmp}/hs.XXXXXX"; }

pass() {
	tap_n=$((tap_n + 1))
	printf 'ok %d - %s\n' "$tap_n" "$1"
}

fail() {
	tap_n=$((tap_n + 1))
	tap_failed=$((tap_failed + 1))
	printf 'not ok %d - %s\n' "$tap_n" "$1"
	shift
	[ $# = 0 ] || diag "$@"
	return 1
}

diag() { printf '%s\n' "$@" | sed 's/^/# /' >&2; }

# ok NAME COMMAND [ARG...]
ok() {
	local name=$1 out
	shift
	if out=$("$@" 2>&1); then
		pass "$name"
	else
		fail "$name" "failed: $*" "$out"
	fi
}

# is GOT EXPECTED NAME
is() {
	if [ "$1" = "$2" ]; then
		pass "$3"
	else
		fail "$3" "     got: $1" "expected: $2"
	fi
}

# isnt GOT UNWANTED NAME
isnt() {
	if [ "$1" != "$2" ]; then
		pass "$3"
	else
		fail "$3" "got the unwanted: $1"
	fi
}

# like GOT REGEX NAME (extended regular expression); unlike is its opposite.
like() {
	if [[ $1 =~ $2 ]]; then
		pass "$3"
	else
		fail "$3" "    got: ${1:0:2000}" "no match of: $2"
	fi
}

unlike() {
	if [[ $1 =~ $2 ]]; then
		fail "$3" "    got: ${1:0:2000}" "matches: $2"
	else
		pass "$3"
	fi
}

# skip N WHY: N tests that cannot run here, each a visible line.
skip() {
	local i
	for ((i = 0; i < $1; i++)); do
		tap_n=$((tap_n + 1))
		printf 'ok %d # SKIP %s\n' "$tap_n" "$2"
	done
}

skip_all() {
	printf '1..0 # SKIP %s\n' "$1"
	exit 0
}

bail() {
	printf 'Bail out! %s\n' "$*"
	exit 255
}

done_testing() {
	printf '1..%d\n' "$tap_n"
	[ "$tap_failed" = 0 ] && [ "$tap_n" -gt 0 ]
	exit
}
