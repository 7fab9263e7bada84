#!/bin/sh
# Train the examples for real into the folder RUNS, build their site into OUTPUT.
#
#   sh tools/site.sh RUNS OUTPUT
set -eu

runs=$1
output=$2
venv=${VENV:-.venv}
python=$PWD/$venv/bin/python
case $venv in /*) python=$venv/bin/python ;; esac

rm -rf "$runs"
mkdir -p "$runs"
for script in site-example/*/train.py; do
    printf 'site: training %s\n' "$script" >&2
    RUNREPORT_DIR=$runs "$python" "$script"
done
"$python" -m runreport build "$runs" --config site-example/runreport.toml --output "$output"
