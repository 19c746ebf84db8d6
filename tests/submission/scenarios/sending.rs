//! Days, resends, pace, and the fence before each request.

use ksef_core::SubmissionStatus::{Failed, Pending, Signing, Submitted, Terminated};
use ksef_core::submission::{
    Document, Fact, HistoryError, Question, ReasonCode, RetryBytes, Step, WhenLate, schedule,
};

use super::story::{
    BEFORE_MIDNIGHT, MIDNIGHT, MORNING, NEXT_DAY, REASON, Story, acknowledged, batch, closing,
    document, fetch, invoice, list, listed_with, listed_without, lost, observed, online, prepared,
    ready, refused, retry, session_observed, time,
};

const DATE_PASSED: ReasonCode = ReasonCode::from_static("issue_date_passed");

fn shown_absent(story: &mut Story, session: u16) {
    story.then(session_observed(online(session), 440, 0));
    story.then(listed_without(online(session), 0));
}

#[test]
fn a_document_of_tomorrow_waits_until_its_day_has_begun_in_warsaw_and_in_utc() {
    for (today, tomorrow, midnight) in [
        ("2026-01-15T10:00:00Z", "2026-01-16", "2026-01-16T00:00:00Z"),
        ("2026-07-15T10:00:00Z", "2026-07-16", "2026-07-16T00:00:00Z"),
    ] {
        let p_1 = tomorrow.parse().expect("a date");
        let document = Document { p_1, ..document(1) };
        let mut story = Story::begin_at(today, Fact::Prepared { document });
        story.expects(&Step::Wait { until: time(midnight) }).is(Pending);
        story.at(midnight).expects(&Step::Claim);
    }
}

#[test]
fn a_document_whose_day_has_passed_is_sent_offline_or_rebuilt_as_a_person_says() {
    let mut story = Story::prepared();
    story.at(MIDNIGHT).asks(Question::IssueDatePassed).is(Pending);
    story.refuses(retry(RetryBytes::Same), HistoryError::IssueDatePassed);
    story.then(retry(RetryBytes::SameOffline)).expects(&Step::Claim).sends(online(1));

    let mut story = Story::prepared();
    story.at(MIDNIGHT).then(retry(RetryBytes::Rebuilt)).expects(&Step::Prepare);
    let p_1 = time(MIDNIGHT).warsaw_date();
    let document = Document { p_1, ..document(2) };
    story.then(Fact::Prepared { document }).expects(&Step::Wait { until: time(NEXT_DAY) });
    story.at(NEXT_DAY).expects(&Step::Claim);
}

#[test]
fn midnight_between_claim_and_post_gives_the_document_back() {
    let released = Fact::Released { reason: DATE_PASSED, retry_at: time(MIDNIGHT) };
    for has_session in [false, true] {
        let mut story = Story::prepared();
        story.at(BEFORE_MIDNIGHT).then(Fact::Claimed);
        if has_session {
            story.then(ready(online(1)));
        }
        story.at(MIDNIGHT).is(Signing).decides(released.clone());
        story.is(Pending).asks(Question::IssueDatePassed);
    }
}

#[test]
fn midnight_between_the_step_and_its_intent_refuses_the_intent() {
    let mut story = Story::prepared();
    story.at(BEFORE_MIDNIGHT).then(Fact::Claimed).then(ready(online(1))).at(MIDNIGHT);
    let intent = Fact::Intent { attempt: 1, session: online(1) };
    story.refuses(intent, HistoryError::IssueDatePassed);
}

#[test]
fn a_document_in_a_batch_stays_in_it_over_midnight() {
    let mut story = Story::prepared();
    story.at(BEFORE_MIDNIGHT).then(Fact::Claimed).then(ready(batch(1)));
    let released = Fact::Released { reason: REASON, retry_at: time(MIDNIGHT) };
    story.refuses(released, HistoryError::OutOfPlace);
    // Whoever closes the batch submits it, and KSeF dates it by the opening.
    story.at(MIDNIGHT).is(Signing).posts(batch(1));
}

