//! node-redis. It can neither end a call that was sent nor a dial, so the project dials itself: a
//! new client over a socket of its own each time, and a deadline around each call.

use super::*;
use askama::Template;
use askama::filters::Escaper;

/// The client.
pub const CLIENT: Client = Client {
    id: "node-redis",
    name: "node-redis",
    language: "JavaScript",
    version: "6.3.1",
    checked: "2026-11-24",
    needs: "Node.js 20 or newer",
    standing: Standing::Official,
    snippet: "redis-connection.js",
    handoffs: true,
    knobs: Knobs { pool: false, keepalive: true, user_timeout: false, health_check: true, dns_cache: false },
    traps: TRAPS,
    drill: Drill {
        tools: &["node", "npm", "prettier", "eslint"],
        setup: "npm ci --silent --no-audit --no-fund",
        format: "prettier --check '*.js' package.json",
        lint: "eslint '*.js'",
        test: "node --test",
        run: "exec node app.js",
    },
    sources: &[crate::sources::NODE_REDIS],
    render,
};

const TRAPS: &[Trap] = &[
    Trap {
        what: "A command that was sent waits for ever for its reply; the command timeout counts only until it is written",
        instead: "a deadline for each call, and the silent socket is dropped with it",
    },
    Trap {
        what: "`socketTimeout` is put off by every write, and with the default strategy closes the client for good",
        instead: "it only ends quiet connections, whose PING must be answered; each dial is ours",
    },
    Trap {
        what: "`destroy()` during a dial leaves a socket that connects later, and nothing bounds the login",
        instead: "the dial has one limit and its socket is ours to end",
    },
    Trap {
        what: "`connect()` tries a wrong password or certificate for ever",
        instead: "refused at once, later tried every 30 to 60 s",
    },
    Trap {
        what: "The offline queue sends old commands after an outage",
        instead: "off; a call waits for the connection within its deadline",
    },
    Trap { what: "No server name is sent in TLS unless it is named", instead: "`servername`" },
    Trap {
        what: "READONLY from a demoted primary keeps the connection",
        instead: "dropped, and the name resolved anew",
    },
    Trap {
        what: "A hand-over before maintenance holds back all writes until the new address answers, or ends the process; later dials forget the name",
        instead: "the notice is read here and the name dialled anew before the old connection closes",
    },
    Trap {
        what: "No TCP_USER_TIMEOUT: after a close the kernel still delivers the old write",
        instead: "the socket is reset",
    },
    Trap {
        what: "Lookups share four threads, 10 s each on a dead name server",
        instead: "one second each (glibc), and never two at once",
    },
];

/// The library's cluster class has traps of its own, and keeps its sockets to itself.
const CLUSTER_TRAPS: &[Trap] = &[
    TRAPS[0],
    TRAPS[3],
    TRAPS[4],
    TRAPS[5],
    TRAPS[6],
    Trap { what: "Nodes inherit neither credentials nor TLS from `rootNodes`", instead: "`defaults`" },
    Trap {
        what: "`connect()` fails when one node is away, and does not say why",
        instead: "nodes are dialled one by one; the cause comes from the `error` event",
    },
    Trap {
        what: "A node that dies before its first answer is dialled for ever at its old address",
        instead: "the cluster is built anew from its name; the other nodes serve meanwhile",
    },
    Trap {
        what: "Sockets can't be reset: the kernel may deliver a write after its call has failed",
        instead: "nothing; `once` says \"outcome unknown\"",
    },
];

/// What the templates need beside the context.
struct Words {
    /// More than one region.
    many: bool,
    /// Durable or blocking calls: connections with times of their own.
    own: bool,
    /// A safe call has a second try.
    retry: bool,
    /// The server's notices before maintenance are read.
    notify: bool,
    /// The class that the app opens.
    class: &'static str,
    /// What a command function gets, and what makes it.
    word: &'static str,
    factory: &'static str,
    /// What was typed, as the inside of a literal.
    host: String,
    user: String,
    /// The code for the times of a call.
    reply: &'static str,
    deadline: &'static str,
    /// The variables that name the certificates.
    files: &'static str,
    /// Error replies that end the connection.
    stale: &'static str,
    /// A dial runs beside the calls: its limit protects none of them and must not be too short for TLS.
    dial_ms: u32,
    pause_ms: u32,
    refused_range: u32,
    /// Which number of WAITAOF's reply is the proof.
    copy: u8,
    /// The test's limit for a call: the deadline and a margin.
    late_ms: u32,
    /// The numbers of the further regions, and what all regions append to the variables.
    regions: Vec<u32>,
    suffixes: Vec<String>,
    traps: &'static [Trap],
}

