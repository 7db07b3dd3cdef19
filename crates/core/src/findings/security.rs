//! Who can read along, and who can get in.

use serde_json::{Value, json};

use super::plans::to_essentials;
use super::{Check, Found, when};
use crate::case::Case;
use crate::plan::Severity::{Error, Note, Warning};
use crate::questions::Encryption;
use crate::rules::{allow_list, plan::PlanKind, tls::Tls};
use crate::sources;

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "C3",
        severity: Error,
        title: "Free has no TLS",
        rule: "TLS and client certificates are not available for Free; the plan table's \"encryption in transit\" contradicts that.",
        because: &["plan", "encryption", "mutual-tls"],
        sources: &[sources::TLS, sources::PLANS],
        find: |case| {
            let wanted = case.answers.encryption == Encryption::Required || case.answers.mutual_tls;
            when(case.plan == PlanKind::Free && wanted, || {
                to_essentials(Found::new(
                    "Free has no TLS: the password and all data cross the internet in clear.",
                    "Switch to Essentials, or say that speed comes first and store nothing that others must not read.",
                ))
            })
        },
    },
    Check {
        id: "C5",
        severity: Warning,
        title: "Free and the allow list",
        rule: "One page says that Free has no allow list, the plan table says one rule.",
        because: &["plan", "networks"],
        sources: &[sources::ALLOW_LIST, sources::ESSENTIALS],
        find: |case| {
            when(case.plan == PlanKind::Free && case.answers.networks > 0, || {
                if case.answers.networks > 1 {
                    return to_essentials(Found::new(
                        "Free has no allow list for several networks.",
                        "Switch to Essentials, or let every address try.",
                    ))
                    .severity(Error);
                }
                to_essentials(Found::new(
                    "Sources disagree: the allow list page says that Free has none, the plan table says one rule.",
                    "Do not rely on it; switch to Essentials if you need it.",
                ))
            })
        },
    },
    Check {
        id: "C20",
        severity: Error,
        title: "More networks than the allow list has rules",
        rule: "Pro has up to 32 rules, Essentials 4 to 32 by plan.",
        because: &["networks", "plan"],
        sources: &[sources::ALLOW_LIST, sources::ESSENTIALS],
        find: |case| {
            let limit = allow_list::limit(case);
            when(case.plan != PlanKind::Free && case.answers.networks > limit, || {
                let found = Found::new(
                    format!("Your {} networks need more rules than the {limit} of this plan.", case.answers.networks),
                    "Merge neighbouring ranges, or send the traffic through fewer addresses.",
                );
                let pro = Case::on(case.answers, PlanKind::Pro);
                if case.answers.networks <= allow_list::limit(&pro) && !case.plan.is_pro() {
                    found.switch_to_pro()
                } else {
                    found
                }
            })
        },
    },
    Check {
        id: "C45",
        severity: Error,
        title: "Client certificates need TLS",
        rule: "Client certificates are refused while TLS is off.",
        because: &["mutual-tls", "encryption", "endpoint"],
        sources: &[sources::TLS, sources::API],
        find: |case| {
            when(case.answers.mutual_tls && case.tls() == Tls::Off, || {
                Found::new(
                    "You want client certificates, and TLS is off because speed comes first.",
                    "Require encryption.",
                )
                .change("Require encryption", [("encryption", Value::from("required"))])
            })
        },
    },
    Check {
        id: "H11",
        severity: Warning,
        title: "The password travels in clear",
        rule: "Without TLS the AUTH command and all data are readable on the way.",
        because: &["encryption", "endpoint", "plan"],
        sources: &[sources::TLS],
        find: |case| {
            let chosen = case.answers.encryption == Encryption::SpeedFirst;
            when(chosen && case.tls() != Tls::On, || match case.tls() {
                Tls::Off => Found::new(
                    "Without TLS the password and all data travel in clear inside the network.",
                    "Require encryption, unless everybody in that network may read them.",
                )
                .change("Require encryption", [("encryption", Value::from("required"))]),
                _ => to_essentials(Found::new(
                    "Without TLS the password and all data cross the internet in clear.",
                    "Use a password of its own and store nothing that others must not read.",
                )),
            })
        },
    },
    Check {
        id: "H12",
        severity: Note,
        title: "Speed first has no effect here",
        rule: "A public endpoint must be encrypted wherever the plan has TLS.",
        because: &["encryption", "endpoint", "plan"],
        sources: &[sources::TLS],
        find: |case| {
            when(case.answers.encryption == Encryption::SpeedFirst && case.tls() == Tls::On, || {
                Found::new(
                    "You put speed first, but a public endpoint must be encrypted; TLS stays on.",
                    "Use a private link of Pro if the handshake is too slow for you.",
                )
            })
        },
    },
    Check {
        id: "H13",
        severity: Note,
        title: "Turning TLS on later is a cutover",
        rule: "A change of TLS holds for new connections: old ones live on, and plain clients fail at their next connection.",
        because: &["existing", "zone-mode", "encryption"],
        sources: &[sources::TLS],
        find: |case| {
            let exists = case.answers.existing.is_some() || case.answers.zone_mode.is_some();
            when(exists && case.tls() == Tls::On, || {
                Found::new(
                    "If TLS is off on your database today, switching it on cuts plain clients at their next connection.",
                    "Roll the clients out first, then switch, then restart what is left.",
                )
            })
        },
    },
    Check {
        id: "H14",
        severity: Warning,
        title: "Every address may try to connect",
        rule: "Without an allow list only the password keeps others out.",
        because: &["networks", "endpoint"],
        sources: &[sources::ALLOW_LIST],
        find: |case| {
            let open = case.answers.networks == 0 && !case.private();
            when(case.plan != PlanKind::Free && open, || {
                Found::new(
                    "You named no network, so every address of the internet may try your password.",
                    "Name the networks of your app.",
                )
                .change("Allow one network", [("networks", json!(1))])
            })
        },
    },
    Check {
        id: "H15",
        severity: Note,
        title: "How many rules the plan really has",
        rule: "The number of allow list rules differs between plans of the same size.",
        because: &["networks", "plan"],
        sources: &[sources::ESSENTIALS, sources::API],
        find: |case| {
            let networks = case.answers.networks;
            when(case.plan.is_essentials() && networks > 4 && networks <= allow_list::limit(case), || {
                Found::new(
                    format!("Not every Essentials plan of this size has the {networks} rules that you need."),
                    "Before you order, look at cidrAllowRules of the plan in the API.",
                )
            })
        },
    },
];
