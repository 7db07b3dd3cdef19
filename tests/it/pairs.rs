//! For every pair of answers on several backgrounds the whole plan stands, every finding is reached, and every way out
//! holds.

use std::collections::{BTreeSet, HashMap, HashSet};

use holdfast::clients::{Hears, context_of};
use holdfast::questions::to_link;
use holdfast::{Answers, findings, recommend};
use holdfast_tests::pairs::{BACKGROUNDS, each_pair};
use holdfast_tests::texts::{self, Features};

use crate::ways_out::{self, Broken};

/// What the contract wants to be reached at least.
const LISTED: &[u32] = &[
    1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 21, 22, 23, 24, 26, 27, 28, 30, 31, 32, 33, 35, 37, 38, 39, 40, 41,
    42, 45, 47, 48, 49, 50, 55, 60, 62, 64, 68,
];

#[test]
fn every_pair_of_answers_has_a_plan_and_ways_out_that_hold() {
    let mut reached: BTreeSet<&str> = BTreeSet::new();
    let mut broken = Broken::default();
    each_pair(BACKGROUNDS, |answers| {
        let plan = recommend(answers);
        reached.extend(plan.findings.iter().map(|finding| finding.id));
        ways_out::follow(answers, &plan.findings, &mut broken);
    });
    broken.none();
    let unreached: Vec<&str> = findings::checks().map(|check| check.id).filter(|id| !reached.contains(id)).collect();
    assert!(unreached.is_empty(), "never reached: {unreached:?}");
    let missing: Vec<&u32> = LISTED.iter().filter(|id| !reached.contains(format!("C{id}").as_str())).collect();
    assert!(missing.is_empty(), "not there: {missing:?}");
}

/// What `texts` crosses is all that a project depends on.
#[test]
fn no_pair_of_answers_leads_to_a_project_beyond_the_known_ones() {
    let mut known: HashMap<(Hears, bool), HashSet<Features>> = HashMap::new();
    each_pair(BACKGROUNDS, |answers| {
        let client = answers.client.client();
        let known = known.entry((client.hears, client.knobs.cluster)).or_insert_with(|| {
            let reachable = texts::reachable(answers.client);
            reachable.iter().map(|answers| texts::features(&context_of(answers))).collect()
        });
        assert!(known.contains(&texts::features(&context_of(answers))), "{}", to_link(answers));
    });
}

#[test]
fn the_default_answers_have_no_error() {
    let plan = recommend(&Answers::default());
    assert_eq!(plan.count(holdfast::plan::Severity::Error), 0, "{:#?}", plan.findings);
}
