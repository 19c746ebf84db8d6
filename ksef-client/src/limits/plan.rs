//! `SendPlan`, how long it takes to send many invoices.

use core::fmt;
use core::time::Duration;

use ksef_core::Timestamp;

use super::{CounterState, RateGroup, RateLimit, RateLimits};

/// How long it takes to send invoices one by one, beside how many batches they would be.
///
/// Batches are not limited in this way: one request opens a batch of 10,000 invoices.
///
/// ```
/// use core::time::Duration;
///
/// use ksef_client::limits::RateLimits;
///
/// let plan = RateLimits::default().plan(340, 10_000);
/// assert_eq!(plan.online, Duration::from_secs(6_800));
/// assert_eq!(plan.batches, 1);
/// // 180 at once, and the others an hour later.
/// assert!(plan.online_at_best < Duration::from_secs(66 * 60));
/// assert_eq!(plan.to_string(), "340 invoices: 1 h 53 min online, or one batch");
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct SendPlan {
    /// How many invoices.
    pub invoices: u32,
    /// How long it takes at the pace that can be kept up: what to tell people.
    pub online: Duration,
    /// When the last one leaves if the first leave as fast as the limits of the moment allow.
    pub online_at_best: Duration,
    /// How many batches it takes instead.
    pub batches: u32,
}

impl SendPlan {
    pub(super) fn new(
        invoices: u32,
        invoices_per_batch: u32,
        limit: RateLimit,
        counter: CounterState,
        now: Timestamp,
    ) -> Self {
        Self {
            invoices,
            online: at_even_pace(invoices, limit),
            online_at_best: at_best(invoices, limit, counter, now),
            batches: invoices.div_ceil(invoices_per_batch.max(1)),
        }
    }
}

impl RateLimits {
    /// How long it takes to send so many invoices, if none was sent within the hour.
    /// `invoices_per_batch` is what a batch session takes, 10,000 unless KSeF says otherwise.
    #[must_use]
    pub fn plan(&self, invoices: u32, invoices_per_batch: u32) -> SendPlan {
        let limit = self.of(RateGroup::InvoiceSend);
        let counter = CounterState::default();
        SendPlan::new(invoices, invoices_per_batch, limit, counter, Timestamp::MIN)
    }
}

fn at_even_pace(invoices: u32, limit: RateLimit) -> Duration {
    let time = |(window, most): (Duration, u32)| window.saturating_mul(invoices) / most;
    limit.windows().map(time).max().unwrap_or_default()
}

/// Sends them without sending them.
fn at_best(
    invoices: u32,
    limit: RateLimit,
    mut counter: CounterState,
    from: Timestamp,
) -> Duration {
    let mut now = from;
    for _ in 0..invoices {
        let number = loop {
            match counter.reserve(limit, now) {
                Ok(number) => break number,
                Err(wait) => now = now.checked_add(wait).unwrap_or(Timestamp::MAX),
            }
            if now == Timestamp::MAX {
                return Duration::MAX;
            }
        };
        counter.complete(number, now);
    }
    now.saturating_duration_since(from)
}

impl fmt::Display for SendPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let invoices = if self.invoices == 1 { "invoice" } else { "invoices" };
        write!(f, "{} {invoices}: {} online, or ", self.invoices, Readable(self.online))?;
        match self.batches {
            1 => f.write_str("one batch"),
            batches => write!(f, "{batches} batches"),
        }
    }
}

/// A time as people say it.
struct Readable(Duration);

impl fmt::Display for Readable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        let minutes = (seconds + 30) / 60;
        match (minutes / 60, minutes % 60) {
            (0, _) if seconds < 60 => write!(f, "{seconds} s"),
            (0, minutes) => write!(f, "{minutes} min"),
            (hours, 0) => write!(f, "{hours} h"),
            (hours, minutes) => write!(f, "{hours} h {minutes} min"),
        }
    }
}
