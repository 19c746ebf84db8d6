//! `Environment`, which KSeF it is.

use crate::code::code_traits;

/// One of the three KSeF systems of the Ministry of Finance.
///
/// Source: the Ministry's list of environments (`srodowiska.md` of the API documentation). What
/// is sent to Production has legal force; where requests really go is said by
/// [`Endpoints`](crate::Endpoints).
///
/// ```
/// use ksef_core::{Environment, FormCode, ParseErrorReason};
///
/// let environment: Environment = "TEST".parse()?;
/// assert!(FormCode::Fa2.accepted_in(environment));
/// assert!(!FormCode::Fa2.accepted_in(Environment::Production));
///
/// let error = "PROD".parse::<Environment>().unwrap_err();
/// assert_eq!(error.reason(), ParseErrorReason::UnknownCode);
/// # Ok::<(), ksef_core::ParseError>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[expect(clippy::exhaustive_enums, reason = "every use must say what it means for Production")]
pub enum Environment {
    /// `TEST` (TE): self-signed certificates and made-up NIPs, data that everybody shares.
    Test,
    /// `DEMO` (TR), pre-production: real certificates and permissions, no legal force.
    Demo,
    /// `PRODUCTION` (PRD): invoices with legal force.
    Production,
}

impl Environment {
    const EXPECTED: &'static str = "KSeF environment";

    /// All environments, the most harmless first.
    pub const ALL: [Self; 3] = [Self::Test, Self::Demo, Self::Production];

    /// The name as it is shown and stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Test => "TEST",
            Self::Demo => "DEMO",
            Self::Production => "PRODUCTION",
        }
    }
}

code_traits!(Environment);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ParseErrorReason;
    use crate::test_support::{assert_refuses_bad_text, reason};

    #[test]
    fn every_kind_of_bad_text_has_its_reason() {
        assert_refuses_bad_text::<Environment>("TEST");
        assert_refuses_bad_text::<Environment>("PRODUCTION");
        assert_eq!(reason::<Environment>("PRD"), ParseErrorReason::Length);
        assert_eq!(reason::<Environment>("TESTS"), ParseErrorReason::UnknownCode);
        assert_eq!(reason::<Environment>("test"), ParseErrorReason::Character);
    }

    #[test]
    fn every_environment_parses_and_prints_itself() {
        for environment in Environment::ALL {
            assert_eq!(environment.to_string().parse(), Ok(environment));
        }
    }
}
