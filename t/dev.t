#!/bin/bash
# dev.t - what ./dev and the test servers stand on: processes are known by pid
# and start time, stopped alone, and are not root's when root starts them.
. "${BASH_SOURCE[0]%/*}/lib/tap.sh"
w=$(work_dir)
at_exit rm -rf "$w"

a_process_is_stopped_by_its_own_record() {
	spawn "$w" one sleep 300
	spawn "$w" two sleep 300
	local pid
	pid=$(pid_of "$w" two)
	ok "both run" alive "$w" one
	reap "$w" one
	ok "the first is gone" gone "$w" one
	ok "the second is not" alive "$w" two
	# the same pid with another start time is somebody else
	printf '%s 1\n' "$pid" >"$w/stranger.proc"
	reap "$w" stranger
	ok "a pid that came back as another process is left alone" kill -0 "$pid"
	reap "$w" two
	ok "the second is gone too" gone "$w" two
}

what_a_killed_server_leaves_behind_ends() {
	local child
	spawn "$w" parent bash -c 'sleep 300 & echo $!; wait'
	spawn "$w" other sleep 300
	wait_until 30 test -s "$w/parent.out"
	child=$(cat "$w/parent.out")
	kill -KILL "$(pid_of "$w" parent)"
	wait_until 30 gone "$w" parent
	ok "its child lives on" start_time "$child"
	reap "$w" parent
	ok "until it is reaped" wait_until 30 bash -c ". '$TOP/t/lib/common.sh'; ! start_time $child"
	ok "others are left alone" alive "$w" other
	reap "$w" other
}

a_command_that_cannot_start_is_reported() {
	ok "spawn says no, or the process is soon gone" \
	    bash -c ". '$TOP/t/lib/common.sh'; ! spawn '$w' bad /nonexistent || wait_until 30 gone '$w' bad"
}

deadlines_pass() {
	local began=${EPOCHREALTIME/./}
	wait_until 1 false
	is $? 1 "what never comes true fails"
	[ $((${EPOCHREALTIME/./} - began)) -ge 1000000 ]
	is $? 0 "but not before its time"
	ok "what is true needs no waiting" wait_until 0 true
}

two_free_ports_differ() {
	local a b
	a=$(free_port)
	b=$(free_port)
	isnt "$a" "$b" "two free ports differ"
	is "$(for _ in {1..30}; do free_port & done | sort | uniq -d)" "" \
	    "also of those who ask at the same moment"
	port_open "$a"
	is $? 1 "nobody listens on one"
}

# the checkout's name, its parent closed to everybody but root, as /root is
closed_checkout() {
	local c=$w/closed/shop
	mkdir -p "$c/etc/dev" "$c/var" "$c/build" "$c/secret"
	cp "$TOP/etc/dev/as-server.sh" "$c/etc/dev/"
	chown www-data: "$c/var"
	chmod 755 "$w" "$c/etc/dev/as-server.sh"
	chmod 700 "$w/closed" "$c"
	printf '%s\n' "$c"
}

servers_of_root_are_not_root() {
	if [ "$(id -u)" != 0 ]; then
		skip 6 "only root changes the user"
		return
	fi
	local c out
	c=$(closed_checkout)
	as="$c/etc/dev/as-server.sh"
	out=$("$as" id -u 2>&1) || {
		skip 6 "no mount name spaces here: $out"
		return
	}
	is "$out" "$(id -u www-data)" "a server of root is www-data"
	ok "it writes var/ in a folder that only root may enter" "$as" touch "$c/var/here"
	ok "which is the real var/" test -e "$c/var/here"
	is "$("$as" ls "$c")" var "it sees nothing else of the checkout"
	HATSHOP_AS=$as spawn_server "$w" sleeper sleep 300
	at_exit reap "$w" sleeper
	wait_until 30 user_is "$w" sleeper "$(id -u www-data)"
	is "$(stat -c %u "/proc/$(pid_of "$w" sleeper)")" "$(id -u www-data)" \
	    "its uid is not 0 for the kernel either"
	ls "$w/closed/shop/secret" >/dev/null
	is $? 0 "outside, the folder is as it was"
	reap "$w" sleeper
}

two_builds_in_one_folder_take_turns() {
	local d=$w/build
	mkdir "$d"
	printf 'all:\n\tmkdir busy && sleep 1 && rmdir busy && echo done >>log\n' >"$d/Makefile"
	(. "$TOP/etc/dev/build.sh" && make_in "$d" all) &
	(. "$TOP/etc/dev/build.sh" && make_in "$d" all)
	is $? 0 "one build"
	wait $!
	is $? 0 "and the other, begun at the same moment"
	is "$(wc -l <"$d/log")" 2 "each was done"
}

what_a_command_does_not_take_stops_it() {
	local command
	for command in up down url status build lint; do
		"$TOP/dev" "$command" --help >"$w/out" 2>&1
		is $? 2 "./dev $command --help does not $command"
	done
}

what_is_not_up_says_so() {
	local command
	mkdir -p "$w/checkout/t/lib" "$w/checkout/etc"
	cp "$TOP/dev" "$w/checkout/"
	cp "$TOP"/t/lib/*.sh "$w/checkout/t/lib/"
	cp -r "$TOP/etc/dev" "$w/checkout/etc/"
	for command in url logs "sql stock" "sql sales"; do
		# shellcheck disable=SC2086
		timeout 120 "$w/checkout/dev" $command >"$w/out" 2>&1 </dev/null
		is $? 1 "./dev $command before the first up fails"
		is "$(wc -l <"$w/out")" 1 "in one line" || cat "$w/out"
		ok "which names ./dev up" grep -q '\./dev up$' "$w/out"
	done
	ok "and var/ is not made for it" test ! -e "$w/checkout/var"
}

a_test_that_is_not_there_builds_nothing() {
	timeout 120 "$w/checkout/dev" test nosuchtest >"$w/out" 2>&1 </dev/null
	is $? 1 "./dev test nosuchtest fails"
	ok "and says so" grep -q 'no test is named like "nosuchtest"' "$w/out"
	ok "without a build" test ! -e "$w/checkout/build"
}

a_path_that_configure_refuses_is_named() {
	mkdir -p "$w/new comer"
	ok "a blank in the checkout's path stops the build" \
	    bash -c '. "$0/t/lib/common.sh"; . "$0/etc/dev/build.sh"; TOP=$1
	    ! (configure_in "$1/build/dev") 2>"$1/out" && grep -q "without blanks" "$1/out"' \
	    "$TOP" "$w/new comer"
}

user_is() { [ "$(stat -c %u "/proc/$(pid_of "$1" "$2")")" = "$3" ]; }

a_process_is_stopped_by_its_own_record
what_a_killed_server_leaves_behind_ends
a_command_that_cannot_start_is_reported
deadlines_pass
two_free_ports_differ
servers_of_root_are_not_root
two_builds_in_one_folder_take_turns
what_a_command_does_not_take_stops_it
what_is_not_up_says_so
a_test_that_is_not_there_builds_nothing
a_path_that_configure_refuses_is_named
done_testing
