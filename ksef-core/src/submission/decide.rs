//! The decision: what is due, given what the facts add up to and the time.

use core::time::Duration;

use super::history::{Asked, Close, Phase, SecondLeg, Session, Unknown};
use super::schedule::{CHECKING_AFTER, LONGEST_PATIENCE, LONGEST_POLL, MAX_RESENDS, next_reading};
use super::{Channel, Fact, History, Progress, Question, ReasonCode, Step, WhenLate};
use crate::{SubmissionStatus, Timestamp};

/// The date of issue, seen from a moment in Warsaw.
pub(super) enum IssueDay {
    ToCome(Timestamp),
    Today,
    Passed,
}

impl History {
    /// What is to be done at `now`.
    #[must_use]
    pub fn next(&self, now: Timestamp) -> Step {
        match (self.not_before, self.settled()) {
            (_, Some(step)) => step,
            (Some(until), None) if now < until => Step::Wait { until },
            _ => self.due(now),
        }
    }

    /// What to tell people besides the status.
    #[must_use]
    pub fn progress(&self, now: Timestamp) -> Progress {
        let idle = now.saturating_duration_since(self.since);
        match (self.phase, self.next(now)) {
            (Phase::Quarantined, _) => Progress::Quarantined,
            (_, Step::AskPerson(question)) => Progress::Asked(question),
            (_, Step::Done) => Progress::Finished,
            (Phase::Numbered, _) => Progress::ReceiptPending,
            _ if self.status() == SubmissionStatus::Submitted && idle >= CHECKING_AFTER => {
                Progress::CheckingWithKsef
            }
            _ => Progress::Working,
        }
    }

    /// Where time changes nothing: the work is done, or a person is asked.
    fn settled(&self) -> Option<Step> {
        let question = match self.phase {
            Phase::Accepted(SecondLeg::NotNeeded | SecondLeg::Done) => return Some(Step::Done),
            Phase::Accepted(SecondLeg::Failed) => Question::SecondLegFailed,
            Phase::Quarantined => Question::ReceiptMismatched,
            Phase::Asking(Asked::Failed(question)) => question,
            Phase::Asking(Asked::Terminated) => Question::Terminated,
            Phase::Asking(Asked::Skipped) => Question::Skipped,
            Phase::Numbered if self.receipt_session().is_none() => Question::ReceiptSessionNeeded,
            _ => return None,
        };
        Some(Step::AskPerson(question))
    }

    fn due(&self, now: Timestamp) -> Step {
        match self.phase {
            Phase::Unborn | Phase::Unwritten => self.paced(now, Step::Prepare, LONGEST_PATIENCE),
            Phase::Queued => match self.issue_day(now) {
                IssueDay::ToCome(until) => Step::Wait { until },
                IssueDay::Today => Step::Claim,
                IssueDay::Passed => Step::AskPerson(Question::IssueDatePassed),
            },
            Phase::NeedsSession => self.while_today(now, Step::Open),
            Phase::Ready(session) => self.post(session, now),
            Phase::Unknown(unknown) => self.reconcile(unknown, now),
            Phase::Cancelled(session) => {
                self.paced(now, Step::QuerySession { session: session.reference }, LONGEST_POLL)
            }
            Phase::Absent { due, may_resend } => self.after_absence(now, due, may_resend),
            Phase::Taken(session, invoice) => {
                let session = session.reference;
                self.paced(now, Step::QueryInvoice { session, invoice }, LONGEST_POLL)
            }
            Phase::Duplicate(original) | Phase::ByHand(original, _) => {
                let (ksef_number, session) = (original.ksef_number, original.session);
                self.paced(now, Step::CompareOriginal { ksef_number, session }, LONGEST_POLL)
            }
            Phase::Numbered => self.fetch_receipt(now),
            Phase::Accepted(_) => self.feed_second_leg(),
            // These are settled.
            Phase::Quarantined | Phase::Asking(_) => Step::Done,
        }
    }

