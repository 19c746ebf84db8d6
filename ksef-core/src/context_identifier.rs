//! `ContextIdentifier`, on whose behalf a client is signed in.

use core::fmt;
use core::str::FromStr;

use crate::text::{InlineText, identifier_traits};
use crate::vat_ue::is_vat_ue_character;
use crate::{InternalId, Nip, NipVatUe, ParseError, ParseErrorReason, PeppolId};

/// The type of a [`ContextIdentifier`], named as in the API.
///
/// KSeF OpenAPI, `AuthenticationContextIdentifierType`.
///
/// ```
/// use ksef_core::{ContextIdentifierKind, ParseErrorReason};
///
/// assert_eq!("NipVatUe".parse(), Ok(ContextIdentifierKind::NipVatUe));
///
/// let error = "Pesel".parse::<ContextIdentifierKind>().unwrap_err();
/// assert_eq!(error.reason(), ParseErrorReason::UnknownCode);
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum ContextIdentifierKind {
    /// A Polish taxpayer.
    Nip,
    /// A unit of a Polish taxpayer.
    InternalId,
    /// A Polish taxpayer together with an entity from the European Union.
    NipVatUe,
    /// A Peppol service provider.
    PeppolId,
}

impl ContextIdentifierKind {
    const EXPECTED: &'static str = "context identifier type";
    const ALL: [Self; 4] = [Self::Nip, Self::InternalId, Self::NipVatUe, Self::PeppolId];

    /// The name of the type in the API.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Nip => "Nip",
            Self::InternalId => "InternalId",
            Self::NipVatUe => "NipVatUe",
            Self::PeppolId => "PeppolId",
        }
    }
}

impl FromStr for ContextIdentifierKind {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_allowed = |byte: u8| byte.is_ascii_alphabetic();
        let name = InlineText::<10>::parse::<3>(text, Self::EXPECTED, is_allowed)?;
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str() == name.as_str())
            .ok_or(ParseError::new(Self::EXPECTED, ParseErrorReason::UnknownCode))
    }
}

identifier_traits!(ContextIdentifierKind);

/// The entity on whose behalf a client acts in KSeF: what it signs in to, and what it sees.
///
/// The API lists exactly these four (KSeF OpenAPI, `AuthenticationContextIdentifier`) and writes
/// `{"type": "Nip", "value": "5265877635"}`, which is the form for `serde`. The text form, of
/// `Display` and parsing, is the one in verification links: `Nip/5265877635`.
///
/// The enum is `non_exhaustive`, so that a fifth type in a later release of the API does not break
/// the code that matches on it.
///
/// ```
/// use ksef_core::{ContextIdentifier, ContextIdentifierKind, ParseErrorReason};
///
/// let context: ContextIdentifier = "Nip/5265877635".parse()?;
/// assert_eq!(context.kind(), ContextIdentifierKind::Nip);
/// assert_eq!(context.value(), "5265877635");
///
/// let error = "Nip/5265877636".parse::<ContextIdentifier>().unwrap_err();
/// assert_eq!(error.reason(), ParseErrorReason::CheckDigit);
/// # Ok::<(), ksef_core::ParseError>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum ContextIdentifier {
    /// A Polish taxpayer.
    Nip(Nip),
    /// A unit of a Polish taxpayer.
    InternalId(InternalId),
    /// A Polish taxpayer together with an entity from the European Union.
    NipVatUe(NipVatUe),
    /// A Peppol service provider.
    PeppolId(PeppolId),
}

impl ContextIdentifier {
    const EXPECTED: &'static str = "context identifier";
    const SHORTEST: usize = "Nip/".len() + 10;
    const LONGEST: usize = "NipVatUe/".len() + 25;

    /// The context of this type with this value, check digits included.
    ///
    /// ```
    /// use ksef_core::{ContextIdentifier, ContextIdentifierKind};
    ///
    /// let context = ContextIdentifier::new(ContextIdentifierKind::PeppolId, "PPL123456")?;
    /// assert_eq!(context.to_string(), "PeppolId/PPL123456");
    ///
    /// assert!(ContextIdentifier::new(ContextIdentifierKind::Nip, "PPL123456").is_err());
    /// # Ok::<(), ksef_core::ParseError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When the value is none of this type.
    pub fn new(kind: ContextIdentifierKind, value: &str) -> Result<Self, ParseError> {
        match kind {
            ContextIdentifierKind::Nip => value.parse().map(Self::Nip),
            ContextIdentifierKind::InternalId => value.parse().map(Self::InternalId),
            ContextIdentifierKind::NipVatUe => value.parse().map(Self::NipVatUe),
            ContextIdentifierKind::PeppolId => value.parse().map(Self::PeppolId),
        }
    }

