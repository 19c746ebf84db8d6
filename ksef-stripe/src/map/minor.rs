//! Amounts in minor units: what Stripe counts in, and in which steps it rounds.

use core::num::NonZeroU128;

use ksef_core::{Amount, Currency, divide_half_up};
use rust_decimal::Decimal;

/// How a currency is counted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Minor {
    pub(crate) currency: Currency,
    exponent: u8,
}

impl Minor {
    pub(crate) fn of(currency: Currency) -> Option<Self> {
        currency.minor_unit_exponent().map(|exponent| Self { currency, exponent })
    }

    pub(crate) const fn exponent(self) -> u8 {
        self.exponent
    }

    /// The smallest difference between two amounts: with three decimals Stripe's last digit is 0.
    pub(crate) const fn step(self) -> i128 {
        if self.exponent == 3 { 10 } else { 1 }
    }

    pub(crate) fn amount(self, units: i128) -> Option<Amount> {
        Amount::from_minor_units(units, self.exponent).ok()
    }

    /// The tax on a net amount, rounded once to a step.
    pub(crate) fn tax_on_net(self, net: i128, percent: Decimal) -> Option<i128> {
        let (mantissa, scale) = parts(percent)?;
        let divisor = scale.checked_mul(100)?.checked_mul(self.step().unsigned_abs())?;
        self.rounded(net.checked_mul(mantissa)?, divisor)
    }

    /// The tax within a gross amount: gross × rate ÷ (100 + rate), rounded once to a step.
    pub(crate) fn tax_in_gross(self, gross: i128, percent: Decimal) -> Option<i128> {
        let (mantissa, scale) = parts(percent)?;
        let whole = scale.checked_mul(100)?.checked_add(mantissa.unsigned_abs())?;
        self.rounded(gross.checked_mul(mantissa)?, whole.checked_mul(self.step().unsigned_abs())?)
    }

    fn rounded(self, dividend: i128, divisor: u128) -> Option<i128> {
        let steps = divide_half_up(dividend, NonZeroU128::new(divisor)?);
        steps.checked_mul(self.step())
    }
}

/// A decimal that is not negative, as a mantissa and the power of ten below it.
fn parts(percent: Decimal) -> Option<(i128, u128)> {
    let scale = 10_u128.checked_pow(percent.scale())?;
    (!percent.is_sign_negative()).then_some((percent.mantissa(), scale))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minor(currency: Currency) -> Minor {
        Minor::of(currency).unwrap()
    }

    #[test]
    fn tax_is_rounded_half_up_once() {
        let euro = minor(Currency::Eur);
        let rate = Decimal::from(21);
        let by_line = [295, 750].map(|net| euro.tax_on_net(net, rate).unwrap());
        assert_eq!((by_line, euro.tax_on_net(1045, rate)), ([62, 158], Some(219)));
        assert_eq!(euro.tax_in_gross(10_000, rate), Some(1736));
        assert_eq!(euro.tax_in_gross(99, rate), Some(17));
    }

    #[test]
    fn the_last_of_three_decimals_is_zero() {
        let dinar = minor(Currency::Kwd);
        assert_eq!(dinar.tax_on_net(10_050, Decimal::from(23)), Some(2310));
        assert_eq!(dinar.step(), 10);
    }

    #[test]
    fn isk_ugx_huf_and_twd_have_two_decimals_and_jpy_none() {
        for currency in [Currency::Isk, Currency::Ugx, Currency::Huf, Currency::Twd] {
            assert_eq!(minor(currency).amount(12_345).unwrap().to_string(), "123.45");
        }
        assert_eq!(minor(Currency::Jpy).amount(12_345).unwrap().to_string(), "12345.00");
    }
}
