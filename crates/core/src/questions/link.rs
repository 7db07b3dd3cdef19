//! The link: only what differs from the defaults, readable, forgiving.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::{ALL, Answers, BadInput, find, known};

/// The version of the links that are written. Older ones keep their meaning: a change of a default
/// answer needs a new version and the old defaults beside it.
const VERSION: &str = "1";

/// What may stand in a fragment as it is (RFC 3986), less what separates.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~')
    .remove(b',')
    .remove(b';')
    .remove(b'@')
    .remove(b'/')
    .remove(b':');

/// The fragment of a link to these answers, without `#`: `v=1&plan=pro&client=go-redis`.
pub fn to_link(answers: &Answers) -> String {
    let defaults = Answers::default();
    let mut link = format!("v={VERSION}");
    for entry in ALL {
        let text = (entry.show)(answers);
        if text != (entry.show)(&defaults) {
            link.push('&');
            link.push_str(entry.question.id);
            link.push('=');
            link.extend(utf8_percent_encode(&text, ESCAPED));
        }
    }
    link
}

/// A part of a link that could not be read; the rest was kept.
pub type Unread = BadInput;

/// Reads a fragment, with or without `#`: the answers, and what could not be read.
pub fn from_link(fragment: &str) -> (Answers, Vec<Unread>) {
    let mut answers = Answers::default();
    let mut unread = Vec::new();
    let mut seen: Vec<&str> = Vec::new();
    for part in fragment.trim_start_matches('#').split('&').filter(|part| !part.is_empty()) {
        let (id, text) = part.split_once('=').unwrap_or((part, ""));
        if id == "v" {
            if text != VERSION {
                unread.push(problem("v", super::quote(text), format!("version {VERSION} of the link")));
            }
            continue;
        }
        match read(&mut answers, id, text, &mut seen) {
            Ok(()) => {}
            Err(error) => unread.push(error),
        }
    }
    (answers, unread)
}

fn read(answers: &mut Answers, id: &str, text: &str, seen: &mut Vec<&'static str>) -> Result<(), BadInput> {
    let entry = match find(id).filter(|entry| entry.question.id == id) {
        Some(entry) => entry,
        None => known(id)
            .and_then(|entry| Err(problem(id, "an unknown key".to_owned(), format!("the id {}", entry.question.id))))?,
    };
    if seen.contains(&entry.key) {
        return Err(problem(id, "the key twice".to_owned(), "each key once".to_owned()));
    }
    seen.push(entry.key);
    let text = percent_decode_str(text)
        .decode_utf8()
        .map_err(|_| problem(id, "bytes that are no text".to_owned(), "percent-encoded UTF-8".to_owned()))?;
    answers.set(id, &text)
}

fn problem(key: &str, found: String, expected: String) -> BadInput {
    BadInput { key: key.to_owned(), found, expected, nearest: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_answers_need_no_words() {
        assert_eq!(to_link(&Answers::default()), "v=1");
    }

    #[test]
    fn hostile_text_comes_back_unchanged() {
        let mut answers = Answers::default();
        for text in ["a&b=c#d", "\"\n\u{0}%41", "ü-日本", " "] {
            answers.set("user", text).unwrap();
            let link = to_link(&answers);
            assert!(link.is_ascii() && !link.contains(['\n', '"', ' ', '#']), "{link}");
            assert_eq!(from_link(&link), (answers.clone(), vec![]));
        }
    }

    #[test]
    fn a_broken_link_keeps_the_rest_and_says_what_was_lost() {
        let (answers, unread) = from_link("#v=1&plan=pro&survive=zoo&data_loss=nothing&x=1&plan=free&user=%ff");
        assert_eq!(answers.get("plan"), "pro");
        let keys: Vec<&str> = unread.iter().map(|error| error.key.as_str()).collect();
        assert_eq!(keys, ["survive", "data_loss", "x", "plan", "user"]);
    }
}
