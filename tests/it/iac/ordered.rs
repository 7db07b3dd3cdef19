//! What Terraform and the script order, read back: both order the same, and the audit finds nothing
//! wrong with a database that is as it was ordered.

use holdfast::artefact::iac;
use holdfast::recommend;
use serde_json::{Value, json};

use super::{hcl, hcl::Block, rest};
use crate::exports::{answers, unexpected};

/// A database with its subscription.
#[derive(Debug, PartialEq)]
struct Ordered {
    provider: String,
    memory_storage: &'static str,
    persistence: String,
    replication: bool,
    eviction: String,
    tls: bool,
    certificates: bool,
    allow_list: bool,
    alerts: Value,
    /// Nothing where there is no backup, null where there is no choice of interval.
    backup: Option<Value>,
    kind: Kind,
}

#[derive(Debug, PartialEq)]
enum Kind {
    Essentials { availability: String, size: f64, unit: String },
    Pro { public: bool, regions: Vec<String>, active_active: bool, many_zones: bool, windows: Value },
}

/// What stands between two marks.
fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    text.split_once(before).and_then(|(_, rest)| rest.split_once(after)).map_or("", |(found, _)| found)
}

/// The filter that finds an Essentials plan in the list of the API.
fn plan_of(text: &str, unit: &str, availability: &str) -> Kind {
    let size = between(text, ".size == ", " ").parse().expect("a size");
    let word = |mark: &str| between(text, mark, "\"").to_owned();
    Kind::Essentials { availability: word(availability), size, unit: word(unit) }
}

fn of_script(script: &str) -> Ordered {
    let bodies = rest::bodies(script);
    let (subscription, database) = (&bodies["subscription"], &bodies["database"]);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let pro = bodies.contains_key("windows");
    let several = database.get("regions").is_some();
    let cloud = &subscription["cloudProviders"][0];
    let regions = cloud["regions"].as_array().cloned().unwrap_or_default();
    let of = |one: &str, global: &str| database[if several { global } else { one }].clone();
    let local = if several { &database["regions"][0]["remoteBackup"] } else { &database["remoteBackup"] };
    let flex = script.contains("redisFlex=true") || subscription["memoryStorage"] == "ram-and-flash";
    Ordered {
        provider: if pro { text(&cloud["provider"]) } else { between(script, "provider=", "&").to_owned() },
        memory_storage: if flex { "ram-and-flash" } else { "ram" },
        persistence: text(&of("dataPersistence", "globalDataPersistence")),
        replication: several || database["replication"] == true,
        eviction: text(&database["dataEvictionPolicy"]),
        tls: database["enableTls"] == true,
        certificates: script.contains(".clientTlsCertificates = "),
        allow_list: script.contains("ourceIp"),
        alerts: of("alerts", "globalAlerts"),
        backup: script.contains("BACKUP_PATH").then(|| local["interval"].clone()),
        kind: if pro {
            let windows = bodies["windows"].get("windows").cloned();
            Kind::Pro {
                public: subscription["publicEndpointAccess"] == true,
                many_zones: several || regions[0]["multipleAvailabilityZones"] == true,
                regions: regions.iter().map(|region| text(&region["region"])).collect(),
                active_active: subscription["deploymentType"] == "active-active",
                windows: windows.unwrap_or_else(|| json!([])),
            }
        } else {
            plan_of(script, ".sizeMeasurementUnit == \"", ".availability == \"")
        },
    }
}

