//! From the stored source to what is recorded of it.

use ksef_audit::entry::Description;
use ksef_audit::query::{DateOf, Dates, Filter, PageRequest};
use ksef_audit::{EnvironmentType, Error, First, Prepared, Row, SubmissionId};
use ksef_core::submission::{ReasonCode, WhenLate};
use ksef_core::{Currency, DocumentType, InvoiceDate, InvoiceXml, SubmissionStatus};
use ksef_fa::Invoice as Document;
use ksef_fa::model::{PartyIdentity, VatSummary};
use ksef_stripe::model::{CreditNote, Invoice};
use ksef_stripe::{
    Context, FiledOriginal, Original, Outcome, RateLookup, RateOfExchange, exchange_day,
    map_credit_note, map_invoice,
};

use crate::company::Company;

/// An invoice of Stripe, as the kind of a source.
pub(crate) const STRIPE_INVOICE: ReasonCode = ReasonCode::from_static("stripe_invoice");

/// A credit note of Stripe.
pub(crate) const STRIPE_CREDIT_NOTE: ReasonCode = ReasonCode::from_static("stripe_credit_note");

/// A ready document, as somebody handed it in.
pub(crate) const XML: ReasonCode = ReasonCode::from_static("xml");

/// The same as the JSON of `ksef_fa::Invoice`.
pub(crate) const JSON: ReasonCode = ReasonCode::from_static("json");
/// What ids of credit notes begin with.
const NOTE_ID: &str = "cn_";

pub(crate) const UNREADABLE: ReasonCode = ReasonCode::from_static("source_unreadable");
pub(crate) const INVALID: ReasonCode = ReasonCode::from_static("document_invalid");
pub(crate) const ANOTHER_SELLER: ReasonCode = ReasonCode::from_static("another_seller");
pub(crate) const UNNAMED: ReasonCode = ReasonCode::from_static("unnamed");

impl<E: EnvironmentType> Company<E> {
    /// What the mapper makes of an object, or of what was handed in ready: a document, or why there
    /// is none.
    ///
    /// `event` is the type of the event that it came with, if it came with one.
    pub(crate) async fn map(
        &self,
        kind: ReasonCode,
        source: &[u8],
        event: Option<&str>,
    ) -> Result<First, Error> {
        if kind == XML || kind == JSON {
            let read = self.read_ready(kind, source);
            return Ok(read.map_or_else(|_| First::Refused(vec![UNREADABLE]), |ready| ready.first));
        }
        let outcome = if kind == STRIPE_CREDIT_NOTE {
            match CreditNote::from_json(source) {
                Ok(note) => self.map_credit_note(&note, event).await?,
                Err(_) => return Ok(First::Refused(vec![UNREADABLE])),
            }
        } else {
            match Invoice::from_json(source) {
                Ok(invoice) => self.map_invoice(&invoice, event).await?,
                Err(_) => return Ok(First::Refused(vec![UNREADABLE])),
            }
        };
        Ok(first(&outcome))
    }

    async fn map_invoice(&self, invoice: &Invoice, event: Option<&str>) -> Result<Outcome, Error> {
        let mut context = self.context(event);
        self.add_tax_rates(&mut context, invoice.missing_tax_rates()).await;
        self.add_number(&mut context, invoice.number.as_deref(), &invoice.id).await?;
        if let Some(day) = exchange_day(invoice, &context) {
            let currency = invoice.currency.as_deref().unwrap_or_default().to_ascii_uppercase();
            context.exchange_rate = match currency.parse() {
                Ok(currency) => self.rate_before(currency, day).await,
                Err(_) => RateOfExchange::Unknown,
            };
        }
        Ok(map_invoice(invoice, &context))
    }

    async fn map_credit_note(
        &self,
        note: &CreditNote,
        event: Option<&str>,
    ) -> Result<Outcome, Error> {
        let mut context = self.context(event);
        self.add_tax_rates(&mut context, note.missing_tax_rates()).await;
        self.add_number(&mut context, note.number.as_deref(), &note.id).await?;
        context.original = self.original(note).await?;
        Ok(map_credit_note(note, &context))
    }

