//! What is accepted is what was sent, once each, whatever went wrong on the way.

use std::collections::{BTreeMap, BTreeSet};
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use ksef_core::Sha256Digest;
use ksef_core::submission::simulation::Random;
use ksef_sandbox::{Delays, Fault, FaultKind};
use ksef_tests::sandbox::{
    Answer, CheckedSandbox, Client, Compression, DocumentKey, InvoiceText, NIP, Package, sealed,
};
use ksef_tests::suite::{Failed, cases};
use serde_json::Value;

use crate::faults;

/// The KSeF numbers of documents by their hashes.
type Told = BTreeMap<String, String>;

/// How many documents are sent in a world.
const DOCUMENTS: u64 = 5;

/// How often something is tried before it counts as impossible.
const PATIENCE: u32 = 500;

/// Everything that can go wrong.
const KINDS: [FaultKind; 18] = [
    FaultKind::DropBefore,
    FaultKind::DropAfter,
    FaultKind::Delay { milliseconds: 10 },
    FaultKind::TooManyRequests { retry_after_seconds: 2 },
    FaultKind::ServerError { status: 503 },
    FaultKind::Html,
    FaultKind::SessionKeyRace,
    FaultKind::SessionUnavailable,
    FaultKind::StuckProcessing,
    FaultKind::ExportStuck,
    FaultKind::WrongPartHash,
    FaultKind::InvoiceCancelled,
    FaultKind::UnknownError,
    FaultKind::AuthenticationCancelled,
    FaultKind::AuthenticationError,
    FaultKind::LatePermanentStorage { seconds: 60 },
    FaultKind::ShortAccessToken { seconds: 3 },
    FaultKind::WrongOriginalSession,
];

/// Worlds with faults of their own. A world's number is its seed.
pub(crate) fn nothing_is_lost_and_nothing_comes_twice() -> Result<(), Failed> {
    let mut fired = BTreeSet::new();
    for seed in 0..u64::from(cases(60, 3_000)) {
        fired.extend(world(seed, false).map_err(|why| format!("online {seed}: {why:?}"))?);
        fired.extend(world(seed, true).map_err(|why| format!("batch {seed}: {why:?}"))?);
    }
    // Nothing is proven by faults that never happened. Two are about exports alone, and whoever asks first
    // sends no duplicates.
    let unseen = KINDS.iter().map(FaultKind::name).filter(|kind| !fired.contains(kind));
    let unseen = unseen
        .filter(|kind| !["exportStuck", "wrongOriginalSession", "wrongPartHash"].contains(kind));
    crate::none(&unseen.map(str::to_owned).collect::<Vec<_>>())
}

/// The faults that happened in it.
fn world(seed: u64, as_batch: bool) -> Result<Vec<&'static str>, Failed> {
    let checked = CheckedSandbox::new(|config| {
        config.delays = Delays::REAL;
        config.seed = Some(seed);
    })?;
    let checked = checked.excusing(faults::excuse);
    let mut random = Random::new(seed);
    let mut sender = Sender::new(&checked)?;
    let kinds = u64::try_from(KINDS.len())?;
    for _ in 0..5 {
        let kind = KINDS.iter().cycle().nth(usize::try_from(random.below(kinds))?);
        let fault = Fault::always(kind.ok_or("there are faults")?.clone());
        let thousandths = u32::try_from(50 + random.below(250))?;
        checked.sandbox().add_fault(fault.in_thousandths(thousandths, random.bits()));
    }
    let texts = (0..DOCUMENTS).map(|number| InvoiceText::new(&format!("FV/{number}"))).collect();
    let acknowledged =
        if as_batch { sender.deliver_batch(texts)? } else { sender.deliver_each(&texts)? };
    let armed = checked.sandbox().faults();
    checked.sandbox().clear_faults();
    let accepted = none_twice(&checked)?;
    if accepted != acknowledged {
        return Err(format!("{acknowledged:?} was told, {accepted:?} accepted").into());
    }
    checked.verdict()?;
    let fired = armed.iter().filter(|armed| armed.fired > 0);
    Ok(fired.map(|armed| armed.fault.kind.name()).collect())
}

/// What was accepted, if each document is there once.
pub(crate) fn none_twice(checked: &CheckedSandbox) -> Result<Told, Failed> {
    let list = Request::get("/sandbox/invoices").body(Bytes::new())?;
    let answer = checked.ask(&list)?.expect(200)?;
    let (mut accepted, mut keys) = (BTreeMap::new(), BTreeSet::new());
    for invoice in answer.list("/invoices")? {
        let field = |name: &str| invoice.get(name).and_then(Value::as_str).unwrap_or_default();
        let key = (field("sellerNip"), field("invoiceNumber"));
        let number = field("ksefNumber").to_owned();
        let is_new = keys.insert(key) && !accepted.values().any(|other| *other == number);
        if !is_new || accepted.insert(field("invoiceHash").to_owned(), number).is_some() {
            return Err(format!("{key:?} was accepted twice").into());
        }
    }
    Ok(accepted)
}

