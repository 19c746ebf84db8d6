//! `KsefNumber`, the number that makes an invoice issued.

use core::str::FromStr;

use crate::shape::{FIRST_YEAR, compact, date, has_shape, is_upper_or_digit};
use crate::text::{InlineText, debug_as_text, identifier_traits};
use crate::{InvoiceDate, Nip, ParseError, ParseErrorReason, crc8};

/// A KSeF number: the seller's NIP, the day of acceptance, a technical part and check digits.
///
/// KSeF gives it to an accepted invoice; the invoice counts as issued from then on. There are two
/// forms (KSeF OpenAPI, `KsefNumber`):
///
/// * 35 characters, `9999999999-YYYYMMDD-HHHHHHHHHHHH-HH`, given by KSeF 2.0. The last two digits
///   are a CRC-8 over the 32 characters before the last hyphen, and parsing checks them.
/// * 36 characters, with one more hyphen in the middle of the technical part, given by KSeF 1.0.
///   Its check digits follow another, unpublished rule, so they are not checked.
///
/// The day has to exist and lie in 2020 or later; the NIP needs its form only, because numbers of
/// the TEST environment start with made-up ones. The technical part says nothing to a reader.
///
/// ```
/// use ksef_core::{KsefNumber, ParseErrorReason};
///
/// let number: KsefNumber = "5265877635-20250826-0100001AF629-AF".parse()?;
/// assert_eq!(number.nip().as_str(), "5265877635");
/// assert_eq!(number.date().to_string(), "2025-08-26");
/// assert!(!number.is_ksef_1());
///
/// let error = "5265877635-20250826-0100001AF628-AF".parse::<KsefNumber>().unwrap_err();
/// assert_eq!(error.reason(), ParseErrorReason::CheckDigit);
/// # Ok::<(), ksef_core::ParseError>(())
/// ```
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct KsefNumber {
    text: InlineText<36>,
    date: InvoiceDate,
}

impl KsefNumber {
    const EXPECTED: &'static str = "KSeF number";
    const SHAPE: &'static str = "dddddddddd-dddddddd-hhhhhhhhhhhh-hh";
    const SHAPE_KSEF_1: &'static str = "dddddddddd-dddddddd-hhhhhh-hhhhhh-hh";

    /// A number of the form of KSeF 2.0, with its check digits.
    ///
    /// Only KSeF gives numbers out. This is for what stands in for it in tests.
    ///
    /// ```
    /// use ksef_core::{InvoiceDate, KsefNumber};
    ///
    /// let date = InvoiceDate::new(2025, 8, 26)?;
    /// let technical = [0x01, 0x00, 0x00, 0x1A, 0xF6, 0x29];
    /// let number = KsefNumber::new("5265877635".parse()?, date, technical)?;
    /// assert_eq!(number.as_str(), "5265877635-20250826-0100001AF629-AF");
    ///
    /// let before_ksef = InvoiceDate::new(2019, 12, 31)?;
    /// assert!(KsefNumber::new("5265877635".parse()?, before_ksef, technical).is_err());
    /// # Ok::<(), ksef_core::ParseError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When the day lies before 2020.
    pub fn new(nip: Nip, date: InvoiceDate, technical: [u8; 6]) -> Result<Self, ParseError> {
        if date.year() < FIRST_YEAR {
            return Err(ParseError::new(Self::EXPECTED, ParseErrorReason::OutOfRange));
        }
        let [a, b, c, d, e, f] = technical;
        let day = compact(date);
        let checked = format!("{nip}-{day}-{a:02X}{b:02X}{c:02X}{d:02X}{e:02X}{f:02X}");
        let check_digits = crc8::crc8(&checked);
        let text = InlineText::from_format(format_args!("{checked}-{check_digits:02X}"));
        Ok(Self { text, date })
    }

    /// The 35 or 36 characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.text.as_str()
    }

    /// The seller's NIP (`Podmiot1`), also where somebody else issued the invoice.
    #[must_use]
    pub fn nip(&self) -> Nip {
        Nip::from_checked(self.text.part(0))
    }

    /// The day on which KSeF accepted the invoice for processing.
    #[must_use]
    pub const fn date(&self) -> InvoiceDate {
        self.date
    }

    /// Whether KSeF 1.0 gave this number, which is seen by its 36 characters.
    #[must_use]
    pub fn is_ksef_1(&self) -> bool {
        self.as_str().len() == Self::SHAPE_KSEF_1.len()
    }
}

impl FromStr for KsefNumber {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = |reason| ParseError::new(Self::EXPECTED, reason);
        let is_allowed = |byte| byte == b'-' || is_upper_or_digit(byte);
        let text = InlineText::parse::<35>(text, Self::EXPECTED, is_allowed)?;
        if !has_shape(text.as_str(), Self::SHAPE) && !has_shape(text.as_str(), Self::SHAPE_KSEF_1) {
            return Err(error(ParseErrorReason::Format));
        }
        Nip::for_test_environment(text.slice(0, 10)).map_err(|nip| error(nip.reason()))?;
        let date = date(text.slice(11, 19))
            .filter(|date| date.year() >= FIRST_YEAR)
            .ok_or_else(|| error(ParseErrorReason::OutOfRange))?;
        let number = Self { text, date };
        if !number.is_ksef_1() && !crc8::matches(text.slice(0, 32), text.slice(33, 35)) {
            return Err(error(ParseErrorReason::CheckDigit));
        }
        Ok(number)
    }
}

