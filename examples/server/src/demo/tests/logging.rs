//! What the program says of itself has no bodies, no secrets and no personal data.

use std::io::Write;
use std::sync::{Mutex, PoisonError};

use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;

use super::*;

/// Everything that was said.
#[derive(Clone, Default)]
struct Said(Arc<Mutex<Vec<u8>>>);

impl Write for Said {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Said {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn no_line_says_what_nobody_may_know() {
    let said = Said::default();
    let lines = tracing_subscriber::fmt::layer().json().with_writer(said.clone());
    let ours = ["ksef_server", "ksef_audit", "ksef_client", "ksef_core", "ksef_fa", "ksef_stripe"];
    let all = Targets::new().with_targets(ours.map(|target| (target, tracing::Level::TRACE)));
    let subscriber = tracing_subscriber::registry().with(all).with(lines);
    // Of all tests of this process, whichever runs first.
    tracing::subscriber::set_global_default(subscriber).unwrap();

    let server = Server::with_the_day().await;
    let first = &server.stage.players[0];
    let cookie = server.log_in("anna").await;
    server.post("/login", "", "name=anna&password=a-wrong-password").await;
    for path in ["/log?reference=FV-2026-0001", "/documents/1", "/documents/1/invoice.xml"] {
        assert_eq!(server.get(path, &cookie).await.status(), StatusCode::OK, "{path}");
    }
    // Nobody signed this, so there is something to refuse.
    let row = first.cast.day.iter().find(|row| row.number == NEVER_ARRIVES).unwrap();
    let nobody = WebhookSecret::new("whsec_of_nobody");
    let delivery = first.event(row, &nobody, &server.stage.clock).unwrap();
    let path = format!("/webhooks/stripe/{}", first.cast.endpoint());
    assert_eq!(server.deliver(&path, delivery).await, StatusCode::BAD_REQUEST);

    let said = said.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let said = String::from_utf8(said).unwrap();
    assert!(
        said.contains("\"answered\"") && said.contains("/webhooks/stripe/{endpoint}"),
        "{said}"
    );
    let mut secrets = vec![
        "a-wrong-password".to_owned(),
        "anna".to_owned(),
        cookie.split_once('=').unwrap().1.to_owned(),
        first.cast.nip.to_owned(),
        first.cast.name.to_owned(),
        first.cast.endpoint(),
        "FV-2026".to_owned(),
        "Nabywca".to_owned(),
        "<Faktura".to_owned(),
        "whsec_".to_owned(),
        "rk_test_".to_owned(),
        "argon2".to_owned(),
    ];
    secrets.extend(server.stage.logins.iter().map(|(_, _, password)| password.clone()));
    for secret in secrets {
        assert!(!said.contains(&secret), "{secret} in {said}");
    }
}
