//! `FormCode`, the schema that a session is for.

use core::fmt;
use core::str::FromStr;

use crate::{Environment, ParseError, ParseErrorReason};

/// The form of invoices that a KSeF session is for; one session carries one form.
///
/// Source: OpenAPI, `FormCode`, an object of `systemCode`, `schemaVersion` and `value`, which is
/// the form of serde too. Text is the system code, with its blank: `FA (3)`. Codes that came
/// later than this version are kept as [`FormCode::Other`].
///
/// ```
/// use ksef_core::{FormCode, ParseErrorReason};
///
/// let form_code: FormCode = "FA (3)".parse()?;
/// assert_eq!(form_code, FormCode::Fa3);
/// assert_eq!((form_code.schema_version(), form_code.value()), ("1-0E", "FA"));
///
/// let error = "FA3".parse::<FormCode>().unwrap_err();
/// assert_eq!(error.reason(), ParseErrorReason::UnknownCode);
/// # Ok::<(), ksef_core::ParseError>(())
/// ```
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum FormCode {
    /// `FA (2)`, version `1-0E`, on TEST only.
    Fa2,
    /// `FA (3)`, version `1-0E`, the structured invoice.
    Fa3,
    /// `PEF (3)`, version `2-1`, the Peppol invoice, in a Peppol context and online only.
    Pef3,
    /// `PEF_KOR (3)`, version `2-1` and value `PEF`, the correction of a Peppol invoice.
    PefKor3,
    /// `FA_RR (1)`, version `1-1E`, the invoice of a flat-rate farmer.
    FaRr1,
    /// A code that this version does not know.
    Other(OtherFormCode),
}

/// A form code that this version does not know, see [`FormCode::from_parts`].
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct OtherFormCode {
    system_code: String,
    schema_version: String,
    value: String,
}

impl FormCode {
    const EXPECTED: &'static str = "form code";
    /// The API gives no limit; the longest known part has eleven characters.
    const LONGEST_PART: usize = 100;

    /// All forms that this version knows.
    pub const KNOWN: [Self; 5] = [Self::Fa2, Self::Fa3, Self::Pef3, Self::PefKor3, Self::FaRr1];

    /// The form with these three parts, which the API sends together.
    ///
    /// ```
    /// use ksef_core::FormCode;
    ///
    /// assert_eq!(FormCode::from_parts("FA (3)", "1-0E", "FA")?, FormCode::Fa3);
    /// assert_eq!(FormCode::from_parts("FA (4)", "1-0E", "FA")?.system_code(), "FA (4)");
    /// assert!(FormCode::from_parts("FA (4)", "", "FA").is_err());
    /// # Ok::<(), ksef_core::ParseError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When a part is empty, longer than 100 characters, or not printable ASCII.
    pub fn from_parts(
        system_code: &str,
        schema_version: &str,
        value: &str,
    ) -> Result<Self, ParseError> {
        let parts = [system_code, schema_version, value];
        if let Some(known) = Self::KNOWN.into_iter().find(|known| known.parts() == parts) {
            return Ok(known);
        }
        for part in parts {
            Self::check(part)?;
        }
        let [system_code, schema_version, value] = parts.map(str::to_owned);
        Ok(Self::Other(OtherFormCode { system_code, schema_version, value }))
    }

    /// `systemCode`, for example `FA (3)`.
    #[must_use]
    pub fn system_code(&self) -> &str {
        let [system_code, _, _] = self.parts();
        system_code
    }

    /// `schemaVersion`, for example `1-0E`.
    #[must_use]
    pub fn schema_version(&self) -> &str {
        let [_, schema_version, _] = self.parts();
        schema_version
    }

    /// `value`, for example `FA`.
    #[must_use]
    pub fn value(&self) -> &str {
        let [_, _, value] = self.parts();
        value
    }

    /// Whether a batch session may carry the form; an unknown one is taken not to be allowed.
    #[must_use]
    pub const fn allows_batch(&self) -> bool {
        matches!(self, Self::Fa2 | Self::Fa3 | Self::FaRr1)
    }

    /// Whether the environment takes the form.
    ///
    /// FA(2) is taken on TEST only. So is a form that this version does not know: new forms
    /// appear there first, and elsewhere a guess could have legal force.
    #[must_use]
    pub const fn accepted_in(&self, environment: Environment) -> bool {
        match self {
            Self::Fa3 | Self::Pef3 | Self::PefKor3 | Self::FaRr1 => true,
            Self::Fa2 | Self::Other(_) => matches!(environment, Environment::Test),
        }
    }

    fn parts(&self) -> [&str; 3] {
        match self {
            Self::Fa2 => ["FA (2)", "1-0E", "FA"],
            Self::Fa3 => ["FA (3)", "1-0E", "FA"],
            Self::Pef3 => ["PEF (3)", "2-1", "PEF"],
            Self::PefKor3 => ["PEF_KOR (3)", "2-1", "PEF"],
            Self::FaRr1 => ["FA_RR (1)", "1-1E", "FA_RR"],
            Self::Other(other) => [&other.system_code, &other.schema_version, &other.value],
        }
    }

