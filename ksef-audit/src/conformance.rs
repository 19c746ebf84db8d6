//! What every backend must do: functions that any implementation can be run against.
//!
//! They write, so the backend has to be one for tests; every function uses tenants of its own.
//! They are no stable interface: a later version may ask more.

use core::time::Duration;
use std::sync::Arc;

use ksef_core::port::{BoxError, BoxFuture, RecordingSecondLeg, ScriptedUpoVerifier, UpoMismatch};
use ksef_core::submission::simulation::{Faults, Parcel, SimulatedKsef, perform};
use ksef_core::submission::{
    Decision, Event, Fact, InvoiceState, OriginalFinding, ReasonCode, ReceiptSigner, RetryBytes,
    Step, WhenLate,
};
use ksef_core::{
    DocumentType, FormCode, InvoiceXml, KsefNumber, Nip, ParseError, ReferenceNumber,
    ReferenceNumberKind, Secret, Sha256Digest, SubmissionStatus, TenantId, Timestamp, UpoXml,
};
use serde_json::Value;

use crate::completeness::AtKsef;
use crate::entry::{Announcement, Body, Change, Description};
use crate::log::TreeHead;
use crate::query::{DateOf, Dates, Filter, PageRequest};
use crate::registry::{Due, Registry, sweep};
use crate::secrets::{KeyRing, SecretName, Vault};
use crate::store::{
    Backend, Commit, DocumentKind, Notice, Scope, Setting, SettingChange, unless_missing,
};
use crate::{
    ApplicationChange, Entry, EnvironmentType, Error, First, Leased, NewSubmission, Prepared,
    ReceiptVerdict, Row, Source, Submission, SubmissionId, Tenant, Test, Verification,
    VerifyOptions,
};

type Outcome = Result<(), BoxError>;

/// A function of this module.
pub type Check = for<'a> fn(&'a dyn Registry) -> BoxFuture<'a, Outcome>;

macro_rules! checks {
    ($($name:ident)*) => {
        /// All functions of this module, by name.
        pub const CHECKS: &[(&str, Check)] =
            &[$((stringify!($name), |registry| Box::pin($name(registry)))),*];
    };
}

checks! {
    a_submission_is_accepted_end_to_end
    a_key_creates_one_submission
    many_are_answered_as_each_is_alone
    an_announced_source_arrives_once
    an_attempt_is_recorded_once
    tenants_do_not_see_each_other
    only_a_verified_receipt_accepts
    due_work_is_leased_to_one_worker
    work_given_back_hides_no_record
    poison_work_is_parked
    every_filter_finds_what_it_matches
    a_name_finds_its_lines_alone
    the_second_leg_follows_ksef
    a_session_key_is_kept_once
    a_refused_document_is_rebuilt_on_a_persons_word
    a_number_by_hand_counts_with_our_hash_only
    completeness_compares_three_lists
    settings_change_one_version_at_a_time
    what_is_shared_is_changed_by_one_at_a_time
    an_application_keeps_values_and_secrets
    the_registry_knows_who_has_work
}

/// A KSeF, a tenant and a document, with which a submission is driven to its end.
struct World<E: EnvironmentType> {
    tenant: Tenant<E>,
    ksef: SimulatedKsef,
    now: Timestamp,
}

const STUCK: &str = "the submission did not get anywhere";

impl<E: EnvironmentType> World<E> {
    async fn new(backend: &dyn Backend, seed: u8) -> Result<Self, BoxError> {
        let now = "2026-03-02T09:00:00Z".parse()?;
        let tenant = Tenant::open(backend, TenantId::from_bytes([seed; 16])?).await?;
        Ok(Self { tenant, ksef: SimulatedKsef::new(seed.into(), Faults::NONE, now), now })
    }

    /// Does what is due, until `is_enough`.
    async fn drive(
        &mut self,
        id: SubmissionId<E>,
        number: u64,
        is_enough: impl Fn(&Submission) -> bool + Send,
    ) -> Outcome {
        let mut submission = self.tenant.submission(id).await?;
        for _ in 0..200 {
            if is_enough(&submission) {
                return Ok(());
            }
            let step = submission.next(self.now);
            if let Step::Wait { until } = step {
                self.now = until;
                self.ksef.advance_to(until);
            }
            let digest = submission.digest().ok_or(STUCK)?;
            for fact in perform(&step, &mut self.ksef, Parcel { number, digest }) {
                submission = self.record(id, fact).await?;
            }
        }
        Err(STUCK.into())
    }

    /// Sends it, and KSeF answers that it is not valid.
    async fn refuse(&mut self, id: SubmissionId<E>) -> Result<Submission, BoxError> {
        self.drive(id, id.number(), is_sent).await?;
        let step = self.tenant.submission(id).await?.next(self.now);
        let Step::QueryInvoice { invoice, .. } = step else { return Err(STUCK.into()) };
        let (ksef_number, acquired_at, original) = (None, None, None);
        let state = InvoiceState { invoice, code: 450, ksef_number, acquired_at, original };
        self.record(id, Fact::InvoiceObserved { state }).await
    }

    async fn record(&self, id: SubmissionId<E>, fact: Fact) -> Result<Submission, BoxError> {
        let Fact::ReceiptStored { signer, .. } = fact else {
            return Ok(self.tenant.append(id, vec![Event::new(self.now, fact)]).await?);
        };
        let verifier = ScriptedUpoVerifier::new(Ok(signer));
        let upo = (&upo()?, upo_number(self.now)?);
        self.tenant.store_receipt(id, upo, &verifier, self.now).await?;
        Ok(self.tenant.submission(id).await?)
    }
}

fn is_sent(submission: &Submission) -> bool {
    submission.status() == SubmissionStatus::Submitted
}

fn is_failed(submission: &Submission) -> bool {
    submission.status() == SubmissionStatus::Failed
}

fn is_accepted(submission: &Submission) -> bool {
    submission.status() == SubmissionStatus::Accepted
}

fn has_number(submission: &Submission) -> bool {
    submission.history().is_some_and(|history| history.ksef_number().is_some())
}

