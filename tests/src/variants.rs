//! The projects that are kept as real files under `tests/rendered/<client>/<variant>/`, checked by
//! their language's tools and run against a real Redis. One variant shows one feature; the last two
//! show that features live together.

use holdfast::clients::{ClientId, File, project};
use holdfast::questions::{Answers, from_link};

/// Answers worth a project of their own.
pub struct Variant {
    /// The folder.
    pub name: &'static str,
    /// The link's fragment, without the client.
    pub link: &'static str,
}

/// Every variant, the default answers first.
pub const ALL: &[Variant] = &[
    Variant { name: "default", link: "" },
    Variant { name: "mutual-tls", link: "mutual-tls=yes" },
    Variant { name: "repeat-safe", link: "repeat-writes=safe" },
    Variant { name: "durable", link: "plan=pro&data-loss=nothing" },
    Variant { name: "durable-alone", link: "plan=pro&data-loss=nothing&survive=nothing" },
    Variant { name: "blocking", link: "blocking=yes" },
    Variant { name: "regions", link: "plan=pro&survive=region" },
    Variant { name: "regions-automatic", link: "plan=pro&survive=region&region-failover=automatic&write-regions=3" },
    Variant { name: "cluster", link: "plan=pro&cluster-api=yes" },
    Variant { name: "kubernetes", link: "runtime=kubernetes" },
    Variant { name: "serverless", link: "runtime=serverless" },
    Variant { name: "free", link: "plan=free" },
    Variant { name: "privatelink", link: "plan=pro&endpoint=privatelink" },
    Variant { name: "hostile", link: "host=a%22%0Ab%5C%24%7B&user=%27%22%0A&name=%3C%2Fscript%3E%22" },
    Variant {
        name: "regions-everything",
        link: "plan=pro&mutual-tls=yes&blocking=yes&survive=region&region-failover=automatic&runtime=kubernetes",
    },
    Variant {
        name: "cluster-everything",
        link: "plan=pro&cluster-api=yes&data-loss=nothing&blocking=yes&mutual-tls=yes",
    },
];

impl Variant {
    /// The answers, for a client.
    pub fn answers(&self, client: ClientId) -> Answers {
        let (mut answers, unread) = from_link(self.link);
        assert_eq!(unread, [], "{}", self.name);
        answers.client = client;
        answers
    }

    /// The project, for a client.
    pub fn project(&self, client: ClientId) -> Vec<File> {
        project(&self.answers(client))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_variant_is_readable_and_none_is_twice() {
        for (i, variant) in ALL.iter().enumerate() {
            variant.answers(ClientId::ALL[0]);
            for other in &ALL[..i] {
                assert_ne!(variant.name, other.name);
                assert_ne!(variant.link, other.link, "{} and {}", variant.name, other.name);
            }
        }
    }
}
