//! `InvoiceKind` and the `DocumentType` that follows from it.

use crate::code::code_traits;

/// The kind of an invoice, `RodzajFaktury`.
///
/// Schema: `Fa/RodzajFaktury`, `TRodzajFaktury`, FA(2) and FA(3). The text is the schema's code.
///
/// ```
/// use ksef_core::{InvoiceKind, ParseErrorReason};
///
/// let kind: InvoiceKind = "KOR_ZAL".parse()?;
/// assert_eq!(kind, InvoiceKind::KorZal);
/// assert!(kind.is_correction());
///
/// let error = "PRO".parse::<InvoiceKind>().unwrap_err();
/// assert_eq!(error.reason(), ParseErrorReason::UnknownCode);
/// # Ok::<(), ksef_core::ParseError>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[expect(clippy::exhaustive_enums, reason = "a new kind has rules that every reader must know")]
#[doc(alias = "RodzajFaktury")]
pub enum InvoiceKind {
    /// `VAT`, an ordinary invoice.
    Vat,
    /// `KOR`, a correction of an ordinary invoice.
    Kor,
    /// `ZAL`, an invoice for an advance payment.
    Zal,
    /// `ROZ`, the invoice that settles advance payments (art. 106f(3) of the VAT act).
    Roz,
    /// `UPR`, a simplified invoice (art. 106e(5)(3) of the VAT act).
    Upr,
    /// `KOR_ZAL`, a correction of an invoice for an advance payment.
    KorZal,
    /// `KOR_ROZ`, a correction of an invoice that settles advance payments.
    KorRoz,
}

impl InvoiceKind {
    const EXPECTED: &'static str = "kind of invoice";

    /// All kinds, in the order of the schema.
    pub const ALL: [Self; 7] =
        [Self::Vat, Self::Kor, Self::Zal, Self::Roz, Self::Upr, Self::KorZal, Self::KorRoz];

    /// The schema's code.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Vat => "VAT",
            Self::Kor => "KOR",
            Self::Zal => "ZAL",
            Self::Roz => "ROZ",
            Self::Upr => "UPR",
            Self::KorZal => "KOR_ZAL",
            Self::KorRoz => "KOR_ROZ",
        }
    }

    /// Whether the invoice corrects another one.
    #[must_use]
    pub const fn is_correction(self) -> bool {
        matches!(self, Self::Kor | Self::KorZal | Self::KorRoz)
    }
}

code_traits!(InvoiceKind);

/// The type under which a document is listed: ordinary, correction, or for a consumer.
///
/// It is no field of the schema but follows from two of them, see [`DocumentType::of`].
///
/// ```
/// use ksef_core::{DocumentType, InvoiceKind, ParseErrorReason};
///
/// assert_eq!(DocumentType::of(InvoiceKind::Zal, true), DocumentType::Vat);
/// assert_eq!(DocumentType::of(InvoiceKind::Zal, false), DocumentType::B2c);
/// assert_eq!(DocumentType::of(InvoiceKind::KorZal, false), DocumentType::Kor);
/// assert_eq!(DocumentType::B2c.to_string(), "B2C");
///
/// let error = "b2c".parse::<DocumentType>().unwrap_err();
/// assert_eq!(error.reason(), ParseErrorReason::Character);
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[expect(clippy::exhaustive_enums, reason = "the three types cover every invoice by definition")]
pub enum DocumentType {
    /// `VAT`: anything but a correction, to a buyer with an identifier.
    Vat,
    /// `KOR`: a correction, whoever the buyer is.
    Kor,
    /// `B2C`: anything but a correction, to a buyer without an identifier (`BrakID`).
    B2c,
}

impl DocumentType {
    const EXPECTED: &'static str = "document type";

    /// All types.
    pub const ALL: [Self; 3] = [Self::Vat, Self::Kor, Self::B2c];

    /// The type of an invoice of this kind, for a buyer with or without a tax identifier.
    #[must_use]
    pub const fn of(kind: InvoiceKind, buyer_has_identifier: bool) -> Self {
        if kind.is_correction() {
            Self::Kor
        } else if buyer_has_identifier {
            Self::Vat
        } else {
            Self::B2c
        }
    }

    /// The type as it is shown and stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Vat => "VAT",
            Self::Kor => "KOR",
            Self::B2c => "B2C",
        }
    }
}

code_traits!(DocumentType);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ParseErrorReason;
    use crate::test_support::{assert_refuses_bad_text, reason};

    #[test]
    fn every_code_parses_to_its_kind_and_prints_itself() {
        for kind in InvoiceKind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(kind));
        }
        for document_type in DocumentType::ALL {
            assert_eq!(document_type.as_str().parse(), Ok(document_type));
        }
    }

    #[test]
    fn every_kind_of_bad_text_has_its_reason() {
        assert_refuses_bad_text::<InvoiceKind>("KOR_ZAL");
        assert_eq!(reason::<InvoiceKind>("VATS"), ParseErrorReason::UnknownCode);
        assert_eq!(reason::<InvoiceKind>("KOR ZAL"), ParseErrorReason::Character);
        assert_eq!(reason::<InvoiceKind>("vat"), ParseErrorReason::Character);
        assert_refuses_bad_text::<DocumentType>("B2C");
        assert_eq!(reason::<DocumentType>("UPR"), ParseErrorReason::UnknownCode);
    }

    #[test]
    fn the_corrections_are_the_three_kinds_that_say_so() {
        for kind in InvoiceKind::ALL {
            assert_eq!(kind.is_correction(), kind.as_str().starts_with("KOR"));
        }
    }

    #[test]
    fn a_correction_stays_a_correction_for_a_consumer() {
        for kind in InvoiceKind::ALL.into_iter().filter(|kind| kind.is_correction()) {
            assert_eq!(DocumentType::of(kind, false), DocumentType::Kor);
            assert_eq!(DocumentType::of(kind, true), DocumentType::Kor);
        }
    }
}
