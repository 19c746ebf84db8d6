//! `Connection`, what is shown of a login to KSeF, and how its secrets are changed.

use std::collections::{BTreeMap, BTreeSet};

use ksef_core::submission::ReasonCode;
use ksef_core::{Environment, Secret, Timestamp};

/// How a company logs in to KSeF.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum LoginMethod {
    /// A KSeF token.
    KsefToken,
    /// A certificate and its private key, with which the login is signed.
    Certificate,
}

impl LoginMethod {
    /// All methods.
    pub const ALL: [Self; 2] = [Self::KsefToken, Self::Certificate];

    /// Its name in snake case, for forms and stores.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::KsefToken => "ksef_token",
            Self::Certificate => "certificate",
        }
    }

    /// What this method needs.
    #[must_use]
    pub const fn required(self) -> &'static [SecretName] {
        match self {
            Self::KsefToken => &[SecretName::KsefToken],
            Self::Certificate => &[SecretName::Certificate, SecretName::PrivateKey],
        }
    }

    /// What this method can have.
    pub fn material(self) -> impl Iterator<Item = SecretName> {
        SecretName::ALL.into_iter().filter(move |name| name.method() == self)
    }
}

/// What is kept secret of a connection.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum SecretName {
    /// The KSeF token.
    KsefToken,
    /// The certificate, kept with its key.
    Certificate,
    /// The private key.
    PrivateKey,
    /// The password of an encrypted private key.
    PrivateKeyPassword,
}

impl SecretName {
    /// All names.
    pub const ALL: [Self; 4] =
        [Self::KsefToken, Self::Certificate, Self::PrivateKey, Self::PrivateKeyPassword];

    /// The method that it belongs to.
    #[must_use]
    pub const fn method(self) -> LoginMethod {
        match self {
            Self::KsefToken => LoginMethod::KsefToken,
            Self::Certificate | Self::PrivateKey | Self::PrivateKeyPassword => {
                LoginMethod::Certificate
            }
        }
    }

    /// The name under which a [`SecretStore`](ksef_core::port::SecretStore) keeps it.
    #[must_use]
    pub const fn code(self) -> ReasonCode {
        ReasonCode::from_static(match self {
            Self::KsefToken => "ksef_token",
            Self::Certificate => "certificate",
            Self::PrivateKey => "private_key",
            Self::PrivateKeyPassword => "private_key_password",
        })
    }
}

/// What a form does to a secret that it never shows.
///
/// ```
/// use ksef_audit::secrets::SecretUpdate;
///
/// assert!(matches!(SecretUpdate::from_form("  "), SecretUpdate::Keep));
/// assert!(matches!(SecretUpdate::from_form("20251116-EC-0123"), SecretUpdate::Replace(_)));
/// ```
#[derive(Debug, Default)]
#[expect(clippy::exhaustive_enums, reason = "a blank field keeps, any other replaces")]
pub enum SecretUpdate {
    /// The field was left blank: what is stored stays.
    #[default]
    Keep,
    /// A new value takes the place of what is stored.
    Replace(Secret<Vec<u8>>),
}

impl SecretUpdate {
    /// What the text of a form's field means. White space alone is blank; any other text is taken
    /// as it is.
    #[must_use]
    pub fn from_form(text: impl Into<String>) -> Self {
        let text = text.into();
        let is_blank = text.trim().is_empty();
        let value = Secret::new(text.into_bytes());
        if is_blank { Self::Keep } else { Self::Replace(value) }
    }
}

/// Whether a connection works, as far as is known.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum ConnectionStatus {
    /// Nobody has logged in with this material yet.
    Unverified,
    /// The last login succeeded.
    Working {
        /// When.
        since: Timestamp,
    },
    /// KSeF refused the last login. New material is needed, or new rights at KSeF.
    Refused {
        /// When.
        at: Timestamp,
        /// Why, as a stable code.
        reason: ReasonCode,
    },
}

/// A login to KSeF as it may be shown: how, for which environment, until when, and whether it
/// works. The secrets are not in it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Connection {
    environment: Environment,
    method: LoginMethod,
    status: ConnectionStatus,
    expires_at: Option<Timestamp>,
    stored: BTreeSet<SecretName>,
}

/// What a person enters to set up or change a connection.
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "the fields of the form")]
pub struct ConnectionUpdate {
    /// How to log in.
    pub method: LoginMethod,
    /// When the material expires, where that is known.
    pub expires_at: Option<Timestamp>,
    /// The secret fields. One that is not in it was left blank.
    pub secrets: BTreeMap<SecretName, SecretUpdate>,
}

