# bench.sh - ./dev bench: what a page costs, as ratios within one run; ./dev
# bench checkout, copy, latency, login and stream are t/bench/*.pl.
#
# A shop of its own with 1,000 hats, under two Apaches (CGI and FastCGI); each
# variant in turn, BENCH_ROUNDS times (5), BENCH_SECONDS long (3), 16 requests
# at once; medians. Then: how long until a change in MySQL is on the page.
BENCH_FLOOR_CGI=0.55  # item page as CGI against the smallest C CGI
BENCH_FLOOR_FCGI=0.17 # item page as FastCGI against a static file

bench_hats() { # stock of SQL on standard output, 1,000 hats in all
	cat <<-'END'
		SET SESSION sql_mode = 'STRICT_ALL_TABLES';
		USE hatstock;
		SET @have = (SELECT COUNT(*) FROM prod_mast);
		INSERT INTO prod_mast (pm_sku, pm_title, pm_text, pm_price, pm_cat, pm_web)
		  SELECT CONCAT('BEN-', seq), CONCAT(m.pm_title, ' No. ', seq), m.pm_text,
		    m.pm_price, m.pm_cat, 'Y'
		  FROM seq_1_to_1000 JOIN (SELECT *, ROW_NUMBER() OVER (ORDER BY pm_sku) - 1 AS n
		    FROM prod_mast WHERE pm_web = 'Y') m
		    ON m.n = seq MOD (SELECT COUNT(*) FROM prod_mast WHERE pm_web = 'Y')
		  WHERE seq <= 1000 - @have;
		INSERT INTO stk_level (sku, on_hand)
		  SELECT pm_sku, 1 + CRC32(pm_sku) MOD 50 FROM prod_mast WHERE pm_sku LIKE 'BEN-%';
	END
}

# bench_shop DIR: stock, mirror and both Apaches.
bench_shop() {
	shop_at "$1"
	TLS=
	SERVER_OWNER=
	mkdir -p "$1"/{fcgi,bench}
	gcc -O2 -o "$1/bench/hello" "$TOP/t/bench/hello.c" || return 1
	cat >"$1/bench/apache.conf" <<-END
		<IfModule mod_cgid.c>
			ScriptAlias "/bench/hello" "$1/bench/hello"
		</IfModule>
		Alias "/bench/static" "$1/bench/static.html"
		<Directory "$1/bench">
			Require all granted
		</Directory>
	END
	export APACHE_EXTRA=$1/bench/apache.conf
	shop_up && bench_hats | stock_sql && bench_fcgi "$1/fcgi" || return 1
	WEB=$1/fcgi HATSHOP_FCGI=1 web_server start
}

bench_fcgi() {
	local program said
	for program in hats search; do
		said=$(HATSHOP_CONF=$CONF spawn-fcgi -s "$1/$program.sock" -F 4 \
		    -P "$1/$program.pids" -- "$APP/libexec/hatshop/cgi-bin/$program") || {
			warn "$said"
			return 1
		}
	done
}

bench_stop() {
	local program pid
	shop_at "$1"
	"$TOP/t/lib/apache.sh" "$1/fcgi" stop
	for program in hats search; do
		for pid in $(cat "$1/fcgi/$program.pids"); do
			[ "$(readlink "/proc/$pid/exe")" != "$APP/libexec/hatshop/cgi-bin/$program" ] ||
				kill "$pid"
		done
	done
	shop_down
	rm -rf "$1"
} 2>/dev/null

# bench_one URL: "requests/s p50-ms p99-ms errors"
bench_one() {
	wrk -t1 -c"${BENCH_C:-16}" -d"${BENCH_SECONDS:-3}s" --latency "$1" | awk '
		function ms(s) { return s ~ /us$/ ? s / 1000 : s ~ /ms$/ ? s + 0 : s * 1000 }
		/50%/ { p50 = ms($2) } /99%/ { p99 = ms($2) }
		/^Requests\/sec/ { r = $2 }
		/Non-2xx/ { e += $NF } /Socket errors/ { e++ }
		END { printf "%.1f %.2f %.2f %d\n", r, p50, p99, e }'
}

# bench_rounds DIR: the variants on standard input ("name url"), in turn.
bench_rounds() {
	local round name url
	mapfile -t variants
	for ((round = 0; round <= ${BENCH_ROUNDS:-5}; round++)); do
		for v in "${variants[@]}"; do
			read -r name url <<<"$v"
			# the first round only warms up
			[ "$round" = 0 ] && bench_one "$url" >/dev/null && continue
			printf '%s %s\n' "$name" "$(bench_one "$url")"
		done
	done
}

