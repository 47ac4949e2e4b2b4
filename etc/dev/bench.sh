# bench.sh - ./dev bench.
cmd_bench() {
	die "nothing to measure yet"
}
