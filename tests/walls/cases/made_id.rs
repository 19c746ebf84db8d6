//! Nobody makes an id but a handle.
//! error[E0423]: SubmissionId

use ksef_audit::{SubmissionId, Tenant, Test};

async fn cross(test: Tenant<Test>) {
    let _ = test.submission(SubmissionId::<Test>(1)).await;
}

fn main() {}
