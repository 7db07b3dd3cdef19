//! The exports of `tests/exports`, each with the findings that are expected of it; and the plans of
//! Holdfast itself, which as exports must give none.

use std::convert::Infallible;
use std::fs;
use std::path::{Path, PathBuf};

use holdfast::audit::{Auditor, Bad, Database, Needs, Place};
use holdfast::plan::Severity;
use holdfast::questions::{self, Answers, Kind, from_link};
use holdfast::rules::{Setting, Value};
use holdfast::{Plan, recommend};
use serde_json::json;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("exports")
}

/// Why reading ended, in a test that never ends it itself.
#[derive(Debug)]
pub(crate) struct Refused(pub Bad);

impl From<Bad> for Refused {
    fn from(bad: Bad) -> Self {
        Refused(bad)
    }
}

impl From<Infallible> for Refused {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

/// Every finding in a line, and the whole as JSON.
pub(crate) fn judged(bytes: &[u8], stream: bool, needs: Needs) -> Result<(String, String), Refused> {
    let mut auditor = Auditor::new(needs);
    let (mut lines, mut json) = (String::new(), String::new());
    let mut each = |database: &Database| {
        for finding in &database.findings {
            let id = database.id.unwrap_or_default();
            lines.push_str(&format!("{id} {} {} {}\n", finding.severity.word(), finding.id, finding.path));
        }
        json.push_str(&serde_json::to_string(database).expect("JSON"));
        Ok::<(), Refused>(())
    };
    if stream {
        for (number, line) in (1..).zip(bytes.split(|byte| *byte == b'\n')) {
            auditor.line(line, Place { file: 0, line: Some(number) }, &mut each)?;
        }
    } else {
        auditor.documents(&[(0, bytes)], &mut each)?;
    }
    Ok((lines, json))
}

/// Every export: its name, whether it is a stream, its bytes.
pub(crate) fn exports() -> Vec<(String, bool, Vec<u8>)> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let export = |path: &PathBuf| {
        let end = path.extension()?.to_str()?;
        let name = path.file_stem()?.to_str()?.to_owned();
        matches!(end, "json" | "ndjson").then(|| (name, end == "ndjson", fs::read(path).unwrap()))
    };
    paths.iter().filter_map(export).collect()
}

fn needs(name: &str) -> Needs {
    let link = fs::read_to_string(folder().join(name).with_extension("needs")).unwrap_or_default();
    let (answers, unread) = from_link(link.trim());
    assert_eq!(unread, [], "{name}");
    Needs::new(answers, Vec::new())
}

#[test]
fn every_export_gives_the_findings_that_are_expected_of_it() {
    let all = exports();
    assert!(all.len() >= 30, "only {}", all.len());
    for (name, stream, bytes) in all {
        let (found, json) = judged(&bytes, stream, needs(&name)).unwrap();
        let expected = fs::read_to_string(folder().join(&name).with_extension("expected")).unwrap();
        assert_eq!(found, expected, "{name}");
        assert!(!name.contains("good") || found.is_empty(), "{name} is not so good: {found}");
        assert!(!json.contains("hunter2"), "{name} gave a password away");
    }
}

#[test]
fn the_order_of_documents_and_their_wrapping_change_nothing() {
    for (name, stream, bytes) in exports().into_iter().filter(|(_, stream, _)| !stream) {
        let mut documents: Vec<serde_json::Value> = Vec::new();
        for document in serde_json::Deserializer::from_slice(&bytes).into_iter() {
            documents.push(document.unwrap());
        }
        let (found, _) = judged(&bytes, stream, needs(&name)).unwrap();
        documents.reverse();
        let as_array = serde_json::to_vec(&documents).unwrap();
        assert_eq!(judged(&as_array, false, needs(&name)).unwrap().0, found, "{name}");
    }
}

