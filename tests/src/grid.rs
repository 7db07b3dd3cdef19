//! Every combination of the choice questions, all other answers at their default.
//!
//! Clients that findings can't tell apart stand for each other here; `pairs` has them all.

use std::collections::HashSet;
use std::ops::Range;

use holdfast::Answers;
use holdfast::clients::{Client, ClientId};
use holdfast::questions::{ALL, Entry, Kind};

/// The choice questions as the digits of a number, the last one fastest.
pub struct Grid {
    /// A digit for each question.
    pub digits: Vec<Digit>,
}

/// A question of choices.
pub struct Digit {
    /// The question.
    pub entry: &'static Entry,
    /// Its answers.
    pub words: Vec<&'static str>,
    /// How far apart two combinations are that differ by one here.
    pub stride: usize,
}

impl Digit {
    /// Which of its answers this combination has.
    pub fn value(&self, i: usize) -> usize {
        i / self.stride % self.words.len()
    }
}

impl Default for Grid {
    fn default() -> Grid {
        let mut digits: Vec<Digit> = Vec::new();
        let mut stride = 1;
        for entry in ALL.iter().rev() {
            let words = match entry.question.kind {
                Kind::Choice(_) if entry.key == "client" => one_client_of_each_kind(),
                Kind::Choice(choices) => choices.iter().map(|choice| choice.word).collect(),
                Kind::Maybe(choices) => [""].into_iter().chain(choices.iter().map(|choice| choice.word)).collect(),
                _ => continue,
            };
            let count = words.len();
            digits.insert(0, Digit { entry, words, stride });
            stride *= count;
        }
        Grid { digits }
    }
}

impl Grid {
    /// How many combinations there are.
    pub fn count(&self) -> usize {
        self.digits.iter().map(|digit| digit.words.len()).product()
    }

    /// The combination of this number.
    pub fn answers(&self, i: usize) -> Answers {
        let mut answers = Answers::default();
        self.digits.iter().for_each(|digit| set(&mut answers, digit, i));
        answers
    }

    /// Does it for each of these combinations, one after the other.
    pub fn each(&self, range: Range<usize>, mut act: impl FnMut(usize, &Answers)) {
        let mut answers = self.answers(range.start);
        for i in range {
            // Only the last digits change from one combination to the next.
            for digit in self.digits.iter().rev() {
                set(&mut answers, digit, i);
                if digit.value(i) > 0 {
                    break;
                }
            }
            act(i, &answers);
        }
    }
}

fn set(answers: &mut Answers, digit: &Digit, i: usize) {
    answers.set(digit.entry.question.id, digit.words[digit.value(i)]).expect("a word of the question");
}

fn one_client_of_each_kind() -> Vec<&'static str> {
    let mut kinds = HashSet::new();
    let clients = ClientId::ALL.iter().map(|id| id.client());
    // The clocks are told by the plan, and no finding asks for them.
    let kind = |c: &Client| (c.warned(), c.knobs.pool, c.opens.once, c.knobs.cluster);
    clients.filter(|client| kinds.insert(kind(client))).map(|client| client.id).collect()
}
