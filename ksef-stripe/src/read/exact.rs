//! Decimals that are read as they are written.

use rust_decimal::Decimal;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// A decimal, be it a JSON number or text. It never is a float on the way.
#[derive(Clone, Copy)]
pub(super) struct Exact(pub(super) Decimal);

impl<'de> Deserialize<'de> for Exact {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?;
        read(raw.get()).map(Self).ok_or_else(|| D::Error::custom("not a decimal"))
    }
}

fn read(json: &str) -> Option<Decimal> {
    let text = json.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(json);
    let is_decimal = |byte: u8| byte.is_ascii_digit() || b"+-.eE".contains(&byte);
    if text.is_empty() || !text.bytes().all(is_decimal) {
        return None;
    }
    let decimal = if text.contains(['e', 'E']) {
        Decimal::from_scientific(text).ok()?
    } else {
        Decimal::from_str_exact(text).ok()?
    };
    Some(decimal.normalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_keep_every_digit_and_anything_else_is_none() {
        let known = [("\"0.0000125\"", "0.0000125"), ("23", "23"), ("8.0", "8"), ("2.3e1", "23")];
        for (json, decimal) in known {
            assert_eq!(read(json).map(|found| found.to_string()).as_deref(), Some(decimal));
        }
        for json in ["\"\"", "true", "null", "\"1,5\"", "\"0x1\"", "[]", "\"1_000\""] {
            assert_eq!(read(json), None, "{json}");
        }
    }
}
