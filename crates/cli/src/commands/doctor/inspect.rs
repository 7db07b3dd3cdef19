//! What is asked of Redis: a greeting, pings, and what the user may see. Nothing that writes.

use std::time::Instant;

use holdfast::doctor::resp::Reply;
use holdfast::doctor::{Handoffs, Rtt, Seen, Server, Trouble};

use super::environment::Environment;
use super::wire::Wire;
use super::{HELLO, INSPECT, PINGS, PROBE, again, tls};

/// Greets and authenticates. In plain text the password goes to nobody who has not first answered as Redis does.
pub fn hello(seen: &mut Seen, environment: &Environment, wire: &mut Wire) -> Result<(), Trouble> {
    if !seen.tls {
        plain(seen)?;
    }
    wire.limit(HELLO);
    let Environment { user, password, .. } = environment;
    let login = password.as_deref().map(|password| ["AUTH", user, password]);
    seen.user = login.map(|_| user.clone());
    let words: Vec<&str> = ["HELLO", "3"].into_iter().chain(login.into_iter().flatten()).collect();
    let reply = wire.ask(&words)?;
    let refused = |reply: Reply| match reply {
        Reply::Error(error) => refusal(&error),
        _ => None,
    };
    match &reply {
        // An older server, or one that is set to RESP2, knows no HELLO 3: AUTH is as good.
        Reply::Error(error) if error.starts_with("NOPROTO") || error.starts_with("ERR unknown command") => {
            seen.handoffs = Some(Handoffs::NeedsResp3);
            match login {
                Some(words) => refused(wire.ask(&words)?).map_or(Ok(()), Err),
                None => refused(wire.ask(&["PING"])?).map_or(Ok(()), Err),
            }
        }
        _ => refused(reply).map_or(Ok(()), Err),
    }
}

/// Asks on a connection of its own whether plain text is spoken there.
fn plain(seen: &mut Seen) -> Result<(), Trouble> {
    let Some(socket) = again(seen, PROBE) else { return Err(Trouble::Closed) };
    match Wire::probe(socket).ask(&["PING"]) {
        Ok(_) => Ok(()),
        Err(_) if tls::spoken(seen) => Err(Trouble::WantsTls),
        Err(trouble) => Err(trouble),
    }
}

fn refusal(error: &str) -> Option<Trouble> {
    Some(match first_word(error).as_str() {
        "NOAUTH" | "DENIED" => Trouble::NoPassword,
        "WRONGPASS" => Trouble::WrongPassword,
        "ERR" if error.contains("invalid password") || error.contains("invalid username") => Trouble::WrongPassword,
        // Authenticated, but it may do little: what follows says what.
        "NOPERM" => return None,
        word => Trouble::HelloRefused(word.to_owned()),
    })
}

/// The rest of a refusal may repeat what was sent.
fn first_word(error: &str) -> String {
    error.split_whitespace().next().unwrap_or_default().chars().filter(char::is_ascii_alphanumeric).take(20).collect()
}

/// Several round trips.
pub fn ping(seen: &mut Seen, wire: &mut Wire) -> Result<(), Trouble> {
    wire.limit(PINGS);
    let mut took = Vec::new();
    while took.len() < 7 {
        let start = Instant::now();
        match wire.ask(&["PING"]) {
            Ok(Reply::Error(error)) if first_word(&error) == "NOAUTH" => return Err(Trouble::NoPassword),
            Ok(Reply::Error(error)) => {
                seen.refused.push(("PING", first_word(&error)));
                break;
            }
            Ok(_) => took.push(start.elapsed()),
            // A slow one among quick ones is a long way and no silence.
            Err(Trouble::Silent) if !took.is_empty() => break,
            Err(trouble) => return Err(trouble),
        }
    }
    seen.rtt = Rtt::of(took);
    Ok(())
}

/// INFO, what of the configuration it leaves out, and whether maintenance is announced.
pub fn look(seen: &mut Seen, wire: &mut Wire) -> Result<(), Trouble> {
    wire.limit(INSPECT);
    let mut ask = |words: &[&str], name: &'static str| -> Result<Option<Reply>, Trouble> {
        Ok(match wire.ask(words)? {
            Reply::Error(error) => {
                if !seen.refused.iter().any(|(known, _)| *known == name) {
                    seen.refused.push((name, first_word(&error)));
                }
                None
            }
            reply => Some(reply),
        })
    };
    let info = ask(&["INFO"], "INFO")?;
    let mut config = |name: &str| -> Result<Option<String>, Trouble> {
        let reply = ask(&["CONFIG", "GET", name], "CONFIG GET")?;
        Ok(reply.and_then(|reply| reply.get(name).map(str::to_owned)))
    };
    let (policy, fsync, save) = (config("maxmemory-policy")?, config("appendfsync")?, config("save")?);
    let info = info.as_ref().and_then(Reply::text).unwrap_or_default();
    seen.server = Some(Server::of(info, policy.as_deref(), fsync.as_deref(), save.as_deref()));
    if seen.handoffs.is_none() {
        // It concerns this connection alone, which ends here.
        seen.handoffs =
            Some(match wire.ask(&["CLIENT", "MAINT_NOTIFICATIONS", "ON", "moving-endpoint-type", "none"])? {
                Reply::Error(error) if first_word(&error) == "NOPERM" => Handoffs::MayNotAsk,
                Reply::Error(_) => Handoffs::NotOffered,
                _ => Handoffs::Offered,
            });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_known_by_its_first_word_and_nothing_else_of_it_is_kept() {
        assert_eq!(refusal("WRONGPASS invalid username-password pair"), Some(Trouble::WrongPassword));
        assert_eq!(
            refusal("NOAUTH HELLO must be called with the client already authenticated"),
            Some(Trouble::NoPassword)
        );
        assert_eq!(refusal("ERR invalid password"), Some(Trouble::WrongPassword));
        assert_eq!(refusal("NOPERM no"), None);
        assert_eq!(refusal("LOADING hunter2"), Some(Trouble::HelloRefused("LOADING".into())));
    }
}
