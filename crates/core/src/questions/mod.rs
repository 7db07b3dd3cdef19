//! Every question, in one table.
//!
//! One question is one file: its words, its range, its default and what it means.
//! The page's form, the command line's flags, the link, the JSON, the schema and the documentation
//! are derived from [`ALL`]; a new question is a new file and one line in the table below.
//!
//! The text form is the one form that everything else is translated from and to: a choice is its
//! word, `yes`/`no`, numbers in digits, lists joined by commas, quiet hours `Tue+Fri@22/8;Sun@1/6`.

mod json;
mod kinds;
mod link;
mod patch;

pub use json::{from_json, to_json};
pub use kinds::{Capability, Choice, Day, Expected, Kind, QuietHours, Text};
pub use link::{Unread, from_link, to_link};
pub use patch::Patch;

pub(crate) use kinds::Word;
pub(crate) use kinds::show_decimal;
use kinds::{Answer, choice};

/// One question: what is asked, how it is answered, and what a weaker answer would be.
#[derive(Debug)]
pub struct Question {
    /// Kebab-case: the name in links, flags and forms.
    pub id: &'static str,
    /// The fold that it stands in.
    pub group: Group,
    /// The question itself, in the reader's words.
    pub title: &'static str,
    /// What the answer decides, in one sentence.
    pub help: &'static str,
    /// How it is answered: words, ranges, units.
    pub kind: Kind,
    /// When another answer gives up something that was asked for.
    pub need: Need,
}

impl Question {
    /// Whether an answer of `to` gives up something that an answer of `from` asked for; both in the
    /// text form.
    pub fn weakens(&self, from: &str, to: &str) -> bool {
        let rank = |text: &str| match &self.kind {
            Kind::Choice(choices) | Kind::Maybe(choices) => {
                choices.iter().position(|choice| choice.word == text).map_or(-1.0, |i| i as f64)
            }
            Kind::YesNo => f64::from(text == "yes"),
            _ => text.parse().unwrap_or_default(),
        };
        match self.need {
            Need::None => false,
            Need::Later | Need::Higher => rank(to) < rank(from),
            Need::Earlier | Need::Lower => rank(to) > rank(from),
            Need::NotFirst => rank(to) == 0.0 && rank(from) != 0.0,
            Need::All => from.split(',').any(|word| !to.split(',').any(|kept| kept == word)),
            Need::Same => from != to,
        }
    }
}

/// The folds of the form, in order. The first stands open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// The six questions that decide most.
    First,
    /// What may happen twice, and how long a call may take.
    Writes,
    /// Where the data is.
    Regions,
    /// Who can read it on the way.
    Security,
    /// How much of everything.
    Size,
    /// What exists and can't be changed.
    Existing,
    /// What the project is called and where the database is.
    Names,
}

impl Group {
    /// Every group, in the order of the form.
    pub const ALL: [Group; 7] =
        [Group::First, Group::Writes, Group::Regions, Group::Security, Group::Size, Group::Existing, Group::Names];

    /// The heading.
    pub fn title(self) -> &'static str {
        match self {
            Group::First => "First",
            Group::Writes => "Writes and waiting",
            Group::Regions => "Regions",
            Group::Security => "Security",
            Group::Size => "Size",
            Group::Existing => "What exists",
            Group::Names => "Names",
        }
    }
}

/// Which answers to a question ask for less than another: a change that a finding offers may
/// only weaken a need when its label says "Give up …".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// No answer is weaker than another.
    None,
    /// Choices stand from the weakest to the strongest; `yes` is stronger than `no`.
    Later,
    /// Choices stand from the strongest to the weakest.
    Earlier,
    /// Only leaving for the first choice is weaker.
    NotFirst,
    /// A smaller number is weaker.
    Higher,
    /// A larger number is weaker.
    Lower,
    /// A list without one of its words is weaker.
    All,
    /// Any other answer gives something up.
    Same,
}

