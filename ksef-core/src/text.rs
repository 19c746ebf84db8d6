//! What all identifiers share: short ASCII text held in place, and the traits around it.

use core::fmt;

use crate::{ParseError, ParseErrorReason};

/// ASCII text of at most `N` bytes, without an allocation.
///
/// Unused bytes are zero, so the derived order is the order of the text.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) struct InlineText<const N: usize> {
    bytes: [u8; N],
    length: usize,
}

impl<const N: usize> InlineText<N> {
    /// Keeps `text` if it has `MIN..=N` bytes, all of them allowed by `is_allowed`.
    pub(crate) fn parse<const MIN: usize>(
        text: &str,
        expected: &'static str,
        is_allowed: impl Fn(u8) -> bool,
    ) -> Result<Self, ParseError> {
        let error = |reason| Err(ParseError::new(expected, reason));
        if text.is_empty() {
            return error(ParseErrorReason::Empty);
        }
        let length = text.chars().count();
        if length < MIN || length > N {
            return error(ParseErrorReason::Length);
        }
        let mut bytes = [0; N];
        for (slot, byte) in bytes.iter_mut().zip(text.bytes()) {
            if !byte.is_ascii_graphic() || !is_allowed(byte) {
                return error(ParseErrorReason::Character);
            }
            *slot = byte;
        }
        Ok(Self { bytes, length })
    }

    /// Text that is written in the program, if it is ASCII and fits.
    pub(crate) const fn from_ascii(text: &str) -> Option<Self> {
        let mut bytes = [0; N];
        let length = text.len();
        match bytes.split_at_mut_checked(length) {
            Some((start, _)) if text.is_ascii() => start.copy_from_slice(text.as_bytes()),
            _ => return None,
        }
        Some(Self { bytes, length })
    }

    /// Text that this crate writes itself, known to be ASCII. What does not fit is left out.
    pub(crate) fn from_format(arguments: fmt::Arguments<'_>) -> Self {
        let mut text = Self { bytes: [0; N], length: 0 };
        // The only error is that of `write_str`, text that does not fit.
        let _ = fmt::Write::write_fmt(&mut text, arguments);
        text
    }

    /// At most `M` bytes from `start` on.
    pub(crate) fn part<const M: usize>(&self, start: usize) -> InlineText<M> {
        InlineText::from_format(format_args!("{}", self.slice(start, self.length)))
    }

    pub(crate) fn as_str(&self) -> &str {
        let text = self.bytes.get(..self.length).unwrap_or_default();
        // Only ASCII gets in, so the default is never taken.
        str::from_utf8(text).unwrap_or_default()
    }

    /// The bytes from `start` to before `end`, empty where the text is shorter.
    pub(crate) fn slice(&self, start: usize, end: usize) -> &str {
        self.as_str().get(start..end).unwrap_or_default()
    }
}

impl<const N: usize> fmt::Write for InlineText<N> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            *self.bytes.get_mut(self.length).ok_or(fmt::Error)? = byte;
            self.length += 1;
        }
        Ok(())
    }
}

/// Gives a type with `as_str`, `FromStr` and `const EXPECTED` the rest of an identifier's surface.
///
/// `restore` names the constructor that deserialization uses. It is `from_str`, except for types
/// whose TEST values have no check digit and must still be read back after they were stored.
macro_rules! identifier_traits {
    ($type:ty, restore = $restore:expr) => {
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

        impl TryFrom<&str> for $type {
            type Error = $crate::ParseError;

            fn try_from(text: &str) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl TryFrom<String> for $type {
            type Error = $crate::ParseError;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl From<$type> for String {
            fn from(value: $type) -> Self {
                value.as_str().to_owned()
            }
        }

        $crate::text::serde_as_text!($type, restore = $restore);
    };
    ($type:ty) => {
        $crate::text::identifier_traits!($type, restore = core::str::FromStr::from_str);
    };
}
pub(crate) use identifier_traits;

/// A `Debug` that shows the type's name and the text, for identifiers that are no personal data.
macro_rules! debug_as_text {
    ($type:ident) => {
        impl core::fmt::Debug for $type {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                write!(f, concat!(stringify!($type), "({})"), self)
            }
        }
    };
}
pub(crate) use debug_as_text;

/// Serializes a type as the text of its `Display` and reads it back with `restore`.
macro_rules! serde_as_text {
    ($type:ty, restore = $restore:expr) => {
        #[cfg(feature = "serde")]
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        #[cfg(feature = "serde")]
        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                let restore: fn(&str) -> Result<Self, $crate::ParseError> = $restore;
                restore(&text).map_err(serde::de::Error::custom)
            }
        }
    };
    ($type:ty) => {
        $crate::text::serde_as_text!($type, restore = core::str::FromStr::from_str);
    };
}
pub(crate) use serde_as_text;
