#!/bin/bash
# shop.t - the whole shop as ./dev up starts it: what a clerk changes in the
# stock system is what the visitor sees (R03, R04, R17, R25, R91, R92, R98),
# and the stock system stays as it was (R93).
. "${BASH_SOURCE[0]%/*}/lib/tap.sh"
w=$(work_dir)
at_exit rm -rf "$w"
s=$TOP/t/lib/shop.sh
at_exit "$s" "$w" stop
"$s" "$w" start >"$w.log" 2>&1 || bail "no shop: $(tail -n 5 "$w.log"; rm -f "$w.log")"
rm -f "$w.log"
url=$("$s" "$w" url)
sales=$("$s" "$w" sales)

page() { curl -fsS "$url$1" 2>/dev/null; }
code() { curl -s -o /dev/null -w '%{http_code}' "$@"; }
header() { curl -s -o /dev/null -D - "$1" | tr -d '\r' | sed -n "s/^$2: //ip"; }
clerk() { "$s" "$w" stock "$1"; }
slug() { run_sql "SELECT slug FROM item WHERE source_key = '$1'"; }
run_sql() { (as_server sqlite3 -cmd '.timeout 30000' "$sales" "$1"); }

says() { page "$1" | grep -qF -- "$2"; }
says_not() { ! says "$1" "$2"; }
answers_404() { [ "$(code "$url$1")" = 404 ]; }

# follows NAME CONDITION...: the page gets there; how long it took is kept.
took=()
follows() {
	local name=$1 began=${EPOCHREALTIME/./}
	shift
	if wait_until 180 "$@"; then
		took+=($(((${EPOCHREALTIME/./} - began) / 1000)))
		pass "$name"
	else
		fail "$name" "not after 180 s: $*"
	fi
}

legacy_schema() {
	clerk "SELECT table_name, column_name, column_type, column_default, is_nullable, column_key
	    FROM information_schema.columns WHERE table_schema = 'hatstock' ORDER BY 1, 2;
	    SELECT trigger_name FROM information_schema.triggers WHERE trigger_schema = 'hatstock'"
}

