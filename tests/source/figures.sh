#!/usr/bin/env bash
# What the scripts that measure make of made-up figures. scripts/bench: what needs more than it may, or is gone, must fail.
set -u
lib=$(dirname "$0")/../../scripts/lib
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
failures=0

expect() { # name status word old new [names]
    local got status=0
    printf '%b' "${6:-}" >"$folder/names"
    printf '%b' "$4" >"$folder/old"
    printf '%b' "$5" >"$folder/new"
    got=$(awk -v tolerance=3 -f "$lib/compare.awk" "$folder/names" "$folder/old" "$folder/new") || status=$?
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

# scripts/bench-peer: a median of each side, and better is more of a rate and less of all else.
own='own start ms 40\nown mint transactions 100\nown mint per_s 300\nown disk bytes 5000\n'
own+='own start ms 20\nown mint transactions 50\nown mint per_s 100\nown disk bytes 5000\nown start ms 30\nown mint per_s 200\n'
peer='peer start ms 60\npeer mint per_s 50\npeer mint per_s 150\n'

has_row() { # row lines has_peer
    local got
    got=$(printf '%b' "$2" | awk -v peer_name=other -v has_peer="$3" -f "$lib/peer.awk")
    if ! grep -q -x -F -- "$1" <<<"$got"; then
        echo "no row '$1' in: $got"
        failures=$((failures + 1))
    fi
}

has_row '| mints/s | 200 (100 to 300) | 100 (50 to 150) | 2 |' "$own$peer" 1
has_row '| start on an empty folder, ms | 30 (20 to 40) | 60 | 2 |' "$own$peer" 1
has_row '| disk a transaction, bytes | 75 (50 to 100) | – | – |' "$own$peer" 1
has_row '| mints/s | 200 (100 to 300) |' "$own" ''

# scripts/bench-soak: an interval without an answer is a gap in the line, and one row is no picture.
draw() {
    awk -v title=x -f "$lib/soak.awk" 2>/dev/null
}
rows='after_s,per_s,p50_ms,p99_ms,max_ms,waiting,resident_mib,disk_mib\n2,1,1,9,9,0,30,1\n4,1,2,9,9,0,31,1\n'
gap='6,0,0,0,0,9,31,1\n8,1,2,9,9,0,31,1\n10,1,2,9,9,0,31,2\n'
counts() { # name lines rows
    local got
    got=$(printf '%b' "$3" | draw | grep -c -o '<polyline')
    if [ "$got" != "$2" ]; then
        echo "$1: expected $2 lines and got $got"
        failures=$((failures + 1))
    fi
}
counts "two rows" 4 "$rows"
counts "a gap in both latencies" 6 "$rows$gap"
if printf '%b' "${rows%%4,*}" | draw >/dev/null; then
    echo "one row was drawn"
    failures=$((failures + 1))
fi

[ "$failures" = 0 ] && echo "all figures are right"
exit "$failures"
