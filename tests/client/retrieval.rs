//! Fetching invoices: by number, as a list, as a package, and in step.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures_util::TryStreamExt as _;
use http::{Request, Response};
use ksef_client::batch::PackageOptions;
use ksef_client::retrieval::{
    DateType, ExportContent, ExportFault, InvoiceFilters, InvoiceSync, SubjectType,
};
use ksef_client::{
    AuthSession, Error, LostAnswer, PollPolicy, Transport, TransportError, Unreadable,
};
use ksef_core::port::BoxFuture;
use ksef_core::{FormCode, KsefNumber, Secret, Timestamp};
use ksef_sandbox::{Fault, FaultKind, Operation, Place};
use ksef_tests::client::{World, context, invoice};
use libtest_mimic::Failed;
use serde_json::{Value, json};

use crate::mortal::Mortal;
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
        let mut sent = session.send(invoice(&format!("FV {number}"))?.even_late()).await?;
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
    kept: &mut Secret<String>,
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

/// One life of whoever keeps in step: what it stores outlives it, and is stored under its number.
async fn live(mortal: &Mortal, from: Timestamp, shelf: &mut Shelf) -> Result<(), Error> {
    let auth = mortal.log_in(&PATIENT).await?;
    let mut sync = match mortal.kept() {
        Some(kept) => auth.resume_sync(&kept)?,
        None => auth.sync_invoices(SubjectType::Subject1, from),
    };
    loop {
        sync.order().await?;
        mortal.keep(&sync.to_secret());
        let Some(mut batch) = sync.next(&PATIENT).await? else { return Ok(()) };
        batch.for_each(|invoice| {
            assert_eq!(invoice.xml.digest(), invoice.metadata.invoice_hash);
            *shelf.0.entry(invoice.metadata.ksef_number.to_string()).or_default() += 1;
            Ok(())
        })?;
        let is_last = batch.is_last();
        sync.commit(batch)?;
        mortal.keep(&sync.to_secret());
        if is_last {
            return Ok(());
        }
    }
}

#[test]
fn whoever_dies_at_any_request_of_a_sync_has_every_invoice_once() {
    for dies_after_the_request in [false, true] {
        for request in 1.. {
            let mut died = false;
            run(async {
                let what = format!("request {request}");
                let world = World::new(|_| ())?;
                let from = world.sandbox().now().checked_sub(150 * 24 * HOUR).unwrap();
                send(&world.log_in().await?, 1..=3).await?;
                world.sandbox().advance(HOUR);
                let (mortal, mut shelf) = (Mortal::new(world), Shelf::default());
                mortal.live_again(Some(request), dies_after_the_request);
                let first = live(&mortal, from, &mut shelf).await;
                died = mortal.is_dead();
                assert_eq!(first.is_err(), died, "{what}: {first:?}");
                mortal.live_again(None, false);
                let second = live(&mortal, from, &mut shelf).await;
                second.map_err(|error| format!("{what}: {error:?}"))?;
                judge(mortal.world(), &shelf, &what);
                Ok(())
            });
            if !died {
                assert!(request > 10, "order, status and part of both packages were reached");
                break;
            }
        }
    }
}

#[test]
fn every_fault_at_every_step_of_a_sync_loses_nothing_and_hands_over_nothing_twice() {
    let places: [Place; 4] = [
        Operation::ExportInvoices.into(),
        Operation::ExportStatus.into(),
        Place::Download,
        Operation::RefreshAccessToken.into(),
    ];
    let kinds = [
        FaultKind::DropBefore,
        FaultKind::DropAfter,
        FaultKind::ServerError { status: 503 },
        FaultKind::Html,
        FaultKind::TooManyRequests { retry_after_seconds: 2 },
        FaultKind::ExportStuck,
        FaultKind::WrongPartHash,
        FaultKind::InvoiceCancelled,
        FaultKind::UnknownError,
        FaultKind::ShortAccessToken { seconds: 1 },
    ];
    for kind in kinds {
        for place in places {
            for times in [1, 2, 7] {
                run(async {
                    let what = format!("{kind:?} at {place}, {times} times");
                    let world = World::new(|_| ())?;
                    let from = world.sandbox().now();
                    send(&world.log_in().await?, 1..=3).await?;
                    world.sandbox().advance(HOUR);
                    world.sandbox().add_fault(Fault::always(kind.clone()).at(place).times(times));
                    let (mortal, mut shelf) = (Mortal::new(world), Shelf::default());
                    let mut tries = 0;
                    while let Err(error) = live(&mortal, from, &mut shelf).await {
                        tries += 1;
                        assert!(tries < 20, "{what}: {error:?}");
                        mortal.world().sandbox().advance(HOUR);
                    }
                    judge(mortal.world(), &shelf, &what);
                    Ok(())
                });
            }
        }
    }
}

