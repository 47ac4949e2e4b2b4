# mail.sh - letters of a shop: a private mail server that keeps what it gets
# (the page /sandbox/mail shows it), and lifecycle again and again. Both only
# beside TLS: without it the mail server has no certificate.

# conf_mail: the server of this shop, unless the file names another.
conf_mail() {
	[ -n "$TLS" ] || return 0
	grep -q '^mail\.host = ' "$CONF" || conf_set mail.host localhost
	grep -qx 'mail\.host = localhost' "$CONF" || return 0
	conf_set mail.port "$(mail_port)"
	conf_set mail.ca "$TLS/ca.pem"
	conf_set mail.user shop
	grep -q '^mail\.from = ' "$CONF" || conf_set mail.from shop@hats.test
	grep -q '^mail\.warehouse = ' "$CONF" || conf_set mail.warehouse warehouse@hats.test
}

# mail_port: as before unless somebody else listens there by now.
mail_port() {
	local p
	p=$(cat "$BOX/mail-port" 2>/dev/null)
	if [ -z "$p" ] || { gone "$BOX" postbox && port_open "$p"; }; then
		mkdir -p "$BOX" && p=$(free_port) || return 1
		printf '%s\n' "$p" >"$BOX/mail-port"
	fi
	printf '%s\n' "$p"
}

mail_listens() { port_open "$(mail_port)"; }

# mail_up: (re)started when what they are made of has changed. The servers'
# user may not be able to reach the checkout: the script is taken to var/.
mail_up() {
	[ -n "$TLS" ] || return 0
	server_dir "$BOX" "$BOX/mail" "$BOX/lifecycle"
	if ! cmp -s "$TOP/etc/dev/postbox.py" "$BOX/postbox.py"; then
		reap "$BOX" postbox
		cp "$TOP/etc/dev/postbox.py" "$BOX/" || return 1
	fi
	alive "$BOX" postbox ||
		POSTBOX_PASSWORD=$(secret mail) spawn_server "$BOX" postbox \
		    /usr/bin/python3 -I -W ignore "$BOX/postbox.py" "$BOX/mail" "$(mail_port)" \
		    "$TLS/server-cert.pem" "$TLS/server-key.pem" ||
		die "the mail server did not start"
	wait_until 20 mail_listens || die "the mail server does not listen"
	alive "$BOX/lifecycle" lifecycle ||
		HATSHOP_CONF=$CONF spawn_server "$BOX/lifecycle" lifecycle bash -c '
		trap "kill \$child; exit" TERM
		while :; do
			"$0" -v -w 58 & child=$!
			wait $child || sleep 1
		done' "$APP/sbin/lifecycle" ||
		die "lifecycle did not start"
}

mail_down() {
	reap "$BOX/lifecycle" lifecycle
	reap "$BOX" postbox
}
