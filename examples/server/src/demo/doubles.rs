//! The doubles of Stripe and of the National Bank.

use ksef_core::Timestamp;
use ksef_stripe::ExchangeRate;
use ksef_stripe::stub::Stub;

use super::Result;
use super::day::Cast;
use super::objects::tax_rates;

/// A double for one company, with the objects of its day, issued at this time.
///
/// Of the rates of the day, that of the euro alone is published.
pub(super) async fn start(cast: &Cast, issued: Timestamp) -> Result<Stub> {
    let stub = Stub::start().await?;
    for rate in tax_rates() {
        stub.put(rate)?;
    }
    let at = issued.as_unix_milliseconds() / 1000;
    for row in cast.day {
        stub.put(row.sale.object(row.number, at))?;
    }
    let published_on = "2026-11-19".parse()?;
    let (euro, rate) = ("EUR".parse()?, "4.2537".parse()?);
    stub.publish(&ExchangeRate::new(euro, rate, "225/A/NBP/2026", published_on));
    Ok(stub)
}
