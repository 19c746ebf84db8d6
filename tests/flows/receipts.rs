//! What a receipt (UPO) says, wherever it is fetched.

use ksef_client::xades::{Policy, verify};
use ksef_core::Sha256Digest;
use ksef_tests::sandbox::{
    Answer, CheckedSandbox, Client, Compression, InvoiceText, NIP, Package, request,
};
use ksef_tests::suite::Failed;
use roxmltree::Document;
use serde_json::Value;

/// What stands in the elements of this name.
fn texts(receipt: &str, name: &str) -> Result<Vec<String>, Failed> {
    let document = Document::parse(receipt)?;
    let named = document.descendants().filter(|node| node.tag_name().name() == name);
    Ok(named.map(|node| node.text().unwrap_or_default().to_owned()).collect())
}

fn equal(found: &[String], expected: &[String], what: &str) -> Result<(), Failed> {
    if found == expected {
        return Ok(());
    }
    Err(format!("{what}: {found:?} instead of {expected:?}").into())
}

fn text(answer: &Answer) -> Result<String, Failed> {
    Ok(String::from_utf8(answer.body().to_vec())?)
}

fn documents() -> Vec<InvoiceText> {
    (1..=3).map(|number| InvoiceText::new(&format!("FV {number} &lt;&amp;&gt; ż"))).collect()
}

/// The receipts of the invoices of a session, and those of the session itself, each from all its places.
fn receipts(client: &Client<'_>, session: &str) -> Result<(Vec<String>, Vec<String>), Failed> {
    let checked = client.checked();
    let mut of_invoices = Vec::new();
    for invoice in client.invoices(session)? {
        let field = |name: &str| {
            let value = invoice.get(name).and_then(Value::as_str);
            value.ok_or_else(|| Failed::from(format!("no {name}")))
        };
        let path = format!("/sessions/{session}/invoices");
        let by_reference = client.get(&format!("{path}/{}/upo", field("referenceNumber")?))?;
        let by_number = client.get(&format!("{path}/ksef/{}/upo", field("ksefNumber")?))?;
        let by_link = checked.follow(field("upoDownloadUrl")?)?;
        of_invoices.push(same([by_reference, by_number, by_link])?);
    }
    let mut of_session = Vec::new();
    let status = client.session(session)?;
    for page in status.list("/upo/pages")? {
        let field = |name: &str| page.get(name).and_then(Value::as_str).ok_or("no such field");
        let path = format!("/sessions/{session}/upo/{}", field("referenceNumber")?);
        of_session.push(same([client.get(&path)?, checked.follow(field("downloadUrl")?)?])?);
    }
    Ok((of_invoices, of_session))
}

/// The one document that all of them are, with its hash in the header.
fn same<const N: usize>(answers: [Answer; N]) -> Result<String, Failed> {
    let mut receipts = Vec::new();
    for answer in answers {
        let answer = answer.expect(200)?;
        let hash = Sha256Digest::of(answer.body()).to_string();
        if answer.header("x-ms-meta-hash") != Some(&hash) {
            return Err("the header is not the hash of the receipt".into());
        }
        receipts.push(text(&answer)?);
    }
    receipts.dedup();
    match receipts.as_slice() {
        [receipt] => Ok(receipt.clone()),
        _ => Err("there are several receipts of one thing".into()),
    }
}

/// By token or certificate, online and as a batch: what is brought about, and how it was logged in.
fn sessions(checked: &CheckedSandbox) -> Result<Vec<(Client<'_>, String, &'static str)>, Failed> {
    let by_seal = checked.log_in(NIP)?;
    let online = by_seal.open()?;
    for text in documents() {
        by_seal.deliver(&online, text.as_bytes())?;
    }
    by_seal.close(&online)?.expect(204)?;
    let by_token = checked.log_in_with_token(&by_seal.ksef_token()?, NIP)?;
    let name = |text: &InvoiceText| text.clone().replacing("FV ", "KOR ");
    let files: Vec<_> = documents().iter().map(name).collect();
    let files =
        files.iter().zip(1..).map(|(text, number)| (format!("{number}.xml"), text.as_bytes()));
    let package = Package::new(Compression::Zip, files)?;
    let batch = by_token.send_batch(&package.order(checked, 1)?)?;
    let proofs = ["SkrotDokumentuUwierzytelniajacego", "NumerReferencyjnyTokenaKSeF"];
    Ok(vec![(by_seal, online, proofs[0]), (by_token, batch, proofs[1])])
}

