//! Why an object cannot be read.

use core::fmt;

use serde_path_to_error::Segment;

/// Why an object cannot be read, and where.
///
/// It never contains what stands there.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ReadError {
    code: ReadErrorCode,
    pointer: String,
}

/// What is the matter with an object that cannot be read.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum ReadErrorCode {
    /// It is not JSON.
    NotJson,
    /// It is another object.
    OtherObject,
    /// It has more bytes than [`MAX_SOURCE_BYTES`](super::MAX_SOURCE_BYTES).
    TooLarge,
    /// It is nested too deeply.
    TooDeep,
    /// A value is not of the type that Stripe documents, or a number does not fit.
    InvalidValue,
}

impl ReadErrorCode {
    /// A stable text.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotJson => "not_json",
            Self::OtherObject => "other_object",
            Self::TooLarge => "too_large",
            Self::TooDeep => "too_deep",
            Self::InvalidValue => "invalid_value",
        }
    }

    const fn text(self) -> &'static str {
        match self {
            Self::NotJson => "it is not JSON; pass on the bytes that Stripe sent",
            Self::OtherObject => "it is another object; pass on the invoice or credit note itself",
            Self::TooLarge => "it is too large; invoice in several parts",
            Self::TooDeep => "it is nested too deeply; pass on the bytes that Stripe sent",
            Self::InvalidValue => {
                "a value is not of the type that Stripe documents; fetch the object again"
            }
        }
    }
}

impl ReadError {
    pub(crate) fn new(code: ReadErrorCode, pointer: impl Into<String>) -> Self {
        Self { code, pointer: pointer.into() }
    }

    pub(super) fn of(error: &serde_path_to_error::Error<serde_json::Error>) -> Self {
        let inner = error.inner();
        let code = match inner.classify() {
            serde_json::error::Category::Data => ReadErrorCode::InvalidValue,
            _ if inner.to_string().starts_with("recursion limit") => ReadErrorCode::TooDeep,
            // A number with too many digits is one for this parser's grammar too.
            _ if inner.to_string().starts_with("number out of range") => {
                ReadErrorCode::InvalidValue
            }
            _ => ReadErrorCode::NotJson,
        };
        let mut pointer = String::new();
        for segment in error.path() {
            match segment {
                Segment::Seq { index } => pointer.push_str(&format!("/{index}")),
                Segment::Map { key } | Segment::Enum { variant: key } => {
                    pointer.push_str(&format!("/{}", key.replace('~', "~0").replace('/', "~1")));
                }
                Segment::Unknown => break,
            }
        }
        Self { code, pointer }
    }

    /// What is the matter.
    #[must_use]
    pub const fn code(&self) -> ReadErrorCode {
        self.code
    }

    /// Where, as a JSON pointer (RFC 6901).
    #[must_use]
    pub fn pointer(&self) -> &str {
        &self.pointer
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {:?}: {}", self.code.as_str(), self.pointer, self.code.text())
    }
}

impl core::error::Error for ReadError {}
