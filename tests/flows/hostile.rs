//! Bad input gets the documented answer each time, and the sandbox goes on.

use bytes::Bytes;
use http::Request;
use ksef_client::xades::SubjectIdentifierType::CertificateSubject;
use ksef_client::xades::test_certificates::{KeyKind, TestCertificate};
use ksef_sandbox::Keys;
use ksef_tests::sandbox::Compression::{TarGz, Zip};
use ksef_tests::sandbox::{
    Answer, BatchOrder, CheckedSandbox, Client, Compression, DocumentKey, InvoiceText, NIP,
    OTHER_NIP, Package, now, request, sealed,
};
use ksef_tests::suite::Failed;
use serde_json::{Value, json};

use crate::requests::{Stage, TABLE};

fn that(holds: bool, what: &str) -> Result<(), Failed> {
    if holds { Ok(()) } else { Err(what.into()) }
}

/// The codes of a refusal in the form that was asked for.
fn codes(answer: &Answer, as_problem: bool) -> Vec<i64> {
    if !as_problem {
        return answer.exceptions();
    }
    let errors = answer.list("/errors").unwrap_or_default().iter();
    errors.filter_map(|error| error.get("code")?.as_i64()).collect()
}

/// In both forms, for every operation that takes JSON.
pub(crate) fn garbage_in_place_of_json_is_unreadable() -> Result<(), Failed> {
    let stage = Stage::new()?;
    let deep = "[".repeat(200_000);
    let garbage: [&[u8]; 8] =
        [b"", b"{", b"{\"a\":}", b"\xff\xfe", b"nonsense", b"{}}", b"[1,2", deep.as_bytes()];
    let mut wrong = Vec::new();
    for (name, make) in TABLE {
        let made = make(&stage)?;
        if serde_json::from_slice::<Value>(made.body()).is_err() {
            continue;
        }
        for (body, as_problem) in garbage.iter().flat_map(|body| [(body, false), (body, true)]) {
            let mut request = made.clone().map(|_| Bytes::copy_from_slice(body));
            if as_problem {
                request.headers_mut().insert("x-error-format", "problem-details".parse()?);
            }
            let answer = stage.checked.ask(&request)?;
            // What has another form before it is no JSON any more may be called either.
            let is_either = matches!(body.first(), Some(b'[')) || body.starts_with(b"{}");
            let is_documented = match codes(&answer, as_problem).as_slice() {
                [21001] => true,
                [21405] => is_either,
                _ => false,
            };
            // The one body that may be left out.
            let is_left_out = body.is_empty() && name.ends_with("/personal/grants");
            if !is_left_out && (answer.code() != 400 || !is_documented) {
                let body = String::from_utf8_lossy(body.get(..10).unwrap_or(body)).into_owned();
                wrong.push(format!("{name} with {body:?}: {} {}", answer.code(), answer.json()));
            }
        }
        stage.checked.ask(&make(&stage)?)?;
    }
    stage.checked.verdict()?;
    crate::none(&wrong)
}

/// JSON of another form, wherever a text is Base64.
pub(crate) fn wrong_base64_is_invalid() -> Result<(), Failed> {
    let checked = CheckedSandbox::new(|_| {})?;
    let client = checked.log_in(NIP)?;
    let session = client.open()?;
    let text = InvoiceText::new("1");
    let invoice = sealed(text.as_bytes(), &DocumentKey::TEST.encrypt(text.as_bytes())?);
    let opening = client.opening(&DocumentKey::TEST)?;
    let package = Package::new(Zip, [("1.xml", text.as_bytes())])?.order(&checked, 1)?;
    let login = checked.token_login("token", NIP)?;
    let send = format!("/sessions/online/{session}/invoices");
    for (path, body, pointer) in [
        (send.as_str(), &invoice, "/encryptedInvoiceContent"),
        (&send, &invoice, "/invoiceHash"),
        (&send, &invoice, "/encryptedInvoiceHash"),
        ("/sessions/online", &opening, "/encryption/encryptedSymmetricKey"),
        ("/sessions/online", &opening, "/encryption/initializationVector"),
        ("/sessions/batch", package.body(), "/batchFile/fileHash"),
        ("/sessions/batch", package.body(), "/batchFile/fileParts/0/fileHash"),
        ("/auth/ksef-token", &login, "/encryptedToken"),
    ] {
        for wrong in ["@@@@", "AAA", "AAAA=", "żżżż", " "] {
            let mut body = body.clone();
            *body.pointer_mut(pointer).ok_or("no such member")? = json!(wrong);
            let token = (!path.starts_with("/auth")).then_some(client.access_token());
            let answer = checked.ask(&request("POST", path, token, Some(&body))?)?;
            let refused = answer.refused_with(21405);
            refused.map_err(|why| format!("{pointer} as {wrong:?}: {why:?}"))?;
        }
    }
    client.deliver(&session, text.as_bytes())?;
    checked.verdict()?;
    Ok(())
}

