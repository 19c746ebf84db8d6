//! Whether everything that should be in KSeF is there, and nothing else: three lists compared.
//!
//! ```
//! use ksef_audit::completeness::{AtKsef, Finding, InLedger, completeness};
//! use ksef_core::{InvoiceDate, Sha256Digest};
//!
//! let period = "2026-11-01".parse()?..="2026-11-30".parse()?;
//! let day: InvoiceDate = "2026-11-20".parse()?;
//! let digest = Sha256Digest::of(b"the document");
//! let source = ["FV/1", "FV/2"].map(|number| (number.to_owned(), day));
//! let ledger = [InLedger { number: "FV/1".into(), issued_on: day, accepted: Some(digest) }];
//! let ksef = [AtKsef { number: "FV/1".into(), issued_on: day, digest, ksef_number: None }];
//!
//! let report = completeness(&period, source, ledger, ksef);
//! assert_eq!(report.complete, 1);
//! assert_eq!(report.findings, [Finding::NotRecorded { number: "FV/2".into() }]);
//! # Ok::<(), ksef_core::ParseError>(())
//! ```

use core::ops::RangeInclusive;
use std::collections::BTreeMap;

use ksef_core::{InvoiceDate, KsefNumber, Sha256Digest};

/// A document as our ledger has it.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "built by every caller")]
pub struct InLedger {
    /// Its number, `P_2`.
    pub number: String,
    /// Its date, `P_1`.
    pub issued_on: InvoiceDate,
    /// The SHA-256 of its XML if it is ACCEPTED, `None` in any other status.
    pub accepted: Option<Sha256Digest>,
}

/// A document as the metadata of KSeF has it (KSeF API, `POST /invoices/query/metadata`).
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "built by every caller")]
pub struct AtKsef {
    /// Its number, `invoiceNumber`.
    pub number: String,
    /// Its date, `issueDate`.
    pub issued_on: InvoiceDate,
    /// Its hash, `invoiceHash`.
    pub digest: Sha256Digest,
    /// Its KSeF number, for whoever looks into a finding.
    pub ksef_number: Option<KsefNumber>,
}

/// What does not agree.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Finding {
    /// The source has it, the ledger does not: it was never handed over.
    NotRecorded {
        /// The document's number.
        number: String,
    },
    /// The ledger has it, but not as accepted, and neither has KSeF.
    NotAccepted {
        /// The document's number.
        number: String,
    },
    /// The ledger has it as accepted, KSeF does not have it.
    MissingAtKsef {
        /// The document's number.
        number: String,
    },
    /// KSeF has it, the ledger has it too but not as accepted. Adopt it.
    NotAdopted {
        /// The document's number.
        number: String,
        /// Its KSeF number.
        ksef_number: Option<KsefNumber>,
    },
    /// KSeF has it, the ledger does not know it: it was sent by something else.
    ExtraAtKsef {
        /// The document's number.
        number: String,
        /// Its KSeF number.
        ksef_number: Option<KsefNumber>,
    },
    /// The ledger has it, the source does not.
    ExtraInLedger {
        /// The document's number.
        number: String,
    },
    /// KSeF has another document under this number than the ledger.
    DifferentHash {
        /// The document's number.
        number: String,
        /// Its hash in the ledger.
        ledger: Sha256Digest,
        /// Its hash at KSeF.
        ksef: Sha256Digest,
    },
    /// The list has the number more than once; nothing more is said about it.
    Repeated {
        /// The document's number.
        number: String,
        /// Which list.
        list: List,
    },
}

/// One of the three lists.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[expect(clippy::exhaustive_enums, reason = "there are three lists")]
pub enum List {
    /// The system that the documents come from.
    Source,
    /// Our ledger.
    Ledger,
    /// The metadata of KSeF.
    Ksef,
}

/// What the comparison found.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Completeness {
    /// How many documents are in all three lists, accepted, with the same hash.
    pub complete: u64,
    /// Everything else, ordered by kind and number.
    pub findings: Vec<Finding>,
}

