//! The plan as calls of the REST API: one shell script with the bodies in it.
//!
//! Bodies stand in quoted here-documents, so that the shell reads nothing in them; what only the
//! reader knows comes from the environment and is put in by jq.

use super::deployment::Deployment;
use crate::clients::escape;
use crate::plan::Plan;
use crate::questions::{Cloud, Endpoint};
use crate::rules::plan::PlanKind;

/// JSON, in the order in which it is written.
enum Json {
    /// A number or a truth.
    Bare(String),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(&'static str, Json)>),
}

use Json::{List, Object};

fn text(text: &str) -> Json {
    Json::Text(text.to_owned())
}

fn bare(value: impl ToString) -> Json {
    Json::Bare(value.to_string())
}

impl Json {
    /// Indented by two, as jq writes it.
    fn write(&self, out: &mut String, depth: usize) {
        match self {
            Json::Bare(value) => out.push_str(value),
            Json::Text(text) => out.extend(["\"", &escape::json(text), "\""]),
            List(items) => items_in(out, depth, ["[", "]"], items, |out, item| item.write(out, depth + 1)),
            Object(parts) => items_in(out, depth, ["{", "}"], parts, |out, (key, value)| {
                out.extend(["\"", key, "\": "]);
                value.write(out, depth + 1);
            }),
        }
    }
}

fn items_in<T>(out: &mut String, depth: usize, around: [&str; 2], items: &[T], each: impl Fn(&mut String, &T)) {
    out.push_str(around[0]);
    for (i, item) in items.iter().enumerate() {
        out.extend([if i == 0 { "\n" } else { ",\n" }, &"  ".repeat(depth + 1)]);
        each(out, item);
    }
    if !items.is_empty() {
        out.extend(["\n", &"  ".repeat(depth)]);
    }
    out.push_str(around[1]);
}

/// The script.
pub fn rest(plan: &Plan) -> String {
    let deployment = &Deployment::new(plan);
    let inputs = inputs(deployment);
    let linked = deployment.link().is_some();
    let head = HEAD.replace("LINK", if linked { HEAD_LINK } else { "" });
    let mut out = ["#!/usr/bin/env bash\n# ", &deployment.stamp, "\n", &head].concat();
    for input in &inputs {
        out.extend(["#   ", input.name, ": ", input.what, "\n"]);
    }
    for said in deployment.replaced() {
        out.extend(["#\n# ", &said, "\n"]);
    }
    out.push_str("set -euo pipefail\nshopt -s inherit_errexit\n\n");
    for input in &inputs {
        let missing = if input.optional { ":=}" } else { ":?see the head of this script}" };
        out.extend([": \"${", input.name, missing, "\"\n"]);
    }
    out.push_str(CALLS);
    if deployment.case.plan.is_pro() {
        pro(&mut out, deployment, &inputs);
    } else {
        essentials(&mut out, deployment, &inputs);
    }
    out.push_str(&COMMANDS.replace("LINK", if linked { COMMAND_LINK } else { "" }));
    out
}

/// Something that only the reader knows, and where it goes.
struct Input {
    name: &'static str,
    what: &'static str,
    optional: bool,
    /// The body that it goes into, and the jq filter that puts it there, as `$in`.
    into: &'static str,
    filter: &'static str,
}

fn inputs(deployment: &Deployment) -> Vec<Input> {
    let pro = deployment.case.plan.is_pro();
    let several = deployment.case.active_active();
    let mut inputs = Vec::new();
    let mut needs = |name, what, filter| inputs.push(Input { name, what, optional: false, into: "database", filter });
    if deployment.allow_list().is_some() {
        let filter = match (pro, several) {
            (_, true) => ".globalSourceIp = ($ALLOWED_NETWORKS | split(\",\"))",
            (true, false) => ".sourceIp = ($ALLOWED_NETWORKS | split(\",\"))",
            (false, false) => ".sourceIps = ($ALLOWED_NETWORKS | split(\",\"))",
        };
        needs(
            "ALLOWED_NETWORKS",
            "ranges that may connect, those of private links too: CIDRs joined by commas",
            filter,
        );
    }
    if deployment.case.mutual_tls() {
        let filter = ".clientTlsCertificates = [{publicCertificatePEMString: $CLIENT_CERTIFICATE}]";
        needs(
            "CLIENT_CERTIFICATE",
            "a certificate of the clients, or of the authority that signs them, as PEM",
            filter,
        );
    }
    if deployment.backup().is_some() {
        let filter = match (pro, several) {
            (_, true) => ".regions |= map(.remoteBackup.storagePath = $BACKUP_PATH + \"/\" + .region)",
            (true, false) => ".remoteBackup.storagePath = $BACKUP_PATH",
            (false, false) => ".periodicBackupPath = $BACKUP_PATH",
        };
        needs(
            "BACKUP_PATH",
            "where backups go, such as s3://bucket/folder; Redis Cloud needs the right to write there",
            filter,
        );
    }
    if deployment.case.plan != PlanKind::Free {
        inputs.push(Input {
            name: "PAYMENT_METHOD_ID",
            what: "the card that pays, from GET /payment-methods; none with a contract",
            optional: true,
            into: "subscription",
            filter: "if $PAYMENT_METHOD_ID == \"\" then . else .paymentMethodId = ($PAYMENT_METHOD_ID | tonumber) end",
        });
    }
    inputs
}

/// A function that prints a body. Nothing in it is read by the shell: the end of a here-document is a
/// line of its own, and no line of JSON looks like that.
fn body(out: &mut String, name: &str, inputs: &[Input], json: Json) {
    out.extend(["\n", name, "() {\n"]);
    let inputs: Vec<&Input> = inputs.iter().filter(|input| input.into == name).collect();
    if inputs.is_empty() {
        out.push_str("  cat <<'JSON'\n");
    } else {
        out.push_str("  jq");
        for input in &inputs {
            out.extend([" --arg ", input.name, " \"$", input.name, "\""]);
        }
        let filters: Vec<&str> = inputs.iter().map(|input| input.filter).collect();
        out.extend([" \\\n    '", &filters.join("\n      | "), "' <<'JSON'\n"]);
    }
    json.write(out, 0);
    out.push_str("\nJSON\n}\n");
}

fn alerts(deployment: &Deployment) -> Json {
    List(
        deployment
            .alerts()
            .into_iter()
            .map(|(name, value)| Object(vec![("name", text(name)), ("value", bare(value))]))
            .collect(),
    )
}

fn essentials(out: &mut String, deployment: &Deployment, inputs: &[Input]) {
    let (size, unit) = deployment.size();
    let flex = deployment.case.plan == PlanKind::EssentialsFlex;
    body(out, "subscription", inputs, Object(vec![("name", text(deployment.subscription()))]));
    let mut database = vec![
        ("name", text(&deployment.name)),
        ("dataPersistence", text(deployment.persistence())),
        ("dataEvictionPolicy", text(deployment.eviction())),
        ("replication", bare(deployment.replicated())),
        ("alerts", alerts(deployment)),
    ];
    if deployment.resp3() {
        database.push(("respVersion", text("resp3")));
    }
    if deployment.case.plan != PlanKind::Free {
        database.push(("enableTls", bare(deployment.tls())));
    }
    body(out, "database", inputs, Object(database));
    out.extend([
        "\n# The id of the plan; its size includes the replica.\nplan() {\n  call GET '/fixed/plans?provider=",
        deployment.provider(),
        "&redisFlex=",
        if flex { "true" } else { "false" },
        "' | jq -e 'first(.plans[]\n    | select(.region == \"",
        deployment.regions[0],
        "\" and .size == ",
        size,
        " and .sizeMeasurementUnit == \"",
        unit,
        "\"\n      and .availability == \"",
        deployment.availability(),
        "\" and .supportDataPersistence == ",
        if deployment.persists() { "true" } else { "false" },
        ")) | .id'\n}\n",
    ]);
    out.push_str(ESSENTIALS);
}

fn pro(out: &mut String, deployment: &Deployment, inputs: &[Input]) {
    let several = deployment.case.active_active();
    let throughput = || Object(vec![("by", text("operations-per-second")), ("value", bare(deployment.throughput()))]);
    let (reads, writes) = deployment.reads_and_writes();
    let local = |region: &str| {
        Object(vec![
            ("region", text(region)),
            ("writeOperationsPerSecond", bare(writes)),
            ("readOperationsPerSecond", bare(reads)),
        ])
    };
    let regions = deployment.regions.iter().enumerate().map(|(i, region)| {
        let mut parts = vec![("region", text(region))];
        if !several {
            parts.push(("multipleAvailabilityZones", bare(deployment.many_zones())));
        }
        parts.push(("networking", Object(vec![("deploymentCIDR", text(&deployment.cidr(i)))])));
        Object(parts)
    });
    let mut first = vec![
        ("name", text(&deployment.name)),
        ("protocol", text("redis")),
        ("datasetSizeInGb", bare(deployment.dataset())),
        ("dataPersistence", text(deployment.persistence())),
        ("replication", bare(deployment.replicated())),
        ("supportOSSClusterApi", bare(deployment.case.cluster())),
    ];
    first.push(if several {
        ("localThroughputMeasurement", List(deployment.regions.iter().map(|region| local(region)).collect()))
    } else {
        ("throughputMeasurement", throughput())
    });
    let provider = vec![("provider", text(deployment.provider())), ("regions", List(regions.collect()))];
    let subscription = Object(vec![
        ("name", text(deployment.subscription())),
        ("deploymentType", text(if several { "active-active" } else { "single-region" })),
        ("memoryStorage", text(deployment.memory_storage())),
        ("publicEndpointAccess", bare(deployment.public())),
        ("cloudProviders", List(vec![Object(provider)])),
        ("databases", List(vec![Object(first)])),
    ]);
    out.push_str("\n# Cloud, regions, zones and address ranges can never be changed. The service adds the memory of replicas itself.");
    body(out, "subscription", inputs, subscription);

    let mut database = vec![
        ("datasetSizeInGb", bare(deployment.dataset())),
        ("dataEvictionPolicy", text(deployment.eviction())),
        ("supportOSSClusterApi", bare(deployment.case.cluster())),
        ("enableTls", bare(deployment.tls())),
    ];
    if several {
        database
            .extend([("globalDataPersistence", text(deployment.persistence())), ("globalAlerts", alerts(deployment))]);
        let each = deployment.regions.iter().map(|region| {
            let mut parts = vec![("region", text(region)), ("localThroughputMeasurement", local(region))];
            parts.extend(backup(deployment));
            if deployment.resp3() {
                parts.push(("respVersion", text("resp3")));
            }
            Object(parts)
        });
        database.push(("regions", List(each.collect())));
    } else {
        database.extend([
            ("dataPersistence", text(deployment.persistence())),
            ("replication", bare(deployment.replicated())),
            ("throughputMeasurement", throughput()),
            ("alerts", alerts(deployment)),
        ]);
        if deployment.resp3() {
            database.push(("respVersion", text("resp3")));
        }
        database.extend(backup(deployment));
    }
    body(out, "database", inputs, Object(database));
    if !deployment.public() {
        out.push_str(
            "\n# Of a database that exists: only when the link works, because it cuts off whoever comes another way.",
        );
    }
    body(out, "access", inputs, Object(vec![("publicEndpointAccess", bare(deployment.public()))]));
    out.push_str("\n# The hours are those of the region's local time.");
    body(out, "windows", inputs, windows(deployment));
    out.push_str(PRO);
    let path = if several { "/databases/$2/regions" } else { "/databases/$2" };
    out.push_str(&PRO_UPDATE.replace("/databases/$2", path));
    link(out, deployment);
}

fn backup(deployment: &Deployment) -> Option<(&'static str, Json)> {
    let interval = deployment.backup()?;
    let parts =
        vec![("active", bare(true)), ("interval", text(&interval)), ("storageType", text(deployment.storage_type()))];
    Some(("remoteBackup", Object(parts)))
}

fn windows(deployment: &Deployment) -> Json {
    let windows = deployment.windows();
    if windows.is_empty() {
        return Object(vec![("mode", text("automatic"))]);
    }
    let each = windows.iter().map(|window| {
        Object(vec![
            ("startHour", bare(window.start_hour)),
            ("durationInHours", bare(window.duration_in_hours)),
            ("days", List(window.days.iter().map(|day| text(day.word())).collect())),
        ])
    });
    Object(vec![("mode", text("manual")), ("windows", List(each.collect()))])
}

/// The private link, from one region.
fn link(out: &mut String, deployment: &Deployment) {
    let Some(endpoint) = deployment.link() else { return };
    let several = deployment.case.active_active();
    let (needs, calls) = match (endpoint, deployment.cloud, several) {
        (Endpoint::VpcPeering, Cloud::Gcp, false) => ("GCP_PROJECT_ID GCP_NETWORK", PEER_GCP),
        (Endpoint::VpcPeering, Cloud::Gcp, true) => ("GCP_PROJECT_ID GCP_NETWORK", PEER_GCP_REGION),
        (Endpoint::VpcPeering, _, false) => ("AWS_ACCOUNT_ID VPC_ID VPC_CIDRS VPC_REGION", PEER_AWS),
        (Endpoint::VpcPeering, _, true) => ("AWS_ACCOUNT_ID VPC_ID VPC_CIDRS VPC_REGION", PEER_AWS_REGION),
        (Endpoint::PrivateLink, ..) => ("AWS_ACCOUNT_ID", PRIVATE_LINK),
        (Endpoint::PrivateServiceConnect, ..) => ("GCP_PROJECT_ID GCP_NETWORK GCP_SUBNET", PRIVATE_SERVICE_CONNECT),
        (Endpoint::TransitGateway, ..) => ("TRANSIT_GATEWAY_ID VPC_CIDRS", TRANSIT_GATEWAY),
        (Endpoint::Public, ..) => return,
    };
    out.extend(["\n# The private link; your side of it is done in your account. From the environment: ", needs, "\n"]);
    out.push_str("link() {\n");
    for name in needs.split(' ') {
        out.extend(["  : \"${", name, ":?see the comment above link}\"\n"]);
    }
    out.push_str(if several { "  local at\n" } else { "  local at=\"/subscriptions/$1\"\n" });
    if several {
        out.push_str("  at=\"/subscriptions/$1/regions/$(call GET \"/subscriptions/$1/regions\" \\\n    | jq -e --arg region \"$2\" '.regions[] | select(.region == $region) | .regionId')\"\n");
    }
    out.push_str(calls);
    out.push_str("}\n");
}

const HEAD: &str = r#"#
# Creates the database, or brings one that exists to these settings:
#   bash redis-cloud.sh create [--dry-run]
#   bash redis-cloud.sh update SUBSCRIPTION_ID DATABASE_ID [--dry-run]
LINK# It needs bash, curl and jq. From the environment:
#   REDISCLOUD_ACCESS_KEY, REDISCLOUD_SECRET_KEY: the keys of the API
"#;

const HEAD_LINK: &str = "#   bash redis-cloud.sh link SUBSCRIPTION_ID REGION\n";

const CALLS: &str = r#": "${REDISCLOUD_ACCESS_KEY:?the account key of the API}"
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
"#;

const ESSENTIALS: &str = r#"
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
"#;

const PRO: &str = r#"
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
"#;

const PRO_UPDATE: &str = r#"
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
"#;

const PEER_AWS: &str = r#"  send POST "$at/peerings" "$(jq -n --arg region "$VPC_REGION" --arg account "$AWS_ACCOUNT_ID" --arg vpc "$VPC_ID" \
    --arg cidrs "$VPC_CIDRS" '{provider: "AWS", region: $region, awsAccountId: $account, vpcId: $vpc,
      vpcCidrs: ($cidrs | split(","))}')"
