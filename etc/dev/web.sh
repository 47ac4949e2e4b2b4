# web.sh - what the visitors' side of a shop needs: configuration, sales
# database, syncd and Apache, all in $VAR (shop_at in stock.sh).

# Without TLS there is one side and one configuration.
web_server() {
	local conf=$CONF
	[ -z "$TLS" ] || conf=$PLAIN
	HATSHOP_CONF=$conf HATSHOP_TLS=$TLS HATSHOP_TLS_CONF=$CONF \
	HATSHOP_SANDBOX=$APP/libexec/hatshop/sandbox HATSHOP_SANDBOX_DATA=$BOX \
	HATSHOP_CGI=$APP/libexec/hatshop/cgi-bin \
	HATSHOP_HTDOCS=$APP/share/hatshop/htdocs APACHE_OWNER=$SERVER_OWNER \
	HATSHOP_PICTURES=$VAR/pictures \
	    "$TOP/t/lib/apache.sh" "$WEB" "$1"
}

# static_version: changes when a file below htdocs/static does.
static_version() {
	(cd "$APP/share/hatshop/htdocs/static" && find . -type f | LC_ALL=C sort |
	    xargs -d '\n' sha256sum) | sha256sum | cut -c1-12
}

# app_install: programs, pages and files to $VAR/app, where the servers' user
# may read them wherever the checkout lies.
app_install() {
	make_in "$BUILD" install prefix="$APP" >"$VAR/install.log"
}

# conf_write: the whole shop.conf at first; afterwards only what ./dev decides
# anew, so that it may be edited.
conf_write() {
	[ -s "$CONF" ] || conf_first >"$CONF"
	conf_set shop.url "$(shop_url)"
	conf_set shop.static "/static/v$(static_version)"
	conf_set stock.port "$(stock_server port)"
	# a file of before there were invoices
	grep -q '^company\.address = ' "$CONF" ||
		conf_set company.address '1 Brim Street | Leeds | LS1 1AA | United Kingdom'
	conf_box
	conf_mail
	(umask 027 && secrets >"$VAR/etc/secrets.conf")
	conf_plain
	[ -z "$SERVER_OWNER" ] || chown "$SERVER_OWNER" "$CONF" "$PLAIN" "$VAR/etc/secrets.conf"
}

secrets() {
	printf 'stock.password = %s\n' "$(secret stock)"
	printf 'login.google.client_secret = %s\n' "$(secret google)"
	printf 'login.facebook.app_secret = %s\n' "$(secret facebook)"
	printf 'stripe.key = sk_test_%s\n' "$(secret stripe)"
	printf 'stripe.webhook_secret = whsec_%s\n' "$(secret stripe-hook)"
	printf 'paypal.client_secret = %s\n' "$(secret paypal)"
	printf 'courier.key = fd_test_%s\n' "$(secret courier)"
	printf 'courier.webhook_secret = fdwh_%s\n' "$(secret courier-hook)"
	[ -z "$TLS" ] || printf 'mail.password = %s\n' "$(secret mail)"
}

# conf_box: Google, Facebook, Stripe, PayPal and Funny Deliveries are the sandbox's,
# unless the file names others.
conf_box() {
	local box key
	box=$(web_server url)/sandbox
	for key in google.issuer facebook.dialog facebook.graph; do
		grep "^login\.$key = " "$CONF" | grep -qv /sandbox/ ||
			conf_set "login.$key" "$box/${key%.*}"
	done
	grep -q "^shop\.tariff = " "$CONF" ||
		conf_set shop.tariff "$APP/share/hatshop/tariff.conf"
	grep "^stripe\.base = " "$CONF" | grep -qv /sandbox/ ||
		conf_set stripe.base "$box/stripe"
	if ! grep "^courier\.url = " "$CONF" | grep -qv /sandbox/; then
		conf_set courier.url "$box/courier/v1"
		grep -q '^warehouse\.name = ' "$CONF" || cat >>"$CONF" <<-END
			warehouse.name = The Funny Hat Online Shop
			warehouse.line1 = 1 Brim Street
			warehouse.town = Leeds
			warehouse.postcode = LS1 1AA
		END
	fi
	if ! grep "^paypal\.base = " "$CONF" | grep -qv /sandbox/; then
		conf_set paypal.base "$box/paypal"
		conf_set paypal.ca "$BOX/paypal-cert.pem"
		conf_set paypal.webhook_id SANDBOXHOOK
		conf_set paypal.client_id hats.sandbox
	fi
	grep -q '^login\.google\.client_id = ' "$CONF" ||
		conf_set login.google.client_id hats.sandbox
	grep -q '^login\.facebook\.app_id = ' "$CONF" ||
		conf_set login.facebook.app_id 1234567890
}

