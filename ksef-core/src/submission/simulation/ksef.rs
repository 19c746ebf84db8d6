//! The simulated server: sessions, invoices, and what it holds for good.

use core::time::Duration;

use super::{Faults, Random};
use crate::submission::{Channel, InvoiceState, Original, OriginalFinding, Refusal};
use crate::{KsefNumber, Nip, ReferenceNumber, ReferenceNumberKind, Sha256Digest, Timestamp};

const SESSION_LIFETIME: Duration = Duration::from_secs(12 * 60 * 60);
const IN_KSEF_TIMES: &str = "the simulation runs in 2020 or later";
const LATEST_ARRIVAL: u64 = 20 * 60 * 1_000;

/// What a client gets back.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "there is no fourth way for a request to end")]
pub enum Answer<T> {
    /// What it asked for.
    Given(T),
    /// A refusal; nothing was done.
    Refused(Refusal),
    /// Nothing that says what was done.
    Lost,
}

/// A document as far as the simulation looks into it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "built by every test")]
pub struct Parcel {
    /// Stands for seller, kind and invoice number, by which KSeF recognises duplicates.
    pub number: u64,
    /// The hash of the bytes.
    pub digest: Sha256Digest,
}

/// A document that KSeF has accepted, for good.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Held {
    /// The document.
    pub parcel: Parcel,
    /// The number that KSeF gave it.
    pub ksef_number: KsefNumber,
    /// Since when.
    pub since: Timestamp,
    /// The session in which it came; none for what was there before the simulation began.
    pub session: Option<ReferenceNumber>,
}

/// A row of the list of a session's invoices.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Row {
    /// The invoice's status.
    pub state: InvoiceState,
    /// The invoice's hash.
    pub digest: Sha256Digest,
}

/// What the status of a session says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct SessionReading {
    /// The status code.
    pub code: u16,
    /// How many invoices it holds.
    pub invoices: u32,
}

/// A KSeF in memory whose time is set from outside.
#[derive(Debug)]
pub struct SimulatedKsef {
    now: Timestamp,
    random: Random,
    faults: Faults,
    sessions: Vec<Session>,
    held: Vec<Held>,
    invalid: Vec<Sha256Digest>,
    /// Requests that are still on their way: when they arrive, and what they ask for.
    under_way: Vec<(Timestamp, Request)>,
    minted: u16,
}

#[derive(Debug)]
struct Session {
    reference: ReferenceNumber,
    channel: Channel,
    ends_at: Timestamp,
    key_is_good: bool,
    opened_at: Timestamp,
    closed_at: Option<Timestamp>,
    broken_as: Option<u16>,
    uploaded: Vec<Parcel>,
    invoices: Vec<Invoice>,
}

#[derive(Debug)]
struct Invoice {
    reference: ReferenceNumber,
    parcel: Parcel,
    arrived_at: Timestamp,
    listed_at: Timestamp,
    settles_at: Timestamp,
    state: Option<InvoiceState>,
}

#[derive(Clone, Copy, Debug)]
enum Request {
    Send(ReferenceNumber, Parcel),
    Close(ReferenceNumber),
}

/// What the network does to a request.
enum Fate {
    Arrives,
    RequestLost,
    AnswerLost,
    Late(Timestamp),
    Refused(Refusal),
}

const fn refusal(http_status: u16, code: Option<u32>) -> Refusal {
    Refusal { http_status, code }
}

impl SimulatedKsef {
    /// A KSeF that holds nothing yet.
    #[must_use]
    pub fn new(seed: u64, faults: Faults, now: Timestamp) -> Self {
        Self {
            now,
            random: Random::new(seed),
            faults,
            sessions: Vec::new(),
            held: Vec::new(),
            invalid: Vec::new(),
            under_way: Vec::new(),
            minted: 0,
        }
    }

    /// The time it is.
    #[must_use]
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// Lets time pass. Time never goes back.
    pub fn advance_to(&mut self, now: Timestamp) {
        while let Some(at) = self.next_event().filter(|at| *at <= now) {
            self.now = self.now.max(at);
            self.arrive();
            self.settle();
        }
        self.now = self.now.max(now);
    }

