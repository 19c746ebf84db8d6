//! Which condition leads to the lines, and through which index.

use core::cmp::Reverse;

use ksef_core::SubmissionStatus;

use super::{Between, Database, Dialect, statement};
use crate::Error;
use crate::query::{Filter, folded, trigrams};

/// How many characters of a KSeF number say whose it is and of which month.
pub(super) const MONTH: usize = 17;

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
pub(super) enum Lead {
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
    pub(super) const fn is_ordered(&self) -> bool {
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
pub(super) struct Branch {
    pub(super) statuses: Vec<SubmissionStatus>,
    pub(super) lead: Option<Lead>,
    /// Whether the rows that have both such a status and the group that leads are found by their numbers.
    pub(super) intersects: bool,
    pub(super) between: Option<Between>,
}

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

/// The branch in which lines are counted in any order, where that is another one than those in which
/// they are found in theirs.
pub(super) fn counted_apart(filter: &Filter) -> Option<Branch> {
    match coverage(filter) {
        // The first that are met there are as good as any.
        Coverage::KsefNumber => Some(Branch::together(Vec::new(), Some(Lead::KsefNumber))),
        Coverage::Dates | Coverage::None => None,
    }
}

/// The branches that have all lines, each with its lead.
pub(super) async fn branches<D: Database + Send>(
    database: &mut D,
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
    let mut judge = Judge { database, dialect, filter };
    let (mut rows, lead) = judge.rarest(&leads).await?;
    if lead.is_none() && matches!(coverage(filter), Coverage::None) {
        rows = WIDE;
    }
    let in_order = leads.iter().find(|lead| **lead == Lead::Dates);
    let in_order = in_order.or_else(|| leads.iter().find(|lead| lead.is_ordered()));
    let mut branch = Branch::together(statuses, lead.or_else(|| in_order.cloned()));
    judge.bound(&mut branch, rows).await?;
    judge.by_status(branch, rows).await
}

/// Asks a database how many rows the conditions of a filter leave.
struct Judge<'a, D> {
    database: &'a mut D,
    dialect: Dialect,
    filter: &'a Filter,
}

impl<D: Database + Send> Judge<'_, D> {
    /// The lead that leaves the fewest rows, with how many that are; none if that is too many to begin
    /// with.
    async fn rarest(&mut self, leads: &[Lead]) -> Result<(i64, Option<Lead>), Error> {
        let all = self.tally(None).await?;
        let many = match coverage(self.filter) {
            // The lines of the dates are looked through in the index, in their order.
            Coverage::Dates => FEW,
            Coverage::KsefNumber => WIDE,
            Coverage::None => MANY.min(all / 10).max(FEW),
        };
        let mut rarest = Rarest { rows: i64::MAX, lead: None };
        let mut judged = self.count_few(leads, many, &mut rarest).await?;
        if many > FEW {
            self.sample_uncounted(&mut judged, all, &mut rarest).await?;
        }
        if rarest.rows >= many {
            rarest = Rarest { rows: many, lead: None };
            let others = leads.iter().filter(|lead| many > FEW && !lead.is_judged());
            self.count_many(others, &mut rarest).await?;
        }
        Ok((rarest.rows, rarest.lead.map(|lead| both(rarest.rows, lead, &judged))))
    }

