//! What neither `terraform validate` nor `plan` sees, and the service refuses: judged by us.

use holdfast::Plan;
use holdfast::rules::{Setting, Value};

use super::hcl::Block;

const PERSISTENCE: [&str; 6] = [
    "none",
    "aof-every-1-second",
    "aof-every-write",
    "snapshot-every-1-hour",
    "snapshot-every-6-hours",
    "snapshot-every-12-hours",
];
const EVICTION: [&str; 8] = [
    "allkeys-lru",
    "allkeys-lfu",
    "allkeys-random",
    "volatile-lru",
    "volatile-lfu",
    "volatile-random",
    "volatile-ttl",
    "noeviction",
];
const ALERTS: [&str; 6] = [
    "dataset-size",
    "throughput-higher-than",
    "throughput-lower-than",
    "latency",
    "syncsource-error",
    "syncsource-lag",
];
const ESSENTIALS_ALERTS: [&str; 5] =
    ["datasets-size", "throughput-higher-than", "throughput-lower-than", "latency", "connections-limit"];
const INTERVALS: [&str; 6] =
    ["every-24-hours", "every-12-hours", "every-6-hours", "every-4-hours", "every-2-hours", "every-1-hours"];
const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// Collects what does not hold.
struct Judge<'a> {
    plan: &'a Plan,
    wrong: Vec<String>,
}

pub fn judge(document: &Block, plan: &Plan) -> Vec<String> {
    let mut judge = Judge { plan, wrong: Vec::new() };
    judge.subscriptions(document);
    judge.databases(document);
    judge.active_active(document);
    judge.windows(document);
    judge.links(document);
    judge.ranges(document);
    judge.secrets(document);
    judge.wrong
}

