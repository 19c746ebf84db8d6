//! `Record`, one leaf of the log, in its only spelling.

use core::fmt;
use core::str::FromStr;

use ksef_core::{Environment, KsefNumber, ReferenceNumber, Sha256Digest, TenantId, Timestamp};

/// The version of the encoding, its first byte.
const VERSION: u8 = 1;

/// Version and kind.
const HEADER_BYTES: usize = 2;

/// Tag and length.
const FIELD_HEADER_BYTES: usize = 5;

/// One thing that was recorded, as the log has it.
///
/// The encoding is made for being hashed: there is exactly one per record, and no other bytes are
/// read. Integers are big-endian.
///
/// ```text
/// record = 0x01 (version), kind (1 byte), field…
/// field  = tag (1 byte), length (4 bytes), value      tags in strictly ascending order
/// ```
///
/// Which fields a kind must and may have is said by [`RecordKind`], what is in a field by [`Tag`].
///
/// ```
/// use ksef_audit::log::{Record, RecordKind, Tag};
/// use ksef_core::{Environment, TenantId};
///
/// let tenant = TenantId::from_bytes([7; 16])?;
/// let record = Record::new(RecordKind::Parked, tenant, Environment::Test)
///     .with(Tag::Sequence, 41)
///     .with(Tag::RecordedAt, "2026-11-20T12:00:00Z".parse::<ksef_core::Timestamp>()?)
///     .with(Tag::Submission, 7)
///     .with(Tag::Position, 3)
///     .with(Tag::Reason, "too_many_attempts");
/// let bytes = record.encode().unwrap();
/// assert_eq!(Record::decode(&bytes).unwrap(), record);
/// assert_eq!(record.number(Tag::Sequence), Some(41));
/// # Ok::<(), ksef_core::ParseError>(())
/// ```
#[derive(Clone, Eq, PartialEq)]
pub struct Record {
    kind: RecordKind,
    /// In the order of the tags.
    fields: Vec<(Tag, Vec<u8>)>,
}

/// Why bytes are no record, or a record cannot be written.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// Another version, written by a newer program; or no record at all.
    #[error("not a record of version 1")]
    Version,
    /// A kind that version 1 does not have.
    #[error("a record of an unknown kind")]
    Kind,
    /// A tag that version 1 does not have, that stands twice, or out of order.
    #[error("a record with an unknown, repeated or misplaced field")]
    Tag,
    /// The bytes end inside of a field.
    #[error("a record that is cut off")]
    Truncated,
    /// A value that is not of its tag's form.
    #[error("a record whose field {0} has no such value")]
    Value(Tag),
    /// A field that the kind requires is not there.
    #[error("a record without its field {0}")]
    Missing(Tag),
    /// A field that the kind does not have.
    #[error("a record of a kind that has no field {0}")]
    Surplus(Tag),
}

/// The form of a value.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Form {
    /// 16 bytes that are not all zero.
    Tenant,
    /// `TEST`, `DEMO` or `PRODUCTION`.
    Environment,
    /// 8 bytes.
    Number,
    /// 32 bytes.
    Digest,
    /// `2026-11-20T12:00:00.0000000+00:00`, the form of [`Timestamp`].
    Moment,
    /// UTF-8, at least one byte.
    Text,
    /// Any bytes.
    Bytes,
}

