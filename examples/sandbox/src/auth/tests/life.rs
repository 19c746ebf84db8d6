use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method};
use serde_json::{Value, json};

use super::{context, status};
use crate::test_support::{
    Answer, NIP, access_token, config, delete, get, nip, post, redeem, request, sandbox, send,
    token_login,
};
use crate::{Permission, Sandbox};

fn log_in(sandbox: &Sandbox) -> Answer {
    let token = sandbox.create_token(nip(), [Permission::InvoiceRead]);
    post(sandbox, "/auth/ksef-token", "", &token_login(sandbox, &context(), token.expose()))
}

fn refresh(sandbox: &Sandbox, token: &str) -> Answer {
    post(sandbox, "/auth/token/refresh", token, &Value::Null)
}

#[test]
fn tokens_are_redeemed_once() {
    let sandbox = sandbox();
    let accepted = log_in(&sandbox);
    redeem(&sandbox, &accepted);
    let status = status(&sandbox, &accepted);
    assert_eq!(status.body["isTokenRedeemed"], true);
    assert_eq!(status.body["refreshTokenValidUntil"], "2026-11-27T12:00:00.0000000+00:00");
    let again = post(
        &sandbox,
        "/auth/token/redeem",
        &accepted.text("/authenticationToken/token"),
        &Value::Null,
    );
    assert_eq!(again.codes(), [21301]);
    let number = accepted.text("/referenceNumber");
    let detail = format!("Tokeny dla operacji uwierzytelniania {number} zostały już pobrane.");
    assert_eq!(again.detail(), detail);
}

#[test]
fn each_token_is_taken_where_it_belongs_and_for_its_time() {
    let sandbox = sandbox();
    let accepted = log_in(&sandbox);
    let authentication = accepted.text("/authenticationToken/token");
    let (access, refreshing) = redeem(&sandbox, &accepted);
    let path = format!("/auth/{}", accepted.text("/referenceNumber"));
    for token in [&access, &refreshing, &"nonsense".to_owned(), &String::new()] {
        assert_eq!(get(&sandbox, &path, token).status, 401);
    }
    for token in [&authentication, &refreshing] {
        assert_eq!(get(&sandbox, "/limits/context", token).status, 401);
    }
    for token in [&authentication, &access] {
        assert_eq!(refresh(&sandbox, token).status, 401);
    }

    sandbox.advance(Duration::from_secs(899));
    assert_eq!(get(&sandbox, "/limits/context", &access).status, 200);
    sandbox.advance(Duration::from_secs(1));
    let refused = get(&sandbox, "/limits/context", &access);
    assert_eq!((refused.status, &refused.body["title"]), (401, &json!("Unauthorized")));
    sandbox.advance(Duration::from_secs(1799));
    assert_eq!(get(&sandbox, &path, &authentication).status, 200);
    sandbox.advance(Duration::from_secs(1));
    assert_eq!(get(&sandbox, &path, &authentication).status, 401);
    sandbox.advance(Duration::from_secs(604_800 - 2701));
    assert_eq!(refresh(&sandbox, &refreshing).status, 200);
    sandbox.advance(Duration::from_secs(1));
    assert_eq!(refresh(&sandbox, &refreshing).status, 401);
}

#[test]
fn the_lifetime_of_access_tokens_is_configured() {
    let mut config = config();
    config.access_token_lifetime = Duration::from_secs(5);
    let sandbox = Sandbox::new(config).unwrap();
    let access = access_token(&sandbox, nip(), [Permission::InvoiceRead]);
    sandbox.advance(Duration::from_secs(4));
    assert_eq!(get(&sandbox, "/limits/context", &access).status, 200);
    sandbox.advance(Duration::from_secs(1));
    assert_eq!(get(&sandbox, "/limits/context", &access).status, 401);
}

#[test]
fn refreshing_shows_in_the_status_and_takes_no_form() {
    let sandbox = sandbox();
    let accepted = log_in(&sandbox);
    let (_, refreshing) = redeem(&sandbox, &accepted);
    assert_eq!(refresh(&sandbox, &refreshing).status, 200);
    let status = status(&sandbox, &accepted);
    assert_eq!(status.body["lastTokenRefreshDate"], "2026-11-20T12:00:00.0000000+00:00");

    let mut form = request(Method::POST, "/auth/token/refresh", &refreshing, &Value::Null);
    let content_type = HeaderValue::from_static("application/x-www-form-urlencoded");
    form.headers_mut().insert(CONTENT_TYPE, content_type);
    assert_eq!(send(&sandbox, &form).status, 415);
}

#[test]
fn a_revoked_login_gives_no_tokens_and_its_access_token_lives_on() {
    for by_number in [false, true] {
        let sandbox = sandbox();
        let accepted = log_in(&sandbox);
        let (access, refreshing) = redeem(&sandbox, &accepted);
        let path = match by_number {
            true => format!("/auth/sessions/{}", accepted.text("/referenceNumber")),
            false => "/auth/sessions/current".to_owned(),
        };
        let token = if by_number { &access } else { &refreshing };
        assert_eq!(delete(&sandbox, &path, token).status, 204);
        let status = status(&sandbox, &accepted);
        assert_eq!(status.code(), 425);
        assert_eq!(get(&sandbox, "/limits/context", &access).status, 200);
        let refused = refresh(&sandbox, &refreshing);
        assert_eq!(refused.codes(), [21301]);
        let detail = "Status uwierzytelniania (425) nie pozwala na odświeżenie tokenu dostępowego.";
        assert_eq!(refused.detail(), detail);
    }
}

