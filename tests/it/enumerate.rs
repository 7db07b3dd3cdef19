//! Every combination of the choice questions, all other answers at their default: no panic, and the
//! changes that findings offer, seen as one large graph, hold what `ways_out` asks of them.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use holdfast::plan::Finding;
use holdfast::questions::{ALL, Entry};
use holdfast::{Answers, findings, recommend};
use holdfast_tests::grid::Grid;

use crate::ways_out::{self, Broken, weakened};

/// The whole plan is made for one combination in so many: a prime, so that every choice meets every other.
const WHOLE_PLANS: usize = 23;

#[test]
fn every_combination_of_choices_has_ways_out_that_hold() {
    let grid = Grid::default();
    let seen = see(&grid);
    println!("{} combinations, {} sets of findings, {} offers", grid.count(), seen.sets.len(), seen.offers.len());
    let graph = Graph::new(&grid, &seen);
    let (mut offers, mut chains) = (Broken::default(), Broken::default());
    std::thread::scope(|scope| {
        scope.spawn(|| graph.each_offer_holds(&mut offers));
        graph.chains_end(&mut chains);
    });
    offers.none();
    chains.none();
}

/// Looks at every combination, on all cores.
fn see(grid: &Grid) -> Seen {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let part = grid.count().div_ceil(cores);
    let parts: Vec<Seen> = std::thread::scope(|scope| {
        let parts = (0..cores).map(|core| (core * part)..((core + 1) * part).min(grid.count()));
        let threads: Vec<_> = parts.map(|range| scope.spawn(|| see_range(grid, range))).collect();
        threads.into_iter().map(|thread| thread.join().expect("no combination panics")).collect()
    });
    parts.into_iter().fold(Seen::default(), Seen::join)
}

fn see_range(grid: &Grid, range: Range<usize>) -> Seen {
    let mut seen = Seen::default();
    grid.each(range, |i, answers| {
        let found = if i % WHOLE_PLANS == 0 { recommend(answers).findings } else { findings::find(answers) };
        seen.add(found);
    });
    seen
}

/// What was found, each different thing kept once.
#[derive(Default)]
struct Seen {
    /// For each combination, its set.
    of: Vec<u32>,
    /// Offers that are made together.
    sets: Vec<Vec<u16>>,
    set_numbers: HashMap<Vec<u16>, u32>,
    /// Findings that differ in what they offer.
    offers: Vec<Finding>,
    /// By id, the numbers of those.
    offers_of: HashMap<&'static str, Vec<u16>>,
}

impl Seen {
    fn add(&mut self, found: Vec<Finding>) {
        let set = found.into_iter().map(|finding| self.offer(finding)).collect();
        let set = self.set(set);
        self.of.push(set);
    }

    fn offer(&mut self, finding: Finding) -> u16 {
        let known = self.offers_of.entry(finding.id).or_default();
        let same = |number: &u16| {
            let other = &self.offers[usize::from(*number)];
            other.change == finding.change && other.label == finding.label
        };
        known.iter().copied().find(same).unwrap_or_else(|| {
            let number = u16::try_from(self.offers.len()).expect("few offers");
            known.push(number);
            self.offers.push(finding);
            number
        })
    }

    fn set(&mut self, set: Vec<u16>) -> u32 {
        if let Some(number) = self.set_numbers.get(&set) {
            return *number;
        }
        let number = u32::try_from(self.sets.len()).expect("few sets");
        self.sets.push(set.clone());
        self.set_numbers.insert(set, number);
        number
    }

    /// These combinations and then those.
    fn join(mut self, next: Seen) -> Seen {
        let offers: Vec<u16> = next.offers.into_iter().map(|finding| self.offer(finding)).collect();
        let sets: Vec<u32> = next
            .sets
            .into_iter()
            .map(|set| self.set(set.into_iter().map(|offer| offers[usize::from(offer)]).collect()))
            .collect();
        self.of.extend(next.of.into_iter().map(|set| sets[set as usize]));
        self
    }
}

/// Combinations, joined by the changes that their findings offer.
struct Graph<'a> {
    grid: &'a Grid,
    seen: &'a Seen,
    /// For each set, the ids in it.
    ids: Vec<HashSet<&'static str>>,
    /// For each offer, the digits that it sets; nothing where it changes other answers too.
    moves: Vec<Option<Vec<(usize, usize)>>>,
}

