#!/bin/bash
# smtp.t - lib/peer/smtp against a strict mail server (npm smtp-server): what it
# takes, refuses and puts off, and who gets no letter from us at all.
. "${BASH_SOURCE[0]%/*}/lib/tap.sh"
tool=$BUILD/t/post-letter
[ -x "$tool" ] || bail "t/post-letter is not built in $BUILD"
w=$(work_dir)
at_exit rm -rf "$w"
smtp=$TOP/t/lib/smtp.sh
"$smtp" "$w" start
case $? in
0) ;;
77) skip_all "no mail server can be had here" ;;
*) bail "no mail server" ;;
esac
at_exit "$smtp" "$w" stop
port=$("$smtp" "$w" port) ca=$("$smtp" "$w" ca)
export MAIL_PASSWORD=secret

# post [OPTION=VALUE...] TO...: one session; what the tool prints
post() {
	local host=localhost user=shop from=shop@hats.example file=$w/letter p=$port c=$ca
	while [[ ${1:-} == *=* ]]; do
		local "$1"
		shift
	done
	timeout 60 "$tool" "$host" "$p" "$c" "$user" "$from" "$file" "$@"
}
count() { "$smtp" "$w" count; }

letter() {
	printf '%s\r\n' 'From: "Hats & Co." <shop@hats.example>' \
	    'To: =?UTF-8?b?Wm/Dqw==?= <a@b.example>' 'Subject: A hat' \
	    'Date: Sun, 22 Nov 2026 09:30:00 +0000' \
	    'Message-Id: <0123@hats.example>' 'Auto-Submitted: auto-generated' \
	    'MIME-Version: 1.0' 'Content-Type: text/plain;' \
	    $'\tcharset=utf-8' '' "$@"
}
letter '.' '..two' '.a line that begins with a dot' '' 'From here' \
    "$(printf '%0998d' 7)" 'end' >"$w/letter"

the_bytes_arrive_as_they_are_R59() {
	out=$(post a@b.example)
	like "$out" '^ok ' "the session is fine"
	like "$out" 'a@b.example sent 250 2.0.0 kept as 1' "and says what the server said"
	ok "R61: not a byte is changed" cmp "$w/letter" "$w/mail/000001.eml"
	like "$(cat "$w/mail/000001.json")" \
	    '"from":"shop@hats.example","to":\["a@b.example"\],"user":"shop","secure":true' \
	    "R94: by TLS, logged in, with our sender"
}

