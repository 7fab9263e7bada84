#!/bin/sh
# Copy a built site to S3:  sh s3-sync.sh site s3://bucket/prefix
#
# Files with a hash in their name go first and pages after them, so no visitor meets a page
# whose data is not there yet. What left the site is deleted last. The prefix must be the
# site's own: everything else below it is deleted too.
set -eu

site=${1:?the folder of the built site}
target=${2:?where it goes, s3://bucket/prefix}

copy() {
    aws s3 sync --only-show-errors "$site" "$target" "$@"
}

# The hash stands for the content, so browsers may keep these files and the size tells enough.
forever='public, max-age=31536000, immutable'
copy --size-only --cache-control "$forever" \
    --exclude '*' --include 'assets/*' --include 'data/*.js'
copy --size-only --cache-control "$forever" --content-disposition attachment \
    --exclude '*' --include 'a/*'

copy --cache-control no-cache \
    --exclude 'assets/*' --exclude 'data/*.js' --exclude 'a/*' --exclude index.html
copy --cache-control no-cache --exclude '*' --include index.html

copy --size-only --delete
