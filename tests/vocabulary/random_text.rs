//! A million random texts through every parser: none panics, and what is taken prints itself back.

use core::fmt::{Debug, Display};
use core::str::FromStr;

use ksef_core::submission::ReasonCode;
use ksef_core::submission::simulation::Random;
use ksef_core::{
    Amount, CertificateFingerprint, CollectiveIdentifier, ContextIdentifier, ContextIdentifierKind,
    Currency, DocumentType, Environment, FormCode, InternalId, InvoiceDate, InvoiceKind,
    KsefNumber, LegacyKsefId, Nip, NipVatUe, PeppolId, Percent, Pesel, Quantity, ReferenceNumber,
    Sha256Digest, SubmissionStatus, TenantId, Timestamp, UnitPrice, VatUe,
};
use proptest::arbitrary::Arbitrary;
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;

const TEXTS: usize = 1_000_000;
const VALID_VALUES: usize = 256;

/// One test for every type that has a strategy for valid values.
macro_rules! random_text_through {
    ($fidelity:expr => $($name:ident: $type:ty),* $(,)?) => {
        $(
            #[test]
            fn $name() {
                check::<$type>(&valid_texts::<$type>(), $fidelity);
            }
        )*
    };
}

random_text_through! { Fidelity::Text =>
    amount: Amount,
    certificate_fingerprint: CertificateFingerprint,
    collective_identifier: CollectiveIdentifier,
    context_identifier: ContextIdentifier,
    context_identifier_kind: ContextIdentifierKind,
    currency: Currency,
    document_type: DocumentType,
    environment: Environment,
    internal_id: InternalId,
    invoice_date: InvoiceDate,
    invoice_kind: InvoiceKind,
    ksef_number: KsefNumber,
    legacy_ksef_id: LegacyKsefId,
    nip: Nip,
    nip_vat_ue: NipVatUe,
    peppol_id: PeppolId,
    pesel: Pesel,
    quantity: Quantity,
    reason_code: ReasonCode,
    reference_number: ReferenceNumber,
    sha256_digest: Sha256Digest,
    submission_status: SubmissionStatus,
    tenant_id: TenantId,
    unit_price: UnitPrice,
    vat_ue: VatUe,
}

random_text_through! { Fidelity::Value =>
    percent: Percent,
    timestamp: Timestamp,
}

/// What a type keeps of the text it was read from.
#[derive(Clone, Copy)]
enum Fidelity {
    /// The text itself.
    Text,
    /// The value, which may have several texts.
    Value,
}

#[test]
fn form_code() {
    // Codes that are not known have three parts, and their text is only the first of them.
    let valid: Vec<String> = FormCode::KNOWN.iter().map(FormCode::to_string).collect();
    check::<FormCode>(&valid, Fidelity::Text);
}

fn check<T>(valid: &[String], fidelity: Fidelity)
where
    T: FromStr<Err: Display> + Display + PartialEq + Debug,
{
    let mut random = Random::new(0x4B53_6546);
    let mut text = String::new();
    let mut taken = 0;
    for round in 0..TEXTS {
        let example = pick(&mut random, valid);
        text.clear();
        match round % 4 {
            0 => write_any_characters(&mut text, &mut random),
            1 => write_from_alphabet(&mut text, example, &mut random),
            2 => write_of_same_form(&mut text, example, &mut random),
            _ => write_with_one_change(&mut text, example, &mut random),
        }
        let Ok(value) = text.parse::<T>() else { continue };
        taken += 1;
        match fidelity {
            Fidelity::Text => assert_eq!(value.to_string(), text),
            Fidelity::Value => {
                assert!(value.to_string().parse().is_ok_and(|again: T| again == value))
            }
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
    for _ in 0..below(random, 72) {
        text.push(any_character(random));
    }
}

/// Characters of the same kinds as the example's, in any place, near its length.
fn write_from_alphabet(text: &mut String, example: &str, random: &mut Random) {
    let alphabet = example.as_bytes();
    let length = (example.len() + below(random, 3)).saturating_sub(1);
    for _ in 0..length {
        let model = char::from(*pick(random, alphabet));
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
    let position = below(random, length + 1);
    let change = below(random, 5);
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
    let limit = match below(random, 4) {
        0 => return char::from(b'0' + byte_below(random, 10)),
        1 => 0x80,
        2 => 0x1_0000,
        _ => 0x11_0000,
    };
    // Surrogates are not characters; something that is neither ASCII nor a digit stands in.
    u32::try_from(below(random, limit)).ok().and_then(char::from_u32).unwrap_or('\u{fffd}')
}

fn of_same_kind(model: char, random: &mut Random) -> char {
    match model {
        '0'..='9' => char::from(b'0' + byte_below(random, 10)),
        'A'..='F' => char::from(b'A' + byte_below(random, 6)),
        'G'..='Z' => char::from(b'A' + byte_below(random, 26)),
        'a'..='z' => char::from(b'a' + byte_below(random, 26)),
        other => other,
    }
}

/// A number less than `bound`, and 0 where that is 0.
fn below(random: &mut Random, bound: usize) -> usize {
    usize::try_from(random.below(bound as u64)).unwrap_or_default()
}

fn byte_below(random: &mut Random, bound: u8) -> u8 {
    u8::try_from(random.below(u64::from(bound))).unwrap_or_default()
}

#[expect(clippy::indexing_slicing, reason = "the index is less than the length")]
fn pick<'a, T>(random: &mut Random, items: &'a [T]) -> &'a T {
    &items[below(random, items.len())]
}
