//! How long records are kept, and what could be deleted when. Nothing is deleted by itself.
//!
//! The default keeps a document for 10 years from the end of the year of issue, and never less than
//! 5 years from the end of the year of submission. Other periods have presets that are named after
//! the articles they come from. Which of them binds a company is for its lawyer to say.
//!
//! ```
//! use ksef_audit::retention::{Policy, RecordClass, Retained};
//!
//! let retained = Retained {
//!     class: RecordClass::Submitted { submitted_on: "2027-01-02".parse()? },
//!     issued_on: "2026-12-31".parse()?,
//!     legal_hold: false,
//! };
//! let deletable = Policy::default().deletable_from(&retained).unwrap();
//! assert_eq!(deletable.to_string(), "2037-01-01");
//! # Ok::<(), ksef_core::ParseError>(())
//! ```

use ksef_core::InvoiceDate;

use crate::secrets::Owner;

/// The years from the end of the year of submission that no policy goes below.
const FLOOR_YEARS: u8 = 5;

/// Where a period comes from.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Basis {
    /// Article 112aa of the VAT act: 10 years from the end of the year of issue, the time for which
    /// KSeF itself keeps structured invoices.
    VatAct112aa,
    /// Article 70 § 1 of the tax ordinance, with article 112a of the VAT act: until the tax is
    /// barred, 5 years from the end of the year in which payment fell due. What was issued in
    /// December falls due in the next year.
    TaxOrdinance70,
    /// Article 74 of the accounting act: 5 years from the start of the year after the one that the
    /// document is for.
    AccountingAct74,
    /// A period that the company has set itself.
    Own,
}

impl Basis {
    /// The article, for a report.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::VatAct112aa => "art. 112aa ustawy o VAT",
            Self::TaxOrdinance70 => "art. 70 § 1 Ordynacji podatkowej",
            Self::AccountingAct74 => "art. 74 ustawy o rachunkowości",
            Self::Own => "own policy",
        }
    }
}

/// How many whole calendar years a document is kept after the year it counts from.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
struct Period {
    basis: Basis,
    years: u8,
    /// Whether what was issued in December counts for the next year.
    from_payment: bool,
}

/// How long what is kept.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Policy {
    documents: Period,
    /// Years for the personal data of what was never sent.
    not_sent: u8,
}

/// Why there is no such policy.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a policy keeps documents for 5 to 20 years, and what was not sent for 1 to 5")]
#[non_exhaustive]
pub struct PolicyError;

impl Default for Policy {
    fn default() -> Self {
        Self::vat_act_112aa()
    }
}

impl Policy {
    /// 10 years from the end of the year of issue: [`Basis::VatAct112aa`]. The default.
    #[must_use]
    pub const fn vat_act_112aa() -> Self {
        Self::preset(Basis::VatAct112aa, 10, false)
    }

    /// 5 years from the end of the year in which payment fell due: [`Basis::TaxOrdinance70`].
    #[must_use]
    pub const fn tax_ordinance_70() -> Self {
        Self::preset(Basis::TaxOrdinance70, 5, true)
    }

    /// 5 years from the start of the year after the year of issue: [`Basis::AccountingAct74`].
    #[must_use]
    pub const fn accounting_act_74() -> Self {
        Self::preset(Basis::AccountingAct74, 5, false)
    }

    /// A period of the company's own, in years from the end of the year of issue, 5 to 20.
    ///
    /// # Errors
    ///
    /// When the number is outside of that.
    pub const fn own(years: u8) -> Result<Self, PolicyError> {
        if years < FLOOR_YEARS || years > 20 {
            return Err(PolicyError);
        }
        Ok(Self::preset(Basis::Own, years, false))
    }

    /// The same policy with another period for the personal data of documents that were not sent,
    /// in years from the end of the year of issue, 1 to 5.
    ///
    /// # Errors
    ///
    /// When the number is outside of that.
    pub const fn with_not_sent(self, years: u8) -> Result<Self, PolicyError> {
        if years < 1 || years > 5 {
            return Err(PolicyError);
        }
        Ok(Self { not_sent: years, ..self })
    }

    const fn preset(basis: Basis, years: u8, from_payment: bool) -> Self {
        Self { documents: Period { basis, years, from_payment }, not_sent: 1 }
    }

    /// Where the period for documents comes from.
    #[must_use]
    pub const fn basis(&self) -> Basis {
        self.documents.basis
    }

    /// The first day on which it may be deleted, or `None` while it is held, or if that day is
    /// beyond the year 2050.
    #[must_use]
    pub fn deletable_from(&self, retained: &Retained) -> Option<InvoiceDate> {
        if retained.legal_hold {
            return None;
        }
        let issued_in = retained.issued_on.year();
        let first_year = match retained.class {
            RecordClass::NotSent => issued_in + i16::from(self.not_sent) + 1,
            RecordClass::Submitted { submitted_on } => {
                let Period { years, from_payment, .. } = self.documents;
                let is_late = from_payment && retained.issued_on.month() == 12;
                let by_period = issued_in + i16::from(is_late) + i16::from(years) + 1;
                by_period.max(submitted_on.year() + i16::from(FLOOR_YEARS) + 1)
            }
        };
        InvoiceDate::new(first_year, 1, 1).ok()
    }
}

