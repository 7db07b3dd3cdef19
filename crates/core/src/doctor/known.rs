//! What a finding about an endpoint means, for `explain`: those that share no id with a setting or an error message.

use crate::sources::{self, Source};

/// Something that can be wrong with a live endpoint.
pub(crate) struct Known {
    pub id: &'static str,
    /// In a few words.
    pub title: &'static str,
    /// What it means, whatever the endpoint.
    pub means: &'static str,
    /// Where that is written, as far as it is a fact about Redis Cloud.
    pub sources: &'static [&'static Source],
}

pub(crate) const ALL: &[Known] = &[
    Known {
        id: "no-authorities",
        title: "No CA bundle to verify with",
        means: "A certificate is worth what its signature is, and without the CA bundle nobody can tell. The examination \
                ends there, so that no password goes to a server that may be anybody.",
        sources: &[sources::TLS],
    },
    Known {
        id: "certificate-self-signed",
        title: "A certificate that signed itself",
        means: "Anybody can make one. Redis Cloud's are signed by its own CA, which the bundle from the console has: what \
                answers is another server, or something on the way that ends TLS.",
        sources: &[sources::TLS],
    },
    Known {
        id: "certificate-not-yet",
        title: "A certificate that does not hold yet",
        means: "Its first day is in the future: either this machine's clock is slow, or the certificate is.",
        sources: &[],
    },
    Known {
        id: "certificate-bad",
        title: "A certificate that can't be accepted",
        means: "It is broken, revoked, or made for another purpose than a server. No setting of a client mends that.",
        sources: &[],
    },
    Known {
        id: "certificate-ends-soon",
        title: "The certificate ends soon",
        means: "When it has ended, every new connection fails, and open ones go on until they are lost: an outage that \
                begins at the next failover.",
        sources: &[],
    },
    Known {
        id: "client-certificate-refused",
        title: "The client's certificate was refused",
        means: "With mutual TLS the server takes only certificates that the console was given, until the day on which \
                they end.",
        sources: &[sources::TLS],
    },
    Known {
        id: "tls-failed",
        title: "The TLS handshake failed",
        means: "Both sides speak TLS and found no common version or cipher, or something between them changed what was \
                sent.",
        sources: &[],
    },
    Known {
        id: "plaintext-to-tls",
        title: "Plain text to an endpoint that speaks TLS",
        means: "The server waits for a handshake and drops what it reads. A password that is sent so was readable on \
                the way.",
        sources: &[sources::TLS],
    },
    Known {
        id: "silent-peer",
        title: "Connected, and no answer",
        means: "A connection that is accepted says only that some machine is there. Clients without a time limit on \
                replies wait on such a peer until the system gives up.",
        sources: &[],
    },
    Known {
        id: "not-redis",
        title: "What answers is not Redis",
        means: "Host or port belong to another service.",
        sources: &[],
    },
    Known {
        id: "hello-refused",
        title: "The connection was refused at the first command",
        means: "The server is there and takes no more of this client: too many connections, another version of the \
                protocol, or a right that the user lacks.",
        sources: &[],
    },
    Known {
        id: "no-encryption",
        title: "No encryption on the way",
        means: "Whoever is on the way between client and database reads the password and all data, and can change both.",
        sources: &[sources::TLS],
    },
    Known {
        id: "open-to-all",
        title: "No password is asked for",
        means: "Whoever reaches the port can read, write and delete everything.",
        sources: &[],
    },
    Known {
        id: "persistence-unseen",
        title: "Persistence can't be seen",
        means: "Where neither CONFIG GET nor INFO tells, the setting can only be read in the console or by the API: \
                `holdfast audit` judges it there.",
        sources: &[],
    },
    Known {
        id: "no-persistence",
        title: "Nothing reaches the disk",
        means: "What a server without persistence holds is gone when it stops, unless a replica takes over. A cache can \
                live with that; what is written only here can't.",
        sources: &[sources::PERSISTENCE],
    },
    Known {
        id: "memory-nearly-full",
        title: "The memory is nearly full",
        means: "At the limit the eviction policy decides: keys are deleted, or every write fails with OOM.",
        sources: &[sources::EVICTION],
    },
    Known {
        id: "too-few-connections",
        title: "Too few connections for these answers",
        means: "Processes, connections of each, and the double of both while old and new processes run in a rollout, \
                come to more than the server allows. Those beyond are refused with \"max number of clients reached\".",
        sources: &[sources::ESSENTIALS],
    },
    Known {
        id: "connections-nearly-full",
        title: "The connections are nearly used up",
        means: "A rollout, or clients that come back after a failover while the server still holds their old \
                connections, need more for a while than on a usual day.",
        sources: &[],
    },
    Known {
        id: "not-visible",
        title: "Commands that the server refused",
        means: "Managed servers refuse commands that show their inside, and users have only the rights that they need. \
                What such a command would have said is not judged.",
        sources: &[],
    },
    Known {
        id: "no-handoffs",
        title: "Maintenance is not announced",
        means: "Smart client handoffs need RESP3 and a server that offers them. Where it does not, a client learns of \
                maintenance by a lost connection, which it must survive anyway.",
        sources: &[sources::HANDOFFS],
    },
    Known {
        id: "name-moves",
        title: "The name moves",
        means: "Redis Cloud moves a database by moving its name. A client that keeps an address dials the old machine.",
        sources: &[sources::RESILIENT],
    },
    Known {
        id: "search-domains",
        title: "Search domains are tried first",
        means: "With `ndots` above the dots of the name, the resolver asks for the name below each search domain before \
                it asks for the name itself: slower lookups, and more of them to fail when the name server is away.",
        sources: &[sources::POD_DNS],
    },
];

#[cfg(test)]
mod tests {
    use crate::doctor::{Seen, Trouble};
    use crate::explain::explain;

    #[test]
    fn every_end_of_an_examination_can_be_explained() {
        let why = String::new;
        let all = [
            Trouble::NameUnknown(why()),
            Trouble::NameSlow,
            Trouble::Refused,
            Trouble::ConnectSlow,
            Trouble::Unreachable(why()),
            Trouble::NoTls,
            Trouble::WantsTls,
            Trouble::TlsOther(why()),
            Trouble::NoAuthorities,
            Trouble::UnknownIssuer,
            Trouble::SelfSigned,
            Trouble::Expired,
            Trouble::NotYet,
            Trouble::OtherName,
            Trouble::CertificateOther(why()),
            Trouble::ClientCertificateWanted,
            Trouble::ClientCertificateRefused(why()),
            Trouble::Silent,
            Trouble::Closed,
            Trouble::NotRedis,
            Trouble::NoPassword,
            Trouble::WrongPassword,
            Trouble::HelloRefused(why()),
        ];
        for trouble in all {
            let id = trouble.finding(&Seen::default()).id;
            assert!(explain(id).is_ok(), "{id}");
        }
    }
}
