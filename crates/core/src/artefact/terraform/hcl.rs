//! HCL, written as `terraform fmt` would write it.

use crate::clients::escape;

/// What is being written.
#[derive(Default)]
pub(super) struct Hcl {
    out: String,
    depth: usize,
    /// Arguments that stand together: their equals signs are aligned.
    group: Vec<(String, String)>,
    /// The last line is a comment: what follows belongs to it.
    said: bool,
}

impl Hcl {
    /// A document with its origin in the first line, however long that is.
    pub fn stamped(stamp: &str) -> Hcl {
        Hcl { out: ["# ", stamp, "\n"].concat(), ..Hcl::default() }
    }

    /// An argument.
    pub fn set(&mut self, name: &str, value: impl ToString) {
        self.group.push((name.to_owned(), value.to_string()));
    }

    /// A comment above what comes next, in lines of 100 columns.
    pub fn say(&mut self, text: &str) {
        self.space();
        let indent = "  ".repeat(self.depth);
        let mut line = String::new();
        for word in text.split_whitespace() {
            if !line.is_empty() && indent.len() + line.len() + word.len() > 97 {
                self.out.extend([&indent, "# ", &line, "\n"]);
                line.clear();
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        self.out.extend([&indent, "# ", &line, "\n"]);
        self.said = true;
    }

    /// A line of a comment that is to be copied: it is not wrapped.
    pub fn copy(&mut self, line: &str) {
        self.space();
        self.out.extend(["  ".repeat(self.depth).as_str(), "#   ", line, "\n"]);
        self.said = true;
    }

    /// A block: `block("resource \"a\" \"b\"", …)`.
    pub fn block(&mut self, head: &str, inside: impl FnOnce(&mut Self)) {
        self.open(&[head, " {"].concat());
        inside(self);
        self.close();
    }

    /// An argument that is an object, alone in its block.
    pub fn object(&mut self, name: &str, inside: impl FnOnce(&mut Self)) {
        self.block(&[name, " ="].concat(), inside);
    }

    /// A resource or data source of the provider.
    pub fn named(&mut self, kind: &str, what: &str, name: &str, inside: impl FnOnce(&mut Self)) {
        self.block(&[kind, " \"rediscloud_", what, "\" \"", name, "\""].concat(), inside);
    }

    fn open(&mut self, head: &str) {
        self.space();
        self.said = false;
        self.out.extend(["  ".repeat(self.depth).as_str(), head, "\n"]);
        self.depth += 1;
    }

    fn close(&mut self) {
        self.flush();
        self.depth = self.depth.saturating_sub(1);
        if self.out.ends_with("{\n") {
            self.out.pop();
            self.out.push_str("}\n");
        } else {
            self.out.extend(["  ".repeat(self.depth).as_str(), "}\n"]);
        }
    }

    /// An empty line before something new, unless it is the first in its block or has its comment above it.
    fn space(&mut self) {
        self.flush();
        if !self.said && !self.out.is_empty() && !self.out.ends_with("{\n") {
            self.out.push('\n');
        }
    }

    fn flush(&mut self) {
        if self.group.is_empty() {
            return;
        }
        if self.out.ends_with("}\n") {
            self.out.push('\n');
        }
        let width = self.group.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
        for (name, value) in std::mem::take(&mut self.group) {
            self.out.push_str(&format!("{}{name:<width$} = {value}\n", "  ".repeat(self.depth)));
        }
        self.said = false;
    }

    /// The document.
    pub fn text(mut self) -> String {
        self.flush();
        self.out
    }
}

/// A literal.
pub(super) fn quote(text: &str) -> String {
    ["\"", &escape::hcl(text), "\""].concat()
}

/// A list of literals.
pub(super) fn list<'a>(items: impl IntoIterator<Item = &'a str>) -> String {
    let items: Vec<String> = items.into_iter().map(quote).collect();
    ["[", &items.join(", "), "]"].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_that_stand_together_are_aligned_and_blocks_stand_apart() {
        let mut hcl = Hcl::default();
        hcl.say("First.");
        hcl.block("a \"b\"", |hcl| {
            hcl.set("x", 1);
            hcl.set("long", quote("${y}\"\n"));
            hcl.say("Why.");
            hcl.set("z", list(["p", "q"]));
            hcl.block("c", |_| {});
            hcl.set("after", true);
        });
        let wanted = "\
# First.
a \"b\" {
  x    = 1
  long = \"$${y}\\\"\\u000a\"

  # Why.
  z = [\"p\", \"q\"]

  c {}

  after = true
}
";
        assert_eq!(hcl.text(), wanted);
    }
}
