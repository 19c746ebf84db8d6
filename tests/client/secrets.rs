//! No token, key or document in what is shown or logged.

use std::fmt::Write as _;

use ksef_client::{Credentials, PollPolicy};
use ksef_core::{FormCode, Secret};
use ksef_sandbox::{Fault, FaultKind, Permission};
use ksef_tests::client::{World, context, invoice};
use ksef_tests::log::Log;
use ksef_tests::sandbox::NIP;
use serde_json::Value;

use crate::run;

/// Every text in what a handle is kept as that is secret: tokens and keys.
fn secrets(kept: &Secret<String>, found: &mut Vec<String>) {
    fn collect(value: &Value, found: &mut Vec<String>) {
        let Some(object) = value.as_object() else { return };
        for (name, value) in object {
            match (name.as_str(), value.as_str()) {
                ("token" | "key" | "xml", Some(text)) => found.push(text.to_owned()),
                _ => collect(value, found),
            }
        }
    }
    collect(&serde_json::from_str(kept.expose()).unwrap(), found);
}

#[test]
fn nothing_that_is_shown_or_logged_has_a_secret_in_it() {
    let log = Log::default();
    let _guard = log.listen();
    run(async {
        let world = World::new(|_| ())?;
        let text = "[xml-002]: Faktura 5265877635".to_owned();
        world.sandbox().add_fault(Fault::always(FaultKind::SystemWarning { text }));
        world.sandbox().add_fault(Fault::always(FaultKind::DropAfter).times(3));
        let permissions = [Permission::InvoiceRead, Permission::InvoiceWrite];
        let token = world.sandbox().create_token(NIP.parse()?, permissions);
        let mut found = vec![token.expose().clone()];
        let credentials = Credentials::ksef_token(token)?;
        let mut shown = format!("{credentials:?}");
        let poll = PollPolicy::default();
        let auth = world.client()?.authenticate(context()?, credentials, &poll).await?;
        let session = auth.open_online(FormCode::Fa3).await?;
        let mut sent = session.submission(invoice("FV 1")?)?;
        let receipt = sent.receipt(&poll).await?;
        let closed = session.close().await?;
        write!(shown, "{auth:?} {session:?} {sent:?} {receipt:?} {closed:?} {:?}", auth.client())?;
        for kept in [auth.to_secret().await, session.to_secret(), sent.to_secret()] {
            secrets(&kept, &mut found);
        }
        assert_eq!(found.len(), 5, "tokens, keys and the document");
        let logged = log.text();
        assert!(logged.contains("POST /sessions/online"), "something is logged");
        for secret in &found {
            assert!(!shown.contains(secret.as_str()) && !logged.contains(secret.as_str()));
        }
        assert!(!logged.contains(NIP), "{logged}");
        Ok(())
    });
}
