//! What enums of official codes share.

use crate::{ParseError, ParseErrorReason};

/// Finds `text` among `codes`, or says why it is none of them.
pub(crate) fn find<T: Copy>(
    text: &str,
    expected: &'static str,
    all: &[T],
    code: impl Fn(T) -> &'static str,
) -> Result<T, ParseError> {
    let error = |reason| Err(ParseError::new(expected, reason));
    if text.is_empty() {
        return error(ParseErrorReason::Empty);
    }
    let length = text.chars().count();
    let lengths = || all.iter().map(|&value| code(value).len());
    if lengths().all(|of_code| of_code < length) || lengths().all(|of_code| of_code > length) {
        return error(ParseErrorReason::Length);
    }
    let is_allowed = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    if !text.bytes().all(is_allowed) {
        return error(ParseErrorReason::Character);
    }
    let found = all.iter().copied().find(|&value| code(value) == text);
    found.ok_or_else(|| ParseError::new(expected, ParseErrorReason::UnknownCode))
}

/// Gives an enum with `ALL`, `EXPECTED` and `as_str` the rest of a code's surface.
macro_rules! code_traits {
    ($type:ident) => {
        impl core::fmt::Display for $type {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl AsRef<str> for $type {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl core::str::FromStr for $type {
            type Err = $crate::ParseError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                $crate::code::find(text, Self::EXPECTED, &Self::ALL, |value| value.as_str())
            }
        }

        impl TryFrom<&str> for $type {
            type Error = $crate::ParseError;

            fn try_from(text: &str) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        $crate::text::serde_as_text!($type);

        #[cfg(feature = "proptest")]
        impl proptest::arbitrary::Arbitrary for $type {
            type Parameters = ();
            type Strategy = proptest::sample::Select<Self>;

            fn arbitrary_with((): Self::Parameters) -> Self::Strategy {
                proptest::sample::select(Self::ALL.as_slice())
            }
        }
    };
}
pub(crate) use code_traits;
