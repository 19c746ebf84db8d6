//! An id of TEST is none in DEMO either.
//! error[E0308]: expected `SubmissionId<Demo>`, found `SubmissionId<Test>`

use ksef_audit::{Demo, SubmissionId, Tenant, Test};

async fn cross(demo: Tenant<Demo>, id: SubmissionId<Test>) {
    let _ = demo.submission(id).await;
}

fn main() {}