#[test]
fn subjects_are_kept_in_step_apart() {
    run(async {
        let world = World::new(|_| ())?;
        let auth = world.log_in().await?;
        let from = world.sandbox().now();
        send(&auth, 1..=2).await?;
        world.sandbox().advance(HOUR);
        let mut sellers = auth.sync_invoices(SubjectType::Subject1, from);
        let mut buyers = auth.sync_invoices(SubjectType::Subject2, from);
        let sold = sellers.next(&PATIENT).await?.unwrap();
        let bought = buyers.next(&PATIENT).await?.unwrap();
        assert_eq!((sold.metadata().len(), bought.metadata().len()), (2, 0));
        // The package of one chain does not move the other.
        assert!(buyers.commit(sold).is_err());
        assert_eq!((sellers.position(), buyers.position()), (from, from));
        buyers.commit(bought)?;
        assert!(buyers.position() > from);
        assert_eq!(sellers.next(&PATIENT).await?.unwrap().metadata().len(), 2);
        assert!(auth.resume_sync(&Secret::new("{}".to_owned())).is_err());
        Ok(())
    });
}

/// Changes what the sandbox answers.
type Change = dyn Fn(&Request<Bytes>, Response<Bytes>) -> Response<Bytes> + Send + Sync;

/// The sandbox, with somebody in between who changes its answers.
#[derive(Clone)]
struct Meddled(World, Arc<Change>);

impl core::fmt::Debug for Meddled {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_tuple("Meddled").finish_non_exhaustive()
    }
}

impl Transport for Meddled {
    fn call(
        &self,
        request: Request<Bytes>,
    ) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>> {
        Box::pin(async move {
            let answer = self.0.call(request.clone()).await?;
            Ok((self.1)(&request, answer))
        })
    }
}

/// A login whose answers are changed.
async fn meddled(
    world: &World,
    change: impl Fn(&Request<Bytes>, Response<Bytes>) -> Response<Bytes> + Send + Sync + 'static,
) -> Result<AuthSession, Failed> {
    let client = world.builder()?.transport(Meddled(world.clone(), Arc::new(change))).build()?;
    Ok(client.authenticate(context()?, world.seal()?, &PATIENT).await?)
}

/// Changes the JSON of answers to requests whose path begins so.
fn changing(
    path: &'static str,
    change: impl Fn(&mut Value) + Send + Sync + 'static,
) -> impl Fn(&Request<Bytes>, Response<Bytes>) -> Response<Bytes> + Send + Sync + 'static {
    move |request, answer| {
        if !request.uri().path().starts_with(path) {
            return answer;
        }
        let Ok(mut body) = serde_json::from_slice(answer.body()) else { return answer };
        change(&mut body);
        answer.map(|_| Bytes::from(body.to_string()))
    }
}

const EXPORTS: &str = "/v2/invoices/exports/";

/// A package of two invoices, of which answers say something that is not so, is refused, and the
/// position stays.
async fn is_refused(
    change: impl Fn(&Request<Bytes>, Response<Bytes>) -> Response<Bytes> + Send + Sync + 'static,
) -> Result<Error, Failed> {
    let world = World::new(|_| ())?;
    let from = world.sandbox().now();
    send(&world.log_in().await?, 1..=2).await?;
    world.sandbox().advance(HOUR);
    let auth = meddled(&world, change).await?;
    let mut sync = auth.sync_invoices(SubjectType::Subject1, from);
    let refused = sync.next(&PATIENT).await;
    assert_eq!(sync.position(), from);
    // With nobody in between the same chain has all of them.
    let auth = world.log_in().await?;
    let mut sync = auth.resume_sync(&sync.to_secret())?;
    assert_eq!(sync.next(&PATIENT).await?.unwrap().metadata().len(), 2);
    Ok(refused.err().ok_or("it was taken")?)
}

