//! From a source to its receipt.

use std::sync::Arc;

use futures_util::future::{try_join, try_join_all};
use ksef_core::port::{BoxError, RecordingSecondLeg, ScriptedUpoVerifier, UpoMismatch};
use ksef_core::submission::{Decision, Event, Fact, ReasonCode, ReceiptSigner, RetryBytes, Step};
use ksef_core::{Sha256Digest, SubmissionStatus};

use super::search::pages;
use super::world::{
    Outcome, STUCK, World, check, clean, has_number, is_accepted, new_submission, upo, upo_number,
};
use crate::entry::Announcement;
use crate::log::TreeHead;
use crate::query::Filter;
use crate::store::{Backend, Commit, DocumentKind, unless_missing};
use crate::{Error, First, NewSubmission, ReceiptVerdict, Source, Submission, Test, VerifyOptions};

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

/// A snapshot answers everything from one state, however much it is asked at once and whatever is
/// recorded meanwhile, and nothing is recorded through it.
///
/// # Errors
///
/// In which way the backend does not conform.
pub async fn a_snapshot_is_of_one_state(backend: &dyn Backend) -> Outcome {
    let world = World::<Test>::new(backend, 32).await?;
    let store = world.tenant.store();
    let recording = async {
        for number in 0..200 {
            let new = new_submission(&number.to_string(), world.now)?;
            world.tenant.submit(new, world.now).await?;
        }
        Ok(())
    };
    let looking = async {
        for _ in 0..40 {
            let snapshot = store.snapshot().await?;
            let look = || async {
                let head = snapshot.head().await?;
                let records = snapshot.records(0, u32::MAX).await?.len();
                let lines = snapshot.lines(1, u32::MAX).await?.len();
                Ok::<_, Error>((head, u64::try_from(records).ok(), lines))
            };
            let looks = try_join_all((0..6).map(|_| look())).await?;
            check(looks.iter().all(|look| looks.first() == Some(look)), "everything is seen so")?;
            check(looks.iter().all(|(head, records, _)| *records == Some(head.size)), "all of it")?;
            let refused = snapshot.commit(Commit::default()).await;
            check(matches!(refused, Err(Error::Unsupported { .. })), "it is for reading")?;
        }
        Ok::<_, BoxError>(())
    };
    try_join(recording, looking).await.map(drop)
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
