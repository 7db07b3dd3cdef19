//! phpredis. It dials, reads and writes within timeouts of its own; the project gives it what is left of the
//! deadline, and looks at its counters of bytes for what it keeps silent about: half a write, a command not sent.
//! More than 100 lines, because the extension repeats, waits and logs in inside of a command, out of anybody's sight.

use super::*;

/// The client.
pub const CLIENT: Client = Client {
    id: "phpredis",
    name: "phpredis",
    language: "PHP",
    version: "6.3.0",
    ran: "6.2.0",
    checked: "2026-11-25",
    needs: "PHP 8.2 or newer with openssl and pcntl",
    standing: Standing::BestEffort,
    not_run: None,
    snippet: "src/RedisConnection.php",
    hears: Hears::NOTHING,
    knobs: Knobs {
        pool: false,
        keepalive: false,
        user_timeout: false,
        health_check: true,
        dns_cache: false,
        cluster: true,
    },
    opens: Opens::SHARED,
    traps: traps(&[
        Trap {
            when: "",
            what: "OPT_MAX_RETRIES is 10: a command dials ten times before it fails",
            instead: "0; a new object dials, behind a pause",
        },
        Trap {
            when: "",
            what: "A wrong password or certificate is \"Redis server went away\" at the next command",
            instead: "AUTH at the dial, the warnings of the stream in the error",
        },
        Trap {
            when: "",
            what: "After a read error the object dials by itself, `isConnected()` and `close()` too",
            instead: "the object is thrown away",
        },
        Trap {
            when: "",
            what: "A write that breaks off returns `false` and leaves half a command behind",
            instead: "no byte of a reply means lost: the connection is dropped",
        },
        Trap {
            when: "",
            what: "WRONGTYPE, ERR and some more are a mere `false`, as a missing key is",
            instead: "thrown",
        },
        Trap {
            when: "",
            what: "While the bytes of one large value keep coming, its timeout begins anew with each piece",
            instead: "nothing: a value of many MB may take longer than the deadline on a slow line",
        },
        Trap {
            when: "",
            what: "No timeout is 60 s, for the dial and for the reply",
            instead: "what the deadline leaves",
        },
        Trap {
            when: "",
            what: "READONLY from a demoted primary keeps the connection",
            instead: "dropped, and the name resolved anew",
        },
        Trap {
            when: "",
            what: "TCP_USER_TIMEOUT and linger can't be set: the kernel may deliver a write after its caller gave up",
            instead: "that error says \"outcome unknown\"",
        },
        Trap {
            when: "",
            what: "`OPT_TCP_KEEPALIVE` is a switch without a time: the first probe comes after the system's, 2 h on Linux",
            instead: "what was idle is pinged before its next command; a NAT that forgets it costs that ping",
        },
        Trap {
            when: "cluster",
            what: "`RedisCluster` has a TLS context of its own and the ten dials for each node",
            instead: "one `RedisConnection` for each node, MOVED followed",
        },
    ]),
    drill: Drill {
        tools: &["php"],
        setup: told(""),
        installed: None,
        format: told(FORMAT),
        lint: told(LINT),
        texts: told(TEXTS),
        test: told("php test.php"),
        run: told("exec php app.php"),
    },
    sources: &[crate::sources::CLIENTS],
    files: &[
        CONNECTION,
        NODES,
        REGIONS,
        APP,
        TEST,
        Template { path: "composer.json", when: "", text: template!("composer.json") },
        ENV,
        README,
    ],
    words,
};

// What both of PHP's clients have, up to a few words.
pub(super) const CONNECTION: Template =
    Template { path: "src/RedisConnection.php", when: "", text: template!("RedisConnection.php") };
pub(super) const NODES: Template =
    Template { path: "src/RedisNodes.php", when: "cluster", text: template!("RedisNodes.php") };
pub(super) const REGIONS: Template =
    Template { path: "src/RedisRegions.php", when: "active_active", text: template!("RedisRegions.php") };
pub(super) const APP: Template = Template { path: "app.php", when: "", text: template!("app.php") };
pub(super) const TEST: Template = Template { path: "test.php", when: "", text: template!("test.php") };
pub(super) const README: Template = Template { path: "README.md", when: "", text: template!("README.md") };

/// PSR-12's braces.
pub(super) const FORMAT: &str =
    "prettier-php --print-width 120 --brace-style per-cs --php-version 8.2 --check $(find . -name '*.php')";

/// PHP's own check of what it reads.
pub(super) const LINT: &str = "php -l $(find . -name '*.php')";

/// Both, over everything.
pub(super) const TEXTS: &str = "grep '[.]php$' distinct | xargs prettier-php --print-width 120 --brace-style per-cs \
     --php-version 8.2 --check && grep '[.]php$' distinct | xargs php -l";

