//! Exchange rates of the National Bank of Poland: which to ask for, and what the answer says.
//!
//! Nothing here uses the network. [`RateQuery`] says what to ask, [`RateQuery::read`] reads what
//! came, and the result goes into [`Context::exchange_rate`](crate::Context::exchange_rate). Rates
//! of Stripe are never used: the act asks for those of the bank.
//!
//! ```
//! use ksef_stripe::nbp::RateQuery;
//! use ksef_stripe::RateOfExchange;
//!
//! // An invoice of Monday, 16 November 2026: the last table before it counts, that of Friday.
//! let query = RateQuery::before("EUR".parse()?, "2026-11-16".parse()?);
//! assert_eq!(query.path(), "/api/exchangerates/rates/a/eur/2026-11-06/2026-11-15/?format=json");
//!
//! let answer = br#"{"table":"A","code":"EUR","rates":[
//!     {"no":"220/A/NBP/2026","effectiveDate":"2026-11-12","mid":4.2410},
//!     {"no":"221/A/NBP/2026","effectiveDate":"2026-11-13","mid":4.2537}]}"#;
//! let RateOfExchange::Published(rate) = query.read(200, answer)? else { unreachable!() };
//! assert_eq!((rate.table.as_str(), rate.rate.to_string()), ("221/A/NBP/2026", "4.2537".to_owned()));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use ksef_core::{Currency, InvoiceDate, Quantity};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::{ExchangeRate, RateOfExchange};

/// What is asked of the bank for the tax on one day.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct RateQuery {
    currency: Currency,
    first: InvoiceDate,
    last: InvoiceDate,
}

/// Why an answer gives no rate. Ask again later; nothing is filed with a guessed one.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RateError {
    /// The bank answers with another status than 200 and 404.
    #[error("the National Bank answers with status {0}; ask again later")]
    Status(u16),
    /// The answer is not of the documented form.
    #[error("the answer of the National Bank cannot be read; ask again later")]
    Shape(#[source] Option<serde_json::Error>),
    /// The answer is about another currency, table or day than was asked for.
    #[error("the answer of the National Bank is about something else; check its address")]
    OtherRate,
}

#[derive(Deserialize)]
struct Answer<'a> {
    table: String,
    code: String,
    #[serde(borrow)]
    rates: Vec<Row<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Row<'a> {
    no: String,
    effective_date: InvoiceDate,
    /// Read from its digits: a rate never passes through a float.
    #[serde(borrow)]
    mid: &'a RawValue,
}

impl RateQuery {
    /// The most days between two tables A; holidays and weekends leave fewer.
    const DAYS: i64 = 10;

    /// Asks for the last table before this day (art. 31a(1) of the VAT act), of which
    /// [`exchange_day`](crate::exchange_day) says which it is.
    #[must_use]
    pub fn before(currency: Currency, day: InvoiceDate) -> Self {
        let back = |days: i64| day.checked_add_days(-days).unwrap_or(InvoiceDate::MIN);
        Self { currency, first: back(Self::DAYS), last: back(1) }
    }

    /// The currency.
    #[must_use]
    pub const fn currency(&self) -> Currency {
        self.currency
    }

    /// The last day whose table may be taken.
    #[must_use]
    pub const fn last(&self) -> InvoiceDate {
        self.last
    }

    /// Path and query of the request, to be put after the address of the API
    /// (`https://api.nbp.pl`).
    #[must_use]
    pub fn path(&self) -> String {
        let code = self.currency.as_ref().to_ascii_lowercase();
        format!("/api/exchangerates/rates/a/{code}/{}/{}/?format=json", self.first, self.last)
    }

    /// Reads the answer to [`RateQuery::path`].
    ///
    /// Rates never change, so that a published one may be kept for good. `NotPublished` may be
    /// another answer tomorrow; for a currency that table A does not list it stays so.
    ///
    /// # Errors
    ///
    /// When the answer does not say.
    pub fn read(&self, status: u16, body: &[u8]) -> Result<RateOfExchange, RateError> {
        match status {
            200 => self.latest(body),
            404 => Ok(RateOfExchange::NotPublished),
            other => Err(RateError::Status(other)),
        }
    }

