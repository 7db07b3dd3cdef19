//! Names, hosts and codes that the service would refuse.

use serde_json::Value;

use super::{Check, Found, when};
use crate::catalogue::regions;
use crate::clients::slug;
use crate::plan::Severity::Error;
use crate::sources;

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "C55",
        severity: Error,
        title: "A port that Redis Cloud does not use",
        rule: "The port of a database lies between 10000 and 19999 and can't be changed after creation.",
        because: &["port"],
        sources: &[sources::API],
        find: |case| {
            when(!(10_000..=19_999).contains(&case.answers.port), || {
                Found::new(
                    format!(
                        "Port {} can't be one of Redis Cloud: they lie between 10000 and 19999.",
                        case.answers.port
                    ),
                    "Copy the port from the endpoint in the console.",
                )
            })
        },
    },
    Check {
        id: "C62",
        severity: Error,
        title: "A name that the service refuses",
        rule: "A database name has at most 40 characters: a letter first, then letters, digits and hyphens, no hyphen last.",
        because: &["name"],
        sources: &[sources::API],
        find: |case| {
            let name = &case.answers.name;
            when(!is_name(name), || {
                let better = slug(name);
                Found::new(
                    "The service takes a name of at most 40 letters, digits and hyphens that begins with a letter.",
                    "Use a plain name.",
                )
                .change(format!("Use \"{better}\""), [("name", Value::from(better))])
            })
        },
    },
    Check {
        id: "H25",
        severity: Error,
        title: "Not a host name",
        rule: "A host name has letters, digits, hyphens and points; nothing else can be looked up.",
        because: &["host"],
        sources: &[sources::CONNECT],
        find: |case| {
            when(!is_host(&case.answers.host), || {
                Found::new(
                    "The host is no host name: it has characters or a shape that can't be looked up.",
                    "Copy the host from the endpoint in the console, without the port.",
                )
            })
        },
    },
    Check {
        id: "H26",
        severity: Error,
        title: "Not a user name",
        rule: "A user name has no spaces and no control characters, and is not empty.",
        because: &["user"],
        sources: &[sources::CONNECT],
        find: |case| {
            let user = &case.answers.user;
            when(user.is_empty() || user.chars().any(|c| c.is_whitespace() || c.is_control()), || {
                Found::new(
                    "The user is empty or has spaces or control characters in it.",
                    "Use the name of the access control user, or default.",
                )
            })
        },
    },
    Check {
        id: "H27",
        severity: Error,
        title: "A region that Redis Cloud does not have",
        rule: "Regions are named by the codes of the list of supported regions.",
        because: &["regions", "cloud"],
        sources: &[sources::REGIONS],
        find: |case| {
            let cloud = case.answers.cloud;
            let known = |code: &&String| regions::find(cloud, code).is_some();
            let (kept, unknown): (Vec<_>, Vec<_>) = case.answers.regions.iter().partition(known);
            let first = unknown.first()?;
            let near = crate::questions::nearest(first, regions::of(cloud).iter().map(|region| region.code));
            let fix = match near {
                Some(near) => format!("Did you mean {near}? Else choose one from the list of supported regions."),
                None => {
                    format!("Choose one from the list of supported regions, {} for example.", regions::default(cloud))
                }
            };
            Some(
                Found::new(format!("Redis Cloud has no region {first} on {}.", cloud.label()), fix)
                    .change(format!("Give up {first}"), [("regions", kept.into_iter().map(String::as_str).collect())]),
            )
        },
    },
    Check {
        id: "H28",
        severity: Error,
        title: "A region without this plan",
        rule: "Essentials is offered in fewer regions than Pro.",
        because: &["regions", "plan"],
        sources: &[sources::REGIONS],
        find: |case| {
            let near = regions::find(case.answers.cloud, case.region())?;
            when(!case.plan.is_pro() && !near.essentials, || {
                Found::new(
                    format!("{} can't be had in {}.", case.plan.label(), near.code),
                    "Switch to Pro, or choose another region.",
                )
                .switch_to_pro()
            })
        },
    },
    Check {
        id: "H29",
        severity: Error,
        title: "A region twice",
        rule: "Each region of a database is a different one.",
        because: &["regions"],
        sources: &[sources::CREATE_ACTIVE_ACTIVE],
        find: |case| {
            let all = &case.answers.regions;
            let mut once: Vec<&str> = Vec::new();
            all.iter().for_each(|code| {
                if !once.contains(&code.as_str()) {
                    once.push(code)
                }
            });
            when(once.len() < all.len(), || {
                Found::new("You named a region twice.", "Name each region once.")
                    .change("Give up the repeated regions", [("regions", once.into_iter().collect())])
            })
        },
    },
];

fn is_name(name: &str) -> bool {
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
