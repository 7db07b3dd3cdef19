//! `holdfast man`: one page with every command; the questions, which several share, once.

use std::io;
use std::process::ExitCode;

use clap::Command;
use clap_mangen::{
    Man,
    roff::{Roff, roman},
};

use crate::args;
use crate::stop::{self, Stop};

pub fn run() -> Result<ExitCode, Stop> {
    let mut page = Vec::new();
    render(&mut page).map_err(|error| Stop::bad(format!("manual page: {error}")))?;
    stop::print(&page)?;
    Ok(ExitCode::SUCCESS)
}

fn render(page: &mut Vec<u8>) -> io::Result<()> {
    let command = args::command();
    let man = Man::new(command.clone());
    man.render_title(page)?;
    man.render_name_section(page)?;
    man.render_synopsis_section(page)?;
    man.render_description_section(page)?;
    for sub in command.get_subcommands() {
        subcommand(page, sub)?;
    }
    questions(page)?;
    man.render_extra_section(page)
}

/// A command with its own arguments, under a heading of its own.
fn subcommand(page: &mut Vec<u8>, command: &Command) -> io::Result<()> {
    let name = format!("holdfast {}", command.get_name());
    heading(page, &name)?;
    let about = command.get_long_about().or(command.get_about()).map(ToString::to_string).unwrap_or_default();
    let mut text = Roff::default();
    text.text([roman(about)]);
    text.to_writer(page)?;
    let shared: Vec<_> = args::questions().map(|arg| arg.get_id().clone()).collect();
    let own = command.get_arguments().filter(|arg| !shared.contains(arg.get_id()) || arg.is_required_set());
    let bare = |name: &str| Command::new(name.to_owned()).disable_help_flag(true).disable_version_flag(true);
    let own = bare(&name).args(own.cloned());
    if own.get_arguments().next().is_some() {
        options(page, own)?;
    }
    Ok(())
}

fn questions(page: &mut Vec<u8>) -> io::Result<()> {
    let questions = Command::new("holdfast").disable_help_flag(true).disable_version_flag(true).args(args::questions());
    options(page, questions)
}

/// Options without the heading OPTIONS, which would stand there once for each command.
fn options(page: &mut Vec<u8>, command: Command) -> io::Result<()> {
    let mut options = Vec::new();
    Man::new(command).render_options_section(&mut options)?;
    let text = String::from_utf8_lossy(&options).replace(".SH OPTIONS\n", "");
    page.extend(text.as_bytes());
    Ok(())
}

fn heading(page: &mut Vec<u8>, text: &str) -> io::Result<()> {
    let mut roff = Roff::default();
    roff.control("SH", [text.to_uppercase().as_str()]);
    roff.to_writer(page)
}
