//! The answers once what follows from them is known: the plan that is decided, the regions that
//! are meant. Rules and findings see a case; templates see a context made from it.

use crate::catalogue::regions;
use crate::clients::{Client, Handoffs, Own};
use crate::questions::{self, Answers, Endpoint, RegionFailover, RepeatWrites, Runtime, Survive, Text};
use crate::rules::plan::PlanKind;
use crate::rules::replication::Replication;
use crate::rules::tls::Tls;
use crate::rules::write_proof::WriteProof;

/// Answers, resolved.
pub(crate) struct Case<'a> {
    pub answers: &'a Answers,
    /// The plan: as answered, or the cheapest that meets the needs.
    pub plan: PlanKind,
    pub client: &'static Client,
}

impl<'a> Case<'a> {
    pub fn new(answers: &'a Answers) -> Self {
        Case::on(answers, crate::rules::plan::value(answers))
    }

    /// The same answers on a given plan.
    pub fn on(answers: &'a Answers, plan: PlanKind) -> Self {
        Case { answers, plan, client: answers.client.client() }
    }

    /// The answers ask for more than one region at work.
    pub fn wants_active_active(&self) -> bool {
        self.answers.survive == Survive::Region || self.answers.write_regions > 1
    }

    /// The plan has more than one region at work.
    pub fn active_active(&self) -> bool {
        self.plan.is_pro() && self.wants_active_active()
    }

    /// How many regions have an endpoint of their own: what is asked for, or the nearest that the service has.
    pub fn region_count(&self) -> u32 {
        if self.active_active() { self.wanted_regions().clamp(2, 10) } else { 1 }
    }

    /// How many regions the answers name.
    pub fn wanted_regions(&self) -> u32 {
        (self.answers.regions.len() as u32).max(self.answers.write_regions)
    }

    /// The near region.
    pub fn region(&self) -> &str {
        self.answers.regions.first().map_or(regions::default(self.answers.cloud), String::as_str)
    }

    pub fn private(&self) -> bool {
        self.answers.endpoint != Endpoint::Public
    }

    /// The endpoint kinds over which warnings before maintenance only lengthen timeouts.
    pub fn relaxed_only(&self) -> bool {
        matches!(self.answers.endpoint, Endpoint::PrivateServiceConnect | Endpoint::PrivateLink)
    }

    /// The OSS Cluster API can be had: on the plan, over the endpoint, by the client.
    pub fn cluster(&self) -> bool {
        self.plan.is_pro()
            && self.answers.cluster_api
            && self.answers.endpoint != Endpoint::PrivateServiceConnect
            && self.client.knobs.cluster
    }

    /// The app itself changes the region.
    pub fn automatic(&self) -> bool {
        self.active_active() && self.answers.region_failover == RegionFailover::Automatic
    }

    pub fn tls(&self) -> Tls {
        crate::rules::tls::value(self)
    }

    pub fn mutual_tls(&self) -> bool {
        self.answers.mutual_tls && self.tls() == Tls::On
    }

    pub fn replication(&self) -> Replication {
        crate::rules::replication::value(self)
    }

    pub fn write_proof(&self) -> WriteProof {
        crate::rules::write_proof::value(self)
    }

    pub fn handoffs(&self) -> Handoffs {
        crate::rules::client_handoffs::value(self)
    }

    /// Connections of a pool.
    pub fn pool(&self) -> u32 {
        if self.answers.runtime == Runtime::Serverless { 1 } else { self.answers.connections }
    }

    /// Connections that `safe` keeps.
    pub fn pool_size(&self) -> u32 {
        if self.client.knobs.pool { self.pool() } else { 1 }
    }

    /// Connections that all processes hold together in the middle of a rollout, when the old and
    /// the new processes are both up; with one set for each region. In a cluster each node has so many.
    pub fn connections(&self) -> u64 {
        let opens = &self.client.opens;
        let awake = self.answers.runtime != Runtime::Serverless;
        let process: u64 = [
            (self.answers.repeat_writes == RepeatWrites::Unsafe, opens.once),
            (self.write_proof() == WriteProof::Waitaof, opens.durable),
            (self.answers.blocking, opens.blocking),
            (self.answers.blocking && awake, opens.subscribing),
            (self.automatic(), opens.probes),
        ]
        .iter()
        .map(|(asked, own)| match own {
            Own::One if *asked => 1,
            Own::Pool if *asked => self.pool().into(),
            _ => 0,
        })
        .sum();
        let process = u64::from(self.pool_size()) + process;
        u64::from(self.answers.instances) * process * 2 * u64::from(self.region_count())
    }

    /// A text with its names in braces replaced by values: `{plan} has one region.` A question's id
    /// stands for its answer; what is no name stays as it is.
    pub fn fill(&self, text: &'static str) -> Text {
        let mut parts = text.split('{');
        let mut filled = Text::from(parts.next().unwrap_or_default());
        for part in parts {
            match part.split_once('}').and_then(|(name, rest)| Some((self.named(name)?, rest))) {
                Some((value, rest)) => filled.to_mut().extend([&*value, rest]),
                None => filled.to_mut().extend(["{", part]),
            }
        }
        filled
    }

    fn named(&self, name: &str) -> Option<Text> {
        let size = || crate::rules::plan_size::size(self);
        let number = match name {
            "plan" => return Some(self.plan.label().into()),
            "cloud" => return Some(self.answers.cloud.label().into()),
            "endpoint" => return Some(self.answers.endpoint.label().into()),
            "region" => return Some(self.region().to_owned().into()),
            "size" => return Some(size()?.name.into()),
            "size-ops" => size()?.ops.into(),
            "size-connections" => size()?.connections.into(),
            "rules" => crate::rules::allow_list::limit(self).into(),
            "rollout" => self.connections(),
            "reconnect-s" => crate::connection::reconnect(self.answers.instances).1.div_ceil(1000).into(),
            "probing-s" => crate::connection::probing(self).known_ms().div_ceil(1000).into(),
            "region-count" => self.region_count().into(),
            "wanted-regions" => self.wanted_regions().into(),
            "named-regions" => self.answers.regions.len() as u64,
            "windows" => self.answers.quiet_hours.len() as u64,
            id => return Some((questions::find(id)?.show)(self.answers).into()),
        };
        Some(number.to_string().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What one process opens to one endpoint, of a client of each kind: `safe` and `once`; with a proof of writes; with
    /// blocking calls; frozen between calls, with both; with probes.
    const OPENED: [(&str, [u64; 5]); 4] = [
        ("go-redis", [14, 21, 22, 4, 15]),
        ("jedis", [7, 7, 8, 2, 7]),
        ("lettuce", [1, 2, 3, 3, 1]),
        ("redis-rs", [1, 8, 3, 3, 1]),
    ];

    #[test]
    fn a_process_opens_what_its_client_says() {
        let asked = [
            "",
            "&data-loss=nothing",
            "&blocking=yes",
            "&data-loss=nothing&blocking=yes&runtime=serverless",
            "&survive=region&regions=us-east-1,eu-west-1&region-failover=automatic",
        ];
        for (client, wanted) in OPENED {
            let opened = asked.map(|also| {
                let link = format!("v=1&plan=pro&client={client}&instances=1&connections=7{also}");
                let (answers, unread) = questions::from_link(&link);
                assert_eq!(unread, [], "{link}");
                let case = Case::new(&answers);
                case.connections() / 2 / u64::from(case.region_count())
            });
            assert_eq!(opened, wanted, "{client}");
        }
    }
}
