//! What databases are held to: answers, for all of them or by pattern; and what is waived until when.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::object::objects;
use super::read::Bad;
use super::shape::Export;
use crate::questions::{self, Answers, BadInput, to_json};

/// The questions that an export can't answer.
const ASKED: [&str; 8] =
    ["endpoint", "data-loss", "survive", "role", "mistake", "encryption", "mutual-tls", "networks"];

/// What the databases are for.
#[derive(Debug, Default)]
pub struct Needs {
    answers: Answers,
    given: Vec<&'static str>,
    patterns: Vec<Pattern>,
    waivers: Vec<Waiver>,
    today: String,
}

/// A file of needs, as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, remote = "Self")]
struct File {
    #[serde(default)]
    needs: Vec<Pattern>,
    #[serde(default)]
    waivers: Vec<Waiver>,
}

/// Answers for the databases that a pattern means.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, remote = "Self")]
struct Pattern {
    name: Option<String>,
    tag: Option<String>,
    subscription: Option<String>,
    answers: Map<String, Value>,
    #[serde(skip)]
    set: Vec<(&'static str, String)>,
}

/// A finding that somebody answers for, up to and including a day.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, remote = "Self")]
struct Waiver {
    finding: String,
    name: Option<String>,
    tag: Option<String>,
    subscription: Option<String>,
    owner: String,
    until: String,
}

objects! {
    File: "an object with \"needs\" and \"waivers\"";
    Pattern: "an object with a pattern and \"answers\"";
    Waiver: "an object with \"finding\", \"owner\" and \"until\"";
}

impl Needs {
    /// The same for every database; `given` are the ids of the questions that somebody answered.
    pub fn new(answers: Answers, given: Vec<&'static str>) -> Needs {
        Needs { answers, given, ..Needs::default() }
    }

    /// With a file of patterns and waivers; `today` as in `2026-11-23`, because the core has no clock.
    ///
    /// # Errors
    /// [`Bad`] names the place in the file.
    pub fn with_file(self, text: &str, today: &str) -> Result<Needs, Bad> {
        let mut json = serde_json::Deserializer::from_str(text);
        let mut file: File = serde_path_to_error::deserialize(&mut json).map_err(|error| {
            let path = error.path().to_string();
            // No secret stands in needs: the message may say what it found.
            let message = error.inner().to_string();
            let (found, expected) = message.split_once(", expected ").unwrap_or((&message, FILE));
            Bad { path: path.trim_matches('.').to_owned(), ..Bad::new(found, expected) }
        })?;
        json.end().map_err(|_| Bad::new("more after the first object", FILE))?;
        for (i, pattern) in file.needs.iter_mut().enumerate() {
            pattern.set = answers(&pattern.answers).map_err(|error| Bad {
                path: format!("needs[{i}].answers.{}", error.key),
                ..Bad::new(error.found, error.expected)
            })?;
        }
        for (i, waiver) in file.waivers.iter().enumerate() {
            if !super::report::knows(&waiver.finding) {
                let found = format!("{:?}", waiver.finding);
                return Err(Bad { path: format!("waivers[{i}].finding"), ..Bad::new(found, "the id of a finding") });
            }
            if waiver.owner.trim().is_empty() {
                return Err(Bad { path: format!("waivers[{i}].owner"), ..Bad::new("nobody", "who answers for it") });
            }
            if !is_day(&waiver.until) {
                let found = format!("{:?}", waiver.until);
                return Err(Bad {
                    path: format!("waivers[{i}].until"),
                    ..Bad::new(found, "a day such as \"2027-01-31\"")
                });
            }
        }
        Ok(Needs { patterns: file.needs, waivers: file.waivers, today: today.to_owned(), ..self })
    }

    /// The answers that nobody gave, as they are assumed.
    pub fn assumed(&self) -> Map<String, Value> {
        let asked = ASKED.iter().filter(|id| !self.given.contains(id)).filter_map(|id| questions::find(id));
        asked.map(|entry| (entry.key.to_owned(), to_json(entry, &self.answers))).collect()
    }

