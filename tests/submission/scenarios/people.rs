//! What people may order, and what they may not.

use ksef_core::SubmissionStatus::{
    Accepted, Failed, KsefFailedFakturowniaSkipped, KsefOkFakturowniaFailed, Pending, Skipped,
    Terminated,
};
use ksef_core::submission::{
    Fact, HistoryError, OriginalFinding, Progress, Question, ReceiptSigner, RetryBytes, Step,
};

use super::story::{
    MIDNIGHT, REASON, Story, acknowledged, bytes_of, compare, compared, decision, fetch,
    ksef_number, marked_failed, number_entered, observed, online, prepared, ready, receipt, retry,
};

pub(super) const ALL_BYTES: [RetryBytes; 3] =
    [RetryBytes::Same, RetryBytes::SameOffline, RetryBytes::Rebuilt];

/// A story in each place where a document can be.
fn everywhere() -> Vec<(&'static str, Story)> {
    let after = |mut story: Story, fact: Fact| {
        story.then(fact);
        story
    };
    vec![
        ("deferred", Story::begin(Fact::Deferred { reasons: vec![REASON] })),
        ("queued", Story::prepared()),
        ("signing", after(Story::prepared(), Fact::Claimed)),
        ("ready", after(after(Story::prepared(), Fact::Claimed), ready(online(1)))),
        ("unknown", Story::unknown()),
        ("taken", Story::taken()),
        ("duplicate", after(Story::taken(), observed(440))),
        ("absent", after(Story::taken(), observed(550))),
        ("numbered", Story::numbered()),
        ("accepted", after(Story::numbered(), receipt(ReceiptSigner::Pinned))),
        ("rejected", Story::rejected()),
        ("refused", Story::begin(Fact::Refused { reasons: vec![REASON] })),
        ("terminated", Story::terminated()),
        ("skipped", Story::skipped()),
        ("second leg failed", second_leg_failed()),
        ("paired rejected", paired_rejected()),
    ]
}

fn second_leg_failed() -> Story {
    let mut story = Story::paired();
    story.sends(online(1)).then(acknowledged(1)).then(observed(200));
    story.then(receipt(ReceiptSigner::Pinned)).is(Accepted);
    story.expects(&Step::FeedSecondLeg { ksef_number: ksef_number(1) });
    story.then(Fact::SecondLegFailed { reason: REASON }).is(KsefOkFakturowniaFailed);
    story
}

fn paired_rejected() -> Story {
    let mut story = Story::paired();
    story.sends(online(1)).then(acknowledged(1)).then(observed(450));
    story.is(KsefFailedFakturowniaSkipped);
    story
}

#[test]
fn mark_as_failed_only_where_nothing_can_be_at_ksef() {
    let allowed = ["deferred", "queued", "rejected", "refused", "paired rejected"];
    for (place, mut story) in everywhere() {
        if allowed.contains(&place) {
            story.then(marked_failed()).is(Failed).asks(Question::MarkedFailed);
            story.refuses(retry(RetryBytes::Same), HistoryError::SameBytesWereRefused);
            story.then(retry(RetryBytes::Rebuilt)).is(Pending).expects(&Step::Prepare);
        } else {
            story.refuses(marked_failed(), HistoryError::OutOfPlace);
        }
    }
}

#[test]
fn no_retry_is_taken_while_ksef_may_have_the_document() {
    let settled = ["queued", "rejected", "refused", "terminated", "second leg failed"];
    for (place, mut story) in everywhere() {
        if settled.contains(&place) || place == "paired rejected" {
            story.then(retry(RetryBytes::Rebuilt));
            continue;
        }
        for bytes in ALL_BYTES {
            story.refuses(retry(bytes), HistoryError::OutOfPlace);
        }
    }
}

#[test]
fn a_skipped_document_is_sent_only_on_a_persons_word() {
    for (place, mut story) in everywhere() {
        let order = Fact::SendOrdered { decision: decision() };
        if place == "skipped" {
            story.is(Skipped).asks(Question::Skipped);
            story.then(order).is(Pending).expects(&Step::Prepare);
            story.then(prepared(1)).expects(&Step::Claim);
        } else {
            story.refuses(order, HistoryError::OutOfPlace);
        }
    }
}

#[test]
fn a_deferred_document_is_prepared_again_and_may_end_anyhow() {
    let deferred = || Fact::Deferred { reasons: vec![REASON] };
    for (fact, status) in [
        (prepared(1), Pending),
        (Fact::Skipped { rule: REASON }, Skipped),
        (Fact::Refused { reasons: vec![REASON] }, Failed),
    ] {
        let mut story = Story::begin(deferred());
        story.is(Pending).waits(1).after(1).expects(&Step::Prepare).then(deferred());
        story.after(900).expects(&Step::Prepare).then(fact).is(status);
    }
}

#[test]
fn a_refused_document_is_retried_as_what_its_mended_source_gives() {
    let mut story = Story::begin(Fact::Refused { reasons: vec![REASON] });
    story.is(Failed).asks(Question::Refused);
    story.refuses(number_entered(1, None), HistoryError::OutOfPlace);
    story.then(retry(RetryBytes::Rebuilt)).expects(&Step::Prepare).then(prepared(1));
}

#[test]
fn what_failed_is_retried_only_as_a_new_version() {
    for mut story in [Story::rejected(), paired_rejected()] {
        for bytes in [RetryBytes::Same, RetryBytes::SameOffline] {
            story.refuses(retry(bytes), HistoryError::SameBytesWereRefused);
        }
        story.then(retry(RetryBytes::Rebuilt)).is(Pending).expects(&Step::Prepare);
        story.then(prepared(2)).sends(online(2));
        assert_eq!(story.history().attempts(), 2);
    }
}

