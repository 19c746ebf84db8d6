//! `ReferenceNumber`, by which KSeF names everything it does for a client.

use core::str::FromStr;
use core::time::Duration;

use crate::shape::{FIRST_YEAR, compact, date, has_shape, is_upper_or_digit, number};
use crate::text::{InlineText, debug_as_text, identifier_traits};
use crate::{ParseError, ParseErrorReason, Timestamp, crc8};

/// A reference number: a session, an invoice on its way, a receipt page, an export and so on.
///
/// Form: `YYYYMMDD-TT-HHHHHHHHHH-HHHHHHHHHH-CC`, 36 characters (UPO schema, `TNumerReferencyjny`;
/// the OpenAPI gives the length only). `TT` says what is named, see [`ReferenceNumberKind`].
///
/// Three more rules hold for the numbers seen so far, but no official document states them:
///
/// * `CC` is the CRC-8 of the KSeF number over the 33 characters before it,
/// * the first block of ten digits is the time of day in UTC, seven digits of milliseconds,
/// * and a counter, three digits, that tells apart what was made in the same millisecond.
///
/// So parsing asks for the official form and nothing else. Refusing what a server really answered,
/// for a rule that only we have found, would lose the document behind it.
/// [`ReferenceNumber::check_digits_match`] and [`ReferenceNumber::created_at`] tell what the rules
/// say about a number.
///
/// ```
/// use ksef_core::{ParseErrorReason, ReferenceNumber, ReferenceNumberKind};
///
/// let session: ReferenceNumber = "20250626-SO-2F14610000-242991F8C9-B4".parse()?;
/// assert_eq!(session.kind(), ReferenceNumberKind::OnlineSession);
/// assert!(session.check_digits_match());
///
/// let error = "20250626-SO-2F14610000-242991F8C9".parse::<ReferenceNumber>().unwrap_err();
/// assert_eq!(error.reason(), ParseErrorReason::Length);
/// # Ok::<(), ksef_core::ParseError>(())
/// ```
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct ReferenceNumber(InlineText<36>);

/// What a [`ReferenceNumber`] names.
///
/// The list comes from the examples of the OpenAPI; there is no official one.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum ReferenceNumberKind {
    /// `SO`: an online session.
    OnlineSession,
    /// `SB`: a batch session.
    BatchSession,
    /// `EE`: an invoice sent in a session.
    Invoice,
    /// `EU`: a page of the official receipt (UPO).
    UpoPage,
    /// `EH`: an export of invoices or the enrollment of a certificate.
    ExportOrEnrollment,
    /// `EG`: an operation on permissions.
    PermissionOperation,
    /// `EC`: a KSeF token.
    Token,
    /// `AU`: an authentication.
    Authentication,
    /// `CR`: a challenge.
    Challenge,
    /// Any other code, see [`ReferenceNumber::kind_code`].
    Other,
}

impl ReferenceNumberKind {
    const KNOWN: [Self; 9] = [
        Self::OnlineSession,
        Self::BatchSession,
        Self::Invoice,
        Self::UpoPage,
        Self::ExportOrEnrollment,
        Self::PermissionOperation,
        Self::Token,
        Self::Authentication,
        Self::Challenge,
    ];

    /// The two characters of the kind, nothing for [`ReferenceNumberKind::Other`].
    #[must_use]
    pub const fn code(&self) -> Option<&'static str> {
        Some(match self {
            Self::OnlineSession => "SO",
            Self::BatchSession => "SB",
            Self::Invoice => "EE",
            Self::UpoPage => "EU",
            Self::ExportOrEnrollment => "EH",
            Self::PermissionOperation => "EG",
            Self::Token => "EC",
            Self::Authentication => "AU",
            Self::Challenge => "CR",
            Self::Other => return None,
        })
    }
}

impl ReferenceNumber {
    const EXPECTED: &'static str = "reference number";
    const SHAPE: &'static str = "dddddddd-aa-hhhhhhhhhh-hhhhhhhhhh-hh";
    const DAY_IN_MILLISECONDS: i64 = 24 * 60 * 60 * 1000;

