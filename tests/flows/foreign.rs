//! A client of somebody else against the sandbox, as a newcomer would install it.
//!
//! `foreign_client.py` uses the public API of the Python package `ksef-client`. It follows no link to a loopback
//! address, so the sandbox hands out links to a name, which means 127.0.0.1 within the Python process. Every
//! answer that it got is held against the contract.

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;

use ksef_client::xades::UpoSignatureVerifier;
use ksef_core::{Nip, Sha256Digest, UpoXml};
use ksef_sandbox::{Config, Delays, Handle, Permission, Sandbox};
use ksef_tests::contract::{Contract, Inspector, OPEN_API};
use ksef_tests::python;
use ksef_tests::sandbox::{InvoiceText, NIP};
use ksef_tests::suite::{Failed, Need, Suite};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

const NEEDS: [Need; 2] = [Need::OfficialFile(OPEN_API), Need::PythonModule("ksef_client")];

type Test = (&'static str, fn() -> Result<(), Failed>);

const TESTS: &[Test] = &[
    ("a_foreign_client_logs_in_by_token", || logs_in("by_token")),
    ("a_foreign_client_logs_in_by_token_without_naming_the_key", || {
        logs_in("by_token_without_key_id")
    }),
    ("a_foreign_client_logs_in_by_certificate", || logs_in("by_certificate")),
    ("a_foreign_client_sends_online_and_gets_number_and_receipt", sends_online),
    ("a_foreign_client_is_told_of_a_duplicate", is_told_of_a_duplicate),
    ("a_foreign_client_sends_a_zip_of_20", || sends_a_batch("Zip")),
    ("a_foreign_client_sends_a_tar_gz_of_20", || sends_a_batch("TarGz")),
    ("a_foreign_client_queries_and_exports", queries_and_exports),
];

/// The suite with the tests of this module.
pub(crate) fn add_to(suite: Suite) -> Suite {
    TESTS.iter().fold(suite, |suite, (name, test)| suite.test(name, &NEEDS, test))
}

/// A sandbox behind a socket, and what a client in another process needs to log in.
struct Place {
    handle: Handle,
    runtime: Runtime,
    inspector: Arc<Inspector>,
    credentials: TempDir,
}

/// What the client says of its story.
struct Told(Value);

impl Place {
    fn open() -> Result<Self, Failed> {
        let mut config = Config::default();
        config.public_url = Some("http://ksef-sandbox.test:0".to_owned());
        config.delays = Delays::NONE;
        config.rate_limits = false;
        let inspector = Arc::new(Inspector::of_server(&Contract::load()?));
        let watching = Arc::clone(&inspector);
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let handle =
            runtime.block_on(Sandbox::start_watched(
                config,
                move |request, answer| match answer {
                    Ok(response) => watching.answer(request, response),
                    Err(_) => watching.dropped(),
                },
            ))?;
        let credentials = TempDir::new()?;
        let seal = handle.sandbox().create_certificate(NIP.parse()?)?;
        fs::write(credentials.path().join("certificate.pem"), seal.certificate_pem())?;
        fs::write(credentials.path().join("key.pem"), seal.key_pem().expose())?;
        Ok(Self { handle, runtime, inspector, credentials })
    }

    /// Lets the client live through a story, and holds all that it was answered against the contract.
    fn tell(self, story: &str, more: &Value) -> Result<Told, Failed> {
        let nip: Nip = NIP.parse()?;
        let rights = [Permission::InvoiceRead, Permission::InvoiceWrite];
        let mut task = json!({
            "story": story,
            "base_url": self.handle.base_url(),
            "address": self.handle.address().ip(),
            "nip": nip,
            "ksef_token": self.handle.sandbox().create_token(nip, rights).expose(),
            "certificate": self.credentials.path().join("certificate.pem"),
            "key": self.credentials.path().join("key.pem"),
        });
        if let (Some(task), Some(more)) = (task.as_object_mut(), more.as_object()) {
            task.extend(more.clone());
        }
        let answers = python::ask("flows/foreign_client.py", &[], vec![task])?;
        let told = answers.first().ok_or("the client said nothing")?;
        let told = Told(serde_json::from_str(told)?);
        let accepted = self.handle.sandbox().accepted();
        self.runtime.block_on(self.handle.stop());
        self.inspector.verdict()?;
        told.agrees_with(
            &accepted.iter().map(|it| it.ksef_number.to_string()).collect::<Vec<_>>(),
        )?;
        Ok(told)
    }
}

impl Told {
    fn text(&self, pointer: &str) -> Result<&str, Failed> {
        let value = self.0.pointer(pointer).and_then(Value::as_str);
        Ok(value.ok_or_else(|| format!("{pointer} is no text in {}", self.0))?)
    }

    fn texts(&self, pointer: &str) -> Result<Vec<&str>, Failed> {
        let list = self.0.pointer(pointer).and_then(Value::as_array);
        let list = list.ok_or_else(|| format!("{pointer} is no list in {}", self.0))?;
        Ok(list.iter().filter_map(Value::as_str).collect())
    }

    fn expect(&self, pointer: &str, expected: impl Into<Value>) -> Result<(), Failed> {
        let (told, expected) = (self.0.pointer(pointer), expected.into());
        if told == Some(&expected) {
            return Ok(());
        }
        Err(format!("{pointer} is {told:?} and not {expected}").into())
    }

    /// Every KSeF number that was told is that of an invoice which the sandbox has, and each is told once.
    fn agrees_with(&self, accepted: &[String]) -> Result<(), Failed> {
        let told = ["/ksef_numbers", "/sent", "/found", "/exported", "/metadata"];
        for pointer in told.into_iter().filter(|&pointer| self.0.pointer(pointer).is_some()) {
            let mut numbers = self.texts(pointer)?;
            numbers.sort_unstable();
            let mut accepted: Vec<&str> = accepted.iter().map(String::as_str).collect();
            accepted.sort_unstable();
            if numbers != accepted {
                return Err(format!("{pointer} is {numbers:?} and not {accepted:?}").into());
            }
        }
        Ok(())
    }
}

/// What the receipt says was accepted, if its signature holds: KSeF number and hash.
fn receipt(xml: &str) -> Result<BTreeMap<String, Sha256Digest>, Failed> {
    let receipt = UpoSignatureVerifier::new().read(&UpoXml::new(xml.as_bytes())?)?;
    let documents = receipt.upo.documents.iter();
    Ok(documents.map(|document| (document.ksef_number.to_string(), document.digest)).collect())
}

fn invoices(count: u32) -> Vec<InvoiceText> {
    (1..=count).map(|number| InvoiceText::new(&format!("FV/{number}/11/2026"))).collect()
}

fn texts(invoices: &[InvoiceText]) -> Vec<&str> {
    invoices.iter().map(InvoiceText::as_str).collect()
}

fn logs_in(story: &str) -> Result<(), Failed> {
    let told = Place::open()?.tell(story, &json!({}))?;
    told.expect("/listed", json!([told.text("/reference_number")?]))
}

fn sends_online() -> Result<(), Failed> {
    let sent = invoices(1);
    let told = Place::open()?.tell("online", &json!({ "invoices": texts(&sent) }))?;
    let [document] = sent.as_slice() else { return Err("one is sent".into()) };
    let digest = Sha256Digest::of(document.as_bytes());
    told.expect("/code", 200)?;
    told.expect("/session_code", 200)?;
    told.expect("/receipts_agree", true)?;
    told.expect("/document", document.as_str())?;
    told.expect("/document_hash", digest.to_string())?;
    let expected = BTreeMap::from([(told.text("/ksef_number")?.to_owned(), digest)]);
    for pointer in ["/receipt", "/session_receipt"] {
        if receipt(told.text(pointer)?)? != expected {
            return Err(format!("{pointer} is not for what was sent").into());
        }
    }
    Ok(())
}

fn is_told_of_a_duplicate() -> Result<(), Failed> {
    let sent = invoices(1);
    let told = Place::open()?.tell("refused", &json!({ "invoices": texts(&sent) }))?;
    told.expect("/code", 440)?;
    told.expect("/original", told.text("/first")?)
}

fn sends_a_batch(compression: &str) -> Result<(), Failed> {
    let sent = invoices(20);
    let task = json!({ "invoices": texts(&sent), "compression": compression });
    let told = Place::open()?.tell("batch", &task)?;
    told.expect("/code", 200)?;
    told.expect("/count", 20)?;
    told.expect("/successful", 20)?;
    let [page] = told.texts("/receipts")?[..] else { return Err("there is one page".into()) };
    let receipt = receipt(page)?;
    let mut receipted: Vec<Sha256Digest> = receipt.values().copied().collect();
    let mut hashes: Vec<Sha256Digest> =
        sent.iter().map(|invoice| Sha256Digest::of(invoice.as_bytes())).collect();
    receipted.sort_unstable();
    hashes.sort_unstable();
    if receipted == hashes { Ok(()) } else { Err("the receipt is not for what was sent".into()) }
}

fn queries_and_exports() -> Result<(), Failed> {
    let place = Place::open()?;
    let now = place.handle.sandbox().now();
    let day = std::time::Duration::from_secs(86_400);
    let (from, to) = (now.checked_sub(day), now.checked_add(day));
    let sent = invoices(20);
    let task = json!({ "invoices": texts(&sent), "compression": "Zip", "from": from, "to": to });
    let told = place.tell("retrieval", &task)?;
    if told.texts("/found")?.len() == 20 { Ok(()) } else { Err("20 are to be found".into()) }
}
