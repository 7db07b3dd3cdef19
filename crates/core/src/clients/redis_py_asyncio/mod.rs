//! redis-py's asyncio API. The project's `Connection` is the library's, with the clocks put where it dials, writes and
//! reads; pool, protocol, TLS and the one repeat are the library's own.
//!
//! The module has twice the 100 lines that it aims at: the library has no gate in front of its dials (60 lines), no
//! deadline that spans its steps, and no word for a lost outcome (60 lines in `Connection`).

use super::*;

/// The client.
pub const CLIENT: Client = Client {
    id: "redis-py-asyncio",
    name: "redis-py asyncio",
    language: "Python",
    version: "8.1.0",
    ran: "",
    checked: "2026-11-25",
    needs: "Python 3.11 or newer",
    standing: Standing::Official,
    not_run: None,
    snippet: "redis_connection.py",
    hears: Hears { most: Handoffs::On, cluster: Handoffs::On, serverless: Handoffs::RelaxedTimeoutsOnly },
    knobs: Knobs {
        pool: true,
        keepalive: true,
        user_timeout: false,
        health_check: true,
        dns_cache: false,
        cluster: true,
    },
    opens: Opens { once: Own::Pool, probes: Own::One, ..Opens::SHARED },
    traps: traps(&[
        Trap {
            when: "",
            what: "INCR is repeated after a lost reply, and `transaction` runs again after a lost EXEC",
            instead: "`once` sends once and says \"outcome unknown\"",
        },
        Trap {
            when: "",
            what: "A wrong password is retried like a network fault: AuthenticationError is a ConnectionError",
            instead: "refused at once, later tried every 30 to 60 s",
        },
        Trap {
            when: "",
            what: "`from_url` and a pool made by hand have no retry at all",
            instead: "the pool gets its own `Retry`",
        },
        Trap {
            when: "",
            what: "Each step has a timeout of its own, and their sum has none",
            instead: "each waits for no longer than its call has left",
        },
        Trap {
            when: "",
            what: "A name lookup that hangs (10 s on a dead name server) keeps a thread of the event loop's default executor",
            instead: "the call and the event loop go on, and there is one dial at a time",
        },
        Trap {
            when: "tls",
            what: "Each connection reads the certificates once, with all of the system's authorities, and stops the event loop for that",
            instead: "your bundle alone, read anew by each dial",
        },
        Trap {
            when: "",
            what: "Closing says goodbye and waits for the peer's, 30 s with TLS, and the kernel delivers the old write later",
            instead: "aborted, with linger 0",
        },
        Trap {
            when: "",
            what: "READONLY from a demoted primary keeps the connection, for ever",
            instead: "dropped, and the name resolved anew",
        },
        Trap {
            when: "cluster",
            what: "RedisCluster does not wait for a free connection, it fails",
            instead: "calls wait for their turn",
        },
        Trap {
            when: "cluster",
            what: "A transaction on the cluster can dial in an event loop of another thread, while yours stands still",
            instead: "`pipeline()` makes batches only",
        },
    ]),
    drill: Drill {
        tools: &["python3", "ruff"],
        setup: told("python3 -m venv .venv && .venv/bin/pip install -q --require-hashes -r requirements.txt"),
        installed: Some(("requirements.txt", ".venv")),
        format: told("ruff format --check ."),
        lint: told("ruff check ."),
        texts: told(redis_py::TEXTS),
        test: told(".venv/bin/python -m unittest -q"),
        run: told("exec .venv/bin/python app.py"),
    },
    sources: &[crate::sources::REDIS_PY],
    files: &[
        Template { path: "redis_connection.py", when: "", text: template!("redis_connection.py") },
        Template { path: "app.py", when: "", text: template!("app.py") },
        Template { path: "test_redis_connection.py", when: "", text: template!("test_redis_connection.py") },
        Template { path: "requirements.txt", when: "", text: template!("requirements.txt") },
        Template { path: "pyproject.toml", when: "", text: template!("pyproject.toml") },
        ENV,
        Template { path: "README.md", when: "", text: template!("README.md") },
    ],
    words,
};

fn words(c: &Context) -> Words {
    vec![
        ("cluster_part", Word::Part(template!("cluster.py"))),
        ("regions_part", Word::Part(template!("regions.py"))),
        ("durable_part", Word::Part(template!("durable.py"))),
        // PubSub's connection: the cluster has none.
        ("pubsub", (c.blocking && !c.cluster).into()),
        // Some client has a pool of its own size.
        ("sized", (c.blocking || c.automatic).into()),
        // The server may ask the connection to move, or for patience and no more than that.
        ("moves", (c.handoffs == Handoffs::On).into()),
        ("waits", (c.handoffs == Handoffs::RelaxedTimeoutsOnly).into()),
        // Whether the reply of a try was lost: the call's tries may be on several connections.
        ("lost", if c.cluster { "lost_one.get()" } else { "self.lost" }.into()),
        ("lose", if c.cluster { "lost_one.set(True)" } else { "self.lost = True" }.into()),
        // What a person may have to mend.
        ("refusable", if c.tls { "Password, certificate or host name" } else { "User or password" }.into()),
        // How long a call on this connection may take.
        (
            "deadline",
            match (c.blocking, c.cluster) {
                (false, _) => "DEADLINE",
                (true, false) => "connection.deadline",
                (true, true) => "block + DEADLINE",
            }
            .into(),
        ),
        // The client whose pool sends the writes that are proved, and the one that asks whether Redis is well.
        ("proving", if c.once { "once" } else { "safe" }.into()),
        ("probing", if c.automatic { "probe" } else { "safe" }.into()),
    ]
}