    /// Counts each as far as it is worth; what is found in the order of the lines is given back.
    async fn count_few<'l>(
        &mut self,
        leads: &'l [Lead],
        many: i64,
        rarest: &mut Rarest<'l>,
    ) -> Result<Vec<Judged<'l>>, Error> {
        let mut judged = Vec::new();
        let are_dates_enough = matches!(coverage(self.filter), Coverage::Dates);
        for lead in leads {
            if *lead == Lead::Dates && rarest.lead.is_none() && are_dates_enough {
                // They lead anyway.
                continue;
            }
            let is_sampled = many > FEW && lead.is_sampled();
            let limit = if is_sampled { BOTH } else { FEW }.min(rarest.rows);
            let rows = self.frequency(lead, limit).await?;
            let is_counted = rows < limit;
            if lead.is_sampled() {
                judged.push(Judged { rows, lead, is_counted });
            }
            if is_counted || *lead == Lead::KsefNumber {
                rarest.offer(rows, lead);
            }
            if rarest.rows < RARE {
                break;
            }
        }
        Ok(judged)
    }

    /// Judges those that have more rows than were counted, and counts on where that leaves it open.
    async fn sample_uncounted<'l>(
        &mut self,
        judged: &mut [Judged<'l>],
        all: i64,
        rarest: &mut Rarest<'l>,
    ) -> Result<(), Error> {
        for other in judged.iter_mut().filter(|other| !other.is_counted) {
            // A second group may lead together with the first one; anything else leads alone.
            let enough = if matches!(other.lead, Lead::Gram(_)) { BOTH } else { FEW };
            if rarest.rows > enough {
                other.rows = other.rows.max(self.sampled(other.lead, all).await?);
                if other.rows < FEW {
                    other.rows = self.frequency(other.lead, FEW.min(rarest.rows)).await?;
                }
                rarest.offer(other.rows, other.lead);
            }
        }
        Ok(())
    }

    /// Counts each as far as it may lead at all.
    async fn count_many<'l>(
        &mut self,
        leads: impl Iterator<Item = &'l Lead> + Send,
        rarest: &mut Rarest<'l>,
    ) -> Result<(), Error> {
        for lead in leads {
            let limit = rarest.rows.min(lead.most());
            let rows = self.frequency(lead, limit).await?;
            if rows < limit {
                rarest.offer(rows, lead);
            }
        }
        Ok(())
    }

    /// Bounds a branch that would be gone through in the order of the lines, where none that is wanted
    /// might be met for long.
    async fn bound(&mut self, branch: &mut Branch, rows: i64) -> Result<(), Error> {
        let is_many = branch.lead == Some(Lead::KsefNumber) && rows >= FEW;
        let is_in_order = branch.lead.as_ref().is_none_or(Lead::is_ordered);
        if is_many || is_in_order && branch.lead != Some(Lead::KsefMonth) {
            branch.between = self.between().await?;
        }
        let is_close = |(first, last): Between| last - first < WIDE;
        if branch.lead == Some(Lead::KsefNumber) && branch.between.is_some_and(is_close) {
            // They are met soon there, and need not be put in order.
            branch.lead = None;
        }
        Ok(())
    }

    /// Between which numbers the rows with such a KSeF number are, unless those are too many to look
    /// at. KSeF numbers grow with the numbers of the rows, so there are few others between them.
    async fn between(&mut self) -> Result<Option<Between>, Error> {
        if self.filter.ksef_number.is_none()
            || self.frequency(&Lead::KsefNumber, FEW).await? >= WIDE
        {
            return Ok(None);
        }
        self.database.between(statement::ends(self.dialect, self.filter)).await.map(Some)
    }

    /// A branch for each status where those have fewer rows than the branch has.
    async fn by_status(&mut self, mut branch: Branch, rows: i64) -> Result<Vec<Branch>, Error> {
        if branch.statuses.is_empty() {
            return Ok(vec![branch]);
        }
        let mut of_statuses = 0;
        for status in &branch.statuses {
            of_statuses += self.tally(Some(*status)).await?;
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

    /// How many rows the condition leaves, counted up to `limit`, or judged from there on.
    async fn frequency(&mut self, lead: &Lead, limit: i64) -> Result<i64, Error> {
        self.database.count(statement::frequency(self.dialect, self.filter, lead, limit)).await
    }

    /// How many rows the condition leaves, judged by some of all rows. The newest alone would mislead:
    /// what is alike stands together.
    async fn sampled(&mut self, lead: &Lead, all: i64) -> Result<i64, Error> {
        let (step, width) = (all / PLACES + 1, all / PLACES / PART + 1);
        let sample = statement::sample(self.dialect, self.filter, lead, [all, step, width]);
        let found = self.database.count(sample).await?;
        Ok(found.saturating_mul(step) / width)
    }

    /// How many submissions have the status, or any.
    async fn tally(&mut self, status: Option<SubmissionStatus>) -> Result<i64, Error> {
        self.database.count(statement::tally(self.dialect, status)).await
    }
}

/// The condition that leaves the fewest rows so far.
struct Rarest<'a> {
    rows: i64,
    lead: Option<&'a Lead>,
}

impl<'a> Rarest<'a> {
    fn offer(&mut self, rows: i64, lead: &'a Lead) {
        if rows < self.rows {
            *self = Self { rows, lead: Some(lead) };
        }
    }
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

/// Whether it is a whole group of three characters, not the beginning of some.
pub(super) fn is_whole(gram: &str) -> bool {
    gram.chars().count() >= 3
}