    fn context(&self, event: Option<&str>) -> Context<'_> {
        let mut context = Context::new(&self.profile, E::ENVIRONMENT, self.now());
        context.event = event.map(str::to_owned);
        context
    }

    async fn add_tax_rates(&self, context: &mut Context<'_>, ids: Vec<&str>) {
        for id in ids {
            let lookup = match &self.sources {
                Some(sources) => sources.tax_rate(id).await,
                None => Some(RateLookup::Failed),
            };
            context.tax_rates.extend(lookup.map(|lookup| (id.to_owned(), lookup)));
        }
    }

    /// The number counts as taken if another object of this company has it.
    async fn add_number(
        &self,
        context: &mut Context<'_>,
        number: Option<&str>,
        source_id: &str,
    ) -> Result<(), Error> {
        let Some(number) = number else { return Ok(()) };
        let number = format!("{}{number}", self.profile.number_prefix);
        if self.is_taken(&number, Some(source_id)).await? {
            context.taken_numbers.insert(number);
        }
        Ok(())
    }

    async fn rate_before(&self, currency: Currency, day: InvoiceDate) -> RateOfExchange {
        match &self.sources {
            Some(sources) => sources.rate_before(currency, day).await,
            None => RateOfExchange::Unknown,
        }
    }

    /// What is known of the invoice that a credit note is about.
    async fn original(&self, note: &CreditNote) -> Result<Original, Error> {
        let Some(invoice_id) = note.invoice.as_deref() else { return Ok(Original::Missing) };
        let Some((id, row)) = self.of_source(invoice_id).await? else {
            return Ok(Original::NotFiled);
        };
        match (row.status, row.ksef_number) {
            (SubmissionStatus::Skipped, _) => Ok(Original::Skipped),
            (_, Some(ksef_number)) => {
                let xml = self.ledger.xml(id).await?;
                let Some(document) = self.read_document(&xml) else {
                    return Ok(Original::NotFiled);
                };
                let Some(corrections) = self.corrections(note, &row).await? else {
                    return Ok(Original::Pending);
                };
                let mut filed = FiledOriginal::in_ksef(document, ksef_number);
                filed.invoice_id = Some(invoice_id.to_owned());
                filed.corrections = corrections;
                Ok(Original::Filed(Box::new(filed)))
            }
            (SubmissionStatus::Submitted | SubmissionStatus::Signing, None) => {
                Ok(Original::Pending)
            }
            (SubmissionStatus::Pending, None) if row.digest.is_some() => Ok(Original::Pending),
            _ => Ok(Original::NotFiled),
        }
    }

    /// The totals of the corrections that KSeF has of the invoice; `None` as long as another one is
    /// under way, or an earlier one waits: each correction is of what those before it have left.
    async fn corrections(
        &self,
        note: &CreditNote,
        original: &Row,
    ) -> Result<Option<Vec<VatSummary>>, Error> {
        let own = self.of_source(&note.id).await?.map(|(id, _)| id.number());
        let mut totals = Vec::new();
        for (id, row) in self.other_notes(note, original).await? {
            let is_earlier = own.is_none_or(|own| id.number() < own);
            match row.status {
                _ if row.ksef_number.is_some() => {
                    let xml = self.ledger.xml(id).await?;
                    totals.extend(self.read_document(&xml).map(|it| it.body.vat_summary));
                }
                SubmissionStatus::Pending if row.digest.is_none() && !is_earlier => {}
                SubmissionStatus::Pending
                | SubmissionStatus::Signing
                | SubmissionStatus::Submitted => return Ok(None),
                _ => {}
            }
        }
        Ok(Some(totals))
    }

    /// The other credit notes of the same invoice: of the same buyer and issued since then, or not
    /// written yet.
    async fn other_notes(
        &self,
        note: &CreditNote,
        original: &Row,
    ) -> Result<Vec<(SubmissionId<E>, Row)>, Error> {
        let since = original.p_1.unwrap_or(InvoiceDate::MIN);
        let dates = Some(Dates { of: DateOf::Issue, from: since, to: InvoiceDate::MAX });
        let notes = Filter { order_reference: Some(NOTE_ID.to_owned()), ..Filter::default() };
        let written = Filter { dates, nip: original.nip, ..notes.clone() };
        let unwritten = Filter { statuses: [SubmissionStatus::Pending].into(), ..notes };
        let mut lines = self.lines(written).await?;
        let unwritten = self.lines(unwritten).await?;
        lines.extend(unwritten.into_iter().filter(|(_, row)| row.digest.is_none()));
        let mut notes = Vec::new();
        for (id, row) in lines {
            if row.source_id.as_ref() != Some(&note.id) && self.is_note_of(id, note).await? {
                notes.push((id, row));
            }
        }
        Ok(notes)
    }

    /// Whether it was made from a credit note of the same invoice. What was not fetched yet is not
    /// known to be one; once it is, it finds this one.
    async fn is_note_of(&self, id: SubmissionId<E>, note: &CreditNote) -> Result<bool, Error> {
        let submission = self.ledger.submission(id).await?;
        if submission.source().is_none_or(|source| source.kind != STRIPE_CREDIT_NOTE) {
            return Ok(false);
        }
        let other = CreditNote::from_json(&self.ledger.source(id).await?);
        Ok(other.is_ok_and(|other| other.invoice == note.invoice))
    }

    async fn lines(&self, filter: Filter) -> Result<Vec<(SubmissionId<E>, Row)>, Error> {
        let mut request = PageRequest { filter, after: None, limit: 100 };
        let mut lines = Vec::new();
        loop {
            let page = self.ledger.page(&request).await?;
            lines.extend(page.lines);
            request.after = page.next;
            if request.after.is_none() {
                return Ok(lines);
            }
        }
    }

    pub(crate) fn rules(&self) -> ksef_fa::Profile {
        ksef_fa::Profile::new(E::ENVIRONMENT, self.clock.today_in_warsaw())
    }

    /// A document that was recorded, as the model has it.
    pub(crate) fn read_document(&self, xml: &InvoiceXml) -> Option<Document> {
        Document::read(xml.as_bytes(), &self.rules()).invoice
    }
}

