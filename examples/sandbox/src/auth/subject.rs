//! `Subject`, who logs in or holds rights.

use std::fmt;

use ksef_core::{CertificateFingerprint, Nip, PeppolId, Pesel};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Who logs in or holds rights. In JSON it is `{"type": "Nip", "value": "5265877635"}`, in one
/// text `nip-5265877635`.
///
/// Personal data: `Debug` shows the kind only.
#[derive(Clone, Copy, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(tag = "type", content = "value")]
pub(crate) enum Subject {
    /// A taxpayer, by its seal or by a person's NIP.
    Nip(Nip),
    /// A person.
    Pesel(Pesel),
    /// Whoever holds this certificate.
    Fingerprint(CertificateFingerprint),
    /// A Peppol service provider, by its seal.
    PeppolId(PeppolId),
}

impl Subject {
    const fn kind(&self) -> &'static str {
        match self {
            Self::Nip(_) => "nip",
            Self::Pesel(_) => "pesel",
            Self::Fingerprint(_) => "fingerprint",
            Self::PeppolId(_) => "peppolId",
        }
    }

    /// The number itself.
    pub(crate) fn value(&self) -> &str {
        match self {
            Self::Nip(nip) => nip.as_str(),
            Self::Pesel(pesel) => pesel.as_str(),
            Self::Fingerprint(fingerprint) => fingerprint.as_str(),
            Self::PeppolId(id) => id.as_str(),
        }
    }

    /// As real access tokens name it: not as elsewhere in the API, with capitals.
    pub(super) fn details(&self) -> Value {
        let kind = match self {
            Self::Nip(_) => "Nip",
            Self::Pesel(_) => "Pesel",
            Self::Fingerprint(_) => "Fingerprint",
            Self::PeppolId(_) => "PeppolId",
        };
        json!({ "SubjectIdentifier": { "Type": kind, "Value": self.value() } })
    }

    /// Whether it is of the kind that the API calls so: `Nip`, `Pesel`, `Fingerprint`.
    pub(crate) fn is_of_kind(&self, kind: &str) -> bool {
        self.kind().eq_ignore_ascii_case(kind)
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.kind(), self.value())
    }
}

impl fmt::Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Subject({}-[redacted])", self.kind())
    }
}
