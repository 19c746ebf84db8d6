//! Logins.

use std::time::Duration;

use ksef_client::xades::SubjectIdentifierType::CertificateSubject;
use ksef_client::xades::test_certificates::{KeyKind, TestCertificate, TestIdentity};
use ksef_core::Pesel;
use ksef_sandbox::{Fault, FaultKind};
use ksef_tests::sandbox::{
    CheckedSandbox, Login, NIP, OTHER_NIP, Status, Usage, encrypt_to, now, request,
};
use ksef_tests::suite::Failed;
use serde_json::{Value, json};

use super::Cause;
use super::Machine::Login as Of;

pub(super) const CAUSES: &[Cause] = &[
    Cause::new(Of, 100, "that_has_just_come", |checked| {
        let login = by_seal(checked, NIP, "")?;
        checked.login_status(&login)?.status()
    }),
    Cause::new(Of, 200, "of_the_owner", |checked| settled(checked, &by_seal(checked, NIP, "")?)),
    Cause::new(Of, 415, "of_someone_without_rights", |checked| {
        settled(checked, &by_seal(checked, OTHER_NIP, "")?)
    }),
    Cause::new(Of, 425, "that_was_revoked", revoked),
    Cause::new(Of, 450, "with_a_token_that_nobody_knows", |checked| {
        let token = token(checked)?;
        with_plain(checked, |milliseconds| format!("{}0|{milliseconds}", not_last(&token)))
    }),
    Cause::new(Of, 450, "with_a_token_and_another_time", |checked| {
        let token = token(checked)?;
        with_plain(checked, |milliseconds| format!("{token}|{}", milliseconds + 1))
    }),
    Cause::new(Of, 450, "with_a_revoked_token", |checked| {
        let client = checked.log_in(NIP)?;
        let ordered = client.post("/tokens", &order())?.expect(202)?;
        checked.advance(SECOND);
        let path = format!("/tokens/{}", ordered.text("/referenceNumber")?);
        client.call("DELETE", &path)?.expect(204)?;
        with_token(checked, ordered.text("/token")?, NIP)
    }),
    Cause::new(Of, 450, "with_a_token_that_is_not_active_yet", |checked| {
        let token = checked.log_in(NIP)?.ksef_token()?;
        with_token(checked, &token, NIP)
    }),
    Cause::new(Of, 450, "with_a_token_for_the_wrong_key", |checked| {
        let mut body = checked.token_login(&token(checked)?, NIP)?;
        let key = checked.public_key(Usage::SymmetricKeyEncryption)?;
        set(&mut body, "/encryptedToken", encrypt_to(&key.certificate, b"token|1")?.into())?;
        settled(checked, &Login::of(&checked.submit_token(&body)?)?)
    }),
    Cause::new(Of, 450, "with_a_token_without_a_time", |checked| {
        with_plain(checked, |_| "token".to_owned())
    }),
    Cause::new(Of, 450, "with_a_token_of_another_context", |checked| {
        let token = token(checked)?;
        with_token(checked, &token, OTHER_NIP)
    }),
    Cause::new(Of, 460, "with_an_expired_certificate", expired),
    Cause::new(Of, 460, "with_a_chain_that_nobody_trusts", |checked| {
        settled(checked, &by_seal(checked, NIP, "?verifyCertificateChain=true")?)
    }),
    Cause::new(Of, 470, "of_someone_who_died", deceased),
    Cause::new(Of, 480, "for_a_blocked_context", |checked| {
        let body = json!({ "contextIdentifier": { "type": "Nip", "value": NIP } });
        let block = request("POST", "/testdata/context/block", None, Some(&body))?;
        checked.ask(&block)?.expect(200)?;
        settled(checked, &by_seal(checked, NIP, "")?)
    }),
    Cause::new(Of, 500, "that_a_fault_ends", |checked| {
        with_fault(checked, FaultKind::AuthenticationError)
    }),
    Cause::new(Of, 550, "that_a_fault_cancels", |checked| {
        with_fault(checked, FaultKind::AuthenticationCancelled)
    }),
];

const SECOND: Duration = Duration::from_secs(1);
const PESEL: &str = "99022812340";

