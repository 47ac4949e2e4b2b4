#!/bin/bash
# cgi-loop.t - the loop of every CGI program, by environment alone: cgi-echo is
# run as CGI and, through spawn-fcgi and cgi-fcgi, as FastCGI.
. "${BASH_SOURCE[0]%/*}/lib/tap.sh"

prog=$BUILD/t/cgi-echo
[ -x "$prog" ] || prog=$BUILD/cgi-echo
[ -x "$prog" ] || bail "t/cgi-echo is not built in $BUILD"

w=$(work_dir)
at_exit rm -rf "$w"
: >"$w/empty"
cat >"$w/shop.conf" <<END
shop.url = https://hats.example
db.file = $w/db/shop.db
END
mkdir "$w/db"

# The jail lets no symbolizer start.
base=(PATH="$PATH" ASAN_OPTIONS=symbolize=0 HATSHOP_CONF="$w/shop.conf"
    GATEWAY_INTERFACE=CGI/1.1 SERVER_PROTOCOL=HTTP/1.1)

# cgi METHOD URI [VAR=VALUE...] <BODY: the reply in $w/out, log in $w/log.
cgi() {
	local method=$1 uri=$2 query=
	shift 2
	case $uri in *\?*) query=${uri#*\?} ;; esac
	env -i "${base[@]}" REQUEST_METHOD="$method" REQUEST_URI="$uri" \
	    QUERY_STRING="$query" "$@" "${run[@]}" >"$w/out" 2>"$w/log" ||
		fail "$method $uri ended with $?" "$(cat "$w/log")"
}
run=("$prog")
get() { cgi GET "$@" <"$w/empty"; }
own=HTTP_ORIGIN=https://hats.example
form=CONTENT_TYPE=application/x-www-form-urlencoded
# post URI BODY [VAR=VALUE...]
post() {
	local uri=$1 body=$2
	shift 2
	printf '%s' "$body" | cgi POST "$uri" "$own" "$form" \
	    CONTENT_LENGTH="${#body}" "$@"
}
status() { sed -n '1s/^Status: \([0-9]*\).*\r$/\1/p' "$w/out"; }
header() { sed -n "/^\r\$/q; s/^$1: \(.*\)\r\$/\1/p" "$w/out"; }
body() { sed '1,/^\r$/d' "$w/out"; }
# line NAME: a line of the echoed page
line() { body | sed -n "s/^$1=//p"; }

### Requests
get /
is "$?" 0 "a page is served"
is "$(status)" 200 "with 200"
is "$(line method)/$(line path)/$(line db)" "GET///none" "and what was asked"
is "$(header Content-Length)" "$(body | wc -c)" "and its length"
like "$(header X-Request-Id)" '^[0-9a-f]{16}$' "and its number"
is "$(header Strict-Transport-Security)" "max-age=31536000" "R39: and HSTS"
for url in https://localhost https://localhost:8443; do
	sed "s|^shop.url = .*|shop.url = $url|" "$w/shop.conf" >"$w/here.conf"
	get / HATSHOP_CONF="$w/here.conf"
	is "$(status) $(header Strict-Transport-Security)" "200 " "but not for $url"
done
like "$(header Content-Security-Policy)" "^default-src 'none'" "R39: and CSP"

get '/echo?a=1&b=%20' HTTP_COOKIE='x=y'
is "$(line query)" 'a=1&b=%20' "the query is raw"
is "$(line cookie)" 'x=y' "so is the cookie"
get '/tail/red%20fez'
is "$(line tail)" 'red fez' "a tail is decoded"

cgi HEAD /echo <"$w/empty"
is "$(status)" 200 "HEAD is served"
is "$(body)" "" "without a body"
cgi HEAD /big/1000 <"$w/empty"
is "$(header Content-Length)" 1000 "and states the length that GET would have"

### Refusals
for uri in /nothing /tail/ /tail/a/b /echo/ /ech /echoo; do
	get "$uri"
	is "$(status)" 404 "$uri is not found"
done
like "$(body)" "^branded 404 $(header X-Request-Id)" "the page is branded"
for uri in / /tail/x; do
	post "$uri" a=1
	is "$(status) $(header Allow)" "405 GET, HEAD" "POST $uri: Allow"
