//! What the rules say and where it is written, as one document for other programs: every setting, finding and client.

use serde::Serialize;

use crate::artefact::page;
use crate::case::Case;
use crate::clients::{ClientId, Standing, Trap};
use crate::findings;
use crate::plan::Severity;
use crate::questions::Answers;
use crate::rules::{ChangeLater, Rejected, Setting, Value};
use crate::sources::Source;

/// The whole document.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Guidelines {
    /// The version of the rules.
    pub holdfast: &'static str,
    /// Every setting of a database.
    pub settings: Vec<Guideline>,
    /// What can be wrong with answers.
    pub findings: Vec<Finding>,
    /// Every client library.
    pub clients: Vec<Library>,
}

/// A setting, as the default answers have it.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Guideline {
    /// Its key in a plan.
    pub id: &'static str,
    /// The console's word.
    pub title: &'static str,
    /// What the rule does.
    pub rule: &'static str,
    /// The value for the default answers, as a plan has it.
    #[cfg_attr(feature = "schema", schemars(with = "serde_json::Value"))]
    pub value: Value,
    /// Why, for them.
    pub reason: String,
    /// What it costs.
    pub price: String,
    /// What was not chosen for them, and why.
    pub rejected: Vec<Rejected>,
    /// Whether it can be changed afterwards.
    pub change_later: ChangeLater,
    /// The questions that decide it.
    pub because: Vec<&'static str>,
    /// Where the facts are written.
    pub sources: &'static [&'static Source],
    /// The page about it, below `explain/`.
    pub page: String,
}

/// Something that can be wrong with answers.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Finding {
    /// `C1`…`C68` are the constraints that Redis publishes, `H1`… our own.
    pub id: &'static str,
    /// How bad it is, if the answers say nothing else.
    pub severity: Severity,
    /// What it is about.
    pub title: &'static str,
    /// The rule behind it.
    pub rule: &'static str,
    /// The questions whose answers can cause it.
    pub because: &'static [&'static str],
    /// Where the rule is written.
    pub sources: &'static [&'static Source],
    /// The page about it, below `explain/`.
    pub page: String,
}

/// A client library.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Library {
    /// Its word in links and flags.
    pub id: &'static str,
    /// As its authors write it.
    pub name: &'static str,
    /// The language.
    pub language: &'static str,
    /// The pinned version, the newest when it was checked.
    pub version: &'static str,
    /// The day of that check.
    pub checked: &'static str,
    /// The version that was run, where it is another one; empty where it is not.
    pub ran: &'static str,
    /// Why it was not run by us; `null` for a client that is run.
    pub not_run: Option<&'static str>,
    /// How Redis stands to it.
    pub standing: Standing,
    /// What must be installed.
    pub needs: &'static str,
    /// Whether it hears the server's warnings before maintenance.
    pub handoffs: bool,
    /// What it does wrong by default, and what the project does instead.
    pub traps: &'static [Trap],
    /// Where that is written.
    pub sources: &'static [&'static Source],
    /// The page about it, below `explain/`.
    pub page: String,
}

/// The document.
pub fn guidelines() -> Guidelines {
    let answers = Answers::default();
    let case = Case::new(&answers);
    let setting = |setting: &Setting| {
        let rule = setting.rule();
        let advice = rule.advise(&case);
        Guideline {
            id: setting.key(),
            title: rule.title,
            rule: rule.what,
            value: advice.value,
            reason: advice.reason.into_owned(),
            price: advice.price.into_owned(),
            rejected: advice.rejected,
            change_later: advice.change_later,
            because: advice.because.into_owned(),
            sources: rule.sources,
            page: page(setting.key()),
        }
    };
    let finding = |check: &findings::Check| Finding {
        id: check.id,
        severity: check.severity,
        title: check.title,
        rule: check.rule,
        because: check.because,
        sources: check.sources,
        page: page(check.id),
    };
    Guidelines {
        holdfast: crate::VERSION,
        settings: Setting::ALL.iter().map(setting).collect(),
        findings: findings::checks().map(finding).collect(),
        clients: ClientId::ALL.iter().map(|id| library(*id)).collect(),
    }
}

fn library(id: ClientId) -> Library {
    let client = id.client();
    Library {
        id: client.id,
        name: client.name,
        language: client.language,
        version: client.version,
        checked: client.checked,
        ran: client.ran,
        not_run: client.not_run,
        standing: client.standing,
        needs: client.needs,
        handoffs: client.warned(),
        traps: client.traps.list(),
        sources: client.sources,
        page: page(client.id),
    }
}
