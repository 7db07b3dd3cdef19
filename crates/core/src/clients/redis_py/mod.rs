//! redis-py, synchronous. Its `Retry` is the hook that the library asks for every dial, command and
//! batch: the project puts its own clocks there and leaves pool, protocol and TLS to the library.

use super::*;

/// The client.
pub const CLIENT: Client = Client {
    id: "redis-py",
    name: "redis-py",
    language: "Python",
    version: "8.1.0",
    checked: "2026-11-23",
    needs: "Python 3.10 or newer",
    standing: Standing::Official,
    snippet: "redis_connection.py",
    handoffs: true,
    knobs: Knobs {
        pool: true,
        shared: false,
        keepalive: true,
        user_timeout: true,
        health_check: true,
        dns_cache: false,
    },
    traps: &[
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
            instead: "the gate is handed to the pool itself",
        },
        Trap {
            when: "",
            what: "The name lookup has no timeout, 10 s on a dead name server, and each address gets its own",
            instead: "name, TCP and TLS share one timeout",
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
    ],
    drill: Drill {
        tools: &["python3", "ruff"],
        setup: "python3 -m venv .venv && .venv/bin/pip install -q --require-hashes -r requirements.txt",
        format: "ruff format --check .",
        lint: "ruff check .",
        test: ".venv/bin/python -m unittest -q",
        run: "exec .venv/bin/python app.py",
    },
    sources: &[crate::sources::REDIS_PY],
    files: &[
        Template { path: "redis_connection.py", when: "", text: include_str!("redis_connection.py") },
        Template { path: "app.py", when: "", text: include_str!("app.py") },
        Template { path: "test_redis_connection.py", when: "", text: include_str!("test_redis_connection.py") },
        Template { path: "requirements.txt", when: "", text: include_str!("requirements.txt") },
        Template { path: "pyproject.toml", when: "", text: include_str!("pyproject.toml") },
        ENV,
        Template { path: "README.md", when: "", text: include_str!("README.md") },
    ],
    words,
};

fn words(c: &Context) -> Words {
    let only_once = match (c.once || c.blocking, c.durable) {
        (true, true) => "(self.name != \"safe\" or call.durable)",
        (true, false) => "self.name != \"safe\"",
        _ => "call.durable",
    };
    vec![
        // The server may ask the connection to move.
        ("moves", (c.handoffs == Handoffs::On && !c.serverless).into()),
        // What a person may have to mend.
        ("refusable", if c.tls { "Password, certificate or host name" } else { "User or password" }.into()),
        // How long a call of this gate may take, and whether it may not send twice.
        ("deadline", if c.blocking { "self.deadline" } else { "DEADLINE" }.into()),
        ("only_once", only_once.into()),
        // The last argument of everything that belongs to one region.
        ("suffix", if c.active_active() { ", suffix" } else { "" }.into()),
        // The client whose pool sends the writes that are proved, and the one that asks whether Redis is well.
        ("proving", if c.once { "once" } else { "safe" }.into()),
        ("probing", if c.automatic { "probe" } else { "safe" }.into()),
        // A pool of one is said outright where the others differ from it.
        ("pool_differs", ((c.blocking || c.automatic) && c.clock.pool_size != 1).into()),
    ]
}
