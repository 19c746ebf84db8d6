//! The one error that every parser of this crate returns.

use core::fmt;

/// Text that is not what its type requires.
///
/// It says what was expected and in which way the input missed it, and it never contains the
/// input: what was typed in the wrong field may be a secret or somebody's personal data.
///
/// ```
/// use ksef_core::{Nip, ParseErrorReason};
///
/// let error = "5265877636".parse::<Nip>().unwrap_err();
/// assert_eq!(error.reason(), ParseErrorReason::CheckDigit);
/// assert_eq!(error.to_string(), "not a NIP: the check digit does not match");
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct ParseError {
    expected: &'static str,
    reason: ParseErrorReason,
}

impl ParseError {
    /// An error for a type of your own that is parsed in the manner of this crate.
    ///
    /// `expected` completes the sentence "not a …", for example `"NIP"`.
    #[must_use]
    pub const fn new(expected: &'static str, reason: ParseErrorReason) -> Self {
        Self { expected, reason }
    }

    /// What the text should have been, for example `"NIP"`.
    #[must_use]
    pub const fn expected(&self) -> &'static str {
        self.expected
    }

    /// In which way the text missed it.
    #[must_use]
    pub const fn reason(&self) -> ParseErrorReason {
        self.reason
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not a {}: {}", self.expected, self.reason)
    }
}

impl core::error::Error for ParseError {}

/// The way in which text missed what was expected, in the order in which it is checked.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum ParseErrorReason {
    /// There is no text.
    Empty,
    /// The text is shorter or longer than the type allows.
    Length,
    /// A character that the type never contains: a control character, a digit that is not ASCII,
    /// a letter in the wrong case.
    Character,
    /// Allowed characters in the wrong places.
    Format,
    /// The form is right and the value lies outside of what the type allows.
    OutOfRange,
    /// More digits than the schema's type holds.
    Precision,
    /// A code that is not on the official list.
    UnknownCode,
    /// Everything is right but the check digit.
    CheckDigit,
}

impl fmt::Display for ParseErrorReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "it is empty",
            Self::Length => "the length is wrong",
            Self::Character => "it contains a character that is not allowed",
            Self::Format => "the form is wrong",
            Self::OutOfRange => "the value is out of range",
            Self::Precision => "it has too many digits",
            Self::UnknownCode => "the code is not on the official list",
            Self::CheckDigit => "the check digit does not match",
        })
    }
}
