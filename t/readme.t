#!/bin/bash
# readme.t - README.md tells the truth about packages, and none of them has a
# service that would start or be enabled by ./dev.
. "${BASH_SOURCE[0]%/*}/lib/tap.sh"
. "$TOP/etc/dev/packages.sh"

listed=$(packages | awk '{ sub(/:.*/, "", $2); print $2, $1 == "run" ? "x" : "-" }' | sort)
told=$(awk -F' *\\| *' '/^## /{ on = /Debian packages/ }
    on && NF == 5 && $2 !~ /^(package|---)/ { print $2, $3 == "x" ? "x" : "-" }' \
    "$TOP/README.md" | sort)
is "$told" "$listed" "README.md lists the packages that ./dev installs"

mapfile -t names < <(cut -d' ' -f1 <<<"$listed")
units=$(dpkg -L "${names[@]}" 2>/dev/null |
    grep -E '^(/usr)?/lib/systemd/system/.*\.(service|socket|timer)$|^/etc/init\.d/.')
is "$units" "" "none of the packages brings a service"

for command in up down test bench lint url status logs sql build long; do
	like "$("$TOP/dev" help)" "  $command " "./dev lists $command"
done
out=$("$TOP/dev" dance 2>&1)
is $? 2 "an unknown command is refused"
like "$out" 'unknown command "dance".*usage:' "and says what there is"
done_testing
