//! Free and Essentials.

use super::hcl::{Hcl, quote};
use crate::artefact::deployment::Deployment;
use crate::rules::plan::PlanKind;

pub(super) fn write(hcl: &mut Hcl, deployment: &Deployment) {
    let free = deployment.case.plan == PlanKind::Free;
    let flex = deployment.case.plan == PlanKind::EssentialsFlex;
    if flex {
        hcl.say("The data source does not list Flex plans: take the id of yours from the API.");
        hcl.copy(&flex_plans(deployment));
    } else {
        plan(hcl, deployment);
    }
    if free {
        hcl.say("One table says that Free can't be had by the API: where this is refused, create it in the console.");
    }
    import(hcl, deployment);
    hcl.named("resource", "essentials_subscription", "main", |hcl| {
        hcl.set("name", quote(deployment.subscription()));
        hcl.set("plan_id", if flex { "var.plan_id" } else { "data.rediscloud_essentials_plan.main.id" });
        if !free {
            super::pays(hcl);
        }
    });
    if !free {
        by_hand(hcl, deployment);
    }
    hcl.named("resource", "essentials_database", "main", |hcl| {
        hcl.set("subscription_id", "rediscloud_essentials_subscription.main.id");
        hcl.set("name", quote(&deployment.name));
        hcl.set("data_persistence", quote(deployment.persistence()));
        hcl.set("data_eviction", quote(deployment.eviction()));
        hcl.set("replication", deployment.replicated());
        if deployment.backup().is_some() {
            hcl.say("Every 24 hours: this plan has no other interval.");
            hcl.set("periodic_backup_path", "var.backup_path");
        }
        super::alerts(hcl, deployment, "alert");
        super::keep(hcl);
    });
    super::outputs(hcl, deployment, "essentials_database", "password");
}

fn plan(hcl: &mut Hcl, deployment: &Deployment) {
    let (size, unit) = deployment.size();
    hcl.say("The size includes the replica. Exactly one plan may match, else the plan step ends with an error.");
    hcl.named("data", "essentials_plan", "main", |hcl| {
        hcl.set("size", size);
        hcl.set("size_measurement_unit", quote(unit));
        hcl.set("cloud_provider", quote(deployment.provider()));
        hcl.set("region", quote(deployment.regions[0]));
        hcl.set("availability", quote(deployment.availability()));
        hcl.set("support_data_persistence", deployment.persists());
    });
}

/// The list of the Flex plans, narrowed to the right one.
fn flex_plans(deployment: &Deployment) -> String {
    let (size, unit) = deployment.size();
    let filter = [
        ".plans[] | select(.region == \"",
        deployment.regions[0],
        "\" and .size == ",
        size,
        " and .sizeMeasurementUnit == \"",
        unit,
        "\" and .availability == \"",
        deployment.availability(),
        "\" and .supportDataPersistence == ",
        if deployment.persists() { "true" } else { "false" },
        ") | .id",
    ]
    .concat();
    let path = ["/fixed/plans?provider=", deployment.provider(), "&redisFlex=true"].concat();
    [&super::curl("GET", &path, ""), " | jq '", &filter, "'"].concat()
}

/// What the provider takes and never sends.
fn by_hand(hcl: &mut Hcl, deployment: &Deployment) {
    hcl.say(
        "On this plan provider 2.11 sends neither enable_tls nor source_ips, and reports no difference. Until you have \
         done it by the API, the password crosses the internet in clear; later applies leave it as it is. Put your \
         networks in, as CIDRs:",
    );
    let mut body = vec!["\"enableTls\":true"];
    if deployment.allow_list().is_some() {
        body.push("\"sourceIps\":[\"192.0.2.0/24\"]");
    }
    if deployment.case.mutual_tls() {
        body.push("\"clientTlsCertificates\":[{\"publicCertificatePEMString\":\"-----BEGIN CERTIFICATE-----…\"}]");
    }
    let body = ["{", &body.join(","), "}"].concat();
    hcl.copy(&super::curl("PUT", "/fixed/subscriptions/$SUBSCRIPTION_ID/databases/$DATABASE_ID", &body));
}

fn import(hcl: &mut Hcl, deployment: &Deployment) {
    let resources =
        [("essentials_subscription", "SUBSCRIPTION_ID"), ("essentials_database", "SUBSCRIPTION_ID/DATABASE_ID")];
    super::import(hcl, deployment, &resources);
}
