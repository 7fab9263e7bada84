#!/bin/sh
# Build the site of the examples from the folder RUNS into OUTPUT, with the documentation's pages.
#
#   sh tools/site.sh RUNS OUTPUT
set -eu

runs=$1
output=$2
venv=${VENV:-.venv}
pages=scratch/pages

# The format's document is the package's own; the site shows it beside the other pages.
rm -rf "$pages"
mkdir -p "$pages"
cp site-example/pages/*.md "$pages"
cp runreport/format/format-1.md "$pages/03-format.md"

"$venv/bin/python" -m runreport build "$runs" --config site-example/runreport.toml \
    --pages "$pages" --output "$output"