done
get /post
is "$(status) $(header Allow)" "405 POST" "GET /post: Allow"
cgi DELETE /both <"$w/empty"
is "$(status) $(header Allow)" "405 GET, HEAD, POST" "DELETE /both: Allow"
cgi BREW /echo <"$w/empty"
is "$(status)" 405 "an unheard-of method"
cgi DELETE /nothing <"$w/empty"
is "$(status)" 404 "404 goes before 405"
for uri in /tail/..  /tail/%2e%2e /tail/a%2Fb /tail/a%00b //echo '/tail/%ff'; do
	get "$uri"
	is "$(status)" 400 "$uri is malformed"
done
get "/$(head -c 3000 /dev/zero | tr '\0' a)"
is "$(status)" 414 "a long path"
get "/echo?$(head -c 5000 /dev/zero | tr '\0' a)"
is "$(status)" 414 "a long query"
get /echo HTTP_COOKIE="$(head -c 5000 /dev/zero | tr '\0' a)"
is "$(status)" 431 "many cookies"
get /echo REQUEST_METHOD=
is "$(status)" 400 "no method"
get '/nothing?broken'
is "$(status) $(header X-Request-Id | wc -c)" "404 17" \
    "a branded page that fails becomes a plain one"
like "$(body)" "no such page" "with words"

### Bodies
post /echo 'qty=1&item=fez'
is "$(status) $(line body)" '200 14:qty=1&item=fez' "a form arrives"
post /echo qty=1 CONTENT_LENGTH=3
is "$(line body)" '3:qty' "over-long: no byte more than stated is read"
post /echo qty=1 CONTENT_LENGTH=6
is "$(status)" 400 "truncated: refused"
post /echo '' CONTENT_LENGTH=6
is "$(status)" 400 "absent: refused"
post /echo '' CONTENT_LENGTH=0 CONTENT_TYPE=
is "$(status) $(line body)" '200 0:' "empty: taken"
for n in -1 +5 ' 5' 5x 0x5 5.0 1e1; do
	post /echo qty=1 CONTENT_LENGTH="$n"
	is "$(status)" 400 "CONTENT_LENGTH \"$n\""
done
for n in 65537 2147483648 9223372036854775808 99999999999999999999999; do
	post /echo qty=1 CONTENT_LENGTH="$n"
	is "$(status)" 413 "CONTENT_LENGTH $n"
done
post /echo qty=1 CONTENT_LENGTH=
is "$(status)" 411 "no CONTENT_LENGTH"
printf '5\r\nqty=1\r\n0\r\n\r\n' | cgi POST /echo "$own" "$form" \
    HTTP_TRANSFER_ENCODING=chunked
is "$(status)" 411 "chunked"
head -c 65536 /dev/zero | tr '\0' a >"$w/full"
cgi POST /echo "$own" "$form" CONTENT_LENGTH=65536 <"$w/full"
is "$(line body)" "65536:$(cat "$w/full")" "64 kB arrive"
cgi POST /echo "$own" "$form" CONTENT_LENGTH=5 <"$w/full"
is "$(line body)" 5:aaaaa "stdin that is a file is no trap"
{ printf 'qty'; sleep 0.2; printf '=1'; } | cgi POST /echo "$own" "$form" \
    CONTENT_LENGTH=5
is "$(line body)" 5:qty=1 "a body in two pieces arrives"

