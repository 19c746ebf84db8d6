//! Webhooks of Stripe.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};

use super::Web;
use super::named::Named;
use super::trouble::Trouble;
use crate::app::each;
use crate::intake::IntakeError;

/// Takes an event: verified over the raw bytes, and recorded before the answer.
pub(super) async fn receive(
    State(web): State<Web>,
    Named(endpoint): Named,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, Trouble> {
    let company = web.app.of_endpoint(&endpoint).ok_or(Trouble::NotFound)?;
    let signature = headers.get("stripe-signature").and_then(|value| value.to_str().ok());
    let signature = signature.unwrap_or_default();
    let received = each!(company, served => {
        let endpoint = served.webhook.as_ref().ok_or(Trouble::NotFound)?;
        served.company.receive(&endpoint.webhook, &body, signature).await
    });
    match received {
        Ok(_) => Ok(StatusCode::OK),
        Err(IntakeError::Webhook(_)) => Err(Trouble::Bad("this is no event that Stripe signed")),
        Err(error) => {
            tracing::warn!(error = crate::app::chain(&error), "a webhook was not taken");
            Err(Trouble::Unavailable)
        }
    }
}
