#!/bin/bash
# shopctl-mail.t - R59, R62: letters are sent once more, what came back is seen,
# the journal is read.
. "${BASH_SOURCE[0]%/*}/lib/tap.sh"
lifecycle=$BUILD/cron/lifecycle
w=$(work_dir)
at_exit rm -rf "$w"
mkdir -p "$w/db" "$w/run" "$w/box/new" "$w/box/cur" "$w/box/tmp"
export HATSHOP_CONF=$w/shop.conf SUDO_USER=hattie
printf '%s\n' 'shop.url = https://hats.example' "shop.run = $w/run" \
    "db.file = $w/db/shop.db" "mail.bounces = $w/box" >"$HATSHOP_CONF"
"$BUILD/ctl/shopctl" migrate -s "$TOP/schema/sales" >"$w/out" 2>&1 ||
	bail "no database: $(cat "$w/out")"

engine=sqlite
# sql STATEMENTS: what both engines understand; columns by "|"
sql() {
	case $engine in
	sqlite) sqlite3 -cmd '.timeout 30000' "$w/db/shop.db" "$1" ;;
	mariadb) "${client[@]}" "$name" -e "$1" | tr '\t' '|' ;;
	esac
}
shopctl() { "$BUILD/ctl/shopctl" "$@" 2>"$w/err"; }
run() { timeout 60 "$lifecycle" "$@" 2>"$w/err"; }

# json EXPRESSION: of what is on standard input, $_ in Perl
json() { perl -MJSON::PP -e 'my $code = shift; local $/; $_ = decode_json(<STDIN>); print join " ", eval $code' "$1"; }

