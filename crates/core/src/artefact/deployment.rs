//! What Terraform and the REST API both have to be told: a case with legal names, regions and
//! address ranges. A wish that the service would refuse is replaced by the nearest one that it takes;
//! a finding says so.

use crate::case::Case;
use crate::catalogue::regions;
use crate::clients::{self, Handoffs};
use crate::findings;
use crate::plan::Plan;
use crate::questions::{Cloud, Endpoint, QuietHours, Text, ZoneMode, show_decimal};
use crate::rules::plan::PlanKind;
use crate::rules::replication::{self, Replication};
use crate::rules::{Setting, Value, allow_list, backup, maintenance, persistence, plan_size};

/// A plan, ready to be ordered.
pub(super) struct Deployment<'a> {
    plan: &'a Plan,
    pub case: Case<'a>,
    pub stamp: String,
    /// A name that the service takes for a database.
    pub name: String,
    pub cloud: Cloud,
    /// Codes that the service knows, the near one first; at least one, and as many as the plan has.
    pub regions: Vec<&'static str>,
}

impl<'a> Deployment<'a> {
    pub fn new(plan: &'a Plan) -> Self {
        let answers = &plan.answers;
        let case = Case::new(answers);
        // Azure has no Pro: a finding says so, and the example stands on AWS.
        let cloud = if case.plan.is_pro() && answers.cloud == Cloud::Azure { Cloud::Aws } else { answers.cloud };
        let name =
            if findings::names::is_name(&answers.name) { answers.name.clone() } else { clients::slug(&answers.name) };
        let regions = choose_regions(&case, cloud);
        Deployment { plan, stamp: clients::stamp(answers), name, cloud, regions, case }
    }

    /// The subscription's name as typed: the service publishes no rule for it.
    pub fn subscription(&self) -> &str {
        let typed = &self.case.answers.name;
        if typed.trim().is_empty() { &self.name } else { typed }
    }

