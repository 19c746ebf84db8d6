//! Lost answers: nothing lost, nothing twice.

use ksef_client::{Error, PollPolicy};
use ksef_core::FormCode;
use ksef_sandbox::{Fault, FaultKind, Operation};
use ksef_tests::client::{World, invoice};

use crate::run;

/// Longer than any reconciliation takes.
const PATIENT: PollPolicy = PollPolicy::new().deadline(std::time::Duration::from_secs(2 * 3_600));

#[test]
fn a_lost_answer_to_an_invoice_is_a_type_of_its_own_and_is_found_out() {
    for kind in [
        FaultKind::DropBefore,
        FaultKind::DropAfter,
        FaultKind::ServerError { status: 500 },
        FaultKind::Html,
    ] {
        run(async {
            let world = World::new(|_| ())?;
            let auth = world.log_in().await?;
            let session = auth.open_online(FormCode::Fa3).await?;
            let fault = Fault::always(kind.clone()).at(Operation::SendInvoice).times(1);
            world.sandbox().add_fault(fault);
            let error = session.send(invoice("FV 1")?).await.unwrap_err();
            let Error::OutcomeUnknown(unknown) = error else { panic!("{kind:?}: {error:?}") };
            let mut submission = unknown.into_submission().unwrap();
            submission.reconcile(&PATIENT).await?;
            submission.receipt(&PATIENT).await?;
            assert_eq!(world.sandbox().accepted().len(), 1, "{kind:?}");
            Ok(())
        });
    }
}

#[test]
fn what_was_sent_and_lost_is_found_out_in_another_process() {
    run(async {
        let world = World::new(|_| ())?;
        let auth = world.log_in().await?;
        let session = auth.open_online(FormCode::Fa3).await?;
        let fault = Fault::always(FaultKind::DropAfter).at(Operation::SendInvoice).times(1);
        world.sandbox().add_fault(fault);
        let mut submission = session.submission(invoice("FV 1")?)?;
        assert!(matches!(submission.send().await, Err(Error::OutcomeUnknown(_))));
        let stored = submission.to_secret();
        drop(submission);

        let mut submission = auth.resume_submission(&stored)?;
        submission.receipt(&PATIENT).await?;
        assert_eq!(world.count("/invoices"), 2, "one POST, one list");
        assert_eq!(world.sandbox().accepted().len(), 1);
        Ok(())
    });
}

/// The session that came of the lost answer is empty and harms nobody.
#[test]
fn a_session_whose_opening_was_lost_is_opened_again() {
    for kind in [FaultKind::DropAfter, FaultKind::ServerError { status: 503 }, FaultKind::Html] {
        run(async {
            let world = World::new(|_| ())?;
            let auth = world.log_in().await?;
            let session = auth.open_online(FormCode::Fa3).await?;
            let mut submission = session.submission(invoice("FV 1")?)?;
            session.close().await?;
            let fault = Fault::always(kind.clone()).at(Operation::OpenOnlineSession).times(2);
            world.sandbox().add_fault(fault);
            submission.receipt(&PATIENT).await?;
            assert_eq!(world.sandbox().accepted().len(), 1, "{kind:?}");
            Ok(())
        });
    }
}

#[test]
fn every_fault_at_every_step_loses_nothing_and_doubles_nothing() {
    let kinds = [
        FaultKind::DropBefore,
        FaultKind::DropAfter,
        FaultKind::ServerError { status: 503 },
        FaultKind::Html,
        FaultKind::TooManyRequests { retry_after_seconds: 2 },
        FaultKind::SessionKeyRace,
        FaultKind::SessionUnavailable,
        FaultKind::InvoiceCancelled,
        FaultKind::UnknownError,
        FaultKind::LatePermanentStorage { seconds: 60 },
        FaultKind::ShortAccessToken { seconds: 1 },
        FaultKind::WrongOriginalSession,
    ];
    for kind in kinds {
        for times in 1..=3 {
            run(async {
                let world = World::new(|_| ())?;
                world.sandbox().add_fault(Fault::always(kind.clone()).times(times));
                let what = format!("{kind:?} {times} times");
                let failed = |error: Error| format!("{what}: {error:?}");
                let auth = loop {
                    if let Ok(auth) = world.log_in().await {
                        break auth;
                    }
                };
                let session = loop {
                    if let Ok(session) = auth.open_online(FormCode::Fa3).await {
                        break session;
                    }
                };
                let mut submission = session.submission(invoice("FV 1")?)?;
                let held = match submission.receipt(&PATIENT).await {
                    Ok(_) => 1,
                    // The session died of it, and its invoices with it: a person retries (405).
                    Err(Error::Rejected(_)) if kind == FaultKind::SessionKeyRace => 0,
                    Err(error) => return Err(failed(error).into()),
                };
                assert_eq!(world.sandbox().accepted().len(), held, "{what}");
                Ok(())
            });
        }
    }
}

#[test]
fn a_session_whose_closing_is_lost_is_closed_all_the_same() {
    for kind in [FaultKind::DropBefore, FaultKind::DropAfter, FaultKind::Html] {
        run(async {
            let world = World::new(|_| ())?;
            let auth = world.log_in().await?;
            let session = auth.open_online(FormCode::Fa3).await?;
            let mut sent = session.send(invoice("FV 1")?).await?;
            sent.accepted(&PATIENT).await?;
            let fault = Fault::always(kind.clone()).at(Operation::CloseOnlineSession).times(1);
            world.sandbox().add_fault(fault);
            assert_eq!(session.close().await?.upo(&PATIENT).await?.len(), 1, "{kind:?}");
            Ok(())
        });
    }
}
