use std::time::Duration;

use ksef_core::Environment;
use serde_json::{Value, json};

use super::{context, status};
use crate::test_support::{
    Answer, access_token, config, delete, encrypt, get, nip, post, redeem, sandbox, token_login,
};
use crate::{Delays, Permission, Sandbox};

fn new_token(sandbox: &Sandbox) -> String {
    sandbox.create_token(nip(), [Permission::InvoiceRead]).expose().clone()
}

fn log_in(sandbox: &Sandbox, body: &Value) -> Answer {
    post(sandbox, "/auth/ksef-token", "", body)
}

/// The status and its detail after a login whose plain text was changed.
fn after(sandbox: &Sandbox, plain: impl Fn(&str) -> Vec<u8>) -> (u64, String) {
    let challenge = post(sandbox, "/auth/challenge", "", &Value::Null).body;
    let time = challenge["timestampMs"].to_string();
    let login = json!({
        "challenge": challenge["challenge"],
        "contextIdentifier": context(),
        "encryptedToken": encrypt(sandbox, "KsefTokenEncryption", &plain(&time)),
    });
    outcome(sandbox, &log_in(sandbox, &login))
}

fn outcome(sandbox: &Sandbox, accepted: &Answer) -> (u64, String) {
    let status = status(sandbox, accepted);
    let detail = status.body.pointer("/status/details/0").and_then(Value::as_str);
    (status.code(), detail.unwrap_or_default().to_owned())
}

#[test]
fn a_login_with_a_token_is_under_way_and_then_successful() {
    let mut config = config();
    config.delays = Delays::REAL;
    let sandbox = Sandbox::new(config).unwrap();
    let token = new_token(&sandbox);
    let accepted = log_in(&sandbox, &token_login(&sandbox, &context(), &token));
    assert_eq!(outcome(&sandbox, &accepted).0, 100);
    let bearer = accepted.text("/authenticationToken/token");
    let early = post(&sandbox, "/auth/token/redeem", &bearer, &Value::Null);
    assert_eq!(early.codes(), [21301]);
    assert_eq!(early.detail(), "Status uwierzytelniania (100) nie pozwala na pobranie tokenów.");

    sandbox.advance(Delays::REAL.authentication);
    let status = status(&sandbox, &accepted);
    assert_eq!(status.code(), 200);
    assert_eq!(status.body["authenticationMethod"], "Token");
    assert_eq!(status.body["authenticationMethodInfo"]["category"], "Token");
    assert_eq!(status.body["isTokenRedeemed"], false);
    redeem(&sandbox, &accepted);
}

#[test]
fn the_token_is_split_at_its_last_line() {
    let sandbox = sandbox();
    let token = new_token(&sandbox);
    assert_eq!(token.matches('|').count(), 2);
    assert_eq!(after(&sandbox, |time| format!("{token}|{time}").into_bytes()).0, 200);
}

#[test]
fn every_fault_of_a_token_has_its_detail() {
    let sandbox = sandbox();
    let token = new_token(&sandbox);
    let fault = |detail: &str| (450, detail.to_owned());
    let number = token.split('|').next().unwrap();
    let foreign = format!("{number}|nip-5265877635|{}", "0".repeat(64));
    for (plain, detail) in [
        (format!("{foreign}|TIME"), "Nieprawidłowy token"),
        ("no token|TIME".to_owned(), "Nieprawidłowy token"),
        (format!("{token}|1"), "Nieprawidłowy czas tokena"),
        (format!("{token}|0TIME0"), "Nieprawidłowy czas tokena"),
        (token.clone(), "Nieprawidłowe kodowanie tokena"),
        ("no line".to_owned(), "Nieprawidłowe kodowanie tokena"),
        (format!("{token}|2026-11-20"), "Nieprawidłowe kodowanie tokena"),
    ] {
        let plain = |time: &str| plain.replace("TIME", time).into_bytes();
        assert_eq!(after(&sandbox, plain), fault(detail));
    }
    let encoding = after(&sandbox, |_| vec![0xFF, b'|', b'1']);
    assert_eq!(encoding, fault("Nieprawidłowe kodowanie tokena"));
}

#[test]
fn a_token_encrypted_to_the_other_key_is_told_apart() {
    let sandbox = sandbox();
    let mut login = token_login(&sandbox, &context(), &new_token(&sandbox));
    login["encryptedToken"] = json!(encrypt(&sandbox, "SymmetricKeyEncryption", b"token|1"));
    let expected = (450, "Nieprawidłowe szyfrowanie tokena".to_owned());
    assert_eq!(outcome(&sandbox, &log_in(&sandbox, &login)), expected);
}

#[test]
fn a_token_is_good_for_its_own_context_only() {
    let sandbox = sandbox();
    let other = json!({ "type": "Nip", "value": "7762811692" });
    let login = token_login(&sandbox, &other, &new_token(&sandbox));
    let (code, detail) = outcome(&sandbox, &log_in(&sandbox, &login));
    assert_eq!(code, 450);
    assert_eq!(detail, "Token nie może być użyty w kontekście Nip/7762811692");
}

#[test]
fn a_token_that_was_revoked_does_not_log_in() {
    let sandbox = sandbox();
    let token = new_token(&sandbox);
    let login = token_login(&sandbox, &context(), &token);
    let (access, refresh) = redeem(&sandbox, &log_in(&sandbox, &login));
    let number = token.split('|').next().unwrap();
    assert_eq!(delete(&sandbox, &format!("/tokens/{number}"), &access).status, 204);

    let login = token_login(&sandbox, &context(), &token);
    let expected = (450, "Token unieważniony".to_owned());
    assert_eq!(outcome(&sandbox, &log_in(&sandbox, &login)), expected);
    assert_eq!(get(&sandbox, "/limits/context", &access).status, 200);
    let refused = post(&sandbox, "/auth/token/refresh", &refresh, &Value::Null);
    assert_eq!(
        (refused.codes(), refused.detail()),
        (vec![21301], "Token KSeF został unieważniony.")
    );
}

