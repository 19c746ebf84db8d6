//! The status of a session, which follows from its record and the time.

use std::borrow::Cow;
use std::time::Duration;

use ksef_core::Timestamp;

use super::{Session, SessionKind};
use crate::invoices::{StatusInfo, Verdict};
use crate::world::World;

/// `CommonSessionStatus` of the OpenAPI, by which sessions are filtered.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum CommonStatus {
    InProgress,
    Succeeded,
    Failed,
    Cancelled,
}

/// How many invoices a session has, and how many of them are final.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Counts {
    pub(crate) total: usize,
    pub(crate) successful: u32,
    pub(crate) failed: u32,
}

impl CommonStatus {
    pub(crate) const ALL: [Self; 4] =
        [Self::InProgress, Self::Succeeded, Self::Failed, Self::Cancelled];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::InProgress => "InProgress",
            Self::Succeeded => "Succeeded",
            Self::Failed => "Failed",
            Self::Cancelled => "Cancelled",
        }
    }

    /// The one that a status code belongs to.
    pub(crate) const fn of(code: u16) -> Self {
        match code {
            ..200 => Self::InProgress,
            200 => Self::Succeeded,
            440 => Self::Cancelled,
            _ => Self::Failed,
        }
    }
}

impl Session {
    /// When it ended for its sender: it was closed, or its time was up.
    pub(crate) fn ended_at(&self, now: Timestamp) -> Option<Timestamp> {
        self.closed_at.or_else(|| (self.valid_until <= now).then_some(self.valid_until))
    }

    /// Its status at this time; `settling` is [`crate::Delays::session`].
    pub(crate) fn status(&self, settling: Duration, now: Timestamp) -> StatusInfo {
        if let Some(failure) = self.failure.as_ref().filter(|failure| failure.at <= now) {
            return self.status_info(failure.code, failure.details.clone());
        }
        match (self.ended_at(now), self.kind) {
            (None, _) => self.status_info(100, Vec::new()),
            (Some(_), SessionKind::Batch) if self.closed_at.is_none() => self.cancelled(TOO_LATE),
            (Some(_), kind) => match self.settled_at(settling, now) {
                Some(_) => self.outcome(),
                None if kind == SessionKind::Online => self.status_info(170, Vec::new()),
                None => self.status_info(150, Vec::new()),
            },
        }
    }

    /// When everything in it was done, if that is over.
    pub(crate) fn settled_at(&self, settling: Duration, now: Timestamp) -> Option<Timestamp> {
        let done_at = match self.kind {
            SessionKind::Online => self.ended_at(now)?,
            SessionKind::Batch => self.closed_at.and(self.processed_at)?,
        };
        let last = self.tally.last_final_at.map_or(done_at, |last| last.max(done_at));
        last.checked_add(settling).filter(|settled_at| *settled_at <= now)
    }

    /// When something last happened in it: an invoice came, or its status changed.
    pub(crate) fn updated_at(&self, settling: Duration, now: Timestamp) -> Timestamp {
        let failed_at = self.failure.as_ref().map(|failure| failure.at).filter(|at| *at <= now);
        let changes = match failed_at {
            Some(_) => [failed_at, self.closed_at],
            None => [self.ended_at(now), self.settled_at(settling, now)],
        };
        changes.into_iter().flatten().fold(self.updated_at, Timestamp::max)
    }

    fn outcome(&self) -> StatusInfo {
        if self.invoices.is_empty() {
            self.cancelled(NO_INVOICES)
        } else if self.tally.accepted > 0 {
            self.status_info(200, Vec::new())
        } else {
            self.status_info(445, Vec::new())
        }
    }

    fn cancelled(&self, reason: &str) -> StatusInfo {
        self.status_info(440, vec![reason.to_owned()])
    }

    fn status_info(&self, code: u16, details: Vec<String>) -> StatusInfo {
        let description = description(self.kind, code);
        StatusInfo { code, description, details, extensions: None }
    }
}

impl World {
    /// How many of a session's invoices are final.
    pub(crate) fn counts(&self, session: &Session, now: Timestamp) -> Counts {
        let total = session.invoices.len();
        let tally = &session.tally;
        if tally.last_final_at.is_none_or(|last| last <= now) {
            return Counts { total, successful: tally.accepted, failed: tally.rejected };
        }
        let mut counts = Counts { total, ..Counts::default() };
        for invoice in session.invoices.iter().filter_map(|number| self.invoices.get(number)) {
            match invoice.verdict_at(now) {
                Some(Verdict::Accepted(_)) => counts.successful += 1,
                Some(Verdict::Rejected(_)) => counts.failed += 1,
                None => {}
            }
        }
        counts
    }
}

/// Why a batch that was never closed is cancelled.
const TOO_LATE: &str = "Przekroczono czas wysyłki";
/// Why a session without invoices is cancelled.
const NO_INVOICES: &str = "Nie przesłano faktur";

/// Source: the tables at `SessionStatusResponse.status` of the OpenAPI.
fn description(kind: SessionKind, code: u16) -> Cow<'static, str> {
    Cow::Borrowed(match (kind, code) {
        (SessionKind::Online, 100) => "Sesja interaktywna otwarta",
        (SessionKind::Batch, 100) => "Sesja wsadowa rozpoczęta",
        (_, 150) => "Trwa przetwarzanie",
        (_, 170) => "Sesja interaktywna zamknięta",
        (SessionKind::Online, 200) => "Sesja interaktywna przetworzona pomyślnie",
        (SessionKind::Batch, 200) => "Sesja wsadowa przetworzona pomyślnie",
        (_, 405) => "Błąd weryfikacji poprawności dostarczonych elementów paczki",
        (_, 415) => "Błąd odszyfrowania dostarczonego klucza",
        (_, 420) => "Przekroczony limit faktur w sesji",
        (_, 430) => "Błąd dekompresji pierwotnego archiwum",
        (_, 435) => "Błąd odszyfrowania zaszyfrowanych części archiwum",
        (_, 440) => "Sesja anulowana",
        (_, 445) => "Błąd weryfikacji, brak poprawnych faktur",
        (_, code) => return Cow::Owned(format!("Nieznany błąd ({code})")),
    })
}
