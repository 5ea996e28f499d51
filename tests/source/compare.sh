#!/usr/bin/env bash
# The comparison of scripts/bench, on made-up figures: what needs more than it may, or is gone, must fail.
set -u
awk_file=$(dirname "$0")/../../scripts/lib/compare.awk
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
failures=0

expect() { # name status word old new [names]
    local got status=0
    printf '%b' "${6:-}" >"$folder/names"
    printf '%b' "$4" >"$folder/old"
    printf '%b' "$5" >"$folder/new"
    got=$(awk -v tolerance=3 -f "$awk_file" "$folder/names" "$folder/old" "$folder/new") || status=$?
    if [ "$status" != "$2" ] || ! grep -q -- "$3" <<<"$got"; then
        echo "$1: expected status $2 and '$3', got $status and: $got"
        failures=$((failures + 1))
    fi
}

old='# x\na 100 10\nb 200 20\n'
expect "the same" 0 "0 of 2" "$old" "$old"
expect "just what is allowed" 0 "1.030" "$old" 'a 103 10\nb 200 20\n'
expect "more than that" 1 "MORE" "$old" 'a 103.1 10\nb 200 20\n'
expect "fewer" 0 "0.500" "$old" 'a 50 10\nb 200 20\n'
expect "twice the time is only shown" 0 "2.00" "$old" 'a 100 20\nb 200 20\n'
expect "one that is gone" 1 "GONE" "$old" 'a 100 10\n'
expect "one that is gone and was not asked for" 0 "0 of 1" "$old" 'a 100 10\n' 'a\n'
expect "a new one" 0 "new$" "$old" "${old}c 5 5\n"
expect "nothing to compare with" 1 "nothing" '# x\n' "$old"
expect "no names, and an empty first file" 1 "1 of 2" "$old" 'a 200 10\nb 200 20\n' ''

[ "$failures" = 0 ] && echo "all comparisons are right"
exit "$failures"
