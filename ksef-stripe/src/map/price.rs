//! Quantity and unit price of a line, as the schema holds them.

use core::num::NonZeroU128;

use ksef_core::{Amount, Quantity, UnitPrice, divide_half_up};
use rust_decimal::Decimal;

use super::minor::Minor;

/// Decimals of `P_9A`.
const PRICE_DECIMALS: u32 = 8;

/// What `P_8B` and `P_9A` say.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Pricing {
    pub(super) quantity: Quantity,
    pub(super) price: UnitPrice,
    pub(super) kind: Kind,
}

/// Where the price comes from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    /// From Stripe.
    Given,
    /// From value and quantity.
    Derived,
    /// One unit of the whole value.
    LumpSum,
}

impl Pricing {
    /// The price of a line of this net value, by the first way that gives the value to the grosz.
    pub(super) fn of(
        value: Amount,
        quantity: Option<Decimal>,
        unit_amount: Option<Decimal>,
        minor: Minor,
    ) -> Option<Self> {
        let lump_sum = || {
            let price = value.to_string().parse().ok()?;
            Some(Self { quantity: Quantity::ONE, price, kind: Kind::LumpSum })
        };
        let Some(quantity) = quantity.and_then(in_schema).filter(|it| *it > Quantity::ZERO) else {
            return lump_sum();
        };
        let is_right = |price: &UnitPrice| {
            Amount::checked_product(quantity, *price).is_ok_and(|product| product == value)
        };
        let given = unit_amount.and_then(|units| in_major_units(units, minor)).filter(is_right);
        if let Some(price) = given {
            return Some(Self { quantity, price, kind: Kind::Given });
        }
        match quotient(value, quantity).filter(is_right) {
            Some(price) => Some(Self { quantity, price, kind: Kind::Derived }),
            None => lump_sum(),
        }
    }
}

/// The quantity, if it has no more than six decimals.
fn in_schema(quantity: Decimal) -> Option<Quantity> {
    quantity.normalize().to_string().parse().ok()
}

fn in_major_units(units: Decimal, minor: Minor) -> Option<UnitPrice> {
    let scale = units.scale().checked_add(u32::from(minor.exponent()))?;
    let price = Decimal::try_from_i128_with_scale(units.mantissa(), scale).ok()?;
    price.normalize().to_string().parse().ok()
}

/// Value ÷ quantity, rounded once to the decimals of a price.
fn quotient(value: Amount, quantity: Quantity) -> Option<UnitPrice> {
    let (value, quantity) = (value.to_decimal(), quantity.to_decimal());
    let up = PRICE_DECIMALS.checked_add(quantity.scale())?.checked_sub(value.scale())?;
    let dividend = value.mantissa().checked_mul(10_i128.checked_pow(up)?)?;
    let divisor = NonZeroU128::new(quantity.mantissa().unsigned_abs())?;
    let mantissa = divide_half_up(dividend, divisor);
    let price = Decimal::try_from_i128_with_scale(mantissa, PRICE_DECIMALS).ok()?;
    price.normalize().to_string().parse().ok()
}

#[cfg(test)]
mod tests {
    use ksef_core::Currency;

    use super::*;

    fn pricing(value: &str, quantity: &str, unit: Option<&str>) -> (String, String, Kind) {
        let decimal = |text: &str| text.parse::<Decimal>().unwrap();
        let minor = Minor::of(Currency::Pln).unwrap();
        let found =
            Pricing::of(value.parse().unwrap(), Some(decimal(quantity)), unit.map(decimal), minor);
        let found = found.unwrap();
        (found.quantity.to_string(), found.price.to_string(), found.kind)
    }

    #[test]
    fn the_given_price_is_taken_where_it_gives_the_value() {
        let found = pricing("58.00", "2", Some("2900"));
        assert_eq!(found, ("2".into(), "29".into(), Kind::Given));
        let found = pricing("1.54", "123456.789", Some("0.00125"));
        assert_eq!(found, ("123456.789".into(), "0.0000125".into(), Kind::Given));
        // With nine decimals it is nothing that a price holds.
        let found = pricing("0.02", "123456.789", Some("0.0000125"));
        assert_eq!(found, ("123456.789".into(), "0.00000016".into(), Kind::Derived));
    }

    #[test]
    fn a_discount_is_in_the_price() {
        assert_eq!(pricing("156.60", "6", Some("2900")).1, "26.1");
        assert_eq!(pricing("100.00", "3", Some("5000")).1, "33.33333333");
    }

    #[test]
    fn a_line_is_a_lump_sum_where_nothing_else_gives_its_value() {
        let found = pricing("10.00", "1.1234567", None);
        assert_eq!(found, ("1".into(), "10.00".into(), Kind::LumpSum));
        assert_eq!(pricing("10.00", "0", None).2, Kind::LumpSum);
        assert_eq!(pricing("10000000000.01", "9999999999999999", None).2, Kind::LumpSum);
        assert_eq!(pricing("-10.00", "4", None), ("4".into(), "-2.5".into(), Kind::Derived));
    }
}
