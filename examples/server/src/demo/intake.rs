//! Intake: webhooks are verified, objects mapped, documents written.

use std::collections::BTreeMap;

use ksef_core::{Clock as _, Environment, InvoiceXml, KsefNumber, Nip};
use ksef_fa::Invoice as Document;
use ksef_stripe::model::{CreditNote, Invoice, TaxRate};
use ksef_stripe::nbp::RateQuery;
use ksef_stripe::webhook::{ObjectKind, Webhook, WebhookSecret};
use ksef_stripe::{
    Context, FiledOriginal, Original, Outcome, Policies, Profile, RateOfExchange, exchange_day,
    map_credit_note, map_invoice,
};
use serde_json::{Value, json};

use super::Result;
use super::clock::DayClock;
use super::day::Row;
use super::folder::Folder;
use super::objects::{invoice_id, national_bank, tax_rates};

/// Takes what Stripe sends, and keeps what became of it.
pub(super) struct Intake<'a> {
    profile: Profile,
    secret: WebhookSecret,
    webhook: Webhook,
    tax_rates: Vec<TaxRate>,
    clock: &'a DayClock,
    folder: &'a Folder,
    /// By their numbers.
    outcomes: BTreeMap<&'static str, Outcome>,
}

impl<'a> Intake<'a> {
    pub(super) fn new(nip: Nip, clock: &'a DayClock, folder: &'a Folder) -> Result<Self> {
        let address = "ul. Przykładowa 1, 00-001 Warszawa";
        let mut profile = Profile::new(nip, "Przykładowa sp. z o.o.", address);
        let policies = json!({ "supplies": "service" });
        profile.policies = serde_json::from_value::<Policies>(policies)?;
        let secret = WebhookSecret::new("whsec_of_the_demo_and_nothing_else");
        let webhook = Webhook::new([secret.clone()]);
        let rates = tax_rates();
        let rates = rates.iter().map(|rate| TaxRate::from_json(rate.to_string().as_bytes()));
        let tax_rates = rates.collect::<Result<_, _>>()?;
        let outcomes = BTreeMap::new();
        Ok(Self { profile, secret, webhook, tax_rates, clock, folder, outcomes })
    }

    /// What became of an object.
    pub(super) fn outcome(&self, number: &str) -> Option<&Outcome> {
        self.outcomes.get(number)
    }

    /// Stripe sends an event; the object is kept, mapped, and written as a document.
    pub(super) fn receive(&mut self, row: &Row) -> Result<()> {
        let object = self.object(row);
        let (body, header) = self.event(&object, row)?;
        let event = self.webhook.open(&body, &header, self.clock.now())?;
        let source = object.to_string();
        self.folder.store_source(row.number, source.as_bytes())?;
        let mut context = self.context()?;
        context.event = Some(event.event_type.clone());
        let outcome = match event.subject.map(|subject| subject.kind) {
            Some(ObjectKind::Invoice) => self.map_invoice(source.as_bytes(), context)?,
            Some(ObjectKind::CreditNote) => {
                context.original = self.original(row)?;
                map_credit_note(&CreditNote::from_json(source.as_bytes())?, &context)
            }
            _ => return Err("an event about something else".into()),
        };
        if let Some(document) = outcome.invoice() {
            self.folder.store_document(row.number, &document.to_xml()?)?;
        }
        self.outcomes.insert(row.number, outcome);
        Ok(())
    }

    /// Another document with the number of this row.
    pub(super) fn same_number_elsewhere(&self, row: &Row) -> Result<InvoiceXml> {
        let object = self.object(row).to_string().replace("Nabywca S.A.", "Kto inny S.A.");
        let outcome = self.map_invoice(object.as_bytes(), self.context()?)?;
        Ok(outcome.invoice().ok_or("it is not mapped")?.to_xml()?)
    }

    fn object(&self, row: &Row) -> Value {
        row.sale.object(row.number, self.clock.now().as_unix_milliseconds() / 1000)
    }

    /// The body and the signature of a webhook.
    fn event(&self, object: &Value, row: &Row) -> Result<(Vec<u8>, String)> {
        let name = if row.is_credit_note() { "credit_note.created" } else { "invoice.finalized" };
        let now = self.clock.now();
        let event = json!({
            "id": format!("evt_{}", row.number), "object": "event", "type": name,
            "created": now.as_unix_milliseconds() / 1000, "livemode": false,
            "data": { "object": object },
        });
        let body = serde_json::to_vec(&event)?;
        let header = self.secret.sign(&body, now);
        Ok((body, header))
    }

    fn context(&self) -> Result<Context<'_>> {
        let mut context = Context::new(&self.profile, Environment::Test, self.clock.now());
        for rate in &self.tax_rates {
            context = context.with_tax_rate(rate.clone());
        }
        Ok(context)
    }

    fn map_invoice(&self, source: &[u8], mut context: Context<'_>) -> Result<Outcome> {
        let invoice = Invoice::from_json(source)?;
        if let Some(day) = exchange_day(&invoice, &context) {
            let currency = invoice.currency.as_deref().unwrap_or_default().to_ascii_uppercase();
            let query = RateQuery::before(currency.parse()?, day);
            let (status, answer) = national_bank(&currency);
            context.exchange_rate = query.read(status, &answer)?;
        } else {
            context.exchange_rate = RateOfExchange::Unknown;
        }
        Ok(map_invoice(&invoice, &context))
    }

    /// What is known of the invoice that a credit note is about.
    fn original(&self, row: &Row) -> Result<Original> {
        let number = row.sale.credited().ok_or("it is no credit note")?;
        match self.outcome(number) {
            None => return Ok(Original::Missing),
            Some(Outcome::Skipped(_)) => return Ok(Original::Skipped),
            Some(Outcome::Mapped { .. }) => {}
            Some(_) => return Ok(Original::NotFiled),
        }
        let ended = self.folder.ended(number)?;
        let Some(ksef_number) = ended.and_then(|ended| ended.ksef_number) else {
            return Ok(Original::Pending);
        };
        let xml = self.folder.document(number)?.ok_or("the document is gone")?;
        let rules = ksef_fa::Profile::new(Environment::Test, self.clock.today_in_warsaw());
        let document = Document::from_xml(&xml, &rules)?;
        let mut filed = FiledOriginal::in_ksef(document, ksef_number.parse::<KsefNumber>()?);
        filed.invoice_id = Some(invoice_id(number));
        Ok(Original::Filed(Box::new(filed)))
    }
}
