//! Payment cards are taken out of what is stored.

use core::fmt;

use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::{MAX_SOURCE_BYTES, ReadError, ReadErrorCode};

/// How deep objects may be nested.
const MAX_DEPTH: usize = 100;

/// Fields about cards, and secrets with which one pays.
const FIELDS: [&str; 22] = [
    "authorization_code",
    "card",
    "card_present",
    "client_secret",
    "confirmation_secret",
    "cvc_check",
    "default_payment_method",
    "default_source",
    "exp_month",
    "exp_year",
    "fingerprint",
    "iin",
    "interac_present",
    "kr_card",
    "last4",
    "network_token",
    "network_transaction_id",
    "payment_method_options",
    "sources",
    "three_d_secure",
    "three_d_secure_usage",
    "wallet",
];

/// The same JSON without fields about payment cards, at any depth; everything else stays as it is
/// written, digit for digit.
///
/// What is stored as the source of a document is this.
///
/// ```
/// let source = br#"{"id":"in_1","charge":{"payment_method_details":{"card":{"last4":"4242"},"type":"card"}},"total":1.50}"#;
/// let stored = ksef_stripe::without_cards(source)?;
/// assert_eq!(
///     String::from_utf8(stored)?,
///     r#"{"id":"in_1","charge":{"payment_method_details":{"type":"card"}},"total":1.50}"#,
/// );
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
///
/// # Errors
///
/// When it is not JSON, too large, or nested too deeply.
pub fn without_cards(source: &[u8]) -> Result<Vec<u8>, ReadError> {
    if source.len() > MAX_SOURCE_BYTES {
        return Err(ReadError::new(ReadErrorCode::TooLarge, ""));
    }
    let raw: &RawValue = serde_json::from_slice(source).map_err(|_| not_json())?;
    let mut out = String::with_capacity(source.len());
    copy(raw, 0, &mut out)?;
    Ok(out.into_bytes())
}

fn not_json() -> ReadError {
    ReadError::new(ReadErrorCode::NotJson, "")
}

fn copy(raw: &RawValue, depth: usize, out: &mut String) -> Result<(), ReadError> {
    if depth > MAX_DEPTH {
        return Err(ReadError::new(ReadErrorCode::TooDeep, ""));
    }
    match raw.get().as_bytes().first() {
        Some(b'{') => copy_object(raw, depth, out),
        Some(b'[') => copy_array(raw, depth, out),
        _ => {
            out.push_str(raw.get());
            Ok(())
        }
    }
}

fn copy_object(raw: &RawValue, depth: usize, out: &mut String) -> Result<(), ReadError> {
    let Fields(fields) = serde_json::from_str(raw.get()).map_err(|_| not_json())?;
    out.push('{');
    let mut is_first = true;
    for (name, value) in fields {
        if FIELDS.contains(&name.as_str()) {
            continue;
        }
        if !is_first {
            out.push(',');
        }
        is_first = false;
        out.push_str(&serde_json::to_string(&name).map_err(|_| not_json())?);
        out.push(':');
        copy(value, depth + 1, out)?;
    }
    out.push('}');
    Ok(())
}

fn copy_array(raw: &RawValue, depth: usize, out: &mut String) -> Result<(), ReadError> {
    let Items(items) = serde_json::from_str(raw.get()).map_err(|_| not_json())?;
    out.push('[');
    for (index, item) in items.into_iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        copy(item, depth + 1, out)?;
    }
    out.push(']');
    Ok(())
}

/// The fields of an object in their order.
struct Fields<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Fields<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Reader).map(Self)
    }
}

/// The items of an array.
struct Items<'a>(Vec<&'a RawValue>);

impl<'de> Deserialize<'de> for Items<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(ItemReader).map(Self)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Vec<(String, &'de RawValue)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut fields = Vec::new();
        while let Some(name) = map.next_key()? {
            fields.push((name, map.next_value()?));
        }
        Ok(fields)
    }
}

struct ItemReader;

impl<'de> Visitor<'de> for ItemReader {
    type Value = Vec<&'de RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(items)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stripped(source: &str) -> Result<String, ReadErrorCode> {
        let stripped = without_cards(source.as_bytes()).map_err(|error| error.code())?;
        Ok(String::from_utf8(stripped).unwrap())
    }

    #[test]
    fn everything_but_cards_stays_as_it_is_written() {
        let source = r#"{"a":[1.10,{"last4":"4242","b":"ą\n"},[]],"percentage":23.0,"card":null}"#;
        let expected = r#"{"a":[1.10,{"b":"ą\n"},[]],"percentage":23.0}"#;
        assert_eq!(stripped(source).as_deref(), Ok(expected));
    }

    #[test]
    fn what_is_no_json_or_nested_too_deeply_is_an_error() {
        assert_eq!(stripped("{"), Err(ReadErrorCode::NotJson));
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(stripped(&deep), Err(ReadErrorCode::TooDeep));
    }
}
