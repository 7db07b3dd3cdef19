//! `holdfast audit`: files and streams in, a report out. What is wrong, the core says.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::ArgMatches;
use holdfast::audit::report::{Format, Report};
use holdfast::audit::{Auditor, Bad, Baseline, Needs, Place, is_json, is_stream};
use holdfast::plan::Severity;

use super::word;
use crate::input::{self, limited, open, place, unreadable};
use crate::stop::{self, Stop, reason};

/// One document or one line: larger than the largest list that the API returns, smaller than memory.
const LARGEST: u64 = 64 << 20;

/// A configuration is a page of text.
const LARGEST_TEXT: u64 = 1 << 20;

const WHAT: &str = "an export of the Redis Cloud API, a connection string or a client's configuration";

pub fn run(matches: &ArgMatches) -> Result<ExitCode, Stop> {
    if matches.get_flag("print-export-script") {
        stop::print(include_bytes!("export.sh"))?;
        return Ok(ExitCode::SUCCESS);
    }
    let paths: Vec<PathBuf> = matches.get_many("files").into_iter().flatten().cloned().collect();
    let once = |path: &Path| path == Path::new("-");
    let answers = matches.get_one::<PathBuf>("answers").is_some_and(|path| once(path));
    if paths.iter().filter(|path| once(path)).count() + usize::from(answers) > 1 {
        return Err(Stop::bad("-: found twice, expected once: standard input can be read once"));
    }
    let names: Vec<String> =
        paths.iter().map(|path| if once(path) { "stdin".to_owned() } else { path.display().to_string() }).collect();
    let format = match word(matches, "format") {
        "json" => Format::Json,
        "ndjson" => Format::Ndjson,
        "sarif" => Format::Sarif,
        _ => Format::Text(stop::colour()),
    };
    let mut audit = Audit {
        auditor: auditor(matches)?,
        report: Report::new(format, names),
        out: if format == Format::Ndjson {
            Out::Through(BufWriter::with_capacity(1 << 16, io::stdout().lock()))
        } else {
            Out::Held(Vec::new(), None)
        },
        piece: Vec::new(),
    };
    let read = audit.all(&paths);
    // What stands before a bad line of a stream stands.
    audit.out.flush(read.is_ok())?;
    read?;
    let summary = audit.report.summary();
    let fails = match word(matches, "fail-on") {
        "never" => 0,
        word => Severity::ALL
            .iter()
            .find(|severity| severity.word() == word)
            .map_or(0, |severity| summary.at_least(*severity)),
    };
    Ok(ExitCode::from(u8::from(fails > 0)))
}

fn auditor(matches: &ArgMatches) -> Result<Auditor, Stop> {
    let (answers, given) = input::answers_given(matches)?;
    let mut needs = Needs::new(answers, given);
    if let Some(path) = matches.get_one::<PathBuf>("needs") {
        let text = input::text(path, "a JSON file of needs")?;
        needs = needs.with_file(&text, &today()).map_err(|bad| Stop::bad(format!("{}: {bad}", place(path))))?;
    }
    let auditor = Auditor::new(needs);
    let Some(path) = matches.get_one::<PathBuf>("baseline") else { return Ok(auditor) };
    let what = "an earlier report";
    let bytes = open(path).and_then(|from| limited(from, LARGEST)).map_err(|error| unreadable(path, what, &error))?;
    let baseline = Baseline::read(&String::from_utf8_lossy(&bytes));
    Ok(auditor.since(baseline.map_err(|bad| Stop::bad(format!("{}: {bad}", place(path))))?))
}

struct Audit {
    auditor: Auditor,
    report: Report,
    out: Out,
    /// The bytes of one database, reused.
    piece: Vec<u8>,
}

impl Audit {
    fn all(&mut self, paths: &[PathBuf]) -> Result<(), Stop> {
        let assumed = self.auditor.assumed();
        self.report.begin(&assumed, &mut self.piece);
        self.give()?;
        let mut documents: Vec<(usize, Vec<u8>)> = Vec::new();
        for (file, path) in paths.iter().enumerate() {
            if let Some(document) = self.input(file, path)? {
                documents.push((file, document));
            }
        }
        let documents: Vec<(usize, &[u8])> = documents.iter().map(|(file, bytes)| (*file, bytes.as_slice())).collect();
        let Audit { auditor, report, out, piece } = self;
        let judged = auditor.documents(&documents, |database| {
            report.database(database, piece);
            out.give(piece)
        });
        judged.map_err(|error| match error {
            Ended::Bad(bad) => refused(paths, &bad),
            Ended::Stop(stop) => stop,
        })?;
        self.report.end(&mut self.piece);
        self.give()
    }

    fn give(&mut self) -> Result<(), Stop> {
        self.out.give(&mut self.piece).map_err(|ended| match ended {
            Ended::Stop(stop) => stop,
            Ended::Bad(bad) => Stop::bad(bad.to_string()),
        })
    }

