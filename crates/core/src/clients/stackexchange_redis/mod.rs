//! StackExchange.Redis. Its multiplexer dials again by itself: at once, with the password of the start, out of sight of
//! who is refused. So the project gives every dial a multiplexer of its own and the jitter, the refusals and the
//! resolved name are in one loop; only a cluster keeps the library's way, because there one node's loss is not all.
//!
//! Not run by us, so claims are made from its source, 3.1.31, below `src/StackExchange.Redis/`. A lost connection is
//! dialled again at once: `PhysicalBridge.cs:504`; only the first failure is an event: `:471`; a silent peer stays for
//! four timeouts: `:676`; with `FailFast` nothing waits for a connection: `:179`. `ConnectTimeout` ends a connect, not a
//! handshake (`PhysicalConnection.cs:239`), but for `ConnectAsync` all of it (`ConnectionMultiplexer.cs:1553`). What a
//! tunnel throws before the connect leaves that dial undone: `PhysicalConnection.cs:227`. Refusals are told by the inner
//! exception alone: `ExceptionFactory.cs:452`. Which options may be set before a connect: `TrackOption` in
//! `SafeSocketHandle.Unix.cs` of dotnet/runtime.
//!
//! Newer versions are out, on 2026-11-26 up to 3.4.20. Tried on 2026-11-27: the newest snapshot of the repository that
//! could be read is of 2026-08-20 (3.1); of later commits single files alone are there, without a release that they
//! belong to; release notes were found up to 3.3.0. As far as found, they name no member that is used here;
//! but since 3.2 a cluster is routed by CLUSTER SLOTS, since 3.3 maintenance can move a connection (only where
//! `MaintenanceNotifications` asks for it, which a pull request, #3248, was to change for Redis Cloud's host names), and
//! 3.4 ends dials in another way. What the claims above rest on could be neither read nor run there, so 3.1.31 stays
//! pinned.
//! Regions: not its connection group, see `RedisRegions.cs`.
//!
//! The snippet is longer than 100 lines because C# gives each brace a line, and because the gate, the deadline and the
//! socket's options, none of which the library has, are in it.

use super::*;
use crate::sources;

/// The client.
pub const CLIENT: Client = Client {
    id: "stackexchange-redis",
    name: "StackExchange.Redis",
    language: "C#",
    version: "3.1.31",
    ran: "",
    checked: "2026-11-26",
    needs: ".NET SDK 8 or newer",
    standing: Standing::Supported,
    not_run: Some(
        "NuGet and the .NET SDK were out of our lab's reach; the code was parsed, and written against the source of \
         3.1.31, the newest that we could read",
    ),
    snippet: "app/RedisConnection.cs",
    hears: Hears::NOTHING,
    knobs: Knobs {
        pool: false,
        keepalive: true,
        user_timeout: true,
        health_check: true,
        dns_cache: false,
        cluster: true,
    },
    opens: Opens::PROVED_APART,
    traps: traps(TRAPS),
    drill: Drill {
        installed: None,
        tools: &["dotnet"],
        setup: told(""),
        format: told("csharp-syntax --format app/*.cs test/*.cs"),
        lint: told("csharp-syntax app/*.cs test/*.cs */*.csproj"),
        texts: told("grep '[.]cs$' distinct | xargs csharp-syntax --format && csharp-syntax $(cat distinct)"),
        test: told("dotnet test test"),
        run: told("exec dotnet run --project app"),
    },
    sources: &[sources::STACKEXCHANGE_REDIS],
    files: &[
        Template { path: "app/RedisConnection.cs", when: "", text: template!("RedisConnection.cs") },
        Template { path: "app/RedisRegions.cs", when: "active_active", text: template!("RedisRegions.cs") },
        Template { path: "app/Program.cs", when: "", text: template!("Program.cs") },
        Template { path: "app/App.csproj", when: "", text: template!("App.csproj") },
        Template { path: "test/RedisConnectionTest.cs", when: "", text: template!("RedisConnectionTest.cs") },
        Template { path: "test/Test.csproj", when: "", text: template!("Test.csproj") },
        ENV,
        Template { path: "README.md", when: "", text: template!("README.md") },
    ],
    words,
};

