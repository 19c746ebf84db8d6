//! How fast the server is, and how much memory it takes: the program itself, over loopback sockets.
//!
//! Each figure has a folder with a new company. Its KSeF is a sandbox without delays and limits, and
//! its Stripe a double; both, and whoever asks, are in this process, on the same machine. How the
//! pipeline grows with workers is measured a second time with a KSeF to which the way takes time, as
//! it does to the real one: where it answers at once, one worker leaves two cores little to grow into.
//!
//! ```sh
//! cargo bench -p ksef-server                            # every figure
//! cargo bench -p ksef-server --bench speed -- webhooks  # webhooks, pipeline, memory or pages
//! ```
//!
//! | Variable | Meaning |
//! |---|---|
//! | `KSEF_BENCH_WEBHOOKS` | how many webhooks are timed, 6,000 unless set |
//! | `KSEF_BENCH_INVOICES` | how many invoices each pipeline takes to the end, 2,000 unless set |
//! | `KSEF_BENCH_COMPANIES` | how many companies on PostgreSQL share them, 1 unless set, 9 at most |
//! | `KSEF_BENCH_CONCURRENCY` | how many submissions a worker works on at once, its default unless set |
//! | `KSEF_BENCH_DISTANCE` | how many milliseconds each way to a KSeF that is far away takes, 25 unless set |
//! | `KSEF_BENCH_RECORDS` | how many records there are when pages are timed, 1,000,000 unless set |
//!
//! What needs PostgreSQL says so where there is none. Without `--bench`, as `cargo test` runs it, only
//! webhooks are measured: from 23 to 24 h UTC KSeF takes no invoice of today, and the others wait for some.
#![expect(clippy::print_stdout, reason = "it prints figures")]

mod company;
mod cores;
mod distance;
mod feed;
mod http;
mod memory;
#[expect(dead_code, reason = "the demo sells other things as well")]
#[path = "../../src/demo/objects.rs"]
mod objects;
mod pages;
mod pipeline;
mod program;
mod records;
mod times;
mod visitor;
mod webhooks;

use std::env;
use std::error::Error;

type Failure = Box<dyn Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    let mut asked: Vec<String> =
        env::args().skip(1).filter(|name| !name.starts_with('-')).collect();
    if !env::args().any(|argument| argument == "--bench") {
        asked = vec!["webhooks".to_owned()];
    }
    let is_asked = |name| asked.is_empty() || asked.iter().any(|asked| asked == name);
    let runtime = tokio::runtime::Runtime::new()?;
    if is_asked("webhooks") {
        runtime.block_on(webhooks::measure())?;
    }
    if is_asked("pipeline") {
        runtime.block_on(pipeline::measure())?;
    }
    if is_asked("memory") {
        runtime.block_on(memory::measure())?;
    }
    if is_asked("pages") {
        runtime.block_on(pages::measure())?;
    }
    Ok(())
}

/// A count from the environment.
fn setting(name: &str, default: usize) -> Result<usize, Failure> {
    env::var(name).map_or(Ok(default), |text| Ok(text.parse()?))
}
