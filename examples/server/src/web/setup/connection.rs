//! The connection to KSeF.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Multipart, RawQuery, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Redirect, Response};
use ksef_audit::secrets::{Connection, ConnectionStatus, LoginMethod, SecretName, SecretUpdate};
use ksef_audit::store::Scope;
use ksef_audit::{Demo, EnvironmentType, Error, Production, Test};
use ksef_core::{Environment, InvoiceDate, Secret, Timestamp};

use super::{Outcome, by, frame_of};
use crate::app::{AnyCompany, Served, each};
use crate::expiry::{days_left, end_of};
use crate::onboarding::{KsefUpdate, OnboardingError, connect_ksef, from_archive};
use crate::settings;
use crate::web::Web;
use crate::web::auth::Visitor;
use crate::web::language::Words;
use crate::web::page::{Form, Frame, Warning, moment};
use crate::web::trouble::Trouble;

const PATH: &str = "/settings/connection";

#[derive(Debug, Template)]
#[template(path = "connection.html")]
struct Page {
    frame: Frame,
    words: &'static Words,
    tab: &'static str,
    outcome: Outcome,
    shown: Shown,
    /// The other environments in which the company is.
    others: Vec<&'static str>,
    /// What is chosen in the form.
    environment: String,
    method: String,
    files_from: String,
}

/// What is shown of the connection.
#[derive(Debug, Default)]
struct Shown {
    state: &'static str,
    since: String,
    tone: &'static str,
    expires_at: String,
    missing_rights: String,
    files_from: String,
    stored: Vec<SecretName>,
    is_token: bool,
}

impl Shown {
    fn has(&self, name: &str) -> bool {
        self.stored.iter().any(|stored| stored.code().as_str() == name)
    }
}

/// What came with the form.
struct Entered {
    form: Form,
    /// A PKCS#12 archive, if there is one.
    archive: Vec<u8>,
}

