//! redis-rb. Its connection, as the driver of its own client, gets the clock of the call that uses
//! it; pool, protocol and TLS are the library's own. Longer than 100 lines, because one gate in
//! front of every dial and one clock for name, TCP, TLS and replies are not to be had from it.

use super::*;

/// The client.
pub const CLIENT: Client = Client {
    id: "redis-rb",
    name: "redis-rb",
    language: "Ruby",
    version: "6.0.0",
    ran: "5.3.0",
    checked: "2026-11-25",
    needs: "Ruby 3.3 or newer",
    standing: Standing::Official,
    not_run: None,
    snippet: "redis_connection.rb",
    hears: Hears::NOTHING,
    knobs: Knobs {
        pool: true,
        keepalive: true,
        user_timeout: false,
        health_check: true,
        dns_cache: false,
        cluster: true,
    },
    opens: Opens { probes: Own::One, ..Opens::SHARED },
    traps: traps(TRAPS),
    drill: Drill {
        tools: &["ruby"],
        // Debian's gems, without Bundler; the rules are for the linter alone. A number from the answers is not grouped.
        setup: told(
            "printf '%s\\n' 'AllCops: {NewCops: enable, TargetRubyVersion: 3.2}' 'Metrics: {Enabled: false}' \
             'Layout/LineLength: {AllowedPatterns: [\"^# Holdfast\"]}' \
             'Style/StringLiterals: {EnforcedStyle: double_quotes}' \
             'Style/StringLiteralsInInterpolation: {EnforcedStyle: double_quotes}' 'Naming/BlockForwarding: {Enabled: false}' \
             'Style/NumericLiterals: {Enabled: false}' > .rubocop.yml",
        ),
        installed: None,
        // RuboCop is both, and slow to start: once.
        format: told("rubocop --cache false"),
        lint: told("for file in *.rb; do ruby -wc $file || exit 1; done"),
        texts: told(
            "cp $READY/.rubocop.yml . && grep -v lock distinct | xargs rubocop --cache false && \
             grep '[.]rb$' distinct | xargs ruby -we 'ARGV.each { |f| RubyVM::InstructionSequence.compile_file(f) }'",
        ),
        test: told("ruby -w test_redis_connection.rb"),
        run: told("exec ruby main.rb"),
    },
    sources: &[crate::sources::REDIS_RB],
    files: &[
        Template { path: "redis_connection.rb", when: "", text: template!("redis_connection.rb") },
        Template { path: "redis_regions.rb", when: "active_active", text: template!("redis_regions.rb") },
        Template { path: "main.rb", when: "", text: template!("main.rb") },
        Template { path: "test_redis_connection.rb", when: "", text: template!("test_redis_connection.rb") },
        Template { path: "Gemfile", when: "", text: template!("Gemfile") },
        Template { path: "Gemfile.lock", when: "", text: template!("Gemfile.lock") },
        ENV,
        Template { path: "README.md", when: "", text: template!("README.md") },
    ],
    words,
};

const TRAPS: &[Trap] = &[
    Trap {
        when: "",
        what: "`reconnect_attempts` is 1 and repeats every command, INCR too",
        instead: "`safe` repeats once, while the deadline lasts; `once` never",
    },
    Trap {
        when: "cluster",
        what: "The cluster client repeats every command three times after a lost connection, whatever `reconnect_attempts` says",
        instead: "a lost reply ends the call",
    },
    Trap {
        when: "cluster",
        what: "Where a node has a port without TLS as well, its newest version dials that one",
        instead: "leave the database one port, as Redis Cloud does",
    },
    Trap {
        when: "",
        what: "A timeout counts for each address, each step of TLS and each reply, and the name lookup has none: 10 s on a dead name server",
        instead: "name, TCP and TLS share one timeout, and all of it ends with the deadline",
    },
    Trap {
        when: "",
        what: "One `Redis` has one connection behind a lock: threads wait for each other without a limit",
        instead: "a pool, with a limit to the wait",
    },
    Trap {
        when: "",
        what: "Inside of `without_reconnect`, a late reply answers the next command",
        instead: "a timeout closes the socket",
    },
    Trap {
        when: "",
        what: "While the bytes of one large value keep coming, its timeout begins anew with each piece",
        instead: "nothing: a value of many MB may take longer than the deadline on a slow line",
    },
    Trap { when: "", what: "Password and certificates are read once", instead: "read anew by each dial" },
    Trap {
        when: "",
        what: "A wrong password is dialled again at each call",
        instead: "refused at once, later tried every 30 to 60 s",
    },
    Trap {
        when: "",
        what: "LOADING keeps the connection",
        instead: "dropped, as after READONLY and MASTERDOWN, and the name resolved anew",
    },
    Trap { when: "", what: "A closed connection lets the kernel deliver the old write later", instead: "SO_LINGER 0" },
    Trap { when: "!serverless", what: "Keepalive begins after 120 s", instead: "earlier than a NAT forgets" },
];

