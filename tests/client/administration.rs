//! Tokens, permissions, logins, limits and test data, before the sandbox.

use core::time::Duration;

use ksef_client::limits::{ContextLimits, RateGroup, RateLimit, SessionLimits, SubjectLimits};
use ksef_client::permissions::{Permission, PermissionState, PersonalQuery};
use ksef_client::test_data::{TestPerson, TestSubject, TestSubjectType};
use ksef_client::tokens::{TokenQuery, TokenStatus};
use ksef_client::xades::test_certificates::{KeyKind, TestCertificate};
use ksef_client::{
    AuthSession, AuthenticationCategory, Credentials, Error, Identifier, PollPolicy,
};
use ksef_core::{FormCode, Pesel, Secret};
use ksef_sandbox::{Fault, FaultKind, Operation};
use ksef_tests::client::{World, context, invoice};
use ksef_tests::sandbox::NIP;
use libtest_mimic::Failed;

use crate::run;

const POLL: PollPolicy = PollPolicy::new();

const PESEL: &str = "90010112349";

fn token(text: &str) -> Result<Credentials, Failed> {
    Ok(Credentials::ksef_token(Secret::new(text.to_owned()))?)
}

/// A person with [`PESEL`] in the context of the tests.
async fn person(world: &World) -> Result<AuthSession, Error> {
    let pesel = Pesel::for_test_environment(PESEL).unwrap();
    let made = TestCertificate::person_with_pesel(pesel, "Anna", "Nowak");
    let made = made.build(KeyKind::P256, world.sandbox().now()).unwrap();
    let credentials = Credentials::signer(made.signing_key().unwrap());
    let context = context().map_err(|_| Error::LoginEnded)?;
    let client = world.client().map_err(|_| Error::LoginEnded)?;
    client.authenticate(context, credentials, &POLL).await
}

fn status_of(error: &Error) -> Option<u16> {
    match error {
        Error::LoginFailed(status) => Some(status.code),
        _ => None,
    }
}

#[test]
fn a_token_is_generated_used_listed_and_revoked() {
    run(async {
        let world = World::new(|_| ())?;
        let auth = world.log_in().await?;
        let tokens = auth.tokens();
        let permissions = [Permission::InvoiceWrite, Permission::InvoiceRead];
        let generated = tokens.generate(&permissions, "For the cash desk").await?;
        let reference = generated.reference_number;
        assert_eq!(tokens.status(reference).await?.status, TokenStatus::Pending);
        let active = tokens.settled(reference, &POLL).await?;
        assert_eq!(active.status, TokenStatus::Active);
        assert_eq!(active.requested_permissions.len(), 2);
        assert_eq!(active.context_identifier, Identifier::Nip(NIP.parse()?));

        let text = generated.token.expose();
        let login = auth.client().authenticate(context()?, token(text)?, &POLL).await?;
        let session = login.open_online(FormCode::Fa3).await?;
        session.send(invoice("FV 1")?).await?.accepted(&POLL).await?;
        assert!(tokens.status(reference).await?.last_use_date.is_some());

        let of_it = TokenQuery::new().status(TokenStatus::Active).description("cash desk");
        let listed = tokens.list(&of_it).all().await?;
        assert_eq!(listed.len(), 1);
        assert_eq!(listed.first().unwrap().reference_number, reference);

        tokens.revoke(reference).await?;
        assert_eq!(tokens.settled(reference, &POLL).await?.status, TokenStatus::Revoked);
        assert!(tokens.list(&of_it).all().await?.is_empty());
        let refused = auth.client().authenticate(context()?, token(text)?, &POLL).await;
        assert_eq!(status_of(&refused.unwrap_err()), Some(450));
        Ok(())
    });
}

#[test]
fn a_token_whose_answer_is_lost_is_not_generated_twice() {
    run(async {
        let world = World::new(|_| ())?;
        let auth = world.log_in().await?;
        let lost = Fault::always(FaultKind::DropAfter).at(Operation::GenerateToken).times(1);
        world.sandbox().add_fault(lost);
        let error = auth.tokens().generate(&[Permission::InvoiceRead], "To read").await;
        let Err(Error::OutcomeUnknown(unknown)) = error else { panic!("{error:?}") };
        assert_eq!(unknown.operation.name(), "POST /tokens");
        assert_eq!(world.count("POST /v2/tokens"), 1);
        // It is there, and nobody has it: it is found and revoked.
        let listed = auth.tokens().list(&TokenQuery::new()).all().await?;
        assert_eq!(listed.len(), 1);
        auth.tokens().revoke(listed.first().unwrap().reference_number).await?;
        Ok(())
    });
}

