use std::sync::OnceLock;
use std::time::Duration;

use http::Method;
use ksef_client::xades::{AuthTokenRequest, SubjectIdentifierType};
use ksef_core::ContextIdentifier;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::test_support::{
    Answer, NIP, access_token, config, delete, get, nip, post, redeem, request, sandbox, send,
    token_login,
};
use crate::{Permission, Sandbox};

const OTHER: &str = "7762811692";

/// The access token of a taxpayer who logged in to a context with its seal.
fn by_seal(sandbox: &Sandbox, own: &str, context: &str) -> String {
    let challenge = post(sandbox, "/auth/challenge", "", &Value::Null).text("/challenge");
    let context: ContextIdentifier = format!("Nip/{context}").parse().unwrap();
    let subject = SubjectIdentifierType::CertificateSubject;
    let login = AuthTokenRequest::new(challenge.parse().unwrap(), context, subject).unwrap();
    let seal = sandbox.create_certificate(own.parse().unwrap()).unwrap();
    let signed = seal.signing_key().unwrap().sign(login.to_canonical_xml(), sandbox.now()).unwrap();
    let request = http::Request::post("/v2/auth/xades-signature")
        .header("content-type", "application/xml")
        .body(signed.into_bytes().into())
        .unwrap();
    redeem(sandbox, &send(sandbox, &request)).0
}

fn owner(sandbox: &Sandbox, nip: &str) -> String {
    by_seal(sandbox, nip, nip)
}

fn order(sandbox: &Sandbox, access: &str, permissions: &[&str]) -> Answer {
    let body = json!({ "permissions": permissions, "description": "Wystawianie faktur" });
    post(sandbox, "/tokens", access, &body)
}

#[test]
fn a_token_becomes_active_logs_in_and_is_revoked() {
    let mut config = config();
    config.delays.administration = Duration::from_millis(200);
    let sandbox = Sandbox::new(config).unwrap();
    let access = owner(&sandbox, NIP);
    let ordered = order(&sandbox, &access, &["InvoiceRead", "InvoiceWrite"]);
    assert_eq!(ordered.status, 202);
    let (number, token) = (ordered.text("/referenceNumber"), ordered.text("/token"));
    let (start, secret) = token.rsplit_once('|').unwrap();
    assert_eq!(start, format!("{number}|nip-{NIP}"));
    assert_eq!(secret.len(), 64);
    assert!(secret.bytes().all(|byte| byte.is_ascii_hexdigit()));

    let path = format!("/tokens/{number}");
    let state = || get(&sandbox, &path, &access).text("/status");
    let log_in = || {
        let context = json!({ "type": "Nip", "value": NIP });
        let accepted =
            post(&sandbox, "/auth/ksef-token", "", &token_login(&sandbox, &context, &token));
        let path = format!("/auth/{}", accepted.text("/referenceNumber"));
        let status = get(&sandbox, &path, &accepted.text("/authenticationToken/token"));
        status.body["status"]["details"][0].as_str().unwrap_or("200").to_owned()
    };
    assert_eq!((state(), log_in()), ("Pending".to_owned(), "Token nieaktywny".to_owned()));
    sandbox.advance(Duration::from_millis(200));
    assert_eq!((state(), log_in()), ("Active".to_owned(), "200".to_owned()));
    let shown = get(&sandbox, &path, &access).body;
    assert_eq!(shown["lastUseDate"], json!(sandbox.now()));
    assert_eq!(shown["requestedPermissions"], json!(["InvoiceWrite", "InvoiceRead"]));
    assert_eq!(shown["authorIdentifier"], json!({ "type": "Nip", "value": NIP }));

    assert_eq!(delete(&sandbox, &path, &access).status, 204);
    assert_eq!((state(), log_in()), ("Revoking".to_owned(), "Token unieważniony".to_owned()));
    sandbox.advance(Duration::from_millis(200));
    assert_eq!((state(), log_in()), ("Revoked".to_owned(), "Token unieważniony".to_owned()));
    assert_eq!(delete(&sandbox, &path, &access).status, 204);
}

