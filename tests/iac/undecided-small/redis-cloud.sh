#!/usr/bin/env bash
# Holdfast 0.1.0 #v=1&survive=node&client=node-redis&dataset=0.1&throughput=300&instances=2&connections=5&name=startup
#
# Creates the database, or brings one that exists to these settings:
#   bash redis-cloud.sh create [--dry-run]
#   bash redis-cloud.sh update SUBSCRIPTION_ID DATABASE_ID [--dry-run]
# It needs bash, curl and jq. From the environment:
#   REDISCLOUD_ACCESS_KEY, REDISCLOUD_SECRET_KEY: the keys of the API
#   ALLOWED_NETWORKS: ranges that may connect, those of private links too: CIDRs joined by commas
#   BACKUP_PATH: where backups go, such as s3://bucket/folder; Redis Cloud needs the right to write there
#   PAYMENT_METHOD_ID: the card that pays, from GET /payment-methods; none with a contract
set -euo pipefail
shopt -s inherit_errexit

: "${ALLOWED_NETWORKS:?see the head of this script}"
: "${BACKUP_PATH:?see the head of this script}"
: "${PAYMENT_METHOD_ID:=}"
: "${REDISCLOUD_ACCESS_KEY:?the account key of the API}"
: "${REDISCLOUD_SECRET_KEY:?the user key of the API}"
: "${REDISCLOUD_URL:=https://api.redislabs.com/v1}"
dry_run=false

# call METHOD PATH, a body on standard input with --data-binary @-. The keys are not among the arguments, where
# everybody on this machine could read them.
call() {
  curl --silent --show-error --fail-with-body --max-time 60 --request "$1" --header 'content-type: application/json' \
    --config <(printf 'header = "x-api-key: %s"\nheader = "x-api-secret-key: %s"\n' \
      "$REDISCLOUD_ACCESS_KEY" "$REDISCLOUD_SECRET_KEY") \
    "$REDISCLOUD_URL$2" "${@:3}"
}

# send METHOD PATH BODY: waits for the task that the API makes of it and prints what became of it.
send() {
  local task answer
  task=$(call "$1" "$2" ${3:+--data-binary @-} <<<"${3:-}" | jq -er .taskId)
  for _ in {1..180}; do
    answer=$(call GET "/tasks/$task")
    case $(jq -r .status <<<"$answer") in
      processing-completed) jq '.response // {}' <<<"$answer"; return ;;
      processing-error) jq '.response.error' <<<"$answer" >&2; return 1 ;;
    esac
    sleep 10
  done
  echo "$1 $2: not done after half an hour" >&2
  return 1
}

# Waits until a subscription or a database works.
active() {
  for _ in {1..180}; do
    [[ $(call GET "$1" | jq -r .status) == active ]] && return
    sleep 10
  done
  echo "$1: not active after half an hour" >&2
  return 1
}

subscription() {
  jq --arg PAYMENT_METHOD_ID "$PAYMENT_METHOD_ID" \
    'if $PAYMENT_METHOD_ID == "" then . else .paymentMethodId = ($PAYMENT_METHOD_ID | tonumber) end' <<'JSON'
{
  "name": "startup"
}
JSON
}

database() {
  jq --arg ALLOWED_NETWORKS "$ALLOWED_NETWORKS" --arg BACKUP_PATH "$BACKUP_PATH" \
    '.sourceIps = ($ALLOWED_NETWORKS | split(","))
      | .periodicBackupPath = $BACKUP_PATH' <<'JSON'
{
  "name": "startup",
  "dataPersistence": "aof-every-1-second",
  "dataEvictionPolicy": "noeviction",
  "replication": true,
  "alerts": [
    {
      "name": "datasets-size",
      "value": 80
    },
    {
      "name": "throughput-higher-than",
      "value": 800
    },
    {
      "name": "connections-limit",
      "value": 80
    }
  ],
  "respVersion": "resp3",
  "enableTls": true
}
JSON
}

# The id of the plan; its size includes the replica.
plan() {
  call GET '/fixed/plans?provider=AWS&redisFlex=false' | jq -e 'first(.plans[]
    | select(.region == "us-east-1" and .size == 250 and .sizeMeasurementUnit == "MB"
      and .availability == "Single-zone" and .supportDataPersistence == true)) | .id'
}

create() {
  local body id
  body=$(subscription)
  if $dry_run; then
    echo 'The API has no dry run for Essentials: this is what would be sent.' >&2
    echo "$body"
    database
    return
  fi
  body=$(jq --argjson plan "$(plan)" '.planId = $plan' <<<"$body")
  id=$(send POST /fixed/subscriptions "$body" | jq -e .resourceId)
  active "/fixed/subscriptions/$id"
  body=$(database)
  send POST "/fixed/subscriptions/$id/databases" "$body"
}

# A database that exists keeps its name.
update() {
  local body
  body=$(database | jq 'del(.name)')
  if $dry_run; then
    echo 'The API has no dry run for Essentials: this is what would be sent.' >&2
    echo "$body"
    return
  fi
  send PUT "/fixed/subscriptions/$1/databases/$2" "$body"
}

case "${*: -1}" in --dry-run) dry_run=true && set -- "${@:1:$#-1}" ;; esac
case "${1:-} $#" in
  'create 1') create ;;
  'update 3') update "$2" "$3" ;;
  *)
    sed -n '2,/^set/{/^#/p}' "$0" >&2
    exit 2
    ;;
esac
