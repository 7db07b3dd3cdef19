//! go-redis. Its hooks see every command, batch and handshake, and its dialer every connection: the
//! project puts its own clocks there and leaves pool, protocol and cluster to the library.
//! The snippet is longer than 100 lines because the gate in front of all dials, the word for a lost outcome and the
//! names of what was refused are its own, and because Go gives each error three lines.

use super::*;

/// The client.
pub const CLIENT: Client = Client {
    id: "go-redis",
    name: "go-redis",
    language: "Go",
    version: "9.23.0",
    ran: "",
    checked: "2026-11-23",
    needs: "Go 1.26 or newer",
    standing: Standing::Official,
    not_run: None,
    snippet: "redisconn/connection.go",
    hears: Hears { cluster: Handoffs::On, ..Hears::AWAKE },
    knobs: Knobs {
        pool: true,
        keepalive: true,
        user_timeout: false,
        health_check: true,
        dns_cache: false,
        cluster: true,
    },
    // `Blocking` is a pool, too; a subscription dials beside it.
    opens: Opens { once: Own::Pool, durable: Own::Pool, blocking: Own::Pool, subscribing: Own::One, probes: Own::One },
    traps: traps(&[
        Trap {
            when: "",
            what: "The deadline of a context is ignored on the socket",
            instead: "`ContextTimeoutEnabled`, and a hook that gives every call a deadline",
        },
        Trap {
            when: "",
            what: "INCR is repeated after a lost reply, and `MaxRetries` 0 means 3",
            instead: "`MaxRetries` -1; the hook repeats what may be repeated",
        },
        Trap {
            when: "",
            what: "Each try of a command makes up to 5 dials of its own, and the default TLS dial ignores the context",
            instead: "one dial at a time, behind a gate in the background; no call waits for it beyond its deadline",
        },
        Trap {
            when: "",
            what: "A wrong password dials again on every call",
            instead: "refused at once, later tried every 30 to 60 s",
        },
        Trap {
            when: "",
            what: "The pool looks whether an idle connection is alive, but not with TLS",
            instead: "after a loss the older ones are given up unused",
        },
        Trap {
            when: "",
            what: "No call drops the idle connections, and LOADING or MASTERDOWN keep theirs",
            instead: "the same counter gives them up",
        },
        Trap {
            when: "",
            what: "Closing a TLS connection can wait 5 s for a silent peer",
            instead: "the socket is closed without a farewell",
        },
        Trap {
            when: "",
            what: "A closed connection lets the kernel deliver the old write later",
            instead: "closed with linger 0, so on every system",
        },
        Trap {
            when: "",
            what: "Since 9.23 a second pool for pipelines takes connections beyond the plan",
            instead: "`PipelinePoolSize` -1",
        },
    ]),
    drill: Drill {
        tools: &["go", "gofmt", "staticcheck"],
        setup: told("go mod download && go build -o app ."),
        installed: None,
        format: told("test -z \"$(gofmt -l .)\""),
        lint: told("go vet ./... && staticcheck ./..."),
        texts: told(TEXTS),
        test: told("go test ./..."),
        run: told("exec ./app"),
    },
    sources: &[crate::sources::GO_REDIS],
    files: &[
        Template { path: "redisconn/connection.go", when: "", text: template!("connection.go") },
        Template { path: "redisconn/regions.go", when: "active_active", text: template!("regions.go") },
        Template { path: "redisconn/connection_test.go", when: "", text: template!("connection_test.go") },
        Template { path: "main.go", when: "", text: template!("main.go") },
        Template { path: "go.mod", when: "", text: template!("go.mod") },
        Template { path: "go.sum", when: "", text: template!("go.sum") },
        ENV,
        Template { path: "README.md", when: "", text: template!("README.md") },
    ],
    words,
};

/// One module with all packages in it, so that each dependency is loaded once. A package that differs from
/// another by its stamp, numbers and region suffixes alone is compiled once; so are a demo and a test that are
/// the same for the same declarations. All of them were formatted before.
const TEXTS: &str = "test -z \"$(grep '[.]go$' distinct | xargs gofmt -l)\" && \
     cp $READY/go.mod $READY/go.sum . && mkdir seen && for n in [0-9]*; do \
     bare() { sed '/^.. Holdfast /d; /\\[\\]string{/d; s/\\b[0-9]*//g' | cksum | tr ' ' -; }; \
     rm $n/go.*; mv $n/redisconn/*_test.go $n; code=$(cat $n/redisconn/* | bare); \
     users=$({ cat $n/*.go; grep -hE '^(func|type|var|const|\\s[A-Z])' $n/redisconn/*; } | bare); \
     if mkdir seen/$users 2>/dev/null; then mkdir -p seen/$code; mv $n/*_test.go $n/redisconn; \
     sed -i \"s#\\\"app/redisconn#\\\"app/$n/redisconn#\" $n/main.go; \
     elif mkdir seen/$code 2>/dev/null; then rm $n/*.go; else rm -r $n; fi; done && \
     go vet ./... && staticcheck ./...";

fn words(c: &Context) -> Words {
    let many = c.active_active();
    vec![
        // The library's class, and what a connection of ours is made of.
        ("class", if c.cluster { "ClusterClient" } else { "Client" }.into()),
        ("embedded", if c.tls { "Conn" } else { "TCPConn" }.into()),
        ("library", if c.tls { "tls.Conn" } else { "net.TCPConn" }.into()),
        // Who reads a variable and who logs: with regions each has its own.
        ("env", if many { "db.env" } else { "env" }.into()),
        ("log", if many { "db.log" } else { "slog" }.into()),
        // The server's notices are wanted. Nobody hears them in a frozen process.
        ("handoffs", (c.handoffs != Handoffs::Unavailable).into()),
        // What `Open` returns, and the database to work with.
        ("whole", if many { "Regions" } else { "DB" }.into()),
        ("db", if many { "db.Active()" } else { "db" }.into()),
    ]
}
