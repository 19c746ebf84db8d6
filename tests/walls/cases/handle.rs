//! A handle of one environment is none of another.
//! error[E0308]: expected `Tenant<Production>`, found `Tenant<Test>`

use ksef_audit::{Production, Tenant, Test};

async fn cross(test: Tenant<Test>) {
    let _: Tenant<Production> = test;
}

fn main() {}
