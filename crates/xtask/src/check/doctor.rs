//! `holdfast doctor` against real servers with each fault.

use anyhow::{Result, ensure};

use super::clients::LAB;
use super::{Lane, Step, command_line, two_of_three};
use crate::lab::doctor::{FAULTS, Scene};
use crate::paths;

/// The step; the command line is built in it, as it is for the page's.
pub fn lane() -> Lane {
    vec![Step::new("doctor", LAB, examine)]
}

fn examine() -> Result<String> {
    let scene = Scene::set(&paths::target().join("lab/doctor"), command_line()?)?;
    let (mut wrong, mut missed_once, mut longest) = (Vec::new(), 0, 0.0_f64);
    for fault in FAULTS {
        // The doctor asks within limits in time, and other steps run beside this one.
        match two_of_three(fault.what, || scene.examine(fault)) {
            Ok((took, missed)) => {
                longest = longest.max(took.as_secs_f64());
                missed_once += usize::from(!missed.is_empty());
            }
            Err(error) => wrong.push(format!("{}: {error:#}", fault.what)),
        }
    }
    ensure!(wrong.is_empty(), "{} of {} faults\n{}", wrong.len(), FAULTS.len(), wrong.join("\n"));
    scene.unchanged()?;
    Ok(format!("{} endpoints, {longest:.1} s at most; {missed_once} missed once of three", FAULTS.len()))
}
