#!/bin/sh
# Print the path of a Chromium for the browser tests, installing one where none is found.
#
# In order: RUNREPORT_CHROMIUM, a Chromium or Chrome on this machine, Debian's package (as root),
# Playwright's own download (kept in the virtual environment). None of them is an error.
set -eu

venv=${VENV:-.venv}

say() { printf '%s\n' "$*" >&2; }
fail() {
    say "browser: $*"
    exit 1
}

# Asking for the version also finds a browser whose libraries are missing.
runs() { "$1" --version >/dev/null 2>&1 </dev/null; }

print_installed() {
    for name in chromium google-chrome google-chrome-stable chromium-browser \
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" \
        "/Applications/Chromium.app/Contents/MacOS/Chromium"; do
        path=$(command -v "$name") || continue
        if runs "$path"; then
            printf '%s\n' "$path"
            return
        fi
    done
    return 1
}

install_debian_package() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
    say "browser: none found; installing Debian's package chromium"
    apt-get update -qq </dev/null >&2 &&
        DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends \
            chromium </dev/null >&2
}

# Playwright's default folder lies outside the checkout, so it gets one inside.
print_playwrights() {
    say "browser: none found; downloading Playwright's Chromium"
    PLAYWRIGHT_BROWSERS_PATH=$PWD/$venv/browsers
    case $venv in /*) PLAYWRIGHT_BROWSERS_PATH=$venv/browsers ;; esac
    export PLAYWRIGHT_BROWSERS_PATH
    "$venv/bin/python" -m playwright install chromium </dev/null >&2 || return 1
    path=$("$venv/bin/python" - <<'PYTHON'
from playwright.sync_api import sync_playwright

with sync_playwright() as playwright:
    print(playwright.chromium.executable_path)
PYTHON
    ) || return 1
    runs "$path" || return 1
    printf '%s\n' "$path"
}

if [ -n "${RUNREPORT_CHROMIUM:-}" ]; then
    runs "$RUNREPORT_CHROMIUM" ||
        fail "RUNREPORT_CHROMIUM=$RUNREPORT_CHROMIUM does not run; name a Chromium or Chrome, or unset it"
    printf '%s\n' "$RUNREPORT_CHROMIUM"
    exit
fi
print_installed && exit
install_debian_package && print_installed && exit
print_playwrights && exit
fail "no Chromium or Chrome found and none could be installed;" \
    "install one (Debian: sudo apt-get install chromium) or set RUNREPORT_CHROMIUM to its path"
