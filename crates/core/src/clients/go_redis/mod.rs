//! go-redis. Its hooks see every command, batch and handshake, and its dialer every connection: the
//! project puts its own clocks there and leaves pool, protocol and cluster to the library.

use super::*;
use askama::Template;

/// The client.
pub const CLIENT: Client = Client {
    id: "go-redis",
    name: "go-redis",
    language: "Go",
    version: "9.23.0",
    checked: "2026-11-23",
    needs: "Go 1.26 or newer",
    standing: Standing::Official,
    snippet: "redisconn/connection.go",
    handoffs: true,
    knobs: Knobs { pool: true, keepalive: true, user_timeout: false, health_check: true, dns_cache: false },
    traps: &[
        Trap {
            what: "The deadline of a context is ignored on the socket",
            instead: "`ContextTimeoutEnabled`, and a hook that gives every call a deadline",
        },
        Trap {
            what: "INCR is repeated after a lost reply, and `MaxRetries` 0 means 3",
            instead: "`MaxRetries` -1; the hook repeats what may be repeated",
        },
        Trap {
            what: "Each try of a command makes up to 5 dials of its own, and the default TLS dial ignores the context",
            instead: "one dial at a time, behind a gate in the background; no call waits for it beyond its deadline",
        },
        Trap {
            what: "A wrong password dials again on every call",
            instead: "refused at once, later tried every 30 to 60 s",
        },
        Trap {
            what: "The pool looks whether an idle connection is alive, but not with TLS",
            instead: "after a loss the older ones are given up unused",
        },
        Trap {
            what: "No call drops the idle connections, and LOADING or MASTERDOWN keep theirs",
            instead: "the same counter gives them up",
        },
        Trap {
            what: "Closing a TLS connection can wait 5 s for a silent peer",
            instead: "the socket is closed without a farewell",
        },
        Trap {
            what: "A closed connection lets the kernel deliver the old write later",
            instead: "closed with linger 0, so on every system",
        },
        Trap {
            what: "Since 9.23 a second pool for pipelines takes connections beyond the plan",
            instead: "`PipelinePoolSize` -1",
        },
    ],
    drill: Drill {
        tools: &["go", "gofmt", "staticcheck"],
        setup: "go mod download && go build -o app .",
        format: "test -z \"$(gofmt -l .)\"",
        lint: "go vet ./... && staticcheck ./...",
        test: "go test ./...",
        run: "exec ./app",
    },
    sources: &[crate::sources::GO_REDIS],
    render,
};

fn render(c: &Context) -> Vec<File> {
    let mut files = vec![
        File::new("redisconn/connection.go", Connection { c }),
        File::new("redisconn/connection_test.go", Test { c }),
        File::new("main.go", Main { c }),
        File::new("go.mod", Module { c }),
        File::fixed("go.sum", include_str!("go.sum")),
        File::new(".env.example", Env { c }),
        File::new("README.md", Readme { c, traps: CLIENT.traps }),
    ];
    if c.active_active() {
        files.insert(1, File::new("redisconn/regions.go", Regions { c }));
    }
    files
}

#[derive(Template)]
#[template(path = "go_redis/connection.go", syntax = "slash")]
struct Connection<'a> {
    c: &'a Context,
}

impl Connection<'_> {
    fn unknown(&self) -> bool {
        unknown(self.c)
    }

    /// The library's class.
    fn class(&self) -> &'static str {
        if self.c.cluster { "ClusterClient" } else { "Client" }
    }

    /// What a connection of ours is made of.
    fn embedded(&self) -> &'static str {
        if self.c.tls { "Conn" } else { "TCPConn" }
    }

    /// The library's connection.
    fn library(&self) -> &'static str {
        if self.c.tls { "tls.Conn" } else { "net.TCPConn" }
    }

    /// Who reads a variable: with regions each has its own.
    fn env(&self) -> &'static str {
        if self.c.active_active() { "db.env" } else { "env" }
    }

    /// Who logs.
    fn log(&self) -> &'static str {
        if self.c.active_active() { "db.log" } else { "slog" }
    }

    /// The server's notices are wanted. Nobody hears them in a frozen process.
    fn handoffs(&self) -> bool {
        self.c.handoffs != Handoffs::Unavailable && !self.c.serverless
    }

    /// How many copies WAITAOF asks for: local, of replicas.
    fn waitaof(&self) -> &'static str {
        if self.c.replica { "0, 1" } else { "1, 0" }
    }

    /// Where WAITAOF says what is asked for.
    fn proof_index(&self) -> u8 {
        u8::from(self.c.replica)
    }

    /// The random part of the pause after a refusal.
    fn refused_span(&self) -> u32 {
        self.c.clock.refused_max_ms - self.c.clock.refused_min_ms
    }
}

#[derive(Template)]
#[template(path = "go_redis/regions.go", syntax = "slash")]
struct Regions<'a> {
    c: &'a Context,
}

impl Regions<'_> {
    /// The suffix of each region's variables.
    fn suffixes(&self) -> String {
        suffixes(self.c)
    }
}

#[derive(Template)]
#[template(path = "go_redis/connection_test.go", syntax = "slash")]
struct Test<'a> {
    c: &'a Context,
}

impl Test<'_> {
    /// The suffix of each region's variables.
    fn suffixes(&self) -> String {
        suffixes(self.c)
    }
}

/// Some client sends a command once only.
fn unknown(c: &Context) -> bool {
    c.once || c.durable || c.blocking
}

fn suffixes(c: &Context) -> String {
    (1..=c.regions).map(|n| if n == 1 { "\"\"".to_owned() } else { format!(", \"_{n}\"") }).collect()
}

#[derive(Template)]
#[template(path = "go_redis/main.go", syntax = "slash")]
struct Main<'a> {
    c: &'a Context,
}

impl Main<'_> {
    fn unknown(&self) -> bool {
        unknown(self.c)
    }

    /// What `Open` returns.
    fn whole(&self) -> &'static str {
        if self.c.active_active() { "Regions" } else { "DB" }
    }

    /// The database to work with.
    fn db(&self) -> &'static str {
        if self.c.active_active() { "db.Active()" } else { "db" }
    }
}

#[derive(Template)]
#[template(path = "go_redis/go.mod", syntax = "slash")]
struct Module<'a> {
    c: &'a Context,
}

#[derive(Template)]
#[template(path = "go_redis/.env.example", syntax = "hash")]
struct Env<'a> {
    c: &'a Context,
}

#[derive(Template)]
#[template(path = "go_redis/README.md", syntax = "markup")]
struct Readme<'a> {
    c: &'a Context,
    traps: &'a [Trap],
}
