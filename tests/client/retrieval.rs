//! Fetching invoices: by number, as a list, as a package, and in step.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::TryStreamExt as _;
use ksef_client::retrieval::{
    DateType, ExportContent, ExportFault, InvoiceFilters, InvoiceSync, SubjectType,
};
use ksef_client::{AuthSession, Error, PollPolicy};
use ksef_core::{FormCode, KsefNumber, Timestamp};
use ksef_sandbox::{Fault, FaultKind, Operation};
use ksef_tests::client::{World, invoice};
use libtest_mimic::Failed;

use crate::run;

const HOUR: Duration = Duration::from_secs(3_600);

const PATIENT: PollPolicy = PollPolicy::new().deadline(Duration::from_secs(2 * 3_600));

/// Sends invoices with these numbers and waits until they are accepted.
async fn send(
    auth: &AuthSession,
    numbers: core::ops::RangeInclusive<u32>,
) -> Result<Vec<KsefNumber>, Failed> {
    let session = auth.open_online(FormCode::Fa3).await?;
    let mut accepted = Vec::new();
    for number in numbers {
        let mut sent = session.send(invoice(&format!("FV {number}"))?).await?;
        accepted.push(sent.accepted(&PATIENT).await?.ksef_number);
    }
    Ok(accepted)
}

fn filters(world: &World) -> InvoiceFilters {
    let from = world.sandbox().now().checked_sub(24 * HOUR).unwrap();
    InvoiceFilters::new(SubjectType::Subject1, DateType::PermanentStorage, from)
}

#[test]
fn an_invoice_is_waited_for_until_it_is_stored() {
    run(async {
        let world = World::new(|_| ())?;
        let late = FaultKind::LatePermanentStorage { seconds: 300 };
        world.sandbox().add_fault(Fault::always(late));
        let auth = world.log_in().await?;
        let numbers = send(&auth, 1..=1).await?;
        let number = *numbers.first().unwrap();
        let early = auth.invoice(number).await.unwrap_err();
        assert!(early.problem().unwrap().has_code(21_165), "{early:?}");
        let bytes = auth.stored_invoice(number, &PATIENT).await?;
        assert_eq!(bytes, invoice("FV 1")?.xml().as_bytes());
        Ok(())
    });
}

#[test]
fn a_list_has_every_invoice_once() {
    run(async {
        let world = World::new(|_| ())?;
        let auth = world.log_in().await?;
        let numbers = send(&auth, 1..=12).await?;
        world.sandbox().advance(HOUR);
        let listed: Vec<_> =
            auth.query_metadata(filters(&world)).into_stream().try_collect().await?;
        let mut found: Vec<String> =
            listed.iter().map(|invoice| invoice.ksef_number.to_string()).collect();
        let mut sent: Vec<String> = numbers.iter().map(ToString::to_string).collect();
        found.sort();
        sent.sort();
        assert_eq!(found, sent);
        let first = listed.first().unwrap();
        assert!(first.gross_amount.amount().is_ok(), "{:?}", first.gross_amount);

        let none = filters(&world).invoice_number("FV 0");
        let mut pages = auth.query_metadata(none);
        assert!(pages.next().await?.unwrap().invoices.is_empty());
        assert!(pages.next().await?.is_none());
        Ok(())
    });
}

#[test]
fn an_export_is_fetched_in_another_process_and_is_what_it_lists() {
    run(async {
        let world = World::new(|_| ())?;
        let auth = world.log_in().await?;
        let numbers = send(&auth, 1..=3).await?;
        world.sandbox().advance(HOUR);
        let export = auth.order_export(&filters(&world), ExportContent::Invoices).await?;
        let kept = export.to_secret();
        drop(export);
        let export = auth.resume_export(&kept)?;
        let package = export.ready(&PATIENT).await?;
        assert_eq!(package.invoice_count, 3);
        let mut fetched = export.fetch(&package).await?;
        let mut found = Vec::new();
        fetched.for_each(|invoice| {
            assert_eq!(invoice.xml.digest(), invoice.metadata.invoice_hash);
            found.push(invoice.metadata.ksef_number);
            Ok(())
        })?;
        assert!(numbers.iter().all(|number| found.contains(number)));
        assert_eq!(found.len(), 3);

        let export = auth.order_export(&filters(&world), ExportContent::Metadata).await?;
        let package = export.ready(&PATIENT).await?;
        assert_eq!(export.fetch(&package).await?.metadata().len(), 3);
        Ok(())
    });
}

#[test]
fn a_part_with_a_wrong_hash_is_fetched_again_and_never_passed_on() {
    run(async {
        let world = World::new(|_| ())?;
        let auth = world.log_in().await?;
        send(&auth, 1..=2).await?;
        world.sandbox().advance(HOUR);
        let export = auth.order_export(&filters(&world), ExportContent::Invoices).await?;
        export.ready(&PATIENT).await?;
        let fault = || Fault::always(FaultKind::WrongPartHash).at(Operation::ExportStatus);
        world.sandbox().add_fault(fault().times(2));
        let package = export.ready(&PATIENT).await?;
        assert_eq!(export.fetch(&package).await?.metadata().len(), 2);

        world.sandbox().add_fault(fault());
        let package = export.ready(&PATIENT).await?;
        let mut sink = Vec::new();
        let wrong = export.download(&package, &mut sink).await;
        let is_refused = matches!(
            wrong,
            Err(Error::Export(ExportFault::Part { ordinal_number: 1 }) | Error::NoAnswer(_))
        );
        assert!(is_refused, "{wrong:?}");
        assert!(sink.is_empty());
        Ok(())
    });
}