pub(in crate::web) async fn page(
    State(web): State<Web>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Trouble> {
    let visitor = web.visitor(&headers)?.owner()?;
    show(&visitor, &Form::default(), Outcome::of_query(query.as_deref())).await
}

/// Goes to the company in another environment in which it is.
pub(in crate::web) async fn switch(
    State(web): State<Web>,
    headers: HeaderMap,
    body: axum::body::Bytes,
) -> Result<Redirect, Trouble> {
    let visitor = web.visitor(&headers)?;
    let form = Form::read(&body);
    if form.get("form_token") != Some(visitor.form_token.as_str()) {
        return Err(Trouble::Forbidden);
    }
    let environment = form.get("environment").unwrap_or_default().parse();
    let environment = environment.map_err(|_| Trouble::NotFound)?;
    let scope = Scope::new(visitor.company.scope().tenant(), environment);
    visitor.app.company(scope).ok_or(Trouble::NotFound)?;
    web.go_to(&headers, scope);
    Ok(Redirect::to("/log"))
}

pub(in crate::web) async fn save(
    State(web): State<Web>,
    headers: HeaderMap,
    parts: Multipart,
) -> Result<Response, Trouble> {
    let visitor = web.visitor(&headers)?;
    let entered = read(parts).await?;
    visitor.may_change(&entered.form)?;
    match connect(&visitor, &entered).await {
        Ok(scope) => {
            web.reload().await?;
            web.go_to(&headers, scope);
            Ok(Redirect::to("/settings/connection?saved").into_response())
        }
        Err(error) => {
            let outcome = Outcome::of(visitor.language.words(), &error);
            show(&visitor, &entered.form, outcome).await
        }
    }
}

async fn read(mut parts: Multipart) -> Result<Entered, Trouble> {
    const BAD: Trouble = Trouble::Bad("this is not the form of the page");
    let (mut fields, mut archive) = (Vec::new(), Vec::new());
    while let Some(part) = parts.next_field().await.map_err(|_| BAD)? {
        let name = part.name().unwrap_or_default().to_owned();
        let bytes = part.bytes().await.map_err(|_| BAD)?;
        if name == "archive" {
            archive = bytes.to_vec();
        } else {
            fields.push((name, String::from_utf8(bytes.to_vec()).map_err(|_| BAD)?));
        }
    }
    Ok(Entered { form: Form::of(fields), archive })
}

async fn connect(visitor: &Visitor<'_>, entered: &Entered) -> Result<Scope, OnboardingError> {
    let update = update(entered)?;
    let (app, from) = (visitor.app, &visitor.company);
    let (decision, now) = by(visitor, "the connection to KSeF")?;
    let by = (&decision, now);
    let wanted = entered.form.get("environment").and_then(|it| it.parse().ok());
    let environment = wanted.unwrap_or(Environment::Test);
    match environment {
        Environment::Test => connect_ksef::<Test>(app, from, update, by).await?,
        Environment::Demo => connect_ksef::<Demo>(app, from, update, by).await?,
        Environment::Production => connect_ksef::<Production>(app, from, update, by).await?,
    }
    Ok(Scope::new(from.scope().tenant(), environment))
}

fn update(entered: &Entered) -> Result<KsefUpdate, OnboardingError> {
    let Entered { form, archive } = entered;
    let method = form.get("method");
    let method = LoginMethod::ALL.into_iter().find(|it| Some(it.code()) == method);
    let method = method.unwrap_or(LoginMethod::KsefToken);
    let text = |name: SecretName| form.get(name.code().as_str()).unwrap_or_default().to_owned();
    let secrets: BTreeMap<_, _> = if archive.is_empty() {
        SecretName::ALL
            .into_iter()
            .map(|name| (name, SecretUpdate::from_form(text(name))))
            .collect()
    } else {
        let password = Secret::new(text(SecretName::PrivateKeyPassword));
        from_archive(archive.clone(), &password)?
    };
    let day = form.get("files_from").map(str::parse::<InvoiceDate>).transpose();
    let day = day.map_err(|_| OnboardingError::FilesFrom)?;
    Ok(KsefUpdate {
        method,
        secrets,
        typed_nip: form.get("typed_nip").map(str::to_owned),
        files_from: day.map(InvoiceDate::start_in_warsaw),
    })
}

async fn show(visitor: &Visitor<'_>, form: &Form, outcome: Outcome) -> Result<Response, Trouble> {
    let words = visitor.language.words();
    let shown = each!(visitor.company, served => shown(served, words).await)?;
    let environment = form
        .get("environment")
        .map_or_else(|| visitor.company.scope().environment().to_string(), str::to_owned);
    let stored = if shown.is_token || shown.stored.is_empty() {
        LoginMethod::KsefToken
    } else {
        LoginMethod::Certificate
    };
    let page = Page {
        frame: frame_of(visitor, PATH),
        words,
        tab: "connection",
        outcome,
        shown,
        others: others(visitor),
        environment,
        method: form.get("method").unwrap_or_else(|| stored.code()).to_owned(),
        files_from: form.get("files_from").unwrap_or_default().to_owned(),
    };
    page.outcome.respond(&page)
}

fn others(visitor: &Visitor<'_>) -> Vec<&'static str> {
    let own = visitor.company.scope();
    let companies = visitor.app.companies();
    let scopes = companies.iter().map(AnyCompany::scope);
    scopes
        .filter(|scope| scope.tenant() == own.tenant() && *scope != own)
        .map(|scope| scope.environment().as_str())
        .collect()
}

async fn shown<E: EnvironmentType>(
    served: &Served<E>,
    words: &'static Words,
) -> Result<Shown, Error> {
    let ledger = &served.company.ledger;
    let files_from = settings::FILES_FROM.read(ledger).await?.value;
    let files_from = moment(files_from);
    let Some(connection) = ledger.connection().await? else {
        let (state, tone) = (words.connection_none, "busy");
        return Ok(Shown { state, tone, files_from, ..Shown::default() });
    };
    let (state, at, tone) = match connection.status() {
        ConnectionStatus::Working { since } => (words.connection_working, Some(since), "good"),
        ConnectionStatus::Refused { at, .. } => (words.connection_refused, Some(at), "bad"),
        _ => (words.connection_unverified, None, "busy"),
    };
    Ok(Shown {
        state,
        since: moment(at),
        tone,
        expires_at: moment(end_of(&connection)),
        missing_rights: settings::MISSING_RIGHTS.read(ledger).await?.value.join(", "),
        files_from,
        stored: connection.stored().collect(),
        is_token: connection.method() == LoginMethod::KsefToken,
    })
}

/// What every page says of the connection while something is to be done about it.
pub(in crate::web) fn warning(
    connection: Option<&Connection>,
    now: Timestamp,
    words: &Words,
) -> Option<Warning> {
    let warning = |text: &str, tone| Some(Warning { text: text.to_owned(), tone });
    let Some(connection) = connection else { return warning(words.connection_none, "busy") };
    if let ConnectionStatus::Refused { .. } = connection.status() {
        return warning(words.connection_refused, "bad");
    }
    let Some(days) = days_left(end_of(connection)?, now) else {
        return warning(words.expired, "bad");
    };
    let tone = match days {
        0..=7 => "bad",
        8..=30 => "busy",
        31..=60 => "notice",
        _ => return None,
    };
    warning(&format!("{}: {days}.", words.expires_in_days), tone)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use ksef_audit::secrets::ConnectionUpdate;

    use super::*;
    use crate::web::language::Language;

    #[test]
    fn a_warning_comes_sixty_thirty_and_seven_days_before_the_end() {
        let words = Language::English.words();
        let now: Timestamp = "2026-03-02T09:00:00Z".parse().unwrap();
        let tone = |method: LoginMethod, left: u64, now: Timestamp| {
            let expires_at = now.checked_add(Duration::from_secs(left * 86_400));
            let entered = |name: &SecretName| (*name, SecretUpdate::from_form("something"));
            let secrets = method.required().iter().map(entered).collect();
            let update = ConnectionUpdate { method, expires_at, secrets };
            let (connection, _) = Connection::create(Environment::Test, update).unwrap();
            warning(Some(&connection), now, words).map(|warning| warning.tone)
        };
        let certificate = |left| tone(LoginMethod::Certificate, left, now);
        assert_eq!(certificate(61), None);
        assert_eq!([certificate(60), certificate(31)], [Some("notice"); 2]);
        assert_eq!([certificate(30), certificate(8)], [Some("busy"); 2]);
        assert_eq!([certificate(7), certificate(0)], [Some("bad"); 2]);
        let token = |now: &str| tone(LoginMethod::KsefToken, 999, now.parse().unwrap());
        assert_eq!(token("2026-10-01T00:00:00Z"), None);
        assert_eq!(token("2026-11-20T09:00:00Z"), Some("notice"));
        assert_eq!(token("2026-12-20T09:00:00Z"), Some("busy"));
        assert_eq!(token("2026-12-31T22:00:00Z"), Some("bad"));
        assert_eq!(token("2027-01-01T00:00:00Z"), Some("bad"));
        assert_eq!(warning(None, now, words).map(|warning| warning.tone), Some("busy"));
    }
}
