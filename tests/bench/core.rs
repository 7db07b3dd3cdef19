//! What the core takes for its work, on one core of the machine: see `cargo xtask bench`.

use std::hint::black_box;
use std::time::Instant;

use holdfast::artefact::{iac, runbook};
use holdfast::clients::{ClientId, project};
use holdfast::{Answers, beside, recommend};
use holdfast_tests::grid::Grid;
use holdfast_tests::median;

/// Enough for a median that stays.
const RUNS: usize = 301;

/// Every combination of choices is looked at in pieces, so many of them evenly spread and each so long.
const PIECES: usize = 200;
const PIECE: usize = 500;

fn main() {
    let defaults = Answers::default();
    tell("recommend, the default answers", runs(|| recommend(black_box(&defaults))));
    let plan = recommend(&defaults);
    let json = |answers: &Answers| serde_json::to_string(&recommend(answers));
    tell("recommend, the default answers, as JSON", runs(|| json(black_box(&defaults))));

    let mut clients: Vec<(f64, &str)> = Vec::new();
    for id in ClientId::ALL {
        let answers = Answers { client: *id, ..Answers::default() };
        clients.push((runs(|| project(black_box(&answers))), id.client().id));
    }
    tell("render, the client in the middle", median(clients.iter().map(|(time, _)| *time).collect()));
    if let Some((slowest, id)) = clients.into_iter().max_by(|a, b| a.0.total_cmp(&b.0)) {
        tell(&format!("render, the slowest: {id}"), slowest);
    }

    tell("the plan beside it", runs(|| beside(black_box(&defaults))));
    tell("its runbook", runs(|| runbook(black_box(&plan))));
    tell("as Terraform and REST", runs(|| iac(black_box(&plan))));

    let grid = Grid::default();
    let apart = grid.count() / PIECES;
    let pieces = (0..PIECES).map(|piece| {
        let start = Instant::now();
        grid.each(piece * apart..piece * apart + PIECE, |_, answers| drop(black_box(recommend(answers))));
        start.elapsed().as_secs_f64() / PIECE as f64
    });
    let each = median(pieces.collect());
    tell(&format!("recommend, {PIECES} pieces of {PIECE} combinations of choices"), each);
    println!("{:>10.1} min      all {} combinations at this pace", each * grid.count() as f64 / 60.0, grid.count());
}

/// The median, in seconds.
fn runs<T>(work: impl Fn() -> T) -> f64 {
    let once = |_| {
        let start = Instant::now();
        black_box(work());
        start.elapsed().as_secs_f64()
    };
    median((0..RUNS).map(once).collect())
}

fn tell(what: &str, seconds: f64) {
    println!("{:>10.1} µs       {what}", seconds * 1e6);
}