"#;

const PEER_AWS_REGION: &str = r#"  send POST "/subscriptions/$1/regions/peerings" "$(jq -n --arg from "$2" --arg to "$VPC_REGION" \
    --arg account "$AWS_ACCOUNT_ID" --arg vpc "$VPC_ID" --arg cidrs "$VPC_CIDRS" '{provider: "AWS", sourceRegion: $from,
      destinationRegion: $to, awsAccountId: $account, vpcId: $vpc, vpcCidrs: ($cidrs | split(","))}')"
"#;

const PEER_GCP: &str = r#"  send POST "$at/peerings" "$(jq -n --arg project "$GCP_PROJECT_ID" --arg network "$GCP_NETWORK" \
    '{provider: "GCP", vpcProjectUid: $project, vpcNetworkName: $network}')"
"#;

const PEER_GCP_REGION: &str = r#"  send POST "/subscriptions/$1/regions/peerings" "$(jq -n --arg from "$2" --arg project "$GCP_PROJECT_ID" \
    --arg network "$GCP_NETWORK" '{provider: "GCP", sourceRegion: $from, vpcProjectUid: $project,
      vpcNetworkName: $network}')"
"#;

const PRIVATE_LINK: &str = r#"  send POST "$at/private-link" "$(jq -n --arg account "$AWS_ACCOUNT_ID" --argjson name "$(subscription | jq '.databases[0].name')" \
    '{shareName: $name, principal: $account, type: "aws_account"}')"