/// What a store has to do, in the transaction that stores the connection.
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "a secret is put or destroyed")]
pub enum SecretChange {
    /// Keep this value, and destroy what was there.
    Put(SecretName, Secret<Vec<u8>>),
    /// Destroy it.
    Destroy(SecretName),
}

/// Why a connection cannot be changed in this way.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectionError {
    /// The method needs this, and neither is it stored nor was it entered.
    #[error("`{}` is needed for this login method; enter it", .0.code())]
    Missing(SecretName),
    /// This was entered and belongs to the other method.
    #[error("`{}` belongs to another login method; choose that one or leave it blank", .0.code())]
    OtherMethod(SecretName),
}

impl Connection {
    /// Sets up a connection.
    ///
    /// # Errors
    ///
    /// [`ConnectionError`]; nothing is to be stored then.
    pub fn create(
        environment: Environment,
        update: ConnectionUpdate,
    ) -> Result<(Self, Vec<SecretChange>), ConnectionError> {
        let nothing = Self {
            environment,
            method: update.method,
            status: ConnectionStatus::Unverified,
            expires_at: None,
            stored: BTreeSet::new(),
        };
        nothing.change(update)
    }

    /// Changes the connection. Blank keeps, a value replaces, and switching the method destroys
    /// the material of the other one.
    ///
    /// # Errors
    ///
    /// [`ConnectionError`]; nothing is to be stored then.
    pub fn change(
        &self,
        update: ConnectionUpdate,
    ) -> Result<(Self, Vec<SecretChange>), ConnectionError> {
        let ConnectionUpdate { method, expires_at, secrets } = update;
        let mut changed = Self { method, expires_at, ..self.clone() };
        let others = SecretName::ALL.into_iter().filter(|name| name.method() != method);
        let mut changes: Vec<_> = others.map(SecretChange::Destroy).collect();
        changed.stored.retain(|name| name.method() == method);
        for (name, secret) in secrets {
            if let SecretUpdate::Replace(value) = secret {
                if name.method() != method {
                    return Err(ConnectionError::OtherMethod(name));
                }
                changed.stored.insert(name);
                changed.status = ConnectionStatus::Unverified;
                changes.push(SecretChange::Put(name, value));
            }
        }
        match method.required().iter().find(|name| !changed.stored.contains(name)) {
            Some(missing) => Err(ConnectionError::Missing(*missing)),
            None => Ok((changed, changes)),
        }
    }

    /// The same connection after a login was tried.
    #[must_use]
    pub fn with_status(mut self, status: ConnectionStatus) -> Self {
        self.status = status;
        self
    }

    /// Which KSeF it logs in to.
    #[must_use]
    pub const fn environment(&self) -> Environment {
        self.environment
    }

    /// How it logs in.
    #[must_use]
    pub const fn method(&self) -> LoginMethod {
        self.method
    }

    /// Whether it works.
    #[must_use]
    pub const fn status(&self) -> ConnectionStatus {
        self.status
    }

    /// When the material expires, where that is known.
    #[must_use]
    pub const fn expires_at(&self) -> Option<Timestamp> {
        self.expires_at
    }

