//! The private link: our side of it, and what has to happen on the other.

use super::hcl::{Hcl, quote};
use crate::artefact::deployment::Deployment;
use crate::questions::{Cloud, Endpoint};

/// One link, of the whole subscription or of one region of it.
struct Link<'a> {
    /// `active_active_`, or nothing.
    kind: &'static str,
    /// The name of its resources.
    name: String,
    /// The code of its region.
    region: &'a str,
    active_active: bool,
}

pub(super) fn write(hcl: &mut Hcl, deployment: &Deployment) {
    let Some(link) = deployment.link() else { return };
    let active_active = deployment.case.active_active();
    if active_active && link != Endpoint::VpcPeering {
        hcl.say("Links name a region by its number.");
        hcl.block("locals", |hcl| {
            let regions = "rediscloud_active_active_subscription_regions.main.region";
            hcl.set("region_ids", ["{ for each in ", regions, " : each.region => each.region_id }"].concat());
        });
    }
    for region in &deployment.regions {
        let to = &Link {
            kind: if active_active { "active_active_" } else { "" },
            name: if active_active { region.replace('-', "_") } else { "main".to_owned() },
            region,
            active_active,
        };
        match link {
            Endpoint::VpcPeering => peering(hcl, deployment, to),
            Endpoint::PrivateServiceConnect => private_service_connect(hcl, deployment, to),
            Endpoint::TransitGateway => transit_gateway(hcl, to),
            Endpoint::PrivateLink => private_link(hcl, deployment, to),
            Endpoint::Public => {}
        }
    }
}

impl Link<'_> {
    /// A resource or data source of this link, with what all of them have.
    fn write(&self, hcl: &mut Hcl, kind: &str, what: &str, inside: impl FnOnce(&mut Hcl)) {
        hcl.named(kind, &[self.kind, what].concat(), &self.name, |hcl| {
            hcl.set("subscription_id", self.subscription());
            if self.active_active {
                hcl.set("region_id", self.region_id());
            }
            inside(hcl);
        });
    }

    fn subscription(&self) -> String {
        ["rediscloud_", self.kind, "subscription.main.id"].concat()
    }

    fn region_id(&self) -> String {
        ["local.region_ids[\"", self.region, "\"]"].concat()
    }

    /// A variable that has a value for each region where there are several.
    fn var(&self, name: &str) -> String {
        if self.active_active { ["var.", name, "s[\"", self.region, "\"]"].concat() } else { ["var.", name].concat() }
    }

    /// An attribute of another resource of this link.
    fn of(&self, what: &str, attribute: &str) -> String {
        ["rediscloud_", self.kind, what, ".", &self.name, ".", attribute].concat()
    }
}

fn peering(hcl: &mut Hcl, deployment: &Deployment, to: &Link) {
    let aws = deployment.cloud != Cloud::Gcp;
    hcl.say(if aws {
        "Accept the peering in your account, then add a route to the database's range to your route tables."
    } else {
        "Create the peering on your network as well: to the project and network that this resource then shows."
    });
    hcl.named("resource", &[to.kind, "subscription_peering"].concat(), &to.name, |hcl| {
        hcl.set("subscription_id", to.subscription());
        hcl.set("provider_name", quote(deployment.provider()));
        match (aws, to.active_active) {
            (true, false) => {
                hcl.set("region", quote(to.region));
                hcl.set("aws_account_id", "var.aws_account_id");
                hcl.set("vpc_id", "var.vpc_id");
                hcl.set("vpc_cidrs", "var.vpc_cidrs");
            }
            (true, true) => {
                let vpc = |part: &str| ["var.vpcs[\"", to.region, "\"].", part].concat();
                hcl.set("source_region", quote(to.region));
                hcl.set("destination_region", vpc("region"));
                hcl.set("aws_account_id", vpc("account"));
                hcl.set("vpc_id", vpc("id"));
                hcl.set("vpc_cidrs", vpc("cidrs"));
            }
            (false, active_active) => {
                if active_active {
                    hcl.set("source_region", quote(to.region));
                }
                hcl.set("gcp_project_id", "var.gcp_project_id");
                hcl.set("gcp_network_name", "var.gcp_network_name");
            }
        }
    });
}

fn private_link(hcl: &mut Hcl, deployment: &Deployment, to: &Link) {
    hcl.say(
        "Accept the resource share in your account and create a VPC endpoint for it, with at least 16 free addresses \
         and a security group that lets ports 10000 to 19999 through. Each database has its own private name.",
    );
    to.write(hcl, "resource", "private_link", |hcl| {
        hcl.set("share_name", quote(&deployment.name));
        hcl.block("principal", |hcl| {
            hcl.set("principal", "var.aws_account_id");
            hcl.set("principal_type", quote("aws_account"));
        });
    });
}

fn private_service_connect(hcl: &mut Hcl, deployment: &Deployment, to: &Link) {
    const SERVICE: &str = "private_service_connect";
    const ENDPOINT: &str = "private_service_connect_endpoint";
    let service_id = to.of(SERVICE, "private_service_connect_service_id");
    to.write(hcl, "resource", SERVICE, |_| {});
    hcl.say(
        "Then create an address, a forwarding rule and a DNS record for each of its service_attachments in your project.",
    );
    to.write(hcl, "resource", ENDPOINT, |hcl| {
        hcl.set("private_service_connect_service_id", &service_id);
        hcl.set("gcp_project_id", "var.gcp_project_id");
        hcl.set("gcp_vpc_name", "var.gcp_network_name");
        hcl.set("gcp_vpc_subnet_name", to.var("gcp_subnet_name"));
        hcl.set("endpoint_connection_name", quote(&deployment.name));
    });
    to.write(hcl, "resource", "private_service_connect_endpoint_accepter", |hcl| {
        hcl.set("private_service_connect_service_id", &service_id);
        hcl.set("private_service_connect_endpoint_id", to.of(ENDPOINT, "private_service_connect_endpoint_id"));
        hcl.set("action", quote("accept"));
        hcl.say("Only when the forwarding rules are there.");
        hcl.set("count", "var.own_side_ready ? 1 : 0");
    });
}

fn transit_gateway(hcl: &mut Hcl, to: &Link) {
    const INVITATIONS: &str = "transit_gateway_invitations";
    const ACCEPTOR: &str = "transit_gateway_invitation_acceptor";
    hcl.say(
        "First share the transit gateway with the AWS account that the console names for this subscription (AWS \
         Resource Access Manager); then accept the attachment in your account and add routes.",
    );
    to.write(hcl, "data", INVITATIONS, |_| {});
    to.write(hcl, "resource", ACCEPTOR, |hcl| {
        hcl.set("tgw_invitation_id", ["data.", &to.of(INVITATIONS, "invitations[0].id")].concat());
        hcl.set("action", quote("accept"));
    });
    to.write(hcl, "data", "transit_gateway", |hcl| {
        hcl.set("aws_tgw_uid", to.var("transit_gateway_id"));
        hcl.set("depends_on", ["[rediscloud_", to.kind, ACCEPTOR, ".", &to.name, "]"].concat());
    });
    let gateway = ["data.", &to.of("transit_gateway", "tgw_id")].concat();
    to.write(hcl, "resource", "transit_gateway_attachment", |hcl| hcl.set("tgw_id", &gateway));
    to.write(hcl, "resource", "transit_gateway_route", |hcl| {
        hcl.set("tgw_id", &gateway);
        hcl.set("cidrs", "var.vpc_cidrs");
        hcl.say("Only when the attachment is accepted in your account.");
        hcl.set("count", "var.own_side_ready ? 1 : 0");
    });
}
