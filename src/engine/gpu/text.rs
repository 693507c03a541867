//! A kernel's whole text: its own, after what all begin with.

use super::lower::Kernel;

/// What every kernel's text begins with.
const BEGINNING: &str = include_str!("kernel.wgsl");
/// What some of it is replaced by where there are subgroups.
const SUBGROUPS: &str = include_str!("subgroups.wgsl");
/// What some of it is replaced by where a dispatch has one instance.
const ALONE: &str = include_str!("alone.wgsl");

/// How many kernels of one text a dispatch holds, which is how they get their parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Instances {
    /// One, whose parameters stand in the dispatch's uniform.
    One,
    /// Several, or one with more parameters than a uniform holds.
    Several,
}

impl Instances {
    /// Of the kernels of a dispatch.
    pub fn of(kernels: &[Kernel]) -> Self {
        /// What a uniform holds, as `kernel.wgsl` has it.
        const MOST_PARAMETERS: usize = 4 * 63;
        match kernels {
            [kernel] if kernel.parameters.len() <= MOST_PARAMETERS => Instances::One,
            _ => Instances::Several,
        }
    }
}

/// `own` after what it needs: functions that it does not call are left out. Compilers take their time for those
/// as well.
pub fn whole(own: &str, instances: Instances, subgroups: bool) -> String {
    let alone = instances == Instances::One;
    let chosen = [(SUBGROUPS, subgroups), (ALONE, alone)].into_iter();
    let chosen = chosen.filter(|(_, chosen)| *chosen);
    let others: Vec<&str> = chosen
        .flat_map(|(parts, _)| parts.trim_end().split("\n\n"))
        .collect();
    let mut text = own.to_owned();
    // A function stands after those that it calls.
    for part in BEGINNING.trim_end().rsplit("\n\n") {
        let part = match call(part) {
            Some(call) if !text.contains(call) => continue,
            Some(own) => {
                let mut others = others.iter();
                others
                    .find(|other| call(other) == Some(own))
                    .unwrap_or(&part)
            }
            None => part,
        };
        text = format!("{part}\n\n{text}");
    }
    text
}

/// How the function that a part of a text declares is called.
fn call(part: &str) -> Option<&str> {
    let declared = part.lines().find_map(|line| line.strip_prefix("fn "))?;
    Some(&declared[..=declared.find('(')?])
}
