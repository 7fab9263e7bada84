#!/bin/sh
# Print the path of an nginx for the test of the nginx recipe, or nothing.
#
# In order: one on this machine, Debian's package unpacked into the virtual environment.
# The package is not installed: that would start a web server.
set -eu

folder=${VENV:-.venv}/nginx

if command -v nginx; then
    exit
fi
if [ ! -x "$folder/usr/sbin/nginx" ]; then
    command -v apt-get >/dev/null && command -v dpkg >/dev/null || exit 0
    mkdir -p "$folder"
    [ "$(id -u)" != 0 ] || apt-get update -qq </dev/null >&2 || exit 0
    (cd "$folder" && apt-get download -qq nginx nginx-common </dev/null >/dev/null 2>&1) || exit 0
    for package in "$folder"/*.deb; do
        dpkg -x "$package" "$folder"
    done
fi
"$folder/usr/sbin/nginx" -v >/dev/null 2>&1 || exit 0
(cd "$folder" && printf '%s/usr/sbin/nginx\n' "$PWD")