fn of_terraform(main: &str) -> Ordered {
    let document = hcl::read(main);
    let first = |kinds: [&'static str; 3]| {
        let found = kinds.into_iter().flat_map(|kind| document.resources(kind)).next();
        found.expect("a resource")
    };
    let subscription = first(["essentials_subscription", "subscription", "active_active_subscription"]);
    let database = first(["essentials_database", "subscription_database", "active_active_subscription_database"]);
    let essentials = database.head[1].contains("essentials");
    let several = database.head[1].contains("active_active");
    let text = |block: &Block, name: &str| block.text(name).unwrap_or_default();
    let is = |block: &Block, name: &str| block.argument(name) == Some("true");
    let alert = |alert: &Block| json!({ "name": text(alert, "name"), "value": alert.number("value").unwrap() as u64 });
    let alerts = database.named(if several { "global_alert" } else { "alert" }).map(alert).collect();
    let remote = database.all().into_iter().find(|block| block.kind() == "remote_backup");
    let inside = |kind: &str| document.all().into_iter().find(|block| block.kind() == kind);
    let plan = document.named("data").find(|block| block.head[1] == "rediscloud_essentials_plan");
    // On Essentials the comment beside the database has the call that does what the provider can't.
    let said = |mark: &str| if essentials { main.contains(mark) } else { false };
    let flex = text(subscription, "memory_storage") == "ram-and-flash" || main.contains("redisFlex=true");
    let provider = match (plan, inside("cloud_provider")) {
        (Some(plan), _) => text(plan, "cloud_provider"),
        (None, Some(cloud)) => text(cloud, "provider"),
        (None, None) if several => text(subscription, "cloud_provider"),
        (None, None) => between(main, "provider=", "&").to_owned(),
    };
    Ordered {
        provider,
        memory_storage: if flex { "ram-and-flash" } else { "ram" },
        persistence: text(database, if several { "global_data_persistence" } else { "data_persistence" }),
        replication: several || is(database, "replication"),
        eviction: text(database, "data_eviction"),
        tls: is(database, "enable_tls") || said("\"enableTls\":true"),
        certificates: database.argument("client_tls_certificates").is_some() || said("clientTlsCertificates"),
        allow_list: main.contains("var.allowed_networks\n") || said("\"sourceIps\""),
        alerts,
        backup: match remote {
            Some(remote) => Some(json!(text(remote, "interval"))),
            None => database.argument("periodic_backup_path").map(|_| Value::Null),
        },
        kind: match plan {
            Some(plan) => Kind::Essentials {
                availability: text(plan, "availability"),
                size: plan.number("size").unwrap(),
                unit: text(plan, "size_measurement_unit"),
            },
            None if essentials => plan_of(main, ".sizeMeasurementUnit == \"", ".availability == \""),
            None => {
                let regions: Vec<&Block> =
                    subscription.all().into_iter().filter(|block| block.kind() == "region").collect();
                let window = |window: &Block| {
                    json!({
                        "startHour": window.number("start_hour").unwrap() as u64,
                        "durationInHours": window.number("duration_in_hours").unwrap() as u64,
                        "days": serde_json::from_str::<Value>(window.argument("days").unwrap()).unwrap(),
                    })
                };
                Kind::Pro {
                    public: is(subscription, "public_endpoint_access"),
                    many_zones: several || is(regions[0], "multiple_availability_zones"),
                    regions: regions.iter().map(|region| text(region, "region")).collect(),
                    active_active: several,
                    windows: inside("maintenance_windows").expect("a block").named("window").map(window).collect(),
                }
            }
        },
    }
}

/// As the API returns it.
fn export(ordered: &Ordered) -> Vec<u8> {
    let backup = |name: &str| json!({ name: ordered.backup.is_some(), "interval": ordered.backup });
    let fixed = if matches!(ordered.kind, Kind::Pro { .. }) { "" } else { "fixed/" };
    let mut database = json!({
        "databaseId": 1,
        "name": "app",
        "provider": ordered.provider,
        "memoryStorage": ordered.memory_storage,
        "replication": ordered.replication,
        "dataEvictionPolicy": ordered.eviction,
        "security": {
            "enableTls": ordered.tls,
            "tlsClientAuthentication": ordered.certificates,
            "sourceIps": [if ordered.allow_list { "192.0.2.0/24" } else { "0.0.0.0/0" }],
        },
        "links": [{ "rel": "self", "href": format!("https://api/v1/{fixed}subscriptions/7/databases/1") }],
    });
    let subscription = match &ordered.kind {
        Kind::Essentials { availability, size, unit } => {
            database["planMemoryLimit"] = json!(size);
            database["memoryLimitMeasurementUnit"] = json!(unit);
            database["backup"] = backup("remoteBackupEnabled");
            json!({ "id": 7, "planId": 1, "availability": availability })
        }
        Kind::Pro { public, regions, active_active, many_zones, .. } => {
            let zones =
                regions.iter().map(|region| json!({ "region": region, "multipleAvailabilityZones": many_zones }));
            let zones: Vec<Value> = zones.collect();
            if *active_active {
                let each = |region: &String| {
                    json!({
                        "region": region,
                        "dataPersistence": ordered.persistence,
                        "backup": backup("enableRemoteBackup"),
                    })
                };
                database["activeActiveRedis"] = json!(true);
                database["crdbDatabases"] = regions.iter().map(each).collect();
            } else {
                database["backup"] = backup("enableRemoteBackup");
            }
            json!({
                "id": 7,
                "deploymentType": if *active_active { "active-active" } else { "single-region" },
                "publicEndpointAccess": public,
                "cloudDetails": [{ "provider": ordered.provider, "regions": zones }],
            })
        }
    };
    let several = database.get("crdbDatabases").is_some();
    let [persistence, alerts] =
        if several { ["globalDataPersistence", "globalAlerts"] } else { ["dataPersistence", "alerts"] };
    database[persistence] = json!(ordered.persistence);
    database[alerts] = ordered.alerts.clone();
    let windows = match &ordered.kind {
        Kind::Pro { windows, .. } if windows != &json!([]) => json!({ "mode": "manual", "windows": windows }),
        _ => json!({ "mode": "automatic", "windows": [] }),
    };
    json!([{ "subscription": subscription, "maintenanceWindows": windows, "databases": [database] }])
        .to_string()
        .into_bytes()
}

#[test]
fn what_is_ordered_is_the_same_in_both_and_the_audit_finds_nothing_wrong_with_it() {
    let mut wrong = Vec::new();
    for answers in answers() {
        let plan = recommend(&answers);
        let [main, script] = iac(&plan).map(|file| file.text);
        let ordered = of_terraform(&main);
        let scripted = of_script(&script);
        if ordered != scripted {
            wrong.push(format!("{}\n{ordered:?}\n{scripted:?}", holdfast::questions::to_link(&answers)));
        }
        wrong.extend(unexpected(&plan, &export(&ordered)));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
