#!/bin/bash
# cgi-health.t - /health says what the shop stands on, as CGI and as one
# FastCGI process that goes on while its database comes and goes.
. "${BASH_SOURCE[0]%/*}/lib/tap.sh"

prog=$BUILD/cgi-bin/health
[ -x "$prog" ] || bail "cgi-bin/health is not built in $BUILD"
command -v spawn-fcgi cgi-fcgi >/dev/null || skip_all "no spawn-fcgi or cgi-fcgi"

w=$(work_dir)
at_exit rm -rf "$w"
mkdir "$w/db"

# The jail lets no symbolizer start.
base=(PATH="$PATH" ASAN_OPTIONS=symbolize=0 HATSHOP_CONF="$w/shop.conf"
    GATEWAY_INTERFACE=CGI/1.1 SERVER_PROTOCOL=HTTP/1.1)
ask() {
	env -i "${base[@]}" REQUEST_METHOD="${method:-GET}" REQUEST_URI=/health \
	    "$@" >"$w/out" 2>"$w/log" </dev/null
}
cgi() { ask "$prog"; }
fcgi() { ask cgi-fcgi -bind -connect "$w/sock"; }
status() { sed -n '1s/^Status: \([0-9]*\).*\r$/\1/p' "$w/out"; }
body() { sed '1,/^\r$/d' "$w/out" | tr '\n' ' '; }
is_ok() { fcgi; [ "$(status)" = 200 ]; }
is_down() { fcgi; [ "$(status)" = 503 ]; }
sales() { "$BUILD/ctl/shopctl" -f "$w/shop.conf" "$@" -s "$TOP/schema/sales" >>"$w/shopctl" 2>&1; }

fcgi_up() {
	rm -f "$w/sock"
	spawn "$w" fcgi env -i "${base[@]}" "$(command -v spawn-fcgi)" -n \
	    -s "$w/sock" -- "$prog" || bail "no FastCGI"
	wait_until 60 test -S "$w/sock" || bail "no socket"
	pid=$(pid_of "$w" fcgi)
}
at_exit reap "$w" fcgi

### SQLite
printf 'shop.url = http://127.0.0.1\ndb.file = %s\n' "$w/db/shop.db" \
    >"$w/shop.conf"
cgi
is "$(status) $(body)" "503 not ok database: not made yet " "before migrate"
like "$(cat "$w/log")" "$w/db/shop.db" "the log names the file"
unlike "$(cat "$w/out")" "$w" "the page does not"
fcgi_up
fcgi
is "$(status) $(body)" "503 not ok database: not made yet " "FastCGI too"
sales migrate || bail "$(cat "$w/shopctl")"
cgi
is "$(status) $(body)" "200 ok mirror: never filled " "after migrate"
like "$(cat "$w/out")" 'Cache-Control: no-store' "never cached"
fcgi
is "$(status)" 200 "the same FastCGI process opens it now"
is "$(pid_of "$w" fcgi)" "$pid" "in its jail"
method=HEAD cgi
is "$(status) $(body)" "200 " "HEAD"
method=POST cgi
is "$(status)" 411 "POST wants a length first"
head -c 3000 /dev/urandom >"$w/db/other.db"
sed -i "s,shop.db,other.db," "$w/shop.conf"
cgi
like "$(status) $(body)" '^503 not ok database: ' "a file that is no database"
reap "$w" fcgi

### MariaDB
db() { "$TOP/t/lib/mariadb.sh" "$w/m" "$@"; }
db start || bail "no MariaDB"
at_exit "$TOP/t/lib/mariadb.sh" "$w/m" stop
db sql "CREATE DATABASE shop;
    CREATE USER shop@'127.0.0.1' IDENTIFIED BY 'pw' REQUIRE SSL;
    GRANT ALL ON shop.* TO shop@'127.0.0.1'" >/dev/null
printf 'db.password = pw\n' >"$w/secrets"
chmod 600 "$w/secrets"

# comes_and_goes NAME: the configuration is in place and the server up
comes_and_goes() {
	fcgi_up
	fcgi
	is "$(status)" 200 "$1: there"
	db stop
	ok "$1: gone" wait_until 60 is_down
	fcgi
	like "$(body)" 'database: not reachable' "$1: said so"
	db start
	ok "$1: there again" wait_until 60 is_ok
	is "$(pid_of "$w" fcgi)" "$pid" "$1: all in one process"
	reap "$w" fcgi
	db stop
	fcgi_up
	fcgi
	is "$(status)" 503 "$1: not there at the start"
	db start
	ok "$1: and then" wait_until 60 is_ok
	is "$(pid_of "$w" fcgi)" "$pid" "$1: in the same process"
	reap "$w" fcgi
}
cat >"$w/shop.conf" <<END
shop.url = http://127.0.0.1
db.engine = mariadb
db.name = shop
db.user = root
db.socket = $(db socket)
END
sales migrate || bail "$(cat "$w/shopctl")"
comes_and_goes socket
cat >"$w/shop.conf" <<END
shop.url = http://127.0.0.1
secrets.file = $w/secrets
db.engine = mariadb
db.name = shop
db.user = shop
db.host = 127.0.0.1
db.port = $(db port)
db.ca = $(db ca)
END
comes_and_goes TLS
done_testing
