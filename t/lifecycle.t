#!/bin/bash
# lifecycle.t - R56, R59, R60, R62: letters leave once, whatever happens to the
# mail server and to lifecycle itself.
. "${BASH_SOURCE[0]%/*}/lib/tap.sh"
lifecycle=$BUILD/cron/lifecycle
[ -x "$lifecycle" ] || bail "lifecycle is not built in $BUILD"
w=$(work_dir)
at_exit rm -rf "$w"
smtp=$TOP/t/lib/smtp.sh
"$smtp" "$w/smtp" start
case $? in
0) ;;
77) skip_all "no mail server can be had here" ;;
*) bail "no mail server" ;;
esac
at_exit "$smtp" "$w/smtp" stop
mkdir "$w/db" "$w/run"
export HATSHOP_CONF=$w/shop.conf

# conf [LINE...]: the shop, with lines of the test's own
conf() {
	{
		printf '%s\n' 'shop.url = https://hats.example' "shop.run = $w/run" \
		    "secrets.file = $w/secrets.conf" "db.file = $w/db/shop.db"
		if [ $# -gt 0 ]; then printf '%s\n' "$@"; else printf '%s\n' "${mail[@]}"; fi
	} >"$HATSHOP_CONF"
}
mail=('mail.host = localhost' "mail.port = $("$smtp" "$w/smtp" port)"
    "mail.ca = $w/smtp/tls/ca.pem" 'mail.user = shop')
(umask 077 && echo 'mail.password = secret' >"$w/secrets.conf")
conf
"$BUILD/ctl/shopctl" migrate -s "$TOP/schema/sales" >"$w/out" 2>&1 ||
	bail "no database: $(cat "$w/out")"

sql() { sqlite3 -cmd '.timeout 30000' "$w/db/shop.db" "$1"; }
# put N TO [KIND]: letters of their own to an address; %d is the number
put() {
	sql "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1)
	    INSERT INTO letter (uid, kind, made_at, bytes)
	    SELECT lower(hex(randomblob(16))), '${3:-notice}', unixepoch(),
	    CAST(replace('From: shop@hats.example~To: a@b.example~Subject: Hats~Date: Sun, 22 Nov 2026 09:30:00 +0000~Message-Id: <'
	    || (abs(random()) || i) || '@hats.example>~~A letter~', '~', char(13, 10)) AS BLOB) FROM n;
	    INSERT INTO outbox (letter_id, recipient, next_at)
	    SELECT id, replace('$2', '%d', id), unixepoch() FROM letter
	    WHERE id NOT IN (SELECT letter_id FROM outbox)"
}
states() { sql "SELECT group_concat(n, ' ') FROM (SELECT state || ':' || COUNT(*) AS n FROM outbox GROUP BY state ORDER BY state)"; }
row() { sql "SELECT $1 FROM outbox ORDER BY id DESC LIMIT 1"; }
clear_out() { sql "DELETE FROM outbox; DELETE FROM letter; DELETE FROM lease"; }
run() { timeout 120 "$lifecycle" "$@" 2>"$w/err"; }
count() { "$smtp" "$w/smtp" count; }

letters_leave_and_are_marked() {
	put 3 'a%d@b.example'
	like "$(run -n)" '^payments: 0 orders and 0 events to look at now; 0 events are for a person
payments: no gateway is configured: nothing can be paid
parcels: 0 to look at now
parcels: no courier is configured: nothing is booked
invoices: 0 due, none can be made: company.address is not set
mail: 3 to send now, 0 later; 0 were refused
mail: by "localhost" port [0-9]+ as shop
purge: is due, as it is once an hour$' "-n says what there is"
	is "$(states)" 1:3 "and sends nothing"
	run -v
	is $? 0 "it runs"
	is "$(states) $(count)" "2:3 3" "R56: all are there"
	like "$(row answer)" '^250 2\.0\.0 kept as ' "with the server's answer"
	unlike "$(cat "$w/err")" '@' "no address is logged"
	run
	is "$(count)" 3 "R59: once"
	ok "R61: byte by byte" cmp "$w/smtp/mail/000001.eml" \
	    <(sql "SELECT writefile('/dev/stdout', bytes) FROM letter ORDER BY id LIMIT 1" | head -c "$(stat -c %s "$w/smtp/mail/000001.eml")")
	clear_out
}

the_servers_answers_decide() {
	put 1 nobody@b.example
	run
	is "$(states) $(row answer)" "3:1 550 5.1.1 No such user here" "R62: refused, and why"
	like "$(cat "$w/err")" 'warn: letter [0-9]+ refused kind=notice tries=1: 550' "the log has it"
	put 1 later@b.example
	run
	is "$(states) $(row "answer || ' ' || tries || ' ' || (next_at - unixepoch() BETWEEN 20 AND 61)")" \
	    "1:1 3:1 451 4.7.1 Greylisted 1 1" "put off: a minute later"
	sql "UPDATE outbox SET next_at = 0, tries = 2 WHERE state = 1"
	run
	is "$(row "next_at - unixepoch() BETWEEN 860 AND 901")" 1 "later still at the third try"
	sql "UPDATE outbox SET next_at = 0; UPDATE letter SET made_at = unixepoch() - 2 * 86400"
	run
	is "$(states)" 3:2 "after two days it is given up"
	clear_out
}

a_server_that_is_away_loses_nothing_R60() {
	put 25 'c%d@b.example'
	"$smtp" "$w/smtp" stop
	run
	is "$? $(states)" "1 1:25" "all wait"
	is "$(grep -c ' error: ' "$w/err")" 1 "it says so, once"
	like "$(cat "$w/err")" 'info: run over ms=[0-9]+ .* mail=0 mail.failed=1 ' "and how the run went"
	like "$(cat "$w/err")" 'mail: mail server "localhost" port [0-9]+: Connection refused' "and why"
	sql "UPDATE outbox SET next_at = 0; UPDATE letter SET made_at = unixepoch() - 9 * 86400"
	run
	is "$(states)" 1:25 "none is given up for it, however long it takes"
	run -w 3
	is "$(grep -vc 'run over' "$w/err") $(sql 'SELECT SUM(tries) FROM outbox')" "1 45" \
	    "one batch was tried each time, the rest left alone for a minute"
	"$smtp" "$w/smtp" start
	sql "UPDATE outbox SET next_at = 0"
	before=$(count)
	run
	is "$(states) $(($(count) - before))" "2:25 25" "when it is back they go"
	clear_out
}

what_bounces_goes_where_the_shop_wishes() {
	conf "${mail[@]}" 'mail.bounce = bounces@hats.example'
	put 1 a@b.example
	run
	is "$(states)" 2:1 "it is taken"
	like "$(cat "$(ls "$w"/smtp/mail/*.json | tail -1)")" '"from": ?"bounces@hats.example"' \
	    "from the envelope's own sender"
	conf
	clear_out
}

a_wrong_server_or_password_is_not_the_receivers_fault() {
	put 2 nobody@b.example
	(umask 077 && echo 'mail.password = wrong' >"$w/secrets.conf")
	run
	is "$? $(states)" "1 1:2" "a wrong password: they wait"
	like "$(cat "$w/err")" ' error: mail: .*refuses the login of "shop": 535' "and the log shouts"
	unlike "$(cat "$w/err")$(row answer)" 'wrong' "without the password"
	(umask 077 && echo 'mail.password = secret' >"$w/secrets.conf")
	sql "UPDATE outbox SET next_at = 0"
	conf "${mail[0]}" "${mail[1]}" "mail.ca = $w/smtp/tls/other-ca.pem" "${mail[3]}"
	run
	is "$? $(states)" "1 1:2" "a certificate that nobody vouches for: they wait"
	conf 'shop.test = yes'
	run
	is "$? $(states)" "0 1:2" "no server at all: they wait, and nothing is wrong"
	like "$(run -n)" 'mail.host is not set' "-n says it"
	conf "${mail[@]}" 'mail.from = shop'
	run -n
	is $? 2 "a sender that is no address is refused"
	conf
	: >"$w/secrets.conf"
	run -n
	is "$? $(cat "$w/err")" '1 lifecycle: mail.user is "shop" and mail.password is not set' "a user without a password"
	(umask 077 && echo 'mail.password = secret' >"$w/secrets.conf")
	clear_out
}

a_link_that_is_a_key_is_not_kept() {
	put 1 a@b.example reset
	run
	is "$(sql "SELECT length(bytes) FROM letter")" 0 "a reset link is forgotten once sent"
	clear_out
}

# ids of what the server has: Message-ID lines
ids() { cat "$w"/smtp/mail/*.eml | sed -n 's/^Message-Id: \(.*\)\r$/\1/p' | sort; }

four_at_once_send_each_letter_once_R59() {
	local n=${1:-200} i
	rm -f "$w"/smtp/mail/*
	"$smtp" "$w/smtp" stop
	"$smtp" "$w/smtp" start
	put "$n" 'd%d@b.example'
	for i in 1 2 3 4; do
		timeout 300 "$lifecycle" -i -w 250 2>"$w/err$i" &
		pids[i]=$!
	done
	wait_until 240 all_sent "$n"
	kill "${pids[@]}" 2>/dev/null
	wait "${pids[@]}" 2>/dev/null
	is "$(states) $(count)" "2:$n $n" "$n letters by four without leases: each once"
	is "$(ids | uniq -d | wc -l)" 0 "no Message-ID twice"
	is "$(grep -hv 'run over' "$w"/err?)" "" "nobody complained"
	clear_out
}
all_sent() { [ "$(states)" = "2:$1" ]; }

a_kill_in_the_middle_loses_nothing_R59() {
	local n=60 round=0
	rm -f "$w"/smtp/mail/*
	"$smtp" "$w/smtp" stop
	"$smtp" "$w/smtp" start
	put "$n" 'e%d@b.example'
	while ! all_sent "$n" && [ "$round" -lt 60 ]; do
		round=$((round + 1))
		"$lifecycle" -w 5 2>>"$w/err" &
		local pid=$!
		sleep "0.$((RANDOM % 3))$((RANDOM % 10))"
		[ "$round" -gt 8 ] || kill -KILL $pid 2>/dev/null
		wait $pid 2>/dev/null
		# its claims and leases would last for minutes
		sql "UPDATE outbox SET next_at = 0 WHERE state = 1; DELETE FROM lease"
	done
	is "$(states)" "2:$n" "after kills at any moment all are marked as sent ($round runs)"
	is "$(ids | sort -u | wc -l)" "$n" "and every one is there"
	is "$(for f in $(ids | uniq -d); do grep -l -F "$f" "$w"/smtp/mail/*.eml | xargs sha256sum | cut -d' ' -f1 | sort -u | wc -l; done | sort -u | tr '\n' ' ')" \
	    "$(ids | uniq -d | grep -q . && echo '1 ')" "what came twice is the same bytes ($(ids | uniq -d | wc -l) did)"
	clear_out
}

its_lease_is_left_to_who_has_it() {
	put 1 a@b.example
	sql "INSERT INTO lease (name, holder, fence, expires_at) VALUES ('mail', 'other:1:x', 1, unixepoch() + 60)"
	run
	is "$? $(states)" "0 1:1" "another's lease is respected"
	sql "UPDATE lease SET expires_at = 1 WHERE name = 'mail'"
	run
	is "$(states) $(sql "SELECT holder FROM lease WHERE name = 'mail'")" "2:1 " "taken when it is over, and given back"
	sql "UPDATE lease SET expires_at = unixepoch() + 60 WHERE name = 'mail'"
	clear_out
}

old_things_go_once_an_hour() {
	sql "INSERT INTO letter (uid, kind, made_at, bytes) VALUES ('old', 'notice', 1, X'00');
	    INSERT INTO outbox (letter_id, recipient, state, next_at, done_at) VALUES (last_insert_rowid(), 'a@b.example', 2, 1, 1)"
	run
	is "$(sql 'SELECT COUNT(*) FROM letter')" 0 "what is too old goes"
	sql "INSERT INTO letter (uid, kind, made_at, bytes) VALUES ('old', 'notice', 1, X'00');
	    INSERT INTO outbox (letter_id, recipient, state, next_at, done_at) VALUES (last_insert_rowid(), 'a@b.example', 2, 1, 1)"
	run
	is "$(sql 'SELECT COUNT(*) FROM letter')" 1 "but not twice within the hour"
	clear_out
}

shopctl() { "$BUILD/ctl/shopctl" mail "$@" 2>"$w/err"; }

administrators_see_what_waits_and_what_was_refused_R62() {
	local id
	put 1 nobody@b.example order
	put 1 later@b.example reset
	put 1 fine@b.example
	run
	out=$(shopctl)
	like "$out" $'^[0-9]+\trefused\t20[-0-9T:]*Z\t1\torder\tnobody@b.example\t550 5.1.1 No such user here\n[0-9]+\twaits\t20[-0-9T:]*Z\t1\treset\tlater@b.example\t451 4.7.1 Greylisted$' \
	    "what was refused and what waits, with the answers"
	like "$(cat "$w/err")" '^1 wait, the oldest since 20.*Z; 1 were refused$' "and counts"
	like "$(shopctl list -a)" 'sent.*fine@b.example' "all of them"
	id=$(sed -n 's/\trefused.*//p' <<<"$out")
	like "$(shopctl show "$id")" '^to        nobody@b.example.*answer    550 5.1.1 .*Subject: Hats.*A letter$' "one, with the letter"
	unlike "$(shopctl show "$((id + 1))")" 'A letter' "but no link that is a key"
	shopctl retry "$id" >"$w/out"
	is "$? $(sql "SELECT state, next_at <= unixepoch() FROM outbox WHERE id = $id")" "0 1|1" "it can be tried again"
	shopctl retry $((id + 2))
	is "$? $(cat "$w/err")" "1 shopctl: letter $((id + 2)) neither waits nor was refused" "what was sent cannot"
	shopctl show 99999
	is $? 1 "nor shown what is not there"
	for args in show 'show 0' 'show x' 'retry' 'list x' 'send 1'; do
		# shellcheck disable=SC2086
		shopctl $args
		is $? 2 "usage: mail $args"
	done
	clear_out
}

on_mariadb_letters_leave_too() {
	if [ -z "${HATSHOP_TEST_MARIADB:-}" ]; then
		skip 3 "no MariaDB (\$HATSHOP_TEST_MARIADB)"
		return
	fi
	local name=lifecycle_$$ i client
	client=(mariadb --no-defaults -u root -S "$HATSHOP_TEST_MARIADB" -N -B)
	"${client[@]}" -e "CREATE DATABASE $name CHARACTER SET utf8mb4"
	at_exit "${client[@]}" -e "DROP DATABASE $name"
	conf "${mail[@]}" 'db.engine = mariadb' "db.socket = $HATSHOP_TEST_MARIADB" \
	    "db.name = $name" 'db.user = root'
	"$BUILD/ctl/shopctl" migrate -s "$TOP/schema/sales" >"$w/out" 2>&1
	is $? 0 "a database on MariaDB" || cat "$w/out"
	for i in 1 2 3; do
		"${client[@]}" "$name" -e "INSERT INTO letter (uid, kind, made_at, bytes)
		    VALUES ('m$i', 'notice', 1, 'From: a@b.example\r\nTo: c@d.example\r\nSubject: $i\r\nDate: Sun, 22 Nov 2026 09:30:00 +0000\r\nMessage-Id: <m$i@x.example>\r\n\r\nx\r\n');
		    INSERT INTO outbox (letter_id, recipient, next_at) VALUES (LAST_INSERT_ID(), 'c@d.example', 1)"
	done
	before=$(count)
	run
	like "$? $(cat "$w/err")" '^0 .* info: run over ms=.* mail=3 purge=0$' "lifecycle runs, and says what it did"
	is "$("${client[@]}" "$name" -e 'SELECT state, COUNT(*) FROM outbox GROUP BY 1') $(($(count) - before))" \
	    $'2\t3 3' "all are there, and marked"
	conf
}

cron_and_systemd_start_it() {
	local line unit=$w/lifecycle.service sbin=${lifecycle%/*}
	line=$(sed -n 's/^\* \* \* \* \*  hatshop  //p' "$TOP/etc/cron.d/hatshop")
	like "$line" '^lifecycle -w 60 ' "the crontab has one line, each minute"
	put 1 'f@b.example'
	# as cron does it: by sh, with what the file sets; for a second, and to a file
	line=${line/-w 60/-w 1}
	like "$(env -i HATSHOP_CONF="$HATSHOP_CONF" PATH="$sbin:/usr/bin:/bin" \
	    /bin/sh -c "${line/logger -t lifecycle/cat}")" 'run over ms=.* mail=1 ' "it works as it stands"
	is "$(states)" 2:1 "and has sent the letter"
	is "$(grep -c '^[^#].*=' "$TOP/etc/cron.d/hatshop")" 2 "with nothing set but the configuration and the path"
	if ! command -v systemd-analyze >/dev/null; then
		skip 2 "no systemd-analyze"
	else
		sed -e "s|/usr/sbin/lifecycle|$lifecycle|" -e 's/^\(User\|Group\)=.*/\1=daemon/' \
		    "$TOP/etc/systemd/lifecycle.service" >"$unit"
		cp "$TOP/etc/systemd/lifecycle.timer" "$w"
		is "$(systemd-analyze verify --man=no "$unit" "$w/lifecycle.timer" 2>&1 | grep -F lifecycle)" "" "the units are well"
		is "$(sed -n 's/^ExecStart=.*lifecycle //p' "$unit")" '-w 60' "and start the same"
	fi
	clear_out
}

a_wrong_command_line_is_refused() {
	local args
	for args in -x '-w 0' '-w 1e3' '-n -w 5' extra; do
		# shellcheck disable=SC2086
		run $args
		is $? 2 "lifecycle $args"
	done
	like "$(run --version)" '^lifecycle [0-9]' "--version"
}

letters_leave_and_are_marked
the_servers_answers_decide
a_server_that_is_away_loses_nothing_R60
what_bounces_goes_where_the_shop_wishes
a_wrong_server_or_password_is_not_the_receivers_fault
a_link_that_is_a_key_is_not_kept
its_lease_is_left_to_who_has_it
old_things_go_once_an_hour
administrators_see_what_waits_and_what_was_refused_R62
four_at_once_send_each_letter_once_R59 "${HATSHOP_LONG:+1000}"
a_kill_in_the_middle_loses_nothing_R59
on_mariadb_letters_leave_too
cron_and_systemd_start_it
a_wrong_command_line_is_refused
done_testing
