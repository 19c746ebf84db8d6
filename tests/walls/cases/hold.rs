//! What is held in PRODUCTION is of PRODUCTION.
//! error[E0308]: expected `SubmissionId<Production>`, found `SubmissionId<Test>`

use ksef_audit::{Production, SubmissionId, Tenant, Test};

async fn cross(production: Tenant<Production>, id: SubmissionId<Test>, why: ksef_core::submission::Decision,
    now: ksef_core::Timestamp) {
    let _ = production.hold(id, &why, now).await;
}

fn main() {}
