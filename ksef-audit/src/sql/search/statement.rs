//! The statements.

use ksef_core::SubmissionStatus;

use super::lead::{Branch, Lead, is_whole};
use super::{Between, Dialect};
use crate::query::{DateOf, Filter, PageRequest, folded, name_term};
use crate::sql::{Statement, Value, integer, row};

/// How many rows the condition leaves, counted up to `limit`.
pub(super) fn frequency(dialect: Dialect, filter: &Filter, lead: &Lead, limit: i64) -> Statement {
    if *lead == Lead::KsefNumber {
        return span(dialect, filter, limit.max(1));
    }
    let mut sql = Statement::default();
    sql.push("SELECT count(*) FROM (SELECT 1 FROM ");
    push_rows(&mut sql, dialect, filter, lead);
    sql.push(" LIMIT ").value(Value::Integer(limit)).push(") AS found");
    sql
}

/// The rows that the condition leaves, in the table that has its index.
fn push_rows(sql: &mut Statement, dialect: Dialect, filter: &Filter, lead: &Lead) {
    if let Lead::Gram(gram) = lead {
        sql.push(dialect.trigram).push(" WHERE ");
        push_gram(sql, gram);
        return push_own(sql, dialect);
    }
    sql.push(dialect.submission).push(" WHERE true");
    push_own(sql, dialect);
    let alone = Filter {
        dates: filter.dates.filter(|_| *lead == Lead::Dates),
        document_type: filter.document_type.filter(|_| *lead == Lead::DocumentType),
        nip: filter.nip.filter(|_| *lead == Lead::Nip),
        fakturownia_id: filter.fakturownia_id.clone().filter(|_| *lead == Lead::FakturowniaId),
        ksef_number: filter
            .ksef_number
            .clone()
            .filter(|_| matches!(lead, Lead::KsefMonth | Lead::KsefNumber)),
        ..Filter::default()
    };
    push_conditions(sql, dialect, &alone, Some(lead));
}

/// How many rows the condition leaves in [`PLACES`].
pub(super) fn sample(
    dialect: Dialect,
    filter: &Filter,
    lead: &Lead,
    [all, step, width]: [i64; 3],
) -> Statement {
    let mut sql = Statement::default();
    sql.push(
        "WITH RECURSIVE place (first, beyond) AS (SELECT CAST(1 AS bigint), CAST(1 AS bigint) + ",
    );
    sql.value(Value::Integer(width)).push(" UNION ALL SELECT first + ");
    sql.value(Value::Integer(step)).push(", beyond + ").value(Value::Integer(step));
    sql.push(" FROM place WHERE first + ").value(Value::Integer(step)).push(" <= ");
    sql.value(Value::Integer(all)).push(") SELECT CAST(sum((SELECT count(*) FROM ");
    push_rows(&mut sql, dialect, filter, lead);
    let number = if matches!(lead, Lead::Gram(_)) { "submission" } else { "number" };
    sql.push(" AND ").push(number).push(" >= first AND ").push(number).push(" < beyond");
    sql.push(")) AS bigint) FROM place");
    sql
}

/// How many rows have a KSeF number that begins like this. From `limit` on that is judged by how close
/// together the last of them are, and how far from the first: KSeF numbers begin with the seller and the
/// day, so they grow with the numbers of the rows.
fn span(dialect: Dialect, filter: &Filter, limit: i64) -> Statement {
    let mut sql = Statement::default();
    let push_found = |sql: &mut Statement| {
        sql.push("(SELECT number FROM ");
        push_rows(sql, dialect, filter, &Lead::KsefNumber);
        sql.push(" ORDER BY ksef_number");
    };
    sql.push("SELECT CAST(CASE WHEN count(*) < ").value(Value::Integer(limit));
    sql.push(" THEN count(*) ELSE count(*) * (max(number) - ");
    push_found(&mut sql);
    sql.push(" LIMIT 1)) / (max(number) - min(number) + 1) END AS bigint) FROM ");
    push_found(&mut sql);
    sql.push(" DESC LIMIT ").value(Value::Integer(limit)).push(") AS found");
    sql
}

/// The first and the last number of the rows with such a KSeF number.
pub(super) fn ends(dialect: Dialect, filter: &Filter) -> Statement {
    let mut sql = Statement::default();
    // No database is to look for the first and the last one in the order of the numbers.
    sql.push("SELECT coalesce(min(number + 0), 1), coalesce(max(number + 0), 0) FROM ");
    push_rows(&mut sql, dialect, filter, &Lead::KsefNumber);
    sql
}

