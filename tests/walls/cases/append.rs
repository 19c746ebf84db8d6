//! An id of TEST is none in PRODUCTION.
//! error[E0308]: expected `SubmissionId<Production>`, found `SubmissionId<Test>`

use ksef_audit::{Production, SubmissionId, Tenant, Test};

async fn cross(production: Tenant<Production>, id: SubmissionId<Test>) {
    let _ = production.append(id, Vec::new()).await;
}

fn main() {}
