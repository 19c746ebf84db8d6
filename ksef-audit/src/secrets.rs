//! Secrets at rest: sealed by a key of the tenant, which is itself sealed by a key from outside.
//!
//! ```text
//! key-encryption key (file, environment, key management service)     KeyProvider
//!   └─ data key of a tenant in an environment, in versions            DataKeys, WrappedKey
//!        └─ secret in a field of a record                             Sealed
//! ```
//!
//! Both steps use XChaCha20-Poly1305 with a random nonce. The key of each message is derived from
//! the key above it and the nonce by HKDF-SHA-256, and so is a commitment of 32 bytes that is kept
//! with it: a message opens with one key only. What is sealed is bound to its place (tenant,
//! environment, table, field, record, version of the key), so it opens nowhere else.
//!
//! ```
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! use ksef_audit::secrets::{DataKeys, KeyRing, Owner, Place};
//! use ksef_core::{Environment, Secret, TenantId};
//!
//! let ring = KeyRing::generate("first".parse().unwrap()).unwrap();
//! let owner = Owner::new(TenantId::from_bytes([7; 16]).unwrap(), Environment::Test);
//! let (keys, wrapped) = DataKeys::create(owner, &ring).await.unwrap();
//!
//! let place = Place { table: "connection", field: "ksef_token", record: "1" };
//! let sealed = keys.seal(&place, &Secret::new(b"token".to_vec())).unwrap();
//! let opened = DataKeys::unlock(owner, &ring, &[wrapped]).await.unwrap();
//! assert_eq!(opened.open(&place, &sealed).unwrap().expose(), b"token");
//!
//! let elsewhere = Place { record: "2", ..place };
//! assert!(opened.open(&elsewhere, &sealed).is_err());
//! # });
//! ```

mod connection;
mod data_key;
mod provider;
mod seal;
mod vault;

pub use connection::{
    Connection, ConnectionError, ConnectionStatus, ConnectionUpdate, LoginMethod, SecretChange,
    SecretName, SecretUpdate,
};
pub use data_key::{DataKeys, Owner, Place, Sealed, WrappedKey};
pub use provider::{KeyId, KeyProvider, KeyRing};
pub use seal::SealError;
pub(crate) use vault::destruction;
pub use vault::{KeyRetirement, SealedSecrets, Vault};
