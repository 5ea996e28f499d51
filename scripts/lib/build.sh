# shellcheck shell=bash
# Configuring and building a preset. Sourced by the scripts; needs bash.
: "${root:?}" # the top of the checkout, set by the script that sources this

# build_preset NAME [-DOPTION=VALUE ...]: into build/NAME. Quiet unless it fails.
build_preset() {
    local preset=$1 log
    shift
    mkdir -p "$root/build"
    log=$root/build/$preset.log
    if command -v ccache >/dev/null; then
        set -- -DCMAKE_C_COMPILER_LAUNCHER=ccache "$@"
    fi
    set -- "-DMINTMARK_SHARED=${MINTMARK_SHARED:-$root/../shared}" "$@" # always, or CMake would remember another run's
    if (cd "$root" && cmake --preset "$preset" "$@" && cmake --build --preset "$preset" --parallel "$(nproc)") >"$log" 2>&1; then
        return 0
    fi
    echo "Building the preset $preset failed; the end of $log:"
    tail -n 40 "$log"
    return 1
}

# build_program: build/release/mintmark, with what it needs installed. Quiet when there is nothing to do. Needs packages.sh.
build_program() {
    local packages
    mapfile -t packages < <(packages_for run)
    install_packages "${packages[@]}"
    if [ ! -f "$root/build/release/build.ninja" ]; then
        echo "Building into build/release; the first time takes a minute or two"
        build_preset release -DMINTMARK_TESTS=OFF
    elif ! cmake --build "$root/build/release" --target mintmark >"$root/build/release.log" 2>&1; then
        tail -n 40 "$root/build/release.log"
        return 1
    fi
    if [ ! -x "$root/build/release/mintmark" ]; then
        echo "The build made no $root/build/release/mintmark" >&2
        return 1
    fi
}

# build_bench TARGET...: into build/release, with what benchmarks need installed. Quiet when there is nothing to do.
build_bench() {
    local packages log=$root/build/bench.log
    mapfile -t packages < <(packages_for run test bench)
    install_packages "${packages[@]}" >&2 || return 1
    mkdir -p "$root/build"
    local options=(-DMINTMARK_TESTS=ON "-DMINTMARK_SHARED=${MINTMARK_SHARED:-$root/../shared}")
    if command -v ccache >/dev/null; then
        options+=(-DCMAKE_C_COMPILER_LAUNCHER=ccache)
    fi
    if (cmake --preset release "${options[@]}" && cmake --build --preset release --parallel "$(nproc)" --target "$@") >"$log" 2>&1; then
        return 0
    fi
    echo "Building $* failed; the end of $log:" >&2
    tail -n 40 "$log" >&2
    return 1
}
