# up.sh - ./dev up, down, url, status, logs.

# locked: one ./dev up or down at a time in a checkout. The servers do not
# inherit the lock: spawn closes it.
locked() {
	mkdir -p "$VAR" && exec 9>"$VAR/lock" && flock 9
}

# check_owner: var/ is the servers' (user.sh); a checkout once started by
# another user cannot be taken over.
check_owner() {
	[ "$(id -u)" = 0 ] || [ ! -d "$VAR" ] || [ -O "$VAR" ] ||
		die "var/ belongs to $(stat -c %U "$VAR"): run ./dev as the user who began"
}

cmd_up() {
	check_owner
	need run
	build
	serve_as
	locked
	shop_up || return 1
	say "The Funny Hat Online Shop is open:"
	shop_addresses
	say "Its letters: $(web_server url)/sandbox/mail"
	say "Its parcels: $(web_server url)/sandbox/courier"
}

cmd_down() {
	check_owner
	[ -d "$VAR" ] || return 0
	locked
	shop_down
}

# shop_addresses: with TLS, by the authority in $TLS/ca.pem, and without.
shop_addresses() {
	say "$("$TOP/t/lib/apache.sh" "$WEB" tls-url)/"
	say "$("$TOP/t/lib/apache.sh" "$WEB" url)/"
}

cmd_url() {
	[ -d "$WEB" ] || die "not up: ./dev up"
	"$TOP/t/lib/apache.sh" "$WEB" status || die "not up: ./dev up"
	shop_addresses
}

# status_line WORDS DIR NAME
status_line() {
	local pid
	if pid=$(pid_of "$2" "$3"); then
		printf '%-22s up, pid %s, user %s\n' "$1" "$pid" "$(stat -c %U "/proc/$pid")"
	else
		printf '%-22s down\n' "$1"
		return 1
	fi
}

cmd_status() {
	local rc=0
	serve_as
	status_line "web (Apache)" "$WEB" apache || rc=1
	status_line "syncd" "$SYNC" syncd || rc=1
	status_line "stock (MariaDB)" "$STOCK" mariadb || rc=1
	status_line "mail server" "$BOX" postbox || rc=1
	status_line "lifecycle" "$BOX/lifecycle" lifecycle || rc=1
	status_line "Stripe's webhooks" "$BOX/hooks" hooks || rc=1
	status_line "PayPal's webhooks" "$BOX/hooks-paypal" hooks || rc=1
	status_line "Funny Deliveries" "$BOX/hooks-courier" hooks || rc=1
	[ "$rc" = 0 ] || return 1
	cmd_url
	HATSHOP_CONF=$CONF run_server "$APP/sbin/syncd" --status
}

cmd_logs() {
	[ -e "$STOCK/error.log" ] || die "no logs yet: ./dev up"
	case ${1:-all} in
	web) tail -F "$WEB/error.log" ;;
	access) tail -F "$WEB/access.log" ;;
	syncd) tail -F "$SYNC/syncd.out" ;;
	stock) tail -F "$STOCK/error.log" ;;
	mail) tail -F "$BOX/lifecycle/lifecycle.out" "$BOX/postbox.out" ;;
	all) tail -F "$WEB"/{error,access}.log "$SYNC/syncd.out" "$STOCK/error.log" \
	    "$BOX/lifecycle/lifecycle.out" ;;
	*)
		warn "usage: ./dev logs [web|access|syncd|stock|mail]"
		return 2
		;;
	esac
}
