//! The audit log as people read it.

use ksef_core::SubmissionStatus;
use sqlx::{QueryBuilder, Row as _, Sqlite, SqlitePool};

use super::{backend, integer, row};
use crate::query::{Counts, DateOf, Filter, PageRequest, folded, trigrams};
use crate::store::{Key, Scope};
use crate::{Error, Row};

pub(super) async fn rows(
    readers: &SqlitePool,
    scope: Scope,
    request: &PageRequest,
) -> Result<Vec<(Key, Row)>, Error> {
    let mut sql = QueryBuilder::new("");
    let rarest = rarest(readers, &request.filter).await?;
    push_branches(&mut sql, "*", request, rarest.as_deref());
    push_end(&mut sql, request);
    let rows = sql.build().fetch_all(readers).await.map_err(backend)?;
    let line = |found: &sqlx::sqlite::SqliteRow| {
        let number: i64 = found.try_get("number").map_err(backend)?;
        Ok((scope.key(number.unsigned_abs()), row::read(found)?))
    };
    rows.iter().map(line).collect()
}

pub(super) async fn count(readers: &SqlitePool, filter: &Filter, limit: u32) -> Result<u32, Error> {
    let request = PageRequest { filter: filter.clone(), after: None, limit };
    let mut sql = QueryBuilder::new("SELECT count(*) FROM (");
    let rarest = rarest(readers, filter).await?;
    push_branches(&mut sql, "number", &request, rarest.as_deref());
    sql.push(" LIMIT ").push_bind(limit).push(")");
    sql.build_query_scalar().fetch_one(readers).await.map_err(backend)
}

pub(super) async fn counts(readers: &SqlitePool) -> Result<Counts, Error> {
    let rows: Vec<(String, i64)> = sqlx::query_as("SELECT status, submissions FROM tally")
        .fetch_all(readers)
        .await
        .map_err(backend)?;
    let mut counts = Counts::default();
    for (status, submissions) in rows {
        let damaged = |_| Error::Damaged { finding: "a count cannot be read" };
        counts.add(status.parse().map_err(damaged)?, submissions.unsigned_abs());
    }
    Ok(counts)
}

/// Up to how many submissions a group of three characters leads the search.
const RARE: i64 = 5_000;

/// The rarest group of three characters in the part that is looked for, if one is rare.
///
/// What is not rare is met soon in any order, so the newest lines are looked through then.
async fn rarest(readers: &SqlitePool, filter: &Filter) -> Result<Option<String>, Error> {
    let Some(part) = &filter.order_reference else { return Ok(None) };
    let mut rarest = (RARE, None);
    for gram in trigrams(&folded(part)) {
        let sql = "SELECT count(*) FROM (SELECT 1 FROM trigram WHERE gram = ? LIMIT ?)";
        let count: i64 = sqlx::query_scalar(sql)
            .bind(&gram)
            .bind(rarest.0)
            .fetch_one(readers)
            .await
            .map_err(backend)?;
        if count < rarest.0 {
            rarest = (count, Some(gram));
        }
    }
    Ok(rarest.1)
}

const fn column(of: DateOf) -> &'static str {
    match of {
        DateOf::Submitted => "submitted_at",
        DateOf::Issue => "p_1",
        DateOf::Accepted => "accepted_at",
    }
}

/// One branch per status, each of which an index serves in the order of the page.
fn push_branches(
    sql: &mut QueryBuilder<Sqlite>,
    columns: &str,
    request: &PageRequest,
    rarest: Option<&str>,
) {
    let mut statuses: Vec<_> = request.filter.statuses.iter().copied().map(Some).collect();
    if statuses.is_empty() {
        statuses.push(None);
    }
    for (place, status) in statuses.into_iter().enumerate() {
        sql.push(if place > 0 { " UNION ALL " } else { "" });
        sql.push("SELECT * FROM (SELECT ").push(columns).push(" FROM submission WHERE true");
        push_status(sql, status);
        push_conditions(sql, &request.filter, rarest);
        push_place(sql, request);
        push_end(sql, request);
        sql.push(")");
    }
}

fn push_status(sql: &mut QueryBuilder<Sqlite>, status: Option<SubmissionStatus>) {
    if let Some(status) = status {
        sql.push(" AND status = ").push_bind(status.as_str());
    }
}

fn push_conditions(sql: &mut QueryBuilder<Sqlite>, filter: &Filter, rarest: Option<&str>) {
    if let Some(dates) = filter.dates {
        let (from, before) = dates.bounds();
        let column = column(dates.of);
        sql.push(" AND ").push(column).push(" >= ").push_bind(from);
        sql.push(" AND ").push(column).push(" < ").push_bind(before);
    }
    if let Some(document_type) = filter.document_type {
        sql.push(" AND document_type = ").push_bind(document_type.as_str());
    }
    if let Some(nip) = filter.nip {
        sql.push(" AND nip = ").push_bind(nip.to_string());
    }
    if let Some(id) = &filter.fakturownia_id {
        sql.push(" AND fakturownia_id = ").push_bind(id.clone());
    }
    if let Some(prefix) = &filter.ksef_number {
        sql.push(" AND ksef_number >= ").push_bind(prefix.clone());
        // No KSeF number has a character beyond this one.
        sql.push(" AND ksef_number < ").push_bind(format!("{prefix}\u{7f}"));
    }
    if let Some(part) = &filter.order_reference {
        push_part(sql, &folded(part), rarest);
    }
}

/// A part is found by its groups of three characters; whether they stand together is seen in the
/// text itself. A shorter part has none and is looked for in every text.
fn push_part(sql: &mut QueryBuilder<Sqlite>, part: &str, rarest: Option<&str>) {
    if let Some(gram) = rarest {
        sql.push(" AND number IN (SELECT submission FROM trigram WHERE gram = ");
        sql.push_bind(gram.to_owned()).push(")");
    }
    sql.push(" AND instr(searched, ").push_bind(part.to_owned()).push(") > 0");
}

fn push_place(sql: &mut QueryBuilder<Sqlite>, request: &PageRequest) {
    let Some(after) = &request.after else { return };
    let number = integer(after.number);
    match request.filter.dates {
        None => {
            sql.push(" AND number < ").push_bind(number);
        }
        Some(dates) => {
            sql.push(" AND (").push(column(dates.of)).push(", number) < (");
            sql.push_bind(after.date.clone()).push(", ").push_bind(number).push(")");
        }
    }
}

fn push_end(sql: &mut QueryBuilder<Sqlite>, request: &PageRequest) {
    sql.push(" ORDER BY ");
    if let Some(dates) = request.filter.dates {
        sql.push(column(dates.of)).push(" DESC, ");
    }
    sql.push("number DESC LIMIT ").push_bind(request.limit);
}
