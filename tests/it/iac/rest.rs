//! The bodies of the REST calls: JSON that the API knows, and the same settings as in the Terraform.

use std::collections::BTreeMap;

use holdfast::Plan;
use holdfast::rules::Setting;
use serde_json::Value;

use super::hcl::Block;

/// Fields of the request that creates a Pro subscription, and of what stands in it.
const SUBSCRIPTION: &[&str] =
    &["name", "deploymentType", "memoryStorage", "publicEndpointAccess", "cloudProviders", "databases"];
const CLOUD: &[&str] = &["provider", "regions"];
const REGION: &[&str] = &["region", "multipleAvailabilityZones", "networking"];
const FIRST: &[&str] = &[
    "name",
    "protocol",
    "datasetSizeInGb",
    "dataPersistence",
    "replication",
    "supportOSSClusterApi",
    "throughputMeasurement",
    "localThroughputMeasurement",
];
/// Fields of the request that changes a database: Pro, Active-Active, Essentials.
const PRO: &[&str] = &[
    "datasetSizeInGb",
    "dataPersistence",
    "dataEvictionPolicy",
    "replication",
    "throughputMeasurement",
    "respVersion",
    "supportOSSClusterApi",
    "enableTls",
    "alerts",
    "remoteBackup",
];
const ACTIVE_ACTIVE: &[&str] = &[
    "datasetSizeInGb",
    "globalDataPersistence",
    "dataEvictionPolicy",
    "supportOSSClusterApi",
    "enableTls",
    "globalAlerts",
    "regions",
];
const LOCAL: &[&str] = &["region", "localThroughputMeasurement", "remoteBackup", "respVersion"];
const ESSENTIALS: &[&str] =
    &["name", "dataPersistence", "dataEvictionPolicy", "replication", "respVersion", "enableTls", "alerts"];

/// The bodies by the name of their function. A here-document that something in it could end would not be JSON.
pub fn bodies(script: &str) -> BTreeMap<&str, Value> {
    let mut bodies = BTreeMap::new();
    let mut name = "";
    let mut lines = script.lines();
    while let Some(line) = lines.next() {
        if let Some(function) = line.strip_suffix("() {") {
            name = function;
        }
        if line.ends_with("<<'JSON'") {
            let body: Vec<&str> = lines.by_ref().take_while(|line| *line != "JSON").collect();
            bodies.insert(name, serde_json::from_str(&body.join("\n")).expect("JSON"));
        }
    }
    bodies
}

pub fn judge(script: &str, plan: &Plan, terraform: &Block) -> Vec<String> {
    let bodies = bodies(script);
    let mut wrong = Vec::new();
    let pro = bodies.contains_key("windows");
    let (subscription, database) = (&bodies["subscription"], &bodies["database"]);
    let several = database.get("regions").is_some();
    if pro {
        known(subscription, SUBSCRIPTION, &mut wrong);
        each(&subscription["cloudProviders"]).for_each(|cloud| known(cloud, CLOUD, &mut wrong));
        let regions = || each(&subscription["cloudProviders"]).flat_map(|cloud| each(&cloud["regions"]));
        regions().for_each(|region| known(region, REGION, &mut wrong));
        each(&subscription["databases"]).for_each(|first| known(first, FIRST, &mut wrong));
        each(&database["regions"]).for_each(|region| known(region, LOCAL, &mut wrong));
        let regions: Vec<&Value> = regions().collect();
        let blocks: Vec<&Block> = terraform
            .blocks
            .iter()
            .filter(|block| block.head.last().is_some_and(|name| name == "main"))
            .flat_map(Block::all)
            .filter(|block| block.kind() == "region" && block.named("database").next().is_none())
            .collect();
        same("regions", regions.len(), blocks.len(), &mut wrong);
        for (region, block) in regions.iter().zip(blocks) {
            same("region", region["region"].as_str(), block.text("region").as_deref(), &mut wrong);
            let cidr = block.text("networking_deployment_cidr");
            same("range", region["networking"]["deploymentCIDR"].as_str(), cidr.as_deref(), &mut wrong);
        }
        same("size", database["datasetSizeInGb"].as_f64(), Some(plan.answers.dataset.max(0.1)), &mut wrong);
    }
    known(
        database,
        if several {
            ACTIVE_ACTIVE
        } else if pro {
            PRO
        } else {
            ESSENTIALS
        },
        &mut wrong,
    );
    let persistence = if several { "globalDataPersistence" } else { "dataPersistence" };
    let decided = |setting| plan.advice(setting).and_then(|advice| advice.value.as_str());
    same("persistence", database[persistence].as_str(), decided(Setting::Persistence), &mut wrong);
    same("eviction", database["dataEvictionPolicy"].as_str(), decided(Setting::Eviction), &mut wrong);
    same("TLS", database["enableTls"] == true, decided(Setting::Tls) == Some("on"), &mut wrong);
    if !several {
        let replicated = decided(Setting::Replication) != Some("none");
        same("replication", database["replication"] == true, replicated, &mut wrong);
    }
    let alerts = if several { "globalAlerts" } else { "alerts" };
    let alerts = serde_json::to_value(&database[alerts]).unwrap();
    let wanted = serde_json::to_value(&plan.advice(Setting::Alerts).unwrap().value).unwrap();
    same("alerts", alerts, wanted, &mut wrong);
    wrong
}

fn each(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}

fn known(body: &Value, fields: &[&str], wrong: &mut Vec<String>) {
    for (name, _) in body.as_object().into_iter().flatten() {
        if !fields.contains(&name.as_str()) {
            wrong.push(format!("REST: the API has no {name} here"));
        }
    }
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, is: T, wanted: T, wrong: &mut Vec<String>) {
    if is != wanted {
        wrong.push(format!("REST: {what} is {is:?}, not {wanted:?}"));
    }
}
