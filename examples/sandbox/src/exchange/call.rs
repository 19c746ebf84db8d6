//! `Call`, a request on its way through the sandbox.

use std::net::IpAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, Request};
use ksef_core::{ReferenceNumber, Timestamp};
use serde::de::{DeserializeOwned, IgnoredAny};

use super::{Query, Refusal};
use crate::auth::Caller;
use crate::exception::ExceptionCode;
use crate::faults::{FaultKind, Moment};
use crate::operation::Operation;
use crate::sandbox::Shared;
use crate::world::WorldGuard;

/// A request for an operation of the contract.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    /// Shared, because the processing of a large package outlives its request.
    pub(crate) sandbox: &'a Arc<Shared>,
    pub(crate) operation: Operation,
    pub(crate) request: &'a Request<Bytes>,
    pub(crate) parameters: Vec<(&'a str, String)>,
    pub(crate) query: Query,
    /// Read once, so that everything about a request happens at one time.
    pub(crate) now: Timestamp,
    pub(crate) client_address: IpAddr,
    /// Who calls; the router sets it before the handler of an operation that needs a token runs.
    pub(crate) caller: Option<Caller>,
}

impl Call<'_> {
    /// The state, for as short a time as possible.
    pub(crate) fn world(&self) -> WorldGuard<'_> {
        self.sandbox.world()
    }

    /// What goes wrong now, if anything does. The state must not be locked.
    pub(crate) fn fault(&self, moment: Moment) -> Option<FaultKind> {
        self.world().fault(self.operation, moment)
    }

    /// Who calls.
    pub(crate) fn caller(&self) -> Result<&Caller, Refusal> {
        self.caller.as_ref().ok_or(Refusal::Unauthorized)
    }

    pub(crate) fn headers(&self) -> &HeaderMap {
        self.request.headers()
    }

    /// The value of a header, if it is text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers().get(name)?.to_str().ok()
    }

    /// The token behind `Bearer`.
    pub(crate) fn bearer(&self) -> Option<&str> {
        let value = self.headers().get(AUTHORIZATION)?.to_str().ok()?;
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("Bearer").then(|| token.trim())
    }

    /// The parameter of the path with this name.
    pub(crate) fn parameter(&self, name: &str) -> &str {
        let is_named = |(key, _): &&(&str, String)| *key == name;
        self.parameters.iter().find(is_named).map_or("", |(_, value)| value)
    }

    /// The parameter `referenceNumber`; `missing` answers what is no reference number at all.
    pub(crate) fn reference_number(
        &self,
        name: &str,
        missing: ExceptionCode,
    ) -> Result<ReferenceNumber, Refusal> {
        self.parameter(name).parse().map_err(|_| missing.into())
    }

    /// The body as the operation wants it; unknown members are ignored, as KSeF does.
    ///
    /// What is no JSON is unreadable, and JSON of another form is invalid.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, Refusal> {
        let body = self.request.body();
        // All of it is looked at before any of it, so that garbage is garbage wherever it begins.
        serde_json::from_slice::<IgnoredAny>(body)
            .map_err(|error| ExceptionCode::UnreadableContent.detail(error.to_string()))?;
        // Every body of the contract is an object; serde would take a list of its members as well.
        if body.trim_ascii_start().first() != Some(&b'{') {
            return Err(ExceptionCode::InvalidInput.detail("The body is no JSON object.").into());
        }
        serde_json::from_slice(body)
            .map_err(|error| ExceptionCode::InvalidInput.detail(error.to_string()).into())
    }

    /// The media type of the body, in lower case and without parameters.
    pub(crate) fn content_type(&self) -> Option<String> {
        let value = self.header(CONTENT_TYPE.as_str())?;
        Some(value.split(';').next()?.trim().to_ascii_lowercase())
    }

    /// The host and scheme for links that are handed out.
    pub(crate) fn public_url(&self) -> &str {
        self.sandbox.public_url()
    }
}