impl Words {
    fn new(c: &Context) -> Words {
        let many = c.active_active();
        let own = c.durable || c.blocking;
        let try_ms = c.clock.connect_timeout_ms;
        let regions: Vec<u32> = (2..=c.regions).collect();
        let mut suffixes = vec![String::new()];
        suffixes.extend(regions.iter().map(|n| format!("_{n}")));
        Words {
            many,
            own,
            retry: c.clock.attempts > 1,
            notify: !c.cluster && c.handoffs != Handoffs::Unavailable,
            class: if many { "Regions" } else { "Redis" },
            word: if c.cluster { "cluster" } else { "client" },
            factory: if c.cluster { "createCluster" } else { "createClient" },
            host: literal(&c.host),
            user: literal(&c.user),
            reply: if own { "this.#reply" } else { "REPLY_MS" },
            deadline: if own { "this.#deadline" } else { "DEADLINE_MS" },
            files: if c.mutual_tls { "REDIS_*_FILE" } else { "REDIS_CA_FILE" },
            stale: if c.cluster {
                "READONLY|MASTERDOWN|LOADING|CLUSTERDOWN|MOVED|NOAUTH"
            } else {
                "READONLY|MASTERDOWN|LOADING|NOAUTH"
            },
            // A cluster's calls dial themselves: one that only dialled should end as "not sent".
            dial_ms: (if c.cluster { try_ms / 10 * 9 } else { try_ms }).max(250),
            pause_ms: c.clock.retry_base_ms.max(10),
            refused_range: c.clock.refused_max_ms - c.clock.refused_min_ms,
            copy: c.replica.into(),
            late_ms: (c.clock.deadline_ms / 4 * 5).max(c.clock.deadline_ms + 100),
            regions,
            suffixes,
            traps: if c.cluster { CLUSTER_TRAPS } else { TRAPS },
        }
    }

    /// A log line, as a literal: with its region where there are several.
    fn say(&self, text: &str) -> String {
        let region = if self.many { "${this.#suffix}" } else { "" };
        let quote = if self.many || text.contains("${") { '`' } else { '"' };
        format!("{quote}redis{region}: {text}{quote}")
    }
}

/// The inside of a literal that stays as it is: the formatter would turn `"\""` into `'"'`.
fn literal(text: &str) -> String {
    let mut escaped = String::new();
    // Writing to a string can't fail.
    let _ = escape::Hex.write_escaped_str(&mut escaped, text);
    escaped.replace("\\\"", "\\x22")
}

macro_rules! templates {
    ($($name:ident = $path:literal, $syntax:literal;)*) => {$(
        #[derive(Template)]
        #[template(path = $path, syntax = $syntax)]
        struct $name<'a> {
            c: &'a Context,
            w: &'a Words,
        }
    )*};
}

templates! {
    Connection = "node_redis/redis-connection.js", "slash";
    Regions = "node_redis/redis-regions.js", "slash";
    App = "node_redis/app.js", "slash";
    Test = "node_redis/redis-connection.test.js", "slash";
    Env = "node_redis/env.example", "hash";
    Readme = "node_redis/README.md", "markup";
}

#[derive(Template)]
#[template(path = "node_redis/package.json")]
struct Package<'a> {
    c: &'a Context,
}

#[derive(Template)]
#[template(path = "node_redis/package-lock.json")]
struct Lock<'a> {
    c: &'a Context,
}

fn render(c: &Context) -> Vec<File> {
    let w = &Words::new(c);
    let mut files = vec![File::new(CLIENT.snippet, Connection { c, w })];
    if w.many {
        files.push(File::new("redis-regions.js", Regions { c, w }));
    }
    files.push(File::new("app.js", App { c, w }));
    files.push(File::new("redis-connection.test.js", Test { c, w }));
    files.push(File::new("package.json", Package { c }));
    files.push(File::new("package-lock.json", Lock { c }));
    files.push(File::new(".env.example", Env { c, w }));
    files.push(File::new("README.md", Readme { c, w }));
    files
}
