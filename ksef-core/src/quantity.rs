//! `Quantity`, `UnitPrice` and `Percent`.

use core::str::FromStr;

use rust_decimal::Decimal;

use crate::number::{Facets, Number, from_digits, is_digits, number_traits, signed_number};
use crate::{ArithmeticError, ParseError, ParseErrorReason};

/// A quantity, or an exchange rate: up to 16 digits and 6 decimals.
///
/// Schema: `TIlosci` (`P_8B`, `P_8BZ`, `KursWaluty` and the like), FA(2) and FA(3),
/// `-?([1-9]\d{0,15}|0)(\.\d{1,6})?`. It prints as it was written and compares by value, like
/// [`Amount`](crate::Amount).
///
/// ```
/// use ksef_core::{ParseErrorReason, Quantity};
///
/// let quantity: Quantity = "1.50".parse()?;
/// assert_eq!(quantity.to_string(), "1.50");
/// assert_eq!(quantity, "1.5".parse()?);
///
/// let error = "1.1234567".parse::<Quantity>().unwrap_err();
/// assert_eq!(error.reason(), ParseErrorReason::Precision);
/// # Ok::<(), ksef_core::ParseError>(())
/// ```
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Quantity(Number);

impl Quantity {
    const EXPECTED: &'static str = "quantity";
    const FACETS: Facets = Facets { integer_digits: 16, decimals: 6 };

    /// One.
    pub const ONE: Self = Self(Number::ONE);

    pub(crate) const fn number(self) -> Number {
        self.0
    }
}

signed_number!(Quantity);

/// The price or the discount of one unit, in the currency of the invoice: up to 14 digits and 8
/// decimals.
///
/// Schema: `TKwotowy2` (`P_9A`, `P_9B`, `P_9AZ`, `P_10`), FA(2) and FA(3),
/// `-?([1-9]\d{0,13}|0)(\.\d{1,8})?`. It prints as it was written and compares by value, like
/// [`Amount`](crate::Amount).
///
/// ```
/// use ksef_core::{ParseErrorReason, UnitPrice};
///
/// let price: UnitPrice = "0.00012345".parse()?;
/// assert_eq!(price.to_string(), "0.00012345");
///
/// let error = ".5".parse::<UnitPrice>().unwrap_err();
/// assert_eq!(error.reason(), ParseErrorReason::Format);
/// # Ok::<(), ksef_core::ParseError>(())
/// ```
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct UnitPrice(Number);

impl UnitPrice {
    const EXPECTED: &'static str = "unit price";
    const FACETS: Facets = Facets { integer_digits: 14, decimals: 8 };

    pub(crate) const fn number(self) -> Number {
        self.0
    }
}

signed_number!(UnitPrice);

/// A share or a tax rate in percent, from 0 to 100 with up to 6 decimals.
///
/// Schema: `TProcentowy` (`P_12_XII`, `Udzial`), FA(2) and FA(3). That type has no pattern, so a
/// sign, zeros before and after, and a point without digits on one of its sides are all valid:
/// `+50`, `.5`, `050`, `50.`. What is printed is the shortest of these that keeps the decimals,
/// `0.50` for `+00.50`.
///
/// ```
/// use ksef_core::{ParseErrorReason, Percent};
///
/// let rate: Percent = "+07.50".parse()?;
/// assert_eq!(rate.to_string(), "7.50");
///
/// let error = "100.000001".parse::<Percent>().unwrap_err();
/// assert_eq!(error.reason(), ParseErrorReason::OutOfRange);
/// # Ok::<(), ksef_core::ParseError>(())
/// ```
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Percent(Number);

impl Percent {
    const EXPECTED: &'static str = "percentage from 0 to 100";
    // The last digit before the point is there for 100 alone.
    const FACETS: Facets = Facets { integer_digits: 3, decimals: 6 };

    /// All of it.
    pub const HUNDRED: Self = Self(Number::HUNDRED);

    pub(crate) const fn number(self) -> Number {
        self.0
    }

    fn parse(text: &str) -> Result<Self, ParseErrorReason> {
        if text.is_empty() {
            return Err(ParseErrorReason::Empty);
        }
        if !text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.".contains(&byte)) {
            return Err(ParseErrorReason::Character);
        }
        let is_negative = text.starts_with('-');
        let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
        let (integer, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        let has_digits = !integer.is_empty() || !fraction.is_empty();
        if !has_digits || !is_digits(integer) || !is_digits(fraction) {
            return Err(ParseErrorReason::Format);
        }
        let integer = integer.trim_start_matches('0');
        let (fraction, cut) = fraction.split_at(fraction.len().min(6));
        if integer.len() > 3 {
            return Err(ParseErrorReason::OutOfRange);
        }
        if cut.bytes().any(|byte| byte != b'0') {
            return Err(ParseErrorReason::Precision);
        }
        let number = from_digits(integer, fraction).ok_or(ParseErrorReason::Precision)?;
        if number > Number::HUNDRED || (is_negative && number != Number::ZERO) {
            return Err(ParseErrorReason::OutOfRange);
        }
        Ok(Self(number))
    }
}

impl FromStr for Percent {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text).map_err(|reason| ParseError::new(Self::EXPECTED, reason))
    }
}

/// Nothing is rounded: zeros too many at the end are dropped, other digits refused.
impl TryFrom<Decimal> for Percent {
    type Error = ArithmeticError;

