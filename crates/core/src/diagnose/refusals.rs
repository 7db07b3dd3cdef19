//! What the server refuses: too many connections, a wrong password, a command that is not allowed.

use super::said::{PHPREDIS, REDIS_PY, REDIS_RS, SERVER, SERVER_WORDS, STACKEXCHANGE, STACKEXCHANGE_FAILURE};
use super::{Cause, Mark, Yours};
use crate::plan::Severity;
use crate::rules::Setting;

pub(super) const CAUSES: &[Cause] = &[
    Cause {
        id: "too-many-connections",
        severity: Severity::Error,
        title: "The database has no connection left",
        cause: "All processes together hold as many connections as the plan allows; new ones are refused.",
        checks: [
            "The console's connection graph against the plan's limit.",
            "`CLIENT LIST`: which address and name hold how many, and how long they are idle.",
            "Processes × pool size × clients in each process, twice during a rollout.",
        ],
        now: "Scale processes or pools down, or take the next plan. Serverless: bound the concurrency.",
        later: "One client for each process, a bounded pool, an alert at 80 % of the connections.",
        yours: &[Yours::POOL, Yours::Setting(Setting::PlanSize), Yours::Setting(Setting::Alerts)],
        follows: false,
        marks: &[Mark("max number of clients reached", SERVER_WORDS)],
    },
    Cause {
        id: "no-password",
        severity: Severity::Error,
        title: "No password was sent",
        cause: "The connection is not authenticated: the setting is empty, or a connection was made that skips AUTH.",
        checks: [
            "Whether `REDIS_PASSWORD` is set in the process, not only in your shell.",
            "Whether every connection uses it: pub/sub, health check, cluster nodes, a second client.",
            "Whether the address was overwritten by a default such as `localhost:6379`.",
        ],
        now: "Give user and password to every client that the process makes.",
        later: "Stop at start-up with a clear message when the password is absent.",
        yours: &[],
        follows: false,
        marks: &[Mark("NOAUTH ", SERVER), Mark("Authentication required", SERVER)],
    },
    Cause {
        id: "wrong-password",
        severity: Severity::Error,
        title: "User or password is refused",
        cause: "The user name or the password is wrong, was rotated, or the user is disabled. Trying again does not help.",
        checks: [
            "The user: `default`, or one with a role in data access control.",
            "The password as the process sees it: its length, a line break at its end, `%`-escapes from an address.",
            "The host: the password belongs to one database and not to its neighbour.",
        ],
        now: "Copy the password from the console into the secret store, and restart or let the process read it anew.",
        later: "Fail at once at start-up; in a process that has worked, keep trying every 30 to 60 s with credentials read anew.",
        yours: &[],
        follows: false,
        marks: &[
            Mark("WRONGPASS ", SERVER_WORDS),
            Mark("AuthenticationError", REDIS_PY),
            Mark("Invalid Username or Password", REDIS_PY),
            Mark("Password authentication failed", REDIS_RS),
            Mark("AUTH failed while reconnecting", PHPREDIS),
            Mark("AuthenticationFailure", STACKEXCHANGE_FAILURE),
        ],
    },
    Cause {
        id: "no-permission",
        severity: Severity::Error,
        title: "The user may not do that",
        cause: "The user's role does not allow this command, key or channel, or the service blocks the command for all.",
        checks: [
            "`ACL WHOAMI` on that connection.",
            "The role's rule in data access control: command, key pattern, channel pattern.",
            "`ACL DRYRUN` with the command; Redis Cloud blocks CONFIG, for example, in part.",
        ],
        now: "Widen the role by just that command or pattern, or take the right user.",
        later: "A role for each app, tested with the app's own commands.",
        yours: &[],
        follows: false,
        marks: &[Mark("NOPERM ", SERVER_WORDS), Mark("NoPermissionError", REDIS_PY)],
    },
    Cause {
        id: "unknown-command",
        severity: Severity::Error,
        title: "The server does not know this command",
        cause: "It is of another version, blocked by Redis Cloud, of a capability that the database lacks, or misspelt.",
        checks: [
            "`INFO server`: `redis_version`.",
            "The list of commands that Redis Cloud supports.",
            "For JSON, search and the like: whether the database was made with that capability.",
        ],
        now: "Use what the version has, or upgrade the database.",
        later: "Test against the version that runs in production.",
        yours: &[],
        follows: false,
        marks: &[
            Mark("ERR unknown command", SERVER),
            Mark("unknown command '", REDIS_PY),
            Mark("Command is not available on your server", STACKEXCHANGE),
            Mark("resp3 is not supported by server", REDIS_RS),
        ],
    },
];
