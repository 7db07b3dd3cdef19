//! What a person typed, escaped for the language it lands in: one type for each language family.
//!
//! All of them write the *inside* of a double-quoted literal; only [`Env`] writes its own quotes.

use askama::filters::Escaper;
use core::fmt::{self, Write};

/// Characters that hide or reorder what a reader sees, or end a line in some language.
pub(crate) fn invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200b}'..='\u{200f}' | '\u{feff}')
}

fn quoted<W: Write>(mut out: W, text: &str, control: fn(&mut W, u32) -> fmt::Result) -> fmt::Result {
    for c in text.chars() {
        match c {
            '"' | '\\' => write!(out, "\\{c}")?,
            c if c < '\u{80}' && c.is_control() => control(&mut out, c as u32)?,
            c if invisible(c) => write!(out, "\\u{:04x}", c as u32)?,
            c => out.write_char(c)?,
        }
    }
    Ok(())
}

/// Python, JavaScript, Go: `\x0a`.
#[derive(Clone, Copy)]
pub struct Hex;

impl Escaper for Hex {
    fn write_escaped_str<W: Write>(&self, out: W, text: &str) -> fmt::Result {
        quoted(out, text, |out, code| write!(out, "\\x{code:02x}"))
    }
}

/// Java: `\012`, because `\u000a` would end the line before the literal is read.
#[derive(Clone, Copy)]
pub struct Octal;

impl Escaper for Octal {
    fn write_escaped_str<W: Write>(&self, out: W, text: &str) -> fmt::Result {
        quoted(out, text, |out, code| write!(out, "\\{code:03o}"))
    }
}

/// JSON and TOML: `\u000a`.
#[derive(Clone, Copy)]
pub struct Json;

impl Escaper for Json {
    fn write_escaped_str<W: Write>(&self, out: W, text: &str) -> fmt::Result {
        quoted(out, text, |out, code| write!(out, "\\u{code:04x}"))
    }
}

/// XML text and attributes; what XML can't carry becomes U+FFFD.
#[derive(Clone, Copy)]
pub struct Xml;

impl Escaper for Xml {
    fn write_escaped_str<W: Write>(&self, mut out: W, text: &str) -> fmt::Result {
        for c in text.chars() {
            match c {
                '<' => out.write_str("&lt;")?,
                '>' => out.write_str("&gt;")?,
                '&' => out.write_str("&amp;")?,
                '"' => out.write_str("&quot;")?,
                '\'' => out.write_str("&#39;")?,
                c if invisible(c) || c == '\u{fffe}' || c == '\u{ffff}' => out.write_char('\u{fffd}')?,
                c => out.write_char(c)?,
            }
        }
        Ok(())
    }
}

/// Markdown text, outside of code.
#[derive(Clone, Copy)]
pub struct Markdown;

impl Escaper for Markdown {
    fn write_escaped_str<W: Write>(&self, mut out: W, text: &str) -> fmt::Result {
        for c in text.chars() {
            match c {
                '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '&' | '!' | '~' => write!(out, "\\{c}")?,
                c if invisible(c) => out.write_char(' ')?,
                c => out.write_char(c)?,
            }
        }
        Ok(())
    }
}

/// A value in a `.env` file, quotes included where it needs them.
#[derive(Clone, Copy)]
pub struct Env;

impl Escaper for Env {
    fn write_escaped_str<W: Write>(&self, mut out: W, text: &str) -> fmt::Result {
        if !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "._-:/+".contains(c)) {
            return out.write_str(text);
        }
        out.write_char('\'')?;
        for c in text.chars() {
            match c {
                '\'' => out.write_str("'\\''")?,
                c if invisible(c) => out.write_char(' ')?,
                c => out.write_char(c)?,
            }
        }
        out.write_char('\'')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn escaped(escaper: impl Escaper, text: &str) -> String {
        let mut out = String::new();
        escaper.write_escaped_str(&mut out, text).unwrap();
        out
    }

    #[test]
    fn no_text_can_leave_its_literal() {
        let hostile = "a\"b\\c\n\u{202e}'$(x)`";
        assert_eq!(escaped(Hex, hostile), "a\\\"b\\\\c\\x0a\\u202e'$(x)`");
        assert_eq!(escaped(Octal, hostile), "a\\\"b\\\\c\\012\\u202e'$(x)`");
        assert_eq!(escaped(Json, hostile), "a\\\"b\\\\c\\u000a\\u202e'$(x)`");
        assert_eq!(escaped(Xml, "<&\"'>\n"), "&lt;&amp;&quot;&#39;&gt;\u{fffd}");
        assert_eq!(escaped(Markdown, "`*a*`\n# b"), "\\`\\*a\\*\\` \\# b");
        assert_eq!(escaped(Env, "x\nLD_PRELOAD='y'"), "'x LD_PRELOAD='\\''y'\\'''");
        assert_eq!(escaped(Env, "redis-1.example.com"), "redis-1.example.com");
    }
}
