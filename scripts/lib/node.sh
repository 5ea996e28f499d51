# shellcheck shell=bash
# Node.js and the client libraries of tests/e2e. Sourced by the scripts; needs bash and packages.sh.
: "${root:?}" # the top of the checkout, set by the script that sources this

# Node 22 for the client libraries: the system's if it is new enough, else the one that npm carries.
find_node() {
    local major arch=x64
    major=$(node --version 2>/dev/null | sed -n 's/^v\([0-9]*\)\..*/\1/p')
    if [ "${major:-0}" -ge 22 ]; then
        echo "Node: $(node --version) of the system"
        return 0
    fi
    [ "$(uname -m)" != aarch64 ] || arch=arm64
    local folder=$root/build/tools/node
    if [ ! -x "$folder/node_modules/node-linux-$arch/bin/node" ]; then
        command -v npm >/dev/null || install_packages npm || return 1
        echo "Installing with npm into build/tools: node-linux-$arch 22"
        mkdir -p "$folder"
        npm install --prefix "$folder" --no-save --no-audit --no-fund --loglevel=error "node-linux-$arch@22" </dev/null || return 1
    fi
    PATH=$folder/node_modules/node-linux-$arch/bin:$PATH
    export PATH
    echo "Node: $(node --version) in build/tools"
}

# find_node, and npm ci in tests/e2e.
install_clients() {
    find_node && npm ci --prefix "$root/tests/e2e" --no-audit --no-fund --loglevel=error </dev/null
}
