#!/bin/bash
# swift-s3.sh DIR start|stop|bucket NAME
#
# OpenStack Swift with its S3 API in DIR, on 127.0.0.1 and the port that
# DIR/port names; see swift-s3.py for keys and region. 3: it is not installed.
set -uo pipefail
. "${BASH_SOURCE[0]%/*}/common.sh"

[ $# -ge 2 ] || { warn "usage: ${0##*/} DIR start|stop|bucket NAME"; exit 2; }
D=$1

has_port_or_dead() { gone "$D" swift || [ -s "$D/port" ]; }

start() {
	/usr/bin/python3 -c 'import swift.common.middleware.s3api' 2>/dev/null ||
		return 3
	mkdir -p "$D" && rm -f "$D/port"
	spawn_server "$D" swift /usr/bin/python3 "$TOP/t/lib/swift-s3.py" "$D" ||
		return 1
	wait_until 60 has_port_or_dead && [ -s "$D/port" ] || {
		warn "Swift did not start: $(tail -n 3 "$D/swift.out")"
		reap "$D" swift
		return 1
	}
}

# bucket NAME: by Swift's own API, so that a test needs no other S3 client.
bucket() {
	local url token
	url=http://127.0.0.1:$(<"$D/port")
	token=$(curl -sS -i -H 'X-Auth-User: hatshop:app' \
	    -H 'X-Auth-Key: apptestsecret' "$url/auth/v1.0" |
	    tr -d '\r' | sed -n 's/^X-Auth-Token: //p')
	curl -sS -f -X PUT -H "X-Auth-Token: $token" \
	    "$url/v1/AUTH_hatshop/$1"
}

case $2 in
start) start ;;
stop) reap "$D" swift ;;
bucket) bucket "$3" ;;
*) warn "${0##*/}: unknown command \"$2\""; exit 2 ;;
esac
