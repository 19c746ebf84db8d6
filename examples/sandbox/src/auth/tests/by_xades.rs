use std::sync::OnceLock;
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http::header::CONTENT_TYPE;
use ksef_client::xades::test_certificates::{KeyKind, TestCertificate, TestIdentity};
use ksef_client::xades::{
    AllowedIps, AuthSchema, AuthTokenRequest, CanonicalXml, SubjectIdentifierType,
};
use ksef_core::{ContextIdentifier, InternalId, Pesel};
use serde_json::{Value, json};

use super::status;
use crate::Sandbox;
use crate::test_support::{Answer, NIP, get, nip, post, redeem, sandbox, send, start};

const PESEL: &str = "99022812340";

fn seal(kind: KeyKind) -> &'static TestIdentity {
    static RSA: OnceLock<TestIdentity> = OnceLock::new();
    static P256: OnceLock<TestIdentity> = OnceLock::new();
    let cell = match kind {
        KeyKind::Rsa2048 => &RSA,
        KeyKind::P256 => &P256,
    };
    cell.get_or_init(|| TestCertificate::seal(nip()).build(kind, start()).unwrap())
}

fn made(certificate: &TestCertificate) -> TestIdentity {
    certificate.build(KeyKind::P256, start()).unwrap()
}

fn person() -> TestIdentity {
    let pesel: Pesel = PESEL.parse().unwrap();
    made(&TestCertificate::person_with_pesel(pesel, "Jan", "Testowy"))
}

fn login(sandbox: &Sandbox, context: &str, subject: SubjectIdentifierType) -> AuthTokenRequest {
    let challenge = post(sandbox, "/auth/challenge", "", &Value::Null).text("/challenge");
    let context: ContextIdentifier = context.parse().unwrap();
    AuthTokenRequest::new(challenge.parse().unwrap(), context, subject).unwrap()
}

fn by_subject(sandbox: &Sandbox) -> AuthTokenRequest {
    login(sandbox, &format!("Nip/{NIP}"), SubjectIdentifierType::CertificateSubject)
}

fn signed(request: &AuthTokenRequest, by: &TestIdentity) -> String {
    let key = by.signing_key().unwrap();
    let signed = key.sign(request.to_canonical_xml(), start()).unwrap();
    String::from_utf8(signed.into_bytes()).unwrap()
}

fn send_xml(sandbox: &Sandbox, query: &str, xml: impl Into<Bytes>) -> Answer {
    let request = Request::post(format!("/v2/auth/xades-signature{query}"))
        .header(CONTENT_TYPE, "application/xml; charset=utf-8")
        .body(xml.into())
        .unwrap();
    send(sandbox, &request)
}

fn log_in(sandbox: &Sandbox, request: &AuthTokenRequest, by: &TestIdentity) -> Answer {
    send_xml(sandbox, "", signed(request, by))
}

fn outcome(sandbox: &Sandbox, accepted: &Answer) -> (u64, String) {
    let status = status(sandbox, accepted);
    let detail = status.body.pointer("/status/details/0").and_then(Value::as_str);
    (status.code(), detail.unwrap_or_default().to_owned())
}

fn grant(sandbox: &Sandbox, kind: &str, value: &str, permission: &str) {
    let granted = post(
        sandbox,
        "/testdata/permissions",
        "",
        &json!({
            "contextIdentifier": { "type": "Nip", "value": NIP },
            "authorizedIdentifier": { "type": kind, "value": value },
            "permissions": [{ "permissionType": permission, "description": "Opis testowy" }],
        }),
    );
    assert_eq!(granted.status, 200, "{granted:?}");
}

#[test]
fn rsa_and_ecdsa_log_in_by_both_schemas() {
    let sandbox = sandbox();
    for kind in [KeyKind::Rsa2048, KeyKind::P256] {
        for schema in [AuthSchema::V2_0, AuthSchema::V2_1] {
            let request = by_subject(&sandbox).with_schema(schema);
            let accepted = log_in(&sandbox, &request, seal(kind));
            let status = status(&sandbox, &accepted);
            assert_eq!(status.code(), 200, "{status:?}");
            assert_eq!(status.body["authenticationMethod"], "QualifiedSeal");
            assert_eq!(status.body["authenticationMethodInfo"]["code"], "xades.qualified-seal");
            redeem(&sandbox, &accepted);
        }
    }
}

