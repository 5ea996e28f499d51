# Figures of bench-content (first file) and of importer.bench.mjs (second: "key value" lines) as a Markdown table: the best of all runs.
function more(key, value) {
    if (!(key in best) || value > best[key])
        best[key] = value
}
function less(key, value) {
    if (!(key in best) || value < best[key])
        best[key] = value
}
function row(label, own, peer, unit,    times) {
    times = peer > 0 ? sprintf("%.2f", unit == "s" ? peer / own : own / peer) : "–"
    printf "| %s | %s | %s | %s |\n", label, figure(own, unit), peer > 0 ? figure(peer, unit) : "–", times
}
function figure(value, unit) { return unit == "s" ? sprintf("%.2f s", value) : sprintf("%.0f %s", value, unit) }
FNR == NR && /^hash only, unixfs-v1/ { more("v1", $(NF - 1)) }
FNR == NR && /^hash only, unixfs-v0/ { more("v0", $(NF - 1)) }
FNR == NR && /libcrypto/ { more("sha", $(NF - 1)) }
FNR == NR && /^stored and synced/ { more("stored", $(NF - 1)) }
FNR == NR && /^read back/ { more("read", $(NF - 1)) }
FNR == NR && /^folder of/ { less("folder", $(NF - 1)) }
FNR == NR && /^peak memory/ { less("memory", $(NF - 1)) }
FNR != NR { if ($1 == "folder") less("peer " $1, $2); else more("peer " $1, $2) }
END {
    print "| | mintmark | ipfs-unixfs-importer | times |"
    print "|---|---:|---:|---:|"
    row("256 MiB hashed, `unixfs-v1-2025`", best["v1"], best["peer v1"], "MiB/s")
    row("256 MiB hashed, `unixfs-v0-2015`", best["v0"], best["peer v0"], "MiB/s")
    row("libcrypto\047s SHA-256 alone", best["sha"], 0, "MiB/s")
    row("256 MiB stored and synced", best["stored"], 0, "MiB/s")
    row("the same read back, every block hashed", best["read"], 0, "MiB/s")
    row("10 000 files of 1 KiB and their folder, here stored and synced, there hashed", best["folder"], best["peer folder"], "s")
    row("memory of all that above the file itself", best["memory"], 0, "MiB")
}
