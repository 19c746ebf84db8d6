//! Filters, pages and counts as statements.
//!
//! A database that guesses which of several conditions leaves the fewest rows may guess wrong by a
//! factor of a thousand, so that is counted first, up to a bound, and the statement leaves it no choice.

use core::cmp::Reverse;
use core::future::Future;

use ksef_core::SubmissionStatus;

use super::{Statement, Value, integer, row};
use crate::Error;
use crate::query::{DateOf, Filter, PageRequest, folded, name_term, trigrams};
use crate::store::Scope;

/// What a database calls things.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dialect {
    /// The table of the rows.
    pub(crate) submission: &'static str,
    /// The table of the groups of three characters.
    pub(crate) trigram: &'static str,
    /// A query for the numbers of rows whose groups are not in that table yet.
    pub(crate) unindexed: Option<&'static str>,
    /// What stands before and after a query for numbers, so that it is done once, and the rows are
    /// found by the numbers.
    pub(crate) among: (&'static str, &'static str),
    /// What stands before, between and after two queries for numbers of submissions, of which those that
    /// both find are wanted.
    pub(crate) both: (&'static str, &'static str, &'static str),
    /// The same where the first query is for rows with a status.
    pub(crate) of_statuses: (&'static str, &'static str, &'static str),
    /// The function that finds a text in another one, which is its first argument.
    pub(crate) place_in: &'static str,
    /// The table of the numbers of submissions by status.
    pub(crate) tally: &'static str,
    /// What stands before and after a column so that no index serves it.
    pub(crate) hidden: (&'static str, &'static str),
    /// Whether a column has the beginning of each KSeF number up to the month, see [`MONTH`].
    pub(crate) has_months: bool,
    /// Where the tables have the rows of others as well: whose are wanted.
    pub(crate) own: Option<Scope>,
}

/// How many characters of a KSeF number say whose it is and of which month.
const MONTH: usize = 17;

/// Up to how many rows a condition leads the search without a look at the others.
const FEW: i64 = 5_000;

/// Up to how many rows a condition leads the search at all, unless that is more than a tenth of all
/// rows. What leaves more is met soon in the order of the lines.
const MANY: i64 = 50_000;

/// Up to how many rows a part of fewer than three characters leads the search at all.
const SHORT: i64 = 15_000;

/// Up to how many entries of an index are gone through that has all that is asked for, or whose rows are
/// met in their order where nothing else leads.
const WIDE: i64 = 120_000;

/// A condition that leaves fewer rows leads, whatever others may leave.
const RARE: i64 = 100;

/// From how many rows on two groups lead rather than one.
const BOTH: i64 = 500;

/// In how many places it is looked how many rows have a group.
const PLACES: i64 = 64;

/// Which part of all rows is looked at in those places.
const PART: i64 = 1_024;

/// A condition that an index serves.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Lead {
    Status(SubmissionStatus),
    Dates,
    DocumentType,
    Nip,
    FakturowniaId,
    KsefNumber,
    /// The months whose KSeF numbers begin as it is wanted, each in the order of the lines.
    KsefMonth,
    /// A group of three characters of the part that is looked for, or a shorter part itself.
    Gram(String),
    /// Two such groups.
    Both(String, String),
}

impl Lead {
    /// Whether the index has the order of the lines as well.
    const fn is_ordered(&self) -> bool {
        !matches!(self, Self::KsefNumber | Self::Gram(_) | Self::Both(..))
    }

    /// Up to how many rows it leads at all. What has a short part is in no order, and each row is
    /// fetched.
    const fn most(&self) -> i64 {
        if matches!(self, Self::Gram(_)) { SHORT } else { MANY }
    }

    /// Whether its rows are counted up to [`FEW`] and judged by some of them, see [`sampled`] and
    /// [`span`].
    fn is_judged(&self) -> bool {
        *self == Self::KsefNumber || self.is_sampled()
    }

    /// Whether its rows are found in the order of the lines, from any number on.
    fn is_sampled(&self) -> bool {
        match self {
            Self::Nip | Self::DocumentType => true,
            Self::Gram(gram) => is_whole(gram),
            _ => false,
        }
    }
}

