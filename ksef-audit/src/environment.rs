//! The environments as types, so that what is for one cannot be handed to another.

use core::fmt::Debug;

use ksef_core::Environment;

mod sealed {
    #[expect(unnameable_types, reason = "so that there are no other environments")]
    pub trait Sealed {}
}

/// An environment of KSeF as a type.
///
/// A handle and the ids that come from it carry it, so a TEST id where a PRODUCTION id is expected
/// does not compile.
pub trait EnvironmentType: sealed::Sealed + Copy + Debug + Send + Sync + 'static {
    /// The environment that the type stands for.
    const ENVIRONMENT: Environment;
}

macro_rules! environment {
    ($(#[$documentation:meta])* $type:ident) => {
        $(#[$documentation])*
        #[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
        #[non_exhaustive]
        pub struct $type;

        impl sealed::Sealed for $type {}

        impl EnvironmentType for $type {
            const ENVIRONMENT: Environment = Environment::$type;
        }
    };
}

environment!(
    /// The TEST environment: nothing in it has legal force.
    Test
);
environment!(
    /// The DEMO environment: nothing in it has legal force.
    Demo
);
environment!(
    /// The PRODUCTION environment: what is sent has legal force.
    Production
);