    /// The word of the API.
    pub fn provider(&self) -> &'static str {
        match self.cloud {
            Cloud::Aws => "AWS",
            Cloud::Gcp => "GCP",
            Cloud::Azure => "AZURE",
        }
    }

    /// The address range of a region: /24, no two alike, and away from the ranges that VPCs have by default.
    pub fn cidr(&self, region: usize) -> String {
        format!("10.71.{region}.0/24")
    }

    /// Regions that nobody named, because more are needed than were.
    pub fn filled(&self) -> bool {
        self.regions.iter().any(|code| !self.case.answers.regions.iter().any(|named| named == code))
    }

    /// GB of data: the service doubles it itself.
    pub fn dataset(&self) -> String {
        show_decimal(self.case.answers.dataset.max(0.1))
    }

    pub fn throughput(&self) -> u32 {
        self.case.answers.throughput
    }

    /// Reads and writes each second of each region. How they divide is not asked: half and half, and
    /// each region can carry all of it.
    pub fn reads_and_writes(&self) -> (u32, u32) {
        let writes = (self.throughput() / 2).max(1);
        ((self.throughput() - self.throughput() / 2), writes)
    }

    pub fn persistence(&self) -> &'static str {
        persistence::value(&self.case).word()
    }

    /// Essentials has plans with and without persistence.
    pub fn persists(&self) -> bool {
        persistence::value(&self.case) != persistence::Persistence::None
    }

    pub fn eviction(&self) -> &str {
        self.value(Setting::Eviction).and_then(Value::as_str).unwrap_or("noeviction")
    }

    /// Name and value of each alert.
    pub fn alerts(&self) -> Vec<(&str, u64)> {
        let Some(Value::List(alerts)) = self.value(Setting::Alerts) else { return Vec::new() };
        let part = |alert: &'a Value| match (alert.get("name").and_then(Value::as_str), alert.get("value")) {
            (Some(name), Some(Value::Whole(value))) => Some((name, *value)),
            _ => None,
        };
        alerts.iter().filter_map(part).collect()
    }

    fn value(&self, setting: Setting) -> Option<&'a Value> {
        self.plan.advice(setting).map(|advice| &advice.value)
    }

    pub fn replicated(&self) -> bool {
        self.case.replication() != Replication::None
    }

    /// The zone mode of a Pro subscription: what it has, else what the replica needs.
    pub fn many_zones(&self) -> bool {
        match replication::zone_mode(&self.case) {
            Some(mode) => mode == ZoneMode::MultiZone,
            None => self.case.replication() == Replication::MultiZone,
        }
    }

    pub fn tls(&self) -> bool {
        self.case.tls() == crate::rules::tls::Tls::On
    }

    /// Warnings before maintenance travel over RESP3 only.
    pub fn resp3(&self) -> bool {
        self.case.handoffs() != Handoffs::Unavailable
    }

    pub fn public(&self) -> bool {
        !(self.case.plan.is_pro() && self.case.private())
    }

    /// How many rules the allow list may have; nothing where there is none to write.
    pub fn allow_list(&self) -> Option<u32> {
        let limit = allow_list::limit(&self.case);
        (limit > 0 && self.case.answers.networks > 0).then_some(limit)
    }

    /// `every-24-hours`.
    pub fn backup(&self) -> Option<String> {
        backup::hours(&self.case).map(|hours| backup::word(Some(hours)))
    }

    /// Where backups go, in the cloud of the database.
    pub fn storage_type(&self) -> &'static str {
        match self.cloud {
            Cloud::Aws => "aws-s3",
            Cloud::Gcp => "google-blob-storage",
            Cloud::Azure => "azure-blob-storage",
        }
    }

    pub fn windows(&self) -> Vec<QuietHours> {
        if self.case.plan.is_pro() { maintenance::windows(&self.case) } else { Vec::new() }
    }

    /// Active-Active has no flash: a finding says so.
    pub fn memory_storage(&self) -> &'static str {
        if self.case.plan == PlanKind::ProFlex && !self.case.active_active() { "ram-and-flash" } else { "ram" }
    }

    /// Number and unit of an Essentials size.
    pub fn size(&self) -> (&'static str, &'static str) {
        plan_size::size(&self.case).and_then(|size| size.name.split_once(' ')).unwrap_or(("1", "GB"))
    }

    /// The API's word for the replica of an Essentials plan.
    pub fn availability(&self) -> &'static str {
        match self.case.replication() {
            Replication::None => "No replication",
            Replication::SingleZone => "Single-zone",
            Replication::MultiZone => "Multi-zone",
        }
    }

    /// The private link, where plan and cloud have it.
    pub fn link(&self) -> Option<Endpoint> {
        let endpoint = self.case.answers.endpoint;
        let there = match endpoint {
            Endpoint::Public => false,
            Endpoint::VpcPeering => true,
            Endpoint::PrivateServiceConnect => self.cloud == Cloud::Gcp,
            Endpoint::TransitGateway | Endpoint::PrivateLink => self.cloud == Cloud::Aws,
        };
        (there && self.case.plan.is_pro()).then_some(endpoint)
    }

    /// What can't be had as it was wished, and what stands in its place.
    pub fn replaced(&self) -> Vec<Text> {
        let mut said: Vec<Text> = Vec::new();
        if self.cloud != self.case.answers.cloud {
            said.push("Redis Cloud has no Pro on Azure: this stands on AWS.".into());
        }
        if self.filled() && (self.regions.len() > 1 || !self.case.answers.regions.is_empty()) {
            said.push("Not all regions are named by you: look at them, they can never be changed.".into());
        }
        if !self.public() && self.link().is_none() {
            said.push(self.case.fill("{cloud} has no {endpoint}: there is no way in until you choose another."));
        }
        said
    }

    /// Something exists already.
    pub fn exists(&self) -> bool {
        self.case.answers.existing.is_some() || self.case.answers.zone_mode.is_some()
    }
}

/// The regions that were named, as far as they exist, filled up with others from nearby.
fn choose_regions(case: &Case, cloud: Cloud) -> Vec<&'static str> {
    let offered = |region: &&'static regions::Region| if case.plan.is_pro() { region.pro } else { region.essentials };
    let known = || regions::of(cloud).iter().filter(offered).map(|region| region.code);
    let near = |code: &&str, to: &str| code.split('-').next() == to.split('-').next();
    let first = case.region();
    let default = regions::default(cloud);
    let named = case.answers.regions.iter().filter_map(|named| known().find(|code| code == named));
    let others = [default].into_iter().chain(known().filter(|code| near(code, first))).chain(known());
    let mut chosen: Vec<&str> = Vec::new();
    for code in named.chain(others) {
        if chosen.len() < case.region_count() as usize && !chosen.contains(&code) {
            chosen.push(code);
        }
    }
    chosen
}