const HOST_OF_REGION: &str = "ENV.fetch(\"REDIS_HOST#{@suffix}\", \"fill((host))\")";
const PORT_OF_REGION: &str = "ENV.fetch(\"REDIS_PORT#{@suffix}\", \"fill((port))\")";

fn words(c: &Context) -> Words {
    let many = c.active_active();
    let line = if many { "gate, suffix" } else { "gate" };
    vec![
        ("ran", CLIENT.ran.into()),
        // What a line of the pool is made of.
        ("line", line.into()),
        // Where the endpoint is: a region does not borrow that of another.
        ("host_now", Word::Marked(if many { HOST_OF_REGION } else { "env(\"REDIS_HOST\", \"fill((host))\")" })),
        ("port_now", Word::Marked(if many { PORT_OF_REGION } else { "env(\"REDIS_PORT\", \"fill((port))\")" })),
        // The pool that `safe` takes from.
        ("pool", if c.automatic { "pool" } else { "@pool" }.into()),
        // All pools, to be closed.
        (
            "pools",
            match (c.blocking, c.automatic) {
                (true, true) => "@pool, @waiting, @probe",
                (true, false) => "@pool, @waiting",
                _ => "@pool, @probe",
            }
            .into(),
        ),
        // What a project with regions hands on to the active one.
        ("delegated", handed_on(c).into()),
        // What the demo does after `safe`.
        ("steps", steps(c).into()),
        // Where the test's certificate is.
        (
            "files",
            if c.mutual_tls {
                "{ \"REDIS_CA_FILE\" => certificate, \"REDIS_CERT_FILE\" => certificate, \"REDIS_KEY_FILE\" => key }"
            } else {
                "{ \"REDIS_CA_FILE\" => certificate }"
            }
            .into(),
        ),
        // Who speaks in the log.
        ("said", if many { "#{@name}" } else { "Redis" }.into()),
        // What a person may have to mend.
        ("refusable", if c.tls { "Password, certificate or host name" } else { "User or password" }.into()),
        // The class that is opened, and its file.
        ("class", if many { "RedisRegions" } else { "RedisConnection" }.into()),
        ("module", if many { "redis_regions" } else { "redis_connection" }.into()),
    ]
}

fn handed_on(c: &Context) -> String {
    let methods =
        [("safe", true), ("once", c.once), ("durable", c.durable), ("blocking", c.blocking), ("healthy?", true)];
    let names: Vec<String> = methods.iter().filter(|(_, there)| *there).map(|(name, _)| format!(":{name}")).collect();
    names.join(", ")
}

fn steps(c: &Context) -> String {
    let durable = if c.cluster {
        "redis.durable(\"holdfast:durable\", \"SET\", \"holdfast:durable\", \"ok\")"
    } else {
        "redis.durable { |r| r.set(\"holdfast:durable\", \"ok\") }"
    };
    let further = [
        ("once", c.once, "redis.once { |r| r.incr(\"holdfast:counter\") }"),
        ("durable", c.durable, durable),
        ("blocking", c.blocking, "redis.blocking { |r| r.blpop(\"holdfast:queue\", timeout: 1) }"),
    ];
    let steps = further.iter().filter(|(_, there, _)| *there);
    steps.fold(String::new(), |all, (name, _, step)| format!("{all},\n  \"{name}\" => -> {{ {step} }}"))
}
