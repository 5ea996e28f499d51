# shellcheck shell=bash
# A node as a process, for the scripts that measure one from outside. Sourced by them; needs bash.
: "${root:?}" # the top of the checkout, set by the script that sources this

mintmark=$root/build/release/mintmark
node_pid=  # of the node that runs; empty: none
node_url=  # its JSON-RPC door
node_port= # of it
started_ms=0 ended_ms=0 # how long its last start and its last end took

now_ms() {
    local us=${EPOCHREALTIME/[.,]/}
    echo "${us%???}"
}

# A port that nobody listens on; another may take it before it is used.
free_port() {
    local port
    for _ in $(seq 100); do
        port=$((20000 + RANDOM % 12000))
        if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
            echo "$port"
            return
        fi
    done
    return 1
}

# Whether the port answers eth_chainId. No program is started for it, which would be most of what is timed.
answers() { # port
    local body='{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]}' line
    { exec 3<>"/dev/tcp/127.0.0.1/$1"; } 2>/dev/null || return 1
    printf 'POST / HTTP/1.1\r\nHost: 127.0.0.1:%s\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: %s\r\n\r\n%s' \
        "$1" "${#body}" "$body" >&3 2>/dev/null
    IFS= read -r -t 5 line <&3
    exec 3<&-
    [[ ${line-} == *' 200 '* ]]
}

# Starts the command, in which {port} and {dir} stand for the port and the folder, and waits until it answers: $node_pid, $node_url,
# and in $started_ms how long that took. What it says goes to FOLDER.log.
start_node() { # folder command
    local folder=$1 command=$2 begun
    [ -n "$node_port" ] || node_port=$(free_port) || return 1
    command=${command//'{port}'/$node_port}
    command=${command//'{dir}'/$folder}
    mkdir -p "$folder"
    begun=$(now_ms)
    bash -c "exec $command" >>"$folder.log" 2>&1 &
    node_pid=$!
    until answers "$node_port"; do
        if ! kill -0 "$node_pid" 2>/dev/null || [ $(($(now_ms) - begun)) -gt 600000 ]; then
            echo "the node does not answer; it said, in $folder.log:" >&2
            tail -n 5 "$folder.log" >&2
            end_node KILL
            return 1
        fi
        sleep 0.002
    done
    started_ms=$(($(now_ms) - begun))
    node_url=http://127.0.0.1:$node_port
}

# Ends it with a signal and waits: $ended_ms.
end_node() { # signal
    local begun
    [ -n "$node_pid" ] || return 0
    begun=$(now_ms)
    kill "-$1" "$node_pid" 2>/dev/null
    wait "$node_pid" 2>/dev/null
    ended_ms=$(($(now_ms) - begun))
    node_pid=
}

# mintmark on a folder, with nothing open but JSON-RPC.
node_command() {
    printf '%q node --data {dir} --port {port} --gateway-port off --api-port off --quiet' "$mintmark"
}

# VmRSS or VmHWM (the most that was resident), in KiB.
resident_kib() { # name
    awk -v name="$1:" '$1 == name { print $2 }' "/proc/$node_pid/status"
}

disk_bytes() { # folder
    du --summarize --block-size=1 "$1" | cut -f 1
}

# A quantity of the node, in decimal: ask METHOD [PARAM...]
ask() {
    local result
    result=$("$mintmark" rpc --rpc "$node_url" "$@") || return 1
    result=${result//\"/}
    echo $((result))
}

# How many tokens the built-in collection has: totalSupply().
tokens() {
    ask eth_call '{"to":"0x6d696e746d61726b000000000000000000000721","data":"0x18160ddd"}' latest
}

about_machine() {
    printf '%s, %s cores, load %s, %s, mintmark %s\n' "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" "$(nproc)" \
        "$(cut -d ' ' -f 1 /proc/loadavg)" "$(date +%Y-%m-%d)" "$(git -C "$root" describe --always --dirty 2>/dev/null)"
}
