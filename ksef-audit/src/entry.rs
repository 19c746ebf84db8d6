//! What is recorded: entries, each of which is a leaf of the log.

mod codec;

pub use codec::Place;
#[cfg(feature = "export")]
pub(crate) use codec::form_code;

use ksef_core::submission::{Decision, Event, Fact, ReasonCode};
use ksef_core::{DocumentType, FormCode, Nip, ReferenceNumber, Sha256Digest, Timestamp};

/// One thing that was recorded about a submission, or about the tenant as a whole, and when.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "a body and its moment; nothing else belongs here")]
pub struct Entry {
    /// When, by the clock of whoever recorded it.
    pub at: Timestamp,
    /// What.
    pub body: Body,
}

/// What an entry says.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Body {
    /// A source document was announced, and is fetched later.
    Announced(Announcement),
    /// The source document, kept unchanged.
    Source(SourceReference),
    /// What a person looks for in a document version.
    Described(Description),
    /// A fact of the submission protocol.
    Fact(Fact),
    /// The session whose receipt (UPO) was stored.
    Receipt {
        /// The reference number of the session's UPO, or of the session where KSeF names none.
        upo: ReferenceNumber,
    },
    /// A receipt that does not fit is kept apart.
    Quarantined {
        /// The SHA-256 of its bytes.
        digest: Sha256Digest,
    },
    /// Paired mode: the second system's id of the document.
    SecondSystem {
        /// The id, as the other system writes it.
        id: String,
    },
    /// Workers died over it too often; nothing is due until a person says so.
    Parked {
        /// Why.
        reason: ReasonCode,
    },
    /// A person says that workers may have it again.
    Unparked {
        /// Who and why.
        decision: Decision,
    },
    /// Something that holds for the tenant as a whole changed.
    Changed(Change),
    /// A person looked at a document, or took an export away.
    Looked(Look),
}

impl Body {
    /// Whether people find the submission by what it says.
    #[cfg(any(feature = "postgres", feature = "sqlite"))]
    pub(crate) const fn names(&self) -> bool {
        matches!(self, Self::Announced(_) | Self::Source(_) | Self::Described(_))
    }

    /// Whether it is about the tenant as a whole and stands among the notices of the log, not among
    /// the entries of a submission.
    #[must_use]
    pub const fn is_notice(&self) -> bool {
        matches!(self, Self::Changed(_) | Self::Looked(_))
    }
}

/// A change of something that holds for the tenant as a whole: the connection, the profile, a sealed
/// secret, a wrapped key, a legal hold. The value itself is not in the log.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "built by every caller")]
pub struct Change {
    /// The name of the setting, for example `connection`.
    pub setting: String,
    /// The version that it has with this change, from 1.
    pub version: u32,
    /// What was done to it.
    pub what: ReasonCode,
    /// The SHA-256 of the value as it is stored; none where it was destroyed.
    pub digest: Option<Sha256Digest>,
    /// Who decided so and why, where it was a person.
    pub decision: Option<Decision>,
}

/// A person's look at a document, or at an export of many.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "built by every caller")]
pub struct Look {
    /// What was looked at, for example `receipt`.
    pub what: ReasonCode,
    /// The number of the submission, where it was one.
    pub submission: Option<u64>,
    /// Who looked, as the service knows the person.
    pub person: String,
}

/// A source that somebody says is there, for example a webhook.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "built by every caller")]
pub struct Announcement {
    /// What kind of source, for example `stripe_invoice`.
    pub kind: ReasonCode,
    /// Its id in the system it comes from, for example `in_1QK…`.
    pub id: String,
    /// What is said to have happened to it, for example `invoice.finalized`.
    pub event: String,
    /// The key that names the wish to send it.
    pub idempotency_key: String,
}

/// Where a document came from.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "built by every caller")]
pub struct SourceReference {
    /// What kind of source, for example `stripe_invoice`.
    pub kind: ReasonCode,
    /// Its id in the system it comes from, for example `in_1QK…`.
    pub id: String,
    /// The SHA-256 of its bytes.
    pub digest: Sha256Digest,
    /// The key that names the wish to send it.
    pub idempotency_key: String,
}

/// What a person looks for in the audit log, and what a receipt is compared with.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "built by every caller; a new field is a new column")]
pub struct Description {
    /// `P_2` of the document, unless the source or the API gives another.
    pub order_reference: String,
    /// The buyer's name.
    pub customer: String,
    /// The buyer's NIP, where there is one.
    pub buyer: Option<Nip>,
    /// The seller's NIP.
    pub seller: Nip,
    /// The form of the document.
    pub form_code: FormCode,
    /// The type under which it is listed.
    pub document_type: DocumentType,
}

impl Entry {
    /// An entry that says `body`, recorded at `at`.
    #[must_use]
    pub const fn new(at: Timestamp, body: Body) -> Self {
        Self { at, body }
    }

    /// The fact and its moment, where the entry is a fact.
    #[must_use]
    pub fn event(&self) -> Option<Event> {
        match &self.body {
            Body::Fact(fact) => Some(Event::new(self.at, fact.clone())),
            _ => None,
        }
    }
}

impl From<Event> for Entry {
    fn from(event: Event) -> Self {
        Self::new(event.at, Body::Fact(event.fact))
    }
}
