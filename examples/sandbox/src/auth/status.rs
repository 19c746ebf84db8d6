//! What has become of a login: its status, and why it failed.

use ksef_core::{ContextIdentifier, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Authentication, Outcome};
use crate::exception::ExceptionCode;
use crate::exchange::{Call, Refusal, Reply};

/// Why a login failed.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) enum Failure {
    /// 415: the subject has no rights in the context.
    NoPermissions,
    /// 450: something is wrong with the KSeF token.
    Token(TokenFault),
    /// 460: something is wrong with the certificate.
    Certificate(CertificateFault),
    /// 470: the subject has died.
    Deceased,
    /// 480: nobody can log in to the context.
    ContextBlocked,
    /// 500: as a fault asks for it.
    Unknown,
    /// 550: as a fault asks for it.
    Cancelled,
}

/// What is wrong with a KSeF token.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) enum TokenFault {
    Unknown,
    Time,
    Revoked,
    Inactive,
    Encryption,
    Encoding,
    Context(ContextIdentifier),
}

/// What is wrong with a certificate.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) enum CertificateFault {
    NotValidNow,
    UntrustedChain,
}

/// How someone logged in.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) enum Method {
    Token,
    QualifiedSignature,
    QualifiedSeal,
    PeppolSignature,
}

/// `StatusInfo` of the OpenAPI.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub(crate) struct Status {
    pub(crate) code: u16,
    pub(crate) description: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) details: Vec<String>,
}

impl Failure {
    fn status(&self) -> Status {
        const FAILED: &str = "Uwierzytelnianie zakończone niepowodzeniem";
        let (code, description, detail) = match self {
            Self::NoPermissions => (415, FAILED, "Brak przypisanych uprawnień".to_owned()),
            Self::Token(fault) => (
                450,
                "Uwierzytelnianie zakończone niepowodzeniem z powodu błędnego tokenu",
                fault.detail(),
            ),
            Self::Certificate(fault) => (
                460,
                "Uwierzytelnianie zakończone niepowodzeniem z powodu błędu certyfikatu",
                fault.detail().to_owned(),
            ),
            Self::Deceased => (470, FAILED, ExceptionCode::DeceasedPerson.description().to_owned()),
            Self::ContextBlocked => (
                480,
                "Uwierzytelnienie zablokowane",
                "Podejrzenie incydentu bezpieczeństwa. Skontaktuj się z Ministerstwem Finansów przez formularz zgłoszeniowy.".to_owned(),
            ),
            Self::Unknown => {
                return Status { code: 500, description: "Nieznany błąd", details: Vec::new() };
            }
            Self::Cancelled => (
                550,
                "Operacja została anulowana przez system",
                "Przetwarzanie zostało przerwane z przyczyn wewnętrznych systemu. Spróbuj ponownie"
                    .to_owned(),
            ),
        };
        Status { code, description, details: vec![detail] }
    }
}

impl TokenFault {
    fn detail(&self) -> String {
        match self {
            Self::Unknown => "Nieprawidłowy token",
            Self::Time => "Nieprawidłowy czas tokena",
            Self::Revoked => "Token unieważniony",
            Self::Inactive => "Token nieaktywny",
            Self::Encryption => "Nieprawidłowe szyfrowanie tokena",
            Self::Encoding => "Nieprawidłowe kodowanie tokena",
            Self::Context(context) => {
                return format!("Token nie może być użyty w kontekście {context}");
            }
        }
        .to_owned()
    }
}

impl CertificateFault {
    const fn detail(self) -> &'static str {
        match self {
            Self::NotValidNow => "Nieważny certyfikat",
            Self::UntrustedChain => "Niezaufany łańcuch certyfikatów",
        }
    }
}

impl Method {
    /// `authenticationMethodInfo`; of the codes the contract shows that of the seal only.
    fn info(self) -> Value {
        let (category, code, name) = match self {
            Self::Token => ("Token", "token.ksef", "Token KSeF"),
            Self::QualifiedSignature => {
                ("XadesSignature", "xades.qualified-signature", "Podpis kwalifikowany")
            }
            Self::QualifiedSeal => {
                ("XadesSignature", "xades.qualified-seal", "Pieczęć kwalifikowana")
            }
            Self::PeppolSignature => {
                ("XadesSignature", "xades.peppol", "Podpis dostawcy usług Peppol")
            }
        };
        json!({ "category": category, "code": code, "displayName": name })
    }
}

/// `AuthenticationOperationStatusResponse` of the OpenAPI.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct View {
    start_date: Timestamp,
    authentication_method: Method,
    authentication_method_info: Value,
    status: Status,
    is_token_redeemed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_token_refresh_date: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token_valid_until: Option<Timestamp>,
}

impl Authentication {
    /// Its status, which follows from what happened and the time.
    pub(crate) fn status(&self, now: Timestamp) -> Status {
        let plain = |code, description| Status { code, description, details: Vec::new() };
        if now < self.final_at {
            return plain(100, "Uwierzytelnianie w toku");
        }
        match &self.outcome {
            Outcome::Refused(failure) => failure.status(),
            Outcome::Accepted(_) if self.revoked_at.is_some_and(|revoked| revoked <= now) => Status {
                details: vec![
                    "Uwierzytelnienie i powiązane refresh tokeny zostały unieważnione przez użytkownika".to_owned(),
                ],
                ..plain(425, "Uwierzytelnienie unieważnione")
            },
            Outcome::Accepted(_) => plain(200, "Uwierzytelnianie zakończone sukcesem"),
        }
    }

    pub(super) fn view(&self, now: Timestamp) -> View {
        View {
            start_date: self.started_at,
            authentication_method: self.method,
            authentication_method_info: self.method.info(),
            status: self.status(now),
            is_token_redeemed: self.refresh_valid_until.is_some(),
            last_token_refresh_date: self.refreshed_at,
            refresh_token_valid_until: self.refresh_valid_until,
        }
    }
}

/// `GET /auth/{referenceNumber}`
///
/// The token is that of the login itself. That of a later one is told, for seven days after the
/// start, that there is no such login, and then that it is gone.
pub(crate) fn authentication_status(call: &Call<'_>) -> Result<Reply, Refusal> {
    let text = call.parameter("referenceNumber");
    let world = call.world();
    let authentication = world.authentications.get(text).ok_or_else(|| not_found(text))?;
    if authentication.is_gone(call.now) {
        return Err(Refusal::Gone);
    }
    if authentication.reference_number != call.caller()?.authentication {
        return Err(not_found(text));
    }
    Ok(Reply::ok(&authentication.view(call.now)))
}

/// 21304
pub(super) fn not_found(number: &str) -> Refusal {
    let detail = format!(
        "Operacja uwierzytelniania o numerze referencyjnym {number} nie została znaleziona."
    );
    ExceptionCode::NotAuthenticated.detail(detail).into()
}