/// The lines of some statuses, or of any if none is named, and the condition that leads to them.
#[derive(Clone, Debug)]
pub(crate) struct Branch {
    statuses: Vec<SubmissionStatus>,
    lead: Option<Lead>,
    /// Whether the rows that have both such a status and the group that leads are found by their numbers.
    intersects: bool,
    between: Option<Between>,
}

/// The first and the last number of some rows.
pub(crate) type Between = (i64, i64);

impl Branch {
    /// One per status, which leads.
    fn each(statuses: Vec<SubmissionStatus>) -> Vec<Self> {
        let of = |status| Self {
            statuses: vec![status],
            lead: Some(Lead::Status(status)),
            intersects: false,
            between: None,
        };
        statuses.into_iter().map(of).collect()
    }

    /// The lines of all those statuses together.
    fn together(statuses: Vec<SubmissionStatus>, lead: Option<Lead>) -> Self {
        Self { statuses, lead, intersects: false, between: None }
    }
}

/// The statuses that are asked for; none if every one is.
fn statuses(filter: &Filter) -> Vec<SubmissionStatus> {
    let wanted = &filter.statuses;
    if wanted.len() == SubmissionStatus::ALL.len() {
        return Vec::new();
    }
    wanted.iter().copied().collect()
}

/// Answers a statement that counts, or that finds the first and the last of some numbers.
pub(crate) trait Count {
    fn count(&mut self, statement: Statement) -> impl Future<Output = Result<i64, Error>> + Send;

    fn between(
        &mut self,
        statement: Statement,
    ) -> impl Future<Output = Result<Between, Error>> + Send;
}

/// Which index has everything that is asked for, so that no row is fetched to see whether it is wanted.
enum Coverage {
    /// That of the dates.
    Dates,
    /// That of the KSeF numbers.
    KsefNumber,
    /// None.
    None,
}

fn coverage(filter: &Filter) -> Coverage {
    let Filter {
        dates,
        statuses: _,
        document_type,
        order_reference,
        ksef_number,
        nip,
        fakturownia_id,
    } = filter;
    let is_of_dates = order_reference.is_none() && fakturownia_id.is_none();
    let has_more = !statuses(filter).is_empty() || document_type.is_some() || nip.is_some();
    match (dates, ksef_number) {
        (Some(_), None) if is_of_dates => Coverage::Dates,
        (None, Some(_)) if is_of_dates && !has_more => Coverage::KsefNumber,
        _ => Coverage::None,
    }
}

/// The branches of lines that are counted, in any order.
pub(crate) async fn branches_to_count<C: Count + Send>(
    database: &mut C,
    dialect: Dialect,
    filter: &Filter,
) -> Result<Vec<Branch>, Error> {
    match coverage(filter) {
        // The first that are met there are as good as any.
        Coverage::KsefNumber => Ok(vec![Branch::together(Vec::new(), Some(Lead::KsefNumber))]),
        Coverage::Dates | Coverage::None => branches(database, dialect, filter).await,
    }
}

