#!/bin/bash
# peer-http.t - http_get over TLS, against openssl's own server.
. "${BASH_SOURCE[0]%/*}/lib/tap.sh"

get=$BUILD/t/http-get
[ -x "$get" ] || bail "t/http-get is not built in $BUILD"

w=$(work_dir)
at_exit rm -rf "$w"
make_tls "$w/tls" || bail "no certificates"

mkdir "$w/www"
printf 'HTTP/1.0 200 OK\r\nContent-Type: image/png\r\n\r\nred fez' >"$w/www/fez"
# serve NAME ADDRESS: s_server, whose files are whole replies
serve() {
	(
		cd "$w/www" && spawn "$w" "$1" openssl s_server -HTTP -quiet \
		    -accept "$2" -cert "$w/tls/server-cert.pem" \
		    -key "$w/tls/server-key.pem"
	) || bail "no TLS server"
	at_exit reap "$w" "$1"
}
port=$(free_port)
serve tls "127.0.0.1:$port"
wait_until 60 port_open "$port" || bail "no TLS server"
printf 'HTTP/1.0 302 Found\r\nLocation: http://127.0.0.1:%s/fez\r\n\r\n' \
    "$port" >"$w/www/down"
printf 'HTTP/1.0 302 Found\r\nLocation: https://127.0.0.1:%s/fez\r\n\r\n' \
    "$port" >"$w/www/level"

url=https://127.0.0.1:$port
is "$("$get" "$url/fez" "$w/tls/ca.pem")" "ok red fez" "R94: the right authority"
is "$("$get" "https://localhost:$port/fez" "$w/tls/ca.pem")" "ok red fez" \
    "by name"
like "$("$get" "$url/fez" "$w/tls/other-ca.pem")" '^denied .*certificate' \
    "R94: another authority is refused"
like "$("$get" "$url/fez")" '^denied .*certificate' \
    "R94: so is one that the system does not know"
is "$("$get" "$url/level" "$w/tls/ca.pem")" "ok red fez" \
    "a redirect from https to https"
like "$("$get" "$url/down" "$w/tls/ca.pem")" '^denied ' \
    "a redirect from https to http is not followed"
like "$("$get" "http://127.0.0.1:$port/fez" "$w/tls/ca.pem")" '^(i/o|denied) ' \
    "plain http to a TLS port"
is "$(https_proxy=http://127.0.0.1:1 ALL_PROXY=http://127.0.0.1:1 "$get" \
    "$url/fez" "$w/tls/ca.pem")" "ok red fez" "no proxy of the environment"

other=$(free_port)
serve other "127.0.0.2:$other"
wait_until 60 bash -c "(exec 3<>/dev/tcp/127.0.0.2/$other) 2>/dev/null" ||
	bail "no second server"
like "$("$get" "https://127.0.0.2:$other/fez" "$w/tls/ca.pem")" \
    '^denied .*(certificate|127.0.0.2)' "R94: a certificate for another host"

done_testing
