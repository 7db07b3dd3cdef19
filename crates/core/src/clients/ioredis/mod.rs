//! ioredis. Its own reconnect sends again what was under way, or forgets its promises, and can
//! neither reset a socket nor bound a login: so each dial is a new client over a socket of ours, and
//! there is a deadline around each call. That, and the three clocks, is why it is twice the 100 lines.

use super::*;

/// The client.
pub const CLIENT: Client = Client {
    id: "ioredis",
    name: "ioredis",
    language: "JavaScript",
    version: "6.0.0",
    checked: "2026-11-25",
    ran: "",
    needs: "Node.js 20 or newer",
    standing: Standing::Official,
    not_run: None,
    snippet: "redis-connection.js",
    hears: Hears::NOTHING,
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
        texts: told(node_redis::TEXTS),
        test: told("node --test"),
        run: told("exec node app.js"),
    },
    sources: &[crate::sources::IOREDIS],
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

const TRAPS: &[Trap] = &[
    Trap {
        when: "",
        what: "A command that was sent waits for ever for its reply; with `commandTimeout` the dead connection stays",
        instead: "a deadline for each call, and the silent socket is dropped with it",
    },
    Trap {
        when: "!cluster",
        what: "What was under way is sent again after a reconnect; with `autoResendUnfulfilledCommands: false` its promises hang for ever",
        instead: "each dial is a new client, and a lost one rejects them",
    },
    Trap {
        when: "cluster",
        what: "What was under way on a lost node is sent again (`retryDelayOnFailover`)",
        instead: "0; `once` says \"outcome unknown\"",
    },
    Trap {
        when: "",
        what: "Nothing asks an idle connection for a sign of life, and nothing bounds the login",
        instead: "a PING every few seconds, and one limit for each dial",
    },
    Trap {
        when: "",
        what: "A wrong password or certificate is tried for ever, and `connect()` says only \"Connection is closed\"",
        instead: "refused at once with its reason, later tried every 30 to 60 s",
    },
    Trap {
        when: "!cluster",
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
        when: "",
        what: "No TCP_USER_TIMEOUT: after a close the kernel still delivers the old write",
        instead: "the socket is reset",
    },
    Trap {
        when: "",
        what: "Lookups share four threads, 10 s each on a dead name server",
        instead: "one second each (glibc), and never two at once",
    },
    Trap {
        when: "cluster",
        what: "A node is dialled for 10 s, and commands wait in its queue",
        instead: "a limit below that of a call; the cluster is built anew from its name, and the other nodes serve meanwhile",
    },
    Trap {
        when: "",
        what: "`pipeline().exec()` resolves even when the connection was lost, the errors are in its results",
        instead: "look there, or use `multi()`, which rejects",
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
        // Durable or blocking calls: connections with times of their own.
        ("own", own.into()),
        // How long the marker of a region lives, s.
        ("expiry", "\"EX\", 3600".into()),
        // The class that the app opens.
        ("class", if many { "Regions" } else { "Redis" }.into()),
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
