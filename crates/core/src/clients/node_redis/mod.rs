//! node-redis. It can neither end a call that was sent nor a dial, so the project dials itself: a
//! new client over a socket of its own each time, and a deadline around each call.

use super::*;

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
    knobs: Knobs {
        pool: false,
        shared: true,
        keepalive: true,
        user_timeout: false,
        health_check: true,
        dns_cache: false,
    },
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
    files: &[
        Template { path: "redis-connection.js", when: "!cluster", text: include_str!("redis-connection.js") },
        Template { path: "redis-connection.js", when: "cluster", text: include_str!("redis-cluster.js") },
        Template { path: "redis-regions.js", when: "active_active", text: include_str!("redis-regions.js") },
        Template { path: "app.js", when: "", text: include_str!("app.js") },
        Template { path: "redis-connection.test.js", when: "", text: include_str!("redis-connection.test.js") },
        Template { path: "package.json", when: "", text: include_str!("package.json") },
        Template { path: "package-lock.json", when: "", text: include_str!("package-lock.json") },
        ENV,
        Template { path: "README.md", when: "", text: include_str!("README.md") },
    ],
    words,
};

const TRAPS: &[Trap] = &[
    Trap {
        when: "",
        what: "A command that was sent waits for ever for its reply; the command timeout counts only until it is written",
        instead: "a deadline for each call, and the silent socket is dropped with it",
    },
    Trap {
        when: "!cluster",
        what: "`socketTimeout` is put off by every write, and with the default strategy closes the client for good",
        instead: "a PING that must be answered",
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
        instead: "one second each (glibc), and the dial goes on without them",
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
    vec![
        // Durable or blocking calls: connections with times of their own.
        ("own", own.into()),
        // The server's notices before maintenance are read.
        ("notify", (!c.cluster && c.handoffs != Handoffs::Unavailable).into()),
        // The class that the app opens, and what a command function gets.
        ("class", if many { "Regions" } else { "Redis" }.into()),
        ("word", if c.cluster { "cluster" } else { "client" }.into()),
        // The code for the host, the port, the reply timeout, and the region in a log line.
        ("host_code", if many { "this.#host" } else { "HOST" }.into()),
        ("port_code", if many { "this.#port" } else { "PORT" }.into()),
        ("reply", if own { "this.#reply" } else { "REPLY_MS" }.into()),
        ("at", if many { " ${this.#host}" } else { "" }.into()),
        // A dial runs beside the calls: its limit protects none of them and must not be too short for TLS.
        ("dial_ms", c.clock.connect_timeout_ms.max(250).into()),
        ("pause_ms", c.clock.retry_base_ms.max(10).into()),
    ]
}