fn upo() -> Result<UpoXml, ParseError> {
    UpoXml::new(b"<Potwierdzenie/>".as_slice())
}

fn upo_number(now: Timestamp) -> Result<ReferenceNumber, ParseError> {
    ReferenceNumber::new(ReferenceNumberKind::OnlineSession, now, 1, 7)
}

fn new_submission(text: &str, now: Timestamp) -> Result<NewSubmission, BoxError> {
    let xml = format!("<Faktura>{text}</Faktura>").into_bytes();
    let description = Description {
        order_reference: format!("FV/{text}/2026"),
        customer: format!("Customer {text}"),
        buyer: Some(Nip::for_test_environment("5265877635")?),
        seller: Nip::for_test_environment("7781464139")?,
        form_code: FormCode::Fa3,
        document_type: DocumentType::Vat,
    };
    let prepared = Prepared {
        xml: InvoiceXml::new(xml)?,
        description,
        p_1: now.warsaw_date(),
        when_late: WhenLate::Ask,
        paired: false,
    };
    let source = Source {
        kind: ReasonCode::from_static("stripe_invoice"),
        id: format!("in_{text}"),
        bytes: format!("{{\"id\":\"in_{text}\"}}").into_bytes().into(),
    };
    let idempotency_key = format!("key {text}");
    Ok(NewSubmission { idempotency_key, source, first: First::Prepared(prepared) })
}

/// `condition` holds, or the backend does not conform, in this way.
fn check(condition: bool, what: &'static str) -> Outcome {
    if condition { Ok(()) } else { Err(what.into()) }
}

fn clean(verification: &Verification) -> Outcome {
    match verification.findings.first() {
        Some(finding) => Err(format!("what was recorded is not verified: {finding}").into()),
        None => Ok(()),
    }
}

/// A submission goes from PENDING to ACCEPTED, and everything of it is there afterwards.
///
/// # Errors
///
/// What the backend does not do.
pub async fn a_submission_is_accepted_end_to_end(backend: &dyn Backend) -> Outcome {
    let mut world = World::<Test>::new(backend, 1).await?;
    let new = new_submission("1", world.now)?;
    let id = world.tenant.submit(new.clone(), world.now).await?;
    check(id.number() == 1, "the first submission has number 1")?;
    check(world.tenant.row(id).await?.status == SubmissionStatus::Pending, "it is PENDING")?;
    world.drive(id, 1, is_accepted).await?;

    let row = world.tenant.row(id).await?;
    let submission = world.tenant.submission(id).await?;
    check(Some(&row) == submission.row().as_ref(), "the row is what the entries add up to")?;
    let deadline = "2026-03-03".parse().ok();
    check(submission.offline24_deadline() == deadline, "the working day after its date of issue")?;
    check(row.status == SubmissionStatus::Accepted && row.attempt == 1, "it is ACCEPTED")?;
    check(row.ksef_number.is_some() && row.accepted_at.is_some(), "its number is in the row")?;
    check(row.upo_number == Some(upo_number(world.now)?), "its UPO is in the row")?;
    check(world.tenant.upo(id).await? == upo()?, "the receipt is kept as it was")?;
    check(*world.tenant.source(id).await? == *new.source.bytes, "the source is kept as it was")?;
    let First::Prepared(prepared) = new.first else { return Err(STUCK.into()) };
    check(world.tenant.xml(id).await? == prepared.xml, "the document is kept as it was")?;
    let entries = world.tenant.timeline(id).await?.len();
    check(u32::try_from(entries) == Ok(row.entries), "every entry is in the timeline")?;
    let pinned = ScriptedUpoVerifier::new(Ok(ReceiptSigner::Pinned));
    let options = VerifyOptions { receipts: Some(Arc::new(pinned)), ..VerifyOptions::default() };
    let verification = world.tenant.verify(&options).await?;
    clean(&verification)?;
    let counted = [verification.submissions, verification.documents, verification.receipts];
    check(counted == [1, 3, 1], "all of it")?;
    check(verification.entries == u64::from(row.entries), "and every entry")?;
    let head = TreeHead { size: 1, root: Sha256Digest::of(b"another log") };
    let known = world.tenant.verify_log(&[head]).await?;
    check(!known.is_clean(), "another log than a checkpoint says is found")
}

/// The same key finds the same submission; for another source it is refused.
///
/// # Errors
///
/// What the backend does not do.
pub async fn a_key_creates_one_submission(backend: &dyn Backend) -> Outcome {
    let world = World::<Test>::new(backend, 2).await?;
    let new = new_submission("1", world.now)?;
    let first = world.tenant.submit(new.clone(), world.now).await?;
    let again = world.tenant.submit(new.clone(), world.now).await?;
    check(first == again, "the same key finds the same submission")?;
    let mut other = new_submission("2", world.now)?;
    other.idempotency_key = new.idempotency_key;
    let refused = world.tenant.submit(other.clone(), world.now).await;
    check(matches!(refused, Err(Error::AlreadyExists { .. })), "another source is refused")?;
    other.idempotency_key = "another".to_owned();
    let second = world.tenant.submit(other, world.now).await?;
    check(second.number() == 2, "a refused submission takes no number")
}

