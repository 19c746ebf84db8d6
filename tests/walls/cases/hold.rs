//! What is held in PRODUCTION is of PRODUCTION.
//! error[E0308]: expected `SubmissionId<Production>`, found `SubmissionId<Test>`

use ksef_audit::{Production, SubmissionId, Tenant, Test};
use ksef_core::Timestamp;
use ksef_core::submission::Decision;

async fn cross(production: Tenant<Production>, id: SubmissionId<Test>, why: Decision, now: Timestamp) {
    let _ = production.hold(id, &why, now).await;
}

fn main() {}
