//! What INFO and CONFIG GET say of a server, as far as they say it.

use serde::Serialize;

use crate::rules::persistence::Persistence;

/// A server; what it does not say, or not to this user, is null.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Server {
    /// Its version.
    pub version: Option<String>,
    /// `standalone`, `cluster` or `sentinel`.
    pub mode: Option<String>,
    /// `master` or `slave`, in its own words.
    pub role: Option<String>,
    /// Of a replica: whether it hears its primary.
    pub primary_link: Option<String>,
    /// Replicas that follow it.
    pub replicas: Option<u64>,
    /// It reads its data from the disk.
    pub loading: Option<bool>,
    /// `aof-every-write`, `snapshot-every-1-hour` … as in the answers; `snapshot` where its interval is not shown.
    pub persistence: Option<String>,
    /// Its eviction policy.
    pub eviction: Option<String>,
    /// Bytes in use.
    pub used_memory: Option<u64>,
    /// Bytes that it may use; 0 is no limit.
    pub max_memory: Option<u64>,
    /// Connections at present, ours among them.
    pub connections: Option<u64>,
    /// Connections that it allows.
    pub max_connections: Option<u64>,
}

impl Server {
    /// Reads INFO, and what CONFIG GET gave for `maxmemory-policy`, `appendfsync` and `save` where it gave something.
    pub fn of(info: &str, policy: Option<&str>, fsync: Option<&str>, save: Option<&str>) -> Server {
        let field = |name: &str| {
            info.lines()
                .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
                .map(|value| value.trim().to_owned())
        };
        let number = |name: &str| field(name).and_then(|value| value.parse().ok());
        let aof = field("aof_enabled").map(|on| on == "1");
        Server {
            version: field("redis_version"),
            mode: field("redis_mode"),
            role: field("role"),
            primary_link: field("master_link_status"),
            replicas: number("connected_slaves"),
            loading: field("loading").map(|on| on == "1"),
            persistence: aof.and_then(|aof| persistence_word(aof, fsync, save)).map(str::to_owned),
            eviction: policy.map(str::to_owned).or_else(|| field("maxmemory_policy")),
            used_memory: number("used_memory"),
            max_memory: number("maxmemory"),
            connections: number("connected_clients"),
            max_connections: number("maxclients"),
        }
    }

    /// Whether it only reads.
    pub fn is_replica(&self) -> bool {
        self.role.as_deref() == Some("slave")
    }
}

/// What a server does for its data, in the word of the answers; nothing where it does not say.
pub fn persistence_word(aof: bool, fsync: Option<&str>, save: Option<&str>) -> Option<&'static str> {
    if aof {
        // Without a flush of its own, the log is as good as the system makes it: no promise of a second.
        return match fsync {
            Some("always") => Some(Persistence::AofEveryWrite.word()),
            Some("everysec") => Some(Persistence::AofEverySecond.word()),
            _ => Some("aof"),
        };
    }
    let words: Vec<&str> = save?.split_whitespace().collect();
    let (pairs, _) = words.as_chunks::<2>();
    // Only a rule that one change satisfies says how old a copy may be.
    let seconds =
        pairs.iter().filter(|[_, changes]| *changes == "1").filter_map(|[after, _]| after.parse::<u64>().ok());
    Some(match (pairs.is_empty(), seconds.min()) {
        (true, _) => Persistence::None.word(),
        (_, Some(..=3_600)) => Persistence::Snapshot1Hour.word(),
        (_, Some(..=21_600)) => Persistence::Snapshot6Hours.word(),
        (_, Some(..=43_200)) => Persistence::Snapshot12Hours.word(),
        _ => "snapshot",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn info_is_read_as_far_as_it_goes() {
        let info = "# Server\r\nredis_version:8.0.2\r\nredis_mode:standalone\r\nrole:slave\r\nmaster_link_status:down\r\n\
            aof_enabled:0\r\nmaxclients:100\r\nconnected_clients:7\r\nmaxmemory:0\r\nmaxmemory_policy:noeviction\r\n";
        let server = Server::of(info, None, None, Some(""));
        assert_eq!(server.version.as_deref(), Some("8.0.2"));
        assert!(server.is_replica() && server.primary_link.as_deref() == Some("down"));
        assert_eq!((server.max_connections, server.connections, server.replicas), (Some(100), Some(7), None));
        assert_eq!(server.persistence.as_deref(), Some("none"));
        assert_eq!(server.eviction.as_deref(), Some("noeviction"));
        assert_eq!(Server::of("nothing", None, None, None), Server::default());
    }

    #[test]
    fn persistence_has_the_word_of_the_answers() {
        for (aof, fsync, save, word) in [
            (true, Some("always"), None, Some("aof-every-write")),
            (true, Some("everysec"), Some(""), Some("aof-every-1-second")),
            (true, Some("no"), None, Some("aof")),
            (true, None, None, Some("aof")),
            (false, None, None, None),
            (false, None, Some(""), Some("none")),
            (false, None, Some("3600 1 300 100 60 10000"), Some("snapshot-every-1-hour")),
            (false, None, Some("21600 1"), Some("snapshot-every-6-hours")),
            (false, None, Some("60 10000"), Some("snapshot")),
        ] {
            assert_eq!(persistence_word(aof, fsync, save), word, "{aof} {fsync:?} {save:?}");
        }
    }
}
