//! Entries as records of the log, and back.

use ksef_core::submission::{Decision, Fact};
use ksef_core::{FormCode, Nip};

use super::{Announcement, Body, Change, Description, Entry, Look, SourceReference};
use crate::Error;
use crate::log::{Record, RecordKind, Tag};
use crate::store::Scope;

/// Where an entry stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "the four coordinates of an entry")]
pub struct Place {
    /// Whose log it is in.
    pub scope: Scope,
    /// Its place in the log, counted from 0.
    pub sequence: u64,
    /// The number of the submission, or 0 for a notice.
    pub submission: u64,
    /// Its place among the entries of the submission or among the notices, counted from 0.
    pub position: u64,
}

const UNREADABLE: Error = Error::Damaged { finding: "a record cannot be read" };

impl Entry {
    /// The bytes of the entry as a leaf of the log, at its place.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] if it has a text that must not be empty and is.
    pub fn encode(&self, place: Place) -> Result<Vec<u8>, Error> {
        let record = Record::new(self.kind(), place.scope.tenant(), place.scope.environment())
            .with(Tag::Sequence, place.sequence)
            .with(Tag::RecordedAt, self.at);
        let record = if self.body.is_notice() {
            record
        } else {
            record.with(Tag::Submission, place.submission).with(Tag::Position, place.position)
        };
        let invalid = |_| Error::Invalid { reason: "a reference, id or name is empty" };
        self.fill(record)?.encode().map_err(invalid)
    }

    const fn kind(&self) -> RecordKind {
        match self.body {
            Body::Announced(_) => RecordKind::Announced,
            Body::Source(_) => RecordKind::Source,
            Body::Described(_) => RecordKind::Described,
            Body::Fact(_) => RecordKind::Fact,
            Body::Receipt { .. } => RecordKind::Receipt,
            Body::Quarantined { .. } => RecordKind::Quarantined,
            Body::SecondSystem { .. } => RecordKind::SecondSystem,
            Body::Parked { .. } => RecordKind::Parked,
            Body::Unparked { .. } => RecordKind::Unparked,
            Body::Changed(_) => RecordKind::Setting,
            Body::Looked(_) => RecordKind::Look,
        }
    }

    fn fill(&self, record: Record) -> Result<Record, Error> {
        Ok(match &self.body {
            Body::Announced(announced) => record
                .with(Tag::OrderReference, announced.id.as_str())
                .with(Tag::SourceKind, announced.kind.as_str())
                .with(Tag::SourceId, announced.id.as_str())
                .with(Tag::Name, announced.event.as_str())
                .with(Tag::IdempotencyKey, announced.idempotency_key.as_str()),
            // The source's id stands for the reference of what is never mapped.
            Body::Source(source) => record
                .with(Tag::OrderReference, source.id.as_str())
                .with(Tag::SourceKind, source.kind.as_str())
                .with(Tag::SourceId, source.id.as_str())
                .with(Tag::SourceDigest, source.digest)
                .with(Tag::IdempotencyKey, source.idempotency_key.as_str()),
            Body::Described(description) => describe(record, description),
            Body::Fact(fact) => fill_fact(record, fact)?,
            Body::Receipt { upo } => record.with(Tag::UpoReference, *upo),
            Body::Quarantined { digest } => record.with(Tag::UpoDigest, *digest),
            Body::SecondSystem { id } => record.with(Tag::SecondSystemId, id.as_str()),
            Body::Parked { reason } => record.with(Tag::Reason, reason.as_str()),
            Body::Unparked { decision } => decide(record, decision),
            Body::Changed(change) => fill_change(record, change),
            Body::Looked(look) => record
                .with(Tag::Name, look.what.as_str())
                .with(Tag::Person, look.person.as_str())
                .with_some(Tag::Submission, look.submission),
        })
    }

    /// Reads what [`Entry::encode`] wrote.
    ///
    /// # Errors
    ///
    /// [`Error::Damaged`] if the bytes are no entry.
    pub fn decode(bytes: &[u8]) -> Result<Self, Error> {
        Self::of_record(&Record::decode(bytes).map_err(|_| UNREADABLE)?)
    }

    /// The entry in a record.
    ///
    /// # Errors
    ///
    /// [`Error::Damaged`] if the record is not that of an entry.
    pub fn of_record(record: &Record) -> Result<Self, Error> {
        let at = record.parsed(Tag::RecordedAt).ok_or(UNREADABLE)?;
        Ok(Self { at, body: body(record).ok_or(UNREADABLE)? })
    }
}

