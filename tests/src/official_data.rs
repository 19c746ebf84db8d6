//! The Ministry's files: listed with their sums in `official-data.toml`, never committed.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::{env, fs, io};

use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::planted::PlantedFault;

static LIST: LazyLock<List> = LazyLock::new(read_list);

#[derive(Deserialize)]
struct List {
    file: Vec<OfficialFile>,
}

/// One of the Ministry's files, as `official-data.toml` lists it.
#[derive(Debug, Deserialize)]
#[non_exhaustive]
pub struct OfficialFile {
    /// Where it stands below the data folder, for instance `schemas/upo/upo-v4-3.xsd`.
    pub path: String,
    /// The SHA-256 of its bytes, in lower-case hexadecimal.
    pub sha256: String,
    /// Whether `tests/fetch-official-data` can get it from a public package.
    pub fetchable: bool,
}

/// Why an official file cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OfficialDataError {
    /// The path is not in `official-data.toml`.
    #[error("{path} is not listed in official-data.toml")]
    NotListed {
        /// The path that was asked for.
        path: String,
    },
    /// The file is in none of the data folders.
    #[error("{path} is neither in $KSEF_OFFICIAL_DATA nor in target/official-data")]
    Missing {
        /// The path that was asked for.
        path: String,
    },
    /// The file is there, but cannot be read.
    #[error("{path} cannot be read")]
    Unreadable {
        /// The path that was asked for.
        path: String,
        /// What the system said.
        source: io::Error,
    },
    /// The file does not have the bytes that the list names.
    #[error("{path} has changed: its SHA-256 is {found}, listed is {listed}")]
    Changed {
        /// The path that was asked for.
        path: String,
        /// The sum in `official-data.toml`.
        listed: String,
        /// The sum of the file.
        found: String,
    },
}

/// Every listed file.
#[must_use]
pub fn files() -> &'static [OfficialFile] {
    &LIST.file
}

/// The entry of one listed file.
///
/// # Errors
///
/// [`OfficialDataError::NotListed`].
pub fn entry(path: &str) -> Result<&'static OfficialFile, OfficialDataError> {
    let listed = files().iter().find(|file| file.path == path);
    listed.ok_or_else(|| OfficialDataError::NotListed { path: path.to_owned() })
}

/// Where a listed file stands, for tools that read it themselves. Its sum is not checked.
///
/// # Errors
///
/// [`OfficialDataError::NotListed`] or [`OfficialDataError::Missing`].
pub fn find(path: &str) -> Result<PathBuf, OfficialDataError> {
    entry(path)?;
    let found = folders().map(|folder| folder.join(path)).find(|file| file.is_file());
    found.ok_or_else(|| OfficialDataError::Missing { path: path.to_owned() })
}

/// The bytes of a listed file, which are those whose sum is listed.
///
/// # Errors
///
/// Every variant of [`OfficialDataError`].
pub fn load(path: &str) -> Result<Vec<u8>, OfficialDataError> {
    let mut bytes = fs::read(find(path)?)
        .map_err(|source| OfficialDataError::Unreadable { path: path.to_owned(), source })?;
    if PlantedFault::ChangedOfficialFile.is_on()
        && let Some(first) = bytes.first_mut()
    {
        *first ^= 1;
    }
    let listed = &entry(path)?.sha256;
    let found = sha256_hex(&bytes);
    if found != *listed {
        let (path, listed) = (path.to_owned(), listed.clone());
        return Err(OfficialDataError::Changed { path, listed, found });
    }
    Ok(bytes)
}

/// The SHA-256 of some bytes, in lower-case hexadecimal.
#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The folder of this package. Cargo and nextest name it at run time too, which outlives a moved checkout;
/// while another package runs they name that one's.
#[must_use]
pub fn package_folder() -> PathBuf {
    let is_ours = env::var("CARGO_PKG_NAME").is_ok_and(|name| name == env!("CARGO_PKG_NAME"));
    let named = env::var_os("CARGO_MANIFEST_DIR").filter(|_| is_ours);
    named.map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).to_owned(), PathBuf::from)
}

fn folders() -> impl Iterator<Item = PathBuf> {
    let given = env::var_os("KSEF_OFFICIAL_DATA").map(PathBuf::from);
    given.into_iter().chain([package_folder().join("../target/official-data")])
}

#[expect(clippy::expect_used, reason = "the list is a part of this package")]
fn read_list() -> List {
    toml::from_str(include_str!("../official-data.toml")).expect("official-data.toml is TOML")
}