/// How many submissions have the status, or any.
pub(super) fn tally(dialect: Dialect, status: Option<SubmissionStatus>) -> Statement {
    let mut sql = Statement::default();
    sql.push("SELECT CAST(coalesce(sum(submissions), 0) AS bigint) FROM ").push(dialect.tally);
    sql.push(" WHERE true");
    push_own(&mut sql, dialect);
    if let Some(status) = status {
        sql.push(" AND status = ").text(status.as_str());
    }
    sql
}

/// The lines of a page. Their numbers are found first, so that no more than a number and a date is
/// put in order.
pub(super) fn page(dialect: Dialect, request: &PageRequest, branches: &[Branch]) -> Statement {
    let mut sql = Statement::default();
    sql.push("SELECT ").push(row::COLUMNS).push(" FROM ").push(dialect.submission);
    sql.push(" WHERE number ").push(dialect.among.0).push("SELECT number FROM (");
    let keys = match request.filter.dates.map(|dates| dates.of) {
        None => "number",
        Some(DateOf::Submitted) => "number, submitted_at",
        Some(DateOf::Issue) => "number, p_1",
        Some(DateOf::Accepted) => "number, accepted_at",
    };
    push_branches(&mut sql, dialect, Some(keys), branches, request);
    push_order(&mut sql, request);
    push_limit(&mut sql, request.limit);
    sql.push(") AS found").push(dialect.among.1);
    push_own(&mut sql, dialect);
    push_order(&mut sql, request);
    sql
}

/// How many lines the filter leaves, counted up to `limit`, in any order.
pub(super) fn count(
    dialect: Dialect,
    filter: &Filter,
    limit: u32,
    branches: &[Branch],
) -> Statement {
    let request = PageRequest { filter: filter.clone(), after: None, limit };
    let mut sql = Statement::default();
    sql.push("SELECT count(*) FROM (");
    push_branches(&mut sql, dialect, None, branches, &request);
    push_limit(&mut sql, limit);
    sql.push(") AS counted");
    sql
}

/// The lines of which the order reference, or the id of the source, is exactly this.
pub(super) fn named(dialect: Dialect, name: &str) -> Statement {
    let mut sql = Statement::default();
    sql.push("SELECT ").push(row::COLUMNS).push(" FROM ").push(dialect.submission);
    sql.push(" WHERE number ").push(dialect.among.0);
    push_numbers(&mut sql, dialect, &name_term(name));
    sql.push(dialect.among.1);
    push_own(&mut sql, dialect);
    sql.push(" AND (order_reference = ").text(name).push(" OR source_id = ").text(name);
    sql.push(") ORDER BY number");
    sql
}

const fn column(of: DateOf) -> &'static str {
    match of {
        DateOf::Submitted => "submitted_at",
        DateOf::Issue => "p_1",
        DateOf::Accepted => "accepted_at",
    }
}

/// The branches, each with `keys` in the order of the page, or with numbers in any order.
fn push_branches(
    sql: &mut Statement,
    dialect: Dialect,
    keys: Option<&'static str>,
    branches: &[Branch],
    request: &PageRequest,
) {
    for (place, Branch { statuses, lead, intersects, between }) in branches.iter().enumerate() {
        sql.push(if place > 0 { " UNION ALL " } else { "" });
        let lead = lead.as_ref();
        sql.push("SELECT branch.* FROM ");
        if lead == Some(&Lead::KsefMonth) {
            push_months(sql, dialect, &request.filter);
        }
        sql.push("(SELECT ").push(keys.unwrap_or("number"));
        sql.push(" FROM ").push(dialect.submission).push(" WHERE true");
        push_own(sql, dialect);
        push_statuses(sql, dialect, statuses, matches!(lead, Some(Lead::Status(_))));
        match lead {
            Some(Lead::Gram(gram)) if *intersects => {
                push_conditions(sql, dialect, &request.filter, None);
                push_both(sql, dialect, statuses, gram);
            }
            Some(Lead::KsefMonth) => {
                let others = Filter { ksef_number: None, ..request.filter.clone() };
                push_conditions(sql, dialect, &others, lead);
                sql.push(" AND ksef_month = month");
            }
            _ => push_conditions(sql, dialect, &request.filter, lead),
        }
        push_between(sql, lead, *between);
        push_place(sql, dialect, request, lead);
        if keys.is_some() {
            push_order_of_branch(sql, dialect, request, lead);
        }
        push_limit(sql, request.limit);
        sql.push(") AS branch");
    }
}

