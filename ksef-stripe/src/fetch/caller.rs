//! `Caller`, one request with its repetitions.

use core::time::Duration;
use std::sync::Arc;

use http::{HeaderMap, Request, Response, StatusCode, header};
use jiff::fmt::rfc2822::DateTimeParser;
use ksef_core::{Clock, SystemClock, Timestamp};

use super::jitter::Jitter;
use super::{FetchError, Timer, Transport};

/// Makes requests, and makes them again where that may help: when the connection fails, with 409,
/// 429 and 5xx. It waits as long as `Retry-After` says; otherwise half a second, doubled with each
/// attempt, of which chance takes off up to a half.
#[derive(Clone, Debug)]
pub struct Caller {
    transport: Arc<dyn Transport>,
    timer: Arc<dyn Timer>,
    clock: Arc<dyn Clock>,
    jitter: Arc<Jitter>,
}

impl Caller {
    /// How often a request is made before it counts as failed.
    pub const ATTEMPTS: u32 = 5;

    /// The longest time that is waited between two attempts. Who is asked to wait longer is told
    /// so by [`FetchError::RateLimited`].
    pub const LONGEST_WAIT: Duration = Duration::from_secs(60);

    /// Requests over this transport, with the clock of the system.
    pub fn new(transport: Arc<dyn Transport>, timer: Arc<dyn Timer>) -> Self {
        let (clock, jitter) = (Arc::new(SystemClock), Arc::new(Jitter::random()));
        Self { transport, timer, clock, jitter }
    }

    /// Takes the time from another clock.
    #[must_use]
    pub fn with_clock(self, clock: Arc<dyn Clock>) -> Self {
        Self { clock, ..self }
    }

    /// Takes the chance in its waits from a seed. For tests.
    #[must_use]
    pub fn with_seed(self, seed: u64) -> Self {
        Self { jitter: Arc::new(Jitter::seeded(seed)), ..self }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The answer, which may be a refusal that another attempt would not change.
    pub(super) async fn call(
        &self,
        request: &Request<Vec<u8>>,
    ) -> Result<Response<Vec<u8>>, FetchError> {
        let mut attempt = 1;
        loop {
            let (error, wait) = match self.transport.call(request.clone()).await {
                Ok(answer) => {
                    let wait = self.retry_after(answer.headers());
                    match passing(&answer, wait) {
                        Some(error) => (error, wait),
                        None => return Ok(answer),
                    }
                }
                Err(error) => (FetchError::Unreachable(error), None),
            };
            let wait = wait.unwrap_or_else(|| self.jitter.vary(backoff(attempt)));
            if attempt >= Self::ATTEMPTS || wait > Self::LONGEST_WAIT {
                return Err(error);
            }
            self.timer.sleep(wait).await;
            attempt += 1;
        }
    }

    /// Seconds, or a date (RFC 9110, section 10.2.3); what is past asks for no wait.
    fn retry_after(&self, headers: &HeaderMap) -> Option<Duration> {
        let value = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
        if let Ok(seconds) = value.parse() {
            return Some(Duration::from_secs(seconds));
        }
        let date = DateTimeParser::new().parse_timestamp(value).ok()?;
        let date = Timestamp::from_unix_milliseconds(date.as_millisecond()).ok()?;
        Some(date.saturating_duration_since(self.now()))
    }
}

/// What is wrong, if the next attempt may go better. With 409 another request with the same key is
/// under way. Stripe may say it otherwise by a header.
fn passing(answer: &Response<Vec<u8>>, retry_after: Option<Duration>) -> Option<FetchError> {
    let says_no = answer.headers().get("stripe-should-retry").is_some_and(|value| value == "false");
    match answer.status() {
        _ if says_no => None,
        StatusCode::TOO_MANY_REQUESTS => Some(FetchError::RateLimited { retry_after }),
        StatusCode::CONFLICT => Some(FetchError::Refused { status: 409 }),
        status if status.is_server_error() => {
            Some(FetchError::ServerFailed { status: status.as_u16() })
        }
        _ => None,
    }
}

/// Half a second, doubled with each attempt.
fn backoff(attempt: u32) -> Duration {
    Duration::from_millis(500).saturating_mul(2_u32.saturating_pow(attempt.saturating_sub(1)))
}
