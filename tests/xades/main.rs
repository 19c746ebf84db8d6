//! Signing and verifying, before judges from outside: `xmlsec1`, `signxml`, `lxml`, `xmllint`.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test that meets what cannot be is red"
)]

#[cfg(feature = "xmlsec")]
mod backends;
mod documents;
mod forge;
mod judges;
mod keys;
mod mutants;
mod planted;
mod receipts;

use std::process::ExitCode;

use documents::{Signed, requests, signed};
use ksef_client::xades::{CertificateDates, Policy, SignatureFault, verify, verify_login};
use ksef_tests::official_data;
use ksef_tests::suite::{Failed, Need, Suite, cases};
use mutants::Random;

const JUDGES: [Need; 2] = [Need::Program("xmlsec1"), Need::PythonVenv];
const OPENSSL: [Need; 1] = [Need::Program("openssl")];
const SCHEMAS: [Need; 3] = [
    Need::OfficialFile("schemas/auth/schemat_auth_v2-0.xsd"),
    Need::OfficialFile("schemas/auth/schemat_auth_v2-1.xsd"),
    Need::Program("xmllint"),
];
const EXAMPLES: [Need; 1] = [Need::OfficialFile("upo-examples/upo-sesja-kontekst-id-nip.xml")];

fn main() -> ExitCode {
    let suite = Suite::new()
        .test("what_we_sign_holds_for_every_judge", &JUDGES, holds_for_every_judge)
        .test("what_we_sign_fits_the_schema", &SCHEMAS, fits_the_schema)
        .test("mutants_of_what_is_covered_are_all_refused", &[], mutants_are_refused)
        .test("both_verifiers_say_the_same_of_mutants", &JUDGES, verifiers_agree)
        .test("the_same_in_other_words_holds_for_every_judge", &JUDGES, neutral_mutants_hold)
        .test("every_forgery_has_its_own_reason", &[], forgeries_have_reasons)
        .test("a_weak_key_has_its_own_reason", &OPENSSL, weak_keys_have_reasons)
        .test("sound_signatures_of_other_makes_hold", &JUDGES, other_makes_hold)
        .test("keys_load_in_every_form_and_say_what_is_wrong", &OPENSSL, keys::load_in_every_form)
        .test("a_receipt_is_held_against_the_document", &[], receipts::held_against_the_document)
        .test("the_ministrys_examples_are_receipts", &EXAMPLES, receipts::examples_are_read);
    #[cfg(feature = "xmlsec")]
    let suite = suite
        .test(
            "what_libxmlsec1_signs_holds_for_every_judge",
            &JUDGES,
            backends::xmlsec_signatures_hold,
        )
        .test("both_backends_say_the_same_of_mutants", &[], backends::backends_agree)
        .test("logins_of_either_backend_pass_either_sandbox", &[], backends::logins_pass);
    suite.run()
}

/// Whether our verifier accepts a document, with the planted faults that are switched on.
fn accepts(document: &str) -> bool {
    planted::verdict(verify(document.as_bytes(), &Policy::default())).is_ok()
}

fn holds_for_every_judge() -> Result<(), Failed> {
    let signed = signed();
    let for_judges: Vec<_> = signed.iter().map(Signed::for_judges).collect();
    let folder = judges::folder("signed");
    let xmlsec = judges::xmlsec(&folder, &for_judges);
    let signxml = judges::signxml(&for_judges);
    for (document, verdicts) in signed.iter().zip(xmlsec.iter().zip(&signxml)) {
        let verdicts = (accepts(&document.text), *verdicts.0, *verdicts.1);
        if verdicts != (true, true, true) {
            return Err(format!("{}: {verdicts:?}", document.name).into());
        }
    }
    println!("{} documents hold for xmlsec1, signxml and us", signed.len());
    Ok(())
}

/// The published patterns for two identifiers have `^` and `$`, which XML Schema takes for
/// ordinary characters; without them they say what they mean.
fn fits_the_schema() -> Result<(), Failed> {
    let folder = judges::folder("schema");
    for (request, signed) in requests().iter().zip(signed()) {
        let version = if request.schema().namespace().ends_with("2.0") { "2-0" } else { "2-1" };
        let schema = official_data::load(&format!("schemas/auth/schemat_auth_v{version}.xsd"))?;
        let published = String::from_utf8(schema)?;
        // `\b` and `\/` are none of XML Schema's either, and only 2.0 has them, for addresses.
        let meant = published
            .replace("=\"^", "=\"")
            .replace("$\"", "\"")
            .replace("\\b", "")
            .replace("\\/", "/");
        let from = signed.text.find("<ds:Signature ").expect("a signature");
        let end = "</ds:Signature>";
        let until = signed.text.find(end).expect("a signature") + end.len();
        let unsigned = format!("{}{}", &signed.text[..from], &signed.text[until..]);
        if let Some(errors) = judges::schema_errors(&folder, &meant, &unsigned) {
            return Err(format!("{}: {errors}", signed.name).into());
        }
    }
    Ok(())
}

/// Needs no judge: the changes are such that the signed infoset is certainly another one.
fn mutants_are_refused() -> Result<(), Failed> {
    let signed = signed();
    let mut random = Random::new(1);
    let count = cases(10_000, 100_000);
    for number in 0..count {
        let document = &signed[random.below(signed.len())];
        let mutant = mutants::changed(&mut random, document);
        if accepts(&mutant) {
            return Err(
                format!("mutant {number} of {} is accepted:\n{mutant}", document.name).into()
            );
        }
    }
    println!("{count} mutants are refused");
    Ok(())
}