/// The months of the KSeF numbers that are wanted, each found by itself, for they are few. What
/// follows is asked for each of them.
fn push_months(sql: &mut Statement, dialect: Dialect, filter: &Filter) {
    let alone = Filter { ksef_number: filter.ksef_number.clone(), ..Filter::default() };
    let push_first = |sql: &mut Statement, beyond: &'static str| {
        sql.push("(SELECT ksef_month FROM ").push(dialect.submission).push(" WHERE true");
        push_own(sql, dialect);
        push_conditions(sql, dialect, &alone, Some(&Lead::KsefMonth));
        sql.push(beyond).push(" ORDER BY ksef_month LIMIT 1)");
    };
    sql.push("(WITH RECURSIVE found (month) AS (SELECT ");
    push_first(sql, "");
    sql.push(" UNION ALL SELECT ");
    push_first(sql, " AND ksef_month > month");
    sql.push(" FROM found WHERE month IS NOT NULL)");
    sql.push(" SELECT month FROM found WHERE month IS NOT NULL) AS months, LATERAL ");
}

/// A column in a condition; unless the condition leads, no index serves it.
fn push_column<'a>(
    sql: &'a mut Statement,
    dialect: Dialect,
    column: &'static str,
    is_lead: bool,
) -> &'a mut Statement {
    sql.push(" AND ");
    if is_lead {
        return sql.push(column);
    }
    sql.push(dialect.hidden.0).push(column).push(dialect.hidden.1)
}

fn push_conditions(sql: &mut Statement, dialect: Dialect, filter: &Filter, lead: Option<&Lead>) {
    if let Some(dates) = filter.dates {
        let (from, before) = dates.bounds();
        let (column, is_lead) = (column(dates.of), lead == Some(&Lead::Dates));
        push_column(sql, dialect, column, is_lead).push(" >= ").text(from);
        push_column(sql, dialect, column, is_lead).push(" < ").text(before);
    }
    if let Some(document_type) = filter.document_type {
        let is_lead = lead == Some(&Lead::DocumentType);
        push_column(sql, dialect, "document_type", is_lead)
            .push(" = ")
            .text(document_type.as_str());
    }
    if let Some(nip) = filter.nip {
        let is_lead = lead == Some(&Lead::Nip);
        push_column(sql, dialect, "nip", is_lead).push(" = ").text(nip.to_string());
    }
    if let Some(id) = &filter.fakturownia_id {
        let is_lead = lead == Some(&Lead::FakturowniaId);
        push_column(sql, dialect, "fakturownia_id", is_lead).push(" = ").text(id);
    }
    if let Some(prefix) = &filter.ksef_number {
        let (column, is_lead) = match lead {
            Some(Lead::KsefMonth) => ("ksef_month", true),
            _ => ("ksef_number", lead == Some(&Lead::KsefNumber)),
        };
        push_column(sql, dialect, column, is_lead).push(" >= ").text(prefix);
        // No KSeF number has a character beyond this one.
        let beyond = format!("{prefix}\u{7f}");
        push_column(sql, dialect, column, is_lead).push(" < ").text(beyond);
    }
    if let Some(part) = &filter.order_reference {
        push_part(sql, dialect, folded(part), lead);
    }
}

/// One of the statuses, unless any will do.
fn push_statuses(
    sql: &mut Statement,
    dialect: Dialect,
    statuses: &[SubmissionStatus],
    is_lead: bool,
) {
    for (place, status) in statuses.iter().enumerate() {
        if place == 0 {
            push_column(sql, dialect, "status", is_lead).push(" IN (");
        } else {
            sql.push(", ");
        }
        sql.text(status.as_str());
    }
    sql.push(if statuses.is_empty() { "" } else { ")" });
}

/// Of the rows with the group those that have such a status as well are found by their numbers alone.
fn push_both(sql: &mut Statement, dialect: Dialect, statuses: &[SubmissionStatus], gram: &str) {
    let of_statuses = |sql: &mut Statement| {
        sql.push("SELECT number AS submission FROM ").push(dialect.submission).push(" WHERE true");
        push_statuses(sql, dialect, statuses, true);
        push_own(sql, dialect);
    };
    let push_gram = |sql: &mut Statement| push_numbers(sql, dialect, gram);
    push_among_both(sql, dialect.among, dialect.of_statuses, of_statuses, push_gram);
}

