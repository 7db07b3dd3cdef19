//! Reads the Terraform that we write, line by line, and knows how `terraform fmt` sets it.

/// A block, or the document.
#[derive(Debug, Default)]
pub struct Block {
    /// `resource`, then its labels.
    pub head: Vec<String>,
    /// Names and expressions, as they stand there.
    pub arguments: Vec<(String, String)>,
    pub blocks: Vec<Block>,
}

impl Block {
    pub fn kind(&self) -> &str {
        &self.head[0]
    }

    pub fn argument(&self, name: &str) -> Option<&str> {
        self.arguments.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    /// A literal text without its quotes.
    pub fn text(&self, name: &str) -> Option<String> {
        let value = self.argument(name)?.strip_prefix('"')?.strip_suffix('"')?;
        assert!(!value.replace("$${", "").contains("${"), "{name} is no literal: {value}");
        let json = format!("\"{}\"", value.replace("$${", "${").replace("%%{", "%{"));
        Some(serde_json::from_str(&json).unwrap())
    }

    pub fn number(&self, name: &str) -> Option<f64> {
        self.argument(name)?.parse().ok()
    }

    pub fn named<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Block> {
        self.blocks.iter().filter(move |block| block.kind() == kind)
    }

    /// The resources of the provider of one type.
    pub fn resources<'a>(&'a self, what: &'a str) -> impl Iterator<Item = &'a Block> {
        self.named("resource").filter(move |block| block.head[1].strip_prefix("rediscloud_") == Some(what))
    }

    /// This block and all in it.
    pub fn all(&self) -> Vec<&Block> {
        std::iter::once(self).chain(self.blocks.iter().flat_map(Block::all)).collect()
    }
}

/// Reads a document; panics where it is not as we write it.
pub fn read(text: &str) -> Block {
    let mut open = vec![Block { head: vec![String::new()], ..Block::default() }];
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if line == "}" {
            let block = open.pop().unwrap();
            open.last_mut().expect("more closed than opened").blocks.push(block);
        } else if let Some(head) = line.strip_suffix('{').or(line.strip_suffix("{}")).filter(|_| !line.contains("= {}"))
        {
            let head: Vec<String> =
                head.trim().trim_end_matches(" =").split(' ').map(|word| word.trim_matches('"').to_owned()).collect();
            let block = Block { head, ..Block::default() };
            if line.ends_with("{}") {
                open.last_mut().unwrap().blocks.push(block);
            } else {
                open.push(block);
            }
        } else {
            let (name, value) = line.split_once('=').unwrap_or_else(|| panic!("neither block nor argument: {line}"));
            open.last_mut().unwrap().arguments.push((name.trim().to_owned(), value.trim().to_owned()));
        }
    }
    assert_eq!(open.len(), 1, "a block is not closed");
    open.remove(0)
}

/// The same text as `terraform fmt` would set it: blocks indented by two, equals signs aligned among
/// arguments that stand together.
pub fn set(text: &str) -> String {
    let mut out = String::new();
    let mut depth: usize = 0;
    let mut group: Vec<(&str, &str)> = Vec::new();
    for line in text.lines().map(str::trim).chain([""]) {
        let argument = line.split_once('=').filter(|_| !line.starts_with('#') && !line.ends_with('{'));
        if let Some((name, value)) = argument {
            group.push((name.trim(), value.trim()));
            continue;
        }
        let width = group.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
        for (name, value) in group.drain(..) {
            out += &format!("{}{name:<width$} = {value}\n", "  ".repeat(depth));
        }
        depth -= usize::from(line == "}");
        out += format!("{}{line}", "  ".repeat(depth)).trim_end();
        out.push('\n');
        depth += usize::from(line.ends_with('{'));
    }
    assert_eq!(depth, 0);
    out.trim_end().to_owned() + "\n"
}

#[test]
fn what_terraform_would_set_otherwise_is_set() {
    let wanted = "a {\n  b   = 1\n  ccc = \"x = y\"\n\n  d = 2\n}\n";
    assert_eq!(set("a {\nb = 1\n    ccc =  \"x = y\"\n \n  d = 2\n  }"), wanted);
}