/// Questions about many submissions or documents are answered as each of them would be alone, also
/// those about what is not here or another tenant's.
///
/// # Errors
///
/// In which way the backend does not conform.
pub async fn many_are_answered_as_each_is_alone(backend: &dyn Backend) -> Outcome {
    let own = World::<Test>::new(backend, 28).await?;
    let foreign = World::<Test>::new(backend, 29).await?;
    let (mut keys, mut wishes, mut names) = (Vec::new(), Vec::new(), Vec::new());
    for (world, text) in [(&own, "2"), (&own, "1"), (&foreign, "3"), (&own, "4")] {
        let new = new_submission(text, world.now)?;
        names.push((DocumentKind::Source, Sha256Digest::of(&new.source.bytes)));
        names.push((DocumentKind::Upo, Sha256Digest::of(&new.source.bytes)));
        wishes.push(new.idempotency_key.clone());
        let id = world.tenant.submit(new, world.now).await?;
        keys.push(world.tenant.store().scope().key(id.number()));
    }
    let (first, first_name) = (keys.first().copied(), names.first().copied());
    keys.extend(first.into_iter().chain([own.tenant.store().scope().key(77)]));
    names.extend(first_name);
    wishes.extend(["key 2", "key 77", "\"key' 1"].map(str::to_owned));
    let store = backend.open(own.tenant.store().scope()).await?;
    let (mut entries, mut found, mut documents) = (Vec::new(), Vec::new(), Vec::new());
    for key in &keys {
        entries.push(unless_missing(store.entries(*key).await)?);
    }
    for wish in &wishes {
        found.push(store.find(wish).await?);
    }
    for (kind, digest) in &names {
        documents.push(unless_missing(store.document(*kind, *digest).await)?);
    }
    check(store.entries_of(&keys).await? == entries, "entries")?;
    let wishes: Vec<_> = wishes.iter().map(String::as_str).collect();
    check(store.find_each(&wishes).await? == found, "idempotency keys")?;
    check(store.documents(&names).await? == documents, "documents")?;
    check(entries.iter().flatten().count() == 4, "four of them are here")?;
    check(found.iter().flatten().count() == 4, "four keys are known here")?;
    check(documents.iter().flatten().count() == 4, "four documents are here")
}

/// What is announced is due, and is one submission whatever is announced again; its source comes
/// once, and is the one that was announced.
///
/// # Errors
///
/// In which way the backend does not conform.
pub async fn an_announced_source_arrives_once(backend: &dyn Backend) -> Outcome {
    let mut world = World::<Test>::new(backend, 21).await?;
    let now = world.now;
    let NewSubmission { idempotency_key, source, first } = new_submission("1", now)?;
    let announced = Announcement {
        kind: source.kind,
        id: source.id.clone(),
        event: "invoice.finalized".to_owned(),
        idempotency_key,
    };
    let id = world.tenant.announce(announced.clone(), now).await?;
    let again = Announcement { event: "invoice.paid".to_owned(), ..announced.clone() };
    check(world.tenant.announce(again, now).await? == id, "an object is announced twice")?;
    let other = Announcement { id: "in_2".to_owned(), ..announced.clone() };
    let refused = world.tenant.announce(other, now).await;
    check(matches!(refused, Err(Error::AlreadyExists { .. })), "a key has two sources")?;
    let waiting = world.tenant.submission(id).await?;
    check(waiting.awaited() == Some(&announced), "it is not known what to fetch")?;
    check(waiting.due_at(now) == Some(now), "what was announced is not due")?;
    let filter = Filter { order_reference: Some(source.id.clone()), ..Filter::default() };
    check(pages(&world.tenant, &filter, 10).await?.len() == 1, "it is not found by its id")?;

    let late = Fact::Deferred { reasons: vec![ReasonCode::from_static("source_unavailable")] };
    world.record(id, late).await?;
    let other = Source { id: "in_2".to_owned(), ..source.clone() };
    let refused = world.tenant.arrive(id, &other, &first, now).await;
    check(matches!(refused, Err(Error::Invalid { .. })), "another source arrived")?;
    let arrived = world.tenant.arrive(id, &source, &first, now).await?;
    check(arrived.awaited().is_none(), "it is still awaited")?;
    let refused = world.tenant.arrive(id, &source, &first, now).await;
    check(matches!(refused, Err(Error::Invalid { .. })), "a source arrived twice")?;
    check(world.tenant.source(id).await? == source.bytes, "the source is another one")?;
    let new = new_submission("1", now)?;
    check(world.tenant.submit(new, now).await? == id, "its key creates another submission")?;
    world.drive(id, 1, is_accepted).await?;
    clean(&world.tenant.verify(&VerifyOptions::default()).await?)
}

/// Of two workers that record the same attempt, one is refused, and leaves nothing behind.
///
/// # Errors
///
/// What the backend does not do.
pub async fn an_attempt_is_recorded_once(backend: &dyn Backend) -> Outcome {
    let mut world = World::<Test>::new(backend, 3).await?;
    let new = new_submission("1", world.now)?;
    let id = world.tenant.submit(new, world.now).await?;
    let now = world.now;
    let is_ready = |it: &Submission| matches!(it.next(now), Step::Post { .. });
    world.drive(id, 1, is_ready).await?;
    let Step::Post { attempt, session, .. } = world.tenant.submission(id).await?.next(world.now)
    else {
        return Err(STUCK.into());
    };
    let intent = || vec![Event::new(world.now, Fact::Intent { attempt, session })];
    let (one, two) = (world.tenant.append(id, intent()), world.tenant.append(id, intent()));
    let (one, two) = (one.await, two.await);
    check(one.is_ok() != two.is_ok(), "one of two intents is recorded")?;
    check(world.tenant.row(id).await?.attempt == 1, "there is one attempt")
}

/// What a handle gave out is not found by the handle of another tenant.
///
/// # Errors
///
/// What the backend does not do.
pub async fn tenants_do_not_see_each_other(backend: &dyn Backend) -> Outcome {
    let one = World::<Test>::new(backend, 4).await?;
    let two = World::<Test>::new(backend, 5).await?;
    let id = one.tenant.submit(new_submission("1", one.now)?, one.now).await?;
    let not_found = |result: Result<_, Error>| matches!(result, Err(Error::NotFound { .. }));
    check(not_found(two.tenant.submission(id).await.map(drop)), "a foreign id is not found")?;
    check(not_found(two.tenant.row(id).await.map(drop)), "a foreign row is not found")?;
    check(not_found(two.tenant.upo(id).await.map(drop)), "a foreign receipt is not found")?;
    let appended = two.tenant.append(id, vec![Event::new(two.now, Fact::Claimed)]).await;
    check(not_found(appended.map(drop)), "nothing is recorded with a foreign id")?;
    check(not_found(two.tenant.submission_id(1).await.map(drop)), "nor is its number")?;
    two.tenant.submit(new_submission("2", two.now)?, two.now).await?;
    let own = two.tenant.submission_id(1).await?;
    let row = two.tenant.row(own).await?;
    check(row.order_reference.as_deref() == Some("FV/2/2026"), "each has its own number 1")
}