    fn latest(&self, body: &[u8]) -> Result<RateOfExchange, RateError> {
        let answer: Answer<'_> =
            serde_json::from_slice(body).map_err(|error| RateError::Shape(Some(error)))?;
        let is_ours = answer.table == "A"
            && answer.code.eq_ignore_ascii_case(self.currency.as_ref())
            && answer
                .rates
                .iter()
                .all(|row| (self.first..=self.last).contains(&row.effective_date));
        if !is_ours {
            return Err(RateError::OtherRate);
        }
        let latest = answer.rates.iter().max_by_key(|row| row.effective_date);
        let latest = latest.ok_or(RateError::Shape(None))?;
        let rate: Option<Quantity> = latest.mid.get().parse().ok();
        let rate = rate.filter(|rate| rate.to_decimal() > Decimal::ZERO);
        let rate = rate.ok_or(RateError::Shape(None))?;
        let rate = ExchangeRate::new(self.currency, rate, &*latest.no, latest.effective_date);
        Ok(RateOfExchange::Published(rate))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn query() -> RateQuery {
        RateQuery::before("EUR".parse().unwrap(), "2027-01-04".parse().unwrap())
    }

    fn answer(rows: &str) -> String {
        format!(r#"{{"table":"A","currency":"euro","code":"EUR","rates":[{rows}]}}"#)
    }

    fn row(number: &str, day: &str, mid: &str) -> String {
        format!(r#"{{"no":"{number}","effectiveDate":"{day}","mid":{mid}}}"#)
    }

    fn published(body: &str) -> ExchangeRate {
        match query().read(200, body.as_bytes()).unwrap() {
            RateOfExchange::Published(rate) => rate,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn over_the_turn_of_the_year_the_last_table_counts() {
        let path = "/api/exchangerates/rates/a/eur/2026-12-25/2027-01-03/?format=json";
        assert_eq!(query().path(), path);
        let rows = [
            row("252/A/NBP/2026", "2026-12-31", "4.2210"),
            row("251/A/NBP/2026", "2026-12-30", "4.2301"),
        ];
        let rate = published(&answer(&rows.join(",")));
        assert_eq!(
            (rate.table.as_str(), rate.rate.to_string().as_str()),
            ("252/A/NBP/2026", "4.2210")
        );
    }

    #[test]
    fn every_digit_of_a_rate_is_kept() {
        let rate = published(&answer(&row("1", "2026-12-31", "0.000123")));
        assert_eq!(rate.rate.to_string(), "0.000123");
    }

    #[test]
    fn what_was_not_published_is_told_from_what_failed() {
        assert_eq!(query().read(404, b"404 NotFound").unwrap(), RateOfExchange::NotPublished);
        assert!(matches!(query().read(500, b""), Err(RateError::Status(500))));
        assert!(matches!(query().read(200, b"<html>"), Err(RateError::Shape(Some(_)))));
        assert!(matches!(query().read(200, answer("").as_bytes()), Err(RateError::Shape(None))));
    }

    #[test]
    fn an_answer_about_something_else_is_refused() {
        let good = answer(&row("1", "2026-12-31", "4.2"));
        let late = answer(&row("1", "2027-01-04", "4.2"));
        for wrong in [good.replace("EUR", "USD"), good.replace("\"A\"", "\"C\""), late] {
            let found = query().read(200, wrong.as_bytes());
            assert!(matches!(found, Err(RateError::OtherRate)), "{wrong}");
        }
    }

    #[test]
    fn a_rate_that_is_no_number_is_refused() {
        for mid in ["\"4.2\"", "null", "-4.2", "0", "1e3", "[]"] {
            let found = query().read(200, answer(&row("1", "2026-12-31", mid)).as_bytes());
            assert!(found.is_err(), "{mid}: {found:?}");
        }
    }

    proptest! {
        #[test]
        fn any_answer_gives_a_rate_or_an_error(status: u16, body: Vec<u8>) {
            let _ = query().read(status, &body);
        }

        #[test]
        fn the_day_itself_is_never_asked_for(day: InvoiceDate) {
            let query = RateQuery::before("USD".parse().unwrap(), day);
            prop_assert!(query.last() < day || day == InvoiceDate::MIN);
        }
    }
}
