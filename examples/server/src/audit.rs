//! What an auditor asks of a period: the documents, their receipts, and three lists compared.

use core::ops::RangeInclusive;

use ksef_audit::completeness::{AtKsef, Completeness};
use ksef_audit::query::{DateOf, Dates, Filter, PageRequest};
use ksef_audit::{EnvironmentType, Error, Row, SubmissionId};
use ksef_client::retrieval::{DateType, InvoiceFilters, SubjectType};
use ksef_client::xades::UpoSignatureVerifier;
use ksef_core::submission::ReceiptSigner;
use ksef_core::{InvoiceDate, SubmissionStatus, Timestamp};

use crate::app::chain;
use crate::company::Company;
use crate::ksef::LoginError;
use crate::sources::Issued;

/// A page verifies so many receipts at most; `verify` has no such bound.
pub(crate) const MOST: usize = 1_000;

/// KSeF lists no more days at once.
pub(crate) const MOST_DAYS: i64 = 99;

const PAGE: u32 = 250;

/// A document that an answer is not yes for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Doubt {
    pub(crate) submission: u64,
    pub(crate) reference: String,
    /// The code of what is the matter, if there is one.
    pub(crate) code: String,
}

/// What the ledger answers about a period.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answers {
    /// How many documents were issued that were not left out by a rule.
    pub(crate) documents: u64,
    pub(crate) not_accepted: Vec<Doubt>,
    /// How many KSeF numbers are those of the receipts, and which are not.
    pub(crate) numbers: u64,
    pub(crate) wrong_numbers: Vec<Doubt>,
    /// How many have both times, how many of them were accepted on a later day, and which have not.
    pub(crate) timed: u64,
    pub(crate) late: u64,
    pub(crate) without_time: Vec<Doubt>,
    pub(crate) accepted_between: Option<(Timestamp, Timestamp)>,
    /// How many receipts are intact, how many of those are of a signer that is not pinned.
    pub(crate) intact: u64,
    pub(crate) unknown_signers: u64,
    pub(crate) broken: Vec<Doubt>,
}

/// The three lists of a period, compared.
#[derive(Debug)]
pub(crate) struct Compared {
    pub(crate) report: Completeness,
    pub(crate) at_ksef: usize,
    /// How many documents the source has; `None` without a source to ask.
    pub(crate) in_source: Option<usize>,
    /// Of those, how many a rule left out.
    pub(crate) left_out: usize,
    /// Those of the source that have no document yet, or never had.
    pub(crate) undecided: Vec<Doubt>,
}

