#!/bin/bash
# browser-letters.t - R56, R61: every letter of an order as a parser and a browser
# that are not the shop's read it: on a phone and a desk, in the light and the dark,
# for readers of several scripts and for fields full of markup. HATSHOP_SHOTS, when
# set, is a folder that keeps the pictures, of page and text, for a person to look at.
. "${BASH_SOURCE[0]%/*}/lib/tap.sh"
program=$BUILD/t/letter-show
[ -x "$program" ] || make -s -C "$BUILD" t/letter-show || bail "no letters"

w=$(work_dir)
at_exit rm -rf "$w"
shots=${HATSHOP_SHOTS:-$w/letters}
mkdir -p "$shots"

# verdicts COMMAND...: what it says is each a test.
verdicts() {
	local verdict name bad=0 n=0
	while IFS=$'\t' read -r verdict name; do
		n=$((n + 1))
		[ "$verdict" = ok ] && continue
		bad=$((bad + 1))
		fail "$name"
	done < <("$@" || printf 'not ok\t%s came to its end\n' "$1")
	is "$bad of $((n > 0))" "0 of 1" "$n checks of $(basename "${2-$1}")"
}

every_letter_read_by_another_parser_R61() {
	verdicts python3 "$TOP/t/lib/letters.py" "$program" "$shots"
}

every_letter_in_a_browser_R56() {
	"$TOP/t/lib/node.sh" >/dev/null && command -v chromium >/dev/null || {
		pass "no browser here # SKIP"
		return
	}
	[ -z "${HATSHOP_SHOTS-}" ] || export HATSHOP_DRAWING=${HATSHOP_DRAWING-}
	# The most of each kind of block; all of them when somebody looks.
	local some=("$shots"/{order-arabic,order-hostile,order-many,no-delivery-hostile}.html)
	[ -z "${HATSHOP_SHOTS-}" ] || some=("$shots"/*.html)
	mapfile -t some < <(printf '%s\n' "${some[@]}" | sort -u)
	verdicts "$TOP/t/lib/node.sh" "$TOP/t/lib/letters.mjs" "$shots" "${some[@]}"
}

the_html_checker_finds_nothing() {
	local vnu
	command -v java >/dev/null && "$TOP/t/lib/node.sh" >/dev/null || {
		pass "no HTML checker here # SKIP"
		return
	}
	vnu=$("$TOP/t/lib/node.sh")/node_modules/vnu-jar/build/dist/vnu.jar
	ok "the HTML checker finds nothing on $(find "$shots" -name '*.html' | wc -l) letters" \
	    java -jar "$vnu" --Werror "$shots"/*.html
}

every_letter_read_by_another_parser_R61
every_letter_in_a_browser_R56
the_html_checker_finds_nothing
done_testing
