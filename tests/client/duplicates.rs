//! Status 440: adopted only where the original has our bytes.

use ksef_client::{Error, PollPolicy};
use ksef_core::port::{ScriptedUpoVerifier, UpoMismatch};
use ksef_core::submission::Question;
use ksef_core::{FormCode, SubmissionStatus};
use ksef_sandbox::{Fault, FaultKind};
use ksef_tests::client::{World, context, invoice};

use crate::run;

const POLL: PollPolicy = PollPolicy::new();

#[test]
fn a_duplicate_of_the_same_bytes_is_ours_wherever_ksef_says_it_is() {
    for wrong_session in [false, true] {
        run(async {
            let world = World::new(|_| ())?;
            if wrong_session {
                world.sandbox().add_fault(Fault::always(FaultKind::WrongOriginalSession));
            }
            let auth = world.log_in().await?;
            let first = auth.open_online(FormCode::Fa3).await?;
            let original = first.send(invoice("FV 1")?).await?.accepted(&POLL).await?;
            let second = auth.open_online(FormCode::Fa3).await?;
            let mut again = second.send(invoice("FV 1")?).await?;
            let adopted = again.accepted(&POLL).await?;
            assert_eq!(adopted.ksef_number, original.ksef_number);
            if !wrong_session {
                again.receipt(&POLL).await?;
                assert_eq!(again.status(), SubmissionStatus::Accepted);
            }
            Ok(())
        });
    }
}

#[test]
fn a_duplicate_of_other_bytes_is_a_conflict() {
    run(async {
        let world = World::new(|_| ())?;
        let auth = world.log_in().await?;
        let session = auth.open_online(FormCode::Fa3).await?;
        session.send(invoice("FV 1")?).await?.accepted(&POLL).await?;
        let other = ksef_tests::sandbox::InvoiceText::new("FV 1").longer_by(10);
        let xml = ksef_core::InvoiceXml::new(other.as_bytes())?;
        let other = ksef_client::OutgoingInvoice::read(xml)?;
        let mut sent = session.send(other).await?;
        let error = sent.accepted(&POLL).await.unwrap_err();
        let Error::Rejected(rejection) = error else { panic!("{error:?}") };
        assert_eq!(rejection.question, Question::NumberTaken);
        assert_eq!(rejection.status.unwrap().status.code, 440);
        assert_eq!(sent.status(), SubmissionStatus::Failed);
        Ok(())
    });
}

#[test]
fn a_receipt_that_does_not_fit_is_kept_apart() {
    run(async {
        let world = World::new(|_| ())?;
        let verifier = ScriptedUpoVerifier::new(Err(UpoMismatch::Digest));
        let client = world.builder()?.upo_verifier(verifier).build()?;
        let auth = client.authenticate(context()?, world.seal()?, &POLL).await?;
        let session = auth.open_online(FormCode::Fa3).await?;
        let mut sent = session.send(invoice("FV 1")?).await?;
        let error = sent.receipt(&POLL).await.unwrap_err();
        let Error::Rejected(rejection) = error else { panic!("{error:?}") };
        assert_eq!(rejection.question, Question::ReceiptMismatched);
        assert!(sent.unfitting_receipt().is_some());
        assert_eq!(sent.status(), SubmissionStatus::Submitted);
        Ok(())
    });
}
