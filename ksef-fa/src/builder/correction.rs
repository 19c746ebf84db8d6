//! What a correction corrects.

use ksef_core::InvoiceDate;

use super::error::{Field, Problems};
use super::input::{Given, Input};
use crate::model::{
    CorrectedInKsef, CorrectedInvoice, CorrectedInvoiceOrigin, Correction, CorrectionEffect, Mark,
    ReferencedKsefNumber, Text,
};

/// An invoice that is corrected: number, date of issue, and the KSeF number, if it has one
/// (art. 106j(2) of the VAT act).
///
/// A second correction of the same invoice names that invoice too, not the first correction.
///
/// ```
/// use ksef_fa::builder::Original;
///
/// let number = "5265877635-20250826-0100001AF629-AF";
/// let filed = Original::in_ksef("FV/8/2025", "2025-08-26", number);
/// let older = Original::outside_ksef("FV/9/2025", "2025-12-01");
/// ```
#[derive(Clone, Debug)]
pub struct Original {
    number: Given<Text<256>>,
    issued_on: Given<InvoiceDate>,
    ksef_number: Option<Given<ReferencedKsefNumber>>,
}

impl Original {
    /// An invoice that is in KSeF under this number.
    #[must_use]
    pub fn in_ksef(
        number: impl Input<Text<256>>,
        issued_on: impl Input<InvoiceDate>,
        ksef_number: impl Input<ReferencedKsefNumber>,
    ) -> Self {
        let ksef_number = Some(ksef_number.read());
        Self { number: number.read(), issued_on: issued_on.read(), ksef_number }
    }

    /// An invoice that was issued outside of KSeF.
    #[must_use]
    pub fn outside_ksef(number: impl Input<Text<256>>, issued_on: impl Input<InvoiceDate>) -> Self {
        Self { number: number.read(), issued_on: issued_on.read(), ksef_number: None }
    }

    fn read(self, problems: &mut Problems) -> Option<CorrectedInvoice> {
        let number = problems.read(self.number, Field::CorrectedNumber, None);
        let issued_on = problems.read(self.issued_on, Field::CorrectedDate, None);
        let origin = match self.ksef_number {
            None => Some(CorrectedInvoiceOrigin::OutsideKsef(Mark::SET)),
            Some(number) => {
                let number = problems.read(number, Field::CorrectedKsefNumber, None);
                number.map(|number| CorrectedInvoiceOrigin::InKsef(CorrectedInKsef::new(number)))
            }
        };
        Some(CorrectedInvoice::new(issued_on?, number?, origin?))
    }
}

/// What the caller says about the correction.
#[derive(Clone, Debug, Default)]
pub(super) struct Corrections {
    pub(super) originals: Vec<Original>,
    pub(super) reason: Option<Given<Text<256>>>,
    pub(super) effect: Option<CorrectionEffect>,
    pub(super) period: Option<Given<Text<256>>>,
}

impl Corrections {
    pub(super) fn is_correction(&self) -> bool {
        !self.originals.is_empty()
    }

    /// `None` on an invoice that corrects none.
    pub(super) fn read(self, problems: &mut Problems) -> Option<Correction> {
        let says_something =
            self.reason.is_some() || self.effect.is_some() || self.period.is_some();
        if self.originals.is_empty() && says_something {
            problems.missing(Field::CorrectedInvoice, None);
        }
        let invoices: Vec<_> =
            self.originals.into_iter().filter_map(|original| original.read(problems)).collect();
        let reason = problems.read_any(self.reason, Field::CorrectionReason);
        let period = problems.read_any(self.period, Field::CorrectionPeriod);
        if invoices.is_empty() {
            return None;
        }
        let mut correction = Correction::new(invoices);
        correction.reason = reason;
        correction.effect = self.effect.map(Into::into);
        correction.period = period;
        Some(correction)
    }
}
