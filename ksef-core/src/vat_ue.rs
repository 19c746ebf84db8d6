//! `VatUe`, the VAT number of an entity from the European Union.

use core::str::FromStr;

use crate::shape::has_shape;
use crate::text::{InlineText, debug_as_text, identifier_traits};
use crate::{ParseError, ParseErrorReason};

/// The forms of the number after each country prefix, in the notation of `has_shape`.
///
/// KSeF OpenAPI, `vatUeIdentifier` and the second part of `NipVatUe`; UPO schema,
/// `TIdZlozonyVatUE`.
const FORMS: [(&str, &[&str]); 27] = [
    ("AT", &["Udddddddd"]),
    ("BE", &["bddddddddd"]),
    ("BG", &["ddddddddd", "dddddddddd"]),
    ("CY", &["ddddddddu"]),
    ("CZ", &["dddddddd", "ddddddddd", "dddddddddd"]),
    ("DE", &["ddddddddd"]),
    ("DK", &["dddddddd"]),
    ("EE", &["ddddddddd"]),
    ("EL", &["ddddddddd"]),
    ("ES", &["udddddddd", "ddddddddu", "udddddddu"]),
    ("FI", &["dddddddd"]),
    ("FR", &["aaddddddddd"]),
    ("HR", &["ddddddddddd"]),
    ("HU", &["dddddddd"]),
    ("IE", &["ddddddduu", "dsdddddu"]),
    ("IT", &["ddddddddddd"]),
    ("LT", &["ddddddddd", "dddddddddddd"]),
    ("LU", &["dddddddd"]),
    ("LV", &["ddddddddddd"]),
    ("MT", &["dddddddd"]),
    ("NL", &["ssssssssssss"]),
    ("PT", &["ddddddddd"]),
    ("RO", ROMANIA),
    ("SE", &["dddddddddddd"]),
    ("SI", &["dddddddd"]),
    ("SK", &["dddddddddd"]),
    ("XI", &["ddddddddd", "dddddddddddd", "GDddd", "HAddd"]),
];

const ROMANIA: &[&str] =
    &["dd", "ddd", "dddd", "ddddd", "dddddd", "ddddddd", "dddddddd", "ddddddddd", "dddddddddd"];

/// The VAT number of an entity from the European Union, with its country prefix.
///
/// The prefix is that of the VAT system: `EL` for Greece and `XI` for Northern Ireland. Poland is
/// not among the 27, its numbers are a [`Nip`](crate::Nip). Every country has its own form, as
/// KSeF's OpenAPI lists them (`vatUeIdentifier`); national check digits are not looked at, and
/// neither does KSeF.
///
/// ```
/// use ksef_core::{ParseErrorReason, VatUe};
///
/// let vat_ue: VatUe = "ATU12345678".parse()?;
/// assert_eq!(vat_ue.country(), "AT");
/// assert_eq!(vat_ue.number(), "U12345678");
///
/// assert_eq!("AT123456789".parse::<VatUe>().unwrap_err().reason(), ParseErrorReason::Format);
/// assert_eq!("GB123456789".parse::<VatUe>().unwrap_err().reason(), ParseErrorReason::UnknownCode);
/// # Ok::<(), ksef_core::ParseError>(())
/// ```
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct VatUe(InlineText<{ Self::LONGEST }>);

impl VatUe {
    const EXPECTED: &'static str = "EU VAT number";
    pub(crate) const SHORTEST: usize = 4;
    pub(crate) const LONGEST: usize = 14;

    /// Text whose form [`VatUe::from_str`] has already checked.
    pub(crate) const fn from_checked(text: InlineText<{ Self::LONGEST }>) -> Self {
        Self(text)
    }

    /// The prefix and the number.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The two letters of the country.
    #[must_use]
    pub fn country(&self) -> &str {
        self.0.slice(0, 2)
    }

    /// The number without the country, as the invoice schema keeps it in `NrVatUE`.
    #[must_use]
    pub fn number(&self) -> &str {
        self.0.slice(2, self.as_str().len())
    }
}

/// Whether a VAT number has this character somewhere.
pub(crate) const fn is_vat_ue_character(byte: u8) -> bool {
    crate::shape::is_upper_or_digit(byte) || matches!(byte, b'+' | b'*')
}