### A body that nobody wants: under mod_cgid standard input and output are one
### socket, and bytes left unread would take the reply with them
# one_socket BODY-BYTES STATED-LENGTH URI [VAR=VALUE...]
one_socket() {
	local n=$1 length=$2 uri=$3
	shift 3
	env -i "${base[@]}" "$own" "$form" REQUEST_METHOD=POST \
	    REQUEST_URI="$uri" CONTENT_LENGTH="$length" "$@" perl -e '
		use Socket;
		socketpair(my $ours, my $theirs, AF_UNIX, SOCK_STREAM, 0) or die;
		if (!fork) {
			open STDIN, "<&", $theirs;
			open STDOUT, ">&", $theirs;
			close $ours;
			close $theirs;
			exec @ARGV[1 .. $#ARGV];
		}
		close $theirs;
		$SIG{PIPE} = "IGNORE";
		syswrite $ours, "a" x $ARGV[0];
		shutdown $ours, 1;
		wait;
		while (1) {
			my $n = sysread $ours, my $piece, 65536;
			defined $n or print("RESET $!\n"), last;
			$n or last;
			print $piece;
		}' "$n" "$prog" >"$w/out" 2>"$w/log"
}
for refused in 413:100000:100000:/echo 404:3:3:/nothing 405:50000:50000:/; do
	IFS=: read -r want n length uri <<<"$refused"
	one_socket "$n" "$length" "$uri"
	is "$(status)" "$want" "$n bytes unread: $want arrives"
	unlike "$(cat "$w/out")" RESET "and the connection ends in peace"
done
one_socket 50000 '' /echo HTTP_TRANSFER_ENCODING=chunked
is "$(status)" 411 "so does 411 with a body of unstated length"
unlike "$(cat "$w/out")" RESET "in peace"

### R38: a POST comes from our own pages
post /echo a=1 HTTP_ORIGIN=https://evil.example
is "$(status)" 403 "another origin is refused"
post /echo a=1 HTTP_ORIGIN=null HTTP_SEC_FETCH_SITE=same-origin
is "$(status)" 403 "so is null"
printf a=1 | cgi POST /echo "$form" CONTENT_LENGTH=3
is "$(status)" 403 "so is none"
printf a=1 | cgi POST /echo "$form" CONTENT_LENGTH=3 \
    HTTP_SEC_FETCH_SITE=same-origin
is "$(status)" 200 "Sec-Fetch-Site is believed when there is no Origin"
printf a=1 | cgi POST /echo "$form" CONTENT_LENGTH=3 \
    HTTP_SEC_FETCH_SITE=same-site
is "$(status)" 403 "but same-site is not same-origin"
post /foreign a=1 HTTP_ORIGIN=https://elsewhere.example
is "$(status)" 200 "a route that says so takes it from anywhere"
post /foreign a=1 HTTP_ORIGIN=https://elsewhere.example CONTENT_TYPE=text/plain
is "$(status)" 415 "forms only there as well"
for type in text/plain multipart/form-data application/json ''; do
	post /echo a=1 CONTENT_TYPE="$type"
	is "$(status)" 415 "body of type \"$type\""
done

### Replies
get /inject/x
is "$(status)" 500 "R40: an injected header fails the page"
unlike "$(cat "$w/out")" stolen "and nothing of it leaves"
get '/inject/a%0D%0AX-Evil:1'
is "$(status)" 400 "R40: a path with CRLF does not come in"
get '/redirect/a%20b'
is "$(status) $(header Location)" "303 /tail/a%20b" "a redirect"
get /public
like "$(header Cache-Control) $(header Vary)" "s-maxage=2 Cookie" "public page"
get /public HTTP_COOKIE=a=1
is "$(header Cache-Control)" no-store "but never with a cookie"
get /big/1000000
is "$(body | md5sum)" "$(perl -e 'print chr(97 + $_ % 26) for 0 .. 999999' |
	md5sum)" "1 MB arrives whole"
get /big/5000000
is "$(status)" 500 "a page above the ceiling is a 500"

# OK NOTFOUND INVALID CONFLICT DENIED TOOBIG NOMEM IO DB UNCERTAIN
n=0
for want in 200 404 500 503 500 500 500 503 503 500; do
	get "/fail/$n"
	is "$(status)" "$want" "rc $n is $want"
	if [ "$want" != 200 ]; then
		id=$(header X-Request-Id)
		is "$(body)" "branded $want $id db=none" "nothing of the half page"
		is "$(header X-Half)$(header Cache-Control)" no-store "nor header"
	fi
	if [ "$want" = 503 ]; then
		is "$(header Retry-After)" 5 "with Retry-After"
	fi
	if [ "$want" -ge 500 ]; then
		like "$(cat "$w/log")" "$id error: .*told to fail.x0aas" \
		    "the log has the number and the reason, in one line"
	fi
	n=$((n + 1))
