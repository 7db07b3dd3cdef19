//! Client certificates: as asked, where there is TLS.

use serde_json::Value;

use super::{ChangeLater, Decision, Rule, rejected, tls::Tls};
use crate::case::Case;
use crate::sources;

/// The rule.
pub const RULE: Rule = Rule {
    title: "Client authentication (mTLS)",
    what: "Asks each client for a certificate, where you want that and the connection is encrypted.",
    sources: &[sources::TLS, sources::API],
    decide,
};

fn decide(case: &Case) -> Decision {
    let (word, reason, price, other) = if case.tls() == Tls::Unavailable {
        (
            "unavailable",
            "Free has no TLS, and a client certificate is part of it.",
            "Nothing.",
            rejected("on", "Free has no TLS."),
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
            "Client certificates need TLS, and that is off.",
            "A stolen password is enough to connect.",
            rejected("on", "TLS is off."),
        )
    } else {
        (
            "off",
            "You did not ask for it; the password and the allow list guard the database.",
            "A stolen password is enough to connect from an allowed address.",
            rejected("on", "Redis recommends it; it is certificates to issue and renew."),
        )
    };
    Decision {
        value: Value::from(word),
        reason: reason.into(),
        price: price.into(),
        because: vec!["mutual-tls", "plan", "encryption"],
        rejected: vec![other],
        change_later: if case.tls() == Tls::Unavailable { ChangeLater::Never } else { ChangeLater::Cutover },
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