/// What was stored under which number, and how many times.
#[derive(Default)]
struct Shelf(BTreeMap<String, u32>);

/// Syncs to the end, from kept bytes each time.
async fn catch_up(
    auth: &AuthSession,
    kept: &mut ksef_core::Secret<String>,
    shelf: &mut Shelf,
) -> Result<(), Error> {
    loop {
        let mut sync = auth.resume_sync(kept)?;
        sync.order().await?;
        *kept = sync.to_secret();
        let mut sync = auth.resume_sync(kept)?;
        let Some(mut batch) = sync.next(&PATIENT).await? else { return Ok(()) };
        batch.for_each(|invoice| {
            *shelf.0.entry(invoice.metadata.ksef_number.to_string()).or_default() += 1;
            Ok(())
        })?;
        let is_last = batch.is_last();
        sync.commit(batch)?;
        *kept = sync.to_secret();
        if is_last {
            return Ok(());
        }
    }
}

fn begin(auth: &AuthSession, world: &World) -> InvoiceSync {
    let from: Timestamp = world.sandbox().now().checked_sub(HOUR).unwrap();
    auth.sync_invoices(SubjectType::Subject1, from)
}

fn judge(world: &World, shelf: &Shelf, what: &str) {
    let held: BTreeMap<String, u32> =
        world.sandbox().accepted().iter().map(|held| (held.ksef_number.to_string(), 1)).collect();
    assert_eq!(shelf.0, held, "{what}");
}

#[test]
fn a_sync_loses_nothing_and_hands_over_nothing_twice_whatever_fails() {
    let kinds = [
        None,
        Some(FaultKind::DropBefore),
        Some(FaultKind::DropAfter),
        Some(FaultKind::Html),
        Some(FaultKind::ServerError { status: 500 }),
        Some(FaultKind::ExportStuck),
        Some(FaultKind::WrongPartHash),
        Some(FaultKind::UnknownError),
        Some(FaultKind::LatePermanentStorage { seconds: 900 }),
    ];
    for kind in kinds {
        run(async {
            let what = format!("{kind:?}");
            let world = World::new(|_| ())?;
            let auth = world.log_in().await?;
            let mut kept = begin(&auth, &world).to_secret();
            let mut shelf = Shelf::default();
            for round in 0..3 {
                if let Some(kind @ FaultKind::LatePermanentStorage { .. }) = &kind {
                    world.sandbox().add_fault(Fault::always(kind.clone()).times(1));
                }
                send(&auth, round * 3 + 1..=round * 3 + 3).await?;
                if let Some(kind) = &kind {
                    world.sandbox().add_fault(Fault::always(kind.clone()).times(2));
                }
                let mut tries = 0;
                while let Err(error) = catch_up(&auth, &mut kept, &mut shelf).await {
                    tries += 1;
                    assert!(tries < 10, "{what}: {error:?}");
                    world.sandbox().advance(HOUR);
                }
                world.sandbox().advance(HOUR);
            }
            world.sandbox().clear_faults();
            catch_up(&auth, &mut kept, &mut shelf).await?;
            judge(&world, &shelf, &what);
            Ok(())
        });
    }
}

#[test]
fn a_position_moves_only_when_the_invoices_are_stored() {
    run(async {
        let world = World::new(|_| ())?;
        let auth = world.log_in().await?;
        let mut sync = begin(&auth, &world);
        send(&auth, 1..=2).await?;
        world.sandbox().advance(HOUR);
        let before = sync.position();
        let mut batch = sync.next(&PATIENT).await?.unwrap();
        let failed = batch.for_each(|_| Err("the disk is full".into()));
        assert!(matches!(failed, Err(ExportFault::Store(_))));
        drop(batch);
        assert_eq!(sync.position(), before);
        let batch = sync.next(&PATIENT).await?.unwrap();
        assert_eq!(batch.metadata().len(), 2);
        sync.commit(batch)?;
        assert!(sync.position() > before);
        assert_eq!(world.count("POST /v2/invoices/exports"), 1);
        Ok(())
    });
}

#[test]
fn a_sync_that_begins_long_ago_goes_on_in_ranges_that_ksef_takes() {
    run(async {
        let world = World::new(|_| ())?;
        let auth = world.log_in().await?;
        let from = world.sandbox().now().checked_sub(250 * 24 * HOUR).unwrap();
        send(&auth, 1..=2).await?;
        world.sandbox().advance(HOUR);
        let mut kept = auth.sync_invoices(SubjectType::Subject1, from).to_secret();
        let mut shelf = Shelf::default();
        catch_up(&auth, &mut kept, &mut shelf).await?;
        judge(&world, &shelf, "three ranges");
        assert_eq!(world.count("POST /v2/invoices/exports"), 3);
        Ok(())
    });
}
