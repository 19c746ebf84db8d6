use proptest::prelude::*;

use super::*;

const SECRET: &str = "whsec_0000000000000000000000000000test";
const BODY: &str = r#"{"id":"evt_1","object":"event","type":"invoice.paid","created":1795176000,"livemode":true,"api_version":"2026-10-28.endive","account":"acct_1","data":{"object":{"id":"in_1","object":"invoice","customer_name":"Zażółć 🙂"}}}"#;

fn now() -> Timestamp {
    "2026-11-20T12:00:00Z".parse().unwrap()
}

fn webhook() -> Webhook {
    Webhook::new([WebhookSecret::new(SECRET)])
}

fn header(body: &str) -> String {
    WebhookSecret::new(SECRET).sign(body.as_bytes(), now())
}

fn refusal(body: &str, header: &str) -> SignatureError {
    match webhook().open(body.as_bytes(), header, now()) {
        Err(WebhookError::Signature(error)) => error,
        other => panic!("{other:?}"),
    }
}

/// Made with `openssl dgst -sha256 -hmac whsec_test` over `1795176000.{}`.
#[test]
fn a_signature_is_the_one_that_openssl_makes() {
    let at = Timestamp::from_unix_milliseconds(1_795_176_000_999).unwrap();
    let value = "71946f2340f5e5c410615b5cf53239cb36879bce47d3d27d8b15d9d626c072fd";
    assert_eq!(
        WebhookSecret::new("whsec_test").sign(b"{}", at),
        format!("t=1795176000,v1={value}")
    );
}

#[test]
fn a_webhook_with_its_signature_is_opened() {
    let event = webhook().open(BODY.as_bytes(), &header(BODY), now()).unwrap();
    assert_eq!((event.id.as_str(), event.happening()), ("evt_1", Happening::InvoicePaid));
    assert_eq!(event.account.as_deref(), Some("acct_1"));
    assert_eq!((event.is_live, event.created), (Some(true), now()));
    assert_eq!(event.idempotency_key().as_deref(), Some("invoice:in_1"));
}

#[test]
fn a_body_that_was_written_again_does_not_match() {
    let value: serde_json::Value = serde_json::from_str(BODY).unwrap();
    let again = serde_json::to_string_pretty(&value).unwrap();
    assert_eq!(refusal(&again, &header(BODY)), SignatureError::Mismatch);
}

#[test]
fn another_secret_does_not_match() {
    let other = WebhookSecret::new("whsec_other").sign(BODY.as_bytes(), now());
    assert_eq!(refusal(BODY, &other), SignatureError::Mismatch);
}

#[test]
fn one_of_several_signatures_and_one_of_several_secrets_suffices() {
    let old = WebhookSecret::new("whsec_old");
    let both = Webhook::new([old.clone(), WebhookSecret::new(SECRET)]);
    let by_old = old.sign(BODY.as_bytes(), now());
    both.open(BODY.as_bytes(), &by_old, now()).unwrap();
    let two = format!("{by_old},v0=00,{}", header(BODY).split_once(',').unwrap().1);
    webhook().open(BODY.as_bytes(), &two, now()).unwrap();
}

#[test]
fn a_signature_holds_for_its_time_only() {
    let header = header(BODY);
    let open = |now: Timestamp| webhook().open(BODY.as_bytes(), &header, now);
    let (tolerance, second) = (Webhook::TOLERANCE, Duration::from_secs(1));
    let at = now();
    open(at.checked_add(tolerance).unwrap()).unwrap();
    open(at.checked_sub(tolerance).unwrap()).unwrap();
    let late = at.checked_add(tolerance + second).unwrap();
    assert_eq!(open(late), Err(SignatureError::TooOld.into()));
    let early = at.checked_sub(tolerance + second).unwrap();
    assert_eq!(open(early), Err(SignatureError::InTheFuture.into()));
    let patient = webhook().tolerance(tolerance + second);
    patient.open(BODY.as_bytes(), &header, late).unwrap();
}

#[test]
fn a_wrong_signature_says_nothing_of_the_time() {
    let old = WebhookSecret::new("whsec_other").sign(BODY.as_bytes(), Timestamp::MIN);
    assert_eq!(refusal(BODY, &old), SignatureError::Mismatch);
}

#[test]
fn a_header_of_another_form_is_named() {
    for header in
        ["", "t", "v1=00", "t=x,v1=00", "t=1795176000,v1=0", "t=1795176000,v1=zz", "t=1,t=1,v1=00"]
    {
        assert_eq!(refusal(BODY, header), SignatureError::Header, "{header}");
    }
    for header in ["t=1795176000", "t=1795176000,v0=00"] {
        assert_eq!(refusal(BODY, header), SignatureError::NoSignature, "{header}");
    }
}

#[test]
fn thin_events_name_their_object() {
    let body = r#"{"id":"evt_2","object":"v2.core.event","type":"v1.invoice.finalized","created":"2026-11-20T12:00:00.000Z","context":"acct_2","related_object":{"id":"in_2","type":"invoice","url":"/v1/invoices/in_2"}}"#;
    let event = webhook().open(body.as_bytes(), &header(body), now()).unwrap();
    assert_eq!(event.happening(), Happening::InvoiceFinalized);
    assert_eq!((event.created, event.account.as_deref()), (now(), Some("acct_2")));
    assert_eq!(event.idempotency_key().as_deref(), Some("invoice:in_2"));
}

#[test]
fn what_is_no_event_is_refused_after_its_signature() {
    let open = |body: &str| webhook().open(body.as_bytes(), &header(body), now()).unwrap_err();
    assert_eq!(open("[]"), EventError::Shape.into());
    assert_eq!(open("{"), EventError::Shape.into());
    assert_eq!(open(r#"{"object":"event","id":"evt_1"}"#), EventError::Shape.into());
    let other = BODY.replacen("\"event\"", "\"invoice\"", 1);
    assert_eq!(open(&other), EventError::OtherObject.into());
}

#[test]
fn events_about_other_things_have_no_key() {
    for (event_type, happening) in [
        ("customer.tax_id.updated", Happening::CustomerTaxIdUpdated),
        ("account.application.deauthorized", Happening::Disconnected),
        ("plan.created", Happening::Other),
    ] {
        let body = BODY
            .replace("invoice.paid", event_type)
            .replace(r#""object":"invoice""#, r#""object":"tax_id""#);
        let event = webhook().open(body.as_bytes(), &header(&body), now()).unwrap();
        assert_eq!((event.happening(), event.idempotency_key()), (happening, None));
    }
}

#[test]
fn a_secret_is_never_shown() {
    assert!(!format!("{:?}", webhook()).contains("whsec"));
}

proptest! {
    #[test]
    fn a_changed_body_or_header_never_opens(
        at in any::<prop::sample::Index>(),
        change in 1_u8..=255,
        in_header: bool,
    ) {
        let sound = header(BODY);
        let (mut body, mut header) = (BODY.as_bytes().to_vec(), sound.clone().into_bytes());
        let changed = if in_header { &mut header } else { &mut body };
        let at = at.index(changed.len());
        changed[at] ^= change;
        if let Ok(header) = String::from_utf8(header) {
            // The digits of the value may be written in capitals.
            prop_assume!(!in_header || !header.eq_ignore_ascii_case(&sound));
            prop_assert!(webhook().open(&body, &header, now()).is_err());
        }
    }
}