/// Whoever sends again only after asking what became of it.
struct Sender<'a> {
    client: Client<'a>,
    session: String,
}

/// What is known of a document after it was sent.
enum Known {
    /// It has this reference number.
    Received(String),
    /// It was not received.
    NotReceived,
    /// The session takes no more.
    SessionEnded,
}

impl<'a> Sender<'a> {
    fn new(checked: &'a CheckedSandbox) -> Result<Self, Failed> {
        let client = checked.log_in(NIP)?;
        let session = client.open()?;
        Ok(Self { client, session })
    }

    /// Does something that can be done again, until it is done.
    fn calmly<T>(
        &mut self,
        act: impl Fn(&Client<'a>, &str) -> Result<T, Failed>,
    ) -> Result<T, Failed> {
        let mut last = None;
        for _ in 0..PATIENCE {
            match act(&self.client, &self.session) {
                Ok(done) => return Ok(done),
                Err(why) => last = Some(why),
            }
            self.client.checked().advance(Duration::from_secs(2));
            // The token may have expired; a login is under the same faults.
            if let Ok(client) = self.client.checked().log_in(NIP) {
                self.client = client;
            }
        }
        Err(last.unwrap_or_else(|| "there is no patience".into()))
    }

    /// Sends one document after the other.
    fn deliver_each(&mut self, texts: &[InvoiceText]) -> Result<Told, Failed> {
        texts.iter().map(|text| Ok((hash_of(text), self.deliver(text)?))).collect()
    }

    /// Sends all documents in a package, and in another one those of which nothing became.
    fn deliver_batch(&mut self, mut texts: Vec<InvoiceText>) -> Result<Told, Failed> {
        let mut told = Told::new();
        for _ in 0..PATIENCE {
            if texts.is_empty() {
                return Ok(told);
            }
            let session = self.send_batch(&texts)?;
            let path = format!("/sessions/{session}");
            let mut code = 0;
            for _ in 0..60 {
                let status =
                    |client: &Client<'a>, _: &str| client.get(&path)?.expect(200)?.status();
                code = self.calmly(status)?.code;
                if code >= 200 {
                    break;
                }
                self.client.checked().advance(Duration::from_secs(1));
            }
            // Of a session that failed as a whole nothing was accepted.
            if matches!(code, 150 | 200 | 445) {
                told.append(&mut self.accepted_in(&session)?);
            }
            texts.retain(|text| !told.contains_key(&hash_of(text)));
        }
        Err("it is never accepted".into())
    }

    /// The number of a closed session with these documents.
    fn send_batch(&mut self, texts: &[InvoiceText]) -> Result<String, Failed> {
        let files = texts.iter().zip(1..);
        let files = files.map(|(text, number)| (format!("{number}.xml"), text.as_bytes()));
        let package = Package::new(Compression::Zip, files)?;
        let order = self.calmly(|client, _| package.order(client.checked(), 2))?;
        let opened = self.calmly(|client, _| {
            let opened = client.open_batch(&order)?.expect(201)?;
            let session = opened.text("/referenceNumber")?.to_owned();
            Ok((session, opened))
        });
        let (session, opened) = opened?;
        self.calmly(|client, _| client.upload(&opened, order.parts()))?;
        self.calmly(|client, _| {
            let closed = client.close_batch(&session)?;
            // An earlier try has closed it, or it came too late, which its status says then.
            if matches!(closed.exceptions().as_slice(), [21180 | 21208]) {
                return Ok(());
            }
            closed.expect(204).map(drop)
        })?;
        Ok(session)
    }

    /// The documents of a session that have a KSeF number, now or from before.
    fn accepted_in(&mut self, session: &str) -> Result<Told, Failed> {
        let listed = self.calmly(|client, _| client.invoices(session))?;
        let told = listed.iter().filter_map(|invoice| {
            let field = |pointer: &str| invoice.pointer(pointer).and_then(Value::as_str);
            let number =
                field("/ksefNumber").or_else(|| field("/status/extensions/originalKsefNumber"))?;
            Some((field("/invoiceHash")?.to_owned(), number.to_owned()))
        });
        Ok(told.collect())
    }

    /// Sends a document until it is accepted; its KSeF number.
    fn deliver(&mut self, text: &InvoiceText) -> Result<String, Failed> {
        for _ in 0..PATIENCE {
            let reference = match self.send(text)? {
                Known::Received(reference) => reference,
                Known::NotReceived => continue,
                Known::SessionEnded => {
                    self.session = self.calmly(|client, _| client.open())?;
                    continue;
                }
            };
            let told = self.outcome(&reference)?;
            match told.status()?.code {
                200 => return Ok(told.text("/ksefNumber")?.to_owned()),
                440 => return Ok(told.text("/status/extensions/originalKsefNumber")?.to_owned()),
                405 => self.session = self.calmly(|client, _| client.open())?,
                // It is not accepted, and may be sent again.
                500 | 550 => {}
                // It is stuck for longer than KSeF ever takes; another session is tried.
                100 | 150 => self.session = self.calmly(|client, _| client.open())?,
                _ => return Err(format!("{told:?}").into()),
            }
        }
        Err("it is never accepted".into())
    }

    /// Sends once, and asks where there is no answer that says what became of it.
    fn send(&mut self, text: &InvoiceText) -> Result<Known, Failed> {
        let ciphertext = DocumentKey::TEST.encrypt(text.as_bytes())?;
        let body = sealed(text.as_bytes(), &ciphertext);
        let path = format!("/sessions/online/{}/invoices", self.session);
        let request = self.client.request("POST", &path, Some(&body))?;
        let Ok(answer) = self.client.checked().send(&request).map(Answer::of) else {
            return self.ask_about(text);
        };
        let seconds = answer.header("retry-after").and_then(|text| text.parse().ok());
        self.client.checked().advance(Duration::from_secs(seconds.unwrap_or_default()));
        match answer.code() {
            202 => Ok(Known::Received(answer.text("/referenceNumber")?.to_owned())),
            400 if answer.exceptions() == [21180] => Ok(Known::SessionEnded),
            400 if answer.exceptions() == [21184] => Ok(Known::NotReceived),
            429 => Ok(Known::NotReceived),
            200 | 401 | 500.. => self.ask_about(text),
            code => Err(format!("{code}: {}", answer.json()).into()),
        }
    }

    fn ask_about(&mut self, text: &InvoiceText) -> Result<Known, Failed> {
        let hash = hash_of(text);
        let listed = self.calmly(Client::invoices)?;
        let is_it = |invoice: &&Value| {
            // What was cancelled is as if it had never come.
            let code = invoice.pointer("/status/code").and_then(Value::as_u64);
            let is_final = code.is_some_and(|code| code != 500 && code != 550);
            is_final && invoice.get("invoiceHash").and_then(Value::as_str) == Some(&hash)
        };
        let found = listed.iter().rev().find(is_it);
        let reference = found.and_then(|invoice| invoice.get("referenceNumber")?.as_str());
        Ok(reference.map_or(Known::NotReceived, |text| Known::Received(text.to_owned())))
    }

    /// What becomes of an invoice, after a minute at most.
    fn outcome(&mut self, reference: &str) -> Result<Answer, Failed> {
        // A page of a firewall says nothing of it.
        let told = |client: &Client<'a>, session: &str| {
            let told = client.invoice(session, reference)?;
            told.status().map(|_| told)
        };
        let mut last = self.calmly(told)?;
        for _ in 0..60 {
            if last.status()?.code >= 200 {
                break;
            }
            self.client.checked().advance(Duration::from_secs(1));
            last = self.calmly(told)?;
        }
        Ok(last)
    }
}

