//! Pro in one region.

use super::hcl::{Hcl, quote};
use crate::artefact::deployment::Deployment;

const BY: &str = "operations-per-second";

pub(super) fn write(hcl: &mut Hcl, deployment: &Deployment) {
    super::import(
        hcl,
        deployment,
        &[("subscription", "SUBSCRIPTION_ID"), ("subscription_database", "SUBSCRIPTION_ID/DATABASE_ID")],
    );
    hcl.named("resource", "subscription", "main", |hcl| subscription(hcl, deployment));
    hcl.named("resource", "subscription_database", "main", |hcl| database(hcl, deployment));
    super::outputs(hcl, deployment, "subscription_database", "password");
}

fn subscription(hcl: &mut Hcl, deployment: &Deployment) {
    hcl.set("name", quote(deployment.subscription()));
    super::pays(hcl);
    hcl.set("memory_storage", quote(deployment.memory_storage()));
    hcl.set("public_endpoint_access", deployment.public());
    hcl.say("None of this can ever be changed. The range must not overlap any network that is linked to it.");
    hcl.block("cloud_provider", |hcl| {
        hcl.set("provider", quote(deployment.provider()));
        hcl.block("region", |hcl| {
            hcl.set("region", quote(deployment.regions[0]));
            hcl.set("multiple_availability_zones", deployment.many_zones());
            hcl.set("networking_deployment_cidr", quote(&deployment.cidr(0)));
            hcl.set("preferred_availability_zones", "[]");
        });
    });
    hcl.say("Sizes the first machines, and is ignored afterwards. The service adds the replica's memory itself.");
    hcl.block("creation_plan", |hcl| {
        hcl.set("dataset_size_in_gb", deployment.dataset());
        hcl.set("quantity", 1);
        hcl.set("replication", deployment.replicated());
        hcl.set("support_oss_cluster_api", deployment.case.cluster());
        hcl.set("throughput_measurement_by", quote(BY));
        hcl.set("throughput_measurement_value", deployment.throughput());
    });
    super::windows(hcl, deployment);
    super::keep(hcl);
}

fn database(hcl: &mut Hcl, deployment: &Deployment) {
    hcl.set("subscription_id", "rediscloud_subscription.main.id");
    hcl.set("name", quote(&deployment.name));
    hcl.set("dataset_size_in_gb", deployment.dataset());
    hcl.set("throughput_measurement_by", quote(BY));
    hcl.set("throughput_measurement_value", deployment.throughput());
    hcl.set("replication", deployment.replicated());
    hcl.set("data_persistence", quote(deployment.persistence()));
    hcl.set("data_eviction", quote(deployment.eviction()));
    hcl.set("support_oss_cluster_api", deployment.case.cluster());
    if deployment.resp3() {
        hcl.set("resp_version", quote("resp3"));
    }
    hcl.set("enable_tls", deployment.tls());
    if deployment.case.mutual_tls() {
        hcl.set("client_tls_certificates", "var.client_certificates");
    }
    if deployment.allow_list().is_some() {
        hcl.set("source_ips", "var.allowed_networks");
    }
    super::alerts(hcl, deployment, "alert");
    super::backup(hcl, deployment, "var.backup_path");
    super::keep(hcl);
}
