//! The limits that are in force for a login.

use super::{RateLimits, SessionLimits};
use crate::auth::AuthSession;
use crate::error::Error;
use crate::pipeline::{ApiRequest, json};
use crate::wire::limits::{ContextLimitsBody, SubjectLimitsBody};
use crate::wire::operation::Operation;

/// What sessions and collective identifiers of a context may hold (OpenAPI,
/// `EffectiveContextLimits`).
///
/// ```
/// use ksef_client::limits::{ContextLimits, SessionLimits};
///
/// let mut limits = ContextLimits::default();
/// assert_eq!(limits.online_session, SessionLimits::PRODUCTION);
/// limits.max_collective_identifier_invoices = 1_000;
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct ContextLimits {
    /// Online sessions.
    pub online_session: SessionLimits,
    /// Batch sessions.
    pub batch_session: SessionLimits,
    /// The most invoices of a collective identifier.
    pub max_collective_identifier_invoices: u32,
}

/// How many certificates a subject may have (OpenAPI, `EffectiveSubjectLimits`).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct SubjectLimits {
    /// The most applications, where there is a limit.
    pub max_enrollments: Option<u32>,
    /// The most active certificates, where there is a limit.
    pub max_certificates: Option<u32>,
}

impl ContextLimits {
    /// Those of Production.
    pub const PRODUCTION: Self = Self {
        online_session: SessionLimits::PRODUCTION,
        batch_session: SessionLimits::PRODUCTION,
        max_collective_identifier_invoices: 500,
    };
}

impl Default for ContextLimits {
    fn default() -> Self {
        Self::PRODUCTION
    }
}

impl SubjectLimits {
    /// So many applications and certificates.
    #[must_use]
    pub const fn new(max_enrollments: Option<u32>, max_certificates: Option<u32>) -> Self {
        Self { max_enrollments, max_certificates }
    }
}

impl AuthSession {
    /// What sessions and collective identifiers of the context may hold.
    ///
    /// `GET /limits/context`. Permission: none. Limits: `other`.
    ///
    /// # Errors
    ///
    /// As every reading request.
    pub async fn context_limits(&self) -> Result<ContextLimits, Error> {
        let request = ApiRequest::new(Operation::ContextLimits);
        let body: ContextLimitsBody = self.call(&request, json).await?;
        Ok(body.into())
    }

    /// How many certificates the one who logged in may have.
    ///
    /// `GET /limits/subject`. Permission: none. Limits: `other`.
    ///
    /// # Errors
    ///
    /// As every reading request.
    pub async fn subject_limits(&self) -> Result<SubjectLimits, Error> {
        let request = ApiRequest::new(Operation::SubjectLimits);
        let body: SubjectLimitsBody = self.call(&request, json).await?;
        Ok(body.into())
    }

    /// How many requests KSeF admits in the context. The client's limiter keeps to them from then
    /// on.
    ///
    /// `GET /rate-limits`. Permission: none. Limits: `other`.
    ///
    /// # Errors
    ///
    /// As every reading request.
    pub async fn rate_limits(&self) -> Result<RateLimits, Error> {
        let request = ApiRequest::new(Operation::EffectiveRateLimits);
        let limits: RateLimits = self.call(&request, json).await?;
        if let Some(limiter) = &self.client().pipeline().limiter {
            limiter.learn(self.context(), limits.clone());
        }
        Ok(limits)
    }
}
