//! A program is told what needs a person.

use std::sync::Mutex;

use axum::Router;
use axum::body::Bytes;
use axum::http::HeaderMap;
use axum::routing::post;
use ksef_audit::secrets::{ConnectionUpdate, LoginMethod, SecretName, SecretUpdate};
use ksef_core::FixedClock;
use ksef_core::submission::Decision;
use ksef_stripe::webhook::{Webhook, WebhookError};
use serde_json::Value;

use super::abuse::{is_at_rest, work_until};
use super::*;
use crate::notify::{Receiver, SIGNATURE};

/// What came, with the signature.
type Came = Arc<Mutex<Vec<(String, Bytes)>>>;

/// A program that takes all but one of them.
async fn listen(refused: Option<usize>) -> (String, Came) {
    let came = Came::default();
    let taken = Arc::clone(&came);
    let take = async move |headers: HeaderMap, body: Bytes| {
        let signature = headers[SIGNATURE].to_str().unwrap().to_owned();
        let mut came = taken.lock().unwrap();
        came.push((signature, body));
        if Some(came.len() - 1) == refused {
            StatusCode::INTERNAL_SERVER_ERROR
        } else {
            StatusCode::NO_CONTENT
        }
    };
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = format!("http://{}/hook", listener.local_addr().unwrap());
    let router = Router::new().route("/hook", post(take));
    tokio::spawn(async move { axum::serve(listener, router).await });
    (address, came)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_failed_is_told_once_it_is_taken_with_a_signature_and_nothing_personal() {
    let server = Server::start().await;
    let [first, _] = &server.stage.players[..] else { panic!("two companies") };
    let (address, came) = listen(Some(1)).await;
    let receiver = Receiver::new(&address, "secret").unwrap();
    let company = &first.company;
    // What was there before there was somebody to tell is not told, but that tokens end with the year.
    company.tell(&receiver).await.unwrap();
    let path = format!("/webhooks/stripe/{}", first.cast.endpoint());
    for row in &first.cast.day[..20] {
        let delivery = first.event(row, &first.secret, &server.stage.clock).unwrap();
        assert_eq!(server.deliver(&path, delivery).await, StatusCode::OK);
    }
    work_until(&server, company, is_at_rest).await;
    let failed = company.ledger.counts().await.unwrap().of(ksef_core::SubmissionStatus::Failed);
    assert!(failed >= 3);
    // It fails once, and is tried again after a pause.
    let all = usize::try_from(failed).unwrap() + 2;
    while came.lock().unwrap().len() < all {
        company.tell(&receiver).await.unwrap();
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    company.tell(&receiver).await.unwrap();
    let came = came.lock().unwrap().clone();
    let webhook = Webhook::new([WebhookSecret::new("secret")]);
    let mut ids = Vec::new();
    for (signature, body) in &came {
        // The signature holds; of Stripe it is not.
        let opened = webhook.open(body, signature, company.now());
        assert!(matches!(opened, Err(WebhookError::Event(_))), "{opened:?}");
        let message: Value = serde_json::from_slice(body).unwrap();
        if message["type"] == "connection.expires" {
            continue;
        }
        assert_eq!(message["type"], "document.failed");
        assert_eq!(message["document"]["status"], "FAILED");
        let text = message.to_string();
        assert!(!text.contains("Nabywca") && !text.contains("5265877635"), "{text}");
        ids.push(message["id"].as_str().unwrap().to_owned());
    }
    assert_eq!(ids[0], ids[1], "the first is told again");
    ids.dedup();
    assert_eq!(u64::try_from(ids.len()).unwrap(), failed, "{ids:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_end_of_a_login_is_told_sixty_thirty_and_seven_days_ahead_and_measured() {
    let server = Server::start().await;
    // Tokens end with the year in Warsaw, a certificate when it says.
    let new_year: Timestamp = "2026-12-31T23:00:00Z".parse().unwrap();
    let other: Timestamp = "2026-12-05T12:00:00Z".parse().unwrap();
    let clock = Arc::new(FixedClock::at("2026-08-01T08:00:00Z".parse().unwrap()));
    let config = setup::read(&server.stage.config).unwrap();
    let injected: Arc<dyn ksef_core::Clock> = Arc::<FixedClock>::clone(&clock);
    let app = Arc::new(App::open(config, injected).await.unwrap());
    let router = crate::web::router(Arc::clone(&app));
    let [with_token, with_certificate] = &app.companies()[..] else { panic!("two companies") };
    let (AnyCompany::Test(with_token), AnyCompany::Test(with_certificate)) =
        (with_token, with_certificate)
    else {
        panic!("TEST")
    };
    let entered = |name: &SecretName| (*name, SecretUpdate::from_form("something"));
    let method = LoginMethod::Certificate;
    let secrets = method.required().iter().map(entered).collect();
    let update = ConnectionUpdate { method, expires_at: Some(other), secrets };
    let (ledger, by) = (&with_certificate.company.ledger, Decision::new("ewa", "new").unwrap());
    ledger.change_connection(update, &app.safe.vault, &by, clock.now()).await.unwrap();

    for (company, end) in [(&with_token.company, new_year), (&with_certificate.company, other)] {
        let (address, came) = listen(None).await;
        let receiver = Receiver::new(&address, "secret").unwrap();
        for (days, told) in
            [(70, 0), (61, 0), (60, 1), (59, 1), (31, 1), (30, 2), (8, 2), (7, 3), (1, 3)]
        {
            clock.set(end.checked_sub(Duration::from_secs(days * 86_400)).unwrap());
            company.tell(&receiver).await.unwrap();
            company.tell(&receiver).await.unwrap();
            assert_eq!(came.lock().unwrap().len(), told, "{days} days ahead");
        }
        clock.set(end.checked_add(Duration::from_secs(1)).unwrap());
        company.tell(&receiver).await.unwrap();
        company.tell(&receiver).await.unwrap();
        let came = came.lock().unwrap().clone();
        assert_eq!(came.len(), 4, "and once when it has ended");
        for (_, body) in came {
            let message: Value = serde_json::from_slice(&body).unwrap();
            assert_eq!(message["type"], "connection.expires");
            assert_eq!(message["expires_at"], end.to_string());
        }
    }
    // The certificate is the first to end.
    clock.set(other.checked_sub(Duration::from_secs(90)).unwrap());
    let metrics = answer(&router, Request::get("/metrics").body(Vec::new()).unwrap()).await;
    assert!(text(&metrics).contains("\nksef_login_expires_in_seconds 90\n"), "{}", text(&metrics));
}