    /// A context for KSeF's TEST environment, where numbers need no check digits.
    ///
    /// ```
    /// use ksef_core::{ContextIdentifier, ContextIdentifierKind};
    ///
    /// let kind = ContextIdentifierKind::Nip;
    /// assert!(ContextIdentifier::for_test_environment(kind, "1234567890").is_ok());
    /// assert!(ContextIdentifier::new(kind, "1234567890").is_err());
    /// ```
    ///
    /// # Errors
    ///
    /// When the value does not have the form of this type.
    pub fn for_test_environment(
        kind: ContextIdentifierKind,
        value: &str,
    ) -> Result<Self, ParseError> {
        match kind {
            ContextIdentifierKind::Nip => Nip::for_test_environment(value).map(Self::Nip),
            ContextIdentifierKind::InternalId => {
                InternalId::for_test_environment(value).map(Self::InternalId)
            }
            ContextIdentifierKind::NipVatUe => {
                NipVatUe::for_test_environment(value).map(Self::NipVatUe)
            }
            ContextIdentifierKind::PeppolId => value.parse().map(Self::PeppolId),
        }
    }

    /// The `type` of the API.
    #[must_use]
    pub const fn kind(&self) -> ContextIdentifierKind {
        match self {
            Self::Nip(_) => ContextIdentifierKind::Nip,
            Self::InternalId(_) => ContextIdentifierKind::InternalId,
            Self::NipVatUe(_) => ContextIdentifierKind::NipVatUe,
            Self::PeppolId(_) => ContextIdentifierKind::PeppolId,
        }
    }

    /// The `value` of the API.
    #[must_use]
    pub fn value(&self) -> &str {
        match self {
            Self::Nip(value) => value.as_str(),
            Self::InternalId(value) => value.as_str(),
            Self::NipVatUe(value) => value.as_str(),
            Self::PeppolId(value) => value.as_str(),
        }
    }
}

impl fmt::Display for ContextIdentifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind(), self.value())
    }
}

impl FromStr for ContextIdentifier {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = |reason| ParseError::new(Self::EXPECTED, reason);
        let is_allowed = |byte: u8| {
            byte.is_ascii_alphabetic() || is_vat_ue_character(byte) || matches!(byte, b'/' | b'-')
        };
        let text = InlineText::<{ Self::LONGEST }>::parse::<{ Self::SHORTEST }>(
            text,
            Self::EXPECTED,
            is_allowed,
        )?;
        let (kind, value) =
            text.as_str().split_once('/').ok_or_else(|| error(ParseErrorReason::Format))?;
        let kind = kind.parse().map_err(|_| error(ParseErrorReason::UnknownCode))?;
        Self::new(kind, value).map_err(|part| error(part.reason()))
    }
}

impl TryFrom<&str> for ContextIdentifier {
    type Error = ParseError;

    fn try_from(text: &str) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl TryFrom<String> for ContextIdentifier {
    type Error = ParseError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Nip> for ContextIdentifier {
    fn from(value: Nip) -> Self {
        Self::Nip(value)
    }
}

impl From<InternalId> for ContextIdentifier {
    fn from(value: InternalId) -> Self {
        Self::InternalId(value)
    }
}

impl From<NipVatUe> for ContextIdentifier {
    fn from(value: NipVatUe) -> Self {
        Self::NipVatUe(value)
    }
}

impl From<PeppolId> for ContextIdentifier {
    fn from(value: PeppolId) -> Self {
        Self::PeppolId(value)
    }
}

#[cfg(feature = "serde")]
#[derive(serde::Deserialize, serde::Serialize)]
struct Wire<'a> {
    r#type: ContextIdentifierKind,
    value: std::borrow::Cow<'a, str>,
}

#[cfg(feature = "serde")]
impl serde::Serialize for ContextIdentifier {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Wire { r#type: self.kind(), value: self.value().into() }.serialize(serializer)
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for ContextIdentifier {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wire = Wire::deserialize(deserializer)?;
        Self::for_test_environment(wire.r#type, &wire.value).map_err(serde::de::Error::custom)
    }
}

#[cfg(feature = "proptest")]
impl proptest::arbitrary::Arbitrary for ContextIdentifierKind {
    type Parameters = ();
    type Strategy = proptest::sample::Select<Self>;

