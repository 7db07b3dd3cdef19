//! Every setting, in one table: one rule, one file.
//!
//! A rule's `value` is what other rules and the templates ask for; its `decide` adds the words.

use std::borrow::Cow;

use serde::Serialize;

use crate::case::Case;
use crate::questions::Text;
use crate::sources::Source;
use crate::told::Told;

mod value;

pub use value::Value;

macro_rules! settings {
    ($($(#[$doc:meta])* $variant:ident => $module:ident,)*) => {
        $(pub mod $module;)*

        /// A setting of a Redis Cloud database.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Setting { $($(#[$doc])* $variant,)* }

        impl Setting {
            /// Every setting, in the order that the page shows them.
            pub const ALL: &[Setting] = &[$(Setting::$variant,)*];

            /// The one rule that decides it.
            pub fn rule(self) -> &'static Rule {
                match self { $(Setting::$variant => &$module::RULE,)* }
            }

            /// Its key in JSON.
            pub fn key(self) -> &'static str {
                match self { $(Setting::$variant => stringify!($module),)* }
            }
        }
    };
}

settings! {
    /// The subscription plan.
    Plan => plan,
    /// Copies in other places that take over.
    Replication => replication,
    /// Regions that take reads and writes at the same time.
    ActiveActive => active_active,
    /// Whether and how writes reach the disk.
    Persistence => persistence,
    /// Whether a write proves that it reached the disk.
    WriteProof => write_proof,
    /// Encryption between app and database.
    Tls => tls,
    /// Client certificates.
    MutualTls => mutual_tls,
    /// Whether the internet can reach the database at all.
    PublicEndpoint => public_endpoint,
    /// Which addresses may connect.
    AllowList => allow_list,
    /// What happens when memory is full.
    Eviction => eviction,
    /// Copies that undo a mistake.
    Backup => backup,
    /// When Redis may maintain the database.
    Maintenance => maintenance,
    /// What the client hears before maintenance.
    ClientHandoffs => client_handoffs,
    /// Who is told before it hurts.
    Alerts => alerts,
    /// How large the plan is.
    PlanSize => plan_size,
}

/// A rule: one setting, decided.
pub struct Rule {
    /// The console's word for the setting.
    pub title: &'static str,
    /// What the rule does, in one sentence.
    pub what: Told,
    /// Where its facts are written.
    pub sources: &'static [&'static Source],
    pub(crate) decide: fn(&Case) -> Decision,
}

impl Rule {
    pub(crate) fn advise(&self, case: &Case) -> Advice {
        let Decision { value, reason, price, because, rejected, change_later } = (self.decide)(case);
        Advice { value, title: self.title, reason, price, because, rejected, change_later, sources: self.sources }
    }
}

/// What a rule decided.
pub(crate) struct Decision {
    pub value: Value,
    pub reason: Text,
    pub price: Text,
    pub because: Cow<'static, [&'static str]>,
    pub rejected: Vec<Rejected>,
    pub change_later: ChangeLater,
}

/// The advice on one setting.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Advice {
    /// The value, in the API's words where it has them.
    pub value: Value,
    /// The console's word for the setting.
    pub title: &'static str,
    /// Why, in the reader's words: one sentence.
    pub reason: Text,
    /// What it costs in money, memory, latency or recovery.
    pub price: Text,
    /// The questions that decided it.
    pub because: Cow<'static, [&'static str]>,
    /// What was not chosen, and why.
    pub rejected: Vec<Rejected>,
    /// Whether it can be changed afterwards.
    pub change_later: ChangeLater,
    /// Where the facts are written.
    pub sources: &'static [&'static Source],
}

impl Advice {
    /// The value in words, for people.
    pub fn shown(&self) -> String {
        self.value.shown()
    }
}

/// A choice that was not taken.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Rejected {
    /// The choice.
    pub value: &'static str,
    /// Why not.
    pub why: Text,
}

pub(crate) fn rejected(value: &'static str, why: impl Into<Text>) -> Rejected {
    Rejected { value, why: why.into() }
}

/// Whether a setting can be changed afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum ChangeLater {
    /// In the console, while the database works.
    AnyTime,
    /// With a plan: what is connected must be ready first.
    Cutover,
    /// Not for this database.
    Never,
    /// Only by a new subscription and moving the data.
    NewSubscription,
}

impl ChangeLater {
    /// In words.
    pub fn label(self) -> &'static str {
        match self {
            ChangeLater::AnyTime => "any time",
            ChangeLater::Cutover => "as a cutover",
            ChangeLater::Never => "never",
            ChangeLater::NewSubscription => "only by a new subscription",
        }
    }
    /// It can't be changed for a database that exists.
    pub fn irreversible(self) -> bool {
        matches!(self, ChangeLater::Never | ChangeLater::NewSubscription)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::questions::Answers;

    /// The plan's advice on a setting, for answers in the link's form.
    pub(crate) fn advice(setting: Setting, link: &str) -> Advice {
        let (answers, unread) = crate::questions::from_link(link);
        assert_eq!(unread, [], "{link}");
        setting.rule().advise(&Case::new(&answers))
    }

    /// The value in words.
    pub(crate) fn value(setting: Setting, link: &str) -> String {
        let value = advice(setting, link).value;
        value.as_str().map_or_else(|| value.to_string(), str::to_owned)
    }

    #[test]
    fn every_rule_explains_itself() {
        let answers = Answers::default();
        for setting in Setting::ALL {
            let advice = setting.rule().advise(&Case::new(&answers));
            for text in [&advice.reason, &advice.price] {
                assert!(text.ends_with('.'), "{}: {text}", setting.key());
            }
            assert!(!advice.sources.is_empty(), "{} has no source", setting.key());
            assert!(!advice.because.is_empty(), "{} follows from nothing", setting.key());
            for id in advice.because.iter() {
                assert!(crate::questions::find(id).is_some_and(|e| e.question.id == *id), "{}: {id}", setting.key());
            }
        }
    }
}
