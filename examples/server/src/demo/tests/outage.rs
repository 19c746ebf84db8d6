//! A PostgreSQL that goes down under the server.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use ksef_audit::Postgres;
use ksef_tests::postgres::{APPLICATION, OWNER, Server as Database};
use tokio::task::JoinSet;

use super::mill::{CAST, Mill};
use super::*;

/// How many invoices come before, while it is down, and afterwards.
const EACH: usize = 60;

/// Stripe waits about as long for an answer.
const STRIPE_WAITS: Duration = Duration::from_secs(20);

/// A client of the server.
#[derive(Clone)]
struct Client {
    address: String,
    transport: ReqwestTransport,
}

impl Client {
    async fn log_in(&self, (name, password): &(String, String)) -> String {
        let body = format!("name={name}&password={password}").into_bytes();
        let request = Request::post(format!("{}/login", self.address)).body(body).unwrap();
        let answer = self.transport.call(request).await.unwrap();
        let cookie = answer.headers()[header::SET_COOKIE].to_str().unwrap();
        cookie.split(';').next().unwrap().to_owned()
    }

    async fn get(&self, path: &str, cookie: &str) -> Response<Vec<u8>> {
        let request = Request::get(format!("{}{path}", self.address));
        let request = request.header(header::COOKIE, cookie).body(Vec::new()).unwrap();
        self.transport.call(request).await.unwrap()
    }

    async fn post(&self, delivery: Delivery) -> Response<Vec<u8>> {
        let url = format!("{}/webhooks/stripe/{}", self.address, CAST.endpoint());
        let request = Request::post(url).header("stripe-signature", &delivery.signature);
        let request = request.body(delivery.body).unwrap();
        self.transport.call(request).await.unwrap()
    }

    /// Sends the events about some invoices at once; gives those that were not taken.
    async fn deliver(&self, mill: &Mill, numbers: impl Iterator<Item = usize>) -> Vec<usize> {
        let mut posts = JoinSet::new();
        for number in numbers {
            let (client, delivery) = (self.clone(), mill.event(number));
            posts.spawn(async move {
                let began = Instant::now();
                let answer = client.post(delivery).await;
                assert!(began.elapsed() < STRIPE_WAITS, "{:?}", began.elapsed());
                if answer.status() == StatusCode::SERVICE_UNAVAILABLE {
                    assert_eq!(answer.headers()[header::RETRY_AFTER], "60");
                } else {
                    assert_eq!(answer.status(), StatusCode::OK);
                }
                (number, answer.status())
            });
        }
        let answers: BTreeMap<_, _> = posts.join_all().await.into_iter().collect();
        let refused = answers.into_iter().filter(|(_, status)| *status != StatusCode::OK);
        refused.map(|(number, _)| number).collect()
    }
}

/// What the server says without its database, to whoever is logged in.
async fn says_that_it_is_down(client: &Client, cookie: &str) {
    let paths = [
        "/log",
        "/documents/1",
        "/audit?from=2026-11-01&to=2026-11-30",
        "/retention?policy=vat",
        "/settings/connection",
        "/export/audit.csv",
        "/metrics",
    ];
    let answers = join_all(paths.map(|path| client.get(path, cookie))).await;
    for (path, answer) in paths.into_iter().zip(answers) {
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE, "{path}");
        assert_eq!(answer.headers()[header::RETRY_AFTER], "60", "{path}");
        assert!(text(&answer).contains("try again in a minute"), "{path}");
    }
    assert_eq!(client.get("/health", "").await.status(), StatusCode::OK, "the process is well");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_the_database_down_nothing_is_lost_and_work_goes_on_by_itself_in_postgresql() {
    let postgres = Database::start().unwrap();
    let database = postgres.database().unwrap();
    Postgres::migrate(&database.address(OWNER), APPLICATION).await.unwrap();
    let mill = Mill::new(Some(&database.address(APPLICATION))).await;
    // All that `serve` does, and a worker of another process.
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (end, ended) = watch::channel(());
    let server = tokio::spawn(serve::answer(Arc::clone(&mill.app), listener, ended.clone()));
    let working = tokio::spawn(serve::work(Arc::clone(&mill.app), ended));
    let other = mill.start("a_worker");
    let client = Client { address, transport: ReqwestTransport::new(&[]).unwrap() };
    let cookie = client.log_in(&mill.login).await;

    assert!(client.deliver(&mill, 0..EACH).await.is_empty());
    // In the middle: KSeF has something that the ledger does not know yet.
    while mill.ksef.sandbox().accepted().is_empty() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    postgres.crash().unwrap();
    let refused = client.deliver(&mill, EACH..2 * EACH).await;
    assert_eq!(refused, (EACH..2 * EACH).collect::<Vec<_>>(), "nothing is taken that is not kept");
    says_that_it_is_down(&client, &cookie).await;

    postgres.resume().unwrap();
    // Stripe sends again what was not taken.
    assert!(client.deliver(&mill, refused.into_iter().chain(2 * EACH..3 * EACH)).await.is_empty());
    assert_eq!(client.get("/log", &cookie).await.status(), StatusCode::OK);
    let began = Instant::now();
    while mill.accepted().await < 3 * EACH {
        mill.retry_terminated().await;
        tokio::time::sleep(Duration::from_millis(50)).await;
        let patience = Duration::from_secs(120);
        assert!(began.elapsed() < patience, "not accepted: {:?}", mill.not_accepted().await);
    }
    end_worker(other).await.unwrap();
    drop(end);
    server.await.unwrap().unwrap();
    working.await.unwrap();
    mill.agrees(3 * EACH).await;
}
