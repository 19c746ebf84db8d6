//! Nobody makes a handle but a backend.
//! error[E0451]: Tenant

use ksef_audit::{Tenant, Test};

async fn cross(test: Tenant<Test>) {
    let _ = Tenant::<Test> { ..test };
}

fn main() {}