/// The branches that have all lines, each with its lead.
pub(crate) async fn branches<C: Count + Send>(
    database: &mut C,
    dialect: Dialect,
    filter: &Filter,
) -> Result<Vec<Branch>, Error> {
    let (mut leads, statuses) = (leads(dialect, filter), statuses(filter));
    if leads.is_empty() && !statuses.is_empty() {
        return Ok(Branch::each(statuses));
    }
    if leads.iter().all(Lead::is_ordered) && leads.len() < 2 && statuses.is_empty() {
        return Ok(vec![Branch::together(statuses, leads.pop())]);
    }
    let (mut rows, lead) = rarest(database, dialect, filter, &leads).await?;
    if lead.is_none() && matches!(coverage(filter), Coverage::None) {
        rows = WIDE;
    }
    let in_order = leads.iter().find(|lead| **lead == Lead::Dates);
    let in_order = in_order.or_else(|| leads.iter().find(|lead| lead.is_ordered()));
    let mut branch = Branch::together(statuses, lead.or_else(|| in_order.cloned()));
    // Whoever goes through lines in their order may meet none that is wanted for long.
    let is_in_order = branch.lead.as_ref().is_none_or(Lead::is_ordered);
    if is_in_order && branch.lead != Some(Lead::KsefMonth)
        || branch.lead == Some(Lead::KsefNumber) && rows >= FEW
    {
        branch.between = between(database, dialect, filter).await?;
    }
    let is_close = |(first, last): Between| last - first < WIDE;
    if branch.lead == Some(Lead::KsefNumber) && branch.between.is_some_and(is_close) {
        // They are met soon there, and need not be put in order.
        branch.lead = None;
    }
    if branch.statuses.is_empty() {
        return Ok(vec![branch]);
    }
    let mut of_statuses = 0;
    for status in &branch.statuses {
        of_statuses += database.count(tally(dialect, Some(*status))).await?;
    }
    let is_gram = matches!(branch.lead, Some(Lead::Gram(_)));
    branch.intersects = is_gram && (FEW..MANY).contains(&of_statuses);
    if branch.lead.is_none() || (of_statuses < rows && !branch.intersects) {
        let between = branch.between;
        let branches = Branch::each(branch.statuses).into_iter();
        return Ok(branches.map(|branch| Branch { between, ..branch }).collect());
    }
    Ok(vec![branch])
}

/// Between which numbers the rows with such a KSeF number are, unless those are too many to look at.
/// KSeF numbers grow with the numbers of the rows, so there are few others between them.
async fn between<C: Count + Send>(
    database: &mut C,
    dialect: Dialect,
    filter: &Filter,
) -> Result<Option<Between>, Error> {
    if filter.ksef_number.is_none() || database.count(span(dialect, filter, FEW)).await? >= WIDE {
        return Ok(None);
    }
    let mut sql = Statement::default();
    // No database is to look for the first and the last one in the order of the numbers.
    sql.push("SELECT coalesce(min(number + 0), 1), coalesce(max(number + 0), 0) FROM ");
    push_rows(&mut sql, dialect, filter, &Lead::KsefNumber);
    database.between(sql).await.map(Some)
}

/// The lead that leaves the fewest rows, with how many that are; none if that is too many to begin with.
async fn rarest<C: Count + Send>(
    database: &mut C,
    dialect: Dialect,
    filter: &Filter,
    leads: &[Lead],
) -> Result<(i64, Option<Lead>), Error> {
    let all = database.count(tally(dialect, None)).await?;
    let many = match coverage(filter) {
        // The lines of the dates are looked through in the index, in their order.
        Coverage::Dates => FEW,
        Coverage::KsefNumber => WIDE,
        Coverage::None => MANY.min(all / 10).max(FEW),
    };
    let (mut rarest, mut judged) = ((i64::MAX, None), Vec::new());
    for lead in leads {
        if *lead == Lead::Dates && rarest.1.is_none() && matches!(coverage(filter), Coverage::Dates)
        {
            // They lead anyway.
            continue;
        }
        let is_sampled = many > FEW && lead.is_sampled();
        let limit = if is_sampled { BOTH } else { FEW }.min(rarest.0);
        let rows = database.count(frequency(dialect, filter, lead, limit)).await?;
        if lead.is_sampled() {
            judged.push(Judged { rows, lead, is_counted: rows < limit });
        }
        if rows < limit || (*lead == Lead::KsefNumber && rows < rarest.0) {
            rarest = (rows, Some(lead));
        }
        if rarest.0 < RARE {
            break;
        }
    }
    for other in judged.iter_mut().filter(|other| many > FEW && !other.is_counted) {
        // A second group may lead together with the first one; anything else leads alone.
        let enough = if matches!(other.lead, Lead::Gram(_)) { BOTH } else { FEW };
        if rarest.0 > enough {
            other.rows = other.rows.max(sampled(database, dialect, filter, other.lead, all).await?);
            if other.rows < FEW {
                let limit = FEW.min(rarest.0);
                other.rows = database.count(frequency(dialect, filter, other.lead, limit)).await?;
            }
            if other.rows < rarest.0 {
                rarest = (other.rows, Some(other.lead));
            }
        }
    }
    if rarest.0 >= many {
        rarest = (many, None);
        for lead in leads.iter().filter(|lead| many > FEW && !lead.is_judged()) {
            let limit = rarest.0.min(lead.most());
            let rows = database.count(frequency(dialect, filter, lead, limit)).await?;
            if rows < limit {
                rarest = (rows, Some(lead));
            }
        }
    }
    Ok((rarest.0, rarest.1.map(|lead| both(rarest.0, lead, &judged))))
}