impl FromStr for VatUe {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = |reason| Err(ParseError::new(Self::EXPECTED, reason));
        let text =
            InlineText::parse::<{ Self::SHORTEST }>(text, Self::EXPECTED, is_vat_ue_character)?;
        let vat_ue = Self(text);
        if !has_shape(vat_ue.country(), "uu") {
            return error(ParseErrorReason::Format);
        }
        let Some((_, shapes)) = FORMS.iter().find(|(country, _)| *country == vat_ue.country())
        else {
            return error(ParseErrorReason::UnknownCode);
        };
        if !shapes.iter().any(|shape| has_shape(vat_ue.number(), shape)) {
            return error(ParseErrorReason::Format);
        }
        Ok(vat_ue)
    }
}

identifier_traits!(VatUe);
debug_as_text!(VatUe);

#[cfg(feature = "proptest")]
impl proptest::arbitrary::Arbitrary for VatUe {
    type Parameters = ();
    type Strategy = proptest::strategy::BoxedStrategy<Self>;

    fn arbitrary_with((): ()) -> Self::Strategy {
        use proptest::strategy::Strategy as _;

        let number = |(country, shapes): (&'static str, &'static [&'static str])| {
            proptest::sample::select(shapes)
                .prop_flat_map(crate::shape::any_of_shape)
                .prop_map(move |number| format!("{country}{number}"))
        };
        proptest::sample::select(&FORMS)
            .prop_flat_map(number)
            .prop_filter_map("not of its form", |text| text.parse().ok())
            .boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{assert_refuses_bad_text, reason};

    #[test]
    fn every_kind_of_bad_text_has_its_reason() {
        assert_refuses_bad_text::<VatUe>("DE123456789");
        assert_eq!(reason::<VatUe>("DE1"), ParseErrorReason::Length);
        assert_eq!(reason::<VatUe>("de123456789"), ParseErrorReason::Character);
        assert_eq!(reason::<VatUe>("123456789"), ParseErrorReason::Format);
        assert_eq!(reason::<VatUe>("D+123456789"), ParseErrorReason::Format);
        assert_eq!(reason::<VatUe>("PL5265877635"), ParseErrorReason::UnknownCode);
        assert_eq!(reason::<VatUe>("GR123456789"), ParseErrorReason::UnknownCode);
    }

    #[test]
    fn the_forms_of_every_country_are_taken() {
        let good = "ATU12345678 BE0123456789 BE1123456789 BG123456789 BG1234567890 CY12345678X
            CZ12345678 CZ123456789 CZ1234567890 DE123456789 DK12345678 EE123456789 EL123456789
            ESX12345678 ES12345678X ESX1234567X FI12345678 FRXX123456789 FR12123456789
            HR12345678901 HU12345678 IE1234567AB IE1+23456A IE1*23456A IE1A23456A IE1123456A
            IT12345678901 LT123456789 LT123456789012 LU12345678 LV12345678901 MT12345678
            NL123456789B01 NL+*ABCDEF1234 PT123456789 RO12 RO123 RO1234 RO12345 RO123456
            RO1234567 RO12345678 RO123456789 RO1234567890 SE123456789012 SI12345678 SK1234567890
            XI123456789 XI123456789012 XIGD123 XIHA123";
        for text in good.split_whitespace() {
            let vat_ue = text.parse::<VatUe>().expect(text);
            assert_eq!(format!("{}{}", vat_ue.country(), vat_ue.number()), text);
        }
    }

    #[test]
    fn forms_that_only_look_like_those_of_the_list_are_refused() {
        let bad = "AT123456789 BE2123456789 BE012345678 CY123456789 CZ1234567 CZ12345678901
            DE123456789012 ES123456789 ESXX123456X FR++123456789 IE12345678A IE123456AA
            LT1234567890 NL123456789B0 RO1A RO12345678901 SE1234567890 XIGB123 XIGD1234";
        for text in bad.split_whitespace() {
            assert_eq!(reason::<VatUe>(text), ParseErrorReason::Format, "{text}");
        }
    }

    #[test]
    fn the_longest_and_the_shortest_form_set_the_length_of_the_type() {
        let lengths = || FORMS.iter().flat_map(|(_, shapes)| *shapes).map(|shape| 2 + shape.len());
        assert_eq!(lengths().min(), Some(VatUe::SHORTEST));
        assert_eq!(lengths().max(), Some(VatUe::LONGEST));
    }

    #[cfg(feature = "serde")]
    #[test]
    fn json_is_the_text() {
        crate::test_support::assert_serde_is_text::<VatUe>("DE123456789", "DE12345678");
    }

    #[cfg(feature = "proptest")]
    proptest::proptest! {
        #[test]
        fn what_is_printed_parses_back(vat_ue: VatUe) {
            crate::test_support::assert_reads_itself_back(&vat_ue);
        }
    }
}
