//! Performing the machine's steps against the simulated KSeF, as a client does.

use super::{Answer, Parcel, SimulatedKsef};
use crate::submission::{
    Channel, CloseAnswer, Fact, OriginalFinding, ReasonCode, ReceiptSigner, Step,
};
use crate::{KsefNumber, ReferenceNumber, Timestamp};

const NO_ANSWER: ReasonCode = ReasonCode::from_static("no_answer");
const PAUSE: core::time::Duration = core::time::Duration::from_secs(5);

/// Performs `step` for the document `parcel` and returns the facts that came of it.
///
/// For [`Step::Post`] that is the intent first and then the answer; a caller that crashes on
/// purpose keeps only the first. Steps that are not KSeF's business yield nothing.
pub fn perform(step: &Step, ksef: &mut SimulatedKsef, parcel: Parcel) -> Vec<Fact> {
    match *step {
        Step::Claim => vec![Fact::Claimed],
        Step::Post { attempt, session, .. } => {
            let intent = Fact::Intent { attempt, session };
            vec![intent, post(ksef, attempt, session, parcel)]
        }
        Step::Close { session, .. } => vec![close(ksef, session)],
        Step::FeedSecondLeg { .. } => vec![Fact::SecondLegDone],
        Step::Record(ref fact) => vec![fact.clone()],
        ref step => ask(step, ksef, parcel).into_iter().collect(),
    }
}

/// The steps that may be repeated at will.
fn ask(step: &Step, ksef: &mut SimulatedKsef, parcel: Parcel) -> Option<Fact> {
    let now = ksef.now();
    Some(match *step {
        Step::Open => reading(now, ksef.open(Channel::Online, &[]), |session| Fact::SessionReady {
            session,
            channel: Channel::Online,
        }),
        Step::QueryInvoice { session, invoice } => {
            reading(now, ksef.invoice(session, invoice), |state| Fact::InvoiceObserved { state })
        }
        Step::QuerySession { session } => reading(now, ksef.session(session), |read| {
            let (code, invoices) = (read.code, Some(read.invoices));
            Fact::SessionObserved { session, code, invoices }
        }),
        Step::List { session } => list(ksef, session, parcel),
        Step::CompareOriginal { ksef_number, session } => compare(ksef, ksef_number, session),
        Step::FetchReceipt { ksef_number, session } => {
            reading(now, ksef.receipt(session, ksef_number), |found| match found {
                Some(digest) => Fact::ReceiptStored { digest, signer: ReceiptSigner::Pinned },
                None => Fact::ReceiptMissing { session },
            })
        }
        _ => return None,
    })
}

fn close(ksef: &mut SimulatedKsef, session: ReferenceNumber) -> Fact {
    let answer = match ksef.close(session) {
        Answer::Given(()) => CloseAnswer::Closing,
        Answer::Refused(refusal) => CloseAnswer::Refused { refusal },
        Answer::Lost => CloseAnswer::Lost,
    };
    Fact::CloseAnswered { session, answer }
}

fn post(ksef: &mut SimulatedKsef, attempt: u32, session: ReferenceNumber, parcel: Parcel) -> Fact {
    match ksef.submit(session, parcel) {
        Answer::Given(invoice) => Fact::Acknowledged { attempt, invoice },
        Answer::Refused(refusal) => Fact::SendRefused { attempt, refusal },
        Answer::Lost => Fact::AnswerLost { attempt },
    }
}

fn list(ksef: &mut SimulatedKsef, session: ReferenceNumber, parcel: Parcel) -> Fact {
    reading(ksef.now(), ksef.list(session), |rows| {
        let found = rows.iter().find(|row| row.digest == parcel.digest).map(|row| row.state);
        let rows = u32::try_from(rows.len()).unwrap_or(u32::MAX);
        Fact::Listed { session, rows, found }
    })
}

/// From the list of the named session if it has the number there, otherwise from the bytes.
fn compare(
    ksef: &mut SimulatedKsef,
    ksef_number: KsefNumber,
    session: Option<ReferenceNumber>,
) -> Fact {
    let listed = session.and_then(|session| match ksef.list(session) {
        Answer::Given(rows) => rows
            .into_iter()
            .find(|row| row.state.ksef_number == Some(ksef_number))
            .map(|row| (Some(session), OriginalFinding::Bytes { digest: row.digest })),
        Answer::Refused(_) | Answer::Lost => None,
    });
    let (now, found) = (
        ksef.now(),
        listed.map_or_else(
            || match ksef.original(ksef_number) {
                Answer::Given(finding) => Answer::Given((None, finding)),
                Answer::Refused(refusal) => Answer::Refused(refusal),
                Answer::Lost => Answer::Lost,
            },
            Answer::Given,
        ),
    );
    reading(now, found, |(session, finding)| Fact::OriginalCompared {
        ksef_number,
        session,
        finding,
    })
}

/// The fact behind a reading, or that it has to be repeated.
fn reading<T>(now: Timestamp, answer: Answer<T>, fact: impl FnOnce(T) -> Fact) -> Fact {
    match answer {
        Answer::Given(found) => fact(found),
        Answer::Refused(_) | Answer::Lost => {
            let until = now.checked_add(PAUSE).unwrap_or(now);
            Fact::Postponed { reason: NO_ANSWER, until }
        }
    }
}