const TRAPS: &[Trap] = &[
    Trap {
        when: "!cluster",
        what: "A lost connection is dialled again at once, by every process in the same moment",
        instead: "one multiplexer for each dial, behind one jittered pause",
    },
    Trap {
        when: "cluster",
        what: "A lost node is dialled again at once, and then for ever with the options of the start",
        instead: "with jitter, and after a minute in vain all is built anew",
    },
    Trap {
        when: "",
        what: "A wrong password is tried for ever, and only the first failure after a success is an event",
        instead: "refused at once, later tried every 30 to 60 s",
    },
    Trap {
        when: "!cluster",
        what: "A silent peer keeps its socket for four timeouts, and timeouts are seen once a second",
        instead: "a deadline around each call, and the silent connection is dropped with it",
    },
    Trap {
        when: "cluster",
        what: "A silent node keeps its socket for four timeouts, and timeouts are seen once a second",
        instead: "a deadline around each call, and timeouts so short that the node goes soon",
    },
    Trap {
        when: "",
        what: "The backlog sends old commands after an outage",
        instead: "`FailFast`; a call waits for the connection within its deadline",
    },
    Trap {
        when: "",
        what: "`WithRetry` is experimental and knows no deadline",
        instead: "`SafeAsync` repeats only while the deadline lasts",
    },
    Trap {
        when: "!cluster",
        what: "READONLY from a demoted primary keeps the connection",
        instead: "dropped, and the name resolved anew",
    },
    Trap {
        when: "",
        what: "`ResolveDns` keeps the first address for the life of the multiplexer",
        instead: "off; each dial resolves the name",
    },
    Trap {
        when: "tls",
        what: "`TrustIssuer` trusts the first certificate of a bundle; revocation asks a server in each dial",
        instead: "the whole bundle as the only roots, without revocation",
    },
    Trap {
        when: "",
        what: "`SetRawSocketOption` before the connect makes .NET refuse a name with several addresses on Linux, and \
               keepalive before .NET 10 is left out there",
        instead: "both are set once connected",
    },
    Trap {
        when: "",
        what: "A key and a channel of the library's own are read at each dial",
        instead: "off: an ACL may refuse them",
    },
    Trap {
        when: "durable && !cluster",
        what: "After a reconnect `WAITAOF` would prove nothing and say yes",
        instead: "a link never dials twice, so proof and write share their connection",
    },
    Trap {
        when: "durable && cluster",
        what: "After a reconnect or MOVED `WAITAOF` would prove nothing and say yes",
        instead: "the proof counts only for the key's node, with no dial in between",
    },
    Trap {
        when: "blocking",
        what: "One connection for all: a BLPOP holds up every caller",
        instead: "a connection of their own",
    },
];

fn words(c: &Context) -> Words {
    let clock = &c.clock;
    // A dial runs beside the calls: its limit protects none of them and must not be too short for TLS.
    let dial_ms = clock.connect_timeout_ms.max(250);
    let node_pause_ms = dial_ms + clock.reconnect_cap_ms / 2;
    vec![
        ("dial_ms", dial_ms.into()),
        ("least_ms", (clock.command_timeout_ms / 8).into()),
        // A connection that held for longer was no failed dial.
        ("calm_ms", (clock.reconnect_cap_ms + 2 * dial_ms).into()),
        // What the app opens, and what the demo calls it.
        ("opened", if c.active_active() { "RedisRegions" } else { "RedisConnection" }.into()),
        ("asked", if c.active_active() { "regions" } else { "redis" }.into()),
        // Between two tries in a cluster, whose connection stays.
        ("pause_ms", clock.retry_base_ms.max(10).into()),
        // Without a reply from any node, the health check's included, all are away.
        ("silent_ms", (clock.health_check_ms + clock.command_timeout_ms).into()),
        // As many dials of a node fill the time after which all is dialled anew.
        ("node_tries", (clock.refresh_after_ms / node_pause_ms).max(1).into()),
    ]
}
