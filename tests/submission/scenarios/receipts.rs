//! The official receipt decides, and nothing else.

use ksef_core::SubmissionStatus::{Accepted, Submitted};
use ksef_core::submission::{
    Fact, HistoryError, Progress, Question, ReceiptSigner, Step, schedule,
};

use super::story::{
    REASON, Story, acknowledged, bytes_of, compared, fetch, listed_without, marked_failed,
    number_entered, observed, online, receipt, retry, session_observed,
};

fn missing(session: u16) -> Fact {
    Fact::ReceiptMissing { session: online(session) }
}

/// Sent in two sessions; the number of a third holds it.
fn found_elsewhere() -> Story {
    let mut story = Story::unknown();
    story.then(session_observed(online(1), 440, 0)).then(listed_without(online(1), 0));
    story.decides(Fact::ResendDecided).sends(online(2)).then(acknowledged(2));
    story.then(observed(440)).then(compared(9, bytes_of(1)));
    story
}

#[test]
fn a_number_alone_is_not_an_acceptance() {
    let mut story = Story::numbered();
    story.is(Submitted).shows(Progress::ReceiptPending).expects(&fetch(1, online(1)));
    story.after(86_400).is(Submitted).shows(Progress::ReceiptPending);
}

#[test]
fn each_session_is_asked_in_turn_and_ever_more_rarely() {
    let mut story = found_elsewhere();
    for session in [9, 2, 1, 9, 2, 1] {
        story.expects(&fetch(9, online(session))).then(missing(session)).is(Submitted);
        assert!(matches!(story.step(), Step::Wait { .. }));
        story.after(schedule::LONGEST_PATIENCE.as_secs());
    }
    story.then(receipt(ReceiptSigner::Pinned)).is(Accepted).expects(&Step::Done);
}

#[test]
fn two_workers_that_miss_the_same_receipt_skip_no_session() {
    let mut story = found_elsewhere();
    story.then(missing(9)).ignores(missing(9)).after(1).expects(&fetch(9, online(2)));
}

#[test]
fn a_receipt_that_does_not_fit_is_quarantined_and_never_a_failure() {
    let mut story = Story::numbered();
    story.then(Fact::ReceiptMismatched { reason: REASON }).is(Submitted);
    story.shows(Progress::Quarantined).expects(&Step::AskPerson(Question::ReceiptMismatched));
    story.ignores(missing(1)).ignores(observed(450));
    story.refuses(marked_failed(), HistoryError::OutOfPlace);
    for bytes in super::people::ALL_BYTES {
        story.refuses(retry(bytes), HistoryError::OutOfPlace);
    }
    story.then(receipt(ReceiptSigner::Pinned)).is(Accepted).shows(Progress::Finished);
}

#[test]
fn a_sound_receipt_of_an_unknown_signer_is_accepted_and_marked() {
    for signer in [ReceiptSigner::Unknown, ReceiptSigner::Pinned] {
        let mut story = Story::numbered();
        story.then(receipt(signer)).is(Accepted).expects(&Step::Done);
        assert_eq!(story.history().receipt().map(|receipt| receipt.signer), Some(signer));
        story.refuses(receipt(signer), HistoryError::OutOfPlace);
        story.ignores(Fact::ReceiptMismatched { reason: REASON });
    }
}

#[test]
fn no_receipt_is_taken_before_the_number_is_known_to_be_ours() {
    let mut duplicate = Story::taken();
    duplicate.then(observed(440));
    let others = [Story::prepared(), Story::unknown(), Story::taken(), duplicate];
    for mut story in others.into_iter().chain([Story::rejected(), Story::terminated()]) {
        story.refuses(receipt(ReceiptSigner::Pinned), HistoryError::OutOfPlace);
        story.ignores(Fact::ReceiptMismatched { reason: REASON });
    }
}

#[test]
fn a_person_may_name_another_session_for_the_receipt_but_no_other_number() {
    let mut story = Story::numbered();
    story.refuses(number_entered(2, Some(online(5))), HistoryError::OutOfPlace);
    story.then(missing(1)).then(number_entered(1, Some(online(5))));
    story.expects(&fetch(1, online(5)));
}