#[test]
fn what_is_kept_of_a_token_does_not_log_in() {
    let sandbox = sandbox();
    let token = sandbox.create_token(nip(), [Permission::InvoiceRead]);
    let (_, secret) = token.expose().rsplit_once('|').unwrap();
    let kept = serde_json::to_string(sandbox.0.world().tokens.values().next().unwrap()).unwrap();
    assert!(!kept.contains(secret));
}

#[test]
fn a_token_is_ordered_rightly_or_not_at_all() {
    let sandbox = sandbox();
    let access = owner(&sandbox, NIP);
    for (permissions, description) in [
        (json!([]), "Opis testowy"),
        (json!(["VatUeManage"]), "Opis testowy"),
        (json!(["Everything"]), "Opis testowy"),
        (json!(null), "Opis testowy"),
        (json!(["InvoiceRead"]), "Opis"),
        (json!(["InvoiceRead"]), "ż".repeat(257).as_str()),
    ] {
        let body = json!({ "permissions": permissions, "description": description });
        assert_eq!(post(&sandbox, "/tokens", &access, &body).codes(), [21405]);
    }
    let mut garbage = request(Method::POST, "/tokens", &access, &json!({}));
    *garbage.body_mut() = "{\"permissions\"".into();
    assert_eq!(send(&sandbox, &garbage).codes(), [21001]);
}

#[test]
fn a_token_orders_no_token() {
    let sandbox = sandbox();
    let access = access_token(&sandbox, nip(), [Permission::InvoiceRead]);
    let refused = order(&sandbox, &access, &["InvoiceRead"]);
    assert_eq!(refused.status, 403);
    assert_eq!(refused.body["reasonCode"], "auth-method-not-allowed");
    assert_eq!(refused.body["security"]["authenticationMethodCategory"], "Token");
}

fn grant(sandbox: &Sandbox, to: &str, permission: &str) -> Answer {
    post(
        sandbox,
        "/testdata/permissions",
        "",
        &json!({
            "contextIdentifier": { "type": "Nip", "value": NIP },
            "authorizedIdentifier": { "type": "Nip", "value": to },
            "permissions": [{ "permissionType": permission, "description": "Opis testowy" }],
        }),
    )
}

#[test]
fn only_rights_that_are_held_are_passed_on() {
    let sandbox = sandbox();
    assert_eq!(grant(&sandbox, OTHER, "InvoiceRead").status, 200);
    let access = by_seal(&sandbox, OTHER, NIP);
    let refused = order(&sandbox, &access, &["InvoiceRead", "InvoiceWrite"]);
    assert_eq!(refused.codes(), [26001]);
    assert_eq!(refused.detail(), "Brakujące uprawnienia: InvoiceWrite.");
    let token = order(&sandbox, &access, &["InvoiceRead"]).text("/token");

    let context = json!({ "type": "Nip", "value": NIP });
    let log_in = || {
        let login = token_login(&sandbox, &context, &token);
        let accepted = post(&sandbox, "/auth/ksef-token", "", &login);
        let path = format!("/auth/{}", accepted.text("/referenceNumber"));
        get(&sandbox, &path, &accepted.text("/authenticationToken/token")).code()
    };
    assert_eq!(log_in(), 200);
    let revoked = post(
        &sandbox,
        "/testdata/permissions/revoke",
        "",
        &json!({
            "contextIdentifier": context,
            "authorizedIdentifier": { "type": "Nip", "value": OTHER },
        }),
    );
    assert_eq!(revoked.status, 200);
    assert_eq!(log_in(), 415, "a token is worth what its author is");
}