    /// A number like those of KSeF, with its check digits.
    ///
    /// `created_at` counts to the millisecond, `counter` has 12 bits and `tail` 40. Only KSeF gives
    /// numbers out; this is for what stands in for it in tests.
    ///
    /// ```
    /// use ksef_core::{ReferenceNumber, ReferenceNumberKind, Timestamp};
    ///
    /// let created_at: Timestamp = "2025-10-02T07:17:58.677Z".parse()?;
    /// let kind = ReferenceNumberKind::OnlineSession;
    /// let session = ReferenceNumber::new(kind, created_at, 2, 0x24_2991_F8C9)?;
    /// assert!(session.as_str().starts_with("20251002-SO-190FB15002-242991F8C9-"));
    /// assert!(session.check_digits_match());
    ///
    /// assert!(ReferenceNumber::new(kind, created_at, 0x1000, 0).is_err());
    /// # Ok::<(), ksef_core::ParseError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When the kind is [`ReferenceNumberKind::Other`], which has no code, the time lies before
    /// 2020, or the counter or the tail has too many bits.
    pub fn new(
        kind: ReferenceNumberKind,
        created_at: Timestamp,
        counter: u16,
        tail: u64,
    ) -> Result<Self, ParseError> {
        let error = |reason| ParseError::new(Self::EXPECTED, reason);
        let code = kind.code().ok_or_else(|| error(ParseErrorReason::UnknownCode))?;
        let date = created_at.utc_date();
        if date.year() < FIRST_YEAR || counter >= 1 << 12 || tail >= 1 << 40 {
            return Err(error(ParseErrorReason::OutOfRange));
        }
        let day = compact(date);
        let milliseconds = created_at.as_unix_milliseconds().rem_euclid(Self::DAY_IN_MILLISECONDS);
        let checked = format!("{day}-{code}-{milliseconds:07X}{counter:03X}-{tail:010X}");
        let check_digits = crc8::crc8(&checked);
        Ok(Self(InlineText::from_format(format_args!("{checked}-{check_digits:02X}"))))
    }

    /// The 36 characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// What is named.
    #[must_use]
    pub fn kind(&self) -> ReferenceNumberKind {
        ReferenceNumberKind::KNOWN
            .into_iter()
            .find(|kind| kind.code() == Some(self.kind_code()))
            .unwrap_or(ReferenceNumberKind::Other)
    }

    /// The two characters that say what is named.
    #[must_use]
    pub fn kind_code(&self) -> &str {
        self.0.slice(9, 11)
    }

    /// Whether the last two digits are the CRC-8 of the characters before them.
    ///
    /// False says that the number was probably mistyped or made up, not that KSeF cannot have
    /// given it, see [`ReferenceNumber`].
    ///
    /// ```
    /// use ksef_core::ReferenceNumber;
    ///
    /// let mistyped: ReferenceNumber = "20250626-SO-2F14610000-242991F8C9-B5".parse()?;
    /// assert!(!mistyped.check_digits_match());
    /// # Ok::<(), ksef_core::ParseError>(())
    /// ```
    #[must_use]
    pub fn check_digits_match(&self) -> bool {
        crc8::matches(self.0.slice(0, 33), self.0.slice(34, 36))
    }

    /// When KSeF made the number, to the millisecond, if its digits say a time that exists.
    ///
    /// ```
    /// use ksef_core::ReferenceNumber;
    ///
    /// let session: ReferenceNumber = "20251002-SO-190FB15000-0000000000-00".parse()?;
    /// assert_eq!(session.created_at().unwrap().to_string(), "2025-10-02T07:17:58.6770000+00:00");
    ///
    /// let made_up: ReferenceNumber = "20251002-SO-FFFFFFF000-0000000000-00".parse()?;
    /// assert_eq!(made_up.created_at(), None);
    /// # Ok::<(), ksef_core::ParseError>(())
    /// ```
    #[must_use]
    pub fn created_at(&self) -> Option<Timestamp> {
        let milliseconds = u64::from_str_radix(self.0.slice(12, 19), 16).ok()?;
        if milliseconds >= Self::DAY_IN_MILLISECONDS.unsigned_abs() {
            return None;
        }
        Timestamp::in_utc_day(date(self.0.slice(0, 8))?, Duration::from_millis(milliseconds))
    }

    /// The counter that tells apart numbers of the same millisecond, less than 4096.
    ///
    /// ```
    /// use ksef_core::ReferenceNumber;
    ///
    /// let invoice: ReferenceNumber = "20251002-EE-39B734D002-0000000000-00".parse()?;
    /// assert_eq!(invoice.counter(), 2);
    /// # Ok::<(), ksef_core::ParseError>(())
    /// ```
    #[must_use]
    pub fn counter(&self) -> u16 {
        // Three hexadecimal digits always fit, so the default is never taken.
        u16::from_str_radix(self.0.slice(19, 22), 16).unwrap_or_default()
    }
}

