#!/usr/bin/env bash
# Holdfast 0.1.0 #v=1&plan=pro&dataset=6&existing=single-zone&zone-mode=single-zone&name=orders
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

# Cloud, regions, zones and address ranges can never be changed. The service adds the memory of replicas itself.
subscription() {
  jq --arg PAYMENT_METHOD_ID "$PAYMENT_METHOD_ID" \
    'if $PAYMENT_METHOD_ID == "" then . else .paymentMethodId = ($PAYMENT_METHOD_ID | tonumber) end' <<'JSON'
{
  "name": "orders",
  "deploymentType": "single-region",
  "memoryStorage": "ram",
  "publicEndpointAccess": true,
  "cloudProviders": [
    {
      "provider": "AWS",
      "regions": [
        {
          "region": "us-east-1",
          "multipleAvailabilityZones": false,
          "networking": {
            "deploymentCIDR": "10.71.0.0/24"
          }
        }
      ]
    }
  ],
  "databases": [
    {
      "name": "orders",
      "protocol": "redis",
      "datasetSizeInGb": 6,
      "dataPersistence": "aof-every-1-second",
      "replication": true,
      "supportOSSClusterApi": false,
      "throughputMeasurement": {
        "by": "operations-per-second",
        "value": 1000
      }
    }
  ]
}
JSON
}

database() {
  jq --arg ALLOWED_NETWORKS "$ALLOWED_NETWORKS" --arg BACKUP_PATH "$BACKUP_PATH" \
    '.sourceIp = ($ALLOWED_NETWORKS | split(","))
      | .remoteBackup.storagePath = $BACKUP_PATH' <<'JSON'
{
  "datasetSizeInGb": 6,
  "dataEvictionPolicy": "noeviction",
  "supportOSSClusterApi": false,
  "enableTls": true,
  "dataPersistence": "aof-every-1-second",
  "replication": true,
  "throughputMeasurement": {
    "by": "operations-per-second",
    "value": 1000
  },
  "alerts": [
    {
      "name": "dataset-size",
      "value": 80
    },
    {
      "name": "throughput-higher-than",
      "value": 800
    },
    {
      "name": "latency",
      "value": 10
    }
  ],
  "respVersion": "resp3",
  "remoteBackup": {
    "active": true,
    "interval": "every-24-hours",
    "storageType": "aws-s3"
  }
}
JSON
}

access() {
  cat <<'JSON'
{
  "publicEndpointAccess": true
}
JSON
}

# The hours are those of the region's local time.
windows() {
  cat <<'JSON'
{
  "mode": "automatic"
}
JSON
}

# The first database comes with the subscription; TLS, eviction, alerts and the rest follow at once.
create() {
  local body id base
  body=$(subscription)
  if $dry_run; then
    send POST /subscriptions "$(jq '.dryRun = true' <<<"$body")"
    return
  fi
  id=$(send POST /subscriptions "$body" | jq -e .resourceId)
  active "/subscriptions/$id"
  base=$(call GET "/subscriptions/$id/databases" | jq -e '.subscription[0].databases[0].databaseId')
  active "/subscriptions/$id/databases/$base"
  update "$id" "$base"
}

update() {
  local body
  body=$(database)
  if $dry_run; then
    send PUT "/subscriptions/$1/databases/$2" "$(jq '.dryRun = true' <<<"$body")"
    return
  fi
  send PUT "/subscriptions/$1/databases/$2" "$body"
  send PUT "/subscriptions/$1" "$(access)"
  send PUT "/subscriptions/$1/maintenance-windows" "$(windows)"
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
