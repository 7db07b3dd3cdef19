//! Plan: as answered, or the cheapest that meets the needs.

use super::{ChangeLater, Decision, Rejected, Rule, rejected};
use crate::case::Case;
use crate::findings::{self, Check};
use crate::questions::{Answers, PlanChoice, Role};
use crate::sources;
use crate::told::told;

/// The rule.
pub const RULE: Rule = Rule {
    title: "Plan",
    what: told("Takes the plan you name, or the cheapest one on which none of your needs is an error."),
    sources: &[
        sources::PLANS,
        sources::ESSENTIALS,
        sources::CREATE_FLEX,
        sources::VIEW_ESSENTIALS,
        sources::UPGRADE_PRO,
    ],
    decide,
};

/// A plan that can be ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlanKind {
    /// 30 MB.
    Free,
    /// Fixed sizes in RAM.
    Essentials,
    /// Fixed sizes, most of it on flash.
    EssentialsFlex,
    /// Own infrastructure.
    Pro,
    /// Pro with part of the data on flash.
    ProFlex,
}

impl PlanKind {
    /// From the cheapest for a given need to the dearest. Flex stands behind the plan with all data
    /// in RAM: it is cheaper for large data only, and slower for data that is rarely read.
    pub const ALL: [PlanKind; 5] =
        [PlanKind::Free, PlanKind::Essentials, PlanKind::EssentialsFlex, PlanKind::Pro, PlanKind::ProFlex];

    /// The word, as in the answers.
    pub fn word(self) -> &'static str {
        self.choice().word()
    }

    /// As the console writes it.
    pub fn label(self) -> &'static str {
        self.choice().label()
    }

    pub(crate) fn choice(self) -> PlanChoice {
        match self {
            PlanKind::Free => PlanChoice::Free,
            PlanKind::Essentials => PlanChoice::Essentials,
            PlanKind::EssentialsFlex => PlanChoice::EssentialsFlex,
            PlanKind::Pro => PlanChoice::Pro,
            PlanKind::ProFlex => PlanChoice::ProFlex,
        }
    }

    /// Either kind of Pro.
    pub fn is_pro(self) -> bool {
        matches!(self, PlanKind::Pro | PlanKind::ProFlex)
    }

    /// Paid Essentials of either kind.
    pub fn is_essentials(self) -> bool {
        matches!(self, PlanKind::Essentials | PlanKind::EssentialsFlex)
    }

    /// Part of the data is on flash.
    pub fn is_flex(self) -> bool {
        matches!(self, PlanKind::EssentialsFlex | PlanKind::ProFlex)
    }
}

/// The plan that these answers lead to.
pub(crate) fn value(answers: &Answers) -> PlanKind {
    match answers.plan {
        PlanChoice::Undecided => cheapest(answers),
        PlanChoice::Free => PlanKind::Free,
        PlanChoice::Essentials => PlanKind::Essentials,
        PlanChoice::EssentialsFlex => PlanKind::EssentialsFlex,
        PlanChoice::Pro => PlanKind::Pro,
        PlanChoice::ProFlex => PlanKind::ProFlex,
    }
}

/// Redis says of Flex that it should not be the primary system of record; persistence makes it durable all the same,
/// so it is never refused to whoever names it.
pub(crate) fn advised_against(case: &Case) -> bool {
    case.plan.is_flex() && matches!(case.answers.role, Role::PrimaryStore | Role::Queue)
}

/// The first plan with no error that Redis does not advise against; where there is none, the first with the fewest.
fn cheapest(answers: &Answers) -> PlanKind {
    let mut best = (usize::MAX, PlanKind::Pro);
    for plan in PlanKind::ALL {
        let case = Case::on(answers, plan);
        let errors = findings::errors(&case).count() + usize::from(advised_against(&case));
        if errors == 0 {
            return plan;
        }
        if errors < best.0 {
            best = (errors, plan);
        }
    }
    best.1
}

