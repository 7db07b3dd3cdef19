//! The full text of one thing by its id: a setting, a finding, a client, a question, what an error message means, what
//! can be wrong with an endpoint.

use crate::artefact::document::{Document, Entry, Line, Section};
use crate::artefact::{html, page};
use crate::case::Case;
use crate::clients::escape::xml as escape;
use crate::clients::{Client, ClientId, File};
#[cfg(feature = "diagnose")]
use crate::diagnose::{Cause, Speaker};
#[cfg(feature = "doctor")]
use crate::doctor::known::{self, Known};
use crate::findings::{self, Check};
use crate::questions::{self, Answers, BadInput, Choice, Entry as Asked, Kind, nearest, quote};
use crate::rules::{Advice, Setting, Value};
use crate::sources::Source;

/// Everything that has this id, in any case, with hyphens or underscores: `plan` is a setting and a question.
///
/// # Errors
/// [`BadInput`] with the nearest id when there is none.
pub fn explain(id: &str) -> Result<Vec<Document>, BadInput> {
    let wanted = normal(id);
    let found: Vec<Document> = topics().filter(|topic| normal(topic.id()) == wanted).map(Topic::document).collect();
    if found.is_empty() { Err(unknown(id)) } else { Ok(found) }
}

/// Every id that can be explained, once each.
pub fn ids() -> Vec<&'static str> {
    let mut ids: Vec<&'static str> = Vec::new();
    for topic in topics() {
        if !ids.iter().any(|id| normal(id) == normal(topic.id())) {
            ids.push(topic.id());
        }
    }
    ids
}

/// A page for each id, and an index: complete HTML that needs no script, and one stylesheet, `style.css`.
pub fn pages() -> Vec<File> {
    let ids = ids();
    let known = |text: &str| ids.iter().any(|id| normal(id) == normal(text)).then(|| page(text));
    let whole = |id: &&str| {
        let documents: Vec<Document> =
            topics().filter(|topic| normal(topic.id()) == normal(id)).map(Topic::document).collect();
        let title = documents.first().map(|document| document.title.to_string()).unwrap_or_default();
        let link = |text: &str| known(text).filter(|other| *other != page(id));
        File { path: page(id), text: shell(&title, &html::render(&documents, &link)) }
    };
    let index = File { path: "index.html".to_owned(), text: shell("All of it", &html::render(&[index()], &known)) };
    std::iter::once(index).chain(ids.iter().map(whole)).collect()
}

fn index() -> Document {
    let kinds =
        ["Settings", "Questions", "Clients", "Findings", "Configuration of clients", "Error messages", "Endpoints"];
    let entry = |topic: &Topic| Entry::new(topic.id()).line("", topic.title());
    let section = |(i, heading): (usize, &'static str)| {
        Section::new(heading, topics().filter(|topic| topic.kind() == i).map(|topic| entry(&topic)))
    };
    Document {
        title: "What Holdfast knows".into(),
        lead:
            "Every setting, question, client, finding and error message, each on a page of its own, with its sources."
                .into(),
        sections: kinds.into_iter().enumerate().map(section).filter(|section| !section.entries.is_empty()).collect(),
    }
}

/// A whole page around a body.
fn shell(title: &str, body: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'self'; base-uri 'none'; \
         form-action 'none'\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{} · Holdfast</title>\n\
         <link rel=\"stylesheet\" href=\"style.css\">\n</head>\n<body>\n<header class=\"page\"><p><a href=\"../\">Holdfast</a> · \
         <a href=\"index.html\">all pages</a></p></header>\n<main class=\"plain\">\n{body}</main>\n<footer><p>Holdfast {} · not \
         affiliated with Redis</p></footer>\n</body>\n</html>\n",
        escape(title),
        crate::VERSION
    )
}

fn unknown(id: &str) -> BadInput {
    BadInput {
        key: "ID".to_owned(),
        found: quote(id),
        expected:
            "a setting (tls), a finding (C11), a client (redis-py), a question (data-loss) or a cause (wrong-password)"
                .to_owned(),
        nearest: nearest(id, ids().into_iter()),
    }
}

fn normal(id: &str) -> String {
    id.trim().to_lowercase().replace('_', "-")
}

