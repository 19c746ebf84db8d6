//! A program is told what needs a person.

use std::sync::Mutex;

use axum::Router;
use axum::body::Bytes;
use axum::http::HeaderMap;
use axum::routing::post;
use ksef_stripe::webhook::{Webhook, WebhookError};
use serde_json::Value;

use super::abuse::{is_at_rest, work_until};
use super::*;
use crate::notify::{Receiver, SIGNATURE};

/// What came, with the signature; the first time it fails.
type Came = Arc<Mutex<Vec<(String, Bytes)>>>;

async fn listen() -> (String, Came) {
    let came = Came::default();
    let taken = Arc::clone(&came);
    let take = async move |headers: HeaderMap, body: Bytes| {
        let signature = headers[SIGNATURE].to_str().unwrap().to_owned();
        let mut came = taken.lock().unwrap();
        came.push((signature, body));
        if came.len() == 1 { StatusCode::INTERNAL_SERVER_ERROR } else { StatusCode::NO_CONTENT }
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
    let (address, came) = listen().await;
    let receiver = Receiver::new(&address, "secret").unwrap();
    let company = &first.company;
    // What was there before there was somebody to tell is not told.
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
    let all = usize::try_from(failed).unwrap() + 1;
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