    /// The documents that KSeF has accepted under this number, for a test to judge by.
    #[must_use]
    pub fn held(&self, number: u64) -> Vec<Held> {
        self.held.iter().filter(|held| held.parcel.number == number).copied().collect()
    }

    /// Puts a document of somebody else under `parcel`'s number, as though it was there before.
    pub fn hold_foreign(&mut self, parcel: Parcel) {
        let ksef_number = self.mint_ksef_number();
        self.held.push(Held { parcel, ksef_number, since: self.now, session: None });
    }

    /// Finds the document with this hash invalid, whenever it comes (status 450).
    pub fn find_invalid(&mut self, digest: Sha256Digest) {
        self.invalid.push(digest);
    }

    /// Opens a session; for a batch, with its documents uploaded.
    pub fn open(&mut self, channel: Channel, uploaded: &[Parcel]) -> Answer<ReferenceNumber> {
        match self.fate(false) {
            Fate::Arrives => Answer::Given(self.open_session(channel, uploaded)),
            Fate::AnswerLost => {
                self.open_session(channel, uploaded);
                Answer::Lost
            }
            Fate::RequestLost | Fate::Late(_) => Answer::Lost,
            Fate::Refused(refusal) => Answer::Refused(refusal),
        }
    }

    /// The request that submits: an invoice into an online session, or the closing of a batch.
    pub fn submit(
        &mut self,
        session: ReferenceNumber,
        parcel: Parcel,
    ) -> Answer<Option<ReferenceNumber>> {
        let request = self.submission(session, parcel);
        self.carry(request)
    }

    /// Sends what arrives at `at`, whatever happens to its sender: a paused worker's request.
    pub fn submit_at(&mut self, at: Timestamp, session: ReferenceNumber, parcel: Parcel) {
        let request = self.submission(session, parcel);
        self.under_way.push((at, request));
    }

    /// Closes a session.
    pub fn close(&mut self, session: ReferenceNumber) -> Answer<()> {
        match self.carry(Request::Close(session)) {
            Answer::Given(_) => Answer::Given(()),
            Answer::Refused(refusal) => Answer::Refused(refusal),
            Answer::Lost => Answer::Lost,
        }
    }

    /// Reads the status of a session.
    pub fn session(&mut self, session: ReferenceNumber) -> Answer<SessionReading> {
        self.read(|ksef| {
            let now = ksef.now;
            let session = ksef.session_mut(session)?;
            let invoices = u32::try_from(session.invoices.len()).unwrap_or(u32::MAX);
            Ok(SessionReading { code: session.code(now), invoices })
        })
    }

    /// Lists the invoices of a session, as far as the list shows them yet.
    pub fn list(&mut self, session: ReferenceNumber) -> Answer<Vec<Row>> {
        self.read(|ksef| {
            let now = ksef.now;
            let session = ksef.session_mut(session)?;
            let shown = session.invoices.iter().filter(|invoice| invoice.listed_at <= now);
            Ok(shown.map(|invoice| invoice.row()).collect())
        })
    }

    /// Reads the status of an invoice.
    pub fn invoice(
        &mut self,
        session: ReferenceNumber,
        invoice: ReferenceNumber,
    ) -> Answer<InvoiceState> {
        self.read(|ksef| {
            let session = ksef.session_mut(session)?;
            let found = session.invoices.iter().find(|other| other.reference == invoice);
            found.map(|invoice| invoice.row().state).ok_or(refusal(400, Some(21_405)))
        })
    }

    /// The hash of the document with this number.
    pub fn original(&mut self, ksef_number: KsefNumber) -> Answer<OriginalFinding> {
        self.read(|ksef| {
            let found = ksef.held.iter().find(|held| held.ksef_number == ksef_number);
            Ok(found.map_or(OriginalFinding::Unreadable, |held| OriginalFinding::Bytes {
                digest: held.parcel.digest,
            }))
        })
    }

