//! The exchange rate by which tax is converted (art. 31a of the VAT act).

use ksef_core::{Currency, InvoiceDate, Quantity};

use super::Work;
use super::dates::{Supplies, Supply, supply, warsaw_date};
use crate::code::Code;
use crate::context::{Context, RateOfExchange};
use crate::model::Invoice;
use crate::outcome::ExchangeRateUsed;
use crate::policy::IssueDate;

/// A table that is older says nothing; the National Bank's answers are asked for that long back.
const OLDEST_TABLE: i64 = 10;

/// The day before which the table of the exchange rate has to be published, for an invoice in
/// another currency with tax; `None` where no rate is needed, or nothing says which.
///
/// It is the day of the supply, or of an earlier issue (art. 31a(1) and (2) of the VAT act).
#[must_use]
pub fn exchange_day(invoice: &Invoice, context: &Context<'_>) -> Option<InvoiceDate> {
    let is_foreign = invoice.currency.as_deref() != Some("pln");
    let lines = invoice.lines.iter().flatten();
    let mut taxes = lines.clone().flat_map(|line| line.taxes.iter().flatten());
    let has_tax = taxes.any(|tax| tax.amount != 0)
        || invoice.shipping.as_ref().is_some_and(|shipping| shipping.tax != 0);
    if !is_foreign || !has_tax {
        return None;
    }
    let issued_on = match context.policies().issue_date {
        IssueDate::SubmissionDate => context.today(),
        IssueDate::DocumentDate => warsaw_date(invoice.effective_at.or(invoice.finalized_at)?)?,
    };
    let lines = lines.filter(|line| line.amount != Some(0));
    let supplies: Vec<Option<Supply>> = lines.map(|line| line.period.and_then(supply)).collect();
    days(&Supplies::of(&supplies), issued_on).first().copied()
}

/// The days that count, of which there should be one.
fn days(supplies: &Supplies, issued_on: InvoiceDate) -> Vec<InvoiceDate> {
    let mut days = match supplies {
        Supplies::Unknown => vec![issued_on],
        Supplies::Together(supply) => vec![supply.end().min(issued_on)],
        Supplies::Apart(ends) => ends.iter().map(|end| (*end).min(issued_on)).collect(),
    };
    days.sort_unstable();
    days.dedup();
    days
}

impl Work<'_> {
    /// The rate for an invoice with tax in this currency.
    pub(super) fn exchange_rate(
        &mut self,
        currency: Currency,
        supplies: &Supplies,
        issued_on: InvoiceDate,
    ) -> Option<Quantity> {
        let days = days(supplies, issued_on);
        let [day] = days.as_slice() else {
            self.problems.push(Code::SeveralTaxPoints, "/lines/data");
            return None;
        };
        let published = match &self.context.exchange_rate {
            RateOfExchange::Published(rate) => rate,
            RateOfExchange::NotPublished => {
                self.problems.push(Code::RateNotPublishedYet, "/currency");
                return None;
            }
            RateOfExchange::Unknown => {
                self.problems.push(Code::NoNbpRate, "/currency");
                return None;
            }
        };
        let age = published.published_on.days_until(*day);
        let is_right = published.currency == currency
            && (1..=OLDEST_TABLE).contains(&age)
            && published.rate > Quantity::ZERO;
        if !is_right {
            self.problems.push(Code::NoNbpRate, "/currency");
            return None;
        }
        self.evidence.exchange_rate = Some(ExchangeRateUsed {
            rate: published.rate,
            table: Some(published.table.clone()),
            published_on: Some(published.published_on),
        });
        Some(published.rate)
    }
}
