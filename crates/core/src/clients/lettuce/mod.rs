//! Lettuce. Its own reconnection sends again what has no reply yet, and its command timeout keeps the
//! dead connection, so `autoReconnect` is off and the project dials: a gate and one connection for all
//! callers, by Lettuce's asynchronous calls. Its handoffs live in that same reconnection; the project
//! asks for the server's notices by Lettuce's means and acts on them.
//!
//! Regions: not `MultiDbClient` (7.7, experimental): when it changes the database it writes all that has
//! no reply to the next one, which a once-write forbids; it goes back by a timer, not by a marker;
//! it keeps `autoReconnect`, and is for single endpoints only.
//! Cluster: not `RedisClusterClient`: see `RedisCluster.java`.
//!
//! The snippet is longer than 100 lines because reconnection, which the library would have brought, is
//! in it, and a third of it are imports and options that the formatter writes one a line.

use super::*;
use crate::sources;

/// The client.
pub const CLIENT: Client = Client {
    id: "lettuce",
    name: "Lettuce",
    language: "Java",
    version: "7.7.0.RELEASE",
    ran: "",
    not_run: None,
    checked: "2026-11-25",
    needs: "JDK 17 or later, Maven 3.8 or later",
    standing: Standing::Official,
    snippet: "src/main/java/app/RedisConnection.java",
    hears: Hears::AWAKE,
    knobs: Knobs {
        pool: false,
        keepalive: true,
        user_timeout: false,
        health_check: true,
        dns_cache: false,
        cluster: true,
    },
    opens: Opens { subscribing: Own::One, ..Opens::PROVED_APART },
    traps: traps(TRAPS),
    drill: Drill {
        installed: None,
        tools: &["java", "javac", "mvn"],
        // Maven's start is most of its time: it compiles once, for all that follows, on the quick compiler.
        setup: told(
            "MAVEN_OPTS=\"$MAVEN_OPTS -XX:TieredStopAtLevel=1\" mvn -B -q -DskipTests package \
                dependency:copy-dependencies -DincludeScope=test -DoutputDirectory=target/test-lib",
        ),
        format: told("google-java-format --dry-run --set-exit-if-changed $(find src -name '*.java')"),
        lint: told(
            "javac -J-XX:TieredStopAtLevel=1 --release 17 -proc:none -Xlint:all -Werror -d target/lint \
               -cp 'target/test-lib/*' $(find src -name '*.java')",
        ),
        texts: told(jedis::TEXTS),
        test: told("MAVEN_OPTS=\"$MAVEN_OPTS -XX:TieredStopAtLevel=1\" mvn -B -q surefire:test -DforkCount=0"),
        // The quick compiler again: Lettuce loads thousands of classes before its first command.
        run: told("exec java -XX:TieredStopAtLevel=1 -cp 'target/classes:target/lib/*' app.Main"),
    },
    sources: &[sources::LETTUCE],
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
        what: "`autoReconnect` keeps commands in a queue without a bound and sends those without a reply again, INCR too",
        instead: "off; each dial is ours, nothing waits in a queue, `safe` repeats once",
    },
    Trap {
        when: "",
        what: "The command timeout (60 s) ends the call and keeps the dead connection",
        instead: "a deadline for each call, and the silent socket is dropped with it",
    },
    Trap {
        when: "",
        what: "TCP_USER_TIMEOUT needs a native library, without which every connect throws",
        instead: "SO_LINGER 0 forgets unsent writes on every system; a PING finds a silent peer",
    },
    Trap {
        when: "",
        what: "Lettuce resolves names by itself and keeps the answers for their TTL; `networkaddress.cache.ttl` changes nothing",
        instead: "no cache, and a dead name server ends the dial, not a thread",
    },
    Trap {
        when: "",
        what: "A connect may take 10 s, a TLS handshake 10 s more",
        instead: "one limit for the whole dial",
    },
    Trap {
        when: "",
        what: "READONLY is an answer like any other, and the connection to a demoted primary stays",
        instead: "it is dropped and dialled anew",
    },
    Trap {
        when: "",
        what: "A wrong password is tried again every few seconds",
        instead: "fails at the start; later one dial in 30 to 60 s",
    },
    Trap { when: "tls", what: "Closing TLS waits 3 s for a silent peer to take the farewell", instead: "1 ms" },
    Trap {
        when: "handoffs",
        what: "Handoffs live in the reconnecting watchdog and hold back all commands meanwhile",
        instead: "heard by the project, which dials before it hangs up",
    },
    Trap {
        when: "cluster",
        what: "`RedisClusterClient` refreshes its topology only when asked to and keeps silent nodes",
        instead: "a connection to each node, MOVED says where a slot is",
    },
    Trap { when: "durable", what: "WAITAOF is missing from the commands", instead: "sent as a keyword of its own" },
];

fn words(c: &Context) -> Words {
    let many = c.active_active();
    // Lettuce has none for a cluster's nodes, and a frozen process hears nothing.
    let handoffs = c.handoffs != Handoffs::Unavailable;
    let subscribe = c.blocking && !c.serverless;
    let reply_ms = c.clock.command_timeout_ms.to_string();
    // A probe has less time than that.
    let reply_ms = if c.automatic { format!("Math.min({reply_ms}, end - sent)") } else { reply_ms };
    let all = [(true, "shared"), (c.durable, "proving"), (c.blocking, "waiting"), (subscribe, "hearing")];
    let lines: Vec<&str> = all.iter().filter(|(there, _)| *there).map(|(_, line)| *line).collect();
    vec![
        ("handoffs", handoffs.into()),
        ("moving", (c.handoffs == Handoffs::On).into()),
        ("subscribe", subscribe.into()),
        // More than one line, and all of them.
        ("many", (c.durable || c.blocking).into()),
        ("lines", lines.join(", ").into()),
        // How long a reply may take.
        ("reply_ms", if c.durable { format!("line == proving ? end - sent : {reply_ms}") } else { reply_ms }.into()),
        // An interrupted caller leaves the connection to the others.
        ("interrupted", if c.durable || c.blocking { "line == shared" } else { "true" }.into()),
        // What WAITAOF asks for, as a chain of calls.
        ("waitaof_args", if c.replica { "0).add(1" } else { "1).add(0" }.into()),
        // A node that owns no slot and is away for so long has left the cluster.
        ("half_refresh_ms", (c.clock.refresh_after_ms / 2).into()),
        // The class that is opened.
        ("redis", if c.cluster { "RedisCluster" } else { "RedisConnection" }.into()),
        // In the file about regions, which is Jedis's, too.
        ("lettuce", true.into()),
        ("db", "redis".into()),
        ("failure", "RedisException".into()),
        ("expiring", "SetArgs.Builder.ex(3600)".into()),
        // What `/health` asks, and what is closed at the end.
        ("asked", if many { "regions.active()" } else { "redis" }.into()),
        ("closed", if many { "regions" } else { "redis" }.into()),
    ]
}
