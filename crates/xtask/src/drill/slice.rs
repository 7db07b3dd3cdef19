//! What page and docs show of each client: the files of measurements, in words.

use std::collections::BTreeSet;

use anyhow::Result;
use holdfast::clients::{Client, ClientId};
use holdfast::evidence::{Cell, Drill, Evidence, Record, Slice, Subject};

use super::driver::CALLS;
use super::limits::{Limit, QUIET};
use super::{drills, file};
use crate::paths;

/// Whose figures stand beside each other; the last only where somebody has measured on Redis Cloud.
const COLUMNS: [&str; 3] = ["Holdfast's code", "The library's quick-start", "Holdfast's code on Redis Cloud"];

/// One for each client, in the order of the form.
pub fn all() -> Result<Vec<(ClientId, Slice<'static>)>> {
    let lab = file::read(&file::path())?;
    let cloud = file::read(&paths::root().join("tests/drills/evidence-cloud.json"))?;
    Ok(ClientId::ALL.iter().map(|id| (*id, of(id.client(), &lab, &cloud))).collect())
}

/// The texts live as long as the program, which writes them and ends.
fn of(client: &Client, lab: &Evidence, cloud: &Evidence) -> Slice<'static> {
    let records = |file: &Evidence| -> Vec<Record> {
        let mut records: Vec<_> = file.records.iter().filter(|record| record.client == client.id).cloned().collect();
        // The newest server and the shortest TTL speak first.
        records.sort_by_key(|record| (std::cmp::Reverse(numbers(&record.redis_version)), record.ttl_s));
        records
    };
    let (lab_records, cloud_records) = (records(lab), records(cloud));
    let columns = if cloud.records.is_empty() { 2 } else { 3 };
    let newest = lab_records.first().or(cloud_records.first());
    let drills = drills::ALL.iter().map(|drill| {
        let ours = [&lab_records, &cloud_records].map(|all| all.iter().filter(|it| it.drill == drill.name));
        let [in_lab, on_cloud] = ours;
        let column = |record: &&Record| usize::from(record.subject == Subject::QuickStart);
        let mut placed: Vec<(usize, &Record)> = in_lab.map(|record| (column(&record), record)).collect();
        placed.extend(on_cloud.filter(|record| record.subject == Subject::Holdfast).map(|record| (2, record)));
        placed.sort_by_key(|(column, _)| *column);
        let judged: Vec<&Record> = placed.iter().filter(|(column, _)| *column == 0).map(|(_, it)| *it).collect();
        let (mut missed, mut excuse) = (Vec::new(), None);
        for record in &judged {
            let what = drill.limit.missed(record);
            excuse = excuse.or(what.iter().find_map(|what| drill.limit.excuse(record, what)));
            missed.extend(what);
        }
        missed.extend(excuse.map(str::to_owned));
        let cells = placed.iter().map(|(column, record)| cell(*column, record, drill, newest)).collect();
        let verdict = verdict(drill.limit, &judged, &missed).leak();
        Drill { name: drill.name, what: drill.what, verdict, missed: !missed.is_empty(), cells }
    });
    Slice {
        version: newest.map_or("", |record| record.client_version.clone().leak()),
        notes: notes(client, lab, &lab_records, &cloud_records).into_iter().map(|note| &*note.leak()).collect(),
        columns: COLUMNS[..columns].to_vec(),
        drills: drills.collect(),
    }
}

