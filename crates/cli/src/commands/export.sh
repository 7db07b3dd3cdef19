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
    printf 'header = "x-api-key: %s"\nheader = "x-api-secret-key: %s"\n' \
        "$REDISCLOUD_ACCESS_KEY" "$REDISCLOUD_SECRET_KEY" |
        curl --config - --silent --show-error --fail --retry 3 --max-time 60 "$api$1"
    sleep 0.2
}

# Essentials, then Pro.
for kind in /fixed ""; do
    for id in $(get "$kind/subscriptions" | jq '.subscriptions[]?.id'); do
        subscription=$(get "$kind/subscriptions/$id")
        windows=null
        [ -n "$kind" ] || windows=$(get "/subscriptions/$id/maintenance-windows")
        databases=$(
            offset=0
            while :; do
                page=$(get "$kind/subscriptions/$id/databases?offset=$offset&limit=100" |
                    jq '[.subscription | if type == "array" then .[] else . end | .databases[]?.databaseId]')
                for database in $(printf %s "$page" | jq '.[]'); do
                    tags=$(get "$kind/subscriptions/$id/databases/$database/tags" || echo '{}')
                    get "$kind/subscriptions/$id/databases/$database" |
                        jq --argjson tags "$tags" 'del(.. | .password?, .globalPassword?) + {tags: $tags.tags}'
                done
                [ "$(printf %s "$page" | jq length)" -eq 100 ] || break
                offset=$((offset + 100))
            done | jq --slurp .
        )
        jq --null-input --compact-output --argjson subscription "$subscription" --argjson windows "$windows" \
            --argjson databases "$databases" \
            '{subscription: $subscription, maintenanceWindows: $windows, databases: $databases}'
    done
done