/// Which of the two classes a record is in.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "a document was sent to KSeF or it was not")]
pub enum RecordClass {
    /// It was sent to KSeF, or is still to be; what became of it does not matter.
    Submitted {
        /// The day of the first attempt in Poland, or of its coming in where there was none yet.
        submitted_on: InvoiceDate,
    },
    /// It ended as SKIPPED, or was refused before anything was sent: its personal data is not kept
    /// for as long.
    NotSent,
}

/// What decides how long a record is kept.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "built by every caller")]
pub struct Retained {
    /// Its class.
    pub class: RecordClass,
    /// `P_1`, or the day on which the source came in where there is no document.
    pub issued_on: InvoiceDate,
    /// Whether a person has ordered to keep it until further notice.
    pub legal_hold: bool,
}

/// How many records could be deleted from one day on.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub struct Deletable {
    /// Documents that were sent.
    pub submitted: u64,
    /// Documents that were not.
    pub not_sent: u64,
}

/// What could be deleted when. It only counts; it deletes nothing.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Report {
    by_day: std::collections::BTreeMap<InvoiceDate, Deletable>,
    held: u64,
}

impl Report {
    /// Counts records under a policy.
    #[must_use]
    pub fn new<'a>(policy: &Policy, records: impl IntoIterator<Item = &'a Retained>) -> Self {
        let mut report = Self::default();
        records.into_iter().for_each(|retained| report.count(policy, retained));
        report
    }

    /// Counts one more record.
    pub fn count(&mut self, policy: &Policy, retained: &Retained) {
        let Some(day) = policy.deletable_from(retained) else {
            self.held += 1;
            return;
        };
        let deletable = self.by_day.entry(day).or_default();
        match retained.class {
            RecordClass::Submitted { .. } => deletable.submitted += 1,
            RecordClass::NotSent => deletable.not_sent += 1,
        }
    }

    /// The days from which records could be deleted, and how many, the earliest first.
    pub fn by_day(&self) -> impl Iterator<Item = (InvoiceDate, Deletable)> {
        self.by_day.iter().map(|(day, deletable)| (*day, *deletable))
    }

    /// How many records are kept until further notice.
    #[must_use]
    pub const fn held(&self) -> u64 {
        self.held
    }

    /// The leave to destroy the keys of `owner`, of whom all of the records have to be counted.
    ///
    /// # Errors
    ///
    /// [`StillRetained`] while a single record has to be kept, or is held.
    pub fn permit_destruction(
        &self,
        owner: Owner,
        today: InvoiceDate,
    ) -> Result<DestructionPermit, StillRetained> {
        let last = self.by_day.keys().next_back().copied();
        let until = last.filter(|day| *day > today);
        if self.held > 0 || until.is_some() {
            return Err(StillRetained { held: self.held, until });
        }
        Ok(DestructionPermit { owner, on: today })
    }
}

/// Leave to destroy the keys of a tenant in an environment: no record has to be kept any more. Only
/// [`Report::permit_destruction`] gives it.
#[derive(Debug)]
#[must_use]
pub struct DestructionPermit {
    owner: Owner,
    on: InvoiceDate,
}

impl DestructionPermit {
    /// Whose keys may be destroyed.
    #[must_use]
    pub const fn owner(&self) -> Owner {
        self.owner
    }

    /// The day for which it was given.
    #[must_use]
    pub const fn on(&self) -> InvoiceDate {
        self.on
    }
}

/// Records have to be kept, so the keys that open what belongs to them stay.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct StillRetained {
    /// How many records are held until further notice.
    pub held: u64,
    /// The day from which the last of the others could be deleted, if it is still to come.
    pub until: Option<InvoiceDate>,
}

impl core::fmt::Display for StillRetained {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("the keys cannot be destroyed: ")?;
        match self.until {
            Some(until) => write!(f, "records have to be kept until {until}")?,
            None => write!(f, "{} records are held until further notice", self.held)?,
        }
        Ok(())
    }
}

impl core::error::Error for StillRetained {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn date(text: &str) -> InvoiceDate {
        text.parse().unwrap()
    }

    fn owner() -> Owner {
        use ksef_core::{Environment, TenantId};

        Owner::new(TenantId::from_bytes([7; 16]).unwrap(), Environment::Test)
    }

    fn retained(issued_on: &str, submitted_on: &str) -> Retained {
        let class = RecordClass::Submitted { submitted_on: date(submitted_on) };
        Retained { class, issued_on: date(issued_on), legal_hold: false }
    }

