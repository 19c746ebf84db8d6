//! The client's requests, and the answers that it reads.

use std::collections::BTreeSet;
use std::sync::Arc;

use ksef_client::{Credentials, Operation, PollPolicy};
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
