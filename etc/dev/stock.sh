# stock.sh - the private MariaDB of a shop in $VAR/stock, which plays the
# legacy stock system: schema "hatstock" of schema/stock-demo, its application's
# user "legacy", and the shop's user "shop" with no more rights than syncd -n
# asks for.

# shop_at DIR: the functions here and in web.sh work on the shop in DIR;
# without a call that is var/.
shop_at() {
	VAR=$1
	APP=$VAR/app       # make install
	CONF=$VAR/etc/shop.conf
	PLAIN=$VAR/etc/plain.conf # the same for the side without TLS
	SALES=$VAR/db/sales.db
	STOCK=$VAR/stock   # MariaDB
	SYNC=$VAR/syncd    # its log and pid
	WEB=$VAR/web       # Apache
	TLS=$VAR/tls       # authority, certificate and key; "" goes without
	BOX=$VAR/sandbox   # what the outside world in a box keeps
}
shop_at "$TOP/var"

# Kept for long, unlike those of tests: it syncs.
stock_server() { MARIADB_ARGS=--innodb-flush-method=fsync MARIADB_OWNER=$SERVER_OWNER "$TOP/t/lib/mariadb.sh" "$STOCK" "$@"; }

# stock_sql: statements from standard input, as root.
stock_sql() { "$TOP/t/lib/mariadb.sh" "$STOCK" sql; }

# secret NAME: a password that lives as long as var/ does.
secret() {
	local file=$VAR/etc/$1.password
	[ -s "$file" ] || (umask 077 && openssl rand -hex 16 >"$file") || return 1
	cat "$file"
}

stock_up() {
	server_dir "$STOCK"
	stock_server start || die "the stock database did not start"
	[ ! -e "$STOCK/loaded" ] || return 0
	say "Drawing hats and loading the demonstration stock"
	stock_users && stock_load ||
		die "could not load the demonstration stock"
	: >"$STOCK/loaded"
}

stock_users() {
	stock_sql <<-END
		DROP DATABASE IF EXISTS hatstock;
		DROP DATABASE IF EXISTS hatshop;
		CREATE DATABASE hatstock CHARACTER SET utf8mb4;
		DROP USER IF EXISTS legacy, shop;
		CREATE USER legacy IDENTIFIED BY '$(secret legacy)';
		GRANT ALL ON hatstock.* TO legacy;
		CREATE USER shop IDENTIFIED BY '$(secret stock)' REQUIRE SSL;
	END
}

stock_load() {
	(
		printf 'USE hatstock;\n'
		cat "$TOP/schema/stock-demo/schema.sql" &&
			"$TOP/schema/stock-demo/load.sh" "$TOP/build/stock-demo"
	) | stock_sql
}

# stock_rights: what an administrator would do: run the statements that
# "syncd -n" prints (our schema's tables, then the GRANTs that are missing, then
# the one that it advises so as to follow the log) until there is none. They are
# the whole of what syncd may do (R94). A newer syncd may want more, so it is
# asked again, as it is when shop.conf has changed.
stock_rights() {
	local round status
	[ ! "$STOCK/granted" -nt "$APP/sbin/syncd" ] ||
		[ ! "$STOCK/granted" -nt "$CONF" ] || return 0
	for round in 1 2 3 4; do
		HATSHOP_CONF=$CONF run_server "$APP/sbin/syncd" -n >"$VAR/check.log" 2>&1
		status=$?
		if [ $status = 0 ] && ! grep -q '^GRANT ' "$VAR/check.log"; then
			: >"$STOCK/granted"
			return 0
		fi
		sed -n '/^CREATE /,/;$/p; /^GRANT /p' "$VAR/check.log" | stock_sql || return 1
	done
	tail -n 3 "$VAR/check.log" >&2
	return 1
}

# cmd_sql stock|sales [STATEMENT...]: interactive without a statement.
cmd_sql() {
	local which=${1:-}
	shift
	serve_as
	case $which in
	stock)
		[ -d "$STOCK" ] && "$TOP/t/lib/mariadb.sh" "$STOCK" status ||
			die "not up: ./dev up"
		(
			cd "$STOCK" || exit 1
			export MYSQL_PWD
			MYSQL_PWD=$(secret legacy)
			exec mariadb --no-defaults --default-character-set=utf8mb4 \
			    -u legacy -S s.sock hatstock ${1+-e "$*"}
		)
		;;
	sales)
		[ -e "$SALES" ] || die "not up: ./dev up"
		run_server sqlite3 -cmd '.timeout 5000' -cmd '.mode table' \
		    "$SALES" ${1+"$*"}
		;;
	*)
		warn "usage: ./dev sql stock|sales [STATEMENT]"
		return 2
		;;
	esac
}