impl<'a> Graph<'a> {
    fn new(grid: &'a Grid, seen: &'a Seen) -> Graph<'a> {
        let id = |offer: &u16| seen.offers[usize::from(*offer)].id;
        let ids = seen.sets.iter().map(|set| set.iter().map(id).collect()).collect();
        let moves = seen.offers.iter().map(|finding| digits_of(grid, finding)).collect();
        Graph { grid, seen, ids, moves }
    }

    fn offers(&self, i: usize) -> &'a [u16] {
        &self.seen.sets[self.seen.of[i] as usize]
    }

    fn target(&self, i: usize, sets: &[(usize, usize)]) -> usize {
        sets.iter().fold(i, |i, (digit, value)| {
            let digit = &self.grid.digits[*digit];
            i - digit.value(i) * digit.stride + value * digit.stride
        })
    }

    fn each_offer_holds(&self, broken: &mut Broken) {
        let mut judged = HashSet::new();
        for i in 0..self.grid.count() {
            for offer in self.offers(i) {
                let finding = &self.seen.offers[usize::from(*offer)];
                if finding.change.is_none() {
                    continue;
                }
                let Some(sets) = &self.moves[usize::from(*offer)] else {
                    let answers = self.grid.answers(i);
                    ways_out::follow(&answers, &findings::find(&answers), broken);
                    continue;
                };
                let target = self.target(i, sets);
                if self.ids[self.seen.of[target] as usize].contains(finding.id) {
                    broken.note(format!("{} stays after its change", finding.id), &self.grid.answers(i));
                }
                // The answers that it changes: what is weakened depends on nothing else.
                let from = sets.iter().fold(0, |all, (digit, _)| {
                    let digit = &self.grid.digits[*digit];
                    all * digit.words.len() + digit.value(i)
                });
                if judged.insert((*offer, from)) {
                    let change = |entry: &Entry| (self.text(entry, i), self.text(entry, target));
                    if let Some(what) = weakened(finding, change) {
                        broken.note(what, &self.grid.answers(i));
                    }
                }
            }
        }
    }

    fn text(&self, entry: &Entry, i: usize) -> String {
        (entry.show)(&self.grid.answers(i))
    }

    /// Walks along the changes; a combination that is met while it is still on the way is a circle.
    fn chains_end(&self, broken: &mut Broken) {
        const NEW: u8 = 0;
        const ON_THE_WAY: u8 = 1;
        const ENDS: u8 = 2;
        let mut state = vec![NEW; self.grid.count()];
        for start in 0..self.grid.count() {
            let mut way = vec![(start, 0)];
            while let Some((i, next)) = way.last_mut() {
                if *next == 0 && state[*i] != NEW {
                    if state[*i] == ON_THE_WAY {
                        return broken.note("a chain of changes has no end".to_owned(), &self.grid.answers(*i));
                    }
                    way.pop();
                    continue;
                }
                state[*i] = ON_THE_WAY;
                let Some(offer) = self.offers(*i).get(*next) else {
                    state[*i] = ENDS;
                    way.pop();
                    continue;
                };
                *next += 1;
                let onward = self.moves[usize::from(*offer)].as_ref().filter(|sets| !sets.is_empty());
                if let Some(sets) = onward {
                    let target = self.target(*i, sets);
                    way.push((target, 0));
                }
            }
        }
    }
}

/// The digits that a finding's change sets, where it leaves all other answers as they are.
fn digits_of(grid: &Grid, finding: &Finding) -> Option<Vec<(usize, usize)>> {
    let mut sets = Vec::new();
    let Some(change) = &finding.change else { return Some(sets) };
    let after = Answers::default().with(change).expect("a change that can be read");
    for entry in ALL.iter().filter(|entry| change.answers().any(|(set, _)| set.key == entry.key)) {
        let text = (entry.show)(&after);
        match grid.digits.iter().position(|digit| digit.entry.key == entry.key) {
            Some(digit) => {
                let value = grid.digits[digit].words.iter().position(|word| *word == text);
                sets.push((digit, value.expect("a word of the question")));
            }
            None if text == (entry.show)(&Answers::default()) => {}
            None => return None,
        }
    }
    Some(sets)
}
