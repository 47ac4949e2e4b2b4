#!/bin/bash
# shop.sh DIR start|stop|url|tls-url|ca|conf|sales|run PROGRAM...|stock [STATEMENT]
#
# A whole shop in DIR for a test: demonstration stock in a private MariaDB,
# mirrored by syncd, under a private Apache - what ./dev up starts, from the
# same functions, beside any that runs. start returns once the home page has
# its hats. "run" runs one of its programs with its configuration; "stock"
# is root in the stock database hatstock; DIR should be short.
#
#   s=$TOP/t/lib/shop.sh
#   "$s" "$w/shop" start || bail "no shop"
#   at_exit "$s" "$w/shop" stop
#   page=$(curl -fsS "$("$s" "$w/shop" url)/hat/plain-bowler")
#   "$s" "$w/shop" stock "UPDATE stk_level SET on_hand = 0 WHERE sku = 'CLS-101'"
#   "$s" "$w/shop" run sbin/syncd --status
set -uo pipefail
. "${BASH_SOURCE[0]%/*}/common.sh"
for part in user build stock web mail; do
	. "$TOP/etc/dev/$part.sh"
done

[ $# -ge 2 ] || { warn "usage: ${0##*/} DIR start|stop|url|tls-url|ca|conf|sales|run PROGRAM...|stock [STATEMENT]"; exit 2; }
mkdir -p "$1" || exit 1
shop_at "$(cd "$1" && pwd -P)"
SERVER_OWNER=
command=$2
shift 2
case $command in
start) shop_up ;;
stop) shop_down ;;
url | tls-url) web_server "$command" ;;
ca) say "$TLS/ca.pem" ;;
conf) say "$CONF" ;;
sales) say "$SALES" ;;
run)
	program=$APP/$1
	shift
	HATSHOP_CONF=$CONF run_server "$program" "$@"
	;;
stock) if [ $# -gt 0 ]; then stock_sql <<<"USE hatstock; $*"; else stock_sql; fi ;;
*) die "unknown command \"$command\"" ;;
esac