/// Longer than what an operation can need, and no more than that.
pub(crate) fn oversized_bodies_are_refused() -> Result<(), Failed> {
    let checked = CheckedSandbox::new(|_| {})?;
    let client = checked.log_in(NIP)?;
    let session = client.open()?;
    // An encrypted invoice may be 3 MB long; a longer one is received and rejected.
    let long = InvoiceText::new("1").longer_by(8_000_000);
    let invoice = client.deliver(&session, long.as_bytes())?;
    that(client.invoice(&session, &invoice)?.status()?.code == 430, "a long one is accepted")?;
    let mut login = checked.token_login("token", NIP)?;
    *login.pointer_mut("/encryptedToken").ok_or("no token")? = json!("A".repeat(20_000_000));
    let refused = checked.submit_token(&login)?;
    that(matches!(refused.code(), 202 | 400 | 413), "a long token is no reason to fail")?;
    let xml = format!("<a>{}</a>", "x".repeat(30_000_000));
    let refused = checked.submit_signed(xml.into_bytes(), "")?;
    that(matches!(refused.code(), 400 | 413), "a long login is taken")?;
    let text = InvoiceText::new("2");
    client.deliver(&session, text.as_bytes())?;
    checked.verdict()?;
    Ok(())
}

/// At every place: 435 or 430 for the invoice, never more than that.
pub(crate) fn truncated_ciphertexts_are_rejected() -> Result<(), Failed> {
    let checked = CheckedSandbox::new(|_| {})?;
    let client = checked.log_in(NIP)?;
    let session = client.open()?;
    let text = InvoiceText::new("1");
    let ciphertext = DocumentKey::TEST.encrypt(text.as_bytes())?;
    let ends = (1..40).chain([160, 161, 800]).chain(ciphertext.len() - 17..ciphertext.len());
    for end in ends {
        let cut = ciphertext.get(..end).ok_or("it is shorter")?;
        let sent = client.send_sealed(&session, &sealed(text.as_bytes(), cut))?.expect(202)?;
        let status = client.invoice(&session, sent.text("/referenceNumber")?)?.status()?;
        that(status.code == 435, &format!("cut at {end}: {status:?}"))?;
    }
    // What is not what was announced is refused at once.
    let mut body = sealed(text.as_bytes(), &ciphertext);
    body["encryptedInvoiceSize"] = json!(ciphertext.len() + 1);
    client.send_sealed(&session, &body)?.refused_with(21402)?;
    let mut body = sealed(text.as_bytes(), &ciphertext);
    body["encryptedInvoiceHash"] = body["invoiceHash"].clone();
    client.send_sealed(&session, &body)?.refused_with(21403)?;
    client.deliver(&session, text.as_bytes())?;
    checked.verdict()?;
    Ok(())
}

/// How a batch of this package ends.
fn outcome(client: &Client<'_>, package: &Package) -> Result<u16, Failed> {
    let session = client.send_batch(&package.order(client.checked(), 1)?)?;
    Ok(client.settle(&format!("/sessions/{session}"), &[100, 150])?.status()?.code)
}

pub(crate) fn names_that_lead_elsewhere_are_refused() -> Result<(), Failed> {
    let checked = CheckedSandbox::new(|_| {})?;
    let client = checked.log_in(NIP)?;
    let text = InvoiceText::new("1");
    let names = [
        "../1.xml",
        "/1.xml",
        "a/../../1.xml",
        "..\\1.xml",
        "C:\\1.xml",
        "../../../etc/passwd",
        "\\\\server\\1.xml",
        "1.xml/../../2.xml",
    ];
    for name in names {
        for compression in [Zip, TarGz] {
            let code = outcome(&client, &archive(compression, name, text.as_bytes())?)?;
            that(code == 430, &format!("{name} in {compression:?}: {code}"))?;
        }
    }
    that(outcome(&client, &archive(Zip, "1.xml", text.as_bytes())?)? == 200, "a good name fails")?;
    that(checked.sandbox().accepted().len() == 1, "something else was accepted")?;
    checked.verdict()?;
    Ok(())
}

