//! Whole plans, as `holdfast recommend --format markdown` prints them, in `tests/plans/<name>.md`: for a
//! person who knows Redis and not Rust.
//!
//! `UPDATE_PLANS=1 cargo test -p holdfast-tests plans` writes them; read the difference before you commit it.

use std::collections::BTreeSet;
use std::path::Path;

use holdfast::artefact::{document, markdown};
use holdfast::questions::from_link;
use holdfast::recommend;

/// Somebody with a question.
pub struct Situation {
    /// The file, without `.md`.
    pub name: &'static str,
    /// Who asks, in one line; the file begins with it.
    asks: &'static str,
    /// The answers, as the link's fragment.
    pub link: &'static str,
}

pub const SITUATIONS: &[Situation] = &[
    Situation { name: "default", asks: "A developer who has opened the page and answered nothing yet.", link: "v=1" },
    Situation {
        name: "weekend-project",
        asks: "A student with a weekend project that may lose everything and cost nothing.",
        link: "plan=free&data-loss=everything&survive=nothing&mistake=any&role=cache&encryption=speed-first\
               &networks=0&dataset=0.02&throughput=50&instances=1&connections=3&repeat-writes=safe&name=weekend",
    },
    Situation {
        name: "session-store",
        asks: "A web team that keeps its logins in Redis; a few people who log in again are no harm.",
        link: "plan=essentials&role=sessions&data-loss=one-hour&survive=node&client=node-redis&repeat-writes=safe\
               &dataset=0.4&instances=6&connections=1&mistake=any&name=sessions",
    },
    Situation {
        name: "shop-cache",
        asks: "A shop whose pages must not wait: a cache in front of the catalogue, 100 ms for a call.",
        link: "plan=essentials&role=cache&data-loss=everything&survive=node&client=go-redis&deadline=100\
               &repeat-writes=safe&mistake=any&dataset=2&throughput=6000&instances=12&connections=20&name=catalogue",
    },
    Situation {
        name: "shop-multi-zone",
        asks: "A shop that keeps its carts in Redis and must stay open when a data centre fails.",
        link: "plan=pro&client=jedis&dataset=8&throughput=20000&instances=12&connections=16&mistake=six-hours\
               &quiet-hours=Tue%2BThu@2/8&name=carts",
    },
    Situation {
        name: "payments-one-region",
        asks: "A payment service that may lose no write it has answered, in one region.",
        link: "plan=pro&data-loss=nothing&client=jedis&deadline=1500&mistake=one-hour&endpoint=vpc-peering\
               &mutual-tls=yes&dataset=4&throughput=8000&instances=8&quiet-hours=Sun%2BWed@3/8&name=payments",
    },
    Situation {
        name: "payments-two-regions",
        asks: "A payment service that must go on when its region fails, and writes in one region at a time.",
        link: "plan=pro&survive=region&regions=eu-central-1,eu-west-1&client=go-redis&mistake=one-hour\
               &dataset=4&throughput=8000&instances=8&name=payments",
    },
    Situation {
        name: "job-queue",
        asks: "A team whose workers wait for jobs with BLPOP and read streams.",
        link: "role=queue&blocking=yes&client=redis-py&instances=10&connections=5&deadline=5000&name=jobs",
    },
    Situation {
        name: "kubernetes-400-pods",
        asks: "A platform team with 400 pods of 10 connections on Essentials, and a rollout tonight.",
        link: "plan=essentials&runtime=kubernetes&instances=400&connections=10&dataset=3&throughput=12000\
               &client=go-redis&name=platform",
    },
    Situation {
        name: "serverless",
        asks: "A team of functions, up to 200 at once, that share sessions and a rate limit.",
        link: "runtime=serverless&instances=200&role=sessions&client=node-redis&dataset=0.2&throughput=900\
               &deadline=1000&name=functions",
    },
    Situation {
        name: "flex-large",
        asks: "An analyst with 40 GB of features that can be computed anew, most of them rarely read, for little money.",
        link: "survive=node&role=cache&dataset=40&throughput=3000&client=redis-py&repeat-writes=safe\
               &data-loss=six-hours&name=features",
    },
    Situation {
        name: "undecided-large",
        asks: "A company whose only copy of 40 GB of orders is to live in Redis.",
        link: "survive=node&dataset=40&throughput=3000&client=redis-py&name=orders",
    },
    Situation {
        name: "pro-flex",
        asks: "A game with 3 TB of player state, of which a tenth is played each day.",
        link: "plan=pro-flex&dataset=3000&throughput=150000&endpoint=transit-gateway&client=go-redis\
               &instances=120&connections=30&quiet-hours=Mon%2BWed@4/6&name=players",
    },
    Situation {
        name: "active-active-automatic",
        asks: "A chat that takes writes on three continents and must move by itself.",
        link: "plan=pro&write-regions=3&survive=region&region-failover=automatic&client=jedis\
               &regions=us-east-1,eu-west-1,ap-southeast-1&dataset=10&throughput=30000&instances=60&connections=8\
               &capabilities=json,search&name=chat",
    },
    Situation {
        name: "privatelink-mutual-tls",
        asks: "A bank that comes by PrivateLink and trusts no password alone.",
        link: "plan=pro&endpoint=privatelink&mutual-tls=yes&client=jedis&networks=3&dataset=12&throughput=15000\
               &quiet-hours=Sat%2BSun@22/8&name=ledger",
    },
    Situation {
        name: "private-speed-first",
        asks: "A trading desk in a peered VPC that counts microseconds.",
        link: "plan=pro&endpoint=vpc-peering&encryption=speed-first&client=go-redis&deadline=250&role=cache\
               &data-loss=twelve-hours&repeat-writes=safe&dataset=20&throughput=100000&instances=20&name=quotes",
    },
    Situation {
        name: "existing-single-zone",
        asks: "The owner of a single-zone Pro database who was asked to make it survive a zone.",
        link: "plan=pro&existing=single-zone&zone-mode=single-zone&client=redis-py&dataset=6&name=orders",
    },
    Situation {
        name: "existing-essentials",
        asks: "The owner of an Essentials database without a replica who wants as much as it can still become.",
        link: "plan=essentials&existing=none&survive=zone&client=node-redis&name=orders",
    },
    Situation {
        name: "undecided-small",
        asks: "A founder with 100 MB of data who wants the cheapest plan that is safe.",
        link: "dataset=0.1&throughput=300&survive=node&instances=2&connections=5&client=node-redis&name=startup",
    },
    Situation {
        name: "azure",
        asks: "A team on Azure that needs private links and hourly backups.",
        link: "cloud=azure&plan=pro&endpoint=vpc-peering&mistake=one-hour&name=contoso",
    },
    Situation {
        name: "cluster-analytics",
        asks: "An ad exchange with 500,000 operations a second, through the OSS Cluster API.",
        link: "cloud=gcp&plan=pro&cluster-api=yes&endpoint=vpc-peering&client=jedis&role=cache&data-loss=one-hour\
               &dataset=200&throughput=500000&instances=300&connections=8&runtime=kubernetes\
               &capabilities=probabilistic,time-series&repeat-writes=safe&name=bids",
    },
    Situation {
        name: "impossible-wishes",
        asks: "A manager who wants Essentials, to lose nothing, and to survive a region.",
        link: "plan=essentials&data-loss=nothing&survive=region&mistake=one-hour&endpoint=privatelink\
               &quiet-hours=Tue@24/2&name=wishes",
    },
    Situation {
        name: "hostile-names",
        asks: "Somebody who types code where names belong.",
        link: "name=%3C/script%3E%22%0A%23%20x&host=a%22%0Ab%5C%24%7B&user=%27%22%0A%60&port=6379\
               &regions=us-esat-1,us-east-1",
    },
];

#[test]
fn every_plan_is_the_one_that_was_reviewed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("plans");
    let update = std::env::var_os("UPDATE_PLANS").is_some();
    for Situation { name, asks, link } in SITUATIONS {
        let (answers, unread) = from_link(link);
        assert_eq!(unread, [], "{name}");
        let plan = format!("> {asks}\n\n{}", markdown::render(&document::plan(&recommend(&answers))));
        let path = folder.join(name).with_extension("md");
        if update {
            std::fs::write(&path, plan).unwrap();
        } else {
            let reviewed = std::fs::read_to_string(&path).unwrap_or_default();
            let same = reviewed.lines().zip(plan.lines()).take_while(|(old, new)| old == new).count();
            let now = plan.lines().nth(same).unwrap_or("(the end)");
            assert!(reviewed == plan, "tests/plans/{name}.md:{}: now {now}\nUPDATE_PLANS=1 writes it anew", same + 1);
        }
    }
    let files = std::fs::read_dir(&folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    let owned = SITUATIONS.iter().map(|situation| format!("{}.md", situation.name));
    assert_eq!(files.collect::<BTreeSet<_>>(), owned.collect(), "a file that no situation owns");
}