#[test]
fn a_long_list_of_tokens_is_continued() {
    run(async {
        let world = World::new(|_| ())?;
        let auth = world.log_in().await?;
        for _ in 0..101 {
            let read = [ksef_sandbox::Permission::InvoiceRead];
            let _ = world.sandbox().create_token(NIP.parse()?, read);
        }
        let listed = auth.tokens().list(&TokenQuery::new()).all().await?;
        let mut numbers: Vec<_> = listed.iter().map(|token| token.reference_number).collect();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), 101);
        assert_eq!(world.count("GET /v2/tokens"), 2);
        Ok(())
    });
}

#[test]
fn permissions_are_granted_found_used_and_revoked() {
    run(async {
        let world = World::new(|_| ())?;
        let refused = person(&world).await.unwrap_err();
        assert_eq!(status_of(&refused), Some(415));

        let anna = Identifier::Pesel(Pesel::for_test_environment(PESEL)?);
        let data = world.client()?.test_data()?;
        let granted =
            [(Permission::InvoiceRead, "To read"), (Permission::CredentialsRead, "To see")];
        data.grant_permissions(NIP.parse()?, &anna, &granted).await?;
        let login = person(&world).await?;
        let permissions = login.permissions();
        let all = permissions.query_personal(&PersonalQuery::new()).all().await?;
        let mut scopes: Vec<&str> =
            all.iter().map(|permission| permission.permission_scope.as_str()).collect();
        scopes.sort_unstable();
        assert_eq!(scopes, ["CredentialsRead", "InvoiceRead"]);
        let reading =
            PersonalQuery::new().permission(Permission::InvoiceRead).state(PermissionState::Active);
        assert_eq!(permissions.query_personal(&reading).all().await?.len(), 1);
        let refused = login.open_online(FormCode::Fa3).await.unwrap_err();
        assert_eq!(refused.problem().unwrap().http_status, 403);

        data.revoke_permissions(NIP.parse()?, &anna).await?;
        let refused = person(&world).await.unwrap_err();
        assert_eq!(status_of(&refused), Some(415));
        Ok(())
    });
}

#[test]
fn a_person_owns_the_context_until_they_are_removed() {
    run(async {
        let world = World::new(|_| ())?;
        let data = world.client()?.test_data()?;
        let anna =
            TestPerson::new(NIP.parse()?, Pesel::for_test_environment(PESEL)?, "A sole trader");
        data.create_person(&anna).await?;
        let twice = data.create_person(&anna).await.unwrap_err();
        assert!(twice.problem().unwrap().has_code(30_001), "{twice:?}");
        let login = person(&world).await?;
        // An owner's permissions are not in the list.
        let listed = login.permissions().query_personal(&PersonalQuery::new()).all().await?;
        assert!(listed.is_empty());
        login.open_online(FormCode::Fa3).await?;
        data.remove_person(NIP.parse()?).await?;
        assert_eq!(status_of(&person(&world).await.unwrap_err()), Some(415));
        Ok(())
    });
}

#[test]
fn a_group_has_its_role() {
    run(async {
        let world = World::new(|_| ())?;
        let data = world.client()?.test_data()?;
        let group = TestSubject::new(NIP.parse()?, TestSubjectType::VatGroup, "A VAT group");
        data.create_subject(&group.subunit("5265877635".parse()?, "A member")).await?;
        let auth = world.log_in().await?;
        let roles = auth.permissions().entity_roles().all().await?;
        assert_eq!(roles.first().map(|role| role.role.as_str()), Some("VatGroupUnit"));
        data.remove_subject(NIP.parse()?).await?;
        assert!(auth.permissions().entity_roles().all().await?.is_empty());
        Ok(())
    });
}

