//! The formats of texts that the contract names.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::Uri;
use jiff::Timestamp;
use jiff::civil::Date;
use regex::Regex;

static RFC_3339: LazyLock<Regex> = LazyLock::new(|| {
    form(
        r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})$",
    )
});
static FULL_DATE: LazyLock<Regex> = LazyLock::new(|| form("^[0-9]{4}-[0-9]{2}-[0-9]{2}$"));

/// The length of `2025-10-02T19:17:58.6776534+00:00`.
const OWN_FORM: usize = 33;

/// A value of the keyword `format` beside the type `string`.
#[derive(Clone, Copy, Debug)]
pub(super) enum Format {
    /// Base64 in the standard alphabet, padded.
    Byte,
    /// A date.
    Date,
    /// A timestamp with an offset.
    DateTime,
    /// An address with a scheme and a host.
    Uri,
}

impl Format {
    pub(super) fn of(name: &str) -> Option<Self> {
        Some(match name {
            "byte" => Self::Byte,
            "date" => Self::Date,
            "date-time" => Self::DateTime,
            "uri" => Self::Uri,
            _ => return None,
        })
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Byte => "padded Base64",
            Self::Date => "a date YYYY-MM-DD",
            Self::DateTime => "a timestamp of RFC 3339 with an offset",
            Self::Uri => "an absolute URI",
        }
    }

    pub(super) fn fits(self, text: &str) -> bool {
        match self {
            Self::Byte => BASE64_STANDARD.decode(text).is_ok(),
            Self::Date => FULL_DATE.is_match(text) && text.parse::<Date>().is_ok(),
            Self::DateTime => RFC_3339.is_match(text) && text.parse::<Timestamp>().is_ok(),
            Self::Uri => text.parse::<Uri>().is_ok_and(|uri| uri.scheme().is_some()),
        }
    }
}

/// Whether a timestamp has the API's own form: seven decimals and the offset `+00:00`.
pub(super) fn is_own_form(timestamp: &str) -> bool {
    timestamp.len() == OWN_FORM && timestamp.ends_with("+00:00")
}

#[expect(clippy::expect_used, reason = "the patterns stand in this file")]
fn form(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a pattern of this file is valid")
}
