#!/bin/sh
# Run the tests with a real browser; the arguments go to pytest.
set -eu

venv=${VENV:-.venv}

RUNREPORT_CHROMIUM=$(sh tools/browser.sh)
export RUNREPORT_CHROMIUM
printf 'test: the browser is %s\n' "$RUNREPORT_CHROMIUM" >&2
exec "$venv/bin/python" -m pytest "$@" </dev/null
