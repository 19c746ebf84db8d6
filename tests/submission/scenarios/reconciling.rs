//! An unknown outcome: list, close, wait for the end, list again.

use ksef_core::SubmissionStatus::{Submitted, Terminated};
use ksef_core::submission::{Fact, Progress, Question, Step, schedule};

use super::story::{
    BEFORE_MIDNIGHT, MIDNIGHT, REASON, Story, acknowledged, batch, close, close_lost,
    close_refused, closing, fetch, invoice, later, list, listed_with, listed_without, lost,
    observed, online, query, refused, session_observed,
};

#[test]
fn the_early_list_is_enough_to_adopt() {
    let mut story = Story::unknown();
    story.then(lost(1)).expects(&list(online(1))).then(listed_with(online(1), 200));
    story.is(Submitted).expects(&fetch(1, online(1)));

    let mut story = Story::unknown();
    story.then(listed_with(online(1), 150)).waits(1).after(1);
    story.expects(&Step::QueryInvoice { session: online(1), invoice: invoice(1) });
}

#[test]
fn absence_is_proven_only_by_the_list_of_an_ended_session() {
    let mut story = Story::unknown();
    story.expects(&list(online(1))).then(listed_without(online(1), 0));
    story.expects(&close(online(1))).then(closing(online(1)));
    story.waits(1).after(1).expects(&query(online(1)));
    for code in [100, 170] {
        story.then(session_observed(online(1), code, 1)).then(listed_without(online(1), 1));
        story.after(60).expects(&query(online(1)));
    }
    story.then(session_observed(online(1), 445, 1)).expects(&list(online(1)));
    story.then(listed_without(online(1), 1)).decides(Fact::ResendDecided).is(Submitted);
    story.expects(&Step::Open);
}

#[test]
fn a_list_shorter_than_the_session_proves_nothing() {
    let mut story = Story::unknown();
    story.then(session_observed(online(1), 200, 3));
    for rows in [0, 1, 2] {
        story.then(listed_without(online(1), rows)).after(30).expects(&list(online(1)));
    }
    story.then(listed_with(online(1), 200)).expects(&fetch(1, online(1)));
}

#[test]
fn a_list_of_untold_length_proves_something_the_second_time() {
    let mut story = Story::unknown();
    // Read before the end by a worker that was slow to record it.
    story.then(session_observed(online(1), 200, None)).then(listed_without(online(1), 4));
    story.after(1).expects(&list(online(1)));
    story.then(listed_without(online(1), 5)).decides(Fact::ResendDecided);
}

#[test]
fn the_list_of_another_session_proves_nothing() {
    let mut story = Story::unknown();
    story.ignores(session_observed(online(2), 440, 0)).ignores(listed_without(online(2), 0));
    story.ignores(listed_with(online(2), 200)).ignores(closing(online(2)));
    story.ignores(Fact::SessionUnknown { session: online(2) }).expects(&list(online(1)));
}

#[test]
fn a_lost_close_is_followed_by_a_question_online() {
    let mut story = Story::unknown();
    story.then(listed_without(online(1), 0)).then(close_lost(online(1)));
    story.expects(&query(online(1))).then(session_observed(online(1), 100, 0));
    story.expects(&close(online(1))).then(close_lost(online(1)));
    story.expects(&query(online(1))).then(session_observed(online(1), 170, 0));
    story.waits(1).after(30).expects(&query(online(1)));
    story.then(session_observed(online(1), 440, 0)).expects(&list(online(1)));
}

#[test]
fn a_lost_close_is_followed_by_a_question_in_a_batch() {
    let mut story = Story::unknown_batch();
    story.then(lost(1)).expects(&query(batch(1))).then(session_observed(batch(1), 100, 0));
    story.expects(&close(batch(1))).then(close_lost(batch(1)));
    story.expects(&query(batch(1))).then(session_observed(batch(1), 100, 0));
    story.expects(&close(batch(1))).then(close_refused(batch(1), 503)).expects(&query(batch(1)));
    story.then(session_observed(batch(1), 150, 1)).after(30).expects(&query(batch(1)));
}

#[test]
fn a_close_refused_because_of_pace_is_tried_again_after_a_pause() {
    for status in [401, 429] {
        let mut story = Story::unknown();
        story.then(listed_without(online(1), 0)).then(close_refused(online(1), status));
        story.waits(1).after(1).expects(&close(online(1)));
        story.then(close_refused(online(1), status)).waits(2);
    }
}

#[test]
fn a_close_refused_as_closed_is_followed_by_questions_for_the_end() {
    let mut story = Story::unknown();
    story.then(listed_without(online(1), 0)).then(close_refused(online(1), 400));
    story.waits(1).after(1).expects(&query(online(1)));
}

