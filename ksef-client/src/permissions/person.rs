//! To whom permissions are granted.

use core::fmt;

use ksef_core::{CertificateFingerprint, Nip, NipVatUe, PeppolId, Pesel};

use crate::identifier::Identifier;
use crate::wire::permissions::{
    IdDocumentBody, NameAndAddress, PersonNames, SubjectDetails, SubjectDetailsForm,
};

/// The names of a person.
#[derive(Clone, Eq, Hash, PartialEq)]
pub struct PersonName {
    first: String,
    last: String,
}

/// A person to whom something is granted: an identifier, and the data that KSeF shows of them
/// (OpenAPI, `PersonPermissionSubjectDetails`).
///
/// `Debug` shows none of it.
///
/// ```
/// use ksef_client::permissions::{Person, PersonName};
///
/// let name = PersonName::new("Anna", "Nowak");
/// let person = Person::with_nip("5265877635".parse()?, &name);
/// assert_eq!(format!("{person:?}"), "Person(Identifier(Nip, ..))");
/// # Ok::<(), ksef_core::ParseError>(())
/// ```
#[derive(Clone)]
pub struct Person {
    pub(super) identifier: Identifier,
    pub(super) details: SubjectDetails,
}

/// Who holds a certificate to which something is granted in the context of an entity of the
/// European Union (OpenAPI, `EuEntityPermissionSubjectDetails`).
///
/// `Debug` shows none of it.
#[derive(Clone)]
pub struct CertificateHolder {
    pub(super) identifier: Identifier,
    pub(super) details: SubjectDetails,
}

/// A document that shows who a person is, for one who has neither NIP nor PESEL (OpenAPI,
/// `IdDocument`). `Debug` shows none of it.
#[derive(Clone, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub struct IdDocument {
    /// What kind of document, up to 20 characters.
    pub kind: String,
    /// Its series and number, up to 20 characters.
    pub number: String,
    /// The country that issued it, ISO 3166-1 alpha-2.
    pub country: String,
}

/// An entity to which something is granted, and its full name of 5 to 90 characters.
///
/// `Debug` shows the kind of its identifier alone.
#[derive(Clone, Eq, Hash, PartialEq)]
pub struct Entity {
    pub(super) identifier: Identifier,
    pub(super) full_name: String,
}

/// A unit whose administrator is appointed: a unit of the taxpayer by its internal identifier,
/// which comes to be by that, or a member of a group by its NIP.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Subunit {
    pub(super) identifier: Identifier,
    pub(super) name: Option<String>,
}

/// An entity of the European Union in whose context a taxpayer's administrator is appointed.
#[derive(Clone, Eq, Hash, PartialEq)]
pub struct EuEntity {
    pub(super) context: NipVatUe,
    pub(super) full_name: String,
    pub(super) address: String,
}

impl PersonName {
    /// First name (2 to 30 characters) and last name (2 to 81).
    #[must_use]
    pub fn new(first: impl Into<String>, last: impl Into<String>) -> Self {
        Self { first: first.into(), last: last.into() }
    }

    fn body(&self) -> PersonNames {
        PersonNames { first_name: self.first.clone(), last_name: self.last.clone() }
    }
}

impl Person {
    /// A person who logs in with a certificate that names this NIP.
    #[must_use]
    pub fn with_nip(nip: Nip, name: &PersonName) -> Self {
        Self::by_id(nip.into(), name)
    }

    /// A person who logs in with a certificate that names this PESEL.
    #[must_use]
    pub fn with_pesel(pesel: Pesel, name: &PersonName) -> Self {
        Self::by_id(pesel.into(), name)
    }

    /// A person who logs in with this certificate, which names neither, and has a NIP or a PESEL
    /// ([`Identifier::Nip`], [`Identifier::Pesel`]).
    #[must_use]
    pub fn with_certificate(
        certificate: CertificateFingerprint,
        name: &PersonName,
        identifier: &Identifier,
    ) -> Self {
        let CertificateHolder { identifier, details } =
            CertificateHolder::person(certificate, name, identifier);
        Self { identifier, details }
    }

    /// A person who logs in with this certificate, and has neither NIP nor PESEL. The birth date
    /// is of the form `YYYY-MM-DD`.
    #[must_use]
    pub fn with_certificate_and_document(
        certificate: CertificateFingerprint,
        name: &PersonName,
        birth_date: impl Into<String>,
        document: &IdDocument,
    ) -> Self {
        let CertificateHolder { identifier, details } =
            CertificateHolder::person_with_document(certificate, name, birth_date, document);
        Self { identifier, details }
    }

