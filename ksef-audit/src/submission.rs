//! What the entries of a submission add up to.

mod error_code;
mod row;

pub use row::Row;

use ksef_core::submission::{Event, Fact, History, HistoryError, Progress, ReasonCode, Step};
use ksef_core::{InvoiceDate, ReferenceNumber, Sha256Digest, SubmissionStatus, Timestamp};

use crate::Error;
use crate::entry::{Announcement, Body, Description, Entry, SourceReference};

/// A submission, as its entries tell it.
///
/// It is a fold: nothing in it was decided elsewhere, and the same entries give the same
/// submission. The rows of the audit log are [`Submission::row`].
#[derive(Clone, Debug)]
pub struct Submission {
    history: Option<History>,
    last_fact: Option<Fact>,
    /// The digest of each version, in order.
    digests: Vec<Sha256Digest>,
    entries: u32,
    created_at: Option<Timestamp>,
    changed_at: Option<Timestamp>,
    submitted_at: Option<Timestamp>,
    announced: Option<Announcement>,
    source: Option<SourceReference>,
    descriptions: Vec<Description>,
    session: Option<ReferenceNumber>,
    upo: Option<ReferenceNumber>,
    second_system: Option<String>,
    error: Option<String>,
    parked: bool,
}

impl Submission {
    /// A submission of which nothing is recorded.
    pub(crate) const fn new() -> Self {
        Self {
            history: None,
            last_fact: None,
            digests: Vec::new(),
            entries: 0,
            created_at: None,
            changed_at: None,
            submitted_at: None,
            announced: None,
            source: None,
            descriptions: Vec::new(),
            session: None,
            upo: None,
            second_system: None,
            error: None,
            parked: false,
        }
    }

    /// What `entries` add up to.
    ///
    /// # Errors
    ///
    /// When one of them cannot follow those before it.
    pub fn replay(entries: &[Entry]) -> Result<Self, Error> {
        let mut submission = Self::new();
        entries.iter().try_for_each(|entry| submission.apply(entry))?;
        Ok(submission)
    }

    /// Takes one more entry. After an error the submission is as it was.
    pub(crate) fn apply(&mut self, entry: &Entry) -> Result<(), Error> {
        match &entry.body {
            Body::Announced(announced) if self.entries == 0 => {
                self.announced = Some(announced.clone());
            }
            Body::Source(source) if self.expects(source) => self.source = Some(source.clone()),
            Body::Announced(_) | Body::Source(_) => {
                return Err(Error::Invalid { reason: "a source is recorded first, and once" });
            }
            Body::Described(description) => self.descriptions.push(description.clone()),
            Body::Fact(fact) => self.apply_fact(&Event::new(entry.at, fact.clone()))?,
            Body::Receipt { upo } => self.upo = Some(*upo),
            Body::Quarantined { .. } => {}
            Body::SecondSystem { id } => self.second_system = Some(id.clone()),
            Body::Parked { .. } => self.parked = true,
            Body::Unparked { .. } => self.parked = false,
            Body::Changed(_) | Body::Looked(_) => {
                return Err(Error::Invalid { reason: "a notice is not about a submission" });
            }
        }
        self.entries += 1;
        self.created_at.get_or_insert(entry.at);
        self.changed_at = Some(entry.at);
        Ok(())
    }

    /// A source comes first, or once it was announced.
    fn expects(&self, source: &SourceReference) -> bool {
        match &self.announced {
            None => self.entries == 0,
            Some(announced) => {
                self.source.is_none()
                    && (announced.kind, &announced.id) == (source.kind, &source.id)
                    && announced.idempotency_key == source.idempotency_key
            }
        }
    }

    /// Sees a fact without recording it: a reading that changed nothing but the time of the next.
    pub(crate) fn see(&mut self, event: &Event) -> Result<(), Error> {
        self.history.as_mut().ok_or(HistoryError::NoEvents)?.apply(event)?;
        Ok(())
    }