impl Completeness {
    /// Whether there is nothing to look into.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.findings.is_empty()
    }
}

/// One number in the three lists.
#[derive(Default)]
struct Row {
    in_source: u64,
    ledger: Vec<Option<Sha256Digest>>,
    ksef: Vec<(Sha256Digest, Option<KsefNumber>)>,
}

/// Compares the documents that were issued in a period, by their numbers.
///
/// What lies outside of the period is passed over in each list, so the lists may hold more. Numbers
/// are compared as they are: one that a system writes in another way is another number.
#[must_use]
pub fn completeness(
    period: &RangeInclusive<InvoiceDate>,
    source: impl IntoIterator<Item = (String, InvoiceDate)>,
    ledger: impl IntoIterator<Item = InLedger>,
    ksef: impl IntoIterator<Item = AtKsef>,
) -> Completeness {
    let mut rows: BTreeMap<String, Row> = BTreeMap::new();
    for (number, _) in source.into_iter().filter(|(_, day)| period.contains(day)) {
        rows.entry(number).or_default().in_source += 1;
    }
    for document in ledger.into_iter().filter(|it| period.contains(&it.issued_on)) {
        rows.entry(document.number).or_default().ledger.push(document.accepted);
    }
    for document in ksef.into_iter().filter(|it| period.contains(&it.issued_on)) {
        let found = (document.digest, document.ksef_number);
        rows.entry(document.number).or_default().ksef.push(found);
    }
    let mut report = Completeness::default();
    for (number, row) in rows {
        let findings = row.findings(&number);
        report.complete += u64::from(findings.is_empty());
        report.findings.extend(findings);
    }
    report.findings.sort_unstable();
    report
}

impl Row {
    fn findings(&self, number: &str) -> Vec<Finding> {
        let repeated = self.repeated(number);
        if !repeated.is_empty() {
            return repeated;
        }
        let between = self.between_ledger_and_ksef(number);
        let from_source = match (self.in_source, self.ledger.is_empty()) {
            (0, false) => Some(Finding::ExtraInLedger { number: number.to_owned() }),
            (0, true) | (_, false) => None,
            (_, true) => Some(Finding::NotRecorded { number: number.to_owned() }),
        };
        from_source.into_iter().chain(between).collect()
    }

    fn repeated(&self, number: &str) -> Vec<Finding> {
        let counts = [
            (List::Source, self.in_source > 1),
            (List::Ledger, self.ledger.len() > 1),
            (List::Ksef, self.ksef.len() > 1),
        ];
        let repeated = counts.into_iter().filter(|(_, is_repeated)| *is_repeated);
        repeated.map(|(list, _)| Finding::Repeated { number: number.to_owned(), list }).collect()
    }

