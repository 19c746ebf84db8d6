//! Who is logged in: passwords, sessions, the tokens that forms carry.

use std::collections::HashMap;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use askama::Template as _;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use ksef_audit::store::Scope;
use ksef_core::{Sha256Digest, TenantId, Timestamp};

use super::Web;
use super::language::Language;
use super::page::{Form, LoginPage};
use super::trouble::Trouble;
use crate::app::{AnyCompany, App, each};
use crate::random::random;
use crate::settings::{Role, User};

const COOKIE: &str = "ksef_session";

/// How long a login lasts.
const LIFETIME: Duration = Duration::from_secs(8 * 3_600);

/// How many wrong passwords a name may have, and in which time.
const MAX_FAILURES: u32 = 5;
const FAILURES_COUNT_FOR: Duration = Duration::from_secs(15 * 60);

/// The logins. They are gone when the server ends.
#[derive(Debug, Default)]
pub(super) struct Sessions {
    /// By the digests of their cookies.
    open: Mutex<HashMap<Sha256Digest, Session>>,
    /// Wrong passwords by name, and since when.
    failures: Mutex<HashMap<String, (u32, Timestamp)>>,
}

#[derive(Clone, Debug)]
struct Session {
    scope: Scope,
    name: String,
    form_token: String,
    until: Timestamp,
}

/// Somebody who is logged in, and the company that he is of.
#[derive(Debug)]
pub(super) struct Visitor<'a> {
    pub(super) app: &'a App,
    pub(super) company: AnyCompany,
    pub(super) name: String,
    pub(super) role: Role,
    pub(super) form_token: String,
    pub(super) language: Language,
}

impl Web {
    /// Who asks.
    pub(super) fn visitor(&self, headers: &HeaderMap) -> Result<Visitor<'_>, Trouble> {
        let cookie = cookie(headers, COOKIE).ok_or(Trouble::LoginNeeded)?;
        let digest = Sha256Digest::of(cookie.as_bytes());
        let session = lock(&self.sessions.open).get(&digest).cloned();
        let session = session.filter(|session| self.app.clock.now() < session.until);
        let Session { scope, name, form_token, .. } = session.ok_or(Trouble::LoginNeeded)?;
        let company = self.app.company(scope).ok_or(Trouble::LoginNeeded)?;
        // Who is no user any more has no session any more.
        let user = user_of(&company, &name).ok_or(Trouble::LoginNeeded)?;
        let (role, language) = (user.role, Language::of(headers));
        Ok(Visitor { app: &self.app, company, name, role, form_token, language })
    }

    /// The company of a user, in the environment that counts most.
    fn user(&self, name: &str) -> Option<(Scope, User)> {
        let companies = self.app.companies();
        let found =
            companies.iter().filter_map(|company| Some((company.scope(), user_of(company, name)?)));
        found.max_by_key(|(scope, _)| scope.environment())
    }

    /// Whether anything here has no legal force.
    pub(super) fn has_test(&self) -> bool {
        let companies = self.app.companies();
        companies.iter().any(|company| each!(company, served => served.is_for_test()))
    }

    /// Sees what was set just now.
    pub(super) async fn reload(&self) -> Result<(), Trouble> {
        self.app.reload().await.map_err(|_| Trouble::Unavailable)
    }

    /// From now on this login is about the company in that environment.
    pub(super) fn go_to(&self, headers: &HeaderMap, scope: Scope) {
        let digest = cookie(headers, COOKIE).map(|cookie| Sha256Digest::of(cookie.as_bytes()));
        let mut open = lock(&self.sessions.open);
        if let Some(session) = digest.and_then(|digest| open.get_mut(&digest)) {
            session.scope = scope;
        }
    }

    /// Who has another password, or is no user any more, has to log in again.
    pub(super) fn end_sessions(&self, tenant: TenantId, name: &str) {
        let is_theirs =
            |session: &Session| session.scope.tenant() == tenant && session.name == name;
        lock(&self.sessions.open).retain(|_, session| !is_theirs(session));
    }

    fn is_locked_out(&self, name: &str) -> bool {
        let now = self.app.clock.now();
        let failures = lock(&self.sessions.failures);
        failures.get(name).is_some_and(|(count, since)| {
            *count >= MAX_FAILURES && now.saturating_duration_since(*since) < FAILURES_COUNT_FOR
        })
    }

    fn note_failure(&self, name: &str) {
        let now = self.app.clock.now();
        let mut failures = lock(&self.sessions.failures);
        failures.retain(|_, (_, since)| now.saturating_duration_since(*since) < FAILURES_COUNT_FOR);
        failures.entry(name.to_owned()).or_insert((0, now)).0 += 1;
    }
}

