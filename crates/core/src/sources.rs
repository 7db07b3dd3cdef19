//! Where product facts come from: title, address, date read.
//!
//! The Redis documentation was read as of 2026-08-21 (repository `redis/docs`, commit 63f31f6) on
//! 2026-11-23. Where the pages disagree, the order is: API schema, Redis Cloud docs, Terraform
//! provider, Redis Software docs, the page that Holdfast started from.

use serde::Serialize;

/// A page that says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Source {
    /// Its title.
    pub title: &'static str,
    /// Its address.
    pub url: &'static str,
    /// When it was read.
    pub read: &'static str,
}

const fn read(title: &'static str, url: &'static str) -> Source {
    Source { title, url, read: "2026-11-23" }
}

impl Source {
    /// For a page that was read on another day than most.
    const fn on(self, day: &'static str) -> Source {
        Source { read: day, ..self }
    }
}

macro_rules! sources {
    ($($(#[$doc:meta])* $name:ident = $title:literal, $url:expr $(, read $day:literal)?;)*) => {
        $($(#[$doc])* pub const $name: &Source = &read($title, $url)$(.on($day))?;)*

        /// Every source.
        pub const ALL: &[&Source] = &[$($name),*];
    };
}

macro_rules! rc {
    ($path:literal) => {
        concat!("https://redis.io/docs/latest/operate/rc/", $path)
    };
}

macro_rules! clients {
    ($path:literal) => {
        concat!("https://redis.io/docs/latest/develop/clients/", $path)
    };
}

sources! {
    /// The page that Holdfast started from.
    RESILIENT = "Develop highly available and resilient apps with Redis Cloud", rc!("resilient-apps/");
    PERSISTENCE = "Data persistence", rc!("databases/configuration/data-persistence/");
    HIGH_AVAILABILITY = "High availability and replication", rc!("databases/configuration/high-availability/");
    SIZING = "Database sizing", rc!("databases/configuration/sizing/");
    EVICTION = "Data eviction policies", rc!("databases/configuration/data-eviction-policies/");
    CLUSTERING = "Clustering Redis databases", rc!("databases/configuration/clustering/");
    CAPABILITIES = "Advanced capabilities", rc!("databases/configuration/advanced-capabilities/");
    BACKUP = "Back up a database", rc!("databases/back-up-data/");
    CONNECTIONS = "Connections of Redis Cloud Pro, pull request 3906", "https://github.com/redis/docs/pull/3906";
    MANAGE = "Create and manage subscriptions", rc!("api/examples/manage-subscriptions/");
    MIGRATE = "Migrate databases", rc!("databases/migrate-databases/");
    ALERTS = "Monitor database performance", rc!("databases/monitor-performance/");
    ACTIVE_ACTIVE = "Active-Active Redis", rc!("databases/active-active/");
    CREATE_ACTIVE_ACTIVE = "Create an Active-Active database", rc!("databases/active-active/create-active-active-database/");
    CREATE_FLEX = "Create a Flex database", rc!("databases/create-database/create-flex-database/");
    CREATE_PRO = "Create a Pro database", rc!("databases/create-database/create-pro-database-new/");
    CONNECT = "Connect to a database", rc!("databases/connect/");
    REDIRECT = "Redirect endpoints", rc!("databases/redirect-endpoints/");
    PLANS = "Subscription plans", rc!("subscriptions/");
    ESSENTIALS = "Essentials plan details", rc!("subscriptions/view-essentials-subscription/essentials-plan-details/");
    VIEW_ESSENTIALS = "View and edit an Essentials plan", rc!("subscriptions/view-essentials-subscription/");
    UPGRADE_PRO = "Upgrade database from Redis Cloud Essentials to Redis Cloud Pro", rc!("subscriptions/upgrade-essentials-pro/"), read "2026-11-24";
    MAINTENANCE = "Maintenance", rc!("subscriptions/maintenance/");
    WINDOWS = "Set maintenance windows", rc!("subscriptions/maintenance/set-maintenance-windows/");
    REGIONS = "Supported regions", rc!("supported-regions/");
    TLS = "Transport Layer Security (TLS)", rc!("security/database-security/tls-ssl/");
    PUBLIC_ENDPOINT = "Block public endpoints", rc!("security/database-security/block-public-endpoints/");
    ALLOW_LIST = "Configure CIDR allow list", rc!("security/cidr-whitelist/");
    NETWORK_SECURITY = "Network security", rc!("security/database-security/network-security/");
    PEERING = "Enable VPC peering", rc!("security/vpc-peering/");
    SERVICE_CONNECT = "Private Service Connect", rc!("security/private-service-connect/");
    TRANSIT_GATEWAY = "AWS Transit Gateway", rc!("security/aws-transit-gateway/");
    PRIVATELINK = "AWS PrivateLink", rc!("security/aws-privatelink/");
    API = "Redis Cloud REST API reference", rc!("api/api-reference/");
    HANDOFFS = "Smart client handoffs", clients!("sch/");
    FAILOVER = "Client-side geographic failover", clients!("failover/");
    CLIENTS = "Connect with Redis client API libraries", clients!("");
    CLIENT_ERRORS = "Error handling", clients!("error-handling/");
    LETTUCE = "Lettuce production usage", clients!("lettuce/produsage/");
    SPRING_DATA_REDIS = "Spring Data Redis: Drivers", "https://docs.spring.io/spring-data-redis/reference/redis/drivers.html", read "2026-11-26";
    JEDIS = "Jedis production usage", clients!("jedis/produsage/");
    REDIS_PY = "redis-py production usage", clients!("redis-py/produsage/");
    NODE_REDIS = "node-redis production usage", clients!("nodejs/produsage/");
    IOREDIS = "Connect to the server (ioredis)", clients!("ioredis/connect/");
    GO_REDIS = "go-redis production usage", clients!("go/produsage/");
    REDIS_RS = "Rust client for Redis", clients!("rust/"), read "2026-11-25";
    REDIS_RB = "redis-rb", "https://github.com/redis/redis-rb", read "2026-11-25";
    STACKEXCHANGE_REDIS = "StackExchange.Redis", "https://github.com/StackExchange/StackExchange.Redis", read "2026-11-25";
    HIREDIS = "hiredis 1.4.1", "https://github.com/redis/hiredis/tree/v1.4.1", read "2026-11-25";
    STACKEXCHANGE = "StackExchange.Redis: configuration", "https://stackexchange.github.io/StackExchange.Redis/Configuration.html", read "2026-11-25";
    WAIT = "Use the WAIT command to improve data safety and durability (Redis Software)",
        "https://redis.io/docs/latest/operate/rs/clusters/optimize/wait/";
    WAITAOF = "WAITAOF", "https://redis.io/docs/latest/commands/waitaof/";
    COMMANDS = "Command compatibility", "https://redis.io/docs/latest/operate/rs/references/compatibility/commands/generic/";
    PERSISTENCE_RS = "Configure database persistence (Redis Software)",
        "https://redis.io/docs/latest/operate/rs/databases/configure/database-persistence/";
    APP_FAILOVER = "Application failover with Active-Active databases (Redis Software)",
        "https://redis.io/docs/latest/operate/rs/databases/active-active/develop/app-failover-active-active/";
    DISASTER_RECOVERY = "Disaster recovery strategies for Active-Active databases (Redis Software)",
        "https://redis.io/docs/latest/operate/rs/databases/active-active/disaster-recovery/";
    ACTIVE_ACTIVE_PLANNING = "Considerations for planning Active-Active databases (Redis Software)",
        "https://redis.io/docs/latest/operate/rs/databases/active-active/planning/";
    ACTIVE_ACTIVE_LISTS = "Lists in Active-Active databases (Redis Software)",
        "https://redis.io/docs/latest/operate/rs/databases/active-active/develop/data-types/lists/";
    TERRAFORM = "rediscloud_essentials_database", "https://registry.terraform.io/providers/RedisLabs/rediscloud/2.11.0/docs/resources/rediscloud_essentials_database";
    TERRAFORM_PRO = "rediscloud_subscription", "https://registry.terraform.io/providers/RedisLabs/rediscloud/2.11.0/docs/resources/rediscloud_subscription";
    TERRAFORM_TLS = "TLS on Essentials databases, issue 539", "https://github.com/RedisLabs/terraform-provider-rediscloud/issues/539";
    SLA = "Redis Cloud Service Level Agreement", "https://redis.io/legal/redis-cloud-service-level-agreement/";
    JITTER = "Exponential Backoff And Jitter (AWS)", "https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/";
    OVERLOAD = "Handling Overload (Google SRE book)", "https://sre.google/sre-book/handling-overload/", read "2026-11-24";
    NAT = "NAT gateway idle timeout (AWS)", "https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-troubleshooting.html";
    NAT_AZURE = "TCP reset and idle timeout (Azure Load Balancer)", "https://learn.microsoft.com/azure/load-balancer/load-balancer-tcp-idle-timeout", read "2026-11-24";
    POD_DNS = "Configurable Pod DNS (KEP-504)", "https://www.kubernetes.dev/resources/keps/504/", read "2026-11-24";
    COREDNS = "CoreDNS cache plugin", "https://coredns.io/plugins/cache/", read "2026-11-24";
}

#[cfg(test)]
mod tests {
    #[test]
    fn each_page_is_named_once() {
        for (i, source) in super::ALL.iter().enumerate() {
            assert!(source.url.starts_with("https://"), "{}", source.url);
            assert!(super::ALL[..i].iter().all(|other| other.url != source.url), "{} twice", source.url);
        }
    }
}