"#;

const PRIVATE_SERVICE_CONNECT: &str = r#"  local service
  service=$(send POST "$at/private-service-connect" '{}' | jq -e .resourceId)
  send POST "$at/private-service-connect/$service" "$(jq -n --arg project "$GCP_PROJECT_ID" --arg network "$GCP_NETWORK" \
    --arg subnet "$GCP_SUBNET" --argjson name "$(subscription | jq '.databases[0].name')" '{gcpProjectId: $project,
      gcpVpcName: $network, gcpVpcSubnetName: $subnet, endpointConnectionName: $name}')"
"#;

const TRANSIT_GATEWAY: &str = r#"  local invitation gateway
  invitation=$(send GET "$at/transitGateways/invitations" | jq -e '.resource.resources[0].id')
  send PUT "$at/transitGateways/invitations/$invitation/accept" '{}'
  gateway=$(send GET "$at/transitGateways" \
    | jq -e --arg gateway "$TRANSIT_GATEWAY_ID" '.resource.tgws[] | select(.awsTgwUid == $gateway) | .id')
  send POST "$at/transitGateways/$gateway/attachment" '{}'
  echo 'Accept the attachment in your account, then send the ranges:' >&2
  jq -n --arg cidrs "$VPC_CIDRS" '{cidrs: ($cidrs | split(","))}'
  echo "  PUT $at/transitGateways/$gateway/attachment" >&2
"#;

const COMMAND_LINK: &str = "  'link 3') link \"$2\" \"$3\" ;;\n";

const COMMANDS: &str = r#"
case "${*: -1}" in --dry-run) dry_run=true && set -- "${@:1:$#-1}" ;; esac
case "${1:-} $#" in
  'create 1') create ;;
  'update 3') update "$2" "$3" ;;
LINK  *)
    sed -n '2,/^set/{/^#/p}' "$0" >&2
    exit 2
    ;;
esac
"#;