uid=0123456789abcdef0123456789abcdef
key=ffffffffffffffffffffffffffffffff
# begin: an order, its confirmation to two readers and a link that is a key, sent
begin() {
	rm -f "$w"/box/*/*
	sql "DELETE FROM journal; DELETE FROM outbox; DELETE FROM letter; DELETE FROM orders;
	    DELETE FROM inbox; DELETE FROM lease;
	    INSERT INTO orders (id, uid, checkout, customer_id, state, made_at, hold_until, next_at, currency,
	        goods, delivery, tax, total, delivery_option, terms, email, country, name, line1, town)
	    VALUES (7, '$uid', 'c', 1, 3, 1, 1, 9223372036854775807, 'GBP', 1, 0, 0, 1, 's', 't', 'ann@b.example', 'GB', 'Ann', '1', 'T');
	    INSERT INTO journal (order_id, at, kind, witness, detail) VALUES (7, 1795000000, 'placed', 'customer', ''),
	        (7, 1795000060, 'captured', 'stripe', 'card'), (7, 1795000070, 'cancelled', 'staff bob', 'no');
	    INSERT INTO letter (id, uid, kind, order_id, made_at, bytes)
	    VALUES (1, '$uid', 'order', 7, 1795000100, X'$(printf 'Subject: Hats\r\n\r\nA letter\r\n' | od -An -v -tx1 | tr -d ' \n')'),
	        (2, '$key', 'reset', 0, 1795000200, X'');
	    INSERT INTO outbox (id, letter_id, recipient, state, tries, next_at, done_at, answer)
	    VALUES (1, 1, 'ann@b.example', 2, 1, 1, 1795000101, '250 OK'),
	        (2, 1, 'boss@hats.example', 2, 1, 1, 1795000101, '250 OK'),
	        (3, 2, 'eve@b.example', 2, 1, 1, 1795000201, '250 OK')"
}

# dsn ACTION STATUS RECEIVER [FIELD...]: a report, whose letter is $letter; its
# own Message-ID is $own
dsn() {
	local action=$1 status=$2 to=$3
	shift 3
	cat <<END
Return-Path: <>
From: MAILER-DAEMON@relay.example (Mail Delivery System)
To: bounces@hats.example
Subject: Undelivered Mail Returned to Sender
Message-Id: <${own:-1.2@relay.example}>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b/1"

--b/1
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you.

--b/1
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.example
$(printf '%s\n' "$@")
Arrival-Date: Sun, 22 Nov 2026 09:30:00 +0000

Final-Recipient: rfc822; $to
Action: $action
Status: $status
Diagnostic-Code: smtp; 550 $status <$to>:
    Recipient address rejected

--b/1
Content-Type: ${as:-text/rfc822-headers}

From: shop@hats.example
Message-Id: <${letter-$uid@hats.example}>
Subject: Hats

--b/1--
END
}
marks() {
	local lines
	lines=$(sql "SELECT id, bounced_at > 0, bounce FROM outbox WHERE bounce <> '' ORDER BY id")
	tr '|\n' ': ' <<<"$lines" | sed 's/ $//'
}
why='5.1.1 550 5.1.1 <ann@b.example>: Recipient address rejected'

a_letter_is_sent_once_more_R59() {
	begin
	like "$(shopctl mail list --order 7)" $'^1\tsent\t.*ann@b.example\t250 OK\n2\tsent\t' "an order's letters"
	is "$(shopctl mail list --order "$uid" | wc -l)" 2 "by its uid as well"
	shopctl mail resend 1 >"$w/out"
	is "$? $(cat "$w/out")" '0 letter 1 is sent once more, as 4' "one of them again"
	is "$(sql 'SELECT letter_id, recipient, state FROM outbox WHERE id = 4')" '1|ann@b.example|1' \
	    "the same bytes and Message-ID, to whom it was"
	shopctl mail resend 1
	is "$? $(cat "$w/err")" '1 shopctl: letter 1 is on its way to this receiver' "not twice at once"
	like "$(shopctl journal 7 | tail -1)" $'\t7\tletter again\tstaff hattie\torder to ann@b.example$' "the journal says who asked"
	shopctl mail resend 3
	is "$? $(cat "$w/err")" '1 shopctl: nothing is left of letter 3: its link was a key' "no key is left"
	shopctl mail resend 99
	is "$?" 1 "nor what is not there"
	is "$(shopctl mail resend 2 --json | json '%$_')" 'number 5' "for programs"
	is "$(shopctl mail show 2 --json | json '@$_{qw(state order letter)}' | tr -d '\r' | tr '\n' '|')" \
	    'sent 7 Subject: Hats||A letter|' "one for programs"
	is "$(shopctl mail list -a --json | json '$_->{waiting}, scalar @{ $_->{letters} }, $_->{letters}[0]{receiver}')" \
	    '2 5 boss@hats.example' "all for programs"
	for args in 'resend' 'resend x' 'resend 1 2' 'list --order' 'bounce 1' 'show 1 -a' 'retry 1 --json'; do
		# shellcheck disable=SC2086
		shopctl mail $args
		is $? 2 "usage: mail $args"
	done
}

the_journal_is_read() {
	begin
	is "$(shopctl journal | cut -f2-3 | tr '\t\n' ': ')" '7:placed 7:captured 7:cancelled ' "all of it, oldest first"
	is "$(shopctl journal -n 2 | cut -f3 | tr '\n' ' ')" 'captured cancelled ' "the newest"
	is "$(shopctl journal --kind captured)" $'2026-11-18T11:07:40Z\t7\tcaptured\tstripe\tcard' "by kind"
	is "$(shopctl journal --witness staff | cut -f4) $(shopctl journal --witness 'staff bob' | wc -l) $(shopctl journal --witness sta | wc -l)" \
	    'staff bob 1 0' "by witness"
	is "$(shopctl journal --since 1795000061 --json | json 'map { @$_{qw(order uid kind at)} } @{ $_->{journal} }')" \
	    "7 $uid cancelled 2026-11-18T11:07:50Z" "since, for programs"
	shopctl journal 8
	is "$? $(cat "$w/err")" '1 shopctl: there is no order "8"' "an order that is not there"
	shopctl journal --kind ''
	is "$?" 2 "an empty kind is none, not all of them"
	for args in '7 8' '--since x' '-n 0' '--what'; do
		# shellcheck disable=SC2086
		shopctl journal $args
		is $? 2 "usage: journal $args"
	done
}

what_comes_back_is_seen_R62() {
	begin
	dsn failed 5.1.1 ann@b.example | shopctl mail bounce >"$w/out"
	is "$? $(cat "$w/out")" "0 letter 1 came back: $why" "a mail server pipes it"
	like "$(cat "$w/err")" 'warn: letter 1 came back kind=order order=7$' "the log has it, without an address"
	is "$(marks)" "1:1:$why" "its row says so"
	like "$(shopctl mail)" $'^1\tbounced\t20.*\torder\tann@b.example\t5.1.1 550 5.1.1 .*rejected$' "shopctl mail shows it"
	like "$(cat "$w/err")" '0 were refused; 1 came back$' "and counts it"
	like "$(shopctl mail show 1)" "came back  5.1.1 550" "so does show"
	is "$(shopctl journal --witness mail | cut -f2-)" $'7\tletter came back\tmail\torder to ann@b.example: '"$why" "the order's journal too"
	like "$(shopctl order show 7)" 'its letter "order" to ann@b.example came back' "a person must look"
	dsn failed 5.1.1 ann@b.example | shopctl mail bounce >"$w/out"
	is "$? $(shopctl journal --kind 'letter came back' | wc -l)" '0 1' "told again it has its effect once"
	like "$(cat "$w/out")" 'which was known' "and says so"
	sql "UPDATE orders SET attention = 'a dispute'"
	dsn failed 5.4.4 boss@hats.example | shopctl mail bounce >/dev/null
	like "$(sql 'SELECT attention FROM orders') $(sql 'SELECT bounced_at > 0 FROM outbox WHERE id = 2')" '^a dispute; its letter .* 1$' \
	    "the warehouse's letter too, beside what a person looks at already"
	shopctl mail resend 1 >/dev/null
	is "$?" 0 "it can be sent once more"
}

the_letter_is_found_by_its_envelope_or_its_message_id() {
	begin
	letter='' dsn failed 5.1.1 other@b.example "Original-Envelope-Id: $uid-2" | shopctl mail bounce >/dev/null
	is "$(marks | cut -c1-4)" 2:1: "by the envelope, whatever the receiver is called there"
	begin
	dsn failed 5.1.1 other@b.example "Original-Envelope-Id: $key-2" | shopctl mail bounce >"$w/out"
	is "$? $(marks) $(cat "$w/out")" '0  it is for a person: no letter of ours is known by it' "an envelope of another letter is none"
	begin
	as=message/rfc822 dsn failed 5.1.1 ANN@B.example | shopctl mail bounce >/dev/null
	is "$(marks | cut -c1-4)" 1:1: "by the whole letter that comes with it"
	begin
	sql "DELETE FROM outbox WHERE id = 2"
	dsn failed 4.4.7 forwarded@elsewhere.example | shopctl mail bounce >/dev/null
	is "$(marks | cut -c1-4)" 1:1: "of one receiver also when the address was rewritten; expiry is an end too"
	begin
	sql "INSERT INTO outbox (id, letter_id, recipient, state, next_at) VALUES (8, 1, 'ann@b.example', 1, 1)"
	dsn failed 5.1.1 ann@b.example | shopctl mail bounce >/dev/null
	is "$(marks | cut -c1-4)" 1:1: "the one that has left, not the one that waits"
	begin
	letter=$key@hats.example dsn failed 5.1.1 eve@b.example | shopctl mail bounce >/dev/null
	is "$(marks | cut -c1-4) $(sql "SELECT COUNT(*) FROM journal WHERE witness = 'mail'")" '3:1: 0' "a letter of no order"
}

what_is_no_end_changes_nothing() {
	begin
	dsn delayed 4.4.1 ann@b.example | shopctl mail bounce >/dev/null
	is "$(marks | cut -c1-10) $(sql 'SELECT attention FROM orders')" '1:0:4.4.1  ' "a delay is noted"
	like "$(shopctl mail show 1)" $'state     sent\n.*is late   4.4.1' "and shown"
	dsn relayed 2.0.0 boss@hats.example | shopctl mail bounce >/dev/null
	is "$? $(sql 'SELECT COUNT(*) FROM inbox')" '0 0' "what went on needs nobody"
	printf 'From: a@b.example\nAuto-Submitted: auto-replied (vacation)\nSubject: Away\n\nUntil May.\n' |
	    shopctl mail bounce >"$w/out"
	is "$? $(cat "$w/out") $(sql 'SELECT COUNT(*) FROM inbox')" '0 there is nothing to do 0' "nor a vacation notice"
}

what_nobody_understands_is_for_a_person_R62() {
	begin
	printf 'From: x@y.example\nMessage-Id: <m1@y.example>\nSubject: failure notice\n\nSorry, it did not work.\n' >"$w/odd"
	shopctl mail bounce <"$w/odd" >"$w/out"
	is "$? $(cat "$w/out")" '0 it is for a person: it is no delivery status notification' "it is taken"
	shopctl mail bounce <"$w/odd" >/dev/null
	like "$(shopctl inbox)" $'^[0-9]+\tfor a person\t.*\tmail\t0\tm1@y.example\tit is no delivery.*$' "once, with its reason"
	like "$(shopctl inbox show "$(sql 'SELECT MIN(id) FROM inbox')")" 'Sorry, it did not work' "and its bytes"
	letter=00000000000000000000000000000000@hats.example own=u@r dsn failed 5.1.1 who@b.example | shopctl mail bounce >"$w/out"
	like "$? $(cat "$w/out")" '^0 it is for a person: no letter of ours' "a letter that nobody knows"
	own=t@r dsn failed 5.1.1 ann@b.example | head -20 | shopctl mail bounce >/dev/null
	is "$? $(sql 'SELECT COUNT(*) FROM inbox WHERE state = 3')" '0 3' "one that is cut off"
	{ printf '\377\376\0\1'; head -c 5000 /dev/urandom; } | shopctl mail bounce >/dev/null
	is "$? $(sql 'SELECT COUNT(*) FROM inbox WHERE state = 3')" '0 4' "noise"
	shopctl mail bounce </dev/null
	is $? 1 "nothing at all is refused"
	HATSHOP_CONF=/nonexistent shopctl mail bounce <"$w/odd"
	is $? 75 "without a database the mail server keeps it (75)"
}

a_huge_one_is_read_as_far_as_it_matters_R62() {
	begin
	{ dsn failed 5.1.1 ann@b.example | sed '$d'; head -c 30000000 /dev/zero | tr '\0' x; } >"$w/huge"
	timeout 120 "$BUILD/ctl/shopctl" mail bounce <"$w/huge" >/dev/null 2>&1
	is "$? $(marks | cut -c1-4)" '0 1:1:' "30 MB behind what counts"
	{ printf 'From: a@b.example\n\n'; head -c 30000000 /dev/zero | tr '\0' x; } | shopctl mail bounce >/dev/null
	is "$? $(sql 'SELECT length(body) FROM inbox')" '0 262144' "of one that nobody understands the beginning is kept"
	# 20,000 groups of fields
	{ dsn failed 5.1.1 ann@b.example | sed '/^--b.1--$/d; /rfc822-headers/,$d' | head -n -2
	  for i in {1..20000}; do printf 'Final-Recipient: rfc822; a%d@b.example\nAction: failed\n\n' "$i"; done; } |
	    timeout 120 "$BUILD/ctl/shopctl" mail bounce >/dev/null 2>&1
	is $? 0 "nor do many receivers take long"
}

# files FOLDER: what is in it
files() { ls "$w/box/$1" | tr '\n' ' '; }

a_maildir_is_read_by_lifecycle_R62() {
	begin
	like "$(run -n)" "bounces: 0 messages to look at in \"$w/box\"" "-n counts them"
	dsn failed 5.1.1 ann@b.example >"$w/box/new/1.a.relay"
	cp "$w/odd" "$w/box/new/2.b.relay"
	own=3@r dsn failed 5.1.1 ann@b.example >"$w/box/new/3.c.relay"
	like "$(run -n)" 'bounces: 3 messages' "three"
	run
	is "$? $(files new)$(files cur)" '0 1.a.relay:2,S 2.b.relay:2,F 3.c.relay:2,S ' "all are put away, what is for a person flagged"
	is "$(marks) $(sql 'SELECT COUNT(*) FROM inbox')" "1:1:$why 1" "and had their effect"
	like "$(cat "$w/err")" 'warn: letter 1 came back kind=order order=7; see ' "the log alerts"
	is "$(grep -c 'letter 1 came back' "$w/err")" 1 "once"
	like "$(cat "$w/err")" 'is for a person file=2.b.relay: it is no' "of what it does not understand too"
	like "$(cat "$w/err")" 'info: run over ms=[0-9]+ .*bounces=3 ' "the summary counts"
	unlike "$(cat "$w/err")" 'ann@' "without an address"
	run
	is "$? $(cat "$w/err")" '0 ' "the next run has nothing to do or say"
	mkdir "$w/box/new/folder"
	ln -s /etc/passwd "$w/box/new/link"
	own=4@r dsn failed 5.1.1 boss@hats.example >"$w/box/new/x4"
	run
	is "$? $(sql 'SELECT bounced_at > 0 FROM outbox WHERE id = 2')" '1 1' "what is no plain file stops no other"
	is "$(files new)$(ls "$w/box/bad")" 'link folder' "a folder is set aside; what we may not move stays, told once a run"
	rm -r "$w/box/bad" "$w/box/new/link"
	mv "$w/box" "$w/away"
	run
	like "$? $(cat "$w/err")" '^1 .*error: bounces: could not read mail.bounces' "a folder that is not there is told"
	mv "$w/away" "$w/box"
}

# refuses EVENT: the database does not take the message of this name
refuses() {
	case $engine in
	sqlite)
		sql "CREATE TRIGGER no BEFORE INSERT ON inbox WHEN NEW.event = '$1'
		    BEGIN SELECT RAISE(ABORT, 'no such thing here'); END"
		;;
	mariadb)
		"${client[@]}" --delimiter=// "$name" -e "CREATE TRIGGER no BEFORE INSERT ON inbox FOR EACH ROW
		    IF NEW.event = '$1' THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no such thing here'; END IF"
		;;
	esac
}

one_bad_message_stops_no_other_R62() {
	local i long
	begin
	long=$(printf 'l%.0s' {1..252})
	for i in {1..240}; do
		printf 'Message-Id: <poison@r>\nSubject: %d\n\nx\n' "$i" >"$w/box/new/$i"
	done
	dsn delayed 4.4.1 boss@hats.example >"$w/box/new/$long" # cur has no room for its name
	dsn failed 5.1.1 ann@b.example >"$w/box/new/z"
	refuses poison@r
	run
	run
	is "$? $(files new)" '0 ' "none is left that others would wait for"
	is "$(marks | cut -c1-4)" 1:1: "the good one had its effect"
	is "$(ls "$w/box/bad" | wc -l) $(files bad | grep -co ' l* ') $(ls "$w/box/cur")" '241 1 z:2,S' "the others are set aside, as they came"
	run -n >"$w/out"
	like "$(cat "$w/out")" "bounces: 241 set aside in \"$w/box/bad\"" "-n counts them"
	# one of the same name, and what the log says of it
	printf 'Message-Id: <poison@r>\n\nx\n' >"$w/box/new/1"
	run
	is "$? $(files bad | grep -co ' 1\.[0-9]* ')" '0 1' "none takes the place of another"
	like "$(cat "$w/err")" 'error: mail that came back is set aside, .* file=1 folder=".*/box/bad": .*no such thing here' "the log says which and why"
	sql 'DROP TRIGGER no'
	mv "$w/box/bad/1" "$w/box/new/again"
	run
	is "$? $(sql 'SELECT COUNT(*) FROM inbox') $(files cur | grep -o 'again.*')" '0 1 again:2,F z:2,S ' "given again it is taken"
	rm -r "$w/box/bad"
}

