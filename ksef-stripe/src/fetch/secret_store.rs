//! `StripeSecretStore`, secrets of a tenant in the account of the tenant.

use ksef_core::port::{BoxFuture, SecretKey, SecretStore, SecretStoreError};
use ksef_core::{Secret, Sha256Digest};
use serde::Deserialize;

use super::{FetchError, Stripe};

/// The Secret Store of Stripe Apps, with the scope of the account.
///
/// It holds text, and at most ten secrets for an account. An app finds its own ones only.
#[derive(Debug)]
pub struct StripeSecretStore {
    stripe: Stripe,
}

/// A secret as the store answers with it.
#[derive(Deserialize)]
struct Found {
    payload: Option<String>,
}

const SCOPE: (&str, &str) = ("scope[type]", "account");

impl StripeSecretStore {
    /// The secrets of this account.
    #[must_use]
    pub const fn new(stripe: Stripe) -> Self {
        Self { stripe }
    }

    async fn set(&self, key: &SecretKey, value: Secret<Vec<u8>>) -> Result<(), FetchError> {
        let text = core::str::from_utf8(value.expose()).map_err(|_| FetchError::Text)?;
        let name = name(key);
        // Another value is another request. A digest of the value would be a trace of it: the
        // creation replaces what is there, so that a repetition does no harm.
        let form = [("name", name.as_str()), ("payload", text), SCOPE];
        self.stripe.write("/v1/apps/secrets", &form, None).await?;
        Ok(())
    }

    async fn find(&self, key: &SecretKey) -> Result<Option<Secret<Vec<u8>>>, FetchError> {
        let name = name(key);
        let query = [("name", name.as_str()), SCOPE, ("expand[]", "payload")];
        let answer = match self.stripe.read("/v1/apps/secrets/find", &query).await {
            Ok(answer) => Secret::new(answer),
            Err(FetchError::NotFound) => return Ok(None),
            Err(error) => return Err(error),
        };
        // The cause would show a part of what was read.
        let found: Found =
            serde_json::from_slice(answer.expose()).map_err(|_| FetchError::Shape(None))?;
        Ok(found.payload.map(|payload| Secret::new(payload.into_bytes())))
    }

    async fn delete(&self, key: &SecretKey) -> Result<(), FetchError> {
        let name = name(key);
        let form = [("name", name.as_str()), SCOPE];
        match self.stripe.write("/v1/apps/secrets/delete", &form, None).await {
            Ok(_) | Err(FetchError::NotFound) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// A name that no two keys share, whatever the tenant, the environment and the name are.
fn name(key: &SecretKey) -> String {
    let whole = format!("{}/{}/{}", key.tenant, key.environment, key.name.as_str());
    format!("ksef_{}", Sha256Digest::of(whole.as_bytes()).to_hex())
}

/// The store refuses what goes beyond its limits with 400.
fn unkept(error: FetchError) -> SecretStoreError {
    match error {
        FetchError::Refused { status: 400 } | FetchError::Text => SecretStoreError::LimitReached,
        error => unavailable(error),
    }
}

fn unavailable(error: FetchError) -> SecretStoreError {
    SecretStoreError::Unavailable { source: Box::new(error) }
}

impl SecretStore for StripeSecretStore {
    fn put<'a>(
        &'a self,
        key: &'a SecretKey,
        value: Secret<Vec<u8>>,
    ) -> BoxFuture<'a, Result<(), SecretStoreError>> {
        Box::pin(async move { self.set(key, value).await.map_err(unkept) })
    }

    fn fetch<'a>(
        &'a self,
        key: &'a SecretKey,
    ) -> BoxFuture<'a, Result<Option<Secret<Vec<u8>>>, SecretStoreError>> {
        Box::pin(async move { self.find(key).await.map_err(unavailable) })
    }

    fn destroy<'a>(&'a self, key: &'a SecretKey) -> BoxFuture<'a, Result<(), SecretStoreError>> {
        Box::pin(async move { self.delete(key).await.map_err(unavailable) })
    }
}
