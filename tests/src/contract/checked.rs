//! Every exchange of a test, checked on its way.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http::{Request, Response};

use super::{Contract, Coverage, Violation};

/// Why an answer is not checked; `None` if it is.
type Excuse = fn(&Request<Bytes>, &Response<Bytes>) -> Option<&'static str>;

/// Sees exchanges, from any number of threads, and remembers what was wrong with them.
#[derive(Debug)]
pub struct Inspector {
    contract: Contract,
    checks_requests: bool,
    excuse: Excuse,
    seen: Mutex<Seen>,
}

#[derive(Debug)]
struct Seen {
    coverage: Coverage,
    violations: BTreeMap<Violation, u64>,
}

/// What broke the contract, and how often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken(BTreeMap<Violation, u64>);

impl Inspector {
    /// For the tests of a server: its answers are checked strictly; the requests are the test's own business.
    #[must_use]
    pub fn of_server(contract: &Contract) -> Self {
        Self::new(contract.clone(), false)
    }

    /// For the tests of a client: its requests are checked strictly, and what it is given tolerantly.
    #[must_use]
    pub fn of_client(contract: &Contract) -> Self {
        Self::new(contract.clone().tolerant(), true)
    }

    fn new(contract: Contract, checks_requests: bool) -> Self {
        let coverage = Coverage::of(&contract);
        let seen = Mutex::new(Seen { coverage, violations: BTreeMap::new() });
        Self { contract, checks_requests, excuse: |_, _| None, seen }
    }

    /// Excuses answers from the check, for instance those that a test has asked to be wrong. They are counted
    /// by the reason that the function gives.
    #[must_use]
    pub fn excusing(self, excuse: Excuse) -> Self {
        Self { excuse, ..self }
    }

    /// Looks at a request, before it is sent.
    pub fn request(&self, request: &Request<Bytes>) {
        if self.checks_requests {
            self.note(self.contract.check_request(request));
        }
    }

    /// Looks at an answer.
    pub fn answer(&self, request: &Request<Bytes>, response: &Response<Bytes>) {
        if let Some(reason) = (self.excuse)(request, response) {
            self.seen().coverage.excuse(reason);
            return;
        }
        let (method, path) = (request.method(), request.uri().path());
        let status = response.status().as_u16();
        self.note(self.contract.check_response(request, response));
        self.seen().coverage.answered(&self.contract, method, path, status);
    }

    /// Takes down that a request got no answer.
    pub fn dropped(&self) {
        self.seen().coverage.unanswered();
    }

    /// What occurred so far.
    #[must_use]
    pub fn coverage(&self) -> Coverage {
        self.seen().coverage.clone()
    }

    /// What occurred, if nothing broke the contract.
    ///
    /// # Errors
    ///
    /// [`Broken`], with each violation once.
    pub fn verdict(&self) -> Result<Coverage, Broken> {
        let seen = self.seen();
        if seen.violations.is_empty() {
            Ok(seen.coverage.clone())
        } else {
            Err(Broken(seen.violations.clone()))
        }
    }

    fn note(&self, verdict: Result<(), Vec<Violation>>) {
        let mut seen = self.seen();
        for violation in verdict.err().into_iter().flatten() {
            *seen.violations.entry(violation).or_default() += 1;
        }
    }

    /// A panic in another thread leaves nothing half done.
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Broken {
    /// Each violation with how often it occurred.
    #[must_use]
    pub fn violations(&self) -> &BTreeMap<Violation, u64> {
        &self.0
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the contract is broken in {} ways", self.0.len())?;
        for (violation, count) in &self.0 {
            write!(f, "\n{violation} ({count} times)")?;
        }
        Ok(())
    }
}

impl Error for Broken {}

/// A function from request to answer, of which every exchange is checked.
#[derive(Debug)]
pub struct Checked<S> {
    send: S,
    inspector: Inspector,
}

impl<S, E> Checked<S>
where
    S: Fn(Request<Bytes>) -> Result<Response<Bytes>, E>,
{
    /// Puts an inspector before a function. An error of the function means that there is no answer.
    pub fn new(inspector: Inspector, send: S) -> Self {
        Self { send, inspector }
    }

    /// Sends a request, and looks at it and at its answer. What is wrong with them the
    /// [inspector](Self::inspector) says in the end.
    ///
    /// # Errors
    ///
    /// That of the function.
    pub fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, E> {
        let asked = request.clone();
        self.inspector.request(&asked);
        match (self.send)(request) {
            Ok(response) => {
                self.inspector.answer(&asked, &response);
                Ok(response)
            }
            Err(error) => {
                self.inspector.dropped();
                Err(error)
            }
        }
    }

    /// What was seen.
    #[must_use]
    pub fn inspector(&self) -> &Inspector {
        &self.inspector
    }
}
