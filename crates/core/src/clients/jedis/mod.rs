//! Jedis. Its pools block the caller for as long as a lookup, a dial or a write may take, so the
//! project keeps connections itself: workers block, callers wait until the deadline.

use super::*;
use crate::sources;
use askama::Template;

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
        // Maven's start is most of its time: it compiles once, for all that follows, on the quick compiler.
        setup: "MAVEN_OPTS=\"$MAVEN_OPTS -XX:TieredStopAtLevel=1\" mvn -B -q -DskipTests package \
                dependency:copy-dependencies -DincludeScope=test -DoutputDirectory=target/test-lib",
        format: "google-java-format --dry-run --set-exit-if-changed $(find src -name '*.java')",
        lint: "javac -J-XX:TieredStopAtLevel=1 --release 17 -proc:none -Xlint:all -Werror -d target/lint \
               -cp 'target/test-lib/*' $(find src -name '*.java')",
        test: "MAVEN_OPTS=\"$MAVEN_OPTS -XX:TieredStopAtLevel=1\" mvn -B -q surefire:test -DforkCount=0",
        run: "exec java -cp 'target/classes:target/lib/*' app.Main",
    },
    sources: &[sources::JEDIS],
    render,
};

const TRAPS: &[Trap] = &[
    Trap {
        what: "the JVM keeps an address 30 s, a failed lookup 10 s",
        instead: "5 s and 1 s, set before the first lookup",
    },
    Trap {
        what: "a dead name server blocks `getAllByName` for 10 s, a frozen peer a write for ever",
        instead: "only workers block; the caller leaves at the deadline and the socket is dropped",
    },
    Trap {
        what: "each address of a name has a connect timeout of its own",
        instead: "the deadline counts for all of them together",
    },
    Trap {
        what: "commons-pool2 2.13.1 dials inside `invalidateObject` and hides what broke",
        instead: "a queue of connections",
    },
    Trap { what: "closing TLS waits a whole read timeout for a silent peer", instead: "1 ms" },
    Trap {
        what: "`RetryableCommandExecutor` repeats every command, INCR too",
        instead: "`safe` repeats once, `once` never",
    },
    Trap {
        what: "a PKCS12 trust store costs 300 ms at each dial; `keytool` imports one certificate",
        instead: "the whole PEM bundle as a JKS store in memory",
    },
    Trap {
        what: "a wrong password dials again at each call",
        instead: "fails at the start; later one dial in 30 to 60 s",
    },
    Trap { what: "RESP left open is guessed when Redis is away at the start", instead: "RESP2, said outright" },
    Trap {
        what: "no TCP_USER_TIMEOUT, keepalive by the system's 2 h",
        instead: "SO_LINGER 0 forgets unsent writes; a PING finds a silent peer",
    },
];

#[derive(Template)]
#[template(path = "jedis/RedisConnection.java", syntax = "slash")]
struct Connection<'a> {
    c: &'a Context,
    /// One for each connection, and one at least for the health check, which waits for another.
    threads: u32,
}

#[derive(Template)]
#[template(path = "jedis/RedisCluster.java", syntax = "slash")]
struct Cluster<'a> {
    c: &'a Context,
}

#[derive(Template)]
#[template(path = "jedis/RedisRegions.java", syntax = "slash")]
struct Regions<'a> {
    c: &'a Context,
    /// The class of each region.
    redis: &'static str,
}

#[derive(Template)]
#[template(path = "jedis/Main.java", syntax = "slash")]
struct Main<'a> {
    c: &'a Context,
    /// The class that is opened.
    redis: &'static str,
    /// What `/health` asks.
    asked: &'static str,
    /// What is closed at the end.
    closed: &'static str,
}

#[derive(Template)]
#[template(path = "jedis/RedisConnectionTest.java", syntax = "slash")]
struct Test<'a> {
    c: &'a Context,
}

#[derive(Template)]
#[template(path = "jedis/pom.xml", syntax = "markup")]
struct Pom<'a> {
    c: &'a Context,
}

#[derive(Template)]
#[template(path = "jedis/env.example", syntax = "hash")]
struct Env<'a> {
    c: &'a Context,
    /// The numbers of the further regions.
    regions: Vec<u32>,
}

#[derive(Template)]
#[template(path = "jedis/README.md", syntax = "markup")]
struct Readme<'a> {
    c: &'a Context,
    traps: &'static [Trap],
}

fn render(c: &Context) -> Vec<File> {
    let many = c.active_active();
    let redis = if c.cluster { "RedisCluster" } else { "RedisConnection" };
    let (asked, closed) = if many { ("regions.active()", "regions") } else { ("redis", "redis") };
    let mut files = vec![File::new(CLIENT.snippet, Connection { c, threads: c.clock.pool_size.max(2) })];
    if c.cluster {
        files.push(File::new("src/main/java/app/RedisCluster.java", Cluster { c }));
    }
    if many {
        files.push(File::new("src/main/java/app/RedisRegions.java", Regions { c, redis }));
    }
    files.push(File::new("src/main/java/app/Main.java", Main { c, redis, asked, closed }));
    files.push(File::new("src/test/java/app/RedisConnectionTest.java", Test { c }));
    files.push(File::new("pom.xml", Pom { c }));
    files.push(File::new(".env.example", Env { c, regions: (2..=c.regions).collect() }));
    files.push(File::new("README.md", Readme { c, traps: TRAPS }));
    files
}
