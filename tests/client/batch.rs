//! The way of a package.

use std::sync::Mutex;

use ksef_client::batch::{
    CompressionType, PackageManifest, PackageOptions, PartFault, PartFolder, PartsInMemory, pack,
};
use ksef_client::encryption::SessionKey;
use ksef_client::{
    AuthSession, BatchSession, Error, InputError, PollPolicy, PreparedBatch, SessionFilter,
    SessionType, UploadOptions,
};
use ksef_core::submission::OriginalFinding;
use ksef_core::{FormCode, InvoiceXml, KsefNumber};
use ksef_sandbox::{Fault, FaultKind, Operation};
use ksef_tests::client::{World, invoice};
use ksef_tests::sandbox::{InvoiceText, NIP};
use libtest_mimic::Failed;

use crate::run;

const PATIENT: PollPolicy = PollPolicy::new().deadline(std::time::Duration::from_secs(2 * 3_600));

/// A package of so many invoices in several small parts.
pub(crate) struct Packed {
    key: SessionKey,
    manifest: PackageManifest,
    parts: PartsInMemory,
}

impl Packed {
    pub(crate) fn new(count: usize, options: PackageOptions) -> Result<Self, Failed> {
        let key = SessionKey::generate()?;
        let documents = (1..=count).map(|number| {
            let text = InvoiceText::new(&format!("FV {number}"));
            Ok::<_, Failed>((format!("{number}.xml"), InvoiceXml::new(text.as_bytes())?))
        });
        let documents = documents.collect::<Result<Vec<_>, _>>()?.into_iter().map(Ok::<_, Error>);
        let (manifest, parts) = pack(documents, &key, &options, PartsInMemory::default())?;
        Ok(Self { key, manifest, parts })
    }

    /// In Zip, in parts of 1 kB.
    fn small(count: usize) -> Result<Self, Failed> {
        Self::new(count, PackageOptions::default().with_part_bytes(1_000))
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
            let progress = |progress: &ksef_client::UploadProgress| {
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
        world.sandbox().advance(std::time::Duration::from_secs(3_600));

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
        let options = UploadOptions::default().with_concurrency(std::num::NonZeroUsize::MIN);
        let broken = session.upload(&folder, &options, |_| ()).await;
        assert!(matches!(broken, Err(Error::Part(PartFault::Unreadable { .. }))), "{broken:?}");
        let (login, kept) = (auth.to_secret().await, session.to_secret());
        drop(session);

        std::fs::write(folder.part_path(parts), last)?;
        let auth = world.client()?.resume_login(&login, None, &PATIENT)?;
        let session = auth.resume_batch(&kept)?;
        let mut uploaded = Vec::new();
        session.upload(&folder, &options, |part| uploaded.push(part.ordinal_number)).await?;
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
