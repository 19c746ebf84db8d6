//! Logins.

use std::time::Duration;

use ksef_client::{Credentials, Error, PollPolicy};
use ksef_core::Secret;
use ksef_sandbox::{Fault, FaultKind, Operation};
use ksef_tests::client::{World, context};

use crate::run;

const HOUR: Duration = Duration::from_secs(3_600);

#[test]
fn requests_that_wait_for_a_new_token_renew_it_once() {
    run(async {
        let world = World::new(|_| ())?;
        let auth = world.log_in().await?;
        let session = auth.open_online(ksef_core::FormCode::Fa3).await?;
        world.sandbox().advance(HOUR);
        let ask = || auth.session_status(session.reference_number());
        let (a, b, c, d) = tokio::join!(ask(), ask(), ask(), ask());
        for answered in [a, b, c, d] {
            answered?;
        }
        assert_eq!(world.count("/auth/token/refresh"), 1);
        Ok(())
    });
}

#[test]
fn it_logs_in_again_when_the_refresh_token_has_ended() {
    run(async {
        let world = World::new(|_| ())?;
        let auth = world.log_in().await?;
        let stored = auth.to_secret().await;
        world.sandbox().advance(24 * 8 * HOUR);
        let unknown = "20261120-SO-461EA5B000-537A6BA15D-D7".parse()?;
        let asked = auth.session_status(unknown).await.unwrap_err();
        assert_eq!(asked.problem().unwrap().http_status, 400);
        assert_eq!(world.count("/auth/challenge"), 2);

        let bare = world.client()?.resume_login(&stored, None, &PollPolicy::default())?;
        let ended = bare.session_status(unknown).await.unwrap_err();
        assert!(matches!(ended, Error::LoginEnded), "{ended:?}");
        Ok(())
    });
}

#[test]
fn a_login_survives_lost_answers_at_every_step() {
    for operation in [
        Operation::AuthenticationChallenge,
        Operation::AuthenticateByXades,
        Operation::AuthenticationStatus,
        Operation::RedeemTokens,
    ] {
        for kind in [
            FaultKind::DropBefore,
            FaultKind::DropAfter,
            FaultKind::ServerError { status: 502 },
            FaultKind::Html,
            FaultKind::TooManyRequests { retry_after_seconds: 3 },
        ] {
            run(async {
                let world = World::new(|_| ())?;
                world.sandbox().add_fault(Fault::always(kind.clone()).at(operation).times(1));
                let auth = world.log_in().await.map_err(|failed| {
                    format!("{operation:?} {kind:?}: {}", failed.message().unwrap_or_default())
                })?;
                auth.log_out().await?;
                Ok(())
            });
        }
    }
}

#[test]
fn a_refused_login_says_with_which_status() {
    run(async {
        let world = World::new(|_| ())?;
        let client = world.client()?;
        let token = "20251010-EC-1DCE3E3000-12ECB5B36E-45|nip-5265877635|\
                     0000000000000000000000000000000000000000000000000000000000000000";
        let token = Credentials::ksef_token(Secret::new(token.to_owned()))?;
        let refused = client.authenticate(context()?, token, &PollPolicy::default()).await;
        let Err(Error::LoginFailed(status)) = refused else { panic!("{refused:?}") };
        assert_eq!(status.code, 450);
        Ok(())
    });
}