impl Judge<'_> {
    fn holds(&mut self, holds: bool, what: impl FnOnce() -> String) {
        if !holds {
            self.wrong.push(what());
        }
    }

    fn decided(&self, setting: Setting) -> &Value {
        &self.plan.advice(setting).expect("every setting is decided").value
    }

    fn is(&self, setting: Setting, word: &str) -> bool {
        self.decided(setting).as_str() == Some(word)
    }

    /// A literal text of a list.
    fn one_of(&mut self, block: &Block, name: &str, all: &[&str]) -> String {
        let text = block.text(name).unwrap_or_default();
        self.holds(all.contains(&text.as_str()), || format!("{name} = {text:?}"));
        text
    }

    fn subscriptions(&mut self, document: &Block) {
        let free = self.is(Setting::Plan, "free");
        for kind in ["essentials_subscription", "subscription", "active_active_subscription"] {
            for subscription in document.resources(kind) {
                self.holds(subscription.argument("payment_method_id").is_some() != free, || {
                    format!("{kind}: who pays")
                });
                let pays = subscription.argument("payment_method");
                self.holds(pays.is_none(), || format!("{kind}: two ways to pay"));
            }
        }
        let flex = self.is(Setting::Plan, "pro-flex");
        for subscription in document.resources("subscription") {
            let storage = self.one_of(subscription, "memory_storage", &["ram", "ram-and-flash"]);
            self.holds((storage == "ram-and-flash") == flex, || format!("{storage} on this plan"));
            self.public(subscription);
            let creation: Vec<&Block> = subscription.named("creation_plan").collect();
            self.holds(creation.len() == 1, || "no creation_plan".to_owned());
            creation.iter().for_each(|creation| self.creation(creation));
            for cloud in subscription.named("cloud_provider") {
                self.one_of(cloud, "provider", &["AWS", "GCP"]);
                let regions: Vec<&Block> = cloud.named("region").collect();
                self.holds(regions.len() == 1, || format!("{} regions", regions.len()));
                self.cidrs(&regions);
                for region in regions {
                    let many = region.argument("multiple_availability_zones") == Some("true");
                    let wanted = self.is(Setting::Replication, "multi-zone");
                    let kept = self.plan.answers.zone_mode.is_some() || self.plan.answers.existing.is_some();
                    self.holds(many == wanted || kept, || format!("several zones: {many}"));
                }
            }
        }
    }

    fn public(&mut self, subscription: &Block) {
        let open = subscription.argument("public_endpoint_access") == Some("true");
        self.holds(open == self.is(Setting::PublicEndpoint, "open"), || format!("public endpoint: {open}"));
    }

    fn creation(&mut self, creation: &Block) {
        self.size(creation);
        self.holds(creation.number("quantity") == Some(1.0), || "quantity".to_owned());
        self.holds(creation.argument("ram_percentage").is_none(), || "ram_percentage".to_owned());
        self.holds(creation.argument("modules").is_none(), || "modules with Redis 8".to_owned());
    }

    /// The size of the data, which the service doubles itself.
    fn size(&mut self, block: &Block) {
        let wanted = self.plan.answers.dataset.max(0.1);
        let size = block.number("dataset_size_in_gb");
        self.holds(size == Some(wanted), || format!("dataset_size_in_gb {size:?}, not {wanted}"));
        self.holds(block.argument("memory_limit_in_gb").is_none(), || "two sizes".to_owned());
    }

    fn cidrs(&mut self, regions: &[&Block]) {
        let cidrs: Vec<String> =
            regions.iter().filter_map(|region| region.text("networking_deployment_cidr")).collect();
        for (i, cidr) in cidrs.iter().enumerate() {
            let parts: Vec<&str> = cidr.split(['.', '/']).collect();
            let plain = parts.iter().all(|part| part.parse::<u8>().is_ok());
            self.holds(plain && parts.len() == 5 && parts[3..] == ["0", "24"], || format!("{cidr} is no /24"));
            // All of them are /24, so two of them overlap only when they are the same.
            self.holds(!cidrs[..i].contains(cidr), || format!("{cidr} twice"));
        }
    }

    fn databases(&mut self, document: &Block) {
        let found: Vec<(&Block, &str)> = ["essentials_database", "subscription_database"]
            .into_iter()
            .chain(["active_active_subscription_database"])
            .flat_map(|kind| document.resources(kind).map(move |block| (block, kind)))
            .collect();
        self.holds(found.len() == 1, || format!("{} databases", found.len()));
        for (database, kind) in found {
            let (essentials, several) = (kind == "essentials_database", kind.starts_with("active"));
            let name = database.text("name").unwrap_or_default();
            let legal = name.len() <= 40
                && name.starts_with(|c: char| c.is_ascii_alphabetic())
                && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
                && !name.ends_with('-');
            self.holds(legal, || format!("a database called {name:?}"));
            let persistence = if several { "global_data_persistence" } else { "data_persistence" };
            let persistence = self.one_of(database, persistence, &PERSISTENCE);
            self.holds(self.is(Setting::Persistence, &persistence), || format!("{persistence} was not decided"));
            self.holds(!(essentials && persistence == "aof-every-write"), || {
                "Essentials with AOF every write".to_owned()
            });
            self.holds(!(several && persistence.starts_with("snapshot")), || "Active-Active with snapshots".to_owned());
            let eviction = self.one_of(database, "data_eviction", &EVICTION);
            self.holds(self.is(Setting::Eviction, &eviction), || format!("{eviction} was not decided"));
            if !several {
                let replicated = database.argument("replication") == Some("true");
                self.holds(replicated != self.is(Setting::Replication, "none"), || format!("replication {replicated}"));
            }
            if essentials {
                let paid = ["enable_tls", "source_ips", "client_tls_certificates", "enable_payg_features"];
                let sent = paid.into_iter().find(|name| database.argument(name).is_some());
                self.holds(sent.is_none(), || format!("{sent:?} is not sent on Essentials"));
            } else {
                self.size(database);
                let tls = database.argument("enable_tls") == Some("true");
                self.holds(tls == self.is(Setting::Tls, "on"), || format!("TLS {tls}"));
                let certificates = database.argument("client_tls_certificates").is_some();
                self.holds(!certificates || tls, || "certificates without TLS".to_owned());
                self.holds(certificates == self.is(Setting::MutualTls, "on"), || {
                    format!("certificates {certificates}")
                });
            }
            self.holds(database.argument("modules").is_none(), || "modules with Redis 8".to_owned());
            for name in ["resp_version", "global_resp_version"] {
                if database.argument(name).is_some() {
                    self.one_of(database, name, &["resp2", "resp3"]);
                }
            }
            let names: &[&str] = if essentials { &ESSENTIALS_ALERTS } else { &ALERTS };
            for alert in database.blocks.iter().filter(|block| block.kind().ends_with("alert")) {
                let name = self.one_of(alert, "name", names);
                let max = match name.as_str() {
                    "dataset-size" | "datasets-size" | "connections-limit" => 100.0,
                    "latency" => 10_000.0,
                    _ => 10_000_000.0,
                };
                let value = alert.number("value").unwrap_or_default();
                self.holds((1.0..=max).contains(&value), || format!("alert {name} at {value}"));
            }
            self.backups(database, essentials);
        }
    }

    fn backups(&mut self, database: &Block, essentials: bool) {
        let off = self.is(Setting::Backup, "off");
        let backups: Vec<&Block> = database.all().into_iter().filter(|block| block.kind() == "remote_backup").collect();
        let there = if essentials { database.argument("periodic_backup_path").is_some() } else { !backups.is_empty() };
        self.holds(there != off, || format!("backup: {there}"));
        for backup in backups {
            let interval = self.one_of(backup, "interval", &INTERVALS);
            self.holds(self.is(Setting::Backup, &interval), || format!("{interval} was not decided"));
            self.one_of(backup, "storage_type", &["aws-s3", "google-blob-storage"]);
            self.holds(backup.argument("time_utc").is_none(), || "an hour that nobody chose".to_owned());
        }
    }

    fn active_active(&mut self, document: &Block) {
        for subscription in document.resources("active_active_subscription") {
            self.public(subscription);
            self.one_of(subscription, "cloud_provider", &["AWS", "GCP"]);
            let creation: Vec<&Block> = subscription.named("creation_plan").collect();
            self.holds(creation.len() == 1, || "no creation_plan".to_owned());
            for creation in creation {
                self.creation(creation);
                let regions: Vec<&Block> = creation.named("region").collect();
                self.cidrs(&regions);
                let codes = codes(&regions, "region");
                self.holds((2..=10).contains(&codes.len()), || format!("{} regions", codes.len()));
                self.distinct(&codes);
                for later in document.resources("active_active_subscription_regions") {
                    let later: Vec<&Block> = later.named("region").collect();
                    self.cidrs(&later);
                    let same = later.iter().zip(&regions).all(|(one, other)| {
                        one.text("networking_deployment_cidr") == other.text("networking_deployment_cidr")
                    });
                    self.holds(same && codes == self::codes(&later, "region"), || "other regions later".to_owned());
                }
                for database in document.resources("active_active_subscription_database") {
                    let overridden: Vec<&Block> = database.named("override_region").collect();
                    let named = self::codes(&overridden, "name");
                    self.distinct(&named);
                    self.holds(named.iter().all(|name| codes.contains(name)), || {
                        "a region that is not there".to_owned()
                    });
                    let once = overridden.iter().all(|region| region.named("remote_backup").count() <= 1);
                    self.holds(once, || "two backups in one region".to_owned());
                }
            }
        }
    }

    fn distinct(&mut self, codes: &[String]) {
        for (i, code) in codes.iter().enumerate() {
            self.holds(!codes[..i].contains(code), || format!("{code} twice"));
        }
    }

    fn windows(&mut self, document: &Block) {
        let shortest = if self.is(Setting::Plan, "pro-flex") { 8.0 } else { 4.0 };
        for maintenance in document.all().into_iter().filter(|block| block.kind() == "maintenance_windows") {
            let mode = self.one_of(maintenance, "mode", &["automatic", "manual"]);
            let count = maintenance.named("window").count();
            self.holds((mode == "manual") == (1..=7).contains(&count), || format!("{mode} with {count} windows"));
            let mut taken: Vec<String> = Vec::new();
            for window in maintenance.named("window") {
                let start = window.number("start_hour").unwrap_or(-1.0);
                let hours = window.number("duration_in_hours").unwrap_or_default();
                self.holds((0.0..=23.0).contains(&start), || format!("a window at {start}"));
                self.holds((shortest..=24.0).contains(&hours), || format!("a window of {hours} hours"));
                let days: Vec<String> =
                    serde_json::from_str(window.argument("days").unwrap_or_default()).unwrap_or_default();
                let legal = !days.is_empty() && days.iter().all(|day| DAYS.contains(&day.as_str()));
                self.holds(legal && days.iter().all(|day| !taken.contains(day)), || format!("days {days:?}"));
                taken.extend(days);
            }
        }
    }

    fn links(&mut self, document: &Block) {
        const AWS: &[&str] = &["aws_account_id", "vpc_id", "vpc_cidrs"];
        const GCP: &[&str] = &["gcp_project_id", "gcp_network_name"];
        // What each cloud wants beside these.
        for (kind, aws, gcp) in [
            ("subscription_peering", &["region"][..], &[][..]),
            ("active_active_subscription_peering", &["source_region", "destination_region"], &["source_region"]),
        ] {
            for peering in document.resources(kind) {
                let provider = self.one_of(peering, "provider_name", &["AWS", "GCP"]);
                let needs = if provider == "AWS" { [AWS, aws] } else { [GCP, gcp] }.concat();
                let missing = needs.iter().find(|name| peering.argument(name).is_none());
                self.holds(missing.is_none(), || format!("peering without {missing:?}"));
            }
        }
        for attachment in
            document.all().into_iter().filter(|block| block.head.iter().any(|w| w.ends_with("_attachment")))
        {
            self.holds(attachment.argument("cidrs").is_none(), || {
                "ranges before the attachment is accepted".to_owned()
            });
        }
    }

    /// A range comes by a variable that takes nothing else: the provider looks at some of them and not at others.
    fn ranges(&mut self, document: &Block) {
        const RANGES: [&str; 5] = ["source_ips", "global_source_ips", "vpc_cidr", "vpc_cidrs", "cidrs"];
        for block in document.all() {
            for (name, value) in block.arguments.iter().filter(|(name, _)| RANGES.contains(&name.as_str())) {
                let variable = value.strip_prefix("var.").and_then(|rest| rest.split(['[', '.']).next());
                let checked = document.named("variable").filter(|it| Some(it.head[1].as_str()) == variable).any(|it| {
                    it.named("validation").any(|it| it.argument("condition").is_some_and(|it| it.contains("cidrhost(")))
                });
                self.holds(checked, || format!("{name} = {value} may be no range"));
            }
        }
    }

    /// Passwords come from nowhere and are shown to nobody.
    fn secrets(&mut self, document: &Block) {
        for block in document.all() {
            for (name, value) in &block.arguments {
                let secret = name.contains("password") || name.contains("secret") || name == "api_key";
                self.holds(!secret, || format!("{name} is written down"));
                let shown = block.kind() == "output" && value.contains("password");
                self.holds(!shown || block.argument("sensitive") == Some("true"), || format!("{value} is shown"));
            }
        }
    }
}

fn codes(blocks: &[&Block], name: &str) -> Vec<String> {
    blocks.iter().filter_map(|block| block.text(name)).collect()
}