/// Why the lists were not compared.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CompareError {
    #[error("KSeF did not answer")]
    Ksef(#[from] LoginError),
    #[error("Stripe did not answer")]
    Stripe(#[from] ksef_stripe::fetch::FetchError),
    #[error(transparent)]
    Ledger(#[from] Error),
}

impl<E: EnvironmentType> Company<E> {
    /// What the ledger answers; `None` if there are more documents than a page verifies.
    pub(crate) async fn answers(
        &self,
        period: &RangeInclusive<InvoiceDate>,
    ) -> Result<Option<Answers>, Error> {
        let verifier = UpoSignatureVerifier::new();
        let lines = self.issued(period).await?;
        let Some(lines) = lines else { return Ok(None) };
        let mut answers = Answers::default();
        for (id, row) in lines {
            if row.status != SubmissionStatus::Skipped {
                self.answer(&mut answers, (id, &row), &verifier).await?;
            }
        }
        Ok(Some(answers))
    }

    async fn answer(
        &self,
        answers: &mut Answers,
        (id, row): (SubmissionId<E>, &Row),
        verifier: &UpoSignatureVerifier,
    ) -> Result<(), Error> {
        let doubt = |code: String| Doubt {
            submission: id.number(),
            reference: row.order_reference.clone().unwrap_or_default(),
            code,
        };
        answers.documents += 1;
        if row.ksef_number.is_none() || row.receipt.is_none() {
            answers.not_accepted.push(doubt(row.error.clone().unwrap_or_default()));
            return Ok(());
        }
        answers.see_times(row, &doubt);
        let is_own = row.ksef_number.is_some_and(|number| number.nip() == self.profile.nip);
        match self.ledger.verify_receipt(id, verifier).await {
            Ok(Ok(signer)) => {
                answers.intact += 1;
                answers.unknown_signers += u64::from(signer == ReceiptSigner::Unknown);
            }
            Ok(Err(mismatch)) => answers.broken.push(doubt(mismatch.reason().to_string())),
            Err(Error::Damaged { .. } | Error::NotFound { .. }) => {
                answers.broken.push(doubt(String::new()));
            }
            Err(error) => return Err(error),
        }
        let is_confirmed = answers.broken.last().is_none_or(|last| last.submission != id.number());
        if is_own && is_confirmed {
            answers.numbers += 1;
        } else {
            answers.wrong_numbers.push(doubt(String::new()));
        }
        Ok(())
    }

    /// The documents of a period, by date of issue; `None` if there are more than [`MOST`].
    async fn issued(
        &self,
        period: &RangeInclusive<InvoiceDate>,
    ) -> Result<Option<Vec<(SubmissionId<E>, Row)>>, Error> {
        let dates = Some(Dates { of: DateOf::Issue, from: *period.start(), to: *period.end() });
        let filter = Filter { dates, ..Filter::default() };
        let mut request = PageRequest { filter, after: None, limit: PAGE };
        let mut lines = Vec::new();
        loop {
            let page = self.ledger.page(&request).await?;
            lines.extend(page.lines);
            request.after = page.next;
            if lines.len() > MOST {
                return Ok(None);
            }
            if request.after.is_none() {
                return Ok(Some(lines));
            }
        }
    }

    /// Compares what the source has, what the ledger has and what KSeF has.
    pub(crate) async fn compare(
        &self,
        period: &RangeInclusive<InvoiceDate>,
    ) -> Result<Compared, CompareError> {
        let at_ksef = self.at_ksef(period).await?;
        let mut compared = Compared {
            report: Completeness::default(),
            at_ksef: at_ksef.len(),
            in_source: None,
            left_out: 0,
            undecided: Vec::new(),
        };
        let source = match &self.sources {
            Some(sources) => {
                let issued = sources.issued(period).await?;
                compared.in_source = Some(issued.len());
                self.sorted(issued, &mut compared).await?
            }
            None => Vec::new(),
        };
        // What came by another way is in the ledger alone, and that is right.
        let source = self.with_handed_in(source, period).await?;
        compared.report = self.ledger.completeness(period, source, at_ksef).await?;
        Ok(compared)
    }

    /// The numbers that the ledger has to have; the others are counted.
    async fn sorted(
        &self,
        issued: Vec<Issued>,
        compared: &mut Compared,
    ) -> Result<Vec<(String, InvoiceDate)>, Error> {
        let mut source = Vec::new();
        for document in issued {
            let number = format!("{}{}", self.profile.number_prefix, document.number);
            match self.of_source(&document.id).await? {
                Some((_, row)) if row.status == SubmissionStatus::Skipped => compared.left_out += 1,
                Some((id, row)) if row.order_reference.is_none() => {
                    let code = row.error.unwrap_or_default();
                    let submission = id.number();
                    compared.undecided.push(Doubt { submission, reference: number, code });
                }
                // The date of the document counts, which may be that of its sending.
                Some((_, row)) => source.push((number, row.p_1.unwrap_or(document.day))),
                None => source.push((number, document.day)),
            }
        }
        Ok(source)
    }

    /// The same with what was handed in ready, which is its own source.
    async fn with_handed_in(
        &self,
        mut source: Vec<(String, InvoiceDate)>,
        period: &RangeInclusive<InvoiceDate>,
    ) -> Result<Vec<(String, InvoiceDate)>, Error> {
        let dates = Some(Dates { of: DateOf::Issue, from: *period.start(), to: *period.end() });
        let filter = Filter { dates, ..Filter::default() };
        let mut request = PageRequest { filter, after: None, limit: PAGE };
        loop {
            let page = self.ledger.page(&request).await?;
            for (_, row) in page.lines {
                let is_of_stripe = row.source_id.as_deref().is_some_and(is_id_of_stripe);
                let is_its_own = self.sources.is_none() || !is_of_stripe;
                if row.status != SubmissionStatus::Skipped && is_its_own {
                    source.extend(row.order_reference.zip(row.p_1));
                }
            }
            request.after = page.next;
            if request.after.is_none() {
                return Ok(source);
            }
        }
    }

    async fn at_ksef(
        &self,
        period: &RangeInclusive<InvoiceDate>,
    ) -> Result<Vec<AtKsef>, LoginError> {
        let login = self.login().await?;
        let (from, to) = (period.start().start_in_warsaw(), period.end().start_in_warsaw());
        let filters = InvoiceFilters::new(SubjectType::Subject1, DateType::Issue, from).to(to);
        let mut pages = login.query_metadata(filters);
        let mut listed = Vec::new();
        while let Some(page) = pages.next().await? {
            listed.extend(page.invoices.into_iter().map(|invoice| AtKsef {
                number: invoice.invoice_number,
                issued_on: invoice.issue_date,
                digest: invoice.invoice_hash,
                ksef_number: Some(invoice.ksef_number),
            }));
        }
        Ok(listed)
    }
}

impl Answers {
    fn see_times(&mut self, row: &Row, doubt: &impl Fn(String) -> Doubt) {
        let (Some(_), Some(accepted)) = (row.submitted_at, row.accepted_at) else {
            self.without_time.push(doubt(String::new()));
            return;
        };
        self.timed += 1;
        self.late += u64::from(row.p_1.is_some_and(|day| day < accepted.warsaw_date()));
        let (first, last) = self.accepted_between.unwrap_or((accepted, accepted));
        self.accepted_between = Some((first.min(accepted), last.max(accepted)));
    }
}

impl CompareError {
    /// The cause in one line, for the log of the program.
    pub(crate) fn told(&self) -> String {
        chain(self)
    }
}

fn is_id_of_stripe(id: &str) -> bool {
    id.starts_with("in_") || id.starts_with("cn_")
}