#[test]
fn another_content_type_is_refused() {
    let sandbox = sandbox();
    for content_type in ["application/json", "text/plain", "text/xml"] {
        let request = Request::post("/v2/auth/xades-signature")
            .header(CONTENT_TYPE, content_type)
            .body(Bytes::new())
            .unwrap();
        assert_eq!(send(&sandbox, &request).status, 415);
    }
}

#[test]
fn every_fault_of_a_document_has_its_code() {
    let sandbox = sandbox();
    let good = signed(&by_subject(&sandbox), seal(KeyKind::P256));
    let from = good.find("<ds:Signature").unwrap();
    let to = good.find("</AuthTokenRequest>").unwrap();
    let twice =
        good.replace("</AuthTokenRequest>", &format!("{}</AuthTokenRequest>", &good[from..to]));
    let unsigned = by_subject(&sandbox).to_canonical_xml().as_str().to_owned();
    let key = seal(KeyKind::P256).signing_key().unwrap();
    let sign = |text: &str| {
        let document = CanonicalXml::new(text).unwrap();
        key.sign(document, start()).unwrap().into_bytes()
    };
    let of_nip = unsigned.replace(NIP, "0265877635");
    for (xml, code) in [
        (format!("<!DOCTYPE a>{good}").into_bytes(), 9101),
        (unsigned.clone().into_bytes(), 9102),
        (twice.into_bytes(), 9103),
        (good.replace(NIP, "7762811692").into_bytes(), 9105),
        (good.replace("SigningCertificate", "SigningCertificates").into_bytes(), 9105),
        (b"no XML".to_vec(), 21001),
        (Vec::new(), 21001),
        (vec![0xFF; 8], 21217),
        (sign("<Foo></Foo>"), 21401),
        (sign(&of_nip), 21401),
    ] {
        let refused = send_xml(&sandbox, "", xml.clone());
        assert_eq!(refused.status, 400, "{}", String::from_utf8_lossy(&xml));
        assert_eq!(refused.codes(), [code], "{refused:?}");
        assert!(!refused.detail().is_empty());
    }
    assert_eq!(send_xml(&sandbox, "?verifyCertificateChain=perhaps", good).codes(), [21405]);
}

#[test]
fn a_document_is_good_once() {
    let sandbox = sandbox();
    let document = signed(&by_subject(&sandbox), seal(KeyKind::P256));
    assert_eq!(send_xml(&sandbox, "", document.clone()).status, 202);
    assert_eq!(send_xml(&sandbox, "", document).codes(), [21111]);

    let late = signed(&by_subject(&sandbox), seal(KeyKind::P256));
    sandbox.advance(Duration::from_secs(600));
    assert_eq!(send_xml(&sandbox, "", late).codes(), [21111]);
}

#[test]
fn certificates_that_name_nobody_rightly_are_refused() {
    let sandbox = sandbox();
    let with_names = made(&TestCertificate::seal(nip()).names("Jan", "Testowy"));
    assert_eq!(log_in(&sandbox, &by_subject(&sandbox), &with_names).codes(), [21115]);
    let nameless = made(&TestCertificate::nameless());
    assert_eq!(log_in(&sandbox, &by_subject(&sandbox), &nameless).codes(), [21406]);
    for context in ["PeppolId/PPL123456", "NipVatUe/5265877635-DE123456789"] {
        let request = login(&sandbox, context, SubjectIdentifierType::CertificateSubject);
        assert_eq!(log_in(&sandbox, &request, seal(KeyKind::P256)).codes(), [21117]);
    }
}

