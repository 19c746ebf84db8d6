//! `Stripe`, one account at the API of Stripe.

use core::time::Duration;
use std::sync::Arc;

use http::{Method, Request, Response, StatusCode, header};
use serde_json::value::RawValue;

use super::json::{Page, id_of};
use super::{ApiKey, BaseAddress, FetchError, Timer, Transport};

/// The version of the API that every request names, so that no setting of an account changes the
/// shape of an answer.
pub const API_VERSION: &str = "2026-10-28.endive";

/// One account at the API of Stripe.
#[derive(Debug)]
pub struct Stripe {
    transport: Arc<dyn Transport>,
    timer: Arc<dyn Timer>,
    base: BaseAddress,
    key: ApiKey,
    account: Option<String>,
}

impl Stripe {
    /// How often a request is made before it counts as failed.
    pub const ATTEMPTS: u32 = 5;

    /// The longest time that is waited between two attempts. Who is asked to wait longer is told
    /// so by [`FetchError::RateLimited`].
    pub const LONGEST_WAIT: Duration = Duration::from_secs(60);

    /// The most items of a page, which Stripe allows.
    const PAGE: &'static str = "100";

    /// The most pages of one list: above 10,000 lines, and above a busy month.
    const PAGES: usize = 10_000;

    /// The account that the key belongs to.
    pub fn new(
        transport: Arc<dyn Transport>,
        timer: Arc<dyn Timer>,
        base: BaseAddress,
        key: ApiKey,
    ) -> Self {
        Self { transport, timer, base, key, account: None }
    }

    /// Speaks for a connected account (`acct_…`), by the header `Stripe-Account`.
    ///
    /// # Errors
    ///
    /// [`FetchError::Id`] for what is no id.
    pub fn for_account(mut self, account: impl Into<String>) -> Result<Self, FetchError> {
        let account = account.into();
        check_id(&account)?;
        self.account = Some(account);
        Ok(self)
    }

    pub(super) async fn read(
        &self,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<Vec<u8>, FetchError> {
        let query = encode(query);
        let path = if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") };
        self.call(&Method::GET, &path, Vec::new(), None).await
    }

    /// A request that changes something. The key makes its repetitions one; those that may be
    /// repeated anyway have none.
    pub(super) async fn write(
        &self,
        path: &str,
        form: &[(&str, &str)],
        idempotency_key: Option<&str>,
    ) -> Result<Vec<u8>, FetchError> {
        self.call(&Method::POST, path, encode(form).into_bytes(), idempotency_key).await
    }

    /// All items of a list, page after page, after the item with this id or from its start.
    pub(super) async fn list(
        &self,
        path: &str,
        query: &[(&str, &str)],
        after: Option<String>,
    ) -> Result<Vec<Box<RawValue>>, FetchError> {
        let (mut items, mut after) = (Vec::new(), after);
        for _ in 0..Self::PAGES {
            let mut query = query.to_vec();
            query.push(("limit", Self::PAGE));
            query.extend(after.as_deref().map(|id| ("starting_after", id)));
            let page: Page = serde_json::from_slice(&self.read(path, &query).await?)?;
            let last = page.data.last().map(|item| id_of(item)).transpose()?;
            items.extend(page.data);
            if !page.has_more {
                return Ok(items);
            }
            // A page without a new last item would be asked for again without end.
            if last.is_none() || last == after {
                return Err(FetchError::Endless);
            }
            after = last;
        }
        Err(FetchError::Endless)
    }

    async fn call(
        &self,
        method: &Method,
        path: &str,
        body: Vec<u8>,
        idempotency_key: Option<&str>,
    ) -> Result<Vec<u8>, FetchError> {
        let mut attempt = 1;
        loop {
            let request = self.request(method, path, body.clone(), idempotency_key)?;
            let answer = match self.transport.call(request).await {
                Ok(answer) if answer.status().is_success() => return Ok(answer.into_body()),
                other => other,
            };
            let wait = answer.as_ref().ok().and_then(retry_after);
            let error = match answer {
                Ok(answer) => failure(answer.status(), wait),
                Err(error) => FetchError::Unreachable(error),
            };
            let wait = wait.unwrap_or_else(|| backoff(attempt));
            if attempt >= Self::ATTEMPTS || wait > Self::LONGEST_WAIT || !may_pass(&error) {
                return Err(error);
            }
            self.timer.sleep(wait).await;
            attempt += 1;
        }
    }

    fn request(
        &self,
        method: &Method,
        path: &str,
        body: Vec<u8>,
        idempotency_key: Option<&str>,
    ) -> Result<Request<Vec<u8>>, FetchError> {
        let bearer = format!("Bearer {}", self.key.expose());
        let mut bearer = header::HeaderValue::try_from(bearer).map_err(|_| FetchError::Key)?;
        bearer.set_sensitive(true);
        let mut request = Request::builder()
            .method(method)
            .uri(self.base.join(path))
            .header(header::AUTHORIZATION, bearer)
            .header("stripe-version", API_VERSION);
        if let Some(account) = &self.account {
            request = request.header("stripe-account", account);
        }
        if method == Method::POST {
            request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        if let Some(key) = idempotency_key {
            request = request.header("idempotency-key", key);
        }
        request.body(body).map_err(|_| FetchError::Id)
    }
}

/// An id as it may stand in a path.
pub(super) fn check_id(id: &str) -> Result<(), FetchError> {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    if !id.is_empty() && id.bytes().all(is_allowed) { Ok(()) } else { Err(FetchError::Id) }
}

fn encode(pairs: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

fn failure(status: StatusCode, retry_after: Option<Duration>) -> FetchError {
    match status.as_u16() {
        401 | 403 => FetchError::NotAllowed { status: status.as_u16() },
        404 => FetchError::NotFound,
        429 => FetchError::RateLimited { retry_after },
        status @ 500.. => FetchError::ServerFailed { status },
        status => FetchError::Refused { status },
    }
}

/// Whether the next attempt may go better. With 409 another request with the same key is under
/// way.
const fn may_pass(error: &FetchError) -> bool {
    matches!(
        error,
        FetchError::Unreachable(_)
            | FetchError::RateLimited { .. }
            | FetchError::ServerFailed { .. }
            | FetchError::Refused { status: 409 }
    )
}

fn retry_after(answer: &Response<Vec<u8>>) -> Option<Duration> {
    let value = answer.headers().get(header::RETRY_AFTER)?.to_str().ok()?;
    value.trim().parse().ok().map(Duration::from_secs)
}

/// Half a second, doubled with each attempt.
fn backoff(attempt: u32) -> Duration {
    Duration::from_millis(500).saturating_mul(2_u32.saturating_pow(attempt.saturating_sub(1)))
}
