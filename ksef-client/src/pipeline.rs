//! The one way that requests take: headers, limits, repetitions, and what an answer is.

mod answer;
mod jitter;
mod poll;
mod request;
#[cfg(test)]
mod tests;

use core::time::Duration;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode};
use ksef_core::{Clock, ContextIdentifier, Endpoints, Secret, Timestamp};
use tracing::Instrument as _;

use crate::error::{Error, LostAnswer, NoAnswer, OutcomeUnknown, Unreadable};
use crate::limits::{Admission, LimitedRequest, Limiter, Permit};
use crate::policy::RetryPolicy;
use crate::problem::Problem;
use crate::timer::Timer;
use crate::transport::Transport;
use crate::warning::{SystemWarning, WarningHandler};
use crate::wire::operation::Effect;

#[cfg(feature = "batch")]
pub(crate) use self::answer::binary;
pub(crate) use self::answer::{empty, json, page, xml};
pub(crate) use self::jitter::Jitter;
pub(crate) use self::poll::Poll;
pub(crate) use self::request::ApiRequest;
use self::request::Target;

/// Everything that requests need and no login has.
#[derive(Debug)]
pub(crate) struct Pipeline {
    pub(crate) endpoints: Endpoints,
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) timer: Arc<dyn Timer>,
    pub(crate) retry: RetryPolicy,
    pub(crate) user_agent: HeaderValue,
    pub(crate) limiter: Option<Limiter>,
    pub(crate) jitter: Jitter,
    pub(crate) warnings: Option<WarningHandler>,
}

/// Whose request it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bearer<'a> {
    pub(crate) token: &'a Secret<String>,
    /// The context that an access token belongs to; none for other tokens.
    pub(crate) context: Option<ContextIdentifier>,
}

/// What reads an answer.
pub(crate) type Reader<T> = fn(&Response<Bytes>) -> Result<T, Unreadable>;

/// What came of one try.
enum Failure {
    Refused(Box<Problem>),
    Lost(LostAnswer),
}

impl Pipeline {
    /// Asks for something and reads the answer, repeating what may be repeated.
    pub(crate) async fn call<T>(
        &self,
        request: &ApiRequest,
        bearer: Option<Bearer<'_>>,
        read: Reader<T>,
    ) -> Result<T, Error> {
        let policy = if request.is_single() { RetryPolicy::never() } else { self.retry };
        let mut patience = Patience::new(self, policy);
        loop {
            let http = request.to_http(self, bearer)?;
            let permit = self.permit(request, bearer, &patience).await?;
            let failure = match self.attempt(request, http, permit, read).await {
                Ok(value) => return Ok(value),
                Err(failure) => failure,
            };
            let (may_repeat, retry_after) = match &failure {
                Failure::Refused(problem) => (problem.is_about_pace(), problem.retry_after),
                Failure::Lost(cause) => {
                    (request.may_repeat() || cause.is_harmless(), cause.retry_after())
                }
            };
            if !may_repeat || !patience.pause(retry_after).await {
                return Err(failure.into_error(request));
            }
        }
    }

    /// One try, in a span of its own.
    async fn attempt<T>(
        &self,
        request: &ApiRequest,
        http: http::Request<Bytes>,
        permit: Option<Permit>,
        read: Reader<T>,
    ) -> Result<T, Failure> {
        let span = tracing::debug_span!("ksef_request", operation = request.name());
        let answer = async {
            let answer = self.transport.call(http).await;
            let answer = answer.map_err(|error| Failure::Lost(LostAnswer::Transport(error)));
            self.settle(permit, &answer).await;
            let response = answer?;
            self.warn(request, &response);
            let outcome = sort(request, &response, read);
            tracing::debug!(status = response.status().as_u16(), usable = outcome.is_ok());
            outcome
        };
        answer.instrument(span).await
    }

