//! Who may log in.

use askama::Template;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Redirect, Response};
use ksef_core::Secret;

use super::{Outcome, by, frame_of};
use crate::app::each;
use crate::onboarding::{OnboardingError, add_user, remove_user, set_password};
use crate::settings::{Role, User};
use crate::web::Web;
use crate::web::auth::Visitor;
use crate::web::language::Words;
use crate::web::page::{Form, Frame};
use crate::web::trouble::Trouble;

const PATH: &str = "/settings/people";

#[derive(Debug, Template)]
#[template(path = "people.html")]
struct Page {
    frame: Frame,
    words: &'static Words,
    tab: &'static str,
    outcome: Outcome,
    people: Vec<User>,
}

pub(in crate::web) async fn page(
    State(web): State<Web>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Trouble> {
    let visitor = web.visitor(&headers)?.owner()?;
    show(&visitor, Outcome::of_query(query.as_deref()))
}

/// Adds somebody, removes somebody, or sets a password, in every environment of the company.
pub(in crate::web) async fn save(
    State(web): State<Web>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Trouble> {
    let visitor = web.visitor(&headers)?;
    let form = Form::read(&body);
    visitor.may_change(&form)?;
    match change(&visitor, &form).await {
        Ok(()) => {
            web.reload().await?;
            let tenant = visitor.company.scope().tenant();
            web.end_sessions(tenant, form.get("name").unwrap_or_default());
            Ok(Redirect::to("/settings/people?saved").into_response())
        }
        Err(error) => show(&visitor, Outcome::of(visitor.language.words(), &error)),
    }
}

async fn change(visitor: &Visitor<'_>, form: &Form) -> Result<(), OnboardingError> {
    let (decision, now) = by(visitor, "who may log in")?;
    let by = (&decision, now);
    let safe = &visitor.app.safe;
    let name = form.get("name").ok_or(OnboardingError::Name)?;
    let password = Secret::new(form.get("password").unwrap_or_default().to_owned());
    let role = if form.get("role") == Some("owner") { Role::Owner } else { Role::Accountant };
    let tenant = visitor.company.scope().tenant();
    let companies = visitor.app.companies();
    for company in companies.iter().filter(|company| company.scope().tenant() == tenant) {
        each!(company, served => {
            let ledger = &served.company.ledger;
            match form.get("do") {
                Some("remove") => remove_user(safe, ledger, name, by).await?,
                Some("password") => set_password(safe, ledger, name, &password, by).await?,
                _ => add_user(safe, ledger, (name, role), &password, by).await?,
            }
        });
    }
    Ok(())
}

fn show(visitor: &Visitor<'_>, outcome: Outcome) -> Result<Response, Trouble> {
    let people = each!(visitor.company, served => served.users.clone());
    let words = visitor.language.words();
    let page = Page { frame: frame_of(visitor, PATH), words, tab: "people", outcome, people };
    page.outcome.respond(&page)
}
