//! The change that mends a finding: the call of the REST API, the argument of Terraform, and what it
//! does to those who are connected.
//!
//! Paths and bodies: the OpenAPI document; arguments: the schema of the Terraform provider 2.11.0.

use serde::Serialize;
use serde_json::{Value, json};

use super::facts::Facts;
use crate::questions::{QuietHours, show_decimal};

/// How a finding is mended.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Mend {
    /// Method, path and body of the REST call; nothing where it can't be mended in place.
    pub rest: Option<String>,
    /// Resource and argument of the Terraform provider; nothing where it can't do it.
    pub terraform: Option<String>,
    /// What else the change touches.
    pub blast_radius: &'static str,
}

/// What a change does to those who are connected.
pub(super) const NONE: &str = "None: the database goes on working while it changes.";
const CUTOVER: &str =
    "Open connections live on; a client without TLS fails at its next connection, so the clients go first.";
const CERTIFICATES: &str = "Every client without a certificate is refused at its next connection.";
const MEMORY: &str = "The memory doubles, and with it the price.";
const LOCKED_OUT: &str = "Whoever comes from another address is refused at the next connection.";
const EVICTION: &str = "None while memory is free; once it is full, the new policy decides.";
const SUBSCRIPTION: &str = "It holds for every database of the subscription.";
const MOVE: &str = "Not in place: a new database takes its place, and the data has to move.";
const UPGRADE: &str = "A paid plan; Free can be upgraded where it is.";

impl Mend {
    /// Nothing to change, or nothing that a call could.
    pub(super) const fn by_hand(blast_radius: &'static str) -> Mend {
        Mend { rest: None, terraform: None, blast_radius }
    }

    /// Only by a new database.
    pub(super) const MOVE: Mend = Mend::by_hand(MOVE);
}

/// Where the calls go.
impl Facts<'_, '_> {
    fn subscription_path(&self) -> String {
        let id = self.subscription_id.map_or("{subscriptionId}".to_owned(), |id| id.to_string());
        format!("/v1/{}subscriptions/{id}", if self.plan.is_pro() { "" } else { "fixed/" })
    }

    fn database_path(&self) -> String {
        let id = self.database.database_id.unwrap_or_default();
        format!("{}/databases/{id}{}", self.subscription_path(), if self.active_active { "/regions" } else { "" })
    }

