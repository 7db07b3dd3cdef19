//! redis-rs on tokio. `ConnectionManager` keeps a silent connection and lets calls wait without a
//! limit, so the project owns a `MultiplexedConnection` (or `ClusterConnection`) and dials itself;
//! protocol, multiplexing, TLS, cluster and every command are the library's, through its own trait.
//! More than 100 lines: that trait, and rustfmt, which gives each link of a chain a line.

use super::*;

/// The client.
pub const CLIENT: Client = Client {
    id: "redis-rs",
    name: "redis-rs",
    language: "Rust",
    version: "1.8.1",
    ran: "",
    checked: "2026-11-25",
    needs: "Rust 1.88 or newer, a C compiler",
    standing: Standing::BestEffort,
    not_run: None,
    snippet: "src/redis_connection.rs",
    hears: Hears::NOTHING,
    knobs: Knobs {
        pool: false,
        keepalive: true,
        user_timeout: false,
        health_check: true,
        dns_cache: false,
        cluster: true,
    },
    // WAITAOF holds up what comes behind it: each durable call has a connection for as long as it lasts.
    opens: Opens { durable: Own::Pool, subscribing: Own::One, ..Opens::PROVED_APART },
    traps: traps(TRAPS),
    drill: Drill {
        // The projects share a target folder, in which cargo tells them apart by the age of their files alone.
        tools: &["cargo", "rustfmt", "clippy"],
        setup: told("CARGO_TARGET_DIR=../target cargo build --locked && cp ../target/debug/app ."),
        installed: None,
        format: told("cargo fmt --check"),
        lint: told(
            "touch src/*.rs tests/*.rs && CARGO_TARGET_DIR=../target cargo clippy --locked --all-targets -- -D warnings",
        ),
        // One crate for each manifest with the projects as its modules: cargo takes a second or two for a
        // crate, however small. The libraries are compiled already.
        texts: told(
            "grep '[.]rs$' distinct | xargs rustfmt --check --edition 2024 --config-path $READY && \
             for n in [0-9]*; do \
             sed -i \"s/use \\(app\\|crate\\)::/use crate::p$n::/; s/^async fn main/pub &/\" $n/src/*.rs $n/tests/*.rs; \
             all=all-$(grep -v '^#' $n/Cargo.toml | cksum | cut -c1-6); mkdir -p $all/src; cp $n/Cargo.* $all; \
             printf '#[path = \"../../%s.rs\"]\\npub mod %s;\\n' $n/src/lib p$n $n/src/main m$n >>$all/src/lib.rs; \
             printf '#[cfg(test)]\\n#[path = \"../../%s.rs\"]\\nmod t%s;\\n' $n/tests/redis_connection $n >>$all/src/lib.rs; \
             done && \
             for all in all-*; do CARGO_TARGET_DIR=$READY/../target cargo clippy --quiet --locked --all-targets \
             --manifest-path $all/Cargo.toml -- -D warnings || exit 1; done",
        ),
        test: told("touch src/*.rs tests/*.rs && CARGO_TARGET_DIR=../target cargo test --locked --quiet"),
        run: told("exec ./app"),
    },
    sources: &[crate::sources::REDIS_RS],
    files: &[
        Template { path: "src/redis_connection.rs", when: "", text: template!("redis_connection.rs") },
        Template { path: "src/redis_regions.rs", when: "active_active", text: template!("regions.rs") },
        Template { path: "src/main.rs", when: "", text: template!("main.rs") },
        Template { path: "src/lib.rs", when: "", text: template!("lib.rs") },
        Template { path: "tests/redis_connection.rs", when: "", text: template!("test.rs") },
        Template { path: "rustfmt.toml", when: "", text: template!("rustfmt.toml") },
        Template { path: "Cargo.toml", when: "", text: template!("Cargo.toml") },
        Template { path: "Cargo.lock", when: "", text: template!("Cargo.lock") },
        ENV,
        Template { path: "README.md", when: "", text: template!("README.md") },
    ],
    words,
};