/// ACCEPTED is reached by a verified receipt only; one that does not fit is kept apart.
///
/// # Errors
///
/// What the backend does not do.
pub async fn only_a_verified_receipt_accepts(backend: &dyn Backend) -> Outcome {
    let mut world = World::<Test>::new(backend, 6).await?;
    let id = world.tenant.submit(new_submission("1", world.now)?, world.now).await?;
    let digest = upo()?.digest();
    let fact = Fact::ReceiptStored { digest, signer: ReceiptSigner::Pinned };
    let appended = world.tenant.append(id, vec![Event::new(world.now, fact)]).await;
    check(matches!(appended, Err(Error::Invalid { .. })), "a receipt has its own method")?;
    let upo = upo()?;
    let receipt = (&upo, upo_number(world.now)?);
    let pinned = ScriptedUpoVerifier::new(Ok(ReceiptSigner::Pinned));
    let early = world.tenant.store_receipt(id, receipt, &pinned, world.now).await;
    check(early.is_err(), "no receipt without a number")?;
    world.drive(id, 1, has_number).await?;
    let wrong = ScriptedUpoVerifier::new(Err(UpoMismatch::Digest));
    let (verdict, _) = world.tenant.store_receipt(id, receipt, &wrong, world.now).await?;
    check(verdict == ReceiptVerdict::Quarantined(UpoMismatch::Digest), "it is kept apart")?;
    check(world.tenant.upo(id).await.is_err(), "it is not the receipt of the document")?;
    let (_, accepted) = world.tenant.store_receipt(id, receipt, &pinned, world.now).await?;
    let entries = world.tenant.timeline(id).await?.len();
    check(u32::try_from(entries)? == accepted.entries(), "it is returned as it is recorded")?;
    check(world.tenant.row(id).await?.status == SubmissionStatus::Accepted, "the right one accepts")
}

/// Work is handed out once per lease, comes back when the lease ends, and counts its strikes.
///
/// # Errors
///
/// What the backend does not do.
pub async fn due_work_is_leased_to_one_worker(backend: &dyn Backend) -> Outcome {
    let world = World::<Test>::new(backend, 7).await?;
    for text in ["1", "2", "3"] {
        world.tenant.submit(new_submission(text, world.now)?, world.now).await?;
    }
    let minute = Duration::from_secs(60);
    let later = world.now.checked_add(minute).ok_or(STUCK)?;
    let first = world.tenant.lease("one", world.now, minute, 2).await?;
    let second = world.tenant.lease("two", world.now, minute, 9).await?;
    let numbers = |leased: &[Leased<Test>]| -> Vec<u64> {
        leased.iter().map(|leased| leased.id().number()).collect()
    };
    check(numbers(&first) == [1, 2] && numbers(&second) == [3], "each is leased once")?;
    let again = world.tenant.lease("two", later, minute, 9).await?;
    check(again.len() == 3, "what was not finished comes back")?;
    for leased in first {
        let seen = world.tenant.submission(leased.id()).await?;
        world.tenant.release(leased, &seen, None).await?;
    }
    let late = later.checked_add(minute).ok_or(STUCK)?;
    check(world.tenant.lease("one", late, minute, 9).await?.len() == 3, "a lost lease is void")
}

/// Work that is given back is due when its worker says, unless somebody else has recorded more
/// meanwhile: then it is due when that record says.
///
/// # Errors
///
/// What the backend does not do.
pub async fn work_given_back_hides_no_record(backend: &dyn Backend) -> Outcome {
    let World { tenant, now, .. } = World::<Test>::new(backend, 17).await?;
    for text in ["1", "2"] {
        tenant.submit(new_submission(text, now)?, now).await?;
    }
    let minute = Duration::from_secs(60);
    let mut seen = Vec::new();
    let leased = tenant.lease("one", now, minute, 2).await?;
    for work in &leased {
        seen.push(tenant.submission(work.id()).await?);
    }
    let other = leased.last().ok_or(STUCK)?.id();
    tenant.append(other, vec![Event::new(now, Fact::Claimed)]).await?;
    for (work, seen) in leased.into_iter().zip(&seen) {
        tenant.release(work, seen, None).await?;
    }
    let leased = tenant.lease("two", now, minute, 2).await?;
    let due: Vec<_> = leased.iter().map(|work| work.id().number()).collect();
    check(due == [other.number()], "what was recorded meanwhile is due as it says")
}

/// Work that workers keep dying over is parked, and a person can order it to go on.
///
/// # Errors
///
/// What the backend does not do.
pub async fn poison_work_is_parked(backend: &dyn Backend) -> Outcome {
    let world = World::<Test>::new(backend, 8).await?;
    let id = world.tenant.submit(new_submission("1", world.now)?, world.now).await?;
    let minute = Duration::from_secs(60);
    let mut now = world.now;
    let mut leases = 0;
    while !world.tenant.submission(id).await?.is_parked() {
        leases += world.tenant.lease("dies", now, minute, 1).await?.len();
        now = now.checked_add(minute).ok_or(STUCK)?;
        check(leases < 100, "it is parked at some time")?;
    }
    check(leases == 5, "after five leases")?;
    check(world.tenant.lease("one", now, minute, 1).await?.is_empty(), "nothing is due")?;
    world.tenant.unpark(id, Decision::new("Anna Nowak", "the worker is mended")?, now).await?;
    check(world.tenant.lease("one", now, minute, 1).await?.len() == 1, "it is due again")
}

