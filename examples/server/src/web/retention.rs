//! How long what is kept has to be kept, and what could be deleted when. Nothing is deleted here.

use askama::Template as _;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Html;
use ksef_audit::EnvironmentType;
use ksef_audit::retention::Policy;
use ksef_core::submission::ReasonCode;

use super::Web;
use super::auth::Visitor;
use super::log::frame;
use super::page::{Deletable, Form, Kept, PolicyChoice, RetentionPage};
use super::trouble::Trouble;
use crate::app::{Served, each};

const RETENTION: ReasonCode = ReasonCode::from_static("retention");

/// The presets, by their names in the address.
const POLICIES: [(&str, Policy); 3] = [
    ("vat", Policy::vat_act_112aa()),
    ("tax", Policy::tax_ordinance_70()),
    ("accounting", Policy::accounting_act_74()),
];

pub(super) async fn page(
    State(web): State<Web>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Html<String>, Trouble> {
    let visitor = web.visitor(&headers)?;
    let form = Form::read(query.unwrap_or_default().as_bytes());
    let page = each!(visitor.company, served => retention_page(served, &visitor, &form).await)?;
    Ok(Html(page.render()?))
}

async fn retention_page<E: EnvironmentType>(
    served: &Served<E>,
    visitor: &Visitor<'_>,
    form: &Form,
) -> Result<RetentionPage, Trouble> {
    let name = form.get("policy");
    let policies = POLICIES.iter().map(|(known, policy)| PolicyChoice {
        name: known,
        label: policy.basis().as_str(),
        is_chosen: *known == name.unwrap_or("vat"),
    });
    let path = format!("/retention?{}", form.query(&[], &[]));
    Ok(RetentionPage {
        frame: frame(served, visitor, &path),
        words: visitor.language.words(),
        policies: policies.collect(),
        report: match name {
            Some(name) => Some(report(served, visitor, name).await?),
            None => None,
        },
    })
}

/// It reads every line there is, so it is made when somebody asks for it.
async fn report<E: EnvironmentType>(
    served: &Served<E>,
    visitor: &Visitor<'_>,
    name: &str,
) -> Result<Kept, Trouble> {
    let company = &served.company;
    let chosen = POLICIES.iter().find(|(known, _)| *known == name);
    let (_, policy) = chosen.ok_or(Trouble::Bad("there is no such policy"))?;
    company.ledger.note_look(None, RETENTION, &visitor.name, company.now()).await?;
    let report = company.ledger.retention_report(policy).await?;
    let today = company.now().warsaw_date();
    let days = report.by_day().map(|(day, deletable)| Deletable {
        from: day.to_string(),
        is_due: day <= today,
        submitted: deletable.submitted,
        not_sent: deletable.not_sent,
    });
    Ok(Kept { days: days.collect(), held: report.held() })
}