    fn apply_fact(&mut self, event: &Event) -> Result<(), Error> {
        match &mut self.history {
            Some(history) => history.apply(event)?,
            None => self.history = Some(History::begin(event)?),
        }
        match &event.fact {
            Fact::Prepared { document } => self.digests.push(document.digest),
            Fact::SessionReady { session, .. } => self.session = Some(*session),
            Fact::Intent { .. } => {
                self.submitted_at.get_or_insert(event.at);
            }
            _ => {}
        }
        error_code::update(&mut self.error, &event.fact);
        self.last_fact = Some(event.fact.clone());
        Ok(())
    }

    /// Whether `fact` says something that the last one did not.
    pub(crate) fn must_keep(&self, fact: &Fact) -> bool {
        fact.must_be_kept(self.last_fact.as_ref())
    }

    /// How many entries it has, which is what writers compare and set.
    #[must_use]
    pub const fn entries(&self) -> u32 {
        self.entries
    }

    /// The protocol's view, once there is a fact.
    #[must_use]
    pub const fn history(&self) -> Option<&History> {
        self.history.as_ref()
    }

    /// The status, as users see it.
    #[must_use]
    pub fn status(&self) -> SubmissionStatus {
        self.history.as_ref().map_or(SubmissionStatus::Pending, History::status)
    }

    /// What is to be done at `now`. A parked submission waits for a person.
    #[must_use]
    pub fn next(&self, now: Timestamp) -> Step {
        self.history.as_ref().map_or(Step::Prepare, |history| history.next(now))
    }

    /// What to tell people besides the status.
    #[must_use]
    pub fn progress(&self, now: Timestamp) -> Progress {
        self.history.as_ref().map_or(Progress::Working, |history| history.progress(now))
    }

    /// When a worker is to look at it next, judged at `now`; `None` while nothing is due.
    #[must_use]
    pub fn due_at(&self, now: Timestamp) -> Option<Timestamp> {
        match self.next(now) {
            _ if self.parked => None,
            Step::Done | Step::AskPerson(_) => None,
            Step::Wait { until } => Some(until),
            _ => Some(now),
        }
    }

    /// The last day on which the document may be sent as issued offline (offline24): the working day
    /// after its date of issue. It is what a person sees who chooses between that and a rebuilt
    /// document; `None` as long as there is no document.
    #[must_use]
    pub fn offline24_deadline(&self) -> Option<InvoiceDate> {
        self.history.as_ref()?.document()?.p_1.next_working_day()
    }

    /// Why it was put off, if that is the last that happened to it. A ledger need not be told the same
    /// again.
    #[must_use]
    pub const fn put_off(&self) -> Option<ReasonCode> {
        match &self.last_fact {
            Some(Fact::Postponed { reason, .. } | Fact::Released { reason, .. }) => Some(*reason),
            _ => None,
        }
    }

    /// Whether workers leave it alone until a person says otherwise.
    #[must_use]
    pub const fn is_parked(&self) -> bool {
        self.parked
    }

    /// The source that is to be fetched, as long as it was not.
    #[must_use]
    pub const fn awaited(&self) -> Option<&Announcement> {
        match self.source {
            None => self.announced.as_ref(),
            Some(_) => None,
        }
    }

    /// Where it came from; `None` while it was only announced.
    #[must_use]
    pub const fn source(&self) -> Option<&SourceReference> {
        self.source.as_ref()
    }

    /// The description of the version that KSeF has, or of the newest.
    #[must_use]
    pub fn description(&self) -> Option<&Description> {
        match self.version_at_ksef() {
            Some(index) => self.descriptions.get(index),
            None => self.descriptions.last(),
        }
    }

    /// The SHA-256 of the version that KSeF has, or of the newest.
    #[must_use]
    pub fn digest(&self) -> Option<Sha256Digest> {
        self.digest_at_ksef().or_else(|| self.digests.last().copied())
    }

    /// The SHA-256 of the version that KSeF has, once that is known.
    #[must_use]
    pub fn digest_at_ksef(&self) -> Option<Sha256Digest> {
        self.digests.get(self.version_at_ksef()?).copied()
    }

    /// The index of that version.
    fn version_at_ksef(&self) -> Option<usize> {
        let version = self.history.as_ref()?.version_at_ksef()?;
        usize::try_from(version).ok()?.checked_sub(1)
    }
}
