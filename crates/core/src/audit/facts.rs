//! What an export says about a database, and the answers that follow from it.

use super::needs::Needs;
use super::shape::Export;
use crate::questions::{Answers, Cloud, Day, Endpoint, Existing, PlanChoice, QuietHours, ZoneMode};
use crate::rules::plan::PlanKind;

/// A database with what is known of its subscription.
#[derive(Clone, Copy)]
pub(super) struct Facts<'f, 'a> {
    pub database: &'f Export<'a>,
    pub subscription: Option<&'f Export<'a>>,
    pub windows: Option<&'f Export<'a>>,
    /// The subscription's id: from what wraps the database, or from its links.
    pub subscription_id: Option<u64>,
    pub plan: PlanKind,
    pub active_active: bool,
    pub zones: Option<ZoneMode>,
}

/// What decides how a database is judged: equal features are held to the same.
#[derive(Clone, PartialEq)]
pub(super) struct Features {
    needs: Vec<usize>,
    plan: PlanKind,
    cloud: Option<Cloud>,
    existing: Option<Existing>,
    zones: Option<ZoneMode>,
    /// Regions at work; 0 where there is one.
    regions: u32,
    blocked: bool,
    windows: Vec<QuietHours>,
}

impl<'f, 'a> Facts<'f, 'a> {
    pub fn new(
        database: &'f Export<'a>,
        subscription: Option<&'f Export<'a>>,
        windows: Option<&'f Export<'a>>,
        subscription_id: Option<u64>,
        fixed: bool,
    ) -> Self {
        let fixed = fixed || subscription.is_some_and(Export::is_fixed) || database.is_fixed();
        let active_active = !fixed && is_active_active(database, subscription);
        let storage = database.memory_storage.as_deref().or(subscription.and_then(|s| s.memory_storage.as_deref()));
        let flash = storage == Some("ram-and-flash") || database.redis_flex == Some(true);
        let plan = match (fixed, flash) {
            (true, _) if is_free(database, subscription) => PlanKind::Free,
            (true, true) => PlanKind::EssentialsFlex,
            (true, false) => PlanKind::Essentials,
            (false, true) => PlanKind::ProFlex,
            (false, false) => PlanKind::Pro,
        };
        let zones = subscription.and_then(zones);
        Facts { database, subscription, windows, subscription_id, plan, active_active, zones }
    }

    pub fn features(&self, needs: &Needs) -> Features {
        let database = self.database;
        Features {
            needs: needs.matching(database, self.subscription),
            plan: self.plan,
            cloud: self.provider().and_then(cloud),
            existing: self.existing(),
            zones: if self.active_active { None } else { self.zones.filter(|_| self.plan.is_pro()) },
            regions: if self.active_active { self.regions().max(2) } else { 0 },
            blocked: self.subscription.and_then(|s| s.public_endpoint_access) == Some(false),
            windows: self.windows.map(quiet_hours).unwrap_or_default(),
        }
    }

    /// The replication that exists. Where the zone is not known, the better one is taken: what can't
    /// be known is no fault.
    fn existing(&self) -> Option<Existing> {
        let replica = self.database.replication.filter(|_| !self.active_active && self.plan != PlanKind::Free)?;
        Some(match self.zones {
            _ if !replica => Existing::None,
            Some(ZoneMode::SingleZone) => Existing::SingleZone,
            Some(ZoneMode::MultiZone) | None => Existing::MultiZone,
        })
    }

    fn provider(&self) -> Option<&str> {
        let of_region = || self.database.crdb_databases.iter().flatten().find_map(|region| region.provider.as_deref());
        let details = || self.subscription?.cloud_details.iter().flatten().find_map(|cloud| cloud.provider.as_deref());
        self.database.provider.as_deref().or_else(of_region).or_else(details)
    }

    fn regions(&self) -> u32 {
        self.database.crdb_databases.as_ref().map_or(0, |regions| regions.len().min(50) as u32)
    }
}

