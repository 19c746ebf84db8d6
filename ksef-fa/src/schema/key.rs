//! Short texts as numbers, so that looking one up in a list seldom compares bytes.

/// A number that differs for most different texts, and for all ASCII texts of 8 bytes at most.
#[inline]
pub(crate) fn key(text: &str) -> u64 {
    let bytes = text.as_bytes();
    let length = u64::try_from(bytes.len()).unwrap_or_default();
    if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        if bytes.len() == 8 {
            return u64::from_le_bytes(*first);
        }
        return u64::from_le_bytes(*first) ^ u64::from_le_bytes(*last).rotate_left(21) ^ !length;
    }
    // The upper bit of a byte is free in ASCII; a length from 1 to 7 takes three of them.
    let marks = (length & 1) << 7 | (length & 2) << 14 | (length & 4) << 21;
    if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        let (first, last) = (u32::from_le_bytes(*first), u32::from_le_bytes(*last));
        return (u64::from(first) | u64::from(last) << 32) ^ marks;
    }
    bytes.iter().fold(0, |key, byte| key << 8 | u64::from(*byte)) ^ marks
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn short_ascii_texts_have_different_keys(
            texts in proptest::collection::vec("[ -~]{0,8}", 1..100),
        ) {
            let mut keys = BTreeMap::new();
            for text in &texts {
                prop_assert_eq!(keys.entry(key(text)).or_insert(text), &text);
            }
        }
    }

    #[test]
    fn longer_texts_differ_by_both_ends_and_length() {
        let texts = ["P_13_10_abc", "P_13_11_abc", "P_13_10_abd", "P_13_10__abc", "P_13_10"];
        let keys: std::collections::BTreeSet<u64> = texts.iter().map(|text| key(text)).collect();
        assert_eq!(keys.len(), texts.len());
    }
}
