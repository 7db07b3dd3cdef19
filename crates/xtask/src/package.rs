//! `cargo xtask package`: the core as a package for JavaScript, in `target/package`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::{paths, shell};

/// What it needs beside Rust.
pub const NEEDS: &[&str] = &["node", "wasm32", "wasm-bindgen", "binaryen", "json-schema-to-typescript"];

/// What is described, in the words of `holdfast schema`.
const SCHEMAS: [&str; 3] = ["answers", "plan", "project"];

/// The files of the package that are written by hand, in `web/package`.
const FILES: [&str; 5] = ["README.md", "functions.js", "index.d.ts", "index.js", "node.js"];

/// What rustc's output uses.
const WASM_FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-reference-types",
    "--enable-multivalue",
];

/// Writes it anew, and tells where.
pub fn write() -> Result<PathBuf> {
    let to = paths::target().join("package");
    if to.exists() {
        fs::remove_dir_all(&to)?;
    }
    fs::create_dir_all(&to)?;
    core(&to)?;
    types(&to)?;
    let from = paths::root().join("web/package");
    for file in FILES {
        fs::copy(from.join(file), to.join(file))?;
    }
    fs::copy(paths::root().join("LICENSE"), to.join("LICENSE"))?;
    fs::write(to.join("package.json"), manifest(&fs::read_to_string(from.join("package.json"))?)?)?;
    Ok(to)
}

/// `core.js` and `core_bg.wasm`.
fn core(to: &Path) -> Result<()> {
    let mut build = shell::command("cargo");
    build.args(["build", "--package", "holdfast-package", "--profile", "page", "--target", "wasm32-unknown-unknown"]);
    shell::shown(build.current_dir(paths::root()))?;
    let built = paths::target().join("wasm32-unknown-unknown/page/holdfast_package.wasm");
    let mut bind = shell::command("wasm-bindgen");
    bind.args(["--target", "web", "--no-typescript", "--out-name", "core", "--out-dir"]).arg(to).arg(built);
    shell::shown(&mut bind)?;
    let wasm = to.join("core_bg.wasm");
    shell::shown(shell::command("wasm-opt").args(["-Oz"]).args(WASM_FEATURES).arg(&wasm).arg("-o").arg(&wasm))
}

/// `schema.js`, and the types that the schemas describe.
fn types(to: &Path) -> Result<()> {
    let mut schemas = serde_json::Map::new();
    for name in SCHEMAS {
        let mut ask = shell::command("cargo");
        ask.args(["run", "--quiet", "--package", "holdfast-cli", "--", "schema", name]).current_dir(paths::root());
        let mut schema: Value = serde_json::from_str(&shell::output(&mut ask)?)?;
        schemas.insert(name.to_owned(), schema.clone());
        untitled(&mut schema);
        // The type is called like the file.
        let file = paths::target().join("xtask").join(name).with_extension("json");
        fs::create_dir_all(file.parent().context("a file has a folder")?)?;
        fs::write(&file, schema.to_string())?;
        let mut convert = shell::command("json2ts");
        convert.args(["--no-additionalProperties", "--maxItems=-1", "--bannerComment=", "-i"]).arg(&file);
        shell::shown(convert.arg("-o").arg(to.join(name).with_extension("d.ts")))?;
    }
    Ok(fs::write(to.join("schema.js"), format!("export const schema = {};\n", Value::Object(schemas)))?)
}

/// Moves each title into the description: a type would be called by it.
fn untitled(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            // A property that is called title is no text.
            if let Some(Value::String(title)) = map.get("title").cloned() {
                map.shift_remove("title");
                let more = map.get("description").and_then(Value::as_str).map(|more| format!("{title}\n\n{more}"));
                map.insert("description".to_owned(), more.unwrap_or(title).into());
            }
            map.values_mut().for_each(untitled);
        }
        Value::Array(items) => items.iter_mut().for_each(untitled),
        _ => {}
    }
}

/// `package.json` with what the workspace knows.
fn manifest(text: &str) -> Result<String> {
    let mut manifest: serde_json::Map<String, Value> = serde_json::from_str(text)?;
    manifest.insert("version".to_owned(), env!("CARGO_PKG_VERSION").into());
    manifest.insert("license".to_owned(), env!("CARGO_PKG_LICENSE").into());
    Ok(serde_json::to_string_pretty(&manifest)? + "\n")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn titles_become_descriptions_and_properties_stay() {
        let mut schema = json!({ "title": "T", "properties": {
            "title": { "type": "string", "title": "Which?", "description": "Decides." },
        } });
        untitled(&mut schema);
        let wanted = json!({ "properties": {
            "title": { "type": "string", "description": "Which?\n\nDecides." },
        }, "description": "T" });
        assert_eq!(schema, wanted);
    }

    #[test]
    fn version_and_licence_are_the_workspaces() {
        let written: Value = serde_json::from_str(&manifest("{\"name\": \"holdfast\"}").unwrap()).unwrap();
        assert_eq!(written["version"], holdfast::VERSION);
        assert_eq!(written["license"], "MIT");
        assert_eq!(written["name"], "holdfast");
    }
}
