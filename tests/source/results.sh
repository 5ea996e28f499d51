#!/usr/bin/env bash
# The counting of scripts/test, on small made-up logs: what failed must never be counted as passed, nor be left out.
set -u
awk_file=$(dirname "$0")/../../scripts/lib/results.awk
failures=0

expect() { # name expected log
    local got
    got=$(printf '%b' "$3" | awk -f "$awk_file")
    if [ "$got" != "$2" ]; then
        echo "$1: expected '$2' and got '$got'"
        failures=$((failures + 1))
    fi
}

head='1/2 Testing: a\n1/2 Test: a\nOutput:\n'
criterion() { # passing failing crashing
    echo "[====] Synthesis: Tested: $(($1 + $2 + $3)) | Passing: $1 | Failing: $2 | Crashing: $3 \\n"
}

expect "nothing ran" "0 0 0" "Start testing\n"
expect "a plain program counts as one" "1 0 0" "${head}hello\nTest Passed.\n"
expect "a plain program that failed" "0 1 0" "${head}hello\nTest Failed.\n"
expect "a Criterion program counts by its tests" "7 0 0" "$head$(criterion 7 0 0)Test Passed.\n"
expect "failing and crashing tests" "4 3 0" "$head$(criterion 4 1 2)Test Failed.\n"
expect "a leak after tests that all passed" "7 1 0" "$head$(criterion 7 0 0)Test Failed.\n"
expect "a program that ended without a verdict" "0 1 0" "$head"
expect "a verdict for one of two" "1 1 0" "${head}2/2 Testing: b\nTest Passed.\n"
expect "a timeout" "0 1 0" "${head}Test timeout computed to be: 120\nTest Timeout.\n"
expect "a skipped program" "0 0 1" "${head}Test Skipped.\n"
expect "skipped tests among others" "5 0 2" "${head}SKIPPED: no file\nSKIPPED: no file\n$(criterion 5 0 0)Test Passed.\n"
expect "a plain program that skipped its one test" "0 0 1" "${head}SKIPPED: no file\nTest Passed.\n"
expect "a program that says it passed, in the middle of its line" "0 1 0" "${head}so: Test Passed.\nTest Failed.\n"
expect "several programs" "9 1 0" "$head$(criterion 7 0 0)Test Passed.\n2/2 Testing: b\n$(criterion 2 1 0)Test Failed.\n"

[ "$failures" = 0 ] && echo "all counts are right"
exit "$failures"
