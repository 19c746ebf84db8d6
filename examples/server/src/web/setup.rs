//! The pages on which an owner sets up the company.

pub(super) mod company;
pub(super) mod connection;
pub(super) mod stripe;

use axum::http::StatusCode;
use axum::response::{Html, IntoResponse as _, Response};
use ksef_audit::Error;
use ksef_core::Timestamp;
use ksef_core::submission::Decision;

use super::auth::Visitor;
use super::language::Words;
use super::log::frame;
use super::page::Frame;
use super::trouble::Trouble;
use crate::app::{chain, each};
use crate::ksef::LoginError;
use crate::onboarding::OnboardingError;

/// What became of a form, for the page that shows it again.
#[derive(Debug, Default)]
struct Outcome {
    problem: Option<String>,
    is_saved: bool,
}

impl Outcome {
    /// After a redirect, the address says that it was saved.
    fn of_query(query: Option<&str>) -> Self {
        Self { problem: None, is_saved: query == Some("saved") }
    }

    fn of(words: &Words, error: &OnboardingError) -> Self {
        Self { problem: Some(problem(words, error)), is_saved: false }
    }

    fn respond(&self, page: &impl askama::Template) -> Result<Response, Trouble> {
        let status = match self.problem {
            Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
            None => StatusCode::OK,
        };
        Ok((status, Html(page.render()?)).into_response())
    }
}

fn frame_of(visitor: &Visitor<'_>, path: &str) -> Frame {
    each!(visitor.company, served => frame(served, visitor, path))
}

/// Who changes a setting, and when.
fn by(visitor: &Visitor<'_>, what: &str) -> Result<(Decision, Timestamp), OnboardingError> {
    Ok((Decision::new(visitor.name.as_str(), what)?, visitor.app.clock.now()))
}

/// What is wrong, and what to do.
fn problem(words: &Words, error: &OnboardingError) -> String {
    let because = |what: &str, cause: &(dyn core::error::Error + 'static)| {
        format!("{what}: {}.", chain(cause))
    };
    match error {
        OnboardingError::Nip => words.bad_nip.to_owned(),
        OnboardingError::TypedNip => words.bad_nip_typed.to_owned(),
        OnboardingError::FixedNip => words.bad_fixed_nip.to_owned(),
        OnboardingError::FilesFrom => words.bad_files_from.to_owned(),
        OnboardingError::Policies(error) => because(words.bad_policies, error),
        OnboardingError::StripeMode => words.bad_stripe_mode.to_owned(),
        OnboardingError::StripeKeyMissing => words.bad_missing.to_owned(),
        OnboardingError::Stripe(error) | OnboardingError::StripeKey(error) => {
            because(words.bad_stripe, error)
        }
        OnboardingError::Material(error) | OnboardingError::Login(LoginError::Material(error)) => {
            because(words.bad_material, error)
        }
        OnboardingError::Login(LoginError::Ksef(error)) => refusal(words, error),
        OnboardingError::Ledger(Error::Invalid { .. }) => words.bad_profile.to_owned(),
        OnboardingError::Ledger(Error::Conflict) => words.bad_conflict.to_owned(),
        OnboardingError::Ledger(Error::Connection(error)) => because(words.bad_material, error),
        _ => {
            tracing::warn!(error = chain(error), "a setting was not changed");
            words.bad_record.to_owned()
        }
    }
}

/// Why there was no login, in the words of KSeF where it has said any.
fn refusal(words: &Words, error: &ksef_client::Error) -> String {
    match error {
        ksef_client::Error::LoginFailed(status) => {
            let said = [vec![status.description.clone()], status.details.clone()].concat();
            format!("{} ({}): {}", words.bad_login, status.code, said.join(" "))
        }
        ksef_client::Error::Refused(_) | ksef_client::Error::Input(_) => {
            format!("{}: {}.", words.bad_login, chain(error))
        }
        _ => format!("{}: {}.", words.bad_answer, chain(error)),
    }
}
