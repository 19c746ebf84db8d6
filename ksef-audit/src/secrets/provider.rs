//! `KeyProvider`, where the keys above the data keys come from.

use core::fmt::{self, Debug};
use core::str::FromStr;
use std::collections::BTreeMap;
use std::path::Path;
use std::{env, fs};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ksef_core::port::BoxFuture;
use ksef_core::{ParseError, ParseErrorReason, Secret};
use zeroize::Zeroizing;

use super::seal::{self, SealError};

/// The name of a key-encryption key: 1 to 64 of `a-z`, `0-9`, `.`, `_`, `-`.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct KeyId(String);

impl KeyId {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for KeyId {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = |reason| Err(ParseError::new("name of a key", reason));
        let is_allowed = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-');
        match text.len() {
            0 => error(ParseErrorReason::Empty),
            65.. => error(ParseErrorReason::Length),
            _ if !text.bytes().all(is_allowed) => error(ParseErrorReason::Character),
            _ => Ok(Self(text.to_owned())),
        }
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Holds the key-encryption keys, and seals data keys with them.
///
/// [`KeyRing`] has the keys themselves. A key management service that never hands its keys out is
/// another provider.
pub trait KeyProvider: Debug + Send + Sync {
    /// The key that new data keys are sealed with.
    fn current(&self) -> KeyId;

    /// Seals a data key with the key of this id, bound to `context`.
    fn seal<'a>(
        &'a self,
        id: &'a KeyId,
        context: &'a [u8],
        data_key: &'a Secret<[u8; 32]>,
    ) -> BoxFuture<'a, Result<Vec<u8>, SealError>>;

    /// Opens what [`KeyProvider::seal`] made with the same id and context.
    fn open<'a>(
        &'a self,
        id: &'a KeyId,
        context: &'a [u8],
        sealed: &'a [u8],
    ) -> BoxFuture<'a, Result<Secret<[u8; 32]>, SealError>>;
}

/// Key-encryption keys in memory, from a file, an environment variable, or made for a test.
///
/// The text has one key per line, its name and 32 bytes in Base64. The first is the current one;
/// those after it still open what they sealed. Empty lines and lines with `#` are passed over.
///
/// ```text
/// # made on 2026-11-20
/// key-2  BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=
/// key-1  CAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg=
/// ```
#[derive(Debug)]
pub struct KeyRing {
    current: KeyId,
    keys: BTreeMap<KeyId, Secret<[u8; 32]>>,
}

impl KeyRing {
    /// One random key of this name, for tests. It is gone with the value.
    ///
    /// # Errors
    ///
    /// [`SealError::Random`].
    pub fn generate(id: KeyId) -> Result<Self, SealError> {
        let keys = BTreeMap::from([(id.clone(), seal::random_key()?)]);
        Ok(Self { current: id, keys })
    }

    /// The same keys with one more, which is the current one from now on.
    #[must_use]
    pub fn with(mut self, id: KeyId, key: Secret<[u8; 32]>) -> Self {
        self.keys.insert(id.clone(), key);
        self.current = id;
        self
    }

    /// The keys in a file.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, or holds anything else.
    pub fn from_file(path: &Path) -> Result<Self, SealError> {
        let text = fs::read_to_string(path).map(Zeroizing::new);
        Self::parse(&text.map_err(|error| SealError::Unavailable { source: error.into() })?)
    }

    /// The keys in an environment variable.
    ///
    /// # Errors
    ///
    /// When there is no such variable, or it holds anything else.
    pub fn from_environment(variable: &str) -> Result<Self, SealError> {
        match env::var(variable).map(Zeroizing::new) {
            Ok(text) => Self::parse(&text),
            // The error of the standard library would show what is in the variable.
            Err(env::VarError::NotUnicode(_)) => Err(SealError::KeyMaterial),
            Err(error) => Err(SealError::Unavailable { source: error.into() }),
        }
    }

