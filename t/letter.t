#!/bin/bash
# letter.t - R40, R61: a letter as a parser reads it that has nothing to do
# with the one that wrote it (Python's email).
. "${BASH_SOURCE[0]%/*}/lib/tap.sh"
program=$BUILD/t/letter-account
[ -x "$program" ] || make -s -C "$BUILD" t/letter-account || bail "no letters"

# read_letter: tells what Python finds in the letter on standard input.
read_letter() {
	python3 -c '
import email, email.policy, sys
m = email.message_from_bytes(sys.stdin.buffer.read(), policy=email.policy.SMTP)
print("defects", len(m.defects) + sum(len(p.defects) for p in m.walk()))
print("headers", " ".join(m.keys()))
to = m["To"].addresses
print("to", len(to), to[0].display_name, to[0].addr_spec)
print("id", m["Message-ID"].strip())
print("from", m["From"].addresses[0].display_name)
print("parts", " ".join(p.get_content_type() for p in m.walk()))
text = m.get_body(("plain",)).get_content()
print("greets", text.splitlines()[0])
print("link", [l for l in text.splitlines() if l.startswith("https")][0])'
}

headers="headers From To Subject Date Message-Id Auto-Submitted Content-Language MIME-Version Content-Type"

a_name_in_any_script_arrives_R61() {
	local name
	for name in "Łódź 帽子" "O'Brien" "Mad \"Hat\" Hatter" "Ω≈ç√∫ 👒" "עפרה" \
	    "Jean-François de la Très-Longue-Chapellerie, 12e du nom"; do
		out=$("$program" "$name" | read_letter)
		like "$out" "^defects 0"$'\n'"$headers"$'\n' "$name: well-formed"
		is "$(sed -n 's/^to //p' <<<"$out")" "1 $name zoe@buyer.example" "who it is to"
		is "$(sed -n 's/^greets //p' <<<"$out")" "Hello $name," "whom it greets"
	done
	is "$(sed -n 's/^parts //p' <<<"$out")" \
	    "multipart/alternative text/plain text/html" "two parts"
	is "$(sed -n 's/^link //p' <<<"$out")" \
	    "https://hats.example:8443/login/confirm?t=tok%3Den%26x" "the link"
	is "$(sed -n 's/^from //p' <<<"$out")" "Funny Hüte & Co. <1>" "who it is from"
}

a_name_cannot_add_a_header_R40() {
	local name
	for name in $'x\r\nBcc: all@example.com' $'x\nSubject: y' $'x\r\n\r\nbody' \
	    'x, all@example.com' 'x <all@example.com>' '=?utf-8?q?=0D=0ABcc:_y?='; do
		out=$("$program" "$name" | read_letter)
		like "$out" "^defects 0"$'\n'"$headers"$'\n'"to 1 .*zoe@buyer.example" \
		    "$(printf %q "$name")"
	done
}

a_name_in_any_script_arrives_R61
a_name_cannot_add_a_header_R40
done_testing