#[test]
fn a_peppol_provider_logs_in_to_its_own_context() {
    let sandbox = sandbox();
    let provider = made(&TestCertificate::nameless().organization("PPL123456"));
    let subject = SubjectIdentifierType::CertificateSubject;
    let own = login(&sandbox, "PeppolId/PPL123456", subject);
    let accepted = log_in(&sandbox, &own, &provider);
    assert_eq!(status(&sandbox, &accepted).body["authenticationMethod"], "PeppolSignature");
    let (access, _) = redeem(&sandbox, &accepted);
    let refused = post(
        &sandbox,
        "/tokens",
        &access,
        &json!({
            "permissions": ["CredentialsRead"], "description": "Opis testowy",
        }),
    );
    assert_eq!(refused.codes(), [26002]);
    let other = login(&sandbox, "PeppolId/PPL123457", subject);
    assert_eq!(log_in(&sandbox, &other, &provider).codes(), [21117]);
}

#[test]
fn an_expired_certificate_and_an_untrusted_chain_end_with_460() {
    let sandbox = sandbox();
    let hour = Duration::from_secs(3600);
    let short = made(&TestCertificate::seal(nip()).valid_for(hour));
    assert_eq!(outcome(&sandbox, &log_in(&sandbox, &by_subject(&sandbox), &short)).0, 200);
    sandbox.advance(hour + Duration::from_secs(1));
    let accepted = log_in(&sandbox, &by_subject(&sandbox), &short);
    assert_eq!(outcome(&sandbox, &accepted), (460, "Nieważny certyfikat".to_owned()));

    let xml = signed(&by_subject(&sandbox), seal(KeyKind::P256));
    let accepted = send_xml(&sandbox, "?verifyCertificateChain=True", xml);
    assert_eq!(outcome(&sandbox, &accepted), (460, "Niezaufany łańcuch certyfikatów".to_owned()));
}

#[test]
fn whoever_has_no_rights_ends_with_415_and_gets_in_with_a_grant() {
    let sandbox = sandbox();
    let stranger = person();
    let refused = log_in(&sandbox, &by_subject(&sandbox), &stranger);
    assert_eq!(outcome(&sandbox, &refused), (415, "Brak przypisanych uprawnień".to_owned()));
    let bearer = refused.text("/authenticationToken/token");
    let redeemed = post(&sandbox, "/auth/token/redeem", &bearer, &Value::Null);
    assert_eq!(redeemed.detail(), "Status uwierzytelniania (415) nie pozwala na pobranie tokenów.");

    grant(&sandbox, "Pesel", PESEL, "InvoiceRead");
    let accepted = log_in(&sandbox, &by_subject(&sandbox), &stranger);
    let (access, _) = redeem(&sandbox, &accepted);
    let own = post(&sandbox, "/permissions/query/personal/grants", &access, &json!({}));
    assert_eq!(own.body["permissions"][0]["permissionScope"], "InvoiceRead");
    assert_eq!(own.body["permissions"].as_array().unwrap().len(), 1);
    assert_eq!(own.body["ownerPermissions"], json!([]));
}

#[test]
fn a_fingerprint_gets_in_by_a_grant_to_it() {
    let sandbox = sandbox();
    let nameless = made(&TestCertificate::nameless());
    let request = |sandbox: &Sandbox| {
        login(sandbox, &format!("Nip/{NIP}"), SubjectIdentifierType::CertificateFingerprint)
    };
    let refused = log_in(&sandbox, &request(&sandbox), &nameless);
    assert_eq!(outcome(&sandbox, &refused).0, 415);
    let fingerprint = nameless.signing_key().unwrap().certificate().fingerprint();
    grant(&sandbox, "Fingerprint", fingerprint.as_str(), "InvoiceWrite");
    let accepted = log_in(&sandbox, &request(&sandbox), &nameless);
    assert_eq!(outcome(&sandbox, &accepted).0, 200);
}

