//! Decimal numbers of any length, as text.

use core::cmp::Ordering;

/// A number, without the zeros that do not matter.
#[derive(Clone, Copy, Debug)]
pub(super) struct Number<'a> {
    is_negative: bool,
    whole: &'a str,
    fraction: &'a str,
}

impl<'a> Number<'a> {
    /// A sign or none, digits, and a point with digits or none; at least one digit.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let has_sign = matches!(text.as_bytes().first(), Some(b'+' | b'-'));
        let unsigned = text.get(usize::from(has_sign)..)?;
        let point = unsigned.bytes().position(|byte| byte == b'.').unwrap_or(unsigned.len());
        let (whole, fraction) = (unsigned.get(..point)?, unsigned.get(point + 1..).unwrap_or(""));
        let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if (whole.is_empty() && fraction.is_empty()) || !are_digits(whole) || !are_digits(fraction)
        {
            return None;
        }
        let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
        let is_zero = whole.is_empty() && fraction.is_empty();
        Some(Self { is_negative: text.starts_with('-') && !is_zero, whole, fraction })
    }

    pub(super) const fn is_negative(self) -> bool {
        self.is_negative
    }

    pub(super) const fn fraction_digits(self) -> usize {
        self.fraction.len()
    }

    pub(super) const fn total_digits(self) -> usize {
        self.whole.len() + self.fraction.len()
    }

    fn compare_size(self, other: Self) -> Ordering {
        let whole = self.whole.len().cmp(&other.whole.len()).then(self.whole.cmp(other.whole));
        whole.then(self.fraction.cmp(other.fraction))
    }
}

impl Ord for Number<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.is_negative, other.is_negative) {
            (false, false) => self.compare_size(*other),
            (true, true) => other.compare_size(*self),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
        }
    }
}

impl PartialOrd for Number<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Eq for Number<'_> {}

impl PartialEq for Number<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}
