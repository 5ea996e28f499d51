# What went wrong in a CTest run, from its LastTest.log: for each program that failed its name, and the lines that tell why, at
# most 20 of them.
function program_ends(    i) {
    if (name != "" && !passed) {
        printf "%s\n", name
        for (i = 1; i <= lines; i++)
            printf "    %s\n", line[i]
    }
    name = ""
}
/^[0-9]+\/[0-9]+ Testing: / { program_ends(); name = $3; lines = passed = 0 }
/^Test (Passed|Skipped)\.$/ { passed = 1 }
/^ *not ok |rror: |ERROR|SUMMARY: |^\[FAIL\]|^\[----\]|did not come|^Test Failed|Timeout|^FAILED/ {
    if (lines < 20)
        line[++lines] = substr($0, 1, 300)
}
END { program_ends() }