#[test]
fn who_sees_which_tokens_depends_on_rights() {
    let sandbox = sandbox();
    let access = owner(&sandbox, NIP);
    let own = order(&sandbox, &access, &["InvoiceRead"]).text("/referenceNumber");
    grant(&sandbox, OTHER, "InvoiceWrite");
    let other = by_seal(&sandbox, OTHER, NIP);
    let foreign = order(&sandbox, &other, &["InvoiceWrite"]).text("/referenceNumber");
    let by_token = access_token(&sandbox, nip(), [Permission::InvoiceRead]);
    let list = |token: &str| {
        let tokens = get(&sandbox, "/tokens", token).body["tokens"].take();
        tokens.as_array().unwrap().len()
    };
    assert_eq!((list(&access), list(&other), list(&by_token)), (3, 1, 1));

    let path = |number: &str| format!("/tokens/{number}");
    assert_eq!(get(&sandbox, &path(&own), &other).status, 403);
    assert_eq!(delete(&sandbox, &path(&own), &other).status, 403);
    assert_eq!(get(&sandbox, &path(&foreign), &other).status, 200);
    assert_eq!(delete(&sandbox, &path(&foreign), &access).status, 204);
    let itself = get(&sandbox, "/tokens", &by_token).text("/tokens/0/referenceNumber");
    assert_eq!(delete(&sandbox, &path(&itself), &by_token).status, 204);
    for unknown in ["nonsense", "20251010-EC-1DCE3E3000-12ECB5B36E-45"] {
        assert_eq!(get(&sandbox, &path(unknown), &access).codes(), [21405]);
        assert_eq!(delete(&sandbox, &path(unknown), &access).codes(), [21405]);
    }
}

#[test]
fn tokens_are_filtered() {
    let sandbox = sandbox();
    let access = owner(&sandbox, NIP);
    for _ in 0..11 {
        order(&sandbox, &access, &["InvoiceRead"]);
    }
    let revoked = order(&sandbox, &access, &["InvoiceRead"]).text("/referenceNumber");
    delete(&sandbox, &format!("/tokens/{revoked}"), &access);
    let count = |query: &str| {
        let answer = get(&sandbox, &format!("/tokens?pageSize=100&{query}"), &access);
        answer.body["tokens"].as_array().map(Vec::len)
    };
    assert_eq!(count(""), Some(12));
    assert_eq!(count("status=Revoked"), Some(1));
    assert_eq!(count("status=Active&status=Revoked"), Some(12));
    assert_eq!(count("description=WYSTAW"), Some(12));
    assert_eq!(count("description=zakup"), Some(0));
    assert_eq!(count("authorIdentifier=526&authorIdentifierType=Nip"), Some(12));
    assert_eq!(count("authorIdentifierType=Pesel"), Some(0));
    for bad in ["status=Unknown", "description=ab", "authorIdentifier=1", "authorIdentifierType=X"]
    {
        assert_eq!(get(&sandbox, &format!("/tokens?{bad}"), &access).codes(), [21405]);
    }
    let first = get(&sandbox, "/tokens", &access);
    assert_eq!(first.body["tokens"].as_array().unwrap().len(), 10);
    let mut second = request(Method::GET, "/tokens", &access, &Value::Null);
    let token = first.text("/continuationToken");
    second.headers_mut().insert("x-continuation-token", token.parse().unwrap());
    assert_eq!(send(&sandbox, &second).body["tokens"].as_array().unwrap().len(), 2);
    let mut elsewhere = request(Method::GET, "/auth/sessions", &access, &Value::Null);
    elsewhere.headers_mut().insert("x-continuation-token", token.parse().unwrap());
    assert_eq!(send(&sandbox, &elsewhere).codes(), [21418]);
}

fn group(nip: &str, kind: &str, units: &Value) -> Value {
    json!({
        "subjectNip": nip, "subjectType": kind, "subunits": units, "description": "Podmiot testowy",
    })
}

#[test]
fn an_entity_exists_once_and_comes_back_younger() {
    let sandbox = sandbox();
    let unit = json!([{ "subjectNip": OTHER, "description": "Jednostka testowa" }]);
    let mut body = group(NIP, "VatGroup", &unit);
    body["createdDate"] = json!("2026-01-01T00:00:00Z");
    assert_eq!(post(&sandbox, "/testdata/subject", "", &body).status, 200);
    assert_eq!(post(&sandbox, "/testdata/subject", "", &group(NIP, "JST", &unit)).codes(), [30001]);
    let same_unit = group("1111111111", "JST", &unit);
    assert_eq!(post(&sandbox, "/testdata/subject", "", &same_unit).codes(), [30001]);

    let removal = json!({ "subjectNip": NIP });
    assert_eq!(post(&sandbox, "/testdata/subject/remove", "", &removal).status, 200);
    assert_eq!(post(&sandbox, "/testdata/subject", "", &body).codes(), [21405]);
    body["createdDate"] = json!("2026-01-01T00:00:01Z");
    assert_eq!(post(&sandbox, "/testdata/subject", "", &body).status, 200);
    for (member, value) in [
        ("subjectNip", json!("0")),
        ("subjectType", json!("Company")),
        ("description", json!("abc")),
        ("subunits", json!([{ "subjectNip": OTHER, "description": "x" }])),
        ("createdDate", json!("yesterday")),
    ] {
        let mut bad = body.clone();
        bad[member] = value;
        assert_eq!(post(&sandbox, "/testdata/subject", "", &bad).codes(), [21405], "{member}");
    }
}

