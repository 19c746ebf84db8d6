//! Status 440: the number is taken. By us?

use ksef_core::SubmissionStatus::{Accepted, Failed, Submitted};
use ksef_core::submission::{
    Fact, InvoiceState, Original, OriginalFinding, Question, ReceiptSigner, RetryBytes,
};

use super::story::{
    MORNING, Story, acknowledged, bytes_of, compare, compared, fetch, ksef_number, observed,
    online, prepared, receipt, retry, state, time,
};

fn duplicate() -> Story {
    let mut story = Story::taken();
    story.then(observed(440)).is(Submitted).expects(&compare(9, Some(online(9))));
    story
}

#[test]
fn an_original_with_our_hash_is_ours() {
    let mut story = duplicate();
    story.then(compared(9, bytes_of(1))).is(Submitted).expects(&fetch(9, online(9)));
    assert_eq!(story.history().ksef_number(), Some(ksef_number(9)));
    assert_eq!(story.history().version_at_ksef(), Some(1));
    story.then(receipt(ReceiptSigner::Pinned)).is(Accepted);
}

#[test]
fn an_original_with_another_hash_is_a_conflict() {
    let mut story = duplicate();
    story.then(compared(9, bytes_of(0))).is(Failed).asks(Question::NumberTaken);
    assert_eq!(story.history().ksef_number(), None);
    story.ignores(compared(9, bytes_of(1)));
}

#[test]
fn an_original_that_cannot_be_read_is_never_adopted() {
    let mut story = duplicate();
    story.then(compared(9, OriginalFinding::Unreadable)).is(Failed).asks(Question::NumberTaken);
    assert_eq!(story.history().ksef_number(), None);
}

#[test]
fn an_original_that_is_not_available_yet_is_asked_for_again() {
    let mut story = duplicate();
    for _ in 0..5 {
        story.then(compared(9, OriginalFinding::NotYetAvailable)).is(Submitted).after(30);
        story.expects(&compare(9, Some(online(9))));
    }
    story.then(compared(9, bytes_of(1))).expects(&fetch(9, online(9)));
}

#[test]
fn a_duplicate_that_names_no_original_is_a_persons_matter() {
    let state = InvoiceState { original: None, ..state(440) };
    let mut story = Story::taken();
    story.then(Fact::InvoiceObserved { state }).is(Failed).asks(Question::NumberTaken);
}

#[test]
fn the_comparison_of_another_number_says_nothing() {
    duplicate().ignores(compared(8, bytes_of(1))).expects(&compare(9, Some(online(9))));
}

#[test]
fn a_wrongly_named_session_only_delays_the_receipt() {
    let mut story = duplicate();
    story.then(compared(9, bytes_of(1)));
    story.expects(&fetch(9, online(9))).then(Fact::ReceiptMissing { session: online(9) });
    story.after(1).expects(&fetch(9, online(1))).then(receipt(ReceiptSigner::Pinned)).is(Accepted);
}

#[test]
fn the_session_in_which_the_original_was_found_is_asked_for_the_receipt() {
    let found = Fact::OriginalCompared {
        ksef_number: ksef_number(9),
        session: Some(online(7)),
        finding: bytes_of(1),
    };
    duplicate().then(found).expects(&fetch(9, online(7)));
}

#[test]
fn an_earlier_version_found_at_ksef_is_adopted_as_that_version() {
    let mut story = Story::terminated();
    story.then(retry(RetryBytes::Rebuilt)).then(prepared(2)).sends(online(2));
    story.then(acknowledged(2));
    let original = Original { ksef_number: ksef_number(1), session: None };
    let state = InvoiceState { original: Some(original), ..state(440) };
    story.then(Fact::InvoiceObserved { state }).expects(&compare(1, None));
    story.then(compared(1, bytes_of(1))).is(Submitted);
    assert_eq!(story.history().version_at_ksef(), Some(1));
    assert_eq!(story.history().document().map(|document| document.version), Some(2));
    story.expects(&fetch(1, online(2))).then(Fact::ReceiptMissing { session: online(2) });
    story.after(1).expects(&fetch(1, online(1))).then(receipt(ReceiptSigner::Pinned)).is(Accepted);
}

#[test]
fn ksef_says_when_it_accepted_what_it_gave_a_number() {
    let story = Story::numbered();
    assert_eq!(story.history().acquired_at(), Some(time(MORNING)));
}