#[test]
fn a_list_that_says_less_of_the_regions_takes_nothing_away() {
    let region = r#"{"region":"us-east-1","dataPersistence":"none","backup":{"enableRemoteBackup":false}}"#;
    let whole = format!(r#"{{"databaseId":1,"activeActiveRedis":true,"crdbDatabases":[{region}]}}"#);
    let list = r#"{"databaseId":1,"crdbDatabases":[{"region":"us-east-1"}]}"#;
    let found = |first: &str, second: &str| {
        judged(format!("[{first},{second}]").as_bytes(), false, Needs::default()).unwrap().0
    };
    let expected = found(&whole, list);
    assert!(expected.contains("crdbDatabases[0].backup.enableRemoteBackup"), "{expected}");
    assert_eq!(found(list, &whole), expected);
}

#[test]
fn essentials_without_replication_changes_the_plan_first() {
    let export = br#"{"databaseId":1,"replication":false,"links":[{"rel":"self","href":"https://api/v1/fixed/subscriptions/7/databases/1"}]}"#;
    let (_, json) = judged(export, false, Needs::default()).unwrap();
    let calls = r#"PUT /v1/fixed/subscriptions/7 {\"planId\":{planId}}, then PUT /v1/fixed/subscriptions/7/databases/1 {\"replication\":true}"#;
    assert!(json.contains(calls), "{json}");
}

#[test]
fn a_backup_stays_where_it_goes_and_its_key_is_not_repeated() {
    let mended = |destination: &str| {
        let export = json!({
            "databaseId": 1, "links": [{ "rel": "self", "href": "https://api/v1/subscriptions/7/databases/1" }],
            "backup": { "enableRemoteBackup": false, "destination": destination },
        });
        let (_, json) = judged(export.to_string().as_bytes(), false, Needs::default()).unwrap();
        assert!(!json.contains("hunter2"), "{json}");
        json
    };
    assert!(mended("s3://acme/orders").contains(r#"\"aws-s3\",\"storagePath\":\"s3://acme/orders\""#));
    assert!(mended("gs://acme/orders").contains(r#"\"google-blob-storage\",\"storagePath\":\"gs://acme/orders\""#));
    assert!(mended("abs://:hunter2@acme/orders").contains(r#"\"azure-blob-storage\",\"storagePath\":\"abs://your-"#));
    assert!(mended("ftp://ann:hunter2@acme/orders").contains(r#"\"ftp\",\"storagePath\":\"ftp://your-"#));
}

/// A plan as the API would return the database that was created by it.
fn as_export(plan: &Plan) -> Vec<u8> {
    let value = |setting| plan.advice(setting).map_or(Value::Off, |advice| advice.value.clone());
    let word = |setting| value(setting).as_str().unwrap_or_default().to_owned();
    let of = word(Setting::Plan);
    let pro = of.starts_with("pro");
    let free = of == "free";
    let active_active = value(Setting::ActiveActive) != Value::Off;
    let persistence = word(Setting::Persistence);
    let replication = word(Setting::Replication);
    let backup = word(Setting::Backup);
    let tls = word(Setting::Tls) == "on";
    let alerts = serde_json::to_value(value(Setting::Alerts)).unwrap();
    let regions = match value(Setting::ActiveActive).get("regions") {
        Some(Value::Whole(regions)) => *regions,
        _ => 1,
    };
    let backups = if pro {
        json!({ "enableRemoteBackup": backup != "off", "interval": (backup != "off").then_some(&backup) })
    } else {
        json!({ "remoteBackupEnabled": backup != "off" })
    };
    let mut database = json!({
        "databaseId": 1, "name": "app", "provider": plan.answers.cloud.word().to_uppercase(),
        "memoryStorage": if of.ends_with("flex") { "ram-and-flash" } else { "ram" },
        "replication": replication != "none", "dataEvictionPolicy": word(Setting::Eviction),
        "security": {
            "enableTls": tls, "tlsClientAuthentication": word(Setting::MutualTls) == "on",
            "sourceIps": ["10.0.0.0/8"], "password": "hunter2",
        },
        "links": [{ "rel": "self", "href": format!("https://api/v1/{}subscriptions/7/databases/1", if pro { "" } else { "fixed/" }) }],
    });
    if free {
        database["planMemoryLimit"] = json!(30.0);
        database["memoryLimitMeasurementUnit"] = json!("MB");
    }
    if active_active {
        let region = |i| json!({ "region": format!("region-{i}"), "dataPersistence": persistence, "backup": backups });
        database["activeActiveRedis"] = json!(true);
        database["globalDataPersistence"] = json!(persistence);
        database["globalAlerts"] = alerts;
        database["crdbDatabases"] = (0..regions).map(region).collect();
    } else {
        database["dataPersistence"] = json!(persistence);
        database["alerts"] = alerts;
        database["backup"] = backups;
    }
    let subscription = if pro {
        json!({
            "id": 7, "deploymentType": if active_active { "active-active" } else { "single-region" },
            "publicEndpointAccess": word(Setting::PublicEndpoint) == "open",
            "cloudDetails": [{ "regions": [{ "multipleAvailabilityZones": replication == "multi-zone" }] }],
        })
    } else {
        let availability = match replication.as_str() {
            "multi-zone" => "Multi-zone",
            "single-zone" => "Single-zone",
            _ => "No replication",
        };
        json!({ "id": 7, "planId": 1, "availability": availability })
    };
    let mut windows = json!({ "mode": "automatic", "windows": [] });
    if let Some(Value::List(all)) = value(Setting::Maintenance).get("windows") {
        let window = |window: &Value| {
            let window = serde_json::to_value(window).unwrap();
            json!({ "days": window["days"], "startHour": window["start_hour"], "durationInHours": window["duration_in_hours"] })
        };
        windows = json!({ "mode": "manual", "windows": all.iter().map(window).collect::<Vec<_>>() });
    }
    json!([{ "subscription": subscription, "maintenanceWindows": windows, "databases": [database] }])
        .to_string()
        .into_bytes()
}

/// From several starts, each answer of each question in turn.
pub(crate) fn answers() -> Vec<Answers> {
    let starts = [
        "",
        "plan=free",
        "plan=essentials",
        "plan=essentials-flex",
        "plan=pro",
        "plan=pro&survive=region",
        "plan=pro-flex&endpoint=vpc-peering",
    ];
    let mut all = Vec::new();
    for start in starts {
        let (start, _) = from_link(start);
        for entry in questions::ALL {
            let texts: Vec<String> = match &entry.question.kind {
                Kind::Choice(choices) | Kind::Maybe(choices) | Kind::Words(choices) => {
                    choices.iter().map(|choice| choice.word.to_owned()).collect()
                }
                Kind::YesNo => vec!["yes".to_owned(), "no".to_owned()],
                Kind::Whole { min, max, .. } => vec![min.to_string(), max.to_string()],
                Kind::QuietHours => vec!["Tue+Fri@22/8".to_owned(), "Sun@24/2".to_owned()],
                _ => Vec::new(),
            };
            for text in texts {
                let mut answers = start.clone();
                answers.set(entry.question.id, &text).unwrap();
                all.push(answers);
            }
        }
    }
    all
}

#[test]
fn a_database_that_was_created_by_a_plan_has_no_finding_but_those_of_the_plan() {
    let plans: Vec<Plan> = answers().iter().map(recommend).collect();
    let wrong: Vec<String> = plans.iter().flat_map(|plan| unexpected(plan, &as_export(plan))).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What is found in the export of a plan's database and was not said of the plan when it was ordered.
pub(crate) fn unexpected(plan: &Plan, export: &[u8]) -> Vec<String> {
    let link = questions::to_link(&plan.answers);
    let known: Vec<&str> = plan.findings.iter().filter(|f| f.severity != Severity::Note).map(|f| f.id).collect();
    let (found, _) = judged(export, false, Needs::new(plan.answers.clone(), Vec::new())).unwrap();
    let expected = |line: &&str| {
        let id = line.split(' ').nth(2).unwrap();
        // An existing database that can't become what is needed is the same finding under its own name.
        let same = [("C27", "H31"), ("C14", "C22")].iter().any(|(there, here)| id == *there && known.contains(here));
        known.contains(&id) || same || id == "H20"
    };
    let wrong = found.lines().filter(|line| !expected(line));
    wrong.map(|line| format!("{link}: {line}; the plan has {known:?}")).collect()
}