#[test]
fn roles_follow_from_what_was_created() {
    let sandbox = sandbox();
    let unit = json!([{ "subjectNip": NIP, "description": "Jednostka testowa" }]);
    post(&sandbox, "/testdata/subject", "", &group(OTHER, "JST", &unit));
    post(&sandbox, "/testdata/subject", "", &group(NIP, "EnforcementAuthority", &Value::Null));
    post(
        &sandbox,
        "/testdata/person",
        "",
        &json!({
            "nip": NIP, "pesel": "99022812340", "isBailiff": true, "description": "Komornik",
        }),
    );
    let answer = get(&sandbox, "/permissions/query/entities/roles", &owner(&sandbox, NIP));
    let roles = answer.body["roles"].as_array().unwrap();
    let names: Vec<_> = roles.iter().map(|role| role["role"].as_str().unwrap()).collect();
    assert_eq!(names, ["EnforcementAuthority", "LocalGovernmentSubUnit", "CourtBailiff"]);
    assert_eq!(roles[1]["parentEntityIdentifier"], json!({ "type": "Nip", "value": OTHER }));
    assert_eq!(answer.body["hasMore"], false);
}

#[test]
fn sellers_are_the_context_its_group_or_anybody_for_an_authority() {
    let sandbox = sandbox();
    let (own, other) = (nip(), OTHER.parse().unwrap());
    let context = ContextIdentifier::Nip(own);
    let may = || sandbox.0.world().may_issue_for(&context, other);
    assert!(sandbox.0.world().may_issue_for(&context, own));
    assert!(!may());
    let unit = json!([{ "subjectNip": NIP, "description": "Jednostka testowa" }]);
    post(&sandbox, "/testdata/subject", "", &group(OTHER, "VatGroup", &unit));
    assert!(may());
    post(&sandbox, "/testdata/subject/remove", "", &json!({ "subjectNip": OTHER }));
    assert!(!may());
    post(&sandbox, "/testdata/subject", "", &group(NIP, "EnforcementAuthority", &Value::Null));
    assert!(may());
}

#[test]
fn the_consent_to_attachments_ends_at_midnight_in_poland() {
    let sandbox = sandbox();
    let access = owner(&sandbox, NIP);
    let status = || get(&sandbox, "/permissions/attachments/status", &access).body;
    let allowed = |at: &str| sandbox.0.world().attachments_allowed(nip(), at.parse().unwrap());
    assert_eq!(status(), json!({ "isAttachmentAllowed": false }));
    assert_eq!(post(&sandbox, "/testdata/attachment", "", &json!({ "nip": NIP })).status, 200);
    assert_eq!(status(), json!({ "isAttachmentAllowed": true }));

    for (day, midnight) in [
        ("2026-12-01", "2026-11-30T23:00:00.0000000+00:00"),
        ("2027-07-01", "2027-06-30T22:00:00.0000000+00:00"),
        ("2027-03-28", "2027-03-27T23:00:00.0000000+00:00"),
        ("2027-10-31", "2027-10-30T22:00:00.0000000+00:00"),
    ] {
        let body = json!({ "nip": NIP, "expectedEndDate": day });
        assert_eq!(post(&sandbox, "/testdata/attachment/revoke", "", &body).status, 200);
        assert_eq!(status(), json!({ "isAttachmentAllowed": true, "revokedDate": midnight }));
        assert!(!allowed(midnight));
        assert!(allowed("2026-11-30T22:59:59Z"));
    }
    let at_once = post(&sandbox, "/testdata/attachment/revoke", "", &json!({ "nip": NIP }));
    assert_eq!(at_once.status, 200);
    assert_eq!(status()["isAttachmentAllowed"], false);
    let bad = json!({ "nip": NIP, "expectedEndDate": "2026-02-30" });
    assert_eq!(post(&sandbox, "/testdata/attachment/revoke", "", &bad).codes(), [21405]);
}

