//! The worked vectors of the KSeF API, section 17, held against what the sandbox takes and gives.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::Request;
use ksef_core::{Environment, InternalId, KsefNumber, ReferenceNumber, Timestamp};
use ksef_sandbox::Delays;
use ksef_tests::sandbox::{
    CheckedSandbox, Compression, DocumentKey, InvoiceText, NIP, Package, sealed,
};
use ksef_tests::suite::Failed;
use serde_json::{Value, json};

fn that(holds: bool, what: &str) -> Result<(), Failed> {
    if holds { Ok(()) } else { Err(what.into()) }
}

/// The vector is not in front of the ciphertext, and the padding is PKCS#7.
pub(crate) fn ciphertexts_have_the_published_sizes() -> Result<(), Failed> {
    let checked = CheckedSandbox::new(|_| {})?;
    let client = checked.log_in(NIP)?;
    let session = client.open()?;
    for (plain, encrypted) in [(6480, 6496), (16037, 16048)] {
        let text = InvoiceText::new(&plain.to_string());
        let empty_comment = text.clone().longer_by(0).as_bytes().len();
        let text = text.longer_by(plain - empty_comment);
        let ciphertext = DocumentKey::TEST.encrypt(text.as_bytes())?;
        that((text.as_bytes().len(), ciphertext.len()) == (plain, encrypted), "another size")?;
        let body = sealed(text.as_bytes(), &ciphertext);
        let sent = client.send_sealed(&session, &body)?.expect(202)?;
        let status = client.invoice(&session, sent.text("/referenceNumber")?)?.status()?;
        that(status.code == 200, &format!("{status:?}"))?;
    }
    checked.verdict()?;
    Ok(())
}

/// CRC-8, polynomial 0x07, over the first 32 characters.
fn check_digits(number: &str) -> String {
    let register = number.bytes().take(32).fold(0_u8, |register, byte| {
        (0..8).fold(register ^ byte, |register, _| {
            let shifted = register << 1;
            if register & 0x80 == 0 { shifted } else { shifted ^ 0x07 }
        })
    });
    format!("{register:02X}")
}

pub(crate) fn ksef_numbers_have_their_check_digits() -> Result<(), Failed> {
    for published in [
        "5265877635-20250826-0100001AF629-AF",
        "5265877635-20250916-010040741B3E-46",
        "5265877635-20250916-0200A0D6723E-C2",
        "5391433354-20250902-0100C07E7173-D5",
        "3413523739-20251204-0100A0078A36-ED",
        "4188479938-20260212-5B26A1000000-36",
        "8980017188-20260324-381F0C000000-A2",
    ] {
        that(published.ends_with(&check_digits(published)), published)?;
        published.parse::<KsefNumber>()?;
    }
    let checked = CheckedSandbox::new(|_| {})?;
    let client = checked.log_in(NIP)?;
    let mut numbers = BTreeSet::new();
    let session = client.open()?;
    for number in 0..20 {
        client.deliver(&session, InvoiceText::new(&number.to_string()).as_bytes())?;
    }
    for invoice in client.invoices(&session)? {
        let number = invoice.get("ksefNumber").and_then(Value::as_str).ok_or("no number")?;
        that(number.ends_with(&check_digits(number)), number)?;
        that(number.starts_with("5265877635-20261120-") && number.len() == 35, number)?;
        numbers.insert(number.to_owned());
    }
    that(numbers.len() == 20, "a number was given out twice")?;
    checked.verdict()?;
    Ok(())
}

/// `6824515772-1234` takes a 3; a session of that unit can be opened in production, and in no other.
pub(crate) fn internal_ids_have_their_check_digit() -> Result<(), Failed> {
    let id = "6824515772-12343";
    that(id.parse::<InternalId>()?.has_valid_check_digits(), "the check digit is refused")?;
    let checked = CheckedSandbox::new(|config| config.environment = Environment::Production)?;
    for (digit, expected) in (0..10).map(|digit| (digit, if digit == 3 { 202 } else { 400 })) {
        let mut body = checked.token_login("token", NIP)?;
        *body.get_mut("contextIdentifier").ok_or("no context")? =
            json!({ "type": "InternalId", "value": format!("6824515772-1234{digit}") });
        checked.submit_token(&body)?.expect(expected)?;
    }
    checked.verdict()?;
    Ok(())
}

/// The token has two lines in itself, and the time comes after the last of three.
pub(crate) fn a_token_has_two_lines() -> Result<(), Failed> {
    let checked = CheckedSandbox::new(|_| {})?;
    let token = checked.log_in(NIP)?.ksef_token()?;
    let parts: Vec<&str> = token.split('|').collect();
    let [number, context, secret] = parts.as_slice() else {
        return Err(format!("{token} has other parts").into());
    };
    that(number.parse::<ReferenceNumber>()?.kind_code() == "EC", "the number is of another kind")?;
    that(*context == format!("nip-{NIP}"), "the context is another one")?;
    let is_hexadecimal = secret.bytes().all(|byte| byte.is_ascii_hexdigit());
    that(secret.len() == 64 && is_hexadecimal, "the secret has another form")?;
    checked.log_in_with_token(&token, NIP)?;
    checked.verdict()?;
    Ok(())
}

/// The first digits of a reference number are the milliseconds of its day, in UTC.
pub(crate) fn reference_numbers_tell_their_time() -> Result<(), Failed> {
    let published: ReferenceNumber = "20251002-SO-190FB15000-0000000000-00".parse()?;
    let time: Timestamp = "2025-10-02T07:17:58.677Z".parse()?;
    that(published.created_at() == Some(time), "the published number tells another time")?;
    let checked = CheckedSandbox::new(|config| config.delays = Delays::REAL)?;
    checked.sandbox().freeze(time);
    let client = checked.log_in(NIP)?;
    let session = client.open()?;
    let package = Package::new(Compression::Zip, [("1.xml", "no invoice")])?;
    let batch = client.open_batch(&package.order(&checked, 1)?)?.expect(201)?;
    for (kind, number) in [("SO", session.as_str()), ("SB", batch.text("/referenceNumber")?)] {
        let created: Timestamp = client.session(number)?.text("/dateCreated")?.parse()?;
        let number: ReferenceNumber = number.parse()?;
        that(number.check_digits_match(), "the check digits are others")?;
        that(number.kind_code() == kind, "it is of another kind")?;
        that(number.created_at() == Some(created), "it tells another time")?;
    }
    that(session.starts_with("20251002-SO-"), &session)?;
    checked.verdict()?;
    Ok(())
}

pub(crate) fn qr_codes_lead_to_their_invoice() -> Result<(), Failed> {
    let checked = CheckedSandbox::new(|_| {})?;
    let scan = |path: &str| {
        let request = Request::get(path).header("Accept", "application/json");
        checked.ask(&request.body(bytes::Bytes::new())?)
    };
    let published = "/invoice/1111111111/01-02-2026/UtQp9Gpc51y-u3xApZjIjgkpZ01js-J8KflSPW8WzIE";
    scan(published)?.expect(404)?;
    scan(&published.replace('-', "+"))?.expect(400)?;

    let client = checked.log_in(NIP)?;
    let text = InvoiceText::new("FV/1");
    client.deliver(&client.open()?, text.as_bytes())?;
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes());
    let path = format!("/invoice/{NIP}/20-11-2026/{}", URL_SAFE_NO_PAD.encode(digest));
    that(scan(&path)?.expect(200)?.text("/invoice/invoiceNumber")? == "FV/1", "another invoice")?;
    scan(&path.replace("20-11", "21-11"))?.expect(404)?;
    checked.verdict()?;
    Ok(())
}