/// Every filter finds the rows that it matches, page by page, newest first.
///
/// # Errors
///
/// What the backend does not do.
pub async fn every_filter_finds_what_it_matches(backend: &dyn Backend) -> Outcome {
    let mut world = World::<Test>::new(backend, 9).await?;
    for number in 1..=12_u64 {
        let mut new = new_submission(&format!("{:03}", number * 37), world.now)?;
        match (number % 4, &mut new.first) {
            (0, first) => *first = First::Skipped(ReasonCode::from_static("b2c")),
            (1, First::Prepared(prepared)) => {
                prepared.description.document_type = DocumentType::Kor;
                prepared.description.buyer = Some(Nip::for_test_environment("7781464139")?);
            }
            _ => {}
        }
        let id = world.tenant.submit(new, world.now).await?;
        if number % 4 == 2 {
            world.drive(id, number, is_accepted).await?;
        }
        let day = Duration::from_secs(20 * 60 * 60);
        world.now = world.now.checked_add(day).ok_or(STUCK)?;
        world.ksef.advance_to(world.now);
    }
    let all = pages(&world.tenant, &Filter::default(), 100).await?;
    check(all.len() == 12 && all.is_sorted_by(|a, b| a.0 > b.0), "all, newest first")?;
    for filter in filters(&all)? {
        let expected = all.iter().filter(|(_, row)| filter.matches(row)).cloned();
        let mut expected: Vec<_> = expected.collect();
        expected.sort_by_key(|(number, row)| core::cmp::Reverse(filter.cursor(*number, row)));
        let found = pages(&world.tenant, &filter, 2).await?;
        check(found == expected, "a filter finds what it matches, in order")?;
        let count = world.tenant.count(&filter).await?;
        check(usize::try_from(count) == Ok(expected.len()), "and counts it")?;
    }
    let counts = world.tenant.counts().await?;
    check(counts.all() == 12 && counts.of(SubmissionStatus::Accepted) == 3, "counts by status")
}

/// A whole order reference or id of a source finds its lines, however long it is, and no others.
///
/// # Errors
///
/// What the backend does not do.
pub async fn a_name_finds_its_lines_alone(backend: &dyn Backend) -> Outcome {
    let own = World::<Test>::new(backend, 30).await?;
    let foreign = World::<Test>::new(backend, 31).await?;
    let long = "Ż".repeat(400);
    let names = ["A/1", "a/1", "A/1", "A/10", "%", "in_1", long.as_str(), &long[..600]];
    for (number, name) in names.into_iter().enumerate() {
        let mut new = new_submission(&number.to_string(), own.now)?;
        if let First::Prepared(prepared) = &mut new.first {
            name.clone_into(&mut prepared.description.order_reference);
        }
        foreign.tenant.submit(new.clone(), foreign.now).await?;
        own.tenant.submit(new, own.now).await?;
    }
    let all = pages(&own.tenant, &Filter::default(), 100).await?;
    for name in names.into_iter().chain(["in_2", "A/", "in", "A/1\nin_0", "nobody", ""]) {
        let mut expected: Vec<_> = all.iter().filter(|(_, row)| row.is_named(name)).collect();
        expected.reverse();
        let found = own.tenant.named(name).await?;
        let found: Vec<_> = found.iter().map(|(id, row)| (id.number(), row)).collect();
        let expected: Vec<_> = expected.into_iter().map(|(number, row)| (*number, row)).collect();
        check(found == expected, "a name finds its lines alone, in their order")?;
    }
    check(own.tenant.named("A/1").await?.len() == 2, "both of the same name are found")
}

async fn pages(
    tenant: &Tenant<Test>,
    filter: &Filter,
    limit: u32,
) -> Result<Vec<(u64, Row)>, Error> {
    let mut request = PageRequest { filter: filter.clone(), after: None, limit };
    let mut found = Vec::new();
    loop {
        let page = tenant.page(&request).await?;
        found.extend(page.lines.into_iter().map(|(id, row)| (id.number(), row)));
        request.after = page.next;
        if request.after.is_none() {
            return Ok(found);
        }
    }
}

/// Filters of every kind, alone and with a status, some of which match nothing.
fn filters(rows: &[(u64, Row)]) -> Result<Vec<Filter>, BoxError> {
    let (from, to) = ("2026-03-04".parse()?, "2026-03-07".parse()?);
    let number = rows.iter().find_map(|(_, row)| row.ksef_number).ok_or(STUCK)?;
    let order = |part: &str| Filter { order_reference: Some(part.to_owned()), ..Filter::default() };
    let ksef = |text: &str| Filter { ksef_number: Some(text.to_owned()), ..Filter::default() };
    let dates = |of| Filter { dates: Some(Dates { of, from, to }), ..Filter::default() };
    let mut filters = vec![
        Filter::default(),
        dates(DateOf::Submitted),
        dates(DateOf::Issue),
        dates(DateOf::Accepted),
        Filter { document_type: Some(DocumentType::Kor), ..Filter::default() },
        Filter { nip: Some(Nip::for_test_environment("5265877635")?), ..Filter::default() },
        Filter { fakturownia_id: Some("1".to_owned()), ..Filter::default() },
        order("/2026"),
        order("fv/07"),
        order("IN_1"),
        order("7"),
        order("x' OR '1'='1"),
        ksef("9"),
    ];
    // The seller, the year, the month, ten days, a day, and parts of them.
    let prefixes = [0, 7, 10, 11, 15, 16, 17, 18, 19, 30, 35];
    filters.extend(prefixes.iter().filter_map(|end| number.as_str().get(..*end)).map(ksef));
    let with = |filter: &Filter, statuses: &[SubmissionStatus]| {
        let statuses = statuses.iter().copied().collect();
        Filter { statuses, ..filter.clone() }
    };
    let pending = [SubmissionStatus::Pending, SubmissionStatus::Accepted];
    let restricted = filters
        .iter()
        .flat_map(|filter| [with(filter, &pending), with(filter, &[SubmissionStatus::Skipped])]);
    let restricted: Vec<_> = restricted.collect();
    filters.extend(restricted);
    Ok(filters)
}

