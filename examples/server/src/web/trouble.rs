//! `Trouble`, why a request was not answered as asked.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use ksef_audit::Error;

/// Why a request was not answered as asked.
#[derive(Debug)]
pub(super) enum Trouble {
    /// There is no such thing here. What is another company's is not here either.
    NotFound,
    /// Nobody is logged in.
    LoginNeeded,
    /// Whoever is logged in may not do this.
    Forbidden,
    /// The request is not as it has to be.
    Bad(&'static str),
    /// The body is larger than any document that KSeF takes.
    TooLarge,
    /// What was asked for does not fit where the document stands.
    Conflict(&'static str),
    /// Something that this server needs does not work now. Nothing was done.
    Unavailable,
}

impl Trouble {
    /// What it is, and what to do.
    pub(super) const fn status_and_text(&self) -> (StatusCode, &'static str) {
        match self {
            Self::NotFound => (StatusCode::NOT_FOUND, "there is no such thing here"),
            Self::LoginNeeded => (StatusCode::UNAUTHORIZED, "log in first"),
            Self::Forbidden => (StatusCode::FORBIDDEN, "you may not do this"),
            Self::Bad(text) => (StatusCode::BAD_REQUEST, text),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "KSeF takes no document so large"),
            Self::Conflict(text) => (StatusCode::CONFLICT, text),
            Self::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "try again in a minute"),
        }
    }
}

impl IntoResponse for Trouble {
    fn into_response(self) -> Response {
        if matches!(self, Self::LoginNeeded) {
            return Redirect::to("/login").into_response();
        }
        let (status, text) = self.status_and_text();
        let mut response = (status, format!("{text}\n")).into_response();
        if status == StatusCode::SERVICE_UNAVAILABLE {
            let minute = header::HeaderValue::from_static("60");
            response.headers_mut().insert(header::RETRY_AFTER, minute);
        }
        response
    }
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound { .. } => Self::NotFound,
            Error::Refused(_) | Error::Conflict => {
                Self::Conflict("the document has moved on; load the page again")
            }
            Error::Invalid { reason } => Self::Conflict(reason),
            Error::AlreadyExists { .. } => {
                Self::Conflict("this key was used for another document; use another key")
            }
            _ => Self::Unavailable,
        }
    }
}

impl From<askama::Error> for Trouble {
    fn from(_: askama::Error) -> Self {
        Self::Unavailable
    }
}