identifier_traits!(KsefNumber);
debug_as_text!(KsefNumber);

#[cfg(feature = "proptest")]
impl proptest::arbitrary::Arbitrary for KsefNumber {
    type Parameters = ();
    type Strategy = proptest::strategy::BoxedStrategy<Self>;

    fn arbitrary_with((): ()) -> Self::Strategy {
        use proptest::strategy::Strategy as _;

        let parts = (Nip::arbitrary(), crate::shape::any_date(), <[u8; 6]>::arbitrary());
        let is_ksef_1 = proptest::bool::weighted(0.25);
        (parts, is_ksef_1)
            .prop_filter_map("before KSeF", |((nip, date, technical), is_ksef_1)| {
                let number = Self::new(nip, date, technical).ok()?;
                let (start, end) = number.as_str().split_at_checked(26)?;
                if is_ksef_1 { format!("{start}-{end}").parse().ok() } else { Some(number) }
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
        assert_refuses_bad_text::<KsefNumber>("5265877635-20250826-0100001AF629-AF");
        assert_refuses_bad_text::<KsefNumber>("7781464139-20230721-80B510-9675F7-B5");
        for (text, expected) in [
            ("5265877635-20250826-0100001AF629-A", ParseErrorReason::Length),
            ("5265877635-20250826-0100001AF629-AF0", ParseErrorReason::Format),
            ("5265877635-20250826-0100001af629-AF", ParseErrorReason::Character),
            ("5265877635-20250826-0100001AG629-AF", ParseErrorReason::Format),
            ("5265877635-20250826-010000-1AF629AF", ParseErrorReason::Format),
            ("5265877635-20250826-01000-01AF629-AF", ParseErrorReason::Format),
            ("0265877635-20250826-0100001AF629-AF", ParseErrorReason::Format),
            ("5265877635-20191231-0100001AF629-AF", ParseErrorReason::OutOfRange),
            ("5265877635-20251301-0100001AF629-AF", ParseErrorReason::OutOfRange),
            ("5265877635-20250229-0100001AF629-AF", ParseErrorReason::OutOfRange),
            ("5265877635-20250826-0100001AF629-AE", ParseErrorReason::CheckDigit),
        ] {
            assert_eq!(reason::<KsefNumber>(text), expected, "{text}");
        }
    }

    #[test]
    fn the_published_numbers_of_ksef_2_parse() {
        for text in [
            "5265877635-20250826-0100001AF629-AF",
            "5265877635-20250916-010040741B3E-46",
            "5265877635-20250916-0200A0D6723E-C2",
            "5391433354-20250902-0100C07E7173-D5",
            "3413523739-20251204-0100A0078A36-ED",
            "4188479938-20260212-5B26A1000000-36",
            "8980017188-20260324-381F0C000000-A2",
        ] {
            let number: KsefNumber = text.parse().expect(text);
            assert!(!number.is_ksef_1());
            assert!(number.nip().has_valid_check_digit());
            assert_eq!(number.to_string(), text);
        }
    }

    #[test]
    fn a_number_of_ksef_1_is_taken_with_the_check_digits_it_has() {
        let text = "7781464139-20230721-80B510-9675F7-B5";
        let number: KsefNumber = text.parse().unwrap();
        assert!(number.is_ksef_1());
        assert_eq!(number.date(), InvoiceDate::new(2023, 7, 21).unwrap());
        assert_eq!(number.to_string(), text);
        // The rule of KSeF 2.0 would ask for 2F.
        assert_eq!(crc8::crc8("7781464139-20230721-80B5109675F7"), 0x2F);
        assert_eq!(
            reason::<KsefNumber>("7781464139-20230721-80B5109675F7-B5"),
            ParseErrorReason::CheckDigit
        );
    }

    #[test]
    fn the_nip_of_a_test_number_may_be_made_up() {
        let nip = Nip::for_test_environment("1234567890").unwrap();
        let number = KsefNumber::new(nip, InvoiceDate::new(2026, 2, 1).unwrap(), [0; 6]).unwrap();
        assert_eq!(number.as_str().parse(), Ok(number));
        assert_eq!(number.nip(), nip);
    }

    #[cfg(feature = "serde")]
    #[test]
    fn json_is_the_text() {
        crate::test_support::assert_serde_is_text::<KsefNumber>(
            "5265877635-20250826-0100001AF629-AF",
            "5265877635-20250826-0100001AF629-AE",
        );
    }

    #[cfg(feature = "proptest")]
    proptest::proptest! {
        #[test]
        fn what_is_printed_parses_back(number: KsefNumber) {
            crate::test_support::assert_reads_itself_back(&number);
        }

        #[test]
        fn one_changed_digit_is_refused(nip: Nip, technical: [u8; 6]) {
            let number = KsefNumber::new(nip, InvoiceDate::new(2026, 2, 28).unwrap(), technical).unwrap();
            crate::test_support::assert_refuses_one_changed_digit(&number, "0123456789ABCDEF");
        }
    }
}
