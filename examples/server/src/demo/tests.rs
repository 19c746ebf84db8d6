//! The server of the demo, without workers: routes, webhooks, the API.

mod abuse;
mod api;
mod documents;
mod down;
mod isolation;
mod kills;
mod limits;
mod logging;
mod mill;
mod outage;
mod refused;
mod settings;
mod told;
mod trouble;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Response, header};
use ksef_core::Clock as _;
use ksef_stripe::stub::{Fault, FaultKind};
use tempfile::TempDir;
use tower::ServiceExt as _;

use super::*;
use crate::worker::Worker;

struct Server {
    stage: Stage,
    address: String,
    transport: ReqwestTransport,
    _folder: TempDir,
    end: watch::Sender<()>,
}

/// What a request is, beside its path.
#[derive(Default)]
struct Ask<'a> {
    cookie: &'a str,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

impl Server {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let stage = Stage::set(&folder.path().join("demo"), None).await.unwrap();
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let (end, ended) = watch::channel(());
        tokio::spawn(serve::answer(Arc::clone(&stage.app), listener, ended));
        let transport = ReqwestTransport::new(&[]).unwrap();
        Self { stage, address, transport, _folder: folder, end }
    }

    /// The same with everything that Stripe sends on the day.
    async fn with_the_day() -> Self {
        let server = Self::start().await;
        for player in &server.stage.players {
            player.receive_all(&server.address, &server.stage.clock).await.unwrap();
            let ledger = &player.company.ledger;
            for number in 1..=ledger.counts().await.unwrap().all() {
                let id = ledger.submission_id(number).await.unwrap();
                let submission = ledger.submission(id).await.unwrap();
                player.company.fetch(id, submission.awaited().unwrap()).await.unwrap();
            }
        }
        server
    }

    /// The same server opened with its configuration changed.
    async fn app_with(&self, change: impl FnOnce(String) -> String) -> Arc<App> {
        let (config, clock) = (&self.stage.config, self.stage.clock.clone());
        fs::write(config, change(fs::read_to_string(config).unwrap())).unwrap();
        Arc::new(App::open(setup::read(config).unwrap(), Arc::new(clock)).await.unwrap())
    }

    /// The same server, started anew with its configuration changed.
    async fn reopened(mut self, change: impl FnOnce(String) -> String) -> Self {
        self.stage.app = self.app_with(change).await;
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        self.address = format!("http://{}", listener.local_addr().unwrap());
        let ended = self.end.subscribe();
        tokio::spawn(serve::answer(Arc::clone(&self.stage.app), listener, ended));
        self
    }

    async fn ask(&self, method: Method, path: &str, ask: Ask<'_>) -> Response<Vec<u8>> {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.address));
        if !ask.cookie.is_empty() {
            request = request.header(header::COOKIE, ask.cookie);
        }
        for (name, value) in ask.headers {
            request = request.header(name, value);
        }
        self.transport.call(request.body(ask.body).unwrap()).await.unwrap()
    }

    async fn get(&self, path: &str, cookie: &str) -> Response<Vec<u8>> {
        self.ask(Method::GET, path, Ask { cookie, ..Ask::default() }).await
    }

    async fn post(&self, path: &str, cookie: &str, form: &str) -> Response<Vec<u8>> {
        let body = form.as_bytes().to_vec();
        self.ask(Method::POST, path, Ask { cookie, body, ..Ask::default() }).await
    }

    async fn log_in(&self, name: &str) -> String {
        let (_, _, password) =
            self.stage.logins.iter().find(|(known, _, _)| known == name).unwrap();
        let form = format!("name={name}&password={password}");
        let response = self.post("/login", "", &form).await;
        assert_eq!(response.status(), StatusCode::SEE_OTHER);
        let cookie = response.headers()[header::SET_COOKIE].to_str().unwrap();
        cookie.split(';').next().unwrap().to_owned()
    }

    /// The token that the forms of this login carry.
    async fn form_token(&self, cookie: &str) -> String {
        let page = text(&self.get("/log", cookie).await);
        let (_, rest) = page.split_once("name=\"form_token\" value=\"").unwrap();
        rest.split_once('"').unwrap().0.to_owned()
    }

    /// The number of the submission that was made from this object of the first company.
    async fn number_of(&self, source: &str) -> u64 {
        let company = &self.stage.players[0].company;
        company.of_source(source).await.unwrap().unwrap().0.number()
    }

    async fn recorded(&self) -> Vec<u64> {
        let mut counts = Vec::new();
        for player in &self.stage.players {
            counts.push(player.company.ledger.counts().await.unwrap().all());
        }
        counts
    }

    async fn deliver(&self, path: &str, delivery: Delivery) -> StatusCode {
        let headers = vec![("stripe-signature", delivery.signature)];
        let ask = Ask { headers, body: delivery.body, ..Ask::default() };
        self.ask(Method::POST, path, ask).await.status()
    }
}

