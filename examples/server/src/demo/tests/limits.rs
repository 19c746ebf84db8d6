//! A KSeF that answers 429.

use std::io;

use ksef_client::limits::{RateGroup, RateLimit, RateLimits};
use tokio::task::JoinHandle;

use super::mill::Mill;
use super::refused::Asked;
use super::*;

/// Fewer than are sent as a batch.
const EACH: usize = 20;

/// How many documents are sent in a second at most.
const PER_SECOND: u32 = 5;

/// A server that has taken the events of as many documents, and a worker that has begun with them.
struct Working {
    since: Instant,
    end: watch::Sender<()>,
    server: JoinHandle<io::Result<()>>,
    worker: JoinHandle<()>,
}

impl Working {
    async fn begin(mill: &Mill) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let (end, ended) = watch::channel(());
        let server = tokio::spawn(serve::answer(Arc::clone(&mill.app), listener, ended.clone()));
        for number in 0..EACH {
            assert_eq!(mill.post(&address, &mill.event(number)).await, StatusCode::OK);
        }
        let since = Instant::now();
        let worker = tokio::spawn(serve::work(Arc::clone(&mill.app), ended));
        Self { since, end, server, worker }
    }

    /// Ends both once all are accepted, each once.
    async fn until_accepted(self, mill: &Mill) {
        while mill.accepted().await < EACH {
            let is_early = self.since.elapsed() < Duration::from_secs(120);
            assert!(is_early, "{:?}", mill.not_accepted().await);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        drop(self.end);
        self.server.await.unwrap().unwrap();
        self.worker.await.unwrap();
        mill.agrees(EACH).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn above_the_limits_of_ksef_each_invoice_is_sent_once_when_its_turn_comes() {
    let mill = Mill::with_limits().await;
    let login = mill.company.login().await.unwrap();
    let send = RateLimit::new(PER_SECOND, 100, 1_000);
    let limits = RateLimits::default().with(RateGroup::InvoiceSend, send);
    login.test_settings().unwrap().override_rate_limits(&limits).await.unwrap();
    let asked = Asked::of(mill.ksef.sandbox(), Operation::SendInvoice);
    let began = Instant::now();
    let working = Working::begin(&mill).await;
    working.until_accepted(&mill).await;
    // Whoever comes too early is blocked twice as long, so few do.
    let asked = usize::try_from(asked.times(mill.ksef.sandbox())).unwrap();
    assert!(asked > EACH && asked < 3 * EACH, "{asked} requests for {EACH} documents");
    println!("{asked} requests in {:.1} s", began.elapsed().as_secs_f64());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_sent_before_the_time_that_ksef_has_said() {
    const PAUSE: u32 = 4;
    let mill = Mill::with_limits().await;
    let sandbox = mill.ksef.sandbox();
    let refuse = ksef_sandbox::FaultKind::TooManyRequests { retry_after_seconds: PAUSE };
    sandbox.add_fault(ksef_sandbox::Fault::always(refuse).at(Operation::SendInvoice).times(1));
    let asked = Asked::of(sandbox, Operation::SendInvoice);
    let working = Working::begin(&mill).await;
    while asked.times(sandbox) == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let refused = Instant::now();
    // What was on its way comes at the same time.
    tokio::time::sleep(Duration::from_millis(700)).await;
    let under_way = asked.times(sandbox);
    while refused.elapsed() < Duration::from_secs(u64::from(PAUSE)) - Duration::from_millis(300) {
        assert_eq!(asked.times(sandbox), under_way, "after {:?}", refused.elapsed());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    working.until_accepted(&mill).await;
}
