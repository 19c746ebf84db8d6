use std::sync::OnceLock;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{Method, Request};
use ksef_client::xades::test_certificates::{KeyKind, TestCertificate};
use ksef_client::xades::{AuthTokenRequest, SigningKey, SubjectIdentifierType};
use proptest::prelude::*;
use serde_json::Value;

use super::context;
use crate::test_support::{nip, post, request, sandbox, send, start, token_login};
use crate::{Permission, Sandbox};

/// A sandbox for all cases, a KSeF token and a key to log in with.
fn prepared() -> &'static (Sandbox, String, SigningKey) {
    static PREPARED: OnceLock<(Sandbox, String, SigningKey)> = OnceLock::new();
    PREPARED.get_or_init(|| {
        let sandbox = sandbox();
        let token = sandbox.create_token(nip(), [Permission::InvoiceRead]).expose().clone();
        let seal = TestCertificate::seal(nip()).build(KeyKind::P256, start()).unwrap();
        (sandbox, token, seal.signing_key().unwrap())
    })
}

/// A body that would log in.
fn good_body(way: usize) -> Vec<u8> {
    let (sandbox, token, key) = prepared();
    if way == 0 {
        return token_login(sandbox, &context(), token).to_string().into_bytes();
    }
    let challenge = post(sandbox, "/auth/challenge", "", &Value::Null).text("/challenge");
    let subject = SubjectIdentifierType::CertificateSubject;
    let login = AuthTokenRequest::new(challenge.parse().unwrap(), nip().into(), subject).unwrap();
    key.sign(login.to_canonical_xml(), start()).unwrap().into_bytes()
}

fn send_body(way: usize, body: Vec<u8>) -> u16 {
    let (sandbox, ..) = prepared();
    let (path, content_type) = [
        ("/v2/auth/ksef-token", "application/json"),
        ("/v2/auth/xades-signature", "application/xml"),
    ][way];
    let request =
        Request::post(path).header(CONTENT_TYPE, content_type).body(Bytes::from(body)).unwrap();
    send(sandbox, &request).status
}

proptest! {
    #[test]
    fn any_bytes_are_refused_for_a_reason(way in 0_usize..2, body: Vec<u8>) {
        prop_assert_eq!(send_body(way, body), 400);
    }

    #[test]
    fn a_changed_login_is_accepted_or_refused_for_a_reason(
        way in 0_usize..2,
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in proptest::option::of(any::<prop::sample::Index>()),
    ) {
        let mut body = good_body(way);
        for (position, byte) in changes {
            let position = position.index(body.len());
            body[position] = byte;
        }
        if let Some(cut) = cut {
            body.truncate(cut.index(body.len()));
        }
        let status = send_body(way, body);
        prop_assert!([202, 400].contains(&status), "{status}");
    }

    #[test]
    fn any_bearer_and_any_number_are_refused(
        token in "[!-~]{1,60}",
        number in "[A-Za-z0-9%._-]{1,40}",
        method in 0_usize..2,
    ) {
        let (sandbox, ..) = prepared();
        let method = [Method::GET, Method::DELETE][method].clone();
        let mut request = request(method, "/auth/sessions/current", "", &Value::Null);
        let path = format!("/v2/auth/{number}");
        if let Ok(uri) = path.parse() {
            *request.uri_mut() = uri;
        }
        let bearer = format!("Bearer {token}").parse().unwrap();
        request.headers_mut().insert(AUTHORIZATION, bearer);
        let status = send(sandbox, &request).status;
        prop_assert!([401, 404, 405].contains(&status), "{status}");
    }
}
