//! Names, hosts and codes that the service would refuse.

use super::{CHECK, Change::*, Check, Say::*, TO_PRO, told};
use crate::case::Case;
use crate::catalogue::regions;
use crate::clients::slug;
use crate::plan::Severity::Error;
use crate::questions::nearest;
use crate::sources;

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "C55",
        severity: Error,
        title: told("A port that Redis Cloud does not use"),
        rule: told("The port of a database lies between 10000 and 19999 and can't be changed after creation."),
        because: &["port"],
        sources: &[sources::API],
        applies: |case| !(10_000..=19_999).contains(&case.answers.port),
        message: Is("Port {port} can't be one of Redis Cloud: they lie between 10000 and 19999."),
        fix: Is("Copy the port from the endpoint in the console."),
        ..CHECK
    },
    Check {
        id: "C62",
        severity: Error,
        title: told("A name that the service refuses"),
        rule: told(
            "A database name has at most 40 characters: a letter first, then letters, digits and hyphens, no hyphen last.",
        ),
        because: &["name"],
        sources: &[sources::API],
        applies: |case| !is_name(&case.answers.name),
        message: Is("The service takes a name of at most 40 letters, digits and hyphens that begins with a letter."),
        fix: Is("Use a plain name."),
        change: SetTo(Made(|case| format!("Use \"{}\"", slug(&case.answers.name))), |case| {
            format!("name={}", slug(&case.answers.name))
        }),
        ..CHECK
    },
    Check {
        id: "H25",
        severity: Error,
        title: told("Not a host name"),
        rule: told("A host name has letters, digits, hyphens and points; nothing else can be looked up."),
        because: &["host"],
        sources: &[sources::CONNECT],
        applies: |case| !is_host(&case.answers.host),
        message: Is("The host is no host name: it has characters or a shape that can't be looked up."),
        fix: Is("Copy the host from the endpoint in the console, without the port."),
        ..CHECK
    },
    Check {
        id: "H26",
        severity: Error,
        title: told("Not a user name"),
        rule: told("A user name has no spaces and no control characters, and is not empty."),
        because: &["user"],
        sources: &[sources::CONNECT],
        applies: |case| {
            let user = &case.answers.user;
            user.is_empty() || user.chars().any(|c| c.is_whitespace() || c.is_control())
        },
        message: Is("The user is empty or has spaces or control characters in it."),
        fix: Is("Use the name of the access control user, or default."),
        ..CHECK
    },
    Check {
        id: "H27",
        severity: Error,
        title: told("A region that Redis Cloud does not have"),
        rule: told("Regions are named by the codes of the list of supported regions."),
        because: &["regions", "cloud"],
        sources: &[sources::REGIONS],
        applies: |case| unknown(case).is_some(),
        message: Made(|case| {
            format!(
                "Redis Cloud has no region {} on {}.",
                unknown(case).unwrap_or_default(),
                case.answers.cloud.label()
            )
        }),
        fix: Made(|case| {
            let codes = regions::of(case.answers.cloud).iter().map(|region| region.code);
            match nearest(unknown(case).unwrap_or_default(), codes) {
                Some(near) => format!("Did you mean {near}? Else choose one from the list of supported regions."),
                None => format!(
                    "Choose one from the list of supported regions, {} for example.",
                    regions::default(case.answers.cloud)
                ),
            }
        }),
        change: SetTo(Made(|case| format!("Give up {}", unknown(case).unwrap_or_default())), |case| {
            let known = |code: &&str| regions::find(case.answers.cloud, code).is_some();
            let known: Vec<&str> = case.answers.regions.iter().map(String::as_str).filter(known).collect();
            format!("regions={}", known.join(","))
        }),
        ..CHECK
    },
    Check {
        id: "H28",
        severity: Error,
        title: told("A region without this plan"),
        rule: told("Essentials is offered in fewer regions than Pro."),
        because: &["regions", "plan"],
        sources: &[sources::REGIONS],
        applies: |case| {
            let near = regions::find(case.answers.cloud, case.region());
            !case.plan.is_pro() && near.is_some_and(|near| !near.essentials)
        },
        message: Is("{plan} can't be had in {region}."),
        fix: Is("Switch to Pro, or choose another region."),
        change: TO_PRO,
        ..CHECK
    },
    Check {
        id: "H29",
        severity: Error,
        title: told("A region twice"),
        rule: told("Each region of a database is a different one."),
        because: &["regions"],
        sources: &[sources::CREATE_ACTIVE_ACTIVE],
        applies: |case| {
            let all = &case.answers.regions;
            all.iter().enumerate().any(|(i, code)| all.iter().take(i).any(|other| other == code))
        },
        message: Is("You named a region twice."),
        fix: Is("Name each region once."),
        change: SetTo(Is("Give up the repeated regions"), |case| {
            let mut once: Vec<&str> = Vec::new();
            for code in &case.answers.regions {
                if !once.contains(&code.as_str()) {
                    once.push(code);
                }
            }
            format!("regions={}", once.join(","))
        }),
        ..CHECK
    },
];

/// The first region that the cloud does not have.
fn unknown<'a>(case: &'a Case) -> Option<&'a str> {
    let cloud = case.answers.cloud;
    case.answers.regions.iter().map(String::as_str).find(|code| regions::find(cloud, code).is_none())
}

pub(crate) fn is_name(name: &str) -> bool {
    let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let begins = name.starts_with(|c: char| c.is_ascii_alphabetic());
    plain && begins && !name.ends_with('-') && name.len() <= 40
}

/// Labels of letters, digits and hyphens (underscores occur in private names), joined by points.
fn is_host(host: &str) -> bool {
    let label = |label: &str| {
        let plain = label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        !label.is_empty() && label.len() <= 63 && plain && !label.starts_with('-') && !label.ends_with('-')
    };
    host.len() <= 253 && host.strip_suffix('.').unwrap_or(host).split('.').all(label)
}