/// What has become of a login after its time.
fn settled(checked: &CheckedSandbox, login: &Login) -> Result<Status, Failed> {
    checked.advance(SECOND);
    checked.login_status(login)?.status()
}

/// A login to the context of [`NIP`] with the seal of a taxpayer.
fn by_seal(checked: &CheckedSandbox, nip: &str, query: &str) -> Result<Login, Failed> {
    signed(checked, &TestCertificate::seal(nip.parse()?).build(KeyKind::P256, now()?)?, query)
}

fn signed(checked: &CheckedSandbox, by: &TestIdentity, query: &str) -> Result<Login, Failed> {
    Login::of(&checked.submit_signed(document(checked, by)?, query)?)
}

/// A login to the context of [`NIP`], signed now.
fn document(checked: &CheckedSandbox, by: &TestIdentity) -> Result<Vec<u8>, Failed> {
    let challenge = checked.challenge()?;
    let (challenge, context) = (challenge.text("/challenge")?, format!("Nip/{NIP}"));
    checked.signed_login(challenge, &context, CertificateSubject, by)
}

/// It was good when it signed.
fn expired(checked: &CheckedSandbox) -> Result<Status, Failed> {
    let seal = TestCertificate::seal(NIP.parse()?).valid_for(SECOND);
    let document = document(checked, &seal.build(KeyKind::P256, now()?)?)?;
    checked.advance(2 * SECOND);
    settled(checked, &Login::of(&checked.submit_signed(document, "")?)?)
}

fn order() -> Value {
    json!({ "permissions": ["InvoiceRead"], "description": "Token of a test" })
}

/// A token that is active.
fn token(checked: &CheckedSandbox) -> Result<String, Failed> {
    let token = checked.log_in(NIP)?.ksef_token()?;
    checked.advance(SECOND);
    Ok(token)
}

fn not_last(token: &str) -> &str {
    token.split_at(token.len() - 1).0
}

fn with_token(checked: &CheckedSandbox, token: &str, nip: &str) -> Result<Status, Failed> {
    let body = checked.token_login(token, nip)?;
    settled(checked, &Login::of(&checked.submit_token(&body)?)?)
}

/// Logs in with this text in the place of a token and the time of its challenge.
fn with_plain(checked: &CheckedSandbox, plain: impl Fn(i64) -> String) -> Result<Status, Failed> {
    let challenge = checked.challenge()?;
    let key = checked.public_key(Usage::KsefTokenEncryption)?;
    let plain = plain(challenge.number("/timestampMs")?);
    let body = json!({
        "challenge": challenge.text("/challenge")?,
        "contextIdentifier": { "type": "Nip", "value": NIP },
        "encryptedToken": encrypt_to(&key.certificate, plain.as_bytes())?,
    });
    settled(checked, &Login::of(&checked.submit_token(&body)?)?)
}

fn set(body: &mut Value, pointer: &str, value: Value) -> Result<(), Failed> {
    *body.pointer_mut(pointer).ok_or("no such member")? = value;
    Ok(())
}

fn revoked(checked: &CheckedSandbox) -> Result<Status, Failed> {
    let login = by_seal(checked, NIP, "")?;
    let client = checked.enter(&login)?;
    client.call("DELETE", "/auth/sessions/current")?.expect(204)?;
    checked.login_status(&login)?.status()
}

fn deceased(checked: &CheckedSandbox) -> Result<Status, Failed> {
    let body = json!({
        "nip": NIP, "pesel": PESEL, "isBailiff": false, "isDeceased": true,
        "description": "Osoba testowa",
    });
    checked.ask(&request("POST", "/testdata/person", None, Some(&body))?)?.expect(200)?;
    let pesel: Pesel = PESEL.parse()?;
    let person = TestCertificate::person_with_pesel(pesel, "Jan", "Testowy");
    settled(checked, &signed(checked, &person.build(KeyKind::P256, now()?)?, "")?)
}

fn with_fault(checked: &CheckedSandbox, kind: FaultKind) -> Result<Status, Failed> {
    checked.sandbox().add_fault(Fault::always(kind));
    settled(checked, &by_seal(checked, NIP, "")?)
}
