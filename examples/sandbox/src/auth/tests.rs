//! Every answer of a login, caused for its real reason.

mod by_token;
mod by_xades;
mod hostile;
mod life;

use serde_json::{Value, json};

use crate::Sandbox;
use crate::test_support::{Answer, NIP, get};

/// What has become of the login that was answered so.
fn status(sandbox: &Sandbox, accepted: &Answer) -> Answer {
    assert_eq!(accepted.status, 202, "{accepted:?}");
    let path = format!("/auth/{}", accepted.text("/referenceNumber"));
    get(sandbox, &path, &accepted.text("/authenticationToken/token"))
}

fn context() -> Value {
    json!({ "type": "Nip", "value": NIP })
}