fn hash_of(text: &InvoiceText) -> String {
    Sha256Digest::of(text.as_bytes()).to_string()
}

/// Eight clients with the same documents, in sessions and at times of their own.
pub(crate) fn a_race_has_one_winner() -> Result<(), Failed> {
    const NUMBERS: usize = 12;
    let checked = CheckedSandbox::new(|_| {})?;
    let clients = (0..8).map(|_| checked.log_in(NIP)).collect::<Result<Vec<_>, _>>()?;
    let race = |client: &Client<'_>| -> Result<Vec<u16>, Failed> {
        let session = client.open()?;
        let mut codes = Vec::new();
        for number in 0..NUMBERS {
            let text = InvoiceText::new(&number.to_string());
            let invoice = client.deliver(&session, text.as_bytes())?;
            codes.push(client.invoice(&session, &invoice)?.status()?.code);
        }
        Ok(codes)
    };
    let race = &race;
    let codes = thread::scope(|scope| {
        let running: Vec<_> =
            clients.iter().map(|client| scope.spawn(move || race(client))).collect();
        running.into_iter().map(thread::ScopedJoinHandle::join).collect::<Vec<_>>()
    });
    let mut winners = [0; NUMBERS];
    for codes in codes {
        let codes = codes.map_err(|_| "a client stopped")??;
        for (winners, code) in winners.iter_mut().zip(codes) {
            match code {
                200 => *winners += 1,
                440 => {}
                code => return Err(format!("an invoice has status {code}").into()),
            }
        }
    }
    let accepted = none_twice(&checked)?.len();
    checked.verdict()?;
    if (winners, accepted) == ([1; NUMBERS], NUMBERS) {
        return Ok(());
    }
    Err(format!("{winners:?} winners, {accepted} accepted").into())
}
