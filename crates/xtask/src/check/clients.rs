//! Each client's rendered projects, in their own language: formatted, linted, tested, run.
//!
//! The commands are the client's own (`Drill`); nothing here knows a language.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use holdfast::clients::{ClientId, Context as Features, context_of};
use holdfast_tests::variants::{self, Variant};

use super::{Lane, Step, two_of_three};
use crate::{codegen, lab, paths, shell, sweep};

/// Tools that every live run needs.
pub const LAB: &[&str] = &["openssl", "debootstrap", "redis-server"];

/// What is fetched while the compiler works.
pub fn setups() -> Lane {
    ClientId::ALL
        .iter()
        .map(|id| {
            Step::new(format!("{}-setup", id.client().id), &needs(*id), move || {
                each(*id, 1, Work::prepare).map(|()| format!("{} projects", variants::ALL.len()))
            })
        })
        .collect()
}

/// One lane for each client.
pub fn lanes() -> Vec<Lane> {
    ClientId::ALL.iter().map(|id| lane(*id)).collect()
}

fn lane(id: ClientId) -> Lane {
    let client = id.client();
    let needs = needs(id);
    let with_lab = [needs.as_slice(), LAB].concat();
    let step = |phase: &str, needs: &[&'static str], run: Box<dyn Fn() -> Result<String> + Send>| {
        Step::new(format!("{}-{phase}", client.id), needs, run)
    };
    let said = |line: &'static str, beside: usize| -> Box<dyn Fn() -> Result<String> + Send> {
        Box::new(move || {
            ensure!(!line.is_empty(), "the client has no such command");
            let not_run = client.not_run.map(|why| format!("not run: {why}"));
            each(id, beside, |work| work.run(line)).map(|()| not_run.unwrap_or_default())
        })
    };
    let read = vec![
        step("format", &needs, said(client.drill.format, 1)),
        step("lint", &needs, said(client.drill.lint, 1)),
        step("texts", &needs, Box::new(move || sweep::step(id))),
    ];
    if client.not_run.is_some() {
        return read;
    }
    let run = vec![
        // They wait for deadlines more than they compute.
        step("test", &needs, said(client.drill.test, 2)),
        step(
            "live",
            &with_lab,
            Box::new(move || each(id, 1, Work::live).map(|()| format!("{} projects", variants::ALL.len()))),
        ),
        step("refusals", &with_lab, Box::new(move || refusals(id))),
        step("frozen", &with_lab, Box::new(move || frozen(id))),
    ];
    read.into_iter().chain(run).collect()
}

/// The tools that we know among the words of the client's commands.
pub fn needs(id: ClientId) -> Vec<&'static str> {
    let drill = &id.client().drill;
    let lines = [drill.setup, drill.format, drill.lint, drill.texts, drill.test, drill.run];
    let words: Vec<&str> = lines.iter().flat_map(|line| line.split(' ')).chain(drill.tools.iter().copied()).collect();
    let mut needs: Vec<&'static str> =
        crate::tools::ALL.iter().map(|tool| tool.name).filter(|name| words.contains(name)).collect();
    if needs.contains(&"python3") {
        needs.push("venv");
    }
    if needs.contains(&"eslint") {
        needs.extend(["@eslint/js", "globals"]);
    }
    if words.contains(&"prettier-php") {
        needs.extend(["prettier", "@prettier/plugin-php"]);
    }
    needs
}

/// A copy of a rendered project, where tools may leave what they like.
struct Work {
    id: ClientId,
    variant: &'static Variant,
    folder: PathBuf,
}

/// Does it for every variant, so many side by side, and tells of all that failed.
fn each(id: ClientId, beside: usize, act: impl Fn(&Work) -> Result<()> + Sync) -> Result<()> {
    let act = &act;
    let mut wrong = Vec::new();
    for variants in variants::ALL.chunks(beside) {
        std::thread::scope(|scope| {
            let each = |variant| scope.spawn(move || act(&Work { id, variant, folder: folder(id, variant) }));
            let running: Vec<_> = variants.iter().map(|variant| (variant.name, each(variant))).collect();
            for (name, one) in running {
                if let Err(error) = one.join().expect("no project panics") {
                    wrong.push(format!("{name}: {error:#}"));
                }
            }
        });
    }
    if !wrong.is_empty() {
        bail!("{} of {} projects\n{}", wrong.len(), variants::ALL.len(), wrong.join("\n"));
    }
    Ok(())
}

fn folder(id: ClientId, variant: &Variant) -> PathBuf {
    paths::target().join("lab").join(id.client().id).join(variant.name)
}

impl Work {
    fn features(&self) -> Features {
        context_of(&self.variant.answers(self.id))
    }

    fn log(&self) -> PathBuf {
        paths::logs().join(format!("{}-{}.log", self.id.client().id, self.variant.name))
    }

