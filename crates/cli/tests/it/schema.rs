//! `holdfast schema`: what it says of answers and plans is what the program takes and gives.

use holdfast::clients::project;
use holdfast::questions::{self, Kind};
use holdfast::{Answers, recommend};
use jsonschema::Validator;
use serde_json::{Value, json};

use crate::program::run;

fn schema(of: &str) -> Validator {
    let schema = run(["schema", of]).json();
    jsonschema::draft202012::meta::validate(&schema).unwrap_or_else(|error| panic!("{of}: {error}"));
    jsonschema::validator_for(&schema).unwrap_or_else(|error| panic!("{of}: {error}"))
}

/// Texts that answer a question: its words, or the ends of its range.
fn texts(kind: &Kind) -> Vec<String> {
    let words = |choices: &[questions::Choice]| choices.iter().map(|choice| choice.word.to_owned()).collect();
    match kind {
        Kind::Choice(choices) | Kind::Maybe(choices) | Kind::Words(choices) => words(choices),
        Kind::YesNo => vec!["yes".to_owned(), "no".to_owned()],
        Kind::Whole { min, max, .. } => vec![min.to_string(), max.to_string()],
        Kind::Decimal { max, .. } => vec!["0.001".to_owned(), max.to_string()],
        Kind::Text { .. } => vec![String::new(), "\"ü\n\u{0}".to_owned()],
        Kind::Codes { .. } => vec!["us-east-1,eu-west-1,mars-1".to_owned()],
        Kind::QuietHours => vec!["Tue+Fri@22/8;Sun@24/1".to_owned(), "Mon@1/4".to_owned()],
    }
}

/// From several starts, each answer of each question in turn.
fn many() -> Vec<Answers> {
    let starts = [
        "",
        "plan=free",
        "plan=essentials",
        "plan=pro",
        "plan=pro&survive=region",
        "plan=pro-flex&endpoint=vpc-peering",
    ];
    let mut all = Vec::new();
    for start in starts {
        let (start, unread) = questions::from_link(start);
        assert_eq!(unread, []);
        for entry in questions::ALL {
            for text in texts(&entry.question.kind) {
                let mut answers = start.clone();
                answers.set(entry.question.id, &text).unwrap();
                all.push(answers);
            }
        }
    }
    all
}

#[test]
fn every_plan_and_its_answers_are_what_their_schema_says() {
    let (plan_schema, answers_schema) = (schema("plan"), schema("answers"));
    for answers in many() {
        let plan = serde_json::to_value(recommend(&answers)).unwrap();
        if let Err(error) = plan_schema.validate(&plan) {
            panic!("{}: {error} at {}", questions::to_link(&answers), error.instance_path());
        }
        assert!(answers_schema.is_valid(&plan["answers"]), "{}", questions::to_link(&answers));
    }
}

#[test]
fn the_files_of_a_project_are_what_their_schema_says() {
    let files = serde_json::to_value(project(&Answers::default())).unwrap();
    assert!(schema("project").is_valid(&files));
}

#[test]
fn what_the_reader_refuses_the_schema_refuses_too() {
    let schema = schema("answers");
    for bad in [
        json!([]),
        json!({ "plan": "prp" }),
        json!({ "data-loss": "nothing" }),
        json!({ "deadline": 49 }),
        json!({ "deadline": 60_001 }),
        json!({ "deadline": 2000.5 }),
        json!({ "deadline": "2000" }),
        json!({ "dataset": 0 }),
        json!({ "blocking": "yes" }),
        json!({ "plan": null }),
        json!({ "regions": "us-east-1" }),
        json!({ "regions": ["a b"] }),
        json!({ "capabilities": ["json", "json"] }),
        json!({ "quiet_hours": [{ "days": [], "start_hour": 1, "duration_in_hours": 8 }] }),
        json!({ "quiet_hours": [{ "days": ["Tuesday"], "start_hour": 1 }] }),
        json!({ "host": "rediss://a:b@c" }),
        json!({ "password": "x" }),
    ] {
        assert!(!schema.is_valid(&bad), "the schema takes {bad}");
        assert!(questions::from_json(&bad.to_string()).is_err(), "the reader takes {bad}");
    }
    for good in [json!({}), json!({ "deadline": 3000.0 }), json!({ "existing": null }), json!({ "regions": [] })] {
        assert!(schema.is_valid(&good), "the schema refuses {good}");
        assert!(questions::from_json(&good.to_string()).is_ok(), "the reader refuses {good}");
    }
}

#[test]
fn what_the_drills_measured_is_what_its_schema_says() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/drills/evidence.json");
    let evidence: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let schema = schema("evidence");
    if let Err(error) = schema.validate(&evidence) {
        panic!("{error} at {}", error.instance_path());
    }
    assert!(!schema.is_valid(&json!({ "target": "lab", "taken": "", "kernel": "", "records": [{}] })));
}

#[test]
fn each_question_is_described_with_its_default() {
    let schema = run(["schema", "answers"]).json();
    let defaults = serde_json::to_value(Answers::default()).unwrap();
    for entry in questions::ALL {
        let described = &schema["properties"][entry.key];
        assert_eq!(described["default"], defaults[entry.key], "{}", entry.key);
        assert!(described["description"].as_str().is_some_and(|text| text.starts_with(entry.question.help)));
    }
    assert_eq!(schema["additionalProperties"], Value::Bool(false));
}

#[test]
fn the_guidelines_are_what_their_schema_says() {
    let guidelines = serde_json::to_value(holdfast::guidelines::guidelines()).unwrap();
    assert!(guidelines["settings"].as_array().is_some_and(|settings| settings.len() > 10));
    let wrong: Vec<String> = schema("guidelines").iter_errors(&guidelines).map(|error| error.to_string()).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
    assert!(!schema("guidelines").is_valid(&serde_json::json!({ "holdfast": "1" })));
}
