#!/bin/bash
# cgi-apache.t - the loop behind a real Apache: cgi-echo in the place of the
# shop's programs, as CGI under mod_cgid and as FastCGI under mod_proxy_fcgi.
. "${BASH_SOURCE[0]%/*}/lib/tap.sh"

prog=$BUILD/t/cgi-echo
[ -x "$prog" ] || bail "t/cgi-echo is not built in $BUILD"
[ -x /usr/sbin/apache2 ] || skip_all "no Apache here"
command -v spawn-fcgi >/dev/null && command -v curl >/dev/null || skip_all "no spawn-fcgi or curl"

w=$(work_dir)
at_exit rm -rf "$w"
mkdir "$w/cgi-bin" "$w/htdocs"
cp -r "$TOP/htdocs/error" "$w/htdocs"
for name in hats basket health; do cp "$prog" "$w/cgi-bin/$name"; done
export HATSHOP_CGI=$w/cgi-bin HATSHOP_HTDOCS=$w/htdocs
head -c 300000 /dev/zero | tr '\0' a >"$w/large"
head -c 65536 /dev/zero | tr '\0' a >"$w/full"

# ask PATH [CURL-OPTION...]: head in $w/head, body in $w/body
ask() {
	local path=$1
	shift
	curl -s --path-as-is -D "$w/head" -o "$w/body" --max-time 60 \
	    -H 'Expect:' "$@" "$url$path" || echo "curl $?" >>"$w/head"
}
status() { sed -n '1s/^HTTP[^ ]* \([0-9]*\).*/\1/p' "$w/head"; }
header() { sed -n "s/^$1: \(.*\)\r\$/\1/Ip" "$w/head"; }
line() { sed -n "s/^$1=//p" "$w/body"; }

through() {
	local mode=$1 i
	ask /
	is "$(status) $(line path)" "200 /" "$mode: a page"
	is "$(header Content-Length)" "$(wc -c <"$w/body")" \
	    "$mode: its length is stated"
	like "$(header X-Request-Id)" '^[0-9a-f]{16}$' "$mode: its number"
	like "$(header Content-Security-Policy)" "^default-src 'none'" \
	    "$mode: R39: its policy, once"
	ask '/hat/red%20fez?a=%2F&b'
	is "$(line tail)|$(line query)" 'red fez|a=%2F&b' \
	    "$mode: path and query"
	ask / -I
	is "$(status)" 200 "$mode: HEAD"
	ok "$mode: HEAD has no body" cmp "$w/head" "$w/body"
	ask / -H 'Cookie: a=b'
	is "$(line cookie)" a=b "$mode: a cookie"
	for path in /hat/../basket /hat//a /hat/.. /hat/%00 /hat/%ff; do
		ask "$path"
		like "$(status)" '^40[04]$' "$mode: $path is refused"
	done
	ask /hat/a%2fb
	is "$(status)" 404 "$mode: an escaped slash (AllowEncodedSlashes)"
	ask /hat/a/b
	is "$(status)" 404 "$mode: no such page"
	like "$(cat "$w/body")" '^branded 404' "$mode: is ours to say"
	ask / -X DELETE
	is "$(status) $(header Allow)" "405 GET, HEAD" "$mode: DELETE"
	ask /page/redirect
	is "$(status) $(header Location)" "303 /tail/there" \
	    "$mode: a redirect goes to the browser"

	ask /basket -H "Origin: $url" --data-binary "@$w/full"
	is "$(status) $(line body | md5sum)" \
	    "200 $(echo "65536:$(cat "$w/full")" | md5sum)" \
	    "$mode: 64 kB arrive"
	for i in 1 2 3; do
		ask /basket -H "Origin: $url" --data-binary "@$w/large"
		is "$(status)" 413 "$mode: 300 kB are too many"
		ask / --data-binary "@$w/full"
		is "$(status)" 405 "$mode: nor read by who wants none"
	done
	ask /basket --data a=1
	is "$(status)" 403 "$mode: R38: no origin"
	# Apache may count a chunked body itself, and then it is a form.
	ask /basket -H "Origin: $url" -H 'Transfer-Encoding: chunked' \
	    --data-binary a=1
	like "$(status) $(line body)" '^(411 |200 3:a=1)$' "$mode: chunked"
	ask /page/large
	is "$(status) $(wc -c <"$w/body")" "200 1000000" "$mode: 1 MB leaves"
}

what_apache_itself_refuses_looks_like_the_shop() {
	local long
	printf -v long '%9000s' ''
	refused() {
		is "$(status)" "$1" "R39: $2 is refused"
		like "$(cat "$w/body")" 'Funny Hat' "R39: $2: by a page of the shop"
		like "$(header Content-Security-Policy)" "^default-src 'none'" \
		    "R39: $2: with its policy"
		is "$(header Cache-Control)" no-store "R39: $2: for no cache"
	}
	ask "/${long// /a}"
	refused 414 'a long path'
	ask / -X TRACE
	refused 405 TRACE
	ask /no-such-file -X PUT
	refused 405 'PUT of a file'
	ask /no-such-file -X BREW
	refused 501 'an unknown method'
	ask / -H 'Expect: tea'
	refused 417 'an expectation'
	head -c 1100000 /dev/zero >"$w/huge"
	ask /basket -H "Origin: $url" --data-binary "@$w/huge"
	refused 413 'more than 1 MiB'
}

# shop_conf DIR: with the address that Apache will have
shop_conf() {
	url=$("$TOP/t/lib/apache.sh" "$1" url)
	printf 'shop.url = %s\ndb.file = %s/shop.db\n' "$url" "$1" \
	    >"$1/shop.conf"
}

mkdir "$w/cgi"
shop_conf "$w/cgi"
# as after a power cut: the number in the file is another process's now
echo $$ >"$w/cgi/httpd.pid"
at_exit "$TOP/t/lib/apache.sh" "$w/cgi" stop
"$TOP/t/lib/apache.sh" "$w/cgi" start || bail "no Apache"
through CGI
what_apache_itself_refuses_looks_like_the_shop
"$TOP/t/lib/apache.sh" "$w/cgi" stop

mkdir "$w/fcgi"
shop_conf "$w/fcgi"
for name in hats basket; do
	at_exit reap "$w/fcgi" "$name"
	HATSHOP_CONF=$w/fcgi/shop.conf spawn_server "$w/fcgi" "$name" \
	    "$(command -v spawn-fcgi)" -n -s "$w/fcgi/$name.sock" -- "$prog" ||
		bail "no FastCGI"
	wait_until 60 test -S "$w/fcgi/$name.sock" || bail "no socket"
done
at_exit "$TOP/t/lib/apache.sh" "$w/fcgi" stop
HATSHOP_FCGI=1 "$TOP/t/lib/apache.sh" "$w/fcgi" start || bail "no Apache"
through FastCGI
reap "$w/fcgi" hats
ask /
is "$(status)" 503 "FastCGI: it was these processes that answered"
done_testing