#[test]
fn only_own_logins_are_revoked() {
    let sandbox = sandbox();
    let other = sandbox.create_token("7762811692".parse().unwrap(), [Permission::InvoiceRead]);
    let other_context = json!({ "type": "Nip", "value": "7762811692" });
    let login = token_login(&sandbox, &other_context, other.expose());
    let foreign = post(&sandbox, "/auth/ksef-token", "", &login).text("/referenceNumber");
    let access = access_token(&sandbox, nip(), [Permission::InvoiceRead]);
    let refused = delete(&sandbox, &format!("/auth/sessions/{foreign}"), &access);
    assert_eq!(
        (refused.status, &refused.body["reasonCode"]),
        (403, &json!("insufficient-resource-access"))
    );
    for unknown in ["20251010-AU-19F5E39000-39B5B182BA-B8", "nonsense"] {
        let refused = delete(&sandbox, &format!("/auth/sessions/{unknown}"), &access);
        assert_eq!(refused.codes(), [21405]);
    }
}

#[test]
fn an_unknown_login_is_21304_and_an_old_one_is_gone() {
    let sandbox = sandbox();
    let old = log_in(&sandbox).text("/referenceNumber");
    let another = log_in(&sandbox);
    let path = format!("/auth/{old}");
    let token = another.text("/authenticationToken/token");
    let refused = get(&sandbox, &path, &token);
    assert_eq!(refused.codes(), [21304]);
    let detail =
        format!("Operacja uwierzytelniania o numerze referencyjnym {old} nie została znaleziona.");
    assert_eq!(refused.detail(), detail);
    assert_eq!(get(&sandbox, "/auth/nonsense", &token).codes(), [21304]);

    sandbox.advance(Duration::from_secs(7 * 24 * 60 * 60 + 1));
    let token = log_in(&sandbox).text("/authenticationToken/token");
    let gone = get(&sandbox, &path, &token);
    assert_eq!((gone.status, &gone.body["title"]), (410, &json!("Gone")));
}

#[test]
fn a_token_of_another_sandbox_with_the_same_keys_is_not_found() {
    let (sandbox, mut config) = (sandbox(), config());
    config.seed = Some(2);
    let other = Sandbox::new(config).unwrap();
    let accepted = log_in(&other);
    let authentication = accepted.text("/authenticationToken/token");
    let (access, refreshing) = redeem(&other, &accepted);
    assert_eq!(refresh(&sandbox, &refreshing).codes(), [21304]);
    assert_eq!(
        post(&sandbox, "/auth/token/redeem", &authentication, &Value::Null).codes(),
        [21304]
    );
    assert_eq!(get(&sandbox, "/limits/context", &access).status, 401);
}

#[test]
fn active_logins_are_listed_from_the_newest_in_pages() {
    let sandbox = sandbox();
    let mut numbers = Vec::new();
    let mut access = String::new();
    for _ in 0..12 {
        sandbox.advance(Duration::from_secs(1));
        let accepted = log_in(&sandbox);
        numbers.insert(0, accepted.text("/referenceNumber"));
        access = redeem(&sandbox, &accepted).0;
    }
    access_token(&sandbox, "7762811692".parse().unwrap(), [Permission::InvoiceRead]);
    delete(&sandbox, &format!("/auth/sessions/{}", numbers.remove(3)), &access);

    let first = get(&sandbox, "/auth/sessions?pageSize=10", &access);
    assert_eq!(first.body["items"][0]["isCurrent"], true);
    let mut second = request(Method::GET, "/auth/sessions", &access, &Value::Null);
    let token = first.text("/continuationToken");
    second.headers_mut().insert("x-continuation-token", token.parse().unwrap());
    let second = send(&sandbox, &second);
    assert_eq!(second.body["continuationToken"], Value::Null);
    let items = [&first, &second].map(|page| page.body["items"].as_array().unwrap().clone());
    let found = items.concat();
    let found: Vec<_> =
        found.iter().map(|item| item["referenceNumber"].as_str().unwrap()).collect();
    assert_eq!(found, numbers);

    assert_eq!(get(&sandbox, "/auth/sessions?pageSize=9", &access).codes(), [21405]);
    for bad in ["nonsense", "R0VUIC90b2tlbnMgMjAyNQ=="] {
        let mut page = request(Method::GET, "/auth/sessions", &access, &Value::Null);
        page.headers_mut().insert("x-continuation-token", bad.parse().unwrap());
        assert_eq!(send(&sandbox, &page).codes(), [21418]);
    }
}

#[test]
fn an_access_token_names_its_subject_and_its_rights() {
    let sandbox = sandbox();
    let access = access_token(&sandbox, nip(), [Permission::InvoiceRead]);
    let payload = URL_SAFE_NO_PAD.decode(access.split('.').nth(1).unwrap()).unwrap();
    let claims: Value = serde_json::from_slice(&payload).unwrap();
    for (name, value) in [
        ("typ", "ContextToken"),
        ("cit", "Nip"),
        ("civ", NIP),
        ("aum", "Token"),
        ("per", r#"["InvoiceRead"]"#),
        ("sud", r#"{"SubjectIdentifier":{"Type":"Nip","Value":"5265877635"}}"#),
    ] {
        assert_eq!(claims[name], value, "{name}");
    }
}
