//! Who can read along, and who can get in.

use super::{CHECK, Change, Change::*, Check, Say::*, TO_ESSENTIALS, TO_PRO, told};
use crate::case::Case;
use crate::plan::Severity::{Error, Note, Warning};
use crate::questions::Encryption;
use crate::rules::{allow_list, plan::PlanKind, tls::Tls};
use crate::sources;

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "C3",
        severity: Error,
        title: told("Free has no TLS"),
        rule: told(
            "TLS and client certificates are not available for Free; the plan table's \"encryption in transit\" contradicts that.",
        ),
        because: &["plan", "encryption", "mutual-tls"],
        sources: &[sources::TLS, sources::PLANS],
        applies: |case| {
            let wanted = case.answers.encryption == Encryption::Required || case.answers.mutual_tls;
            case.plan == PlanKind::Free && wanted
        },
        message: Is("Free has no TLS: the password and all data cross the internet in clear."),
        fix: Is("Switch to Essentials, or say that speed comes first and store nothing that others must not read."),
        change: TO_ESSENTIALS,
        ..CHECK
    },
    Check {
        id: "C5",
        severity: Warning,
        title: told("Free and the allow list"),
        rule: told("One page says that Free has no allow list, the plan table says one rule."),
        because: &["plan", "networks"],
        sources: &[sources::ALLOW_LIST, sources::ESSENTIALS],
        otherwise: Some((Error, |case| case.answers.networks > 1)),
        applies: |case| case.plan == PlanKind::Free && case.answers.networks > 0,
        message: By(|case| match case.answers.networks {
            1 => "Sources disagree: the allow list page says that Free has none, the plan table says one rule.",
            _ => "Free has no allow list for several networks.",
        }),
        fix: By(|case| match case.answers.networks {
            1 => "Do not rely on it; switch to Essentials if you need it.",
            _ => "Switch to Essentials, or let every address try.",
        }),
        change: TO_ESSENTIALS,
    },
    Check {
        id: "C20",
        severity: Error,
        title: told("More networks than the allow list has rules"),
        rule: told("Pro has up to 32 rules, Essentials 4 to 32 by plan."),
        because: &["networks", "plan"],
        sources: &[sources::ALLOW_LIST, sources::ESSENTIALS],
        applies: |case| case.plan != PlanKind::Free && case.answers.networks > allow_list::limit(case),
        message: Is("Your {networks} networks need more rules than the {rules} of this plan."),
        fix: Is("Merge neighbouring ranges, or send the traffic through fewer addresses."),
        change: OneOf(to_more_rules),
        ..CHECK
    },
    Check {
        id: "C45",
        severity: Error,
        title: told("Client certificates need TLS"),
        rule: told("Client certificates are refused while TLS is off."),
        because: &["mutual-tls", "encryption", "endpoint"],
        sources: &[sources::TLS, sources::API],
        applies: |case| case.answers.mutual_tls && case.tls() == Tls::Off,
        message: Is("You want client certificates, and TLS is off because speed comes first."),
        fix: Is("Require encryption."),
        change: REQUIRE_ENCRYPTION,
        ..CHECK
    },
    Check {
        id: "H11",
        severity: Warning,
        title: told("The password travels in clear"),
        rule: told("Without TLS the AUTH command and all data are readable on the way."),
        because: &["encryption", "endpoint", "plan"],
        sources: &[sources::TLS],
        applies: |case| case.answers.encryption == Encryption::SpeedFirst && case.tls() != Tls::On,
        message: By(|case| match case.tls() {
            Tls::Off => "Without TLS the password and all data travel in clear inside the network.",
            _ => "Without TLS the password and all data cross the internet in clear.",
        }),
        fix: By(|case| match case.tls() {
            Tls::Off => "Require encryption, unless everybody in that network may read them.",
            _ => "Use a password of its own and store nothing that others must not read.",
        }),
        change: OneOf(|case| if case.tls() == Tls::Off { &REQUIRE_ENCRYPTION } else { &TO_ESSENTIALS }),
        ..CHECK
    },
    Check {
        id: "H12",
        severity: Note,
        title: told("Speed first has no effect here"),
        rule: told("A public endpoint must be encrypted wherever the plan has TLS."),
        because: &["encryption", "endpoint", "plan"],
        sources: &[sources::TLS],
        applies: |case| case.answers.encryption == Encryption::SpeedFirst && case.tls() == Tls::On,
        message: Is("You put speed first, but a public endpoint must be encrypted; TLS stays on."),
        fix: Is("Use a private link of Pro if the handshake is too slow for you."),
        ..CHECK
    },
    Check {
        id: "H13",
        severity: Note,
        title: told("Turning TLS on later is a cutover"),
        rule: told(
            "A change of TLS holds for new connections: old ones live on, and plain clients fail at their next connection.",
        ),
        because: &["existing", "zone-mode", "encryption"],
        sources: &[sources::TLS],
        applies: |case| {
            let exists = case.answers.existing.is_some() || case.answers.zone_mode.is_some();
            exists && case.tls() == Tls::On
        },
        message: Is(
            "If TLS is off on your database today, switching it on cuts plain clients at their next connection.",
        ),
        fix: Is("Roll the clients out first, then switch, then restart what is left."),
        ..CHECK
    },
    Check {
        id: "H14",
        severity: Warning,
        title: told("Every address may try to connect"),
        rule: told("Without an allow list only the password keeps others out."),
        because: &["networks", "endpoint"],
        sources: &[sources::ALLOW_LIST],
        applies: |case| {
            let open = case.answers.networks == 0 && !case.private();
            case.plan != PlanKind::Free && open
        },
        message: Is("You named no network, so every address of the internet may try your password."),
        fix: Is("Name the networks of your app."),
        change: Set("Allow one network", "networks=1"),
        ..CHECK
    },
    Check {
        id: "H15",
        severity: Note,
        title: told("How many rules the plan really has"),
        rule: told("The number of allow list rules differs between plans of the same size."),
        because: &["networks", "plan"],
        sources: &[sources::ESSENTIALS, sources::API],
        applies: |case| {
            let networks = case.answers.networks;
            case.plan.is_essentials() && networks > 4 && networks <= allow_list::limit(case)
        },
        message: Is("Not every Essentials plan of this size has the {networks} rules that you need."),
        fix: Is("Before you order, look at cidrAllowRules of the plan in the API."),
        ..CHECK
    },
];

const REQUIRE_ENCRYPTION: Change = Set("Require encryption", "encryption=required");

/// To Pro where its allow list is long enough.
fn to_more_rules(case: &Case) -> &'static Change {
    let pro = Case::on(case.answers, PlanKind::Pro);
    if !case.plan.is_pro() && case.answers.networks <= allow_list::limit(&pro) { &TO_PRO } else { &Nothing }
}
