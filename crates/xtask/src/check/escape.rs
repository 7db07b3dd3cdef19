//! What a person typed comes back as it was: hundreds of hostile texts, escaped as the templates do
//! it, are read by each language itself, which says what it got.

use std::fs;

use anyhow::{Result, ensure};
use holdfast::clients::escape::invisible;
use holdfast::clients::escaped;

use super::{Lane, Step};
use crate::{paths, shell};

/// A program with many literals that prints the bytes of each in hexadecimal, one a line.
struct Language {
    name: &'static str,
    /// The file; its name decides how texts are escaped.
    file: &'static str,
    needs: &'static [&'static str],
    /// The program: what stands before, each literal, and what stands behind.
    program: (&'static str, &'static str, &'static str),
    run: &'static str,
    /// What becomes of a character that the format can't carry.
    instead: Option<char>,
}

/// Stands for the escaped text in the line of a literal, and for its number.
const TEXT: &str = "TEXT";
const NUMBER: &str = "NUMBER";

const LANGUAGES: &[Language] = &[
    Language {
        name: "python",
        file: "texts.py",
        needs: &["python3"],
        program: ("", "print(\"TEXT\".encode().hex())\n", ""),
        run: "python3 texts.py",
        instead: None,
    },
    Language {
        name: "javascript",
        file: "texts.js",
        needs: &["node"],
        program: ("", "console.log(Buffer.from(\"TEXT\").toString(\"hex\"));\n", ""),
        run: "node texts.js",
        instead: None,
    },
    Language {
        name: "go",
        file: "texts.go",
        needs: &["go"],
        program: ("package main\n\nimport \"fmt\"\n\nfunc main() {\n", "fmt.Printf(\"%x\\n\", \"TEXT\")\n", "}\n"),
        run: "go run texts.go",
        instead: None,
    },
    Language {
        name: "java",
        file: "Texts.java",
        needs: &["java"],
        program: (
            "class Texts {\n  static void say(String s) {\n    System.out.println(java.util.HexFormat.of().formatHex(\
             s.getBytes(java.nio.charset.StandardCharsets.UTF_8)));\n  }\n  public static void main(String[] a) {\n",
            "say(\"TEXT\");\n",
            "  }\n}\n",
        ),
        run: "java -Dfile.encoding=UTF-8 Texts.java",
        instead: None,
    },
    Language {
        name: "rust",
        file: "texts.rs",
        needs: &[],
        program: (
            "fn say(s: &str) {\n  println!(\"{}\", s.bytes().map(|b| format!(\"{b:02x}\")).collect::<String>());\n}\n\
             fn main() {\n",
            "say(\"TEXT\");\n",
            "}\n",
        ),
        run: "rustc --edition 2024 texts.rs && ./texts",
        instead: None,
    },
    Language {
        name: "c",
        file: "texts.c",
        needs: &["debian-root"],
        program: (
            "#include <stdio.h>\nstatic void say(const char *s, size_t n) {\n  for (size_t i = 0; i < n; i++)\n    \
             printf(\"%02x\", (unsigned char)s[i]);\n  puts(\"\");\n}\nint main(void) {\n",
            "say(\"TEXT\", sizeof \"TEXT\" - 1);\n",
            "}\n",
        ),
        run: "debian-root gcc -std=c11 -Wall -Wextra -Werror -o texts texts.c && debian-root ./texts",
        instead: None,
    },
    Language {
        name: "csharp",
        file: "Texts.cs",
        needs: &["debian-root", "mono"],
        program: (
            "class Texts {\n  static void Say(string s) {\n    byte[] bytes = System.Text.Encoding.UTF8.GetBytes(s);\n    \
             System.Console.WriteLine(System.BitConverter.ToString(bytes).Replace(\"-\", \"\").ToLower());\n  }\n  \
             static void Main() {\n",
            "Say(\"TEXT\");\n",
            "  }\n}\n",
        ),
        run: "debian-root mcs Texts.cs && mono Texts.exe",
        instead: None,
    },
    Language {
        name: "php",
        file: "texts.php",
        needs: &["php"],
        program: ("<?php\n", "echo bin2hex(\"TEXT\"), \"\\n\";\n", ""),
        run: "php texts.php",
        instead: None,
    },
    Language {
        name: "ruby",
        file: "texts.rb",
        needs: &["ruby"],
        program: ("", "puts \"TEXT\".unpack1(\"H*\")\n", ""),
        run: "ruby -w texts.rb",
        instead: None,
    },
    Language {
        name: "json",
        file: "texts.json",
        needs: &["node"],
        program: ("[\n", "\"TEXT\",\n", "\"\"]\n"),
        run: "node -p 'JSON.parse(fs.readFileSync(\"texts.json\")).slice(0, -1)\
              .map((s) => Buffer.from(s).toString(\"hex\")).join(\"\\n\")'",
        instead: None,
    },
    Language {
        name: "toml",
        file: "texts.toml",
        needs: &["python3"],
        program: ("texts = [\n", "\"TEXT\",\n", "]\n"),
        // Python has a parser of its own since 3.11; pip brings one along.
        run: "python3 -c '\ntry: import tomllib\nexcept ImportError: from pip._vendor import tomli as tomllib\n\
              for text in tomllib.load(open(\"texts.toml\", \"rb\"))[\"texts\"]: print(text.encode().hex())'",
        instead: None,
    },
    Language {
        name: "xml",
        file: "texts.xml",
        needs: &["python3"],
        program: ("<texts>\n", "<text of=\"TEXT\"/>\n", "</texts>\n"),
        run: "python3 -c 'import xml.etree.ElementTree as x\n\
              for text in x.parse(\"texts.xml\").getroot(): print(text.get(\"of\").encode().hex())'",
        instead: Some('\u{fffd}'),
    },
    Language {
        name: "env",
        file: "texts.example",
        needs: &["python3"],
        program: ("", "T_NUMBER=TEXT\n", ""),
        run: "set -a; . ./texts.example; exec python3 -c 'import os\n\
              texts = {int(k[2:]): v for k, v in os.environb.items() if k.startswith(b\"T_\")}\n\
              for number in sorted(texts): print(texts[number].hex())'",
        instead: Some(' '),
    },
];