#[test]
fn a_session_that_is_ready_only_after_midnight_is_refused() {
    for session in [online(1), batch(1)] {
        let mut story = Story::prepared();
        story.at(BEFORE_MIDNIGHT).then(Fact::Claimed).at(MIDNIGHT);
        story.refuses(ready(session), HistoryError::IssueDatePassed);
    }
}

#[test]
fn nothing_is_resent_after_midnight() {
    for steps in 0..3 {
        let mut story = Story::unknown();
        story.at(BEFORE_MIDNIGHT);
        shown_absent(&mut story, 1);
        if steps > 0 {
            story.decides(Fact::ResendDecided);
        }
        if steps > 1 {
            story.then(ready(online(2)));
        }
        story.at(MIDNIGHT).decides(Fact::TerminationDecided).is(Terminated);
        story.asks(Question::Terminated);
    }
}

#[test]
fn a_document_issued_offline_is_resent_after_midnight_too() {
    let document = Document { when_late: WhenLate::Send, ..document(1) };
    let mut story = Story::begin_at(MIDNIGHT, Fact::Prepared { document });
    story.sends(online(1));
    shown_absent(&mut story, 1);
    story.decides(Fact::ResendDecided).sends(online(2));
}

#[test]
fn the_same_bytes_are_resent_three_times_at_most() {
    let mut story = Story::unknown();
    for resend in 1..=3 {
        shown_absent(&mut story, resend);
        story.decides(Fact::ResendDecided).is(Submitted).sends(online(resend + 1));
    }
    shown_absent(&mut story, 4);
    story.refuses(Fact::ResendDecided, HistoryError::OutOfPlace);
    story.decides(Fact::TerminationDecided).is(Terminated).asks(Question::Terminated);
    assert_eq!(story.history().attempts(), 4);
}

#[test]
fn a_persons_retry_allows_three_more_resends() {
    let mut story = Story::terminated();
    story.then(retry(RetryBytes::Same)).sends(online(2));
    for session in 2..=4 {
        shown_absent(&mut story, session);
        story.decides(Fact::ResendDecided).sends(online(session + 1));
    }
    shown_absent(&mut story, 5);
    story.decides(Fact::TerminationDecided);
}

#[test]
fn resends_after_errors_of_ksef_itself_come_1_5_and_30_minutes_later() {
    for code in [500, 550, 21_184] {
        let mut story = Story::prepared();
        for (attempt, minutes) in [(1, 1), (2, 5), (3, 30)] {
            story.sends(online(attempt));
            if code == 21_184 {
                story.then(refused(attempt.into(), 400, Some(code)));
            } else {
                let code = code.try_into().expect("an invoice code");
                story.then(acknowledged(attempt.into())).then(observed(code));
            }
            story.is(Submitted).waits(minutes * 60);
            story.refuses(Fact::ResendDecided, HistoryError::OutOfPlace);
            story.after(minutes * 60).decides(Fact::ResendDecided);
        }
    }
}

#[test]
fn a_resend_that_falls_behind_midnight_is_a_persons_matter_at_once_then() {
    let mut story = Story::taken();
    story.at(BEFORE_MIDNIGHT).then(observed(550)).waits(60);
    story.at(MIDNIGHT).decides(Fact::TerminationDecided);
}

#[test]
fn pace_and_login_repeat_in_the_same_session_and_count_as_no_resend() {
    let mut story = Story::prepared();
    story.then(Fact::Claimed).then(ready(online(1)));
    for attempt in 1..=20 {
        let status = if attempt % 2 == 0 { 401 } else { 429 };
        story.posts(online(1)).then(refused(attempt, status, None)).is(Submitted);
        let Step::Wait { until } = story.step() else { panic!("it pauses after HTTP {status}") };
        let pause = until.duration_since(story.now()).expect("in the future");
        let doubled = 1_u64 << (attempt - 1);
        assert_eq!(pause.as_secs(), doubled.min(schedule::LONGEST_PATIENCE.as_secs()));
        story.after(pause.as_secs());
    }
    story.posts(online(1));
    shown_absent(&mut story, 1);
    story.decides(Fact::ResendDecided);
}