fn words(c: &Context) -> Words {
    let mut words = shared(c);
    words.extend([
        ("composer", false.into()),
        ("ran", CLIENT.ran.into()),
        ("library", "phpredis".into()),
        ("type", "Redis".into()),
        ("error", "RedisException".into()),
        ("error_path", "RedisException".into()),
        ("faults", "RedisException | ErrorException".into()),
        ("failure", "RedisException|ErrorException".into()),
        ("imports", "use ErrorException;\nuse Redis;\nuse RedisException;".into()),
        ("uses", "use Redis;\nuse RedisException;".into()),
        ("use_lines", "".into()),
        ("socket_part", "".into()),
        ("socket_property", "".into()),
        ("not_cluster", "Not RedisCluster: it dials a dead node ten times inside of a command.".into()),
        ("before_part", Word::Part(template!("before.php"))),
        ("after_part", Word::Part(template!("after.php"))),
        ("dial_part", Word::Part(template!("dial.php"))),
        ("why_part", " // an ErrorException is what frameworks make of a stream's warning".into()),
        ("is_answer", "str_starts_with((string) $redis->getLastError(), $why)".into()),
        ("heard", "$redis->getTransferredBytes()[1] - $received".into()),
        ("clean", "$first && $redis->getMode() === Redis::ATOMIC".into()),
        ("is_sent", "$redis->getTransferredBytes()[0] > $sent".into()),
        ("limit", "$redis->setOption(Redis::OPT_READ_TIMEOUT, ".into()),
        ("limit_this", "$this->redis->setOption(Redis::OPT_READ_TIMEOUT, ".into()),
    ]);
    words
}

/// The words that do not depend on the library.
pub(super) fn shared(c: &Context) -> Words {
    let many = c.active_active();
    let env = |name: &str, default: &str| -> Word {
        match many {
            true => format!("$this->env(\"{name}\", \"{default}\")").into(),
            false => format!("getenv(\"{name}\") ?: \"{default}\"").into(),
        }
    };
    let either = |one: &'static str, of_many: &'static str| Word::Marked(if many { of_many } else { one });
    let key = |key: &'static str| Word::from(if c.cluster { key } else { "" });
    let parameters = [
        (many, vec!["private readonly string $suffix = \"\""]),
        (c.cluster, vec!["?string $host = null", "?int $port = null"]),
        (c.blocking, vec!["private readonly float $longest = 0.0"]),
    ];
    let parameters: Vec<&str> = parameters.into_iter().filter(|(there, _)| *there).flat_map(|(_, list)| list).collect();
    // As the formatter breaks them: four are longer than a line.
    let parameters = match parameters.len() {
        4 => format!("(\n        {},\n    ) {{", parameters.join(",\n        ")),
        _ => format!("({})\n    {{", parameters.join(", ")),
    };
    vec![
        ("refusable", if c.tls { "Password, certificate or host name" } else { "User or password" }.into()),
        ("tls_names", if c.mutual_tls { "REDIS_HOST and REDIS_*_FILE" } else { "REDIS_CA_FILE and REDIS_HOST" }.into()),
        ("res_options", if c.kubernetes { "timeout:1 attempts:1 ndots:1" } else { "timeout:1 attempts:1" }.into()),
        // What is read from the environment.
        (
            "endpoint",
            either(
                r#"getenv("REDIS_HOST") ?: "fill((host))""#,
                r#"getenv("REDIS_HOST$suffix") ?: ($suffix === "" ? "fill((host))" : "")"#,
            ),
        ),
        ("getport", if many { r#"getenv("REDIS_PORT$suffix")"# } else { r#"getenv("REDIS_PORT")"# }.into()),
        ("password", if many { r#"$this->env("REDIS_PASSWORD")"# } else { r#"getenv("REDIS_PASSWORD")"# }.into()),
        (
            "user_word",
            either(r#"getenv("REDIS_USERNAME") ?: "fill((user))""#, r#"$this->env("REDIS_USERNAME", "fill((user))")"#),
        ),
        ("ca", env("REDIS_CA_FILE", "redis_ca.pem")),
        ("cert", env("REDIS_CERT_FILE", "redis_user.crt")),
        ("key", env("REDIS_KEY_FILE", "redis_user_private.key")),
        ("parameters", parameters.into()),
        // The first arguments of the connection that waits.
        (
            "waiting",
            match (many, c.cluster) {
                (true, true) => "$this->suffix, $this->host, $this->port, ",
                (true, false) => "$this->suffix, ",
                (false, true) => "$this->host, $this->port, ",
                (false, false) => "",
            }
            .into(),
        ),
        ("inner", if c.cluster { "public" } else { "private" }.into()),
        (
            "read_timeout",
            if c.blocking { "self::COMMAND_TIMEOUT + $this->longest" } else { "self::COMMAND_TIMEOUT" }.into(),
        ),
        // What a region is, what is opened, asked and closed.
        ("class", if c.cluster { "RedisNodes" } else { "RedisConnection" }.into()),
        (
            "opened",
            match (many, c.cluster) {
                (true, _) => "RedisRegions",
                (false, true) => "RedisNodes",
                (false, false) => "RedisConnection",
            }
            .into(),
        ),
        ("redis", if many { "$regions->active()" } else { "$redis" }.into()),
        ("closing", if many { "$regions" } else { "$redis" }.into()),
        // A cluster's call names its key.
        ("marker_key", key("$marker, ")),
        ("marker_key_home", key("$this->marker, ")),
        ("key_demo", key("\"holdfast:demo\", ")),
        ("key_counter", key("\"holdfast:counter\", ")),
        ("key_durable", key("\"holdfast:durable\", ")),
        ("key_queue", key("\"holdfast:jobs\", ")),
    ]
}