    fn resource(&self) -> &'static str {
        match (self.plan.is_pro(), self.active_active) {
            (_, true) => "rediscloud_active_active_subscription_database",
            (true, false) => "rediscloud_subscription_database",
            (false, false) => "rediscloud_essentials_database",
        }
    }

    fn subscription_resource(&self) -> &'static str {
        if self.active_active { "rediscloud_active_active_subscription" } else { "rediscloud_subscription" }
    }

    fn put(&self, body: &Value, argument: &str, blast_radius: &'static str) -> Mend {
        Mend {
            rest: Some(format!("PUT {} {body}", self.database_path())),
            terraform: Some(format!("{}: {argument}", self.resource())),
            blast_radius,
        }
    }

    /// What the provider sends for Pro, and silently leaves out for Essentials.
    fn put_without_terraform_on_essentials(&self, body: &Value, argument: &str, blast_radius: &'static str) -> Mend {
        let mend = self.put(body, argument, blast_radius);
        Mend { terraform: mend.terraform.filter(|_| self.plan.is_pro()), ..mend }
    }

    pub fn persistence(&self, word: &str, region: Option<&str>) -> Mend {
        match region {
            Some(region) => self.put(
                &json!({ "regions": [{ "region": region, "dataPersistence": word }] }),
                &format!("override_region[{region:?}].override_global_data_persistence = {word:?}"),
                NONE,
            ),
            None if self.active_active => self.put(
                &json!({ "globalDataPersistence": word }),
                &format!("global_data_persistence = {word:?}"),
                NONE,
            ),
            None => self.put(&json!({ "dataPersistence": word }), &format!("data_persistence = {word:?}"), NONE),
        }
    }

    pub fn replication(&self) -> Mend {
        let mend = self.put(&json!({ "replication": true }), "replication = true", MEMORY);
        if self.plan.is_pro() {
            return mend;
        }
        // A plan without replication refuses it, so the plan comes first.
        let plan = self.other_plan();
        let then = |first: Option<String>, second| Some(format!("{}, then {}", first?, second?));
        Mend { rest: then(plan.rest, mend.rest), terraform: then(plan.terraform, mend.terraform), ..mend }
    }

    pub fn tls(&self) -> Mend {
        self.put_without_terraform_on_essentials(&json!({ "enableTls": true }), "enable_tls = true", CUTOVER)
    }

    pub fn mutual_tls(&self) -> Mend {
        let body =
            json!({ "clientTlsCertificates": [{ "publicCertificatePEMString": "-----BEGIN CERTIFICATE-----…" }] });
        self.put_without_terraform_on_essentials(
            &body,
            "client_tls_certificates = [file(\"client.pem\")]",
            CERTIFICATES,
        )
    }

    pub fn allow_list(&self, region: Option<&str>) -> Mend {
        let rule = ["203.0.113.0/24"];
        if let Some(region) = region {
            return self.put(
                &json!({ "regions": [{ "region": region, "sourceIp": rule }] }),
                &format!("override_region[{region:?}].override_global_source_ips = [{:?}]", rule[0]),
                LOCKED_OUT,
            );
        }
        let (key, argument) = match (self.plan.is_pro(), self.active_active) {
            (_, true) => ("globalSourceIp", "global_source_ips"),
            (true, false) => ("sourceIp", "source_ips"),
            (false, false) => ("sourceIps", "source_ips"),
        };
        let argument = format!("{argument} = [{:?}]", rule[0]);
        self.put_without_terraform_on_essentials(&json!({ key: rule }), &argument, LOCKED_OUT)
    }

    pub fn eviction(&self, word: &str) -> Mend {
        self.put(&json!({ "dataEvictionPolicy": word }), &format!("data_eviction = {word:?}"), EVICTION)
    }

    /// To where it goes already; the addresses of other storages hold keys.
    pub fn backup(&self, interval: &str, destination: Option<&str>, region: Option<&str>) -> Mend {
        let (storage, place) = match destination.and_then(|place| place.split_once("://")) {
            Some(("gs", _)) => ("google-blob-storage", "gs://your-bucket/path"),
            Some(("abs", _)) => ("azure-blob-storage", "abs://your-container/path"),
            Some(("ftp" | "ftps", _)) => ("ftp", "ftp://your-server/path"),
            _ => ("aws-s3", "s3://your-bucket/path"),
        };
        let open =
            |place: &&str| ["s3://", "gs://"].iter().any(|scheme| place.starts_with(scheme)) && !place.contains('@');
        let path = destination.filter(open).unwrap_or(place);
        let config = json!({ "active": true, "interval": interval, "storageType": storage, "storagePath": path });
        let argument =
            format!("remote_backup {{ interval = {interval:?}, storage_type = {storage:?}, storage_path = {path:?} }}");
        match region {
            Some(region) => self.put(
                &json!({ "regions": [{ "region": region, "remoteBackup": config }] }),
                &format!("override_region[{region:?}].{argument}"),
                NONE,
            ),
            None if self.plan.is_pro() => self.put(&json!({ "remoteBackup": config }), &argument, NONE),
            None => self.put(&json!({ "periodicBackupPath": path }), &format!("periodic_backup_path = {path:?}"), NONE),
        }
    }

    pub fn alerts(&self, wanted: &Value) -> Mend {
        let (key, block) = if self.active_active { ("globalAlerts", "global_alert") } else { ("alerts", "alert") };
        let blocks: Vec<String> = wanted
            .as_array()
            .into_iter()
            .flatten()
            .map(|alert| format!("{block}[{}].value = {}", alert["name"], alert["value"]))
            .collect();
        let mend = self.put(&json!({ key: wanted }), &blocks.join(", "), NONE);
        // The provider's lists of names lack those of Essentials.
        Mend { terraform: mend.terraform.filter(|_| self.plan.is_pro()), ..mend }
    }

    pub fn public_endpoint(&self) -> Mend {
        Mend {
            rest: Some(format!("PUT {} {{\"publicEndpointAccess\":false}}", self.subscription_path())),
            terraform: Some(format!("{}: public_endpoint_access = false", self.subscription_resource())),
            blast_radius: SUBSCRIPTION,
        }
    }

    pub fn maintenance(&self, windows: &[QuietHours]) -> Mend {
        let body = json!({ "mode": "manual", "windows": windows.iter().map(window).collect::<Vec<_>>() });
        Mend {
            rest: Some(format!("PUT {}/maintenance-windows {body}", self.subscription_path())),
            terraform: Some(format!(
                "{}: maintenance_windows.mode = \"manual\"{}",
                self.subscription_resource(),
                windows.iter().map(window_block).collect::<String>(),
            )),
            blast_radius: SUBSCRIPTION,
        }
    }

    pub fn larger(&self, gb: f64) -> Mend {
        if self.plan.is_pro() {
            let gb = (gb * 10.0).ceil() / 10.0;
            self.put(
                &json!({ "datasetSizeInGb": gb }),
                &format!("dataset_size_in_gb = {}", show_decimal(gb)),
                "More memory, and a higher price.",
            )
        } else {
            Mend { blast_radius: "A larger plan, and a higher price.", ..self.other_plan() }
        }
    }

    /// Free becomes a paid plan where it is.
    pub fn upgrade(&self) -> Mend {
        Mend { blast_radius: UPGRADE, ..self.other_plan() }
    }

    fn other_plan(&self) -> Mend {
        Mend {
            rest: Some(format!("PUT {} {{\"planId\":{{planId}}}}", self.subscription_path())),
            terraform: Some("rediscloud_essentials_subscription: plan_id".to_owned()),
            blast_radius: UPGRADE,
        }
    }

    /// Reads what is missing.
    pub fn look(&self, at: Missing) -> Mend {
        let path = match at {
            Missing::Database => self.database_path().trim_end_matches("/regions").to_owned(),
            Missing::Subscription => self.subscription_path(),
            Missing::Windows => format!("{}/maintenance-windows", self.subscription_path()),
        };
        Mend { rest: Some(format!("GET {path}")), terraform: None, blast_radius: "None: it only reads." }
    }
}

/// A window as the API writes it.
pub(super) fn window(window: &QuietHours) -> Value {
    let days: Vec<&str> = window.days.iter().map(|day| day.word()).collect();
    json!({ "startHour": window.start_hour, "durationInHours": window.duration_in_hours, "days": days })
}

/// The same as Terraform writes it.
fn window_block(window: &QuietHours) -> String {
    let days: Vec<&str> = window.days.iter().map(|day| day.word()).collect();
    let QuietHours { start_hour, duration_in_hours, .. } = window;
    format!(
        ", maintenance_windows.window {{ start_hour = {start_hour}, duration_in_hours = {duration_in_hours}, days = {days:?} }}"
    )
}

/// Which document would tell.
#[derive(Clone, Copy)]
pub(super) enum Missing {
    Database,
    Subscription,
    Windows,
}