    /// The keys in a text.
    ///
    /// # Errors
    ///
    /// [`SealError::KeyMaterial`] if there is no key, or a line is none, or a name stands twice.
    pub fn parse(text: &str) -> Result<Self, SealError> {
        let lines = text.lines().map(str::trim);
        let mut lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
        let (current, key) = parse_line(lines.next().ok_or(SealError::KeyMaterial)?)?;
        let mut keys = BTreeMap::from([(current.clone(), key)]);
        for line in lines {
            let (id, key) = parse_line(line)?;
            if keys.insert(id, key).is_some() {
                return Err(SealError::KeyMaterial);
            }
        }
        Ok(Self { current, keys })
    }

    fn key(&self, id: &KeyId) -> Result<&Secret<[u8; 32]>, SealError> {
        self.keys.get(id).ok_or_else(|| SealError::UnknownKey(id.clone()))
    }

    fn open_now(
        &self,
        id: &KeyId,
        context: &[u8],
        sealed: &[u8],
    ) -> Result<Secret<[u8; 32]>, SealError> {
        let opened = seal::open(self.key(id)?, context, sealed)?;
        let key = opened.expose().as_slice().try_into();
        key.map(Secret::new).map_err(|_| SealError::Malformed)
    }
}

fn parse_line(line: &str) -> Result<(KeyId, Secret<[u8; 32]>), SealError> {
    let mut words = line.split_ascii_whitespace();
    let (Some(id), Some(key), None) = (words.next(), words.next(), words.next()) else {
        return Err(SealError::KeyMaterial);
    };
    let id = id.parse().map_err(|_| SealError::KeyMaterial)?;
    let key = STANDARD.decode(key).map(Zeroizing::new).map_err(|_| SealError::KeyMaterial)?;
    let key = key.as_slice().try_into().map_err(|_| SealError::KeyMaterial)?;
    Ok((id, Secret::new(key)))
}

impl KeyProvider for KeyRing {
    fn current(&self) -> KeyId {
        self.current.clone()
    }

    fn seal<'a>(
        &'a self,
        id: &'a KeyId,
        context: &'a [u8],
        data_key: &'a Secret<[u8; 32]>,
    ) -> BoxFuture<'a, Result<Vec<u8>, SealError>> {
        let sealed = self.key(id).and_then(|key| seal::seal(key, context, data_key.expose()));
        Box::pin(core::future::ready(sealed))
    }

    fn open<'a>(
        &'a self,
        id: &'a KeyId,
        context: &'a [u8],
        sealed: &'a [u8],
    ) -> BoxFuture<'a, Result<Secret<[u8; 32]>, SealError>> {
        Box::pin(core::future::ready(self.open_now(id, context, sealed)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: &str = "# a comment\n\nkey-2  BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\r\nkey-1\tCAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg=";

    #[test]
    fn a_file_has_its_current_key_first() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), KEYS).unwrap();
        let ring = KeyRing::from_file(file.path()).unwrap();
        assert_eq!(ring.current().as_str(), "key-2");
        assert_eq!(ring.key(&"key-1".parse().unwrap()).unwrap().expose(), &[8; 32]);
        assert!(matches!(
            ring.key(&"key-3".parse().unwrap()),
            Err(SealError::UnknownKey(id)) if id.as_str() == "key-3"
        ));
    }

    #[test]
    fn bad_material_is_refused_and_never_shown() {
        let line = "key-2  BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=";
        for bad in [
            String::new(),
            "# only a comment".to_owned(),
            "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=".to_owned(),
            format!("{line} more"),
            format!("{line}\n{line}"),
            line.replace("wc=", "wd="),
            line.replace("key-2", "Key 2"),
            "key-2 BwcH".to_owned(),
        ] {
            let error = KeyRing::parse(&bad).unwrap_err();
            assert!(matches!(error, SealError::KeyMaterial), "{bad}");
            assert!(!format!("{error} {error:?}").contains("BwcH"));
        }
        let ring = KeyRing::parse(KEYS).unwrap();
        let shown = format!("{ring:?}");
        assert!(!shown.contains("7, 7") && !shown.contains("BwcH"), "{shown}");
    }

    #[test]
    fn what_is_not_there_is_an_error_with_its_cause() {
        for error in [
            KeyRing::from_file(Path::new("/nonexistent/keys")).unwrap_err(),
            KeyRing::from_environment("KSEF_AUDIT_NO_SUCH_VARIABLE").unwrap_err(),
        ] {
            assert!(core::error::Error::source(&error).is_some());
        }
    }
}
