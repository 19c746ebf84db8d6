//! `Nbp`, the rates of the National Bank, each asked for once.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use http::Request;
use ksef_core::{Currency, InvoiceDate};

use super::{BaseAddress, Caller, FetchError};
use crate::RateOfExchange;
use crate::nbp::RateQuery;

/// The API of the National Bank of Poland. A published rate is kept: it never changes.
#[derive(Debug)]
pub struct Nbp {
    caller: Caller,
    base: BaseAddress,
    known: Mutex<HashMap<RateQuery, RateOfExchange>>,
}

impl Nbp {
    /// The API at this address.
    #[must_use]
    pub fn new(caller: Caller, base: BaseAddress) -> Self {
        Self { caller, base, known: Mutex::default() }
    }

    /// The rate of the last table A before this day, see [`RateQuery`].
    ///
    /// # Errors
    ///
    /// When the bank cannot be reached or its answer cannot be read.
    pub async fn rate_before(
        &self,
        currency: Currency,
        day: InvoiceDate,
    ) -> Result<RateOfExchange, FetchError> {
        let query = RateQuery::before(currency, day);
        if let Some(rate) = self.lock().get(&query) {
            return Ok(rate.clone());
        }
        let request = Request::get(self.base.join(&query.path())).body(Vec::new());
        let request = request.map_err(|_| FetchError::Address)?;
        let answer = self.caller.call(&request).await?;
        let rate = query.read(answer.status().as_u16(), answer.body())?;
        if matches!(rate, RateOfExchange::Published(_)) {
            self.lock().insert(query, rate.clone());
        }
        Ok(rate)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<RateQuery, RateOfExchange>> {
        // A panic elsewhere cannot leave an entry half written.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
