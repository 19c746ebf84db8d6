//! KSeF's limits.

use core::time::Duration;

use ksef_client::{Error, PollPolicy};
use ksef_core::FormCode;
use ksef_sandbox::{Fault, FaultKind, Operation};
use ksef_tests::client::{World, invoice};

use crate::run;

const PATIENT: PollPolicy = PollPolicy::new().deadline(Duration::from_secs(2 * 3_600));

#[test]
fn forty_invoices_take_longer_than_a_minute_and_no_request_is_refused_for_its_pace() {
    run(async {
        let world = World::new(|_| ())?;
        let began = world.sandbox().now();
        let auth = world.log_in().await?;
        let session = auth.open_online(FormCode::Fa3).await?;
        for number in 0..40 {
            let mut sent = session.submission(invoice(&format!("FV {number}"))?)?;
            sent.accepted(&PATIENT).await?;
        }
        let elapsed = world.sandbox().now().saturating_duration_since(began);
        assert!((60..180).contains(&elapsed.as_secs()), "{elapsed:?}");
        assert_eq!(world.refusals_for_pace(), 0);
        assert_eq!(world.sandbox().accepted().len(), 40);
        Ok(())
    });
}

#[test]
fn what_the_limits_do_not_admit_by_the_deadline_is_not_sent() {
    run(async {
        let world = World::new(|_| ())?;
        let auth = world.log_in().await?;
        let session = auth.open_online(FormCode::Fa3).await?;
        let mut refused = None;
        // 200 lists an hour.
        for _ in 0..=200 {
            if let Err(error) = auth.session_invoices(session.reference_number()).await {
                refused = Some(error);
                break;
            }
        }
        let Some(Error::LimitReached { wait }) = refused else { panic!("{refused:?}") };
        assert!(wait > Duration::from_secs(60));
        assert_eq!(world.refusals_for_pace(), 0);
        Ok(())
    });
}

#[test]
fn a_429_that_somebody_else_has_caused_is_waited_out() {
    run(async {
        let world = World::new(|_| ())?;
        let auth = world.log_in().await?;
        let session = auth.open_online(FormCode::Fa3).await?;
        let kind = FaultKind::TooManyRequests { retry_after_seconds: 90 };
        world.sandbox().add_fault(Fault::always(kind).at(Operation::SendInvoice).times(2));
        let began = world.sandbox().now();
        let mut sent = session.submission(invoice("FV 1")?)?;
        sent.accepted(&PATIENT).await?;
        let elapsed = world.sandbox().now().saturating_duration_since(began);
        assert!(elapsed >= Duration::from_secs(180), "{elapsed:?}");
        assert_eq!(world.refusals_for_pace(), 2);
        Ok(())
    });
}
