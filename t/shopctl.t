#!/bin/bash
# shopctl.t - the administrators' shell: usage, exit statuses, migrate.
. "${BASH_SOURCE[0]%/*}/lib/tap.sh"

shopctl=$BUILD/ctl/shopctl
[ -x "$shopctl" ] || skip_all "shopctl is not built"
w=$(work_dir)
at_exit rm -rf "$w"
export HATSHOP_SCHEMA=$TOP/schema/sales
printf 'shop.url = http://localhost\ndb.file = %s/shop.db\n' "$w" >"$w/shop.conf"

# run ARG...: sets status, out and err.
run() {
	"$shopctl" "$@" >"$w/out" 2>"$w/err"
	status=$?
	out=$(cat "$w/out")
	err=$(cat "$w/err")
}

run
is "$status" 2 "no command: exit status 2"
like "$err" '^usage: shopctl' "no command: the usage"
run help
is "$status" 0 "help: exit status 0"
like "$out" 'migrate \[-n\]' "help: names migrate"
run frobnicate
is "$status" 2 "unknown command: exit status 2"
like "$err" 'no command "frobnicate"' "unknown command: named"
run -z help
is "$status" 2 "unknown option: exit status 2"
run migrate -z
is "$status" 2 "unknown option of migrate: exit status 2"
run migrate now
is "$status" 2 "too many arguments: exit status 2"
run help me
is "$status" 2 "too many arguments of help: exit status 2"

run -f "$w/none.conf" migrate
is "$status" 1 "no configuration: exit status 1"
like "$err" 'none.conf' "no configuration: named"
run -f "$w/shop.conf" migrate -n
is "$status" 3 "something to do: exit status 3"
like "$out" 'would apply 0001-' "something to do: named"
ok "-n makes nothing" test ! -e "$w/shop.db"
run -f "$w/shop.conf" migrate
is "$status" 0 "applied: exit status 0"
like "$out" '^applied 0001-' "applied: named"
is "$(stat -c %a "$w/shop.db")" 640 "the file is not for others (umask 022)"
run -f "$w/shop.conf" migrate
is "$status:$err" "0:" "again: exit status 0"
like "$out" 'nothing to do' "again: says so"
run -f "$w/shop.conf" migrate -n
is "$status" 0 "nothing to do: exit status 0"
run -f "$w/shop.conf" migrate -s "$w"
is "$status" 1 "no folder of migrations: exit status 1"
like "$err" "could not read folder \"$w/sqlite\"" "no folder: named"
mkdir "$w/dir"
sed "s|shop.db|dir|" "$w/shop.conf" >"$w/dir.conf"
run -f "$w/dir.conf" migrate
is "$status" 1 "a folder in the file's place: exit status 1"
echo "this is no database" >"$w/text.db"
chmod 600 "$w/text.db"
sed "s|shop.db|text.db|" "$w/shop.conf" >"$w/text.conf"
run -f "$w/text.conf" migrate
is "$status" 1 "another file in its place: exit status 1"
is "$(cat "$w/text.db")" "this is no database" "and it is left alone"
for verb in order parcel return invoice; do
	run -f "$w/shop.conf" "$verb" list --json
	is "$status:$err" "0:" "$verb list: exit status 0"
	"$shopctl" -f "$w/shop.conf" "$verb" list --json >/dev/full 2>"$w/err"
	is $? 1 "$verb list that cannot be printed: exit status 1"
	like "$(cat "$w/err")" 'shopctl: could not print' "$verb list that cannot be printed: said"
done
done_testing
