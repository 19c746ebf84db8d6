//! A number is no id.
//! error[E0308]: expected `SubmissionId<Test>`, found integer

use ksef_audit::{Tenant, Test};

async fn cross(test: Tenant<Test>) {
    let _ = test.submission(1).await;
}

fn main() {}