#[test]
fn a_linked_person_is_the_owner_until_it_is_removed() {
    let sandbox = sandbox();
    let owner = person();
    let link = json!({
        "nip": NIP, "pesel": PESEL, "isBailiff": false, "description": "Osoba testowa",
    });
    assert_eq!(post(&sandbox, "/testdata/person", "", &link).status, 200);
    assert_eq!(post(&sandbox, "/testdata/person", "", &link).codes(), [30001]);
    let accepted = log_in(&sandbox, &by_subject(&sandbox), &owner);
    let (access, refresh) = redeem(&sandbox, &accepted);
    let own = post(&sandbox, "/permissions/query/personal/grants", &access, &Value::Null);
    assert_eq!(own.body["ownerPermissions"].as_array().unwrap().len(), 8);
    assert_eq!(own.body["permissions"], json!([]));

    let removed = post(&sandbox, "/testdata/person/remove", "", &json!({ "nip": NIP }));
    assert_eq!(removed.status, 200);
    let allowed = get(&sandbox, "/permissions/attachments/status", &access);
    assert_eq!(allowed.status, 200, "an access token keeps its rights");
    let refreshed = post(&sandbox, "/auth/token/refresh", &refresh, &Value::Null);
    let access = refreshed.text("/accessToken/token");
    assert_eq!(get(&sandbox, "/permissions/attachments/status", &access).status, 403);
}

#[test]
fn the_dead_end_with_470() {
    let sandbox = sandbox();
    let owner = person();
    let link = |is_deceased: bool| {
        json!({
            "nip": NIP, "pesel": PESEL, "isBailiff": false, "description": "Osoba testowa",
            "isDeceased": is_deceased,
        })
    };
    post(&sandbox, "/testdata/person", "", &link(false));
    let (_, refresh) = redeem(&sandbox, &log_in(&sandbox, &by_subject(&sandbox), &owner));
    post(&sandbox, "/testdata/person/remove", "", &json!({ "nip": NIP }));
    assert_eq!(post(&sandbox, "/testdata/person", "", &link(true)).status, 200);

    let refused = log_in(&sandbox, &by_subject(&sandbox), &owner);
    assert_eq!(outcome(&sandbox, &refused).0, 470);
    let bearer = refused.text("/authenticationToken/token");
    assert_eq!(post(&sandbox, "/auth/token/redeem", &bearer, &Value::Null).codes(), [21308]);
    assert_eq!(post(&sandbox, "/auth/token/refresh", &refresh, &Value::Null).codes(), [21308]);
}

#[test]
fn a_blocked_context_ends_with_480_until_it_is_unblocked() {
    let sandbox = sandbox();
    let block = json!({ "contextIdentifier": { "type": "Nip", "value": NIP } });
    assert_eq!(post(&sandbox, "/testdata/context/block", "", &block).status, 200);
    let refused = log_in(&sandbox, &by_subject(&sandbox), seal(KeyKind::P256));
    assert_eq!(outcome(&sandbox, &refused).0, 480);
    assert_eq!(post(&sandbox, "/testdata/context/unblock", "", &block).status, 200);
    let accepted = log_in(&sandbox, &by_subject(&sandbox), seal(KeyKind::P256));
    assert_eq!(outcome(&sandbox, &accepted).0, 200);
    assert_eq!(post(&sandbox, "/testdata/context/block", "", &json!({})).codes(), [21405]);
}

#[test]
fn the_owner_of_a_taxpayer_owns_its_units() {
    let sandbox = sandbox();
    let subject = SubjectIdentifierType::CertificateSubject;
    let unit = InternalId::new(nip(), "1234").unwrap();
    let request = login(&sandbox, &format!("InternalId/{unit}"), subject);
    let accepted = log_in(&sandbox, &request, seal(KeyKind::P256));
    assert_eq!(outcome(&sandbox, &accepted).0, 200);
}

#[test]
fn addresses_of_the_signed_document_count() {
    let sandbox = sandbox();
    for (address, status) in [([10, 0, 0, 1], 403), ([127, 0, 0, 1], 200)] {
        let mut ips = AllowedIps::default();
        ips.allow_address(address.into()).unwrap();
        let request = by_subject(&sandbox).with_allowed_ips(ips);
        let accepted = log_in(&sandbox, &request, seal(KeyKind::P256));
        let (access, _) = redeem(&sandbox, &accepted);
        assert_eq!(get(&sandbox, "/limits/context", &access).status, status);
    }
}