    /// Copies the project and installs what it needs, unless that was done for these very files.
    fn prepare(&self) -> Result<()> {
        let rendered = rendered(self.id, self.variant.name)?;
        let files = shell::files_below(&rendered)?;
        ensure!(!files.is_empty(), "it was not rendered; run `cargo xtask codegen`");
        let ready = self.folder.with_extension("ready");
        let mut sum = self.id.client().drill.setup.to_owned();
        for file in &files {
            sum += &format!(
                "\n{}\n{}",
                file.strip_prefix(&rendered)?.display(),
                String::from_utf8_lossy(&fs::read(file)?)
            );
        }
        if fs::read_to_string(&ready).is_ok_and(|found| found == sum) {
            return Ok(());
        }
        copy(&rendered, &files, &self.folder)?;
        let setup = self.id.client().drill.setup;
        if !setup.is_empty() && !self.shares_what_is_installed()? {
            shell::logged(&mut shell::line(setup, &self.folder), &self.log())?;
        }
        Ok(fs::write(ready, sum)?)
    }

    /// Links the default project's folder of libraries where ours would be the same.
    fn shares_what_is_installed(&self) -> Result<bool> {
        let Some((lock, into)) = self.id.client().drill.installed else { return Ok(false) };
        let default = default(self.id)?;
        if default.folder == self.folder {
            return Ok(false);
        }
        default.prepare()?;
        let same = fs::read(default.folder.join(lock))? == fs::read(self.folder.join(lock))?;
        if same {
            symlink(&default.folder.join(into), &self.folder.join(into))?;
        }
        Ok(same)
    }

    fn run(&self, line: &str) -> Result<()> {
        self.prepare()?;
        shell::logged(&mut shell::line(line, &self.folder), &self.log())
    }

    fn live(&self) -> Result<()> {
        self.prepare()?;
        lab::live(&self.folder, &self.lab(), self.id.client().drill.run, &self.features())
    }

    /// The servers' folder, beside the project's.
    fn lab(&self) -> PathBuf {
        self.folder.with_extension("lab")
    }
}

/// A copy of a variant's project, with what it needs installed.
pub fn prepare(id: ClientId, variant: &str, folder: &Path) -> Result<()> {
    let variant = known(variant)?;
    Work { id, variant, folder: folder.to_owned() }.prepare()
}

/// The fault lab's, made when it is needed: it differs from the default one by its numbers alone.
const STORM: Variant = Variant { name: "storm", link: "instances=100" };

fn known(variant: &str) -> Result<&'static Variant> {
    variants::ALL.iter().chain([&STORM]).find(|known| known.name == variant).context("no such variant")
}

/// Where a variant's project lies as it was rendered.
pub fn rendered(id: ClientId, variant: &str) -> Result<PathBuf> {
    if variant != STORM.name {
        return Ok(paths::root().join(codegen::RENDERED).join(id.client().id).join(variant));
    }
    let folder = paths::target().join("drills").join("rendered").join(id.client().id);
    for file in STORM.project(id) {
        let path = folder.join(&file.path);
        fs::create_dir_all(path.parent().context("a file has a folder")?)?;
        fs::write(path, &file.text)?;
    }
    Ok(folder)
}

/// The folder of the default project, with what it needs installed.
pub fn ready(id: ClientId) -> Result<PathBuf> {
    let work = default(id)?;
    work.prepare()?;
    Ok(work.folder)
}

fn default(id: ClientId) -> Result<Work> {
    let variant = variants::ALL.first().context("the default answers are a variant")?;
    Ok(Work { id, variant, folder: folder(id, variant) })
}

fn refusals(id: ClientId) -> Result<String> {
    let work = default(id)?;
    work.prepare()?;
    let (sentences, missed) = two_of_three(id.client().id, || {
        lab::refusals(&work.folder, &work.lab(), id.client().drill.run, &work.features())
    })?;
    for sentence in &sentences {
        println!("{}: {sentence}", id.client().id);
    }
    Ok(format!("{} refusals{missed}", sentences.len()))
}

fn frozen(id: ClientId) -> Result<String> {
    let work = default(id)?;
    work.prepare()?;
    let (took, missed) = two_of_three(id.client().id, || {
        lab::frozen(&work.folder, &work.lab(), id.client().drill.run, &work.features())
    })?;
    Ok(format!("health answered in {} ms at most{missed}", took.as_millis()))
}

#[cfg(unix)]
fn symlink(from: &Path, to: &Path) -> Result<()> {
    Ok(std::os::unix::fs::symlink(from, to)?)
}

#[cfg(windows)]
fn symlink(from: &Path, to: &Path) -> Result<()> {
    Ok(std::os::windows::fs::symlink_dir(from, to)?)
}

/// A fresh copy.
fn copy(from: &Path, files: &[PathBuf], to: &Path) -> Result<()> {
    if to.exists() {
        fs::remove_dir_all(to)?;
    }
    for file in files {
        let target = to.join(file.strip_prefix(from)?);
        fs::create_dir_all(target.parent().context("a file has a folder")?)?;
        fs::copy(file, target)?;
    }
    Ok(())
}