    /// Waits until the limits admit the request.
    async fn permit(
        &self,
        request: &ApiRequest,
        bearer: Option<Bearer<'_>>,
        patience: &Patience<'_>,
    ) -> Result<Option<Permit>, Error> {
        let (Some(limiter), Target::Operation(operation)) = (&self.limiter, &request.target) else {
            return Ok(None);
        };
        let context = bearer.and_then(|bearer| bearer.context);
        let limited = match context {
            Some(context) => LimitedRequest::new(context, operation.rate_group(), operation.name()),
            None => LimitedRequest::anonymous(operation.name()),
        };
        loop {
            match limiter.try_acquire(&limited).await.map_err(Error::Limiter)? {
                Admission::Granted(permit) => return Ok(Some(permit)),
                Admission::Wait(wait) if request.is_single() || wait > patience.left() => {
                    return Err(Error::LimitReached { wait });
                }
                Admission::Wait(wait) => self.timer.sleep(wait).await,
            }
        }
    }

    /// Tells the limiter how a request ended. That it cannot be told loses no answer: the request
    /// then counts as made.
    async fn settle(&self, permit: Option<Permit>, answer: &Result<Response<Bytes>, Failure>) {
        let Some(permit) = permit else {
            return;
        };
        let told = match answer {
            Err(Failure::Lost(cause)) if cause.is_harmless() => permit.cancel().await,
            Ok(response) if response.status() == StatusCode::TOO_MANY_REQUESTS => {
                let problem = Problem::of(None, response);
                permit.refused(problem.retry_after.unwrap_or(Duration::from_secs(1))).await
            }
            _ => permit.complete().await,
        };
        if told.is_err() {
            tracing::warn!("the counters of the limiter cannot be written");
        }
    }

    fn warn(&self, request: &ApiRequest, response: &Response<Bytes>) {
        let Target::Operation(operation) = request.target else {
            return;
        };
        for warning in SystemWarning::all(operation, response.headers()) {
            tracing::warn!(code = warning.code, "KSeF warns");
            if let Some(handler) = &self.warnings {
                handler.call(&warning);
            }
        }
    }
}

/// What an answer is: what was asked for, a refusal, or nothing usable.
fn sort<T>(
    request: &ApiRequest,
    response: &Response<Bytes>,
    read: Reader<T>,
) -> Result<T, Failure> {
    let status = response.status();
    if status.is_success() {
        let read = read(response);
        return read.map_err(|error| Failure::Lost(LostAnswer::Unreadable(error)));
    }
    let problem = Box::new(Problem::of(request.operation(), response));
    if status.is_client_error() {
        return Err(Failure::Refused(problem));
    }
    Err(Failure::Lost(if status.is_server_error() {
        LostAnswer::Server(problem)
    } else {
        LostAnswer::Unreadable(Unreadable::Redirect)
    }))
}

impl Failure {
    fn into_error(self, request: &ApiRequest) -> Error {
        let cause = match self {
            Self::Refused(problem) => return Error::Refused(problem),
            Self::Lost(cause) => cause,
        };
        match request.operation() {
            Some(operation) if operation.effect() == Effect::Once && !cause.is_harmless() => {
                Error::OutcomeUnknown(Box::new(OutcomeUnknown::new(operation, cause)))
            }
            operation => Error::NoAnswer(Box::new(NoAnswer { operation, cause })),
        }
    }
}

/// How long something may still be tried.
pub(crate) struct Patience<'a> {
    pipeline: &'a Pipeline,
    policy: RetryPolicy,
    began: Timestamp,
    /// What was slept, which no change of the clock takes back.
    slept: Duration,
    pause: Duration,
    retries: u32,
}

impl<'a> Patience<'a> {
    pub(crate) fn new(pipeline: &'a Pipeline, policy: RetryPolicy) -> Self {
        let (began, pause) = (pipeline.clock.now(), policy.backoff.first);
        Self { pipeline, policy, began, slept: Duration::ZERO, pause, retries: 0 }
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.pipeline.clock.now().saturating_duration_since(self.began).max(self.slept)
    }

    fn left(&self) -> Duration {
        self.policy.backoff.deadline.saturating_sub(self.elapsed())
    }

    /// Pauses, as long as KSeF asks for or as the policy says; false when there is no time left.
    pub(crate) async fn pause(&mut self, retry_after: Option<Duration>) -> bool {
        if self.retries >= self.policy.max_retries {
            return false;
        }
        self.retries += 1;
        let pause = retry_after.unwrap_or_else(|| self.pipeline.jitter.vary(self.pause));
        if pause > self.left() {
            return false;
        }
        self.pause = self.policy.backoff.next(self.pause);
        self.slept = self.slept.saturating_add(pause);
        self.pipeline.timer.sleep(pause).await;
        true
    }
}
