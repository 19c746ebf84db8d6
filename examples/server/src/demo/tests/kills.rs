//! Workers that are killed at random while invoices go to a KSeF that loses answers.

use std::env;

use ksef_audit::Postgres;
use ksef_core::submission::schedule::MAX_RESENDS;
use ksef_tests::postgres::{APPLICATION, OWNER, Server};
use tokio::task::JoinSet;

use super::mill::{CAST, Mill};
use super::*;

/// How many processes work.
const WORKERS: usize = 4;

/// How many invoices, and how many kills: `KSEF_SERVER_KILLS=5000:200`.
fn size() -> (usize, usize) {
    let Ok(size) = env::var("KSEF_SERVER_KILLS") else { return (240, 12) };
    let (invoices, kills) = size.split_once(':').unwrap();
    (invoices.parse().unwrap(), kills.parse().unwrap())
}

/// The same choices in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }
}

/// How many invoices are sent before the next kill: a few shares more than are accepted by then, and the
/// last share after the last kill, so that nothing is killed in vain.
fn allowed(killed: usize, (invoices, kills): (usize, usize)) -> usize {
    if killed == kills { invoices } else { invoices * kills.min(killed + 3) / (kills + 1) }
}

/// Sends every event, some of them twice, several at a time, until each is acknowledged.
async fn feed(
    mill: Arc<Mill>,
    address: String,
    invoices: usize,
    mut allowed: watch::Receiver<usize>,
) {
    let url = Arc::new(format!("{address}/webhooks/stripe/{}", CAST.endpoint()));
    let transport = ReqwestTransport::new(&[]).unwrap();
    let mut posts = JoinSet::new();
    for number in 0..invoices {
        allowed.wait_for(|allowed| number < *allowed).await.unwrap();
        for _ in 0..=usize::from(number % 7 == 0) {
            let delivery = mill.event(number);
            let (url, transport) = (Arc::clone(&url), transport.clone());
            posts.spawn(async move {
                let request = Request::post(&*url).header("stripe-signature", delivery.signature);
                let answer = transport.call(request.body(delivery.body).unwrap()).await.unwrap();
                assert_eq!(answer.status(), StatusCode::OK);
            });
        }
        while posts.len() > 16 {
            posts.join_next().await.unwrap().unwrap();
        }
    }
    posts.join_all().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_killed_every_invoice_is_accepted_once() {
    kill_workers_of(Mill::new(None).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_killed_every_invoice_is_accepted_once_in_postgresql() {
    let server = Server::start().unwrap();
    let database = server.database().unwrap();
    Postgres::migrate(&database.address(OWNER), APPLICATION).await.unwrap();
    kill_workers_of(Mill::new(Some(&database.address(APPLICATION))).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_ksef_loses_too_often_is_accepted_once_when_a_person_orders_it() {
    let mill = Mill::new(None).await;
    let lost = ksef_sandbox::Fault::always(ksef_sandbox::FaultKind::DropBefore);
    let lost = lost.at(Operation::SendInvoice).times(MAX_RESENDS + 1);
    mill.ksef.sandbox().add_fault(lost);
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (end, ended) = watch::channel(());
    let server = tokio::spawn(serve::answer(Arc::clone(&mill.app), listener, ended));
    assert_eq!(mill.post(&address, &mill.event(0)).await, StatusCode::OK);
    let worker = mill.start("a_worker");
    let began = Instant::now();
    let mut ordered = Vec::new();
    while mill.accepted().await < 1 {
        ordered.extend(person::retry_terminated(&mill.company, "anna").await.unwrap());
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert!(began.elapsed() < PATIENCE, "not accepted: {:?}", mill.not_accepted().await);
    }
    assert_eq!(ordered, ["FV-2026-00000"], "what the machine asked a person about");
    mill.agrees(1).await;
    end_worker(worker).await.unwrap();
    drop(end);
    server.await.unwrap().unwrap();
}

async fn kill_workers_of(mill: Mill) {
    let (invoices, kills) = size();
    let mill = Arc::new(mill);
    set_faults(mill.ksef.sandbox());
    for operation in [Operation::OpenBatchSession, Operation::CloseBatchSession] {
        for kind in [ksef_sandbox::FaultKind::DropAfter, ksef_sandbox::FaultKind::DropBefore] {
            let fault = ksef_sandbox::Fault::always(kind).at(operation).in_thousandths(200, SEED);
            mill.ksef.sandbox().add_fault(fault);
        }
    }
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (end, ended) = watch::channel(());
    let server = tokio::spawn(serve::answer(Arc::clone(&mill.app), listener, ended));
    let (allow, may_be_sent) = watch::channel(allowed(0, size()));
    let feeding = tokio::spawn(feed(Arc::clone(&mill), address, invoices, may_be_sent));

    let began = Instant::now();
    let mut dice = Dice(SEED);
    let mut workers: Vec<Child> = (0..WORKERS).map(|_| mill.start("a_worker")).collect();
    let mut killed = 0;
    while mill.accepted().await < invoices {
        let pause = u64::try_from(100 + dice.below(300)).unwrap();
        tokio::time::sleep(Duration::from_millis(pause)).await;
        // The kills go on as long as the work does.
        if killed < kills && mill.accepted().await * (kills + 1) >= killed * invoices {
            let worker = &mut workers[dice.below(WORKERS)];
            worker.kill().unwrap();
            worker.wait().unwrap();
            *worker = mill.start("a_worker");
            killed += 1;
            allow.send_replace(allowed(killed, size()));
        }
        mill.retry_terminated().await;
        let patience = Duration::from_secs(180)
            .max(Duration::from_millis(500) * u32::try_from(invoices).unwrap());
        assert!(began.elapsed() < patience, "not accepted: {:?}", mill.not_accepted().await);
    }
    feeding.await.unwrap();
    for worker in workers {
        end_worker(worker).await.unwrap();
    }
    println!("{invoices} invoices, {killed} kills, {:.1} s", began.elapsed().as_secs_f64());
    assert_eq!(killed, kills);
    mill.agrees(invoices).await;
    drop(end);
    server.await.unwrap().unwrap();
}