# bench_table: medians and ratios of the rounds on standard input.
bench_table() {
	perl -lane '
		push @order, $F[0] unless $of{$F[0]};
		push @{ $of{$F[0]}[$_] }, $F[$_ + 1] for 0 .. 3;
		sub median { my @s = sort { $a <=> $b } @_; $s[@s / 2] }
		END {
			my %r = map { $_ => median(@{ $of{$_}[0] }) } @order;
			printf "%-14s %9s %8s %8s %7s %8s %8s\n",
			    qw(variant req/s p50-ms p99-ms errors x-hello x-static);
			for (@order) {
				my $errors = 0;
				$errors += $_ for @{ $of{$_}[3] };
				printf "%-14s %9.0f %8.2f %8.2f %7d %8.3f %8.3f\n", $_, $r{$_},
				    median(@{ $of{$_}[1] }), median(@{ $of{$_}[2] }), $errors,
				    $r{$_} / $r{hello}, $r{$_} / $r{static};
			}
			my ($c, $f) = ($r{"item-cgi"} / $r{hello}, $r{"item-fcgi"} / $r{static});
			printf "item page as CGI: %.2f x hello (at least %s: %s); as FastCGI: %.2f x static (at least %s: %s)\n",
			    $c, $ENV{CGI}, $c >= $ENV{CGI} ? "yes" : "NO",
			    $f, $ENV{FCGI}, $f >= $ENV{FCGI} ? "yes" : "NO";
			exit 1 if $c < $ENV{CGI} || $f < $ENV{FCGI};
		}'
}

bench_ask() { sqlite3 -cmd '.timeout 5000' "$SALES" "$1"; }
# pictures too: making them would take the processors away
bench_mirrored() { [ "$(bench_ask "SELECT COUNT(*) > 990 AND SUM(picture <> '') >= 60 FROM item WHERE gone = 0")" = 1 ]; }
bench_shows() { curl -fsS "$1" | grep -qF "$2"; }

# bench_follow URL SKU: change a price in MySQL; milliseconds until the page
# has it.
bench_follow() {
	local i pounds began all=()
	for i in 1 2 3 4 5 6 7 8 9; do
		pounds=$((100 + 100 * i + RANDOM % 100))
		stock_sql <<<"UPDATE hatstock.prod_mast SET pm_price = $pounds.37 WHERE pm_sku = '$2'"
		began=${EPOCHREALTIME/./}
		wait_until 30 bench_shows "$1" "$pounds.37" || return 1
		all+=($(((${EPOCHREALTIME/./} - began) / 1000)))
	done
	printf '%s\n' "${all[@]}" | sort -n | awk '{ a[NR] = $1 } END {
		printf "change in MySQL to page: median %d ms, longest %d ms of %d (a poll each second)\n",
		    a[int((NR + 1) / 2)], a[NR], NR }'
}

# bench_pages DIR: what is measured, as "name url" lines.
bench_pages() {
	local cgi fcgi item=$2
	cgi=$("$TOP/t/lib/apache.sh" "$1/web" url)
	fcgi=$("$TOP/t/lib/apache.sh" "$1/fcgi" url)
	curl -fsS "$cgi$item" >"$1/bench/static.html"
	cat <<-END
		static $cgi/bench/static
		hello $cgi/bench/hello
		home-cgi $cgi/
		item-cgi $cgi$item
		search-cgi $cgi/search?q=hat
		home-fcgi $fcgi/
		item-fcgi $fcgi$item
		search-fcgi $fcgi/search?q=hat
	END
}

cmd_bench() {
	case ${1:-pages} in
	pages) ;;
	checkout | copy | latency | login | stream)
		need run test
		build
		make_in "$BUILD" t/binlog-capture t/checkout-bench
		perl "$TOP/t/bench/$1.pl" "${@:2}"
		return
		;;
	*)
		warn "usage: ./dev bench [pages|login|checkout|copy|latency|stream [mariadb|mysql97]]"
		return 2
		;;
	esac
	local dir slug rc
	need run test bench
	build
	dir=$(mktemp -d "${TMPDIR:-/tmp}/hs.XXXXXX") || return 1
	trap 'bench_stop "'"$dir"'"' EXIT
	trap 'exit 130' INT TERM HUP
	bench_shop "$dir" || return 1
	wait_until 300 bench_mirrored || die "the mirror never had 1,000 hats"
	slug=$(bench_ask "SELECT slug FROM item WHERE picture <> '' ORDER BY id LIMIT 1")
	bench_pages "$dir" "/hat/$slug" >"$dir/pages"
	say "$(bench_ask "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table'") tables," \
	    "$(bench_ask 'SELECT COUNT(*) FROM item') hats; /hat/$slug has" \
	    "$(stat -c %s "$dir/bench/static.html") bytes; ${BENCH_C:-16} at once"
	bench_rounds <"$dir/pages" |
		CGI=$BENCH_FLOOR_CGI FCGI=$BENCH_FLOOR_FCGI bench_table
	rc=$?
	bench_follow "$(awk '/item-cgi/ { print $2 }' "$dir/pages")" \
	    "$(bench_ask "SELECT source_key FROM item WHERE slug = '$slug'")" || rc=1
	return "$rc"
}
