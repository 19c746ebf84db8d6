//! The account of Stripe.

use askama::Template;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Redirect, Response};
use ksef_audit::secrets::SecretName;
use ksef_audit::{EnvironmentType, Error, Tenant};
use ksef_core::Secret;
use ksef_core::port::{SecretKey, SecretStore as _};

use super::{Outcome, by, frame_of};
use crate::app::{App, Served, each};
use crate::onboarding::{OnboardingError, StripeUpdate, change_stripe, check_stripe_key};
use crate::opening::OpenError;
use crate::settings::{self, StripeAccount};
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
    /// None where there is no app.
    has_app: Option<bool>,
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
    let (app, ledger) = (visitor.app, &served.company.ledger);
    let update = StripeUpdate {
        account: form.get("account").map(str::to_owned),
        key: secret("key"),
        has_app: is_app_offered::<E>(app)?.then(|| form.get("has_app").is_some()),
        webhook_secrets: secret("webhook_secrets"),
        ..StripeUpdate::default()
    };
    let (decision, now) = by(visitor, "the account of Stripe")?;
    verify(app, ledger, &update).await?;
    change_stripe(app, ledger, update, (&decision, now)).await
}

/// Whether the company can have the app. A key that cannot be read is complained of on saving.
fn offers_app<E: EnvironmentType>(_: &Served<E>, app: &App) -> bool {
    is_app_offered::<E>(app).unwrap_or(true)
}

fn is_app_offered<E: EnvironmentType>(app: &App) -> Result<bool, OpenError> {
    Ok(app.config.stripe_app(E::ENVIRONMENT)?.is_some())
}

/// Asks Stripe whether a key that was entered, or that of the app, may read what is needed.
async fn verify<E: EnvironmentType>(
    app: &App,
    ledger: &Tenant<E>,
    update: &StripeUpdate,
) -> Result<(), OnboardingError> {
    let (opening, now) = (app.opening(), app.clock.now());
    let mut account = settings::STRIPE.read(ledger).await?.value.unwrap_or_default();
    account.account = update.account.clone().or(account.account);
    let has_app = update.has_app.unwrap_or(account.has_app);
    let sources = if has_app {
        opening.app_sources::<E>(&account)?
    } else {
        let Some(key) = &update.key else { return Ok(()) };
        check_stripe_key::<E>(key)?;
        opening.sources(&account, key.expose().as_str())?
    };
    sources.check(now).await.map_err(OnboardingError::Stripe)?;
    if has_app {
        let token = SecretKey::new(ledger.tenant(), E::ENVIRONMENT, SecretName::KsefToken.code());
        sources.into_secret_store().fetch(&token).await.map_err(Error::from)?;
    }
    Ok(())
}

async fn show(
    visitor: &Visitor<'_>,
    form: Option<&Form>,
    outcome: Outcome,
) -> Result<Response, Trouble> {
    let (stored, endpoint, has_secrets) =
        each!(visitor.company, served => stored(served, visitor).await)?;
    let is_offered = each!(visitor.company, served => offers_app(served, visitor.app));
    let entered = form.and_then(|form| form.get("account"));
    let page = Page {
        frame: frame_of(visitor, PATH),
        words: visitor.language.words(),
        tab: "stripe",
        outcome,
        account: entered.map_or_else(|| stored.account.unwrap_or_default(), str::to_owned),
        endpoint,
        has_secrets,
        has_app: is_offered.then_some(stored.has_app),
    };
    page.outcome.respond(&page)
}

/// The account as it is stored, the address of the webhook, and whether the webhook has secrets.
async fn stored<E: EnvironmentType>(
    served: &Served<E>,
    visitor: &Visitor<'_>,
) -> Result<(StripeAccount, Option<String>, bool), Error> {
    let ledger = &served.company.ledger;
    let Some(account) = settings::STRIPE.read(ledger).await?.value else {
        return Ok((StripeAccount::default(), None, false));
    };
    let vault = &visitor.app.safe.vault;
    let secrets = ledger.application_secret(settings::WEBHOOK_SECRETS, vault).await?;
    let url = visitor.app.config.public_url.as_deref().unwrap_or_default();
    let endpoint = format!("{}/webhooks/stripe/{}", url.trim_end_matches('/'), account.endpoint);
    Ok((account, Some(endpoint), secrets.is_some()))
}
