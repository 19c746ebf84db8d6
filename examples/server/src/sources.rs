//! `Sources`, where documents come from and what the mapper looks up.

use core::fmt::Debug;

use ksef_core::port::{BoxError, BoxFuture};
use ksef_stripe::RateOfExchange;
use ksef_stripe::model::TaxRate;
use ksef_stripe::nbp::RateQuery;
use ksef_stripe::webhook::Subject;

/// Where documents come from and what the mapper looks up.
pub(crate) trait Sources: Debug + Send + Sync {
    /// The object as it is now, with all its lines.
    fn object<'a>(&'a self, subject: &'a Subject) -> BoxFuture<'a, Result<Vec<u8>, BoxError>>;

    /// The tax rate with this id; `None` if there is none.
    fn tax_rate<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Option<TaxRate>, BoxError>>;

    /// The rate of the National Bank.
    fn exchange_rate<'a>(
        &'a self,
        query: &'a RateQuery,
    ) -> BoxFuture<'a, Result<RateOfExchange, BoxError>>;
}
