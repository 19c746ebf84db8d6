//! `LegacyKsefId`, which is read where older tools left it.

use core::str::FromStr;

use crate::shape::{date, number};
use crate::text::{InlineText, debug_as_text, identifier_traits};
use crate::{InvoiceDate, Nip, ParseError, ParseErrorReason};

/// The thirty digits that some older tools print for an invoice: NIP, day, time and six digits.
///
/// Form: `{NIP}{YYYYMMDD}{HHmmss}{6 digits}`, without a check digit. This is **not** a
/// [`KsefNumber`](crate::KsefNumber): KSeF does not know it and no KSeF number can be made from it.
/// It can be read, compared and shown; nothing here ever makes one or writes it to an invoice.
///
/// The NIP needs its form only, the day and the time have to exist.
///
/// ```
/// use ksef_core::{LegacyKsefId, ParseErrorReason};
///
/// let id: LegacyKsefId = "526587763520220103142536000001".parse()?;
/// assert_eq!(id.nip().as_str(), "5265877635");
/// assert_eq!(id.date().to_string(), "2022-01-03");
/// assert_eq!(id.time(), [14, 25, 36]);
///
/// let error = "526587763520220103142560000001".parse::<LegacyKsefId>().unwrap_err();
/// assert_eq!(error.reason(), ParseErrorReason::OutOfRange);
/// # Ok::<(), ksef_core::ParseError>(())
/// ```
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct LegacyKsefId {
    digits: InlineText<30>,
    date: InvoiceDate,
}

impl LegacyKsefId {
    const EXPECTED: &'static str = "legacy KSeF identifier";

    /// The thirty digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.digits.as_str()
    }

    /// The NIP at the start.
    #[must_use]
    pub fn nip(&self) -> Nip {
        Nip::from_checked(self.digits.part(0))
    }

    /// The day after the NIP.
    #[must_use]
    pub const fn date(&self) -> InvoiceDate {
        self.date
    }

    /// Hour, minute and second after the day; in which time zone is not known.
    #[must_use]
    pub fn time(&self) -> [u8; 3] {
        // Parsing let only times through, so the default is never taken.
        time(self.digits.slice(18, 24)).unwrap_or_default()
    }
}

fn time(text: &str) -> Option<[u8; 3]> {
    let (hour, minute_and_second) = text.split_at_checked(2)?;
    let (minute, second) = minute_and_second.split_at_checked(2)?;
    let time = [number(hour)?, number(minute)?, number(second)?];
    matches!(time, [0..24, 0..60, 0..60]).then_some(time)
}

impl FromStr for LegacyKsefId {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = |reason| ParseError::new(Self::EXPECTED, reason);
        let digits = InlineText::parse::<30>(text, Self::EXPECTED, |byte| byte.is_ascii_digit())?;
        Nip::for_test_environment(digits.slice(0, 10)).map_err(|nip| error(nip.reason()))?;
        let (Some(date), Some(_)) = (date(digits.slice(10, 18)), time(digits.slice(18, 24))) else {
            return Err(error(ParseErrorReason::OutOfRange));
        };
        Ok(Self { digits, date })
    }
}

identifier_traits!(LegacyKsefId);
debug_as_text!(LegacyKsefId);

#[cfg(feature = "proptest")]
impl proptest::arbitrary::Arbitrary for LegacyKsefId {
    type Parameters = ();
    type Strategy = proptest::strategy::BoxedStrategy<Self>;

    fn arbitrary_with((): ()) -> Self::Strategy {
        use proptest::strategy::Strategy as _;

        let time = "([01][0-9]|2[0-3])[0-5][0-9][0-5][0-9]";
        (Nip::arbitrary(), crate::shape::any_date(), time, "[0-9]{6}")
            .prop_filter_map("not of its form", |(nip, date, time, last)| {
                format!("{nip}{}{time}{last}", crate::shape::compact(date)).parse().ok()
            })
            .boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{assert_refuses_bad_text, reason};

    #[test]
    fn every_kind_of_bad_text_has_its_reason() {
        assert_refuses_bad_text::<LegacyKsefId>("526587763520220103142536000001");
        for (text, expected) in [
            ("52658776352022010314253600000", ParseErrorReason::Length),
            ("5265877635-0220103142536000001", ParseErrorReason::Character),
            ("026587763520220103142536000001", ParseErrorReason::Format),
            ("526587763520221303142536000001", ParseErrorReason::OutOfRange),
            ("526587763520220229142536000001", ParseErrorReason::OutOfRange),
            ("526587763520220103242536000001", ParseErrorReason::OutOfRange),
            ("526587763520220103146036000001", ParseErrorReason::OutOfRange),
        ] {
            assert_eq!(reason::<LegacyKsefId>(text), expected, "{text}");
        }
    }

    #[test]
    fn it_is_no_ksef_number() {
        assert!("526587763520220103142536000001".parse::<crate::KsefNumber>().is_err());
        assert!("5265877635-20250826-0100001AF629-AF".parse::<LegacyKsefId>().is_err());
    }

    #[cfg(feature = "serde")]
    #[test]
    fn json_is_the_text() {
        crate::test_support::assert_serde_is_text::<LegacyKsefId>(
            "123456789020220103142536000001",
            "123456789020220103142560000001",
        );
    }

    #[cfg(feature = "proptest")]
    proptest::proptest! {
        #[test]
        fn what_is_printed_parses_back(id: LegacyKsefId) {
            crate::test_support::assert_reads_itself_back(&id);
        }
    }
}
