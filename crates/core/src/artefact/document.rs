//! What people read, before it has a form: terminal, Markdown and page show the same sections.

use std::borrow::Cow;

use crate::connection;
use crate::plan::{Connection, Finding, Jitter, Knob, Outlook, Plan, Severity, Step};
use crate::questions::{self, Answers, Patch, PlanChoice, Text, to_link};
use crate::rules::{Advice, Setting, Value};
use crate::sources::{self, Source};

/// A text of sections.
#[derive(Clone, Debug)]
pub struct Document {
    /// The heading.
    pub title: Text,
    /// The whole in one sentence.
    pub lead: Text,
    /// The parts, the most important first.
    pub sections: Vec<Section>,
}

/// A part with a heading.
#[derive(Clone, Debug)]
pub struct Section {
    /// The heading.
    pub heading: Text,
    /// What stands in it.
    pub entries: Vec<Entry>,
    /// For those who want to know more: a terminal leaves it out.
    pub detail: bool,
}

/// One thing: its name, its value, what there is to say about it.
#[derive(Clone, Debug, Default)]
pub struct Entry {
    /// Its name, or the whole sentence where there is nothing else.
    pub term: Text,
    /// Its value, in the words of a machine.
    pub value: Option<Text>,
    /// How it looks.
    pub tone: Tone,
    /// What there is to say about it.
    pub lines: Vec<Line>,
}

/// How an entry looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    /// Like all others.
    #[default]
    Plain,
    /// Something wrong.
    Finding(Severity),
    /// Something that a person must still do, and whether it is final.
    Todo(bool),
}

/// A sentence about an entry.
#[derive(Clone, Debug)]
pub struct Line {
    /// What kind of sentence: `Price`; empty where it speaks for itself.
    pub label: Text,
    /// The sentence.
    pub text: Text,
    /// Where to read on.
    pub url: Option<&'static str>,
    /// For those who want to know more: a terminal leaves it out.
    pub detail: bool,
}

impl Section {
    /// A section that everybody sees.
    pub fn new(heading: impl Into<Text>, entries: impl IntoIterator<Item = Entry>) -> Section {
        Section { heading: heading.into(), entries: entries.into_iter().collect(), detail: false }
    }

    fn detail(self) -> Section {
        Section { detail: true, ..self }
    }
}

impl Entry {
    /// An entry with nothing but a name.
    pub fn new(term: impl Into<Text>) -> Entry {
        Entry { term: term.into(), ..Entry::default() }
    }

    /// With this value.
    pub fn value(self, value: impl Into<Text>) -> Entry {
        Entry { value: Some(value.into()), ..self }
    }

    pub(crate) fn line(self, label: impl Into<Text>, text: impl Into<Text>) -> Entry {
        self.push(Line { label: label.into(), text: text.into(), url: None, detail: false })
    }

    fn detail(self, label: impl Into<Text>, text: impl Into<Text>) -> Entry {
        self.push(Line { label: label.into(), text: text.into(), url: None, detail: true })
    }

    pub(crate) fn push(mut self, line: Line) -> Entry {
        self.lines.push(line);
        self
    }

    pub(crate) fn tone(self, tone: Tone) -> Entry {
        Entry { tone, ..self }
    }
}

/// A plan, to be read.
pub fn plan(plan: &Plan) -> Document {
    let (fixed, steps): (Vec<&Step>, Vec<&Step>) = plan.checklist.iter().partition(|step| step.irreversible);
    let sections = [
        Section::new(findings_heading(plan), plan.findings.iter().map(finding)),
        Section::new("What can never be changed later", fixed.iter().copied().map(step).chain(irreversible(plan))),
        Section::new("Settings", plan.settings.0.iter().map(|(_, advice)| setting(advice))),
        Section::new("The client's clocks", std::iter::once(library(plan)).chain(clocks(&plan.connection))),
        Section::new("Where the formulas of the clocks come from", connection::SOURCES.iter().copied().map(source))
            .detail(),
        Section::new("What happens when …", plan.outlook.iter().map(outlook)),
        Section::new("What you still have to do", steps.iter().copied().map(step)),
        Section::new("Your answers where they differ from the defaults", answers(&plan.answers)).detail(),
        Section::new("The same answers as a link", [Entry::default().value(format!("#{}", to_link(&plan.answers)))]),
    ];
    Document {
        title: "Recommended by Holdfast".into(),
        lead: summary(plan).into(),
        sections: sections.into_iter().filter(|section| !section.entries.is_empty()).collect(),
    }
}

/// The whole plan in one sentence.
pub fn summary(plan: &Plan) -> String {
    let shown = |setting| plan.advice(setting).map(Advice::shown).unwrap_or_default();
    let word = shown(Setting::Plan);
    let label = PlanChoice::CHOICES.iter().find(|choice| choice.word == word).map_or(&*word, |choice| choice.label);
    let regions = match shown(Setting::ActiveActive) {
        off if off == "off" => format!("replication {}", shown(Setting::Replication)),
        regions => format!("Active-Active in {regions}"),
    };
    format!(
        "{label} ({}) with {regions}, persistence {} and TLS {}, for {}: {}.",
        shown(Setting::PlanSize),
        shown(Setting::Persistence),
        shown(Setting::Tls),
        plan.answers.client.client().name,
        counts(plan),
    )
}

