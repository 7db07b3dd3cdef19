//! Predis. It reads and writes a stream that the project gives it, so that each wait ends with the call, and that
//! it can't open again by itself; the rest is what phpredis has, up to a few words. More than 100 lines: that stream,
//! and that the library repeats, waits and logs in inside of a command.

use super::phpredis;
use super::*;

/// The client.
pub const CLIENT: Client = Client {
    id: "predis",
    name: "Predis",
    language: "PHP",
    version: "3.6.0",
    ran: "",
    checked: "2026-11-25",
    needs: "PHP 8.2 or newer with openssl, sockets and pcntl; Composer",
    standing: Standing::BestEffort,
    not_run: Some("Packagist, where it is published, was out of our lab's reach"),
    snippet: "src/RedisConnection.php",
    hears: Hears::NOTHING,
    knobs: Knobs {
        pool: false,
        keepalive: true,
        user_timeout: false,
        health_check: true,
        dns_cache: false,
        cluster: true,
    },
    opens: Opens::SHARED,
    traps: traps(&[
        Trap {
            when: "",
            what: "No `read_write_timeout` is PHP's 60 s, and each read and write has it anew",
            instead: "what the deadline leaves",
        },
        Trap {
            when: "",
            what: "A bulk reply that breaks off is read again, for ever",
            instead: "an empty read ends it",
        },
        Trap {
            when: "",
            what: "A connection that was lost is dialled by the next command, inside of it and without a pause",
            instead: "the stream can be opened once",
        },
        Trap {
            when: "",
            what: "`Retry` repeats every command, INCR too, and wrong passwords; its jitter warns since PHP 8.1",
            instead: "`safe` repeats once, `once` never",
        },
        Trap {
            when: "",
            what: "A refused HELLO is followed by AUTH: a wrong password is tried twice",
            instead: "one AUTH",
        },
        Trap {
            when: "tls",
            what: "Why TLS failed is only a warning, and TLS 1.0 is allowed",
            instead: "the warning is in the error; TLS 1.2 at least",
        },
        Trap {
            when: "",
            what: "READONLY from a demoted primary keeps the connection",
            instead: "dropped, and the name resolved anew",
        },
        Trap {
            when: "",
            what: "A closed connection lets the kernel deliver the old write later",
            instead: "SO_LINGER 0 forgets it",
        },
        Trap { when: "!serverless", what: "No keepalive", instead: "earlier than a NAT forgets" },
        Trap {
            when: "cluster",
            what: "The `cluster` option repeats every command five times, INCR too",
            instead: "one `RedisConnection` for each node, MOVED followed",
        },
    ]),
    drill: Drill {
        tools: &["php"],
        setup: told(""),
        installed: None,
        format: told(phpredis::FORMAT),
        lint: told(phpredis::LINT),
        texts: told(phpredis::TEXTS),
        test: told("php test.php"),
        run: told("exec php app.php"),
    },
    sources: &[crate::sources::CLIENTS],
    files: &[
        phpredis::CONNECTION,
        phpredis::NODES,
        phpredis::REGIONS,
        phpredis::APP,
        phpredis::TEST,
        Template { path: "composer.json", when: "", text: template!("composer.json") },
        Template { path: "composer.lock", when: "", text: template!("composer.lock") },
        ENV,
        phpredis::README,
    ],
    words,
};

fn words(c: &Context) -> Words {
    let mut words = phpredis::shared(c);
    words.extend([
        ("composer", true.into()),
        ("ran", "".into()),
        ("library", "Predis".into()),
        ("type", "Client".into()),
        ("error", "PredisException".into()),
        ("error_path", "Predis\\PredisException".into()),
        ("faults", "PredisException".into()),
        ("failure", "PredisException".into()),
        ("imports", Word::Part(template!("imports.php"))),
        ("uses", "use Predis\\Client;\nuse Predis\\PredisException;".into()),
        ("use_lines", "\nuse Predis\\Client;\nuse Predis\\PredisException;".into()),
        ("socket_part", Word::Part(template!("socket.php"))),
        ("socket_property", "\n    private ?Socket $socket = null;".into()),
        ("not_cluster", "Not the option `cluster`: it repeats every command five times.".into()),
        ("before_part", "".into()),
        ("after_part", "".into()),
        ("dial_part", Word::Part(template!("dial.php"))),
        ("why_part", "".into()),
        ("is_answer", "in_array($error::class, self::ANSWERS, true)".into()),
        ("heard", "$socket->heard".into()),
        ("clean", "$socket->writes === 1 && $redis->isConnected()".into()),
        ("is_sent", "$socket->writes > 0".into()),
        ("limit", "$this->socket->wait(".into()),
        ("limit_this", "$this->socket->wait(".into()),
    ]);
    words
}
