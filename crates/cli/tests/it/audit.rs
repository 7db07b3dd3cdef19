//! `holdfast audit`

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::program::{Ended, Folder, command, run, with_input};

const BARE: &str =
    r#"{"databaseId":7,"name":"orders","dataPersistence":"none","security":{"enableTls":false,"password":"hunter2"}}"#;

fn exports() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/exports")
}

fn export(name: &str) -> String {
    exports().join(name).to_str().expect("UTF-8").to_owned()
}

fn audit(args: &[&str], input: &str) -> Ended {
    with_input(["audit"].iter().chain(args), input.as_bytes())
}

fn ids(report: &Value) -> Vec<String> {
    let databases = report["databases"].as_array().expect("databases");
    let findings = databases.iter().flat_map(|database| database["findings"].as_array().expect("findings"));
    findings.map(|finding| finding["id"].as_str().expect("an id").to_owned()).collect()
}

#[test]
fn a_finding_says_what_is_there_what_should_be_and_how_it_is_mended() {
    let ended = run(["audit", &export("pro-tls-off.json"), "--format", "json"]);
    assert_eq!((ended.code, ended.err.as_str()), (1, ""));
    let report = ended.json();
    let keys = |value: &Value| value.as_object().expect("an object").keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&report), ["holdfast", "assumed", "databases", "summary"]);
    assert_eq!(report["assumed"]["data_loss"], "one-second");
    assert_eq!(keys(&report["databases"][0]), ["id", "name", "plan", "findings"]);
    let finding = &report["databases"][0]["findings"][0];
    assert_eq!(
        keys(finding),
        ["id", "severity", "path", "present", "wanted", "message", "fix", "reason", "sources", "mend"]
    );
    assert_eq!(finding["path"], "security.enableTls");
    assert_eq!((&finding["present"], &finding["wanted"]), (&json!(false), &json!(true)));
    assert_eq!(finding["mend"]["rest"], "PUT /v1/subscriptions/113991/databases/51166 {\"enableTls\":true}");
    assert_eq!(finding["mend"]["terraform"], "rediscloud_subscription_database: enable_tls = true");
    assert!(finding["mend"]["blast_radius"].as_str().is_some_and(|text| text.contains("without TLS fails")));
    assert_eq!(report["summary"], json!({ "databases": 1, "errors": 1, "warnings": 0, "notes": 0, "complete": true }));
}

#[test]
fn windows_on_one_day_are_mended_by_a_second() {
    let report = run(["audit", &export("pro-windows-one-day.json"), "--format", "json"]).json();
    let mend = &report["databases"][0]["findings"][0]["mend"];
    let rest = mend["rest"].as_str().expect("a call");
    assert!(rest.contains("/maintenance-windows {\"mode\":\"manual\""), "{rest}");
    assert!(rest.contains("\"durationInHours\":8") && rest.contains("Wednesday"), "{rest}");
    assert!(mend["terraform"].as_str().is_some_and(|text| text.contains("maintenance_windows.window")), "{mend}");
}

#[test]
fn what_can_never_be_mended_in_place_says_so() {
    for (name, id) in [("pro-single-zone", "C27"), ("essentials-single-zone", "C14"), ("pro-region-needed", "H2")] {
        let link = fs::read_to_string(exports().join(name).with_extension("needs")).unwrap_or_default();
        let needs: Vec<String> =
            link.trim().split('&').filter(|part| !part.is_empty()).map(|part| format!("--{part}")).collect();
        let mut args = vec!["audit".to_owned(), export(&format!("{name}.json")), "--format=json".to_owned()];
        args.extend(needs);
        let report = run(args).json();
        let finding = &report["databases"][0]["findings"][0];
        assert_eq!(finding["id"], id, "{name}");
        assert_eq!((&finding["mend"]["rest"], &finding["mend"]["terraform"]), (&Value::Null, &Value::Null));
        assert!(finding["fix"].as_str().is_some_and(|fix| fix.contains("move the data")), "{finding}");
        assert!(finding["mend"]["blast_radius"].as_str().is_some_and(|text| text.contains("Not in place")));
    }
}

#[test]
fn tls_and_allow_list_of_essentials_are_mended_without_terraform() {
    let tls = run(["audit", &export("essentials-tls-not-named.json"), "--format", "json"]).json();
    let mend = &tls["databases"][0]["findings"][0]["mend"];
    assert_eq!(mend["terraform"], Value::Null);
    assert_eq!(mend["rest"], "PUT /v1/fixed/subscriptions/2001/databases/51324 {\"enableTls\":true}");
}

