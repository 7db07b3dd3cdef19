//! Redis's protocol, as far as an examination needs it: one command out, one reply in. Total: whatever a peer sends is
//! a reply, more to be read, or nonsense.

/// What a server says.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// Any text or number.
    Text(String),
    /// A refusal: `WRONGPASS invalid username-password pair`.
    Error(String),
    /// Nothing.
    Null,
    /// Values in a row; a map is its keys and values in turn.
    List(Vec<Reply>),
    /// Something that nobody asked for.
    Push,
}

impl Reply {
    /// Its text, where it has one.
    pub fn text(&self) -> Option<&str> {
        match self {
            Reply::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The value of a key, in a map.
    pub fn get(&self, key: &str) -> Option<&str> {
        let Reply::List(values) = self else { return None };
        let (pairs, _) = values.as_chunks::<2>();
        pairs.iter().find(|[name, _]| name.text() == Some(key)).and_then(|[_, value]| value.text())
    }
}

/// What the bytes of a peer are so far.
#[derive(Debug, PartialEq)]
pub enum Read {
    /// A reply, and how many bytes it had.
    Whole(Reply, usize),
    /// The beginning of one.
    More,
    /// Not this protocol.
    Nonsense,
}

/// Levels of lists in lists; Redis uses three.
const DEEPEST: usize = 8;

/// Bytes of one reply.
pub const LARGEST: usize = 4 << 20;

/// A command as a server wants it.
pub fn command(words: &[&str]) -> Vec<u8> {
    let mut bytes = format!("*{}\r\n", words.len());
    for word in words {
        bytes.push_str(&format!("${}\r\n{word}\r\n", word.len()));
    }
    bytes.into_bytes()
}

/// Reads the first reply.
pub fn read(bytes: &[u8]) -> Read {
    let mut rest = bytes;
    match value(&mut rest, DEEPEST) {
        Ok(reply) => Read::Whole(reply, bytes.len() - rest.len()),
        Err(Short::More) if bytes.len() < LARGEST => Read::More,
        Err(_) => Read::Nonsense,
    }
}

enum Short {
    More,
    Nonsense,
}

fn value(rest: &mut &[u8], depth: usize) -> Result<Reply, Short> {
    let depth = depth.checked_sub(1).ok_or(Short::Nonsense)?;
    let (kind, after) = rest.split_first().ok_or(Short::More)?;
    if !b"+-:,(#_$!=*~>%|".contains(kind) {
        return Err(Short::Nonsense);
    }
    *rest = after;
    let line = line(rest)?;
    let text = || String::from_utf8_lossy(line).into_owned();
    match kind {
        b'+' | b':' | b',' | b'(' | b'#' => Ok(Reply::Text(text())),
        b'-' => Ok(Reply::Error(text())),
        b'_' => Ok(Reply::Null),
        b'$' | b'!' | b'=' => {
            let Some(length) = length(line)? else { return Ok(Reply::Null) };
            let (text, after) = rest.split_at_checked(length).ok_or(Short::More)?;
            let after = after.split_at_checked(2).ok_or(Short::More)?;
            if after.0 != b"\r\n" {
                return Err(Short::Nonsense);
            }
            *rest = after.1;
            let text = String::from_utf8_lossy(text).into_owned();
            Ok(if *kind == b'!' { Reply::Error(text) } else { Reply::Text(text) })
        }
        _ => {
            let Some(length) = length(line)? else { return Ok(Reply::Null) };
            let values = if b"%|".contains(kind) { length.saturating_mul(2) } else { length };
            let mut list = Vec::new();
            for _ in 0..values {
                list.push(value(rest, depth)?);
            }
            match kind {
                b'>' => Ok(Reply::Push),
                // Attributes stand before what they are about.
                b'|' => value(rest, depth),
                _ => Ok(Reply::List(list)),
            }
        }
    }
}

/// A line without its end.
fn line<'a>(rest: &mut &'a [u8]) -> Result<&'a [u8], Short> {
    let bytes: &'a [u8] = rest;
    let end = bytes.windows(2).position(|two| two == b"\r\n").ok_or(Short::More)?;
    let (line, after) = bytes.split_at_checked(end).ok_or(Short::More)?;
    *rest = after.get(2..).unwrap_or_default();
    Ok(line)
}

/// A length; none is what RESP2 calls -1.
fn length(line: &[u8]) -> Result<Option<usize>, Short> {
    match std::str::from_utf8(line).ok().and_then(|text| text.parse::<i64>().ok()) {
        Some(-1) => Ok(None),
        Some(length) => usize::try_from(length).ok().filter(|l| *l <= LARGEST).map(Some).ok_or(Short::Nonsense),
        None => Err(Short::Nonsense),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Reply {
        Reply::Text(text.to_owned())
    }

    #[test]
    fn replies_are_read_and_what_follows_is_left() {
        for (bytes, reply) in [
            ("+OK\r\n", text("OK")),
            ("-ERR no\r\n", Reply::Error("ERR no".into())),
            (":12\r\n", text("12")),
            ("$2\r\nab\r\n", text("ab")),
            ("$-1\r\n", Reply::Null),
            ("_\r\n", Reply::Null),
            ("*2\r\n+a\r\n:1\r\n", Reply::List(vec![text("a"), text("1")])),
            ("%1\r\n+a\r\n+b\r\n", Reply::List(vec![text("a"), text("b")])),
            ("|1\r\n+a\r\n+b\r\n+c\r\n", text("c")),
            (">1\r\n+MOVING\r\n", Reply::Push),
        ] {
            assert_eq!(read(format!("{bytes}+next").as_bytes()), Read::Whole(reply, bytes.len()), "{bytes:?}");
            for end in 0..bytes.len() {
                assert_eq!(read(&bytes.as_bytes()[..end]), Read::More, "{bytes:?} cut at {end}");
            }
        }
    }

    #[test]
    fn what_is_not_the_protocol_is_nonsense() {
        let deep = "*1\r\n".repeat(100);
        for bytes in
            ["HTTP/1.1 400 Bad\r\n", "\u{15}\u{3}", "$x\r\n", "$-2\r\n", "*99999999999\r\n", "$1\r\nabc", &deep]
        {
            assert_eq!(read(bytes.as_bytes()), Read::Nonsense, "{bytes:?}");
        }
    }

    #[test]
    fn a_key_of_a_map_is_found() {
        let reply = Reply::List(vec![text("a"), text("1"), text("b"), Reply::Null, text("c")]);
        assert_eq!((reply.get("a"), reply.get("b"), reply.get("c")), (Some("1"), None, None));
        assert_eq!(command(&["GET", "é"]), "*2\r\n$3\r\nGET\r\n$2\r\né\r\n".as_bytes());
    }
}