/// A step for each language.
pub fn lane() -> Lane {
    LANGUAGES
        .iter()
        .map(|language| Step::new(format!("escape-{}", language.name), language.needs, || read_back(language)))
        .collect()
}

fn read_back(language: &Language) -> Result<String> {
    let folder = paths::target().join("escape").join(language.name);
    fs::create_dir_all(&folder)?;
    let texts = texts();
    let (before, each, behind) = language.program;
    let literals = texts.iter().enumerate().map(|(i, text)| {
        let line = each.replace(NUMBER, &i.to_string());
        line.replace(TEXT, &escaped(language.file, text))
    });
    fs::write(folder.join(language.file), format!("{before}{}{behind}", literals.collect::<String>()))?;
    let said = shell::output(&mut shell::line(language.run, &folder))?;
    let said: Vec<&str> = said.trim_end_matches('\n').split('\n').collect();
    ensure!(said.len() == texts.len(), "{} of {} texts came back", said.len(), texts.len());
    for (text, said) in texts.iter().zip(said) {
        let wanted = hexadecimal(&carried(text, language.instead));
        ensure!(said == wanted, "{text:?} came back as {said}, wanted {wanted}");
    }
    Ok(format!("{} texts", texts.len()))
}

/// What the format makes of it: one character stands for each that it has no way to write.
fn carried(text: &str, instead: Option<char>) -> String {
    let Some(instead) = instead else { return text.to_owned() };
    let lost = |c: char| invisible(c) || instead == '\u{fffd}' && matches!(c, '\u{fffe}' | '\u{ffff}');
    text.chars().map(|c| if lost(c) { instead } else { c }).collect()
}

fn hexadecimal(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

/// What has ended a literal, begun code, or hidden something in some language.
const PARTS: &[&str] = &[
    "\"",
    "'",
    "`",
    "\\",
    "\\\\",
    "\n",
    "\r",
    "\r\n",
    "\t",
    "\0",
    "\u{7f}",
    "\u{85}",
    "${",
    "${x}",
    "#{1+1}",
    "#@a",
    "#$a",
    "{{",
    "}}",
    "%",
    "%s",
    "%d%n",
    "<?",
    "?>",
    "<?php",
    "*/",
    "/*",
    "//",
    "#",
    "--",
    "<!--",
    "-->",
    "]]>",
    "</script>",
    "&amp;",
    "<",
    ">",
    "$(id)",
    "??/",
    "??=",
    "\\u0022",
    "\\u000a",
    "\\x22",
    "\\N{DASH}",
    "\\0",
    "\u{202e}",
    "\u{2066}",
    "\u{2028}",
    "\u{2029}",
    "\u{200b}",
    "\u{feff}",
    "\u{fffe}",
    "\u{ffff}",
    "é",
    "語",
    "🦀",
    "a",
    "0",
    "f",
    "F",
    "7",
    " ",
    "=",
    ":",
    ";",
    ",",
    "!",
    "~",
    "x\ny",
];

/// The same texts each time: every part, parts in random rows, and one that is long.
fn texts() -> Vec<String> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    let mut texts: Vec<String> = PARTS.iter().map(|part| (*part).to_owned()).collect();
    texts.push(String::new());
    texts.push("\"\\\n語".repeat(2500));
    for _ in 0..400 {
        let count = 1 + random(12);
        texts.push((0..count).map(|_| PARTS[random(PARTS.len())]).collect());
    }
    texts
}
