//! Replicas and zones, and what of them can never be changed.

use super::plans::without_flex;
use super::{CHECK, Change, Change::*, Check, Say::*, told};
use crate::plan::Severity::{Error, Note, Warning};
use crate::questions::{Existing, Role, Survive, ZoneMode};
use crate::rules::plan::PlanKind;
use crate::rules::replication::{self, Replication};
use crate::sources;

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "C14",
        severity: Error,
        title: told("Essentials can't become multi-zone later"),
        rule: told("An Essentials plan can't be changed from no replication or single-zone to multi-zone."),
        because: &["existing", "survive", "plan"],
        sources: &[sources::VIEW_ESSENTIALS, sources::HIGH_AVAILABILITY],
        applies: |case| {
            let smaller = matches!(case.answers.existing, Some(Existing::None | Existing::SingleZone));
            case.plan.is_essentials() && smaller && case.answers.survive >= Survive::Zone
        },
        message: Is("Your database was not created multi-zone, and an Essentials database can't become it."),
        fix: Is("Create a new multi-zone database and move the data."),
        change: MOVE_TO_NEW,
        ..CHECK
    },
    Check {
        id: "C15",
        severity: Warning,
        title: told("Essentials stays multi-zone"),
        rule: told("An Essentials plan can't be changed from multi-zone to single-zone or no replication."),
        because: &["existing", "survive", "plan"],
        sources: &[sources::VIEW_ESSENTIALS],
        applies: |case| {
            let more = case.answers.existing == Some(Existing::MultiZone);
            case.plan.is_essentials() && more && case.answers.survive < Survive::Zone
        },
        message: Is("Your database is multi-zone and stays so: you pay for more than you ask."),
        fix: Is("Keep it, or create a new database and move the data."),
        change: MOVE_TO_NEW,
        ..CHECK
    },
    Check {
        id: "C22",
        severity: Error,
        title: told("Essentials Flex is not multi-zone"),
        rule: told("Flex databases of Essentials have no replication or single-zone replication."),
        because: &["plan", "survive"],
        sources: &[sources::CREATE_FLEX],
        applies: |case| case.plan == PlanKind::EssentialsFlex && case.answers.survive >= Survive::Zone,
        message: Is("Essentials Flex has no multi-zone replication, so a zone that fails takes it away."),
        fix: Is("Take a plan that is multi-zone."),
        change: OneOf(without_flex),
        ..CHECK
    },
    Check {
        id: "C27",
        severity: Error,
        title: told("The zone mode of a subscription is fixed"),
        rule: told("Zone settings of a Pro subscription can't be changed after it was created."),
        because: &["zone-mode", "existing", "survive"],
        sources: &[sources::HIGH_AVAILABILITY],
        applies: |case| {
            let single = replication::zone_mode(case) == Some(ZoneMode::SingleZone);
            case.plan.is_pro() && single && case.answers.survive >= Survive::Zone
        },
        message: Is("Your subscription is single-zone for ever, and you need to survive a zone."),
        fix: Is("Create a new multi-zone subscription and move the data."),
        change: MOVE_TO_NEW,
        ..CHECK
    },
    Check {
        id: "H31",
        severity: Warning,
        title: told("The zone mode is not known"),
        rule: told(
            "A replica can be switched on in any Pro subscription; whether it is in another zone was decided when the subscription was created.",
        ),
        because: &["existing", "zone-mode", "survive"],
        sources: &[sources::HIGH_AVAILABILITY, sources::RESILIENT],
        applies: |case| {
            let answers = case.answers;
            let unknown = answers.existing == Some(Existing::None) && answers.zone_mode.is_none();
            case.plan.is_pro() && !case.active_active() && unknown && answers.survive >= Survive::Zone
        },
        message: Is("Your database can become multi-zone only if its subscription was created so."),
        fix: Is("Look the subscription up in the console, and answer the question on its zone mode."),
        ..CHECK
    },
    Check {
        id: "C28",
        severity: Note,
        title: told("Multi-zone needs three zones"),
        rule: told("Multi-zone needs a region with at least three zones; how many a region has is not published."),
        because: &["survive", "regions"],
        sources: &[sources::HIGH_AVAILABILITY],
        applies: |case| case.replication() == Replication::MultiZone,
        message: Is("Multi-zone needs a region with three zones, and how many a region has is not published."),
        fix: Is("Before you rely on it, see whether the console offers multi-zone in your region."),
        ..CHECK
    },
    Check {
        id: "H1",
        severity: Warning,
        title: told("One copy of data that matters"),
        rule: told("Without replication the app can't connect while the node is down, and the SLA names no figure."),
        because: &["survive", "role"],
        sources: &[sources::RESILIENT, sources::SLA],
        applies: |case| {
            let matters = case.answers.role != Role::Cache;
            matters && case.answers.survive == Survive::Nothing && !case.active_active()
        },
        message: Is("Without a replica your app can't connect while its one node is down."),
        fix: Is("Survive at least a node, unless the app can wait for a repair."),
        change: Set("Survive a node", "survive=node"),
        ..CHECK
    },
    Check {
        id: "H2",
        severity: Error,
        title: told("Active-Active is chosen at creation"),
        rule: told("A subscription is created as Active-Active or not, and stays so."),
        because: &["existing", "zone-mode", "survive", "write-regions"],
        sources: &[sources::CREATE_ACTIVE_ACTIVE, sources::API],
        applies: |case| {
            let exists = case.answers.existing.is_some() || case.answers.zone_mode.is_some();
            case.active_active() && exists
        },
        message: Is("Your database exists in one region, and a subscription can't become Active-Active."),
        fix: Is("Create a new Active-Active subscription and move the data."),
        change: MOVE_TO_NEW,
        ..CHECK
    },
];

const MOVE_TO_NEW: Change = Set("Create a new one and move the data", "existing=&zone-mode=");

#[cfg(test)]
mod tests {
    use super::super::found;
    use crate::plan::Severity;

    #[test]
    fn without_the_zone_mode_nobody_can_promise_a_zone() {
        assert_eq!(found("H31", "plan=pro&existing=none").map(|f| f.severity), Some(Severity::Warning));
        for told in ["plan=pro&existing=none&zone-mode=multi-zone", "plan=pro&existing=none&survive=node", "plan=pro"] {
            assert_eq!(found("H31", told), None, "{told}");
        }
    }

    #[test]
    fn replication_is_advised_for_everything_that_must_be_available() {
        for role in ["sessions", "primary-store", "queue"] {
            let finding = found("H1", &format!("plan=pro&survive=nothing&role={role}")).unwrap();
            assert!(finding.message.contains("can't connect"), "{}", finding.message);
            assert_eq!(finding.change.unwrap().get("survive"), Some("node"));
        }
        assert_eq!(found("H1", "plan=pro&survive=nothing&role=cache"), None);
    }

    #[test]
    fn what_can_not_be_changed_later_is_an_error_with_a_way_out() {
        for (id, link) in [
            ("C14", "plan=essentials&existing=none"),
            ("C14", "plan=essentials&existing=single-zone"),
            ("C27", "plan=pro&zone-mode=single-zone"),
            ("H2", "plan=pro&existing=multi-zone&survive=region"),
        ] {
            let finding = found(id, link).unwrap();
            assert_eq!(finding.severity, Severity::Error, "{link}");
            assert!(finding.fix.contains("move the data"), "{link}: {}", finding.fix);
        }
        // None and single-zone can be exchanged at any time.
        assert_eq!(found("C14", "plan=essentials&existing=none&survive=node"), None);
    }
}
