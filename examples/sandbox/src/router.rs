//! From a request to the operation that it is for, through every check that comes before it.

use std::sync::Arc;

use bytes::Bytes;
use http::header::CACHE_CONTROL;
use http::{HeaderValue, Method, Request, Response};
use ksef_core::Clock;

use crate::exchange::{Call, Query, Refusal, Reply};
use crate::faults::{self, Place};
use crate::limiter::{self, RateGroup};
use crate::operation::{Credential, Operation};
use crate::sandbox::{ClientAddress, Dropped, Shared};
use crate::{auth, handlers, pages, storage};

/// Below it lies the API.
const BASE: &str = "/v2";

/// Finds the operation of a path; the paths are those of [`Operation`].
///
/// Each method has its own paths, so that one whose literal has other methods is still found by its parameter:
/// `GET /sessions/online` asks for a session.
#[derive(Debug)]
pub(crate) struct Router(Vec<(&'static Method, matchit::Router<Operation>)>);

/// The operation that was found, and the parameters of its path.
struct Route<'a> {
    operation: Operation,
    parameters: Vec<(&'a str, String)>,
}

impl Router {
    pub(crate) fn new() -> Self {
        let mut methods: Vec<_> =
            Operation::ALL.iter().map(|operation| operation.method()).collect();
        methods.sort_by_key(|method| method.as_str());
        methods.dedup();
        let paths = |method| {
            let mut paths = matchit::Router::new();
            let has_method = |operation: &&Operation| operation.method() == method;
            for operation in Operation::ALL.iter().filter(has_method) {
                // None is refused: a test finds every operation by its own path.
                let _ = paths.insert(operation.path(), *operation);
            }
            (method, paths)
        };
        Self(methods.into_iter().map(paths).collect())
    }

    /// Answers a request, whatever it is for.
    pub(crate) fn answer(
        &self,
        sandbox: &Arc<Shared>,
        request: &Request<Bytes>,
    ) -> Result<Response<Bytes>, Dropped> {
        let path = request.uri().path();
        let is_below = |rest: &&str| rest.is_empty() || rest.starts_with('/');
        if let Some(path) = path.strip_prefix(BASE).filter(is_below) {
            return self.answer_operation(sandbox, request, path);
        }
        match path.strip_prefix("/storage/") {
            Some(path) => {
                let is_upload = request.method() == Method::PUT;
                let place = if is_upload { Place::Upload } else { Place::Download };
                faults::around(sandbox, request, place, || {
                    Ok(storage::answer(sandbox, request, path))
                })
            }
            None => Ok(pages::answer(sandbox, request).into_response()),
        }
    }

    fn answer_operation(
        &self,
        sandbox: &Arc<Shared>,
        request: &Request<Bytes>,
        path: &str,
    ) -> Result<Response<Bytes>, Dropped> {
        let mut response = match self.route(request.method(), path) {
            Ok(Route { operation, parameters }) => {
                let call = Call {
                    sandbox,
                    operation,
                    request,
                    parameters,
                    query: Query::parse(request.uri().query().unwrap_or_default()),
                    now: sandbox.clock.now(),
                    client_address: ClientAddress::of(request),
                    caller: None,
                };
                faults::around(sandbox, request, operation.into(), || perform(call))?
            }
            Err(refusal) => faults::response(sandbox, request, Err(refusal)),
        };
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        Ok(response)
    }

    fn route<'a>(&'a self, method: &Method, path: &str) -> Result<Route<'a>, Refusal> {
        let found: Vec<_> = self
            .0
            .iter()
            .filter_map(|(method, paths)| Some((*method, paths.at(path).ok()?)))
            .collect();
        let Some((_, found)) = found.iter().find(|(other, _)| *other == method) else {
            let methods: Vec<_> = found.iter().map(|(method, _)| (*method).clone()).collect();
            return Err(if methods.is_empty() {
                Refusal::NoSuchPath
            } else {
                Refusal::MethodNotAllowed(methods)
            });
        };
        let operation = *found.value;
        let names = parameter_names(operation.path());
        let parameters =
            names.zip(found.params.iter().map(|(_, value)| value.to_owned())).collect();
        Ok(Route { operation, parameters })
    }
}

/// The names in braces, in their order.
fn parameter_names(path: &'static str) -> impl Iterator<Item = &'static str> {
    path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
}

/// Everything that comes before a handler, in the order of the real system, and the handler.
fn perform(mut call: Call<'_>) -> Result<Reply, Refusal> {
    let is_anonymous = call.operation.group() == RateGroup::Anonymous;
    if is_anonymous {
        limiter::admit(&call)?;
    }
    if call.operation.credential() != Credential::Anonymous {
        call.caller = Some(auth::caller(&call)?);
    }
    if !is_anonymous {
        limiter::admit(&call)?;
    }
    let handler = handlers::of(call.operation).ok_or(Refusal::NotImplemented(call.operation))?;
    auth::require_permission(&call)?;
    handler(&call)
}

#[cfg(test)]
mod tests;
