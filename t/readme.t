#!/bin/bash
# readme.t - README.md tells the truth about packages, and none of them has a
# service that would start or be enabled by ./dev; what the papers lead to is there.
. "${BASH_SOURCE[0]%/*}/lib/tap.sh"
. "$TOP/etc/dev/packages.sh"

listed=$(packages | awk '{ sub(/:.*/, "", $2); print $2, $1 == "run" ? "x" : "-" }' | sort)
told=$(awk -F' *\\| *' '/^## /{ on = /Debian packages/ }
    on && NF == 5 && $2 !~ /^(package|---)/ { print $2, $3 == "x" ? "x" : "-" }' \
    "$TOP/README.md" | sort)
is "$told" "$listed" "README.md lists the packages that ./dev installs"

mapfile -t names < <(cut -d' ' -f1 <<<"$listed")
units=$(dpkg -L "${names[@]}" 2>/dev/null |
    grep -E '^(/usr)?/lib/systemd/system/.*\.(service|socket|timer)$|^/etc/init\.d/.')
is "$units" "" "none of the packages brings a service"

for command in up down test bench lint url status logs sql build long pictures; do
	like "$("$TOP/dev" help)" "  $command " "./dev lists $command"
done
out=$("$TOP/dev" dance 2>&1)
is $? 2 "an unknown command is refused"
like "$out" 'unknown command "dance".*usage:' "and says what there is"

# links FILE: where it leads to within the tree.
links() {
	grep -o '](\(\.\./\)*[a-z][^):#]*[):#]' "$1" | sed 's/^](//; s/.$//' |
		grep -vx 'https\?\|mailto' | sort -u
}
cd "$TOP" || bail "no checkout"
for page in README.md doc/*.md; do
	for link in $(links "$page"); do
		ok "$page leads to $link" test -e "$(dirname "$page")/$link"
	done
done
# A link into a page leads to a heading: its words in small letters, with dashes
# between and no other signs.
anchors=$(perl -ne 'print lc($1) =~ s/[^a-z0-9 -]//gr =~ s/ /-/gr, "\n" if /^#+ (.*)/' README.md doc/*.md)
for anchor in $(grep -oh '](\([a-z-]*\.md\)\?#[^)]*)' README.md doc/*.md | sed 's/.*#//; s/)//' | sort -u); do
	ok "there is a heading for #$anchor" grep -qxF -e "$anchor" <<<"$anchors"
done
for picture in doc/pictures/*.svg; do
	ok "$picture is well-formed" xmllint --noout "$picture"
done
verbs=$(sed -n 's/^\.It Cm \([a-z]*\).*/\1/p' man/shopctl.8 | sort -u)
told=$(grep -oh 'shopctl [a-z]\+' README.md doc/solution.md doc/mail.md | sort -u | cut -d' ' -f2)
is "$(comm -13 <(echo "$verbs") <(echo "$told"))" "" "what the papers have shopctl do is in its manual page"
done_testing