a_database_that_writes_nothing_sets_nothing_aside_R60() {
	[ "$engine" = sqlite ] || return 0
	begin
	dsn failed 5.1.1 ann@b.example >"$w/box/new/1"
	dsn failed 5.1.1 boss@hats.example >"$w/box/new/2"
	cp "$w/db/shop.db" "$w/db/keep"
	sql 'ALTER TABLE journal RENAME TO away; ALTER TABLE lease RENAME TO gone'
	run
	is "$? $(files new)$(ls "$w/box/bad" 2>&1 | wc -l)" '1 1 2 1' "they stay"
	sql 'ALTER TABLE away RENAME TO journal; ALTER TABLE gone RENAME TO lease'
	run
	is "$? $(files new)$(marks | cut -c1-4)" '0 1:1:' "until it does again"
}

killed_anywhere_each_has_its_effect_once_R59() {
	local i pids letters=''
	begin
	for i in {1..40}; do
		letters+=", ($((100 + i)), '$(printf '%032x' "$i")', 'refund', 7, 1, X'00')"
	done
	sql "INSERT INTO letter (id, uid, kind, order_id, made_at, bytes) VALUES ${letters#, };
	    INSERT INTO outbox (id, letter_id, recipient, state, next_at, done_at)
	    SELECT id, id, 'ann@b.example', 2, 1, $(date +%s) FROM letter WHERE id > 100"
	for i in {1..40}; do
		own=$i@r letter=$(printf '%032x' "$i")@hats.example dsn failed 5.1.1 ann@b.example >"$w/box/new/$i"
	done
	for i in {1..6}; do
		"$lifecycle" -i -w 20 2>>"$w/err" &
		pids=$!
		sleep "0.0$((RANDOM % 10))"
		kill -KILL $pids
		wait $pids 2>/dev/null
	done
	pids=()
	for i in 1 2 3 4; do
		"$lifecycle" -i 2>>"$w/err" &
		pids+=($!)
	done
	wait "${pids[@]}"
	run -i
	is "$(files new)$(ls "$w/box/cur" | wc -l)" 40 "all are put away"
	is "$(sql "SELECT COUNT(*) FROM outbox WHERE bounced_at > 0") $(sql "SELECT COUNT(*) FROM journal WHERE witness = 'mail'")" \
	    '40 40' "after kills, and by four at once, each has its effect once"
}

