//! Why something happened: stable codes for machines, named decisions of people.

use core::str::FromStr;

use crate::text::{InlineText, debug_as_text, identifier_traits};
use crate::{ParseError, ParseErrorReason};

/// A stable code in snake case that names a reason, for example `b2c` or `tax_mismatch`.
///
/// Form: `[a-z][a-z0-9_]{0,63}`. The mapper's codes are opaque here; their texts live with the
/// mapper.
///
/// ```
/// use ksef_core::submission::ReasonCode;
///
/// let code: ReasonCode = "credit_note_of_skipped".parse()?;
/// assert_eq!(code.as_str(), "credit_note_of_skipped");
/// assert!("Not A Code".parse::<ReasonCode>().is_err());
/// # Ok::<(), ksef_core::ParseError>(())
/// ```
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct ReasonCode(InlineText<64>);

impl ReasonCode {
    /// A code that is written in the program.
    ///
    /// ```
    /// use ksef_core::submission::ReasonCode;
    ///
    /// const NO_LOGIN: ReasonCode = ReasonCode::from_static("no_login");
    /// assert_eq!(NO_LOGIN, "no_login".parse()?);
    /// # Ok::<(), ksef_core::ParseError>(())
    /// ```
    ///
    /// # Panics
    ///
    /// When the text is no code; in a `const` that stops the compiler.
    #[must_use]
    #[expect(clippy::panic, reason = "meant for constants, where it is a compile error")]
    pub const fn from_static(text: &'static str) -> Self {
        match (InlineText::from_ascii(text), text.as_bytes()) {
            (Some(code), [b'a'..=b'z', rest @ ..]) if is_snake_case(rest) => Self(code),
            _ => panic!("a reason code is [a-z][a-z0-9_]{{0,63}}"),
        }
    }

    /// The code's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

const fn is_allowed(byte: u8) -> bool {
    matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_')
}

const fn is_snake_case(mut bytes: &[u8]) -> bool {
    while let [first, rest @ ..] = bytes {
        if !is_allowed(*first) {
            return false;
        }
        bytes = rest;
    }
    true
}

impl FromStr for ReasonCode {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const EXPECTED: &str = "reason code";
        let code = InlineText::parse::<1>(text, EXPECTED, is_allowed)?;
        if !text.starts_with(|first: char| first.is_ascii_lowercase()) {
            return Err(ParseError::new(EXPECTED, ParseErrorReason::Format));
        }
        Ok(Self(code))
    }
}

identifier_traits!(ReasonCode);
debug_as_text!(ReasonCode);

#[cfg(feature = "proptest")]
impl proptest::arbitrary::Arbitrary for ReasonCode {
    type Parameters = ();
    type Strategy = proptest::strategy::BoxedStrategy<Self>;

    fn arbitrary_with((): ()) -> Self::Strategy {
        use proptest::strategy::Strategy as _;

        "[a-z][a-z0-9_]{0,63}".prop_filter_map("not a code", |text| text.parse().ok()).boxed()
    }
}

/// A person's decision: who took it and why. Neither may be blank.
///
/// ```
/// use ksef_core::submission::Decision;
///
/// let decision = Decision::new("Anna Nowak", "the buyer's NIP was corrected in Stripe")?;
/// assert_eq!(decision.person(), "Anna Nowak");
/// assert!(Decision::new("Anna Nowak", "  ").is_err());
/// # Ok::<(), ksef_core::ParseError>(())
/// ```
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "RawDecision"))]
pub struct Decision {
    person: String,
    reason: String,
}

impl Decision {
    /// The most characters that either text may have.
    pub const MAX_CHARACTERS: usize = 1_000;

    /// A decision of `person`, taken for `reason`.
    ///
    /// # Errors
    ///
    /// When either is blank, longer than [`Decision::MAX_CHARACTERS`] or has control characters.
    pub fn new(person: impl Into<String>, reason: impl Into<String>) -> Result<Self, ParseError> {
        Ok(Self {
            person: checked("person's name", person.into())?,
            reason: checked("reason", reason.into())?,
        })
    }

    /// Who decided, as the service knows the person.
    #[must_use]
    pub fn person(&self) -> &str {
        &self.person
    }

    /// Why, in the person's own words.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

fn checked(expected: &'static str, text: String) -> Result<String, ParseError> {
    let fault = if text.trim().is_empty() {
        ParseErrorReason::Empty
    } else if text.chars().count() > Decision::MAX_CHARACTERS {
        ParseErrorReason::Length
    } else if text.chars().any(char::is_control) {
        ParseErrorReason::Character
    } else {
        return Ok(text);
    };
    Err(ParseError::new(expected, fault))
}

#[cfg(feature = "serde")]
#[derive(serde::Deserialize)]
struct RawDecision {
    person: String,
    reason: String,
}

#[cfg(feature = "serde")]
impl TryFrom<RawDecision> for Decision {
    type Error = ParseError;

    fn try_from(raw: RawDecision) -> Result<Self, Self::Error> {
        Self::new(raw.person, raw.reason)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::reason;

    #[test]
    fn a_reason_code_is_short_snake_case() {
        assert_eq!("b2c".parse::<ReasonCode>().unwrap().to_string(), "b2c");
        assert_eq!(reason::<ReasonCode>(""), ParseErrorReason::Empty);
        assert_eq!(reason::<ReasonCode>(&"a".repeat(65)), ParseErrorReason::Length);
        assert_eq!(reason::<ReasonCode>("2bc"), ParseErrorReason::Format);
        for text in ["B2C", "b 2c", "b\0c", "b2c\n", "\u{663}b", "b-c"] {
            assert_eq!(reason::<ReasonCode>(text), ParseErrorReason::Character);
        }
    }

    #[test]
    fn a_decision_has_a_name_and_a_reason() {
        let refusal = |person: &str, why: &str| Decision::new(person, why).unwrap_err().reason();
        assert_eq!(refusal("", "why"), ParseErrorReason::Empty);
        assert_eq!(refusal("Jan", "\u{a0}"), ParseErrorReason::Empty);
        assert_eq!(refusal("Jan", &"a".repeat(1_001)), ParseErrorReason::Length);
        assert_eq!(refusal("Jan\n", "why"), ParseErrorReason::Character);
        assert_eq!(refusal("Jan", "why\0"), ParseErrorReason::Character);
    }
}
