//! `Amount`, money with two decimals.

use core::num::NonZeroU128;

use crate::number::{Facets, Number, signed_number};
use crate::rounding::{divide_half_up, power_of_ten};
use crate::{ArithmeticError, Percent, Quantity, UnitPrice};

/// An amount of money in the currency of its document: up to 16 digits and 2 decimals.
///
/// Schema: `TKwotowy` (`P_11`, `P_13_1`, `P_15` and the like), FA(2) and FA(3),
/// `-?([1-9]\d{0,15}|0)(\.\d{1,2})?`.
///
/// An amount prints as it was written: `2051` stays `2051`, `2051.00` stays `2051.00` and even
/// `-0.00` stays what it is. It is compared by value, so those first two are equal (and have the
/// same hash); compare the texts where the text matters. Whatever is computed with rounding has
/// two decimals. There is no division: every quotient that an invoice needs has a name and rounds
/// once, by [`divide_half_up`].
///
/// ```
/// use ksef_core::{Amount, ParseErrorReason};
///
/// let amount: Amount = "2051".parse()?;
/// assert_eq!(amount.to_string(), "2051");
/// assert_eq!(amount, "2051.00".parse()?);
///
/// let error = "2051.005".parse::<Amount>().unwrap_err();
/// assert_eq!(error.reason(), ParseErrorReason::Precision);
/// # Ok::<(), ksef_core::ParseError>(())
/// ```
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Amount(Number);

signed_number!(Amount);

impl Amount {
    const EXPECTED: &'static str = "amount";
    const FACETS: Facets = Facets { integer_digits: 16, decimals: 2 };

    /// An amount given as a whole number of minor units, with two decimals.
    ///
    /// `exponent` says how many decimals a minor unit is: 2 where 100 of them make one. With more
    /// than two, the digits beyond the second must be zeros; nothing is rounded here.
    ///
    /// ```
    /// use ksef_core::{Amount, ArithmeticError};
    ///
    /// assert_eq!(Amount::from_minor_units(1999, 2)?.to_string(), "19.99");
    /// assert_eq!(Amount::from_minor_units(500, 0)?.to_string(), "500.00");
    /// assert_eq!(Amount::from_minor_units(5120, 3)?.to_string(), "5.12");
    /// assert_eq!(Amount::from_minor_units(5124, 3), Err(ArithmeticError::Precision));
    /// # Ok::<(), ArithmeticError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ArithmeticError::Precision`] when a digit beyond the second decimal is not zero,
    /// [`ArithmeticError::Overflow`] when there are too many digits before the point.
    pub fn from_minor_units(units: impl Into<i128>, exponent: u8) -> Result<Self, ArithmeticError> {
        let exact = Self::FACETS.fit(units.into(), u32::from(exponent))?;
        Self::from_exact(exact.mantissa(), exact.scale())
    }

    /// The amount as a whole number of minor units.
    ///
    /// ```
    /// use ksef_core::{Amount, ArithmeticError};
    ///
    /// let amount = Amount::from_minor_units(1950, 2)?;
    /// assert_eq!(amount.to_minor_units(2), Ok(1950));
    /// assert_eq!(amount.to_minor_units(0), Err(ArithmeticError::Precision));
    /// # Ok::<(), ArithmeticError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ArithmeticError::Precision`] when the amount is no whole number of them,
    /// [`ArithmeticError::Overflow`] when the number has more digits than an `i128` holds.
    pub fn to_minor_units(self, exponent: u8) -> Result<i128, ArithmeticError> {
        let factor = 10_i128.checked_pow(u32::from(exponent));
        let units = factor.and_then(|factor| self.0.mantissa().checked_mul(factor));
        let units = units.ok_or(ArithmeticError::Overflow)?;
        let divisor = 10_i128.checked_pow(self.0.scale()).ok_or(ArithmeticError::Overflow)?;
        match (units.checked_div(divisor), units.checked_rem(divisor)) {
            (Some(units), Some(0)) => Ok(units),
            _ => Err(ArithmeticError::Precision),
        }
    }