macro_rules! tags {
    ($($(#[$documentation:meta])* $tag:ident = $number:literal, $name:literal, $form:ident;)*) => {
        /// What a field of a record is.
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        #[non_exhaustive]
        #[repr(u8)]
        pub enum Tag {
            $($(#[$documentation])* $tag = $number,)*
        }

        impl Tag {
            /// All tags, in their order.
            pub const ALL: [Self; [$($number),*].len()] = [$(Self::$tag),*];

            /// The byte by which the encoding names it.
            #[must_use]
            pub const fn number(self) -> u8 {
                match self { $(Self::$tag => $number,)* }
            }

            /// Its name in snake case.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$tag => $name,)* }
            }

            const fn of_number(number: u8) -> Option<Self> {
                match number { $($number => Some(Self::$tag),)* _ => None }
            }

            const fn form(self) -> Form {
                match self { $(Self::$tag => Form::$form,)* }
            }
        }
    };
}

tags! {
    /// Whose log it is: 16 bytes.
    Tenant = 1, "tenant", Tenant;
    /// For which environment.
    Environment = 2, "environment", Environment;
    /// The place in the log, counted from 0: 8 bytes, like every number.
    Sequence = 3, "sequence", Number;
    /// When it was recorded, by the clock of the program.
    RecordedAt = 4, "recorded_at", Moment;
    /// The number of the submission within the log.
    Submission = 5, "submission", Number;
    /// The place among the records of the submission, counted from 0.
    Position = 6, "position", Number;
    /// A code that says more exactly what happened, for example the name of a fact.
    Name = 7, "name", Text;
    /// What kind of source a document came from.
    SourceKind = 8, "source_kind", Text;
    /// The id of the source in the system it came from.
    SourceId = 9, "source_id", Text;
    /// The SHA-256 of the source: 32 bytes, like every digest.
    SourceDigest = 10, "source_digest", Digest;
    /// The version of the document within the submission, from 1.
    Version = 11, "version", Number;
    /// The SHA-256 of the document's XML.
    XmlDigest = 12, "xml_digest", Digest;
    /// The order reference as people know it.
    OrderReference = 13, "order_reference", Text;
    /// The buyer's name.
    Customer = 14, "customer", Text;
    /// The buyer's NIP.
    BuyerNip = 15, "buyer_nip", Text;
    /// The seller's NIP.
    SellerNip = 16, "seller_nip", Text;
    /// `VAT`, `KOR` or `B2C`.
    DocumentType = 17, "document_type", Text;
    /// The form code of the document.
    FormCode = 18, "form_code", Text;
    /// The reference number of the session.
    Session = 19, "session", Text;
    /// The reference number of the invoice within the session.
    InvoiceReference = 20, "invoice_reference", Text;
    /// The number that KSeF gave the document.
    KsefNumber = 21, "ksef_number", Text;
    /// The SHA-256 of the official receipt (UPO), or of one that does not fit.
    UpoDigest = 22, "upo_digest", Digest;
    /// The reference number of the official receipt.
    UpoReference = 23, "upo_reference", Text;
    /// When KSeF accepted the document, by KSeF's clock.
    AcceptedAt = 24, "accepted_at", Moment;
    /// The second invoicing system's id of the document.
    SecondSystemId = 25, "second_system_id", Text;
    /// A stable code that names a reason.
    Reason = 26, "reason", Text;
    /// Who decided.
    Person = 27, "person", Text;
    /// Why they decided so, in their words.
    Statement = 28, "statement", Text;
    /// The whole of what happened, as the store keeps it.
    Details = 29, "details", Bytes;
    /// The key that names the wish to send the document.
    IdempotencyKey = 30, "idempotency_key", Text;
    /// The SHA-256 of the value that something was set to; none where it was destroyed.
    ValueDigest = 31, "value_digest", Digest;
}

impl Tag {
    /// Whether its value is text without a form of its own.
    #[cfg(feature = "export")]
    pub(crate) fn is_text(self) -> bool {
        self.form() == Form::Text
    }

    /// The form of its value, as the Python verifier calls it.
    #[cfg(all(test, feature = "export"))]
    pub(crate) fn form_name(self) -> String {
        format!("{:?}", self.form()).to_lowercase()
    }

    /// Whether its value is a digest.
    #[cfg(feature = "export")]
    pub(crate) fn is_digest(self) -> bool {
        self.form() == Form::Digest
    }
}

/// Every record has these.
const ALWAYS: [Tag; 4] = [Tag::Tenant, Tag::Environment, Tag::Sequence, Tag::RecordedAt];

macro_rules! kinds {
    ($($(#[$documentation:meta])* $kind:ident = $number:literal, $name:literal,
        [$($must:ident)*], [$($may:ident)*];)*) => {
        /// What a record is about.
        ///
        /// Each has [`Tag::Tenant`], [`Tag::Environment`], [`Tag::Sequence`] and
        /// [`Tag::RecordedAt`].
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        #[non_exhaustive]
        #[repr(u8)]
        pub enum RecordKind {
            $($(#[$documentation])* $kind = $number,)*
        }

        impl RecordKind {
            /// All kinds.
            pub const ALL: [Self; [$($number),*].len()] = [$(Self::$kind),*];

            /// The byte by which the encoding names it.
            #[must_use]
            pub const fn number(self) -> u8 {
                match self { $(Self::$kind => $number,)* }
            }

            /// Its name in snake case.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$kind => $name,)* }
            }

            const fn of_number(number: u8) -> Option<Self> {
                match number { $($number => Some(Self::$kind),)* _ => None }
            }

            /// The fields that it must have, but for those that every record has.
            pub(crate) const fn required(self) -> &'static [Tag] {
                match self { $(Self::$kind => &[$(Tag::$must),*],)* }
            }

            /// The fields that it may have as well.
            pub(crate) const fn optional(self) -> &'static [Tag] {
                match self { $(Self::$kind => &[$(Tag::$may),*],)* }
            }
        }
    };
}

kinds! {
    /// The source document came in.
    Source = 1, "source",
        [Submission Position SourceKind SourceId SourceDigest IdempotencyKey],
        [OrderReference Customer BuyerNip DocumentType];
    /// A version of the document, described as people look for it.
    Described = 2, "described",
        [Submission Position OrderReference SellerNip DocumentType FormCode],
        [Version XmlDigest Customer BuyerNip];
    /// A fact of the submission protocol.
    Fact = 3, "fact",
        [Submission Position Name Details],
        [Version XmlDigest Session InvoiceReference KsefNumber UpoDigest UpoReference AcceptedAt
         Reason Person Statement];
    /// The official receipt was verified and stored.
    Receipt = 4, "receipt",
        [Submission Position UpoReference], [KsefNumber UpoDigest];
    /// A receipt that does not fit was kept apart.
    Quarantined = 5, "quarantined",
        [Submission Position UpoDigest], [Reason];
    /// The second invoicing system has the document.
    SecondSystem = 6, "second_system",
        [Submission Position SecondSystemId], [];
    /// No worker looks at the submission until a person says so.
    Parked = 7, "parked",
        [Submission Position Reason], [];
    /// A person says that workers may look at it again.
    Unparked = 8, "unparked",
        [Submission Position Person Statement], [];
    /// Something that holds for the tenant changed: a connection, the profile, a key, a hold.
    Setting = 9, "setting",
        [Name Version Reason], [Person Statement ValueDigest];
    /// A person looked at a document, or took an export away.
    Look = 10, "look",
        [Name Person], [Submission];
    /// A source was announced, and is fetched later.
    Announced = 11, "announced",
        [Submission Position Name SourceKind SourceId IdempotencyKey], [OrderReference];
}

impl RecordKind {
    fn has(self, tag: Tag) -> bool {
        ALWAYS.contains(&tag) || self.required().contains(&tag) || self.optional().contains(&tag)
    }
}

/// A value of a field, made from what it means.
#[derive(Clone, Debug)]
pub struct Value(Vec<u8>);

macro_rules! values {
    ($($type:ty => |$value:ident| $bytes:expr;)*) => {
        $(impl From<$type> for Value {
            fn from($value: $type) -> Self {
                Self($bytes)
            }
        })*
    };
}

values! {
    u64 => |value| value.to_be_bytes().into();
    &str => |value| value.as_bytes().into();
    String => |value| value.into_bytes();
    &[u8] => |value| value.into();
    Vec<u8> => |value| value;
    Sha256Digest => |value| value.as_bytes().as_slice().into();
    Timestamp => |value| value.to_string().into_bytes();
    KsefNumber => |value| value.as_str().into();
    ReferenceNumber => |value| value.as_str().into();
}

impl Record {
    /// A record of this kind, with the two fields that say whose log it is in.
    #[must_use]
    pub fn new(kind: RecordKind, tenant: TenantId, environment: Environment) -> Self {
        let fields = vec![
            (Tag::Tenant, tenant.as_bytes().to_vec()),
            (Tag::Environment, environment.as_str().into()),
        ];
        Self { kind, fields }
    }

    /// The same record with this field. One that was there is replaced.
    #[must_use]
    pub fn with(mut self, tag: Tag, value: impl Into<Value>) -> Self {
        let Value(bytes) = value.into();
        match self.fields.binary_search_by_key(&tag, |(tag, _)| *tag) {
            Ok(place) => drop(self.fields.splice(place..=place, [(tag, bytes)])),
            Err(place) => self.fields.insert(place, (tag, bytes)),
        }
        self
    }

    /// The same record with this field, where there is a value.
    #[must_use]
    pub fn with_some(self, tag: Tag, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.with(tag, value),
            None => self,
        }
    }

    /// What the record is about.
    #[must_use]
    pub const fn kind(&self) -> RecordKind {
        self.kind
    }

    /// The bytes of a field.
    #[must_use]
    pub fn bytes(&self, tag: Tag) -> Option<&[u8]> {
        let place = self.fields.binary_search_by_key(&tag, |(tag, _)| *tag).ok()?;
        self.fields.get(place).map(|(_, bytes)| bytes.as_slice())
    }

    /// The number in a field.
    #[must_use]
    pub fn number(&self, tag: Tag) -> Option<u64> {
        Some(u64::from_be_bytes(self.bytes(tag)?.try_into().ok()?))
    }

    /// The text in a field.
    #[must_use]
    pub fn text(&self, tag: Tag) -> Option<&str> {
        core::str::from_utf8(self.bytes(tag)?).ok()
    }

    /// The digest in a field.
    #[must_use]
    pub fn digest(&self, tag: Tag) -> Option<Sha256Digest> {
        Some(Sha256Digest::from_bytes(self.bytes(tag)?.try_into().ok()?))
    }

    /// The text in a field as something that is parsed from text, such as a [`Timestamp`].
    #[must_use]
    pub fn parsed<T: FromStr>(&self, tag: Tag) -> Option<T> {
        self.text(tag)?.parse().ok()
    }

    /// Whose log it is in.
    #[must_use]
    pub fn tenant(&self) -> Option<TenantId> {
        TenantId::from_bytes(self.bytes(Tag::Tenant)?.try_into().ok()?).ok()
    }

    /// For which environment.
    #[must_use]
    pub fn environment(&self) -> Option<Environment> {
        self.parsed(Tag::Environment)
    }

    /// The fields, in the order of their tags.
    pub fn fields(&self) -> impl Iterator<Item = (Tag, &[u8])> {
        self.fields.iter().map(|(tag, bytes)| (*tag, bytes.as_slice()))
    }

    /// The bytes that the log has of it.
    ///
    /// # Errors
    ///
    /// When a field is missing, is none of this kind, or has no value of its form.
    pub fn encode(&self) -> Result<Vec<u8>, RecordError> {
        self.check()?;
        let mut bytes = vec![VERSION, self.kind.number()];
        for (tag, value) in &self.fields {
            let length = u32::try_from(value.len()).map_err(|_| RecordError::Value(*tag))?;
            bytes.push(tag.number());
            bytes.extend_from_slice(&length.to_be_bytes());
            bytes.extend_from_slice(value);
        }
        Ok(bytes)
    }

    /// Reads what [`Record::encode`] wrote, and nothing else.
    ///
    /// # Errors
    ///
    /// What is wrong first.
    pub fn decode(bytes: &[u8]) -> Result<Self, RecordError> {
        let (header, mut rest) =
            bytes.split_first_chunk::<HEADER_BYTES>().ok_or(RecordError::Version)?;
        let [VERSION, kind] = *header else { return Err(RecordError::Version) };
        let kind = RecordKind::of_number(kind).ok_or(RecordError::Kind)?;
        let mut record = Self { kind, fields: Vec::with_capacity(16) };
        while !rest.is_empty() {
            let (tag, value, after) = split_field(rest)?;
            if record.fields.last().is_some_and(|(last, _)| *last >= tag) {
                return Err(RecordError::Tag);
            }
            record.fields.push((tag, value.to_vec()));
            rest = after;
        }
        record.check()?;
        Ok(record)
    }

    fn check(&self) -> Result<(), RecordError> {
        for (tag, value) in &self.fields {
            if !self.kind.has(*tag) {
                return Err(RecordError::Surplus(*tag));
            }
            if !tag.form().admits(value) {
                return Err(RecordError::Value(*tag));
            }
        }
        let mut required = ALWAYS.iter().chain(self.kind.required());
        match required.find(|tag| self.bytes(**tag).is_none()) {
            Some(missing) => Err(RecordError::Missing(*missing)),
            None => Ok(()),
        }
    }
}

fn split_field(bytes: &[u8]) -> Result<(Tag, &[u8], &[u8]), RecordError> {
    let (header, rest) =
        bytes.split_first_chunk::<FIELD_HEADER_BYTES>().ok_or(RecordError::Truncated)?;
    let [tag, length @ ..] = *header;
    let tag = Tag::of_number(tag).ok_or(RecordError::Tag)?;
    let length = usize::try_from(u32::from_be_bytes(length)).map_err(|_| RecordError::Truncated)?;
    let (value, rest) = rest.split_at_checked(length).ok_or(RecordError::Truncated)?;
    Ok((tag, value, rest))
}

impl Form {
    fn admits(self, value: &[u8]) -> bool {
        match self {
            Self::Tenant => value.len() == 16 && value.iter().any(|byte| *byte != 0),
            Self::Environment => {
                Environment::ALL.iter().any(|known| known.as_str().as_bytes() == value)
            }
            Self::Number => value.len() == 8,
            Self::Digest => value.len() == 32,
            Self::Moment => is_moment(value),
            Self::Text => !value.is_empty() && core::str::from_utf8(value).is_ok(),
            Self::Bytes => true,
        }
    }
}

/// Whether the value is spelled like a [`Timestamp`]; whether the calendar has such a day is for
/// whoever reads it as one.
fn is_moment(value: &[u8]) -> bool {
    const SHAPE: &[u8] = b"0000-00-00T00:00:00.0000000+00:00";
    // The offset is that of UTC, so the digits of it are not free.
    let is_free = |place: usize| place < SHAPE.len() - "+00:00".len();
    let fits = |(place, (byte, shape)): (usize, (&u8, &u8))| match shape {
        b'0' if is_free(place) => byte.is_ascii_digit(),
        _ => byte == shape,
    };
    value.len() == SHAPE.len() && value.iter().zip(SHAPE).enumerate().all(fits)
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Display for RecordKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Shows the kind and the place only, since records contain personal data.
impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Record({}", self.kind)?;
        if let Some(sequence) = self.number(Tag::Sequence) {
            write!(f, " at {sequence}")?;
        }
        f.write_str(")")
    }
}

/// A record for tests, valid wherever it stands.
#[cfg(test)]
pub(crate) fn sample(sequence: u64) -> Record {
    let tenant = TenantId::from_bytes([7; 16]).unwrap();
    let moment: Timestamp = "2026-11-20T12:00:00Z".parse().unwrap();
    Record::new(RecordKind::Fact, tenant, Environment::Test)
        .with(Tag::Sequence, sequence)
        .with(Tag::RecordedAt, moment)
        .with(Tag::Submission, sequence / 4)
        .with(Tag::Position, sequence % 4)
        .with(Tag::Name, "intent")
        .with(Tag::XmlDigest, Sha256Digest::of(&sequence.to_be_bytes()))
        .with(Tag::Details, vec![b'{'; 120])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn value_of(form: Form, seed: u8) -> Vec<u8> {
        match form {
            Form::Tenant => vec![seed | 1; 16],
            Form::Environment => {
                Environment::ALL[usize::from(seed % 3)].as_str().as_bytes().to_vec()
            }
            Form::Number => vec![seed; 8],
            Form::Digest => vec![seed; 32],
            Form::Moment => Timestamp::from_unix_milliseconds(1_700_000_000_000 + i64::from(seed))
                .unwrap()
                .to_string()
                .into_bytes(),
            Form::Text => format!("zażółć {seed}").into_bytes(),
            Form::Bytes => vec![seed; usize::from(seed)],
        }
    }

    fn full(kind: RecordKind, seed: u8, with_optional: bool) -> Record {
        let optional = if with_optional { kind.optional() } else { &[] };
        let tags = ALWAYS.iter().chain(kind.required()).chain(optional);
        let tenant = TenantId::from_bytes([9; 16]).unwrap();
        let record = Record::new(kind, tenant, Environment::Test);
        tags.fold(record, |record, tag| record.with(*tag, value_of(tag.form(), seed)))
    }

    fn any_record() -> impl Strategy<Value = Record> {
        let kinds = prop::sample::select(RecordKind::ALL.as_slice());
        (kinds, any::<u8>(), any::<bool>())
            .prop_map(|(kind, seed, with_optional)| full(kind, seed, with_optional))
    }

    #[test]
    fn tags_and_kinds_have_numbers_and_names_of_their_own() {
        for (place, tag) in Tag::ALL.into_iter().enumerate() {
            assert_eq!(usize::from(tag.number()), place + 1);
            assert_eq!(Tag::of_number(tag.number()), Some(tag));
            assert_eq!(Tag::ALL.iter().filter(|other| other.as_str() == tag.as_str()).count(), 1);
        }
        for kind in RecordKind::ALL {
            assert_eq!(RecordKind::of_number(kind.number()), Some(kind));
        }
    }

    #[test]
    fn the_bytes_of_a_known_record_stay_as_they_are() {
        let tenant = TenantId::from_bytes([7; 16]).unwrap();
        let record = Record::new(RecordKind::Look, tenant, Environment::Demo)
            .with(Tag::RecordedAt, "2026-11-20T12:00:00Z".parse::<Timestamp>().unwrap())
            .with(Tag::Sequence, 258)
            .with(Tag::Person, "Anna Nowak")
            .with(Tag::Name, "receipt");
        let mut expected = vec![1, 10, 1, 0, 0, 0, 16];
        expected.extend([7; 16]);
        expected.extend(b"\x02\x00\x00\x00\x04DEMO");
        expected.extend(b"\x03\x00\x00\x00\x08\x00\x00\x00\x00\x00\x00\x01\x02");
        expected.extend(b"\x04\x00\x00\x00\x212026-11-20T12:00:00.0000000+00:00");
        expected.extend(b"\x07\x00\x00\x00\x07receipt");
        expected.extend(b"\x1b\x00\x00\x00\x0aAnna Nowak");
        assert_eq!(record.encode().unwrap(), expected);
    }

    #[test]
    fn what_a_kind_requires_must_be_there_and_what_it_lacks_must_not() {
        for kind in RecordKind::ALL {
            let record = full(kind, 1, true);
            for tag in ALWAYS.iter().chain(kind.required()) {
                let mut without = record.clone();
                without.fields.retain(|(other, _)| other != tag);
                assert_eq!(without.encode(), Err(RecordError::Missing(*tag)));
            }
            for tag in Tag::ALL.into_iter().filter(|tag| !kind.has(*tag)) {
                let surplus = record.clone().with(tag, value_of(tag.form(), 1));
                assert_eq!(surplus.encode(), Err(RecordError::Surplus(tag)));
            }
        }
    }

    #[test]
    fn a_value_of_another_form_is_refused() {
        for (tag, bad) in [
            (Tag::Tenant, vec![0; 16]),
            (Tag::Tenant, vec![1; 15]),
            (Tag::Environment, b"PROD".to_vec()),
            (Tag::Sequence, vec![0; 7]),
            (Tag::XmlDigest, vec![0; 33]),
            (Tag::RecordedAt, b"2026-11-20T12:00:00.0000000+01:00".to_vec()),
            (Tag::RecordedAt, b"2026-11-20T12:00:00Z".to_vec()),
            (Tag::Name, Vec::new()),
            (Tag::Name, vec![0xff]),
        ] {
            assert_eq!(sample(0).with(tag, bad).encode(), Err(RecordError::Value(tag)));
        }
    }

    #[test]
    fn debug_shows_no_personal_data() {
        let record = full(RecordKind::Described, 3, true).with(Tag::Customer, "Jan Kowalski");
        assert!(!format!("{record:?}").contains("Kowalski"));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(record in any_record()) {
            let bytes = record.encode().unwrap();
            prop_assert_eq!(Record::decode(&bytes), Ok(record));
        }

        #[test]
        fn what_is_read_is_what_would_be_written(
            record in any_record(),
            place in any::<prop::sample::Index>(),
            byte: u8,
            tail in prop::collection::vec(any::<u8>(), 0..8),
        ) {
            let mut bytes = record.encode().unwrap();
            let place = place.index(bytes.len());
            bytes[place] = byte;
            bytes.extend(tail);
            if let Ok(read) = Record::decode(&bytes) {
                prop_assert_eq!(read.encode().unwrap(), bytes);
            }
        }

        #[test]
        fn a_record_that_is_cut_off_is_refused_or_another_one(
            record in any_record(),
            place in any::<prop::sample::Index>(),
        ) {
            let bytes = record.encode().unwrap();
            let cut = &bytes[..place.index(bytes.len())];
            prop_assert!(Record::decode(cut).map_or(true, |other| other != record));
        }

        #[test]
        fn any_bytes_are_read_without_panic(bytes: Vec<u8>) {
            prop_assert!(Record::decode(&bytes).map_or(true, |read| read.encode() == Ok(bytes)));
        }
    }
}
