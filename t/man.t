#!/bin/bash
# man.t - the manual pages are clean, and each program has one.
. "${BASH_SOURCE[0]%/*}/lib/tap.sh"
shopt -s nullglob
cd "$TOP" || bail "no checkout"

for page in man/*.[0-9]; do
	out=$(mandoc -T lint -W warning "$page" 2>&1)
	is "$out" "" "$page has no lint"
done
for program in "$BUILD"/syncd/syncd "$BUILD"/ctl/shopctl "$BUILD"/cron/lifecycle; do
	[ -x "$program" ] || continue
	ok "${program##*/} has a manual page" test -e "man/${program##*/}.8"
done
named=$(tr '\n' ' ' <man/hatshop.7)
for page in man/*.[0-9]; do
	page=${page#man/}
	[ "$page" = hatshop.7 ] && continue
	like "$named" "Xr ${page%.*} ${page##*.}[^0-9]" "hatshop(7) names $page"
done
[ "$tap_n" -gt 0 ] || skip_all "no manual page yet"
done_testing