    /// The exact sum; zero where there is nothing to add.
    ///
    /// ```
    /// use ksef_core::Amount;
    ///
    /// let amounts: [Amount; 3] = ["0.10".parse()?, "0.20".parse()?, "-1".parse()?];
    /// assert_eq!(Amount::checked_sum(amounts)?.to_string(), "-0.70");
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ArithmeticError::Overflow`] when there are too many digits before the point, on the way
    /// or at the end.
    pub fn checked_sum(amounts: impl IntoIterator<Item = Self>) -> Result<Self, ArithmeticError> {
        amounts.into_iter().try_fold(Self::ZERO, Self::checked_add)
    }

    /// A quantity times a price, rounded once to two decimals.
    ///
    /// ```
    /// use ksef_core::Amount;
    ///
    /// let amount = Amount::checked_product("3".parse()?, "0.335".parse()?)?;
    /// assert_eq!(amount.to_string(), "1.01");
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ArithmeticError::Overflow`] when there are too many digits before the point.
    pub fn checked_product(quantity: Quantity, price: UnitPrice) -> Result<Self, ArithmeticError> {
        Self::rounded_product(quantity.number(), price.number())
    }

    /// The amount in another currency, rounded once to two decimals.
    ///
    /// ```
    /// use ksef_core::Amount;
    ///
    /// let vat: Amount = "3118.80".parse()?;
    /// assert_eq!(vat.checked_convert("4.5005".parse()?)?.to_string(), "14036.16");
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ArithmeticError::Overflow`] when there are too many digits before the point.
    pub fn checked_convert(self, exchange_rate: Quantity) -> Result<Self, ArithmeticError> {
        Self::rounded_product(self.0, exchange_rate.number())
    }

    /// The tax on this net amount, rounded once to two decimals: net × rate ÷ 100.
    ///
    /// ```
    /// use ksef_core::Amount;
    ///
    /// let net: Amount = "10.45".parse()?;
    /// assert_eq!(net.checked_tax_on_net("23".parse()?)?.to_string(), "2.40");
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ArithmeticError::Overflow`], which no rate up to 100 can cause.
    pub fn checked_tax_on_net(self, rate: Percent) -> Result<Self, ArithmeticError> {
        let rate = rate.number();
        let exact = Self::exact_product(self.0, rate)?;
        // Percent: two decimals more.
        Self::FACETS.round(exact, self.0.scale() + rate.scale() + 2).map(Self)
    }

    /// The tax within this gross amount, rounded once to two decimals:
    /// gross × rate ÷ (100 + rate), art. 106e(7) and (8) of the VAT act.
    ///
    /// ```
    /// use ksef_core::Amount;
    ///
    /// let gross: Amount = "100.00".parse()?;
    /// assert_eq!(gross.checked_tax_in_gross("23".parse()?)?.to_string(), "18.70");
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ArithmeticError::Overflow`], which no rate up to 100 can cause.
    pub fn checked_tax_in_gross(self, rate: Percent) -> Result<Self, ArithmeticError> {
        let rate = rate.number();
        // In steps of the rate, 100 + rate; a rate is never negative.
        let whole = power_of_ten(rate.scale() + 2).saturating_add(rate.mantissa().unsigned_abs());
        let exact = Self::exact_product(self.0, rate)?;
        let dividend = exact.checked_mul(100).ok_or(ArithmeticError::Overflow)?;
        let divisor: NonZeroU128 = power_of_ten(self.0.scale()).saturating_mul(whole);
        Self::from_exact(divide_half_up(dividend, divisor), Self::FACETS.decimals)
    }

    /// All numbers here have up to 8 decimals, the product up to 14. A mantissa beyond an `i128`,
    /// that is beyond 10^38, therefore is a value beyond 10^24, and no amount holds 25 digits.
    fn exact_product(left: Number, right: Number) -> Result<i128, ArithmeticError> {
        left.mantissa().checked_mul(right.mantissa()).ok_or(ArithmeticError::Overflow)
    }

    fn rounded_product(left: Number, right: Number) -> Result<Self, ArithmeticError> {
        let exact = Self::exact_product(left, right)?;
        Self::FACETS.round(exact, left.scale() + right.scale()).map(Self)
    }

    /// With two decimals, and not rounded: the scale is two at most.
    fn from_exact(mantissa: i128, scale: u32) -> Result<Self, ArithmeticError> {
        Self::FACETS.round(mantissa, scale).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;
    use rust_decimal::Decimal;

    use super::*;
    use crate::ParseErrorReason;
    use crate::test_support::{assert_refuses_bad_text, reason};

    fn amount(text: &str) -> Amount {
        text.parse().unwrap()
    }

    #[test]
    fn every_kind_of_bad_text_has_its_reason() {
        assert_refuses_bad_text::<Amount>("-1234567890123456.12");
        for text in ["+1", "1,5", "1e3", "\u{661}", "\u{2212}1", "1_000", "NaN", "1'000"] {
            assert_eq!(reason::<Amount>(text), ParseErrorReason::Character, "{text}");
        }
        for text in ["-", ".", "-.5", ".5", "1.", "01", "00", "-01.5", "1-", "--1", "1.5.5", "1.-5"]
        {
            assert_eq!(reason::<Amount>(text), ParseErrorReason::Format, "{text}");
        }
        for text in ["1.123", "1.000", "12345678901234567", "-12345678901234567"] {
            assert_eq!(reason::<Amount>(text), ParseErrorReason::Precision, "{text}");
        }
    }

    #[test]
    fn an_amount_prints_as_it_was_written() {
        for text in ["0", "0.0", "0.00", "-0", "-0.0", "-0.00", "2051", "2051.0", "2051.00", "-0.5"]
        {
            assert_eq!(amount(text).to_string(), text);
        }
        assert_eq!(format!("{:>8}|{:<6}|{:.0}", amount("1.50"), amount("-2"), amount("0.99")), {
            "    1.50|-2    |0.99"
        });
    }

    #[test]
    fn amounts_of_one_value_are_one_amount() {
        let texts = ["0", "0.0", "-0.00", "2", "2.0", "2.00", "-2", "-2.0"];
        let distinct: HashSet<Amount> = texts.into_iter().map(amount).collect();
        assert_eq!(distinct.len(), 3);
        assert_eq!(amount("-0.00"), Amount::ZERO);
        assert!(!amount("-0.00").is_negative());
        assert!(amount("-0.00").is_zero());
        assert!(amount("-0.01") < amount("-0"));
        assert!(amount("1.9") < amount("1.91"));
    }

    #[test]
    fn a_computed_zero_has_no_sign() {
        assert_eq!(amount("-0.00").negated().to_string(), "0.00");
        assert_eq!(amount("0").negated().to_string(), "0");
        assert_eq!(amount("-0.00").checked_add(amount("-0")).unwrap().to_string(), "0.00");
        let tiny = Amount::checked_product("-0.001".parse().unwrap(), "1".parse().unwrap());
        assert_eq!(tiny.unwrap().to_string(), "0.00");
        let mut negative_zero = Decimal::new(0, 2);
        negative_zero.set_sign_negative(true);
        assert_eq!(Amount::try_from(negative_zero).unwrap().to_string(), "0.00");
    }

    #[test]
    fn the_largest_amounts_are_reached_and_not_passed() {
        let largest = amount("9999999999999999.99");
        let grosz = amount("0.01");
        assert_eq!(largest.checked_add(grosz), Err(ArithmeticError::Overflow));
        assert_eq!(largest.negated().checked_sub(grosz), Err(ArithmeticError::Overflow));
        assert_eq!(largest.checked_sub(grosz).unwrap().to_string(), "9999999999999999.98");
        assert_eq!(Amount::from_minor_units(i128::MAX, 2), Err(ArithmeticError::Overflow));
        assert_eq!(Amount::from_minor_units(i128::MIN, 0), Err(ArithmeticError::Overflow));
        assert_eq!(Amount::from_minor_units(999_999_999_999_999_999_i64, 2), Ok(largest));
        let product = Amount::checked_product(
            "9999999999999999.999999".parse().unwrap(),
            "99999999999999.99999999".parse().unwrap(),
        );
        assert_eq!(product, Err(ArithmeticError::Overflow));
        let rate = "9999999999999999.999999".parse().unwrap();
        assert_eq!(largest.checked_convert(rate), Err(ArithmeticError::Overflow));
        assert_eq!(largest.checked_tax_on_net(Percent::HUNDRED), Ok(largest));
        let half = largest.checked_tax_in_gross(Percent::HUNDRED).unwrap();
        assert_eq!(half.to_string(), "5000000000000000.00");
    }

    #[test]
    fn minor_units_of_any_exponent_are_exact_or_refused() {
        assert_eq!(Amount::from_minor_units(0, u8::MAX).unwrap().to_string(), "0.00");
        assert_eq!(Amount::from_minor_units(1, u8::MAX), Err(ArithmeticError::Precision));
        assert_eq!(Amount::from_minor_units(-1, 1).unwrap().to_string(), "-0.10");
        assert_eq!(amount("-5.12").to_minor_units(3), Ok(-5120));
        assert_eq!(amount("5").to_minor_units(0), Ok(5));
        assert_eq!(amount("5").to_minor_units(u8::MAX), Err(ArithmeticError::Overflow));
    }

    #[test]
    fn a_decimal_becomes_an_amount_without_rounding_unless_asked() {
        let value = Decimal::new(12_345, 3);
        assert_eq!(Amount::try_from(value), Err(ArithmeticError::Precision));
        assert_eq!(Amount::rounded(value).unwrap().to_string(), "12.35");
        assert_eq!(Amount::try_from(Decimal::new(12_500, 3)).unwrap().to_string(), "12.50");
        assert_eq!(Amount::try_from(Decimal::MAX), Err(ArithmeticError::Overflow));
        assert_eq!(Amount::rounded(Decimal::MIN), Err(ArithmeticError::Overflow));
        assert_eq!(amount("1.50").to_decimal().to_string(), "1.50");
    }

    #[test]
    fn published_examples_come_out() {
        let tax_in_gross = |gross: &str, rate: &str| {
            amount(gross).checked_tax_in_gross(rate.parse().unwrap()).unwrap().to_string()
        };
        assert_eq!(tax_in_gross("100.00", "21"), "17.36");
        assert_eq!(tax_in_gross("0.99", "21"), "0.17");
        let tax_on_net = |net: &str, rate: &str| {
            amount(net).checked_tax_on_net(rate.parse().unwrap()).unwrap().to_string()
        };
        assert_eq!(tax_on_net("13560", "23"), "3118.80");
        assert_eq!(tax_on_net("0.10", "8"), "0.01");
        assert_eq!(tax_on_net("0.10", "5"), "0.01");
        assert_eq!(tax_on_net("-0.10", "5"), "-0.01");
    }

    /// Long multiplication and rounding as in school, on vectors of digits.
    mod school {
        /// The digits without sign and point, the last one first, and the number of decimals.
        fn digits(text: &str) -> (Vec<u8>, usize) {
            let text = text.trim_start_matches('-');
            let decimals = text.split_once('.').map_or(0, |(_, fraction)| fraction.len());
            let digits = text.bytes().rev().filter(u8::is_ascii_digit).map(|byte| byte - b'0');
            (digits.collect(), decimals)
        }

        fn multiply(left: &[u8], right: &[u8]) -> Vec<u8> {
            let mut sums = vec![0_u32; left.len() + right.len() + 1];
            for (i, &left) in left.iter().enumerate() {
                for (j, &right) in right.iter().enumerate() {
                    sums[i + j] += u32::from(left) * u32::from(right);
                }
            }
            carry(&mut sums);
            sums.into_iter().map(|digit| u8::try_from(digit).unwrap()).collect()
        }

        fn carry(sums: &mut [u32]) {
            for position in 1..sums.len() {
                sums[position] += sums[position - 1] / 10;
                sums[position - 1] %= 10;
            }
        }

        /// The product with two decimals, of any length.
        pub(super) fn product(left: &str, right: &str) -> String {
            let is_negative = left.starts_with('-') != right.starts_with('-');
            let ((left, left_decimals), (right, right_decimals)) = (digits(left), digits(right));
            let mut digits: Vec<u32> = multiply(&left, &right).into_iter().map(u32::from).collect();
            let decimals = left_decimals + right_decimals;
            for _ in decimals..2 {
                digits.insert(0, 0);
            }
            if decimals > 2 {
                let cut: Vec<u32> = digits.drain(..decimals - 2).collect();
                digits[0] += u32::from(cut.last().is_some_and(|&digit| digit >= 5));
                digits.push(0);
                carry(&mut digits);
            }
            while digits.len() > 3 && digits.last() == Some(&0) {
                digits.pop();
            }
            let is_zero = digits.iter().all(|&digit| digit == 0);
            let sign = if is_negative && !is_zero { "-" } else { "" };
            let mut text: String = digits.iter().map(u32::to_string).collect();
            text.insert(2, '.');
            sign.to_owned() + &text.chars().rev().collect::<String>()
        }
    }

    /// What our arithmetic says, in the form of the school's answer where it fits an amount.
    fn agrees(ours: Result<Amount, ArithmeticError>, school: &str) -> bool {
        let fits = school.trim_start_matches('-').len() <= "1234567890123456.12".len();
        match ours {
            Ok(ours) => ours.to_string() == school,
            Err(error) => error == ArithmeticError::Overflow && !fits,
        }
    }

    #[test]
    fn the_school_can_multiply() {
        assert_eq!(school::product("-1.5", "3"), "-4.50");
        assert_eq!(school::product("0.335", "3"), "1.01");
        assert_eq!(school::product("-0.001", "3"), "0.00");
        assert_eq!(school::product("9.999", "1.000"), "10.00");
        assert_eq!(school::product("99", "99"), "9801.00");
    }

    proptest! {
        #[test]
        fn what_is_printed_parses_to_the_same_text(amount: Amount) {
            let text = amount.to_string();
            prop_assert_eq!(text.parse::<Amount>().unwrap().to_string(), text.clone());
            prop_assert_eq!(text.parse(), Ok(amount));
            prop_assert_eq!(Amount::try_from(amount.to_decimal()), Ok(amount));
        }

        #[test]
        fn products_are_those_of_long_multiplication(quantity: Quantity, price: UnitPrice) {
            let school = school::product(&quantity.to_string(), &price.to_string());
            prop_assert!(agrees(Amount::checked_product(quantity, price), &school), "{school}");
        }

        #[test]
        fn conversions_and_taxes_are_those_of_long_multiplication(
            amount: Amount, exchange_rate: Quantity, rate: Percent,
        ) {
            let school = school::product(&amount.to_string(), &exchange_rate.to_string());
            prop_assert!(agrees(amount.checked_convert(exchange_rate), &school), "{school}");
            let hundredth = (rate.to_decimal() * Decimal::new(1, 2)).to_string();
            let school = school::product(&amount.to_string(), &hundredth);
            prop_assert!(agrees(amount.checked_tax_on_net(rate), &school), "{school}");
        }

        /// tax = gross · r / (100 + r) means that tax · (100 + r) is within half a grosz of it.
        #[test]
        fn the_tax_in_a_gross_amount_is_the_nearest(amount: Amount, rate: Percent) {
            let tax = amount.checked_tax_in_gross(rate).unwrap().to_minor_units(2).unwrap();
            let gross = amount.to_minor_units(2).unwrap();
            let mut rate = rate.to_decimal();
            rate.rescale(6);
            let (rate, whole) = (rate.mantissa(), rate.mantissa() + 100_000_000);
            let distance = 2 * (tax * whole - gross * rate) * gross.signum();
            prop_assert!(-whole < distance && distance <= whole);
        }

        #[test]
        fn sums_are_those_of_whole_grosze(amounts in prop::collection::vec(any::<Amount>(), 0..5)) {
            let grosze: i128 = amounts.iter().map(|amount| amount.to_minor_units(2).unwrap()).sum();
            match Amount::checked_sum(amounts.iter().copied()) {
                Ok(sum) => prop_assert_eq!(sum.to_minor_units(2), Ok(grosze)),
                Err(error) => prop_assert_eq!(error, ArithmeticError::Overflow),
            }
            if let [first, second, ..] = amounts.as_slice() {
                let there_and_back = first.checked_sub(*second).and_then(|difference| difference.checked_add(*second));
                prop_assert!(there_and_back.is_err() || there_and_back == Ok(*first));
                let texts = (first.to_minor_units(2).unwrap(), second.to_minor_units(2).unwrap());
                prop_assert_eq!(first.cmp(second), texts.0.cmp(&texts.1));
            }
        }
    }
}