#[test]
fn a_challenge_is_answered_once_and_within_ten_minutes() {
    let sandbox = sandbox();
    let token = new_token(&sandbox);
    let login = token_login(&sandbox, &context(), &token);
    assert_eq!(outcome(&sandbox, &log_in(&sandbox, &login)).0, 200);
    assert_eq!(log_in(&sandbox, &login).codes(), [21111]);

    let in_time = token_login(&sandbox, &context(), &token);
    let late = token_login(&sandbox, &context(), &token);
    sandbox.advance(Duration::from_secs(599));
    assert_eq!(log_in(&sandbox, &in_time).status, 202);
    sandbox.advance(Duration::from_secs(1));
    assert_eq!(log_in(&sandbox, &late).codes(), [21111]);

    let mut unknown = token_login(&sandbox, &context(), &token);
    unknown["challenge"] = json!("20250625-CR-2FDC223000-C2BFC98A9C-4E");
    assert_eq!(log_in(&sandbox, &unknown).codes(), [21111]);
}

#[test]
fn the_key_that_is_named_has_to_be_that_of_tokens() {
    let sandbox = sandbox();
    let keys = get(&sandbox, "/security/public-key-certificates", "").body;
    let mut login = token_login(&sandbox, &context(), &new_token(&sandbox));
    for (id, code) in
        [(&keys[1]["publicKeyId"], 400), (&json!("?"), 400), (&keys[0]["publicKeyId"], 202)]
    {
        login["publicKeyId"] = id.clone();
        let answer = log_in(&sandbox, &login);
        assert_eq!(answer.status, code, "{answer:?}");
        if code == 400 {
            assert_eq!(answer.codes(), [21470]);
            let id = id.as_str().unwrap();
            assert_eq!(
                answer.detail(),
                format!("Klucz o identyfikatorze {id} nie jest wspierany.")
            );
        }
    }
}

#[test]
fn what_is_wrong_with_the_input_is_told_at_once() {
    let sandbox = sandbox();
    let mut login = token_login(&sandbox, &context(), &new_token(&sandbox));
    login["challenge"] = json!("short");
    login["encryptedToken"] = json!("not Base64!");
    login["authorizationPolicy"] = json!({ "allowedIps": {
        "ip4Addresses": vec!["10.0.0.1"; 11],
        "ip4Ranges": ["10.0.0.2-10.0.0.1"],
        "ip4Masks": vec!["10.0.0.0/33"; 11],
    } });
    let refused = log_in(&sandbox, &login);
    assert_eq!(refused.codes(), [21405]);
    let details = &refused.body["exception"]["exceptionDetailList"][0]["details"];
    assert_eq!(details.as_array().unwrap().len(), 2 + 1 + 1 + 11, "{details}");

    for context in [
        json!({ "type": "Pesel", "value": "99022812340" }),
        json!({ "type": "Nip", "value": "526587763" }),
        json!({ "type": "Nip" }),
        json!(null),
    ] {
        login["contextIdentifier"] = context;
        assert_eq!(log_in(&sandbox, &login).codes(), [21405]);
    }
}

#[test]
fn check_digits_count_in_production_only() {
    let wrong = json!({ "type": "Nip", "value": "5265877636" });
    for (environment, status) in [(Environment::Test, 202), (Environment::Production, 400)] {
        let mut config = config();
        config.environment = environment;
        let sandbox = Sandbox::new(config).unwrap();
        let login = token_login(&sandbox, &wrong, &new_token(&sandbox));
        assert_eq!(log_in(&sandbox, &login).status, status);
    }
}

#[test]
fn tokens_work_from_the_allowed_addresses_only() {
    let sandbox = sandbox();
    let mut login = token_login(&sandbox, &context(), &new_token(&sandbox));
    login["authorizationPolicy"] = json!({ "allowedIps": { "ip4Masks": ["10.0.0.0/8"] } });
    let (access, _) = redeem(&sandbox, &log_in(&sandbox, &login));
    let refused = get(&sandbox, "/limits/context", &access);
    assert_eq!(refused.status, 403);
    assert_eq!(refused.body["reasonCode"], "ip-not-allowed");
    assert_eq!(refused.body["security"]["clientIp"], "127.0.0.1");

    login = token_login(&sandbox, &context(), &new_token(&sandbox));
    login["authorizationPolicy"] =
        json!({ "allowedIps": { "ip4Ranges": ["127.0.0.1-127.0.0.9"] } });
    let (access, _) = redeem(&sandbox, &log_in(&sandbox, &login));
    assert_eq!(get(&sandbox, "/limits/context", &access).status, 200);
}

#[test]
fn a_token_carries_no_right_that_its_author_lacks() {
    let sandbox = sandbox();
    let token = sandbox.create_token(nip(), [Permission::VatUeManage]);
    let login = token_login(&sandbox, &context(), token.expose());
    let expected = (415, "Brak przypisanych uprawnień".to_owned());
    assert_eq!(outcome(&sandbox, &log_in(&sandbox, &login)), expected);

    let access = access_token(&sandbox, nip(), [Permission::InvoiceRead]);
    let refused = get(&sandbox, "/permissions/attachments/status", &access);
    assert_eq!((refused.status, &refused.body["reasonCode"]), (403, &json!("missing-permissions")));
    assert_eq!(refused.body["security"]["presentPermissions"], json!(["InvoiceRead"]));
}