    /// The patterns that mean this database, by their number.
    pub(super) fn matching(&self, database: &Export, subscription: Option<&Export>) -> Vec<usize> {
        let means =
            |pattern: &Pattern| means(&pattern.name, &pattern.tag, &pattern.subscription, database, subscription);
        self.patterns.iter().enumerate().filter(|(_, pattern)| means(pattern)).map(|(i, _)| i).collect()
    }

    /// The answers for a database that these patterns mean: a later one goes over an earlier one.
    pub(super) fn answers(&self, patterns: &[usize]) -> Answers {
        let mut answers = self.answers.clone();
        for (id, text) in patterns.iter().filter_map(|i| self.patterns.get(*i)).flat_map(|pattern| &pattern.set) {
            // Each was read once already, when the file was.
            let _ = answers.set(id, text);
        }
        answers
    }

    /// The waiver of a finding, and whether it still holds.
    pub(super) fn waiver(&self, id: &str, database: &Export, subscription: Option<&Export>) -> Option<Waived> {
        let mine = |waiver: &&Waiver| {
            waiver.finding.eq_ignore_ascii_case(id)
                && means(&waiver.name, &waiver.tag, &waiver.subscription, database, subscription)
        };
        let waived = |waiver: &Waiver| Waived {
            owner: waiver.owner.clone(),
            until: waiver.until.clone(),
            holds: self.today.as_str() <= waiver.until.as_str(),
        };
        let mut waivers: Vec<Waived> = self.waivers.iter().filter(mine).map(waived).collect();
        let best = waivers.iter().position(|waived| waived.holds).unwrap_or_default();
        if waivers.is_empty() { None } else { Some(waivers.swap_remove(best)) }
    }

    /// Nothing is waived, so nobody need look.
    pub(super) fn waives_nothing(&self) -> bool {
        self.waivers.is_empty()
    }
}

const FILE: &str = "{\"needs\": [{\"name\": \"cache-*\", \"answers\": {…}}], \"waivers\": […]}";

/// Who answers for a finding, and until when.
pub(super) struct Waived {
    pub owner: String,
    pub until: String,
    pub holds: bool,
}

/// Each answer of an object in its text form.
fn answers(object: &Map<String, Value>) -> Result<Vec<(&'static str, String)>, BadInput> {
    let read = questions::from_json(&Value::Object(object.clone()).to_string())?;
    let entries = object.keys().filter_map(|key| questions::find(key));
    Ok(entries.map(|entry| (entry.question.id, (entry.show)(&read))).collect())
}

/// The ids of the questions that a text of answers gives; the text was read before.
pub fn given(text: &str) -> Vec<&'static str> {
    let object: Map<String, Value> = serde_json::from_str(text).unwrap_or_default();
    object.keys().filter_map(|key| questions::find(key)).map(|entry| entry.question.id).collect()
}

fn is_day(text: &str) -> bool {
    let shape = text.bytes().zip(*b"dddd-dd-dd").all(|(b, d)| if d == b'd' { b.is_ascii_digit() } else { b == d });
    let part = |range: core::ops::Range<usize>| text.get(range).and_then(|part| part.parse::<u8>().ok());
    let within = |part: Option<u8>, most: u8| part.is_some_and(|part| (1..=most).contains(&part));
    text.len() == 10 && shape && within(part(5..7), 12) && within(part(8..10), 31)
}

