//! What a person typed, escaped for the language it lands in: one function for each language family.
//!
//! All of them write the *inside* of a double-quoted literal; only [`env`] writes its own quotes.

/// Escapes a text.
pub(crate) type Escape = fn(&str) -> String;

/// Characters that hide or reorder what a reader sees, or end a line in some language.
pub fn invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200b}'..='\u{200f}' | '\u{feff}')
}

fn each(text: &str, escaped: impl Fn(char) -> Option<String>) -> String {
    text.chars().fold(String::new(), |mut out, c| {
        match escaped(c) {
            Some(text) => out.push_str(&text),
            None => out.push(c),
        }
        out
    })
}

fn quoted(text: &str, control: fn(u32) -> String) -> String {
    each(text, |c| match c {
        '"' | '\\' => Some(format!("\\{c}")),
        c if c.is_ascii_control() => Some(control(c as u32)),
        c if invisible(c) => Some(format!("\\u{:04x}", c as u32)),
        _ => None,
    })
}

/// Python, JavaScript, Go: `\x0a`. The quote too: formatters would turn `"\""` into `'"'`.
pub(crate) fn hex(text: &str) -> String {
    let escaped: Vec<String> = text.split('"').map(|part| quoted(part, |code| format!("\\x{code:02x}"))).collect();
    escaped.join("\\x22")
}

/// PHP: `\x0a`, `\u{202e}`; `$` too, which would begin a variable.
pub(crate) fn php(text: &str) -> String {
    each(text, |c| match c {
        '"' | '$' => Some(format!("\\x{:02x}", c as u32)),
        '\\' => Some("\\\\".to_owned()),
        c if c.is_ascii_control() => Some(format!("\\x{:02x}", c as u32)),
        c if invisible(c) => Some(format!("\\u{{{:x}}}", c as u32)),
        _ => None,
    })
}

/// Ruby: `#{…}`, `#@a` and `#$a` would be code.
pub(crate) fn ruby(text: &str) -> String {
    hex(text).replace('#', "\\x23")
}

/// Java: `\012`, because `\u000a` would end the line before the literal is read.
pub(crate) fn octal(text: &str) -> String {
    quoted(text, |code| format!("\\{code:03o}"))
}

/// Rust: `\u{a}`.
pub(crate) fn braces(text: &str) -> String {
    each(text, |c| match c {
        '"' | '\\' => Some(format!("\\{c}")),
        c if invisible(c) => Some(c.escape_unicode().to_string()),
        _ => None,
    })
}

/// C: `\012` for each byte, because `\x0a` would go on into a digit that follows and `\u000a` is forbidden. The
/// question mark too: two of them begin a trigraph.
pub(crate) fn bytes(text: &str) -> String {
    each(text, |c| match c {
        '"' | '\\' | '?' => Some(format!("\\{c}")),
        c if invisible(c) => Some(c.encode_utf8(&mut [0; 4]).bytes().map(|byte| format!("\\{byte:03o}")).collect()),
        _ => None,
    })
}

/// JSON and TOML: `\u000a`.
pub(crate) fn json(text: &str) -> String {
    quoted(text, |code| format!("\\u{code:04x}"))
}

/// HCL: `\u000a`, and `${` and `%{`, which would begin a template, doubled.
pub(crate) fn hcl(text: &str) -> String {
    json(text).replace("${", "$${").replace("%{", "%%{")
}

/// XML text and attributes; what XML can't carry becomes U+FFFD.
pub(crate) fn xml(text: &str) -> String {
    each(text, |c| match c {
        '<' | '>' | '&' | '"' | '\'' => Some(format!("&#{};", c as u32)),
        c if invisible(c) || c == '\u{fffe}' || c == '\u{ffff}' => Some('\u{fffd}'.to_string()),
        _ => None,
    })
}

/// Markdown text, outside of code.
pub(crate) fn markdown(text: &str) -> String {
    each(text, |c| match c {
        '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '&' | '!' | '~' => Some(format!("\\{c}")),
        c if invisible(c) => Some(" ".to_owned()),
        _ => None,
    })
}

/// A value in a `.env` file, quotes included where it needs them.
pub(crate) fn env(text: &str) -> String {
    if !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "._-:/+".contains(c)) {
        return text.to_owned();
    }
    let inside = each(text, |c| match c {
        '\'' => Some("'\\''".to_owned()),
        c if invisible(c) => Some(" ".to_owned()),
        _ => None,
    });
    format!("'{inside}'")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_can_leave_its_literal() {
        let hostile = "a\"b\\c\n\u{202e}'$(x)`";
        assert_eq!(hex(hostile), "a\\x22b\\\\c\\x0a\\u202e'$(x)`");
        assert_eq!(php(hostile), "a\\x22b\\\\c\\x0a\\u{202e}'\\x24(x)`");
        assert_eq!(ruby("#{a}#@b#$c\""), "\\x23{a}\\x23@b\\x23$c\\x22");
        assert_eq!(octal(hostile), "a\\\"b\\\\c\\012\\u202e'$(x)`");
        assert_eq!(braces(hostile), "a\\\"b\\\\c\\u{a}\\u{202e}'$(x)`");
        assert_eq!(bytes(hostile), "a\\\"b\\\\c\\012\\342\\200\\256'$(x)`");
        assert_eq!(bytes("??/\u{85}1"), "\\?\\?/\\302\\2051");
        assert_eq!(json(hostile), "a\\\"b\\\\c\\u000a\\u202e'$(x)`");
        assert_eq!(hcl("${a}%{b}$x%y\"\n"), "$${a}%%{b}$x%y\\\"\\u000a");
        assert_eq!(xml("<&\"'>\n"), "&#60;&#38;&#34;&#39;&#62;\u{fffd}");
        assert_eq!(markdown("`*a*`\n# b"), "\\`\\*a\\*\\` \\# b");
        assert_eq!(env("x\nLD_PRELOAD='y'"), "'x LD_PRELOAD='\\''y'\\'''");
        assert_eq!(env("redis-1.example.com"), "redis-1.example.com");
    }
}
