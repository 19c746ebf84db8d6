//! The end of the day: what was recorded beside what the table and KSeF's own list say.

use ksef_audit::{Row as Line, SubmissionId, Tenant, Test};
use ksef_core::{Sha256Digest, SubmissionStatus};
use ksef_sandbox::AcceptedInvoice;

use super::Result;
use super::day::{Cast, Expected, Row};
use crate::company::Company;

/// What became of a company's day.
pub(super) struct Report<'a> {
    company: &'a Company<Test>,
    cast: Cast,
    /// What KSeF holds of this company, by its own list.
    held: Vec<&'a AcceptedInvoice>,
}

impl<'a> Report<'a> {
    pub(super) fn new(
        company: &'a Company<Test>,
        cast: Cast,
        accepted: &'a [AcceptedInvoice],
    ) -> Self {
        let is_own = |held: &&AcceptedInvoice| held.seller_nip.as_str() == cast.nip;
        Self { company, cast, held: accepted.iter().filter(is_own).collect() }
    }

    /// How many documents have not ended yet.
    pub(super) async fn open(company: &Company<Test>, cast: &Cast) -> Result<usize> {
        let mut open = 0;
        for row in cast.day {
            let line = company.of_source(&row.id()).await?;
            let has_ended = line.is_some_and(|(_, line)| has_ended(row, &line));
            open += usize::from(!has_ended);
        }
        Ok(open)
    }

    /// Prints the table, and says whether everything ended as it has to.
    pub(super) async fn print(&self) -> Result<bool> {
        let (mut all_well, mut ours) = (true, 0);
        println!("{}, NIP {}", self.cast.name, self.cast.nip);
        println!("{:<19} {:<40} {:>5}  As expected", "Document", "How it ended", "Sent");
        for row in self.cast.day {
            let line = self.company.of_source(&row.id()).await?;
            let is_well = match &line {
                Some((id, line)) => self.ended_well(row, *id, line).await?,
                None => false,
            };
            all_well &= is_well;
            ours += usize::from(line.as_ref().is_some_and(|(_, line)| self.holds(line)));
            println!(
                "{:<19} {:<40} {:>4}x  {}",
                row.number,
                line.as_ref().map_or_else(|| "it never arrived".to_owned(), |(_, line)| how(line)),
                line.as_ref().map_or(0, |(_, line)| line.attempt),
                if is_well { "yes" } else { "NO" },
            );
        }
        Ok(self.is_complete(ours) && all_well)
    }

    /// Whether KSeF has what the line says that it accepted.
    fn holds(&self, line: &Line) -> bool {
        self.held.iter().any(|held| line.ksef_number == Some(held.ksef_number))
    }

    /// One was filed elsewhere under a number of ours; everything else is ours.
    fn is_complete(&self, ours: usize) -> bool {
        let is_accepted = |row: &&Row| matches!(row.expected, Expected::Accepted(_));
        let expected = self.cast.day.iter().filter(is_accepted).count();
        let elsewhere = self.cast.day.iter().filter(|row| row.is_number_taken()).count();
        let is_complete = ours == expected && self.held.len() == ours + elsewhere;
        println!(
            "KSeF's own list: {} documents of this company, {ours} of them sent from here: {}.",
            self.held.len(),
            if is_complete { "nothing lost, nothing twice" } else { "NOT AS RECORDED" },
        );
        is_complete
    }

    async fn ended_well(&self, row: &Row, id: SubmissionId<Test>, line: &Line) -> Result<bool> {
        let has_code = |code: &str| {
            let error = line.error.as_deref().unwrap_or_default();
            error.split(' ').any(|found| found == code)
        };
        Ok(match row.expected {
            Expected::Accepted(total) => self.is_held_once(row, total, id, line).await?,
            Expected::Rejected => line.status == SubmissionStatus::Failed && line.attempt > 0,
            Expected::Skipped(code) => line.status == SubmissionStatus::Skipped && has_code(code),
            Expected::Deferred(code) => line.status == SubmissionStatus::Pending && has_code(code),
            Expected::Refused(code) => line.status == SubmissionStatus::Failed && has_code(code),
        })
    }

    /// Whether KSeF holds exactly our bytes, once, under the number that was recorded with a
    /// receipt.
    async fn is_held_once(
        &self,
        row: &Row,
        total: &str,
        id: SubmissionId<Test>,
        line: &Line,
    ) -> Result<bool> {
        let of_number = self.held.iter().filter(|held| held.invoice_number == row.number);
        let [held] = of_number.collect::<Vec<_>>()[..] else { return Ok(false) };
        let ledger: &Tenant<Test> = &self.company.ledger;
        let xml = ledger.xml(id).await?;
        let text = String::from_utf8_lossy(xml.as_bytes());
        let receipt = ledger.upo(id).await;
        Ok(line.status == SubmissionStatus::Accepted
            && text.contains(&format!("<P_15>{total}</P_15>"))
            && held.invoice_hash == Sha256Digest::of(xml.as_bytes())
            && line.ksef_number == Some(held.ksef_number)
            && receipt.is_ok())
    }
}

fn has_ended(row: &Row, line: &Line) -> bool {
    match row.expected {
        Expected::Deferred(code) => {
            line.status == SubmissionStatus::Pending
                && line.error.as_deref().is_some_and(|error| error.contains(code))
        }
        // A person orders what is terminated anew.
        _ => !matches!(
            line.status,
            SubmissionStatus::Pending
                | SubmissionStatus::Signing
                | SubmissionStatus::Submitted
                | SubmissionStatus::Terminated
        ),
    }
}

fn how(line: &Line) -> String {
    let status = line.status.as_str();
    match (&line.ksef_number, &line.error) {
        (Some(number), _) => number.to_string(),
        (None, Some(error)) => format!("{status}: {error}"),
        (None, None) => status.to_owned(),
    }
}