/// Text that may be empty in an entry has no field in the record then.
fn filled(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

fn describe(record: Record, description: &Description) -> Record {
    let Description { order_reference, customer, buyer, seller, form_code, document_type } =
        description;
    record
        .with(Tag::OrderReference, order_reference.as_str())
        .with_some(Tag::Customer, filled(customer))
        .with_some(Tag::BuyerNip, buyer.as_ref().map(Nip::as_str))
        .with(Tag::SellerNip, seller.as_str())
        .with(Tag::FormCode, form_code_text(form_code))
        .with(Tag::DocumentType, document_type.as_str())
}

/// What people and programs look for has a field of its own; the whole of it is in the details.
fn fill_fact(record: Record, fact: &Fact) -> Result<Record, Error> {
    let unknown = |_| Error::Invalid { reason: "an unknown fact" };
    // In the order of the declaration, whatever map another crate chose for `serde_json`.
    let details = serde_json::to_vec(fact).map_err(unknown)?;
    let value: serde_json::Value = serde_json::from_slice(&details).map_err(unknown)?;
    let name = value.get("fact").and_then(|name| name.as_str()).unwrap_or_default();
    let record = record.with(Tag::Name, name).with(Tag::Details, details);
    Ok(match fact {
        Fact::Prepared { document } => record
            .with(Tag::Version, u64::from(document.version))
            .with(Tag::XmlDigest, document.digest),
        Fact::SessionReady { session, .. } | Fact::Intent { session, .. } => {
            record.with(Tag::Session, *session)
        }
        Fact::InvoiceObserved { state } | Fact::Listed { found: Some(state), .. } => record
            .with(Tag::InvoiceReference, state.invoice)
            .with_some(Tag::KsefNumber, state.ksef_number)
            .with_some(Tag::AcceptedAt, state.acquired_at),
        Fact::OriginalCompared { ksef_number, .. } => record.with(Tag::KsefNumber, *ksef_number),
        Fact::ReceiptStored { digest, .. } => record.with(Tag::UpoDigest, *digest),
        Fact::RetryOrdered { decision, .. }
        | Fact::SendOrdered { decision }
        | Fact::MarkedFailed { decision } => decide(record, decision),
        Fact::NumberEntered { decision, ksef_number, .. } => {
            decide(record, decision).with(Tag::KsefNumber, *ksef_number)
        }
        _ => record,
    })
}

fn fill_change(record: Record, change: &Change) -> Record {
    let record = record
        .with(Tag::Name, change.setting.as_str())
        .with(Tag::Version, u64::from(change.version))
        .with(Tag::Reason, change.what.as_str())
        .with_some(Tag::ValueDigest, change.digest);
    match &change.decision {
        Some(decision) => decide(record, decision),
        None => record,
    }
}

fn decide(record: Record, decision: &Decision) -> Record {
    record.with(Tag::Person, decision.person()).with(Tag::Statement, decision.reason())
}

fn body(record: &Record) -> Option<Body> {
    Some(match record.kind() {
        RecordKind::Announced => Body::Announced(Announcement {
            kind: record.parsed(Tag::SourceKind)?,
            id: record.text(Tag::SourceId)?.to_owned(),
            event: record.text(Tag::Name)?.to_owned(),
            idempotency_key: record.text(Tag::IdempotencyKey)?.to_owned(),
        }),
        RecordKind::Source => Body::Source(SourceReference {
            kind: record.parsed(Tag::SourceKind)?,
            id: record.text(Tag::SourceId)?.to_owned(),
            digest: record.digest(Tag::SourceDigest)?,
            idempotency_key: record.text(Tag::IdempotencyKey)?.to_owned(),
        }),
        RecordKind::Described => Body::Described(description(record)?),
        RecordKind::Fact => Body::Fact(serde_json::from_slice(record.bytes(Tag::Details)?).ok()?),
        RecordKind::Receipt => Body::Receipt { upo: record.parsed(Tag::UpoReference)? },
        RecordKind::Quarantined => Body::Quarantined { digest: record.digest(Tag::UpoDigest)? },
        RecordKind::SecondSystem => {
            Body::SecondSystem { id: record.text(Tag::SecondSystemId)?.to_owned() }
        }
        RecordKind::Parked => Body::Parked { reason: record.parsed(Tag::Reason)? },
        RecordKind::Unparked => {
            let (person, statement) = (record.text(Tag::Person)?, record.text(Tag::Statement)?);
            Body::Unparked { decision: Decision::new(person, statement).ok()? }
        }
        RecordKind::Setting => Body::Changed(change(record)?),
        RecordKind::Look => Body::Looked(Look {
            what: record.parsed(Tag::Name)?,
            submission: record.number(Tag::Submission),
            person: record.text(Tag::Person)?.to_owned(),
        }),
    })
}

fn change(record: &Record) -> Option<Change> {
    let decision = match (record.text(Tag::Person), record.text(Tag::Statement)) {
        (Some(person), Some(statement)) => Some(Decision::new(person, statement).ok()?),
        _ => None,
    };
    Some(Change {
        setting: record.text(Tag::Name)?.to_owned(),
        version: record.number(Tag::Version)?.try_into().ok()?,
        what: record.parsed(Tag::Reason)?,
        digest: record.digest(Tag::ValueDigest),
        decision,
    })
}

fn description(record: &Record) -> Option<Description> {
    let nip = |tag| Nip::for_test_environment(record.text(tag)?).ok();
    Some(Description {
        order_reference: record.text(Tag::OrderReference)?.to_owned(),
        customer: record.text(Tag::Customer).unwrap_or_default().to_owned(),
        buyer: nip(Tag::BuyerNip),
        seller: nip(Tag::SellerNip)?,
        form_code: form_code(record.text(Tag::FormCode)?)?,
        document_type: record.parsed(Tag::DocumentType)?,
    })
}

/// All three parts, since a code that this version does not know cannot be told from one of them.
fn form_code_text(form_code: &FormCode) -> String {
    [form_code.system_code(), form_code.schema_version(), form_code.value()].join("|")
}

/// Reads what [`form_code_text`] wrote.
pub(crate) fn form_code(text: &str) -> Option<FormCode> {
    let mut parts = text.split('|');
    FormCode::from_parts(parts.next()?, parts.next()?, parts.next()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ksef_core::submission::ReasonCode;
    use ksef_core::{DocumentType, Environment, Sha256Digest, TenantId};

    fn place() -> Place {
        let scope = Scope::new(TenantId::from_bytes([7; 16]).unwrap(), Environment::Test);
        Place { scope, sequence: 9, submission: 3, position: 1 }
    }

    fn bodies() -> Vec<Body> {
        let decision = Decision::new("Anna Nowak", "the source was mended").unwrap();
        let seller = "5265877635".parse().unwrap();
        let description = Description {
            order_reference: "FV/1".to_owned(),
            customer: String::new(),
            buyer: None,
            seller,
            form_code: FormCode::from_parts("FA (4)", "1-0E", "FA").unwrap(),
            document_type: DocumentType::B2c,
        };
        let source = SourceReference {
            kind: ReasonCode::from_static("stripe_invoice"),
            id: "in_1".to_owned(),
            digest: Sha256Digest::of(b"{}"),
            idempotency_key: "key".to_owned(),
        };
        let announced = Announcement {
            kind: source.kind,
            id: source.id.clone(),
            event: "invoice.finalized".to_owned(),
            idempotency_key: source.idempotency_key.clone(),
        };
        vec![
            Body::Announced(announced),
            Body::Source(source),
            Body::Described(description),
            Body::Fact(Fact::Claimed),
            Body::Fact(Fact::MarkedFailed { decision: decision.clone() }),
            Body::Receipt { upo: "20251002-SO-190FB15002-242991F8C9-6B".parse().unwrap() },
            Body::Quarantined { digest: Sha256Digest::of(b"upo") },
            Body::SecondSystem { id: "1234".to_owned() },
            Body::Parked { reason: ReasonCode::from_static("too_many_strikes") },
            Body::Unparked { decision: decision.clone() },
            Body::Changed(Change {
                setting: "connection".to_owned(),
                version: 2,
                what: ReasonCode::from_static("replaced"),
                digest: Some(Sha256Digest::of(b"value")),
                decision: Some(decision),
            }),
            Body::Changed(Change {
                setting: "secret.ksef_token".to_owned(),
                version: 3,
                what: ReasonCode::from_static("destroyed"),
                digest: None,
                decision: None,
            }),
            Body::Looked(Look {
                what: ReasonCode::from_static("receipt"),
                submission: Some(3),
                person: "Anna Nowak".to_owned(),
            }),
        ]
    }

    #[test]
    fn every_entry_is_read_back() {
        for body in bodies() {
            let entry = Entry::new("2026-03-02T09:00:00Z".parse().unwrap(), body);
            let bytes = entry.encode(place()).unwrap();
            let read = Entry::decode(&bytes).unwrap();
            assert_eq!(read, entry);
            assert_eq!(read.encode(place()).unwrap(), bytes, "what is restored is the same bytes");
        }
    }

    #[test]
    fn an_entry_without_a_name_where_one_is_needed_is_invalid() {
        let at = "2026-03-02T09:00:00Z".parse().unwrap();
        let entry = Entry::new(at, Body::SecondSystem { id: String::new() });
        assert!(matches!(entry.encode(place()), Err(Error::Invalid { .. })));
    }
}