the_shop_is_open() {
	like "$(page /)" '<title>[^<]*The Funny Hat Online Shop' "R01: the home page has the shop's name"
	ok "R03: the home page shows at least 12 hats" \
	    [ "$(page / | grep -o 'href="/hat/' | wc -l)" -ge 12 ]
	is "$(code "$url/health")" 200 "a monitor is told that all is well"
}

the_page_follows_the_stock() {
	local hat
	hat=/hat/$(slug WEA-306)
	like "$(page "$hat")" 'content="18.50"' "R03: the price is the stock system's"
	clerk "UPDATE prod_mast SET pm_price = 123.45 WHERE pm_sku = 'WEA-306'"
	follows "R04: a price follows" says "$hat" 'content="123.45"'
	clerk "UPDATE prod_mast SET pm_title = 'The Quite Other Bobble' WHERE pm_sku = 'WEA-306'"
	follows "R04: a name follows" says_anywhere WEA-306 'The Quite Other Bobble'
	hat=/hat/$(slug WEA-306)
	clerk "UPDATE stk_level SET on_hand = 0 WHERE sku = 'WEA-306'"
	follows "R17, R91: what is out of stock says so" says "$hat" schema.org/OutOfStock
	unlike "$(page "$hat")" 'action="/basket/add"' "R17: and has no buy button"
	clerk "UPDATE stk_level SET on_hand = 7 WHERE sku = 'WEA-306'"
	follows "R91: a level follows" says "$hat" schema.org/InStock
	clerk "UPDATE stk_level SET on_hand = NULL WHERE sku = 'WEA-306'"
	follows "R25: a level that is NULL counts as none" says "$hat" schema.org/OutOfStock
}

says_anywhere() { says "/hat/$(slug "$1")" "$2"; }

hats_come_and_go() {
	local hat
	clerk "INSERT INTO prod_mast (pm_sku, pm_title, pm_text, pm_price, pm_cat, pm_web)
	    SELECT 'NEW-001', 'The Brand New Beret', 'Just in.', 9.99, pm_cat, 'Y'
	    FROM prod_mast WHERE pm_sku = 'WEA-306';
	    INSERT INTO stk_level (sku, on_hand) VALUES ('NEW-001', 3)"
	follows "R04: a new hat appears" says_anywhere NEW-001 'The Brand New Beret'
	hat=/hat/$(slug NEW-001)
	curl -fsS -o /dev/null -c "$w/jar" -H "Origin: $url" -d "item=$(run_sql "SELECT id FROM item WHERE source_key = 'NEW-001'")&qty=2" "$url/basket/add"
	like "$(curl -fsS -b "$w/jar" "$url/basket")" 'The Brand New Beret' "R07: a visitor can put it in the basket"
	clerk "DELETE FROM stk_level WHERE sku = 'NEW-001'; DELETE FROM prod_mast WHERE pm_sku = 'NEW-001'"
	follows "R98: a withdrawn hat is gone" not_for_sale "$hat"
	like "$(curl -fsS -b "$w/jar" "$url/basket")" 'class="line flagged"' \
	    "R04: its line in the basket is flagged"
}

not_for_sale() { ! page "$1" | grep -qF 'action="/basket/add"'; }

picture_of() { run_sql "SELECT picture FROM item WHERE source_key = '$1'"; }
picture_differs() { local p; p=$(picture_of "$1"); [ -n "$p" ] && [ "$p" != "$2" ]; }

pictures_follow() {
	local hat old address new
	hat=/hat/$(slug CLS-101)
	wait_until 60 picture_differs CLS-101 ''
	old=$(picture_of CLS-101)
	isnt "$old" "" "R92: a hat has its picture"
	address=$(page "$hat" | grep -oE '/pictures/[^" ]+' | head -n 1)
	is "$(code "$url$address")" 200 "R92: it can be fetched"
	is "$(header "$url$address" Cache-Control)" "public, max-age=31536000, immutable" \
	    "a picture may be kept for ever"
	curl -fsS "$url$address" >"$w/before"
	clerk "UPDATE prod_pics p JOIN prod_pics q ON q.pic_sku = 'CLS-102'
	    SET p.pic_data = q.pic_data WHERE p.pic_sku = 'CLS-101'"
	ok "R92: a changed picture follows" wait_until 90 picture_differs CLS-101 "$old"
	new=$(page "$hat" | grep -oE '/pictures/[^" ]+' | head -n 1)
	isnt "$new" "$address" "R92: under a new address"
	ok "R92: the old address has the old bytes" cmp "$w/before" <(curl -fsS "$url$address")
}

what_is_not_there_is_refused_in_style() {
	local path
	for path in /nothing /pictures/none.png /static/v1/none.css /hat/no-such-hat; do
		is "$(code "$url$path")" 404 "$path is not there"
		like "$(curl -s "$url$path")" 'Funny Hat' "$path: and the page is the shop's"
	done
	like "$(header "$url/static/shop.css" X-Content-Type-Options)" nosniff "files are not sniffed"
	is "$(code --path-as-is "$url/../../etc/passwd")" 400 "R40: there is no way out of the folder"
	is "$(code --path-as-is "$url/static/%2e%2e/%2e%2e/etc/passwd")" 400 "R40: nor an encoded one"
}

both_sides_are_served_each_as_itself() {
	local tls ca
	tls=$("$s" "$w" tls-url) ca=$("$s" "$w" ca)
	like "$(curl -fsS --cacert "$ca" "$tls/")" "rel=\"canonical\" href=\"$tls/\"" \
	    "on TLS the shop is at home on TLS"
	like "$(page /)" "rel=\"canonical\" href=\"$url/\"" "without, without"
	curl -s -o /dev/null "$tls/"
	is $? 60 "its certificate is no one's but this checkout's"
	is "$(stat -c %a "$w"/tls/ca-key.pem "$w"/tls/server-key.pem | sort -u)" 600 \
	    "nobody else reads its keys"
	post=(-o /dev/null -D - -d "item=1&qty=1" --cacert "$ca")
	like "$(curl -fsS "${post[@]}" -H "Origin: $tls" "$tls/basket/add")" \
	    '__Host-.*[Ss]ecure' "R38: its cookie is bound to TLS"
	like "$(curl -sS "${post[@]}" -H "Origin: $url" "$tls/basket/add")" \
	    '^HTTP/[0-9.]* 403' "a form of the other side is refused"
	like "$(curl -sS "${post[@]}" -H "Origin: $tls" "$url/basket/add")" \
	    '^HTTP/[0-9.]* 403' "and the other way round"
	unlike "$(curl -sS -D - -o /dev/null --cacert "$ca" "$tls/")" \
	    'Strict-Transport' "no HSTS on localhost"
	like "$(curl -s -o /dev/null -w "%{http_code}" "$url/sandbox/nothing")" "^40[34]" \
	    "what the sandbox does not have is not there"
}

# post TO SUBJECT: a letter into the outbox
post() {
	run_sql "INSERT INTO letter (uid, kind, made_at, bytes) VALUES (lower(hex(randomblob(16))), 'notice', unixepoch(),
	    CAST(replace('From: a@b.example~To: $1~Subject: $2~Date: Sun, 22 Nov 2026 09:30:00 +0000~MIME-Version: 1.0~Content-Type: text/html~~<p>A <b>letter</b><script>alert(1)</script>~', '~', char(13, 10)) AS BLOB));
	    INSERT INTO outbox (letter_id, recipient, next_at) VALUES (last_insert_rowid(), '$1', unixepoch())"
}
letter_shows() { page /sandbox/mail | grep -qF "$1"; }
is_refused() { [ "$(run_sql "SELECT state FROM outbox WHERE recipient = '$1'")" = 3 ]; }

