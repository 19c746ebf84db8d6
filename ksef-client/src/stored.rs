//! The form in which handles are kept: versioned, and as secret as what is in them.

use ksef_core::Secret;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::error::StoredError;

/// The version of the form that is written.
const VERSION: u32 = 1;

#[derive(Deserialize, Serialize)]
struct Envelope<T> {
    version: u32,
    kind: String,
    content: T,
}

/// The version and the kind, which are looked at first.
#[derive(Deserialize)]
struct Label {
    version: u32,
    kind: String,
}

/// Writes something of this kind.
pub(crate) fn write(kind: &str, content: &impl Serialize) -> Secret<String> {
    let envelope = Envelope { version: VERSION, kind: kind.to_owned(), content };
    // What is kept has text as keys everywhere, so it can always be written.
    Secret::new(serde_json::to_string(&envelope).unwrap_or_default())
}

/// Reads something of this kind.
pub(crate) fn read<T: DeserializeOwned>(
    kind: &str,
    stored: &Secret<String>,
) -> Result<T, StoredError> {
    // What the library says quotes the text, so it is dropped.
    let label: Label = serde_json::from_str(stored.expose()).map_err(|_| StoredError::Format)?;
    if label.version != VERSION || label.kind != kind {
        return Err(StoredError::Format);
    }
    let envelope = serde_json::from_str::<Envelope<T>>(stored.expose());
    envelope.map(|envelope| envelope.content).map_err(|_| StoredError::Format)
}

/// Secret text, written as it is.
pub(crate) mod secret_text {
    use ksef_core::Secret;
    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(
        secret: &Secret<String>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(secret.expose())
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Secret<String>, D::Error> {
        String::deserialize(deserializer).map(Secret::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_kind_and_version_is_read_back() {
        let stored = write("login", &["a"]);
        assert_eq!(read::<Vec<String>>("login", &stored).unwrap(), ["a"]);
        assert_eq!(read::<Vec<String>>("session", &stored), Err(StoredError::Format));
        let later = Secret::new(stored.expose().replace(":1,", ":2,"));
        assert_eq!(read::<Vec<String>>("login", &later), Err(StoredError::Format));
        let cut = Secret::new(stored.expose().get(..20).unwrap().to_owned());
        assert_eq!(read::<Vec<String>>("login", &cut), Err(StoredError::Format));
    }
}
