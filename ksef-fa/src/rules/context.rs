//! `Context`, what is known about the sender besides the document.

use std::collections::{BTreeMap, HashSet};

use ksef_core::{Currency, InvoiceDate, InvoiceKind, Nip, Quantity};

use crate::{Invoice, Profile};

/// A table of exchange rates that is older than this says nothing: there are longer weekends, but
/// none of more than a week.
const LONGEST_GAP_OF_TABLES: i64 = 7;

/// What the rules may know about the sender besides the document. What it does not say is not
/// judged.
///
/// ```
/// use ksef_core::InvoiceKind;
/// use ksef_fa::rules::Context;
///
/// let seller: ksef_core::Nip = "1111111111".parse()?;
/// let context = Context::new()
///     .with_sellers([seller])
///     .with_seen([(seller, InvoiceKind::Vat, "FV/2026/11/1")]);
/// # Ok::<(), ksef_core::ParseError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Context {
    sellers: Option<HashSet<Nip>>,
    self_invoicing: Option<HashSet<Nip>>,
    seen: HashSet<(Nip, InvoiceKind, String)>,
    rates: BTreeMap<(Currency, InvoiceDate), Quantity>,
    checks_identifiers: bool,
    may_attach: Option<bool>,
}

impl Context {
    /// Nothing is known.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds sellers that the sender may issue for, its own NIP among them.
    ///
    /// Source: KSeF documentation, `uprawnienia.md`.
    #[must_use]
    pub fn with_sellers(mut self, sellers: impl IntoIterator<Item = Nip>) -> Self {
        self.sellers.get_or_insert_default().extend(sellers);
        self
    }

    /// Adds sellers whose invoices the sender may issue as their buyer (`P_17` is 1).
    ///
    /// Source: KSeF documentation, `uprawnienia.md`, `SelfInvoicing`.
    #[must_use]
    pub fn with_self_invoicing(mut self, sellers: impl IntoIterator<Item = Nip>) -> Self {
        self.self_invoicing.get_or_insert_default().extend(sellers);
        self
    }

    /// Adds invoices that KSeF has already: seller, kind and number (`P_2`).
    ///
    /// KSeF keeps these for ten years; see [`Context::remember`] for the invoices of one batch.
    ///
    /// Source: KSeF documentation, `weryfikacja-faktury.md`.
    #[must_use]
    pub fn with_seen<'a>(
        mut self,
        seen: impl IntoIterator<Item = (Nip, InvoiceKind, &'a str)>,
    ) -> Self {
        let seen = seen.into_iter().map(|(seller, kind, p_2)| (seller, kind, collapsed(p_2)));
        self.seen.extend(seen);
        self
    }

    /// Adds an invoice that is sent before the next one, so that its number is taken then.
    pub fn remember(&mut self, invoice: &Invoice) {
        self.seen.insert(key(invoice));
    }

    /// Adds average exchange rates of the National Bank's table A, with the day of each table.
    ///
    /// With them `F-FX-NBP` is judged where a table of the week before is there. A taxpayer may
    /// use the rates of the European Central Bank instead, so a difference is no mistake by itself.
    ///
    /// Source: art. 31a(1), (1a) and (2) of the VAT act.
    #[must_use]
    pub fn with_exchange_rates(
        mut self,
        rates: impl IntoIterator<Item = (Currency, InvoiceDate, Quantity)>,
    ) -> Self {
        self.rates.extend(rates.into_iter().map(|(currency, day, rate)| ((currency, day), rate)));
        self
    }

    /// Sets that TEST or DEMO is asked to check identifiers as Production does, by the header
    /// `X-KSeF-Feature: subject-identifier-validation`.
    #[must_use]
    pub const fn with_checked_identifiers(mut self) -> Self {
        self.checks_identifiers = true;
        self
    }

    /// Sets whether the seller has notified the tax office of invoices with attachments.
    ///
    /// Source: KSeF documentation, `faktury/weryfikacja-faktury.md`.
    #[must_use]
    pub const fn with_attachments(mut self, may_attach: bool) -> Self {
        self.may_attach = Some(may_attach);
        self
    }

    /// Whether the sender may issue this invoice, as far as it is known.
    pub(super) fn may_issue(&self, seller: &Nip, is_self_billing: bool) -> Option<bool> {
        let granted = if is_self_billing { &self.self_invoicing } else { &self.sellers };
        match granted {
            Some(granted) => Some(granted.contains(seller)),
            // Who lists one kind of grant lists all of them.
            None => self.sellers.is_some().then_some(false),
        }
    }

    pub(super) fn has_seen(&self, invoice: &Invoice) -> bool {
        !self.seen.is_empty() && self.seen.contains(&key(invoice))
    }

    pub(super) const fn checks_identifiers(&self) -> bool {
        self.checks_identifiers
    }

    pub(super) fn forbids_attachments(&self) -> bool {
        self.may_attach == Some(false)
    }

    /// The rate of the last table before a day.
    pub(super) fn exchange_rate(&self, currency: Currency, day: InvoiceDate) -> Option<Quantity> {
        let before = self.rates.range((currency, InvoiceDate::MIN)..(currency, day));
        let ((_, table), rate) = before.last()?;
        (table.days_until(day) <= LONGEST_GAP_OF_TABLES).then_some(*rate)
    }
}

/// What KSeF tells invoices apart by.
fn key(invoice: &Invoice) -> (Nip, InvoiceKind, String) {
    let body = &invoice.body;
    (invoice.seller.identification.nip, body.kind, collapsed(body.p_2.as_str()))
}

fn collapsed(text: &str) -> String {
    text.split([' ', '\t', '\n', '\r'])
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Where and when the document goes, and what is known about the sender.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setting<'a> {
    pub(crate) profile: &'a Profile,
    pub(crate) context: &'a Context,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_that_of_the_last_table_before_the_day() {
        let day = |text: &str| text.parse::<InvoiceDate>().unwrap();
        let rate = |text: &str| text.parse::<Quantity>().unwrap();
        let tables = [
            (Currency::Eur, day("2026-11-09"), rate("4.25")),
            (Currency::Eur, day("2026-11-10"), rate("4.26")),
            (Currency::Usd, day("2026-11-10"), rate("3.9")),
        ];
        let context = Context::new().with_exchange_rates(tables);
        let on = |currency, text| context.exchange_rate(currency, day(text));
        assert_eq!(on(Currency::Eur, "2026-11-10"), Some(rate("4.25")));
        assert_eq!(on(Currency::Eur, "2026-11-12"), Some(rate("4.26")));
        assert_eq!(on(Currency::Usd, "2026-11-10"), None);
        assert_eq!(on(Currency::Eur, "2026-11-18"), None);
    }

    #[test]
    fn numbers_are_compared_as_ksef_shows_them() {
        assert_eq!(collapsed(" FV  1\n/2 "), "FV 1 /2");
    }

    #[test]
    fn who_lists_sellers_lists_self_invoicing_too() {
        let nip: Nip = "1111111111".parse().unwrap();
        let context = Context::new();
        assert_eq!(context.may_issue(&nip, false), None);
        let context = context.with_sellers([nip]);
        assert_eq!(context.may_issue(&nip, false), Some(true));
        assert_eq!(context.may_issue(&nip, true), Some(false));
    }
}
