//! What breaks the contract, and where.

use std::fmt::{self, Display};

use bytes::Bytes;
use http::{Request, StatusCode};

use super::Contract;

/// One thing that the contract does not allow. It names places and rules, and never a value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Violation {
    /// The operation, such as `GET /sessions/{referenceNumber}`; the path itself where there is none.
    pub operation: String,
    /// The status of the answer; `None` in a request.
    pub status: Option<u16>,
    /// Where: `body` and a JSON pointer into it, `header Retry-After`, `query pageSize`, `path`, `status`.
    pub place: String,
    /// What is wrong there.
    pub message: String,
}

impl Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.operation)?;
        match self.status {
            Some(status) => write!(f, ", answer {status}")?,
            None => f.write_str(", request")?,
        }
        write!(f, ": {} {}", self.place, self.message)
    }
}

/// How strictly a body is judged.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules {
    /// Properties that the schema does not know are let pass.
    pub(super) unknown_properties: bool,
    /// Every timestamp of RFC 3339 is, and not only the API's own form.
    pub(super) any_timestamp: bool,
}

impl Rules {
    pub(super) const STRICT: Self = Self { unknown_properties: false, any_timestamp: false };
    pub(super) const TOLERANT: Self = Self { unknown_properties: true, any_timestamp: true };
    pub(super) const REQUEST: Self = Self { unknown_properties: false, any_timestamp: true };
}

/// The violations of one request or answer, while they are collected.
pub(super) struct Findings {
    pub(super) rules: Rules,
    method: http::Method,
    path: String,
    status: Option<StatusCode>,
    found: Vec<(String, String)>,
}

impl Findings {
    pub(super) fn of(request: &Request<Bytes>, status: Option<StatusCode>, rules: Rules) -> Self {
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        Self { rules, method, path, status, found: Vec::new() }
    }

    pub(super) fn report(&mut self, place: &impl Display, message: impl Into<String>) {
        self.found.push((place.to_string(), message.into()));
    }

    pub(super) fn verdict(self, contract: &Contract) -> Result<(), Vec<Violation>> {
        if self.found.is_empty() {
            return Ok(());
        }
        let operation = contract
            .operation(&self.method, &self.path)
            .map_or_else(|| format!("{} {}", self.method, self.path), ToString::to_string);
        let status = self.status.map(|status| status.as_u16());
        let violation = |(place, message)| {
            let operation = operation.clone();
            Violation { operation, status, place, message }
        };
        Err(self.found.into_iter().map(violation).collect())
    }
}

/// A place in a body, a header or a parameter, written out only when something is wrong there.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place<'a> {
    Root(&'a str),
    Named(&'a str, &'a str),
    Property(&'a Self, &'a str),
    Item(&'a Self, usize),
}

impl Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root(name) => f.write_str(name),
            Self::Named(kind, name) => write!(f, "{kind} {name}"),
            Self::Property(parent, name) => {
                write!(f, "{parent}/{}", name.replace('~', "~0").replace('/', "~1"))
            }
            Self::Item(parent, number) => write!(f, "{parent}/{number}"),
        }
    }
}
