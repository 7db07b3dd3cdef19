//! Pro with Active-Active.

use super::hcl::{Hcl, quote};
use crate::artefact::deployment::Deployment;

pub(super) fn write(hcl: &mut Hcl, deployment: &Deployment) {
    super::import(
        hcl,
        deployment,
        &[
            ("active_active_subscription", "SUBSCRIPTION_ID"),
            ("active_active_subscription_database", "SUBSCRIPTION_ID/DATABASE_ID"),
            ("active_active_subscription_regions", "SUBSCRIPTION_ID"),
        ],
    );
    hcl.say(
        "The provider has no argument for zones here: each region gets several where it has at least three. A region \
         with fewer can be had by the API only, and lowers the availability of all.",
    );
    hcl.named("resource", "active_active_subscription", "main", |hcl| subscription(hcl, deployment));
    hcl.named("resource", "active_active_subscription_database", "main", |hcl| database(hcl, deployment));
    hcl.say(
        "The database begins with 1000 reads and writes in every region, whatever was planned: this sets the figures. \
         How reads and writes divide was not asked: half and half, and any region can carry all of it alone.",
    );
    hcl.named("resource", "active_active_subscription_regions", "main", |hcl| regions(hcl, deployment));
    super::outputs(hcl, deployment, "active_active_subscription_database", "global_password");
}

fn subscription(hcl: &mut Hcl, deployment: &Deployment) {
    let (reads, writes) = deployment.reads_and_writes();
    hcl.set("name", quote(deployment.subscription()));
    super::pays(hcl);
    hcl.set("cloud_provider", quote(deployment.provider()));
    hcl.set("public_endpoint_access", deployment.public());
    hcl.say(
        "Ranges can never be changed, and must overlap neither each other nor any network that is linked to them. The \
         service adds the memory of replicas and regions itself.",
    );
    hcl.block("creation_plan", |hcl| {
        hcl.set("dataset_size_in_gb", deployment.dataset());
        hcl.set("quantity", 1);
        for (i, region) in deployment.regions.iter().enumerate() {
            hcl.block("region", |hcl| {
                hcl.set("region", quote(region));
                hcl.set("networking_deployment_cidr", quote(&deployment.cidr(i)));
                hcl.set("write_operations_per_second", writes);
                hcl.set("read_operations_per_second", reads);
            });
        }
    });
    super::windows(hcl, deployment);
    super::keep(hcl);
}

fn database(hcl: &mut Hcl, deployment: &Deployment) {
    hcl.set("subscription_id", "rediscloud_active_active_subscription.main.id");
    hcl.set("name", quote(&deployment.name));
    hcl.set("dataset_size_in_gb", deployment.dataset());
    hcl.set("global_data_persistence", quote(deployment.persistence()));
    hcl.set("data_eviction", quote(deployment.eviction()));
    hcl.set("support_oss_cluster_api", deployment.case.cluster());
    if deployment.resp3() {
        hcl.set("global_resp_version", quote("resp3"));
    }
    hcl.set("enable_tls", deployment.tls());
    if deployment.case.mutual_tls() {
        hcl.set("client_tls_certificates", "var.client_certificates");
    }
    if deployment.allow_list().is_some() {
        hcl.set("global_source_ips", "var.allowed_networks");
    }
    super::alerts(hcl, deployment, "global_alert");
    if deployment.backup().is_some() {
        for region in &deployment.regions {
            hcl.block("override_region", |hcl| {
                hcl.set("name", quote(region));
                // Each region a folder of its own: one would overwrite the other.
                super::backup(hcl, deployment, &["\"${var.backup_path}/", region, "\""].concat());
            });
        }
    }
    super::keep(hcl);
}

fn regions(hcl: &mut Hcl, deployment: &Deployment) {
    const DATABASE: &str = "rediscloud_active_active_subscription_database.main.";
    let (reads, writes) = deployment.reads_and_writes();
    hcl.set("subscription_id", "rediscloud_active_active_subscription.main.id");
    for (i, region) in deployment.regions.iter().enumerate() {
        hcl.block("region", |hcl| {
            hcl.set("region", quote(region));
            hcl.set("networking_deployment_cidr", quote(&deployment.cidr(i)));
            hcl.block("database", |hcl| {
                hcl.set("database_id", [DATABASE, "db_id"].concat());
                hcl.set("database_name", [DATABASE, "name"].concat());
                hcl.set("local_write_operations_per_second", writes);
                hcl.set("local_read_operations_per_second", reads);
            });
        });
    }
}
