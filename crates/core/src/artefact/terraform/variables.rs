//! What only the reader knows. Each variable checks itself, because `validate` does not look into it.

use super::hcl::{Hcl, quote};
use crate::artefact::deployment::Deployment;
use crate::questions::{Cloud, Endpoint};
use crate::rules::plan::PlanKind;

/// A variable without a default: Terraform asks for it.
struct Variable<'a> {
    name: &'a str,
    description: &'a str,
    kind: &'a str,
    sensitive: bool,
    /// A condition, and what is said where it does not hold.
    check: Option<(String, &'a str)>,
}

const TEXT: Variable = Variable { name: "", description: "", kind: "string", sensitive: false, check: None };

pub(super) fn write(hcl: &mut Hcl, deployment: &Deployment) {
    let paid = deployment.case.plan != PlanKind::Free;
    if paid {
        variable(
            hcl,
            Variable {
                name: "card_last_four",
                description: "Last four digits of the card that pays, as in Billing & Payments",
                check: Some(matches("card_last_four", "^[0-9]{4}$", "Four digits.")),
                ..TEXT
            },
        );
    }
    if deployment.case.plan == PlanKind::EssentialsFlex {
        variable(hcl, Variable { name: "plan_id", description: "Id of the Flex plan", kind: "number", ..TEXT });
    }
    if let Some(limit) = deployment.allow_list().filter(|_| deployment.case.plan.is_pro()) {
        let condition = format!("length(var.allowed_networks) >= 1 && length(var.allowed_networks) <= {limit}");
        variable(
            hcl,
            Variable {
                name: "allowed_networks",
                description: "Address ranges that may connect, on every endpoint, those of private links too",
                kind: "set(string)",
                check: Some((
                    [&condition, " && ", &cidrs("var.allowed_networks")].concat(),
                    "Between 1 and 32 ranges in CIDR form.",
                )),
                ..TEXT
            },
        );
    }
    if deployment.case.mutual_tls() && deployment.case.plan.is_pro() {
        variable(
            hcl,
            Variable {
                name: "client_certificates",
                description: "Certificates of the clients, or of the authority that signs them, as PEM",
                kind: "list(string)",
                check: Some((
                    "length(var.client_certificates) >= 1".to_owned(),
                    "At least one certificate: an empty list switches client authentication off.",
                )),
                ..TEXT
            },
        );
    }
    if deployment.backup().is_some() {
        variable(
            hcl,
            Variable {
                name: "backup_path",
                // Some kinds of path carry an account's key.
                description: match deployment.cloud {
                    Cloud::Aws => "Where backups go: s3://bucket/folder; Redis Cloud needs the right to write there",
                    Cloud::Gcp => "Where backups go: gs://bucket/folder; Redis Cloud needs the right to write there",
                    Cloud::Azure => "Where backups go: abs://:key@account/container/folder",
                },
                sensitive: true,
                ..TEXT
            },
        );
    }
    network(hcl, deployment);
}

/// What a private link has to know of the other side.
fn network(hcl: &mut Hcl, deployment: &Deployment) {
    let Some(link) = deployment.link() else { return };
    let many = deployment.case.active_active();
    let text = |hcl: &mut Hcl, name, description| variable(hcl, Variable { name, description, ..TEXT });
    match (link, deployment.cloud) {
        (Endpoint::VpcPeering, Cloud::Aws) if many => {
            let all = ["alltrue([for vpc in var.vpcs : ", &cidrs("vpc.cidrs"), "])"].concat();
            variable(
                hcl,
                Variable {
                    name: "vpcs",
                    description: "Your VPC for each region of the database, by that region's code",
                    kind: "map(object({ region = string, account = string, id = string, cidrs = set(string) }))",
                    check: Some((all, "The ranges of each VPC in CIDR form.")),
                    ..TEXT
                },
            );
        }
        (Endpoint::VpcPeering, Cloud::Aws) => {
            text(hcl, "aws_account_id", "Your AWS account");
            text(hcl, "vpc_id", "Your VPC");
            vpc_cidrs(hcl);
        }
        (Endpoint::PrivateLink, _) => text(hcl, "aws_account_id", "Your AWS account, with which the service is shared"),
        (Endpoint::TransitGateway, _) => {
            if many {
                by_region(hcl, "transit_gateway_ids", "Your transit gateway (tgw-…) for each region, by its code");
            } else {
                text(hcl, "transit_gateway_id", "Your transit gateway: tgw-…");
            }
            vpc_cidrs(hcl);
        }
        (Endpoint::VpcPeering, _) => {
            text(hcl, "gcp_project_id", "Your Google Cloud project");
            text(hcl, "gcp_network_name", "Your VPC network");
        }
        (Endpoint::PrivateServiceConnect, _) => {
            text(hcl, "gcp_project_id", "Your Google Cloud project");
            text(hcl, "gcp_network_name", "Your VPC network");
            if many {
                by_region(hcl, "gcp_subnet_names", "The subnet that gets the endpoint's address, by the region's code");
            } else {
                text(hcl, "gcp_subnet_name", "The subnet that gets the endpoint's address");
            }
        }
        (Endpoint::Public, _) => {}
    }
    if matches!(link, Endpoint::TransitGateway | Endpoint::PrivateServiceConnect) {
        hcl.say("The last step waits for your side of the link: apply, do that side, set this to true, apply again.");
        hcl.block("variable \"own_side_ready\"", |hcl| {
            hcl.set("type", "bool");
            hcl.set("default", false);
        });
    }
}

fn by_region(hcl: &mut Hcl, name: &str, description: &str) {
    variable(hcl, Variable { name, description, kind: "map(string)", ..TEXT });
}

fn vpc_cidrs(hcl: &mut Hcl) {
    variable(
        hcl,
        Variable {
            name: "vpc_cidrs",
            description: "Ranges of your VPC, at most five; they must not overlap the database's own",
            kind: "set(string)",
            check: Some((
                ["length(var.vpc_cidrs) >= 1 && length(var.vpc_cidrs) <= 5 && ", &cidrs("var.vpc_cidrs")].concat(),
                "Between 1 and 5 ranges in CIDR form.",
            )),
            ..TEXT
        },
    );
}

fn cidrs(of: &str) -> String {
    ["alltrue([for cidr in ", of, " : can(cidrhost(cidr, 0))])"].concat()
}

fn matches<'a>(name: &str, pattern: &str, said: &'a str) -> (String, &'a str) {
    (["can(regex(\"", pattern, "\", var.", name, "))"].concat(), said)
}

fn variable(hcl: &mut Hcl, variable: Variable) {
    hcl.block(&["variable ", &quote(variable.name)].concat(), |hcl| {
        hcl.set("description", quote(variable.description));
        hcl.set("type", variable.kind);
        if variable.sensitive {
            hcl.set("sensitive", true);
        }
        if let Some((condition, said)) = variable.check {
            hcl.block("validation", |hcl| {
                hcl.set("condition", condition);
                hcl.set("error_message", quote(said));
            });
        }
    });
}
