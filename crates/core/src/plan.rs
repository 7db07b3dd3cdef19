//! The plan: what a database should have, with reasons, and everything that follows from it.

use serde::{Serialize, Serializer, ser::SerializeMap};

use crate::case::Case;
use crate::questions::{Answers, Patch, Text};
use crate::rules::{Advice, Setting};
use crate::sources::Source;

/// Decides everything for these answers. Total: what can't be had becomes a finding.
pub fn recommend(answers: &Answers) -> Plan {
    let case = Case::new(answers);
    Plan {
        holdfast: crate::VERSION,
        answers: answers.clone(),
        settings: Settings(Setting::ALL.iter().map(|setting| (*setting, setting.rule().advise(&case))).collect()),
        connection: crate::connection::connection(&case),
        outlook: crate::outlook::outlook(&case),
        findings: crate::findings::findings(&case),
        checklist: crate::checklist::checklist(&case),
    }
}

/// The answer to a set of answers.
#[derive(Clone, Debug, Serialize)]
pub struct Plan {
    /// The version that decided.
    pub holdfast: &'static str,
    /// Every question, defaults included.
    pub answers: Answers,
    /// Every setting, in the order of the console's importance.
    pub settings: Settings,
    /// The three clocks.
    pub connection: Connection,
    /// What happens when something fails.
    pub outlook: Vec<Outlook>,
    /// What is wrong with the answers, the worst first.
    pub findings: Vec<Finding>,
    /// What a person must still do, the irreversible first.
    pub checklist: Vec<Step>,
}

impl Plan {
    /// The advice on a setting.
    pub fn advice(&self, setting: Setting) -> Option<&Advice> {
        self.settings.0.iter().find(|(other, _)| *other == setting).map(|(_, advice)| advice)
    }

    /// How many findings are of this severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }
}

/// Settings with their advice; an object in JSON, in this order.
#[derive(Clone, Debug)]
pub struct Settings(pub Vec<(Setting, Advice)>);

impl Serialize for Settings {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (setting, advice) in &self.0 {
            map.serialize_entry(setting.key(), advice)?;
        }
        map.end()
    }
}

/// The three clocks of a client, each with its reason.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Connection {
    /// ms for TCP, TLS and AUTH together.
    pub connect_timeout_ms: Knob,
    /// ms for one try of one command.
    pub command_timeout_ms: Knob,
    /// The pool.
    pub pool: Pool,
    /// The call's clock.
    pub retry: Retry,
    /// The connection's clock.
    pub reconnect: Reconnect,
    /// ms of silence before the first keepalive probe.
    pub keepalive_ms: Knob,
    /// ms that sent bytes may stay unacknowledged (TCP_USER_TIMEOUT).
    pub user_timeout_ms: Knob,
    /// ms between pings that find a silent peer.
    pub health_check_ms: Knob,
    /// Names and addresses.
    pub dns: Dns,
}

/// A number with its reason; no value where this client has no such knob.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Knob {
    /// In the unit of its name.
    pub value: Option<u32>,
    /// Why it is so.
    pub reason: Text,
}

/// How pauses are spread.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Jitter {
    /// `full`, `equal`, `decorrelated` or `none`.
    pub value: &'static str,
    /// Why it is so.
    pub reason: Text,
}

/// Connections that a process keeps.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Pool {
    /// Connections.
    pub size: Knob,
    /// ms to wait for one.
    pub wait_ms: Knob,
}

/// The call's clock.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Retry {
    /// Tries, the first included.
    pub attempts: Knob,
    /// ms, the upper end of the first pause.
    pub base_ms: Knob,
    /// ms, no pause is longer.
    pub cap_ms: Knob,
    /// How pauses are spread.
    pub jitter: Jitter,
    /// ms for all tries and pauses together.
    pub budget_ms: Knob,
}

/// The connection's clock.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Reconnect {
    /// ms, the upper end of the first wait.
    pub base_ms: Knob,
    /// ms, no wait is longer.
    pub cap_ms: Knob,
    /// How waits are spread.
    pub jitter: Jitter,
}

/// Names and addresses.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Dns {
    /// ms without a success until everything is dropped and the name resolved anew.
    pub refresh_after_ms: Knob,
    /// s that the runtime may keep an address.
    pub cache_ttl_s: Knob,
}

/// What happens at one failure.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Outlook {
    /// Which one.
    pub failure: Failure,
    /// What is gone afterwards.
    pub data_lost: Extent,
    /// How long the database is away.
    pub away: Extent,
    /// What the app's calls see meanwhile.
    pub callers_see: Text,
    /// Where the app connects afterwards: `same` or `other region`.
    pub endpoint: &'static str,
    /// Who has to act.
    pub who_acts: Text,
    /// The drill of the fault lab that imitates it; nothing where none does.
    #[serde(skip)]
    pub drill: Option<&'static str>,
    /// Where it is written.
    pub sources: &'static [&'static Source],
}

/// What can fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Failure {
    /// A connection is cut.
    Connection,
    /// A machine dies.
    Node,
    /// A data centre dies.
    Zone,
    /// A region dies.
    Region,
    /// Redis maintains the database.
    Maintenance,
    /// A person deletes the wrong thing.
    Mistake,
}

impl Failure {
    /// Every failure, the smallest first.
    pub const ALL: [Failure; 6] =
        [Failure::Connection, Failure::Node, Failure::Zone, Failure::Region, Failure::Maintenance, Failure::Mistake];

    /// For "what happens when …".
    pub fn title(self) -> &'static str {
        match self {
            Failure::Connection => "a connection is cut",
            Failure::Node => "a node fails",
            Failure::Zone => "a zone fails",
            Failure::Region => "a region fails",
            Failure::Maintenance => "Redis maintains the database",
            Failure::Mistake => "a person deletes the wrong data",
        }
    }
}

/// How much, in seconds where it is documented, and in words always.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Extent {
    /// s; nothing where it is not documented or without end.
    pub seconds: Option<u32>,
    /// In words.
    pub text: Text,
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The service would refuse it, or a stated need can't be met.
    Error,
    /// It works and will hurt.
    Warning,
    /// Worth knowing.
    Note,
}

impl Severity {
    /// Every severity, the worst first.
    pub const ALL: [Severity; 3] = [Severity::Error, Severity::Warning, Severity::Note];

    /// The word.
    pub fn word(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        }
    }
}

/// Something wrong with the answers, and the way out.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Finding {
    /// `C1`…`C68` as in the fact sheet, `H1`… our own.
    pub id: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// One sentence on what is wrong.
    pub message: Text,
    /// One sentence on what to do.
    pub fix: Text,
    /// The ids of the questions whose answers caused it.
    pub because: &'static [&'static str],
    /// Answers to change, as JSON; nothing where no answer helps.
    pub change: Option<Patch>,
    /// What the button for that change says. It begins with "Give up" where it weakens a need.
    pub label: Option<Text>,
    /// Where the rule is written.
    pub sources: &'static [&'static Source],
}

/// Something that a person must still do.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Step {
    /// It can never be changed afterwards, or only by moving to a new database.
    pub irreversible: bool,
    /// What to do.
    pub text: Text,
    /// Where in the console.
    pub console: Text,
    /// Where it is written.
    pub sources: &'static [&'static Source],
}