fn decide(case: &Case) -> Decision {
    let plan = case.plan;
    let undecided = case.answers.plan == PlanChoice::Undecided;
    let mine: Vec<&Check> = findings::errors(case).collect();
    // What exists stays what it is on its own plan only: on another one everything is new.
    let answers = Answers { existing: None, zone_mode: None, ..case.answers.clone() };
    let others: Vec<Case> =
        PlanKind::ALL.into_iter().filter(|other| *other != plan).map(|other| Case::on(&answers, other)).collect();
    let errors: Vec<Vec<&Check>> = others.iter().map(|there| findings::errors(there).collect()).collect();
    // An error that no plan can mend is no fault of a plan: a port that can't be.
    let everywhere = |id: &str| errors.iter().all(|errors| errors.iter().any(|error| error.id == id));
    let met = mine.iter().all(|error| everywhere(error.id));
    // Against another plan speaks most what does not speak against this one.
    let obstacle = |errors: &[&'static Check]| {
        let here = |error: &&Check| mine.iter().any(|other| other.id == error.id);
        errors.iter().copied().filter(|error| !(here(error) && everywhere(error.id))).min_by_key(here)
    };
    let others: Vec<(&Case, Option<&Check>)> =
        others.iter().zip(&errors).map(|(there, errors)| (there, obstacle(errors))).collect();
    // What stands against the other plans is what decides; the rest of the answers could change and would not matter.
    let mut because = vec!["plan"];
    for id in others.iter().filter_map(|(_, obstacle)| *obstacle).flat_map(|check| check.because) {
        if !because.contains(id) {
            because.push(id);
        }
    }
    let passed_over = |(there, obstacle): &(&Case, Option<&Check>)| {
        obstacle.is_none() && order(there.plan) < order(plan) && advised_against(there)
    };
    let reason = match (undecided, met) {
        (true, true) if others.iter().any(passed_over) => {
            format!("{} is the cheapest plan for your needs that Redis does not advise against.", plan.label())
        }
        (true, true) => format!("{} is the cheapest plan that meets all of your needs.", plan.label()),
        (true, false) => format!("No plan meets all of your needs; {} comes nearest.", plan.label()),
        (false, true) => format!("You chose {}, and it meets all of your needs.", plan.label()),
        (false, false) => format!("You chose {}, but it does not meet all of your needs.", plan.label()),
    };
    Decision {
        value: plan.word().into(),
        reason: reason.into(),
        price: price(plan).into(),
        because: because.into(),
        rejected: others.iter().map(|(there, obstacle)| why_not(case, there, *obstacle)).collect(),
        // A free plan can be upgraded to a paid one where it is; Pro, Essentials and Flex do not become each other.
        change_later: if plan == PlanKind::Free { ChangeLater::AnyTime } else { ChangeLater::NewSubscription },
    }
}

fn price(plan: PlanKind) -> &'static str {
    match plan {
        PlanKind::Free => "Nothing; one database of 30 MB in each account.",
        PlanKind::Essentials => "A fixed monthly price by size; a replica halves what fits into it.",
        PlanKind::EssentialsFlex => {
            "A fixed monthly price by size, less for each GB than RAM; data on flash is read more slowly."
        }
        PlanKind::Pro => "By memory and throughput, on machines that are yours alone; a replica doubles the memory.",
        PlanKind::ProFlex => "By memory and throughput, less for each GB than RAM; data on flash is read more slowly.",
    }
}

/// Its place between the cheapest and the dearest.
fn order(plan: PlanKind) -> Option<usize> {
    PlanKind::ALL.iter().position(|other| *other == plan)
}

/// What speaks against the plan of another case.
fn why_not(case: &Case, there: &Case, obstacle: Option<&Check>) -> Rejected {
    let plan = there.plan;
    let exists = case.answers.existing.is_some() || case.answers.zone_mode.is_some();
    let why = match obstacle {
        Some(check) => check.message(there),
        None if advised_against(there) => {
            format!("Redis advises against {} where it would be the only place of the data.", plan.label()).into()
        }
        None if exists => {
            format!("{} would be a new subscription, and your data would have to move.", plan.label()).into()
        }
        None if plan.is_flex() && !case.plan.is_flex() => {
            format!("{} would do; it pays where most data is rarely read, because flash is slower.", plan.label())
                .into()
        }
        None if case.plan.is_flex() && !plan.is_flex() => {
            format!("{} would do with all data in RAM, for more money for each GB.", plan.label()).into()
        }
        None if order(plan) > order(case.plan) => format!("{} would do as well, for more money.", plan.label()).into(),
        None => format!("{} would do for less money.", plan.label()).into(),
    };
    rejected(plan.word(), why)
}

