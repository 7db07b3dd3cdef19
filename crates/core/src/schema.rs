//! JSON Schema (draft 2020-12) of answers, plan, project and evidence.
//!
//! Answers are described by the table of questions, so that ranges, words and defaults are written
//! once. Of the plan, what is a plain type describes itself; what is an object by hand (`settings`,
//! `answers`) is described by hand.

use std::borrow::Cow;

use schemars::Schema;
use schemars::generate::{SchemaGenerator, SchemaSettings};
use serde_json::{Map, Value, json};

use crate::clients::File;
use crate::evidence::Evidence;
use crate::plan::{Connection, Finding, Outlook, Step};
use crate::questions::{self, Answers, Choice, Day, Entry, Kind, Patch, to_json};
use crate::rules::{ChangeLater, Rejected, Setting, persistence::Persistence, plan::PlanKind};
use crate::sources::Source;

const DRAFT: &str = "https://json-schema.org/draft/2020-12/schema";

/// The schema of answers: every key may be left out, and no other may be there.
pub fn answers() -> Value {
    let mut schema = Map::new();
    schema.insert("$schema".to_owned(), DRAFT.into());
    schema.insert("title".to_owned(), "Holdfast answers".into());
    let what = "What Holdfast asks about a Redis Cloud database; a key that is left out keeps its default.";
    schema.insert("description".to_owned(), what.into());
    schema.extend(answers_object());
    Value::Object(schema)
}

fn answers_object() -> Map<String, Value> {
    let defaults = Answers::default();
    let properties: Map<String, Value> =
        questions::ALL.iter().map(|entry| (entry.key.to_owned(), question(entry, &defaults))).collect();
    object(properties, &[])
}

impl schemars::JsonSchema for Patch {
    fn schema_name() -> Cow<'static, str> {
        "Change".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        answers_object().into()
    }
}

fn question(entry: &Entry, defaults: &Answers) -> Value {
    let Entry { question, .. } = entry;
    let mut schema = Map::new();
    schema.insert("title".to_owned(), question.title.into());
    schema.insert("description".to_owned(), description(question.help, &question.kind).into());
    schema.extend(kind(&question.kind));
    schema.insert("default".to_owned(), to_json(entry, defaults));
    Value::Object(schema)
}

/// The help, and below it what each choice means.
fn description(help: &str, kind: &Kind) -> String {
    let choices: &[Choice] = match kind {
        Kind::Choice(choices) | Kind::Maybe(choices) | Kind::Words(choices) => choices,
        _ => &[],
    };
    let unit = match kind {
        Kind::Whole { unit, .. } | Kind::Decimal { unit, .. } if !unit.is_empty() => format!(" In {unit}."),
        _ => String::new(),
    };
    choices.iter().fold(format!("{help}{unit}"), |text, choice| format!("{text}\n- {}: {}", choice.word, choice.means))
}