pub(crate) fn name_what_was_sent() -> Result<(), Failed> {
    let checked = CheckedSandbox::new(|_| {})?;
    for (client, session, proof) in sessions(&checked)? {
        let (of_invoices, of_session) = receipts(&client, &session)?;
        let [of_session] = of_session.as_slice() else {
            return Err("the session has another number of pages".into());
        };
        let invoices = client.invoices(&session)?;
        for (receipt, invoice) in of_invoices.iter().zip(&invoices) {
            agree(receipt, std::slice::from_ref(invoice), &session)?;
        }
        agree(of_session, &invoices, &session)?;
        let said = texts(of_session, proof)?.len();
        if (of_invoices.len(), said) != (3, 1) {
            return Err(format!("{} receipts, {said} proofs", of_invoices.len()).into());
        }
        // What was truly sent, by our own count.
        let hashes = |prefix: &str| {
            let text = |text: &InvoiceText| text.clone().replacing("FV ", prefix);
            let hash = |text: InvoiceText| Sha256Digest::of(text.as_bytes()).to_string();
            documents().iter().map(text).map(hash).collect::<Vec<_>>()
        };
        let prefix = if proof.starts_with("Skrot") { "FV " } else { "KOR " };
        equal(&texts(of_session, "SkrotDokumentu")?, &hashes(prefix), "the hashes")?;
    }
    checked.verdict()?;
    Ok(())
}

/// A receipt says of these invoices what is answered about them.
fn agree(receipt: &str, invoices: &[Value], session: &str) -> Result<(), Failed> {
    for (element, member) in [
        ("SkrotDokumentu", "invoiceHash"),
        ("NumerKSeFDokumentu", "ksefNumber"),
        ("NumerFaktury", "invoiceNumber"),
        ("TrybWysylki", "invoicingMode"),
    ] {
        let told = invoices.iter().map(|invoice| invoice.get(member).and_then(Value::as_str));
        let told: Vec<_> = told.map(|text| text.unwrap_or_default().to_owned()).collect();
        equal(&texts(receipt, element)?, &told, element)?;
    }
    equal(&texts(receipt, "NumerReferencyjnySesji")?, &[session.to_owned()], "the session")?;
    equal(&texts(receipt, "Nip")?, &[NIP.to_owned()], "the context")?;
    let sellers = vec![NIP.to_owned(); invoices.len()];
    equal(&texts(receipt, "NipSprzedawcy")?, &sellers, "the sellers")
}

pub(crate) fn are_signed_by_the_sandbox() -> Result<(), Failed> {
    let checked = CheckedSandbox::new(|_| {})?;
    let mut signers = Vec::new();
    for (client, session, _) in sessions(&checked)? {
        let (of_invoices, of_session) = receipts(&client, &session)?;
        for receipt in of_invoices.iter().chain(&of_session) {
            let verified = verify(receipt.as_bytes(), &Policy::default())
                .map_err(|fault| format!("the signature is wrong: {fault:?}"))?;
            signers.push(verified.signer.fingerprint());
            let other = receipt.replacen("Online", "Offline", 1);
            if verify(other.as_bytes(), &Policy::default()).is_ok() {
                return Err("a changed receipt is accepted".into());
            }
        }
    }
    checked.verdict()?;
    signers.dedup();
    if signers.len() == 1 { Ok(()) } else { Err("there are several signers".into()) }
}

/// There is none of what was rejected, nor of a session that nobody has.
pub(crate) fn are_for_what_was_accepted() -> Result<(), Failed> {
    let checked = CheckedSandbox::new(|_| {})?;
    let client = checked.log_in(NIP)?;
    let session = client.open()?;
    let invoice = client.deliver(&session, b"no invoice")?;
    client.get(&format!("/sessions/{session}/invoices/{invoice}/upo"))?.refused_with(21178)?;
    client.deliver(&session, InvoiceText::new("1").as_bytes())?;
    client.close(&session)?.expect(204)?;
    let (_, of_session) = receipts_of_accepted(&client, &session)?;
    if texts(&of_session, "Dokument")?.len() != 1 {
        return Err("a rejected invoice is in the receipt".into());
    }
    checked.ask(&request("GET", "/sessions/online", None, None)?)?.expect(401)?;
    checked.verdict()?;
    Ok(())
}

fn receipts_of_accepted(client: &Client<'_>, session: &str) -> Result<(String, String), Failed> {
    let status = client.session(session)?;
    let number = status.text("/upo/pages/0/referenceNumber")?.to_owned();
    let receipt = client.get(&format!("/sessions/{session}/upo/{number}"))?.expect(200)?;
    Ok((number, text(&receipt)?))
}