#[test]
fn attachments_are_allowed_and_forbidden() {
    run(async {
        let world = World::new(|_| ())?;
        let (auth, data) = (world.log_in().await?, world.client()?.test_data()?);
        assert!(!auth.permissions().attachment_status().await?.is_attachment_allowed);
        data.enable_attachments(NIP.parse()?).await?;
        assert!(auth.permissions().attachment_status().await?.is_attachment_allowed);
        data.disable_attachments(NIP.parse()?, None).await?;
        assert!(!auth.permissions().attachment_status().await?.is_attachment_allowed);
        Ok(())
    });
}

#[test]
fn a_blocked_context_lets_nobody_in() {
    run(async {
        let world = World::new(|_| ())?;
        let data = world.client()?.test_data()?;
        data.block_context(context()?).await?;
        let client = world.client()?;
        let refused = client.authenticate(context()?, world.seal()?, &POLL).await.unwrap_err();
        assert_eq!(status_of(&refused), Some(480));
        data.unblock_context(context()?).await?;
        world.log_in().await?;
        Ok(())
    });
}

#[test]
fn another_login_is_seen_and_ended() {
    run(async {
        let world = World::new(|_| ())?;
        let (ours, other) = (world.log_in().await?, world.log_in().await?);
        let listed = ours.authentication_sessions().all().await?;
        assert_eq!(listed.len(), 2);
        let current: Vec<_> = listed.iter().filter(|session| session.is_current).collect();
        assert_eq!(current.len(), 1);
        let current = current.first().unwrap();
        assert_eq!(current.reference_number, ours.reference_number().await);
        let category = &current.authentication_method_info.category;
        assert_eq!(*category, AuthenticationCategory::XadesSignature);

        ours.revoke_authentication_session(other.reference_number().await).await?;
        let kept = other.to_secret().await;
        let without = world.client()?.resume_login(&kept, None, &POLL)?;
        assert!(matches!(without.refresh().await, Err(Error::LoginEnded)));
        // With credentials it logs in again.
        other.refresh().await?;
        ours.refresh().await?;
        Ok(())
    });
}

#[test]
fn limits_are_read_overridden_and_reset() {
    run(async {
        let world = World::new(|_| ())?;
        let auth = world.log_in().await?;
        let settings = auth.test_settings()?;
        assert_eq!(auth.context_limits().await?, ContextLimits::PRODUCTION);
        let mut other = ContextLimits::PRODUCTION;
        other.online_session = SessionLimits::PRODUCTION.with_values(5, 2_000_000, 4_000_000);
        other.max_collective_identifier_invoices = 600;
        settings.override_session_limits(&other).await?;
        assert_eq!(auth.context_limits().await?, other);
        settings.reset_session_limits().await?;
        assert_eq!(auth.context_limits().await?, ContextLimits::PRODUCTION);

        let usual = auth.subject_limits().await?;
        let other = SubjectLimits::new(Some(5), Some(4));
        settings.override_certificate_limits(&other, None).await?;
        assert_eq!(auth.subject_limits().await?, other);
        settings.reset_certificate_limits().await?;
        assert_eq!(auth.subject_limits().await?, usual);
        Ok(())
    });
}

#[test]
fn the_limiter_keeps_to_the_limits_that_it_has_learned() {
    run(async {
        let world = World::new(|_| ())?;
        let auth = world.log_in().await?;
        let settings = auth.test_settings()?;
        let usual = auth.rate_limits().await?;
        let two = RateLimit::new(1, 2, 3);
        settings.override_rate_limits(&usual.clone().with(RateGroup::OnlineSession, two)).await?;
        assert_eq!(auth.rate_limits().await?.of(RateGroup::OnlineSession), two);
        let began = world.sandbox().now();
        for _ in 0..3 {
            auth.open_online(FormCode::Fa3).await?;
        }
        let elapsed = world.sandbox().now().saturating_duration_since(began);
        assert!(elapsed >= Duration::from_secs(59), "{elapsed:?}");
        assert_eq!(world.refusals_for_pace(), 0);
        settings.reset_rate_limits().await?;
        settings.apply_production_rate_limits().await?;
        assert_eq!(auth.rate_limits().await?, usual);
        Ok(())
    });
}