#[test]
fn a_package_that_is_not_what_it_is_said_to_be_moves_no_position() {
    run(async {
        let more = is_refused(changing(EXPORTS, |body| {
            if let Some(count) = body.pointer_mut("/package/invoiceCount") {
                *count = json!(3);
            }
        }))
        .await?;
        let is_counted = matches!(more, Error::Export(ExportFault::Count { stated: 3, listed: 2 }));
        assert!(is_counted, "{more:?}");

        let none = is_refused(changing(EXPORTS, |body| {
            if let Some(parts) = body.pointer_mut("/package/parts") {
                *parts = json!([]);
            }
        }))
        .await?;
        let is_counted = matches!(none, Error::Export(ExportFault::Count { stated: 2, listed: 0 }));
        assert!(is_counted, "{none:?}");

        let zip = is_refused(changing(EXPORTS, |body| {
            if let Some(compression) = body.pointer_mut("/package/compressionType") {
                *compression = json!("Zip");
            }
        }))
        .await?;
        assert!(matches!(zip, Error::Export(ExportFault::Compression)), "{zip:?}");

        let nowhere = is_refused(changing(EXPORTS, |body| {
            if let Some(truncated) = body.pointer_mut("/package/isTruncated") {
                *truncated = json!(true);
            }
        }))
        .await?;
        assert!(matches!(nowhere, Error::Export(ExportFault::NoProgress)), "{nowhere:?}");

        let elsewhere = is_refused(changing(EXPORTS, |body| {
            if let Some(url) = body.pointer_mut("/package/parts/0/url") {
                *url = json!("http://127.0.0.1:1/storage/x");
            }
        }))
        .await?;
        assert!(matches!(elsewhere, Error::Input(_)), "{elsewhere:?}");

        let cut = is_refused(|request, answer| {
            let is_part = request.uri().path().starts_with("/storage/");
            answer.map(|body| if is_part { body.slice(..body.len() / 2) } else { body })
        })
        .await?;
        assert!(matches!(cut, Error::NoAnswer(_) | Error::Export(_)), "{cut:?}");
        Ok(())
    });
}

/// What a page of metadata that somebody has changed is taken for.
async fn page(change: impl Fn(&mut Value) + Send + Sync + 'static) -> Result<Error, Failed> {
    let world = World::new(|_| ())?;
    let filters = filters(&world);
    send(&world.log_in().await?, 1..=2).await?;
    world.sandbox().advance(HOUR);
    let auth = meddled(&world, changing("/v2/invoices/query/metadata", change)).await?;
    let listed: Result<Vec<_>, Error> =
        auth.query_metadata(filters).into_stream().try_collect().await;
    assert!(world.count("/invoices/query/metadata") <= 60, "it is not asked for ever");
    Ok(listed.err().ok_or("it was taken")?)
}

fn is_endless(error: &Error) -> bool {
    let Error::NoAnswer(no_answer) = error else { return false };
    matches!(no_answer.cause, LostAnswer::Unreadable(Unreadable::EndlessList))
}

#[test]
fn a_page_that_is_nonsense_is_an_error_and_no_list_without_end() {
    run(async {
        let truncated = page(|body| body["isTruncated"] = json!(true)).await?;
        assert!(is_endless(&truncated), "{truncated:?}");
        let wrong = page(|body| body["invoices"][0]["invoiceHash"] = json!("x")).await?;
        assert!(matches!(wrong, Error::NoAnswer(_)), "{wrong:?}");
        let missing = page(|body| body["invoices"] = Value::Null).await?;
        assert!(matches!(missing, Error::NoAnswer(_)), "{missing:?}");
        Ok(())
    });
}

/// KSeF holds 10,000 invoices back to a filter; the sandbox is not filled with as many here.
#[test]
fn a_list_that_always_has_more_ends_with_an_error() {
    run(async {
        let world = World::new(|config| config.rate_limits = false)?;
        let filters = filters(&world);
        send(&world.log_in().await?, 1..=1).await?;
        world.sandbox().advance(HOUR);
        let more = |body: &mut Value| body["hasMore"] = json!(true);
        let client = world.builder()?.without_limiter();
        let change = Arc::new(changing("/v2/invoices/query/metadata", more));
        let client = client.transport(Meddled(world.clone(), change)).build()?;
        let auth = client.authenticate(context()?, world.seal()?, &PATIENT).await?;
        let mut pages = auth.query_metadata(filters);
        let error = loop {
            match pages.next().await {
                Ok(Some(_)) => {}
                Ok(None) => return Err("it has an end".into()),
                Err(error) => break error,
            }
        };
        assert!(is_endless(&error), "{error:?}");
        assert_eq!(world.count("/invoices/query/metadata"), 41);
        Ok(())
    });
}

#[test]
fn a_page_of_more_entries_than_were_asked_for_is_read() {
    run(async {
        let world = World::new(|_| ())?;
        let filters = filters(&world);
        send(&world.log_in().await?, 1..=2).await?;
        world.sandbox().advance(HOUR);
        // The same two entries, ten thousand times.
        let auth = meddled(
            &world,
            changing("/v2/invoices/query/metadata", |body| {
                if let Some(invoices) = body["invoices"].as_array_mut() {
                    let two = invoices.clone();
                    *invoices = two.iter().cycle().take(20_000).cloned().collect();
                }
            }),
        )
        .await?;
        let listed: Vec<_> = auth.query_metadata(filters).into_stream().try_collect().await?;
        assert_eq!(listed.len(), 2);
        Ok(())
    });
}

