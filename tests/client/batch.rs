//! The way of a package.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::time::Duration;

use bytes::Bytes;
use ksef_client::batch::{
    CompressionType, PackError, PackageError, PackageManifest, PackageOptions, PartFault,
    PartFolder, PartsInMemory, pack, pack_folder,
};
use ksef_client::encryption::SessionKey;
use ksef_client::{
    AuthSession, BatchSession, DocumentOutcome, Error, InputError, PartSource, PollPolicy,
    PreparedBatch, SessionFilter, SessionType, UploadOptions, UploadProgress,
};
use ksef_core::submission::OriginalFinding;
use ksef_core::{FormCode, InvoiceXml, KsefNumber};
use ksef_sandbox::{Fault, FaultKind, Operation, Place};
use ksef_tests::client::{World, invoice};
use ksef_tests::sandbox::{InvoiceText, NIP};
use libtest_mimic::Failed;

use crate::mortal::Mortal;
use crate::run;

const HOUR: Duration = Duration::from_secs(3_600);

const PATIENT: PollPolicy = PollPolicy::new().deadline(Duration::from_secs(2 * 3_600));

/// One part at a time, so that runs are the same.
const ONE_BY_ONE: UploadOptions = UploadOptions::new().with_concurrency(NonZeroUsize::MIN);

const SMALL_PARTS: PackageOptions = PackageOptions::new().with_part_bytes(1_000);

/// A package of invoices.
pub(crate) struct Packed {
    key: SessionKey,
    manifest: PackageManifest,
    parts: PartsInMemory,
}

impl Packed {
    pub(crate) fn new(count: u32, options: PackageOptions) -> Result<Self, Failed> {
        let names = (1..=count).map(|number| format!("{number}.xml"));
        Self::of(names, options)
    }

    /// The invoices whose files have these names.
    fn of(
        names: impl IntoIterator<Item = String>,
        options: PackageOptions,
    ) -> Result<Self, Failed> {
        let key = SessionKey::generate()?;
        let documents = names.into_iter().map(|name| {
            let text = InvoiceText::new(&format!("FV {}", name.trim_end_matches(".xml")));
            let xml = InvoiceXml::new(text.as_bytes());
            xml.map(|xml| (name, xml))
        });
        let (manifest, parts) = pack(documents, &key, &options, PartsInMemory::default())?;
        Ok(Self { key, manifest, parts })
    }

    /// In Zip, in parts of 1 kB.
    fn small(count: u32) -> Result<Self, Failed> {
        Self::new(count, SMALL_PARTS)
    }

    pub(crate) async fn open(&self, auth: &AuthSession) -> Result<BatchSession, Error> {
        auth.open_batch(PreparedBatch::new(&FormCode::Fa3, &self.manifest, &self.key)).await
    }

    pub(crate) async fn upload(&self, session: &BatchSession) -> Result<(), Error> {
        session.upload(&self.parts, &UploadOptions::default(), |_| ()).await
    }
}

/// That the sandbox holds so many invoices, each once, and that these are their numbers.
fn judge(world: &World, numbers: &[KsefNumber]) {
    let mut held: Vec<String> =
        world.sandbox().accepted().iter().map(|held| held.ksef_number.to_string()).collect();
    let mut numbers: Vec<String> = numbers.iter().map(ToString::to_string).collect();
    held.sort();
    numbers.sort();
    assert_eq!(held, numbers);
}

async fn finish(session: &BatchSession) -> Result<Vec<KsefNumber>, Error> {
    let outcomes = session.outcomes(&PATIENT).await?;
    Ok(outcomes.iter().filter_map(|outcome| outcome.ksef_number()).collect())
}