fn user_of(company: &AnyCompany, name: &str) -> Option<User> {
    each!(company, served => served.users.iter().find(|user| user.name == name).cloned())
}

impl Visitor<'_> {
    /// That it is somebody who may set up the company.
    pub(super) fn owner(self) -> Result<Self, Trouble> {
        if self.role == Role::Owner { Ok(self) } else { Err(Trouble::Forbidden) }
    }

    /// That a form was sent by a page of ours, and by somebody who may change something.
    pub(super) fn may_change(&self, form: &Form) -> Result<(), Trouble> {
        let is_ours = form.get("form_token") == Some(self.form_token.as_str());
        if is_ours && self.role == Role::Owner { Ok(()) } else { Err(Trouble::Forbidden) }
    }
}

pub(super) async fn form(State(web): State<Web>, headers: HeaderMap) -> Result<Response, Trouble> {
    login_page(&web, &headers, false)
}

fn login_page(web: &Web, headers: &HeaderMap, has_failed: bool) -> Result<Response, Trouble> {
    let language = Language::of(headers);
    let is_test = web.has_test();
    let page = LoginPage { words: language.words(), is_test, has_failed, path: "/login" };
    Ok(Html(page.render()?).into_response())
}

pub(super) async fn log_in(
    State(web): State<Web>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Trouble> {
    let form = Form::read(&body);
    let name = form.get("name").unwrap_or_default().to_owned();
    let password = form.get("password").unwrap_or_default().to_owned();
    if web.is_locked_out(&name) {
        let text = "too many wrong passwords; try again in a quarter of an hour\n";
        return Ok((StatusCode::TOO_MANY_REQUESTS, text).into_response());
    }
    let user = web.user(&name);
    let hash = user.as_ref().map(|(_, user)| user.password_hash.clone());
    let is_right = tokio::task::spawn_blocking(move || is_right(&password, hash.as_deref())).await;
    let Some((scope, _)) = user.filter(|_| is_right.unwrap_or(false)) else {
        web.note_failure(&name);
        let page = login_page(&web, &headers, true)?;
        return Ok((StatusCode::UNAUTHORIZED, page).into_response());
    };
    let token = || random::<32>().map(|bytes| Sha256Digest::of(&bytes).to_hex());
    let (Ok(cookie), Ok(form_token)) = (token(), token()) else {
        return Err(Trouble::Unavailable);
    };
    let now = web.app.clock.now();
    let until = now.checked_add(LIFETIME).unwrap_or(now);
    let mut open = lock(&web.sessions.open);
    open.retain(|_, session| now < session.until);
    let session = Session { scope, name, form_token, until };
    open.insert(Sha256Digest::of(cookie.as_bytes()), session);
    drop(open);
    let is_secure = web.app.config.public_url.as_ref().is_some_and(|url| url.starts_with("https:"));
    let secure = if is_secure { "; Secure" } else { "" };
    let cookie = format!("{COOKIE}={cookie}; HttpOnly; SameSite=Lax; Path=/{secure}");
    let cookie = HeaderValue::try_from(cookie).map_err(|_| Trouble::Unavailable)?;
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to("/log")).into_response())
}

pub(super) async fn log_out(
    State(web): State<Web>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Redirect, Trouble> {
    let visitor = web.visitor(&headers)?;
    if Form::read(&body).get("form_token") != Some(visitor.form_token.as_str()) {
        return Err(Trouble::Forbidden);
    }
    if let Some(cookie) = cookie(&headers, COOKIE) {
        lock(&web.sessions.open).remove(&Sha256Digest::of(cookie.as_bytes()));
    }
    Ok(Redirect::to("/login"))
}

/// Whether the password has the hash. Where there is no such user it takes as long.
fn is_right(password: &str, hash: Option<&str>) -> bool {
    let Some(hash) = hash else {
        let _ = hash_password(password);
        return false;
    };
    PasswordHash::new(hash)
        .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}

/// The hash of a password, with Argon2id and a random salt.
pub(crate) fn hash_password(password: &str) -> io::Result<String> {
    let salt = random::<16>()?;
    let hash: PasswordHash = Argon2::default()
        .hash_password_with_salt(password.as_bytes(), &salt)
        .map_err(|_| io::Error::other("the password cannot be hashed"))?;
    Ok(hash.to_string())
}

/// The cookie with this name.
pub(super) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let cookies = headers.get_all(header::COOKIE).into_iter().filter_map(|it| it.to_str().ok());
    cookies
        .flat_map(|line| line.split(';'))
        .find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
}

/// A panic elsewhere cannot leave an entry half written.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
