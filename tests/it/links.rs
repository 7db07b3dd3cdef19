//! Links that people have sent each other, in `tests/links/`: each must go on to give the same answers.
//!
//! A file is never changed once its version was published. A block is a link, what of it can't be read, and the answers;
//! the first of a file has all answers, the others those that differ from them.

use std::path::Path;

use holdfast::Answers;
use holdfast::questions::{from_json, from_link, to_link};
use serde_json::{Map, Value};

struct Stored<'a> {
    link: &'a str,
    unread: Vec<&'a str>,
    answers: Answers,
}

fn stored(text: &str) -> Vec<Stored<'_>> {
    let mut all = Map::new();
    let blocks = text.trim_end().split("\n\n").map(|block| {
        let (rest, answers) = block.rsplit_once('\n').unwrap();
        let differ: Map<String, Value> = serde_json::from_str(answers).unwrap();
        if all.is_empty() {
            all = differ.clone();
        }
        let mut answers = all.clone();
        answers.extend(differ);
        let mut lines = rest.lines();
        let link = lines.next().unwrap();
        let unread = lines.map(|line| line.strip_prefix("! ").unwrap()).collect();
        Stored { link, unread, answers: from_json(&Value::Object(answers).to_string()).unwrap() }
    });
    blocks.collect()
}

fn each(file: &str, act: impl Fn(&Stored, &Answers)) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("links").join(file);
    let text = std::fs::read_to_string(&path).unwrap();
    for stored in stored(&text) {
        let (answers, unread) = from_link(stored.link);
        let unread: Vec<String> = unread.iter().map(ToString::to_string).collect();
        // What would have been read grows with the words.
        let unread: Vec<&str> = unread.iter().filter_map(|said| said.split(", expected ").next()).collect();
        assert_eq!(unread, stored.unread, "{}", stored.link);
        assert_eq!(answers, stored.answers, "{}", stored.link);
        act(&stored, &answers);
    }
}

#[test]
fn old_links_give_the_answers_that_they_gave() {
    each("v1.txt", |stored, answers| {
        assert!(stored.unread.is_empty() && stored.link.starts_with("v=1"), "{}", stored.link);
        assert_eq!(from_link(&to_link(answers)).0, *answers, "{}", stored.link);
    });
}

#[test]
fn broken_links_say_what_was_lost_and_keep_the_rest() {
    each("broken.txt", |_, _| {});
}