#[test]
fn the_limits_of_sessions_are_set_and_reset() {
    let sandbox = sandbox();
    let access = owner(&sandbox, NIP);
    let default = json!({
        "onlineSession": { "maxInvoiceSizeInMB": 1, "maxInvoiceWithAttachmentSizeInMB": 3, "maxInvoices": 10000 },
        "batchSession": { "maxInvoiceSizeInMB": 1, "maxInvoiceWithAttachmentSizeInMB": 3, "maxInvoices": 10000 },
        "collectiveIdentifier": { "maxInvoices": 500 },
    });
    assert_eq!(get(&sandbox, "/limits/context", &access).body, default);
    let mut limits = default.clone();
    limits["onlineSession"]["maxInvoices"] = json!(2);
    limits["batchSession"]["maxInvoiceSizeInMB"] = json!(5);
    let path = "/testdata/limits/context/session";
    assert_eq!(post(&sandbox, path, &access, &limits).status, 200);
    assert_eq!(get(&sandbox, "/limits/context", &access).body, limits);
    let batch = sandbox.0.world().session_limits(&nip().into()).batch_session;
    assert_eq!(batch.max_invoice_bytes(), 5_000_000);
    assert_eq!(batch.max_invoice_with_attachment_bytes(), 3_000_000);
    assert_eq!(get(&sandbox, "/limits/context", &owner(&sandbox, OTHER)).body, default);

    for (pointer, value) in [
        ("/onlineSession/maxInvoiceSizeInMB", json!(6)),
        ("/batchSession/maxInvoiceWithAttachmentSizeInMB", json!(11)),
        ("/batchSession/maxInvoices", json!(100_001)),
        ("/collectiveIdentifier/maxInvoices", json!(1)),
        ("/onlineSession/maxInvoices", json!(-1)),
        ("/onlineSession", json!(null)),
    ] {
        let mut bad = default.clone();
        *bad.pointer_mut(pointer).unwrap() = value;
        assert_eq!(post(&sandbox, path, &access, &bad).codes(), [21405], "{pointer}");
    }
    assert_eq!(delete(&sandbox, path, &access).status, 200);
    assert_eq!(get(&sandbox, "/limits/context", &access).body, default);
}

#[test]
fn the_limits_of_certificates_are_set_and_reset() {
    let sandbox = sandbox();
    let access = owner(&sandbox, NIP);
    let limits = || {
        let body = get(&sandbox, "/limits/subject", &access).body;
        [&body["enrollment"]["maxEnrollments"], &body["certificate"]["maxCertificates"]]
            .map(|number| number.as_u64().unwrap())
    };
    assert_eq!(limits(), [300, 100]);
    let path = "/testdata/limits/subject/certificate";
    let body = json!({ "subjectIdentifierType": "Nip", "enrollment": { "maxEnrollments": 7 } });
    assert_eq!(post(&sandbox, path, &access, &body).status, 200);
    assert_eq!(limits(), [7, 100]);
    let bad = json!({ "certificate": { "maxCertificates": -1 } });
    assert_eq!(post(&sandbox, path, &access, &bad).codes(), [21405]);
    assert_eq!(delete(&sandbox, path, &access).status, 200);
    assert_eq!(limits(), [300, 100]);
}

