//! The Ministry's OpenAPI file as a judge: is an answer one that KSeF may give, a request one that it takes?
//!
//! [`Contract`] judges one exchange, [`Checked`] every exchange that goes through a function, with a
//! [`Coverage`] of what occurred. The file is found by [`crate::official_data`]; a test that judges by it
//! needs [`OPEN_API`].
//!
//! Beyond the schemas, an answer of ours is held to what the API does everywhere (KSeF API, section 0 and
//! 14.1): no properties but the documented ones, timestamps with seven decimals and the offset `+00:00`,
//! a hash header that is the hash of the body, and the error format that `X-Error-Format` asks for.
//!
//! ```no_run
//! use bytes::Bytes;
//! use http::{Request, Response};
//! use ksef_tests::contract::Contract;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let contract = Contract::load()?;
//! let request = Request::post("/v2/sessions/online/20251002-SO-190FB15000-0123456789-AB/close")
//!     .header("Authorization", "Bearer token")
//!     .body(Bytes::new())?;
//! assert_eq!(contract.check_request(&request), Ok(()));
//!
//! let answer = Response::builder().status(204).body(Bytes::new())?;
//! assert_eq!(contract.check_response(&request, &answer), Ok(()));
//! let answer = Response::builder().status(418).body(Bytes::new())?;
//! assert!(contract.check_response(&request, &answer).is_err());
//! # Ok(())
//! # }
//! ```

mod checked;
mod coverage;
mod format;
mod keywords;
mod media;
mod operation;
mod request;
mod response;
mod schema;
mod template;
mod violation;

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use http::{Method, Request, Response};

use self::operation::Document;
use self::violation::{Findings, Rules};
use crate::official_data::{self, OfficialDataError};

pub use self::checked::{Broken, Checked, Inspector};
pub use self::coverage::Coverage;
pub use self::operation::{Operation, RateLimits};
pub use self::violation::Violation;

/// The path of the contract in `official-data.toml`.
pub const OPEN_API: &str = "open-api-2.9.0.json";

/// What every path of the contract begins with.
pub const BASE: &str = "/v2";

static SHARED: OnceLock<Contract> = OnceLock::new();

/// The operations of KSeF, and how strictly an exchange is held to them. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Contract {
    document: Arc<Document>,
    rules: Rules,
}

/// Why there is no contract to check against.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ContractError {
    /// The official file is not here, or not the one that is listed.
    #[error("the contract cannot be had")]
    Official(#[from] OfficialDataError),
    /// The file is not JSON.
    #[error("the contract is not JSON")]
    NotJson(#[from] serde_json::Error),
    /// The file says something that the check does not know, so that it would let things pass.
    #[error("the contract says at {place} what its check does not know: {what}")]
    Unfamiliar {
        /// Where in the file.
        place: String,
        /// The keyword or value.
        what: String,
    },
}

/// The 83 operations of the official file, for tests that compare another list with it.
///
/// # Errors
///
/// As [`Contract::load`].
pub fn operations() -> Result<&'static [Operation], ContractError> {
    Ok(shared()?.operations())
}

fn shared() -> Result<&'static Contract, ContractError> {
    if let Some(contract) = SHARED.get() {
        return Ok(contract);
    }
    let contract = Contract::read(&official_data::load(OPEN_API)?)?;
    Ok(SHARED.get_or_init(|| contract))
}

impl Contract {
    /// The contract of the official file, which is read once in a process. It is as strict as our own
    /// answers and requests have to be.
    ///
    /// # Errors
    ///
    /// Every variant of [`ContractError`].
    pub fn load() -> Result<Self, ContractError> {
        shared().cloned()
    }

    /// The contract of the bytes of an OpenAPI 3.0 file.
    ///
    /// # Errors
    ///
    /// [`ContractError::NotJson`], and [`ContractError::Unfamiliar`] for a keyword that the check does not know.
    pub fn read(bytes: &[u8]) -> Result<Self, ContractError> {
        let document = Arc::new(Document::read(serde_json::from_slice(bytes)?)?);
        Ok(Self { document, rules: Rules::STRICT })
    }

