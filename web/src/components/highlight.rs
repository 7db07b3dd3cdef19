//! Syntax colours: comments, strings, numbers and keywords are told apart, and no more.
//!
//! A library that knows grammars would weigh more than the whole page; what it colours is our own code.

use crate::ui::Ui;

/// What a stretch of text is; the class in the style sheet.
type Class = &'static str;

/// As much of a language as colours need.
struct Language {
    line: &'static [&'static str],
    block: Option<(&'static str, &'static str)>,
    quotes: &'static [&'static str],
    keywords: &'static str,
}

const NONE: Language = Language { line: &[], block: None, quotes: &[], keywords: "" };
const C: Language = Language { line: &["//"], block: Some(("/*", "*/")), quotes: &["\"", "'", "`"], keywords: "" };
const HASH: Language = Language { line: &["#"], block: None, quotes: &["\"", "'"], keywords: "true false" };

fn language(path: &str) -> Language {
    match path.rsplit('.').next().unwrap_or_default() {
        "py" => Language {
            quotes: &["\"\"\"", "\"", "'"],
            keywords: "and as assert async await break class continue def del elif else except False finally for from \
                       if import in is lambda None nonlocal not or pass raise return self True try while with yield",
            ..HASH
        },
        "js" | "mjs" | "ts" => Language {
            keywords: "as async await break case catch class const continue default delete else export extends false \
                       finally for from function if import in instanceof let new null of return static switch this \
                       throw true try typeof undefined while yield",
            ..C
        },
        "go" => Language {
            keywords: "break case chan const continue default defer else false for func go if import interface map \
                       nil package range return select struct switch true type var",
            ..C
        },
        "java" => Language {
            quotes: &["\"\"\"", "\"", "'"],
            keywords: "boolean break case catch class continue else enum extends false final finally for if \
                       implements import instanceof int interface long new null package private protected public \
                       record return static super switch synchronized this throw throws true try var void while",
            ..C
        },
        "rs" => Language {
            quotes: &["\""],
            keywords: "as async await break const continue crate dyn else enum false fn for if impl in let loop match mod \
                       move mut pub ref return self Self static struct super trait true type use where while",
            ..C
        },
        "c" | "h" => Language {
            quotes: &["\"", "'"],
            keywords: "bool break case char const continue default do double else enum extern false for goto if int long \
                       return size_t sizeof static struct switch true typedef unsigned void while",
            ..C
        },
        "cs" => Language {
            quotes: &["\"", "'"],
            keywords: "async await bool break case catch class const continue default else false finally for foreach if \
                       in int internal is lock namespace new null out override private public readonly record return \
                       sealed static string switch this throw true try using var void while",
            ..C
        },
        "php" => Language {
            line: &["//", "#"],
            quotes: &["\"", "'"],
            keywords: "array as break case catch class const continue declare default do else elseif extends false final \
                       finally fn for foreach function if implements int match namespace new null private public \
                       readonly require return self static string switch this throw true try use void while",
            ..C
        },
        "rb" => Language {
            keywords: "and begin break case class def do else elsif end ensure false for if in loop module next nil not \
                       or raise require rescue retry return self super then true unless until when while yield",
            ..HASH
        },
        "mod" => Language { keywords: "module go require replace", quotes: &[], block: None, ..C },
        "sh" | "tf" | "toml" | "example" | "yml" | "yaml" | "properties" => HASH,
        "json" => Language { quotes: &["\""], keywords: "true false null", ..NONE },
        "xml" | "csproj" => Language { block: Some(("<!--", "-->")), quotes: &["\""], ..NONE },
        _ => NONE,
    }
}

/// The text in colours, line by line; lines that `earlier` did not have are marked. It is most of the page's elements,
/// and few answers change much of it: it is cut at empty lines, and a piece is drawn again only when it has changed.
pub fn text(ui: &mut Ui, path: &str, text: &str, earlier: Option<&str>) {
    let old: Option<Vec<&str>> = earlier.filter(|earlier| *earlier != text).map(sorted);
    let known = |line: &str| old.as_ref().is_none_or(|old| old.binary_search(&line).is_ok());
    let mut seen: Vec<&str> = Vec::new();
    for piece in pieces(&language(path), text) {
        let again = seen.iter().filter(|other| **other == piece).count();
        seen.push(piece);
        let known = piece.split_inclusive('\n').map(known).collect();
        let shown = Piece { path: path.to_owned(), text: piece.to_owned(), known };
        ui.kept(&[&again.to_string(), ":", piece].concat(), shown, lines);
    }
}

#[derive(PartialEq)]
struct Piece {
    path: String,
    text: String,
    /// Whether the text has had each of the lines before.
    known: Vec<bool>,
}

fn lines(ui: &mut Ui, piece: &Piece) {
    let Piece { path, text, known } = piece;
    let mut known = known.iter();
    let mut start = 0;
    let mut at = 0;
    for (class, token) in tokens(&language(path), text) {
        for piece in token.split_inclusive('\n') {
            if at == start {
                ui.open("span.line");
            }
            if class.is_empty() {
                ui.text(piece);
            } else {
                ui.el("span", |ui| {
                    ui.class(class);
                    ui.text(piece);
                });
            }
            at += piece.len();
            if piece.ends_with('\n') || at == text.len() {
                if known.next() == Some(&false) {
                    ui.class("line new");
                }
                ui.close();
                start = at;
            }
        }
    }
}