/// `2 errors, 1 warning`, or `nothing is wrong`.
pub fn counts(plan: &Plan) -> String {
    let counts: Vec<String> = [Severity::Error, Severity::Warning, Severity::Note]
        .into_iter()
        .map(|severity| (plan.count(severity), severity.word()))
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}{}", if count == 1 { "" } else { "s" }))
        .collect();
    match counts.as_slice() {
        [] => "nothing is wrong".to_owned(),
        [.., last] if last.contains("note") && counts.len() == 1 => format!("nothing is wrong, {last}"),
        _ => counts.join(", "),
    }
}

fn findings_heading(plan: &Plan) -> &'static str {
    let only_notes = plan.findings.iter().all(|finding| finding.severity == Severity::Note);
    if only_notes { "Worth knowing" } else { "What is wrong, and what to do" }
}

fn finding(finding: &Finding) -> Entry {
    let entry = Entry::new(finding.message.clone())
        .value(finding.id)
        .tone(Tone::Finding(finding.severity))
        .line("", finding.fix.clone());
    let entry = match (&finding.label, &finding.change) {
        (Some(label), Some(change)) => entry.line("Change", format!("{} ({label})", flags(change))),
        _ => entry,
    };
    with_sources(entry.detail("Because of", finding.because.join(", ")), finding.sources)
}

/// A patch of answers as flags of the command line.
fn flags(change: &Patch) -> String {
    let flags: Vec<String> = change.answers().map(|(entry, text)| flag(entry.question.id, text)).collect();
    flags.join(" ")
}

/// One answer as a flag, quoted for a shell where it needs it.
pub fn flag(id: &str, text: &str) -> String {
    let plain = !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "._-/,+:@".contains(c));
    match (plain, text.starts_with('-')) {
        (true, false) => format!("--{id} {text}"),
        (true, true) => format!("--{id}={text}"),
        (false, _) => format!("--{id}='{}'", text.replace('\'', "'\\''")),
    }
}

fn irreversible(plan: &Plan) -> impl Iterator<Item = Entry> {
    let settings = plan.settings.0.iter().filter(|(_, advice)| advice.change_later.irreversible());
    settings.map(|(_, advice)| {
        Entry::new(advice.title).value(advice.shown()).line("Change", format!("{}.", advice.change_later.label()))
    })
}

fn setting(advice: &Advice) -> Entry {
    let entry = Entry::new(advice.title)
        .value(advice.shown())
        .line("", advice.reason.clone())
        .line("Price", advice.price.clone())
        .detail("Change later", format!("{}.", advice.change_later.label()));
    let entry = windows(&advice.value).into_iter().fold(entry, |entry, window| entry.line("Window", window));
    let entry = advice.rejected.iter().fold(entry, |entry, other| {
        entry.detail("Not", Cow::from(format!("{}. {}", other.value.trim_end_matches('.'), other.why)))
    });
    with_sources(entry.detail("Because of", advice.because.join(", ")), advice.sources)
}

/// The windows of manual maintenance, which the value's short form leaves out.
fn windows(value: &Value) -> Vec<String> {
    let Some(Value::List(windows)) = value.get("windows") else { return Vec::new() };
    let text = |window: &Value, key: &str| window.get(key).map(Value::to_string).unwrap_or_default();
    windows
        .iter()
        .map(|window| {
            let Some(Value::List(days)) = window.get("days") else { return String::new() };
            let days: Vec<&str> = days.iter().filter_map(Value::as_str).collect();
            let (start, hours) = (text(window, "start_hour"), text(window, "duration_in_hours"));
            format!("{} from {start}:00 for {hours} hours.", days.join(" and "))
        })
        .collect()
}

fn with_sources(entry: Entry, sources: &[&Source]) -> Entry {
    sources.iter().fold(entry, |entry, source| {
        let text = format!("{}, read {}", source.title, source.read);
        entry.push(Line { label: "Source".into(), text: text.into(), url: Some(source.url), detail: true })
    })
}

/// The library, its version and how Redis stands to it.
fn library(plan: &Plan) -> Entry {
    let client = plan.answers.client.client();
    let entry = Entry::new("Client library").value(format!("{} {}", client.name, client.version));
    let standing = format!("For {}; Redis lists it as {}.", client.language, client.standing.label());
    let entry = match client.not_run {
        Some(why) => entry.line("Not run by us", why),
        None => entry,
    };
    with_sources(entry.line("", standing), &[sources::CLIENTS])
}

fn source(source: &Source) -> Entry {
    with_sources(Entry::new(source.title), &[source])
}

/// The client's clocks: name, value, reason.
pub fn clocks(connection: &Connection) -> Vec<Entry> {
    clocks_by_word(connection).into_iter().map(|(_, entry)| entry).collect()
}

