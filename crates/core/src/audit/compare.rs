//! Compares what an export says with what the rules want for the same answers. Nothing is decided
//! here: values and reasons are the rules', and what can never be mended is a finding of `findings/`.

use serde_json::{Value, json};

use super::facts::{Facts, Features, quiet_hours};
use super::mend::{Mend, Missing, NONE, window};
use super::needs::Needs;
use super::shape::{Alert, Backup, Region, Security, Word};
use super::{Finding, Text};
use crate::case::Case;
use crate::findings::{self, checks};
use crate::plan::{
    self,
    Severity::{self, Error, Note, Warning},
};
use crate::questions::{Answers, DataLoss, QuietHours, Role};
use crate::rules::persistence::Persistence;
use crate::rules::replication::Replication;
use crate::rules::tls::Tls;
use crate::rules::{Advice, Setting, alerts, backup, eviction, maintenance, persistence, replication, tls};

/// What databases of the same features are held to.
pub(super) struct Held {
    answers: Answers,
    advices: Vec<(Setting, Advice)>,
    findings: Vec<(&'static str, plan::Finding)>,
}

/// The findings of the plan that speak of what exists, and where an export shows it. The others
/// speak of the answers alone: whoever asks for too much learns that from `recommend`.
const SPOKEN: &[(&str, &str)] = &[
    ("C1", "dataPersistence"),
    ("C2", "replication"),
    ("C3", "security.enableTls"),
    ("C4", "backup"),
    ("C5", "security.sourceIps"),
    ("C7", "privateEndpoint"),
    ("C9", "subscription.maintenanceWindows"),
    ("C10", "crdbDatabases"),
    ("C11", "dataPersistence"),
    ("C12", "supportOSSClusterApi"),
    ("C13", "backup.interval"),
    ("C14", "subscription.availability"),
    ("C15", "subscription.availability"),
    ("C27", "subscription.cloudDetails[0].regions[0].multipleAvailabilityZones"),
    ("C32", "globalDataPersistence"),
    ("C39", "crdbDatabases"),
    ("C42", "supportOSSClusterApi"),
    ("H2", "subscription.deploymentType"),
    ("H4", "crdbDatabases"),
    ("H7", "provider"),
    ("H20", "subscription.maintenanceWindows.windows"),
    ("H33", "memoryStorage"),
];

/// The settings that an export shows.
const COMPARED: &[Setting] = &[
    Setting::Persistence,
    Setting::Replication,
    Setting::Tls,
    Setting::MutualTls,
    Setting::PublicEndpoint,
    Setting::AllowList,
    Setting::Eviction,
    Setting::Backup,
    Setting::Maintenance,
    Setting::Alerts,
];

impl Held {
    pub fn new(features: &Features, needs: &Needs) -> Held {
        let answers = features.answers(needs);
        let case = Case::new(&answers);
        let advices = COMPARED.iter().map(|setting| (*setting, setting.rule().advise(&case))).collect();
        let path = |id: &str| SPOKEN.iter().find(|(spoken, _)| *spoken == id).map(|(_, path)| *path);
        let findings =
            findings::findings(&case).into_iter().filter_map(|finding| Some((path(finding.id)?, finding))).collect();
        Held { advices, findings, answers }
    }

    fn advice(&self, setting: Setting) -> Option<&Advice> {
        self.advices.iter().find(|(other, _)| *other == setting).map(|(_, advice)| advice)
    }
}

/// One database against what it is held to.
pub(super) struct Judge<'j, 'f, 'a> {
    facts: Facts<'f, 'a>,
    held: &'j Held,
    case: Case<'j>,
    found: Vec<Finding>,
    /// Nothing that matters was missing.
    pub complete: bool,
}

/// A difference: where, what is there, what should be there.
struct Difference {
    setting: Setting,
    severity: Severity,
    path: Text,
    present: Value,
    wanted: Value,
    /// What is there, in words.
    shown: Text,
    fix: &'static str,
    mend: Mend,
}

