# A soak as an SVG: awk -v title=TEXT -f soak.awk FILE.csv > FILE.svg. Three panels over one time axis: latency p50 and p99 (a
# logarithmic axis, for one slow second among quiet ones would flatten all others), resident memory and disk. Columns by their names:
# after_s, p50_ms, p99_ms, resident_mib, disk_mib. Follows the reader's light or dark scheme.
BEGIN {
    FS = ","
    width = 860
    left = 70
    right = 20
    panel = 130
    gap = 50
    top = 60
}
NR == 1 {
    for (i = 1; i <= NF; i++)
        column[$i] = i
    next
}
NF > 1 {
    n++
    at[n] = $column["after_s"]
    y["p50", n] = $column["p50_ms"]
    y["p99", n] = $column["p99_ms"]
    y["memory", n] = $column["resident_mib"]
    y["disk", n] = $column["disk_mib"]
}

function x_of(seconds) { return left + (width - left - right) * seconds / end }
# 1, 2 or 5 times a power of ten, so that about `wanted` steps make `range`.
function step_of(range, wanted,    raw, power) {
    raw = range / wanted
    power = 10 ^ floor(log(raw) / log(10))
    return raw <= power ? power : raw <= 2 * power ? 2 * power : raw <= 5 * power ? 5 * power : 10 * power
}
function floor(x) { return x < int(x) ? int(x) - 1 : int(x) }
function least(name,    i, x) {
    x = -1
    for (i = 1; i <= n; i++)
        if (y[name, i] > 0 && (x < 0 || y[name, i] < x))
            x = y[name, i]
    return x > 0 ? x : 1
}
function most(name,    i, x) {
    for (i = 1; i <= n; i++)
        if (y[name, i] > x)
            x = y[name, i]
    return x
}
function text(x, y, anchor, class, what) {
    printf "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" class=\"%s\">%s</text>\n", x, y, anchor, class, what
}
function rule(y0, label) {
    printf "<line x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\" class=\"grid\"/>\n", left, width - right, y0, y0
    text(left - 8, y0 + 4, "end", "tick", label)
}
# Zero on a logarithmic axis is an interval without an answer: a gap.
function line(name, class,    i, is_open) {
    for (i = 1; i <= n; i++) {
        if (is_log && y[name, i] <= 0) {
            if (is_open)
                print "\"/>"
            is_open = 0
            continue
        }
        if (!is_open)
            printf "<polyline class=\"line %s\" points=\"", class
        is_open = 1
        printf "%.1f,%.1f ", x_of(at[i]), y_of(y[name, i])
    }
    if (is_open)
        print "\"/>"
}
function y_of(value) {
    return is_log ? base - panel * (log(value) - log(low)) / (log(high) - log(low)) : base - panel * value / high
}
function times(    step, unit, scale, t) {
    scale = end > 7200 ? 3600 : end > 180 ? 60 : 1
    unit = end > 7200 ? "h" : end > 180 ? "min" : "s"
    step = step_of(end / scale, 6)
    for (t = 0; t * scale <= end * 1.0001; t += step) {
        printf "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\" class=\"grid\"/>\n", x_of(t * scale), x_of(t * scale), base - panel, base
        if (is_last)
            text(x_of(t * scale), base + 18, "middle", "tick", t " " unit)
    }
}
function linear(name, label,    step, v) {
    is_log = 0
    step = step_of(most(name) > 0 ? most(name) : 1, 5)
    high = (floor(most(name) / step * 0.999) + 1) * step
    text(left, base - panel - 10, "start", "label", label)
    times()
    for (v = 0; v <= high * 1.0001; v += step)
        rule(y_of(v), v)
    line(name, name)
}
function latency(    power, k, v) {
    is_log = 1
    low = least("p50") * 0.8
    high = most("p99") * 1.2
    if (high <= low)
        high = low * 10
    text(left, base - panel - 10, "start", "label", "from when a mint was due to its receipt, ms")
    text(width - right - 140, base - panel - 10, "end", "label key50", "p50")
    text(width - right, base - panel - 10, "end", "label key99", "p99 of an interval")
    times()
    for (power = 10 ^ floor(log(low) / log(10)); power <= high; power *= 10)
        for (k = 1; k <= 5; k += k == 1 ? 1 : 3) {
            v = power * k
            if (v >= low && v <= high)
                rule(y_of(v), v)
        }
    line("p99", "p99")
    line("p50", "p50")
}
END {
    if (n < 2) {
        print "soak.awk: there are no two rows to draw" > "/dev/stderr"
        exit 1
    }
    end = at[n]
    height = top + 3 * panel + 2 * gap + 36
    printf "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">\n", width, height, title
    print "<style>"
    print "svg { background: #fff } text { font: 12px system-ui, sans-serif; fill: #333 } .title { font-size: 15px }"
    print ".tick { fill: #666 } .grid { stroke: #ddd; stroke-width: 1 } .line { fill: none; stroke-width: 1.5; stroke-linejoin: round }"
    print ".p50 { stroke: #0b62c4 } .p99 { stroke: #d9730d } .memory { stroke: #1a7f37 } .disk { stroke: #8250df }"
    print ".key50 { fill: #0b62c4 } .key99 { fill: #b35900 }"
    print "@media (prefers-color-scheme: dark) {"
    print "svg { background: #0d1117 } text { fill: #e6edf3 } .tick { fill: #9198a1 } .grid { stroke: #30363d }"
    print ".p50 { stroke: #58a6ff } .p99 { stroke: #f0883e } .memory { stroke: #3fb950 } .disk { stroke: #bc8cff }"
    print ".key50 { fill: #58a6ff } .key99 { fill: #f0883e }"
    print "}"
    print "</style>"
    text(left, 24, "start", "title", title)
    base = top + panel
    latency()
    base += panel + gap
    linear("memory", "resident memory of the node, MiB")
    base += panel + gap
    is_last = 1
    linear("disk", "disk, MiB")
    print "</svg>"
}