    fn try_from(value: Decimal) -> Result<Self, Self::Error> {
        let number = Self::FACETS.fit(value.mantissa(), value.scale());
        match number {
            Ok(number) if Number::ZERO <= number && number <= Number::HUNDRED => Ok(Self(number)),
            Ok(_) | Err(ArithmeticError::Overflow) => Err(ArithmeticError::OutOfRange),
            Err(error) => Err(error),
        }
    }
}

number_traits!(Percent);

#[cfg(any(test, feature = "proptest"))]
impl proptest::arbitrary::Arbitrary for Percent {
    type Parameters = ();
    type Strategy = proptest::strategy::BoxedStrategy<Self>;

    fn arbitrary_with((): Self::Parameters) -> Self::Strategy {
        use proptest::prelude::*;

        let number = (0..=Self::FACETS.decimals).prop_flat_map(|scale| {
            let end = i64::pow(10, scale) * 100;
            (0..=end).prop_map(move |mantissa| Decimal::new(mantissa, scale))
        });
        prop_oneof![
            number.prop_filter_map("out of range", |value| Self::try_from(value).ok()),
            proptest::sample::select([0, 3, 4, 5, 7, 8, 22, 23, 100].as_slice())
                .prop_map(|rate| Self(Number::from(Decimal::new(rate, 0)))),
        ]
        .boxed()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::test_support::{assert_refuses_bad_text, reason};

    #[test]
    fn every_kind_of_bad_text_has_its_reason() {
        assert_refuses_bad_text::<Quantity>("-1234567890123456.123456");
        assert_refuses_bad_text::<UnitPrice>("-12345678901234.12345678");
        assert_eq!(reason::<Quantity>("12345678901234567"), ParseErrorReason::Precision);
        assert_eq!(reason::<UnitPrice>("123456789012345"), ParseErrorReason::Precision);
        assert_eq!(reason::<UnitPrice>("1.123456789"), ParseErrorReason::Precision);
        assert_eq!(reason::<Quantity>("1.0000000"), ParseErrorReason::Precision);
    }

    #[test]
    fn a_percentage_is_read_as_loosely_as_the_schema_allows() {
        let printed = |text: &str| text.parse::<Percent>().unwrap().to_string();
        for (text, expected) in [
            ("+50", "50"),
            (".5", "0.5"),
            ("050", "50"),
            ("50.", "50"),
            ("50.00", "50.00"),
            ("50.0000000000", "50.000000"),
            ("-0", "0"),
            ("-.0", "0.0"),
            ("000000100.000000", "100.000000"),
            ("0.000001", "0.000001"),
        ] {
            assert_eq!(printed(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_percentage_has_its_reason() {
        assert_eq!(reason::<Percent>(""), ParseErrorReason::Empty);
        for text in [" 5", "5 ", "5%", "5,5", "1e1", "5\0", "5\n", "\u{661}", "\u{ff15}", "INF"] {
            assert_eq!(reason::<Percent>(text), ParseErrorReason::Character, "{text}");
        }
        for text in [".", "+", "-", "+.", "5.5.5", "5-", "+-5", "--5", "5.-5", "1.+"] {
            assert_eq!(reason::<Percent>(text), ParseErrorReason::Format, "{text}");
        }
        for text in ["-0.1", "-5", "101", "100.1", "99999999999999999999999999999999999999999"] {
            assert_eq!(reason::<Percent>(text), ParseErrorReason::OutOfRange, "{text}");
        }
        for text in ["0.0000001", "1.00000000000000000000000000000000000000000000001"] {
            assert_eq!(reason::<Percent>(text), ParseErrorReason::Precision, "{text}");
        }
        assert_eq!(reason::<Percent>(&"12.5".repeat(1000)), ParseErrorReason::Format);
        assert_eq!(reason::<Percent>(&"9".repeat(100_000)), ParseErrorReason::OutOfRange);
    }

    #[test]
    fn a_decimal_becomes_a_percentage_within_its_bounds_only() {
        assert_eq!(Percent::try_from(Decimal::new(100, 0)), Ok(Percent::HUNDRED));
        let error = |mantissa, scale| Percent::try_from(Decimal::new(mantissa, scale)).unwrap_err();
        assert_eq!(error(-1, 6), ArithmeticError::OutOfRange);
        assert_eq!(error(100_000_001, 6), ArithmeticError::OutOfRange);
        assert_eq!(error(1_000_000_000, 0), ArithmeticError::OutOfRange);
        assert_eq!(error(1, 7), ArithmeticError::Precision);
    }

    proptest! {
        #[test]
        fn what_is_printed_parses_to_the_same_text(
            quantity: Quantity, price: UnitPrice, percent: Percent,
        ) {
            let text = quantity.to_string();
            prop_assert_eq!(text.parse::<Quantity>().unwrap().to_string(), text.clone());
            prop_assert_eq!(text.parse(), Ok(quantity));
            let text = price.to_string();
            prop_assert_eq!(text.parse::<UnitPrice>().unwrap().to_string(), text.clone());
            prop_assert_eq!(text.parse(), Ok(price));
            let text = percent.to_string();
            prop_assert_eq!(text.parse::<Percent>().unwrap().to_string(), text.clone());
            prop_assert_eq!(text.parse(), Ok(percent));
        }
    }
}