#[test]
fn grants_are_checked() {
    let sandbox = sandbox();
    let good = json!({
        "contextIdentifier": { "type": "Nip", "value": NIP },
        "authorizedIdentifier": { "type": "Pesel", "value": "99022812340" },
        "permissions": [{ "permissionType": "InvoiceRead", "description": "Opis testowy" }],
    });
    let path = "/testdata/permissions";
    assert_eq!(post(&sandbox, path, "", &good).status, 200);
    assert_eq!(post(&sandbox, path, "", &good).status, 200, "what is granted stays");
    assert_eq!(sandbox.0.world().grants.get(NIP).unwrap().len(), 1);
    for (pointer, value) in [
        ("/contextIdentifier/type", json!("InternalId")),
        ("/authorizedIdentifier/value", json!("1")),
        ("/authorizedIdentifier", json!({ "type": "PeppolId", "value": "PPL123456" })),
        ("/permissions/0/permissionType", json!("VatUeManage")),
        ("/permissions/0/permissionType", json!("SelfInvoicing")),
        ("/permissions/0/description", json!("abcd")),
    ] {
        let mut bad = good.clone();
        *bad.pointer_mut(pointer).unwrap() = value;
        assert_eq!(post(&sandbox, path, "", &bad).codes(), [21405], "{pointer}");
    }
}

/// An operation, and a body that it takes.
fn bodies() -> Vec<(&'static str, Value)> {
    let nip_context = json!({ "type": "Nip", "value": NIP });
    let unit = json!([{ "subjectNip": OTHER, "description": "Jednostka testowa" }]);
    let sessions =
        json!({ "maxInvoiceSizeInMB": 1, "maxInvoiceWithAttachmentSizeInMB": 3, "maxInvoices": 9 });
    vec![
        ("/testdata/subject", group(NIP, "VatGroup", &unit)),
        ("/testdata/subject/remove", json!({ "subjectNip": NIP })),
        (
            "/testdata/person",
            json!({ "nip": NIP, "pesel": "99022812340", "isBailiff": true, "description": "Komornik" }),
        ),
        ("/testdata/person/remove", json!({ "nip": NIP })),
        (
            "/testdata/permissions",
            json!({
                "contextIdentifier": nip_context, "authorizedIdentifier": nip_context,
                "permissions": [{ "permissionType": "InvoiceRead", "description": "Opis testowy" }],
            }),
        ),
        (
            "/testdata/permissions/revoke",
            json!({ "contextIdentifier": nip_context, "authorizedIdentifier": nip_context }),
        ),
        ("/testdata/attachment", json!({ "nip": NIP })),
        ("/testdata/attachment/revoke", json!({ "nip": NIP, "expectedEndDate": "2027-01-01" })),
        (
            "/testdata/context/block",
            json!({ "contextIdentifier": { "type": "Nip", "value": OTHER } }),
        ),
        ("/testdata/context/unblock", json!({ "contextIdentifier": nip_context })),
        (
            "/testdata/limits/context/session",
            json!({
                "onlineSession": sessions, "batchSession": sessions, "collectiveIdentifier": { "maxInvoices": 9 },
            }),
        ),
        ("/testdata/limits/subject/certificate", json!({ "enrollment": { "maxEnrollments": 7 } })),
        (
            "/permissions/query/personal/grants",
            json!({ "permissionTypes": ["InvoiceRead"], "permissionState": "Active" }),
        ),
        ("/tokens", json!({ "permissions": ["InvoiceRead"], "description": "Opis testowy" })),
    ]
}

proptest! {
    #[test]
    fn a_changed_body_is_taken_or_refused_for_a_reason(
        which: prop::sample::Index,
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        query in "[ -~]{0,20}",
    ) {
        static PREPARED: OnceLock<(Sandbox, String)> = OnceLock::new();
        let (sandbox, access) = PREPARED.get_or_init(|| {
            let sandbox = sandbox();
            let access = owner(&sandbox, NIP);
            (sandbox, access)
        });
        let (path, body) = which.get(&bodies()).clone();
        let mut bytes = body.to_string().into_bytes();
        for (position, byte) in changes {
            let position = position.index(bytes.len());
            bytes[position] = byte;
        }
        let mut request = request(Method::POST, path, access, &json!({}));
        if let Ok(uri) = format!("/v2{path}?pageSize={query}").parse() {
            *request.uri_mut() = uri;
        }
        *request.body_mut() = bytes.into();
        let status = send(sandbox, &request).status;
        prop_assert!([200, 202, 400].contains(&status), "{path} {status}");
    }
}