    fn check(part: &str) -> Result<(), ParseError> {
        let error = |reason| Err(ParseError::new(Self::EXPECTED, reason));
        if part.is_empty() {
            return error(ParseErrorReason::Empty);
        }
        if part.chars().count() > Self::LONGEST_PART {
            return error(ParseErrorReason::Length);
        }
        if !part.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ') {
            return error(ParseErrorReason::Character);
        }
        Ok(())
    }
}

/// Reads the system code of a form that this version knows.
impl FromStr for FormCode {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::check(text)?;
        let known = Self::KNOWN.into_iter().find(|known| known.system_code() == text);
        known.ok_or_else(|| ParseError::new(Self::EXPECTED, ParseErrorReason::UnknownCode))
    }
}

impl TryFrom<&str> for FormCode {
    type Error = ParseError;

    fn try_from(text: &str) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl fmt::Display for FormCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.system_code())
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for FormCode {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct as _;

        let [system_code, schema_version, value] = self.parts();
        let mut object = serializer.serialize_struct("FormCode", 3)?;
        object.serialize_field("systemCode", system_code)?;
        object.serialize_field("schemaVersion", schema_version)?;
        object.serialize_field("value", value)?;
        object.end()
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for FormCode {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(serde::Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Parts {
            system_code: String,
            schema_version: String,
            value: String,
        }

        let Parts { system_code, schema_version, value } = Parts::deserialize(deserializer)?;
        Self::from_parts(&system_code, &schema_version, &value).map_err(serde::de::Error::custom)
    }
}

#[cfg(feature = "proptest")]
impl proptest::arbitrary::Arbitrary for FormCode {
    type Parameters = ();
    type Strategy = proptest::sample::Select<Self>;

    fn arbitrary_with((): Self::Parameters) -> Self::Strategy {
        proptest::sample::select(Self::KNOWN.to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::reason;

    #[test]
    fn every_known_form_prints_and_parses_itself() {
        for form_code in FormCode::KNOWN {
            assert_eq!(form_code.to_string().parse(), Ok(form_code.clone()));
            let [system_code, schema_version, value] = form_code.parts();
            let same = FormCode::from_parts(system_code, schema_version, value);
            assert_eq!(same, Ok(form_code.clone()));
        }
    }

    #[test]
    fn every_kind_of_bad_text_has_its_reason() {
        assert_eq!(reason::<FormCode>(""), ParseErrorReason::Empty);
        assert_eq!(reason::<FormCode>(&"FA (3)".repeat(100)), ParseErrorReason::Length);
        for text in ["FA\u{a0}(3)", "FA (3)\0", "FA (3)\n", "FA (\u{663})", "FA\t(3)"] {
            assert_eq!(reason::<FormCode>(text), ParseErrorReason::Character, "{text:?}");
        }
        for text in ["FA(3)", "fa (3)", "FA (3) ", "FA (4)", "FA_RR(1)", "FA_PEF (3)"] {
            assert_eq!(reason::<FormCode>(text), ParseErrorReason::UnknownCode, "{text:?}");
        }
    }

    #[test]
    fn a_known_system_code_of_another_version_is_another_form() {
        let previous = FormCode::from_parts("FA_RR (1)", "1-0E", "RR").unwrap();
        assert!(matches!(previous, FormCode::Other(_)));
        assert_ne!(previous, FormCode::FaRr1);
        assert!(!previous.allows_batch());
        assert!(!previous.accepted_in(Environment::Production));
    }

    #[test]
    fn production_takes_everything_known_but_fa2() {
        for environment in Environment::ALL {
            let accepted = FormCode::KNOWN.into_iter().filter(|code| code.accepted_in(environment));
            let expected = if environment == Environment::Test { 5 } else { 4 };
            assert_eq!(accepted.count(), expected);
        }
        assert!(FormCode::Fa2.accepted_in(Environment::Test));
    }

    #[test]
    fn peppol_forms_are_sent_online_only() {
        let batch = FormCode::KNOWN.into_iter().filter(FormCode::allows_batch);
        assert_eq!(batch.collect::<Vec<_>>(), [FormCode::Fa2, FormCode::Fa3, FormCode::FaRr1]);
    }

    #[cfg(feature = "serde")]
    #[test]
    fn serde_has_the_object_of_the_api() {
        let json = r#"{"systemCode":"PEF_KOR (3)","schemaVersion":"2-1","value":"PEF"}"#;
        assert_eq!(serde_json::to_string(&FormCode::PefKor3).unwrap(), json);
        assert_eq!(serde_json::from_str::<FormCode>(json).unwrap(), FormCode::PefKor3);
        let unknown = r#"{"systemCode":"FA (4)","schemaVersion":"1-0E","value":"FA"}"#;
        let form_code: FormCode = serde_json::from_str(unknown).unwrap();
        assert_eq!(serde_json::to_string(&form_code).unwrap(), unknown);
        let bad = r#"{"systemCode":"FA\n(4)","schemaVersion":"1-0E","value":"FA"}"#;
        assert!(serde_json::from_str::<FormCode>(bad).is_err());
        let with_more = r#"{"systemCode":"FA (3)","schemaVersion":"1-0E","value":"FA","x":1}"#;
        assert_eq!(serde_json::from_str::<FormCode>(with_more).unwrap(), FormCode::Fa3);
    }
}
