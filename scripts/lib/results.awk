# Counts what a CTest run did, from its LastTest.log: prints "passed failed skipped" for all of it.
# A Criterion program counts by its own tests ("Synthesis: Tested: 5 | Passing: 4 | Failing: 1 | Crashing: 0"), and so does a
# file of Node's test runner ("# pass 4"); any other program counts as one. CTest has the last word: a program that it calls failed (a sanitizer report, a timeout, a crash at its end) has at
# least one failure, whatever the program said of itself.
function program_starts() {
    running = 1
    own_passed = own_failed = own_skipped = 0
    verdict = "none"
}
function program_ends() {
    if (!running)
        return
    running = 0
    if (verdict == "skipped") {
        skipped += own_skipped > 0 ? own_skipped : 1
        return
    }
    if (verdict == "passed" && own_passed + own_failed + own_skipped == 0)
        own_passed = 1
    if (verdict != "passed" && own_failed == 0)
        own_failed = 1
    passed += own_passed
    failed += own_failed
    skipped += own_skipped
}
/^[0-9]+\/[0-9]+ Testing: / { program_ends(); program_starts() }
/Synthesis: Tested: [0-9]+ \| Passing: [0-9]+ \| Failing: [0-9]+ \| Crashing: [0-9]+/ {
    line = $0
    sub(/.*Passing: /, "", line)
    own_passed += line + 0
    sub(/.*Failing: /, "", line)
    own_failed += line + 0
    sub(/.*Crashing: /, "", line)
    own_failed += line + 0
}
/^# (pass|fail|skipped) [0-9]+$/ { # Node's test runner
    if ($2 == "pass")
        own_passed += $3
    else if ($2 == "fail")
        own_failed += $3
    else
        own_skipped += $3
}
/SKIPPED: / { own_skipped++ }
/^Test Passed\.$/ { verdict = "passed" }
/^Test Skipped\.$/ { verdict = "skipped" }
END {
    program_ends()
    printf "%d %d %d\n", passed, failed, skipped
}
