//! Every argument and block against what the provider's own schema says (release 2.11.0, in
//! `tests/data`, descriptions left out).

use std::sync::LazyLock;

use serde_json::Value;

use super::hcl::Block;

static SCHEMA: LazyLock<Value> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../data/rediscloud-provider-2.11.0-schema.json")).expect("JSON")
});

/// What the provider would refuse, or read as something else.
pub fn judge(document: &Block) -> Vec<String> {
    let mut wrong = Vec::new();
    for block in &document.blocks {
        match block.kind() {
            "resource" | "data" => match of(block.kind(), &block.head[1]) {
                Some(schema) => against(&schema["block"], block, &block.head[1], true, &mut wrong),
                None => wrong.push(format!("no {} is called {}", block.kind(), block.head[1])),
            },
            "variable" | "output" | "locals" | "terraform" | "provider" => {}
            other => wrong.push(format!("a block {other}")),
        }
    }
    references(document, &mut wrong);
    wrong
}

fn of(kind: &str, name: &str) -> Option<&'static Value> {
    let all = if kind == "data" { "data_source_schemas" } else { "resource_schemas" };
    SCHEMA["provider_schemas"]["redislabs/rediscloud"][all].get(name)
}

fn against(schema: &Value, block: &Block, at: &str, top: bool, wrong: &mut Vec<String>) {
    let flag = |attribute: &Value, name: &str| attribute[name] == true;
    for (i, (name, value)) in block.arguments.iter().enumerate() {
        if block.arguments[..i].iter().any(|(other, _)| other == name) {
            wrong.push(format!("{at}.{name} twice"));
        }
        if top && ["count", "depends_on"].contains(&name.as_str()) {
            continue;
        }
        match schema["attributes"].get(name) {
            None => wrong.push(format!("{at} has no {name}")),
            Some(attribute) if flag(attribute, "computed") && !flag(attribute, "optional") => {
                wrong.push(format!("{at}.{name} is read only"));
            }
            Some(attribute) if flag(attribute, "deprecated") => wrong.push(format!("{at}.{name} is deprecated")),
            Some(attribute) if !fits(&attribute["type"], value) => {
                wrong.push(format!("{at}.{name} is {}, not {value}", attribute["type"]));
            }
            Some(_) => {}
        }
    }
    for (name, attribute) in schema["attributes"].as_object().into_iter().flatten() {
        if flag(attribute, "required") && block.argument(name).is_none() {
            wrong.push(format!("{at} needs {name}"));
        }
    }
    for inner in block.blocks.iter().filter(|inner| !(top && inner.kind() == "lifecycle")) {
        match schema["block_types"].get(inner.kind()) {
            Some(nested) => against(&nested["block"], inner, &format!("{at}.{}", inner.kind()), false, wrong),
            None => wrong.push(format!("{at} has no block {}", inner.kind())),
        }
    }
    for (name, nested) in schema["block_types"].as_object().into_iter().flatten() {
        let count = block.named(name).count() as u64;
        let (min, max) = (nested["min_items"].as_u64().unwrap_or(0), nested["max_items"].as_u64().unwrap_or(u64::MAX));
        if !(min..=max).contains(&count) {
            wrong.push(format!("{at} has {count} blocks {name}"));
        }
    }
}

/// Whether an expression can be of a type; one that is no literal can be of any.
fn fits(kind: &Value, value: &str) -> bool {
    let literal = value.starts_with('"');
    let number = value.starts_with(|c: char| c.is_ascii_digit() || c == '-');
    let truth = ["true", "false"].contains(&value);
    match kind.as_str() {
        Some("string") => !number && !truth && !value.starts_with('['),
        Some("number") => !literal && !truth && !value.starts_with('['),
        Some("bool") => !literal && !number && !value.starts_with('['),
        _ => !literal && !number && !truth,
    }
}

/// Everything that is referred to is there, and every variable is used.
fn references(document: &Block, wrong: &mut Vec<String>) {
    let all = document.all();
    let expressions: Vec<&str> =
        all.iter().flat_map(|block| block.arguments.iter().map(|(_, value)| value.as_str())).collect();
    let named = |kind: &str, name: &str| document.named(kind).any(|block| block.head[1] == name);
    for word in expressions.iter().flat_map(|text| words(text)) {
        let parts: Vec<&str> = word.split('.').collect();
        match parts[..] {
            ["var", name, ..] if named("variable", name) => {}
            ["local", name, ..] if document.named("locals").any(|block| block.argument(name).is_some()) => {}
            ["var" | "local", name, ..] => wrong.push(format!("{name} is not declared")),
            ["data", kind, name, attribute, ..] => refers(document, "data", [kind, name, attribute], wrong),
            [kind, name, attribute, ..] if kind.starts_with("rediscloud_") => {
                refers(document, "resource", [kind, name, attribute], wrong);
            }
            [kind, _] if kind.starts_with("rediscloud_") => {}
            _ => {}
        }
    }
    for variable in document.named("variable") {
        let name = format!("var.{}", variable.head[1]);
        let used = document
            .blocks
            .iter()
            .filter(|block| block.kind() != "variable")
            .flat_map(Block::all)
            .flat_map(|block| &block.arguments)
            .any(|(_, value)| words(value).any(|word| word == name || word.starts_with(&format!("{name}."))));
        if !used {
            wrong.push(format!("{name} is not used"));
        }
    }
}

fn refers(document: &Block, kind: &str, [what, name, attribute]: [&str; 3], wrong: &mut Vec<String>) {
    let there = document.named(kind).any(|block| block.head[1] == what && block.head[2] == name);
    let known = of(kind, what).is_some_and(|schema| {
        ["attributes", "block_types"].iter().any(|part| schema["block"][part].get(attribute).is_some())
    });
    if !there || !known {
        wrong.push(format!("{what}.{name}.{attribute} is nowhere"));
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '.').filter(|word| word.contains('.'))
}
