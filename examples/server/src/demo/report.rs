//! The end of the day: what was recorded beside what the table and KSeF's own list say.

use ksef_core::Sha256Digest;
use ksef_sandbox::AcceptedInvoice;
use ksef_stripe::Outcome;

use super::day::{Expected, Row};
use super::folder::{Ended, Folder};
use super::intake::Intake;
use super::{FOLDER, Result};

/// Prints the table, and says whether everything ended as it has to.
pub(super) fn print(
    day: &[Row],
    intake: &Intake<'_>,
    folder: &Folder,
    accepted: &[AcceptedInvoice],
) -> Result<bool> {
    let mut all_well = true;
    println!("{:<19} {:<40} {:>5}  As expected", "Document", "How it ended", "Sent");
    for row in day {
        let ended = folder.ended(row.number)?;
        let is_well = ended_well(row, intake, folder, ended.as_ref(), accepted)?;
        all_well &= is_well;
        println!(
            "{:<19} {:<40} {:>4}x  {}",
            row.number,
            how(intake.outcome(row.number), ended.as_ref()),
            ended.map_or(0, |ended| ended.sent),
            if is_well { "yes" } else { "NO" },
        );
    }
    // One was filed elsewhere under a number of ours; everything else is ours.
    let ours = day.iter().filter(|row| matches!(row.expected, Expected::Accepted(_))).count();
    let is_complete = accepted.len() == ours + 1;
    println!("\nSources, documents, receipts and the state of each submission are in {FOLDER}.");
    println!(
        "{}",
        if all_well && is_complete {
            "KSeF's own list agrees with what was recorded: nothing lost, nothing twice."
        } else {
            "Something did not end as the table says."
        }
    );
    Ok(all_well && is_complete)
}

fn how(outcome: Option<&Outcome>, ended: Option<&Ended>) -> String {
    match (outcome, ended) {
        (Some(Outcome::Mapped { .. }), Some(ended)) => match &ended.ksef_number {
            Some(number) => number.clone(),
            None => "rejected by KSeF".to_owned(),
        },
        (Some(outcome), _) => {
            let codes: Vec<&str> = outcome.codes().map(|code| code.as_str()).collect();
            format!("{}: {}", outcome.as_str(), codes.join(", "))
        }
        (None, _) => "it never arrived".to_owned(),
    }
}

fn ended_well(
    row: &Row,
    intake: &Intake<'_>,
    folder: &Folder,
    ended: Option<&Ended>,
    accepted: &[AcceptedInvoice],
) -> Result<bool> {
    let has_code = |kind: &str, code: &str| {
        intake.outcome(row.number).is_some_and(|outcome| {
            outcome.as_str() == kind && outcome.codes().any(|found| found.as_str() == code)
        })
    };
    Ok(match row.expected {
        Expected::Accepted(total) => is_held_once(row, total, folder, ended, accepted)?,
        Expected::Rejected => ended.is_some_and(|ended| ended.reason.is_some()),
        Expected::Skipped(code) => has_code("skipped", code),
        Expected::Deferred(code) => has_code("deferred", code),
        Expected::Refused(code) => has_code("refused", code),
    })
}

/// Whether KSeF holds exactly our bytes, once, under the number that was recorded with a receipt.
fn is_held_once(
    row: &Row,
    total: &str,
    folder: &Folder,
    ended: Option<&Ended>,
    accepted: &[AcceptedInvoice],
) -> Result<bool> {
    let (Some(xml), Some(ended)) = (folder.document(row.number)?, ended) else { return Ok(false) };
    let held: Vec<_> = accepted.iter().filter(|held| held.invoice_number == row.number).collect();
    let [held] = held.as_slice() else { return Ok(false) };
    let is_total = String::from_utf8_lossy(&xml).contains(&format!("<P_15>{total}</P_15>"));
    Ok(is_total
        && held.invoice_hash == Sha256Digest::of(&xml)
        && ended.ksef_number == Some(held.ksef_number.to_string())
        && folder.receipt(row.number)?.is_some())
}
