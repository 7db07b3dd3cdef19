//! Terraform and REST: for every kind of answers what the provider and the service take, and as
//! real files for the situations of the plans, in `tests/iac/<name>/`.
//!
//! `UPDATE_PLANS=1 cargo test -p holdfast-tests iac` writes them; read the difference before you commit it.

mod hcl;
mod ordered;
mod rest;
mod rules;
mod schema;

use std::collections::{BTreeSet, HashSet};
use std::path::Path;

use holdfast::artefact::{iac, terraform};
use holdfast::questions::{ALL, Kind, from_link};
use holdfast::{Answers, Plan, recommend};
use holdfast_tests::pairs::{BACKGROUNDS, representatives};

use crate::plans::SITUATIONS;

/// What no line of Terraform or REST depends on.
const ELSEWHERE: &[&str] = &["repeat-writes", "deadline", "blocking", "host", "port", "user", "region-failover"];

#[test]
fn for_every_kind_of_answers_provider_and_service_take_what_is_written() {
    let mut seen = Seen::default();
    let entries: Vec<_> = ALL.iter().filter(|entry| !ELSEWHERE.contains(&entry.question.id)).collect();
    for (turn, background) in BACKGROUNDS.iter().enumerate() {
        let (background, _) = from_link(background);
        for (i, first) in entries.iter().enumerate() {
            for second in &entries[i + 1..] {
                // Each pair on a third of the backgrounds: with all of them this would be the longest test of all.
                if (i + turn) % 3 != 0 {
                    continue;
                }
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

/// The judges above see what they are there for: each of these changes to a good document is refused.
#[test]
fn every_wrong_document_is_refused() {
    const PRO: &str = "plan=pro&quiet-hours=Tue%2BFri@22/8&endpoint=vpc-peering&mutual-tls=yes";
    const REGIONS: &str = "plan=pro&survive=region&endpoint=transit-gateway";
    const PEERED: &str = "plan=pro&survive=region&endpoint=vpc-peering";
    for (link, from, to) in [
        ("", "data_persistence = \"aof-every-1-second\"", "data_persistence = \"aof-every-second\""),
        ("", "data_persistence = \"aof-every-1-second\"", "data_persistence = \"aof-every-write\""),
        ("", "  data_persistence = \"aof-every-1-second\"\n", ""),
        ("", "data_eviction    = \"noeviction\"", "data_eviction    = \"no-eviction\""),
        ("", "replication      = true", "replication      = true\n  enable_tls = true"),
        ("", "\"datasets-size\"", "\"dataset-size\""),
        ("", "value = 80", "value = -80"),
        ("", "name             = \"app\"", "name             = \"\""),
        ("", "data.rediscloud_payment_method.card.id", "data.rediscloud_payment_method.cart.id"),
        ("", "var.backup_path", "var.path"),
        ("", "plan_id           =", "planid           ="),
        ("", "  sensitive = true\n}\n", "  sensitive = false\n}\n"),
        (PRO, "start_hour        = 22", "start_hour        = 25"),
        (PRO, "duration_in_hours = 8", "duration_in_hours = 1"),
        (PRO, "[\"Tuesday\", \"Friday\"]", "[\"Tue\"]"),
        (PRO, "mode = \"manual\"", "mode = \"automatic\""),
        (PRO, "10.71.0.0/24", "10.71.0.0/28"),
        (PRO, "dataset_size_in_gb           = 1", "dataset_size_in_gb           = 2"),
        (PRO, "enable_tls                   = true", "enable_tls                   = false"),
        (PRO, "memory_storage         = \"ram\"", "memory_storage         = \"ram-and-flash\""),
        (PRO, "vpc_id          =", "vpc             ="),
        (PRO, "  provider_name   = \"AWS\"\n  region ", "  provider_name   = \"GCP\"\n  region "),
        (PRO, "interval     = \"every-24-hours\"", "interval     = \"every-24-hour\""),
        (PRO, "quantity                     = 1", "quantity                     = \"1\""),
        (PRO, "  name                         = \"app\"", "  password = \"x\"\n  name = \"app\""),
        (REGIONS, "10.71.1.0/24", "10.71.0.0/24"),
        (
            REGIONS,
            "      region                      = \"us-east-2\"",
            "      region                      = \"us-east-1\"",
        ),
        (REGIONS, "    name = \"us-east-2\"", "    name = \"us-east-1\""),
        (
            REGIONS,
            "  global_data_persistence = \"aof-every-1-second\"",
            "  global_data_persistence = \"snapshot-every-1-hour\"",
        ),
        (
            REGIONS,
            "resource \"rediscloud_active_active_transit_gateway_route\"",
            "resource \"rediscloud_active_transit_route\"",
        ),
        (REGIONS, "tgw_id          =", "cidrs = []\n  tgw_id          ="),
        (REGIONS, "can(cidrhost(cidr, 0))", "true"),
        (PEERED, "destination_region =", "region ="),
    ] {
        let plan = recommend(&from_link(link).0);
        let [main, script] = iac(&plan).map(|file| file.text);
        assert_eq!(judge(&plan, &main, &script), Vec::<String>::new());
        assert!(main.contains(from), "{link}: nothing is {from}");
        // The form is not what is meant here.
        let wrong = judge(&plan, &hcl::set(&main.replace(from, to)), &script);
        assert!(!wrong.is_empty(), "{link}: {to} was taken");
    }
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
