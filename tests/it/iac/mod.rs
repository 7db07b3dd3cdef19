//! Terraform and REST: for every kind of answers what the provider and the service take, and as
//! real files for the situations of the plans, in `tests/iac/<name>/`.
//!
//! `UPDATE_PLANS=1 cargo test -p holdfast-tests iac` writes them; read the difference before you commit it.

mod hcl;
mod rest;
mod rules;
mod schema;

use std::collections::{BTreeSet, HashSet};
use std::path::Path;

use holdfast::artefact::{iac, terraform};
use holdfast::questions::{ALL, Kind, from_link};
use holdfast::{Answers, Plan, recommend};

use crate::pairs::{BACKGROUNDS, representatives};
use crate::plans::SITUATIONS;

/// What no line of Terraform or REST depends on.
const ELSEWHERE: &[&str] = &["repeat-writes", "deadline", "blocking", "host", "port", "user", "region-failover"];

#[test]
fn for_every_kind_of_answers_provider_and_service_take_what_is_written() {
    let mut seen = Seen::default();
    let entries: Vec<_> = ALL.iter().filter(|entry| !ELSEWHERE.contains(&entry.question.id)).collect();
    for background in BACKGROUNDS {
        let (background, _) = from_link(background);
        for (i, first) in entries.iter().enumerate() {
            for second in &entries[i + 1..] {
                for one in representatives(first) {
                    for other in representatives(second) {
                        let mut answers = background.clone();
                        answers.set(first.question.id, &one).unwrap();
                        answers.set(second.question.id, &other).unwrap();
                        seen.judge(&answers);
                    }
                }
            }
        }
    }
    seen.end();
}

/// The choices that decide which resources there are, each with each.
#[test]
fn every_combination_of_resources_is_taken() {
    const DECIDING: &[&str] = &["plan", "endpoint", "survive", "cloud", "mutual-tls", "zone-mode"];
    let mut seen = Seen::default();
    let mut combinations = vec![Answers::default()];
    for id in DECIDING {
        let entry = ALL.iter().find(|entry| entry.question.id == *id).unwrap();
        let words: Vec<&str> = match entry.question.kind {
            Kind::Choice(choices) => choices.iter().map(|choice| choice.word).collect(),
            Kind::Maybe(choices) => choices.iter().map(|choice| choice.word).chain([""]).collect(),
            _ => vec!["no", "yes"],
        };
        let with = |answers: &Answers, word: &str| {
            let mut answers = answers.clone();
            answers.set(id, word).unwrap();
            answers
        };
        combinations = combinations.iter().flat_map(|answers| words.iter().map(|word| with(answers, word))).collect();
    }
    combinations.iter().for_each(|answers| seen.judge(answers));
    seen.end();
}

/// Each different document is judged once; the first line, which has the answers in it, does not count.
#[derive(Default)]
struct Seen {
    documents: HashSet<String>,
    wrong: BTreeSet<String>,
}

impl Seen {
    fn judge(&mut self, answers: &Answers) {
        let plan = recommend(answers);
        let [main, script] = iac(&plan).map(|file| file.text);
        let unstamped =
            |text: &str| text.split_once("Holdfast").map(|(_, rest)| rest.lines().skip(1).collect::<String>());
        let key = format!("{:?}{:?}", unstamped(&main), unstamped(&script));
        if self.documents.insert(key) {
            for what in judge(&plan, &main, &script) {
                // One example of each kind is enough to read.
                if self.wrong.len() < 20 && !self.wrong.iter().any(|other| other.starts_with(&what)) {
                    self.wrong.insert(format!("{what}\n    {}", holdfast::questions::to_link(answers)));
                }
            }
        }
    }

    fn end(self) {
        println!("{} documents", self.documents.len());
        let wrong: Vec<String> = self.wrong.into_iter().collect();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}

fn judge(plan: &Plan, main: &str, script: &str) -> Vec<String> {
    let document = hcl::read(main);
    let mut wrong = schema::judge(&document);
    wrong.extend(rules::judge(&document, plan));
    wrong.extend(rest::judge(script, plan, &document));
    if hcl::set(main) != *main {
        wrong.push("terraform fmt would set it otherwise".to_owned());
    }
    wrong
}

#[test]
fn every_document_is_the_one_that_was_reviewed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("iac");
    let update = std::env::var_os("UPDATE_PLANS").is_some();
    for situation in SITUATIONS {
        let plan = recommend(&from_link(situation.link).0);
        for file in iac(&plan) {
            let path = folder.join(situation.name).join(&file.path);
            if update {
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                std::fs::write(&path, &file.text).unwrap();
            } else {
                let reviewed = std::fs::read_to_string(&path).unwrap_or_default();
                let at = reviewed.lines().zip(file.text.lines()).take_while(|(old, new)| old == new).count();
                assert!(
                    reviewed == file.text,
                    "tests/iac/{}/{}:{} differs; UPDATE_PLANS=1 writes it anew",
                    situation.name,
                    file.path,
                    at + 1
                );
            }
        }
    }
    let folders = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let owned = SITUATIONS.iter().map(|situation| situation.name.to_owned());
    assert_eq!(folders.collect::<BTreeSet<_>>(), owned.collect(), "a folder that no situation owns");
}

#[test]
fn typed_names_stay_literals() {
    let mut answers = Answers::default();
    answers.set("plan", "pro").unwrap();
    for typed in
        ["${var.x}", "%{ if true }", "a\"\nb = \"", "a\\", "JSON\n}\nrm -rf /\nJSON", "'$(x)`", "\u{202e}#", ""]
    {
        answers.set("name", typed).unwrap();
        let document = hcl::read(&terraform(&recommend(&answers)));
        let name = document.resources("subscription").next().unwrap().text("name").unwrap();
        assert!(name == typed || typed.is_empty(), "{typed:?} became {name:?}");
        let script = holdfast::artefact::rest(&recommend(&answers));
        let name = rest::bodies(&script)["subscription"]["name"].clone();
        assert!(name == typed || typed.is_empty(), "{typed:?} became {name}");
    }
}
