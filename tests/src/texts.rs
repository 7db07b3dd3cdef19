//! Every text that a reader can reach: the projects of all answers, stamp and numbers apart.
//!
//! Answers reach a template only as a [`Context`]. So the questions that feed one are crossed here,
//! each with the answers that make a difference, and contexts with the same features are one;
//! `tests/it` holds the other questions and answers against that.

use std::collections::{BTreeSet, HashSet};

use holdfast::Answers;
use holdfast::clients::{ClientId, Context, File, Handoffs, context_of, project, stamp};

/// The answers that make a difference to a project beyond its numbers, the default first.
const FEEDS: &[(&str, &[&str])] = &[
    ("plan", &["pro", "essentials", "free"]),
    ("endpoint", &["public", "vpc-peering", "privatelink"]),
    ("encryption", &["required", "speed-first"]),
    ("mutual-tls", &["no", "yes"]),
    ("repeat-writes", &["unsafe", "safe"]),
    ("blocking", &["no", "yes"]),
    ("data-loss", &["one-second", "nothing"]),
    ("survive", &["zone", "nothing", "region"]),
    // Two regions, several, and the most: the longest lists.
    ("write-regions", &["1", "3", "10"]),
    ("region-failover", &["manual", "automatic"]),
    ("cluster-api", &["no", "yes"]),
    ("runtime", &["server", "kubernetes", "serverless"]),
    // With a second try of a safe call, and without.
    ("deadline", &["2000", "200"]),
];

/// The numbers of regions that stand for all.
const REGIONS: &[u32] = &[1, 2, 3, 10];

/// What makes two projects differ beyond numbers and names.
pub type Features = [u32; 13];

/// The features of a context.
pub fn features(c: &Context) -> Features {
    let regions = REGIONS.iter().rfind(|n| **n <= c.regions).copied().unwrap_or_default();
    let handoffs = match c.handoffs {
        Handoffs::Unavailable => 0,
        Handoffs::RelaxedTimeoutsOnly => 1,
        Handoffs::On => 2,
    };
    let flags = [c.tls, c.mutual_tls, c.once, c.durable, c.replica, c.blocking, c.automatic, c.cluster];
    let [tls, mutual, once, durable, replica, blocking, automatic, cluster] = flags.map(u32::from);
    let [kubernetes, serverless, retry] = [c.kubernetes, c.serverless, c.clock.attempts > 1].map(u32::from);
    [
        regions, handoffs, tls, mutual, once, durable, replica, blocking, automatic, cluster, kubernetes, serverless,
        retry,
    ]
}

/// Answers for each set of features that can be reached with this client.
pub fn reachable(client: ClientId) -> Vec<Answers> {
    let mut seen = HashSet::new();
    let count: usize = FEEDS.iter().map(|(_, words)| words.len()).product();
    (0..count).map(|i| nth(client, i)).filter(|answers| seen.insert(features(&context_of(answers)))).collect()
}

/// The combination of this number, the first question fastest.
fn nth(client: ClientId, mut i: usize) -> Answers {
    let mut answers = Answers { client, ..Answers::default() };
    for (id, words) in FEEDS {
        answers.set(id, words[i % words.len()]).expect("a word of the question");
        i /= words.len();
    }
    answers
}

/// A project, and what tells it from others.
pub struct Text {
    /// Answers that lead to it.
    pub answers: Answers,
    /// Its files.
    pub files: Vec<File>,
    /// For each file, the checksum of its text without stamp and numbers.
    pub sums: Vec<u64>,
    /// The checksum of all that a tool reads: pages for people are no reason to compile it again.
    pub sum: u64,
}

impl Text {
    /// The project for these answers.
    pub fn new(answers: Answers) -> Text {
        let files = project(&answers);
        let stamp = stamp(&answers);
        let sums: Vec<u64> =
            files.iter().map(|f| add(add(SEED, &f.path), &without_numbers(&f.text.replace(&stamp, "")))).collect();
        let read = files.iter().zip(&sums).filter(|(file, _)| !for_people(&file.path));
        let sum = read.fold(SEED, |sum, (_, file)| add(sum, &file.to_string()));
        Text { answers, files, sums, sum }
    }
}

/// Whether only people read a file of this name.
pub fn for_people(path: &str) -> bool {
    path.ends_with(".md") || path.ends_with(".example")
}

/// Every distinct project of this client.
pub fn distinct(client: ClientId) -> Vec<Text> {
    let mut seen = HashSet::new();
    reachable(client).into_iter().map(Text::new).filter(|text| seen.insert(text.sum)).collect()
}

/// A few of them in which every two features that can meet do meet, with the widest numbers: what is
/// checked as a sample is checked for the width of its lines, too.
pub fn sample(client: ClientId) -> Vec<Text> {
    let all: Vec<(Answers, BTreeSet<_>)> = reachable(client)
        .into_iter()
        .map(|answers| {
            let pairs = pairs(&features(&context_of(&answers)));
            (answers, pairs)
        })
        .collect();
    let mut left: BTreeSet<_> = all.iter().flat_map(|(_, pairs)| pairs.clone()).collect();
    let mut chosen = Vec::new();
    while !left.is_empty() {
        let new = |pairs: &BTreeSet<_>| pairs.intersection(&left).count();
        let (answers, pairs) = all.iter().max_by_key(|(_, pairs)| new(pairs)).expect("something is left to be shown");
        left.retain(|pair| !pairs.contains(pair));
        chosen.push(Text::new(with_wide_numbers(answers.clone())));
    }
    chosen
}

/// Every two of the features, with their places.
fn pairs(features: &Features) -> BTreeSet<(usize, u32, usize, u32)> {
    let placed = features.iter().copied().enumerate();
    placed.clone().flat_map(|(i, a)| placed.clone().skip(i + 1).map(move |(j, b)| (i, a, j, b))).collect()
}

fn with_wide_numbers(mut answers: Answers) -> Answers {
    if context_of(&answers).clock.attempts > 1 {
        answers.deadline = 60_000;
    }
    Answers { instances: 100_000, connections: 10_000, port: 65_535, ..answers }
}

const SEED: u64 = 0xcbf2_9ce4_8422_2325;

/// FNV-1a, one text after the other.
fn add(sum: u64, text: &str) -> u64 {
    text.bytes().chain([0]).fold(sum, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Each numeric literal becomes a zero; digits in names stay.
fn without_numbers(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && !"._".contains(c)).unwrap_or(rest.len());
        let name = out.ends_with(|c: char| c.is_alphanumeric() || c == '_');
        out.push_str(if name { &rest[..end] } else { "0" });
        rest = &rest[end..];
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_do_not_count_and_names_do() {
        assert_eq!(without_numbers("a = 2.5 + b2 * 1_000; \"_10\" 7"), "a = 0 + b2 * 0; \"_10\" 0");
        assert_eq!(without_numbers("5s x=3"), "0 x=0");
        assert_eq!(without_numbers("é9"), "é9");
        assert_eq!(without_numbers("none"), "none");
    }

    #[test]
    fn numbers_alone_make_no_other_text() {
        let answers = Answers { deadline: 5000, instances: 77, ..Answers::default() };
        assert_eq!(Text::new(answers).sum, Text::new(Answers::default()).sum);
    }

    #[test]
    fn the_sample_is_small_and_the_rest_is_reached_once() {
        for id in ClientId::ALL {
            let (sample, distinct) = (sample(*id).len(), distinct(*id).len());
            assert!(sample < 40 && sample < distinct, "{}: {sample} of {distinct}", id.client().id);
        }
    }
}
