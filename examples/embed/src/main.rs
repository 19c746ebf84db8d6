//! An invoice of Stripe to its archived receipt, with the crates alone:
//! `ksef-embed API NIP TOKEN INVOICE.json FOLDER`.
//!
//! Run it again after a crash, and it goes on where the ledger in the folder says.

use std::{env, error::Error, fs, path::Path, sync::Arc};

use ksef_audit::query::Filter;
use ksef_audit::{
    ExportRequest, First, NewSubmission, Prepared, Source, Sqlite, SubmissionId, Tenant, Test,
};
use ksef_client::{AuthSession, Client, Credentials, OutgoingInvoice, PollPolicy};
use ksef_core::submission::{Event, Fact, ReasonCode, Step, WhenLate};
use ksef_core::{Clock, DocumentType, Endpoints, Environment, FormCode, InvoiceXml, Secret};
use ksef_core::{Nip, SystemClock, TenantId, Timestamp};
use ksef_stripe::model::{Invoice, TaxRate};
use ksef_stripe::{Context, Policies, Profile, map_invoice, without_cards};

type Result<T, E = Box<dyn Error>> = std::result::Result<T, E>;

/// What Stripe says of the tax rate of the invoice.
const RATE: &[u8] = br#"{"object":"tax_rate","id":"txr_23","percentage":23,"country":"PL"}"#;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    run(&env::args().skip(1).collect::<Vec<_>>(), Arc::new(SystemClock)).await
}

pub(crate) async fn run(arguments: &[String], clock: Arc<dyn Clock>) -> Result<()> {
    let [api, nip, token, invoice, folder] = arguments else {
        return Err("usage: ksef-embed API NIP TOKEN INVOICE.json FOLDER".into());
    };
    let (nip, folder) = (nip.parse()?, Path::new(folder));
    let ledgers = Sqlite::open(folder).await?;
    let ledger: Tenant<Test> = Tenant::open(&ledgers, TenantId::from_bytes([1; 16])?).await?;
    let new = map(nip, &fs::read(invoice)?, clock.now())?;
    let id = ledger.submit(new, clock.now()).await?;
    let client = Client::builder_for(Endpoints::custom(Environment::Test, api)?);
    let client = client.clock(Arc::clone(&clock)).build()?;
    let token = Credentials::ksef_token(Secret::new(token.clone()))?;
    let login = client.authenticate(nip.into(), token, &PollPolicy::new()).await?;
    send(&ledger, id, &login, &*clock).await?;
    login.log_out().await?;
    let request = ExportRequest { filter: Filter::default(), person: "embed", now: clock.now() };
    ledger.export_csv(&request, &mut fs::File::create(folder.join("TEST-audit.csv"))?).await?;
    ledger.export_upos(&request, &mut fs::File::create(folder.join("TEST-upo.zip"))?).await?;
    Ok(())
}

/// From Stripe's JSON to what is recorded of it.
fn map(nip: Nip, json: &[u8], now: Timestamp) -> Result<NewSubmission> {
    let mut profile = Profile::new(nip, "Przykładowa sp. z o.o.", "ul. Przykładowa 1, Warszawa");
    profile.policies = serde_json::from_str::<Policies>(r#"{"supplies":"service"}"#)?;
    let context =
        Context::new(&profile, Environment::Test, now).with_tax_rate(TaxRate::from_json(RATE)?);
    let invoice = Invoice::from_json(json)?;
    let outcome = map_invoice(&invoice, &context);
    let reasons = outcome.codes().map(|code| code.as_str().parse()).collect::<Result<Vec<_>, _>>();
    let first = match outcome.invoice() {
        Some(document) => First::Prepared(prepared(nip, document, document.to_xml()?)),
        None => First::Refused(reasons?),
    };
    let kind = ReasonCode::from_static("stripe_invoice");
    let source = Source { kind, id: invoice.id.clone(), bytes: without_cards(json)?.into() };
    Ok(NewSubmission { idempotency_key: format!("invoice:{}", invoice.id), source, first })
}

fn prepared(seller: Nip, document: &ksef_fa::Invoice, xml: InvoiceXml) -> Prepared {
    let name = &document.buyer.identification.name;
    let description = ksef_audit::entry::Description {
        order_reference: document.body.p_2.to_string(),
        customer: name.as_ref().map(ToString::to_string).unwrap_or_default(),
        buyer: None,
        seller,
        form_code: FormCode::Fa3,
        document_type: DocumentType::of(document.body.kind, true),
    };
    Prepared { xml, description, p_1: document.body.p_1, when_late: WhenLate::Ask, paired: false }
}

/// Does what is due, step by step; each is recorded before the next.
async fn send(
    ledger: &Tenant<Test>,
    id: SubmissionId<Test>,
    login: &AuthSession,
    clock: &dyn Clock,
) -> Result<()> {
    // Where there is none, it is recorded why.
    let Ok(xml) = ledger.xml(id).await else { return Ok(()) };
    let invoice = OutgoingInvoice::read(xml)?;
    let mut session = None;
    let record = async |facts: Vec<Fact>| {
        let events = facts.into_iter().map(|fact| Event::new(clock.now(), fact)).collect();
        ledger.append(id, events).await
    };
    loop {
        let mut submission = ledger.submission(id).await?;
        let step = submission.next(clock.now());
        match step {
            Step::Done | Step::AskPerson(_) => return Ok(()),
            Step::Wait { until } => {
                tokio::time::sleep(until.saturating_duration_since(clock.now())).await;
                continue;
            }
            Step::Post { attempt, session, .. } => {
                submission = record(vec![Fact::Intent { attempt, session }]).await?;
            }
            _ => {}
        }
        let history = submission.history().ok_or("nothing is recorded")?;
        let performed = login.perform(&step, history, &invoice, session.as_ref()).await;
        session = performed.session.or(session);
        if let (Some(upo), Step::FetchReceipt { session, .. }) = (&performed.receipt, &step) {
            let verifier = ksef_client::xades::UpoSignatureVerifier::new();
            ledger.store_receipt(id, (upo, *session), &verifier, clock.now()).await?;
        } else {
            record(performed.facts).await?;
        }
    }
}