# What an engine may see differently: names, sizes and bytes of others.
what_others_write_fits_into_the_columns() {
	local odd
	begin
	odd=$(printf 'é漢%.0s' {1..400})
	own=$(printf 'w%.0s' {1..600})@r dsn failed 5.1.1 nobody@b.example >"$w/o1"
	own=$(printf '\377\376%.0s' {1..100})@r dsn failed "$odd" "$odd@b.example" "X: $odd" >"$w/o2"
	dsn failed "5.1.1" ann@b.example "Original-Envelope-Id: $odd" | sed "s/rejected/$odd/" >"$w/o3"
	dsn failed "5.1.1" boss@hats.example | sed "s/rejected/$(printf '\360\237\216\251%.0s\377' {1..300})/" >"$w/o4"
	for i in 1 2 3 4; do
		cp "$w/o$i" "$w/box/new/$i"
	done
	run
	is "$? $(files new)$(files cur)" '0 1:2,F 2:2,F 3:2,S 4:2,S ' "all are taken"
	is "$(shopctl journal --witness mail | grep -vc $'^2.*\t7\tletter came back\tmail\torder to ')" 0 "a line each"
	is "$(marks | grep -o '[12]:1:' | tr '\n' ' ')" '1:1: 2:1: ' "and had their effect"
	is "$(ls "$w/box/bad" 2>/dev/null | wc -l)" 0 "nothing is set aside"
}

