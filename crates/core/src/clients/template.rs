//! Templates are data: the text of a generated file, with marks in the comments of its own language.
//!
//! | mark | what comes out |
//! |---|---|
//! | `fill((name))` | the word, escaped for the language when a person typed it |
//! | `fill((name\|seconds))` | milliseconds as seconds with a point: `0.58`, `2.0` |
//! | `fill((name\|s))` | milliseconds as whole seconds, at least 1 |
//! | `/*% if a && !b \|\| c %*/` … `/*% else if d %*/` … `/*% else %*/` … `/*% endif %*/` | a part that the answers ask for |
//!
//! `#% %#` and `<!--% %-->` are the same where comments look so. A hyphen inside of a mark eats the
//! white space on its side: `/*%-`, `-%*/`.
//!
//! Why not a template library: `crates/README.md`, "Decisions".

use super::escape::{self, Escape};
use super::pack::{Pack, TemplateText};
use crate::questions::Text;

/// A file of a project before it is filled in.
#[derive(Clone, Copy, Debug)]
pub struct Template {
    /// Its path in the project, with `/`.
    pub path: &'static str,
    /// When it is there, as in an `if`; empty for always.
    pub when: &'static str,
    /// The text with marks.
    pub text: TemplateText,
}

/// What a mark can name.
#[derive(Clone, Debug)]
pub enum Word {
    /// For `if`.
    Flag(bool),
    /// Digits, the same in every language.
    Number(u32),
    /// Ours: it comes out as it is.
    Code(Text),
    /// Somebody's: it is escaped.
    Typed(Text),
    /// A part of the template that has marks of its own.
    Part(TemplateText),
    /// Ours, with marks of its own.
    Marked(&'static str),
}

impl From<bool> for Word {
    fn from(flag: bool) -> Word {
        Word::Flag(flag)
    }
}

impl From<u32> for Word {
    fn from(number: u32) -> Word {
        Word::Number(number)
    }
}

impl From<&'static str> for Word {
    fn from(code: &'static str) -> Word {
        Word::Code(code.into())
    }
}

impl From<String> for Word {
    fn from(code: String) -> Word {
        Word::Code(code.into())
    }
}