impl Features {
    /// The answers: what is needed, and over it what exists.
    pub fn answers(&self, needs: &Needs) -> Answers {
        let mut answers = needs.answers(&self.needs);
        answers.plan = self.plan.choice();
        debug_assert_ne!(answers.plan, PlanChoice::Undecided);
        answers.cloud = self.cloud.unwrap_or(answers.cloud);
        answers.existing = self.existing;
        answers.zone_mode = self.zones;
        answers.regions.clear();
        answers.write_regions = answers.write_regions.max(self.regions);
        if self.blocked && answers.endpoint == Endpoint::Public {
            // Which private link it is can't be seen here, and nothing that is compared depends on it.
            answers.endpoint = Endpoint::VpcPeering;
        }
        if answers.quiet_hours.is_empty() {
            answers.quiet_hours.clone_from(&self.windows);
        }
        answers
    }
}

impl Export<'_> {
    /// Something only Essentials has.
    pub(super) fn is_fixed(&self) -> bool {
        self.plan_memory_limit.is_some()
            || self.redis_flex.is_some()
            || self.plan_id.is_some()
            || self.availability.is_some()
            || self.security.as_ref().is_some_and(|security| security.default_user_enabled.is_some())
            || self.backup.as_ref().is_some_and(|backup| backup.remote_backup_enabled.is_some())
            || self.hrefs().any(|href| href.contains("/fixed/"))
    }

    fn hrefs(&self) -> impl Iterator<Item = &str> {
        self.links.iter().flatten().filter_map(|link| link.href.as_deref())
    }

    /// The subscription, as the document names it or as its address does.
    pub(super) fn of_subscription(&self) -> Option<u64> {
        self.subscription_id.or_else(|| {
            self.hrefs().find_map(|href| {
                let (_, rest) = href.split_once("/subscriptions/")?;
                rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
            })
        })
    }
}

fn is_active_active(database: &Export, subscription: Option<&Export>) -> bool {
    database.active_active_redis == Some(true)
        || database.crdb_databases.is_some()
        || database.global_data_persistence.is_some()
        || subscription.and_then(|s| s.deployment_type.as_deref()) == Some("active-active")
}

fn is_free(database: &Export, subscription: Option<&Export>) -> bool {
    let megabytes = |unit: &str| unit.eq_ignore_ascii_case("mb");
    let small = database.plan_memory_limit.is_some_and(|limit| limit <= 30.0)
        && database.memory_limit_measurement_unit.as_deref().is_some_and(megabytes);
    small || subscription.and_then(|s| s.plan_name.as_deref()).is_some_and(|name| name.starts_with("30MB"))
}

/// The zone mode, where every region has the same.
fn zones(subscription: &Export) -> Option<ZoneMode> {
    if let Some(availability) = subscription.availability.as_deref() {
        let is = |word: &str| availability.to_ascii_lowercase().starts_with(word);
        return if is("multi") {
            Some(ZoneMode::MultiZone)
        } else if is("single") || is("no") {
            Some(ZoneMode::SingleZone)
        } else {
            None
        };
    }
    let regions = subscription.cloud_details.iter().flatten().flat_map(|cloud| cloud.regions.iter().flatten());
    let mut modes = regions.filter_map(|region| region.multiple_availability_zones);
    let first = modes.next()?;
    let several = first && modes.all(|several| several);
    Some(if several { ZoneMode::MultiZone } else { ZoneMode::SingleZone })
}

fn cloud(provider: &str) -> Option<Cloud> {
    Cloud::ALL.iter().copied().find(|cloud| cloud.word().eq_ignore_ascii_case(provider))
}

/// The windows that exist. A day or an hour that is none is left out: the service would not have taken it.
pub(super) fn quiet_hours(windows: &Export) -> Vec<QuietHours> {
    let window = |window: &super::shape::Window| {
        let days = window.days.iter().flatten();
        let days: Vec<Day> = days
            .filter_map(|day| Day::ALL.iter().copied().find(|known| known.word().eq_ignore_ascii_case(day)))
            .collect();
        let hour = |hour: Option<u64>| hour.filter(|hour| *hour <= 24).map(|hour| hour as u32);
        Some(QuietHours {
            days,
            start_hour: hour(window.start_hour)?,
            duration_in_hours: hour(window.duration_in_hours)?,
        })
    };
    let windows = windows.windows.iter().flatten().filter_map(window);
    windows.filter(|window| !window.days.is_empty()).take(7).collect()
}
