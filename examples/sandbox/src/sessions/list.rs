//! `GET /sessions`

use ksef_core::{ReferenceNumber, Timestamp};
use serde::Serialize;

use super::pages::SIZES;
use super::status::{CommonStatus, Counts};
use super::{Session, SessionKind};
use crate::auth::Caller;
use crate::exception::ExceptionCode;
use crate::exchange::{Call, Paging, Query, Refusal, Reply};
use crate::invoices::StatusInfo;
use crate::operation::Permission;

/// `SessionsQueryResponse` of the OpenAPI.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Sessions {
    #[serde(skip_serializing_if = "Option::is_none")]
    continuation_token: Option<String>,
    sessions: Vec<Item>,
}

/// `SessionsQueryResponseItem` of the OpenAPI.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Item {
    reference_number: ReferenceNumber,
    status: StatusInfo,
    date_created: Timestamp,
    date_updated: Timestamp,
    valid_until: Timestamp,
    total_invoice_count: usize,
    successful_invoice_count: u32,
    failed_invoice_count: u32,
}

/// Which sessions are asked for.
struct Filter {
    kind: SessionKind,
    reference_number: Option<String>,
    created: Period,
    closed: Period,
    modified: Period,
    statuses: Vec<CommonStatus>,
}

/// Both ends are part of it.
struct Period {
    from: Option<Timestamp>,
    to: Option<Timestamp>,
}

/// `GET /sessions`: those of the caller, or of its whole context if it may see them.
pub(crate) fn list(call: &Call<'_>) -> Result<Reply, Refusal> {
    let filter = Filter::parse(&call.query)?;
    let paging = Paging::of(call, SIZES)?;
    let caller = call.caller()?;
    let settling = call.sandbox.config.delays.session;
    let world = call.world();
    let rows = world.sessions.values().rev().filter(|session| {
        is_visible(session, caller) && filter.selects(session, settling, call.now)
    });
    let (rows, continuation_token) = paging.cut(rows, |session| session.reference_number);
    let item = |session: &Session| {
        let Counts { total, successful, failed } = world.counts(session, call.now);
        Item {
            reference_number: session.reference_number,
            status: session.status(settling, call.now),
            date_created: session.opened_at,
            date_updated: session.updated_at(settling, call.now),
            valid_until: session.valid_until,
            total_invoice_count: total,
            successful_invoice_count: successful,
            failed_invoice_count: failed,
        }
    };
    let sessions = rows.into_iter().map(item).collect();
    Ok(Reply::ok(&Sessions { continuation_token, sessions }))
}

fn is_visible(session: &Session, caller: &Caller) -> bool {
    let sees_all = [Permission::Introspection, Permission::EnforcementOperations]
        .iter()
        .any(|permission| caller.permissions.contains(permission));
    session.context == caller.context && (sees_all || session.subject == caller.subject)
}

impl Filter {
    fn parse(query: &Query) -> Result<Self, Refusal> {
        let kinds = [SessionKind::Online, SessionKind::Batch];
        let kind = query
            .first("sessionType")
            .and_then(|text| kinds.into_iter().find(|kind| kind.as_str() == text))
            .ok_or_else(|| invalid("'sessionType' must be Online or Batch."))?;
        let status = |text| {
            CommonStatus::ALL.into_iter().find(|status| status.as_str() == text).ok_or_else(|| {
                invalid("'statuses' must be InProgress, Succeeded, Failed or Cancelled.")
            })
        };
        Ok(Self {
            kind,
            reference_number: query.first("referenceNumber").map(str::to_owned),
            created: Period::parse(query, "dateCreated")?,
            closed: Period::parse(query, "dateClosed")?,
            modified: Period::parse(query, "dateModified")?,
            statuses: query.all("statuses").map(status).collect::<Result<_, _>>()?,
        })
    }

    fn selects(&self, session: &Session, settling: std::time::Duration, now: Timestamp) -> bool {
        let number = session.reference_number;
        session.kind == self.kind
            && self.reference_number.as_deref().is_none_or(|wanted| wanted == number.as_str())
            && self.created.contains(Some(session.opened_at))
            && self.closed.contains(session.ended_at(now))
            && self.modified.contains(Some(session.updated_at(settling, now)))
            && (self.statuses.is_empty() || {
                let code = session.status(settling, now).code;
                self.statuses.contains(&CommonStatus::of(code))
            })
    }
}

impl Period {
    fn parse(query: &Query, name: &str) -> Result<Self, Refusal> {
        let end = |suffix| {
            let name = format!("{name}{suffix}");
            let time = query.first(&name).map(str::parse).transpose();
            time.map_err(|_| invalid(&format!("'{name}' is not in the correct format.")))
        };
        Ok(Self { from: end("From")?, to: end("To")? })
    }

    /// Whether this is in it; what has no time is in the period without ends only.
    fn contains(&self, time: Option<Timestamp>) -> bool {
        match time {
            Some(time) => {
                self.from.is_none_or(|from| from <= time) && self.to.is_none_or(|to| time <= to)
            }
            None => self.from.is_none() && self.to.is_none(),
        }
    }
}

fn invalid(detail: &str) -> Refusal {
    ExceptionCode::InvalidInput.detail(detail).into()
}
