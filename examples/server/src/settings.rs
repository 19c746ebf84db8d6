//! What is set for a company: values under names in its ledger, each change of which is logged.

use core::marker::PhantomData;

use ksef_audit::{ApplicationChange, EnvironmentType, Error, Tenant};
use ksef_core::submission::ReasonCode;
use ksef_core::{Sha256Digest, Timestamp};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Who may log in.
pub(crate) const USERS: Name<Vec<User>> = Name::new("users");

/// The fields of `ksef_stripe::Profile` besides who the seller is.
pub(crate) const POLICIES: Name<Map<String, Value>> = Name::new("policies");

/// The account of Stripe.
pub(crate) const STRIPE: Name<Option<StripeAccount>> = Name::new("stripe");

/// What Stripe did before this is not filed, unless a person sends it.
pub(crate) const FILES_FROM: Name<Option<Timestamp>> = Name::new("files_from");

/// The SHA-256 of the key for programs. The key itself is shown once, and kept nowhere.
pub(crate) const API_KEY: Name<Option<Sha256Digest>> = Name::new("api_key");

/// The rights at KSeF that the login lacks, as far as they are known.
pub(crate) const MISSING_RIGHTS: Name<Vec<String>> = Name::new("missing_rights");

/// The secret name of the key to Stripe.
pub(crate) const STRIPE_KEY: ReasonCode = ReasonCode::from_static("stripe_key");

/// The secret name of the secrets of the webhook, a line each; two while one is being replaced.
pub(crate) const WEBHOOK_SECRETS: ReasonCode = ReasonCode::from_static("stripe_webhook_secrets");

/// The name of a setting whose value is a `T`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Name<T>(ReasonCode, PhantomData<fn() -> T>);

/// A value with the version that was read.
#[derive(Clone, Debug)]
pub(crate) struct Versioned<T> {
    pub(crate) version: u32,
    pub(crate) value: T,
}

impl<T: Default + DeserializeOwned + Serialize + Send> Name<T> {
    const fn new(name: &'static str) -> Self {
        Self(ReasonCode::from_static(name), PhantomData)
    }

    /// What is set.
    pub(crate) async fn read<E: EnvironmentType>(
        &self,
        ledger: &Tenant<E>,
    ) -> Result<Versioned<T>, Error> {
        const UNREADABLE: Error = Error::Damaged { finding: "a setting is not what it has to be" };
        let (version, value) = ledger.application_setting(self.0).await?;
        let value = match value {
            Value::Null => T::default(),
            value => serde_json::from_value(value).map_err(|_| UNREADABLE)?,
        };
        Ok(Versioned { version, value })
    }

    /// That this value takes the place of what was read.
    pub(crate) fn set(&self, after: u32, value: &T) -> Result<ApplicationChange, Error> {
        const UNWRITABLE: Error = Error::Invalid { reason: "the value cannot be written as JSON" };
        let value = serde_json::to_value(value).map_err(|_| UNWRITABLE)?;
        Ok(ApplicationChange::Set { name: self.0, after, value })
    }
}

/// Somebody who may log in.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct User {
    pub(crate) name: String,
    pub(crate) role: Role,
    /// Argon2id.
    pub(crate) password_hash: String,
}

impl User {
    pub(crate) fn is_owner(&self) -> bool {
        self.role == Role::Owner
    }
}

/// What somebody may do.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Role {
    /// Everything.
    Owner,
    /// Read.
    Accountant,
}

/// An account of Stripe as it may be shown.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct StripeAccount {
    /// `acct_…`; where there is none, objects of every account count as the company's.
    pub(crate) account: Option<String>,
    /// The end of the address to which it sends webhooks.
    pub(crate) endpoint: String,
    /// Whether the server's app of Stripe is installed there. Then it is read with the app's key, and the
    /// secrets of the connection to KSeF are in the app's Secret Store.
    #[serde(default)]
    pub(crate) has_app: bool,
    /// Doubles of Stripe and of the National Bank, for a demo. No page sets them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) doubles: Option<String>,
}
