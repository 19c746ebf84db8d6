//! The two backends, beside each other: no signature divides them.

use std::sync::Arc;

use http::Request;
use ksef_client::xades::{Native, Policy, SignatureBackend, SignatureFault, SignedXml, Xmlsec};
use ksef_core::Timestamp;
use ksef_sandbox::{Config, Delays, Sandbox};
use ksef_tests::suite::{Failed, cases};
use serde_json::Value;

use crate::documents::{SIGNATORIES, Signed, request, requests, signed};
use crate::mutants::{self, Random};
use crate::{documents, judges};

const BACKENDS: [&dyn SignatureBackend; 2] = [&Native, &Xmlsec];

/// Every request, signed with both keys by libxmlsec1, holds for us and for the outside judges.
pub(crate) fn xmlsec_signatures_hold() -> Result<(), Failed> {
    let mut made = Vec::new();
    for (request, signatory) in
        requests().iter().flat_map(|request| SIGNATORIES.each_ref().map(|key| (request, key)))
    {
        // Not in canonical form: its bytes stay as they are.
        let text = format!("<?xml version='1.0'?>\n{}\n", request.to_canonical_xml().as_str());
        let signed = Xmlsec.sign(&text, &signatory.key, documents::now())?;
        for backend in BACKENDS {
            backend.verify(signed.as_bytes(), &Policy::default())?;
        }
        let text = String::from_utf8(signed.into_bytes())?;
        made.push((text, signatory.identity.certificate_pem()));
    }
    let xmlsec = judges::xmlsec(&judges::folder("backends"), &made);
    let signxml = judges::signxml(&made);
    for ((text, _), verdicts) in made.iter().zip(xmlsec.iter().zip(&signxml)) {
        if verdicts != (&true, &true) {
            return Err(format!("{verdicts:?}:\n{text}").into());
        }
    }
    println!("{} signatures by libxmlsec1 hold for xmlsec1, signxml and both backends", made.len());
    Ok(())
}

/// What is sound for one is sound for the other, and what our arithmetic refuses libxmlsec1's
/// refuses too.
pub(crate) fn backends_agree() -> Result<(), Failed> {
    let signed = signed();
    let mut random = Random::new(4);
    let count = cases(10_000, 100_000);
    let mut accepted = 0;
    for number in 0..count {
        let document = &signed[random.below(signed.len())];
        let mutant = match number % 4 {
            0 => mutants::neutral(&mut random, document),
            1 => mutants::one_byte_changed(&mut random, document),
            _ => mutants::changed(&mut random, document),
        };
        accepted += usize::from(judged_alike(document, &mutant)?);
    }
    println!("{count} mutants, {accepted} of them accepted by both");
    Ok(())
}

/// Whether both accept it.
fn judged_alike(document: &Signed, mutant: &str) -> Result<bool, Failed> {
    use SignatureFault as F;
    let [native, xmlsec] =
        BACKENDS.map(|backend| backend.verify(mutant.as_bytes(), &Policy::default()).err());
    let same = match (native, xmlsec) {
        (Some(F::DocumentDigest | F::PropertiesDigest | F::SignatureValue), other) => {
            other == Some(F::Refused)
        }
        // A value in the wrong form: libxmlsec1 knows no name for it.
        (Some(F::EcdsaDer | F::KeyMismatch | F::KeyKind | F::KeyTooShort | F::Base64), other) => {
            other.is_some()
        }
        (native, xmlsec) => native == xmlsec,
    };
    if same {
        Ok(native.is_none())
    } else {
        let name = &document.name;
        Err(format!("{name}: {native:?} and {xmlsec:?}:\n{mutant}").into())
    }
}

/// Signed by either, checked by either.
pub(crate) fn logins_pass() -> Result<(), Failed> {
    let keys = ksef_tests::sandbox::keys()?;
    for judge in [Arc::new(Native) as Arc<dyn SignatureBackend>, Arc::new(Xmlsec)] {
        let mut config = Config::default();
        config.delays = Delays::NONE;
        config.keys = Some(Arc::clone(&keys));
        config.signature_backend = judge;
        let sandbox = Sandbox::new(config)?;
        sandbox.freeze(documents::now());
        for signer in BACKENDS {
            for signatory in SIGNATORIES.each_ref() {
                let signed = |text: &str, at: Timestamp| signer.sign(text, &signatory.key, at);
                let code = login(&sandbox, &signed)?;
                if code != 200 {
                    return Err(format!("{signer:?}: status {code}").into());
                }
            }
        }
    }
    Ok(())
}

type Sign<'s> = dyn Fn(&str, Timestamp) -> Result<SignedXml, ksef_client::xades::SignError> + 's;

/// The status code with which a login ends.
fn login(sandbox: &Sandbox, sign: &Sign<'_>) -> Result<u64, Failed> {
    let challenge = ask(sandbox, Request::post("/v2/auth/challenge"), Vec::new())?;
    let challenge = challenge["challenge"].as_str().ok_or("no challenge")?;
    let template = request("Nip/5265877635");
    let text =
        template.to_canonical_xml().as_str().replace(template.challenge().as_str(), challenge);
    let signed = sign(&text, documents::now())?;
    let post = Request::post("/v2/auth/xades-signature").header("content-type", "application/xml");
    let started = ask(sandbox, post, signed.into_bytes())?;
    let number = started["referenceNumber"].as_str().ok_or_else(|| format!("{started}"))?;
    let token = started["authenticationToken"]["token"].as_str().ok_or("no token")?;
    let status = Request::get(format!("/v2/auth/{number}"))
        .header("authorization", format!("Bearer {token}"));
    let status = ask(sandbox, status, Vec::new())?;
    status["status"]["code"].as_u64().ok_or_else(|| format!("{status}").into())
}

fn ask(sandbox: &Sandbox, request: http::request::Builder, body: Vec<u8>) -> Result<Value, Failed> {
    let answer = sandbox.handle(&request.body(body.into())?)?;
    Ok(serde_json::from_slice(answer.body())?)
}
