//! What all decimal types of the schema share.

use core::cmp::Ordering;
use core::fmt;
use core::hash::{Hash, Hasher};

use rust_decimal::Decimal;

use crate::rounding::{divide_half_up, power_of_ten};
use crate::{ParseError, ParseErrorReason};

/// A result that its type does not hold.
///
/// ```
/// use ksef_core::{Amount, ArithmeticError};
///
/// let largest: Amount = "9999999999999999.99".parse()?;
/// let grosz: Amount = "0.01".parse()?;
/// assert_eq!(largest.checked_add(grosz), Err(ArithmeticError::Overflow));
/// # Ok::<(), ksef_core::ParseError>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum ArithmeticError {
    /// More digits before the point than the schema's type holds.
    Overflow,
    /// More decimals than the schema's type holds, where nothing may be rounded.
    Precision,
    /// Outside of the bounds that the schema's type has besides its digits.
    OutOfRange,
}

impl fmt::Display for ArithmeticError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Overflow => "the number has too many digits before the point",
            Self::Precision => "the number has too many decimals",
            Self::OutOfRange => "the number is out of range",
        })
    }
}

impl core::error::Error for ArithmeticError {}

/// How many digits a type of the schema holds before and after the point.
#[derive(Clone, Copy)]
pub(crate) struct Facets {
    pub(crate) integer_digits: u32,
    pub(crate) decimals: u32,
}

impl Facets {
    /// Accepts a number that fits once zeros at its end are dropped.
    pub(crate) fn fit(self, mantissa: i128, scale: u32) -> Result<Number, ArithmeticError> {
        let (mut mantissa, mut scale) = (mantissa, scale);
        while scale > self.decimals {
            if mantissa % 10 != 0 {
                return Err(ArithmeticError::Precision);
            }
            (mantissa, scale) = (mantissa / 10, scale - 1);
        }
        if mantissa.unsigned_abs() >= power_of_ten(self.integer_digits + scale).get() {
            return Err(ArithmeticError::Overflow);
        }
        let value = Decimal::try_from_i128_with_scale(mantissa, scale);
        value.map(Number::from).map_err(|_| ArithmeticError::Overflow)
    }

    /// Rounds to all decimals of the type, whatever the scale was.
    pub(crate) fn round(self, mantissa: i128, scale: u32) -> Result<Number, ArithmeticError> {
        let mantissa = if scale > self.decimals {
            divide_half_up(mantissa, power_of_ten(scale - self.decimals))
        } else {
            scaled(mantissa, self.decimals - scale)?
        };
        self.fit(mantissa, self.decimals)
    }

    /// Reads `-?([1-9]\d{0,n}|0)(\.\d{1,m})?`.
    pub(crate) fn parse(self, text: &str, expected: &'static str) -> Result<Number, ParseError> {
        self.parse_with_reason(text).map_err(|reason| ParseError::new(expected, reason))
    }

    fn parse_with_reason(self, text: &str) -> Result<Number, ParseErrorReason> {
        let Self { integer_digits, decimals } = self;
        if text.is_empty() {
            return Err(ParseErrorReason::Empty);
        }
        if text.chars().count() > "-.".len() + (integer_digits + decimals) as usize {
            return Err(ParseErrorReason::Length);
        }
        if !text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-' || byte == b'.') {
            return Err(ParseErrorReason::Character);
        }
        let unsigned = text.strip_prefix('-').unwrap_or(text);
        let (integer, fraction) = match unsigned.split_once('.') {
            Some((_, "")) => return Err(ParseErrorReason::Format),
            Some(parts) => parts,
            None => (unsigned, ""),
        };
        let has_leading_zero = integer.len() > 1 && integer.starts_with('0');
        if integer.is_empty() || has_leading_zero || !is_digits(integer) || !is_digits(fraction) {
            return Err(ParseErrorReason::Format);
        }
        if integer.len() > integer_digits as usize || fraction.len() > decimals as usize {
            return Err(ParseErrorReason::Precision);
        }
        let magnitude = from_digits(integer, fraction).ok_or(ParseErrorReason::Precision)?;
        Ok(if text.starts_with('-') { magnitude.negative_as_written() } else { magnitude })
    }
}

/// The number in steps that are smaller by a power of ten.
fn scaled(mantissa: i128, exponent: u32) -> Result<i128, ArithmeticError> {
    let factor = i128::try_from(power_of_ten(exponent).get()).ok();
    factor.and_then(|factor| mantissa.checked_mul(factor)).ok_or(ArithmeticError::Overflow)
}

pub(crate) fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The number with these ASCII digits before and after the point.
pub(crate) fn from_digits(integer: &str, fraction: &str) -> Option<Number> {
    let mut mantissa = 0_i128;
    for digit in integer.bytes().chain(fraction.bytes()) {
        let digit = i128::from(digit.checked_sub(b'0')?);
        mantissa = mantissa.checked_mul(10)?.checked_add(digit)?;
    }
    let scale = u32::try_from(fraction.len()).ok()?;
    Decimal::try_from_i128_with_scale(mantissa, scale).ok().map(Number::from)
}

/// A decimal that remembers how it was written: its scale, and the sign even of a zero.
///
/// Compared and hashed by value. The sign of a zero is kept here because `Decimal` drops it in
/// most places, and keeps it in others, where it breaks equality and hash.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Number {
    value: Decimal,
    is_negative_zero: bool,
}

impl Number {
    pub(crate) const ZERO: Self = Self { value: Decimal::ZERO, is_negative_zero: false };
    pub(crate) const ONE: Self = Self { value: Decimal::ONE, is_negative_zero: false };
    pub(crate) const HUNDRED: Self = Self { value: Decimal::ONE_HUNDRED, is_negative_zero: false };