    fn by_id(identifier: Identifier, name: &PersonName) -> Self {
        let details = SubjectDetails::of(SubjectDetailsForm::ById(name.body()));
        Self { identifier, details }
    }
}

impl CertificateHolder {
    /// A person who has a NIP or a PESEL ([`Identifier::Nip`], [`Identifier::Pesel`]).
    #[must_use]
    pub fn person(
        certificate: CertificateFingerprint,
        name: &PersonName,
        identifier: &Identifier,
    ) -> Self {
        let (names, identifier) = (name.body(), identifier.into());
        let form = SubjectDetailsForm::ByFingerprintWithId { names, identifier };
        Self { identifier: certificate.into(), details: SubjectDetails::of(form) }
    }

    /// A person who has neither. The birth date is of the form `YYYY-MM-DD`.
    #[must_use]
    pub fn person_with_document(
        certificate: CertificateFingerprint,
        name: &PersonName,
        birth_date: impl Into<String>,
        document: &IdDocument,
    ) -> Self {
        let (names, birth_date) = (name.body(), birth_date.into());
        let id_document = IdDocumentBody::from(document);
        let form = SubjectDetailsForm::ByFingerprintWithoutId { names, birth_date, id_document };
        Self { identifier: certificate.into(), details: SubjectDetails::of(form) }
    }

    /// An entity: its full name (up to 100 characters) and address (up to 512).
    #[must_use]
    pub fn entity(
        certificate: CertificateFingerprint,
        full_name: impl Into<String>,
        address: impl Into<String>,
    ) -> Self {
        let (full_name, address) = (full_name.into(), address.into());
        let form = SubjectDetailsForm::EntityByFingerprint(NameAndAddress { full_name, address });
        Self { identifier: certificate.into(), details: SubjectDetails::of(form) }
    }
}

impl IdDocument {
    /// Kind, number and country of a document.
    #[must_use]
    pub fn new(
        kind: impl Into<String>,
        number: impl Into<String>,
        country: impl Into<String>,
    ) -> Self {
        Self { kind: kind.into(), number: number.into(), country: country.into() }
    }
}

impl Entity {
    /// A taxpayer.
    #[must_use]
    pub fn with_nip(nip: Nip, full_name: impl Into<String>) -> Self {
        Self { identifier: nip.into(), full_name: full_name.into() }
    }

    /// A Peppol service provider, for authorizations only.
    #[must_use]
    pub fn with_peppol_id(id: PeppolId, full_name: impl Into<String>) -> Self {
        Self { identifier: id.into(), full_name: full_name.into() }
    }
}

impl Subunit {
    /// A unit of the taxpayer ([`Identifier::InternalId`]) or a member of a group
    /// ([`Identifier::Nip`]).
    #[must_use]
    pub const fn new(identifier: Identifier) -> Self {
        Self { identifier, name: None }
    }

    /// The same with a name of 5 to 256 characters, which a unit with an internal identifier must
    /// have.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }
}

impl EuEntity {
    /// The entity: taxpayer and VAT number, full name (up to 100 characters) and address (up to
    /// 512); both together up to 254.
    #[must_use]
    pub fn new(
        context: NipVatUe,
        full_name: impl Into<String>,
        address: impl Into<String>,
    ) -> Self {
        Self { context, full_name: full_name.into(), address: address.into() }
    }

    /// `euEntityName`, which holds both.
    pub(super) fn name(&self) -> String {
        format!("{}, {}", self.full_name, self.address)
    }

    pub(super) fn details(&self) -> NameAndAddress {
        NameAndAddress { full_name: self.full_name.clone(), address: self.address.clone() }
    }
}

impl fmt::Debug for PersonName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonName(..)")
    }
}

impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Person").field(&self.identifier).finish()
    }
}

impl fmt::Debug for CertificateHolder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("CertificateHolder").field(&self.identifier).finish()
    }
}

impl fmt::Debug for IdDocument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdDocument(..)")
    }
}

impl fmt::Debug for Entity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Entity").field(&self.identifier).finish()
    }
}

impl fmt::Debug for EuEntity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EuEntity(..)")
    }
}