/// Whether every pattern that is given fits; none means every database.
fn means(
    name: &Option<String>,
    tag: &Option<String>,
    subscription: &Option<String>,
    database: &Export,
    of: Option<&Export>,
) -> bool {
    let fits = |pattern: &Option<String>, any: &dyn Fn(&str) -> bool| pattern.as_ref().is_none_or(|p| any(p));
    fits(name, &|pattern| database.name.as_ref().is_some_and(|name| glob(pattern, name)))
        && fits(tag, &|pattern| {
            let tagged = |tag: &super::shape::Tag| {
                let part = |word: &Option<super::shape::Word>| word.as_deref().map(str::to_owned).unwrap_or_default();
                glob(pattern, &format!("{}={}", part(&tag.key), part(&tag.value)))
            };
            [Some(database), of].into_iter().flatten().flat_map(|export| export.tags.iter().flatten()).any(tagged)
        })
        && fits(subscription, &|pattern| {
            let id = of.and_then(|of| of.id.or(of.subscription_id)).or_else(|| database.of_subscription());
            id.is_some_and(|id| glob(pattern, &id.to_string()))
                || of.and_then(|of| of.name.as_deref()).is_some_and(|name| glob(pattern, name))
        })
}

/// Whether a text fits a pattern in which `*` stands for any characters and `?` for one.
fn glob(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t) = (0, 0);
    // The last star, and how far it reached: only that one need ever reach further.
    let mut star = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(c) if *c == '?' || *c == text[t] => {
                p += 1;
                t += 1;
            }
            _ => {
                let Some((at, reached)) = star else { return false };
                star = Some((at, reached + 1));
                p = at + 1;
                t = reached + 1;
            }
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_fit_whole_names() {
        for (pattern, text, fits) in [
            ("cache-*", "cache-eu", true),
            ("cache-*", "my-cache-eu", false),
            ("*", "", true),
            ("a?c*d", "abcxxd", true),
            ("a?c*d", "abcxxe", false),
            ("*a*b*", "xxaxxbxx", true),
        ] {
            assert_eq!(glob(pattern, text), fits, "{pattern} {text}");
        }
    }

    #[test]
    fn only_answers_that_nobody_gave_are_assumed() {
        let needs = Needs::new(Answers::default(), given(r#"{"data_loss":"one-second","role":"cache"}"#));
        let keys: Vec<String> = needs.assumed().keys().cloned().collect();
        assert_eq!(keys, ["endpoint", "survive", "mistake", "encryption", "mutual_tls", "networks"]);
    }

    #[test]
    fn a_subscription_is_known_by_the_links_of_its_databases_too() {
        let text = r#"{"databaseId":1,"links":[{"href":"https://api.example.com/v1/subscriptions/7/databases/1"}]}"#;
        let export: Export = serde_json::from_str(text).unwrap();
        for (pattern, fits) in [("7", true), ("8", false)] {
            assert_eq!(means(&None, &None, &Some(pattern.to_owned()), &export, None), fits, "{pattern}");
        }
    }

    #[test]
    fn a_bad_file_names_the_place() {
        for (text, message) in [
            (r#"{"needs":[{"name":1,"answers":{}}]}"#, "needs[0].name: found invalid type: integer `1`, expected "),
            (r#"{"needs":[{"answers":{"role":"cash"}}]}"#, "needs[0].answers.role: found \"cash\", expected one of"),
            (r#"{"waivers":[{"finding":"tls","owner":"a","until":"soon"}]}"#, "waivers[0].until: found \"soon\""),
            (r#"{"waivers":[{"finding":"tls","owner":"a","until":"2026-13-01"}]}"#, "waivers[0].until: "),
            (
                r#"{"waivers":[{"finding":"tsl","owner":"a","until":"2027-01-01"}]}"#,
                "waivers[0].finding: found \"tsl\"",
            ),
            (r#"{"waivers":[{"finding":"tls","owner":" ","until":"2027-01-01"}]}"#, "waivers[0].owner: found nobody"),
            ("[]", "found invalid type: sequence, expected an object with \"needs\""),
            (r#"{"needs":[["cache-*"]]}"#, "needs[0]: found invalid type: sequence, expected an object with a pattern"),
        ] {
            let error = Needs::default().with_file(text, "2026-11-23").unwrap_err().to_string();
            assert!(error.starts_with(message), "{error}");
        }
    }
}
