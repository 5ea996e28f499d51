# shellcheck shell=bash
# Installing what is missing. Sourced by the scripts; needs bash.
: "${root:?}" # the top of the checkout, set by the script that sources this

# The packages of some purposes: packages_for run test
packages_for() {
    local purposes=" $* "
    local purpose package
    while read -r purpose package; do
        case "$purpose" in '' | '#'*) continue ;; esac
        case "$purposes" in *" $purpose "*) printf '%s\n' "$package" ;; esac
    done <"$root/scripts/packages"
}

is_installed() {
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        echo "This needs root or sudo: $*" >&2
        return 1
    fi
}

# Says which of the named packages are missing and installs them.
install_packages() {
    local missing=() package
    if ! command -v apt-get >/dev/null; then
        echo "Not a Debian system: please install the counterparts of: $*"
        return 0
    fi
    for package in "$@"; do
        is_installed "$package" || missing+=("$package")
    done
    if [ ${#missing[@]} = 0 ]; then
        echo "Packages: all there, nothing to install."
        return 0
    fi
    echo "Installing with apt-get: ${missing[*]}"
    as_root apt-get update -qq &&
        as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" \
            </dev/null >/dev/null
}