    fn arbitrary_with((): ()) -> Self::Strategy {
        proptest::sample::select(&Self::ALL)
    }
}

#[cfg(feature = "proptest")]
impl proptest::arbitrary::Arbitrary for ContextIdentifier {
    type Parameters = ();
    type Strategy = proptest::strategy::BoxedStrategy<Self>;

    fn arbitrary_with((): ()) -> Self::Strategy {
        use proptest::strategy::Strategy as _;

        proptest::prop_oneof![
            Nip::arbitrary().prop_map(Self::Nip),
            InternalId::arbitrary().prop_map(Self::InternalId),
            NipVatUe::arbitrary().prop_map(Self::NipVatUe),
            PeppolId::arbitrary().prop_map(Self::PeppolId),
        ]
        .boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{assert_refuses_bad_text, reason};

    const ALL_FOUR: [&str; 4] = [
        "Nip/5265877635",
        "InternalId/6824515772-12343",
        "NipVatUe/5265877635-NL+*3456789B12",
        "PeppolId/PPL123456",
    ];

    #[test]
    fn every_kind_of_bad_text_has_its_reason() {
        for good in ALL_FOUR {
            assert_refuses_bad_text::<ContextIdentifier>(good);
        }
        for (text, expected) in [
            ("Nip/526587763", ParseErrorReason::Length),
            ("Nip/52658776350", ParseErrorReason::Length),
            ("Nip_5265877635", ParseErrorReason::Character),
            ("Nip-5265877635", ParseErrorReason::Format),
            ("nip/5265877635", ParseErrorReason::UnknownCode),
            ("Pesel/99022812340", ParseErrorReason::UnknownCode),
            ("/Nip/5265877635", ParseErrorReason::UnknownCode),
            ("PeppolId/QPL123456", ParseErrorReason::Format),
            ("InternalId/6824515772-12344", ParseErrorReason::CheckDigit),
        ] {
            assert_eq!(reason::<ContextIdentifier>(text), expected, "{text}");
        }
    }

    #[test]
    fn every_kind_of_bad_type_has_its_reason() {
        assert_refuses_bad_text::<ContextIdentifierKind>("InternalId");
        assert_eq!(reason::<ContextIdentifierKind>("nip"), ParseErrorReason::UnknownCode);
    }

    #[test]
    fn the_longest_value_fits() {
        assert!("NipVatUe/5265877635-LT123456789012".parse::<ContextIdentifier>().is_ok());
    }

    #[cfg(feature = "serde")]
    #[test]
    fn json_is_the_type_and_the_value() {
        let json = r#"{"type":"Nip","value":"5265877635"}"#;
        let context: ContextIdentifier = serde_json::from_str(json).unwrap();
        assert_eq!(context, "Nip/5265877635".parse().unwrap());
        assert_eq!(serde_json::to_string(&context).unwrap(), json);
    }

    #[cfg(feature = "serde")]
    #[test]
    fn json_takes_test_numbers_and_unknown_properties_and_no_other_type() {
        for (json, is_read) in [
            (r#"{"value":"1234567890","type":"Nip","added":1}"#, true),
            (r#"{"type":"InternalId","value":"1234567890-00000"}"#, true),
            (r#"{"type":"NipVatUe","value":"1234567890-DE123456789"}"#, true),
            (r#"{"type":"PeppolId","value":"PPL123456"}"#, true),
            (r#"{"type":"Pesel","value":"99022812340"}"#, false),
            (r#"{"type":"Nip","value":"0234567890"}"#, false),
            (r#"{"value":"1234567890"}"#, false),
        ] {
            assert_eq!(serde_json::from_str::<ContextIdentifier>(json).is_ok(), is_read, "{json}");
        }
    }

    #[cfg(feature = "proptest")]
    proptest::proptest! {
        #[test]
        fn what_is_printed_parses_back(context: ContextIdentifier) {
            crate::test_support::assert_reads_itself_back(&context);
            assert_eq!(ContextIdentifier::new(context.kind(), context.value()), Ok(context));
        }

        #[test]
        fn a_printed_type_parses_back(kind: ContextIdentifierKind) {
            crate::test_support::assert_reads_itself_back(&kind);
        }
    }
}
