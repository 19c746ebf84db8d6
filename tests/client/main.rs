//! The client against the sandbox: the way of an invoice, and every fault on it.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test ends with its first failure")]

mod administration;
mod batch;
mod duplicates;
mod example;
mod flow;
mod keys;
mod killed;
mod limits;
mod lists;
mod login;
mod mortal;
mod retrieval;
mod scripted;
mod secrets;
mod seeded;
mod unknown;

/// Runs a test to its end, on this thread alone.
fn run<F: Future<Output = Result<(), libtest_mimic::Failed>>>(test: F) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    if let Err(failed) = runtime.block_on(test) {
        panic!("{}", failed.message().unwrap_or("failed"));
    }
}
