//! Logins.

use std::time::Duration;

use ksef_client::xades::test_certificates::{KeyKind, TestCertificate};
use ksef_client::{Credentials, Error, PollPolicy};
use ksef_core::Secret;
use ksef_sandbox::{Fault, FaultKind, Operation};
use ksef_tests::client::{World, context};
use ksef_tests::sandbox::NIP;

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

#[test]
fn what_ksef_would_refuse_without_a_reason_is_refused_here_with_one() {
    run(async {
        let world = World::new(|_| ())?;
        let client = world.client()?;
        let years_ago = "2019-11-20T12:00:00Z".parse()?;
        let nip = NIP.parse()?;
        let expired = TestCertificate::seal(nip).build(KeyKind::P256, years_ago)?;
        let misnamed = TestCertificate::seal(nip).names("Anna", "Nowak");
        let misnamed = misnamed.build(KeyKind::P256, world.sandbox().now())?;
        for identity in [expired, misnamed] {
            let credentials = Credentials::signer(identity.signing_key()?);
            let refused = client.authenticate(context()?, credentials, &PollPolicy::new()).await;
            let Err(Error::Signing(cause)) = refused else { panic!("{refused:?}") };
            assert!(!cause.to_string().is_empty());
        }
        assert_eq!(world.count("/auth/xades-signature"), 0);
        Ok(())
    });
}

#[test]
fn a_revoked_login_is_renewed_with_its_credentials_and_ends_without_them() {
    run(async {
        let world = World::new(|_| ())?;
        let auth = world.log_in().await?;
        let kept = auth.to_secret().await;
        auth.log_out().await?;
        world.sandbox().advance(HOUR);
        auth.open_online(ksef_core::FormCode::Fa3).await?;
        assert_eq!(world.count("/auth/challenge"), 2);
        let bare = world.client()?.resume_login(&kept, None, &PollPolicy::new())?;
        let ended = bare.open_online(ksef_core::FormCode::Fa3).await.unwrap_err();
        assert!(matches!(ended, Error::LoginEnded), "{ended:?}");
        Ok(())
    });
}