impl FromStr for ReferenceNumber {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = |reason| Err(ParseError::new(Self::EXPECTED, reason));
        let is_allowed = |byte| byte == b'-' || is_upper_or_digit(byte);
        let text = InlineText::parse::<36>(text, Self::EXPECTED, is_allowed)?;
        if !has_shape(text.as_str(), Self::SHAPE) {
            return error(ParseErrorReason::Format);
        }
        // The official pattern takes any day up to the 31st of any month.
        let in_range = number(text.slice(0, 4)).is_some_and(|year: i16| year >= FIRST_YEAR)
            && number(text.slice(4, 6)).is_some_and(|month: u8| (1..=12).contains(&month))
            && number(text.slice(6, 8)).is_some_and(|day: u8| (1..=31).contains(&day));
        if !in_range {
            return error(ParseErrorReason::OutOfRange);
        }
        Ok(Self(text))
    }
}

identifier_traits!(ReferenceNumber);
debug_as_text!(ReferenceNumber);

#[cfg(feature = "proptest")]
impl proptest::arbitrary::Arbitrary for ReferenceNumberKind {
    type Parameters = ();
    type Strategy = proptest::sample::Select<Self>;

    /// Any kind but `Other`, so that each has a code.
    fn arbitrary_with((): ()) -> Self::Strategy {
        proptest::sample::select(&Self::KNOWN)
    }
}

#[cfg(feature = "proptest")]
impl proptest::arbitrary::Arbitrary for ReferenceNumber {
    type Parameters = ();
    type Strategy = proptest::strategy::BoxedStrategy<Self>;

