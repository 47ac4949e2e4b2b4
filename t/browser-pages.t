#!/bin/bash
# browser-pages.t - every page in a browser: at 320 to 1600 px, by keyboard, in
# the dark, with axe and the HTML checker. HATSHOP_SHOTS, when set, is a folder
# that keeps the pictures for a person to look at.
. "${BASH_SOURCE[0]%/*}/lib/tap.sh"

"$TOP/t/lib/node.sh" >/dev/null || skip_all "no browser tools"
command -v chromium >/dev/null || skip_all "no chromium"
command -v java >/dev/null || skip_all "no Java for the HTML checker"

w=$(work_dir)
at_exit rm -rf "$w"
web=$TOP/t/lib/apache.sh
url=$("$web" "$w/web" url) || bail "no port"
shots=${HATSHOP_SHOTS:-$w/pages}
mkdir -p "$shots" "$w/pictures"

cat >"$w/shop.conf" <<END
shop.url = $url
shop.pages = $TOP/etc/pages
db.file = $w/shop.db
stock.user = nobody
stock.database = nothing
stock.stale_after = 3600
END
export HATSHOP_CONF=$w/shop.conf HATSHOP_PICTURES=$w/pictures
"$BUILD/ctl/shopctl" migrate -s "$TOP/schema/sales" >/dev/null || bail "could not migrate"
"$BUILD/t/seed" 80 >/dev/null || bail "could not fill the sales database"

sales() { sqlite3 -cmd '.timeout 30000' "$w/shop.db" "$1"; }

# Any drawing will do; browsers go by content. One is of another shape.
drawings=("$TOP"/schema/stock-demo/svg/*.svg)
n=0
while read -r hash; do
	mkdir -p "$w/pictures/${hash:0:2}"
	rsvg-convert -w 320 "${drawings[n++ % ${#drawings[@]}]}" -o "$w/drawing.png"
	for size in card page zoom; do
		cp "$w/drawing.png" "$w/pictures/${hash:0:2}/$hash-$size.webp"
	done
done < <(sales "SELECT DISTINCT picture FROM item WHERE picture <> ''")

"$web" "$w/web" start || bail "no Apache"
at_exit "$web" "$w/web" stop

slug() { sales "SELECT slug FROM item WHERE name LIKE '$1' LIMIT 1"; }

# browse NAME=PATH...
browse() {
	local verdict name
	while IFS=$'\t' read -r verdict name; do
		if [ "$verdict" = ok ]; then
			pass "$name"
		else
			fail "$name"
		fi
	done < <("$TOP/t/lib/node.sh" "$TOP/t/lib/browse.mjs" "$url" "$shots" "$@" ||
		printf 'not ok\tthe browser came to its end\n')
}

# As long a word and as dear a price as a legacy column of DECIMAL(10,2) holds.
a_name_of_one_long_word_at_a_high_price() {
	sales "UPDATE item SET name = 'The Undecided Weathercock', price = 9999999999,
	    level = 200, gone = 0 WHERE slug = '$(slug 'Unseen%')'"
	sales "UPDATE item SET name = '$(printf 'W%.0s' {1..120})', price = 9999999998,
	    gone = 0 WHERE slug = '$(slug 'Withdrawn%')'"
	browse "hat-dear=/hat/$(slug 'The Undecided%')" 'list-dear=/hats?min=1000000'
}

every_page_in_a_browser() {
	local long
	long=$(sales "SELECT slug FROM item ORDER BY length(name) DESC LIMIT 1")
	browse SHOP=/ home=/ list=/hats "category=/category/$(sales 'SELECT slug FROM category LIMIT 1')" \
	    "hat=/hat/$(slug 'Crimson Fez')" "hat-out=/hat/$(slug 'Sold-Out%')" \
	    "hat-few=/hat/$(slug 'Last Bowler%')" "hat-gone=/hat/$(slug 'Withdrawn%')" \
	    "hat-long=/hat/$long" "hat-bare=/hat/$(slug 'Unseen%')" \
	    "hat-markup=/hat/$(slug "O''Brien%")" \
	    search=/search?q=fez search-typo=/search?q=trilbi search-none=/search?q=zxqwv \
	    search-bare=/search list-bad=/hats?min=abc list-past=/hats?page=99 \
	    "list-filtered=/hats?min=10&max=30&stock=1&sort=cheap" \
	    delivery=/page/delivery terms=/page/terms privacy=/page/privacy \
	    contact=/page/contact imprint=/page/imprint \
	    basket-empty=/basket not-found=/hat/nothing \
	    not-found-file=/no-such-thing file-400=/error/400.html \
	    file-404=/error/404.html file-500=/error/500.html file-503=/error/503.html
}

pages_of_a_shop_that_lost_its_stockroom() {
	sales 'UPDATE mirror SET confirmed_at = 1'
	browse "hat-wait=/hat/$(slug 'Crimson Fez')" list-wait=/hats
	mv "$w/shop.db" "$w/away.db"
	browse closed=/
	mv "$w/away.db" "$w/shop.db"
}

the_html_checker_finds_nothing() {
	local vnu
	vnu=$("$TOP/t/lib/node.sh")/node_modules/vnu-jar/build/dist/vnu.jar
	ok "the HTML checker finds nothing on $(find "$shots" -name '*.html' | wc -l) pages" \
	    java -jar "$vnu" --Werror "$shots"/*.html
}

every_page_in_a_browser
a_name_of_one_long_word_at_a_high_price
pages_of_a_shop_that_lost_its_stockroom
the_html_checker_finds_nothing
done_testing