/// What was not found by its number is told apart from what is not stored yet.
#[test]
fn an_invoice_that_ksef_does_not_have_is_refused_at_once() {
    run(async {
        let world = World::new(|_| ())?;
        let auth = world.log_in().await?;
        let unknown: KsefNumber = "5265877635-20250826-0100001AF629-AF".parse()?;
        let refused = auth.stored_invoice(unknown, &PATIENT).await.unwrap_err();
        assert!(refused.problem().unwrap().has_code(21_164), "{refused:?}");
        Ok(())
    });
}

#[test]
fn an_export_that_is_older_than_ksef_keeps_it_is_ordered_anew() {
    run(async {
        let world = World::new(|_| ())?;
        let auth = world.log_in().await?;
        let from = world.sandbox().now();
        send(&auth, 1..=2).await?;
        world.sandbox().advance(HOUR);
        for days in [8, 30] {
            let mut sync = auth.sync_invoices(SubjectType::Subject1, from);
            sync.order().await?;
            let kept = sync.to_secret();
            world.sandbox().advance(days * 24 * HOUR);
            let auth = world.log_in().await?;
            let mut sync = auth.resume_sync(&kept)?;
            let orders = world.count("POST /v2/invoices/exports");
            assert_eq!(sync.next(&PATIENT).await?.unwrap().metadata().len(), 2);
            assert_eq!(world.count("POST /v2/invoices/exports"), orders + 1);
        }
        Ok(())
    });
}

#[test]
fn where_a_package_is_cut_off_the_next_one_goes_on_and_nothing_comes_twice() {
    run(async {
        let world = World::new(|_| ())?;
        let from = world.sandbox().now();
        send(&world.log_in().await?, 1..=3).await?;
        world.sandbox().advance(HOUR);
        let mut dates: Vec<Timestamp> =
            world.sandbox().accepted().iter().map(|held| held.permanent_storage_date).collect();
        dates.sort();
        let second = *dates.get(1).unwrap();
        // The first package says that it ends with the second invoice.
        let first = Mutex::new(None::<String>);
        let auth = meddled(&world, move |request, answer| {
            let path = request.uri().path().to_owned();
            if !path.starts_with(EXPORTS) {
                return answer;
            }
            if *first.lock().unwrap().get_or_insert(path.clone()) != path {
                return answer;
            }
            let cut = changing(EXPORTS, move |body| {
                if let Some(package) = body.get_mut("package").and_then(Value::as_object_mut) {
                    package.insert("isTruncated".to_owned(), json!(true));
                    package.insert("lastPermanentStorageDate".to_owned(), json!(second));
                }
            });
            cut(request, answer)
        })
        .await?;
        let mut kept = auth.sync_invoices(SubjectType::Subject1, from).to_secret();
        let mut shelf = Shelf::default();
        catch_up(&auth, &mut kept, &mut shelf).await?;
        assert_eq!(world.count("POST /v2/invoices/exports"), 2);
        judge(&world, &shelf, "cut off");
        Ok(())
    });
}

#[test]
fn where_a_list_is_cut_off_it_goes_on_and_nothing_comes_twice() {
    run(async {
        let world = World::new(|_| ())?;
        let filters = filters(&world);
        send(&world.log_in().await?, 1..=3).await?;
        world.sandbox().advance(HOUR);
        let is_first = AtomicBool::new(true);
        let auth = meddled(
            &world,
            changing("/v2/invoices/query/metadata", move |body| {
                if is_first.swap(false, Ordering::Relaxed) {
                    body["hasMore"] = json!(true);
                    body["isTruncated"] = json!(true);
                    body["invoices"].as_array_mut().unwrap().truncate(2);
                }
            }),
        )
        .await?;
        let listed: Vec<_> = auth.query_metadata(filters).into_stream().try_collect().await?;
        let mut shelf = Shelf::default();
        for invoice in &listed {
            *shelf.0.entry(invoice.ksef_number.to_string()).or_default() += 1;
        }
        judge(&world, &shelf, "cut off");
        assert_eq!(world.count("/invoices/query/metadata"), 2);
        Ok(())
    });
}

/// Servers await them on whatever thread there is.
#[test]
fn what_is_awaited_can_move_to_another_thread() {
    const fn is_send<T: Send>(_: &T) {}

    run(async {
        let world = World::new(|_| ())?;
        let auth = world.log_in().await?;
        let from = world.sandbox().now();
        let mut sync = auth.sync_invoices(SubjectType::Subject1, from);
        is_send(&sync.next(&PATIENT));
        let mut pages = auth.query_metadata(filters(&world));
        is_send(&pages.next());
        let packed = crate::batch::Packed::new(1, PackageOptions::new())?;
        let session = packed.open(&auth).await?;
        is_send(&packed.upload(&session));
        is_send(&session.close());
        is_send(&session.outcomes(&PATIENT));
        Ok(())
    });
}