macro_rules! questions {
    ($($field:ident: $answer:ty,)*) => {
        $(
            mod $field;
            // The type of its answer, where that is its own.
            #[allow(unused_imports)]
            pub use $field::*;
        )*

        /// An answer to every question. [`Answers::default`] is what the page shows first.
        #[derive(Clone, Debug, PartialEq)]
        pub struct Answers {
            $(#[doc = concat!("See `questions/", stringify!($field), ".rs`.")] pub $field: $answer,)*
        }

        impl Default for Answers {
            fn default() -> Self {
                Answers { $($field: $field::default(),)* }
            }
        }

        /// Every question, in the order of the form, with the way to its answer.
        pub static ALL: &[Entry] = &[$(Entry {
            key: stringify!($field),
            question: &$field::QUESTION,
            show: |answers| answers.$field.show(),
            read: |answers, text| {
                answers.$field = Answer::read(text, &$field::QUESTION.kind)?;
                Ok(())
            },
        },)*];
    };
}

questions! {
    plan: PlanChoice,
    endpoint: Endpoint,
    data_loss: DataLoss,
    survive: Survive,
    role: Role,
    client: crate::clients::ClientId,
    repeat_writes: RepeatWrites,
    deadline: u32,
    blocking: bool,
    mistake: Mistake,
    cloud: Cloud,
    regions: Vec<String>,
    write_regions: u32,
    region_failover: RegionFailover,
    encryption: Encryption,
    mutual_tls: bool,
    networks: u32,
    dataset: f64,
    throughput: u32,
    instances: u32,
    connections: u32,
    runtime: Runtime,
    capabilities: Vec<Capability>,
    cluster_api: bool,
    existing: Option<Existing>,
    zone_mode: Option<ZoneMode>,
    quiet_hours: Vec<QuietHours>,
    name: String,
    host: String,
    port: u32,
    user: String,
}

/// A question and the way to its answer.
pub struct Entry {
    /// Snake_case: the key in JSON.
    pub key: &'static str,
    /// The question.
    pub question: &'static Question,
    /// The answer in the text form.
    pub show: fn(&Answers) -> String,
    read: fn(&mut Answers, &str) -> Result<(), Expected>,
}

/// The question with this id (`data-loss`) or key (`data_loss`).
pub fn find(id: &str) -> Option<&'static Entry> {
    ALL.iter().find(|entry| entry.question.id == id || entry.key == id)
}

impl Answers {
    /// Sets one answer from its text form.
    ///
    /// # Errors
    /// [`BadInput`] when there is no such question or the text is no answer to it; the answers
    /// are then as before.
    pub fn set(&mut self, id: &str, text: &str) -> Result<(), BadInput> {
        let entry = known(id)?;
        (entry.read)(self, text).map_err(|expected| BadInput::answer(entry, text, expected))
    }

    /// The answer in its text form, empty when there is no such question.
    pub fn get(&self, id: &str) -> String {
        find(id).map(|entry| (entry.show)(self)).unwrap_or_default()
    }
}

/// The question with this id, or what is wrong with the id.
///
/// # Errors
/// [`BadInput`] that names the nearest question; for a password, that none is ever asked for.
pub fn known(id: &str) -> Result<&'static Entry, BadInput> {
    find(id).ok_or_else(|| {
        let lower = id.to_ascii_lowercase();
        let secret = ["password", "passwd", "secret", "token"].iter().any(|word| lower.contains(word));
        BadInput {
            key: id.to_owned(),
            found: if secret { "a secret".to_owned() } else { "an unknown key".to_owned() },
            expected: if secret {
                "no secret: Holdfast never asks for one; put it into the environment of your app".to_owned()
            } else {
                "one of the questions' ids".to_owned()
            },
            nearest: if secret { None } else { nearest(&id.replace('_', "-"), ALL.iter().map(|e| e.question.id)) },
        }
    })
}