    fn between_ledger_and_ksef(&self, number: &str) -> Option<Finding> {
        let number = number.to_owned();
        match (self.ledger.first(), self.ksef.first().copied()) {
            (None, None) => None,
            (None, Some((_, ksef_number))) => Some(Finding::ExtraAtKsef { number, ksef_number }),
            (Some(None), None) => Some(Finding::NotAccepted { number }),
            (Some(Some(_)), None) => Some(Finding::MissingAtKsef { number }),
            (Some(None), Some((_, ksef_number))) => {
                Some(Finding::NotAdopted { number, ksef_number })
            }
            (Some(Some(ledger)), Some((ksef, _))) if *ledger == ksef => None,
            (Some(Some(ledger)), Some((ksef, _))) => {
                Some(Finding::DifferentHash { number, ledger: *ledger, ksef })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(day: i8) -> InvoiceDate {
        InvoiceDate::new(2026, 11, day).unwrap()
    }

    fn digest(seed: u8) -> Sha256Digest {
        Sha256Digest::of(&[seed])
    }

    /// In the source, in the ledger (accepted or not), at KSeF: each as a number would be there.
    type Presence = (bool, Option<Option<u8>>, Option<u8>);

    fn report(presences: &[Presence], issued_on: InvoiceDate) -> Completeness {
        let named: Vec<_> =
            presences.iter().enumerate().map(|(n, it)| (n.to_string(), *it)).collect();
        let source =
            named.iter().filter(|(_, it)| it.0).map(|(number, _)| (number.clone(), issued_on));
        let ledger = named.iter().filter_map(|(number, it)| {
            let accepted = it.1?.map(digest);
            Some(InLedger { number: number.clone(), issued_on, accepted })
        });
        let ksef = named.iter().filter_map(|(number, it)| {
            let digest = digest(it.2?);
            Some(AtKsef { number: number.clone(), issued_on, digest, ksef_number: None })
        });
        let november = day(1)..=day(30);
        completeness(&november, source, ledger, ksef)
    }

    #[test]
    fn every_combination_has_its_finding() {
        let number = || "0".to_owned();
        let not_recorded = Finding::NotRecorded { number: number() };
        let extra_at_ksef = Finding::ExtraAtKsef { number: number(), ksef_number: None };
        let not_adopted = Finding::NotAdopted { number: number(), ksef_number: None };
        let different =
            Finding::DifferentHash { number: number(), ledger: digest(1), ksef: digest(2) };
        for (presence, expected) in [
            ((true, Some(Some(1)), Some(1)), vec![]),
            ((true, Some(Some(1)), Some(2)), vec![different]),
            ((true, Some(Some(1)), None), vec![Finding::MissingAtKsef { number: number() }]),
            ((true, Some(None), Some(1)), vec![not_adopted]),
            ((true, Some(None), None), vec![Finding::NotAccepted { number: number() }]),
            ((true, None, Some(1)), vec![not_recorded.clone(), extra_at_ksef.clone()]),
            ((true, None, None), vec![not_recorded]),
            ((false, Some(Some(1)), Some(1)), vec![Finding::ExtraInLedger { number: number() }]),
            ((false, None, Some(1)), vec![extra_at_ksef]),
        ] {
            let found = report(&[presence], day(20));
            assert_eq!(found.findings, expected, "{presence:?}");
            assert_eq!(found.is_complete(), found.complete == 1);
        }
    }

    #[test]
    fn what_lies_outside_of_the_period_is_passed_over() {
        let outside = InvoiceDate::new(2026, 12, 1).unwrap();
        let found = report(&[(true, None, Some(1))], outside);
        assert_eq!(found, Completeness::default());
        for edge in [day(1), day(30)] {
            assert_eq!(report(&[(true, Some(Some(1)), Some(1))], edge).complete, 1);
        }
    }

    #[test]
    fn a_number_that_stands_twice_is_said_to() {
        let day = day(3);
        let twice = ["FV/1", "FV/1"].map(|number| (number.to_owned(), day));
        let found = completeness(&(day..=day), twice, [], []);
        let expected = Finding::Repeated { number: "FV/1".to_owned(), list: List::Source };
        assert_eq!(found.findings, [expected]);
    }

    proptest! {
        #[test]
        fn a_number_is_complete_or_has_a_finding(
            presences in prop::collection::vec(
                (any::<bool>(), prop::option::of(prop::option::of(0..2_u8)), prop::option::of(0..2_u8)),
                0..40,
            ),
        ) {
            let found = report(&presences, day(15));
            let complete = presences
                .iter()
                .filter(|(source, ledger, ksef)| {
                    *source && matches!((ledger, ksef), (Some(Some(ours)), Some(theirs)) if ours == theirs)
                })
                .count();
            prop_assert_eq!(found.complete, complete as u64);
            let nowhere = presences.iter().filter(|it| matches!(it, (false, None, None))).count();
            let with_finding = presences.len() - complete - nowhere;
            prop_assert!(found.findings.len() >= with_finding);
            prop_assert!(found.findings.is_sorted());
        }
    }
}
