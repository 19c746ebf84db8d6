//! `Sources`, where documents come from and what the mapper looks up.

use core::ops::RangeInclusive;
use std::sync::Arc;

use ksef_core::{Clock, Currency, InvoiceDate, Timestamp};
use ksef_stripe::fetch::{
    ApiKey, BaseAddress, Caller, EventQuery, FetchError, Nbp, ReqwestTransport, Stripe,
    StripeSecretStore, TokioTimer,
};
use ksef_stripe::model::{CreditNote, Invoice, TaxRate};
use ksef_stripe::webhook::{Event, ObjectKind};
use ksef_stripe::{RateLookup, RateOfExchange};

/// An invoice is listed by its creation, which may be so much earlier than its date.
const DRAFT_FOR_DAYS: i64 = 40;

/// What nobody has. Whoever may not read it is told so before.
const NO_OBJECT: &str = "none";

/// A document of Stripe: its id, its number and its date.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Issued {
    pub(crate) id: String,
    pub(crate) number: String,
    pub(crate) day: InvoiceDate,
}

/// A company's account of Stripe, and the National Bank.
#[derive(Debug)]
pub(crate) struct Sources {
    stripe: Stripe,
    nbp: Nbp,
}

impl Sources {
    /// With this key, at these addresses.
    pub(crate) fn new(
        key: ApiKey,
        stripe: BaseAddress,
        nbp: BaseAddress,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, FetchError> {
        let transport = ReqwestTransport::new(&[stripe.clone(), nbp.clone()]);
        let transport = transport.map_err(FetchError::Unreachable)?;
        let caller = Caller::new(Arc::new(transport), Arc::new(TokioTimer)).with_clock(clock);
        Ok(Self { stripe: Stripe::new(caller.clone(), stripe, key), nbp: Nbp::new(caller, nbp) })
    }

    /// Of this connected account, with the key of an app.
    pub(crate) fn for_account(self, account: &str) -> Result<Self, FetchError> {
        Ok(Self { stripe: self.stripe.for_account(account)?, nbp: self.nbp })
    }

    /// The Secret Store of the app.
    pub(crate) fn into_secret_store(self) -> StripeSecretStore {
        StripeSecretStore::new(self.stripe)
    }

    /// That the key may read all that is read with it, which is nothing but this.
    pub(crate) async fn check(&self, now: Timestamp) -> Result<(), FetchError> {
        self.events(now).await?;
        let readings = [
            self.stripe.invoice(NO_OBJECT).await.map(drop),
            self.stripe.credit_note(NO_OBJECT).await.map(drop),
            self.stripe.tax_rate(NO_OBJECT).await.map(drop),
        ];
        readings.into_iter().try_for_each(|reading| match reading {
            Err(FetchError::NotFound) => Ok(()),
            reading => reading,
        })
    }

    /// The object as it is now, with all its lines.
    pub(crate) async fn object(&self, kind: ObjectKind, id: &str) -> Result<Vec<u8>, FetchError> {
        let object = match kind {
            ObjectKind::CreditNote => self.stripe.credit_note(id).await?,
            _ => self.stripe.invoice(id).await?,
        };
        Ok(object.json)
    }

    /// The events about invoices and credit notes since then, the oldest first.
    pub(crate) async fn events(&self, since: Timestamp) -> Result<Vec<Event>, FetchError> {
        let listed = self.stripe.events(&EventQuery::since(since)).await?;
        // What is listed and no event is about nothing that is filed.
        let events = listed.iter().rev().filter_map(|it| Event::read(it.get().as_bytes()).ok());
        Ok(events.collect())
    }

    /// The invoices and credit notes of a period, by their dates in Poland. A draft is none yet.
    pub(crate) async fn issued(
        &self,
        period: &RangeInclusive<InvoiceDate>,
    ) -> Result<Vec<Issued>, FetchError> {
        let since = period.start().checked_add_days(-DRAFT_FOR_DAYS).unwrap_or(InvoiceDate::MIN);
        let since = since.start_in_warsaw();
        let mut issued = Vec::new();
        for json in self.stripe.invoices(since).await? {
            let Ok(invoice) = Invoice::from_json(json.get().as_bytes()) else { continue };
            let day = invoice.effective_at.or(invoice.finalized_at).and_then(day);
            issued.extend(document(invoice.id, invoice.number, day));
        }
        for json in self.stripe.credit_notes(since).await? {
            let Ok(note) = CreditNote::from_json(json.get().as_bytes()) else { continue };
            let day = note.effective_at.or(note.created).and_then(day);
            issued.extend(document(note.id, note.number, day));
        }
        issued.retain(|document| period.contains(&document.day));
        Ok(issued)
    }

    /// The tax rate with this id; `None` if there is none, which the mapper refuses.
    pub(crate) async fn tax_rate(&self, id: &str) -> Option<RateLookup> {
        match self.stripe.tax_rate(id).await {
            Ok(json) => match TaxRate::from_json(&json) {
                Ok(rate) => Some(RateLookup::Found(rate)),
                Err(_) => Some(RateLookup::Failed),
            },
            Err(FetchError::NotFound) => None,
            Err(_) => Some(RateLookup::Failed),
        }
    }

    /// The rate of the National Bank. What cannot be asked for is unknown, and the mapper waits.
    pub(crate) async fn rate_before(&self, currency: Currency, day: InvoiceDate) -> RateOfExchange {
        self.nbp.rate_before(currency, day).await.unwrap_or(RateOfExchange::Unknown)
    }
}

fn day(seconds: i64) -> Option<InvoiceDate> {
    Some(Timestamp::from_unix_milliseconds(seconds.checked_mul(1_000)?).ok()?.warsaw_date())
}

fn document(id: String, number: Option<String>, day: Option<InvoiceDate>) -> Option<Issued> {
    Some(Issued { id, number: number?, day: day? })
}