/// What product.md, section 7 wants beside every figure, and what the figures stand on.
fn notes(client: &Client, lab: &Evidence, in_lab: &[Record], on_cloud: &[Record]) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(reason) = client.not_run {
        notes.push(format!("**Not run by us:** {reason}."));
    } else if in_lab.is_empty() {
        notes.push("**Not measured:** no drill was run with this client yet.".to_owned());
    }
    if !in_lab.is_empty() {
        notes.push(format!(
            "**Measured in our lab, not on Redis Cloud.** Redis {} (self-managed) in Linux network namespaces, {}, {}, \
             {}, DNS TTL {} s. Redis Cloud puts a proxy in front of the database and chooses its own failover and DNS \
             timing, which it does not publish. The figure shows how this client code behaves under this fault, not how \
             long Redis Cloud takes or what it loses. Not affiliated with Redis. Test your own database with Redis \
             Cloud's failover test before you rely on it.",
            listed(in_lab, |record| record.redis_version.clone()),
            named(client, in_lab),
            listed(in_lab, |record| record.taken.clone()),
            runs(in_lab),
            listed(in_lab, |record| record.ttl_s),
        ));
        let busy = in_lab.iter().filter(|record| record.load > QUIET).count();
        let load = match busy {
            0 => "The machine was quiet".to_owned(),
            _ => format!(
                "{busy} of {} records were taken while the machine was busy (load above {QUIET}): their seconds tell of \
                 the machine too, and are not judged",
                in_lab.len()
            ),
        };
        notes.push(format!("Linux {}. {load}.", lab.kernel));
    }
    if !on_cloud.is_empty() {
        notes.push(format!(
            "**Measured on Redis Cloud** by people who own a database: {}, {}, {}. Another database may do otherwise.",
            named(client, on_cloud),
            listed(on_cloud, |record| record.taken.clone()),
            runs(on_cloud),
        ));
    }
    notes
}

fn named(client: &Client, records: &[Record]) -> String {
    format!("{} {}", client.name, listed(records, |record| record.client_version.clone()))
}

fn runs(records: &[Record]) -> String {
    let runs: BTreeSet<u32> = records.iter().map(|record| record.runs).collect();
    match (runs.first(), runs.last()) {
        (Some(1), Some(1)) => "1 run".to_owned(),
        (Some(least), Some(most)) if least < most => format!("{least} to {most} runs"),
        (least, _) => format!("{} runs", least.copied().unwrap_or_default()),
    }
}

/// Each value once.
fn listed<T: Ord + ToString>(records: &[Record], value: fn(&Record) -> T) -> String {
    let values: BTreeSet<T> = records.iter().map(value).collect();
    values.iter().map(T::to_string).collect::<Vec<_>>().join(" and ")
}

fn verdict(limit: Limit, judged: &[&Record], missed: &[String]) -> String {
    if judged.is_empty() {
        return "not measured".to_owned();
    }
    if !missed.is_empty() {
        return format!("missed: {}", missed.join("; "));
    }
    let ttl = judged.iter().map(|record| record.ttl_s).max().unwrap_or_default();
    if judged.iter().all(|record| record.load <= QUIET) {
        return format!("met: {}", limit.words(ttl));
    }
    format!("not judged, the machine was busy; limit: {}", limit.words(ttl))
}

fn cell(column: usize, record: &Record, drill: &drills::Drill, newest: Option<&Record>) -> Cell<'static> {
    let limit = drill.limit;
    let seconds = |s: f64| if s < 0.05 { "under 0.1".to_owned() } else { format!("{s:.1}") };
    let (spread, after, never) = match limit {
        Limit::Refusal | Limit::Silence => (record.refused_s, "refused after", "never refused"),
        _ => (record.recovered_s, "back after", "never back"),
    };
    let mut head = spread.map_or(never.to_owned(), |it| {
        let (min, max) = (seconds(it.min), seconds(it.max));
        let range = if min == max { String::new() } else { format!(" ({min} to {max})") };
        format!("{after} {} s{range}", seconds(it.median))
    });
    if newest.is_some_and(|first| first.ttl_s != record.ttl_s) {
        head = format!("TTL {} s: {head}", record.ttl_s);
    }
    if newest.is_some_and(|first| first.redis_version != record.redis_version) {
        head = format!("Redis {}: {head}", record.redis_version);
    }
    let mut rest = vec![
        format!("longest call {} s", seconds(record.longest_call_s.max)),
        format!("{:.0} failed", record.failed_calls.max),
        format!("{} lost", record.lost),
        format!("{} doubled", record.doubled),
        format!("{} late", record.late),
    ];
    if matches!(limit, Limit::Refusal | Limit::Silence) {
        rest.push(format!("{} connections", record.connects));
    }
    rest.push(if record.runs == 1 { "1 run".to_owned() } else { format!("{} runs", record.runs) });
    if record.load > QUIET {
        rest.push(format!("load {:.0}", record.load));
    }
    // What is not the project for the default answers says so, and is compared with nothing on the page.
    let default = drill.work.variant == CALLS.variant;
    if !default {
        rest.push(format!("run as tests/rendered/{}/{}", record.client, drill.work.variant));
    }
    let code = if default { record.code_hash.clone() } else { String::new() }.leak();
    let recovered_ms = record.recovered_s.map(|spread| (spread.median * 1000.0).round() as u32);
    Cell { column, recovered_ms, head: head.leak(), rest: rest.join(", ").leak(), code }
}