/// Paired mode: a leg that failed is retried alone, and a document that KSeF refuses is not fed.
///
/// # Errors
///
/// What the backend does not do.
pub async fn the_second_leg_follows_ksef(backend: &dyn Backend) -> Outcome {
    let mut world = World::<Test>::new(backend, 10).await?;
    let paired = |text: &str, now| {
        let mut new = new_submission(text, now)?;
        if let First::Prepared(prepared) = &mut new.first {
            prepared.paired = true;
        }
        Ok::<_, BoxError>(new)
    };
    let id = world.tenant.submit(paired("1", world.now)?, world.now).await?;
    world.drive(id, 1, is_accepted).await?;
    let leg = RecordingSecondLeg::refusing(1);
    let failed = world.tenant.feed_second_leg(id, &leg, world.now).await?;
    let expected = SubmissionStatus::KsefOkFakturowniaFailed;
    check(failed.status() == expected, "a leg that fails is a status of its own")?;
    let decision = Decision::new("Anna Nowak", "the second system is back")?;
    let order = Fact::RetryOrdered { decision, bytes: RetryBytes::Same };
    world.record(id, order).await?;
    let fed = world.tenant.feed_second_leg(id, &leg, world.now).await?;
    check(is_accepted(&fed) && leg.taken().len() == 1, "the leg alone is retried")?;
    let row = world.tenant.row(id).await?;
    check(row.fakturownia_id.is_some() && row.attempt == 1, "its id is in the row")?;

    let id = world.tenant.submit(paired("2", world.now)?, world.now).await?;
    let refused = world.refuse(id).await?;
    let expected = SubmissionStatus::KsefFailedFakturowniaSkipped;
    check(refused.status() == expected, "what KSeF refuses is not fed")?;
    let error = world.tenant.row(id).await?.error;
    check(error.as_deref() == Some("450"), "the reason is in the row")?;
    check(world.tenant.feed_second_leg(id, &leg, world.now).await.is_err(), "nor by force")?;
    clean(&world.tenant.verify(&VerifyOptions::default()).await?)
}

/// A session's sealed key is kept once.
///
/// # Errors
///
/// What the backend does not do.
pub async fn a_session_key_is_kept_once(backend: &dyn Backend) -> Outcome {
    let world = World::<Test>::new(backend, 11).await?;
    let session = upo_number(world.now)?;
    let missing = world.tenant.session_key(session).await;
    check(matches!(missing, Err(Error::NotFound { .. })), "there is none at first")?;
    for _ in 0..2 {
        world.tenant.keep_session_key(session, b"sealed".to_vec()).await?;
    }
    let other = world.tenant.keep_session_key(session, b"another".to_vec()).await;
    check(matches!(other, Err(Error::AlreadyExists { .. })), "another is refused")?;
    check(world.tenant.session_key(session).await? == b"sealed", "it is as it was")
}

/// A document that KSeF refused is retried as a new version on a person's word, and not otherwise.
///
/// # Errors
///
/// What the backend does not do.
pub async fn a_refused_document_is_rebuilt_on_a_persons_word(backend: &dyn Backend) -> Outcome {
    let mut world = World::<Test>::new(backend, 12).await?;
    let id = world.tenant.submit(new_submission("1", world.now)?, world.now).await?;
    let decision = || Decision::new("Anna Nowak", "the source was mended");
    let First::Prepared(again) = new_submission("1b", world.now)?.first else {
        return Err(STUCK.into());
    };
    let early = world.tenant.prepare(id, &again, world.now).await;
    check(matches!(early, Err(Error::Refused(_))), "nobody asked for another version")?;
    world.refuse(id).await?;
    let marked = Fact::MarkedFailed { decision: decision()? };
    check(is_failed(&world.record(id, marked).await?), "what KSeF does not have may be marked")?;
    let same = Fact::RetryOrdered { decision: decision()?, bytes: RetryBytes::Same };
    check(world.record(id, same).await.is_err(), "refused bytes are not sent again")?;
    let rebuilt = Fact::RetryOrdered { decision: decision()?, bytes: RetryBytes::Rebuilt };
    world.record(id, rebuilt).await?;
    world.tenant.prepare(id, &again, world.now).await?;
    check(world.tenant.xml(id).await? == again.xml, "the new version is the document now")?;
    let frozen = world.tenant.prepare(id, &again, world.now).await;
    check(frozen.is_err(), "it is not replaced without a word")?;
    world.drive(id, 1, is_sent).await?;
    let marked = Fact::MarkedFailed { decision: decision()? };
    check(world.record(id, marked).await.is_err(), "what may be at KSeF is not marked")?;
    world.drive(id, 1, is_accepted).await?;
    check(world.tenant.row(id).await?.attempt == 2, "it was sent twice in all")?;
    clean(&world.tenant.verify(&VerifyOptions::default()).await?)
}

/// A KSeF number that a person enters counts once the document's hash is shown to be ours.
///
/// # Errors
///
/// What the backend does not do.
pub async fn a_number_by_hand_counts_with_our_hash_only(backend: &dyn Backend) -> Outcome {
    let mut world = World::<Test>::new(backend, 13).await?;
    let id = world.tenant.submit(new_submission("1", world.now)?, world.now).await?;
    world.refuse(id).await?;
    let seller = Nip::for_test_environment("7781464139")?;
    let ksef_number = KsefNumber::new(seller, world.now.warsaw_date(), [1, 0, 0, 0, 0, 1])?;
    let session = Some(upo_number(world.now)?);
    let xml = world.tenant.xml(id).await?;
    for (digest, counts) in [(Sha256Digest::of(b"another"), false), (xml.digest(), true)] {
        let decision = Decision::new("Anna Nowak", "found in the Ministry's application")?;
        world.record(id, Fact::NumberEntered { decision, ksef_number, session }).await?;
        let finding = OriginalFinding::Bytes { digest };
        let fact = Fact::OriginalCompared { ksef_number, session, finding };
        let compared = world.record(id, fact).await?;
        check(has_number(&compared) == counts, "only our hash makes the number count")?;
    }
    let digest = upo()?.digest();
    let stored = Fact::ReceiptStored { digest, signer: ReceiptSigner::Pinned };
    check(is_accepted(&world.record(id, stored).await?), "then its receipt accepts it")?;
    check(world.tenant.row(id).await?.ksef_number == Some(ksef_number), "its number is in the row")
}