    /// Something that is read or tried again and again, ever more rarely.
    fn paced(&self, now: Timestamp, step: Step, longest: Duration) -> Step {
        let due = self.read.map(|read| next_reading(self.since, read, longest));
        // A reading from the future comes from a clock that was wrong; nobody waits for it.
        let read_later = self.read.is_some_and(|read| now < read);
        match due {
            Some(until) if now < until && !read_later => Step::Wait { until },
            _ => step,
        }
    }

    pub(super) fn issue_day(&self, now: Timestamp) -> IssueDay {
        let Some(document) = self.document() else {
            return IssueDay::Today;
        };
        // KSeF refuses a date of issue that is still to come, and is not documented to look at
        // Polish clocks: the day has to have begun in UTC too.
        let begins = document.p_1.start_in_utc();
        if now < begins {
            IssueDay::ToCome(begins)
        } else if document.p_1 < now.warsaw_date() && document.when_late == WhenLate::Ask {
            IssueDay::Passed
        } else {
            IssueDay::Today
        }
    }

    fn post(&self, session: Session, now: Timestamp) -> Step {
        let Session { reference, channel } = session;
        let post = Step::Post { attempt: self.attempt + 1, session: reference, channel };
        match channel {
            Channel::Online => self.while_today(now, post),
            // KSeF dates a batch by its opening, and no document can be taken out of it again.
            Channel::Batch => post,
        }
    }

    /// `step`, unless the date of issue has passed in the meantime. Nothing is outstanding then.
    fn while_today(&self, now: Timestamp, step: Step) -> Step {
        match self.issue_day(now) {
            IssueDay::Today => step,
            // Only after a clock was set back.
            IssueDay::ToCome(until) => Step::Wait { until },
            IssueDay::Passed if self.status() == SubmissionStatus::Signing => {
                Step::Record(Fact::Released { reason: ISSUE_DATE_PASSED, retry_at: now })
            }
            IssueDay::Passed => Step::Record(Fact::TerminationDecided),
        }
    }

    /// An unknown outcome: list the session; close it, wait for its end and list again.
    ///
    /// What was sent or closed without an answer is not repeated before the session's status was
    /// read.
    fn reconcile(&self, unknown: Unknown, now: Timestamp) -> Step {
        let (session, channel) = (unknown.session.reference, unknown.session.channel);
        let query = || self.paced(now, Step::QuerySession { session }, LONGEST_POLL);
        if unknown.has_ended() {
            return self.paced(now, Step::List { session }, LONGEST_POLL);
        }
        match (channel, unknown.close) {
            (Channel::Online, Close::NotTried) if !unknown.listed => {
                self.paced(now, Step::List { session }, LONGEST_POLL)
            }
            (Channel::Online, Close::NotTried) => Step::Close { session, channel },
            (Channel::Batch, Close::NotTried) if unknown.code == Some(100) => {
                Step::Close { session, channel }
            }
            (Channel::Batch, Close::NotTried) | (_, Close::Lost | Close::Done) => query(),
        }
    }

    fn after_absence(&self, now: Timestamp, due: Timestamp, may_resend: bool) -> Step {
        if !may_resend || self.resends >= MAX_RESENDS {
            return Step::Record(Fact::TerminationDecided);
        }
        match self.issue_day(now) {
            IssueDay::Passed => Step::Record(Fact::TerminationDecided),
            IssueDay::ToCome(until) => Step::Wait { until },
            IssueDay::Today if now < due => Step::Wait { until: due },
            IssueDay::Today => Step::Record(Fact::ResendDecided),
        }
    }

    fn fetch_receipt(&self, now: Timestamp) -> Step {
        match (self.ksef_number(), self.receipt_session()) {
            (Some(ksef_number), Some(session)) => {
                self.paced(now, Step::FetchReceipt { ksef_number, session }, LONGEST_PATIENCE)
            }
            _ => Step::AskPerson(Question::ReceiptSessionNeeded),
        }
    }

    fn feed_second_leg(&self) -> Step {
        self.ksef_number().map_or(Step::Done, |ksef_number| Step::FeedSecondLeg { ksef_number })
    }
}

/// Why the machine itself gives a document back.
const ISSUE_DATE_PASSED: ReasonCode = ReasonCode::from_static("issue_date_passed");
