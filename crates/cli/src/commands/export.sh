#!/bin/sh
# Exports every database of a Redis Cloud account for `holdfast audit`, one subscription a line.
#
#   export REDISCLOUD_ACCESS_KEY=… REDISCLOUD_SECRET_KEY=…
#   sh export.sh > fleet.ndjson && holdfast audit fleet.ndjson
#
# It only reads (GET), needs curl and jq, and leaves passwords out. Essentials, Pro and
# Active-Active; the subscription and its maintenance windows are part of the line. The API takes
# 400 requests a minute: a pause after each keeps below that.
set -eu
: "${REDISCLOUD_ACCESS_KEY:?is not set}" "${REDISCLOUD_SECRET_KEY:?is not set}"
api=${REDISCLOUD_URL:-https://api.redislabs.com/v1}

# The keys come by standard input: on a command line everybody on the machine could read them.
get() {
    sleep 0.2
    printf 'header = "x-api-key: %s"\nheader = "x-api-secret-key: %s"\n' \
        "$REDISCLOUD_ACCESS_KEY" "$REDISCLOUD_SECRET_KEY" |
        curl --config - --silent --show-error --fail --retry 3 --max-time 60 "$api$1"
}

# Essentials, then Pro. Each answer is stored before it is read, so that a failed call ends the script.
for kind in /fixed ""; do
    subscriptions=$(get "$kind/subscriptions")
    for id in $(printf %s "$subscriptions" | jq '.subscriptions[]?.id'); do
        subscription=$(get "$kind/subscriptions/$id")
        windows=null
        [ -n "$kind" ] || windows=$(get "/subscriptions/$id/maintenance-windows")
        databases=
        offset=0
        count=$(printf %s "$subscription" | jq '.numberOfDatabases // 1')
        while [ "$count" -gt 0 ]; do
            page=$(get "$kind/subscriptions/$id/databases?offset=$offset&limit=100")
            page=$(printf %s "$page" | jq '.subscription | if type == "array" then .[] else . end | .databases[]?.databaseId')
            for database in $page; do
                # Not every database can have tags.
                tags=$(get "$kind/subscriptions/$id/databases/$database/tags" 2>/dev/null) || tags='{}'
                one=$(get "$kind/subscriptions/$id/databases/$database")
                one=$(printf '%s\n' "$one" "$tags" | jq --slurp --compact-output \
                    '.[0] + {tags: .[1].tags} | del(.. | .password?, .globalPassword?)')
                databases="$databases$one
"
            done
            [ "$(printf '%s\n' "$page" | wc -l)" -ge 100 ] || break
            offset=$((offset + 100))
        done
        printf '%s\n' "$subscription" "$windows" "$databases" | jq --slurp --compact-output \
            '{subscription: .[0], maintenanceWindows: .[1], databases: .[2:]}'
    done
done