    /// Whether the material has expired.
    #[must_use]
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|expires_at| expires_at <= now)
    }

    /// How it is stored.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let (status, at, reason) = match self.status {
            ConnectionStatus::Unverified => ("unverified", None, None),
            ConnectionStatus::Working { since } => ("working", Some(since), None),
            ConnectionStatus::Refused { at, reason } => ("refused", Some(at), Some(reason)),
        };
        let stored: Vec<_> =
            self.stored.iter().map(|name| name.code().as_str().to_owned()).collect();
        let value = serde_json::json!({
            "environment": self.environment.as_str(),
            "method": self.method.code(),
            "status": status,
            "at": at.map(|at| at.to_string()),
            "reason": reason.map(|reason| reason.as_str().to_owned()),
            "expires_at": self.expires_at.map(|at| at.to_string()),
            "stored": stored,
        });
        value.to_string().into_bytes()
    }

    /// Reads what [`Connection::to_bytes`] wrote.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let value: serde_json::Value = serde_json::from_slice(bytes).ok()?;
        let text = |name: &str| value.get(name)?.as_str();
        let method = text("method")?;
        let at = text("at").and_then(|at| at.parse().ok());
        let status = match text("status")? {
            "unverified" => ConnectionStatus::Unverified,
            "working" => ConnectionStatus::Working { since: at? },
            "refused" => {
                ConnectionStatus::Refused { at: at?, reason: text("reason")?.parse().ok()? }
            }
            _ => return None,
        };
        let secret = |code: &serde_json::Value| {
            SecretName::ALL.into_iter().find(|name| Some(name.code().as_str()) == code.as_str())
        };
        Some(Self {
            environment: text("environment")?.parse().ok()?,
            method: LoginMethod::ALL.into_iter().find(|it| it.code() == method)?,
            status,
            expires_at: text("expires_at").and_then(|at| at.parse().ok()),
            stored: value.get("stored")?.as_array()?.iter().map(secret).collect::<Option<_>>()?,
        })
    }

    /// Which secrets are stored.
    pub fn stored(&self) -> impl Iterator<Item = SecretName> {
        self.stored.iter().copied()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What a store would have after the changes.
    fn apply(store: &mut BTreeMap<SecretName, Vec<u8>>, changes: Vec<SecretChange>) {
        for change in changes {
            match change {
                SecretChange::Put(name, value) => {
                    store.insert(name, value.expose().clone());
                }
                SecretChange::Destroy(name) => {
                    store.remove(&name);
                }
            }
        }
    }

    fn any_form() -> impl Strategy<Value = (LoginMethod, BTreeMap<SecretName, String>)> {
        let names = prop::sample::select(SecretName::ALL.as_slice());
        let text = prop_oneof![Just(String::new()), Just(" \t\n".to_owned()), "CANARY-[0-9]{6}"];
        (
            prop::sample::select(LoginMethod::ALL.as_slice()),
            prop::collection::btree_map(names, text, 0..4),
        )
    }

    fn update(method: LoginMethod, form: &BTreeMap<SecretName, String>) -> ConnectionUpdate {
        let secrets =
            form.iter().map(|(name, text)| (*name, SecretUpdate::from_form(text.as_str())));
        ConnectionUpdate { method, expires_at: None, secrets: secrets.collect() }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]
        #[test]
        fn blank_keeps_and_a_switch_destroys(
            forms in prop::collection::vec(any_form(), 1..12),
        ) {
            let mut connection: Option<Connection> = None;
            let mut store = BTreeMap::new();
            for (method, form) in forms {
                let before = store.clone();
                let result = match &connection {
                    None => Connection::create(Environment::Test, update(method, &form)),
                    Some(connection) => connection.change(update(method, &form)),
                };
                let Ok((changed, changes)) = result else { continue };
                let shown = format!("{changed:?} {changes:?}");
                prop_assert!(!shown.contains("CANARY"));
                apply(&mut store, changes);
                for name in SecretName::ALL {
                    let entered = form.get(&name).filter(|text| !text.trim().is_empty());
                    let expected = match entered {
                        _ if name.method() != method => None,
                        Some(text) => Some(text.clone().into_bytes()),
                        None => before.get(&name).cloned(),
                    };
                    prop_assert_eq!(store.get(&name).cloned(), expected);
                }
                prop_assert!(changed.stored().eq(store.keys().copied()));
                prop_assert!(method.required().iter().all(|name| store.contains_key(name)));
                connection = Some(changed);
            }
        }
    }

    #[test]
    fn switching_to_and_fro_does_not_bring_a_secret_back() {
        let token = BTreeMap::from([(SecretName::KsefToken, "token".to_owned())]);
        let certificate = BTreeMap::from([
            (SecretName::Certificate, "certificate".to_owned()),
            (SecretName::PrivateKey, "key".to_owned()),
        ]);
        let first = update(LoginMethod::KsefToken, &token);
        let (connection, _) = Connection::create(Environment::Test, first).unwrap();
        let second = update(LoginMethod::Certificate, &certificate);
        let (connection, changes) = connection.change(second).unwrap();
        assert!(
            changes
                .iter()
                .any(|change| { matches!(change, SecretChange::Destroy(SecretName::KsefToken)) })
        );
        let back = connection.change(update(LoginMethod::KsefToken, &BTreeMap::new()));
        assert_eq!(back.unwrap_err(), ConnectionError::Missing(SecretName::KsefToken));
        let wrong = connection.change(update(LoginMethod::Certificate, &token));
        assert_eq!(wrong.unwrap_err(), ConnectionError::OtherMethod(SecretName::KsefToken));
    }

    #[test]
    fn new_material_has_to_prove_itself() {
        let token = BTreeMap::from([(SecretName::KsefToken, "token".to_owned())]);
        let now = "2026-11-20T12:00:00Z".parse().unwrap();
        let create = update(LoginMethod::KsefToken, &token);
        let (connection, _) = Connection::create(Environment::Test, create).unwrap();
        let working = connection.with_status(ConnectionStatus::Working { since: now });
        let (kept, _) = working.change(update(LoginMethod::KsefToken, &BTreeMap::new())).unwrap();
        assert_eq!(kept.status(), working.status());
        let (changed, _) = working.change(update(LoginMethod::KsefToken, &token)).unwrap();
        assert_eq!(changed.status(), ConnectionStatus::Unverified);
    }
}
