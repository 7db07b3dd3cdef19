//! What is echoed of a log carries no secret. Too much is hidden rather than too little.

const HIDDEN: &str = "***";

/// Words that a secret's name contains, in lower case.
const NAMES: &[&str] =
    &["pass", "pwd", "secret", "token", "auth", "apikey", "api-key", "api_key", "credential", "bearer"];

/// What follows a flag or a directive after a blank.
const FLAGS: &[&str] = &["-a", "--pass", "--password", "requirepass", "masterauth", "Bearer", "Basic", "IDENTIFIED"];

/// The line without passwords, tokens and what stood in a command that carries them.
pub(super) fn redact(line: &str) -> String {
    let line = command(&arguments(line));
    let line = addresses(&line);
    // Flags first: of `Authorization: Bearer secret`, a name's value would be the word before the secret.
    named(&flagged(&line))
}

/// `redis://user:secret@host`: between the scheme and the last `@` of the word.
fn addresses(line: &str) -> String {
    let Some((before, after)) = line.split_once("://") else { return line.to_owned() };
    let end = after.find(|c: char| c.is_whitespace() || "\"'`<>".contains(c)).unwrap_or(after.len());
    let (word, rest) = after.split_at(end);
    let shown = match word.rsplit_once('@') {
        Some((user, host)) => match user.split_once(':') {
            Some((user, _)) => format!("{user}:{HIDDEN}@{host}"),
            None => format!("{HIDDEN}@{host}"),
        },
        None => word.to_owned(),
    };
    format!("{before}://{shown}{}", addresses(rest))
}

/// The server repeats the arguments of a command that it does not know, and they may be anything.
fn arguments(line: &str) -> String {
    const MARK: &str = "with args beginning with:";
    match line.split_once(MARK) {
        Some((before, _)) => format!("{before}{MARK} {HIDDEN}"),
        None => line.to_owned(),
    }
}

/// `AUTH user secret`, also as `"AUTH","secret"` or `AUTH\r\n$6\r\nsecret`: nothing behind the word is shown,
/// unless it is a sentence about the command.
fn command(line: &str) -> String {
    let mut from = 0;
    while let Some(at) = line.get(from..).and_then(find_command).map(|at| at + from) {
        let (before, after) = line.split_at(at);
        let sentence = ["<", "failed", "called", "command"].iter().any(|word| after.trim_start().starts_with(word));
        if !sentence && !after.trim().is_empty() {
            return format!("{before} {HIDDEN}");
        }
        from = at;
    }
    line.to_owned()
}

/// The end of the next `AUTH` or `SETUSER` that stands alone.
fn find_command(text: &str) -> Option<usize> {
    ["AUTH", "AUTH2", "SETUSER", "\"auth\"", "'auth'", "\"setuser\""]
        .iter()
        .flat_map(|word| text.match_indices(word).map(move |(at, _)| (at, at + word.len())))
        .filter(|(start, end)| {
            let name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
            let before = &text[..*start];
            // In an escaped `\r\nAUTH` the letter belongs to the line break.
            (!before.ends_with(name) || before.ends_with("\\n")) && !text[*end..].starts_with(name)
        })
        .map(|(_, end)| end)
        .min()
}

/// `password=secret`, `"password": "secret"`, `auth('secret')`.
fn named(line: &str) -> String {
    // ASCII letters alone change, so that places in one are places in the other.
    let lower = line.to_ascii_lowercase();
    let mut out = String::with_capacity(line.len());
    let mut done = 0;
    let name = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
    while let Some(at) = NAMES.iter().filter_map(|word| lower[done..].find(word)).min().map(|at| at + done) {
        let end = lower[at..].find(|c| !name(c)).map_or(line.len(), |length| at + length);
        let error =
            ["error", "exception", "failure", "failed", "authority"].iter().any(|word| lower[at..end].ends_with(word));
        match value(&line[end..]).filter(|_| !error) {
            Some((start, length)) => {
                out.push_str(&line[done..end + start]);
                out.push_str(HIDDEN);
                done = end + start + length;
            }
            None => {
                out.push_str(&line[done..end]);
                done = end;
            }
        }
    }
    out.push_str(&line[done..]);
    out
}