    pub(crate) const fn value(self) -> Decimal {
        self.value
    }

    pub(crate) const fn mantissa(self) -> i128 {
        self.value.mantissa()
    }

    pub(crate) const fn scale(self) -> u32 {
        self.value.scale()
    }

    fn negative_as_written(self) -> Self {
        if self.value.is_zero() {
            Self { is_negative_zero: true, ..self }
        } else {
            Self::from(-self.value)
        }
    }

    /// The exact sum, with the longer scale of the two.
    pub(crate) fn add(self, other: Self, facets: Facets) -> Result<Self, ArithmeticError> {
        let scale = self.scale().max(other.scale());
        let left = scaled(self.mantissa(), scale - self.scale())?;
        let right = scaled(other.mantissa(), scale - other.scale())?;
        facets.fit(left.checked_add(right).ok_or(ArithmeticError::Overflow)?, scale)
    }

    pub(crate) fn negated(self) -> Self {
        Self::from(-self.value)
    }
}

impl From<Decimal> for Number {
    fn from(mut value: Decimal) -> Self {
        if value.is_zero() {
            value.set_sign_positive(true);
        }
        Self { value, is_negative_zero: false }
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl Eq for Number {}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        self.value.cmp(&other.value)
    }
}

impl Hash for Number {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.value.hash(state);
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_negative = self.is_negative_zero || self.value.is_sign_negative();
        // Not `Decimal`'s own padding, which takes a precision and would cut digits off.
        f.pad_integral(!is_negative, "", &self.value.abs().to_string())
    }
}

/// Numbers that fit the facets, of every scale, among them many small ones.
#[cfg(any(test, feature = "proptest"))]
pub(crate) fn any_number(facets: Facets) -> impl proptest::strategy::Strategy<Value = Number> {
    use proptest::prelude::*;

    (0..=facets.decimals, any::<bool>()).prop_flat_map(move |(scale, is_negative)| {
        let end = power_of_ten(facets.integer_digits + scale).get();
        prop_oneof![0..end, 0..end.min(10_000)].prop_filter_map("too large", move |magnitude| {
            let magnitude = facets.fit(i128::try_from(magnitude).ok()?, scale).ok()?;
            Some(if is_negative { magnitude.negative_as_written() } else { magnitude })
        })
    })
}

/// Gives a newtype over `Number` with `EXPECTED` and `FACETS` what all decimal types have.
macro_rules! number_traits {
    ($type:ident) => {
        impl $type {
            /// Nothing.
            pub const ZERO: Self = Self($crate::number::Number::ZERO);

            /// The value, with the scale in which it was written.
            #[must_use]
            pub const fn to_decimal(self) -> rust_decimal::Decimal {
                self.0.value()
            }

            /// Whether the value is zero, in whatever way it was written.
            #[must_use]
            pub const fn is_zero(self) -> bool {
                self.0.value().is_zero()
            }
        }

        impl core::fmt::Display for $type {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl TryFrom<&str> for $type {
            type Error = $crate::ParseError;

            fn try_from(text: &str) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        $crate::text::debug_as_text!($type);
        $crate::text::serde_as_text!($type);
    };
}
pub(crate) use number_traits;

/// Gives a signed type of the schema that has a pattern its parser, conversions and sums.
macro_rules! signed_number {
    ($type:ident) => {
        $crate::number::number_traits!($type);

        impl $type {
            /// The value, rounded half up to all decimals that the type has.
            ///
            /// # Errors
            ///
            /// [`ArithmeticError::Overflow`] when there are too many digits before the point.
            pub fn rounded(value: rust_decimal::Decimal) -> Result<Self, ArithmeticError> {
                Self::FACETS.round(value.mantissa(), value.scale()).map(Self)
            }

            /// The exact sum, with the longer scale of the two.
            ///
            /// # Errors
            ///
            /// [`ArithmeticError::Overflow`] when there are too many digits before the point.
            pub fn checked_add(self, other: Self) -> Result<Self, ArithmeticError> {
                self.0.add(other.0, Self::FACETS).map(Self)
            }

            /// The exact difference, with the longer scale of the two.
            ///
            /// # Errors
            ///
            /// [`ArithmeticError::Overflow`] when there are too many digits before the point.
            pub fn checked_sub(self, other: Self) -> Result<Self, ArithmeticError> {
                self.0.add(other.0.negated(), Self::FACETS).map(Self)
            }

            /// The same number on the other side of zero; zero is written without a sign then.
            #[must_use]
            pub fn negated(self) -> Self {
                Self(self.0.negated())
            }

            /// Whether the value is below zero.
            #[must_use]
            pub const fn is_negative(self) -> bool {
                self.0.mantissa() < 0
            }
        }

        impl core::str::FromStr for $type {
            type Err = $crate::ParseError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::FACETS.parse(text, Self::EXPECTED).map(Self)
            }
        }

        /// Nothing is rounded: zeros too many at the end are dropped, other digits refused.
        impl TryFrom<rust_decimal::Decimal> for $type {
            type Error = ArithmeticError;

            fn try_from(value: rust_decimal::Decimal) -> Result<Self, Self::Error> {
                Self::FACETS.fit(value.mantissa(), value.scale()).map(Self)
            }
        }

        #[cfg(any(test, feature = "proptest"))]
        impl proptest::arbitrary::Arbitrary for $type {
            type Parameters = ();
            type Strategy = proptest::strategy::BoxedStrategy<Self>;

            fn arbitrary_with((): Self::Parameters) -> Self::Strategy {
                use proptest::strategy::Strategy as _;

                $crate::number::any_number(Self::FACETS).prop_map(Self).boxed()
            }
        }
    };
}
pub(crate) use signed_number;