#[test]
fn a_pause_that_ksef_names_replaces_the_machines_own() {
    let mut story = Story::unknown();
    story.then(refused(1, 429, None));
    let until = time("2026-03-02T09:59:00Z");
    story.then(Fact::Postponed { reason: REASON, until }).expects(&Step::Wait { until });
}

#[test]
fn sessions_that_take_nothing_are_replaced_ten_times_at_most() {
    for code in [21_155, 21_173, 21_180] {
        let mut story = Story::prepared();
        for session in 1..=10 {
            story.sends(online(session)).then(refused(session.into(), 400, Some(code)));
        }
        story.sends(online(11)).then(refused(11, 400, Some(code)));
        story.decides(Fact::TerminationDecided).is(Terminated).asks(Question::Terminated);
    }
}

#[test]
fn what_ksef_refuses_for_good_has_failed() {
    for (status, code) in [(400, Some(21_402)), (400, Some(21_405)), (403, None), (413, None)] {
        let mut story = Story::unknown();
        story.then(refused(1, status, code)).is(Failed).asks(Question::Rejected);
    }
}

#[test]
fn an_answer_that_does_not_say_what_was_done_leaves_the_outcome_unknown() {
    for status in [200, 302, 408, 500, 502, 503, 504] {
        let mut story = Story::unknown();
        story.then(refused(1, status, None)).is(Submitted).expects(&list(online(1)));
    }
}

#[test]
fn of_two_workers_with_the_same_view_one_is_stopped() {
    let mut story = Story::unknown();
    let stale = HistoryError::StaleAttempt { expected: 2 };
    story.refuses(Fact::Intent { attempt: 1, session: online(1) }, stale);
    story.refuses(Fact::Intent { attempt: 3, session: online(1) }, stale);
    story.refuses(Fact::Intent { attempt: 2, session: online(1) }, HistoryError::OutOfPlace);
    story.refuses(Fact::Claimed, HistoryError::OutOfPlace);
    story.refuses(ready(online(2)), HistoryError::OutOfPlace);
}

#[test]
fn an_intent_goes_only_into_the_session_that_is_ready() {
    let mut story = Story::prepared();
    story.then(Fact::Claimed).then(ready(online(1)));
    story.refuses(ready(online(2)), HistoryError::OutOfPlace);
    story.refuses(Fact::Intent { attempt: 1, session: online(2) }, HistoryError::OutOfPlace);
}

#[test]
fn a_session_is_not_used_twice_for_a_document() {
    let mut story = Story::unknown();
    story.then(refused(1, 400, Some(21_155))).expects(&Step::Open);
    story.refuses(ready(online(1)), HistoryError::UsedSession);
    story.then(ready(online(2)));
}

#[test]
fn a_released_document_waits_and_keeps_its_clean_session() {
    let mut story = Story::prepared();
    story.then(Fact::Claimed).then(ready(online(1)));
    let retry_at = time("2026-03-02T09:10:00Z");
    story.then(Fact::Released { reason: REASON, retry_at }).is(Pending);
    story.expects(&Step::Wait { until: retry_at });
    // Another document's reading ends no pause of this one.
    story.ignores(session_observed(online(1), 100, 0)).after(600).expects(&Step::Claim);
    story.then(Fact::Claimed).then(ready(online(1))).posts(online(1));
}

#[test]
fn nothing_is_given_back_once_it_was_sent() {
    let mut story = Story::unknown();
    let released = Fact::Released { reason: REASON, retry_at: time(MORNING) };
    story.refuses(released.clone(), HistoryError::OutOfPlace);
    shown_absent(&mut story, 1);
    story.decides(Fact::ResendDecided);
    story.refuses(released, HistoryError::OutOfPlace);
}

#[test]
fn versions_are_numbered_without_gaps() {
    let mut story = Story::rejected();
    story.refuses(prepared(2), HistoryError::OutOfPlace);
    story.then(retry(RetryBytes::Rebuilt));
    for version in [1, 3] {
        story.refuses(prepared(version), HistoryError::WrongVersion { expected: 2 });
    }
    story.then(prepared(2)).is(Pending);
}