/// The invoices of a period are compared with the source's numbers and with KSeF's list.
///
/// # Errors
///
/// What the backend does not do.
pub async fn completeness_compares_three_lists(backend: &dyn Backend) -> Outcome {
    let mut world = World::<Test>::new(backend, 14).await?;
    let day = world.now.warsaw_date();
    let id = world.tenant.submit(new_submission("1", world.now)?, world.now).await?;
    world.drive(id, 1, is_accepted).await?;
    let digest = world.tenant.xml(id).await?.digest();
    let number = "FV/1/2026".to_owned();
    let ksef_number = world.tenant.row(id).await?.ksef_number;
    let listed = vec![AtKsef { number: number.clone(), issued_on: day, digest, ksef_number }];
    let source = vec![(number, day)];
    let found = world.tenant.completeness(&(day..=day), source.clone(), listed).await?;
    check(found.is_complete() && found.complete == 1, "one in all three")?;
    let found = world.tenant.completeness(&(day..=day), source, Vec::new()).await?;
    check(!found.is_complete(), "what KSeF does not list is found")
}

/// A setting is changed from the version that was read, and the log tells of it.
///
/// # Errors
///
/// In which way the backend does not conform.
pub async fn settings_change_one_version_at_a_time(backend: &dyn Backend) -> Outcome {
    let now: Timestamp = "2026-03-02T09:00:00Z".parse()?;
    let scope = Scope::new(TenantId::from_bytes([18; 16])?, Test::ENVIRONMENT);
    let store = backend.open(scope).await?;
    let notice = |name: &str, expected: u32, value: Option<&[u8]>| Notice {
        entry: Entry::new(
            now,
            Body::Changed(Change {
                setting: name.to_owned(),
                version: expected + 1,
                what: ReasonCode::from_static("changed"),
                digest: value.map(Sha256Digest::of),
                decision: None,
            }),
        ),
        change: Some(SettingChange {
            name: name.to_owned(),
            expected,
            value: value.map(<[u8]>::to_vec),
        }),
    };
    let commit = |notices: Vec<Notice>| Commit { notices, ..Commit::default() };
    store.commit(commit(vec![notice("a_%", 0, Some(b"1")), notice("b", 0, None)])).await?;
    store.commit(commit(vec![notice("a_%", 1, Some(b"2"))])).await?;
    for stale in [0, 1, 3] {
        let both = vec![notice("c", 0, Some(b"1")), notice("a_%", stale, Some(b"3"))];
        let refused = store.commit(commit(both)).await;
        check(matches!(refused, Err(Error::Conflict)), "a stale version was replaced")?;
    }
    let setting = |version, value: Option<&[u8]>| Setting { version, value: value.map(Into::into) };
    let kept = vec![("a_%".to_owned(), setting(2, Some(b"2"))), ("b".to_owned(), setting(1, None))];
    check(store.settings("").await? == kept, "the settings are not what was set")?;
    let one = store.settings("a_").await?;
    check(one.iter().eq(kept.first()), "a prefix finds other settings")?;
    check(store.settings("a%").await?.is_empty(), "a prefix is taken for a pattern")?;

    let changes = store.notices(0, 10).await?;
    let names: Vec<_> = changes.iter().filter_map(changed).collect();
    check(names == ["a_%", "b", "a_%"], "the log does not tell of each change")?;
    let second = store.notices(1, 1).await?;
    check(second.iter().eq(changes.get(1)), "notices are not found by their place")?;
    let tenant: Tenant<Test> = Tenant::open(backend, scope.tenant()).await?;
    clean(&tenant.verify(&VerifyOptions::default()).await?)
}

/// Of those who change what is shared, each has seen what the one before left.
///
/// # Errors
///
/// In which way the backend does not conform.
pub async fn what_is_shared_is_changed_by_one_at_a_time(backend: &dyn Backend) -> Outcome {
    let tenant: Tenant<Test> = Tenant::open(backend, TenantId::from_bytes([20; 16])?).await?;
    let head = tenant.head().await?;
    check(tenant.shared("count").await?.is_none(), "something is shared at first")?;
    for count in 1..=3_u8 {
        let add = |before: Option<&[u8]>| {
            let before = before.and_then(|before| before.first().copied()).unwrap_or_default();
            Some(vec![before + 1])
        };
        tenant.share("count", add).await?;
        check(tenant.shared("count").await? == Some(vec![count]), "a change was lost")?;
    }
    let store = backend.open(Scope::new(tenant.tenant(), Test::ENVIRONMENT)).await?;
    for stale in [0, 1, 2, 4] {
        let change =
            SettingChange { name: "count".to_owned(), expected: stale, value: Some(vec![9]) };
        let refused = store.share(change).await;
        check(matches!(refused, Err(Error::Conflict)), "a stale value was replaced")?;
    }
    check(tenant.shared("other").await?.is_none(), "another name is set")?;
    check(tenant.head().await? == head, "the log tells of it")
}

