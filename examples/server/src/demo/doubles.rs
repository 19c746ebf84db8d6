//! What the demo says instead of Stripe and the National Bank.

use std::collections::BTreeMap;

use ksef_core::Timestamp;
use ksef_core::port::{BoxError, BoxFuture};
use ksef_stripe::RateOfExchange;
use ksef_stripe::model::TaxRate;
use ksef_stripe::nbp::RateQuery;
use ksef_stripe::webhook::Subject;
use serde_json::Value;

use super::day::Row;
use super::objects::{national_bank, tax_rates};
use crate::sources::Sources;

/// The objects of an account of Stripe, by their ids, and the rates of the National Bank.
#[derive(Debug)]
pub(super) struct Doubles {
    objects: BTreeMap<String, Value>,
}

impl Doubles {
    /// The objects of these rows, issued at this time.
    pub(super) fn new(rows: &[Row], issued: Timestamp) -> Self {
        let at = issued.as_unix_milliseconds() / 1000;
        let object = |row: &Row| (row.id(), row.sale.object(row.number, at));
        Self { objects: rows.iter().map(object).collect() }
    }

    pub(super) fn get(&self, id: &str) -> Option<&Value> {
        self.objects.get(id)
    }
}

impl Sources for Doubles {
    fn object<'a>(&'a self, subject: &'a Subject) -> BoxFuture<'a, Result<Vec<u8>, BoxError>> {
        Box::pin(async move {
            let object = self.get(&subject.id).ok_or("there is no such object")?;
            Ok(object.to_string().into_bytes())
        })
    }

    fn tax_rate<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Option<TaxRate>, BoxError>> {
        Box::pin(async move {
            let rate = tax_rates().into_iter().find(|rate| rate["id"] == id);
            Ok(rate.map(|rate| TaxRate::from_json(rate.to_string().as_bytes())).transpose()?)
        })
    }

    fn exchange_rate<'a>(
        &'a self,
        query: &'a RateQuery,
    ) -> BoxFuture<'a, Result<RateOfExchange, BoxError>> {
        Box::pin(async move {
            let is_euro = query.path().to_ascii_lowercase().contains("/eur/");
            let (status, answer) = national_bank(if is_euro { "EUR" } else { "USD" });
            Ok(query.read(status, &answer)?)
        })
    }
}
