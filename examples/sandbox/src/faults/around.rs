//! The faults around a request: before it takes effect, and when its answer is ready.

use std::time::Duration;

use bytes::Bytes;
use http::header::HeaderName;
use http::{HeaderValue, Request, Response, StatusCode};
use ksef_core::{Clock, Environment};

use super::{FaultKind, Moment, Place};
use crate::exchange::{Occasion, Refusal, Reply};
use crate::sandbox::{Dropped, HeldBack, Shared};

/// The header of a warning to all clients: `[code]: message`.
const SYSTEM_WARNING: HeaderName = HeaderName::from_static("x-system-warning");

/// What a client sends on TEST to get its value back as [`SYSTEM_WARNING`].
const TEST_SYSTEM_WARNING: HeaderName = HeaderName::from_static("x-test-system-warning");

/// What a firewall answers in place of the system.
const FIREWALL_PAGE: &str = "<html style=\"height:100%\"><head><meta name=\"robots\" \
    content=\"noindex, nofollow\"><title>Request unsuccessful</title></head><body><iframe \
    id=\"main-iframe\" src=\"/_Incapsula_Resource?incident_id=0-0\">Request unsuccessful. \
    Incapsula incident ID: 0-0</iframe></body></html>";

/// The answer to a request, with what goes wrong around it; `perform` answers it if it may.
pub(crate) fn around(
    sandbox: &Shared,
    request: &Request<Bytes>,
    place: Place,
    perform: impl FnOnce() -> Result<Reply, Refusal>,
) -> Result<Response<Bytes>, Dropped> {
    let fault = |moment| sandbox.world().fault(place, moment);
    let answer = match fault(Moment::Request) {
        Some(FaultKind::DropBefore) => return Err(Dropped),
        Some(FaultKind::TooManyRequests { retry_after_seconds }) => Err(storm(retry_after_seconds)),
        Some(FaultKind::ServerError { status }) => Err(Refusal::ServerError(server_error(status))),
        Some(FaultKind::Html) => {
            Ok(Reply::with_content(StatusCode::OK, "text/html", FIREWALL_PAGE))
        }
        _ => perform(),
    };
    if fault(Moment::Answer) == Some(FaultKind::DropAfter) {
        return Err(Dropped);
    }
    let mut response = response(sandbox, request, answer);
    if let Some(warning) = warning(sandbox, request, fault(Moment::Headers)) {
        response.headers_mut().insert(SYSTEM_WARNING, warning);
    }
    if let Some(FaultKind::Delay { milliseconds }) = fault(Moment::Sending) {
        response.extensions_mut().insert(HeldBack(Duration::from_millis(milliseconds)));
    }
    Ok(response)
}

/// The answer as it is sent, refusals in the form that the client asked for.
pub(crate) fn response(
    sandbox: &Shared,
    request: &Request<Bytes>,
    answer: Result<Reply, Refusal>,
) -> Response<Bytes> {
    answer.map(Reply::into_response).unwrap_or_else(|refusal| {
        let trace_id = sandbox.world().trace_id();
        refusal.into_response(&Occasion::of(request, trace_id, sandbox.clock.now()))
    })
}

fn storm(retry_after_seconds: u32) -> Refusal {
    Refusal::TooManyRequests {
        retry_after: Duration::from_secs(retry_after_seconds.into()),
        sentence: format!(
            "Przekroczono limit żądań. Spróbuj ponownie po {retry_after_seconds} sekundach."
        ),
    }
}

fn server_error(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

fn warning(
    sandbox: &Shared,
    request: &Request<Bytes>,
    fault: Option<FaultKind>,
) -> Option<HeaderValue> {
    if let Some(FaultKind::SystemWarning { text }) = fault {
        return HeaderValue::try_from(text).ok();
    }
    let echo = request.headers().get(TEST_SYSTEM_WARNING)?;
    (sandbox.config.environment == Environment::Test).then(|| echo.clone())
}