fn kind(kind: &Kind) -> Map<String, Value> {
    let words = |choices: &[Choice]| choices.iter().map(|choice| Value::from(choice.word)).collect::<Vec<Value>>();
    let schema = match kind {
        Kind::Choice(choices) => json!({ "type": "string", "enum": words(choices) }),
        Kind::Maybe(choices) => {
            let mut words = words(choices);
            words.push(Value::Null);
            json!({ "type": ["string", "null"], "enum": words })
        }
        Kind::YesNo => json!({ "type": "boolean" }),
        Kind::Whole { min, max, .. } => json!({ "type": "integer", "minimum": min, "maximum": max }),
        Kind::Decimal { max, .. } => json!({ "type": "number", "exclusiveMinimum": 0, "maximum": max }),
        // As the reader of texts: no connection string, because a password could be in it.
        Kind::Text { max } => json!({
            "type": "string",
            "maxLength": max,
            "not": { "anyOf": [{ "pattern": "://" }, { "allOf": [{ "pattern": "@" }, { "pattern": ":" }] }] },
        }),
        Kind::Words(choices) => {
            json!({ "type": "array", "items": { "type": "string", "enum": words(choices) }, "uniqueItems": true })
        }
        Kind::Codes { max } => json!({
            "type": "array",
            "items": { "type": "string", "pattern": "^[A-Za-z0-9_-]{1,40}$" },
            "maxItems": max,
        }),
        Kind::QuietHours => json!({ "type": "array", "items": window(), "maxItems": 50 }),
    };
    match schema {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

/// A weekly window as the API writes it. What the service refuses, but can be meant, is a finding.
fn window() -> Value {
    let days: Vec<&str> = Day::ALL.iter().map(|day| day.word()).collect();
    let hours = json!({ "type": "integer", "minimum": 0, "maximum": 1000 });
    let days = json!({ "type": "array", "items": { "type": "string", "enum": days }, "minItems": 1 });
    let properties = [("days", days), ("start_hour", hours.clone()), ("duration_in_hours", hours)];
    let required = properties.clone().map(|(key, _)| key);
    Value::Object(object(properties.map(|(key, value)| (key.to_owned(), value)).into_iter().collect(), &required))
}

fn object(properties: Map<String, Value>, required: &[&str]) -> Map<String, Value> {
    let mut schema = Map::new();
    schema.insert("type".to_owned(), "object".into());
    schema.insert("properties".to_owned(), Value::Object(properties));
    if !required.is_empty() {
        schema.insert("required".to_owned(), required.into());
    }
    schema.insert("additionalProperties".to_owned(), false.into());
    schema
}

/// An object in which every one of these keys stands.
fn whole(properties: Map<String, Value>) -> Value {
    let keys: Vec<String> = properties.keys().cloned().collect();
    let required: Vec<&str> = keys.iter().map(String::as_str).collect();
    Value::Object(object(properties, &required))
}

/// The schema of what the drills measured.
pub fn evidence() -> Value {
    let mut schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<Evidence>();
    schema.insert("title".to_owned(), "Holdfast evidence".into());
    schema.to_value()
}

/// The schema of a client project: its files, the snippet first.
pub fn project() -> Value {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let mut schema = settings.into_generator().into_root_schema_for::<Vec<File>>();
    schema.insert("title".to_owned(), "Holdfast project".into());
    schema.to_value()
}

/// The schema of a plan.
pub fn plan() -> Value {
    // Described as it is written: what may be null is there all the same.
    let mut types = SchemaSettings::draft2020_12().for_serialize().into_generator();
    let properties: Map<String, Value> = [
        ("holdfast", json!({ "type": "string", "description": "The version that decided." })),
        ("answers", all_answers()),
        ("settings", settings(&mut types)),
        ("connection", types.subschema_for::<Connection>().to_value()),
        ("outlook", types.subschema_for::<Vec<Outlook>>().to_value()),
        ("findings", types.subschema_for::<Vec<Finding>>().to_value()),
        ("checklist", types.subschema_for::<Vec<Step>>().to_value()),
    ]
    .map(|(key, schema)| (key.to_owned(), schema))
    .into_iter()
    .collect();

    let what = "What a Redis Cloud database should have, with reasons, and what follows from it.";
    described("Holdfast plan", what, properties, types)
}

/// A whole schema.
fn described(title: &str, what: &str, properties: Map<String, Value>, mut types: SchemaGenerator) -> Value {
    let mut schema = Map::new();
    schema.insert("$schema".to_owned(), DRAFT.into());
    schema.insert("title".to_owned(), title.into());
    schema.insert("description".to_owned(), what.into());
    if let Value::Object(object) = whole(properties) {
        schema.extend(object);
    }
    schema.insert("$defs".to_owned(), Value::Object(types.take_definitions(true)));
    Value::Object(schema)
}

/// The schema of a report of the audit.
#[cfg(feature = "audit")]
pub fn audit() -> Value {
    use crate::audit::{Database, Summary};
    let mut types = SchemaSettings::draft2020_12().for_serialize().into_generator();
    let mut assumed = answers_object();
    assumed.insert("description".to_owned(), "The answers that nobody gave.".into());
    let properties: Map<String, Value> = [
        ("holdfast", json!({ "type": "string", "description": "The version that judged." })),
        ("assumed", Value::Object(assumed)),
        ("databases", types.subschema_for::<Vec<Database>>().to_value()),
        ("summary", types.subschema_for::<Summary>().to_value()),
    ]
    .map(|(key, schema)| (key.to_owned(), schema))
    .into_iter()
    .collect();
    described("Holdfast audit", "What is wrong with databases that exist, and how it is mended.", properties, types)
}

/// The schema of the document of rules, findings and clients.
#[cfg(feature = "explain")]
pub fn guidelines() -> Value {
    let mut schema = SchemaSettings::draft2020_12()
        .for_serialize()
        .into_generator()
        .into_root_schema_for::<crate::guidelines::Guidelines>();
    schema.insert("title".to_owned(), "Holdfast guidelines".into());
    schema.to_value()
}

/// Answers as a plan repeats them: all of them.
fn all_answers() -> Value {
    let mut schema = answers_object();
    let keys: Vec<&str> = questions::ALL.iter().map(|entry| entry.key).collect();
    schema.insert("required".to_owned(), keys.into());
    Value::Object(schema)
}

fn settings(types: &mut SchemaGenerator) -> Value {
    whole(Setting::ALL.iter().map(|setting| (setting.key().to_owned(), advice(*setting, types))).collect())
}

fn advice(setting: Setting, types: &mut SchemaGenerator) -> Value {
    let text = |what: &str| json!({ "type": "string", "description": what });
    let properties = [
        ("value", value(setting)),
        ("title", text("The console's word for the setting.")),
        ("reason", text("Why, in one sentence.")),
        ("price", text("What it costs in money, memory, latency or recovery.")),
        ("because", json!({ "type": "array", "items": { "type": "string", "enum": ids() } })),
        ("rejected", types.subschema_for::<Vec<Rejected>>().to_value()),
        ("change_later", types.subschema_for::<ChangeLater>().to_value()),
        ("sources", types.subschema_for::<Vec<Source>>().to_value()),
    ];
    whole(properties.map(|(key, schema)| (key.to_owned(), schema)).into_iter().collect())
}

fn ids() -> Vec<&'static str> {
    questions::ALL.iter().map(|entry| entry.question.id).collect()
}

/// The values of a setting. A new setting does not compile until it stands here.
fn value(setting: Setting) -> Value {
    let words = |words: &[&str]| json!({ "type": "string", "enum": words });
    let integer = |min: u32| json!({ "type": "integer", "minimum": min });
    match setting {
        Setting::Plan => words(&PlanKind::ALL.map(PlanKind::word)),
        Setting::Persistence => words(&Persistence::ALL.map(Persistence::word)),
        Setting::Replication => words(&["none", "single-zone", "multi-zone"]),
        Setting::WriteProof => words(&["none", "waitaof"]),
        Setting::Tls | Setting::MutualTls => words(&["on", "off", "unavailable"]),
        Setting::PublicEndpoint => words(&["open", "blocked"]),
        Setting::Eviction => words(&[
            "allkeys-lru",
            "allkeys-lfu",
            "allkeys-random",
            "volatile-lru",
            "volatile-lfu",
            "volatile-random",
            "volatile-ttl",
            "noeviction",
        ]),
        Setting::Backup => words(&[
            "off",
            "every-24-hours",
            "every-12-hours",
            "every-6-hours",
            "every-4-hours",
            "every-2-hours",
            "every-1-hours",
        ]),
        Setting::ClientHandoffs => words(&["on", "relaxed-timeouts-only", "unavailable"]),
        Setting::ActiveActive => json!({ "anyOf": [{ "const": false }, entries(&[("regions", integer(2))])] }),
        Setting::AllowList => entries(&[("rules", integer(0)), ("limit", integer(0))]),
        Setting::Maintenance => json!({ "anyOf": [
            entries(&[("mode", json!({ "const": "automatic" }))]),
            entries(&[("mode", json!({ "const": "manual" })), ("windows", json!({ "type": "array", "items": window() }))]),
            entries(&[("mode", json!({ "const": "fixed" })), ("window", json!({ "type": "string" }))]),
        ] }),
        Setting::Alerts => {
            let alert = entries(&[("name", json!({ "type": "string" })), ("value", integer(0))]);
            json!({ "type": "array", "items": alert })
        }
        Setting::PlanSize => {
            let gb = || json!({ "type": "number", "exclusiveMinimum": 0 });
            let name = json!({ "type": "string" });
            entries(&[("gb", gb()), ("name", name), ("dataset_gb", gb()), ("memory_limit_gb", gb())])
        }
    }
}

fn entries(properties: &[(&str, Value)]) -> Value {
    whole(properties.iter().map(|(key, schema)| ((*key).to_owned(), schema.clone())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::questions::from_json;

    fn takes(key: &str, value: &Value) -> bool {
        from_json(&json!({ key: value }).to_string()).is_ok()
    }

    #[test]
    fn the_ends_of_each_range_are_taken_and_what_lies_beyond_is_not() {
        for (key, schema) in answers()["properties"].as_object().unwrap() {
            assert!(takes(key, &schema["default"]), "{key}");
            for word in schema["enum"].as_array().into_iter().flatten() {
                assert!(takes(key, word), "{key} {word}");
            }
            assert!(schema["enum"].is_null() || !takes(key, &json!("no such word")), "{key}");
            if let (Some(min), Some(max)) = (schema["minimum"].as_i64(), schema["maximum"].as_i64()) {
                assert!(takes(key, &json!(min)) && takes(key, &json!(max)), "{key}");
                assert!(!takes(key, &json!(min - 1)) && !takes(key, &json!(max + 1)), "{key}");
            }
            if let Some(max) = schema["maxLength"].as_u64() {
                assert!(takes(key, &json!("ü".repeat(max as usize))), "{key}");
                assert!(!takes(key, &json!("ü".repeat(max as usize + 1))), "{key}");
            }
        }
    }

    #[test]
    fn every_question_is_described_and_nothing_else_is_allowed() {
        let schema = answers();
        let keys: Vec<&String> = schema["properties"].as_object().unwrap().keys().collect();
        assert_eq!(keys, questions::ALL.iter().map(|entry| entry.key).collect::<Vec<_>>());
        assert_eq!(schema["additionalProperties"], json!(false));
    }
}
