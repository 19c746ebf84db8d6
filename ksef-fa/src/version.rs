//! Which schema a document is written in.

use ksef_core::FormCode;

/// A schema that this crate validates.
///
/// Source: the Ministry's XSD files; namespaces, system codes and versions are fixed there.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Schema {
    /// FA(2), accepted on TEST only since 2026-02-01; archives are full of it.
    Fa2,
    /// FA(3), the structured invoice since 2026-02-01.
    Fa3,
    /// `FA_RR(1)`, the invoice of a flat-rate farmer, validated as a tree without a model.
    FaRr1,
}

impl Schema {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Fa2, Self::Fa3, Self::FaRr1];

    /// The namespace of every element.
    #[must_use]
    pub const fn namespace(self) -> &'static str {
        match self {
            Self::Fa2 => "http://crd.gov.pl/wzor/2023/06/29/12648/",
            Self::Fa3 => "http://crd.gov.pl/wzor/2025/06/25/13775/",
            Self::FaRr1 => "http://crd.gov.pl/wzor/2026/03/06/14189/",
        }
    }

    /// The form code of sessions that take it.
    #[must_use]
    pub const fn form_code(self) -> FormCode {
        match self {
            Self::Fa2 => FormCode::Fa2,
            Self::Fa3 => FormCode::Fa3,
            Self::FaRr1 => FormCode::FaRr1,
        }
    }

    /// The schema with this namespace.
    #[must_use]
    pub fn with_namespace(namespace: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|schema| schema.namespace() == namespace)
    }
}

/// A version of the FA structure that `Invoice` models.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[expect(clippy::exhaustive_enums, reason = "a further version changes the model itself")]
pub enum SchemaVersion {
    /// FA(2).
    Fa2,
    /// FA(3).
    Fa3,
}

impl SchemaVersion {
    /// The schema of this version.
    #[must_use]
    pub const fn schema(self) -> Schema {
        match self {
            Self::Fa2 => Schema::Fa2,
            Self::Fa3 => Schema::Fa3,
        }
    }
}