#[test]
fn a_package_is_sent_accepted_and_receipted() {
    run(async {
        for compression in [CompressionType::Zip, CompressionType::TarGz] {
            let world = World::new(|_| ())?;
            let auth = world.log_in().await?;
            let options = PackageOptions::default().with_compression_type(compression);
            let packed = Packed::new(7, options.with_part_bytes(700))?;
            let session = packed.open(&auth).await?;
            let seen = Mutex::new(Vec::new());
            let progress = |progress: &UploadProgress| {
                seen.lock().unwrap().push((progress.uploaded_parts, progress.uploaded_bytes));
            };
            session.upload(&packed.parts, &UploadOptions::default(), progress).await?;
            assert!(session.is_uploaded());
            let seen = seen.into_inner().unwrap();
            assert_eq!(seen.len(), packed.manifest.file_parts.len());
            let bytes = packed.manifest.file_parts.iter().map(|part| part.file_size).sum();
            assert_eq!(seen.last(), Some(&(seen.len(), bytes)));
            assert!(seen.len() > 1, "the package has several parts");

            let pages = session.close().await?.upo(&PATIENT).await?;
            assert_eq!(pages.len(), 1);
            let outcomes = session.outcomes(&PATIENT).await?;
            let mut numbers = Vec::new();
            for (outcome, number) in outcomes.iter().zip(1..) {
                assert_eq!(outcome.document.file_name, format!("{number}.xml"));
                numbers.extend(outcome.ksef_number());
                session.receipt(outcome, NIP.parse()?).await?.unwrap();
            }
            assert_eq!(numbers.len(), 7);
            judge(&world, &numbers);
        }
        Ok(())
    });
}

#[test]
fn each_invoice_of_a_package_has_an_outcome_of_its_own() {
    run(async {
        let world = World::new(|_| ())?;
        let auth = world.log_in().await?;
        let online = auth.open_online(FormCode::Fa3).await?;
        let mut first = online.send(invoice("FV 1")?).await?;
        let first = first.accepted(&PATIENT).await?.ksef_number;
        world.sandbox().advance(HOUR);

        let packed = Packed::small(2)?;
        let session = packed.open(&auth).await?;
        packed.upload(&session).await?;
        session.close().await?;
        let outcomes = session.outcomes(&PATIENT).await?;
        let [duplicate, accepted] = outcomes.as_slice() else { panic!("{outcomes:?}") };
        assert!(duplicate.is_duplicate() && duplicate.ksef_number().is_none());
        let ours = OriginalFinding::Bytes { digest: duplicate.document.invoice_hash };
        assert_eq!(session.compare_original(duplicate).await?, Some(ours));
        assert_eq!(session.compare_original(accepted).await?, None);
        judge(&world, &[first, accepted.ksef_number().unwrap()]);
        Ok(())
    });
}

#[test]
fn a_package_that_cannot_be_used_as_a_whole_is_an_error() {
    run(async {
        let world = World::new(|_| ())?;
        let auth = world.log_in().await?;
        let packed = Packed::small(2)?;
        // Not the key that it was packed with.
        let other = SessionKey::generate()?;
        let batch = PreparedBatch::new(&FormCode::Fa3, &packed.manifest, &other);
        let session = auth.open_batch(batch).await?;
        packed.upload(&session).await?;
        session.close().await?;
        let failed = session.outcomes(&PATIENT).await;
        assert!(matches!(failed, Err(Error::SessionFailed(_))), "{failed:?}");
        judge(&world, &[]);
        Ok(())
    });
}

#[test]
fn what_ksef_would_refuse_is_not_sent() {
    run(async {
        let world = World::new(|_| ())?;
        let auth = world.log_in().await?;
        let mut packed = Packed::small(2)?;
        let batch = PreparedBatch::new(&FormCode::Pef3, &packed.manifest, &packed.key);
        let refused = auth.open_batch(batch).await;
        assert!(matches!(refused, Err(Error::Input(InputError::PeppolContext))));

        let session = packed.open(&auth).await?;
        let early = session.close().await;
        assert!(matches!(early, Err(Error::Refused(_))), "{early:?}");
        *packed.parts.parts.first_mut().unwrap().first_mut().unwrap() ^= 1;
        let changed = packed.upload(&session).await;
        assert!(matches!(changed, Err(Error::Part(PartFault::Changed { ordinal_number: 1 }))));
        Ok(())
    });
}