/// One byte changed, anything goes: what the change means is for `lxml` to say, and a sample goes
/// to `xmlsec1` too.
fn verifiers_agree() -> Result<(), Failed> {
    let signed = signed();
    let mut random = Random::new(2);
    let count = cases(10_000, 100_000);
    let mutants: Vec<(&Signed, String)> = (0..count)
        .map(|number| {
            let document = &signed[random.below(signed.len())];
            let change = if number % 2 == 0 { mutants::changed } else { mutants::one_byte_changed };
            (document, change(&mut random, document))
        })
        .collect();
    let pairs: Vec<_> =
        mutants.iter().map(|(o, mutant)| (o.text.as_str(), mutant.as_str())).collect();
    let same = judges::same_infoset(&pairs);
    let sample: Vec<usize> = (0..mutants.len()).step_by(mutants.len() / 800).collect();
    let for_judges: Vec<_> = sample
        .iter()
        .map(|number| (mutants[*number].1.clone(), mutants[*number].0.certificate.clone()))
        .collect();
    let xmlsec = judges::xmlsec(&judges::folder("mutants"), &for_judges);
    for ((document, mutant), is_same) in mutants.iter().zip(&same) {
        if accepts(mutant) != *is_same {
            return Err(format!("{}, same infoset {is_same}:\n{mutant}", document.name).into());
        }
    }
    for (number, verdict) in sample.iter().zip(&xmlsec) {
        let (document, mutant) = &mutants[*number];
        if accepts(mutant) != *verdict {
            return Err(format!("{}, xmlsec1 says {verdict}:\n{mutant}", document.name).into());
        }
    }
    let kept = same.iter().filter(|same| **same).count();
    println!("{count} mutants, {kept} of them the same infoset; {} seen by xmlsec1", sample.len());
    Ok(())
}

fn neutral_mutants_hold() -> Result<(), Failed> {
    let signed = signed();
    let mut random = Random::new(3);
    let mutants: Vec<(&Signed, String)> = (0..400)
        .map(|_| {
            let document = &signed[random.below(signed.len())];
            (document, mutants::neutral(&mut random, document))
        })
        .collect();
    let pairs: Vec<_> =
        mutants.iter().map(|(o, mutant)| (o.text.as_str(), mutant.as_str())).collect();
    let same = judges::same_infoset(&pairs);
    let for_judges: Vec<_> = mutants
        .iter()
        .map(|(document, mutant)| (mutant.clone(), document.certificate.clone()))
        .collect();
    let xmlsec = judges::xmlsec(&judges::folder("neutral"), &for_judges);
    for (number, (document, mutant)) in mutants.iter().enumerate() {
        let verdicts = (accepts(mutant), same[number], xmlsec[number]);
        if verdicts != (true, true, true) {
            return Err(format!("{}: {verdicts:?}:\n{mutant}", document.name).into());
        }
    }
    println!("{} neutral mutants hold for lxml, xmlsec1 and us", mutants.len());
    Ok(())
}

fn forgeries_have_reasons() -> Result<(), Failed> {
    for (name, document) in forge::sound() {
        verify_login(document.as_bytes(), &Policy::default())
            .map_err(|fault| format!("{name}: {fault:?}"))?;
    }
    let mut wrong = Vec::new();
    for (name, document, expected) in forge::cases() {
        let found = planted::verdict(verify(document.as_bytes(), &Policy::default()));
        if found.as_ref().err() != Some(&expected) {
            wrong.push(format!("{name}: expected {expected:?}, found {found:?}"));
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
}

fn weak_keys_have_reasons() -> Result<(), Failed> {
    let policy = Policy::default().with_certificate_dates(CertificateDates::Ignored);
    for (openssl, expected) in [
        (["-newkey", "rsa:1024"].as_slice(), SignatureFault::KeyTooShort),
        (
            &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:secp224r1"],
            SignatureFault::KeyTooShort,
        ),
        (&["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:secp256k1"], SignatureFault::KeyKind),
        (&["-newkey", "ed25519"], SignatureFault::KeyKind),
    ] {
        let document = forge::with_key_of(openssl);
        let found = verify(document.as_bytes(), &policy);
        if found.as_ref().err() != Some(&expected) {
            return Err(format!("{openssl:?}: expected {expected:?}, found {found:?}").into());
        }
    }
    Ok(())
}

/// Not ours to the last byte: other transforms, other orders, and `xmlsec1` agrees.
fn other_makes_hold() -> Result<(), Failed> {
    let certificate = |name: &str| {
        documents::SIGNATORIES[usize::from(name.contains("P-256"))].identity.certificate_pem()
    };
    let sound = forge::sound();
    let for_judges: Vec<_> = sound
        .iter()
        // `xmlsec1` looks for identifiers only where it is told to.
        .filter(|(name, _)| !name.contains("Id"))
        .map(|(name, document)| (document.clone(), certificate(name)))
        .collect();
    let xmlsec = judges::xmlsec(&judges::folder("sound"), &for_judges);
    let ours = sound.iter().all(|(_, document)| accepts(document));
    if ours && xmlsec.iter().all(|verdict| *verdict) {
        Ok(())
    } else {
        Err(format!("{ours} {xmlsec:?}").into())
    }
}
