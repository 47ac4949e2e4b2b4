# packages.sh - the Debian packages that the shop needs; this list is the only
# one (a test compares README.md with it).
#
# GROUP PACKAGE[:COMMAND]  why. With :COMMAND any program of that name will do
# (Node from elsewhere, say). None of them has a service, so none starts one.
packages() {
	cat <<'END'
run    gcc                    the compiler
run    libc6-dev              headers of the C library
run    make                   runs the build
run    autoconf               makes configure
run    automake               makes Makefile.in
run    pkgconf                tells configure where libraries are
run    libsqlite3-dev         sales database on one machine
run    libmariadb-dev         stock system; sales database on a cluster
run    libcurl4-openssl-dev   pictures that the stock system names by URL; S3
run    libssl-dev             SHA-256 and TLS in programs that are not hot
run    libxml2-dev            answers of S3
run    libmd-dev              SHA-256 in hot programs, at less start-up cost
run    libgd-dev              decodes, scales and encodes pictures
run    libexif-dev            which way up a photograph is
run    libjansson-dev         JSON
run    libgmime-3.0-dev       writes letters: MIME, names in any script
run    libesmtp-dev           sends letters by SMTP
run    libpango1.0-dev        draws invoices: text in any script, as PDF by cairo
run    python3-aiosmtpd       the mail server of ./dev up, which keeps what it gets
run    libcjose-dev           signed tokens of Google
run    zlib1g-dev             MariaDB's compressed replication events
run    libzstd-dev            MySQL's compressed transactions
run    libargon2-dev          hashes of passwords
run    libfcgi-dev            the same programs as FastCGI
run    libstemmer-dev         word stems for the search
run    libutf8proc-dev        Unicode folding for the search
run    librsvg2-bin           draws the demonstration pictures
run    fonts-apropal          headings of the pages (SIL OFL)
run    fonts-averia-serif-gwf text of the pages (SIL OFL)
run    fonts-dejavu-core      text of invoices: Latin, Greek, Cyrillic, Arabic
run    fonts-droid-fallback   text of invoices: Chinese, Japanese, Korean
run    woff2                  fonts as browsers want them
run    apache2-bin            the web server, without its service
run    mariadb-server-core    a private MariaDB, without its service
run    mariadb-client-core    ./dev sql stock
run    sqlite3                ./dev sql sales
run    openssl                certificates of the private servers
run    perl                   loads the demonstration stock; runs the tests
run    curl:curl              asks whether the shop answers
test   galera-4               three sales databases that are one, for their test
test   clang                  the second compiler, fuzz drivers
test   clang-format           layout of the code
test   clang-tidy             ./dev lint
test   cppcheck               ./dev lint
test   pmccabe                length and complexity of functions
test   mandoc                 lint of the manual pages
test   shellcheck             lint of the shell scripts
test   valgrind               unit tests under --all
test   libxml2-utils          well-formed sitemap and drawings
test   poppler-utils          reads invoices back: their text, fonts, pages
test   strace                 ends lifecycle between two of its steps
test   nodejs:node            browser tests
test   npm:npm                installs the pinned browser tools
test   chromium:chromium      browser tests
test   default-jre-headless:java  runs the HTML checker
test   python3-swift          a server that speaks S3
test   spawn-fcgi             starts the FastCGI programs
test   libfcgi-bin            asks one without a web server
bench  wrk                    makes the load
END
}

# missing GROUP...: the packages of these groups that are not there.
missing() {
	local want have group name command
	want=$(packages | while read -r group name _; do
		[[ " $* " == *" $group "* ]] || continue
		command=${name#*:}
		[ "$command" = "$name" ] || ! command -v "$command" >/dev/null || continue
		printf '%s\n' "${name%%:*}"
	done)
	# shellcheck disable=SC2086
	have=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' $want 2>/dev/null |
	    sed -n 's/^installed //p')
	comm -23 <(sort -u <<<"$want") <(sort -u <<<"$have") | grep .
}

as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		warn "not root, and there is no sudo; as root run: $*"
		return 1
	fi
}

# need GROUP...: install what is missing, saying so.
need() {
	local list
	list=$(missing "$@") || return 0
	# shellcheck disable=SC2086
	say "Installing Debian packages:" $list
	# shellcheck disable=SC2086
	as_root apt-get -q update &&
		as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y \
		    -o Dpkg::Use-Pty=0 --no-install-recommends install $list ||
		die "could not install the packages above"
}
