//! The endpoints of the National Bank: table A by day and by range.

use std::collections::BTreeMap;

use http::StatusCode;
use ksef_core::InvoiceDate;
use serde::Serialize;
use serde_json::value::RawValue;

use super::SeenRequest;
use super::reply::{Reply, reply};
use crate::ExchangeRate;

/// The most days that may be asked for at once.
const DAYS: i64 = 93;

/// What was published: number of the table and rate, by currency and day.
#[derive(Debug, Default)]
pub(super) struct NationalBank(BTreeMap<(String, InvoiceDate), (String, String)>);

#[derive(Serialize)]
struct Series<'a> {
    table: &'static str,
    currency: &'a str,
    code: &'a str,
    rates: Vec<Row<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Row<'a> {
    no: &'a str,
    effective_date: InvoiceDate,
    /// With its digits: a rate is no float.
    mid: Box<RawValue>,
}

impl NationalBank {
    pub(super) fn publish(&mut self, rate: &ExchangeRate) {
        let key = (rate.currency.as_ref().to_owned(), rate.published_on);
        self.0.insert(key, (rate.table.clone(), rate.rate.to_string()));
    }

    /// Answers a request below `/api/`.
    pub(super) fn answer(&self, request: &SeenRequest) -> Reply {
        let path: Vec<&str> = request.path().trim_end_matches('/').split('/').skip(1).collect();
        let ["api", "exchangerates", "rates", table, code, days @ ..] = path.as_slice() else {
            return no_data();
        };
        let (first, last) = match days {
            [day] => (day.parse(), day.parse()),
            [first, last] => (first.parse(), last.parse()),
            _ => return no_data(),
        };
        let (Ok(first), Ok(last)) = (first, last) else { return no_data() };
        if !table.eq_ignore_ascii_case("a") {
            return no_data();
        }
        self.between(&code.to_ascii_uppercase(), first, last)
    }

    fn between(&self, code: &str, first: InvoiceDate, last: InvoiceDate) -> Reply {
        if last < first {
            return text(StatusCode::BAD_REQUEST, "400 BadRequest - Błędny zakres dat");
        }
        if first.days_until(last) > DAYS {
            return text(StatusCode::BAD_REQUEST, "400 BadRequest - Przekroczony limit 93 dni");
        }
        let range = (code.to_owned(), first)..=(code.to_owned(), last);
        let rows = self.0.range(range).filter_map(|((_, day), (no, rate))| {
            let mid = RawValue::from_string(rate.clone()).ok()?;
            Some(Row { no, effective_date: *day, mid })
        });
        let series = Series { table: "A", currency: code, code, rates: rows.collect() };
        if series.rates.is_empty() {
            return no_data();
        }
        match serde_json::to_vec(&series) {
            Ok(body) => reply(StatusCode::OK, "application/json; charset=utf-8", body),
            Err(_) => text(StatusCode::INTERNAL_SERVER_ERROR, ""),
        }
    }
}

fn no_data() -> Reply {
    text(StatusCode::NOT_FOUND, "404 NotFound - Not Found - Brak danych")
}

fn text(status: StatusCode, text: &'static str) -> Reply {
    reply(status, "text/plain; charset=utf-8", text)
}
