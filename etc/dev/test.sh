# test.sh - ./dev test, long.

# unit_tests DIR: the compiled tests, as named in TESTS of the Makefile there.
unit_tests() {
	printf 'include Makefile\nunits:\n\t@for t in $(TESTS); do echo "$$t"; done\n' |
		make -s --no-print-directory -C "$1" -f - units
}

# run_tests TEST...: with one private MariaDB and, where it can be had, one
# MySQL for all; the last line counts. A subshell, so that both end with it.
run_tests() (
	as=()
	dir=$(mktemp -d "${TMPDIR:-/tmp}/hs.XXXXXX") || exit 1
	trap 'stop_test_servers "$dir"' EXIT
	trap 'exit 130' INT TERM HUP
	may_start_servers || {
		mkdir -p "$CACHE"
		chown -R www-data: "$dir" "$CACHE"
		as=("$TOP/etc/dev/as-server.sh" --show "$TOP" env HOME="$dir")
	}
	"${as[@]}" "$TOP/t/lib/mariadb.sh" "$dir/db" start || exit 1
	export HATSHOP_TEST_MARIADB=$dir/db/s.sock HATSHOP_TEST_MYSQL=''
	! "${as[@]}" "$TOP/t/lib/mysql97.sh" "$dir/my" 0 start ||
		HATSHOP_TEST_MYSQL=$dir/my/s.sock
	export HATSHOP_BUILD=$BUILD
	"${as[@]}" perl "$TOP/t/lib/run.pl" "$@"
)

stop_test_servers() {
	"$TOP/t/lib/mariadb.sh" "$1/db" stop
	"$TOP/t/lib/mysql97.sh" "$1/my" 0 stop
	rm -rf "$1"
}

# may_start_servers: false for root without user name spaces (a chroot, most
# containers), which as_server() needs; the tests then run as www-data.
may_start_servers() { [ "$(id -u)" != 0 ] || unshare --user true 2>/dev/null; }

# matching PATTERNS: filters names on standard input; one pattern a line.
matching() { if [ -n "$1" ]; then grep -e "$1"; else cat; fi; }

# units_in DIR PATTERN [PREFIX]: build and list the units as absolute paths.
units_in() {
	make_in "$1" check_units >&2
	unit_tests "$1" | matching "$2" | sed "s|^|$1/|"
}

# may_exist PATTERN: false when no source of a test is named like it, so that
# nothing is built for a name that was mistyped.
may_exist() {
	(cd "$TOP" && printf '%s\n' t/*.t t/*.c t/fuzz/*.c) |
	    sed "/\.c\$/ { s|fuzz/|fuzz-|; s|^|$BUILD/|; s|\.c\$||; }" |
	    matching "$1" | grep . >/dev/null
}

script_tests() { (cd "$TOP" && ls t/*.t 2>/dev/null) | matching "$1"; }

cmd_test() {
	local all="" pattern="" list
	while [ $# -gt 0 ]; do
		case $1 in
		--all) all=1 ;;
		--sanitizers) sanitized_units; return ;;
		-*) warn "usage: ./dev test [--all] [PATTERN...]"; return 2 ;;
		*)
			may_exist "$1" || die "no test is named like \"$1\""
			pattern+=${pattern:+$'\n'}$1
			;;
		esac
		shift
	done
	need run test
	build
	mapfile -t list < <(units_in "$BUILD" "$pattern"; script_tests "$pattern")
	[ ${#list[@]} -gt 0 ] || die "no test is named like \"$pattern\""
	run_tests "${list[@]}" || return 1
	[ -z "$all" ] || test_all
}

# variant NAME [CONFIGURE OPTION...]: another build, warnings are errors, and
# its units.
variant() {
	local dir=$TOP/build/$1 list
	shift
	configure_in "$dir" --enable-werror "$@"
	say "Building ${dir#"$TOP"/}"
	make_in "$dir" all
	mapfile -t list < <(units_in "$dir" "")
	run_tests "${list[@]}"
}

sanitized_units() {
	need run test
	mkdir -p "$TOP/build"
	variant asan --enable-sanitizers CFLAGS='-O1 -g'
}

# test_all: what is too slow for every change.
test_all() {
	local failed=0 list
	variant gcc CC=gcc || failed=1
	variant clang CC=clang || failed=1
	sanitized_units || failed=1
	say "Units under valgrind"
	mapfile -t list < <(units_in "$BUILD" "")
	HATSHOP_WRAP='valgrind -q --error-exitcode=99 --leak-check=full --show-leak-kinds=definite --errors-for-leak-kinds=definite' \
	    run_tests "${list[@]}" || failed=1
	say "make distcheck"
	make_in "$BUILD" distcheck >"$TOP/build/distcheck.log" 2>&1 || failed=1
	long_tests || failed=1
	[ "$failed" = 0 ] || warn "dev: some parts of --all failed, see above"
	return "$failed"
}

# A test with a long form looks at HATSHOP_LONG and takes its seed from
# HATSHOP_SEED.
long_tests() {
	local list
	mapfile -t list < <(cd "$TOP" && grep -l HATSHOP_LONG t/*.t)
	[ ${#list[@]} -gt 0 ] || return 0
	say "Long forms"
	HATSHOP_LONG=1 HATSHOP_TIMEOUT=${HATSHOP_TIMEOUT:-7200} run_tests "${list[@]}"
}

cmd_long() {
	[ $# -ge 1 ] && [ -f "$TOP/t/${1%.t}.t" ] || {
		warn "usage: ./dev long NAME [SEED]; the names are:"
		(cd "$TOP/t" && grep -l HATSHOP_LONG ./*.t | sed 's|^./|  |; s|\.t$||') >&2
		return 2
	}
	need run test
	build
	HATSHOP_LONG=1 HATSHOP_SEED=${2:-$RANDOM} HATSHOP_TIMEOUT=${HATSHOP_TIMEOUT:-7200} \
	    run_tests "t/${1%.t}.t"
}