const TRAPS: &[Trap] = &[
    Trap {
        when: "",
        what: "A reply that comes too late ends the call and not the connection, which stays dead until the kernel gives up",
        instead: "dropped, and dialled anew",
    },
    Trap {
        when: "!cluster",
        what: "`ConnectionManager` lets calls wait for a new connection without a limit",
        instead: "within the deadline; at once an error when the next dial is later",
    },
    Trap {
        when: "!cluster",
        what: "A wrong password is retried like a network fault",
        instead: "refused at once, later tried every 30 to 60 s",
    },
    Trap {
        when: "",
        what: "READONLY from a demoted primary keeps the connection",
        instead: "dropped, and the name resolved anew",
    },
    Trap {
        when: "",
        what: "Each reply has 500 ms by default, that of a blocking command too",
        instead: "the call's own limit",
    },
    Trap { when: "", what: "With RESP2, the default, nobody hears that the server hangs up", instead: "RESP3" },
    Trap {
        when: "",
        what: "No keepalive, and a closed socket lets the kernel deliver the old write later",
        instead: "keepalive and linger 0",
    },
    Trap {
        when: "tls",
        what: "No provider of cryptography is chosen, and rustls panics when two are there",
        instead: "ring",
    },
    Trap {
        when: "tls",
        what: "Every dial reads the system's certificates, even when others are given, and fails when one can't be read",
        instead: "the feature that builds some in, which the CA file replaces",
    },
    Trap { when: "", what: "The client has no name in CLIENT LIST", instead: "CLIENT SETNAME in each dial" },
    Trap {
        when: "cluster",
        what: "A command that broke is sent again, up to 16 times with pauses of up to 11 minutes",
        instead: "no retries in the library; redirections are followed here",
    },
    Trap {
        when: "cluster && tls",
        what: "Nodes are listed by address and must have a certificate for it",
        instead: "the endpoint's name is checked for each",
    },
];

fn words(c: &Context) -> Words {
    let many = c.active_active();
    vec![
        ("proofs", c.connections.into()),
        // How a connection is made, and what only a cluster needs.
        ("single_part", Word::Part(template!("single.rs"))),
        ("cluster_connect_part", Word::Part(template!("cluster_connect.rs"))),
        ("cluster_part", Word::Part(template!("cluster.rs"))),
        // Error replies that end the connection, and errors of the library that do.
        (
            "stale",
            if c.cluster {
                r#""READONLY" | "LOADING" | "MASTERDOWN" | "CLUSTERDOWN""#
            } else {
                r#""READONLY" | "LOADING" | "MASTERDOWN""#
            }
            .into(),
        ),
        (
            "broken",
            if c.cluster {
                "ErrorKind::Io | ErrorKind::Parse | ErrorKind::ClusterConnectionNotFound"
            } else {
                "ErrorKind::Io | ErrorKind::Parse"
            }
            .into(),
        ),
        // What to look at when the server's alert is about a certificate.
        (
            "asked",
            if c.mutual_tls {
                "REDIS_CERT_FILE and REDIS_KEY_FILE"
            } else {
                "whether the database asks for a client certificate"
            }
            .into(),
        ),
        // The features of the library.
        ("features", features(c).into()),
        // The crates of the standard library.
        ("std", std(c).into()),
        // What the test trusts: nothing, or a pair that nobody trusts.
        ("pem", if c.mutual_tls { "PAIR" } else { "\"\"" }.into()),
        // What the app opens, in which module, and how it comes to a database.
        ("class", if many { "Regions" } else { "Redis" }.into()),
        ("db", if many { "active()." } else { "" }.into()),
    ]
}

fn std(c: &Context) -> &'static str {
    match (c.tls, c.cluster && c.tls || c.serverless) {
        (false, false) => "io",
        (false, true) => "{io, mem}",
        (true, false) => "{fs, io}",
        (true, true) => "{fs, io, mem}",
    }
}

fn features(c: &Context) -> &'static str {
    match (c.cluster, c.tls) {
        (false, false) => r#""tokio-comp""#,
        (false, true) => r#""tls-rustls-webpki-roots", "tokio-rustls-comp""#,
        (true, false) => r#""cluster-async", "tokio-comp""#,
        (true, true) => r#""cluster-async", "tls-rustls-webpki-roots", "tokio-rustls-comp""#,
    }
}