/// An archive with this very name, which libraries would make harmless.
fn archive(compression: Compression, name: &str, content: &[u8]) -> Result<Package, Failed> {
    if compression == TarGz {
        return Package::new(compression, [(name, content)]);
    }
    let harmless = "x".repeat(name.len());
    let mut package = Package::new(compression, [(&harmless, content)])?;
    let places: Vec<_> = (0..package.bytes.len())
        .filter(|at| {
            package.bytes.get(*at..).is_some_and(|rest| rest.starts_with(harmless.as_bytes()))
        })
        .collect();
    that(places.len() == 2, "the name is not in the two places of an archive")?;
    for at in places {
        let place = package.bytes.get_mut(at..at + name.len()).ok_or("it is shorter")?;
        place.copy_from_slice(name.as_bytes());
    }
    Ok(package)
}

/// More than a gigabyte, from packages of a few megabytes.
pub(crate) fn bombs_are_defused() -> Result<(), Failed> {
    let checked = CheckedSandbox::new(|_| {})?;
    let client = checked.log_in(NIP)?;
    let zeros = vec![0; 2_900_000];
    for compression in [Zip, TarGz] {
        let files = (0..400).map(|number| (format!("{number}.xml"), &zeros));
        let bomb = Package::new(compression, files)?;
        that(bomb.bytes.len() < 20_000_000, "it is no bomb")?;
        let session = client.send_batch(&bomb.order(&checked, 1)?)?;
        let code = settled(&client, &session)?;
        that(code == 430, &format!("a bomb in {compression:?}: {code}"))?;
    }
    // A single long file is an invoice that is too large, whose neighbour is accepted.
    let long = vec![b' '; 60_000_000];
    let files = [("1.xml", long), ("2.xml", InvoiceText::new("1").as_bytes().to_vec())];
    let session = client.send_batch(&Package::new(Zip, files)?.order(&checked, 1)?)?;
    that(settled(&client, &session)? == 200, "its neighbour is lost")?;
    let codes = client.invoices(&session)?;
    let codes: Vec<_> = codes.iter().map(|it| it.pointer("/status/code").cloned()).collect();
    that(codes == [Some(json!(430)), Some(json!(200))], &format!("{codes:?}"))?;
    checked.verdict()?;
    Ok(())
}

/// A large package is processed after the answer, in real time.
fn settled(client: &Client<'_>, session: &str) -> Result<u16, Failed> {
    loop {
        let code = client.session(session)?.status()?.code;
        if code != 150 {
            return Ok(code);
        }
        std::thread::yield_now();
    }
}

pub(crate) fn fifty_parts_of_wrong_sizes_are_named() -> Result<(), Failed> {
    let checked = CheckedSandbox::new(|_| {})?;
    let client = checked.log_in(NIP)?;
    let text = InvoiceText::new("1");
    let package = Package::of(Zip, text.as_bytes().get(..500).ok_or("it is shorter")?.to_vec());
    let order = package.order(&checked, 50)?;
    that(order.parts().len() == 50, "there are not fifty")?;
    let opened = client.open_batch(&order)?.expect(201)?;
    let shorter = |part: &Bytes| part.slice(1..);
    let parts: Vec<_> = order.parts().iter().map(shorter).collect();
    let session = opened.text("/referenceNumber")?;
    let missing = client.close_batch(session)?.expect(400)?;
    that(missing.exceptions() == vec![21205; 50], "missing parts are not named")?;
    client.upload(&opened, &parts)?;
    let refused = client.close_batch(session)?.expect(400)?;
    that(refused.exceptions() == vec![21157; 50], "parts of other sizes are not named")?;
    // It stays open, and the right parts can still come.
    client.upload(&opened, order.parts())?;
    client.close_batch(session)?.expect(204)?;
    that(client.session(session)?.status()?.code == 430, "the text is an archive")?;

    let too_many = package.order(&checked, 500)?;
    client.open_batch(&too_many)?.refused_with(21161)?;
    let too_long = order.with("/batchFile/fileParts/7/fileSize", json!(100_000_017));
    client.open_batch(&too_long)?.refused_with(21157)?;
    storage(&checked, &package.order(&checked, 1)?)?;
    checked.verdict()?;
    Ok(())
}