/// All that is wrong with a database, and whether everything could be seen.
pub(super) fn judge(facts: Facts, held: &Held) -> (Vec<Finding>, bool) {
    let case = Case::new(&held.answers);
    let mut judge = Judge { facts, held, case, found: Vec::new(), complete: true };
    judge.spoken();
    judge.persistence();
    judge.replication();
    judge.tls();
    judge.mutual_tls();
    judge.allow_list();
    judge.public_endpoint();
    judge.eviction();
    judge.backup();
    judge.maintenance();
    judge.alerts();
    judge.memory();
    (judge.found, judge.complete)
}

impl Judge<'_, '_, '_> {
    fn add(&mut self, difference: Difference) {
        let Difference { setting, severity, path, present, wanted, shown, fix, mend } = difference;
        let Some(advice) = self.held.advice(setting) else { return };
        let is = if advice.title.ends_with('s') { "are" } else { "is" };
        self.found.push(Finding {
            id: setting.key(),
            severity,
            path,
            present,
            wanted,
            message: format!("{} {is} {shown}, and should be {}.", advice.title, words(advice)).into(),
            fix: fix.into(),
            reason: advice.reason.clone(),
            sources: advice.sources,
            mend,
        });
    }

    /// What this export does not say.
    fn unknown(&mut self, setting: Setting, path: impl Into<Text>, at: Missing) {
        self.complete = false;
        let Some(advice) = self.held.advice(setting) else { return };
        self.found.push(Finding {
            id: setting.key(),
            severity: Note,
            path: path.into(),
            present: Value::Null,
            wanted: match setting {
                Setting::Tls | Setting::MutualTls | Setting::Replication => json!(true),
                Setting::PublicEndpoint => json!(false),
                _ => value(advice),
            },
            message: format!("{} can't be seen in this export.", advice.title).into(),
            fix: at.fix().into(),
            reason: advice.reason.clone(),
            sources: advice.sources,
            mend: self.facts.look(at),
        });
    }

    /// What no change of a setting mends.
    fn spoken(&mut self) {
        for (path, finding) in &self.held.findings {
            let silent = match finding.id {
                // A zone that is not known is no fault.
                "C15" => self.facts.zones.is_none(),
                // Locks and limits that are perhaps there can't be seen.
                "H4" => finding.severity == Note,
                // It speaks of the windows that exist, and not of those that are wanted.
                "H20" => self.facts.windows.map(quiet_hours).as_ref() != Some(&self.held.answers.quiet_hours),
                _ => false,
            };
            if silent {
                continue;
            }
            let mend = match finding.id {
                "C1" | "C2" | "C3" | "C4" | "C5" => self.facts.upgrade(),
                "H20" => self.facts.maintenance(&self.offered(finding)),
                "H4" | "C39" => Mend::by_hand(NONE),
                "C32" => self.facts.persistence(Persistence::AofEverySecond.word(), None),
                _ => Mend::MOVE,
            };
            self.found.push(Finding {
                id: finding.id,
                severity: finding.severity,
                path: (*path).into(),
                present: self.present(finding.id),
                wanted: self.wanted(finding),
                message: finding.message.clone(),
                fix: finding.fix.clone(),
                reason: reason(finding.because, &self.held.answers).into(),
                sources: finding.sources,
                mend,
            });
        }
    }

    /// The windows after the change that a finding offers.
    fn offered(&self, finding: &plan::Finding) -> Vec<QuietHours> {
        let change = finding.change.as_ref().and_then(|patch| self.held.answers.with(patch).ok());
        change.map(|answers| answers.quiet_hours).unwrap_or_default()
    }

    /// What stands at the path of such a finding.
    fn present(&self, id: &str) -> Value {
        let database = self.facts.database;
        match id {
            "C1" | "C11" => json!(database.data_persistence.as_deref()),
            "C2" => json!(database.replication),
            "C3" | "C4" => json!(false),
            "C9" => json!("fixed"),
            "C13" => json!("every-24-hours"),
            "C14" | "C15" => json!(self.facts.subscription.and_then(|s| s.availability.as_deref())),
            "C27" => json!(false),
            "C32" => json!(database.global_data_persistence.as_deref()),
            "H20" => json_of(&self.held.answers.quiet_hours),
            "H33" => json!("ram-and-flash"),
            "H2" => json!("single-region"),
            _ => Value::Null,
        }
    }

    fn wanted(&self, finding: &plan::Finding) -> Value {
        match finding.id {
            "C1" | "C11" => json!(match self.held.answers.data_loss {
                DataLoss::Nothing => Persistence::AofEveryWrite.word(),
                _ => Persistence::AofEverySecond.word(),
            }),
            "C2" | "C3" | "C4" | "C27" => json!(true),
            "C9" => json!("manual"),
            "C14" => json!("Multi-zone"),
            "C32" => json!(Persistence::AofEverySecond.word()),
            "H20" => json_of(&self.offered(finding)),
            "H33" => json!("ram"),
            "H2" => json!("active-active"),
            _ => Value::Null,
        }
    }

    fn persistence(&mut self) {
        let wanted = persistence::value(&self.case);
        let database = self.facts.database;
        let global = database.global_data_persistence.as_deref();
        let (mut of_region, mut follows) = (false, false);
        for (i, region) in database.crdb_databases.iter().flatten().enumerate() {
            let Some(word) = region.data_persistence.as_deref() else { continue };
            of_region = true;
            // What a region has from all is mended for all.
            if global == Some(word) {
                follows = true;
                continue;
            }
            let path = format!("crdbDatabases[{i}].dataPersistence");
            self.persistence_of(wanted, path.into(), word, region.region.as_deref());
        }
        let (path, word) = match global {
            Some(word) => ("globalDataPersistence", Some(word)),
            None => ("dataPersistence", database.data_persistence.as_deref()),
        };
        match word {
            // A region has the last word on itself.
            _ if of_region && !follows => {}
            Some(word) => self.persistence_of(wanted, path.into(), word, None),
            None => self.unknown(Setting::Persistence, path, Missing::Database),
        }
    }

    fn persistence_of(&mut self, wanted: Persistence, path: Text, word: &str, region: Option<&str>) {
        let Some(present) = Persistence::ALL.into_iter().find(|kind| kind.word() == word) else {
            return self.unknown(Setting::Persistence, path, Missing::Database);
        };
        let loses = |kind: Persistence| kind.loses_s().unwrap_or(u32::MAX);
        // Snapshots on Active-Active: sources disagree, and that is a finding of its own.
        let contested = self.case.active_active() && self.case.answers.data_loss < DataLoss::OneSecond;
        if self.free() || loses(present) <= loses(wanted) || (contested && present != Persistence::None) {
            return;
        }
        self.add(Difference {
            setting: Setting::Persistence,
            severity: Error,
            path,
            present: json!(word),
            wanted: json!(wanted.word()),
            shown: present.word().into(),
            fix: "Change the persistence: that is done in the background.",
            mend: self.facts.persistence(wanted.word(), region),
        });
    }

    fn replication(&mut self) {
        let wanted = replication::value(&self.case);
        if self.free() || wanted == Replication::None {
            return;
        }
        match self.facts.database.replication {
            None if self.facts.active_active => {}
            None => self.unknown(Setting::Replication, "replication", Missing::Database),
            Some(true) => {
                let asked = replication::wanted(&self.case) == Replication::MultiZone;
                if asked && self.facts.zones.is_none() && !self.facts.active_active {
                    self.zones_unknown();
                }
            }
            Some(false) => {
                self.add(Difference {
                    setting: Setting::Replication,
                    severity: Error,
                    path: "replication".into(),
                    present: json!(false),
                    wanted: json!(true),
                    shown: "off".into(),
                    fix: if self.facts.active_active {
                        "Move to a new database: in Active-Active nothing switches it on."
                    } else if self.facts.plan.is_pro() {
                        "Switch replication on; where the replica stands, the subscription has decided."
                    } else {
                        "Change to a plan with replication, then switch it on."
                    },
                    // Each region has a replica; there is nothing to switch it on with.
                    mend: if self.facts.active_active { Mend::MOVE } else { self.facts.replication() },
                });
            }
        }
    }

    /// The zone mode stands in the subscription and nowhere in a database.
    fn zones_unknown(&mut self) {
        self.complete = false;
        let Some(check) = checks().find(|check| check.id == "H31") else { return };
        let pro = self.facts.plan.is_pro();
        self.found.push(Finding {
            id: check.id,
            severity: Note,
            path: if pro { "subscription.cloudDetails" } else { "subscription.availability" }.into(),
            present: Value::Null,
            wanted: json!(Replication::MultiZone.word()),
            message: "Whether the replica is in another zone can't be seen: that stands in the subscription.".into(),
            fix: Missing::Subscription.fix().into(),
            reason: reason(&["survive"], &self.held.answers).into(),
            sources: check.sources,
            mend: self.facts.look(Missing::Subscription),
        });
    }

    fn tls(&mut self) {
        if tls::value(&self.case) != Tls::On {
            return;
        }
        let (path, present) = self.security("enableTls", |security| security.enable_tls);
        // Essentials leaves the field out where TLS is off.
        let (severity, shown) = match present {
            Some(true) => return,
            Some(false) => (Error, "off"),
            None if self.facts.database.security.is_some() && !self.facts.plan.is_pro() => {
                (Warning, "not named in this export, as where it is off")
            }
            None => return self.unknown(Setting::Tls, path, Missing::Database),
        };
        self.add(Difference {
            setting: Setting::Tls,
            severity,
            path,
            present: json!(present),
            wanted: json!(true),
            shown: shown.into(),
            fix: if self.facts.plan.is_pro() {
                "Give every client TLS and the CA bundle first, then switch it on."
            } else {
                "Give every client TLS and the CA bundle first, then switch it on by REST or in the console: \
                 Terraform can't."
            },
            mend: self.facts.tls(),
        });
    }

    fn mutual_tls(&mut self) {
        if !self.case.mutual_tls() {
            return;
        }
        let asked = |security: &Security| {
            let either = [security.tls_client_authentication, security.ssl_client_authentication];
            either.into_iter().flatten().reduce(|one, other| one || other)
        };
        let (path, present) = self.security("tlsClientAuthentication", asked);
        match present {
            Some(true) => {}
            None => self.unknown(Setting::MutualTls, path, Missing::Database),
            Some(false) => self.add(Difference {
                setting: Setting::MutualTls,
                severity: Error,
                path,
                present: json!(false),
                wanted: json!(true),
                shown: "off".into(),
                fix: "Give every client its certificate first, then name the certificates.",
                mend: self.facts.mutual_tls(),
            }),
        }
    }

    /// A field of the security of the database, or of its first region that has it.
    fn security<T>(&self, field: &str, get: impl Fn(&Security) -> Option<T>) -> (Text, Option<T>) {
        let own = self.facts.database.security.as_ref().and_then(&get);
        let regions = self.facts.database.crdb_databases.iter().flatten().enumerate();
        let of = |(i, region): (usize, &Region)| Some((i, region.security.as_ref().and_then(&get)?));
        match (own, regions.into_iter().find_map(of)) {
            (None, Some((i, value))) => (format!("crdbDatabases[{i}].security.{field}").into(), Some(value)),
            (own, _) => (format!("security.{field}").into(), own),
        }
    }

    fn allow_list(&mut self) {
        let open = |rules: &[Word]| rules.is_empty() || rules.iter().any(|rule| rule.ends_with("/0"));
        if self.free() || self.held.answers.networks == 0 || self.case.private() {
            return;
        }
        let database = self.facts.database;
        let global = database.global_source_ip.as_deref();
        let mut known: Vec<(Text, &[Word], Option<&str>)> = Vec::new();
        match (global, database.security.as_ref().and_then(Security::rules)) {
            (Some(rules), _) => known.push(("globalSourceIp".into(), rules, None)),
            (None, Some(rules)) => known.push(("security.sourceIps".into(), rules, None)),
            (None, None) => {}
        }
        for (i, region) in database.crdb_databases.iter().flatten().enumerate() {
            // Without rules of its own a region has those of all.
            let own = region
                .security
                .as_ref()
                .and_then(Security::rules)
                .filter(|rules| global.is_none() || !rules.is_empty());
            known.extend(own.map(|rules| {
                (format!("crdbDatabases[{i}].security.sourceIps").into(), rules, region.region.as_deref())
            }));
        }
        let seen = !known.is_empty();
        match known.into_iter().find(|(_, rules, _)| open(rules)) {
            None if seen => {}
            None => self.unknown(Setting::AllowList, "security.sourceIps", Missing::Database),
            Some((path, rules, region)) => self.add(Difference {
                setting: Setting::AllowList,
                severity: Warning,
                path,
                present: json!(rules.iter().map(|rule| &*rule.0).collect::<Vec<_>>()),
                wanted: self.held.advice(Setting::AllowList).map(value).unwrap_or_default(),
                shown: "open to every address".into(),
                fix: if self.facts.plan.is_pro() {
                    "Name the networks of your app in place of 0.0.0.0/0."
                } else {
                    "Name the networks of your app in place of 0.0.0.0/0, by REST or in the console: Terraform likely \
                     never sends them."
                },
                mend: self.facts.allow_list(region),
            }),
        }
    }

    fn public_endpoint(&mut self) {
        if !(self.facts.plan.is_pro() && self.case.private()) {
            return;
        }
        let path = "subscription.publicEndpointAccess";
        match self.facts.subscription.and_then(|subscription| subscription.public_endpoint_access) {
            Some(false) => {}
            None => self.unknown(Setting::PublicEndpoint, path, Missing::Subscription),
            Some(true) => self.add(Difference {
                setting: Setting::PublicEndpoint,
                severity: Warning,
                path: path.into(),
                present: json!(true),
                wanted: json!(false),
                shown: "open".into(),
                fix: "Block it once every client comes by the private link.",
                mend: self.facts.public_endpoint(),
            }),
        }
    }

    fn eviction(&mut self) {
        let Some(word) = self.facts.database.data_eviction_policy.as_deref() else {
            return self.unknown(Setting::Eviction, "dataEvictionPolicy", Missing::Database);
        };
        if eviction::serves(&self.case, word) {
            return;
        }
        let Some(advice) = self.held.advice(Setting::Eviction) else { return };
        let wanted = words(advice);
        self.add(Difference {
            setting: Setting::Eviction,
            severity: Warning,
            path: "dataEvictionPolicy".into(),
            present: json!(word),
            wanted: json!(wanted),
            shown: word.to_owned().into(),
            fix: "Change the policy, and see to it that somebody reads the alert on memory.",
            mend: self.facts.eviction(&wanted),
        });
    }

    fn backup(&mut self) {
        let Some(wanted) = backup::hours(&self.case) else { return };
        let regions = self.facts.database.crdb_databases.iter().flatten().enumerate();
        let of_regions =
            regions.filter_map(|(i, region)| Some((Some(i), region.backup.as_ref()?, region.region.as_deref())));
        let own = self.facts.database.backup.as_ref().map(|backup| (None, backup, None));
        let hours = |backup: &Backup| {
            let on = backup.enable_remote_backup.or(backup.remote_backup_enabled)?;
            // Essentials has one interval only, and does not always name it.
            let hours = || backup.interval.as_deref()?.split('-').nth(1)?.parse::<u32>().ok();
            Some(if on { hours().unwrap_or(24) } else { u32::MAX })
        };
        // A copy in one region undoes a mistake that reached all of them.
        let known = own.into_iter().chain(of_regions);
        let known = known.filter_map(|(at, backup, region)| Some((hours(backup)?, at, backup, region)));
        let Some((present, at, backup, region)) = known.min_by_key(|(hours, ..)| *hours) else {
            return self.unknown(Setting::Backup, "backup", Missing::Database);
        };
        if present <= wanted {
            return;
        }
        let interval = format!("every-{wanted}-hours");
        let (field, shown, is, should) = if present == u32::MAX {
            let pro = backup.enable_remote_backup.is_some();
            let field = if pro { "enableRemoteBackup" } else { "remoteBackupEnabled" };
            (field, Text::from("off"), json!(false), json!(true))
        } else {
            ("interval", format!("every {present} hours").into(), json!(backup.interval.as_deref()), json!(interval))
        };
        let mend = self.facts.backup(&interval, backup.destination.as_deref(), region);
        self.add(Difference {
            setting: Setting::Backup,
            severity: Error,
            path: at.map_or(format!("backup.{field}"), |at| format!("crdbDatabases[{at}].backup.{field}")).into(),
            present: is,
            wanted: should,
            shown,
            fix: "Back up to a bucket of yours, and practise a restore.",
            mend,
        });
    }

    fn maintenance(&mut self) {
        let wanted = maintenance::windows(&self.case);
        if !self.facts.plan.is_pro() || wanted.is_empty() {
            return;
        }
        let Some(export) = self.facts.windows else {
            return self.unknown(Setting::Maintenance, "subscription.maintenanceWindows", Missing::Windows);
        };
        let present = quiet_hours(export);
        // Every window that is wanted is there; another beside it would be another choice.
        let automatic = export.mode.as_deref() == Some("automatic");
        if !automatic && same_hours(&present, &wanted) {
            return;
        }
        let manual = !automatic && (export.mode.is_some() || !present.is_empty());
        self.add(Difference {
            setting: Setting::Maintenance,
            severity: Warning,
            path: format!("subscription.maintenanceWindows.{}", if manual { "windows" } else { "mode" }).into(),
            present: if manual { json_of(&present) } else { json!("automatic") },
            wanted: if manual { json_of(&wanted) } else { json!("manual") },
            shown: if manual { "at other hours" } else { "automatic" }.into(),
            fix: "Set the windows to your quiet hours; that disturbs nobody.",
            mend: self.facts.maintenance(&wanted),
        });
    }

    fn alerts(&mut self) {
        // The one on memory: without it a full database is learnt of from its users.
        let first = if self.facts.plan.is_pro() { "dataset-size" } else { "datasets-size" };
        let global = self.facts.database.global_alerts.as_deref();
        let named = |alert: &Alert| alert.name.as_deref() == Some(first);
        let of_region = |region: &Region| region.alerts.iter().flatten().any(named);
        if self.free() || self.facts.database.crdb_databases.iter().flatten().any(of_region) {
            return;
        }
        let Some(present) = global.or(self.facts.database.alerts.as_deref()) else {
            let path = if self.facts.active_active { "globalAlerts" } else { "alerts" };
            return self.unknown(Setting::Alerts, path, Missing::Database);
        };
        if present.iter().any(named) {
            return;
        }
        let wanted = value(&Setting::Alerts.rule().advise(&Case::new(&self.as_ordered())));
        let mend = self.facts.alerts(&wanted);
        let names: Vec<&str> = present.iter().filter_map(|alert| alert.name.as_deref()).collect();
        self.add(Difference {
            setting: Setting::Alerts,
            severity: Warning,
            path: if global.is_some() { "globalAlerts" } else { "alerts" }.into(),
            present: json!(names),
            wanted: wanted.clone(),
            shown: format!("without {first}").into(),
            fix: "Add the alerts, and switch alert mails on for somebody who reads them.",
            mend,
        });
    }

    /// The answers with the throughput and the size that were ordered: an alert is a share of them.
    fn as_ordered(&self) -> Answers {
        let database = self.facts.database;
        let mut answers = self.held.answers.clone();
        if let Some(ops) = database.throughput_measurement.as_ref().and_then(|throughput| throughput.value) {
            answers.throughput = ops.clamp(1, 10_000_000) as u32;
        }
        if let Some(limit) = database.plan_memory_limit {
            // The most that the rule would put into a plan of this size.
            let gigabytes =
                if database.memory_limit_measurement_unit.as_deref() == Some("MB") { limit / 1000.0 } else { limit };
            let copies = if replication::value(&self.case) == Replication::None { 1.0 } else { 2.0 };
            answers.dataset = (gigabytes * 0.79 / copies).clamp(0.001, 50_000.0);
        }
        answers
    }

    /// Memory that is nearly full: the same share of it that the alert sounds at.
    fn memory(&mut self) {
        let database = self.facts.database;
        let gigabytes = database.memory_limit_measurement_unit.as_deref() != Some("MB");
        let of_plan = database.plan_memory_limit.map(|limit| if gigabytes { limit * 1024.0 } else { limit });
        let limit = of_plan.or(database.memory_limit_in_gb.map(|limit| limit * 1024.0));
        let whole = database.memory_used_in_mb.zip(limit).map(|seen| (Text::from("memoryUsedInMb"), seen));
        let of_regions = database.crdb_databases.iter().flatten().enumerate().filter_map(|(i, region)| {
            let seen = (region.memory_used_in_mb?, region.memory_limit_in_gb? * 1024.0);
            Some((format!("crdbDatabases[{i}].memoryUsedInMb").into(), seen))
        });
        // The fullest one.
        let share = |(used, limit): (f64, f64)| used / limit * 100.0;
        let fullest = whole.into_iter().chain(of_regions).max_by(|a, b| share(a.1).total_cmp(&share(b.1)));
        let Some((path, (used, limit))) = fullest else { return };
        let share = share((used, limit));
        let most = alerts::memory(&self.case);
        // A cache may be full: that is what evicts.
        if limit <= 0.0 || share <= f64::from(most) || self.held.answers.role == Role::Cache {
            return;
        }
        let Some(check) = checks().find(|check| check.id == "H21") else { return };
        let data = database.dataset_size_in_gb.unwrap_or(limit / 1024.0);
        self.found.push(Finding {
            id: check.id,
            severity: check.severity,
            path,
            present: json!(used),
            wanted: json!((limit * f64::from(most) / 100.0).floor()),
            message: format!("{} % of the memory is used, more than {most} %.", share.round() as u64).into(),
            fix: "Make it larger, or store less.".into(),
            reason: self.held.advice(Setting::Alerts).map(|advice| advice.reason.clone()).unwrap_or_default(),
            sources: check.sources,
            mend: self.facts.larger(data * share / f64::from(most)),
        });
    }

    /// Free has none of it; that it has not is a finding for itself.
    fn free(&self) -> bool {
        self.facts.plan == crate::rules::plan::PlanKind::Free
    }
}