#[test]
fn another_process_goes_on_and_uploads_no_part_twice() {
    run(async {
        let world = World::new(|_| ())?;
        let auth = world.log_in().await?;
        let packed = Packed::small(7)?;
        let folder = PartFolder::temporary()?;
        for (part, number) in packed.parts.parts.iter().zip(1..) {
            std::fs::write(folder.part_path(number), part)?;
        }
        let session = packed.open(&auth).await?;
        // The last part is not there yet, so the upload ends early.
        let parts = u32::try_from(packed.manifest.file_parts.len())?;
        let last = std::fs::read(folder.part_path(parts))?;
        std::fs::remove_file(folder.part_path(parts))?;
        let broken = session.upload(&folder, &ONE_BY_ONE, |_| ()).await;
        assert!(matches!(broken, Err(Error::Part(PartFault::Unreadable { .. }))), "{broken:?}");
        let (login, kept) = (auth.to_secret().await, session.to_secret());
        drop(session);

        std::fs::write(folder.part_path(parts), last)?;
        let auth = world.client()?.resume_login(&login, None, &PATIENT)?;
        let session = auth.resume_batch(&kept)?;
        let mut uploaded = Vec::new();
        session.upload(&folder, &ONE_BY_ONE, |part| uploaded.push(part.ordinal_number)).await?;
        assert_eq!(uploaded, [parts]);
        session.close().await?;
        let kept = session.to_secret();
        judge(&world, &finish(&auth.resume_batch(&kept)?).await?);
        assert_eq!(world.sandbox().accepted().len(), 7);
        Ok(())
    });
}

#[test]
fn a_session_whose_opening_is_lost_is_empty_and_another_one_takes_the_package() {
    for (kind, opened) in
        [(FaultKind::DropBefore, 0), (FaultKind::DropAfter, 1), (FaultKind::Html, 0)]
    {
        run(async {
            let world = World::new(|_| ())?;
            let auth = world.log_in().await?;
            let packed = Packed::small(3)?;
            let fault = Fault::always(kind.clone()).at(Operation::OpenBatchSession).times(1);
            world.sandbox().add_fault(fault);
            let lost = packed.open(&auth).await;
            assert!(matches!(lost, Err(Error::OutcomeUnknown(_))), "{kind:?}: {lost:?}");
            assert_eq!(world.count("/sessions/batch"), 1, "{kind:?}");
            let listed = auth.sessions(&SessionFilter::new(SessionType::Batch)).await?;
            assert_eq!(listed.len(), opened, "{kind:?}");
            assert!(listed.iter().all(|session| session.invoices == 0));

            let session = packed.open(&auth).await?;
            packed.upload(&session).await?;
            session.close().await?;
            judge(&world, &finish(&session).await?);
            assert_eq!(world.sandbox().accepted().len(), 3);
            Ok(())
        });
    }
}

#[test]
fn a_lost_answer_to_a_part_or_to_the_closing_loses_nothing_and_doubles_nothing() {
    for kind in [
        FaultKind::DropBefore,
        FaultKind::DropAfter,
        FaultKind::Html,
        FaultKind::ServerError { status: 503 },
        FaultKind::TooManyRequests { retry_after_seconds: 2 },
    ] {
        for times in 1..=3 {
            run(async {
                let what = format!("{kind:?} {times} times");
                let world = World::new(|_| ())?;
                let auth = world.log_in().await?;
                let packed = Packed::small(5)?;
                let session = packed.open(&auth).await?;
                let armed = world.sandbox().add_fault(Fault::always(kind.clone()).times(times));
                packed.upload(&session).await.map_err(|error| format!("{what}: {error:?}"))?;
                world.sandbox().remove_fault(armed);
                world.sandbox().add_fault(Fault::always(kind.clone()).times(times));
                session.close().await.map_err(|error| format!("{what}: {error:?}"))?;
                judge(&world, &finish(&session).await?);
                assert_eq!(world.sandbox().accepted().len(), 5, "{what}");
                Ok(())
            });
        }
    }
}

#[test]
fn a_session_that_is_closed_is_not_closed_twice() {
    run(async {
        let world = World::new(|_| ())?;
        let auth = world.log_in().await?;
        let packed = Packed::small(2)?;
        let session = packed.open(&auth).await?;
        packed.upload(&session).await?;
        let fault = Fault::always(FaultKind::DropAfter).at(Operation::CloseBatchSession).times(1);
        world.sandbox().add_fault(fault);
        session.close().await?;
        assert_eq!(world.count("/close"), 1);
        session.close().await?;
        judge(&world, &finish(&session).await?);
        Ok(())
    });
}

