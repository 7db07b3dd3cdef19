//! `cargo xtask site`: what Trunk's build adds to the page after it was built.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use holdfast::Answers;
use holdfast::clients::{ClientId, pack};
use holdfast::explain;
use holdfast::guidelines::guidelines;

use crate::drill::slice;
use crate::{paths, shell};

/// Finishes the page in the folder that Trunk is filling, and writes beside it what the page fetches for the client that
/// is chosen (its templates, and what was measured with it), what is kept for the time without a network, and a page
/// about each id.
pub fn write() -> Result<()> {
    let staging = std::env::var_os("TRUNK_STAGING_DIR").context("Trunk calls this, and says where to")?;
    let staging = PathBuf::from(staging);
    index(&staging.join("index.html"))?;
    doors(&staging)?;
    for_one_client(&staging)?;
    offline(&staging)?;
    // Too many to be kept.
    explanations(&staging.join("explain"))
}

/// What is loaded when a door is opened.
const DOORS: [&str; 5] = ["doors.js", "doors.css", "worker.js", "holdfast-worker.js", "holdfast-worker_bg.wasm"];

/// Moves it into a folder that is called by its content, of which the page is told: whatever a browser or a server has
/// kept of another build, its files are never mixed with these.
fn doors(staging: &Path) -> Result<()> {
    let mut hasher = DefaultHasher::new();
    for name in DOORS {
        fs::read(staging.join(name))?.hash(&mut hasher);
    }
    let folder = format!("doors-{:016x}", hasher.finish());
    fs::create_dir_all(staging.join(&folder))?;
    for name in DOORS {
        fs::rename(staging.join(name), staging.join(&folder).join(name))?;
    }
    let index = staging.join("index.html");
    let told = format!("<meta name=\"doors\" content=\"{folder}/doors.js\"></head>");
    let page = fs::read_to_string(&index)?.replacen("</head>", &told, 1);
    Ok(fs::write(index, page)?)
}

/// The page itself. The first result waits for no style sheet: they move into the page, and the checksums that Trunk has
/// taken of them into its policy. What the live page fetches first is asked for while the page itself still loads, and
/// before the script that the page stops at.
fn index(path: &Path) -> Result<()> {
    let folder = path.parent().context("a file has a folder")?;
    let mut page = fs::read_to_string(path)?;
    let mut allowed = "style-src 'self'".to_owned();
    while let Some((before, rest)) = page.split_once("<link rel=\"stylesheet\"") {
        let (link, after) = rest.split_once('>').context("a link ends")?;
        let sheet = folder.join(attribute(link, "href")?);
        allowed += &format!(" '{}'", attribute(link, "integrity")?);
        page = format!("{before}<style>{}</style>{after}", fs::read_to_string(&sheet)?);
        fs::remove_file(sheet)?;
    }
    let client = Answers::default().client.client().id;
    let early = ["clients", "evidence"]
        .map(|folder| format!("<link rel=\"preload\" href=\"{folder}/{client}.txt\" as=\"fetch\" crossorigin>"));
    let (before, rest) = page.split_once("<script").context("a script starts the page")?;
    let (script, after) = rest.split_once("</script>").context("a script ends")?;
    let last = format!("{}<script{script}</script></head>", early.concat());
    let page = [before, after].concat().replacen("style-src 'self'", &allowed, 1).replacen("</head>", &last, 1);
    Ok(fs::write(path, page)?)
}

fn attribute<'a>(tag: &'a str, name: &str) -> Result<&'a str> {
    let value = tag.split_once(&format!(" {name}=\"")).and_then(|(_, rest)| rest.split_once('"'));
    value.map(|(value, _)| value).with_context(|| format!("no {name} in {tag}"))
}

/// The service worker, with the names of the files in this folder; another build has another cache.
fn offline(folder: &Path) -> Result<()> {
    let mut files = Vec::new();
    let mut hasher = DefaultHasher::new();
    for file in shell::files_below(folder)? {
        fs::read(&file)?.hash(&mut hasher);
        files.push(file.strip_prefix(folder)?.to_string_lossy().replace('\\', "/"));
    }
    // The folder itself is how people come to the page.
    files.push("./".to_owned());
    let text = fs::read_to_string(paths::root().join("web/offline.js"))?
        .replace("holdfast-BUILD", &format!("holdfast-{:016x}", hasher.finish()))
        .replace("FILES = []", &format!("FILES = {}", serde_json::to_string(&files)?));
    Ok(fs::write(folder.join("offline.js"), text)?)
}

fn for_one_client(staging: &Path) -> Result<()> {
    let put = |folder: &str, id: ClientId, text: String| -> Result<()> {
        let folder = staging.join(folder);
        fs::create_dir_all(&folder)?;
        Ok(fs::write(folder.join(format!("{}.txt", id.client().id)), text)?)
    };
    for id in ClientId::ALL {
        put("clients", *id, pack(*id))?;
    }
    for (id, slice) in slice::all()? {
        put("evidence", id, slice.write())?;
    }
    Ok(())
}

fn explanations(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)?;
    for page in explain::pages() {
        fs::write(folder.join(page.path), page.text)?;
    }
    let guidelines = serde_json::to_string_pretty(&guidelines())? + "\n";
    fs::write(folder.join("guidelines.json"), guidelines)?;
    let style = |name: &str| fs::read_to_string(paths::root().join("web/style").join(name));
    Ok(fs::write(folder.join("style.css"), style("base.css")? + &style("explain.css")?)?)
}
