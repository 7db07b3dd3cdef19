//! Spring Data Redis over Lettuce, in a Spring Boot application.
//!
//! `application.yaml` says what it can; the rest is one class of beans. Boot's own `LettuceConnectionFactory`
//! with customizers does not do: each caller dials by itself, under a lock without a limit, so that no call
//! has a deadline; with `autoReconnect` it sends again what has no reply, and without it a lost connection is
//! never replaced. So the factory is extended where it asks for its shared connection, which is all that
//! templates, caches, sessions and Actuator ever see of it. `SafeRedis` and `OnceRedis` are templates of a
//! type of their own: whoever injects a plain `StringRedisTemplate` is told that there are two.
//!
//! Cluster: `RedisClusterClient`, because Spring routes by it and a template can't know a callback's key.
//! With `autoReconnect` off it never repeats; a silent node takes the connections to all nodes with it.
//!
//! Host, user and password are no YAML: Spring would take a `${` in a password for a placeholder.
//! The certificates are no SSL bundle: Boot reads one once, and they rotate.
//!
//! The snippet is longer than 100 lines because reconnection is in it, which Spring leaves to Lettuce and
//! Lettuce does with replays, and a third of it are imports and options that the formatter writes one a line.

use super::*;
use crate::sources;

/// The client.
pub const CLIENT: Client = Client {
    id: "spring-data-redis",
    name: "Spring Data Redis",
    language: "Java",
    version: "4.1.2",
    ran: "",
    not_run: None,
    checked: "2026-11-26",
    needs: "JDK 17 or later, Maven 3.8 or later",
    standing: Standing::BestEffort,
    snippet: "src/main/java/app/RedisConfig.java",
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
        // Half of Boot's start is the loading of classes, so those of a first start are kept.
        setup: told(
            "MAVEN_OPTS=\"$MAVEN_OPTS -XX:TieredStopAtLevel=1\" mvn -B -q -DskipTests test-compile \
                dependency:copy-dependencies -DincludeScope=test -DoutputDirectory=target/test-lib && \
             jar cf target/app.jar -C target/classes . && { env -u REDIS_PASSWORD java -XX:TieredStopAtLevel=1 \
                -XX:+UseSerialGC -XX:ArchiveClassesAtExit=target/app.jsa -cp 'target/app.jar:target/test-lib/*' app.Main || \
                test -f target/app.jsa; }",
        ),
        format: told("google-java-format --dry-run --set-exit-if-changed $(find src -name '*.java')"),
        lint: told(
            "javac -J-XX:TieredStopAtLevel=1 --release 17 -proc:none -Xlint:all,-processing -Werror -d target/lint \
               -cp 'target/test-lib/*' $(find src -name '*.java')",
        ),
        texts: told(jedis::TEXTS),
        test: told("MAVEN_OPTS=\"$MAVEN_OPTS -XX:TieredStopAtLevel=1\" mvn -B -q surefire:test -DforkCount=0"),
        run: told(
            "exec java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:SharedArchiveFile=target/app.jsa \
             -cp 'target/app.jar:target/test-lib/*' app.Main",
        ),
    },
    sources: &[sources::SPRING_DATA_REDIS, sources::LETTUCE],
    files: &[
        Template { path: "src/main/java/app/RedisConfig.java", when: "", text: template!("RedisConfig.java") },
        Template {
            path: "src/main/java/app/RedisRegions.java",
            when: "active_active",
            text: template!("RedisRegions.java"),
        },
        Template { path: "src/main/java/app/Main.java", when: "", text: template!("Main.java") },
        Template { path: "src/main/resources/application.yaml", when: "", text: template!("application.yaml") },
        Template { path: "src/main/resources/logback-spring.xml", when: "", text: template!("logback-spring.xml") },
        Template { path: "src/test/java/app/RedisConfigTest.java", when: "", text: template!("RedisConfigTest.java") },
        Template { path: "pom.xml", when: "", text: template!("pom.xml") },
        ENV,
        Template { path: "README.md", when: "", text: template!("README.md") },
    ],
    words,
};

const TRAPS: &[Trap] = &[
    Trap {
        when: "",
        what: "Spring waits for Lettuce, which keeps commands in a queue without a bound and sends those without a reply again, INCR too",
        instead: "`autoReconnect` is off; each dial is ours, nothing waits in a queue, `SafeRedis` repeats once",
    },
    Trap {
        when: "",
        what: "`LettuceConnectionFactory` lets each caller dial, one after the other under a lock, for 10 s each",
        instead: "one dial for all callers, who leave at their deadline",
    },
    Trap {
        when: "",
        what: "`spring.data.redis.timeout` ends the call (unset: after 60 s) and keeps the dead connection",
        instead: "a deadline for each call, and the silent socket is dropped with it",
    },
    Trap {
        when: "",
        what: "A `${` in a password is a placeholder to Spring",
        instead: "read from the environment itself",
    },
    Trap {
        when: "tls",
        what: "Boot reads an SSL bundle once, `reload-on-update` or not",
        instead: "the PEM files, read at each dial",
    },
    Trap {
        when: "",
        what: "Names have a cache of Lettuce's own; `networkaddress.cache.ttl` changes nothing",
        instead: "no cache, set where YAML can't: a customizer of `ClientResources`",
    },
    Trap {
        when: "",
        what: "READONLY is an answer like any other, and the connection to a demoted primary stays",
        instead: "it is dropped and dialled anew",
    },
    Trap {
        when: "",
        what: "A context starts without asking Redis, and a wrong password is tried again at each call",
        instead: "the bean fails at the start; later one dial in 30 to 60 s",
    },
    Trap { when: "tls", what: "Closing TLS waits 3 s for a silent peer to take the farewell", instead: "1 ms" },
    Trap {
        when: "subscribe",
        what: "`RedisMessageListenerContainer` relies on Lettuce to subscribe again, and takes silence for peace",
        instead: "`subscribe` does so itself, as a sign of life",
    },
    Trap {
        when: "cluster",
        what: "`RedisClusterClient` refreshes its topology only when asked to and keeps silent nodes",
        instead: "each dial asks the endpoint anew, MOVED too; a silent node ends them all",
    },
    Trap { when: "durable", what: "WAITAOF is missing from the commands", instead: "sent as a keyword of its own" },
];

fn words(c: &Context) -> Words {
    // Lettuce has none for a cluster's nodes, and a frozen process hears nothing.
    let handoffs = c.handoffs != Handoffs::Unavailable;
    let subscribe = c.blocking && !c.serverless;
    vec![
        ("handoffs", handoffs.into()),
        ("moving", (c.handoffs == Handoffs::On).into()),
        ("subscribe", subscribe.into()),
        // More than one line.
        ("many", (c.durable || c.blocking).into()),
        // What WAITAOF asks for, as a chain of calls.
        ("waitaof_args", if c.replica { "0).add(1" } else { "1).add(0" }.into()),
        // What `/health` asks.
        ("asked", if c.active_active() { "regions.active()" } else { "redis" }.into()),
    ]
}
