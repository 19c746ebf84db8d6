//! A million random texts through every parser: none panics, and what is taken prints itself back.

use core::fmt::{Debug, Display};
use core::str::FromStr;

use ksef_core::{
    CertificateFingerprint, CollectiveIdentifier, ContextIdentifier, ContextIdentifierKind,
    InternalId, KsefNumber, LegacyKsefId, Nip, NipVatUe, PeppolId, Pesel, ReferenceNumber, VatUe,
};
use proptest::arbitrary::Arbitrary;
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;

const TEXTS: usize = 1_000_000;
const VALID_VALUES: usize = 256;

/// One test for every type that has a strategy for valid values.
macro_rules! random_text_through {
    ($($name:ident: $type:ty),* $(,)?) => {
        $(
            #[test]
            fn $name() {
                check::<$type>();
            }
        )*
    };
}

random_text_through! {
    certificate_fingerprint: CertificateFingerprint,
    collective_identifier: CollectiveIdentifier,
    context_identifier: ContextIdentifier,
    context_identifier_kind: ContextIdentifierKind,
    internal_id: InternalId,
    ksef_number: KsefNumber,
    legacy_ksef_id: LegacyKsefId,
    nip: Nip,
    nip_vat_ue: NipVatUe,
    peppol_id: PeppolId,
    pesel: Pesel,
    reference_number: ReferenceNumber,
    vat_ue: VatUe,
}

fn check<T>()
where
    T: Arbitrary + FromStr<Err: Display> + Display + PartialEq + Debug,
{
    let valid = valid_texts::<T>();
    let mut random = Random(0x4B53_6546);
    let mut text = String::new();
    let mut taken = 0;
    for round in 0..TEXTS {
        let example = random.pick(&valid);
        text.clear();
        match round % 4 {
            0 => write_any_characters(&mut text, &mut random),
            1 => write_from_alphabet(&mut text, example, &mut random),
            2 => write_of_same_form(&mut text, example, &mut random),
            _ => write_with_one_change(&mut text, example, &mut random),
        }
        if let Ok(value) = text.parse::<T>() {
            assert_eq!(value.to_string(), text);
            taken += 1;
        }
    }
    assert!(taken < TEXTS, "this parser takes everything");
}

/// Values of the type's own strategy, as text that must parse to the same value.
fn valid_texts<T>() -> Vec<String>
where
    T: Arbitrary + FromStr<Err: Display> + Display + PartialEq + Debug,
{
    let mut runner = TestRunner::deterministic();
    let strategy = T::arbitrary();
    let trees = core::iter::repeat_with(|| strategy.new_tree(&mut runner)).take(VALID_VALUES);
    let values: Vec<T> = trees.flatten().map(|tree| tree.current()).collect();
    assert_eq!(values.len(), VALID_VALUES, "the strategy makes a value every time");
    let text_of = |value: &T| {
        let text = value.to_string();
        assert!(text.parse().is_ok_and(|parsed: T| parsed == *value), "{text} parses to itself");
        text
    };
    values.iter().map(text_of).collect()
}

/// Anything from one to four bytes a character, ASCII and digits more often than their share.
fn write_any_characters(text: &mut String, random: &mut Random) {
    for _ in 0..random.below(72) {
        text.push(any_character(random));
    }
}

/// Characters of the same kinds as the example's, in any place, near its length.
fn write_from_alphabet(text: &mut String, example: &str, random: &mut Random) {
    let alphabet = example.as_bytes();
    let length = (example.len() + random.below(3)).saturating_sub(1);
    for _ in 0..length {
        let model = char::from(*random.pick(alphabet));
        text.push(of_same_kind(model, random));
    }
}

/// Characters of the same kinds as the example's in the same places.
fn write_of_same_form(text: &mut String, example: &str, random: &mut Random) {
    for model in example.chars() {
        text.push(of_same_kind(model, random));
    }
}

/// The example with one character replaced, added, left out or swapped with its neighbour.
fn write_with_one_change(text: &mut String, example: &str, random: &mut Random) {
    let length = example.chars().count();
    let position = random.below(length + 1);
    let change = random.below(5);
    let mut characters = example.chars().enumerate();
    while let Some((index, character)) = characters.next() {
        match change {
            _ if index != position => text.push(character),
            0 => text.push(any_character(random)),
            1 => text.push(of_same_kind(character, random)),
            2 => text.extend([any_character(random), character]),
            3 => {}
            _ => {
                text.extend(characters.next().map(|(_, next)| next).into_iter().chain([character]))
            }
        }
    }
    if position == length {
        text.push(any_character(random));
    }
}

fn any_character(random: &mut Random) -> char {
    let limit = match random.below(4) {
        0 => return char::from(b'0' + random.byte_below(10)),
        1 => 0x80,
        2 => 0x1_0000,
        _ => 0x11_0000,
    };
    // Surrogates are not characters; something that is neither ASCII nor a digit stands in.
    char::from_u32(random.u32_below(limit)).unwrap_or('\u{fffd}')
}

fn of_same_kind(model: char, random: &mut Random) -> char {
    match model {
        '0'..='9' => char::from(b'0' + random.byte_below(10)),
        'A'..='F' => char::from(b'A' + random.byte_below(6)),
        'G'..='Z' => char::from(b'A' + random.byte_below(26)),
        'a'..='z' => char::from(b'a' + random.byte_below(26)),
        other => other,
    }
}

/// `SplitMix64`: small, and the same texts on every run and machine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// Less than `bound`, slightly uneven, which does not matter here.
    #[expect(clippy::cast_possible_truncation, reason = "the remainder is less than 2^32")]
    fn u32_below(&mut self, bound: u32) -> u32 {
        (self.next() % u64::from(bound)) as u32
    }

    #[expect(clippy::cast_possible_truncation, reason = "the remainder is less than a usize")]
    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }

    #[expect(clippy::cast_possible_truncation, reason = "the remainder is less than 2^8")]
    fn byte_below(&mut self, bound: u8) -> u8 {
        (self.next() % u64::from(bound)) as u8
    }

    #[expect(clippy::indexing_slicing, reason = "the index is less than the length")]
    fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }
}
