//! The plan as Terraform: one `main.tf`, formatted as `terraform fmt` would, for provider 2.11.
//!
//! What was decided stands in it as a literal, because `terraform validate` does not look into
//! variables; what only the reader knows (accounts, address ranges, buckets) is a variable that
//! checks itself. What the provider can't do is said beside the resource, with the call that does it.

mod active_active;
mod essentials;
mod hcl;
mod network;
mod pro;
mod variables;

use super::deployment::Deployment;
use crate::plan::Plan;
use crate::rules::plan::PlanKind;
use hcl::{Hcl, quote};

/// The configuration.
pub fn terraform(plan: &Plan) -> String {
    let deployment = &Deployment::new(plan);
    let hcl = &mut Hcl::stamped(&deployment.stamp);
    head(hcl, deployment);
    variables::write(hcl, deployment);
    if deployment.case.plan != PlanKind::Free {
        card(hcl);
    }
    match deployment.case.plan {
        PlanKind::Free | PlanKind::Essentials | PlanKind::EssentialsFlex => essentials::write(hcl, deployment),
        PlanKind::Pro | PlanKind::ProFlex if deployment.case.active_active() => active_active::write(hcl, deployment),
        PlanKind::Pro | PlanKind::ProFlex => pro::write(hcl, deployment),
    }
    network::write(hcl, deployment);
    std::mem::take(hcl).text()
}

fn head(hcl: &mut Hcl, deployment: &Deployment) {
    hcl.say(
        "The keys of the API come from the environment: REDISCLOUD_ACCESS_KEY and REDISCLOUD_SECRET_KEY. The state \
         holds the database's password: keep it where only you can read it.",
    );
    for said in deployment.replaced() {
        hcl.say(&said);
    }
    hcl.block("terraform", |hcl| {
        hcl.set("required_version", quote(">= 1.3"));
        hcl.block("required_providers", |hcl| {
            hcl.object("rediscloud", |hcl| {
                hcl.set("source", quote("RedisLabs/rediscloud"));
                hcl.set("version", quote("~> 2.11"));
            });
        });
    });
    hcl.block("provider \"rediscloud\"", |_| {});
}

fn card(hcl: &mut Hcl) {
    hcl.say(
        "The card that pays. Through a marketplace: put payment_method = \"marketplace\" in the place of \
         payment_method_id below and drop this; with a direct contract drop both.",
    );
    hcl.named("data", "payment_method", "card", |hcl| {
        hcl.set("last_four_numbers", "var.card_last_four");
        hcl.set("exclude_expired", true);
    });
}

fn pays(hcl: &mut Hcl) {
    hcl.set("payment_method_id", "data.rediscloud_payment_method.card.id");
}

/// The alerts, each a block.
fn alerts(hcl: &mut Hcl, deployment: &Deployment, block: &str) {
    for (name, value) in deployment.alerts() {
        hcl.block(block, |hcl| {
            hcl.set("name", quote(name));
            hcl.set("value", value);
        });
    }
}

/// When Redis may maintain the subscription.
fn windows(hcl: &mut Hcl, deployment: &Deployment) {
    let windows = deployment.windows();
    if windows.is_empty() {
        hcl.block("maintenance_windows", |hcl| hcl.set("mode", quote("automatic")));
        return;
    }
    hcl.say("The hours are those of the region's local time.");
    hcl.block("maintenance_windows", |hcl| {
        hcl.set("mode", quote("manual"));
        for window in windows {
            hcl.block("window", |hcl| {
                hcl.set("start_hour", window.start_hour);
                hcl.set("duration_in_hours", window.duration_in_hours);
                hcl.set("days", hcl::list(window.days.iter().map(|day| day.word())));
            });
        }
    });
}

/// One backup schedule; the service chooses the hour.
fn backup(hcl: &mut Hcl, deployment: &Deployment, path: &str) {
    let Some(interval) = deployment.backup() else { return };
    hcl.block("remote_backup", |hcl| {
        hcl.set("interval", quote(&interval));
        hcl.set("storage_type", quote(deployment.storage_type()));
        hcl.set("storage_path", path);
    });
}

/// Nothing that holds data is destroyed by a plan that was not read.
fn keep(hcl: &mut Hcl) {
    hcl.say("Some arguments can't be changed in place: without this, a change of theirs would destroy the data.");
    hcl.block("lifecycle", |hcl| hcl.set("prevent_destroy", true));
}

/// How to take over what exists: `resource`, and the form of its id.
fn import(hcl: &mut Hcl, deployment: &Deployment, resources: &[(&str, &str)]) {
    if !deployment.exists() {
        return;
    }
    hcl.say(
        "You have a database: import it before you apply, else a second one is created beside it. Before that, write \
         the names, the region and the address range below as they are.",
    );
    for (resource, id) in resources {
        hcl.copy(&["terraform import rediscloud_", resource, ".main ", id].concat());
    }
}

/// Where the app connects, and with what.
fn outputs(hcl: &mut Hcl, deployment: &Deployment, database: &str, password: &str) {
    let endpoint = if deployment.public() { "public_endpoint" } else { "private_endpoint" };
    let of = |attribute: &str| ["rediscloud_", database, ".main.", attribute].concat();
    hcl.say("Host and port for REDIS_HOST and REDIS_PORT.");
    hcl.block("output \"endpoint\"", |hcl| hcl.set("value", of(endpoint)));
    hcl.say("For REDIS_PASSWORD: terraform output -raw password");
    hcl.block("output \"password\"", |hcl| {
        hcl.set("value", of(password));
        hcl.set("sensitive", true);
    });
}

/// A call of the API, to be copied from a comment.
fn curl(method: &str, path: &str, body: &str) -> String {
    let keys = "-H \"x-api-key: $REDISCLOUD_ACCESS_KEY\" -H \"x-api-secret-key: $REDISCLOUD_SECRET_KEY\"";
    let sent = if body.is_empty() {
        String::new()
    } else {
        [" -H \"content-type: application/json\" -d '", body, "'"].concat()
    };
    ["curl -sS -X ", method, " ", keys, " \"https://api.redislabs.com/v1", path, "\"", &sent].concat()
}