#[test]
fn every_format_carries_the_same_findings_and_no_password() {
    for entry in fs::read_dir(exports()).unwrap() {
        let path = entry.unwrap().path();
        if !path.extension().is_some_and(|end| end == "json" || end == "ndjson") {
            continue;
        }
        let run_as = |format: &str| run([Path::new("audit"), &path, Path::new("--format"), Path::new(format)]);
        let json = run_as("json");
        let wanted = ids(&json.json());
        let lines = run_as("ndjson");
        let databases: Vec<Value> = lines.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(Value::from(databases), json.json()["databases"], "{}", path.display());
        let sarif = run_as("sarif");
        let results = sarif.json()["runs"][0]["results"].clone();
        let found: Vec<&str> =
            results.as_array().unwrap().iter().map(|result| result["ruleId"].as_str().unwrap()).collect();
        assert_eq!(found, wanted, "{}", path.display());
        let text = run_as("text");
        let mut rest = text.out.as_str();
        for id in &wanted {
            let at = rest.find(&format!(" {id}: ")).unwrap_or_else(|| panic!("{id} is not in {}", text.out));
            rest = &rest[at + 1..];
        }
        for ended in [&json, &lines, &sarif, &text] {
            assert_eq!(ended.code, json.code);
            assert!(!ended.out.contains("hunter2") && ended.err.is_empty(), "{}", path.display());
        }
        for line in text.out.lines().filter(|line| !line.contains('{')) {
            assert!(line.chars().count() <= 80, "{line}");
        }
    }
}

#[test]
fn what_is_no_export_is_one_error_with_its_place() {
    for (input, message) in [
        ("", "found nothing, expected JSON of the Redis Cloud API"),
        ("{\"foo\":1}", "found an object that is no export"),
        ("[{\"foo\":1}]", "found an object that is no export"),
        ("{\"timestamp\":\"t\",\"status\":404,\"error\":\"Not Found\",\"path\":\"/v1\"}", "found an error of the API"),
        ("{\"taskId\":\"1\",\"status\":\"processing-error\"}", "found a task of the API and not its result"),
        ("{\"id\":1}", "found an object that is no export"),
        ("null", "found text that is none of these"),
        ("[1]", "[0]: found a whole number, expected an object"),
        ("[[1]]", "[0]: found an array, expected an object"),
        ("{\"databaseId\":7,\"security\":[true]}", "security: found an array, expected an object"),
        ("{\"databaseId\":7,\"alerts\":[[\"dataset-size\",80]]}", "alerts[0]: found an array, expected an object"),
        ("{\"databaseId\":\"7\"}", "databaseId: found a string, expected a whole number"),
        ("{\"databaseId\":-7}", "databaseId: found a number that is out of range"),
        ("{\"databaseId\":7,\"security\":\"hunter2\"}", "security: found a string, expected an object"),
        (
            "{\"databaseId\":7,\"security\":{\"enableTls\":\"hunter2\"}}",
            "security.enableTls: found a string, expected true or false",
        ),
        ("{\"databaseId\":7,\"databaseId\":8}", "found a key twice, expected each key once"),
        ("{\"databaseId\":7,", "found text that ends in the middle of JSON (line 1, column 16)"),
        ("{\n\"databaseId\":7}}", "found text that is not JSON (line 2, column 16)"),
        (
            "{\"subscription\":[{\"subscriptionId\":1,\"databases\":[{\"databaseId\":2,\"alerts\":{}}]}]}",
            "subscription[0].databases[0].alerts: found an object, expected an array",
        ),
        (
            "{\"subscription\":[{\"subscriptionId\":1,\"databases\":[{\"name\":\"x\"}]}]}",
            "found an object that is no export",
        ),
    ] {
        for format in ["text", "json", "sarif"] {
            let ended = audit(&["-", "--format", format], input);
            let refusal = ended.refusal();
            assert!(refusal.starts_with("standard input: ") && refusal.contains(message), "{input}: {refusal}");
            assert!(!refusal.contains("hunter2"), "{refusal}");
        }
    }
    let folder = Folder::new("audit-bad");
    let file = folder.path("bad.json");
    fs::write(&file, "{\"databaseId\":{}}").unwrap();
    assert!(run(["audit", &export("pro-good.json"), &file]).refusal().starts_with(&format!("{file}: databaseId: ")));
    for (path, found) in [("no-such-file", "no such file"), (".", "a directory")] {
        assert!(run(["audit", path]).refusal().contains(found));
    }
    assert!(run(["audit"]).refusal().contains("expected FILE"));
    assert!(run(["audit", "-", "-"]).refusal().contains("standard input can be read once"));
    assert!(run(["audit", "-", "--answers", "-"]).refusal().contains("standard input can be read once"));
}