impl Missing {
    fn fix(self) -> &'static str {
        match self {
            Missing::Database => "Export the database itself: a list leaves fields out.",
            Missing::Subscription => "Add the subscription to the export.",
            Missing::Windows => "Add the maintenance windows of the subscription to the export.",
        }
    }
}

/// The value in the words of the message.
fn words(advice: &Advice) -> String {
    match (&advice.value, advice.value.get("rules"), advice.value.get("windows")) {
        (_, Some(rules), _) if rules.to_string() == "1" => "your one network".to_owned(),
        (_, Some(rules), _) => format!("your {rules} networks"),
        (_, _, Some(_)) => "in your quiet hours".to_owned(),
        (crate::rules::Value::List(items), ..) => {
            let names = items.iter().filter_map(|item| item.get("name")?.as_str());
            format!("with {}", names.collect::<Vec<_>>().join(", "))
        }
        _ => advice.shown(),
    }
}

/// The value as JSON.
fn value(advice: &Advice) -> Value {
    serde_json::to_value(&advice.value).unwrap_or_default()
}

/// The answers that a finding follows from: `survive: zone`.
fn reason(because: &[&str], answers: &Answers) -> String {
    let of = |id: &&str| {
        let entry = crate::questions::find(id)?;
        let text = (entry.show)(answers);
        (!text.is_empty()).then(|| format!("{}: {text}", entry.question.id))
    };
    format!("It follows from {}.", because.iter().filter_map(of).collect::<Vec<_>>().join(", "))
}

