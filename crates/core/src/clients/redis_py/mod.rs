//! redis-py, synchronous. The project's `Connection` is the library's, with the clocks put where it
//! dials, writes and reads; pool, protocol, TLS and the one repeat are the library's own.

use super::*;
use askama::Template;

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
    knobs: Knobs { pool: true, keepalive: true, user_timeout: true, health_check: true, dns_cache: false },
    traps: &[
        Trap {
            what: "Retries nest: R retries dial R·(R+1) times on a silent peer, minutes with the defaults",
            instead: "one repeat, only while the deadline lasts",
        },
        Trap {
            what: "INCR is repeated after a lost reply, and `transaction` runs again after a lost EXEC",
            instead: "`once` sends once and says \"outcome unknown\"",
        },
        Trap {
            what: "A wrong password is retried like a network fault: AuthenticationError is a ConnectionError",
            instead: "refused at once, later tried every 30 to 60 s",
        },
        Trap {
            what: "`from_url` and a pool made by hand have no retry at all",
            instead: "the pool gets its own `Retry`",
        },
        Trap {
            what: "The name lookup has no timeout, 10 s on a dead name server, and each address gets its own",
            instead: "name, TCP and TLS share one timeout",
        },
        Trap {
            what: "After a handoff the finished call dials, and a failed dial hides its reply",
            instead: "the next call dials",
        },
        Trap {
            what: "READONLY from a demoted primary keeps the connection, for ever",
            instead: "dropped, and the name resolved anew",
        },
        Trap {
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
    render,
};

fn render(c: &Context) -> Vec<File> {
    vec![
        File::new("redis_connection.py", Connection { c }),
        File::new("app.py", App { c }),
        File::new("test_redis_connection.py", Test { c }),
        File::fixed("requirements.txt", include_str!("requirements.txt")),
        File::fixed("pyproject.toml", include_str!("pyproject.toml")),
        File::new(".env.example", Env { c }),
        File::new("README.md", Readme { c, traps: CLIENT.traps }),
    ]
}

#[derive(Template)]
#[template(path = "redis_py/redis_connection.py", syntax = "hash")]
struct Connection<'a> {
    c: &'a Context,
}

impl Connection<'_> {
    /// A reply may be lost for good.
    fn unknown(&self) -> bool {
        self.sends_once() || self.c.durable
    }

    /// Some client never sends a command twice.
    fn sends_once(&self) -> bool {
        self.c.once || self.c.blocking
    }

    /// Some client has a pool of its own size.
    fn sized(&self) -> bool {
        self.c.blocking || self.c.automatic
    }

    /// The server may ask the connection to move.
    fn handoffs_on(&self) -> bool {
        self.c.handoffs_on() && !self.c.serverless
    }

    /// The server may ask for patience, and no more than that.
    fn handoffs_wait(&self) -> bool {
        self.c.handoffs_relaxed() || (self.c.handoffs_on() && self.c.serverless)
    }

    /// What a person may have to mend.
    fn refusable(&self) -> &'static str {
        if self.c.tls { "Password, certificate or host name" } else { "User or password" }
    }

    /// How long a call on this connection may take.
    fn deadline(&self) -> &'static str {
        if self.c.blocking { "self.deadline" } else { "DEADLINE" }
    }

    /// The suffix of each region's variables.
    fn suffixes(&self) -> String {
        (1..=self.c.regions).map(|n| if n == 1 { "\"\"".to_owned() } else { format!(", \"_{n}\"") }).collect()
    }

    /// The client whose pool sends the writes that are proved.
    fn proving(&self) -> &'static str {
        if self.c.once { "once" } else { "safe" }
    }

    /// The client that asks whether Redis is well.
    fn probing(&self) -> &'static str {
        if self.c.automatic { "probe" } else { "safe" }
    }

    /// Whose disk is asked: the primary's, the replica's.
    fn proof(&self) -> &'static str {
        if self.c.replica { "0, 1" } else { "1, 0" }
    }

    /// Where WAITAOF says what is asked for.
    fn proof_index(&self) -> u8 {
        u8::from(self.c.replica)
    }
}

#[derive(Template)]
#[template(path = "redis_py/app.py", syntax = "hash")]
struct App<'a> {
    c: &'a Context,
}

#[derive(Template)]
#[template(path = "redis_py/test_redis_connection.py", syntax = "hash")]
struct Test<'a> {
    c: &'a Context,
}

#[derive(Template)]
#[template(path = "redis_py/.env.example", syntax = "hash")]
struct Env<'a> {
    c: &'a Context,
}

#[derive(Template)]
#[template(path = "redis_py/README.md", syntax = "markup")]
struct Readme<'a> {
    c: &'a Context,
    traps: &'a [Trap],
}
