//! Jedis. Its pools block the caller for as long as a lookup, a dial or a write may take, so the
//! project keeps connections itself: workers block, callers wait until the deadline.
//!
//! The snippet is longer than 100 lines because pool and reconnection are in it, and a third of it are imports and
//! options that the formatter writes one a line.

use super::*;
use crate::sources;

/// Java: one compiler for all projects, so each gets a package of its own.
pub(super) const TEXTS: &str = "grep '[.]java$' distinct | xargs google-java-format --dry-run --set-exit-if-changed && \
    for n in [0-9]*; do sed -i -E \"s/^(package|import) app\\b/&$n/\" $(find $n -name '*.java'); done && \
    find . -name '*.java' > sources && javac --release 17 -proc:none -Xlint:all -Werror -d classes \
    -cp \"$READY/target/test-lib/*\" @sources";

/// The client.
pub const CLIENT: Client = Client {
    id: "jedis",
    name: "Jedis",
    language: "Java",
    version: "8.0.2",
    ran: "",
    checked: "2026-11-24",
    needs: "JDK 17 or later, Maven 3.8 or later",
    standing: Standing::Official,
    not_run: None,
    snippet: "src/main/java/app/RedisConnection.java",
    hears: Hears::NOTHING,
    knobs: Knobs {
        pool: true,
        keepalive: false,
        user_timeout: false,
        health_check: true,
        dns_cache: true,
        cluster: true,
    },
    // A probe that finds the pool busy says so.
    opens: Opens::SHARED,
    traps: traps(TRAPS),
    drill: Drill {
        tools: &["java", "javac", "mvn"],
        // Maven's start is most of its time: it compiles once, for all that follows, on the quick compiler.
        setup: told(
            "MAVEN_OPTS=\"$MAVEN_OPTS -XX:TieredStopAtLevel=1\" mvn -B -q -DskipTests package \
                dependency:copy-dependencies -DincludeScope=test -DoutputDirectory=target/test-lib",
        ),
        installed: None,
        format: told("google-java-format --dry-run --set-exit-if-changed $(find src -name '*.java')"),
        lint: told(
            "javac -J-XX:TieredStopAtLevel=1 --release 17 -proc:none -Xlint:all -Werror -d target/lint \
               -cp 'target/test-lib/*' $(find src -name '*.java')",
        ),
        texts: told(TEXTS),
        test: told("MAVEN_OPTS=\"$MAVEN_OPTS -XX:TieredStopAtLevel=1\" mvn -B -q surefire:test -DforkCount=0"),
        run: told("exec java -cp 'target/classes:target/lib/*' app.Main"),
    },
    sources: &[sources::JEDIS],
    files: &[
        Template { path: "src/main/java/app/RedisConnection.java", when: "", text: template!("RedisConnection.java") },
        Template { path: "src/main/java/app/RedisCluster.java", when: "cluster", text: template!("RedisCluster.java") },
        JAVA_REGIONS,
        Template { path: "src/main/java/app/Main.java", when: "", text: template!("Main.java") },
        Template {
            path: "src/test/java/app/RedisConnectionTest.java",
            when: "",
            text: template!("RedisConnectionTest.java"),
        },
        Template { path: "pom.xml", when: "", text: template!("pom.xml") },
        ENV,
        Template { path: "README.md", when: "", text: template!("README.md") },
    ],
    words,
};

const TRAPS: &[Trap] = &[
    Trap {
        when: "",
        what: "The JVM keeps an address 30 s, a failed lookup 10 s",
        instead: "5 s and 1 s, set before the first lookup",
    },
    Trap {
        when: "",
        what: "A dead name server blocks `getAllByName` for 10 s, a frozen peer a write for ever",
        instead: "only workers block; the caller leaves at the deadline and the socket is dropped",
    },
    Trap {
        when: "",
        what: "Each address of a name has a connect timeout of its own",
        instead: "the deadline counts for all of them together",
    },
    Trap {
        when: "",
        what: "Commons-pool2 2.13.1 dials inside `invalidateObject` and hides what broke",
        instead: "a queue of connections",
    },
    Trap { when: "", what: "Closing TLS waits a whole read timeout for a silent peer", instead: "1 ms" },
    Trap {
        when: "",
        what: "`RetryableCommandExecutor` repeats every command, INCR too",
        instead: "`safe` repeats once, `once` never",
    },
    Trap {
        when: "",
        what: "A PKCS12 trust store costs 300 ms at each dial; `keytool` imports one certificate",
        instead: "the whole PEM bundle as a JKS store in memory",
    },
    Trap {
        when: "",
        what: "A wrong password dials again at each call",
        instead: "fails at the start; later one dial in 30 to 60 s",
    },
    Trap {
        when: "tls",
        what: "TLS 1.3 refuses a certificate after the handshake; where the login's write fails, nobody reads why",
        instead: "read once more, so that it is a refusal and not the network",
    },
    Trap {
        when: "",
        what: "RESP left open is guessed when Redis is away at the start",
        instead: "RESP2, said outright",
    },
    Trap {
        when: "",
        what: "No TCP_USER_TIMEOUT, keepalive by the system's 2 h",
        instead: "SO_LINGER 0 forgets unsent writes; a PING finds a silent peer",
    },
];

fn words(c: &Context) -> Words {
    let many = c.active_active();
    vec![
        // A node that owns no slot and is away for so long has left the cluster.
        ("half_refresh_ms", (c.clock.refresh_after_ms / 2).into()),
        // The class that is opened.
        ("redis", if c.cluster { "RedisCluster" } else { "RedisConnection" }.into()),
        // In the file about regions, which is Lettuce's, too.
        ("lettuce", false.into()),
        ("db", "jedis".into()),
        ("failure", "JedisException".into()),
        ("expiring", "new SetParams().ex(3600)".into()),
        // What `/health` asks, and what is closed at the end.
        ("asked", if many { "regions.active()" } else { "redis" }.into()),
        ("closed", if many { "regions" } else { "redis" }.into()),
    ]
}