/// A condition of which it is known, or judged, how many rows it leaves.
struct Judged<'a> {
    rows: i64,
    lead: &'a Lead,
    is_counted: bool,
}

/// The group that leads, together with the next rarest one if that leaves out more rows than it takes
/// to go through its entries: a row takes as long as tens of them.
fn both(rows: i64, lead: &Lead, judged: &[Judged<'_>]) -> Lead {
    let others = judged.iter().filter(|other| other.lead != lead);
    let others = others.filter_map(|other| match other.lead {
        Lead::Gram(gram) => Some((other.rows, gram)),
        _ => None,
    });
    match (lead, others.min()) {
        (Lead::Gram(first), Some((others, second))) if rows > BOTH && others < rows * 4 => {
            Lead::Both(first.clone(), second.clone())
        }
        _ => lead.clone(),
    }
}

/// The conditions that an index serves, but for the statuses.
fn leads(dialect: Dialect, filter: &Filter) -> Vec<Lead> {
    let mut leads = Vec::new();
    leads.extend(filter.fakturownia_id.is_some().then_some(Lead::FakturowniaId));
    leads.extend(filter.ksef_number.as_deref().map(|prefix| {
        let is_of_months = dialect.has_months && prefix.chars().count() <= MONTH;
        if is_of_months { Lead::KsefMonth } else { Lead::KsefNumber }
    }));
    if let Some(part) = filter.order_reference.as_deref().map(folded) {
        let grams = trigrams(&part);
        let is_short = grams.is_empty() && !part.is_empty();
        // References differ at their ends.
        let mut grams: Vec<_> = grams.into_iter().collect();
        grams.sort_by_key(|gram| Reverse(part.rfind(gram)));
        leads.extend(grams.into_iter().map(Lead::Gram));
        leads.extend(is_short.then_some(Lead::Gram(part)));
    }
    leads.extend(filter.nip.is_some().then_some(Lead::Nip));
    leads.extend(filter.document_type.is_some().then_some(Lead::DocumentType));
    leads.extend(filter.dates.is_some().then_some(Lead::Dates));
    leads
}

/// How many rows the condition leaves, counted up to `limit`.
fn frequency(dialect: Dialect, filter: &Filter, lead: &Lead, limit: i64) -> Statement {
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

/// How many rows the condition leaves, judged by some of all rows. The newest alone would mislead: what
/// is alike stands together.
async fn sampled<C: Count + Send>(
    database: &mut C,
    dialect: Dialect,
    filter: &Filter,
    lead: &Lead,
    all: i64,
) -> Result<i64, Error> {
    let (step, width) = (all / PLACES + 1, all / PLACES / PART + 1);
    let found = database.count(sample(dialect, filter, lead, [all, step, width])).await?;
    Ok(found.saturating_mul(step) / width)
}

/// How many rows the condition leaves in [`PLACES`].
fn sample(
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

/// Whether it is a whole group of three characters, not the beginning of some.
fn is_whole(gram: &str) -> bool {
    gram.chars().count() >= 3
}

/// How many submissions have the status, or any.
fn tally(dialect: Dialect, status: Option<SubmissionStatus>) -> Statement {
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
pub(crate) fn page(dialect: Dialect, request: &PageRequest, branches: &[Branch]) -> Statement {
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
pub(crate) fn count(
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
pub(crate) fn named(dialect: Dialect, name: &str) -> Statement {
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
    let Some(scope) = dialect.own else { return };
    sql.push(" AND tenant = ").text(scope.tenant().to_string()).push("::uuid");
    sql.push(" AND environment = ").text(scope.environment().as_str());
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
