//! What must compile, so that `cases`, which must not, fail for their own reasons.

use ksef_audit::{Append, Demo, Error, Leased, Production, SubmissionId, Tenant, Test};
use ksef_core::Timestamp;
use ksef_core::submission::Decision;

/// Each handle with what is its own.
///
/// # Errors
///
/// When a store fails.
pub async fn own(
    (test, id): (Tenant<Test>, SubmissionId<Test>),
    (demo, other): (Tenant<Demo>, SubmissionId<Demo>),
    (production, work): (Tenant<Production>, Leased<Production>),
    (why, now): (Decision, Timestamp),
) -> Result<(), Error> {
    test.submission(id).await?;
    test.row(id).await?;
    test.timeline(id).await?;
    test.xml(id).await?;
    test.source(id).await?;
    test.upo(id).await?;
    test.append(id, Vec::new()).await?;
    test.append_all(vec![Append { id, events: Vec::new() }]).await?;
    test.hold(id, &why, now).await?;
    demo.submission(other).await?;
    production.release(work, None).await
}
