//! Whether everything that was to be sent is at KSeF, and nothing else: three lists compared.

use std::collections::{BTreeMap, BTreeSet};

use ksef_core::{InvoiceDate, KsefNumber, Sha256Digest, SubmissionStatus};

use crate::environment::EnvironmentType;
use crate::query::{DateOf, Dates, Filter, PageRequest};
use crate::{Error, Row, Tenant};

/// An invoice as KSeF lists it (`POST /invoices/query/metadata`).
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "built by every caller")]
pub struct AtKsef {
    /// Its KSeF number.
    pub ksef_number: KsefNumber,
    /// Its own number, `P_2`.
    pub number: String,
    /// The SHA-256 that KSeF states.
    pub digest: Sha256Digest,
}

/// What differs between the source, the ledger and KSeF.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Completeness {
    /// How many numbers the source has.
    pub in_source: usize,
    /// How many submissions the ledger has that were not left out.
    pub in_ledger: usize,
    /// How many invoices KSeF has.
    pub at_ksef: usize,
    /// Numbers of the source that the ledger does not have.
    pub missing_in_ledger: BTreeSet<String>,
    /// Numbers of the ledger that the source does not have.
    pub missing_in_source: BTreeSet<String>,
    /// Numbers of the ledger that are not accepted, with their status.
    pub not_accepted: BTreeMap<String, SubmissionStatus>,
    /// Accepted by the ledger, and KSeF does not list them.
    pub missing_at_ksef: BTreeSet<KsefNumber>,
    /// Listed by KSeF, and the ledger does not have them.
    pub extra_at_ksef: BTreeSet<KsefNumber>,
    /// Listed by KSeF with another hash than ours.
    pub different_hash: BTreeSet<KsefNumber>,
}

impl Completeness {
    /// Whether the three lists are the same.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.missing_in_ledger.is_empty()
            && self.missing_in_source.is_empty()
            && self.not_accepted.is_empty()
            && self.missing_at_ksef.is_empty()
            && self.extra_at_ksef.is_empty()
            && self.different_hash.is_empty()
    }

    fn ledger(&mut self, source: &BTreeSet<String>, at_ksef: &[AtKsef], rows: &[Row]) {
        let listed: BTreeMap<_, _> = at_ksef.iter().map(|it| (it.ksef_number, it.digest)).collect();
        let mut ours = BTreeSet::new();
        for row in rows {
            let number = row.order_reference.clone().unwrap_or_default();
            if !source.contains(&number) {
                self.missing_in_source.insert(number.clone());
            }
            match row.ksef_number.filter(|_| row.receipt.is_some()) {
                None => drop(self.not_accepted.insert(number, row.status)),
                Some(ksef_number) => {
                    ours.insert(ksef_number);
                    match listed.get(&ksef_number) {
                        None => drop(self.missing_at_ksef.insert(ksef_number)),
                        Some(digest) if Some(*digest) != row.digest => {
                            self.different_hash.insert(ksef_number);
                        }
                        Some(_) => {}
                    }
                }
            }
        }
        self.extra_at_ksef = listed.into_keys().filter(|it| !ours.contains(it)).collect();
    }
}

impl<E: EnvironmentType> Tenant<E> {
    /// Compares the invoices issued from `from` to `to`: the numbers that the source has given,
    /// the ledger, and what KSeF lists for these days.
    ///
    /// What a rule left out is expected nowhere.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn completeness(
        &self,
        (from, to): (InvoiceDate, InvoiceDate),
        source: &BTreeSet<String>,
        at_ksef: &[AtKsef],
    ) -> Result<Completeness, Error> {
        let dates = Some(Dates { of: DateOf::Issue, from, to });
        let filter = Filter { dates, ..Filter::default() };
        let mut request = PageRequest { filter, after: None, limit: 1_000 };
        let mut rows = Vec::new();
        loop {
            let page = self.page(&request).await?;
            let wanted = page.lines.into_iter().map(|(_, row)| row);
            rows.extend(wanted.filter(|row| row.status != SubmissionStatus::Skipped));
            request.after = page.next;
            if request.after.is_none() {
                break;
            }
        }
        let numbers: BTreeSet<_> =
            rows.iter().filter_map(|row| row.order_reference.clone()).collect();
        let mut found = Completeness {
            in_source: source.len(),
            in_ledger: rows.len(),
            at_ksef: at_ksef.len(),
            missing_in_ledger: source.difference(&numbers).cloned().collect(),
            ..Completeness::default()
        };
        found.ledger(source, at_ksef, &rows);
        Ok(found)
    }
}