/// Links take what they are for, from nobody with a token, and for their time.
fn storage(checked: &CheckedSandbox, order: &BatchOrder) -> Result<(), Failed> {
    let client = checked.log_in(NIP)?;
    let opened = client.open_batch(order)?.expect(201)?;
    let link = opened.text("/partUploadRequests/0/url")?;
    let part = order.parts().first().ok_or("no part")?.clone();
    let put = |link: &str| Request::put(link).header("x-ms-blob-type", "BlockBlob");
    let changed = link.replace("sig=", "sig=0");
    let other = link.replace("/batch-parts/1.zip", "/batch-parts/2.zip");
    let bare = link.split('?').next().unwrap_or_default();
    for (request, expected) in [
        (put(&changed), 403),
        (put(&other), 403),
        (put(bare), 403),
        (put(link).header("Authorization", "Bearer x"), 403),
        (Request::put(link), 400),
        (Request::get(link), 403),
        (put(link), 201),
    ] {
        let answer = checked.ask(&request.body(part.clone())?)?.expect(expected)?;
        let is_xml = answer.header("content-type").is_some_and(|kind| kind.contains("xml"));
        that(expected == 201 || is_xml, "an error of the storage is not in XML")?;
    }
    Ok(())
}

pub(crate) fn replayed_challenges_are_refused() -> Result<(), Failed> {
    let checked = CheckedSandbox::new(|_| {})?;
    let token = checked.log_in(NIP)?.ksef_token()?;
    let body = checked.token_login(&token, NIP)?;
    checked.submit_token(&body)?.expect(202)?;
    checked.submit_token(&body)?.refused_with(21111)?;

    let seal = TestCertificate::seal(NIP.parse()?).build(KeyKind::P256, now()?)?;
    let (challenge, context) = (checked.challenge()?, format!("Nip/{NIP}"));
    let challenge = challenge.text("/challenge")?;
    let signed = checked.signed_login(challenge, &context, CertificateSubject, &seal)?;
    checked.submit_signed(signed.clone(), "")?.expect(202)?;
    checked.submit_signed(signed, "")?.refused_with(21111)?;
    // One for both ways to log in.
    let mut body = body;
    body["challenge"] = json!(challenge);
    checked.submit_token(&body)?.refused_with(21111)?;

    let late = checked.token_login(&token, NIP)?;
    checked.advance(std::time::Duration::from_secs(600));
    checked.submit_token(&late)?.refused_with(21111)?;
    checked.verdict()?;
    Ok(())
}

/// Tokens of other sandboxes, of other contexts, for other uses, and of nobody.
pub(crate) fn foreign_tokens_open_nothing() -> Result<(), Failed> {
    let checked = CheckedSandbox::new(|_| {})?;
    let elsewhere = CheckedSandbox::new(|config| {
        config.keys = now().ok().and_then(|now| Keys::generate(now).ok()).map(Into::into);
        config.seed = Some(2);
    })?;
    let (client, other) = (checked.log_in(NIP)?, checked.log_in(OTHER_NIP)?);
    let foreign = elsewhere.log_in(NIP)?;
    let session = client.open()?;
    let unsigned = client.access_token().rsplit_once('.').ok_or("no signature")?.0;
    let unsigned = format!("{unsigned}.");
    let tokens = [
        foreign.access_token(),
        foreign.refresh_token(),
        client.refresh_token(),
        &unsigned,
        "a.b.c",
        "",
        "null",
        "eyJhbGciOiJub25lIn0.e30.",
    ];
    for (token, path) in
        tokens.iter().flat_map(|token| [(token, "/sessions/online"), (token, "/tokens")])
    {
        let request = request("POST", path, Some(token), Some(&json!({})))?;
        checked.ask(&request)?.expect(401).map_err(|why| format!("{token:?}: {why:?}"))?;
    }
    let with_access = request("POST", "/auth/token/refresh", Some(client.access_token()), None)?;
    checked.ask(&with_access)?.expect(401)?;

    // Someone else's session is there, and it is not theirs.
    for path in [format!("/sessions/{session}"), format!("/sessions/{session}/invoices")] {
        let answer = other.get(&path)?.expect(403)?;
        that(answer.text("/reasonCode")? == "insufficient-resource-access", "another reason")?;
    }
    other.close(&session)?.expect(403)?;
    other.send(&session, InvoiceText::new("1").as_bytes())?.expect(403)?;

    // A KSeF token of another sandbox is none here.
    let body = checked.token_login(&foreign.ksef_token()?, NIP)?;
    let login = ksef_tests::sandbox::Login::of(&checked.submit_token(&body)?)?;
    let status = checked.login_status(&login)?.status()?;
    that(status.code == 450, &format!("{status:?}"))?;
    checked.verdict()?;
    elsewhere.verdict()?;
    Ok(())
}
