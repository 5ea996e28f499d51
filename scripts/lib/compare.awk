# Figures of two commits side by side: awk -v tolerance=PERCENT -f compare.awk NAMES OLD NEW.
# NAMES has the beginnings of the names that were asked for, a line each; empty: all. OLD and NEW are files of scripts/bench --save.
# Ends with status 1 when a figure needs more instructions than it may, or is gone; times are only shown.
function is_wanted(name,    beginning) {
    for (beginning in wanted)
        if (index(name, beginning) == 1)
            return 1
    return wanted_count == 0
}
function ratio(new, old) { return old > 0 ? new / old : 1 }
FILENAME == ARGV[1] { wanted[$1]; wanted_count++; next }
/^#/ || NF < 3 { next }
FILENAME == ARGV[2] { if (is_wanted($1)) { old[$1] = $2; old_ns[$1] = $3; order[++olds] = $1 } next }
{ new[$1] = $2; new_ns[$1] = $3; if (!($1 in old)) added[++adds] = $1 }
END {
    printf "%-22s %14s %14s %7s %12s %12s %7s\n", "instructions and time", "old", "new", "ratio", "old ns", "new ns", "ratio"
    for (i = 1; i <= olds; i++) {
        name = order[i]
        if (!(name in new)) {
            printf "%-22s %14.1f %14s  GONE\n", name, old[name], "-"
            bad++
            continue
        }
        more = ratio(new[name], old[name])
        worse = more > 1 + tolerance / 100
        bad += worse
        printf "%-22s %14.1f %14.1f %7.3f %12.1f %12.1f %7.2f%s\n", name, old[name], new[name], more, old_ns[name], new_ns[name],
            ratio(new_ns[name], old_ns[name]), worse ? "  MORE" : ""
    }
    for (i = 1; i <= adds; i++)
        printf "%-22s %14s %14.1f %7s %12s %12.1f  new\n", added[i], "-", new[added[i]], "", "-", new_ns[added[i]]
    if (olds == 0) {
        print "there is nothing to compare with"
        exit 1
    }
    printf "%d of %d need more than %s %% more instructions, or are gone\n", bad, olds, tolerance
    exit bad > 0
}