    /// Judges a stream as it comes, and a configuration as a whole; a document is given back, to be
    /// merged with others.
    fn input(&mut self, file: usize, path: &Path) -> Result<Option<Vec<u8>>, Stop> {
        let failed = |error: &io::Error| unreadable(path, WHAT, error);
        let mut from = BufReader::with_capacity(1 << 16, open(path).map_err(|error| failed(&error))?);
        let mut line = Vec::new();
        let mut number = 0;
        // Lines of nothing before the first.
        while line.trim_ascii().is_empty() {
            line.clear();
            if next(&mut from, &mut line).map_err(|error| failed(&error))? == 0 {
                break;
            }
            number += 1;
            if number == 1 && line.starts_with(b"\xef\xbb\xbf") {
                line.drain(..3);
            }
        }
        let rest = from.fill_buf().map_err(|error| failed(&error))?;
        if is_stream(&path.to_string_lossy(), &line, rest) {
            return self.stream(file, path, from, line, number).map(|()| None);
        }
        let most = if is_json(&line) { LARGEST } else { LARGEST_TEXT };
        let mut bytes = line;
        bytes.append(&mut limited(from, most).map_err(|error| failed(&error))?);
        if bytes.len() as u64 > most {
            let found = format!("more than {} MiB in one document", most >> 20);
            return Err(Stop::bad(format!("{}: found {found}, expected one object a line", place(path))));
        }
        if is_json(&bytes) || bytes.trim_ascii().is_empty() {
            return Ok(Some(bytes));
        }
        let text = String::from_utf8_lossy(&bytes);
        let judged = self.auditor.configuration(&text, Place { file, line: None });
        let judged = judged.map_err(|bad| Stop::bad(format!("{}: {bad}", place(path))))?;
        self.report.database(&judged, &mut self.piece);
        self.give().map(|()| None)
    }

    fn stream(
        &mut self,
        file: usize,
        path: &Path,
        mut from: impl BufRead,
        mut line: Vec<u8>,
        mut number: u64,
    ) -> Result<(), Stop> {
        let Audit { auditor, report, out, piece } = self;
        loop {
            if line.len() as u64 > LARGEST {
                let found = format!("line {number}: found more than {} MiB in one line", LARGEST >> 20);
                return Err(Stop::bad(format!("{}: {found}, expected one object", place(path))));
            }
            let judged = auditor.line(&line, Place { file, line: Some(number) }, |database| {
                report.database(database, piece);
                out.give(piece)
            });
            judged.map_err(|ended| match ended {
                Ended::Bad(bad) => Stop::bad(format!("{}: {bad}", place(path))),
                Ended::Stop(stop) => stop,
            })?;
            line.clear();
            if next(&mut from, &mut line).map_err(|error| unreadable(path, WHAT, &error))? == 0 {
                return Ok(());
            }
            number += 1;
        }
    }
}

/// The next line, as far as it may reach.
fn next(from: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<usize> {
    from.take(LARGEST + 1).read_until(b'\n', line)
}

fn refused(paths: &[PathBuf], bad: &Bad) -> Stop {
    let path = paths.get(bad.file).map(|path| place(path)).unwrap_or_default();
    Stop::bad(format!("{path}: {bad}"))
}

/// Why judging ended early.
enum Ended {
    Bad(Bad),
    Stop(Stop),
}

impl From<Bad> for Ended {
    fn from(bad: Bad) -> Self {
        Ended::Bad(bad)
    }
}

/// Where the report goes. All formats but one are printed when everything was read and not before:
/// what does not fit into memory waits in a file without a name.
enum Out {
    Through(BufWriter<io::StdoutLock<'static>>),
    Held(Vec<u8>, Option<File>),
}

/// Bytes that wait in memory.
const HELD: usize = 4 << 20;

impl Out {
    /// Takes the bytes, and leaves the buffer empty.
    fn give(&mut self, bytes: &mut Vec<u8>) -> Result<(), Ended> {
        match self {
            Out::Through(out) => out.write_all(bytes).map_err(|error| Ended::Stop(stop::unwritten(&error)))?,
            Out::Held(held, file) => {
                held.append(bytes);
                if held.len() > HELD {
                    let spilled = spill(held, file);
                    spilled.map_err(|error| Ended::Stop(Stop::bad(format!("a temporary file: {}", reason(&error)))))?;
                }
            }
        }
        bytes.clear();
        Ok(())
    }

    /// Prints what is to be printed.
    fn flush(&mut self, complete: bool) -> Result<(), Stop> {
        match self {
            Out::Through(out) => out.flush().map_err(|error| stop::unwritten(&error)),
            Out::Held(..) if !complete => Ok(()),
            Out::Held(held, file) => {
                if let Some(file) = file {
                    let mut out = io::stdout().lock();
                    file.seek(SeekFrom::Start(0))
                        .and_then(|_| io::copy(file, &mut out))
                        .map_err(|error| stop::unwritten(&error))?;
                }
                stop::print(held)
            }
        }
    }
}

fn spill(held: &mut Vec<u8>, file: &mut Option<File>) -> io::Result<()> {
    if file.is_none() {
        let path = std::env::temp_dir().join(format!("holdfast-{}-{}", std::process::id(), nanos()));
        let mut options = File::options();
        options.read(true).write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        *file = Some(options.open(&path)?);
        // Open, and without a name: it is gone with the process. Where that can't be, it stays.
        let _ = std::fs::remove_file(&path);
    }
    if let Some(file) = file {
        file.write_all(held)?;
    }
    held.clear();
    Ok(())
}

fn nanos() -> u128 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos())
}

/// The day in UTC, as in `2026-11-23`.
fn today() -> String {
    let days = (nanos() / 86_400_000_000_000) as u64;
    let (year, month, day) = civil(days);
    format!("{year:04}-{month:02}-{day:02}")
}

/// Days since 1970-01-01 in the calendar. A year begins in March here, so that the day that only
/// some years have is the last.
fn civil(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (era * 400 + year + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::civil;

    #[test]
    fn days_become_dates() {
        for (days, date) in [
            (0, (1970, 1, 1)),
            (19_782, (2024, 2, 29)),
            (20_780, (2026, 11, 23)),
            (47_540, (2100, 2, 28)),
            (47_541, (2100, 3, 1)),
        ] {
            assert_eq!(civil(days), date);
        }
    }
}
