# up.sh - ./dev up, down, url, status, logs.

# locked: one ./dev up or down at a time in a checkout. The servers do not
# inherit the lock: spawn closes it.
locked() {
	mkdir -p "$TOP/var" && exec 9>"$TOP/var/lock" && flock 9
}

# check_owner: var/ is the servers' (user.sh); a checkout once started by
# another user cannot be taken over.
check_owner() {
	[ "$(id -u)" = 0 ] || [ ! -d "$TOP/var" ] || [ -O "$TOP/var" ] ||
		die "var/ belongs to $(stat -c %U "$TOP/var"): run ./dev as the user who began"
}

cmd_up() {
	local url
	check_owner
	need run
	build
	serve_as
	locked
	server_dir "$TOP/var" "$TOP/var/etc"
	app_install
	say "Starting"
	stock_up
	url=$(web_server url)
	conf_write
	sales_up
	syncd_up
	web_up
	shop_opens "$url" || return 1
	say "The Funny Hat Online Shop is open:"
	say "$url/"
}

cmd_down() {
	check_owner
	[ -d "$TOP/var" ] || return 0
	locked
	reap "$WEB" apache
	reap "$SYNC" syncd
	reap "$STOCK" mariadb
}

cmd_url() {
	"$TOP/t/lib/apache.sh" "$WEB" status || die "not up: ./dev up"
	say "$("$TOP/t/lib/apache.sh" "$WEB" url)/"
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
	[ "$rc" = 0 ] || return 1
	cmd_url
	HATSHOP_CONF=$CONF run_server "$APP/sbin/syncd" --status
}

cmd_logs() {
	case ${1:-all} in
	web) tail -F "$WEB/error.log" ;;
	access) tail -F "$WEB/access.log" ;;
	syncd) tail -F "$SYNC/syncd.out" ;;
	stock) tail -F "$STOCK/error.log" ;;
	all) tail -F "$WEB"/{error,access}.log "$SYNC/syncd.out" "$STOCK/error.log" ;;
	*)
		warn "usage: ./dev logs [web|access|syncd|stock]"
		return 2
		;;
	esac
}