all_of_them() {
	a_letter_is_sent_once_more_R59
	the_journal_is_read
	what_comes_back_is_seen_R62
	the_letter_is_found_by_its_envelope_or_its_message_id
	what_is_no_end_changes_nothing
	what_nobody_understands_is_for_a_person_R62
	a_huge_one_is_read_as_far_as_it_matters_R62
	a_maildir_is_read_by_lifecycle_R62
	one_bad_message_stops_no_other_R62
	a_database_that_writes_nothing_sets_nothing_aside_R60
	what_others_write_fits_into_the_columns
	killed_anywhere_each_has_its_effect_once_R59
}

all_of_them
if [ -n "${HATSHOP_TEST_MARIADB:-}" ]; then
	engine=mariadb name=shopctl_mail_$$
	client=(mariadb --no-defaults -u root -S "$HATSHOP_TEST_MARIADB" -N -B --raw)
	"${client[@]}" -e "CREATE DATABASE $name CHARACTER SET utf8mb4"
	at_exit "${client[@]}" -e "DROP DATABASE $name"
	sed -i "/^db\.file/d" "$HATSHOP_CONF"
	printf '%s\n' 'db.engine = mariadb' "db.socket = $HATSHOP_TEST_MARIADB" \
	    "db.name = $name" 'db.user = root' >>"$HATSHOP_CONF"
	"$BUILD/ctl/shopctl" migrate -s "$TOP/schema/sales" >"$w/out" 2>&1
	is $? 0 "the same on MariaDB" || cat "$w/out"
	sql "INSERT INTO customer (id, uid, made_at, seen_at) VALUES (1, 'c', 1, 1)"
	all_of_them
else
	skip 1 "no MariaDB (\$HATSHOP_TEST_MARIADB)"
fi
done_testing