fn numbers(version: &str) -> Vec<u32> {
    version.split('.').filter_map(|part| part.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::super::limits::tests::record;
    use super::*;

    fn jedis(lab: Vec<Record>, cloud: Vec<Record>) -> Slice<'static> {
        let file = |records| Evidence { kernel: "6.1".to_owned(), records, ..Evidence::default() };
        let client = ClientId::ALL.iter().map(|id| id.client()).find(|client| client.id == "jedis");
        of(client.unwrap(), &file(lab), &file(cloud))
    }

    fn reset(recovered: Option<f64>, load: f64) -> Record {
        Record { drill: "reset".to_owned(), redis_version: "8.0.2".to_owned(), ..record(recovered, 1.0, load) }
    }

    fn drill(slice: &Slice<'static>, name: &str) -> Drill<'static> {
        slice.drills.iter().find(|drill| drill.name == name).unwrap().clone()
    }

    #[test]
    fn the_words_of_the_lab_stand_before_its_figures() {
        let slice = jedis(vec![reset(Some(0.64), 1.0), Record { runs: 3, ..reset(Some(1.0), 9.0) }], Vec::new());
        assert!(slice.notes[0].starts_with("**Measured in our lab, not on Redis Cloud.** Redis 8.0.2 (self-managed)"));
        assert!(slice.notes[0].contains("1 to 3 runs, DNS TTL 5 s. Redis Cloud puts a proxy"), "{}", slice.notes[0]);
        assert!(slice.notes[1].starts_with("Linux 6.1. 1 of 2 records were taken while"), "{}", slice.notes[1]);
        assert_eq!(slice.columns.len(), 2);
    }

    #[test]
    fn a_limit_is_met_missed_not_judged_or_not_measured() {
        let told = |records| drill(&jedis(records, Vec::new()), "reset");
        assert!(told(vec![reset(Some(0.6), 1.0)]).verdict.starts_with("met: back within 3 s"));
        assert!(told(vec![reset(Some(9.0), 9.0)]).verdict.starts_with("not judged"));
        let missed = told(vec![reset(None, 1.0)]);
        assert!(missed.missed && missed.verdict.contains("never"), "{}", missed.verdict);
        assert_eq!((told(Vec::new()).verdict, told(Vec::new()).missed), ("not measured", false));
        let slice = jedis(Vec::new(), Vec::new());
        assert!(slice.version.is_empty() && slice.notes[0].starts_with("**Not measured"));
    }

    #[test]
    fn figures_of_redis_cloud_have_a_column_of_their_own() {
        let older = Record { redis_version: "7.0.15".to_owned(), ..reset(Some(2.0), 1.0) };
        let quick = Record { subject: Subject::QuickStart, ..reset(None, 1.0) };
        let slice = jedis(vec![older, quick, reset(Some(0.6), 1.0)], vec![reset(Some(7.0), 1.0)]);
        let cells = drill(&slice, "reset").cells;
        let heads: Vec<(usize, &str)> = cells.iter().map(|cell| (cell.column, cell.head)).collect();
        let second = (0, "Redis 7.0.15: back after 2.0 s");
        assert_eq!(heads, [(0, "back after 0.6 s"), second, (1, "never back"), (2, "back after 7.0 s")]);
        assert_eq!(slice.columns.len(), 3);
        assert!(slice.notes[2].starts_with("**Measured on Redis Cloud** by people"));
    }

    #[test]
    fn every_slice_can_be_written() {
        for (id, slice) in all().unwrap() {
            assert_eq!(Slice::read(&slice.write()), slice, "{}", id.client().id);
        }
    }
}
