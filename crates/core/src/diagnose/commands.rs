//! What is wrong with the command rather than with the connection.

use super::said::{IOREDIS, NODE_REDIS, REDIS_PY, REDIS_RS, SERVER, SERVER_WORDS, SERVER_WORDS_RS, STACKEXCHANGE};
use super::{Cause, Mark, Yours};
use crate::plan::Severity;

pub(super) const CAUSES: &[Cause] = &[
    Cause {
        id: "moved",
        severity: Severity::Error,
        title: "The key lives on another node",
        cause: "The database speaks the OSS Cluster API and the client does not: it must follow MOVED and ASK.",
        checks: [
            "Whether the OSS Cluster API is switched on in the console.",
            "Which class the app uses: the plain one or the one for clusters.",
            "Whether the address in the reply can be reached from here (private or public).",
        ],
        now: "Use the library's cluster class, or switch the OSS Cluster API off: then one endpoint serves all.",
        later: "Say yes to the question `cluster-api` only where one endpoint is too slow.",
        yours: &[],
        follows: false,
        marks: &[
            Mark("MOVED …:", SERVER_WORDS),
            Mark("key moved", REDIS_RS),
            Mark("Too many Cluster redirections", NODE_REDIS),
        ],
    },
    Cause {
        id: "cross-slot",
        severity: Severity::Error,
        title: "One command, keys of several slots",
        cause: "A sharded database runs a command, transaction or script only on keys of one hash slot.",
        checks: [
            "Which keys the command names, and `CLUSTER KEYSLOT` of each.",
            "Whether the database was sharded or clustering was switched on lately.",
            "Scripts: whether all keys are passed as KEYS.",
        ],
        now: "Split the command by key.",
        later: "Put what belongs together under one hash tag: `{user:1}:cart`, `{user:1}:name`.",
        yours: &[],
        follows: false,
        marks: &[
            Mark("CROSSSLOT ", SERVER_WORDS_RS),
            Mark("ClusterCrossSlotError", REDIS_PY),
            Mark("Multi-key operations must involve a single slot", STACKEXCHANGE),
            Mark("cross-slot", REDIS_RS),
        ],
    },
    Cause {
        id: "transaction-refused",
        severity: Severity::Error,
        title: "The transaction was thrown away",
        cause: "A command between MULTI and EXEC was refused when it was queued, so EXEC did nothing. The reason stands in an earlier reply.",
        checks: [
            "The first error before EXECABORT in the same connection.",
            "Memory, permissions and spelling of the queued commands.",
            "Whether a reconnect fell between MULTI and EXEC.",
        ],
        now: "Mend the queued command; nothing was written.",
        later: "Log the replies of queued commands. Never repeat a transaction whose EXEC got no reply.",
        yours: &[],
        follows: true,
        marks: &[
            Mark("Transaction discarded because of previous errors", SERVER),
            Mark("script execution aborted", REDIS_RS),
        ],
    },
    Cause {
        id: "no-script",
        severity: Severity::Note,
        title: "The server does not have the script",
        cause: "EVALSHA finds only scripts that were loaded since the last restart or failover.",
        checks: [
            "Whether a failover or restart came just before.",
            "Whether the library falls back to EVAL by itself.",
            "Whether the hash is that of the text.",
        ],
        now: "Send the text with EVAL once.",
        later: "Always be ready for NOSCRIPT, or use functions, which persist and replicate.",
        yours: &[],
        follows: false,
        marks: &[Mark("No matching script", SERVER)],
    },
    Cause {
        id: "wrong-type",
        severity: Severity::Error,
        title: "The key holds another type",
        cause: "Two parts of the app, or two versions, use one key for different things.",
        checks: [
            "`TYPE key`.",
            "Who writes it: search the code for the key's prefix.",
            "Whether a deployment changed the type.",
        ],
        now: "Delete or rename the key once you know that nobody needs it.",
        later: "A prefix for each use, with a version in it.",
        yours: &[],
        follows: false,
        marks: &[Mark("Operation against a key holding the wrong kind of value", SERVER)],
    },
    Cause {
        id: "subscriber-mode",
        severity: Severity::Error,
        title: "A command on a connection that listens",
        cause: "With RESP2 a connection that subscribed takes no other command.",
        checks: [
            "Whether one client is shared by pub/sub and commands.",
            "Whether RESP3 is on (`protocol` 3).",
            "Whether a library (queue, sockets, sessions) was given the same client.",
        ],
        now: "Give pub/sub a connection of its own.",
        later: "The same for blocking commands and stream readers.",
        yours: &[Yours::POOL],
        follows: false,
        marks: &[Mark("Connection in subscriber mode", IOREDIS), Mark("only (P|S)SUBSCRIBE", SERVER)],
    },
];
