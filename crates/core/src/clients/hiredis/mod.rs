//! hiredis: a protocol and a socket. Deadlines that hold, TLS with the host's name, reconnecting and failover are the
//! project's own, and C says all of it at length: that is why the module is four times the hundred lines.
//! One connection behind a mutex, and one thread that dials and pings: no call waits for a lookup or a handshake.

use super::*;

/// The client.
pub const CLIENT: Client = Client {
    id: "hiredis",
    name: "hiredis",
    language: "C",
    version: "1.4.1",
    ran: "1.2.0",
    not_run: None,
    checked: "2026-11-25",
    needs: "Linux, hiredis 1.2 or newer with its TLS library, OpenSSL 3, a C11 compiler and make",
    standing: Standing::Official,
    snippet: "redis_connection.c",
    hears: Hears::NOTHING,
    knobs: Knobs {
        pool: false,
        keepalive: true,
        user_timeout: true,
        health_check: true,
        dns_cache: false,
        cluster: false,
    },
    opens: Opens::PROVED_APART,
    traps: traps(&[
        Trap {
            when: "tls",
            what: "The host's name is checked in no release up to 1.4.1: any certificate of the same authority will do",
            instead: "`SSL_set1_host`, on an SSL object of our own",
        },
        Trap {
            when: "",
            what: "No timeout by default, and the one that is set begins anew with every read, the TLS handshake's too",
            instead: "each read gets what is left of the call",
        },
        Trap {
            when: "",
            what: "The name lookup has no timeout, 10 s on a dead name server and twice that for IPv6",
            instead: "a thread dials in the background; `options timeout:1` in resolv.conf brings it back sooner",
        },
        Trap {
            when: "",
            what: "`redisReconnect` loses TLS and AUTH, and a context is of no use after an error",
            instead: "freed and dialled anew",
        },
        Trap {
            when: "",
            what: "A write to a closed connection ends the process",
            instead: "`redis_open` ignores SIGPIPE",
        },
        Trap {
            when: "",
            what: "READONLY from a demoted primary keeps the connection, for ever",
            instead: "dropped, and the name resolved anew",
        },
        Trap {
            when: "",
            what: "A closed connection lets the kernel deliver the old write later",
            instead: "closed with linger 0",
        },
        Trap {
            when: "tls",
            what: "Why the server ended TLS is thrown away, and left in OpenSSL's queue for the app's own connections",
            instead: "logged, and cleared",
        },
        Trap {
            when: "",
            what: "There is no cluster client",
            instead: "leave the OSS Cluster API off: the database's proxy finds the shard of every key",
        },
    ]),
    drill: Drill {
        tools: &["debian-root", "clang-format"],
        setup: told("debian-root make"),
        installed: None,
        format: told("clang-format --dry-run -Werror *.c *.h"),
        lint: told("debian-root make -B WARN='-Wall -Wextra -Wconversion -Werror -fanalyzer'"),
        texts: told(
            "grep '[.][ch]$' distinct | xargs clang-format --dry-run -Werror && debian-root sh -c \"ls -d [0-9]* | \
             xargs -P 2 -I {} sh -c 'cd {} && gcc -std=c11 -pthread -Wall -Wextra -Wconversion -Werror -fsyntax-only *.c'\"",
        ),
        test: told("debian-root make test"),
        run: told("exec debian-root ./app"),
    },
    sources: &[crate::sources::HIREDIS],
    files: &[
        Template { path: "redis_connection.c", when: "", text: template!("redis_connection.c") },
        Template { path: "redis_connection.h", when: "", text: template!("redis_connection.h") },
        Template { path: "redis_regions.c", when: "active_active", text: template!("redis_regions.c") },
        Template { path: "redis_regions.h", when: "active_active", text: template!("redis_regions.h") },
        Template { path: "test_redis_connection.c", when: "", text: template!("test_redis_connection.c") },
        Template { path: "main.c", when: "", text: template!("main.c") },
        Template { path: "Makefile", when: "", text: template!("Makefile") },
        Template { path: ".clang-format", when: "", text: template!("clang-format") },
        ENV,
        Template { path: "README.md", when: "", text: template!("README.md") },
    ],
    words,
};

fn words(c: &Context) -> Words {
    let many = c.active_active();
    let suffix = many.then_some("suffix");
    vec![
        // With regions each has variables and log lines of its own.
        ("of", if many { "db, " } else { "" }.into()),
        // Connections of their own, for proofs and for blocking commands.
        ("apart", (c.durable || c.blocking).into()),
        (
            "parameters",
            joined(&[many.then_some("const char *suffix"), c.blocking.then_some("int64_t patience")], "void"),
        ),
        ("arguments", joined(&[suffix, c.blocking.then_some("COMMAND_TIMEOUT")], "")),
        ("longest", joined(&[suffix, Some("LONGEST_BLOCK + COMMAND_TIMEOUT")], "")),
        ("patience", if c.blocking { "db->patience" } else { "COMMAND_TIMEOUT" }.into()),
        ("first", if many { "\"\"" } else { "" }.into()),
        // What to look at when the server ends TLS with an alert.
        (
            "asked",
            if c.mutual_tls { "REDIS_CERT_FILE and REDIS_KEY_FILE" } else { "whether it wants a client certificate" }
                .into(),
        ),
        ("ran", CLIENT.ran.into()),
        ("copies", if c.replica { "0 1" } else { "1 0" }.into()),
        // What the demo opens, holds, works with and closes.
        ("whole", if many { "regions" } else { "redis" }.into()),
        ("held", if many { "regions" } else { "db" }.into()),
        ("now", if many { "regions_active(regions)" } else { "db" }.into()),
        ("opens", if many { "regions_open" } else { "redis_open" }.into()),
        ("closes", if many { "regions_close" } else { "redis_close" }.into()),
        ("open", if many { "regions_open()" } else { "redis_open()" }.into()),
        ("close", if many { "regions_close(regions)" } else { "redis_close(db)" }.into()),
    ]
}

/// What is there of these, for a list of parameters or arguments.
fn joined(parts: &[Option<&str>], otherwise: &str) -> Word {
    let there: Vec<&str> = parts.iter().flatten().copied().collect();
    if there.is_empty() { otherwise.to_owned() } else { there.join(", ") }.into()
}
