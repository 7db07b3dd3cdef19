//! node-redis. It can neither end a call that was sent nor a dial, so the project dials itself: a
//! new client over a socket of its own each time, and a deadline around each call. That, and the three
//! clocks, is why it is twice the 100 lines.

use super::*;

/// The client.
pub const CLIENT: Client = Client {
    id: "node-redis",
    name: "node-redis",
    language: "JavaScript",
    version: "6.3.1",
    ran: "",
    checked: "2026-11-24",
    needs: "Node.js 20 or newer",
    standing: Standing::Official,
    not_run: None,
    snippet: "redis-connection.js",
    hears: Hears { serverless: Handoffs::On, ..Hears::AWAKE },
    knobs: Knobs {
        pool: false,
        keepalive: true,
        user_timeout: false,
        health_check: true,
        dns_cache: false,
        cluster: true,
    },
    opens: Opens::PROVED_APART,
    traps: traps(TRAPS),
    drill: Drill {
        tools: &["node", "npm", "prettier", "eslint"],
        setup: told("npm ci --silent --no-audit --no-fund"),
        installed: Some(("package-lock.json", "node_modules")),
        format: told("prettier --check '*.js' package.json"),
        lint: told("eslint '*.js'"),
        texts: told(TEXTS),
        test: told("node --test"),
        run: told("exec node app.js"),
    },
    sources: &[crate::sources::NODE_REDIS],
    files: &[
        Template { path: "redis-connection.js", when: "", text: template!("redis-connection.js") },
        NODE_REGIONS,
        Template { path: "app.js", when: "", text: template!("app.js") },
        Template { path: "redis-connection.test.js", when: "", text: template!("redis-connection.test.js") },
        Template { path: "package.json", when: "", text: template!("package.json") },
        Template { path: "package-lock.json", when: "", text: template!("package-lock.json") },
        ENV,
        Template { path: "README.md", when: "", text: template!("README.md") },
    ],
    words,
};

/// Node's own parser comes last, in one process.
pub(super) const TEXTS: &str = "xargs prettier --check < distinct && grep '[.]js$' distinct | xargs eslint && \
     grep '[.]js$' distinct | xargs node --no-warnings --experimental-vm-modules -e \
     'for (const f of process.argv.slice(1)) new vm.SourceTextModule(fs.readFileSync(f, \"utf8\"))'";

const TRAPS: &[Trap] = &[
    Trap {
        when: "",
        what: "A command that was sent waits for ever for its reply; the command timeout counts only until it is written",
        instead: "a deadline for each call, and the silent socket is dropped with it",
    },
    Trap {
        when: "!cluster",
        what: "`socketTimeout` is put off by every write, and with the default strategy closes the client for good",
        instead: "it only ends quiet connections, whose PING must be answered; each dial is ours",
    },
    Trap {
        when: "!cluster",
        what: "`destroy()` during a dial leaves a socket that connects later, and nothing bounds the login",
        instead: "the dial has one limit and its socket is ours to end",
    },
    Trap {
        when: "",
        what: "`connect()` tries a wrong password or certificate for ever",
        instead: "refused at once, later tried every 30 to 60 s",
    },
    Trap {
        when: "",
        what: "The offline queue sends old commands after an outage",
        instead: "off; a call waits for the connection within its deadline",
    },
    Trap { when: "", what: "No server name is sent in TLS unless it is named", instead: "`servername`" },
    Trap {
        when: "",
        what: "READONLY from a demoted primary keeps the connection",
        instead: "dropped, and the name resolved anew",
    },
    Trap {
        when: "!cluster",
        what: "A hand-over before maintenance holds back all writes until the new address answers, or ends the process; later dials forget the name",
        instead: "the notice is read here and the name dialled anew before the old connection closes",
    },
    Trap {
        when: "!cluster",
        what: "No TCP_USER_TIMEOUT: after a close the kernel still delivers the old write",
        instead: "the socket is reset",
    },
    Trap {
        when: "!cluster",
        what: "Lookups share four threads, 10 s each on a dead name server",
        instead: "one second each (glibc), and never two at once",
    },
    Trap { when: "cluster", what: "Nodes inherit neither credentials nor TLS from `rootNodes`", instead: "`defaults`" },
    Trap {
        when: "cluster",
        what: "`connect()` fails when one node is away, and does not say why",
        instead: "nodes are dialled one by one; the cause comes from the `error` event",
    },
    Trap {
        when: "cluster",
        what: "A node that dies before its first answer is dialled for ever at its old address",
        instead: "the cluster is built anew from its name; the other nodes serve meanwhile",
    },
    Trap {
        when: "cluster",
        what: "Sockets can't be reset: the kernel may deliver a write after its call has failed",
        instead: "nothing; `once` says \"outcome unknown\"",
    },
];

fn words(c: &Context) -> Words {
    let many = c.active_active();
    let own = c.durable || c.blocking;
    let try_ms = c.clock.connect_timeout_ms;
    // A log line, as a literal: with its region where there are several.
    let say = |text: &str| {
        let region = if many { "${this.#suffix}" } else { "" };
        let quote = if many || text.contains("${") { '`' } else { '"' };
        Word::from(format!("{quote}redis{region}: {text}{quote}"))
    };
    vec![
        // How calls and dials are made: on one connection, or on those of a cluster.
        ("part", Word::Part(if c.cluster { template!("cluster.js") } else { template!("single.js") })),
        // Durable or blocking calls: connections with times of their own.
        ("own", own.into()),
        // The server's notices before maintenance are read.
        ("notify", (c.handoffs != Handoffs::Unavailable).into()),
        // How long the marker of a region lives, s.
        ("expiry", "{ EX: 3600 }".into()),
        // The class that the app opens, what a command function gets, and what makes that.
        ("class", if many { "Regions" } else { "Redis" }.into()),
        ("word", if c.cluster { "cluster" } else { "client" }.into()),
        ("factory", if c.cluster { "createCluster" } else { "createClient" }.into()),
        // The code for the times of a call.
        ("reply", if own { "this.#reply" } else { "REPLY_MS" }.into()),
        ("deadline", if own { "this.#deadline" } else { "DEADLINE_MS" }.into()),
        // The variables that name the certificates.
        ("files", if c.mutual_tls { "REDIS_*_FILE" } else { "REDIS_CA_FILE" }.into()),
        // Error replies that end the connection.
        (
            "stale",
            if c.cluster {
                "READONLY|MASTERDOWN|LOADING|CLUSTERDOWN|MOVED|NOAUTH"
            } else {
                "READONLY|MASTERDOWN|LOADING|NOAUTH"
            }
            .into(),
        ),
        ("say_connected", say("connected")),
        ("say_down", say("down, ${error.message}")),
        ("say_refreshed", say("refreshed after a minute of trouble: flush DNS caches")),
        // A dial runs beside the calls: its limit protects none of them and must not be too short for
        // TLS. A cluster's calls dial themselves: one that only dialled should end as "not sent".
        ("dial_ms", (if c.cluster { try_ms / 10 * 9 } else { try_ms }).max(250).into()),
        ("pause_ms", c.clock.retry_base_ms.max(10).into()),
    ]
}