enum Topic {
    Setting(Setting),
    Finding(&'static Check),
    Client(ClientId),
    Question(&'static Asked),
    #[cfg(feature = "audit")]
    Configuration(&'static crate::audit::client::Check),
    #[cfg(feature = "diagnose")]
    Message(&'static Cause),
    #[cfg(feature = "doctor")]
    Endpoint(&'static Known),
}

fn topics() -> impl Iterator<Item = Topic> {
    let settings = Setting::ALL.iter().copied().map(Topic::Setting);
    let questions = questions::ALL.iter().map(Topic::Question);
    let clients = ClientId::ALL.iter().copied().map(Topic::Client);
    let topics = settings.chain(questions).chain(clients).chain(findings::checks().map(Topic::Finding));
    #[cfg(feature = "audit")]
    let topics = topics.chain(crate::audit::client::CHECKS.iter().map(Topic::Configuration));
    #[cfg(feature = "diagnose")]
    let topics = topics.chain(crate::diagnose::causes().map(Topic::Message));
    #[cfg(feature = "doctor")]
    let topics = topics.chain(known::ALL.iter().map(Topic::Endpoint));
    topics
}

impl Topic {
    fn id(&self) -> &'static str {
        match self {
            Topic::Setting(setting) => setting.key(),
            Topic::Finding(check) => check.id,
            Topic::Client(client) => client.client().id,
            Topic::Question(asked) => asked.question.id,
            #[cfg(feature = "audit")]
            Topic::Configuration(check) => check.id,
            #[cfg(feature = "diagnose")]
            Topic::Message(cause) => cause.id,
            #[cfg(feature = "doctor")]
            Topic::Endpoint(known) => known.id,
        }
    }

    /// Its place among the headings of the index.
    fn kind(&self) -> usize {
        match self {
            Topic::Setting(_) => 0,
            Topic::Question(_) => 1,
            Topic::Client(_) => 2,
            Topic::Finding(_) => 3,
            #[cfg(feature = "audit")]
            Topic::Configuration(_) => 4,
            #[cfg(feature = "diagnose")]
            Topic::Message(_) => 5,
            #[cfg(feature = "doctor")]
            Topic::Endpoint(_) => 6,
        }
    }

    fn title(&self) -> &'static str {
        match self {
            Topic::Setting(setting) => setting.rule().title,
            Topic::Finding(check) => check.title,
            Topic::Client(client) => client.client().name,
            Topic::Question(asked) => asked.question.title,
            #[cfg(feature = "audit")]
            Topic::Configuration(check) => check.title,
            #[cfg(feature = "diagnose")]
            Topic::Message(cause) => cause.title,
            #[cfg(feature = "doctor")]
            Topic::Endpoint(known) => known.title,
        }
    }

    fn document(self) -> Document {
        let (title, lead, sections) = match self {
            Topic::Setting(setting) => of_setting(setting),
            Topic::Finding(check) => of_finding(check),
            Topic::Client(id) => of_client(id.client()),
            Topic::Question(asked) => of_question(asked),
            #[cfg(feature = "audit")]
            Topic::Configuration(check) => of_configuration(check),
            #[cfg(feature = "diagnose")]
            Topic::Message(cause) => of_message(cause),
            #[cfg(feature = "doctor")]
            Topic::Endpoint(known) => of_endpoint(known),
        };
        let sections = sections.into_iter().filter(|section| !section.entries.is_empty()).collect();
        Document { title: title.into(), lead: lead.into(), sections }
    }
}

type Parts = (String, String, Vec<Section>);

fn of_setting(setting: Setting) -> Parts {
    let rule = setting.rule();
    let advice = rule.advise(&Case::new(&Answers::default()));
    let default = Entry::new("")
        .value(advice.shown())
        .line("", advice.reason.clone())
        .line("Price", advice.price.clone())
        .line("Change later", format!("{}.", advice.change_later.label()));
    let rejected = advice.rejected.iter().map(|other| Entry::new("").value(other.value).line("", other.why.clone()));
    let sections = vec![
        Section::new("For the default answers", [default]),
        Section::new("Not chosen for them", rejected),
        Section::new("With one other answer", others(setting, &advice)),
        Section::new("Decided by", advice.because.iter().filter_map(|id| questions::find(id)).map(asked)),
        Section::new("What can be wrong", checks_about(&advice.because)),
        sources(rule.sources),
    ];
    (format!("{} (setting {})", rule.title, setting.key()), format!("{}: {}", rule.title, rule.what), sections)
}

/// The values that the setting takes when one answer is another than the default.
fn others(setting: Setting, default: &Advice) -> Vec<Entry> {
    let mut seen: Vec<Value> = vec![default.value.clone()];
    let mut entries = Vec::new();
    for asked in default.because.iter().filter_map(|id| questions::find(id)) {
        for word in words(&asked.question.kind) {
            let mut answers = Answers::default();
            if answers.set(asked.question.id, word).is_err() {
                continue;
            }
            let advice = setting.rule().advise(&Case::new(&answers));
            if !seen.contains(&advice.value) {
                let term = format!("{} {word}", asked.question.id);
                entries.push(Entry::new(term).value(advice.shown()).line("", advice.reason.clone()));
                seen.push(advice.value);
            }
        }
    }
    entries
}

fn words(kind: &Kind) -> Vec<&'static str> {
    match kind {
        Kind::Choice(choices) | Kind::Maybe(choices) | Kind::Words(choices) => {
            choices.iter().map(|choice| choice.word).collect()
        }
        Kind::YesNo => vec!["yes", "no"],
        Kind::Whole { .. } | Kind::Decimal { .. } | Kind::Text { .. } | Kind::Codes { .. } | Kind::QuietHours => vec![],
    }
}

/// The findings that answers to one of these questions, and to no other, can cause.
fn checks_about(ids: &[&str]) -> Vec<Entry> {
    let about = |check: &&Check| check.because.iter().all(|id| ids.iter().any(|other| normal(other) == normal(id)));
    findings::checks().filter(about).map(check_entry).collect()
}

fn check_entry(check: &'static Check) -> Entry {
    Entry::new(check.id).value(check.severity.word()).line("", format!("{}.", check.title))
}

fn of_finding(check: &Check) -> Parts {
    let rule = Entry::new(check.title).line("", check.rule);
    let sections = vec![
        Section::new("The rule", [rule]),
        Section::new("Answers that can cause it", check.because.iter().filter_map(|id| questions::find(id)).map(asked)),
        sources(check.sources),
    ];
    let lead = format!("{} ({}): {}.", check.id, check.severity.word(), check.title);
    (format!("{} (finding {})", check.title, check.id), lead, sections)
}

#[cfg(feature = "audit")]
fn of_configuration(check: &crate::audit::client::Check) -> Parts {
    let rule = Entry::new(check.title).line("", check.rule);
    let sections = vec![Section::new("The rule", [rule]), sources(check.sources)];
    let lead = format!("{} ({}): {}.", check.id, check.severity.word(), check.title);
    (format!("{} (configuration of a client)", check.title), lead, sections)
}

#[cfg(feature = "diagnose")]
fn of_message(cause: &'static Cause) -> Parts {
    let entry = Entry::new(cause.title).line("", cause.cause);
    let entry = cause.checks.iter().fold(entry, |entry, check| entry.line("Check", *check));
    let entry = entry.line("Change now", cause.now).line("Later", cause.later);
    let said = |(words, by): (&'static str, &'static Speaker)| {
        let text = format!("{} ({}, read {})", by.name, by.source.title, by.source.read);
        let line = Line { label: "Said by".into(), text: text.into(), url: Some(by.source.url), detail: false };
        Entry::new("").value(words).push(line)
    };
    let sections =
        vec![Section::new("What it means", [entry]), Section::new("Known by these words", cause.messages().map(said))];
    let lead = format!("{} ({}): {}.", cause.id, cause.severity.word(), cause.title);
    (format!("{} (error message)", cause.title), lead, sections)
}

#[cfg(feature = "doctor")]
fn of_endpoint(known: &Known) -> Parts {
    let entry = Entry::new(known.title).line("", known.means);
    let lead = format!("{}: {}.", known.id, known.title);
    (format!("{} (endpoint)", known.title), lead, vec![Section::new("What it means", [entry]), sources(known.sources)])
}

fn of_client(client: &Client) -> Parts {
    let entry = |term: &'static str, value: &str| Entry::new(term).value(value.to_owned());
    let drill = &client.drill;
    let mut facts = vec![
        entry("Version", client.version)
            .line("", format!("Pinned; the newest that was published on {}.", client.checked)),
        entry("Standing at Redis", client.standing.label()),
        entry("Warned before maintenance", yes_no(client.warned())),
        entry("To copy first", client.snippet),
    ];
    facts.extend(client.not_run.map(|why| entry("Not run by us", why)));
    let knobs = client.knobs;
    let knobs = [
        ("Pool of connections", knobs.pool),
        ("Keepalive with a time of its own", knobs.keepalive),
        ("TCP_USER_TIMEOUT", knobs.user_timeout),
        ("Health check of its own", knobs.health_check),
        ("Address cache in the runtime", knobs.dns_cache),
        ("Class for the OSS Cluster API", knobs.cluster),
    ];
    let commands = [
        ("Set up", drill.setup),
        ("Format", drill.format),
        ("Lint", drill.lint),
        ("Test", drill.test),
        ("Run", drill.run),
    ];
    let sections = vec![
        Section::new("The client", facts),
        Section::new("What it can set", knobs.map(|(term, has)| entry(term, yes_no(has)))),
        Section::new(
            "What it does by default, and what the project does instead",
            client.traps.list().iter().map(|trap| Entry::new(trap.what).line("Instead", trap.instead)),
        ),
        Section::new("How its project is proved", commands.map(|(term, command)| entry(term, command))),
        sources(client.sources),
    ];
    let needs = if client.needs.is_empty() { String::new() } else { format!("; needs {}", client.needs) };
    let lead = format!("{} for {}{needs}.", client.name, client.language);
    (format!("{} (client {})", client.name, client.id), lead, sections)
}

fn yes_no(yes: bool) -> &'static str {
    if yes { "yes" } else { "no" }
}

fn of_question(asked: &Asked) -> Parts {
    let question = asked.question;
    let default = (asked.show)(&Answers::default());
    let default = if default.is_empty() { "nothing".to_owned() } else { default };
    let form = [
        Entry::new("As a flag and in a link").value(question.id),
        Entry::new("In JSON").value(asked.key),
        Entry::new("Takes").value(question.kind.shape()),
        Entry::new("Default").value(default),
    ];
    let choices = match question.kind {
        Kind::Choice(choices) | Kind::Maybe(choices) | Kind::Words(choices) => choices,
        _ => &[],
    };
    let choice =
        |choice: &Choice| Entry::new("").value(choice.word).line("", format!("{}: {}.", choice.label, choice.means));
    let sections = vec![
        Section::new("Choices", choices.iter().map(choice)),
        Section::new("How to answer", form),
        Section::new("Settings that follow from it", settings_from(question.id)),
        Section::new("What can be wrong", checks_from(question.id)),
    ];
    let title = format!("{} (question {})", question.title, question.id);
    (title, format!("{} {}", question.title, question.help), sections)
}

fn settings_from(id: &str) -> Vec<Entry> {
    let answers = Answers::default();
    let case = Case::new(&answers);
    let advised = Setting::ALL.iter().map(|setting| (setting, setting.rule()));
    advised
        .filter(|(_, rule)| rule.advise(&case).because.contains(&id))
        .map(|(setting, rule)| Entry::new(rule.title).value(setting.key()).line("", rule.what))
        .collect()
}

fn checks_from(id: &str) -> Vec<Entry> {
    let about = |check: &&Check| check.because.iter().any(|other| normal(other) == id);
    findings::checks().filter(about).map(check_entry).collect()
}

fn asked(asked: &'static Asked) -> Entry {
    Entry::new(asked.question.title).value(asked.question.id)
}

fn sources(sources: &[&Source]) -> Section {
    let entry = |source: &&Source| {
        let line = Line {
            label: "".into(),
            text: format!("Read {}.", source.read).into(),
            url: Some(source.url),
            detail: false,
        };
        Entry::new(source.title).push(line)
    };
    Section::new("Sources", sources.iter().map(entry))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::artefact::text::{Colour, render};

    fn text(id: &str) -> String {
        explain(id).unwrap().iter().map(|document| render(document, Colour::Off)).collect()
    }

    #[test]
    fn everything_can_be_explained_in_any_case() {
        for id in ids() {
            for id in [id.to_uppercase(), id.to_lowercase(), id.replace('_', "-"), id.replace('-', "_")] {
                assert!(explain(&id).is_ok_and(|found| !found.is_empty()), "{id}");
            }
        }
    }

    #[test]
    fn a_word_that_is_two_things_gives_both() {
        assert_eq!(explain("plan").unwrap().len(), 2);
        assert_eq!(explain("mutual_tls").unwrap().len(), 2);
    }

    #[test]
    fn a_setting_names_every_value_that_one_answer_leads_to() {
        let text = text("persistence");
        for value in ["aof-every-write", "aof-every-1-second", "snapshot-every-12-hours", "none"] {
            assert!(text.contains(value), "{value}: {text}");
        }
        assert!(text.contains("https://redis.io/"), "{text}");
    }

    #[test]
    fn every_page_is_there_once_and_its_links_lead_to_pages() {
        let pages = pages();
        let paths: Vec<&str> = pages.iter().map(|page| page.path.as_str()).collect();
        assert_eq!(paths.len(), ids().len() + 1);
        for page in &pages {
            assert_eq!(paths.iter().filter(|path| **path == page.path).count(), 1, "{}", page.path);
            for link in page.text.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
                let ours = ["../", "style.css"].contains(&link) || paths.contains(&link);
                assert!(ours || link.starts_with("https://"), "{}: {link}", page.path);
            }
        }
        assert!(paths.contains(&"c11.html") && paths.contains(&"data-loss.html"), "{paths:?}");
    }

    #[test]
    fn an_unknown_id_names_the_nearest() {
        assert_eq!(explain("persistense").unwrap_err().nearest, Some("persistence"));
        assert_eq!(explain("go-redi").unwrap_err().nearest, Some("go-redis"));
        assert_eq!(explain(&"x".repeat(5000)).unwrap_err().nearest, None);
    }
}
