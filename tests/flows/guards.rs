//! What stands before every operation: a credential, a right, a limit; and what is kept for its time only.

use std::time::Duration;

use ksef_client::xades::SubjectIdentifierType::CertificateSubject;
use ksef_client::xades::test_certificates::{KeyKind, TestCertificate};
use ksef_sandbox::Permission;
use ksef_tests::contract::operations;
use ksef_tests::sandbox::{CheckedSandbox, Login, NIP, now, request};
use ksef_tests::suite::Failed;

use crate::requests::{Stage, TABLE};

/// More often than any operation may be called in a second.
const MANY: usize = 200;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The rights that a KSeF token can carry.
const RIGHTS: [Permission; 7] = [
    Permission::CredentialsManage,
    Permission::CredentialsRead,
    Permission::InvoiceWrite,
    Permission::InvoiceRead,
    Permission::Introspection,
    Permission::SubunitManage,
    Permission::EnforcementOperations,
];

/// The operations of the table, with what the contract says of them.
fn each(
    mut hold: impl FnMut(&Stage, &ksef_tests::contract::Operation, usize) -> Result<(), Failed>,
    limited: bool,
) -> Result<(), Failed> {
    for (index, (name, _)) in TABLE.iter().enumerate() {
        let operation = operations()?.iter().find(|operation| operation.to_string() == *name);
        let operation = operation.ok_or_else(|| format!("{name} is none of the contract's"))?;
        let stage = Stage::with(|config| config.rate_limits = limited)?;
        hold(&stage, operation, index).map_err(|why| format!("{name}: {why:?}"))?;
        stage.checked.verdict()?;
    }
    Ok(())
}

fn made(stage: &Stage, index: usize) -> Result<http::Request<bytes::Bytes>, Failed> {
    TABLE.get(index).ok_or("no such row")?.1(stage)
}

pub(crate) fn every_operation_asks_for_its_credential() -> Result<(), Failed> {
    each(
        |stage, operation, index| {
            if operation.is_anonymous() {
                return Ok(());
            }
            let mut request = made(stage, index)?;
            request.headers_mut().remove("authorization");
            stage.checked.ask(&request)?.expect(401)?;
            Ok(())
        },
        false,
    )
}

/// Everyone is let in but those who hold none of the rights that the contract names.
pub(crate) fn every_operation_asks_for_a_right() -> Result<(), Failed> {
    each(
        |stage, operation, index| {
            if operation.permissions().is_empty() {
                return Ok(());
            }
            let needed = |right: &Permission| {
                operation.permissions().iter().any(|name| *name == format!("{right:?}"))
            };
            let checked = &stage.checked;
            let others = RIGHTS.into_iter().filter(|right| !needed(right));
            let token = checked.sandbox().create_token(NIP.parse()?, others);
            let client = checked.log_in_with_token(token.expose(), NIP)?;
            let mut request = made(stage, index)?;
            let bearer = format!("Bearer {}", client.access_token());
            request.headers_mut().insert("authorization", bearer.parse()?);
            let refused = checked.ask(&request)?.expect(403)?;
            let named = refused.list("/security/requiredAnyOfPermissions")?.len();
            if refused.text("/reasonCode")? == "missing-permissions" && named > 0 {
                return Ok(());
            }
            Err(format!("{}", refused.json()).into())
        },
        false,
    )
}

/// Whoever calls more often is told when to come again, in the form that was asked for.
pub(crate) fn every_operation_has_its_limit() -> Result<(), Failed> {
    each(
        |stage, _, index| {
            let mut request = made(stage, index)?;
            let mut answers = (0..MANY).map(|_| stage.checked.ask(&request));
            let refused = answers.find(|answer| answer.as_ref().is_ok_and(|it| it.code() == 429));
            let refused = refused.ok_or("there is no limit")??;
            let wait: u64 = refused.header("retry-after").ok_or("it says not when")?.parse()?;
            request.headers_mut().insert("x-error-format", "problem-details".parse()?);
            let problem = stage.checked.ask(&request)?.expect(429)?;
            if problem.header("content-type") != Some("application/problem+json") {
                return Err("it is not in the other form".into());
            }
            stage.checked.advance(Duration::from_secs(wait));
            let later = stage.checked.ask(&request)?.code();
            if later == 429 {
                Err(format!("it is too early after {wait} s").into())
            } else {
                Ok(())
            }
        },
        true,
    )
}

pub(crate) fn what_was_kept_is_gone_after_its_time() -> Result<(), Failed> {
    let checked = CheckedSandbox::new(|_| {})?;
    let order = crate::causes::order_of_export(&checked)?;
    let ordered = checked.log_in(NIP)?.post("/invoices/exports", &order)?.expect(201)?;
    let login = login(&checked)?;
    checked.advance(15 * DAY);
    let export = format!("/invoices/exports/{}", ordered.text("/referenceNumber")?);
    checked.log_in(NIP)?.get(&export)?.expect(410)?;
    let path = format!("/auth/{}", login.reference_number);
    let token = self::login(&checked)?.authentication_token;
    checked.ask(&request("GET", &path, Some(&token), None)?)?.expect(410)?;
    checked.verdict()?;
    Ok(())
}

fn login(checked: &CheckedSandbox) -> Result<Login, Failed> {
    let seal = TestCertificate::seal(NIP.parse()?).build(KeyKind::P256, now()?)?;
    let challenge = checked.challenge()?;
    let (challenge, context) = (challenge.text("/challenge")?, format!("Nip/{NIP}"));
    let signed = checked.signed_login(challenge, &context, CertificateSubject, &seal)?;
    Login::of(&checked.submit_signed(signed, "")?)
}
