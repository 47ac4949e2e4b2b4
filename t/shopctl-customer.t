#!/bin/bash
# shopctl-customer.t - administrators look at customers, make them staff, take
# out and erase what is kept of them.
. "${BASH_SOURCE[0]%/*}/lib/tap.sh"

shopctl=$BUILD/ctl/shopctl
[ -x "$shopctl" ] || skip_all "shopctl is not built"
command -v sqlite3 >/dev/null || skip_all "there is no sqlite3"
w=$(work_dir)
at_exit rm -rf "$w"
export HATSHOP_SCHEMA=$TOP/schema/sales
printf 'shop.url = http://localhost\ndb.file = %s/shop.db\n' "$w" >"$w/shop.conf"
"$shopctl" -f "$w/shop.conf" migrate >/dev/null || bail "no database"

# run ARG...: sets status, out and err.
run() {
	"$shopctl" -f "$w/shop.conf" customer "$@" >"$w/out" 2>"$w/err"
	status=$?
	out=$(cat "$w/out")
	err=$(cat "$w/err")
}
sql() { sqlite3 "$w/shop.db" "$1"; }

sql "INSERT INTO customer (uid, user_key, proven_key, email_key, made_at, seen_at,
    user_name, email, name, password) VALUES ('u1', 'hatter',
    'hatter@example.com', 'hatter@example.com', 1800000000, 1800000000, 'Hatter',
    'hatter@example.com', 'Łódź \"帽子\" O''Brien', '\$argon2id\$secret')"
sql "INSERT INTO customer (uid, user_key, email_key, made_at, seen_at, user_name,
    email) VALUES ('u2', 'hare', 'hare@example.com', 1800000000, 1800000000,
    'Hare', 'hare@example.com')"

run
is "$status" 2 "no action: exit status 2"
run dance hatter
is "$status" 2 "an unknown action: exit status 2"
run staff hatter
is "$status" 2 "staff without yes or no: exit status 2"
run staff hatter perhaps
is "$status" 2 "staff with neither: exit status 2"
run show nobody
is "$status" 1 "nobody: exit status 1"
is "$err" 'shopctl: there is no customer "nobody"' "nobody: says so"

for who in HATTER Hatter@Example.com id:1; do
	run show "$who"
	is "$status" 0 "show $who: exit status 0"
	like "$out" 'e-mail +hatter@example.com' "show $who: the address"
done
like "$out" 'logs in by  password' "show: how they log in"
unlike "$out" 'argon2id' "show: no password"
run show hare@example.com
like "$out" 'hare@example.com \(not confirmed\)' "show: what is not confirmed"

run staff hare yes
is "$status" 1 "staff without a confirmed address: exit status 1"
run staff hatter yes
is "$status" 0 "staff: exit status 0"
is "$(sql 'SELECT staff FROM customer ORDER BY id' | tr '\n' ' ')" "1 0 " "staff: one"
run show hatter
like "$out" 'id:1, staff' "show: staff"
like "$out" 'staff yes from shopctl' "show: the log says so"
run staff hatter no
is "$(sql 'SELECT staff FROM customer WHERE id = 1')" 0 "staff no: none"

run export hatter
is "$status" 0 "export: exit status 0"
like "$out" '"name": "Łódź \\"帽子\\" O.Brien"' "export: the name"
unlike "$out" 'argon2id' "export: no password"
ok "export: JSON that others read" perl -MJSON::PP -0777 -e 'decode_json(<STDIN>)' <"$w/out"
run erase hatter
is "$status:$out$err" "0:" "erase: exit status 0"
is "$(sql "SELECT user_name || email || name || password FROM customer WHERE id = 1")" "" \
    "erase: nothing is left"
run show id:1
like "$out" 'id:1, erased' "show: erased"
run erase id:1
is "$status" 1 "erase again: exit status 1"
run export id:1
is "$status" 1 "export of who is erased: exit status 1"
done_testing
