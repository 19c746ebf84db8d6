//! The account of Stripe.

use askama::Template;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Redirect, Response};
use ksef_audit::{EnvironmentType, Error, Tenant};
use ksef_core::Secret;

use super::{Outcome, by, frame_of};
use crate::app::{App, Served, each};
use crate::onboarding::{OnboardingError, StripeUpdate, check_stripe_key, connect_stripe};
use crate::settings;
use crate::web::Web;
use crate::web::auth::Visitor;
use crate::web::language::Words;
use crate::web::page::{Form, Frame};
use crate::web::trouble::Trouble;

const PATH: &str = "/settings/stripe";

#[derive(Debug, Template)]
#[template(path = "stripe.html")]
struct Page {
    frame: Frame,
    words: &'static Words,
    tab: &'static str,
    outcome: Outcome,
    account: String,
    /// None until there is an account.
    endpoint: Option<String>,
    has_secrets: bool,
}

pub(in crate::web) async fn page(
    State(web): State<Web>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Trouble> {
    let visitor = web.visitor(&headers)?.owner()?;
    show(&visitor, None, Outcome::of_query(query.as_deref())).await
}

pub(in crate::web) async fn save(
    State(web): State<Web>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Trouble> {
    let visitor = web.visitor(&headers)?;
    let form = Form::read(&body);
    visitor.may_change(&form)?;
    match each!(visitor.company, served => change(served, &visitor, &form).await) {
        Ok(()) => {
            web.reload().await?;
            Ok(Redirect::to("/settings/stripe?saved").into_response())
        }
        Err(error) => {
            let outcome = Outcome::of(visitor.language.words(), &error);
            show(&visitor, Some(&form), outcome).await
        }
    }
}

async fn change<E: EnvironmentType>(
    served: &Served<E>,
    visitor: &Visitor<'_>,
    form: &Form,
) -> Result<(), OnboardingError> {
    let secret = |name| form.get(name).map(|text| Secret::new(text.to_owned()));
    let update = StripeUpdate {
        account: form.get("account").map(str::to_owned),
        key: secret("key"),
        webhook_secrets: secret("webhook_secrets"),
        ..StripeUpdate::default()
    };
    let (decision, now) = by(visitor, "the account of Stripe")?;
    let (app, ledger) = (visitor.app, &served.company.ledger);
    verify(app, ledger, update.key.as_ref()).await?;
    connect_stripe(&app.safe, ledger, update, (&decision, now)).await
}

/// Asks Stripe whether a key that was entered may read what is needed.
async fn verify<E: EnvironmentType>(
    app: &App,
    ledger: &Tenant<E>,
    key: Option<&Secret<String>>,
) -> Result<(), OnboardingError> {
    let Some(key) = key else { return Ok(()) };
    check_stripe_key::<E>(key)?;
    let account = settings::STRIPE.read(ledger).await?.value.unwrap_or_default();
    let sources = app.opening().sources(&account, key.expose().as_str())?;
    sources.check(app.clock.now()).await.map_err(OnboardingError::Stripe)
}

async fn show(
    visitor: &Visitor<'_>,
    form: Option<&Form>,
    outcome: Outcome,
) -> Result<Response, Trouble> {
    let (account, endpoint, has_secrets) =
        each!(visitor.company, served => stored(served, visitor).await)?;
    let entered = form.and_then(|form| form.get("account"));
    let page = Page {
        frame: frame_of(visitor, PATH),
        words: visitor.language.words(),
        tab: "stripe",
        outcome,
        account: entered.map_or(account, str::to_owned),
        endpoint,
        has_secrets,
    };
    page.outcome.respond(&page)
}

/// The account, the address of the webhook, and whether the webhook has secrets.
async fn stored<E: EnvironmentType>(
    served: &Served<E>,
    visitor: &Visitor<'_>,
) -> Result<(String, Option<String>, bool), Error> {
    let ledger = &served.company.ledger;
    let Some(account) = settings::STRIPE.read(ledger).await?.value else {
        return Ok((String::new(), None, false));
    };
    let vault = &visitor.app.safe.vault;
    let secrets = ledger.application_secret(settings::WEBHOOK_SECRETS, vault).await?;
    let url = visitor.app.config.public_url.as_deref().unwrap_or_default();
    let endpoint = format!("{}/webhooks/stripe/{}", url.trim_end_matches('/'), account.endpoint);
    Ok((account.account.unwrap_or_default(), Some(endpoint), secrets.is_some()))
}