letters_arrive_where_they_can_be_seen() {
	local letter
	post duck@b.example 'A <script> for ducks'
	post duck@nowhere.invalid 'For nobody'
	ok "R56: a letter of the outbox is soon in the private mail server" \
	    wait_until 60 letter_shows 'A &lt;script&gt; for ducks'
	ok "R62: what it refuses is marked so" wait_until 60 is_refused duck@nowhere.invalid
	letter=$(page /sandbox/mail | sed -n 's|.*href="\(/sandbox/mail/[^"]*\)">A &lt;script.*|\1|p')
	like "$(page "$letter")" '<dt>Delivered-To</dt><dd>duck@b.example</dd>.*<iframe [^>]*sandbox="allow-top' \
	    "it can be read"
	unlike "$(page "$letter")" '<script' "R40: its markup is text"
	like "$(header "$url$letter/html" Content-Security-Policy)" "^default-src 'none'.*; sandbox" \
	    "R40: its own page runs nothing"
	like "$(page "$letter/raw")" 'Subject: A <script> for ducks' "as it came"
	is "$(code "$url/sandbox/mail/..%2fx") $(code "$url/sandbox/mail/nothing")" "404 404" "others are not there"
}

nobody_is_root() {
	local pid uids=
	[ "$(id -u)" = 0 ] || return 0
	for pid in $(cut -d' ' -f1 "$w"/*/*.proc); do
		uids+=" $(awk '/^CapEff/ { print $2 }' "/proc/$pid/status")"
	done
	unlike "$uids" '[1-9a-f]' "no server has a capability"
}

before=$(legacy_schema)
the_shop_is_open
the_page_follows_the_stock
hats_come_and_go
pictures_follow
what_is_not_there_is_refused_in_style
both_sides_are_served_each_as_itself
letters_arrive_where_they_can_be_seen
nobody_is_root
is "$(legacy_schema)" "$before" "R93: the stock system's schema is as it was"
mapfile -t took < <(printf '%s\n' "${took[@]}" | sort -n)
# all of them, unless the machine has other things to do as well
ok "R91: changes show within the poll interval and a second (${took[*]} ms)" \
    [ "${took[${#took[@]} / 4]}" -le 2000 ]
done_testing
