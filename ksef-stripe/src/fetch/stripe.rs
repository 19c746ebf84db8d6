//! `Stripe`, one account at the API of Stripe.

use http::{Method, Request, header};
use ksef_core::Timestamp;
use serde_json::value::RawValue;

use super::json::{Page, id_of};
use super::refusal::{needed, refusal};
use super::{ApiKey, BaseAddress, Caller, FetchError};

/// The version of the API that every request names, so that no setting of an account changes the
/// shape of an answer.
pub const API_VERSION: &str = "2026-10-28.endive";

/// One account at the API of Stripe.
#[derive(Debug)]
pub struct Stripe {
    caller: Caller,
    base: BaseAddress,
    key: ApiKey,
    account: Option<String>,
}

impl Stripe {
    /// The most items of a page, which Stripe allows.
    const PAGE: &'static str = "100";

    /// The most pages of one list: above 10,000 lines, and above a busy month.
    const PAGES: usize = 10_000;

    /// The account that the key belongs to.
    #[must_use]
    pub const fn new(caller: Caller, base: BaseAddress, key: ApiKey) -> Self {
        Self { caller, base, key, account: None }
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

    /// All items of a list that are newer than this one, the newest first.
    pub(super) async fn list_newer(
        &self,
        path: &str,
        query: &[(&str, &str)],
        than: &str,
    ) -> Result<Vec<Box<RawValue>>, FetchError> {
        let (mut pages, mut before) = (Vec::new(), than.to_owned());
        for _ in 0..Self::PAGES {
            let mut query = query.to_vec();
            query.extend([("limit", Self::PAGE), ("ending_before", &before)]);
            let page: Page = serde_json::from_slice(&self.read(path, &query).await?)?;
            let first = page.data.first().map(|item| id_of(item)).transpose()?;
            pages.push(page.data);
            match first {
                _ if !page.has_more => return Ok(pages.into_iter().rev().flatten().collect()),
                Some(first) if first != before => before = first,
                _ => return Err(FetchError::Endless),
            }
        }
        Err(FetchError::Endless)
    }

    pub(super) fn now(&self) -> Timestamp {
        self.caller.now()
    }

    async fn call(
        &self,
        method: &Method,
        path: &str,
        body: Vec<u8>,
        idempotency_key: Option<&str>,
    ) -> Result<Vec<u8>, FetchError> {
        let request = self.request(method, path, body, idempotency_key)?;
        let answer = self.caller.call(&request).await?;
        if answer.status().is_success() {
            return Ok(answer.into_body());
        }
        let needed = needed(method == Method::POST, path);
        Err(refusal(answer.status(), answer.body(), needed))
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