/// The code of a rule as a reason: `S-PATTERN` is `s_pattern`.
pub(crate) fn code_of_rule(rule: ksef_fa::Code) -> ReasonCode {
    rule.as_str().to_ascii_lowercase().replace('-', "_").parse().unwrap_or(INVALID)
}

/// What is recorded of an outcome.
fn first(outcome: &Outcome) -> First {
    let reasons =
        || outcome.codes().map(|code| code.as_str().parse().unwrap_or(UNNAMED)).collect::<Vec<_>>();
    match outcome {
        Outcome::Mapped { invoice, .. } => match invoice.to_xml() {
            Ok(xml) => First::Prepared(prepared(invoice, xml)),
            Err(_) => First::Refused(vec![INVALID]),
        },
        Outcome::Skipped(_) => First::Skipped(reasons().first().copied().unwrap_or(UNNAMED)),
        Outcome::Deferred(_) => First::Deferred(reasons()),
        _ => First::Refused(reasons()),
    }
}

/// A document as it is recorded, with these bytes.
pub(crate) fn prepared(invoice: &Document, xml: InvoiceXml) -> Prepared {
    let buyer = &invoice.buyer.identification;
    let nip = match &buyer.identity {
        PartyIdentity::Nip(nip) => Some(*nip),
        _ => None,
    };
    let has_identifier = !matches!(buyer.identity, PartyIdentity::Absent(_));
    let description = Description {
        order_reference: invoice.body.p_2.to_string(),
        customer: buyer.name.as_ref().map(ToString::to_string).unwrap_or_default(),
        buyer: nip,
        seller: invoice.seller.identification.nip,
        form_code: invoice.version().schema().form_code(),
        document_type: DocumentType::of(invoice.body.kind, has_identifier),
    };
    let (p_1, when_late) = (invoice.body.p_1, WhenLate::Ask);
    Prepared { xml, description, p_1, when_late, paired: false }
}
