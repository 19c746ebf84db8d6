//! What can go wrong, and when it is asked for.

use serde::{Deserialize, Serialize};

use super::FaultError;

/// What goes wrong. In JSON the name of the variant is the field `kind`, beside its own fields.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[non_exhaustive]
pub enum FaultKind {
    /// The connection is closed before the request took effect.
    DropBefore,
    /// The request takes effect, and the connection is closed without an answer.
    DropAfter,
    /// The answer is held back.
    Delay {
        /// For how long.
        milliseconds: u64,
    },
    /// 429, without regard to the limits.
    TooManyRequests {
        /// After how long to come again; at least 1.
        retry_after_seconds: u32,
    },
    /// 5xx, before the request took effect.
    ServerError {
        /// From 500 to 599.
        status: u16,
    },
    /// A page in HTML with status 200, as a firewall answers, before the request took effect.
    Html,
    /// A session ends with 415 although its key is fine.
    SessionKeyRace,
    /// 21184: the session is not available for now.
    SessionUnavailable,
    /// An invoice, or the batch session, stays at 150.
    StuckProcessing,
    /// An export stays at 100.
    ExportStuck,
    /// The hash of a part of an export is not that of its bytes.
    WrongPartHash,
    /// An invoice or an export ends with 550: cancelled by the system, to be tried again.
    InvoiceCancelled,
    /// An invoice, the batch session or an export ends with 500: unknown error.
    UnknownError,
    /// A login ends with 550: cancelled by the system, to be tried again.
    AuthenticationCancelled,
    /// A login ends with 500: unknown error.
    AuthenticationError,
    /// An accepted invoice reaches permanent storage so much later.
    LatePermanentStorage {
        /// How much later.
        seconds: u64,
    },
    /// An access token is good for no longer than this.
    ShortAccessToken {
        /// How long.
        seconds: u64,
    },
    /// A duplicate (440) names the session of the duplicate as that of the original.
    WrongOriginalSession,
    /// The answer bears the header `X-System-Warning`.
    SystemWarning {
        /// Its value, `[code]: message`, visible ASCII characters and spaces.
        text: String,
    },
}

/// When the sandbox asks whether something goes wrong.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Moment {
    /// A request has come; nothing has been done about it.
    Request,
    /// The answer is ready; what was asked for is done.
    Answer,
    /// The answer gets its headers.
    Headers,
    /// The answer is to be sent.
    Sending,
    /// It is decided what becomes of a login.
    Login,
    /// A session is opened.
    SessionOpening,
    /// An open session is used: an invoice is sent, or it is closed.
    SessionUse,
    /// It is decided what becomes of an invoice.
    Verdict,
    /// It is decided what becomes of a batch session as a whole.
    Package,
    /// An invoice is a duplicate.
    Duplicate,
    /// An invoice is accepted.
    Acceptance,
    /// An export begins.
    ExportStart,
    /// The parts of an export are described.
    ExportParts,
    /// An access token is made out.
    AccessToken,
}

impl FaultKind {
    /// Its name in JSON.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::DropBefore => "dropBefore",
            Self::DropAfter => "dropAfter",
            Self::Delay { .. } => "delay",
            Self::TooManyRequests { .. } => "tooManyRequests",
            Self::ServerError { .. } => "serverError",
            Self::Html => "html",
            Self::SessionKeyRace => "sessionKeyRace",
            Self::SessionUnavailable => "sessionUnavailable",
            Self::StuckProcessing => "stuckProcessing",
            Self::ExportStuck => "exportStuck",
            Self::WrongPartHash => "wrongPartHash",
            Self::InvoiceCancelled => "invoiceCancelled",
            Self::UnknownError => "unknownError",
            Self::AuthenticationCancelled => "authenticationCancelled",
            Self::AuthenticationError => "authenticationError",
            Self::LatePermanentStorage { .. } => "latePermanentStorage",
            Self::ShortAccessToken { .. } => "shortAccessToken",
            Self::WrongOriginalSession => "wrongOriginalSession",
            Self::SystemWarning { .. } => "systemWarning",
        }
    }

    /// Whether it can happen at this moment.
    pub(crate) fn happens_at(&self, moment: Moment) -> bool {
        match moment {
            Moment::Package => matches!(self, Self::StuckProcessing | Self::UnknownError),
            Moment::ExportStart => {
                matches!(self, Self::ExportStuck | Self::InvoiceCancelled | Self::UnknownError)
            }
            moment => self.moment() == moment,
        }
    }

    /// When it can happen to what it is named after.
    pub(super) const fn moment(&self) -> Moment {
        match self {
            Self::DropBefore
            | Self::TooManyRequests { .. }
            | Self::ServerError { .. }
            | Self::Html => Moment::Request,
            Self::DropAfter => Moment::Answer,
            Self::SystemWarning { .. } => Moment::Headers,
            Self::Delay { .. } => Moment::Sending,
            Self::AuthenticationCancelled | Self::AuthenticationError => Moment::Login,
            Self::SessionKeyRace => Moment::SessionOpening,
            Self::SessionUnavailable => Moment::SessionUse,
            Self::StuckProcessing | Self::InvoiceCancelled | Self::UnknownError => Moment::Verdict,
            Self::WrongOriginalSession => Moment::Duplicate,
            Self::LatePermanentStorage { .. } => Moment::Acceptance,
            Self::ExportStuck => Moment::ExportStart,
            Self::WrongPartHash => Moment::ExportParts,
            Self::ShortAccessToken { .. } => Moment::AccessToken,
        }
    }

    pub(super) fn check(&self) -> Result<(), FaultError> {
        match self {
            Self::ServerError { status } if !(500..=599).contains(status) => {
                Err(FaultError::Status)
            }
            Self::TooManyRequests { retry_after_seconds: 0 } => Err(FaultError::RetryAfter),
            // It becomes the value of a header.
            Self::SystemWarning { text } if !is_header_value(text) => Err(FaultError::Text),
            _ => Ok(()),
        }
    }
}

fn is_header_value(text: &str) -> bool {
    !text.trim().is_empty() && text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic())
}