/// One life of whoever sends a package: log in, take up what is kept or begin, go on to the receipts.
async fn live(mortal: &Mortal, packed: &Packed) -> Result<Vec<DocumentOutcome>, Error> {
    let auth = mortal.log_in(&PATIENT).await?;
    let session = match mortal.kept() {
        Some(kept) => auth.resume_batch(&kept)?,
        None => packed.open(&auth).await?,
    };
    mortal.keep(&session.to_secret());
    session.upload(&packed.parts, &ONE_BY_ONE, |_| mortal.keep(&session.to_secret())).await?;
    session.close().await?;
    let outcomes = session.outcomes(&PATIENT).await?;
    for outcome in &outcomes {
        session.receipt(outcome, NIP.parse().unwrap()).await?;
    }
    Ok(outcomes)
}

fn numbers(outcomes: &[DocumentOutcome]) -> Vec<KsefNumber> {
    outcomes.iter().filter_map(DocumentOutcome::ksef_number).collect()
}

#[test]
fn whoever_dies_at_any_request_of_a_package_loses_nothing_and_doubles_nothing() {
    for dies_after_the_request in [false, true] {
        for request in 1.. {
            let mut died = false;
            run(async {
                let mortal = Mortal::new(World::new(|_| ())?);
                let packed = Packed::small(3)?;
                mortal.live_again(Some(request), dies_after_the_request);
                let first = live(&mortal, &packed).await;
                died = mortal.is_dead();
                assert_eq!(first.is_err(), died, "request {request}: {first:?}");
                mortal.live_again(None, false);
                let outcomes = live(&mortal, &packed).await;
                let outcomes = outcomes.map_err(|error| format!("request {request}: {error:?}"))?;
                assert!(!outcomes.iter().any(DocumentOutcome::is_duplicate), "request {request}");
                assert_eq!(outcomes.len(), 3, "request {request}");
                judge(mortal.world(), &numbers(&outcomes));
                assert_eq!(mortal.world().sandbox().accepted().len(), 3, "request {request}");
                Ok(())
            });
            if !died {
                assert!(request > 15, "each part, opening, closing and each receipt was reached");
                break;
            }
        }
    }
}

/// Sends until all is accepted: what KSeF says that it has not taken is sent in another package, and
/// nothing else is.
async fn send_all(world: &World, count: u32) -> Result<Vec<KsefNumber>, Failed> {
    let mortal = Mortal::new(world.clone());
    let mut packed = Packed::small(count)?;
    let mut accepted = Vec::new();
    for _ in 0..20 {
        match live(&mortal, &packed).await {
            Ok(outcomes) => {
                accepted.extend(numbers(&outcomes));
                let rest = outcomes.iter().filter(|outcome| outcome.ksef_number().is_none());
                let rest: Vec<String> =
                    rest.map(|outcome| outcome.document.file_name.clone()).collect();
                if rest.is_empty() {
                    return Ok(accepted);
                }
                assert!(!outcomes.iter().any(DocumentOutcome::is_duplicate), "{outcomes:?}");
                packed = Packed::of(rest, SMALL_PARTS)?;
                mortal.forget();
            }
            // KSeF has taken nothing of it.
            Err(Error::SessionFailed(_)) => mortal.forget(),
            Err(_) => world.sandbox().advance(Duration::from_secs(60)),
        }
    }
    Err("it does not come to an end".into())
}

#[test]
fn every_fault_at_every_step_of_a_package_loses_nothing_and_doubles_nothing() {
    let places: [Place; 7] = [
        Operation::OpenBatchSession.into(),
        Place::Upload,
        Operation::CloseBatchSession.into(),
        Operation::SessionStatus.into(),
        Operation::ListSessionInvoices.into(),
        Operation::UpoByKsefNumber.into(),
        Operation::RefreshAccessToken.into(),
    ];
    let kinds = [
        FaultKind::DropBefore,
        FaultKind::DropAfter,
        FaultKind::ServerError { status: 500 },
        FaultKind::Html,
        FaultKind::TooManyRequests { retry_after_seconds: 2 },
        FaultKind::SessionKeyRace,
        FaultKind::SessionUnavailable,
        FaultKind::InvoiceCancelled,
        FaultKind::UnknownError,
        FaultKind::LatePermanentStorage { seconds: 300 },
        FaultKind::ShortAccessToken { seconds: 1 },
        FaultKind::WrongOriginalSession,
    ];
    for kind in kinds {
        for place in places {
            for times in [1, 2, 7] {
                run(async {
                    let what = format!("{kind:?} at {place}, {times} times");
                    let world = World::new(|_| ())?;
                    world.sandbox().add_fault(Fault::always(kind.clone()).at(place).times(times));
                    let sent = send_all(&world, 3).await;
                    let failed = |failed: Failed| format!("{what}: {:?}", failed.message());
                    judge(&world, &sent.map_err(failed)?);
                    assert_eq!(world.sandbox().accepted().len(), 3, "{what}");
                    Ok(())
                });
            }
        }
    }
}

