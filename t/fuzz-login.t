#!/bin/bash
# fuzz-login.t - coverage-guided fuzzing of what comes from outside when people
# log in: cookies, forms, JSON, ID tokens and signed requests, and of mail that
# came back, with clang and sanitizers. Only long: HATSHOP_LONG=1, for
# HATSHOP_FUZZ_SECONDS each (600).
. "${BASH_SOURCE[0]%/*}/lib/tap.sh"

[ -n "${HATSHOP_LONG:-}" ] ||
	skip_all "only long; t/fuzz-cookie and the others replay the corpus"
. "$TOP/etc/dev/build.sh"

names=(cookie form json jwt signed dsn)
dir=$TOP/build/fuzz
mkdir -p "$TOP/build"
configure_in "$dir" CC=clang --enable-fuzzing --enable-sanitizers CFLAGS='-O1 -g' >&2
make_in "$dir" "${names[@]/#/t/fuzz-}" >&2

# fuzz NAME: no crash, hang or memory above the limit.
fuzz() {
	local learnt=$dir/learnt/$1
	mkdir -p "$learnt"
	"$dir/t/fuzz-$1" -max_total_time="${HATSHOP_FUZZ_SECONDS:-600}" \
	    -seed="${HATSHOP_SEED:-1}" -max_len=16384 -timeout=20 \
	    -rss_limit_mb=1500 -artifact_prefix="$dir/learnt/" -print_final_stats=1 \
	    "$learnt" "$TOP/t/fuzz/corpus/$1" >"$dir/learnt/$1.log" 2>&1 || {
		tail -n 40 "$dir/learnt/$1.log"
		return 1
	}
}

for name in "${names[@]}"; do
	ok "R91: $name bears whatever bytes it is given" fuzz "$name"
	diag "$(grep -E '^(Done|stat::number_of_exec|stat::peak_rss)' "$dir/learnt/$name.log")"
done
done_testing
