//! Replication: the largest failure to stay online through decides it.

use super::{ChangeLater, Decision, Rejected, Rule, plan::PlanKind, rejected};
use crate::case::Case;
use crate::questions::{Existing, Survive, Text, ZoneMode};
use crate::sources;
use crate::told::told;

/// The rule.
pub const RULE: Rule = Rule {
    title: "Replication",
    what: told("Puts replicas where the failure you must survive can't reach them."),
    sources: &[
        sources::HIGH_AVAILABILITY,
        sources::RESILIENT,
        sources::CREATE_ACTIVE_ACTIVE,
        sources::SIZING,
        sources::VIEW_ESSENTIALS,
    ],
    decide,
};

/// Where the replica is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Replication {
    /// There is none.
    None,
    /// In the same zone.
    SingleZone,
    /// In another zone.
    MultiZone,
}

impl Replication {
    /// The word.
    pub fn word(self) -> &'static str {
        match self {
            Replication::None => "none",
            Replication::SingleZone => "single-zone",
            Replication::MultiZone => "multi-zone",
        }
    }
}

/// What the answers ask for, whatever can be had.
pub(crate) fn wanted(case: &Case) -> Replication {
    match case.answers.survive {
        // One page requires several zones in each region, another lets small regions do with one by the
        // API only: take what both allow.
        _ if case.active_active() => Replication::MultiZone,
        Survive::Region | Survive::Zone => Replication::MultiZone,
        Survive::Node => Replication::SingleZone,
        Survive::Nothing => Replication::None,
    }
}

/// The nearest that the plan has and that can still be reached from what exists.
pub(crate) fn value(case: &Case) -> Replication {
    let wanted = wanted(case);
    match case.plan {
        PlanKind::Free => Replication::None,
        PlanKind::Essentials | PlanKind::EssentialsFlex => match case.answers.existing {
            Some(Existing::MultiZone) => Replication::MultiZone,
            Some(Existing::None | Existing::SingleZone) => wanted.min(Replication::SingleZone),
            None if case.plan == PlanKind::EssentialsFlex => wanted.min(Replication::SingleZone),
            None => wanted,
        },
        PlanKind::Pro | PlanKind::ProFlex => match zone_mode(case) {
            Some(ZoneMode::SingleZone) => wanted.min(Replication::SingleZone),
            Some(ZoneMode::MultiZone) if wanted == Replication::SingleZone => Replication::MultiZone,
            _ => wanted,
        },
    }
}

/// The zone mode that a Pro subscription was created with, as far as the answers tell.
pub(crate) fn zone_mode(case: &Case) -> Option<ZoneMode> {
    case.answers.zone_mode.or(match case.answers.existing {
        Some(Existing::SingleZone) => Some(ZoneMode::SingleZone),
        Some(Existing::MultiZone) => Some(ZoneMode::MultiZone),
        Some(Existing::None) | None => None,
    })
}

fn decide(case: &Case) -> Decision {
    let value = value(case);
    Decision {
        value: value.word().into(),
        reason: reason(case, value),
        price: price(case, value).into(),
        because: (&["survive", "plan", "existing", "zone-mode"]).into(),
        rejected: [Replication::None, Replication::SingleZone, Replication::MultiZone]
            .into_iter()
            .filter(|other| *other != value)
            .map(|other| why_not(case, value, other))
            .collect(),
        change_later: change_later(case),
    }
}

fn reason(case: &Case, value: Replication) -> Text {
    if value < wanted(case) {
        return "It is the nearest that can be had here; a finding says what is missing.".into();
    }
    match value {
        Replication::None if case.plan == PlanKind::Free => {
            "Free has no replicas; a paid plan, to which it can be upgraded, has them."
        }
        Replication::None => "You said that it may be away: while it is, the app can't connect at all.",
        Replication::SingleZone => "A replica in the same zone takes over when a node fails, behind the same endpoint.",
        Replication::MultiZone if case.active_active() => {
            "Active-Active has a primary and a replica in different zones of each region."
        }
        Replication::MultiZone if wanted(case) < value => "The database was created with its replica in another zone.",
        Replication::MultiZone => {
            "A replica in another zone takes over when a whole zone fails, behind the same endpoint."
        }
    }
    .into()
}

fn price(case: &Case, value: Replication) -> &'static str {
    match value {
        Replication::None => "Nothing; every failure of its node takes the database away.",
        _ if case.plan.is_essentials() => "Half of the plan's size: it holds each key twice.",
        Replication::SingleZone => "Twice the memory.",
        Replication::MultiZone => "Twice the memory, traffic between zones, and less throughput for writes.",
    }
}

