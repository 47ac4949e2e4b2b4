# pictures.sh - ./dev pictures: those of doc/life-of-an-order.md, made anew.

have_pictures() { cmd_status | grep -q '^pictures .* 0 waiting$'; }

# cmd_pictures: a hat is bought in the shop that is up, as people do.
cmd_pictures() {
	local dir urls name
	[ -d "$WEB" ] || die "not up: ./dev up"
	need run test
	mapfile -t urls < <(cmd_url)
	wait_until 300 have_pictures || die "the hats' pictures are not there yet"
	dir=$(mktemp -d "${TMPDIR:-/tmp}/hs.XXXXXX") || return 1
	make_in "$BUILD" t/palette || return 1
	HATSHOP_STAFF="'$TOP/etc/dev/as-server.sh' '$APP/sbin/shopctl' -f '$CONF' customer staff" \
	    "$TOP/t/lib/node.sh" "$TOP/t/lib/life.mjs" "${urls[0]}" "${urls[1]}" "$dir" || return 1
	pdftoppm -r 72 -png -singlefile "$dir/invoice.pdf" "$dir/invoice" || return 1
	mkdir -p "$TOP/doc/pictures"
	for name in "$dir"/*.png; do
		"$BUILD/t/palette" "$name" "$TOP/doc/pictures/${name##*/}" 45000 || return 1
	done
	rm -rf "$dir"
	ls -l "$TOP"/doc/pictures/*.png
}