#[test]
fn a_package_that_ksef_goes_on_processing_is_not_sent_again() {
    run(async {
        let world = World::new(|_| ())?;
        let auth = world.log_in().await?;
        let packed = Packed::small(2)?;
        let session = packed.open(&auth).await?;
        packed.upload(&session).await?;
        world.sandbox().add_fault(Fault::always(FaultKind::StuckProcessing));
        session.close().await?;
        let kept = session.to_secret();
        for _ in 0..2 {
            let session = auth.resume_batch(&kept)?;
            packed.upload(&session).await?;
            session.close().await?;
            let stuck = session.outcomes(&PATIENT).await;
            assert!(matches!(stuck, Err(Error::TimedOut(_))), "{stuck:?}");
        }
        assert_eq!(world.count("POST /v2/sessions/batch"), 1);
        judge(&world, &[]);
        Ok(())
    });
}

#[test]
fn where_another_process_has_closed_the_session_nothing_is_left_to_upload() {
    run(async {
        let world = World::new(|_| ())?;
        let auth = world.log_in().await?;
        let packed = Packed::small(3)?;
        let session = packed.open(&auth).await?;
        let kept_before_the_upload = session.to_secret();
        packed.upload(&session).await?;
        session.close().await?;
        drop(session);

        let session = auth.resume_batch(&kept_before_the_upload)?;
        assert!(!session.is_uploaded());
        packed.upload(&session).await?;
        assert!(session.is_uploaded());
        session.close().await?;
        judge(&world, &finish(&session).await?);
        assert_eq!(world.sandbox().accepted().len(), 3);
        Ok(())
    });
}

#[test]
fn when_the_time_for_uploads_is_over_the_package_goes_into_another_session() {
    run(async {
        let world = World::new(|_| ())?;
        let auth = world.log_in().await?;
        let packed = Packed::small(3)?;
        let session = packed.open(&auth).await?;
        let parts = u32::try_from(packed.manifest.file_parts.len())?;
        world.sandbox().advance(Duration::from_secs(20 * 60) * parts);
        let late = packed.upload(&session).await;
        assert!(matches!(late, Err(Error::SessionFailed(_))), "{late:?}");
        let late = session.close().await;
        assert!(late.unwrap_err().problem().unwrap().has_code(21_208));
        assert!(matches!(session.outcomes(&PATIENT).await, Err(Error::SessionFailed(_))));

        let session = packed.open(&auth).await?;
        packed.upload(&session).await?;
        session.close().await?;
        judge(&world, &finish(&session).await?);
        assert_eq!(world.sandbox().accepted().len(), 3);
        Ok(())
    });
}

#[test]
fn a_part_that_the_storage_does_not_take_does_not_take_back_the_others() {
    run(async {
        let world = World::new(|_| ())?;
        let auth = world.log_in().await?;
        let packed = Packed::small(5)?;
        let session = packed.open(&auth).await?;
        // More often than a request is repeated.
        let fault = Fault::always(FaultKind::ServerError { status: 500 }).at(Place::Upload);
        let armed = world.sandbox().add_fault(fault);
        let failed = packed.upload(&session).await;
        assert!(matches!(failed, Err(Error::NoAnswer(_))), "{failed:?}");
        let early = session.close().await;
        assert!(early.unwrap_err().problem().unwrap().has_code(21_205));
        world.sandbox().remove_fault(armed);
        packed.upload(&session).await?;
        session.close().await?;
        judge(&world, &finish(&session).await?);
        assert_eq!(world.sandbox().accepted().len(), 5);
        Ok(())
    });
}