/// Neither the order of windows nor that of their days means anything.
fn same_hours(present: &[QuietHours], wanted: &[QuietHours]) -> bool {
    let same = |a: &QuietHours, b: &QuietHours| {
        let hours = |it: &QuietHours| (it.start_hour, it.duration_in_hours, it.days.len());
        hours(a) == hours(b) && a.days.iter().all(|day| b.days.contains(day))
    };
    present.len() == wanted.len() && wanted.iter().all(|window| present.iter().any(|other| same(window, other)))
}

fn json_of(windows: &[QuietHours]) -> Value {
    windows.iter().map(window).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::questions::Day;

    #[test]
    fn windows_are_the_same_in_any_order_and_no_others_are() {
        let window = |days: &[Day], start_hour| QuietHours { days: days.to_vec(), start_hour, duration_in_hours: 8 };
        let [tuesday, friday, sunday] = [Day::ALL[1], Day::ALL[4], Day::ALL[6]];
        let wanted = [window(&[tuesday, friday], 22), window(&[sunday], 1)];
        assert!(same_hours(&[window(&[sunday], 1), window(&[friday, tuesday], 22)], &wanted));
        assert!(!same_hours(&wanted[..1], &wanted));
        assert!(!same_hours(&[window(&[tuesday], 22), window(&[sunday], 1)], &wanted));
        assert!(!same_hours(&[window(&[tuesday, friday], 21), window(&[sunday], 1)], &wanted));
    }
}