#[test]
fn a_decision_on_an_older_view_is_refused() {
    let mut story = Story::unknown();
    shown_absent(&mut story, 1);
    story.refuses(Fact::TerminationDecided, HistoryError::OutOfPlace);
    story.decides(Fact::ResendDecided);
    story.refuses(Fact::ResendDecided, HistoryError::OutOfPlace);
    story.refuses(Fact::TerminationDecided, HistoryError::OutOfPlace);
    story.then(ready(online(2)));
    story.refuses(Fact::TerminationDecided, HistoryError::OutOfPlace);
}

#[test]
fn a_clock_that_is_set_back_over_midnight_sends_nothing_early_and_asks_nobody() {
    let p_1 = time(NEXT_DAY).warsaw_date();
    let new = || {
        let document = Document { p_1, ..document(1) };
        let mut story = Story::begin_at(NEXT_DAY, Fact::Prepared { document });
        story.then(Fact::Claimed).then(ready(online(1)));
        story
    };
    let waits = Step::Wait { until: time(NEXT_DAY) };
    new().at(BEFORE_MIDNIGHT).expects(&waits);

    let mut story = new();
    story.posts(online(1));
    shown_absent(&mut story, 1);
    story.at(BEFORE_MIDNIGHT).expects(&waits);
    story.at(NEXT_DAY).decides(Fact::ResendDecided);
}

#[test]
fn a_reading_from_the_future_is_not_waited_for() {
    let mut story = Story::taken();
    story.at("2026-03-02T20:00:00Z").then(observed(150)).at("2026-03-02T10:00:00Z");
    let again = Step::QueryInvoice { session: online(1), invoice: invoice(1) };
    story.expects(&again).then(observed(150)).waits(30);
}

#[test]
fn late_answers_to_an_older_attempt_change_nothing() {
    let mut story = Story::unknown();
    shown_absent(&mut story, 1);
    for phase in 0..3 {
        match phase {
            0 => {}
            1 => _ = story.decides(Fact::ResendDecided),
            _ => _ = story.sends(online(2)),
        }
        for late in [refused(1, 400, Some(21_180)), refused(1, 429, None), lost(1)] {
            story.ignores(late);
        }
        if phase == 2 {
            story.ignores(acknowledged(1)).ignores(listed_with(online(1), 200));
        }
        story.ignores(listed_without(online(1), 0));
        story.ignores(session_observed(online(1), 440, 0));
        story.ignores(Fact::SessionUnknown { session: online(1) });
    }
}

#[test]
fn what_turns_up_after_all_is_adopted_and_not_sent_again() {
    for (turns_up, step) in [
        (acknowledged(1), Step::QueryInvoice { session: online(1), invoice: invoice(1) }),
        (listed_with(online(1), 200), fetch(1, online(1))),
    ] {
        for has_decided in [false, true] {
            let mut story = Story::unknown();
            shown_absent(&mut story, 1);
            if has_decided {
                story.decides(Fact::ResendDecided).then(ready(online(2)));
            }
            story.then(turns_up.clone()).is(Submitted).expects(&step);
        }
    }
}

#[test]
fn a_late_refusal_of_the_current_attempt_does_not_decide_once_ksef_is_asked() {
    let late = [(400, Some(21_180)), (400, Some(21_405)), (429, None), (403, None)];
    let mut story = Story::unknown();
    story.then(lost(1)).then(listed_without(online(1), 0));
    for (status, code) in late {
        story.ignores(refused(1, status, code));
    }
    story.then(closing(online(1)));
    for (status, code) in late {
        story.ignores(refused(1, status, code));
    }
}

#[test]
fn a_late_acknowledgement_of_the_current_attempt_ends_the_search() {
    let mut story = Story::unknown();
    story.then(lost(1)).then(listed_without(online(1), 0)).then(acknowledged(1));
    let query = Step::QueryInvoice { session: online(1), invoice: invoice(1) };
    story.expects(&query).ignores(lost(1)).ignores(refused(1, 400, Some(21_405)));
}