    fn arbitrary_with((): ()) -> Self::Strategy {
        use proptest::strategy::Strategy as _;

        // From 2020-01-01 to 2049-12-31.
        let created_at = 1_577_836_800_000_i64..2_524_608_000_000;
        let kind = ReferenceNumberKind::arbitrary();
        (kind, created_at, 0_u16..1 << 12, 0_u64..1 << 40)
            .prop_filter_map("before KSeF", |(kind, created_at, counter, tail)| {
                let created_at = Timestamp::from_unix_milliseconds(created_at).ok()?;
                Self::new(kind, created_at, counter, tail).ok()
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
        assert_refuses_bad_text::<ReferenceNumber>("20250626-SO-2F14610000-242991F8C9-B4");
        for (text, expected) in [
            ("20250626-SO-2F14610000-242991F8C9-B", ParseErrorReason::Length),
            ("20250626-so-2F14610000-242991F8C9-B4", ParseErrorReason::Character),
            ("20250626-SO-2F14610000-242991F8C9_B4", ParseErrorReason::Character),
            ("20250626-SO-2F1461000G-242991F8C9-B4", ParseErrorReason::Format),
            ("20250626SO--2F14610000-242991F8C9-B4", ParseErrorReason::Format),
            ("20190626-SO-2F14610000-242991F8C9-B4", ParseErrorReason::OutOfRange),
            ("20250026-SO-2F14610000-242991F8C9-B4", ParseErrorReason::OutOfRange),
            ("20251326-SO-2F14610000-242991F8C9-B4", ParseErrorReason::OutOfRange),
            ("20250600-SO-2F14610000-242991F8C9-B4", ParseErrorReason::OutOfRange),
            ("20250632-SO-2F14610000-242991F8C9-B4", ParseErrorReason::OutOfRange),
        ] {
            assert_eq!(reason::<ReferenceNumber>(text), expected, "{text}");
        }
    }

    #[test]
    fn the_published_numbers_keep_the_derived_rules() {
        use ReferenceNumberKind as Kind;
        for (text, kind) in [
            ("20250514-CR-226FB7B000-3ACF9BE4C0-10", Kind::Challenge),
            ("20251010-AU-19F5E39000-39B5B182BA-B8", Kind::Authentication),
            ("20250626-SO-2F14610000-242991F8C9-B4", Kind::OnlineSession),
            ("20250626-SB-213D593000-4DE10D80A5-E9", Kind::BatchSession),
            ("20250626-EE-2F20AD2000-242386DF86-52", Kind::Invoice),
            ("20251010-EH-1B6C9EB000-4B15D3AEB9-89", Kind::ExportOrEnrollment),
            ("20250626-EG-333C814000-C529F710D8-D2", Kind::PermissionOperation),
            ("20251010-EC-1DCE3E3000-12ECB5B36E-45", Kind::Token),
        ] {
            let reference: ReferenceNumber = text.parse().expect(text);
            assert_eq!(reference.kind(), kind);
            assert_eq!(kind.code(), Some(reference.kind_code()));
            assert!(reference.check_digits_match(), "{text}");
            assert!(reference.created_at().is_some(), "{text}");
            assert_eq!(reference.counter(), 0, "{text}");
        }
    }

    #[test]
    fn a_published_number_that_breaks_the_derived_rule_is_still_taken() {
        let page: ReferenceNumber = "20250918-EU-2EBD6FA000-242EB9B66D-43".parse().unwrap();
        assert_eq!(page.kind(), ReferenceNumberKind::UpoPage);
        assert!(!page.check_digits_match());
    }

    #[test]
    fn an_unknown_kind_is_kept() {
        let reference: ReferenceNumber = "58550905-BD-D0587DA4A3-4AE171EDED-46".parse().unwrap();
        assert_eq!(reference.kind(), ReferenceNumberKind::Other);
        assert_eq!(reference.kind_code(), "BD");
        assert_eq!(reference.kind().code(), None);
    }

    #[test]
    fn the_time_is_read_from_the_first_block() {
        for (text, created_at) in [
            ("20251002-SO-190FB15000-0000000000-00", Some("2025-10-02T07:17:58.677Z")),
            ("20251002-SO-0000000FFF-0000000000-00", Some("2025-10-02T00:00:00Z")),
            ("20251002-SO-5265BFF000-0000000000-00", Some("2025-10-02T23:59:59.999Z")),
            ("20251002-SO-5265C00000-0000000000-00", None),
            ("20250229-SO-0000000000-0000000000-00", None),
            ("99991231-SO-0000000000-0000000000-00", None),
        ] {
            let reference: ReferenceNumber = text.parse().expect(text);
            let expected = created_at.map(|time| time.parse::<Timestamp>().unwrap());
            assert_eq!(reference.created_at(), expected, "{text}");
        }
    }

    #[test]
    fn only_what_has_room_is_minted() {
        let time = |text: &str| text.parse::<Timestamp>().unwrap();
        let now = time("2026-02-01T00:00:00Z");
        let kind = ReferenceNumberKind::Invoice;
        let reason = |kind, created_at, counter, tail| {
            ReferenceNumber::new(kind, created_at, counter, tail).err().map(|error| error.reason())
        };
        assert_eq!(reason(kind, now, 0xFFF, (1 << 40) - 1), None);
        assert_eq!(reason(kind, now, 0x1000, 0), Some(ParseErrorReason::OutOfRange));
        assert_eq!(reason(kind, now, 0, 1 << 40), Some(ParseErrorReason::OutOfRange));
        let too_early = time("2019-12-31T23:59:59.999Z");
        assert_eq!(reason(kind, too_early, 0, 0), Some(ParseErrorReason::OutOfRange));
        let other = ReferenceNumberKind::Other;
        assert_eq!(reason(other, now, 0, 0), Some(ParseErrorReason::UnknownCode));
    }

    #[cfg(feature = "serde")]
    #[test]
    fn json_is_the_text() {
        crate::test_support::assert_serde_is_text::<ReferenceNumber>(
            "20250918-EU-2EBD6FA000-242EB9B66D-43",
            "20250918-EU-2EBD6FA000-242EB9B66D-4",
        );
    }

    #[cfg(feature = "proptest")]
    proptest::proptest! {
        #[test]
        fn what_is_printed_parses_back(reference: ReferenceNumber) {
            crate::test_support::assert_reads_itself_back(&reference);
            assert!(reference.check_digits_match());
        }

        #[test]
        fn what_was_minted_in_is_read_out(
            kind: ReferenceNumberKind,
            milliseconds in 1_577_836_800_000_i64..2_524_608_000_000,
            counter in 0_u16..1 << 12,
            tail in 0_u64..1 << 40,
        ) {
            let created_at = Timestamp::from_unix_milliseconds(milliseconds).unwrap();
            let reference = ReferenceNumber::new(kind, created_at, counter, tail).unwrap();
            assert_eq!(reference.kind(), kind);
            assert_eq!(reference.created_at(), Some(created_at));
            assert_eq!(reference.counter(), counter);
        }

        #[test]
        fn one_changed_character_does_not_match(reference: ReferenceNumber, position in 0_usize..36) {
            for new in b'0'..=b'Z' {
                let mut changed = reference.as_str().as_bytes().to_vec();
                changed[position] = new;
                let changed = String::from_utf8(changed).unwrap();
                if changed != reference.as_str() && let Ok(parsed) = changed.parse::<ReferenceNumber>() {
                    assert!(!parsed.check_digits_match(), "{changed}");
                }
            }
        }
    }
}