#[test]
fn a_batch_is_never_resent_while_it_is_open_or_processed() {
    let mut story = Story::unknown_batch();
    story.then(Fact::Acknowledged { attempt: 1, invoice: None });
    for code in [100, 150, 100, 150] {
        story.then(session_observed(batch(1), code, 0)).then(listed_without(batch(1), 0));
        story.after(60).expects(&query(batch(1)));
    }
    story.then(session_observed(batch(1), 435, 0)).expects(&list(batch(1)));
    story.then(listed_without(batch(1), 0)).decides(Fact::ResendDecided);
}

#[test]
fn a_batch_that_may_not_be_closed_yet_stays_outstanding_over_midnight() {
    let mut story = Story::unknown_batch();
    story.at(BEFORE_MIDNIGHT).then(refused(1, 429, None)).waits(1);
    story.at(MIDNIGHT).is(Submitted).expects(&query(batch(1)));
    // Opened on the day of issue, it is issued on that day.
    story.then(session_observed(batch(1), 100, 0)).expects(&close(batch(1)));
}

#[test]
fn no_refusal_to_close_a_batch_proves_that_it_was_not_closed_before() {
    for code in [21_157, 21_173, 21_180, 21_205, 21_208, 21_405, 29_999] {
        let mut story = Story::unknown_batch();
        story.then(refused(1, 400, Some(code))).is(Submitted).expects(&query(batch(1)));
    }
}

#[test]
fn an_invoice_cancelled_in_a_batch_waits_for_the_end_of_its_session() {
    let mut story = Story::unknown_batch();
    story.then(session_observed(batch(1), 200, 1)).then(listed_with(batch(1), 550));
    story.is(Submitted).expects(&query(batch(1))).then(session_observed(batch(1), 150, 1));
    story.waits(1).ignores(session_observed(batch(2), 200, 1));
    story.after(1).then(session_observed(batch(1), 200, 1)).waits(60);
    story.after(60).decides(Fact::ResendDecided);
}

#[test]
fn a_session_that_ksef_does_not_know_leaves_the_matter_to_a_person() {
    let unknown = |session| Fact::SessionUnknown { session };
    let mut cancelled = Story::unknown_batch();
    cancelled.then(session_observed(batch(1), 200, 1)).then(listed_with(batch(1), 500));
    for (mut story, session) in
        [(Story::unknown(), online(1)), (Story::unknown_batch(), batch(1)), (cancelled, batch(1))]
    {
        // At first it may only not know it yet.
        story.then(unknown(session)).is(Submitted).waits(1);
        story.after(30 * 60).then(unknown(session)).decides(Fact::TerminationDecided);
        story.is(Terminated).asks(Question::Terminated);
    }
}

#[test]
fn readings_that_arrive_out_of_order_prove_nothing_new() {
    let mut story = Story::unknown();
    story.then(closing(online(1))).then(session_observed(online(1), 440, 0));
    story.then(session_observed(online(1), 170, 0)).then(listed_without(online(1), 0));
    story.after(30).expects(&query(online(1)));
}

#[test]
fn an_online_answer_without_a_reference_is_looked_for() {
    let mut story = Story::unknown();
    story.then(Fact::Acknowledged { attempt: 1, invoice: None }).expects(&list(online(1)));
    story.ignores(refused(1, 400, Some(21_405)));
    story.then(listed_without(online(1), 0)).expects(&close(online(1)));
}

#[test]
fn questions_become_rarer_and_never_rarer_than_twice_a_minute() {
    let mut story = Story::taken();
    let question = story.step();
    let mut last = 0;
    for _ in 0..100 {
        story.then(observed(150));
        let Step::Wait { until } = story.step() else { panic!("it pauses") };
        let pause = until.duration_since(story.now()).expect("in the future");
        assert!(pause >= schedule::SHORTEST_POLL && pause <= schedule::LONGEST_POLL);
        assert!(pause.as_secs() >= last);
        last = pause.as_secs();
        story.after(pause.as_secs() + 1).expects(&question);
    }
    assert_eq!(last, 30);
}

#[test]
fn after_half_an_hour_only_the_label_changes() {
    let mut waiting = Story::unknown();
    waiting.then(closing(online(1)));
    for mut story in [Story::unknown(), Story::unknown_batch(), Story::taken(), waiting] {
        story.after(30 * 60 - 1).shows(Progress::Working);
        let due = story.step();
        story.after(1).shows(Progress::CheckingWithKsef).is(Submitted).expects(&due);
        assert_eq!(story.history().progress(story.now()).to_string(), "checking with KSeF");
    }
}

#[test]
fn what_could_not_be_done_is_due_again_when_it_says() {
    let mut story = Story::unknown();
    let until = later(story.now(), 90);
    let postponed = Fact::Postponed { reason: REASON, until };
    story.then(postponed).waits(90).after(90).expects(&list(online(1)));
    story.then(acknowledged(1));
}
