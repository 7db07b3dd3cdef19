//! redis-py, synchronous. The project's `Connection` is the library's, with the clocks put where it
//! dials, writes and reads; pool, protocol, TLS and the one repeat are the library's own.
//!
//! The module has more than twice the 100 lines that it aims at: the library has no gate in front of its dials, no
//! deadline that spans its steps and the name lookup, and no word for a lost outcome.

use super::*;

/// The client.
pub const CLIENT: Client = Client {
    id: "redis-py",
    name: "redis-py",
    language: "Python",
    version: "8.1.0",
    ran: "",
    checked: "2026-11-23",
    needs: "Python 3.10 or newer",
    standing: Standing::Official,
    not_run: None,
    snippet: "redis_connection.py",
    hears: Hears { most: Handoffs::On, cluster: Handoffs::On, serverless: Handoffs::RelaxedTimeoutsOnly },
    knobs: Knobs {
        pool: true,
        keepalive: true,
        user_timeout: true,
        health_check: true,
        dns_cache: false,
        cluster: true,
    },
    opens: Opens { once: Own::Pool, probes: Own::One, ..Opens::SHARED },
    traps: traps(&[
        Trap {
            when: "",
            what: "Retries nest: R retries dial R·(R+1) times on a silent peer, minutes with the defaults",
            instead: "one repeat, only while the deadline lasts",
        },
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
            what: "The name lookup has no timeout, 10 s on a dead name server, and each address gets its own",
            instead: "name, TCP and TLS share one timeout",
        },
        Trap {
            when: "tls",
            what: "Beside your bundle, the system's authorities are trusted",
            instead: "your bundle alone",
        },
        Trap {
            when: "",
            what: "After a handoff the finished call dials, and a failed dial hides its reply",
            instead: "the next call dials",
        },
        Trap {
            when: "",
            what: "READONLY from a demoted primary keeps the connection, for ever",
            instead: "dropped, and the name resolved anew",
        },
        Trap {
            when: "",
            what: "A closed connection lets the kernel deliver the old write later",
            instead: "TCP_USER_TIMEOUT is the deadline (Linux)",
        },
    ]),
    drill: Drill {
        tools: &["python3", "ruff"],
        setup: told("python3 -m venv .venv && .venv/bin/pip install -q --require-hashes -r requirements.txt"),
        installed: Some(("requirements.txt", ".venv")),
        format: told("ruff format --check ."),
        lint: told("ruff check ."),
        texts: told(TEXTS),
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

/// The compiler stops at what no parser sees: a `return` outside of a function.
pub(super) const TEXTS: &str = "ruff format --check . && ruff check . && python3 -m compileall -q .";

fn words(c: &Context) -> Words {
    vec![
        ("cluster_part", Word::Part(template!("cluster.py"))),
        ("regions_part", Word::Part(template!("regions.py"))),
        // Some client never sends a command twice.
        ("sends_once", (c.once || c.blocking).into()),
        // Some client has a pool of its own size.
        ("sized", (c.blocking || c.automatic).into()),
        // The server may ask the connection to move, or for patience and no more than that.
        ("moves", (c.handoffs == Handoffs::On).into()),
        ("waits", (c.handoffs == Handoffs::RelaxedTimeoutsOnly).into()),
        // Whether the reply of a try was lost: the call's tries may be on several connections.
        ("lost", if c.cluster { "call.lost" } else { "self.lost" }.into()),
        // What a person may have to mend.
        ("refusable", if c.tls { "Password, certificate or host name" } else { "User or password" }.into()),
        // How long a call on this connection may take.
        ("deadline", if c.blocking { "self.deadline" } else { "DEADLINE" }.into()),
        // The client whose pool sends the writes that are proved, and the one that asks whether Redis is well.
        ("proving", if c.once { "once" } else { "safe" }.into()),
        ("probing", if c.automatic { "probe" } else { "safe" }.into()),
    ]
}