#[cfg(test)]
mod tests {
    use super::super::{
        Setting,
        tests::{advice, value},
    };

    #[test]
    fn undecided_takes_the_cheapest_plan_that_meets_the_needs() {
        assert_eq!(value(Setting::Plan, "v=1"), "essentials");
        let tiny = "survive=nothing&data-loss=everything&mistake=any&encryption=speed-first&networks=0\
                    &dataset=0.02&throughput=50&instances=1&connections=2";
        assert_eq!(value(Setting::Plan, tiny), "free");
        assert_eq!(value(Setting::Plan, "survive=node&dataset=30&throughput=2000&role=cache"), "essentials-flex");
        for needs_pro in
            ["data-loss=nothing", "survive=region", "endpoint=vpc-peering", "mistake=one-hour", "cluster-api=yes"]
        {
            assert_eq!(value(Setting::Plan, needs_pro), "pro", "{needs_pro}");
        }
    }

    #[test]
    fn every_other_plan_is_shown_with_why_not() {
        let plan = advice(Setting::Plan, "v=1");
        let others: Vec<&str> = plan.rejected.iter().map(|other| other.value).collect();
        assert_eq!(others, ["free", "essentials-flex", "pro", "pro-flex"]);
        assert!(plan.rejected[0].why.contains("Free"), "{}", plan.rejected[0].why);
        assert!(plan.rejected[2].why.contains("more money"), "{}", plan.rejected[2].why);
    }

    #[test]
    fn what_no_plan_can_mend_is_not_held_against_a_plan() {
        let plan = advice(Setting::Plan, "port=1");
        assert!(plan.reason.contains("the cheapest plan that meets all"), "{}", plan.reason);
        assert!(plan.rejected.iter().all(|other| !other.why.contains("Port")));
        let plan = advice(Setting::Plan, "data-loss=nothing&survive=region");
        assert!(plan.reason.contains("No plan meets all"), "{}", plan.reason);
    }

    #[test]
    fn the_needs_that_rule_the_other_plans_out_are_named() {
        let because = |link| advice(Setting::Plan, link).because;
        assert!(because("mistake=one-hour").contains(&"mistake"));
        assert!(!because("plan=pro&data-loss=everything&survive=nothing").contains(&"endpoint"));
    }

    #[test]
    fn flex_is_not_proposed_for_the_only_copy_of_the_data() {
        let large = "survive=node&dataset=30&throughput=2000&role=";
        for (role, plan) in [("cache", "essentials-flex"), ("sessions", "essentials-flex"), ("queue", "pro")] {
            assert_eq!(value(Setting::Plan, &format!("{large}{role}")), plan, "{role}");
        }
        let flex = advice(Setting::Plan, &format!("{large}primary-store")).rejected.remove(2);
        assert!(flex.value == "essentials-flex" && flex.why.contains("advises against"), "{flex:?}");
        let reason = |role: &str| advice(Setting::Plan, &format!("{large}{role}")).reason;
        assert!(reason("queue").contains("does not advise against") && reason("cache").contains("meets all"));
    }

    #[test]
    fn ram_is_never_called_cheaper_than_flash() {
        let plan = advice(Setting::Plan, "plan=pro-flex&dataset=3000");
        let pro = plan.rejected.iter().find(|other| other.value == "pro").unwrap();
        assert!(pro.why.contains("more money for each GB"), "{}", pro.why);
    }

    #[test]
    fn a_free_plan_can_be_upgraded_and_the_others_are_for_ever() {
        use super::ChangeLater::{AnyTime, NewSubscription};
        for (plan, later) in [("free", AnyTime), ("essentials", NewSubscription), ("pro", NewSubscription)] {
            assert_eq!(advice(Setting::Plan, &format!("plan={plan}")).change_later, later, "{plan}");
        }
    }

    #[test]
    fn a_plan_that_was_named_is_kept_even_when_it_is_wrong() {
        assert_eq!(value(Setting::Plan, "plan=free&survive=region"), "free");
    }
}
