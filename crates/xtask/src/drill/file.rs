//! `tests/drills/evidence.json`: read, added to, judged.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use holdfast::clients::{Client, ClientId};
use holdfast::evidence::{Evidence, Record, Spread, Subject, hash};

use super::drills;
use super::driver::{self, Actor};
use super::judge::Figures;
use super::limits::QUIET;
use crate::paths;

/// Where it lies.
pub fn path() -> PathBuf {
    paths::root().join("tests/drills/evidence.json")
}

/// The file; an empty one where there is none.
pub fn read(path: &Path) -> Result<Evidence> {
    if !path.exists() {
        return Ok(Evidence { target: "lab".to_owned(), ..Evidence::default() });
    }
    serde_json::from_str(&fs::read_to_string(path)?).with_context(|| format!("{}", path.display()))
}

/// Puts the records in the place of those of the same client, drill, TTL, server and subject.
pub fn add(path: &Path, records: Vec<Record>, taken: &str, kernel: &str) -> Result<()> {
    let mut evidence = read(path)?;
    evidence.records.retain(|old| !records.iter().any(|new| is_same(new, old)));
    evidence.records.extend(records);
    evidence.records.sort_by_key(|record| {
        let place = drills::ALL.iter().position(|drill| drill.name == record.drill);
        (place, record.client.clone(), record.subject, record.redis_version.clone(), record.ttl_s)
    });
    (evidence.taken, evidence.kernel) = (taken.to_owned(), kernel.to_owned());
    Ok(fs::write(path, serde_json::to_string_pretty(&evidence)? + "\n")?)
}

fn key(record: &Record) -> (&str, &str, u32, &str, Subject) {
    let release = record.redis_version.rsplit_once('.').map_or("", |(release, _)| release);
    (&record.client, &record.drill, record.ttl_s, release, record.subject)
}

/// Whether two records are about the same.
pub fn is_same(one: &Record, other: &Record) -> bool {
    key(one) == key(other)
}

/// The record that speaks for the code as it is. One of a busy machine does only until the machine is quiet.
pub fn there<'a>(
    evidence: &'a Evidence,
    actor: Actor,
    drill: &str,
    ttl: u32,
    redis: &str,
    quiet: bool,
) -> Result<Option<&'a Record>> {
    let hash = hash(&driver::code(actor)?);
    let client = actor.client.client();
    Ok(evidence.records.iter().find(|record| {
        key(record) == (client.id, drill, ttl, redis, actor.subject)
            && record.client_version == ran(client)
            && record.code_hash == hash
            && (record.load <= QUIET || !quiet)
    }))
}

/// The library's version that runs in our lab.
fn ran(client: &Client) -> &str {
    if client.ran.is_empty() { client.version } else { client.ran }
}

/// Of so many runs in all, each goes into a record by itself: of one run and of two a spread tells every figure.
pub const EXACT: u32 = 3;

/// Two records of the same code as one, of [`EXACT`] runs at most.
pub fn joined(old: &Record, new: Record) -> Record {
    let each = |spread: Spread, runs| if runs > 1 { vec![spread.min, spread.max] } else { vec![spread.median] };
    let both = |figure: fn(&Record) -> Option<Spread>| {
        Spread::of(&[each(figure(old)?, old.runs), each(figure(&new)?, new.runs)].concat())
    };
    Record {
        runs: old.runs + new.runs,
        recovered_s: both(|record| record.recovered_s),
        refused_s: both(|record| record.refused_s),
        returned_s: both(|record| record.returned_s),
        peak: old.peak.max(new.peak),
        longest_call_s: both(|record| Some(record.longest_call_s)).unwrap_or(new.longest_call_s),
        failed_calls: both(|record| Some(record.failed_calls)).unwrap_or(new.failed_calls),
        lost: old.lost.max(new.lost),
        doubled: old.doubled.max(new.doubled),
        late: old.late.max(new.late),
        connects: old.connects.max(new.connects),
        message: old.message.clone().or(new.message.clone()),
        load: old.load.max(new.load),
        ..new
    }
}

/// What labs side by side have measured, each into a copy of this file, in the place of what it had: run to run.
pub fn join(path: &Path, copies: &[PathBuf]) -> Result<()> {
    let before = read(path)?;
    let mut all = Evidence::default();
    for copy in copies {
        let copy = read(copy)?;
        (all.taken, all.kernel) = (copy.taken, copy.kernel);
        for new in copy.records.into_iter().filter(|record| !before.records.contains(record)) {
            match all.records.iter_mut().find(|old| is_same(old, &new)) {
                Some(old) if old.code_hash == new.code_hash && old.runs + new.runs <= EXACT => *old = joined(old, new),
                Some(old) => bail!("{}, {}: not of the same code, or more than {EXACT} runs", old.client, old.drill),
                None => all.records.push(new),
            }
        }
    }
    add(path, all.records, &all.taken, &all.kernel)
}

/// What was measured of one actor.
pub struct Measured<'a> {
    pub actor: Actor,
    pub drill: &'a str,
    pub ttl: u32,
    pub redis: &'a str,
    pub taken: &'a str,
    pub load: f64,
    pub runs: &'a [Figures],
}

