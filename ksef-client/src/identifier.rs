//! `Identifier`, whom or what KSeF speaks of.

use core::fmt;

use ksef_core::{
    CertificateFingerprint, ContextIdentifier, InternalId, Nip, NipVatUe, PeppolId, Pesel,
};

/// Whom or what KSeF speaks of: an identifier with its kind (OpenAPI, the schemas with `type` and
/// `value`).
///
/// Which kinds an operation takes, its documentation says. `Debug` shows the kind alone.
///
/// ```
/// use ksef_client::Identifier;
/// use ksef_core::Nip;
///
/// let nip: Nip = "5265877635".parse()?;
/// let identifier = Identifier::from(nip);
/// assert_eq!(identifier.kind(), "Nip");
/// assert_eq!(identifier.value(), Some("5265877635"));
/// assert_eq!(format!("{identifier:?}"), "Identifier(Nip, ..)");
/// # Ok::<(), ksef_core::ParseError>(())
/// ```
#[derive(Clone, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Identifier {
    /// A Polish taxpayer, or a person by the NIP.
    Nip(Nip),
    /// A person.
    Pesel(Pesel),
    /// A certificate, by the SHA-256 of its DER.
    Fingerprint(CertificateFingerprint),
    /// A unit of a taxpayer.
    InternalId(InternalId),
    /// A taxpayer together with an entity of the European Union.
    NipVatUe(NipVatUe),
    /// A Peppol service provider.
    PeppolId(PeppolId),
    /// All partners of an intermediary.
    AllPartners,
    /// KSeF itself.
    System,
    /// A kind that this version does not know, or a value that is none of its kind.
    Other {
        /// The kind, as the API writes it.
        kind: String,
        /// The value, where there is one.
        value: Option<String>,
    },
}

impl Identifier {
    /// The kind, as the API writes it (`type`).
    #[must_use]
    pub fn kind(&self) -> &str {
        match self {
            Self::Nip(_) => "Nip",
            Self::Pesel(_) => "Pesel",
            Self::Fingerprint(_) => "Fingerprint",
            Self::InternalId(_) => "InternalId",
            Self::NipVatUe(_) => "NipVatUe",
            Self::PeppolId(_) => "PeppolId",
            Self::AllPartners => "AllPartners",
            Self::System => "System",
            Self::Other { kind, .. } => kind,
        }
    }

    /// The value; some kinds have none.
    #[must_use]
    pub fn value(&self) -> Option<&str> {
        match self {
            Self::Nip(nip) => Some(nip.as_str()),
            Self::Pesel(pesel) => Some(pesel.as_str()),
            Self::Fingerprint(fingerprint) => Some(fingerprint.as_str()),
            Self::InternalId(id) => Some(id.as_str()),
            Self::NipVatUe(id) => Some(id.as_str()),
            Self::PeppolId(id) => Some(id.as_str()),
            Self::AllPartners | Self::System => None,
            Self::Other { value, .. } => value.as_deref(),
        }
    }

    /// What an answer says.
    pub(crate) fn read(kind: String, value: Option<String>) -> Self {
        Self::known(&kind, value.as_deref()).unwrap_or(Self::Other { kind, value })
    }

    /// Check digits are not looked at: the TEST environment has identifiers whose are wrong.
    fn known(kind: &str, value: Option<&str>) -> Option<Self> {
        let value = match (kind, value) {
            ("AllPartners", None) => return Some(Self::AllPartners),
            ("System", None) => return Some(Self::System),
            (_, value) => value?,
        };
        match kind {
            "Nip" => Nip::for_test_environment(value).ok().map(Self::Nip),
            "Pesel" => Pesel::for_test_environment(value).ok().map(Self::Pesel),
            "Fingerprint" => value.parse().ok().map(Self::Fingerprint),
            "InternalId" => InternalId::for_test_environment(value).ok().map(Self::InternalId),
            "NipVatUe" => NipVatUe::for_test_environment(value).ok().map(Self::NipVatUe),
            "PeppolId" => value.parse().ok().map(Self::PeppolId),
            _ => None,
        }
    }
}

macro_rules! from {
    ($($type:ident),*) => {$(
        impl From<$type> for Identifier {
            fn from(value: $type) -> Self {
                Self::$type(value)
            }
        }
    )*};
}

from!(Nip, Pesel, InternalId, NipVatUe, PeppolId);

impl From<CertificateFingerprint> for Identifier {
    fn from(value: CertificateFingerprint) -> Self {
        Self::Fingerprint(value)
    }
}

impl From<ContextIdentifier> for Identifier {
    fn from(value: ContextIdentifier) -> Self {
        Self::read(value.kind().to_string(), Some(value.value().to_owned()))
    }
}

impl fmt::Debug for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identifier({}, ..)", self.kind())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_what_was_written() {
        for (kind, value) in [
            ("Nip", Some("5265877635")),
            ("Nip", Some("no NIP")),
            ("Pesel", Some("90010112345")),
            ("Fingerprint", Some(&*"0A".repeat(32))),
            ("InternalId", Some("6824515772-12343")),
            ("NipVatUe", Some("5265877635-DE123456789")),
            ("PeppolId", Some("PPL123456")),
            ("AllPartners", None),
            ("System", None),
            ("NoSuchKind", Some("1")),
            ("NoSuchKind", None),
        ] {
            let read = Identifier::read(kind.to_owned(), value.map(str::to_owned));
            assert_eq!((read.kind(), read.value()), (kind, value));
            let is_other = matches!(read, Identifier::Other { .. });
            assert_eq!(is_other, kind == "NoSuchKind" || value == Some("no NIP"), "{kind}");
        }
    }
}
