//! Work of one environment is not given back in another.
//! error[E0308]: expected `Leased<Production>`, found `Leased<Test>`

use ksef_audit::{Leased, Production, Tenant, Test};

async fn cross(production: Tenant<Production>, work: Leased<Test>) {
    let _ = production.release(work, None).await;
}

fn main() {}