/// Input that can't be read as an answer: where, what was found, what was expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadInput {
    /// The question's id, or the key as it was found.
    pub key: String,
    /// What was found, quoted and cut to a readable length.
    pub found: String,
    /// What would have been read.
    pub expected: String,
    /// The nearest valid word, where there is one.
    pub nearest: Option<&'static str>,
}

impl BadInput {
    fn answer(entry: &Entry, text: &str, expected: Expected) -> Self {
        BadInput {
            key: entry.question.id.to_owned(),
            found: if expected.hide { "something that looks like a secret".to_owned() } else { quote(text) },
            nearest: expected.nearest,
            expected: expected.what,
        }
    }
}

impl core::fmt::Display for BadInput {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{}: found {}, expected {}", quote_key(&self.key), self.found, self.expected)?;
        match self.nearest {
            Some(nearest) => write!(f, "; did you mean \"{nearest}\"?"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for BadInput {}

/// Quotes a text for a message: one line, at most forty characters.
pub(crate) fn quote(text: &str) -> String {
    let mut short: String = text.chars().take(40).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    format!("{short:?}")
}

fn quote_key(key: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_[].".contains(c);
    if !key.is_empty() && key.len() <= 60 && key.chars().all(plain) { key.to_owned() } else { quote(key) }
}

/// The candidate that differs in the fewest letters, where at most a third of them differ.
pub(crate) fn nearest(word: &str, candidates: impl Iterator<Item = &'static str>) -> Option<&'static str> {
    let word = word.trim().to_ascii_lowercase();
    if word.len() > 40 {
        return None;
    }
    candidates
        .map(|candidate| (distance(&word, candidate), candidate))
        .min()
        .filter(|(distance, candidate)| *distance <= 1 + candidate.len() / 3)
        .map(|(_, candidate)| candidate)
}

/// How many letters must be changed, added or removed (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let change = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = change.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_answer_reads_back_from_its_own_text() {
        let defaults = Answers::default();
        for entry in ALL {
            let mut answers = Answers::default();
            let text = (entry.show)(&defaults);
            assert_eq!(answers.set(entry.question.id, &text), Ok(()), "{}", entry.key);
            assert_eq!(answers, defaults, "{}", entry.key);
        }
    }

    #[test]
    fn keys_and_ids_are_the_same_word() {
        for entry in ALL {
            assert_eq!(entry.key.replace('_', "-"), entry.question.id);
        }
    }

    #[test]
    fn what_gives_up_a_need_is_known_for_each_kind() {
        let weakens = |id: &str, from: &str, to: &str| find(id).unwrap().question.weakens(from, to);
        for (id, strong, weak) in [
            ("survive", "zone", "node"),
            ("encryption", "required", "speed-first"),
            ("endpoint", "privatelink", "public"),
            ("mutual-tls", "yes", "no"),
            ("dataset", "2.5", "1"),
            ("deadline", "200", "1000"),
            ("capabilities", "json,search", "json"),
        ] {
            assert!(weakens(id, strong, weak) && !weakens(id, weak, strong), "{id}");
            assert!(!weakens(id, strong, strong), "{id}");
        }
        assert!(weakens("cloud", "aws", "gcp") && weakens("cloud", "gcp", "aws"));
        assert!(!weakens("plan", "pro", "free"));
    }

    #[test]
    fn a_wrong_word_is_named_with_the_nearest_one() {
        let error = Answers::default().set("survive", "zones").unwrap_err();
        assert_eq!(
            error.to_string(),
            r#"survive: found "zones", expected one of "nothing", "node", "zone", "region"; did you mean "zone"?"#
        );
    }

    #[test]
    fn a_secret_is_refused_and_never_repeated() {
        let error = Answers::default().set("password", "hunter2").unwrap_err().to_string();
        assert!(error.contains("never asks for one") && !error.contains("hunter2"), "{error}");
        let error = Answers::default().set("host", "rediss://default:hunter2@example.com").unwrap_err().to_string();
        assert!(!error.contains("hunter2"), "{error}");
    }
}
