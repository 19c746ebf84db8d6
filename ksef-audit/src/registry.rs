//! What is known before a tenant is: which tenants there are, which of them has work, whose webhook
//! endpoint it is. Ids and times, and nothing else.

use core::fmt;
use core::str::FromStr;

use ksef_core::port::BoxFuture;
use ksef_core::{ParseError, ParseErrorReason, Timestamp};

use crate::Error;
use crate::store::{Backend, Scope};

/// How many scopes are asked for at once.
const PAGE: u32 = 1_000;

/// Knows all tenants and environments of a backend.
///
/// A scope is entered when it is opened for the first time ([`Backend::open`]), so creating a tenant
/// is opening it. The times are a help for finding work without opening every tenant; what is due is
/// said by the ledger of each, and [`sweep`] asks them all.
pub trait Registry: Backend {
    /// The scopes after the given one in their order, at most `limit`.
    fn scopes(&self, after: Option<Scope>, limit: u32) -> BoxFuture<'_, Result<Vec<Scope>, Error>>;

    /// The scopes that have work at `now` as far as the registry knows, the longest due first, at
    /// most `limit`.
    fn due(&self, now: Timestamp, limit: u32) -> BoxFuture<'_, Result<Vec<Due>, Error>>;

    /// Asks the ledger of a scope when it has work next, and keeps the answer. A worker does this
    /// when it has leased all that it could.
    fn refresh(&self, scope: Scope) -> BoxFuture<'_, Result<Option<Timestamp>, Error>>;

    /// Says whose endpoint it is. [`Error::AlreadyExists`] if it is that of another scope.
    fn assign<'a>(
        &'a self,
        endpoint: &'a EndpointId,
        scope: Scope,
    ) -> BoxFuture<'a, Result<(), Error>>;

    /// Whose endpoint it is; `None` if it is nobody's.
    fn endpoint<'a>(
        &'a self,
        endpoint: &'a EndpointId,
    ) -> BoxFuture<'a, Result<Option<Scope>, Error>>;

    /// Takes an endpoint away from the scope that it is assigned to. That of another is left alone.
    fn remove<'a>(
        &'a self,
        endpoint: &'a EndpointId,
        scope: Scope,
    ) -> BoxFuture<'a, Result<(), Error>>;
}

/// A scope that has work.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[expect(clippy::exhaustive_structs, reason = "made by every backend")]
pub struct Due {
    /// Since when.
    pub at: Timestamp,
    /// Whose work it is.
    pub scope: Scope,
}

/// The id in the address of a webhook endpoint: 16 to 100 of `A-Z`, `a-z`, `0-9`, `_`, `-`.
///
/// It should be random, since whoever knows it can send to it.
///
/// ```
/// use ksef_audit::registry::EndpointId;
///
/// assert!("wh_9f86d081884c7d65".parse::<EndpointId>().is_ok());
/// assert!("../../etc/passwd".parse::<EndpointId>().is_err());
/// ```
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct EndpointId(String);

impl EndpointId {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for EndpointId {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = |reason| Err(ParseError::new("endpoint id", reason));
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        match text.len() {
            0 => error(ParseErrorReason::Empty),
            1..=15 | 101.. => error(ParseErrorReason::Length),
            _ if !text.bytes().all(is_allowed) => error(ParseErrorReason::Character),
            _ => Ok(Self(text.to_owned())),
        }
    }
}

impl fmt::Display for EndpointId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// What a sweep found.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Sweep {
    /// The scopes that have work, the longest due first.
    pub due: Vec<Due>,
    /// The scopes whose ledger could not be asked, and why. They keep nobody else from working.
    pub failed: Vec<(Scope, Error)>,
}

/// Asks the ledger of every tenant whether it has work at `now`, and brings the registry up to date.
///
/// This is what guarantees that no work is forgotten, whatever crashed in between: run it at the
/// start, and from time to time.
///
/// # Errors
///
/// When the registry cannot be read.
pub async fn sweep(registry: &dyn Registry, now: Timestamp) -> Result<Sweep, Error> {
    let mut found = Sweep::default();
    let mut after = None;
    loop {
        let scopes = registry.scopes(after, PAGE).await?;
        let Some(last) = scopes.last() else { break };
        after = Some(*last);
        for scope in scopes {
            match registry.refresh(scope).await {
                Ok(Some(at)) if at <= now => found.due.push(Due { at, scope }),
                Ok(_) => {}
                Err(error) => found.failed.push((scope, error)),
            }
        }
    }
    found.due.sort_unstable();
    Ok(found)
}