#[test]
fn bad_input_is_found_before_the_network_or_has_an_outcome_of_its_own() {
    run(async {
        let key = SessionKey::generate()?;
        let folder = tempfile::tempdir()?;
        let file = |name: &str| folder.path().join(name);
        let pack_it = || pack_folder(folder.path(), &key, &SMALL_PARTS, PartsInMemory::default());
        assert!(matches!(pack_it(), Err(PackageError::NoDocuments)));

        std::fs::write(file("1.xml"), InvoiceText::new("FV 1").as_bytes())?;
        std::fs::write(file("notes.txt"), "not an invoice")?;
        std::fs::write(file("2.xml"), InvoiceText::new("FV 2").longer_by(1_000_000).as_bytes())?;
        assert!(matches!(pack_it(), Err(PackageError::DocumentTooLarge { .. })));
        std::fs::write(file("2.xml"), "")?;
        assert!(matches!(pack_it(), Err(PackageError::Empty { .. })));
        std::fs::write(file("2.xml"), "not an invoice")?;
        let (manifest, parts) = pack_it()?;
        let names: Vec<&str> =
            manifest.documents.iter().map(|document| document.file_name.as_str()).collect();
        assert_eq!(names, ["1.xml", "2.xml"]);

        let world = World::new(|_| ())?;
        let auth = world.log_in().await?;
        let session = auth.open_batch(PreparedBatch::new(&FormCode::Fa3, &manifest, &key)).await?;
        session.upload(&parts, &ONE_BY_ONE, |_| ()).await?;
        session.close().await?;
        let outcomes = session.outcomes(&PATIENT).await?;
        let codes: Vec<u16> = outcomes
            .iter()
            .filter_map(|outcome| Some(outcome.status.as_ref()?.status.code))
            .collect();
        assert_eq!(codes, [200, 450]);
        judge(&world, &numbers(&outcomes));

        // A form that the package's invoices do not have: KSeF rejects each of them.
        let packed = Packed::small(2)?;
        let batch = PreparedBatch::new(&FormCode::Fa2, &packed.manifest, &packed.key);
        let session = auth.open_batch(batch).await?;
        packed.upload(&session).await?;
        session.close().await?;
        let outcomes = session.outcomes(&PATIENT).await?;
        assert!(numbers(&outcomes).is_empty());
        assert!(outcomes.iter().all(|outcome| outcome.status.is_some()), "{outcomes:?}");

        let twice = ["a.xml", "b.xml"].map(|name| {
            InvoiceXml::new(InvoiceText::new("FV 3").as_bytes()).map(|xml| (name, xml))
        });
        let twice = pack(twice, &key, &SMALL_PARTS, PartsInMemory::default());
        let is_found =
            matches!(twice, Err(PackError::Package(PackageError::DuplicateDocument { .. })));
        assert!(is_found, "{twice:?}");
        Ok(())
    });
}

#[test]
fn no_more_parts_are_in_memory_than_are_uploaded_at_the_same_time() {
    /// Counts the parts that are read.
    struct Counting<'a>(&'a PartsInMemory, Mutex<BTreeSet<u32>>);

    impl PartSource for Counting<'_> {
        fn read_part(&self, ordinal_number: u32) -> std::io::Result<Bytes> {
            self.1.lock().unwrap().insert(ordinal_number);
            self.0.read_part(ordinal_number)
        }
    }

    run(async {
        let world = World::new(|_| ())?;
        let auth = world.log_in().await?;
        let packed = Packed::small(20)?;
        assert!(packed.manifest.file_parts.len() > 6);
        let session = packed.open(&auth).await?;
        let source = Counting(&packed.parts, Mutex::default());
        let two = UploadOptions::new().with_concurrency(NonZeroUsize::MIN.saturating_add(1));
        let progress = |progress: &UploadProgress| {
            let read = source.1.lock().unwrap().len();
            assert!(read <= progress.uploaded_parts + 2, "{read} were read: {progress:?}");
        };
        session.upload(&source, &two, progress).await?;
        assert!(session.is_uploaded());
        Ok(())
    });
}