/// The same, each with the word by which templates know it.
pub(crate) fn clocks_by_word(connection: &Connection) -> Vec<(&'static str, Entry)> {
    let Connection { connect_timeout_ms, command_timeout_ms, pool, retry, reconnect, .. } = connection;
    let Connection { keepalive_ms, user_timeout_ms, health_check_ms, dns, .. } = connection;
    vec![
        ("connect_timeout_ms", knob("Connect timeout", connect_timeout_ms, "ms")),
        ("command_timeout_ms", knob("Command timeout", command_timeout_ms, "ms")),
        ("pool_size", knob("Connections in the pool", &pool.size, "")),
        ("pool_wait_ms", knob("Wait for one of them", &pool.wait_ms, "ms")),
        ("attempts", knob("Tries of a safe call", &retry.attempts, "")),
        ("retry_base_ms", knob("First pause between tries, at most", &retry.base_ms, "ms")),
        ("retry_cap_ms", knob("Any pause between tries, at most", &retry.cap_ms, "ms")),
        ("", jitter("Jitter between tries", &retry.jitter)),
        ("deadline_ms", knob("All tries together", &retry.budget_ms, "ms")),
        ("reconnect_base_ms", knob("First wait before a reconnect, at most", &reconnect.base_ms, "ms")),
        ("reconnect_cap_ms", knob("Any wait before a reconnect, at most", &reconnect.cap_ms, "ms")),
        ("", jitter("Jitter between reconnects", &reconnect.jitter)),
        ("keepalive_ms", knob("Keepalive after", keepalive_ms, "ms")),
        ("user_timeout_ms", knob("Sent bytes unacknowledged, at most", user_timeout_ms, "ms")),
        ("health_check_ms", knob("Health check every", health_check_ms, "ms")),
        ("refresh_after_ms", knob("Resolve the name anew after", &dns.refresh_after_ms, "ms")),
        ("dns_ttl_s", knob("Keep an address for", &dns.cache_ttl_s, "s")),
    ]
}

fn knob(term: &'static str, knob: &Knob, unit: &str) -> Entry {
    let value = knob.value.map_or("not set".to_owned(), |value| format!("{value} {unit}").trim_end().to_owned());
    Entry::new(term).value(value).line("", knob.reason.clone())
}

fn jitter(term: &'static str, jitter: &Jitter) -> Entry {
    Entry::new(term).value(jitter.value).line("", jitter.reason.clone())
}

fn outlook(outlook: &Outlook) -> Entry {
    let entry = Entry::new(format!("… {}", outlook.failure.title()))
        .line("Data lost", outlook.data_lost.text.clone())
        .line("Away", outlook.away.text.clone())
        .line("Callers see", outlook.callers_see.clone())
        .line("Endpoint afterwards", format!("{}.", outlook.endpoint))
        .line("Who acts", outlook.who_acts.clone());
    with_sources(entry, outlook.sources)
}

fn step(step: &Step) -> Entry {
    let entry = Entry::new(step.text.clone()).tone(Tone::Todo(step.irreversible));
    with_sources(entry.line("Console", step.console.clone()), step.sources)
}

fn answers(answers: &Answers) -> impl Iterator<Item = Entry> {
    let defaults = Answers::default();
    questions::ALL.iter().filter_map(move |entry| {
        let text = (entry.show)(answers);
        let differs = text != (entry.show)(&defaults);
        differs.then(|| Entry::new(entry.question.title).value(text))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recommend;

    #[test]
    fn the_default_plan_in_one_sentence() {
        let summary = summary(&recommend(&Answers::default()));
        assert!(summary.starts_with("Essentials (2.5 GB) with replication multi-zone, persistence aof-every-1-second"));
    }

    #[test]
    fn what_is_final_stands_before_the_settings_and_once() {
        let document = plan(&recommend(&Answers::default()));
        let place = |heading: &str| document.sections.iter().position(|section| section.heading == heading).unwrap();
        assert!(place("What can never be changed later") < place("Settings"));
        let rest = &document.sections[place("What you still have to do")].entries;
        assert!(rest.iter().all(|entry| entry.tone == Tone::Todo(false)));
    }

    #[test]
    fn the_library_stands_there_with_its_standing_and_its_source() {
        let document = plan(&recommend(&Answers::default()));
        let client = document.sections.iter().find(|section| section.heading == "The client's clocks").unwrap();
        let library = &client.entries[0];
        assert!(library.lines[0].text.contains("Redis lists it as official"), "{library:?}");
        assert!(library.lines.iter().any(|line| line.url.is_some()));
    }

    #[test]
    fn a_flag_survives_a_shell() {
        assert_eq!(flag("quiet-hours", "Tue+Fri@22/8"), "--quiet-hours Tue+Fri@22/8");
        assert_eq!(flag("name", "it's $(rm)"), r"--name='it'\''s $(rm)'");
        assert_eq!(flag("name", "-x"), "--name=-x");
        assert_eq!(flag("existing", ""), "--existing=''");
    }
}