/// The rows whose numbers both queries find.
fn push_among_both(
    sql: &mut Statement,
    among: (&'static str, &'static str),
    both: (&'static str, &'static str, &'static str),
    push_one: impl FnOnce(&mut Statement),
    push_other: impl FnOnce(&mut Statement),
) {
    sql.push(" AND number ").push(among.0).push(both.0);
    push_one(sql);
    sql.push(both.1);
    push_other(sql);
    sql.push(both.2).push(among.1);
}

/// The numbers of the rows that have the group, or may have it.
fn push_numbers(sql: &mut Statement, dialect: Dialect, gram: &str) {
    sql.push("SELECT submission FROM ").push(dialect.trigram).push(" WHERE ");
    push_gram(sql, gram);
    push_own(sql, dialect);
    if let Some(unindexed) = dialect.unindexed {
        sql.push(" UNION ALL ").push(unindexed);
    }
}

/// A part is found by its groups of three characters; whether they stand together is seen in the
/// text itself.
fn push_part(sql: &mut Statement, dialect: Dialect, part: String, lead: Option<&Lead>) {
    match lead {
        Some(Lead::Both(one, other)) => {
            let push_one = |sql: &mut Statement| push_numbers(sql, dialect, one);
            let push_other = |sql: &mut Statement| push_numbers(sql, dialect, other);
            push_among_both(sql, dialect.among, dialect.both, push_one, push_other);
        }
        Some(Lead::Gram(gram)) => {
            sql.push(" AND number ").push(dialect.among.0);
            push_numbers(sql, dialect, gram);
            sql.push(dialect.among.1);
        }
        _ => {}
    }
    sql.push(" AND ").push(dialect.place_in).push("(searched, ").text(part).push(") > 0");
}

/// A part of fewer than three characters is the beginning of groups.
fn push_gram(sql: &mut Statement, gram: &str) {
    if is_whole(gram) {
        sql.push("gram = ").text(gram);
    } else {
        sql.push("gram >= ").text(gram);
        sql.push(" AND gram < ").text(format!("{gram}\u{10ffff}"));
    }
}

fn push_own(sql: &mut Statement, dialect: Dialect) {
    if !dialect.has_others {
        return;
    }
    sql.push(" AND tenant = ").text(dialect.scope.tenant().to_string()).push("::uuid");
    sql.push(" AND environment = ").text(dialect.scope.environment().as_str());
    sql.push("::ksef_audit.environment");
}

/// Between the numbers, which must not lead where something else is to.
fn push_between(sql: &mut Statement, lead: Option<&Lead>, between: Option<Between>) {
    let Some((first, last)) = between else { return };
    let is_free = lead.is_none_or(Lead::is_ordered);
    let number = if is_free { " AND number" } else { " AND number + 0" };
    sql.push(number).push(" >= ").value(Value::Integer(first));
    sql.push(number).push(" <= ").value(Value::Integer(last));
}

/// Behind where the page before ended. It must not lead where something else is to.
fn push_place(sql: &mut Statement, dialect: Dialect, request: &PageRequest, lead: Option<&Lead>) {
    let Some(after) = &request.after else { return };
    let number = Value::Integer(integer(after.number));
    let Some(dates) = request.filter.dates else {
        let is_free = lead.is_none_or(Lead::is_ordered);
        sql.push(if is_free { " AND number < " } else { " AND number + 0 < " }).value(number);
        return;
    };
    sql.push(" AND (");
    push_date(sql, dialect, dates.of, lead);
    sql.push(", number) < (").text(after.date.clone()).push(", ").value(number).push(")");
}

/// A date by which no index leads, unless it is to.
fn push_date(sql: &mut Statement, dialect: Dialect, of: DateOf, lead: Option<&Lead>) {
    if lead == Some(&Lead::Dates) {
        sql.push(column(of));
    } else {
        sql.push(dialect.hidden.0).push(column(of)).push(dialect.hidden.1);
    }
}

/// The order of the page, which must not lead either.
fn push_order_of_branch(
    sql: &mut Statement,
    dialect: Dialect,
    request: &PageRequest,
    lead: Option<&Lead>,
) {
    sql.push(" ORDER BY ");
    if let Some(dates) = request.filter.dates {
        push_date(sql, dialect, dates.of, lead);
        sql.push(" DESC, ");
    }
    let is_free = lead != Some(&Lead::KsefNumber);
    sql.push(if is_free { "number DESC" } else { "number + 0 DESC" });
}

fn push_order(sql: &mut Statement, request: &PageRequest) {
    sql.push(" ORDER BY ");
    if let Some(dates) = request.filter.dates {
        sql.push(column(dates.of)).push(" DESC, ");
    }
    sql.push("number DESC");
}

fn push_limit(sql: &mut Statement, limit: u32) {
    sql.push(" LIMIT ").value(Value::Integer(limit.into()));
}
