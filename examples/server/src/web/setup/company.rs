//! Who issues the invoices, and how they are mapped.

use askama::Template;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Redirect, Response};
use ksef_audit::{CompanyProfile, EnvironmentType, Error};
use serde_json::{Map, Value};

use super::{Outcome, by, frame_of};
use crate::app::{Served, each};
use crate::onboarding::{OnboardingError, new_api_key};
use crate::opening::seller;
use crate::settings;
use crate::web::Web;
use crate::web::auth::Visitor;
use crate::web::language::Words;
use crate::web::page::{Form, Frame};
use crate::web::trouble::Trouble;

const PATH: &str = "/settings/company";

#[derive(Debug, Template)]
#[template(path = "company.html")]
struct Page {
    frame: Frame,
    words: &'static Words,
    tab: &'static str,
    outcome: Outcome,
    fields: Fields,
    api_key: Option<String>,
}

/// What the form shows.
#[derive(Debug, Default)]
struct Fields {
    /// The version of the profile that was read.
    version: String,
    nip: String,
    name: String,
    country: String,
    address_1: String,
    address_2: String,
    policies_version: String,
    policies: String,
}

pub(in crate::web) async fn page(
    State(web): State<Web>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Trouble> {
    let visitor = web.visitor(&headers)?.owner()?;
    let fields = each!(visitor.company, served => fields(served).await)?;
    show(&visitor, fields, Outcome::of_query(query.as_deref()), None)
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
            Ok(Redirect::to("/settings/company?saved").into_response())
        }
        Err(error) => {
            let outcome = Outcome::of(visitor.language.words(), &error);
            show(&visitor, entered(&form), outcome, None)
        }
    }
}

/// Makes a new key for programs, and shows it this once.
pub(in crate::web) async fn make_api_key(
    State(web): State<Web>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Trouble> {
    let visitor = web.visitor(&headers)?;
    visitor.may_change(&Form::read(&body))?;
    let (decision, now) = by(&visitor, "a key for programs").map_err(|_| Trouble::Unavailable)?;
    let safe = &visitor.app.safe;
    let made = each!(visitor.company, served => {
        new_api_key(safe, &served.company.ledger, (&decision, now)).await
    });
    let key = made.map_err(|_| Trouble::Unavailable)?;
    web.reload().await?;
    let fields = each!(visitor.company, served => fields(served).await)?;
    show(&visitor, fields, Outcome::default(), Some(key.expose().clone()))
}

fn show(
    visitor: &Visitor<'_>,
    fields: Fields,
    outcome: Outcome,
    api_key: Option<String>,
) -> Result<Response, Trouble> {
    let words = visitor.language.words();
    let frame = frame_of(visitor, PATH);
    let page = Page { frame, words, tab: "company", outcome, fields, api_key };
    page.outcome.respond(&page)
}

async fn fields<E: EnvironmentType>(served: &Served<E>) -> Result<Fields, Error> {
    let ledger = &served.company.ledger;
    let Some((version, profile)) = ledger.profile().await? else { return Ok(Fields::default()) };
    let policies = settings::POLICIES.read(ledger).await?;
    Ok(Fields {
        version: version.to_string(),
        nip: profile.nip.to_string(),
        name: profile.name,
        country: profile.country,
        address_1: profile.address_line_1,
        address_2: profile.address_line_2.unwrap_or_default(),
        policies_version: policies.version.to_string(),
        policies: serde_json::to_string_pretty(&policies.value).unwrap_or_default(),
    })
}

fn entered(form: &Form) -> Fields {
    let field = |name| form.get(name).unwrap_or_default().to_owned();
    Fields {
        version: field("version"),
        nip: field("nip"),
        name: field("name"),
        country: field("country"),
        address_1: field("address_1"),
        address_2: field("address_2"),
        policies_version: field("policies_version"),
        policies: field("policies"),
    }
}

async fn change<E: EnvironmentType>(
    served: &Served<E>,
    visitor: &Visitor<'_>,
    form: &Form,
) -> Result<(), OnboardingError> {
    let ledger = &served.company.ledger;
    let Fields { version, nip, name, country, address_1, address_2, policies_version, policies } =
        entered(form);
    let nip = nip.parse().map_err(|_| OnboardingError::Nip)?;
    let known = served.company.profile.nip;
    if nip != known && ledger.counts().await?.all() > 0 {
        return Err(OnboardingError::FixedNip);
    }
    let profile = CompanyProfile {
        nip,
        name,
        country,
        address_line_1: address_1,
        address_line_2: Some(address_2).filter(|line| !line.is_empty()),
    };
    let policies: Map<String, Value> = match policies.as_str() {
        "" => Map::new(),
        policies => serde_json::from_str(policies).map_err(OnboardingError::Policies)?,
    };
    seller(&profile, policies.clone()).map_err(OnboardingError::Policies)?;
    let (decision, now) = by(visitor, "the company")?;
    let version = version.parse().unwrap_or_default();
    if ledger.profile().await? != Some((version, profile.clone())) {
        ledger.change_profile(version, &profile, &decision, now).await?;
    }
    let version = policies_version.parse().unwrap_or_default();
    let policies = settings::POLICIES.set(version, &policies)?;
    let vault = &visitor.app.safe.vault;
    Ok(ledger.change_application(vec![policies], vault, &decision, now).await?)
}