/// All that a template may know.
pub type Words = Vec<(&'static str, Word)>;

/// What a file says instead of itself when one of its marks can't be read.
pub(crate) const UNREADABLE: &str = "a mark that can't be read";

const FILL: (&str, &str) = ("fill((", "))");

/// The marks and the escaping of a file's language, by the end of its name.
fn language(path: &str) -> (&'static str, &'static str, Escape) {
    let hash = ("#%", "%#");
    let slash = ("/*%", "%*/");
    let markup = ("<!--%", "%-->");
    let ((open, close), escape): (_, Escape) = match path.rsplit('.').next() {
        Some("py") => (hash, escape::hex),
        Some("rb" | "Gemfile") => (hash, escape::ruby),
        Some("toml" | "lock") => (hash, escape::json),
        Some("Makefile") => (hash, escape::hex),
        Some("example") => (hash, escape::env),
        // Nothing that a person typed lands in YAML, where JSON's escapes are not enough.
        Some("yaml") => (hash, escape::json),
        Some("rs") => (slash, escape::braces),
        Some("java") => (slash, escape::octal),
        Some("c" | "h") => (slash, escape::bytes),
        Some("php") => (slash, escape::php),
        // C# reads as many hexadecimal digits after `\x` as come, so its characters are escaped as JSON's.
        Some("json" | "cs") => (slash, escape::json),
        Some("xml" | "csproj") => (markup, escape::xml),
        Some("md") => (markup, escape::markdown),
        _ => (slash, escape::hex),
    };
    (open, close, escape)
}

/// What a person typed, as it stands in a file of this name.
#[cfg(feature = "templates")]
pub(crate) fn escaped(path: &str, text: &str) -> String {
    language(path).2(text)
}

/// One `if` that has not ended yet.
struct Branch {
    /// This branch comes out.
    writes: bool,
    /// This branch or one before it did.
    taken: bool,
}

/// The file's text.
///
/// # Errors
/// The mark that can't be read. No mark of ours is: a test fills every template, and branches that
/// do not come out are read as well.
pub(crate) fn fill(path: &str, text: &'static str, words: &Words, pack: &Pack) -> Result<String, &'static str> {
    let mut out = String::with_capacity(text.len());
    fill_into(&mut out, path, text, words, pack)?;
    out.truncate(out.trim_end().len());
    out.push('\n');
    Ok(out)
}

fn fill_into(out: &mut String, path: &str, text: &'static str, words: &Words, pack: &Pack) -> Result<(), &'static str> {
    let (open, close, escape) = language(path);
    let mut branches: Vec<Branch> = Vec::new();
    let mut rest = text;
    loop {
        let block = rest.find(open);
        let fill = rest.find(FILL.0).filter(|fill| block.is_none_or(|block| *fill < block));
        let (start, end) = if fill.is_some() { FILL } else { (open, close) };
        let Some((before, after)) = rest.split_once(start).filter(|_| fill.or(block).is_some()) else { break };
        let (mark, after) = after.split_once(end).ok_or(rest)?;
        let before = if fill.is_none() && mark.starts_with('-') { before.trim_end() } else { before };
        let writes = branches.iter().all(|branch| branch.writes);
        if writes {
            out.push_str(before);
        }
        rest = after;
        if fill.is_some() {
            match word(mark, words) {
                Some(Word::Part(part)) if writes => {
                    let part = pack.text(part).ok_or(part.name)?;
                    fill_into(out, path, part.trim_end(), words, pack)?;
                }
                Some(Word::Marked(text)) if writes => fill_into(out, path, text, words, pack)?,
                Some(Word::Part(_) | Word::Marked(_)) => {}
                _ => {
                    let filled = filled(mark, words, escape).ok_or(mark)?;
                    out.push_str(if writes { &filled } else { "" });
                }
            }
            continue;
        }
        if mark.ends_with('-') {
            rest = after.trim_start();
        }
        step(mark.trim_matches('-').trim(), &mut branches, words).ok_or(mark)?;
    }
    out.push_str(rest);
    if branches.is_empty() { Ok(()) } else { Err("an `if` without `endif`") }
}

fn step(mark: &str, branches: &mut Vec<Branch>, words: &Words) -> Option<()> {
    if let Some(condition) = mark.strip_prefix("if ") {
        let holds = holds(condition, words)?;
        branches.push(Branch { writes: holds, taken: holds });
        return Some(());
    }
    if mark == "endif" {
        return branches.pop().map(|_| ());
    }
    let otherwise = mark.strip_prefix("else")?;
    let holds = match otherwise.strip_prefix(" if ") {
        Some(condition) => holds(condition, words)?,
        None => otherwise.is_empty().then_some(true)?,
    };
    let branch = branches.last_mut()?;
    branch.writes = holds && !branch.taken;
    branch.taken |= branch.writes;
    Some(())
}

/// Whether a condition holds; nothing when it names something that is no flag.
pub(crate) fn holds(condition: &str, words: &Words) -> Option<bool> {
    let mut any = false;
    for side in condition.split("||") {
        let mut all = true;
        for part in side.split("&&") {
            let part = part.trim();
            let name = part.strip_prefix('!').unwrap_or(part);
            let Word::Flag(flag) = word(name, words)? else { return None };
            all &= *flag == (name == part);
        }
        any |= all;
    }
    Some(any)
}

fn filled(mark: &str, words: &Words, escape: Escape) -> Option<String> {
    let (name, form) = mark.split_once('|').unwrap_or((mark, ""));
    match (word(name, words)?, form) {
        (Word::Number(number), "") => Some(number.to_string()),
        (Word::Number(ms), "seconds") => Some(seconds(*ms)),
        (Word::Number(ms), "s") => Some((ms / 1000).max(1).to_string()),
        (Word::Code(text), "") => Some(text.to_string()),
        (Word::Typed(text), "") => Some(escape(text)),
        _ => None,
    }
}

fn word<'a>(name: &str, words: &'a Words) -> Option<&'a Word> {
    words.iter().find(|(known, _)| *known == name).map(|(_, word)| word)
}

fn seconds(ms: u32) -> String {
    let digits = format!("{}.{:03}", ms / 1000, ms % 1000);
    let digits = digits.trim_end_matches('0');
    if digits.ends_with('.') { format!("{digits}0") } else { digits.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words() -> Words {
        vec![
            ("yes", true.into()),
            ("no", false.into()),
            ("pause", 580.into()),
            ("class", "Pool".into()),
            ("host", Word::Typed("a\"b".into())),
        ]
    }

    fn filled(path: &'static str, text: &'static str) -> Result<String, &'static str> {
        fill(path, text, &words(), &Pack::default())
    }

    #[test]
    fn words_are_filled_in_and_what_was_typed_is_escaped() {
        assert_eq!(filled("a.py", "fill((class)) fill((pause)) \"fill((host))\""), Ok("Pool 580 \"a\\x22b\"\n".into()));
        assert_eq!(filled("a.md", "fill((host)) fill((pause|seconds)) fill((pause|s))"), Ok("a\"b 0.58 1\n".into()));
        assert_eq!(seconds(2000), "2.0");
    }

    #[test]
    fn parts_come_out_when_they_are_asked_for() {
        let text = "a\n/*% if yes && !no -%*/\nb\n/*%- else if yes %*/\nc\n/*% else %*/d/*% endif %*/ e";
        assert_eq!(filled("a.js", text), Ok("a\nb e\n".into()));
        let text =
            "/*% if no || no && yes %*/a/*% if yes %*/b/*% endif %*//*% else if yes %*/c/*% else %*/d/*% endif %*/";
        assert_eq!(filled("a.js", text), Ok("c\n".into()));
        assert_eq!(filled("a.xml", "<!--% if no %-->a<!--% else %-->b<!--% endif %-->"), Ok("b\n".into()));
    }

    #[test]
    fn a_mark_that_can_not_be_read_is_named_wherever_it_is() {
        for text in [
            "fill((nothing))",
            "fill((host|s))",
            "#% if no %#fill((nothing))#% endif %#",
            "#% if nothing %##% endif %#",
            "#% if pause %##% endif %#",
            "#% if yes %#",
            "#% endif %#",
            "#% else %#",
            "#% for %#",
            "#% if yes",
        ] {
            assert!(filled("a.py", text).is_err(), "{text}");
        }
    }
}
