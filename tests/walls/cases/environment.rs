//! There are no other environments.
//! error[E0277]: EnvironmentType

use ksef_audit::EnvironmentType;

#[derive(Clone, Copy, Debug)]
struct Own;

impl EnvironmentType for Own {
    const ENVIRONMENT: ksef_core::Environment = ksef_core::Environment::Test;
}

fn main() {}