    /// The same contract for what a client is given: an answer may have properties that the file does not
    /// know (adding one is no breaking change) and timestamps in every form of RFC 3339.
    #[must_use]
    pub fn tolerant(self) -> Self {
        Self { rules: Rules::TOLERANT, ..self }
    }

    /// The same contract for answers of the Ministry's server: documented properties only, but timestamps
    /// in every form of RFC 3339, since the server leaves out final zeros.
    #[must_use]
    pub fn with_any_timestamp(self) -> Self {
        let rules = Rules { any_timestamp: true, ..self.rules };
        Self { rules, ..self }
    }

    /// All operations. Of two whose paths match the same request, the one with the earlier literal comes first.
    #[must_use]
    pub fn operations(&self) -> &[Operation] {
        &self.document.operations
    }

    /// The operation of a request, by its whole path, such as `/v2/sessions/online`.
    #[must_use]
    pub fn operation(&self, method: &Method, path: &str) -> Option<&Operation> {
        let path = path.strip_prefix(BASE)?;
        let mut operations = self.operations().iter();
        operations.find(|operation| operation.method() == method && operation.matches(path))
    }

    /// The methods that the contract has for a path.
    pub(crate) fn methods<'a>(&'a self, path: &'a str) -> impl Iterator<Item = &'a Method> {
        let path = path.strip_prefix(BASE);
        let operations = self.operations().iter();
        operations
            .filter(move |operation| path.is_some_and(|path| operation.matches(path)))
            .map(Operation::method)
    }

    /// Checks a request that a client makes. One outside of [`BASE`] is no business of the contract, which
    /// [`Coverage::outside`] counts.
    ///
    /// # Errors
    ///
    /// What the contract does not allow: the path, parameters, credential, content type or body; a property
    /// that it does not know.
    pub fn check_request(&self, request: &Request<Bytes>) -> Result<(), Vec<Violation>> {
        if !covers(request.uri().path()) {
            return Ok(());
        }
        let mut findings = Findings::of(request, None, Rules::REQUEST);
        match self.operation(request.method(), request.uri().path()) {
            Some(operation) => operation.check_request(request, &mut findings),
            None => findings.report(&"path", "is none of the contract with this method"),
        }
        findings.verdict(self)
    }

    /// Checks the answer to a request. One outside of [`BASE`] is no business of the contract, which
    /// [`Coverage::outside`] counts.
    ///
    /// Besides the documented statuses an answer may be one of these, empty or problem+json with `title`,
    /// `status` and `detail`:
    ///
    /// | Status | When |
    /// |---|---|
    /// | 404 | the contract has no such path |
    /// | 405 | it has the path with other methods, which the header `Allow` names |
    /// | 413 | the request has a body |
    /// | 415 | the content type of the request is none of the operation's |
    /// | 501 | always, with a body: an operation that the sandbox does not have, whose path `detail` names |
    ///
    /// # Errors
    ///
    /// What the contract does not allow: the status, headers, content type or body.
    pub fn check_response(
        &self,
        request: &Request<Bytes>,
        response: &Response<Bytes>,
    ) -> Result<(), Vec<Violation>> {
        if !covers(request.uri().path()) {
            return Ok(());
        }
        let mut findings = Findings::of(request, Some(response.status()), self.rules);
        match self.operation(request.method(), request.uri().path()) {
            Some(operation) => {
                operation.check_response(&self.document.problem, request, response, &mut findings);
            }
            None => self.check_outside(request, response, &mut findings),
        }
        findings.verdict(self)
    }
}

/// Whether the contract has a say on a path.
fn covers(path: &str) -> bool {
    path.strip_prefix(BASE).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