    /// The receipt for the document with this number, if it came in this session.
    pub fn receipt(
        &mut self,
        session: ReferenceNumber,
        ksef_number: KsefNumber,
    ) -> Answer<Option<Sha256Digest>> {
        self.read(|ksef| {
            let found = ksef
                .held
                .iter()
                .find(|held| held.ksef_number == ksef_number && held.session == Some(session));
            Ok(found.map(|held| Sha256Digest::of(held.ksef_number.as_str().as_bytes())))
        })
    }

    fn submission(&mut self, session: ReferenceNumber, parcel: Parcel) -> Request {
        match self.session_mut(session) {
            Ok(Session { channel: Channel::Batch, .. }) => Request::Close(session),
            _ => Request::Send(session, parcel),
        }
    }

    fn read<T>(&mut self, look: impl FnOnce(&mut Self) -> Result<T, Refusal>) -> Answer<T> {
        match self.fate(false) {
            Fate::Arrives => match look(self) {
                Ok(found) => Answer::Given(found),
                Err(refusal) => Answer::Refused(refusal),
            },
            Fate::Refused(refusal) => Answer::Refused(refusal),
            Fate::RequestLost | Fate::AnswerLost | Fate::Late(_) => Answer::Lost,
        }
    }

    fn fate(&mut self, submits: bool) -> Fate {
        let faults = self.faults;
        if self.random.happens(faults.throttled) {
            Fate::Refused(refusal(429, None))
        } else if self.random.happens(faults.request_lost) {
            Fate::RequestLost
        } else if self.random.happens(faults.answer_lost) {
            Fate::AnswerLost
        } else if submits && self.random.happens(faults.late) {
            let delay = Duration::from_millis(self.random.below(LATEST_ARRIVAL));
            Fate::Late(later(self.now, delay))
        } else {
            Fate::Arrives
        }
    }

    fn carry(&mut self, request: Request) -> Answer<Option<ReferenceNumber>> {
        match self.fate(true) {
            Fate::Arrives => match self.take(request) {
                Ok(invoice) => Answer::Given(invoice),
                Err(refusal) => Answer::Refused(refusal),
            },
            Fate::AnswerLost => {
                // Whatever KSeF answered, nobody hears it.
                let _unheard = self.take(request);
                Answer::Lost
            }
            Fate::Late(at) => {
                self.under_way.push((at, request));
                Answer::Lost
            }
            Fate::RequestLost => Answer::Lost,
            Fate::Refused(refusal) => Answer::Refused(refusal),
        }
    }

    fn take(&mut self, request: Request) -> Result<Option<ReferenceNumber>, Refusal> {
        match request {
            Request::Send(session, parcel) => self.take_invoice(session, parcel).map(Some),
            Request::Close(session) => self.take_close(session).map(|()| None),
        }
    }

    fn take_invoice(
        &mut self,
        session: ReferenceNumber,
        parcel: Parcel,
    ) -> Result<ReferenceNumber, Refusal> {
        let maintenance = self.random.happens(self.faults.maintenance);
        let now = self.now;
        let found = self.session_mut(session)?;
        if found.code(now) != 100 {
            return Err(refusal(400, Some(21_180)));
        }
        if maintenance {
            return Err(refusal(400, Some(21_184)));
        }
        let invoice = self.new_invoice(parcel);
        let reference = invoice.reference;
        self.session_mut(session)?.invoices.push(invoice);
        Ok(reference)
    }

    fn take_close(&mut self, session: ReferenceNumber) -> Result<(), Refusal> {
        let now = self.now;
        let broken = self.random.happens(self.faults.broken_archive);
        let broken_as = [405, 415, 430, 435].get(usize::from(self.minted % 4)).copied();
        let found = self.session_mut(session)?;
        if found.code(now) != 100 {
            return Err(refusal(400, Some(21_180)));
        }
        found.closed_at = Some(now);
        if found.channel == Channel::Batch {
            let uploaded = core::mem::take(&mut found.uploaded);
            if broken {
                found.broken_as = broken_as;
            } else {
                let invoices: Vec<_> =
                    uploaded.into_iter().map(|parcel| self.new_invoice(parcel)).collect();
                self.session_mut(session)?.invoices = invoices;
            }
        }
        Ok(())
    }

