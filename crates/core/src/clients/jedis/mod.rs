//! Jedis. Its pools block the caller for as long as a lookup, a dial or a write may take, so the
//! project keeps connections itself: workers block, callers wait until the deadline.

use super::*;
use crate::sources;

/// The client.
pub const CLIENT: Client = Client {
    id: "jedis",
    name: "Jedis",
    language: "Java",
    version: "8.0.2",
    checked: "2026-11-24",
    needs: "JDK 17 or later, Maven 3.8 or later",
    standing: Standing::Official,
    snippet: "src/main/java/app/RedisConnection.java",
    handoffs: false,
    knobs: Knobs { pool: true, keepalive: false, user_timeout: false, health_check: true, dns_cache: true },
    traps: TRAPS,
    drill: Drill {
        tools: &["java", "javac", "mvn"],
        setup: "mvn -B -q -DskipTests package",
        format: "google-java-format --dry-run --set-exit-if-changed $(find src -name '*.java')",
        lint: "mvn -B -q clean test-compile",
        test: "mvn -B -q package",
        run: "exec java -cp 'target/classes:target/lib/*' app.Main",
    },
    sources: &[sources::JEDIS],
    files: &[
        Template {
            path: "src/main/java/app/RedisConnection.java",
            when: "!cluster",
            text: include_str!("RedisConnection.java"),
        },
        Template {
            path: "src/main/java/app/RedisConnection.java",
            when: "cluster",
            text: include_str!("ClusterConnection.java"),
        },
        Template {
            path: "src/main/java/app/RedisRegions.java",
            when: "active_active",
            text: include_str!("RedisRegions.java"),
        },
        Template { path: "src/main/java/app/Main.java", when: "", text: include_str!("Main.java") },
        Template {
            path: "src/test/java/app/RedisConnectionTest.java",
            when: "",
            text: include_str!("RedisConnectionTest.java"),
        },
        Template { path: "pom.xml", when: "", text: include_str!("pom.xml") },
        ENV,
        Template { path: "README.md", when: "", text: include_str!("README.md") },
    ],
    words,
};

const TRAPS: &[Trap] = &[
    Trap {
        when: "",
        what: "the JVM keeps an address 30 s, a failed lookup 10 s",
        instead: "5 s and 1 s, set before the first lookup",
    },
    Trap {
        when: "",
        what: "a dead name server blocks `getAllByName` for 10 s, a frozen peer a write for ever",
        instead: "only workers block; the caller leaves at the deadline and the socket is dropped",
    },
    Trap {
        when: "",
        what: "each address of a name has a connect timeout of its own",
        instead: "the deadline counts for all of them together",
    },
    Trap {
        when: "",
        what: "commons-pool2 2.13.1 dials inside `invalidateObject` and hides what broke",
        instead: "a queue of connections; with the Cluster API 2.12.1",
    },
    Trap { when: "", what: "closing TLS waits a whole read timeout for a silent peer", instead: "1 ms" },
    Trap {
        when: "",
        what: "`RetryableCommandExecutor` repeats every command, INCR too",
        instead: "`safe` repeats once, `once` never",
    },
    Trap {
        when: "",
        what: "a PKCS12 trust store costs 300 ms at each dial; `keytool` imports one certificate",
        instead: "the whole PEM bundle as a JKS store in memory",
    },
    Trap {
        when: "",
        what: "a wrong password dials again at each call",
        instead: "fails at the start; later one dial in 30 to 60 s",
    },
    Trap {
        when: "",
        what: "RESP left open is guessed when Redis is away at the start",
        instead: "RESP2, said outright",
    },
    Trap {
        when: "",
        what: "no TCP_USER_TIMEOUT, keepalive by the system's 2 h",
        instead: "SO_LINGER 0 forgets unsent writes; a PING finds a silent peer",
    },
];

fn words(c: &Context) -> Words {
    let many = c.active_active();
    vec![
        // What `/health` asks, and what is closed at the end.
        ("asked", if many { "regions.active()" } else { "redis" }.into()),
        ("closed", if many { "regions" } else { "redis" }.into()),
    ]
}
