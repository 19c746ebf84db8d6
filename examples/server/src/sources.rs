//! `Sources`, where documents come from and what the mapper looks up.

use std::sync::Arc;

use ksef_core::{Clock, Currency, InvoiceDate, Timestamp};
use ksef_stripe::fetch::{
    ApiKey, BaseAddress, Caller, EventQuery, FetchError, Nbp, ReqwestTransport, Stripe, TokioTimer,
};
use ksef_stripe::model::TaxRate;
use ksef_stripe::webhook::{Event, ObjectKind};
use ksef_stripe::{RateLookup, RateOfExchange};

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