/// Where behind a name its value begins, and how long it is.
fn value(rest: &str) -> Option<(usize, usize)> {
    let quotes = |c: char| "\"'`\\ \t".contains(c);
    let sign = rest.find(|c| !quotes(c)).filter(|at| rest[*at..].starts_with(['=', ':', '(']))?;
    let behind = &rest[sign + 1..];
    let start = sign + 1 + behind.find(|c| !quotes(c) && c != '>').unwrap_or(behind.len());
    let opened = rest[sign + 1..start].chars().rev().find(|c| "\"'`".contains(*c));
    let value = &rest[start..];
    let length = match (opened, value.chars().next()) {
        (Some(quote), _) => value.find(quote),
        (None, Some('[')) => value.find(']'),
        (None, Some('{')) => value.find('}'),
        _ if rest[sign..].starts_with('(') => value.find(')'),
        _ => value.find(char::is_whitespace),
    };
    let length = length.unwrap_or(value.len());
    (length > 0).then_some((start, length))
}

/// `redis-cli -a secret`, `requirepass secret`.
fn flagged(line: &str) -> String {
    let mut hide = false;
    let words = line.split(' ').map(|word| {
        let shown = if hide && !word.is_empty() { HIDDEN } else { word };
        hide = (hide && word.is_empty()) || FLAGS.contains(&word.trim_matches(['"', '\'']));
        shown
    });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_secret_is_echoed() {
        for line in [
            "connecting to rediss://default:hunter2@redis-1.example.com:12345/0",
            "rediss://:hunter2@a and rediss://:hunter2@b",
            "redis://default:p@hunter2@redis-1.example.com",
            "redis://hunter2@host",
            "REDIS_PASSWORD=hunter2 WRONGPASS",
            r#"{"host":"a","password":"hunter2","tls":{}}"#,
            r#"{\"password\": \"hunter2\"}"#,
            "password: 'hunter2 hunter2', db: 0",
            "host:6379,password=hunter2,ssl=True,abortConnect=False",
            "auth: [ 'default', 'hunter2' ]",
            "'auth' => ['default', 'hunter2']",
            "#1 /app/a.php(3): Redis->auth('hunter2')",
            "ERR unknown command 'GTE', with args beginning with: 'hunter2' ",
            "AUTH default hunter2",
            "HELLO 3 AUTH default hunter2 SETNAME app",
            r#"1700000000.1 [0 127.0.0.1:1] "AUTH" "hunter2""#,
            r#"1700000000.1 [0 127.0.0.1:1] "auth" "hunter2""#,
            r"write *2\r\n$4\r\nAUTH\r\n$7\r\nhunter2\r\n",
            "ACL SETUSER app on >hunter2 ~*",
            "redis-cli -h a -a hunter2 ping",
            "CONFIG SET requirepass  hunter2",
            "Authorization: Bearer hunter2",
            "x-api-secret-key: hunter2",
            "ü password=hunter2",
            "passphrase(hunter2)",
        ] {
            assert!(!redact(line).contains("hunter2"), "{}", redact(line));
        }
    }

    #[test]
    fn what_is_no_secret_stays() {
        for line in [
            "WRONGPASS invalid username-password pair or user is disabled.",
            "NOAUTH Authentication required.",
            "redis.exceptions.AuthenticationError: invalid username-password pair or user is disabled.",
            "ERR AUTH <password> called without any password configured for the default user.",
            "AUTH failed while reconnecting",
            "dial tcp 10.0.0.1:6379: i/o timeout",
            "x509: certificate signed by unknown authority (possibly because of \"x\")",
            "see https://redis.io/docs/latest/",
            "",
        ] {
            assert_eq!(redact(line), line);
        }
    }
}