    #[test]
    fn each_preset_counts_as_its_article_does() {
        for (policy, issued_on, submitted_on, expected) in [
            (Policy::vat_act_112aa(), "2026-01-01", "2026-01-01", "2037-01-01"),
            (Policy::vat_act_112aa(), "2026-12-31", "2027-01-01", "2037-01-01"),
            (Policy::tax_ordinance_70(), "2026-11-30", "2026-11-30", "2032-01-01"),
            (Policy::tax_ordinance_70(), "2026-12-01", "2026-12-01", "2033-01-01"),
            (Policy::accounting_act_74(), "2026-12-31", "2026-12-31", "2032-01-01"),
            (Policy::accounting_act_74(), "2026-12-31", "2027-01-01", "2033-01-01"),
            (Policy::own(7).unwrap(), "2026-06-01", "2026-06-01", "2034-01-01"),
        ] {
            let found = policy.deletable_from(&retained(issued_on, submitted_on));
            assert_eq!(found, Some(date(expected)), "{policy:?} {issued_on}");
        }
    }

    #[test]
    fn what_was_not_sent_is_kept_shorter_and_a_hold_keeps_everything() {
        let policy = Policy::default();
        let not_sent =
            Retained { class: RecordClass::NotSent, ..retained("2026-06-01", "2026-06-01") };
        assert_eq!(policy.deletable_from(&not_sent), Some(date("2028-01-01")));
        let longer = policy.with_not_sent(3).unwrap();
        assert_eq!(longer.deletable_from(&not_sent), Some(date("2030-01-01")));
        let held = Retained { legal_hold: true, ..not_sent };
        assert_eq!(policy.deletable_from(&held), None);
    }

    #[test]
    fn periods_below_the_floor_are_no_policy() {
        for years in [0, 4, 21, 255] {
            assert_eq!(Policy::own(years), Err(PolicyError));
        }
        for years in [0, 6, 255] {
            assert_eq!(Policy::default().with_not_sent(years), Err(PolicyError));
        }
    }

    #[test]
    fn keys_are_destroyed_only_when_nothing_is_retained() {
        let policy = Policy::default();
        let records = [retained("2026-01-01", "2026-01-01"), retained("2028-01-01", "2028-01-01")];
        let report = Report::new(&policy, &records);
        let refused = report.permit_destruction(owner(), date("2038-12-31")).unwrap_err();
        assert_eq!(refused.until, Some(date("2039-01-01")));
        assert!(refused.to_string().contains("2039-01-01"));
        assert!(report.permit_destruction(owner(), date("2039-01-01")).is_ok());

        let held = Retained { legal_hold: true, ..records[0] };
        let report = Report::new(&policy, [&records[1], &held]);
        let refused = report.permit_destruction(owner(), InvoiceDate::MAX).unwrap_err();
        assert_eq!((refused.held, refused.until), (1, None));
        assert!(Report::default().permit_destruction(owner(), date("2026-01-01")).is_ok());
    }

    fn any_year() -> impl Strategy<Value = i16> {
        1990..2030_i16
    }

    proptest! {
        #[test]
        fn no_policy_goes_below_five_years_from_submission(
            issued in (any_year(), 1..=12_i8, 1..=28_i8),
            submitted in (any_year(), 1..=12_i8, 1..=28_i8),
            years in 5..=20_u8,
        ) {
            let day = |(year, month, day)| InvoiceDate::new(year, month, day).unwrap();
            let class = RecordClass::Submitted { submitted_on: day(submitted) };
            let retained = Retained { class, issued_on: day(issued), legal_hold: false };
            for policy in [
                Policy::default(),
                Policy::tax_ordinance_70(),
                Policy::accounting_act_74(),
                Policy::own(years).unwrap(),
            ] {
                if let Some(from) = policy.deletable_from(&retained) {
                    prop_assert!(from.year() > submitted.0 + 5);
                    prop_assert!(from.year() > issued.0 + 5);
                    prop_assert_eq!((from.month(), from.day()), (1, 1));
                }
            }
        }

        #[test]
        fn the_report_counts_every_record_once(
            records in prop::collection::vec((1990..2060_i16, any::<bool>(), any::<bool>()), 0..60),
        ) {
            let records: Vec<_> = records
                .into_iter()
                .map(|(year, legal_hold, is_sent)| {
                    let issued_on = InvoiceDate::new(year.min(2049), 5, 1).unwrap();
                    let sent = RecordClass::Submitted { submitted_on: issued_on };
                    let class = if is_sent { sent } else { RecordClass::NotSent };
                    Retained { class, issued_on, legal_hold }
                })
                .collect();
            let report = Report::new(&Policy::default(), &records);
            let counted: u64 =
                report.by_day().map(|(_, each)| each.submitted + each.not_sent).sum();
            prop_assert_eq!(counted + report.held(), records.len() as u64);
        }
    }
}
