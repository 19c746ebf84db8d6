//! An id of TEST is none in PRODUCTION.
//! error[E0308]: expected `SubmissionId<Production>`, found `SubmissionId<Test>`

use ksef_audit::{Append, Production, SubmissionId, Tenant, Test};

async fn cross(production: Tenant<Production>, id: SubmissionId<Test>) {
    let _ = production.append_all(vec![Append { id, events: Vec::new() }]).await;
}

fn main() {}
