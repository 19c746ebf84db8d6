//! `serve` and `work`: the server until it is told to end, and workers alone.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::app::{AnyCompany, App, chain, each};
use crate::web;
use crate::worker::Worker;

/// After a round of verifying, the pause is at least this, and so many times as long as the round.
const VERIFY_PAUSE: Duration = Duration::from_secs(5);
const VERIFY_SHARE: u32 = 20;

/// How soon it is told that a person is needed.
const TELL_EVERY: Duration = Duration::from_secs(1);

/// Stripe is asked so often for events that no webhook brought, and so far back; it tries webhooks
/// for three days.
const SWEEP_EVERY: Duration = Duration::from_secs(6 * 3_600);
const SWEEP_BACK: Duration = Duration::from_secs(4 * 86_400);

/// The server with its workers, until it is told to end.
pub(crate) async fn serve(app: Arc<App>) -> io::Result<()> {
    let listener = TcpListener::bind(app.config.listen).await?;
    println!("ksef-server listens on http://{}", listener.local_addr()?);
    let (end, ended) = watch::channel(());
    let working = tokio::spawn(work(Arc::clone(&app), ended.clone()));
    tokio::spawn(async move {
        // Where there are no signals it ends at once, and says why.
        if let Err(error) = until_told_to_end().await {
            eprintln!("ksef-server: it cannot hear when to end: {error}");
        }
        drop(end);
    });
    answer(app, listener, ended).await?;
    working.await.map_err(io::Error::other)
}

/// Answers requests until `ended`, and then those that are under way.
pub(crate) async fn answer(
    app: Arc<App>,
    listener: TcpListener,
    mut ended: watch::Receiver<()>,
) -> io::Result<()> {
    tokio::spawn(verify(Arc::clone(&app), ended.clone()));
    let ended = async move {
        let _ = ended.changed().await;
    };
    axum::serve(listener, web::router(app)).with_graceful_shutdown(ended).await
}

/// A worker for each company that has a connection to KSeF, until `ended`.
///
/// When a company is set otherwise, its worker ends what it has begun and another one goes on.
pub(crate) async fn work(app: Arc<App>, mut ended: watch::Receiver<()>) {
    let mut others = JoinSet::new();
    others.spawn(keep_checkpoints(Arc::clone(&app), ended.clone()));
    others.spawn(sweep(Arc::clone(&app), ended.clone()));
    others.spawn(tell(Arc::clone(&app), ended.clone()));
    others.spawn(Arc::clone(&app).follow(ended.clone()));
    let mut changes = app.changes();
    let mut workers = JoinSet::new();
    let mut working: Vec<(AnyCompany, watch::Sender<()>)> = Vec::new();
    loop {
        let companies = Arc::clone(&changes.borrow_and_update());
        // Whose end of the channel is dropped, ends.
        working.retain(|(one, _)| companies.iter().any(|company| company.is(one)));
        for company in companies.iter() {
            let is_connected = each!(company, served => served.company.ksef.is_connected());
            if is_connected && !working.iter().any(|(one, _)| one.is(company)) {
                working.push((company.clone(), start_worker(&app, company, &mut workers)));
            }
        }
        tokio::select! {
            _ = ended.changed() => break,
            _ = changes.changed() => {}
        }
        while workers.try_join_next().is_some() {}
    }
    drop(working);
    workers.join_all().await;
    others.join_all().await;
}

fn start_worker(
    app: &Arc<App>,
    company: &AnyCompany,
    workers: &mut JoinSet<()>,
) -> watch::Sender<()> {
    let name = format!("worker-{}", std::process::id());
    let (end, mut ended) = watch::channel(());
    let ended = async move {
        let _ = ended.changed().await;
    };
    each!(company, served => {
        let company = Arc::clone(&served.company);
        let worker = Arc::new(Worker::new(Arc::clone(&company), name, app.config.pace()));
        workers.spawn(async move {
            worker.run(ended).await;
            company.ksef.log_out().await;
        });
    });
    end
}

/// Keeps the heads of the logs, as often as they are due.
async fn keep_checkpoints(app: Arc<App>, mut ended: watch::Receiver<()>) {
    let mut has_ended = false;
    while !has_ended {
        tokio::select! {
            _ = ended.changed() => has_ended = true,
            () = tokio::time::sleep(Duration::from_secs(10)) => {}
        }
        for company in app.companies().iter() {
            each!(company, served => {
                let kept = app.checkpoints.keep(&served.company.ledger, app.clock.now()).await;
                if let Err(error) = kept {
                    tracing::warn!(error = chain(&error), "a checkpoint was not kept");
                }
            });
        }
    }
}

/// Tells what needs a person, if there is somebody to tell.
async fn tell(app: Arc<App>, mut ended: watch::Receiver<()>) {
    let Some(receiver) = &app.receiver else { return };
    loop {
        for company in app.companies().iter() {
            each!(company, served => {
                if let Err(error) = served.company.tell(receiver).await {
                    tracing::warn!(error = chain(&error), "nothing could be told");
                }
            });
        }
        tokio::select! {
            _ = ended.changed() => return,
            () = tokio::time::sleep(TELL_EVERY) => {}
        }
    }
}

/// Verifies the logs again and again, for the pages to show.
async fn verify(app: Arc<App>, mut ended: watch::Receiver<()>) {
    loop {
        let began = Instant::now();
        for company in app.companies().iter() {
            each!(company, served => served.verify().await);
        }
        let pause = began.elapsed().saturating_mul(VERIFY_SHARE).max(VERIFY_PAUSE);
        tokio::select! {
            _ = ended.changed() => return,
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// Looks for what webhooks have missed, at the start and every few hours.
async fn sweep(app: Arc<App>, mut ended: watch::Receiver<()>) {
    loop {
        let now = app.clock.now();
        let since = now.checked_sub(SWEEP_BACK).unwrap_or(now);
        for company in app.companies().iter() {
            each!(company, served => {
                if let Err(error) = served.company.sweep(since).await {
                    tracing::warn!(error = chain(&error), "a sweep was broken off");
                }
            });
        }
        tokio::select! {
            _ = ended.changed() => return,
            () = tokio::time::sleep(SWEEP_EVERY) => {}
        }
    }
}

#[cfg(unix)]
pub(crate) async fn until_told_to_end() -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminated = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted,
        _ = terminated.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
pub(crate) async fn until_told_to_end() -> io::Result<()> {
    tokio::signal::ctrl_c().await
}