/// The answer of the server without a socket.
async fn answer(router: &Router, request: Request<Vec<u8>>) -> Response<Vec<u8>> {
    let (head, body) = router.clone().oneshot(request.map(Body::from)).await.unwrap().into_parts();
    Response::from_parts(head, to_bytes(body, usize::MAX).await.unwrap().to_vec())
}

fn text(response: &Response<Vec<u8>>) -> String {
    String::from_utf8(response.body().clone()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_login_there_is_nothing() {
    let server = Server::with_the_day().await;
    let pages = ["/log", "/documents/1", "/documents/1/invoice.xml", "/export/evidence.zip"];
    for path in pages {
        for cookie in ["", "ksef_session=", "ksef_session=00", "other=1; ksef_session=x"] {
            let answer = server.get(path, cookie).await;
            assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{path}");
            assert_eq!(answer.headers()[header::LOCATION], "/login");
            assert!(answer.body().is_empty());
        }
    }
    for path in ["/api/documents/1", "/nowhere", "/webhooks/stripe/wh_nobody"] {
        assert_eq!(server.get(path, "").await.status(), StatusCode::NOT_FOUND, "{path}");
    }
    for _ in 0..5 {
        let answer = server.post("/login", "", "name=anna&password=wrong").await;
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    }
    let answer = server.post("/login", "", "name=anna&password=wrong").await;
    assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_owner_alone_decides_and_by_our_forms_alone() {
    let server = Server::with_the_day().await;
    let number = server.number_of("in_FV_2026_0008").await;
    let path = "/retry";
    let company = &server.stage.players[0].company;
    let id = company.ledger.submission_id(number).await.unwrap();
    let before = company.ledger.timeline(id).await.unwrap().len();

    let jan = server.log_in("jan").await;
    let form = |token: &str| format!("form_token={token}&document={number}&reason=because");
    let of_jan = form(&server.form_token(&jan).await);
    assert_eq!(server.post(path, &jan, &of_jan).await.status(), StatusCode::FORBIDDEN);
    let anna = server.log_in("anna").await;
    assert_eq!(server.post(path, &anna, &of_jan).await.status(), StatusCode::FORBIDDEN);
    let token = server.form_token(&anna).await;
    let form = format!("form_token={token}&document={number}");
    assert_eq!(server.post(path, &anna, &form).await.status(), StatusCode::BAD_REQUEST);
    assert_eq!(company.ledger.timeline(id).await.unwrap().len(), before);

    let form = format!("{form}&reason=a+customer+asked");
    assert_eq!(server.post(path, &anna, &form).await.status(), StatusCode::SEE_OTHER);
    assert_eq!(company.ledger.timeline(id).await.unwrap().len(), before + 1);
    let page = text(&server.get(&format!("/documents/{number}"), &anna).await);
    assert!(page.contains("a customer asked") && page.contains("send_ordered"), "{page}");
    assert_eq!(server.post(path, &anna, &form).await.status(), StatusCode::CONFLICT);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_webhook_counts_once_and_only_if_stripe_signed_it() {
    let server = Server::start().await;
    let [first, second] = &server.stage.players[..] else { panic!("two companies") };
    let row = &first.cast.day[0];
    let path = format!("/webhooks/stripe/{}", first.cast.endpoint());
    let clock = &server.stage.clock;
    let nobody = WebhookSecret::new("whsec_of_nobody");
    let late = clock.now().checked_sub(Duration::from_secs(600)).unwrap();
    let bad = [
        first.event(row, &nobody, clock).unwrap(),
        first.event(row, &second.secret, clock).unwrap(),
        first.stripe.happen("invoice.finalized", &row.id(), &first.secret, late).unwrap(),
    ];
    for delivery in bad {
        assert_eq!(server.deliver(&path, delivery).await, StatusCode::BAD_REQUEST);
    }
    let good = first.event(row, &first.secret, clock).unwrap();
    let nowhere = "/webhooks/stripe/wh_of_the_company_0000000000";
    assert_eq!(server.deliver(nowhere, good.clone()).await, StatusCode::NOT_FOUND);
    let mut changed = good.clone();
    changed.body.push(b' ');
    assert_eq!(server.deliver(&path, changed).await, StatusCode::BAD_REQUEST);
    assert_eq!(server.recorded().await, [0, 0]);

    let another = first.event(row, &first.secret, clock).unwrap();
    let paid = first.stripe.happen("invoice.paid", &row.id(), &first.secret, clock.now()).unwrap();
    let all = [good.clone(), good.clone(), good.clone(), another.clone(), another, paid, good];
    let answers = all.map(|delivery| server.deliver(&path, delivery));
    let [a, b, c, d, e, f, g] = answers;
    let answers = tokio::join!(a, b, c, d, e, f, g);
    let ok = StatusCode::OK;
    assert_eq!(answers, (ok, ok, ok, ok, ok, ok, ok));
    assert_eq!(server.recorded().await, [1, 0]);
}
