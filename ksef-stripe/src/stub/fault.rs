//! `Fault`, what goes wrong on purpose.

use serde_json::Value;

use super::SeenRequest;

/// Something that goes wrong: where, from which request on, and how often.
///
/// ```
/// use ksef_stripe::stub::{Fault, FaultKind};
///
/// // The second page of lines ends in the middle, once.
/// let cut = Fault::new(FaultKind::Truncated).at("/v1/invoices/in_1/lines").after(1).times(1);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    kind: FaultKind,
    path: String,
    is_write: Option<bool>,
    spared: u32,
    left: Option<u32>,
}

/// What goes wrong.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum FaultKind {
    /// 429, before anything is done.
    TooManyRequests {
        /// The header `Retry-After`: seconds or a date, as it is to be sent.
        retry_after: String,
    },
    /// This status, before anything is done, with an error of this code: 503 or 401, say.
    Status {
        /// The status.
        status: u16,
        /// What `error.code` is.
        code: String,
    },
    /// 200 and a page in HTML, as a firewall answers, before anything is done.
    Html,
    /// 302 to this address, before anything is done.
    Redirect {
        /// The header `Location`.
        location: String,
    },
    /// The connection is closed before anything is done.
    DropBefore,
    /// What is asked is done, and the connection is closed without an answer.
    DropAfter,
    /// What is asked is done, and the answer ends in the middle of its body.
    Truncated,
    /// The answer is as it should be. After it the object with this id is this one.
    Changes {
        /// The object.
        object: Box<Value>,
    },
}

impl Fault {
    /// With every request.
    #[must_use]
    pub const fn new(kind: FaultKind) -> Self {
        Self { kind, path: String::new(), is_write: None, spared: 0, left: None }
    }

    /// Only where the path begins so.
    #[must_use]
    pub fn at(self, path: impl Into<String>) -> Self {
        Self { path: path.into(), ..self }
    }

    /// Only with requests that change something.
    #[must_use]
    pub fn on_writes(self) -> Self {
        Self { is_write: Some(true), ..self }
    }

    /// Only with requests that read.
    #[must_use]
    pub fn on_reads(self) -> Self {
        Self { is_write: Some(false), ..self }
    }

    /// Not with the first so many of these requests.
    #[must_use]
    pub fn after(self, requests: u32) -> Self {
        Self { spared: requests, ..self }
    }

    /// So many times at most.
    #[must_use]
    pub fn times(self, count: u32) -> Self {
        Self { left: Some(count), ..self }
    }

    /// Whether it happens with this request, which it counts.
    fn fires(&mut self, request: &SeenRequest) -> bool {
        let is_meant = request.path().starts_with(&self.path)
            && self.is_write.is_none_or(|is_write| is_write == request.is_write());
        if !is_meant || self.left == Some(0) {
            return false;
        }
        if self.spared > 0 {
            self.spared -= 1;
            return false;
        }
        self.left = self.left.map(|left| left - 1);
        true
    }
}

/// What goes wrong with a request, if anything does.
pub(super) fn fire(faults: &mut [Fault], request: &SeenRequest) -> Option<FaultKind> {
    faults.iter_mut().find_map(|fault| fault.fires(request).then(|| fault.kind.clone()))
}
