# Figures of several turns as a Markdown table: lines "own|peer phase name value". Medians with the least and the most, and how many
# times better the own one is. has_peer: whether there is a column for the other; peer_name: its head.
function row(label, key, more_is_better) {
    labels[++rows] = label
    keys[rows] = key
    better[rows] = more_is_better
}
function sorted(who, key,    i, j, x) { # into list[1..n]
    for (i = 1; i <= count[who, key]; i++) {
        x = value[who, key, i]
        for (j = i; j > 1 && list[j - 1] > x; j--)
            list[j] = list[j - 1]
        list[j] = x
    }
    return count[who, key]
}
function median(n) { return n % 2 ? list[(n + 1) / 2] : (list[n / 2] + list[n / 2 + 1]) / 2 }
function short(x) { return x == int(x) || x >= 100 ? sprintf("%.0f", x) : x >= 10 ? sprintf("%.1f", x) : sprintf("%.2f", x) }
function cell(who, key,    n) {
    n = sorted(who, key)
    if (n == 0)
        return "–"
    return short(median(n)) (n > 1 ? " (" short(list[1]) " to " short(list[n]) ")" : "")
}
function times(r,    n, own, other) {
    n = sorted("own", keys[r])
    own = n ? median(n) : 0
    n = sorted("peer", keys[r])
    other = n ? median(n) : 0
    if (own <= 0 || other <= 0)
        return "–"
    return short(better[r] ? own / other : other / own)
}
BEGIN {
    row("start on an empty folder, ms", "start ms")
    row("resident then, MiB", "memory_idle mib")
    row("one mint, send to receipt, p50 ms", "latency p50_ms")
    row("the same, p99 ms", "latency p99_ms")
    row("the same behind all mints, p50 ms", "latency_loaded p50_ms")
    row("mints/s", "mint per_s", 1)
    row("transfers/s", "transfer per_s", 1)
    row("`eth_call` of `ownerOf`/s", "ownerOf per_s", 1)
    row("the same in batches of 50/s", "ownerOf_in_batches per_s", 1)
    row("`eth_call` of `tokenURI`/s", "tokenURI per_s", 1)
    row("the same in batches of 50/s", "tokenURI_in_batches per_s", 1)
    row("`eth_getBalance`/s", "getBalance per_s", 1)
    row("`eth_blockNumber`/s", "blockNumber per_s", 1)
    row("`eth_getTransactionReceipt`/s", "receipt per_s", 1)
    row("Transfer logs of one token, ms", "logs one_token_ms")
    row("all Transfer logs, ms", "logs all_ms")
    row("`eth_getProof` of an owner/s", "proof per_s", 1)
    row("resident afterwards, MiB", "memory mib")
    row("resident at most, MiB", "memory peak_mib")
    row("disk a transaction, bytes", "disk a_transaction")
    row("stop, ms", "stop ms")
    row("restart to first answer, ms", "restart ms")
    row("the same after kill -9, ms", "restart_killed ms")
    row("blocks lost by it", "restart_killed blocks_lost")
}
{
    key = $2 " " $3
    if ($3 == "transactions")
        transactions[$1] += $4
    if (key == "disk bytes") { # comes behind the phases of its turn
        key = "disk a_transaction"
        $4 = transactions[$1] > 0 ? $4 / transactions[$1] : 0
    }
    if (key == "start ms") # a turn begins
        transactions[$1] = 0
    value[$1, key, ++count[$1, key]] = $4 + 0
}
END {
    print has_peer ? "| | mintmark | " peer_name " | times better |\n|---|---|---|---|" : "| | mintmark |\n|---|---|"
    for (r = 1; r <= rows; r++) {
        printf "| %s | %s |", labels[r], cell("own", keys[r])
        print has_peer ? " " cell("peer", keys[r]) " | " times(r) " |" : ""
    }
}
