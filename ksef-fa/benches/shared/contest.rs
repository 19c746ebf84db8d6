//! Several ways through the same documents: by criterion, and side by side in a table.

use std::io::{self, Write as _};
use std::time::{Duration, Instant};
use std::{env, hint};

use criterion::{Criterion, Throughput};

/// How often the table's contestants take turns.
const ROUNDS: usize = 61;
/// How many bytes a turn goes through at least, so that the clock is exact enough.
const BYTES_OF_A_TURN: usize = 200_000;

/// A way through all documents; what it gives is of no use but to be computed.
pub(crate) struct Contestant<'a> {
    pub(crate) name: &'static str,
    pub(crate) run: Box<dyn FnMut() -> usize + 'a>,
}

/// What the contestants go through.
pub(crate) struct Corpus {
    pub(crate) name: String,
    pub(crate) documents: usize,
    pub(crate) bytes: usize,
}

/// Measures each contestant by itself, and then all of them in turns for the table.
pub(crate) fn compare(
    criterion: &mut Criterion,
    corpus: &Corpus,
    contestants: &mut [Contestant<'_>],
) -> io::Result<Vec<Duration>> {
    let mut group = criterion.benchmark_group(&corpus.name);
    group.sample_size(20).throughput(Throughput::Bytes(size(corpus.bytes)));
    for Contestant { name, run } in &mut *contestants {
        group.bench_function(*name, |bencher| bencher.iter(&mut *run));
    }
    group.finish();
    // Without `cargo bench` it only matters that everything runs.
    let is_measured = env::args().any(|argument| argument == "--bench");
    if !is_measured {
        return Ok(Vec::new());
    }
    let times = in_turns(corpus, contestants);
    print(corpus, contestants, &times)?;
    Ok(times)
}

/// The median time of each contestant for all documents. Taking turns gives each the same share of
/// what else the machine does.
fn in_turns(corpus: &Corpus, contestants: &mut [Contestant<'_>]) -> Vec<Duration> {
    let repeats = (BYTES_OF_A_TURN / corpus.bytes.max(1)).max(1);
    let mut turns: Vec<Vec<Duration>> = contestants.iter().map(|_| Vec::new()).collect();
    for _ in 0..ROUNDS {
        for (Contestant { run, .. }, turns) in contestants.iter_mut().zip(&mut turns) {
            let start = Instant::now();
            for _ in 0..repeats {
                hint::black_box(run());
            }
            turns.push(start.elapsed());
        }
    }
    let repeats = u32::try_from(repeats).unwrap_or(u32::MAX);
    turns.into_iter().map(|turns| median(turns) / repeats).collect()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// The table, whose ratios are those to the first contestant's speed.
fn print(corpus: &Corpus, contestants: &[Contestant<'_>], times: &[Duration]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let Corpus { name, documents, bytes } = corpus;
    writeln!(out, "\n{name}: {documents} of {bytes} bytes in total")?;
    writeln!(out, "{:<36} {:>10} {:>8} {:>7}", "", "docs/s", "MB/s", "ratio")?;
    let first = times.first().map_or(1, Duration::as_nanos);
    for (Contestant { name, .. }, time) in contestants.iter().zip(times) {
        let nanos = time.as_nanos().max(1);
        let per_second = u128::from(size(*documents)) * 1_000_000_000 / nanos;
        let megabytes = u128::from(size(*bytes)) * 1_000 / nanos;
        let ratio = first * 100 / nanos;
        let (whole, rest) = (ratio / 100, ratio % 100);
        writeln!(out, "{name:<36} {per_second:>10} {megabytes:>8} {whole:>4}.{rest:02}")?;
    }
    writeln!(out)
}

fn size(size: usize) -> u64 {
    u64::try_from(size).unwrap_or(u64::MAX)
}