done

### What the process is allowed
get /jail
is "$(body)" "open: Permission denied
exec: Permission denied" "the jail holds"

### Without a database, without a configuration
get /db
is "$(status) $(header Retry-After)" "503 5" "no database: 503"
like "$(cat "$w/log")" "$w/db/shop.db" "the log says which"
unlike "$(cat "$w/out")" "$w" "the page does not"
get / HATSHOP_CONF="$w/none.conf"
is "$(status)" 500 "no configuration: 500"
like "$(cat "$w/log")" none.conf "the log says which"
printf 'shop.url = https://hats.example\nno.such = 1\n' >"$w/bad.conf"
get / HATSHOP_CONF="$w/bad.conf"
is "$(status)" 500 "wrong configuration: 500"
like "$(cat "$w/log")" 'bad.conf:2: ' "the log says where"
ok "a reader that went away is no trouble" \
    bash -c 'env -i "$@" | true' - "${base[@]}" REQUEST_METHOD=GET \
    REQUEST_URI=/big/1000000 "$prog"

### FastCGI: the same bytes
if ! command -v spawn-fcgi cgi-fcgi >/dev/null; then
	skip 1 "no spawn-fcgi or cgi-fcgi"
	done_testing
fi
# fcgi_up: start it with the configuration in $w/shop.conf
fcgi_up() {
	rm -f "$w/sock"
	spawn "$w" fcgi env -i "${base[@]}" "$(command -v spawn-fcgi)" -n \
	    -s "$w/sock" -- "$prog" || bail "no FastCGI"
	wait_until 60 test -S "$w/sock" || bail "no socket"
}
fcgi_up
at_exit reap "$w" fcgi
# cgi-fcgi takes the request from its own environment.
as_fcgi=(cgi-fcgi -bind -connect "$w/sock")
same() {
	local name=$1
	shift
	run=("$prog")
	"$@"
	sed 's/[0-9a-f]\{16\}/ID/g' "$w/out" >"$w/out.cgi"
	run=("${as_fcgi[@]}")
	"$@"
	sed 's/[0-9a-f]\{16\}/ID/g' "$w/out" >"$w/out.fcgi"
	ok "$name: CGI and FastCGI send the same bytes" \
	    cmp "$w/out.cgi" "$w/out.fcgi"
}
same page get /
like "$(header X-Request-Id)" '^[0-9a-f]{16}$' "FastCGI answered"
same query get '/echo?a=1' HTTP_COOKIE=a=b
same form post /echo 'qty=1&item=fez'
same "over-long body" post /echo qty=1 CONTENT_LENGTH=3
same "large body" post /echo "$(cat "$w/full")"
same "404" get /nothing
same "405" post / a=1
same "400" get /tail/..
same "403" post /echo a=1 HTTP_ORIGIN=null
same "413" post /echo qty=1 CONTENT_LENGTH=65537
same "500" get /fail/2
same "503" get /fail/8
same "plain page" get '/nothing?broken'
same "no database" get /db
same "redirect" get '/redirect/a%20b'
same "1 MB" get /big/1000000
same "injection" get /inject/x
same "jail" get /jail
head_() { cgi HEAD /echo <"$w/empty"; }
same "HEAD" head_

get /pid
pid=$(line pid)
get /pid
is "$(line pid)" "$pid" "one process serves many"
is "$pid" "$(pid_of "$w" fcgi)" "and it is ours"

### A changed configuration and SIGTERM end the process between two requests
touch -d '1 minute ago' "$w/shop.conf"
get /pid
is "$(line pid)" "$pid" "the request at hand is still answered"
wait_until 60 gone "$w" fcgi
ok "then the process leaves" gone "$w" fcgi
fcgi_up
get /pid
isnt "$(line pid)" "$pid" "a new one answers"
pid=$(pid_of "$w" fcgi)
kill -TERM "$pid"
wait_until 60 gone "$w" fcgi
ok "SIGTERM ends an idle one" gone "$w" fcgi

done_testing