# box_shops: whom the sandbox's providers send people back to.
box_shops() {
	web_server url
	[ -z "$TLS" ] || web_server tls-url
}

# shop_url: where the shop is at home.
shop_url() {
	if [ -n "$TLS" ]; then web_server tls-url; else web_server url; fi
}

# conf_plain: what the side without TLS has: the same shop under its own
# address, so that forms and cookies of each side work there.
conf_plain() {
	printf '# Made of shop.conf at each ./dev up, for the side without TLS.\n' >"$PLAIN.new"
	sed "s|^shop\\.url = .*|shop.url = $(web_server url)|" "$CONF" >>"$PLAIN.new"
	if cmp -s "$PLAIN.new" "$PLAIN"; then
		rm "$PLAIN.new"
	else
		mv "$PLAIN.new" "$PLAIN"
	fi
}

# tls_up: an authority of this checkout's own, and its certificate for
# localhost; only the servers' user reads the server's key.
tls_up() {
	[ -n "$TLS" ] || return 0
	(umask 077 && make_tls "$TLS") || die "could not make certificates"
	chmod 755 "$TLS" && chmod 644 "$TLS"/*.pem && chmod 600 "$TLS"/*-key.pem
	[ -z "$SERVER_OWNER" ] || chown "$SERVER_OWNER" "$TLS/server-key.pem"
}

# conf_set KEY VALUE
conf_set() {
	local line="$1 = $2"
	grep -qxF "$line" "$CONF" && return
	sed -i "\|^$1 |d" "$CONF" && printf '%s\n' "$line" >>"$CONF"
}

conf_first() {
	cat <<-END
		# Written by ./dev up; yours to edit. shop.conf(5) explains each key.
		# shop.url, shop.static and stock.port are set anew at each ./dev up.
		shop.name = The Funny Hat Online Shop
		shop.pages = $APP/share/hatshop/pages
		shop.tariff = $APP/share/hatshop/tariff.conf
		shop.run = $VAR/run
		shop.test = yes
		company.name = The Funny Hat Company (test)
		company.address = 1 Brim Street | Leeds | LS1 1AA | United Kingdom
		company.vat_number = GB 000 0000 00 (test)
		secrets.file = $VAR/etc/secrets.conf

		db.engine = sqlite
		db.file = $SALES

		stock.host = 127.0.0.1
		stock.ca = $(stock_server ca)
		stock.user = shop
		stock.own_schema = hatshop
		stock.poll_ms = 1000
		stock.picture_seconds = 1
		$(cat "$TOP/schema/stock-demo/mapping.conf")

		pictures.folder = $VAR/pictures
		pictures.base_url = /pictures
	END
}

sales_up() {
	server_dir "$VAR/db" "$VAR/pictures" "$VAR/run"
	local why
	why=$(HATSHOP_CONF=$CONF HATSHOP_SCHEMA=$APP/share/hatshop/sales \
	    run_server "$APP/sbin/shopctl" migrate 2>&1 >"$VAR/migrate.log") && return
	warn "$why"
	case $why in
	*"has changed since it was applied"*)
		die "var/ was made by other sources: \"./dev down; rm -r var\"" \
		    "begins anew, without its customers and orders"
		;;
	esac
	die "the sales database could not be made ready"
}

# syncd_up: (re)started when its program or configuration is newer than it.
syncd_up() {
	server_dir "$SYNC"
	local pid
	if pid=$(pid_of "$SYNC" syncd); then
		cmp -s "$APP/sbin/syncd" "/proc/$pid/exe" &&
			[ "$CONF" -ot "$SYNC/syncd.proc" ] && return 0
		reap "$SYNC" syncd
	fi
	HATSHOP_CONF=$CONF spawn_server "$SYNC" syncd "$APP/sbin/syncd" -d ||
		die "syncd did not start"
}

# box_cert: what the sandbox's PayPal signs its webhooks with.
box_cert() {
	[ ! -s "$BOX/paypal-cert.pem" ] || return 0
	openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -batch \
	    -subj /CN=messageverificationcerts.test -keyout "$BOX/paypal-key.pem" \
	    -out "$BOX/paypal-cert.pem" 2>/dev/null || die "no certificate for the sandbox's PayPal"
	[ -z "$SERVER_OWNER" ] || chown "$SERVER_OWNER" "$BOX"/paypal-*.pem
}

# web_up: Apache, anew when its configuration changed.
web_up() {
	server_dir "$WEB" "$BOX"
	box_shops >"$BOX/shops"
	# a parcel of the sandbox takes a step each half minute
	[ -s "$BOX/courier-pace" ] || echo 30 >"$BOX/courier-pace"
	box_cert
	if alive "$WEB" apache && ! cmp -s "$TOP/etc/apache/site.conf" "$WEB/site.conf" ||
		! cmp -s "$TOP/etc/apache/server.conf" "$WEB/server.conf"; then
		web_server stop
	fi
	web_server start || die "Apache did not start"
}

# hooks_up PROGRAM FOLDER: what sends a stand-in's webhooks, anew when its program
# changed.
hooks_up() {
	local pid program=$APP/libexec/hatshop/sandbox/$1
	server_dir "$BOX" "$2"
	if pid=$(pid_of "$2" hooks); then
		cmp -s "$program" "/proc/$pid/exe" &&
			[ "$PLAIN" -ot "$2/hooks.proc" ] && return 0
		reap "$2" hooks
	fi
	local conf=$CONF
	[ -z "$TLS" ] || conf=$PLAIN
	HATSHOP_CONF=$conf HATSHOP_SANDBOX=$BOX spawn_server "$2" hooks "$program" -w ||
		die "the sender of the sandbox's $1 did not start"
}

hats_on_page() { curl -fsS -m 5 "$1/" 2>/dev/null | grep -o 'href="/hat/' | wc -l; }
home_has_hats() { [ "$(hats_on_page "$1")" -ge 12 ]; }

shop_opens() {
	local url=$1
	wait_until 120 home_has_hats "$url" && return 0
	warn "The home page has $(hats_on_page "$url") hats; the ends of the logs:"
	tail -n 5 "$WEB/error.log" "$SYNC/syncd.out" >&2
	return 1
}

# shop_up: everything, in order; shop_down: the other way round.
shop_up() {
	server_dir "$VAR" "$VAR/etc"
	app_install
	say "Starting"
	tls_up
	stock_up
	conf_write
	stock_rights || die "syncd cannot be started; the line above says why"
	sales_up
	syncd_up
	mail_up
	web_up
	hooks_up stripe "$BOX/hooks"
	hooks_up paypal "$BOX/hooks-paypal"
	hooks_up courier "$BOX/hooks-courier"
	shop_opens "$(web_server url)"
}

shop_down() {
	reap "$BOX/hooks-courier" hooks
	reap "$BOX/hooks-paypal" hooks
	reap "$BOX/hooks" hooks
	reap "$WEB" apache
	mail_down
	reap "$SYNC" syncd
	reap "$STOCK" mariadb
}