/// Cuts a text after each empty line outside of comments and strings.
fn pieces<'a>(language: &Language, text: &'a str) -> Vec<&'a str> {
    let mut pieces = Vec::new();
    let (mut start, mut at) = (0, 0);
    // Keywords are no matter here.
    for (class, token) in tokens(&Language { keywords: "", ..*language }, text) {
        if class.is_empty() {
            for (i, _) in
                token.bytes().zip(token.bytes().skip(1)).enumerate().filter(|(_, pair)| *pair == (b'\n', b'\n'))
            {
                // Of three in a row the third begins a piece.
                if at + i >= start {
                    pieces.push(&text[start..at + i + 2]);
                    start = at + i + 2;
                }
            }
        }
        at += token.len();
    }
    pieces.push(&text[start..]);
    pieces
}

/// Every line once. One by one, because the library's sort weighs more than this page can save by it.
fn sorted(text: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = Vec::new();
    for line in text.split_inclusive('\n') {
        if let Err(place) = lines.binary_search(&line) {
            lines.insert(place, line);
        }
    }
    lines
}

/// Cuts a text into stretches of one class each; together they are the text.
fn tokens<'a>(language: &Language, text: &'a str) -> Vec<(Class, &'a str)> {
    let mut tokens: Vec<(Class, &str)> = Vec::new();
    let mut plain = 0;
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let (class, length) = next(language, rest, at == 0 || !is_word(text.as_bytes()[at - 1]));
        if !class.is_empty() {
            if plain < at {
                tokens.push(("", &text[plain..at]));
            }
            tokens.push((class, &rest[..length]));
            plain = at + length;
        }
        at += length;
    }
    if plain < text.len() {
        tokens.push(("", &text[plain..]));
    }
    tokens
}

/// The class and length of what a text begins with; at least one character.
fn next(language: &Language, text: &str, fresh: bool) -> (Class, usize) {
    if language.line.iter().any(|mark| text.starts_with(mark)) {
        return ("comment", text.find('\n').unwrap_or(text.len()));
    }
    if let Some((open, close)) = language.block.filter(|(open, _)| text.starts_with(open)) {
        return ("comment", text[open.len()..].find(close).map_or(text.len(), |i| open.len() + i + close.len()));
    }
    if let Some(quote) = language.quotes.iter().find(|quote| text.starts_with(*quote)) {
        return ("string", string(text, quote));
    }
    let word = text.bytes().take_while(|b| is_word(*b)).count();
    if fresh && word > 0 {
        let digits = text.as_bytes()[0].is_ascii_digit();
        let keyword = !digits && language.keywords.split(' ').any(|keyword| keyword == &text[..word]);
        return (
            if keyword {
                "keyword"
            } else if digits && !language.quotes.is_empty() {
                "number"
            } else {
                ""
            },
            word,
        );
    }
    ("", text.chars().next().map_or(1, char::len_utf8))
}

/// The length of a string: to its closing quote, or to the end of the line where it has none.
fn string(text: &str, quote: &str) -> usize {
    let many_lines = quote.len() == 3 || quote == "`";
    let mut at = quote.len();
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if rest.starts_with(quote) {
            return at + quote.len();
        }
        if rest.starts_with('\n') && !many_lines {
            return at;
        }
        let escaped = usize::from(rest.starts_with('\\'));
        at += rest.chars().take(1 + escaped).map(char::len_utf8).sum::<usize>();
    }
    text.len()
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn colours(path: &str, text: &str) -> Vec<(Class, String)> {
        let tokens = tokens(&language(path), text);
        let whole: String = tokens.iter().map(|(_, token)| *token).collect();
        assert_eq!(whole, text);
        tokens.into_iter().filter(|(class, _)| !class.is_empty()).map(|(c, t)| (c, t.to_owned())).collect()
    }

    #[test]
    fn comments_strings_numbers_and_keywords_are_told_apart() {
        let seen = colours("a.py", "import x  # why\ny = \"a # b\\\" é\" + 12\nimportant = x2\n");
        let seen: Vec<(Class, &str)> = seen.iter().map(|(class, text)| (*class, text.as_str())).collect();
        let string = ("string", "\"a # b\\\" é\"");
        assert_eq!(seen, [("keyword", "import"), ("comment", "# why"), string, ("number", "12")]);
    }

    #[test]
    fn what_is_never_closed_ends_with_the_text_or_the_line() {
        assert_eq!(colours("a.go", "/* é")[0].1, "/* é");
        assert_eq!(colours("a.go", "\"é\nx")[0].1, "\"é");
        assert_eq!(colours("a.py", "\"\"\"a\nb")[0].1, "\"\"\"a\nb");
        assert_eq!(colours("a.js", "'a\\")[0].1, "'a\\");
    }

    #[test]
    fn a_text_is_cut_where_nothing_is_open() {
        let text = "a\n\n\"\"\"b\n\nc\"\"\"\n\n\n\nd";
        assert_eq!(pieces(&language("a.py"), text), ["a\n\n", "\"\"\"b\n\nc\"\"\"\n\n", "\n\n", "d"]);
    }

    #[test]
    fn a_file_of_no_language_has_no_colours() {
        assert!(colours("go.sum", "a \"b\" // 12").is_empty());
    }
}
