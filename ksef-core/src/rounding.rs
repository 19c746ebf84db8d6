//! The one function that rounds.

use core::num::NonZeroU128;

/// Divides and rounds half up on the absolute value, so 0.5 becomes 1 and -0.5 becomes -1.
///
/// This is the rounding of art. 106e(11) of the VAT act: an end below half a grosz is dropped, an
/// end of half a grosz or more becomes a whole one. Nothing else in these crates rounds. The
/// dividend must be exact, for rounding twice is wrong: 0.445 is 0.44 or 0.45 and never 0.5.
///
/// ```
/// use core::num::NonZeroU128;
/// use ksef_core::divide_half_up;
///
/// let hundred = NonZeroU128::new(100).ok_or("zero")?;
/// assert_eq!(divide_half_up(249, hundred), 2);
/// assert_eq!(divide_half_up(250, hundred), 3);
/// assert_eq!(divide_half_up(-250, hundred), -3);
/// # Ok::<(), &str>(())
/// ```
#[must_use]
pub fn divide_half_up(dividend: i128, divisor: NonZeroU128) -> i128 {
    let magnitude = dividend.unsigned_abs();
    let remainder = magnitude % divisor;
    let is_half_or_more = remainder >= divisor.get() - remainder;
    let rounded = magnitude / divisor + u128::from(is_half_or_more);
    // Never larger than the dividend, so the saturation is never reached.
    if dividend < 0 {
        0_i128.saturating_sub_unsigned(rounded)
    } else {
        0_i128.saturating_add_unsigned(rounded)
    }
}

/// Ten to this power. Numbers here have at most 38 digits; beyond that it is the largest power.
pub(crate) fn power_of_ten(exponent: u32) -> NonZeroU128 {
    TEN.saturating_pow(exponent.min(38))
}

const TEN: NonZeroU128 = NonZeroU128::MIN.saturating_add(9);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn divide(dividend: i128, divisor: u128) -> i128 {
        divide_half_up(dividend, NonZeroU128::new(divisor).unwrap())
    }

    #[test]
    fn a_half_goes_away_from_zero_and_less_goes_towards_it() {
        for (dividend, rounded) in [(0, 0), (4, 0), (5, 1), (14, 1), (15, 2), (25, 3), (26, 3)] {
            assert_eq!(divide(dividend, 10), rounded);
            assert_eq!(divide(-dividend, 10), -rounded);
        }
        assert_eq!(divide(1, 3), 0);
        assert_eq!(divide(3, 6), 1);
        assert_eq!(divide(3, 7), 0);
    }

    #[test]
    fn the_largest_numbers_do_not_overflow() {
        assert_eq!(divide(i128::MAX, 1), i128::MAX);
        assert_eq!(divide(i128::MIN, 1), i128::MIN);
        assert_eq!(divide(i128::MIN, u128::MAX), -1);
        assert_eq!(divide(i128::MAX, u128::MAX), 0);
        assert_eq!(power_of_ten(0).get(), 1);
        assert_eq!(power_of_ten(38).get(), 10_u128.pow(38));
        assert_eq!(power_of_ten(u32::MAX).get(), 10_u128.pow(38));
    }

    proptest! {
        /// Compared with the decimal digits: cut the last ones off and look at the first of them.
        #[test]
        fn dividing_by_a_power_of_ten_looks_at_one_digit(
            dividend in -(10_i128.pow(36))..10_i128.pow(36),
            exponent in 1_u32..36,
        ) {
            let digits = format!("{:0>40}", dividend.unsigned_abs());
            let (kept, cut) = digits.split_at(40 - exponent as usize);
            let kept: i128 = kept.parse().unwrap();
            let rounded = if cut.as_bytes()[0] >= b'5' { kept + 1 } else { kept };
            let expected = if dividend < 0 { -rounded } else { rounded };
            prop_assert_eq!(divide_half_up(dividend, power_of_ten(exponent)), expected);
        }

        /// The result is the multiple nearest to the dividend, and of two the farther from zero.
        #[test]
        fn the_result_is_the_nearest(dividend: i64, divisor in 1_i64..) {
            let (dividend, divisor) = (i128::from(dividend), i128::from(divisor));
            let rounded = divide(dividend, divisor.unsigned_abs());
            let distance = 2 * (rounded * divisor - dividend) * dividend.signum();
            prop_assert!(-divisor < distance && distance <= divisor);
        }
    }
}