/// A record of all runs: spreads, and the worst of what must not happen.
pub fn record(measured: &Measured) -> Result<Record> {
    let Measured { actor, runs, .. } = measured;
    let client = actor.client.client();
    let spread = |figure: fn(&Figures) -> f64| Spread::of(&runs.iter().map(figure).collect::<Vec<_>>());
    let whole = |figure: fn(&Figures) -> Option<f64>| {
        let found: Option<Vec<f64>> = runs.iter().map(figure).collect();
        found.and_then(|found| Spread::of(&found))
    };
    let worst = |figure: fn(&Figures) -> u64| runs.iter().map(figure).max().unwrap_or(0);
    Ok(Record {
        client: client.id.to_owned(),
        client_version: ran(client).to_owned(),
        redis_version: measured.redis.to_owned(),
        drill: measured.drill.to_owned(),
        ttl_s: measured.ttl,
        subject: actor.subject,
        runs: runs.len() as u32,
        recovered_s: whole(|run| run.recovered),
        refused_s: whole(|run| run.refused),
        returned_s: whole(|run| run.returned),
        peak: runs.iter().filter_map(|run| run.peak).max(),
        longest_call_s: spread(|run| run.longest).context("a record has runs")?,
        failed_calls: spread(|run| run.failed as f64).context("a record has runs")?,
        lost: worst(|run| run.lost),
        doubled: worst(|run| run.doubled),
        late: worst(|run| run.late),
        connects: worst(|run| run.connects),
        message: runs.first().and_then(|run| run.message.clone()),
        taken: measured.taken.to_owned(),
        load: measured.load,
        code_hash: hash(&driver::code(*actor)?),
    })
}

/// What is wrong with the file: limits missed without an excuse, and code that has changed since.
pub fn wrong(evidence: &Evidence) -> Result<Vec<String>> {
    let mut wrong = Vec::new();
    for record in &evidence.records {
        let Record { client, drill, subject, .. } = record;
        let found = ClientId::ALL.iter().find(|id| id.client().id == client);
        let (Some(id), Some(known)) = (found, drills::ALL.iter().find(|known| known.name == drill)) else {
            wrong.push(format!("{client}, {drill}: no such client or drill"));
            continue;
        };
        let actor = Actor { client: *id, subject: *subject, work: known.work, process: 0 };
        if hash(&driver::code(actor)?) != record.code_hash {
            wrong.push(format!(
                "{client}, {drill}: the code has changed since; run `cargo xtask drill --client {client}`"
            ));
        }
        let missed = known.limit.missed(record);
        let mendable = missed.iter().filter(|missed| known.limit.excuse(record, missed).is_none());
        wrong.extend(mendable.map(|missed| format!("{client}, {drill}: {missed}")));
    }
    Ok(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drill::limits::tests::record;

    #[test]
    fn runs_are_added_to_those_that_are_there() {
        let of = |seconds: &[f64]| Record {
            runs: seconds.len() as u32,
            recovered_s: Spread::of(seconds),
            lost: seconds.len() as u64,
            ..record(None, 1.0, 1.0)
        };
        let whole = of(&[1.0, 2.0, 4.0]);
        for (old, new) in [(&[2.0][..], &[4.0, 1.0][..]), (&[1.0, 4.0], &[2.0]), (&[1.0], &[2.0, 4.0])] {
            let joined = joined(&of(old), of(new));
            assert_eq!((joined.runs, joined.recovered_s, joined.lost), (3, whole.recovered_s, 2));
        }
        assert_eq!(joined(&of(&[1.0]), of(&[])).recovered_s, None, "one never came back");
    }

    #[test]
    fn what_labs_side_by_side_measured_takes_the_place_of_what_was_there() {
        let folder = paths::target().join("tmp/join");
        fs::create_dir_all(&folder).unwrap();
        let [path, one, other, third] = ["all", "one", "other", "third"].map(|name| folder.join(name));
        let of = |drill: &str, seconds: f64| Record {
            drill: drill.to_owned(),
            redis_version: "8.0.2".to_owned(),
            ..record(Some(seconds), 1.0, 1.0)
        };
        for (file, records) in [
            (&path, vec![of("reset", 9.0), of("slow", 5.0)]),
            (&one, vec![of("reset", 1.0), of("slow", 5.0)]),
            (&other, vec![of("reset", 3.0), of("slow", 5.0)]),
            (&third, vec![Record { code_hash: "another".to_owned(), ..of("reset", 2.0) }]),
        ] {
            let _ = fs::remove_file(file);
            add(file, records, "today", "kernel").unwrap();
        }
        assert!(join(&path, &[one.clone(), other.clone(), third]).is_err(), "of another code");
        join(&path, &[one, other]).unwrap();
        let found = read(&path).unwrap().records;
        let told: Vec<_> = found.iter().map(|it| (it.drill.as_str(), it.runs, it.recovered_s)).collect();
        assert_eq!(told, [("reset", 2, Spread::of(&[1.0, 3.0])), ("slow", 1, Spread::of(&[5.0]))]);
    }

    #[test]
    fn the_evidence_is_about_the_code_as_it_is_and_holds_the_limits() {
        let wrong = wrong(&read(&path()).unwrap()).unwrap();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}
