//! How long processes have computed, as Linux tells.

use std::fs;
use std::time::Duration;

use crate::Failure;

/// Linux counts in hundredths of a second here, on every machine.
const TICK: Duration = Duration::from_millis(10);

/// How long these processes have computed so far, all in all. One that is gone has not.
pub(crate) fn computed(processes: &[u32]) -> Duration {
    processes.iter().filter_map(|process| of(*process).ok()).sum()
}

fn of(process: u32) -> Result<Duration, Failure> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
    // What is in parentheses is the name, which may have anything in it.
    let (_, fields) = stat.rsplit_once(')').ok_or("no name")?;
    let ticks = fields.split_whitespace().skip(11).take(2).map(str::parse::<u32>);
    Ok(TICK * ticks.sum::<Result<u32, _>>()?)
}
