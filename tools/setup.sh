#!/bin/sh
# Make the virtual environment and install this checkout into it with the extra EXTRA.
#
#   sh tools/setup.sh EXTRA
#
# VENV names the environment's folder (.venv), PYTHON the interpreter to make it from.
set -eu

extra=$1
venv=${VENV:-.venv}

say() { printf '%s\n' "$*" >&2; }
fail() {
    say "setup: $*"
    exit 1
}

is_new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

find_python() {
    for candidate in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11 python}; do
        if is_new_enough "$candidate"; then
            printf '%s\n' "$candidate"
            return
        fi
    done
    found=$("${PYTHON:-python3}" --version 2>&1) || found="no ${PYTHON:-python3}"
    fail "found $found, but runreport needs Python 3.11 or newer;" \
        "install one and name it: make PYTHON=/path/to/python3.11 ..."
}

# Debian's python3 comes without ensurepip; the module is in a package of its own.
need_ensurepip() {
    "$1" -c 'import ensurepip, venv' 2>/dev/null && return
    package=$("$1" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        say "setup: installing $package, which this Python needs to make virtual environments"
        apt-get update -qq </dev/null >&2
        DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "$package" \
            </dev/null >&2
    fi
    "$1" -c 'import ensurepip, venv' 2>/dev/null ||
        fail "$1 cannot make virtual environments; install its venv module" \
            "(on Debian and Ubuntu: sudo apt-get install $package) and try again"
}

if ! is_new_enough "$venv/bin/python"; then
    python=$(find_python)
    need_ensurepip "$python"
    say "setup: making $venv with $("$python" --version)"
    "$python" -m venv --clear "$venv"
fi

say "setup: installing runreport[$extra] into $venv (the first time takes a minute or two)"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --editable ".[$extra]" \
    </dev/null >&2 ||
    fail "pip could not install runreport[$extra]; its own message is above"
touch "$venv/.installed-$extra"
