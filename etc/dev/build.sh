# build.sh - configure and make, out of tree; ./dev build, ./dev lint.

# configure_in DIR [OPTION...]: make DIR and configure there, once; who comes
# meanwhile waits.
configure_in() {
	mkdir -p "${1%/*}" && (
		flock 8 && configure_once "$@"
	) 8>"$1.lock" || exit 1
}

configure_once() {
	local dir=$1
	shift
	# configure takes no other path; it would say so in words of its own
	case $TOP in
	*[[:space:]\\\"\#\$\&\'\`]*)
		die "\"$TOP\": move the checkout to a folder without blanks and quotes in its path"
		;;
	esac
	if [ ! -x "$TOP/configure" ] || [ "$TOP/configure.ac" -nt "$TOP/configure" ]; then
		say "Making configure"
		(cd "$TOP" && autoreconf -i) >"$TOP/build/autoreconf.log" 2>&1 || {
			cat "$TOP/build/autoreconf.log" >&2
			die "autoreconf failed"
		}
	fi
	[ ! -x "$dir/config.status" ] || return 0
	say "Configuring ${dir#"$TOP"/}"
	mkdir -p "$dir" && (cd "$dir" && "$TOP/configure" -q "$@") >"$dir.log" 2>&1 || {
		tail -n 20 "$dir.log" >&2
		rm -rf "$dir"
		die "configure failed, see ${dir#"$TOP"/}.log"
	}
}

# make_in DIR [TARGET...]: says only what is wrong. Two in one folder would
# take each other's files away: the second waits.
make_in() {
	local dir=$1
	shift
	flock -o "$dir.lock" make -s --no-print-directory -C "$dir" -j "$(nproc)" "$@" ||
		die "the build failed in ${dir#"$TOP"/}"
}

# build: the one build that up and test use. Its prefix is var/app.
build() {
	mkdir -p "$TOP/build"
	configure_in "$BUILD" --prefix="$TOP/var/app"
	say "Building"
	make_in "$BUILD" all
}

cmd_build() {
	need run
	build
}

# shell_files: every script in the tree, however named.
shell_files() {
	git -C "$TOP" grep -lE '^#!.*\b(ba)?sh\b' -- . ':!*.md'
	git -C "$TOP" ls-files -- 't/lib/*.sh' 'etc/dev/*.sh'
}

# tidy_flags: what the build gives the compiler to find headers.
tidy_flags() {
	echo -std=gnu11 -D_GNU_SOURCE -Ilib -I. "-I$BUILD" \
	    -DSHOP_SYSCONFDIR='"/etc/hatshop"' -DSHOP_DATADIR='"/usr/share/hatshop"' \
	    "$(pkg-config --cflags libmariadb gdlib libcurl libexif libxml-2.0 gmime-3.0)"
}

cmd_lint() {
	local failed=0
	need run test
	build
	say "shellcheck"
	(cd "$TOP" && shell_files | sort -u |
	    xargs shellcheck -x -s bash -S warning -e SC1090,SC1091,SC2034,SC2015,SC2016,SC2154) || failed=1
	say "cppcheck"
	(cd "$TOP" && cppcheck -q --std=c11 --inline-suppr --error-exitcode=1 \
	    --enable=warning,performance,portability -D__GNUC__ \
	    --suppress=missingIncludeSystem -I lib -I . -I "$BUILD" \
	    lib cgi-bin syncd ctl cron) || failed=1
	# The analyzer's findings are shown but decide nothing: across functions
	# it forgets what an rc of RC_OK promises.
	say "clang-tidy"
	(cd "$TOP" && git ls-files 'lib/*.c' 'cgi-bin/*.c' 'syncd/*.c' 'ctl/*.c' 'cron/*.c' |
	    CFLAGS=$(tidy_flags) xargs -r -n 4 -P "$(nproc)" sh -c '
	    clang-tidy --quiet "--warnings-as-errors=bugprone-*,cert-*" \
	    --checks=-*,bugprone-*,cert-*,clang-analyzer-*,-bugprone-easily-swappable-parameters,-bugprone-implicit-widening-of-multiplication-result,-bugprone-not-null-terminated-result,-bugprone-reserved-identifier,-bugprone-assignment-in-if-condition,-cert-dcl37-c,-cert-dcl51-cpp,-cert-err33-c,-clang-analyzer-security.insecureAPI.DeprecatedOrUnsafeBufferHandling,-clang-analyzer-valist.Uninitialized \
	    "$@" -- $CFLAGS 2>/dev/null' clang-tidy) || failed=1
	say "style"
	prove -q "$TOP/t/style.t" || failed=1
	return "$failed"
}
