//! Public sample files, test input only, in the folder `$KSEF_SAMPLES`. They are never committed.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// Why the sample files cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SamplesError {
    /// `$KSEF_SAMPLES` is not set.
    #[error("$KSEF_SAMPLES is not set")]
    NotSet,
    /// The folder cannot be read.
    #[error("{} cannot be read", folder.display())]
    Unreadable {
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The folder has no file of the kind: a test over it would prove nothing.
    #[error("{} has no *.{extension}", folder.display())]
    Empty {
        /// The folder.
        folder: PathBuf,
        /// The kind of file that was asked for.
        extension: String,
    },
}

/// Every file of one kind in a folder of the samples, in the order of their names; at least one.
///
/// # Errors
///
/// Every variant of [`SamplesError`].
pub fn files(folder: &str, extension: &str) -> Result<Vec<PathBuf>, SamplesError> {
    let folder = find(folder).ok_or(SamplesError::NotSet)?;
    let mut files = list(&folder)
        .map_err(|source| SamplesError::Unreadable { folder: folder.clone(), source })?;
    files.retain(|file| file.extension().is_some_and(|found| found == extension));
    files.sort();
    if files.is_empty() {
        return Err(SamplesError::Empty { folder, extension: extension.to_owned() });
    }
    Ok(files)
}

/// Where a folder of the samples stands, or would stand.
pub(crate) fn find(folder: &str) -> Option<PathBuf> {
    env::var_os("KSEF_SAMPLES").map(|root| Path::new(&root).join(folder))
}

fn list(folder: &Path) -> io::Result<Vec<PathBuf>> {
    fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect()
}
