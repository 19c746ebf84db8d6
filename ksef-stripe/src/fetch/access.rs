//! Where requests go, and with which key.

use core::fmt;

use ksef_core::Secret;

use super::FetchError;

/// A secret or restricted key of Stripe, `sk_…` or `rk_…`. Never shown.
///
/// A restricted key is enough. It reads invoices, credit notes, tax rates and events; writing the
/// KSeF number back needs the right to write invoices and credit notes as well.
pub struct ApiKey(Secret<String>);

impl ApiKey {
    /// Takes a key as Stripe shows it.
    ///
    /// # Errors
    ///
    /// [`FetchError::Key`] for anything else, such as a publishable key.
    pub fn new(key: impl Into<String>) -> Result<Self, FetchError> {
        let key = Secret::new(key.into());
        let is_key = key.expose().starts_with("sk_") || key.expose().starts_with("rk_");
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        if is_key && key.expose().bytes().all(is_plain) {
            Ok(Self(key))
        } else {
            Err(FetchError::Key)
        }
    }

    /// Whether it is a restricted key, which is to be preferred.
    #[must_use]
    pub fn is_restricted(&self) -> bool {
        self.0.expose().starts_with("rk_")
    }

    /// Whether it is a key to real money.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.0.expose().get(2..).is_some_and(|rest| rest.starts_with("_live_"))
    }

    pub(super) fn expose(&self) -> &str {
        self.0.expose()
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(…)")
    }
}

/// The base address of an API, without a slash at its end.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct BaseAddress(String);

impl BaseAddress {
    /// An address: `https`, or plain `http` to this machine.
    ///
    /// # Errors
    ///
    /// [`FetchError::Address`] for any other, since the key would be sent in the open.
    pub fn new(address: impl Into<String>) -> Result<Self, FetchError> {
        let address = address.into();
        let is_allowed = match address.split_once("://") {
            Some(("https", rest)) => !rest.is_empty(),
            Some(("http", rest)) => is_this_machine(rest),
            _ => false,
        };
        if !is_allowed || address.contains(['@', '?', '#']) {
            return Err(FetchError::Address);
        }
        Ok(Self(address.trim_end_matches('/').to_owned()))
    }

    /// `https://api.stripe.com`.
    #[must_use]
    pub fn stripe() -> Self {
        Self("https://api.stripe.com".to_owned())
    }

    /// `https://api.nbp.pl`.
    #[must_use]
    pub fn nbp() -> Self {
        Self("https://api.nbp.pl".to_owned())
    }

    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    #[cfg(feature = "stub")]
    pub(crate) fn of_this_machine(address: core::net::SocketAddr) -> Self {
        Self(format!("http://{address}"))
    }

    pub(super) fn join(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }

    #[cfg(feature = "reqwest")]
    pub(super) fn needs_certificates(&self) -> bool {
        self.0.starts_with("https://")
    }
}

fn is_this_machine(rest: &str) -> bool {
    ["127.0.0.1", "[::1]", "localhost"].iter().any(|host| {
        rest.strip_prefix(host)
            .is_some_and(|after| after.is_empty() || after.starts_with([':', '/']))
    })
}
