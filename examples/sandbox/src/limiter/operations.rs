//! Which limits hold for a call, and the operations that tell and set them.

use std::sync::PoisonError;

use http::StatusCode;
use serde::Deserialize;

use super::{Counter, RateGroup, RateLimits, RateLimitsOverride, Subject};
use crate::exception::{Exception, ExceptionCode};
use crate::exchange::{Call, Refusal, Reply};

/// Counts the call, or refuses it; calls without a context are counted by address alone.
pub(crate) fn admit(call: &Call<'_>) -> Result<(), Refusal> {
    if !call.sandbox.config.rate_limits {
        return Ok(());
    }
    let context = call.caller.as_ref().map(|caller| caller.context);
    let subject = Subject { context, address: call.client_address };
    let limits = limits(call);
    let mut limiter = call.sandbox.limiter.lock().unwrap_or_else(PoisonError::into_inner);
    let everyone = Subject { context: None, ..subject };
    let counters = [(everyone, RateGroup::Global), (subject, call.operation.group())];
    counters.into_iter().try_for_each(|(subject, group)| {
        let counter = Counter::new(group, call.operation.name());
        limiter.admit(subject, counter, &limits, call.now).map_err(|exceeded| {
            Refusal::TooManyRequests {
                retry_after: exceeded.retry_after,
                sentence: exceeded.to_string(),
            }
        })
    })
}

/// The limits of the caller's context.
fn limits(call: &Call<'_>) -> RateLimits {
    let overridden = call.caller.as_ref().and_then(|caller| {
        call.world().rate_limit_overrides.get(caller.context.to_string()).cloned()
    });
    overridden.unwrap_or(RateLimits::PRODUCTION)
}

/// `SetRateLimitsRequest` of the OpenAPI.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SetRateLimits {
    rate_limits: Option<RateLimitsOverride>,
}

/// `GET /rate-limits`
pub(crate) fn effective_rate_limits(call: &Call<'_>) -> Result<Reply, Refusal> {
    Ok(Reply::ok(&limits(call)))
}

/// `POST /testdata/rate-limits`
pub(crate) fn override_rate_limits(call: &Call<'_>) -> Result<Reply, Refusal> {
    let SetRateLimits { rate_limits } = call.json()?;
    let checked = match rate_limits {
        Some(rate_limits) => rate_limits.checked(),
        None => Err(vec!["'rateLimits' must not be empty.".to_owned()]),
    };
    let limits =
        checked.map_err(|details| Exception { code: ExceptionCode::InvalidInput, details })?;
    call.world().rate_limit_overrides.insert(call.caller()?.context.to_string(), limits);
    Ok(Reply::empty(StatusCode::OK))
}

/// `DELETE /testdata/rate-limits`
pub(crate) fn reset_rate_limits(call: &Call<'_>) -> Result<Reply, Refusal> {
    call.world().rate_limit_overrides.remove(call.caller()?.context.to_string());
    Ok(Reply::empty(StatusCode::OK))
}

/// `POST /testdata/rate-limits/production`; without an override, production's hold anyway.
pub(crate) fn apply_production_rate_limits(call: &Call<'_>) -> Result<Reply, Refusal> {
    reset_rate_limits(call)
}
