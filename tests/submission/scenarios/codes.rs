//! Every documented code leads where the table says.

use ksef_core::SubmissionStatus::{Failed, Submitted};
use ksef_core::submission::{Fact, InvoiceState, NextStep, Observation, Outcome, Question, Step};

use super::story::{
    Story, batch, closing, compare, fetch, invoice, list, observed, online, query,
    session_observed, state,
};

/// The codes of the Ministry's status tables for sessions, with whether the session has ended.
const ONLINE: [(u16, bool); 6] =
    [(100, false), (170, false), (200, true), (415, true), (440, true), (445, true)];
const BATCH: [(u16, bool); 11] = [
    (100, false),
    (150, false),
    (200, true),
    (405, true),
    (415, true),
    (420, true),
    (430, true),
    (435, true),
    (440, true),
    (445, true),
    (500, true),
];

#[test]
fn every_session_code_leads_to_another_question_or_to_the_list() {
    for (code, ended) in ONLINE {
        let mut story = Story::unknown();
        story.then(closing(online(1)));
        story.then(session_observed(online(1), code, 1)).after(30).is(Submitted);
        story.expects(&if ended { list(online(1)) } else { query(online(1)) });
        let table = Outcome::of(Observation::OnlineSession(code)).next;
        assert_eq!(table == NextStep::ReadInvoices, ended);
    }
    for (code, ended) in BATCH {
        let mut story = Story::unknown_batch();
        story.then(closing(batch(1)));
        story.then(session_observed(batch(1), code, 1)).after(30).is(Submitted);
        story.expects(&if ended { list(batch(1)) } else { query(batch(1)) });
        let table = Outcome::of(Observation::BatchSession(code)).next;
        assert_eq!(table == NextStep::ReadInvoices, ended);
    }
}

#[test]
fn every_invoice_code_leads_where_the_table_says() {
    let again = Step::QueryInvoice { session: online(1), invoice: invoice(1) };
    for code in [100, 150, 200, 405, 410, 415, 430, 435, 440, 450, 500, 550, 199, 399, 499] {
        let mut story = Story::taken();
        story.then(observed(code)).after(1);
        let row = Outcome::of(Observation::Invoice(code));
        assert_eq!(row.status, Some(story.history().status()), "{code}");
        match code {
            0..200 | 201..400 => story.is(Submitted).expects(&again),
            200 => story.is(Submitted).expects(&fetch(1, online(1))),
            440 => story.is(Submitted).expects(&compare(9, Some(online(9)))),
            500 | 550 => story.is(Submitted).waits(59),
            _ => story.is(Failed).asks(Question::Rejected),
        };
    }
}

#[test]
fn a_success_without_a_number_is_read_again() {
    let state = InvoiceState { ksef_number: None, ..state(200) };
    let mut story = Story::taken();
    story.then(Fact::InvoiceObserved { state }).is(Submitted).after(1);
    story.expects(&Step::QueryInvoice { session: online(1), invoice: invoice(1) });
    assert_eq!(story.history().ksef_number(), None);
}

#[test]
fn the_state_of_another_invoice_says_nothing() {
    let mut state = state(200);
    state.invoice = invoice(2);
    Story::taken().ignores(Fact::InvoiceObserved { state });
}
