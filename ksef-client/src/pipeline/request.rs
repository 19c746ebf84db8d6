//! A request before it has headers.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request, header};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

use super::{Bearer, Pipeline};
use crate::error::InputError;
use crate::wire::operation::{Effect, Operation};

const ERROR_FORMAT: HeaderName = HeaderName::from_static("x-error-format");
const CONTINUATION_TOKEN: HeaderName = HeaderName::from_static("x-continuation-token");

/// What stands for itself in a path or a query.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A request to KSeF or its storage.
#[derive(Clone, Debug)]
pub(crate) struct ApiRequest {
    pub(super) target: Target,
    parameters: Vec<String>,
    query: Vec<(&'static str, String)>,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Bytes,
    is_single: bool,
}

#[derive(Clone, Debug)]
pub(super) enum Target {
    Operation(Operation),
    /// A link into the storage, which carries its credential in itself.
    Link(Method, String),
    /// A path of the public status service, which knows no credentials.
    StatusService(&'static str),
}

impl ApiRequest {
    pub(crate) fn new(operation: Operation) -> Self {
        Self::to(Target::Operation(operation))
    }

    /// Fetches what is behind a link into the storage.
    pub(crate) fn download(link: &str) -> Self {
        Self::to(Target::Link(Method::GET, link.to_owned()))
    }

    /// Puts something behind a link into the storage, with the headers that come with the link.
    #[cfg(feature = "batch")]
    pub(crate) fn upload(
        link: &str,
        headers: &std::collections::BTreeMap<String, String>,
        body: Bytes,
    ) -> Result<Self, InputError> {
        let mut request = Self::to(Target::Link(Method::PUT, link.to_owned()));
        for (name, value) in headers {
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| InputError::Http)?;
            let value = HeaderValue::from_str(value).map_err(|_| InputError::Http)?;
            request.headers.push((name, value));
        }
        request.body = body;
        Ok(request)
    }

    /// Asks the public status service.
    pub(crate) fn status_service(path: &'static str) -> Self {
        Self::to(Target::StatusService(path))
    }

    fn to(target: Target) -> Self {
        let (parameters, query, headers) = (Vec::new(), Vec::new(), Vec::new());
        Self { target, parameters, query, headers, body: Bytes::new(), is_single: false }
    }

    /// The next of the parameters in the path.
    pub(crate) fn parameter(mut self, value: &impl ToString) -> Self {
        self.parameters.push(value.to_string());
        self
    }

    pub(crate) fn query(mut self, name: &'static str, value: &impl ToString) -> Self {
        self.query.push((name, value.to_string()));
        self
    }

    /// The list goes on after this token, if there is one.
    pub(crate) fn continued(mut self, token: Option<&str>) -> Result<Self, InputError> {
        if let Some(token) = token {
            let value = HeaderValue::from_str(token).map_err(|_| InputError::Http)?;
            self.headers.push((CONTINUATION_TOKEN, value));
        }
        Ok(self)
    }

    pub(crate) fn json(mut self, body: &impl Serialize) -> Result<Self, InputError> {
        self.body = serde_json::to_vec(body).map_err(|_| InputError::Http)?.into();
        let value = HeaderValue::from_static("application/json");
        self.headers.push((header::CONTENT_TYPE, value));
        Ok(self)
    }

    #[cfg(feature = "xades")]
    pub(crate) fn xml(mut self, body: Vec<u8>) -> Self {
        self.body = body.into();
        self.headers.push((header::CONTENT_TYPE, HeaderValue::from_static("application/xml")));
        self
    }

    /// The request is made now and once, or not at all: somebody else decides what follows.
    pub(crate) const fn single(mut self) -> Self {
        self.is_single = true;
        self
    }

    pub(super) const fn is_single(&self) -> bool {
        self.is_single
    }

    pub(crate) fn operation(&self) -> Option<Operation> {
        match self.target {
            Target::Operation(operation) => Some(operation),
            Target::Link(..) | Target::StatusService(_) => None,
        }
    }

    pub(super) fn name(&self) -> &'static str {
        match self.target {
            Target::Operation(operation) => operation.name(),
            Target::Link(..) => "storage",
            Target::StatusService(_) => "status service",
        }
    }

    /// Whether it does no harm to ask again when it is not known whether KSeF has been asked.
    pub(super) fn may_repeat(&self) -> bool {
        self.operation().is_none_or(|operation| operation.effect() != Effect::Once)
    }

    pub(super) fn to_http(
        &self,
        pipeline: &Pipeline,
        bearer: Option<Bearer<'_>>,
    ) -> Result<Request<Bytes>, InputError> {
        let (method, url) = match &self.target {
            Target::Operation(operation) => {
                (operation.method().clone(), self.url(pipeline.endpoints.api(), operation.path()))
            }
            Target::Link(method, link) => (method.clone(), checked_link(pipeline, link)?),
            Target::StatusService(path) => {
                let service = pipeline.endpoints.status_service();
                let service = service.ok_or(InputError::NoStatusService)?;
                (Method::GET, format!("{service}{path}"))
            }
        };
        let mut request = Request::builder().method(method).uri(url);
        if let Some(headers) = request.headers_mut() {
            headers.extend(self.headers.iter().cloned());
            headers.insert(header::USER_AGENT, pipeline.user_agent.clone());
            if matches!(self.target, Target::Operation(_)) {
                headers.insert(ERROR_FORMAT, HeaderValue::from_static("problem-details"));
                if let Some(bearer) = bearer {
                    headers.insert(header::AUTHORIZATION, authorization(bearer)?);
                }
            }
        }
        request.body(self.body.clone()).map_err(|_| InputError::Http)
    }

    fn url(&self, api: &str, template: &str) -> String {
        let mut url = String::from(api);
        let mut parameters = self.parameters.iter();
        for part in template.split('/').skip(1) {
            url.push('/');
            if part.starts_with('{') {
                let value = parameters.next().map(String::as_str).unwrap_or_default();
                url.extend(utf8_percent_encode(value, UNRESERVED));
            } else {
                url.push_str(part);
            }
        }
        for (index, (name, value)) in self.query.iter().enumerate() {
            url.push(if index == 0 { '?' } else { '&' });
            url.push_str(name);
            url.push('=');
            url.extend(utf8_percent_encode(value, UNRESERVED));
        }
        url
    }
}

fn authorization(bearer: Bearer<'_>) -> Result<HeaderValue, InputError> {
    let text = zeroize::Zeroizing::new(format!("Bearer {}", bearer.token.expose()));
    let mut value = HeaderValue::from_str(&text).map_err(|_| InputError::Http)?;
    value.set_sensitive(true);
    Ok(value)
}

/// A link that an answer names, if it leads into the storage of the same KSeF.
fn checked_link(pipeline: &Pipeline, link: &str) -> Result<String, InputError> {
    let below = link.strip_prefix(pipeline.endpoints.storage());
    let is_below = below.is_some_and(|rest| rest.starts_with('/') && !rest.contains("/../"));
    if is_below { Ok(link.to_owned()) } else { Err(InputError::ForeignLink) }
}
