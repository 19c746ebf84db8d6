//! Exact numbers in JSON: as what they are, digit by digit, and never as a float.

use rust_decimal::Decimal;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

pub(crate) fn serialize<S: Serializer>(number: &Decimal, serializer: S) -> Result<S::Ok, S::Error> {
    let text = RawValue::from_string(number.to_string());
    text.map_err(serde::ser::Error::custom)?.serialize(serializer)
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Decimal, D::Error> {
    let text = <&RawValue>::deserialize(deserializer)?;
    parse(text).ok_or_else(|| D::Error::custom("a number is expected"))
}

/// The number of a JSON value; with or without an exponent.
fn parse(value: &RawValue) -> Option<Decimal> {
    let text = value.get();
    text.parse().or_else(|_| Decimal::from_scientific(text)).ok()
}

/// The same where there may be none.
pub(crate) mod option {
    use super::{Decimal, Deserialize, Deserializer, Error, RawValue, parse};

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Decimal>, D::Error> {
        let Some(text) = Option::<&RawValue>::deserialize(deserializer)? else {
            return Ok(None);
        };
        parse(text).map(Some).ok_or_else(|| D::Error::custom("a number is expected"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize, PartialEq, Serialize)]
    struct Money(#[serde(with = "super")] Decimal);

    #[test]
    fn every_digit_survives() {
        for json in ["0.10", "-9999999999999999.99", "208000000000000000.01", "7"] {
            let money: Money = serde_json::from_str(json).unwrap();
            assert_eq!(serde_json::to_string(&money).unwrap(), json);
        }
    }

    #[test]
    fn an_exponent_is_read_and_anything_but_a_number_is_refused() {
        assert_eq!(serde_json::from_str::<Money>("1.5e2").unwrap(), Money(Decimal::from(150)),);
        for json in ["\"1\"", "true", "[1]", "1e400"] {
            assert!(serde_json::from_str::<Money>(json).is_err(), "{json}");
        }
    }
}