    fn open_session(&mut self, channel: Channel, uploaded: &[Parcel]) -> ReferenceNumber {
        let (kind, lifetime) = match channel {
            Channel::Online => (ReferenceNumberKind::OnlineSession, SESSION_LIFETIME),
            Channel::Batch => (ReferenceNumberKind::BatchSession, Duration::from_secs(20 * 60)),
        };
        let reference = self.mint(kind);
        let key_is_good = !self.random.happens(self.faults.bad_key);
        self.sessions.push(Session {
            reference,
            channel,
            ends_at: later(self.now, lifetime),
            key_is_good,
            opened_at: self.now,
            closed_at: None,
            broken_as: None,
            uploaded: uploaded.to_vec(),
            invoices: Vec::new(),
        });
        reference
    }

    fn new_invoice(&mut self, parcel: Parcel) -> Invoice {
        let processing = if self.random.happens(self.faults.slow) {
            60_000 + self.random.below(600_000)
        } else {
            200 + self.random.below(1_000)
        };
        let lag =
            if self.random.happens(self.faults.list_lag) { self.random.below(20_000) } else { 0 };
        Invoice {
            reference: self.mint(ReferenceNumberKind::Invoice),
            parcel,
            arrived_at: self.now,
            listed_at: later(self.now, Duration::from_millis(lag)),
            settles_at: later(self.now, Duration::from_millis(processing)),
            state: None,
        }
    }

    /// The next moment at which something happens by itself.
    fn next_event(&self) -> Option<Timestamp> {
        let invoices = self.sessions.iter().flat_map(|session| &session.invoices);
        let unsettled = invoices.filter(|invoice| invoice.state.is_none());
        let arrivals = self.under_way.iter().map(|(at, _)| *at);
        unsettled.map(|invoice| invoice.settles_at).chain(arrivals).min()
    }

    fn arrive(&mut self) {
        while let Some(index) = self.under_way.iter().position(|(at, _)| *at <= self.now) {
            let (_, request) = self.under_way.swap_remove(index);
            // Its sender has given up and hears no answer.
            let _unheard = self.take(request);
        }
    }

    fn settle(&mut self) {
        for session in 0..self.sessions.len() {
            let count = self.sessions.get(session).map_or(0, |session| session.invoices.len());
            for invoice in 0..count {
                self.settle_one(session, invoice);
            }
        }
    }

    fn settle_one(&mut self, session: usize, invoice: usize) {
        let Some((parcel, arrived_at, reference, key_is_good)) =
            self.sessions.get(session).and_then(|session| {
                let invoice = session.invoices.get(invoice)?;
                let due = invoice.state.is_none() && invoice.settles_at <= self.now;
                let key_is_good = session.key_is_good;
                due.then_some((invoice.parcel, invoice.arrived_at, invoice.reference, key_is_good))
            })
        else {
            return;
        };
        let in_session = self.sessions.get(session).map(|session| session.reference);
        let (code, ksef_number, original) = if key_is_good {
            self.judge(parcel, arrived_at, in_session)
        } else {
            (405, None, None)
        };
        let acquired_at = ksef_number.map(|_| self.now);
        let state = InvoiceState { invoice: reference, code, ksef_number, acquired_at, original };
        if let Some(invoice) =
            self.sessions.get_mut(session).and_then(|session| session.invoices.get_mut(invoice))
        {
            invoice.state = Some(state);
        }
    }

