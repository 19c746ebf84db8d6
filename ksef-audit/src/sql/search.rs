//! Filters, pages and counts as statements.

use ksef_core::SubmissionStatus;

use super::{Statement, Value, integer, row};
use crate::query::{DateOf, Filter, PageRequest, folded, trigrams};
use crate::store::Scope;

/// What a database calls things.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dialect {
    /// The table of the rows.
    pub(crate) submission: &'static str,
    /// The table of the groups of three characters.
    pub(crate) trigram: &'static str,
    /// The function that finds a text in another one, which is its first argument.
    pub(crate) place_in: &'static str,
    /// Where the tables have the rows of others as well: whose are wanted.
    pub(crate) own: Option<Scope>,
}

/// Up to how many submissions a group of three characters leads the search.
pub(crate) const RARE: i64 = 5_000;

/// The groups of three characters in the part that is looked for.
///
/// The rarest of them leads the search if it is rare. What is not rare is met soon in any order, so
/// the newest lines are looked through then.
pub(crate) fn grams(filter: &Filter) -> impl Iterator<Item = String> + use<> {
    filter.order_reference.as_deref().map(|part| trigrams(&folded(part))).into_iter().flatten()
}

/// How many submissions have this group of three characters, counted up to `limit`.
pub(crate) fn frequency(dialect: Dialect, gram: &str, limit: i64) -> Statement {
    let mut sql = Statement::default();
    sql.push("SELECT count(*) FROM (SELECT 1 FROM ").push(dialect.trigram);
    sql.push(" WHERE gram = ").text(gram);
    push_own(&mut sql, dialect);
    sql.push(" LIMIT ").value(Value::Integer(limit)).push(") AS found");
    sql
}

/// The lines of a page.
pub(crate) fn page(dialect: Dialect, request: &PageRequest, rarest: Option<&str>) -> Statement {
    let mut sql = Statement::default();
    push_branches(&mut sql, dialect, row::COLUMNS, request, rarest);
    push_end(&mut sql, request);
    sql
}

/// How many lines the filter leaves, counted up to `limit`.
pub(crate) fn count(
    dialect: Dialect,
    filter: &Filter,
    limit: u32,
    rarest: Option<&str>,
) -> Statement {
    let request = PageRequest { filter: filter.clone(), after: None, limit };
    let mut sql = Statement::default();
    sql.push("SELECT count(*) FROM (");
    push_branches(&mut sql, dialect, "number", &request, rarest);
    sql.push(" LIMIT ").value(Value::Integer(limit.into())).push(") AS counted");
    sql
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
    sql: &mut Statement,
    dialect: Dialect,
    columns: &'static str,
    request: &PageRequest,
    rarest: Option<&str>,
) {
    let mut statuses: Vec<_> = request.filter.statuses.iter().copied().map(Some).collect();
    if statuses.is_empty() {
        statuses.push(None);
    }
    for (place, status) in statuses.into_iter().enumerate() {
        sql.push(if place > 0 { " UNION ALL " } else { "" });
        sql.push("SELECT * FROM (SELECT ").push(columns);
        sql.push(" FROM ").push(dialect.submission).push(" WHERE true");
        push_own(sql, dialect);
        push_status(sql, status);
        push_conditions(sql, dialect, &request.filter, rarest);
        push_place(sql, request);
        push_end(sql, request);
        sql.push(") AS branch");
    }
}

fn push_own(sql: &mut Statement, dialect: Dialect) {
    let Some(scope) = dialect.own else { return };
    sql.push(" AND tenant = ").text(scope.tenant().to_string()).push("::uuid");
    sql.push(" AND environment = ").text(scope.environment().as_str());
    sql.push("::ksef_audit.environment");
}

fn push_status(sql: &mut Statement, status: Option<SubmissionStatus>) {
    if let Some(status) = status {
        sql.push(" AND status = ").text(status.as_str());
    }
}

fn push_conditions(sql: &mut Statement, dialect: Dialect, filter: &Filter, rarest: Option<&str>) {
    if let Some(dates) = filter.dates {
        let (from, before) = dates.bounds();
        let column = column(dates.of);
        sql.push(" AND ").push(column).push(" >= ").text(from);
        sql.push(" AND ").push(column).push(" < ").text(before);
    }
    if let Some(document_type) = filter.document_type {
        sql.push(" AND document_type = ").text(document_type.as_str());
    }
    if let Some(nip) = filter.nip {
        sql.push(" AND nip = ").text(nip.to_string());
    }
    if let Some(id) = &filter.fakturownia_id {
        sql.push(" AND fakturownia_id = ").text(id.clone());
    }
    if let Some(prefix) = &filter.ksef_number {
        sql.push(" AND ksef_number >= ").text(prefix.clone());
        // No KSeF number has a character beyond this one.
        sql.push(" AND ksef_number < ").text(format!("{prefix}\u{7f}"));
    }
    if let Some(part) = &filter.order_reference {
        push_part(sql, dialect, folded(part), rarest);
    }
}

/// A part is found by its groups of three characters; whether they stand together is seen in the
/// text itself. A shorter part has none and is looked for in every text.
fn push_part(sql: &mut Statement, dialect: Dialect, part: String, rarest: Option<&str>) {
    if let Some(gram) = rarest {
        sql.push(" AND number IN (SELECT submission FROM ").push(dialect.trigram);
        sql.push(" WHERE gram = ").text(gram);
        push_own(sql, dialect);
        sql.push(")");
    }
    sql.push(" AND ").push(dialect.place_in).push("(searched, ").text(part).push(") > 0");
}

fn push_place(sql: &mut Statement, request: &PageRequest) {
    let Some(after) = &request.after else { return };
    let number = Value::Integer(integer(after.number));
    match request.filter.dates {
        None => {
            sql.push(" AND number < ").value(number);
        }
        Some(dates) => {
            sql.push(" AND (").push(column(dates.of)).push(", number) < (");
            sql.text(after.date.clone()).push(", ").value(number).push(")");
        }
    }
}

fn push_end(sql: &mut Statement, request: &PageRequest) {
    sql.push(" ORDER BY ");
    if let Some(dates) = request.filter.dates {
        sql.push(column(dates.of)).push(" DESC, ");
    }
    sql.push("number DESC LIMIT ").value(Value::Integer(request.limit.into()));
}