fn why_not(case: &Case, value: Replication, other: Replication) -> Rejected {
    let why = match other {
        Replication::None if value == Replication::MultiZone && wanted(case) < value => {
            "On Essentials it can't be left; on Pro a replica can be switched off."
        }
        Replication::None if case.active_active() => "An Active-Active database always has replicas.",
        Replication::None => "When its one node fails, the app can't connect until it is repaired.",
        Replication::SingleZone if case.active_active() => {
            "One page requires several zones in each region; only the API takes a region with fewer."
        }
        Replication::SingleZone if value == Replication::MultiZone => {
            "A zone that fails takes the primary and the replica with it."
        }
        Replication::MultiZone if case.plan == PlanKind::EssentialsFlex => "Essentials Flex does not offer it.",
        Replication::SingleZone if case.plan == PlanKind::Free => "The smallest paid plan has it.",
        Replication::MultiZone if case.plan == PlanKind::Free => {
            "A paid plan has it from its creation on only: an upgraded Free can't reach it."
        }
        Replication::MultiZone if wanted(case) == Replication::MultiZone => {
            "This database can't become multi-zone any more."
        }
        Replication::SingleZone => {
            "You accept that a failed node takes the database away; a replica would cost memory."
        }
        Replication::MultiZone => "You did not ask to survive a zone; decide now, because it can't be reached later.",
    };
    rejected(other.word(), why)
}

fn change_later(case: &Case) -> ChangeLater {
    match case.plan {
        // None and single-zone can be exchanged, but multi-zone can never be reached or left, by an upgrade neither.
        PlanKind::Free | PlanKind::Essentials | PlanKind::EssentialsFlex => ChangeLater::Never,
        // The replica can be switched on and off, but the zone mode is the subscription's.
        PlanKind::Pro | PlanKind::ProFlex => ChangeLater::NewSubscription,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{
        Setting::Replication,
        tests::{advice, value},
    };

    #[test]
    fn the_largest_failure_decides() {
        assert_eq!(value(Replication, "plan=pro&survive=nothing"), "none");
        assert_eq!(value(Replication, "plan=pro&survive=node"), "single-zone");
        assert_eq!(value(Replication, "plan=pro&survive=zone"), "multi-zone");
        assert_eq!(value(Replication, "plan=pro&survive=region"), "multi-zone");
        assert_eq!(value(Replication, "plan=essentials&survive=zone"), "multi-zone");
    }

    #[test]
    fn without_a_replica_the_app_can_not_connect_when_it_fails() {
        assert!(advice(Replication, "plan=pro&survive=nothing").reason.contains("can't connect"));
    }

    #[test]
    fn the_endpoint_stays_the_same() {
        assert!(advice(Replication, "plan=pro&survive=node").reason.contains("same endpoint"));
        assert!(advice(Replication, "plan=pro").reason.contains("same endpoint"));
    }

    #[test]
    fn what_exists_bounds_what_can_be_reached() {
        assert_eq!(value(Replication, "plan=essentials&existing=none"), "single-zone");
        assert_eq!(value(Replication, "plan=essentials&existing=multi-zone&survive=nothing"), "multi-zone");
        assert_eq!(value(Replication, "plan=pro&zone-mode=single-zone"), "single-zone");
        assert_eq!(value(Replication, "plan=pro&existing=none&zone-mode=multi-zone"), "multi-zone");
        assert_eq!(value(Replication, "plan=essentials-flex"), "single-zone");
        assert_eq!(value(Replication, "plan=free"), "none");
    }

    #[test]
    fn active_active_has_several_zones_in_each_region() {
        for survive in ["nothing", "node", "zone", "region"] {
            assert_eq!(value(Replication, &format!("plan=pro&write-regions=2&survive={survive}")), "multi-zone");
        }
    }

    #[test]
    fn whoever_takes_less_than_multi_zone_is_told_that_it_is_for_ever() {
        let multi = |link| advice(Replication, link).rejected.pop().unwrap().why;
        assert!(multi("plan=essentials&survive=node").contains("can't be reached later"));
        assert!(multi("plan=pro&survive=nothing").contains("can't be reached later"));
    }

    #[test]
    fn the_zone_mode_can_never_be_changed_in_place() {
        assert!(advice(Replication, "plan=pro").change_later.irreversible());
        assert!(advice(Replication, "plan=essentials").change_later.irreversible());
    }
}
