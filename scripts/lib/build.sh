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
