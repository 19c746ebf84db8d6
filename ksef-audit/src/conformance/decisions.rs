//! What counts on a person's word only.

use ksef_core::submission::{Decision, Fact, OriginalFinding, ReceiptSigner, RetryBytes};
use ksef_core::{KsefNumber, Nip, Sha256Digest};

use super::world::{
    Outcome, STUCK, World, check, clean, has_number, is_accepted, is_failed, is_sent,
    new_submission, upo, upo_number,
};
use crate::store::Backend;
use crate::{Error, First, Test, VerifyOptions};

/// A document that KSeF refused is retried as a new version on a person's word, and not otherwise.
///
/// # Errors
///
/// What the backend does not do.
pub async fn a_refused_document_is_rebuilt_on_a_persons_word(backend: &dyn Backend) -> Outcome {
    let mut world = World::<Test>::new(backend, 12).await?;
    let id = world.tenant.submit(new_submission("1", world.now)?, world.now).await?;
    let decision = || Decision::new("Anna Nowak", "the source was mended");
    let First::Prepared(again) = new_submission("1b", world.now)?.first else {
        return Err(STUCK.into());
    };
    let early = world.tenant.prepare(id, &again, world.now).await;
    check(matches!(early, Err(Error::Refused(_))), "nobody asked for another version")?;
    world.refuse(id).await?;
    let marked = Fact::MarkedFailed { decision: decision()? };
    check(is_failed(&world.record(id, marked).await?), "what KSeF does not have may be marked")?;
    let same = Fact::RetryOrdered { decision: decision()?, bytes: RetryBytes::Same };
    check(world.record(id, same).await.is_err(), "refused bytes are not sent again")?;
    let rebuilt = Fact::RetryOrdered { decision: decision()?, bytes: RetryBytes::Rebuilt };
    world.record(id, rebuilt).await?;
    world.tenant.prepare(id, &again, world.now).await?;
    check(world.tenant.xml(id).await? == again.xml, "the new version is the document now")?;
    let frozen = world.tenant.prepare(id, &again, world.now).await;
    check(frozen.is_err(), "it is not replaced without a word")?;
    world.drive(id, 1, is_sent).await?;
    let marked = Fact::MarkedFailed { decision: decision()? };
    check(world.record(id, marked).await.is_err(), "what may be at KSeF is not marked")?;
    world.drive(id, 1, is_accepted).await?;
    check(world.tenant.row(id).await?.attempt == 2, "it was sent twice in all")?;
    clean(&world.tenant.verify(&VerifyOptions::default()).await?)
}

/// A KSeF number that a person enters counts once the document's hash is shown to be ours.
///
/// # Errors
///
/// What the backend does not do.
pub async fn a_number_by_hand_counts_with_our_hash_only(backend: &dyn Backend) -> Outcome {
    let mut world = World::<Test>::new(backend, 13).await?;
    let id = world.tenant.submit(new_submission("1", world.now)?, world.now).await?;
    world.refuse(id).await?;
    let seller = Nip::for_test_environment("7781464139")?;
    let ksef_number = KsefNumber::new(seller, world.now.warsaw_date(), [1, 0, 0, 0, 0, 1])?;
    let session = Some(upo_number(world.now)?);
    let xml = world.tenant.xml(id).await?;
    for (digest, counts) in [(Sha256Digest::of(b"another"), false), (xml.digest(), true)] {
        let decision = Decision::new("Anna Nowak", "found in the Ministry's application")?;
        world.record(id, Fact::NumberEntered { decision, ksef_number, session }).await?;
        let finding = OriginalFinding::Bytes { digest };
        let fact = Fact::OriginalCompared { ksef_number, session, finding };
        let compared = world.record(id, fact).await?;
        check(has_number(&compared) == counts, "only our hash makes the number count")?;
    }
    let digest = upo()?.digest();
    let stored = Fact::ReceiptStored { digest, signer: ReceiptSigner::Pinned };
    check(is_accepted(&world.record(id, stored).await?), "then its receipt accepts it")?;
    check(world.tenant.row(id).await?.ksef_number == Some(ksef_number), "its number is in the row")
}
