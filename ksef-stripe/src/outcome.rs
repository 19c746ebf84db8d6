//! `Outcome`, what becomes of an object.

use core::fmt;

use ksef_core::{InvoiceDate, Quantity, Sha256Digest};
use ksef_fa::Invoice;

use crate::code::{Code, Effect, Language};
use crate::model::Shape;

/// What becomes of a Stripe object.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Outcome {
    /// It is a document.
    #[non_exhaustive]
    Mapped {
        /// The document, valid in its schema.
        invoice: Box<Invoice>,
        /// What a person may want to know about it.
        notes: Vec<Note>,
        /// What it was decided by.
        evidence: Box<Evidence>,
    },
    /// By design it becomes none.
    Skipped(Vec<Reason>),
    /// It can be one later.
    Deferred(Vec<Reason>),
    /// It is one only after somebody has decided something. All reasons are there, those for
    /// which it would be deferred among them.
    Refused(Vec<Reason>),
}

impl Outcome {
    /// Why there is no document; empty if there is one.
    #[must_use]
    pub fn reasons(&self) -> &[Reason] {
        match self {
            Self::Mapped { .. } => &[],
            Self::Skipped(reasons) | Self::Deferred(reasons) | Self::Refused(reasons) => reasons,
        }
    }

    /// The codes of the reasons.
    pub fn codes(&self) -> impl Iterator<Item = Code> {
        self.reasons().iter().map(|reason| reason.code)
    }

    /// The document, if there is one.
    #[must_use]
    pub fn invoice(&self) -> Option<&Invoice> {
        match self {
            Self::Mapped { invoice, .. } => Some(invoice),
            _ => None,
        }
    }

    /// `mapped`, `skipped`, `deferred` or `refused`.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Mapped { .. } => "mapped",
            Self::Skipped(_) => "skipped",
            Self::Deferred(_) => "deferred",
            Self::Refused(_) => "refused",
        }
    }
}

/// Why there is no document, and where in the Stripe object that is seen.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub struct Reason {
    /// What is the matter.
    pub code: Code,
    /// Where, as a JSON pointer (RFC 6901) into the Stripe object.
    pub pointer: String,
}

impl Reason {
    /// What is the matter.
    #[must_use]
    pub const fn text(&self, language: Language) -> &'static str {
        self.code.text(language)
    }

    /// What to do about it.
    #[must_use]
    pub const fn advice(&self, language: Language) -> &'static str {
        self.code.advice(language)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {:?}: {}", self.code, self.pointer, self.text(Language::English))
    }
}

/// Something about a document that a person may want to know.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub struct Note {
    /// What.
    pub kind: NoteKind,
    /// Where, as a JSON pointer into the Stripe object.
    pub pointer: String,
}

/// What a [`Note`] says.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum NoteKind {
    /// Characters that KSeF does not take were left out of a text.
    TextCleaned,
    /// A description was cut; the whole text is in `DodatkowyOpis`.
    DescriptionTruncated,
    /// The unit price was computed from value and quantity.
    UnitPriceDerived,
    /// Quantity and unit price do not give the value, so the line is one unit of it.
    LumpSum,
    /// A line of nothing was left out.
    ZeroLineDropped,
    /// A negative line was kept, as the policy says.
    NegativeLineNetted,
    /// Billing credits were taken for a discount, as the policy says.
    CreditGrantAsDiscount,
    /// Tax is shown by line, since Stripe rounds by line (art. 106e(10) of the VAT act).
    TaxPerLine,
    /// The rate was inferred from amounts, as the policy says.
    RateInferred,
    /// A tax identifier of another country was left aside, since there is a NIP.
    OtherTaxIdIgnored,
    /// Money was paid back or settled outside of the document, which does not change it.
    SettlementIgnored,
}

impl NoteKind {
    /// A stable text.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TextCleaned => "text_cleaned",
            Self::DescriptionTruncated => "description_truncated",
            Self::UnitPriceDerived => "unit_price_derived",
            Self::LumpSum => "lump_sum",
            Self::ZeroLineDropped => "zero_line_dropped",
            Self::NegativeLineNetted => "negative_line_netted",
            Self::CreditGrantAsDiscount => "credit_grant_as_discount",
            Self::TaxPerLine => "tax_per_line",
            Self::RateInferred => "rate_inferred",
            Self::OtherTaxIdIgnored => "other_tax_id_ignored",
            Self::SettlementIgnored => "settlement_ignored",
        }
    }
}

/// What a document was decided by, to be kept with it.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Evidence {
    /// The identifier of the Stripe object.
    pub object_id: String,
    /// The hash of the bytes that the object was read from, if it was read from bytes.
    pub source: Option<Sha256Digest>,
    /// In which shape of the API the object is.
    pub shape: Shape,
    /// The tax rates that decided, as Stripe names them.
    pub tax_rates: Vec<String>,
    /// The type of the tax identifier that names the buyer, as Stripe calls it.
    pub buyer_id_type: Option<String>,
    /// The exchange rate by which the tax was converted.
    pub exchange_rate: Option<ExchangeRateUsed>,
    /// The policies that were not at their default, with their values.
    pub policies: Vec<(&'static str, String)>,
}

/// The exchange rate by which tax was converted.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ExchangeRateUsed {
    /// PLN for one unit.
    pub rate: Quantity,
    /// The number of the table, such as `225/A/NBP/2026`. A correction takes the rate of the
    /// original, whose table it does not know.
    pub table: Option<String>,
    /// The day of the table.
    pub published_on: Option<InvoiceDate>,
}

/// Collects everything that keeps an object from becoming a document.
#[derive(Debug, Default)]
pub(crate) struct Problems {
    reasons: Vec<Reason>,
}

impl Problems {
    pub(crate) fn push(&mut self, code: Code, pointer: impl Into<String>) {
        let reason = Reason { code, pointer: pointer.into() };
        if !self.reasons.contains(&reason) {
            self.reasons.push(reason);
        }
    }

    pub(crate) fn has(&self, effect: Effect) -> bool {
        self.reasons.iter().any(|reason| reason.code.effect() == effect)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.reasons.is_empty()
    }

    /// What is left out by design is left out whatever else is wrong with it; what is refused
    /// says everything.
    pub(crate) fn into_outcome(mut self) -> Outcome {
        let skipped = self.has(Effect::Skipped);
        if skipped {
            self.reasons.retain(|reason| reason.code.effect() == Effect::Skipped);
            return Outcome::Skipped(self.reasons);
        }
        if self.has(Effect::Refused) {
            Outcome::Refused(self.reasons)
        } else {
            Outcome::Deferred(self.reasons)
        }
    }
}