one_connection_carries_several() {
	out=$(post a@b.example nobody@b.example later@b.example toobig@b.example \
	    busy@b.example c@d.example full@b.example e@f.example)
	like "$out" 'nobody@b.example refused 550 5.1.1 No such user here' "R62: an unknown one is refused"
	like "$out" 'later@b.example later 451 4.7.1 Greylisted' "greylisted: later"
	like "$out" 'full@b.example later 452 4.2.2' "a full mailbox: later"
	like "$out" 'toobig@b.example refused 552 5.3.4' "a letter that is too big is refused"
	like "$out" 'busy@b.example later 451 4.3.0' "busy: later"
	like "$out" 'c@d.example sent 250.*e@f.example sent 250' "the others have theirs"
	is "$(count)" 4 "nobody else has"
	is "$(grep -ho '"session":"[^"]*"' "$w"/mail/00000[234].json | sort -u | wc -l)" 1 \
	    "in one connection"
}

# nothing NAME PATTERN OPTION...: no letter leaves, for this reason
nothing() {
	local name=$1 pattern=$2 before
	shift 2
	before=$(count)
	out=$(post "$@" a@b.example nobody@b.example)
	like "$out" "^$pattern" "$name: $(head -n 1 <<<"$out")"
	like "$out" 'a@b.example later' "$name: it waits"
	like "$out" 'nobody@b.example later' "$name: nobody is given up for it"
	is "$(count)" "$before" "$name: nothing left"
}

a_server_that_is_not_ours_gets_nothing_R94() {
	nothing "another authority" 'denied the certificate .*(unable to get|self)' "c=$w/tls/other-ca.pem"
	nothing "the system's authorities" 'denied the certificate' "c="
	nothing "no authorities" 'invalid could not read' "c=$w/none.pem"
	nothing "a wrong password" 'denied .*refuses the login of "shop": 535' user=shop MAIL_PASSWORD=wrong
	nothing "a wrong user" 'denied .*refuses the login of "other"' user=other
	nothing "a sender that is not ours" 'denied .*takes nothing from "stranger@hats.example": 553' \
	    from=stranger@hats.example
	nothing "no login where one is needed" 'denied ' user=
	nothing "nobody there" 'i/o mail server "localhost" port' "p=$(free_port)"
	nothing "no such host" 'i/o mail server' host=no.such.host.invalid
}

# A certificate for another name, by our authority.
another_name_is_another_server_R94() {
	(
		cd "$w/tls" || exit 1
		openssl req -newkey rsa:2048 -nodes -subj /CN=mail.hats.example \
		    -keyout name-key.pem -out name.csr
		printf 'subjectAltName=DNS:mail.hats.example\n' >name.cnf
		openssl x509 -req -in name.csr -CA ca.pem -CAkey ca-key.pem \
		    -CAcreateserial -days 30 -extfile name.cnf -out name-cert.pem
	) >/dev/null 2>&1
	"$smtp" "$w" stop
	CERT=$w/tls/name-cert.pem KEY=$w/tls/name-key.pem "$smtp" "$w" start
	nothing "another host's certificate" 'denied the certificate .*[Hh]ostname mismatch'
	"$smtp" "$w" stop
	NO_STARTTLS=1 "$smtp" "$w" start
	nothing "no STARTTLS" 'denied .*does not offer STARTTLS'
	"$smtp" "$w" stop
	nothing "a server that is down" 'i/o .*refused'
	"$smtp" "$w" start
	like "$(post a@b.example)" 'a@b.example sent' "R60: when it is back, letters go"
	like "$(post host=127.0.0.1 a@b.example)" 'a@b.example sent' "an address in the certificate will do"
}

what_is_not_said_is_not_believed_R59() {
	local before
	before=$(count)
	out=$(post a@b.example hangup@b.example c@d.example)
	like "$out" '^i/o ' "the connection broke"
	like "$out" 'a@b.example sent' "what was taken before stays so"
	like "$out" 'hangup@b.example later' "what was on its way is not known to be there"
	like "$out" 'c@d.example later' "and what was behind it waits"
	is "$(count)" $((before + 2)) "though the server kept one that it never answered for"
}

# The long form only: it takes as long as we wait for an answer.
a_server_that_says_nothing_is_given_up() {
	[ -n "${HATSHOP_LONG:-}" ] || return 0
	local silent began=$SECONDS
	silent=$(free_port)
	perl -MIO::Socket::INET -e '
		my $s = IO::Socket::INET->new(Listen => 5, LocalAddr => "127.0.0.1",
		    LocalPort => $ARGV[0], ReuseAddr => 1) or die "$!\n";
		my $c = $s->accept; sleep 90' "$silent" &
	at_exit kill $!
	wait_until 60 port_open_quietly "$silent"
	nothing "a silent server" 'i/o ' "p=$silent"
	ok "in less than a minute ($((SECONDS - began)) s)" [ $((SECONDS - began)) -lt 60 ]
}
# as port_open, which would take the one connection
port_open_quietly() { grep -qi ":$(printf %04X "$1") 00000000:0000 0A" /proc/net/tcp; }

the_bytes_arrive_as_they_are_R59
one_connection_carries_several
a_server_that_is_not_ours_gets_nothing_R94
another_name_is_another_server_R94
what_is_not_said_is_not_believed_R59
a_server_that_says_nothing_is_given_up
done_testing
