//! The client's requests, and the answers that it reads.

use std::collections::BTreeSet;
use std::sync::Arc;

use ksef_client::batch::{PackageOptions, PartsInMemory, pack};
use ksef_client::encryption::SessionKey;
use ksef_client::retrieval::{AmountType, DateType, ExportContent, InvoiceFilters, SubjectType};
use ksef_client::{
    Credentials, InvoicingMode, Operation, PollPolicy, PreparedBatch, SessionFilter, SessionType,
    UploadOptions,
};
use ksef_core::FormCode;
use ksef_sandbox::Permission;
use ksef_tests::client::{World, context, invoice};
use ksef_tests::contract::{Contract, Inspector, operations};
use ksef_tests::sandbox::NIP;
use ksef_tests::suite::Failed;

/// The way of an invoice, with each operation of it at least once.
pub(crate) fn keeps_the_contract() -> Result<(), Failed> {
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    runtime.block_on(async {
        let inspector = Arc::new(Inspector::of_client(&Contract::load()?));
        let world = World::new(|_| ())?.inspected(Arc::clone(&inspector));
        let poll = PollPolicy::default();
        let permissions = [Permission::InvoiceRead, Permission::InvoiceWrite];
        let token = world.sandbox().create_token(NIP.parse()?, permissions);
        let token = Credentials::ksef_token(token)?;
        world.client()?.authenticate(context()?, token, &poll).await?;

        let auth = world.log_in().await?;
        let session = auth.open_online(FormCode::Fa3).await?;
        let mut sent = session.send(invoice("FV 1")?).await?;
        sent.receipt(&poll).await?;
        let late = session.send(invoice("FV 2")?.issued_offline()).await?;
        auth.session_invoices(session.reference_number()).await?;
        auth.failed_session_invoices(session.reference_number()).await?;
        let closed = session.close().await?;
        closed.upo(&poll).await?;
        drop(late);
        world.sandbox().advance(std::time::Duration::from_secs(3_600));
        let number = sent.history().ksef_number().ok_or("no number")?;
        auth.invoice(number).await?;
        let status = sent.invoice_status().ok_or("no status")?.reference_number;
        auth.upo_by_invoice(session.reference_number(), status).await?;
        auth.log_out().await?;
        inspector.verdict()?;
        Ok(())
    })
}

/// The way of a package, and each way to fetch, with every filter there is.
pub(crate) fn keeps_the_contract_with_many() -> Result<(), Failed> {
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    runtime.block_on(async {
        let inspector = Arc::new(Inspector::of_client(&Contract::load()?));
        let world = World::new(|_| ())?.inspected(Arc::clone(&inspector));
        let poll = PollPolicy::default();
        let auth = world.log_in().await?;
        let from = world.sandbox().now();
        let key = SessionKey::generate()?;
        let documents = (1..=3).map(|number| {
            let invoice = invoice(&format!("FV {number}")).map_err(|_| "no invoice")?;
            Ok::<_, &str>((format!("{number}.xml"), invoice.xml().clone()))
        });
        let options = PackageOptions::new().with_part_bytes(1_000);
        let (manifest, parts) = pack(documents, &key, &options, PartsInMemory::default())?;
        let batch = PreparedBatch::new(&FormCode::Fa3, &manifest, &key).issued_offline();
        let session = auth.open_batch(batch).await?;
        session.upload(&parts, &UploadOptions::new(), |_| ()).await?;
        session.close().await?.upo(&poll).await?;
        let outcomes = session.outcomes(&poll).await?;
        let first = outcomes.first().ok_or("no outcome")?;
        session.receipt(first, NIP.parse()?).await?;
        let listed = SessionFilter::new(SessionType::Batch).created_from(from);
        auth.sessions(&listed.created_to(world.sandbox().now())).await?;

        world.sandbox().advance(std::time::Duration::from_secs(3_600));
        let number = first.ksef_number().ok_or("no number")?;
        auth.stored_invoice(number, &poll).await?;
        for date_type in [DateType::Issue, DateType::Invoicing, DateType::PermanentStorage] {
            let filters = InvoiceFilters::new(SubjectType::Subject1, date_type, from);
            auth.query_metadata(filters).next().await?;
        }
        let permanent_storage = DateType::PermanentStorage;
        let filters = InvoiceFilters::new(SubjectType::Subject2, permanent_storage, from)
            .to(world.sandbox().now())
            .only_complete()
            .ksef_number(number)
            .invoice_number("FV 1")
            .amount(AmountType::Gross, Some("-1.50".parse()?), Some("100".parse()?))
            .seller_nip(NIP.parse()?)
            .buyer_nip(NIP.parse()?)
            .currency("PLN")
            .invoicing_mode(&InvoicingMode::Offline)
            .self_invoicing(false)
            .form_type("FA")
            .invoice_type("Vat")
            .attachment(false);
        auth.query_metadata(filters.clone()).next().await?;
        let export = auth.order_export(&filters, ExportContent::Metadata).await?;
        let package = export.ready(&poll).await?;
        export.fetch(&package).await?;
        let mut sync = auth.sync_invoices(SubjectType::Subject1, from);
        assert_eq!(sync.next(&poll).await?.ok_or("nothing is new")?.metadata().len(), 3);
        inspector.verdict()?;
        Ok(())
    })
}

/// The table of the client is the list of the file, limits included.
pub(crate) fn has_all_operations() -> Result<(), Failed> {
    let ours = Operation::ALL.iter().map(|operation| {
        let group = operation.rate_group().as_str();
        (operation.name().to_owned(), Some(group).filter(|group| *group != "anonymous"))
    });
    let listed = operations()?.iter().map(|operation| {
        (format!("{} {}", operation.method(), operation.path()), operation.rate_group())
    });
    assert_eq!(ours.collect::<BTreeSet<_>>(), listed.collect::<BTreeSet<_>>());
    Ok(())
}