    /// Accepts or refuses an invoice.
    ///
    /// A duplicate is recognised only if the first was accepted before this one arrived: whether
    /// KSeF recognises one that is still being processed is not documented, so two at once are
    /// both accepted here, which is the worst that a sender can meet.
    fn judge(
        &mut self,
        parcel: Parcel,
        arrived_at: Timestamp,
        session: Option<ReferenceNumber>,
    ) -> (u16, Option<KsefNumber>, Option<Original>) {
        if self.is_invalid(parcel) {
            return (450, None, None);
        }
        if let Some(original) = self.held_before(parcel.number, arrived_at) {
            return (440, None, Some(self.original_of(original)));
        }
        if self.random.happens(self.faults.cancelled) {
            let code = if self.random.happens(500) { 500 } else { 550 };
            return (code, None, None);
        }
        let ksef_number = self.mint_ksef_number();
        self.held.push(Held { parcel, ksef_number, since: self.now, session });
        if self.random.happens(self.faults.lying_error) {
            return (500, None, None);
        }
        (200, Some(ksef_number), None)
    }

    fn held_before(&self, number: u64, arrived_at: Timestamp) -> Option<Held> {
        let mut held = self.held.iter().copied();
        held.find(|held| held.parcel.number == number && held.since <= arrived_at)
    }

    fn original_of(&mut self, held: Held) -> Original {
        let wrong = self.random.happens(self.faults.wrong_original_session);
        let session =
            if wrong { self.sessions.last().map(|last| last.reference) } else { held.session };
        Original { ksef_number: held.ksef_number, session }
    }

    /// Whether this version is invalid: a property of its bytes, not of the moment.
    fn is_invalid(&self, parcel: Parcel) -> bool {
        let [first, second, ..] = *parcel.digest.as_bytes();
        self.invalid.contains(&parcel.digest)
            || u32::from(u16::from_be_bytes([first, second])) % 1_000 < self.faults.invalid
    }

    fn session_mut(&mut self, reference: ReferenceNumber) -> Result<&mut Session, Refusal> {
        let found = self.sessions.iter_mut().find(|session| session.reference == reference);
        found.ok_or(refusal(400, Some(21_173)))
    }

    #[expect(clippy::expect_used, reason = "a simulation is not begun before there was a KSeF")]
    fn mint(&mut self, kind: ReferenceNumberKind) -> ReferenceNumber {
        self.minted = self.minted.wrapping_add(1) % 0x1000;
        let tail = self.random.bits() >> 24;
        ReferenceNumber::new(kind, self.now, self.minted, tail).expect(IN_KSEF_TIMES)
    }

    #[expect(clippy::expect_used, reason = "a simulation is not begun before there was a KSeF")]
    fn mint_ksef_number(&mut self) -> KsefNumber {
        let [technical @ .., _, _] = self.random.bits().to_be_bytes();
        let seller = Nip::for_test_environment("1111111111").expect("ten ones are a NIP");
        KsefNumber::new(seller, self.now.warsaw_date(), technical).expect(IN_KSEF_TIMES)
    }
}

impl Session {
    fn code(&self, now: Timestamp) -> u16 {
        let key_noticed = later(self.opened_at, Duration::from_millis(500)) <= now;
        match (self.channel, self.closed_at) {
            (Channel::Online, _) if !self.key_is_good && key_noticed => 415,
            (_, None) if now < self.ends_at => 100,
            (Channel::Batch, None) => 440,
            (Channel::Batch, Some(_)) => self.broken_as.unwrap_or_else(|| self.result(150)),
            (Channel::Online, _) => self.result(170),
        }
    }

    fn result(&self, unfinished: u16) -> u16 {
        let states = || self.invoices.iter().map(|invoice| invoice.state);
        if states().any(|state| state.is_none()) {
            unfinished
        } else if states().flatten().any(|state| state.code == 200) {
            200
        } else if self.invoices.is_empty() {
            440
        } else {
            445
        }
    }
}

impl Invoice {
    fn row(&self) -> Row {
        let unfinished = InvoiceState {
            invoice: self.reference,
            code: 150,
            ksef_number: None,
            acquired_at: None,
            original: None,
        };
        Row { state: self.state.unwrap_or(unfinished), digest: self.parcel.digest }
    }
}

fn later(at: Timestamp, by: Duration) -> Timestamp {
    at.checked_add(by).unwrap_or(at)
}