/// An application's values and secrets change all at once or not at all, and a stale one not.
///
/// # Errors
///
/// What the backend does not do.
pub async fn an_application_keeps_values_and_secrets(backend: &dyn Backend) -> Outcome {
    const VALUE: ReasonCode = ReasonCode::from_static("policies");
    const SECRET: ReasonCode = ReasonCode::from_static("webhook_secret");
    let world = World::<Test>::new(backend, 19).await?;
    let vault = Vault::new(Arc::new(KeyRing::generate("first".parse()?)?));
    let decision = Decision::new("anna", "onboarding")?;
    let set =
        |after, value: &str| ApplicationChange::Set { name: VALUE, after, value: value.into() };
    let keep = |text: &str| ApplicationChange::Keep {
        name: SECRET,
        secret: Secret::new(text.as_bytes().to_vec()),
    };
    let change = async |changes| {
        world.tenant.change_application(changes, &vault, &decision, world.now).await
    };
    check(world.tenant.setting_changes().await? == 0, "nothing was set")?;
    check(world.tenant.application_setting(VALUE).await? == (0, Value::Null), "there is none")?;
    change(vec![set(0, "one"), keep("first")]).await?;
    let changes = world.tenant.setting_changes().await?;
    let stale = change(vec![keep("second"), set(0, "two")]).await;
    check(matches!(stale, Err(Error::Conflict)), "a stale value was replaced")?;
    let foreign = ApplicationChange::Destroy { name: SecretName::KsefToken.code() };
    let foreign = change(vec![set(1, "two"), foreign]).await;
    check(matches!(foreign, Err(Error::Invalid { .. })), "a secret of the connection was reached")?;
    check(world.tenant.setting_changes().await? == changes, "what is refused changes nothing")?;
    check(world.tenant.application_setting(VALUE).await? == (1, "one".into()), "the first value")?;
    let kept = world.tenant.application_secret(SECRET, &vault).await?;
    check(kept.is_some_and(|it| it.expose() == b"first"), "the first secret")?;

    change(vec![set(1, "one"), ApplicationChange::Destroy { name: SECRET }]).await?;
    check(world.tenant.setting_changes().await? == changes + 1, "the same value is no change")?;
    let kept = world.tenant.application_secret(SECRET, &vault).await?;
    check(kept.is_none(), "a destroyed secret is there")?;
    let keys = world.tenant.data_keys(&vault, world.now).await?;
    let again = world.tenant.data_keys(&vault, world.now).await?;
    check(keys.current_version() == again.current_version(), "there is one data key")?;
    clean(&world.tenant.verify(&VerifyOptions::default()).await?)
}

fn changed(entry: &Entry) -> Option<&str> {
    match &entry.body {
        Body::Changed(change) => Some(&change.setting),
        _ => None,
    }
}

/// The registry knows every tenant, whose endpoint it is, and who has work. It may know others too.
///
/// # Errors
///
/// In which way the backend does not conform.
pub async fn the_registry_knows_who_has_work(registry: &dyn Registry) -> Outcome {
    let now: Timestamp = "2026-03-02T09:00:00Z".parse()?;
    let later: Timestamp = "2026-03-02T10:00:00Z".parse()?;
    let seeds = [15, 16, 17];
    let mut scopes = Vec::new();
    for seed in seeds {
        scopes.push(Scope::new(TenantId::from_bytes([seed; 16])?, Test::ENVIRONMENT));
    }
    let (idle, one, two) = match scopes.as_slice() {
        [idle, one, two] => (*idle, *one, *two),
        _ => return Err(STUCK.into()),
    };
    let ours = |found: Vec<Due>| -> Vec<Scope> {
        let found = found.into_iter().filter(|due| due.at <= now).map(|due| due.scope);
        let mut found: Vec<_> = found.filter(|scope| scopes.contains(scope)).collect();
        found.sort_unstable();
        found
    };
    Tenant::<Test>::open(registry, idle.tenant()).await?;
    for (scope, numbers) in [(one, 0..1), (two, 1..3)] {
        let tenant: Tenant<Test> = Tenant::open(registry, scope.tenant()).await?;
        for number in numbers {
            tenant.submit(new_submission(&format!("registry.{number}"), now)?, now).await?;
        }
    }
    let (mut listed, mut after) = (Vec::new(), None);
    while let Some(last) = registry.scopes(after, 1).await?.pop() {
        check(after < Some(last), "the registry is not in order")?;
        listed.push(last);
        after = Some(last);
    }
    check(scopes.iter().all(|scope| listed.contains(scope)), "a tenant is not listed")?;

    let swept = sweep(registry, now).await?;
    check(swept.failed.is_empty(), "a ledger could not be asked")?;
    check(ours(swept.due) == [one, two], "the sweep does not find all work")?;
    check(ours(registry.due(now, 1_000).await?) == [one, two], "the registry missed work")?;

    let tenant: Tenant<Test> = Tenant::open(registry, one.tenant()).await?;
    let leased = tenant.lease("worker", now, Duration::from_secs(60), 10).await?;
    let until = now.checked_add(Duration::from_secs(60));
    check(registry.refresh(one).await? == until, "leased work is due when the lease ends")?;
    for work in leased {
        let seen = tenant.submission(work.id()).await?;
        tenant.release(work, &seen, Some(later)).await?;
    }
    check(registry.refresh(one).await? == Some(later), "released work is due as it says")?;
    check(ours(sweep(registry, now).await?.due) == [two], "work is due before its time")?;
    the_registry_knows_endpoints(registry, (one, two)).await
}

async fn the_registry_knows_endpoints(
    registry: &dyn Registry,
    (owner, other): (Scope, Scope),
) -> Outcome {
    let endpoint = "endpoint_of_conformance".parse()?;
    check(registry.endpoint(&endpoint).await?.is_none(), "an endpoint is somebody's at first")?;
    registry.assign(&endpoint, owner).await?;
    registry.assign(&endpoint, owner).await?;
    let taken = registry.assign(&endpoint, other).await;
    check(matches!(taken, Err(Error::AlreadyExists { .. })), "an endpoint has two owners")?;
    registry.remove(&endpoint, other).await?;
    check(registry.endpoint(&endpoint).await? == Some(owner), "the owner is lost")?;
    registry.remove(&endpoint, owner).await?;
    check(registry.endpoint(&endpoint).await?.is_none(), "an endpoint is not taken away")
}

#[cfg(test)]
mod tests {
    use super::CHECKS;

    #[test]
    fn every_function_is_listed() {
        let declared = include_str!("conformance.rs").lines().filter_map(|line| {
            line.strip_prefix("pub async fn ")?.split_once('(').map(|(name, _)| name)
        });
        assert_eq!(
            CHECKS.iter().map(|(name, _)| *name).collect::<Vec<_>>(),
            declared.collect::<Vec<_>>()
        );
    }
}
