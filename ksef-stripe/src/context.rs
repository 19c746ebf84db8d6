//! `Context`, what the mapper knows besides the object.

use std::collections::{BTreeMap, BTreeSet};

use ksef_core::{Currency, Environment, InvoiceDate, KsefNumber, Nip, Quantity, Timestamp};
use ksef_fa::Invoice;
use ksef_fa::model::VatSummary;
use serde::Deserialize;

use crate::model::TaxRate;
use crate::policy::Policies;

/// Who sells, and how he wants it done.
///
/// It can be read from JSON; `examples/profile.json` of this crate shows all of it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Profile {
    /// The NIP.
    pub nip: Nip,
    /// The name.
    pub name: String,
    /// The country of the address, two letters.
    #[serde(default = "poland")]
    pub country: String,
    /// The first line of the address.
    pub address: String,
    /// The second line of the address.
    #[serde(default)]
    pub address_2: Option<String>,
    /// The Stripe accounts whose objects are this seller's; where there is none, all are.
    #[serde(default)]
    pub accounts: BTreeSet<String>,
    /// What stands before each number, so that those of several accounts differ.
    #[serde(default)]
    pub number_prefix: String,
    /// The account to pay to.
    #[serde(default)]
    pub bank_account: Option<String>,
    /// The choices.
    #[serde(default)]
    pub policies: Policies,
}

fn poland() -> String {
    "PL".to_owned()
}

impl Profile {
    /// A seller in Poland, with the default of every policy.
    #[must_use]
    pub fn new(nip: Nip, name: impl Into<String>, address: impl Into<String>) -> Self {
        Self {
            nip,
            name: name.into(),
            country: poland(),
            address: address.into(),
            address_2: None,
            accounts: BTreeSet::new(),
            number_prefix: String::new(),
            bank_account: None,
            policies: Policies::default(),
        }
    }
}

/// What the mapper knows besides the object.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Context<'a> {
    /// Who sells, and how he wants it done.
    pub profile: &'a Profile,
    /// Where the document goes.
    pub environment: Environment,
    /// Now: `DataWytworzeniaFa`, and with it today in Poland.
    pub now: Timestamp,
    /// The type of the event that the object came with, such as `invoice.finalized`; `None` where
    /// a person asked for the document.
    pub event: Option<String>,
    /// The account that the object is of.
    pub account: Option<String>,
    /// The tax rates that were looked up, by their identifiers.
    pub tax_rates: BTreeMap<String, RateLookup>,
    /// The exchange rate of the day that [`exchange_day`](crate::exchange_day) names.
    pub exchange_rate: RateOfExchange,
    /// The invoice that a credit note is about.
    pub original: Original,
    /// The Stripe objects, by their identifiers, that have been filed.
    pub filed: BTreeSet<String>,
    /// Numbers (`P_2`) that other documents of this seller have.
    pub taken_numbers: BTreeSet<String>,
}

impl<'a> Context<'a> {
    /// Nothing is known but who sells, where it goes and when.
    #[must_use]
    pub const fn new(profile: &'a Profile, environment: Environment, now: Timestamp) -> Self {
        Self {
            profile,
            environment,
            now,
            event: None,
            account: None,
            tax_rates: BTreeMap::new(),
            exchange_rate: RateOfExchange::Unknown,
            original: Original::NotFiled,
            filed: BTreeSet::new(),
            taken_numbers: BTreeSet::new(),
        }
    }

    /// Adds a tax rate that was fetched.
    #[must_use]
    pub fn with_tax_rate(mut self, rate: TaxRate) -> Self {
        self.tax_rates.insert(rate.id.clone(), RateLookup::Found(rate));
        self
    }

    pub(crate) const fn policies(&self) -> &'a Policies {
        &self.profile.policies
    }

    pub(crate) fn today(&self) -> InvoiceDate {
        self.now.warsaw_date()
    }
}

/// What came of looking up a tax rate.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum RateLookup {
    /// It is this one.
    Found(TaxRate),
    /// It could not be asked for, and may be later.
    Failed,
}

/// What is known about the exchange rate.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum RateOfExchange {
    /// Nothing.
    #[default]
    Unknown,
    /// It has not been published.
    NotPublished,
    /// It is this one.
    Published(ExchangeRate),
}

/// A rate of table A of the National Bank of Poland.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ExchangeRate {
    /// The currency.
    pub currency: Currency,
    /// PLN for one unit.
    pub rate: Quantity,
    /// The number of the table, such as `225/A/NBP/2026`.
    pub table: String,
    /// The day of the table.
    pub published_on: InvoiceDate,
}

impl ExchangeRate {
    /// A rate.
    #[must_use]
    pub fn new(
        currency: Currency,
        rate: Quantity,
        table: impl Into<String>,
        published_on: InvoiceDate,
    ) -> Self {
        Self { currency, rate, table: table.into(), published_on }
    }
}

/// What is known about the invoice that a credit note is about.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum Original {
    /// It has not been filed yet.
    #[default]
    NotFiled,
    /// It has been sent, and has no KSeF number yet.
    Pending,
    /// It was skipped.
    Skipped,
    /// There is none.
    Missing,
    /// It is in KSeF, or was issued outside of it.
    Filed(Box<FiledOriginal>),
}

/// An invoice that was filed, or issued outside KSeF, and what corrected it since.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct FiledOriginal {
    /// The document as it was filed.
    pub invoice: Invoice,
    /// Its KSeF number; `None` for one that was issued outside KSeF.
    pub ksef_number: Option<KsefNumber>,
    /// The Stripe invoice, `in_…`.
    pub invoice_id: Option<String>,
    /// The customer of the Stripe invoice.
    pub customer_id: Option<String>,
    /// The totals of the corrections that were filed since, which are negative.
    pub corrections: Vec<VatSummary>,
}

impl FiledOriginal {
    /// An invoice in KSeF that nothing has corrected yet.
    #[must_use]
    pub fn in_ksef(invoice: Invoice, ksef_number: KsefNumber) -> Self {
        Self { ksef_number: Some(ksef_number), ..Self::outside_ksef(invoice) }
    }

    /// An invoice that was issued outside KSeF and that nothing has corrected yet.
    #[must_use]
    pub const fn outside_ksef(invoice: Invoice) -> Self {
        Self {
            invoice,
            ksef_number: None,
            invoice_id: None,
            customer_id: None,
            corrections: Vec::new(),
        }
    }
}
