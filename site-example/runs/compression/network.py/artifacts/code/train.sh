#!/bin/sh
# Compress a file at every level and log what comes out, with no library: a run is a folder of lines.
#
#   sh train.sh RUNS FILE...
set -eu

runs=$1
shift
here=$(dirname "$0")

for file; do
    name=$(basename "$file")
    run=$runs/compression/$name
    mkdir -p "$run"
    size=$(wc -c < "$file")
    user=${RUNREPORT_USER:-$(id -un)}
    printf '{"time":%s,"format":"runreport/1","name":"%s","status":"running","started":%s,"user":"%s","source":{"name":"train.sh","kind":"script"},"version":"%s"}\n' \
        "$(date +%s)" "$name" "$(date +%s)" "$user" "$(gzip --version | sed -n 1p)" >> "$run/run.jsonl"
    printf '{"params":{"file":"%s","size":%s},"metrics":{"bytes":{"goal":"min"},"ratio":{"goal":"min"}}}\n' \
        "$name" "$size" >> "$run/run.jsonl"
    for level in 1 2 3 4 5 6 7 8 9; do
        left=$(gzip "-$level" -n -c < "$file" | wc -c)
        ratio=$(awk -v left="$left" -v size="$size" 'BEGIN { printf "%.4f", left / size }')
        printf '{"step":%s,"time":%s,"bytes":%s,"ratio":%s}\n' \
            "$level" "$(date +%s)" "$left" "$ratio" >> "$run/metrics.jsonl"
    done
    mkdir -p "$run/artifacts/code"
    cp "$here/train.sh" "$run/artifacts/code/"
    printf '{"time":%s,"status":"finished","ended":%s}\n' \
        "$(date +%s)" "$(date +%s)" >> "$run/run.jsonl"
    echo "compression: $name: $size bytes, $left are left"
done
