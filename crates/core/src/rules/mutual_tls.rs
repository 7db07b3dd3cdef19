//! Client certificates: as asked, where there is TLS.

use super::{ChangeLater, Decision, Rule, rejected, tls::Tls};
use crate::case::Case;
use crate::sources;
use crate::told::told;

/// The rule.
pub const RULE: Rule = Rule {
    title: "Client authentication (mTLS)",
    what: told("Asks each client for a certificate, where you want that and the connection is encrypted."),
    sources: &[sources::TLS, sources::API],
    decide,
};

fn decide(case: &Case) -> Decision {
    let (word, reason, price, other) = if case.tls() == Tls::Unavailable {
        (
            "unavailable",
            "Free has no TLS, and a client certificate is part of it.",
            "A stolen password is enough to connect from anywhere.",
            rejected("on", "The smallest paid plan has it."),
        )
    } else if case.mutual_tls() {
        (
            "on",
            "You want the database to refuse every client without a certificate of yours, even with the password.",
            "Certificates to issue, deliver and renew before they end.",
            rejected("off", "A stolen password would be enough to connect."),
        )
    } else if case.answers.mutual_tls {
        (
            "off",
            "Client certificates need TLS, and you put speed first.",
            "A stolen password is enough to connect.",
            rejected("on", "The service refuses certificates while TLS is off."),
        )
    } else {
        (
            "off",
            "You did not ask for it.",
            "A stolen password is enough to connect from an address that is let in.",
            rejected("on", "Redis recommends it, at the price of certificates to issue, deliver and renew."),
        )
    };
    Decision {
        value: word.into(),
        reason: reason.into(),
        price: price.into(),
        because: (&["mutual-tls", "plan", "encryption"]).into(),
        rejected: vec![other],
        change_later: ChangeLater::Cutover,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Setting::MutualTls, tests::value};

    #[test]
    fn it_is_on_where_asked_and_encrypted() {
        assert_eq!(value(MutualTls, "plan=pro&mutual-tls=yes"), "on");
        assert_eq!(value(MutualTls, "plan=essentials&mutual-tls=yes"), "on");
        assert_eq!(value(MutualTls, "plan=pro"), "off");
        assert_eq!(value(MutualTls, "plan=pro&endpoint=privatelink&encryption=speed-first&mutual-tls=yes"), "off");
        assert_eq!(value(MutualTls, "plan=free&mutual-tls=yes"), "unavailable");
    }
}