#[test]
fn a_bad_line_is_named_and_only_ndjson_keeps_what_stands_before_it() {
    let stream = format!("{BARE}\n\n{BARE}\r\n{{\"databaseId\":8,\"replication\":\"yes\"}}\n{BARE}\n");
    let wanted = "standard input: line 4: replication: found a string, expected true or false\n";
    for format in ["text", "json", "sarif"] {
        let ended = audit(&["-", "--format", format], &stream);
        assert_eq!((ended.code, ended.out.as_str()), (2, ""), "{format}");
        assert_eq!(ended.err, format!("holdfast: {wanted}"));
    }
    let ended = audit(&["-", "--format", "ndjson"], &stream);
    assert_eq!((ended.code, ended.out.lines().count()), (2, 2));
    assert_eq!(ended.err, format!("holdfast: {wanted}"));
    for (first, message) in [
        ("not JSON", "line 1: found text that is not JSON (column 2)"),
        ("{\"databaseId\":7,", "line 1: found text that ends in the middle of JSON (column "),
    ] {
        let refusal = audit(&["-", "--format", "ndjson"], &format!("{first}\n{BARE}\n")).refusal().to_owned();
        assert!(refusal.contains(message), "{refusal}");
    }
    let ended = audit(&["-", "--format", "ndjson"], &format!("{BARE}\n{{\"foo\":1}}\n"));
    assert!(ended.err.contains("line 2: found an object that is no export"), "{}", ended.err);
}

#[test]
fn documents_one_after_the_other_are_read_however_each_is_written() {
    let spread = fs::read_to_string(export("essentials-none.json")).unwrap();
    let flat = BARE.to_owned() + "\n";
    let both = |input: &str| {
        let report = audit(&["--format", "json", "-"], input).json();
        report["databases"].as_array().expect("databases").iter().map(|it| it["id"].as_u64()).collect::<Vec<_>>()
    };
    for input in [flat.clone() + &spread, spread.clone() + &flat] {
        let mut seen = both(&input);
        seen.sort_unstable();
        assert_eq!(seen, [Some(7), Some(51324)]);
    }
    // One a line is judged as it comes.
    assert_eq!(both(&(flat.clone() + &flat)), [Some(7), Some(7)]);
}

#[test]
fn a_report_and_its_lines_are_what_the_schema_says() {
    let schema = run(["schema", "audit"]).json();
    jsonschema::draft202012::meta::validate(&schema).unwrap_or_else(|error| panic!("{error}"));
    let validator = jsonschema::validator_for(&schema).unwrap();
    for name in [
        "pro-nothing-right.json",
        "free.json",
        "active-active-no-backup.json",
        "fleet.ndjson",
        "subscriptions-alone.json",
    ] {
        let report = run(["audit", &export(name), "--format", "json"]).json();
        if let Err(error) = validator.validate(&report) {
            panic!("{name}: {error} at {}", error.instance_path());
        }
    }
    let report = audit(&["-", "--format", "json"], "redis://:hunter2@redis-1.example.com:12345").json();
    assert!(validator.is_valid(&report), "{report}");
    assert!(!validator.is_valid(&json!({ "databases": [] })));
}

/// The schema of OASIS, as a crate carries it.
fn sarif_schema() -> Value {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["metadata", "--format-version", "1", "--offline"]).current_dir(env!("CARGO_MANIFEST_DIR"));
    let metadata: Value = serde_json::from_slice(&cargo.output().expect("cargo").stdout).expect("JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    let package = packages.iter().find(|package| package["name"] == "serde-sarif").expect("serde-sarif");
    let manifest = Path::new(package["manifest_path"].as_str().expect("a path"));
    let schema = fs::read_to_string(manifest.with_file_name("src").join("schema.json")).expect("a schema");
    // One of its patterns closes a bracket that it has not opened, which not every reader takes.
    serde_json::from_str(&schema.replace("{2}]?$", "{2}$")).expect("JSON")
}