#[test]
fn what_was_terminated_is_retried_as_it_is_only_on_its_day() {
    let mut story = Story::terminated();
    story.is(Terminated).then(retry(RetryBytes::Same)).sends(online(2));

    let mut story = Story::terminated();
    story.at(MIDNIGHT).refuses(retry(RetryBytes::Same), HistoryError::IssueDatePassed);
    story.asks(Question::Terminated).then(retry(RetryBytes::SameOffline)).sends(online(2));

    let mut story = Story::terminated();
    story.at(MIDNIGHT).then(retry(RetryBytes::Rebuilt)).expects(&Step::Prepare);
}

#[test]
fn a_number_entered_by_hand_counts_once_its_document_has_our_hash() {
    for mut story in [Story::rejected(), Story::terminated(), paired_rejected()] {
        let status = story.history().status();
        story.then(number_entered(5, Some(online(5)))).is(status);
        assert_eq!(story.history().ksef_number(), None);
        story.refuses(receipt(ReceiptSigner::Pinned), HistoryError::OutOfPlace);
        story.expects(&compare(5, Some(online(5)))).then(compared(5, bytes_of(1))).is(status);
        story.expects(&fetch(5, online(5))).shows(Progress::ReceiptPending);
        for bytes in ALL_BYTES {
            story.refuses(retry(bytes), HistoryError::OutOfPlace);
        }
        story.then(receipt(ReceiptSigner::Pinned)).is(Accepted);
    }
}

#[test]
fn a_number_of_another_document_leads_back_to_the_same_question() {
    for finding in [bytes_of(0), OriginalFinding::Unreadable] {
        for mut story in [Story::rejected(), Story::terminated()] {
            let (status, question) = (story.history().status(), story.step());
            story.then(number_entered(5, None)).expects(&compare(5, None));
            story.then(compared(5, OriginalFinding::NotYetAvailable)).after(30);
            story.expects(&compare(5, None)).then(compared(5, finding)).is(status);
            story.expects(&question);
            assert_eq!(story.history().ksef_number(), None);
        }
    }
}

#[test]
fn nothing_is_sent_while_a_number_by_hand_is_compared() {
    let mut story = Story::terminated();
    story.then(number_entered(5, None));
    for fact in [retry(RetryBytes::Same), retry(RetryBytes::Rebuilt), marked_failed()] {
        story.refuses(fact, HistoryError::OutOfPlace);
    }
}

#[test]
fn a_document_found_by_hand_that_was_never_sent_needs_a_session_for_its_receipt() {
    let mut story = Story::prepared();
    story.then(marked_failed()).then(number_entered(5, None)).then(compared(5, bytes_of(1)));
    story.asks(Question::ReceiptSessionNeeded).is(Failed);
    story.then(number_entered(5, Some(online(5)))).expects(&fetch(5, online(5)));
    story.then(receipt(ReceiptSigner::Pinned)).is(Accepted);
}

#[test]
fn a_number_is_entered_by_hand_only_where_the_machine_has_stopped() {
    let allowed = ["rejected", "terminated", "paired rejected"];
    for (place, mut story) in everywhere() {
        // For a number that is known, only the session may be named.
        let number = if place == "numbered" { 6 } else { 1 };
        if allowed.contains(&place) {
            story.then(number_entered(number, None));
        } else {
            story.refuses(number_entered(number, None), HistoryError::OutOfPlace);
        }
    }
}

#[test]
fn a_failed_second_leg_is_retried_alone_until_it_is_done() {
    let feed = Step::FeedSecondLeg { ksef_number: ksef_number(1) };
    for bytes in ALL_BYTES {
        let mut story = second_leg_failed();
        story.asks(Question::SecondLegFailed);
        story.refuses(Fact::SecondLegDone, HistoryError::OutOfPlace);
        story.then(retry(bytes)).is(KsefOkFakturowniaFailed).expects(&feed);
        story.then(Fact::SecondLegFailed { reason: REASON }).is(KsefOkFakturowniaFailed);
        story.asks(Question::SecondLegFailed).then(retry(RetryBytes::Same));
        story.then(Fact::SecondLegDone).is(Accepted).expects(&Step::Done);
        assert_eq!(story.history().attempts(), 1);
    }
}

#[test]
fn a_second_leg_that_succeeds_at_once_shows_no_other_status() {
    let mut story = Story::paired();
    story.sends(online(1)).then(acknowledged(1)).then(observed(200));
    story.refuses(Fact::SecondLegDone, HistoryError::OutOfPlace);
    story.then(receipt(ReceiptSigner::Unknown)).then(Fact::SecondLegDone).is(Accepted);
    story.expects(&Step::Done).refuses(Fact::SecondLegDone, HistoryError::OutOfPlace);
}

#[test]
fn without_a_second_system_none_is_fed() {
    let mut story = Story::numbered();
    story.then(receipt(ReceiptSigner::Pinned)).expects(&Step::Done);
    story.refuses(Fact::SecondLegDone, HistoryError::OutOfPlace);
    story.refuses(Fact::SecondLegFailed { reason: REASON }, HistoryError::OutOfPlace);
}

#[test]
fn a_paired_document_that_ksef_rejects_is_left_like_a_failed_one() {
    let mut story = paired_rejected();
    story.asks(Question::Rejected).then(marked_failed()).is(Failed);
    let mut conflict = Story::paired();
    conflict.sends(online(1)).then(acknowledged(1)).then(observed(440));
    conflict.then(compared(9, bytes_of(0))).is(KsefFailedFakturowniaSkipped);
    conflict.asks(Question::NumberTaken);
}
