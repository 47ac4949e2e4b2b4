#!/bin/bash
# browser-accounts.t - register, log in, log out, merge, come back late, and with
# Google and Facebook, in a browser without JavaScript on TLS; then the forms and the account at 320 to
# 1600 px, in the dark, with axe and the HTML checker. HATSHOP_SHOTS as in
# browser-pages.t.
. "${BASH_SOURCE[0]%/*}/lib/tap.sh"

"$TOP/t/lib/node.sh" >/dev/null || skip_all "no browser tools"
command -v chromium >/dev/null || skip_all "no chromium"
command -v java >/dev/null || skip_all "no Java for the HTML checker"

w=$(work_dir)
at_exit rm -rf "$w"
web=$TOP/t/lib/apache.sh
url=$("$web" "$w/web" url) || bail "no port"
shots=${HATSHOP_SHOTS:-$w/pages}
mkdir -p "$shots" "$w"/{pictures,tls,run,box}
make_tls "$w/tls" || bail "no certificate"
export HATSHOP_TLS=$w/tls
tls=$("$web" "$w/web" tls-url) || bail "no port"

printf '%s\n' "$url" "$tls" >"$w/box/shops"
(umask 027 && printf '%s\n' 'login.google.client_secret = g' 'login.facebook.app_secret = f' >"$w/secrets")
export HATSHOP_SANDBOX=$BUILD/sandbox HATSHOP_SANDBOX_DATA=$w/box
conf() {
	cat <<END
shop.test = yes
shop.run = $w/run
secrets.file = $w/secrets
login.google.client_id = hats.sandbox
login.google.issuer = $url/sandbox/google
login.facebook.app_id = 1234567890
login.facebook.dialog = $url/sandbox/facebook
login.facebook.graph = $url/sandbox/facebook
shop.url = $1
shop.pages = $TOP/etc/pages
db.file = $w/shop.db
stock.user = nobody
stock.database = nothing
stock.stale_after = 3600
password.memory = 64
password.time = 1
END
}
conf "$url" >"$w/shop.conf"
conf "$tls" >"$w/tls.conf"
export HATSHOP_CONF=$w/shop.conf HATSHOP_TLS_CONF=$w/tls.conf HATSHOP_PICTURES=$w/pictures
"$BUILD/ctl/shopctl" migrate -s "$TOP/schema/sales" >/dev/null || bail "could not migrate"
"$BUILD/t/seed" 40 >/dev/null || bail "could not fill the sales database"
sales() { sqlite3 -cmd '.timeout 30000' "$w/shop.db" "$1"; }
sales "UPDATE item SET picture = ''"
HATSHOP_HATS=$(sales 'SELECT slug FROM item WHERE level > 10 AND held = 0 AND gone = 0
    AND price > 0 AND flaw = 0 ORDER BY id LIMIT 2' | tr '\n' ' ')
export HATSHOP_HATS

"$web" "$w/web" start || bail "no Apache"
at_exit "$web" "$w/web" stop

# browser SCRIPT ARG...
browser() {
	local verdict name
	while IFS=$'\t' read -r verdict name; do
		if [ "$verdict" = ok ]; then
			pass "$name"
		else
			fail "$name"
		fi
	done < <("$TOP/t/lib/node.sh" "$TOP/t/lib/$1" "${@:2}" ||
		printf 'not ok\tthe browser came to its end\n')
}

shoppers_without_javascript_on_tls() {
	browser accounts.mjs "$tls"
	browser providers.mjs "$tls"
}

order_tool() { "$BUILD/t/order-tool" "$@"; }

# proof TOKEN: what the forms of the browser with it carry.
proof() { printf 'form %s' "$1" | sha256sum | cut -d' ' -f1; }

a_new_password_by_the_link_of_a_letter() {
	local jar=$w/jar3 link
	cat >"$w/ca" <"$w/tls/ca.pem"
	tls_curl() { curl -sS --cacert "$w/ca" -o /dev/null -b "$jar" -c "$jar" -H "Origin: $tls" "$@"; }
	tls_curl "$tls/login/reset"
	tls_curl "$tls/login/reset" --data-urlencode email=walter@hats.example \
	    --data-urlencode "proof=$(proof "$(awk '$6 == "__Host-basket" { print $7 }' "$jar")")"
	link=$(sales 'SELECT hex(bytes) FROM letter ORDER BY id DESC LIMIT 1' | xxd -r -p |
		perl -MMIME::QuotedPrint -0777 -ne '$_ = decode_qp($_); print m{(https://\S+?/login/reset/[\w-]{43})}')
	browser accounts.mjs "$tls" "$link"
}

forms_and_account_at_every_width() {
	local jar=$w/jar token id order paid open
	curl -fsS -o /dev/null -c "$jar" "$url/register"
	token=$(awk '$6 == "basket" { print $7 }' "$jar")
	curl -sS -o /dev/null -b "$jar" -c "$jar" -H "Origin: $url" "$url/register" \
	    --data-urlencode "proof=$(proof "$token")" --data-urlencode 'name=Wilhelmina Featherstonehaugh-Cholmondeley' \
	    --data-urlencode 'email=wilhelmina.featherstonehaugh@a-very-long-domain-name.example' \
	    --data-urlencode 'user_name=Wilhelmina' --data-urlencode 'password=felt and feathers'
	browser browse.mjs "$url" "$shots" login+=/login register+=/register?to=/basket reset+=/login/reset \
	    link-dead=/login/reset/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
	HATSHOP_COOKIES=$(awk '$6 == "basket" || $6 == "session" { printf "%s=%s; ", $6, $7 }' "$jar")
	export HATSHOP_COOKIES
	browser browse.mjs "$url" "$shots" account=/account account-details=/account/details \
	    account-addresses=/account/addresses account-address=/account/addresses/new \
	    account-sessions=/account/sessions account-events=/account/events account-data=/account/data \
	    account-password=/login/password account-email=/login/email account-methods=/login/methods \
	    account-logout=/logout orders-none=/orders
	id=$(sales 'SELECT max(id) FROM customer')
	read -r order paid < <(order_tool place "$id" 10 1 13 2)
	order_tool page "$order" && order_tool authorised "$order" && order_tool paid "$order"
	read -r _ open < <(order_tool place "$id" 1 1)
	browser browse.mjs "$url" "$shots" orders=/orders order-paid="/order/$paid" order-open="/order/$open"
	sales "UPDATE customer SET staff = 1 WHERE id = $id;
	    UPDATE orders SET attention = 'the payment is disputed: fraudulent', attention_at = made_at WHERE uid = '$open'"
	browser browse.mjs "$url" "$shots" desk=/desk desk-picks=/desk/print?what=picks \
	    desk-slips=/desk/print?what=slips order-desk="/order/$paid"
	sales "UPDATE customer SET staff = 0 WHERE id = $id; UPDATE orders SET attention = '', attention_at = 0"
	unset HATSHOP_COOKIES
}

the_html_checker_finds_nothing() {
	local vnu jar=$w/jar2
	vnu=$("$TOP/t/lib/node.sh")/node_modules/vnu-jar/build/dist/vnu.jar
	curl -fsS -o /dev/null -c "$jar" "$url/register"
	curl -sS -o "$shots/register-faulty.html" -b "$jar" -H "Origin: $url" "$url/register" \
	    --data-urlencode "proof=$(proof "$(awk '$6 == "basket" { print $7 }' "$jar")")" -d name=x -d email=y -d password=z
	ok "what is wrong is on the page" grep -q 'id="email-wrong"' "$shots/register-faulty.html"
	ok "the HTML checker finds nothing on $(find "$shots" -name '*.html' | wc -l) pages" \
	    java -jar "$vnu" --Werror "$shots"/*.html
}

shoppers_without_javascript_on_tls
a_new_password_by_the_link_of_a_letter
forms_and_account_at_every_width
the_html_checker_finds_nothing
done_testing