#[test]
fn sarif_is_valid() {
    let validator = jsonschema::validator_for(&sarif_schema()).unwrap();
    for name in ["pro-nothing-right.json", "pro-good.json", "fleet.ndjson", "subscriptions-alone.json", "free.json"] {
        let report = run(["audit", &export(name), "--format", "sarif"]).json();
        if let Err(error) = validator.validate(&report) {
            panic!("{name}: {error} at {}", error.instance_path());
        }
    }
    assert!(!validator.is_valid(&json!({ "version": "2.1.0", "runs": [{ "results": [] }] })));
    let fleet = run(["audit", &export("fleet.ndjson"), "--format", "sarif"]).json();
    let place = &fleet["runs"][0]["results"][1]["locations"][0]["physicalLocation"];
    assert_eq!(place["region"]["startLine"], 2);
}

#[test]
fn a_fleet_has_needs_by_pattern_and_waivers_that_end() {
    let folder = Folder::new("audit-fleet");
    let needs = folder.path("needs.json");
    let file = |until: &str| {
        let needs_of = json!({
            "needs": [
                { "name": "o*n", "answers": { "networks": 0 } },
                { "subscription": "11", "tag": "team=*", "answers": { "role": "cache" } },
            ],
            "waivers": [{ "finding": "tls", "name": "plain", "owner": "ann@example.com", "until": until }],
        });
        fs::write(&needs, needs_of.to_string()).unwrap();
        run(["audit", &export("fleet-by-script.ndjson"), "--needs", &needs, "--format", "json"])
    };
    let ended = file("2999-12-31");
    assert_eq!(ended.code, 0, "{}", ended.out);
    let finding = &ended.json()["databases"][2]["findings"][1];
    assert_eq!(finding["severity"], "note");
    assert!(
        finding["message"].as_str().is_some_and(|text| text.ends_with("Waived by ann@example.com until 2999-12-31."))
    );
    assert_eq!(ids(&ended.json()), ["eviction", "tls"], "nobody needs an allow list for open, and plain is a cache");
    let ended = file("2001-01-01");
    assert_eq!(ended.code, 1);
    assert!(ended.out.contains("The waiver of ann@example.com ended on 2001-01-01."));
    fs::write(&needs, r#"{"needs":[{"answers":{"role":"cash"}}]}"#).unwrap();
    let refusal = run(["audit", &export("fleet.ndjson"), "--needs", &needs]).refusal().to_owned();
    assert!(refusal.contains("needs[0].answers.role: found \"cash\""), "{refusal}");
}

#[test]
fn a_baseline_leaves_out_what_was_known_and_fail_on_says_what_counts() {
    let folder = Folder::new("audit-baseline");
    let open = export("pro-open.json");
    for format in ["json", "ndjson"] {
        let known = folder.path(format);
        fs::write(&known, run(["audit", &open, "--format", format]).out).unwrap();
        let ended = run(["audit", &open, "--baseline", &known, "--fail-on", "note", "--format", "json"]);
        assert_eq!((ended.code, ids(&ended.json())), (0, vec![]), "{format}");
        let ended = run(["audit", &export("pro-nothing-right.json"), "--baseline", &known, "--format", "json"]);
        assert!(
            ids(&ended.json()).contains(&"tls".to_owned()) && !ids(&ended.json()).contains(&"allow_list".to_owned())
        );
    }
    // What was waived then, and is no more, is new.
    let (needs, known) = (folder.path("needs"), folder.path("waived"));
    let waiver = r#"{"waivers":[{"finding":"allow_list","owner":"a","until":"9999-12-31"}]}"#;
    fs::write(&needs, waiver).unwrap();
    fs::write(&known, run(["audit", &open, "--needs", &needs, "--format", "json"]).out).unwrap();
    let ended = run(["audit", &open, "--baseline", &known, "--fail-on", "note", "--format", "json"]);
    assert_eq!((ended.code, ids(&ended.json())), (1, vec!["allow_list".to_owned()]));
    for (severity, code) in [("error", 0), ("warning", 1), ("note", 1), ("never", 0)] {
        assert_eq!(run(["audit", &open, "--fail-on", severity]).code, code, "{severity}");
    }
    assert!(run(["audit", &open, "--baseline", &open]).refusal().contains("expected a report of `holdfast audit"));
}

#[test]
fn a_replica_of_active_active_is_not_switched_on() {
    let database = r#"{"databaseId":1,"name":"a","activeActiveRedis":true,"memoryStorage":"ram","replication":false}"#;
    let report = audit(&["-", "--format", "json"], database).json();
    let findings = report["databases"][0]["findings"].as_array().unwrap();
    let finding = findings.iter().find(|finding| finding["id"] == "replication").unwrap();
    assert_eq!(finding["mend"]["rest"], Value::Null, "{finding}");
    assert!(finding["fix"].as_str().unwrap().contains("a new database"), "{finding}");
}

#[test]
fn given_answers_are_not_assumed() {
    let report = audit(&["-", "--format", "json", "--survive", "node", "--role", "cache"], BARE).json();
    let assumed: Vec<&String> = report["assumed"].as_object().unwrap().keys().collect();
    assert_eq!(assumed, ["endpoint", "data_loss", "mistake", "encryption", "mutual_tls", "networks"]);
}

#[test]
fn every_finding_can_be_explained() {
    for name in ["pro-nothing-right.json", "free.json", "pro-without-subscription.json"] {
        for id in ids(&run(["audit", &export(name), "--format", "json"]).json()) {
            assert_eq!(run(["explain", &id]).code, 0, "{id}");
        }
    }
}

#[test]
fn the_configuration_of_a_client_is_judged_and_given_back_mended() {
    let host = "redis-12345.c1.us-east-1-2.ec2.cloud.rlrcp.com";
    for (input, found, mended) in [
        (
            format!("redis://default:hunter2@{host}:12345/0?ssl_cert_reqs=none&socket_timeout=1"),
            vec!["tls", "client-verification", "client-timeouts", "client-password"],
            format!(
                "rediss://default:${{REDIS_PASSWORD}}@{host}:12345/0?socket_timeout=1&socket_connect_timeout=0.580"
            ),
        ),
        (
            format!("{host}:12345,password=hunter2,syncTimeout=500,connectTimeout=500"),
            vec!["tls", "client-abort-connect", "client-password"],
            format!(
                "{host}:12345,password=${{REDIS_PASSWORD}},syncTimeout=500,connectTimeout=500,ssl=true,abortConnect=false,asyncTimeout=580"
            ),
        ),
        (
            format!(
                "spring:\n  data:\n    redis:\n      host: {host}\n      port: 12345\n      password: ${{REDIS_PASSWORD}}\n      timeout: 1s\n      connect-timeout: 1s\n"
            ),
            vec!["tls"],
            format!(
                "spring:\n  data:\n    redis:\n      host: {host}\n      port: 12345\n      password: \"${{REDIS_PASSWORD}}\"\n      timeout: 1s\n      connect-timeout: 1s\n      ssl:\n        enabled: true\n"
            ),
        ),
        (
            format!(
                "spring.data.redis.host={host}\nspring.data.redis.port=6379\nspring.data.redis.ssl.enabled=true\nspring.data.redis.timeout=1s\nspring.data.redis.connect-timeout=1s\nother.password=hunter2\n"
            ),
            vec!["C55"],
            format!(
                "spring.data.redis.host={host}\nspring.data.redis.port=6379\nspring.data.redis.ssl.enabled=true\nspring.data.redis.timeout=1s\nspring.data.redis.connect-timeout=1s\n"
            ),
        ),
        (
            format!(
                "SECRET=hunter2\nREDIS_HOST={host}\nREDIS_PORT=12345\nREDIS_PASSWORD=hunter2\nREDIS_TLS=false\nNODE_TLS_REJECT_UNAUTHORIZED=0\n"
            ),
            vec!["tls", "client-verification"],
            format!(
                "# What is not about Redis stays as it is.\nREDIS_HOST={host}\nREDIS_PORT=12345\nREDIS_PASSWORD=***\nREDIS_TLS=true\n"
            ),
        ),
    ] {
        let ended = audit(&["-", "--format", "json"], &input);
        assert!(ended.code < 2, "{input}: {}", ended.err);
        assert_eq!(ids(&ended.json()), found, "{input}");
        assert_eq!(ended.json()["databases"][0]["mended"], mended);
        for format in ["text", "json", "ndjson", "sarif"] {
            assert!(!audit(&["-", "--format", format], &input).out.contains("hunter2"), "{input}");
        }
    }
    let good = "rediss://redis-1.example.com:12345?socket_timeout=1&socket_connect_timeout=1";
    assert_eq!((audit(&["-"], good).code, ids(&audit(&["-", "--format", "json"], good).json())), (0, vec![]));
    for bad in ["hello hunter2", "KEY=hunter2", "http://default:hunter2@example.com", "redis://"] {
        let ended = audit(&["-"], bad);
        assert!(ended.refusal().contains("found text that is none of these") && !ended.err.contains("hunter2"));
    }
}

#[test]
fn hostile_names_stay_text() {
    let export = json!({ "databaseId": 1, "name": "\u{1b}[2J\r\u{202e}x", "dataPersistence": "none" }).to_string();
    let text = audit(&["-"], &export).out;
    assert!(!text.contains(['\u{1b}', '\r', '\u{202e}']), "{text}");
}

#[test]
fn the_script_only_reads_and_its_lines_are_audited() {
    let folder = Folder::new("audit-script");
    let script = folder.path("export.sh");
    fs::write(&script, run(["audit", "--print-export-script"]).out).unwrap();
    let text = fs::read_to_string(&script).unwrap();
    assert!(!["PUT", "POST", "DELETE", "--request", "--data"].iter().any(|word| text.contains(word)));
    // In place of curl: the answers of an API, by the address at the end of the arguments.
    let document = |name: &str, key: &str| {
        let text = fs::read_to_string(exports().join(name)).unwrap();
        let all: Vec<Value> = serde_json::Deserializer::from_str(&text).into_iter().map(Result::unwrap).collect();
        all.into_iter().find_map(|document| document.get(key).is_some().then_some(document)).unwrap()
    };
    let pages = [
        ("/v1/fixed/subscriptions", json!({ "subscriptions": [{ "id": 2001 }] })),
        ("/v1/fixed/subscriptions/2001", document("essentials-good.json", "planId")),
        (
            "/v1/fixed/subscriptions/2001/databases",
            json!({ "subscription": { "databases": [{ "databaseId": 51324 }] } }),
        ),
        ("/v1/fixed/subscriptions/2001/databases/51324", document("essentials-good.json", "databaseId")),
        ("/v1/subscriptions", json!({ "subscriptions": [{ "id": 113_991 }] })),
        ("/v1/subscriptions/113991", document("pro-good-windows.json", "deploymentType")),
        ("/v1/subscriptions/113991/maintenance-windows", document("pro-good-windows.json", "mode")),
        ("/v1/subscriptions/113991/databases", json!({ "subscription": [{ "databases": [{ "databaseId": 51166 }] }] })),
        ("/v1/subscriptions/113991/databases/51166", document("pro-good-windows.json", "databaseId")),
        ("/v1/subscriptions/113991/databases/51166/tags", json!({ "tags": [{ "key": "team", "value": "web" }] })),
    ];
    for (path, page) in &pages {
        fs::write(folder.path(&path.replace('/', "_")), page.to_string()).unwrap();
    }
    let curl = folder.path("curl");
    let body = "#!/bin/sh\ngrep -q secret - || exit 1\nfor url; do :; done\npath=/${url#*//*/}\npath=${path%%\\?*}\n\
                cat \"$(dirname \"$0\")/$(printf %s \"$path\" | tr / _)\" 2>/dev/null || exit 22\n";
    fs::write(&curl, body).unwrap();
    fs::set_permissions(&curl, fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", folder.0.display(), std::env::var("PATH").unwrap());
    let keys = [("REDISCLOUD_ACCESS_KEY", "key"), ("REDISCLOUD_SECRET_KEY", "secret"), ("PATH", path.as_str())];
    let exported = Command::new("sh").arg(&script).envs(keys).output().unwrap();
    let fleet = String::from_utf8(exported.stdout).unwrap();
    assert!(exported.status.success(), "{}", String::from_utf8_lossy(&exported.stderr));
    assert!(!fleet.contains("hunter2") && fleet.lines().count() == 2, "{fleet}");
    let ended = audit(&["-", "--format", "json", "--quiet-hours", "Tue+Fri@22/8"], &fleet);
    let databases = &ended.json()["databases"];
    assert_eq!((&databases[0]["plan"], &databases[1]["plan"]), (&json!("essentials"), &json!("pro")));
    assert_eq!(databases[1]["findings"], json!([]));
    let without_keys = Command::new("sh").arg(&script).env_remove("REDISCLOUD_ACCESS_KEY").output().unwrap();
    assert!(!without_keys.status.success() && without_keys.stdout.is_empty());
}

#[test]
fn a_closed_pipe_ends_quietly() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = command();
    let ended = command.args(["audit", &export("fleet.ndjson"), "--format", "ndjson"]).stdout(writer).output().unwrap();
    assert_eq!((ended.status.code(), ended.stderr), (Some(0), Vec::new()));
}
