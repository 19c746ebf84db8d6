//! `Folder`, where the demo keeps what it makes. A service has a database for this.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use ksef_client::Journal;
use ksef_core::port::{BoxError, BoxFuture};
use ksef_core::{InvoiceXml, Secret};
use serde::{Deserialize, Serialize};

/// Documents, the state of their submissions, receipts and results, a folder each.
#[derive(Clone, Debug)]
pub(super) struct Folder(PathBuf);

/// What became of a document.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Ended {
    pub(super) ksef_number: Option<String>,
    pub(super) sent: u32,
    /// What a person has to decide, or what KSeF says.
    pub(super) reason: Option<String>,
}

impl Folder {
    pub(super) fn at(path: &str) -> Self {
        Self(PathBuf::from(path))
    }

    /// Nothing of an earlier run is in it.
    pub(super) fn empty(path: &str) -> io::Result<Self> {
        let folder = Self::at(path);
        match fs::remove_dir_all(&folder.0) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        for name in ["source", "invoices", "state", "receipts", "ended"] {
            fs::create_dir_all(folder.0.join(name))?;
        }
        Ok(folder)
    }

    fn path(&self, kind: &str, number: &str, extension: &str) -> PathBuf {
        self.0.join(kind).join(format!("{}.{extension}", number.replace('/', "-")))
    }

    pub(super) fn store_source(&self, number: &str, json: &[u8]) -> io::Result<()> {
        write(&self.path("source", number, "json"), json)
    }

    pub(super) fn store_document(&self, number: &str, xml: &InvoiceXml) -> io::Result<()> {
        write(&self.path("invoices", number, "xml"), xml.as_bytes())
    }

    pub(super) fn store_receipt(&self, number: &str, xml: &[u8]) -> io::Result<()> {
        write(&self.path("receipts", number, "xml"), xml)
    }

    pub(super) fn store_ended(&self, number: &str, ended: &Ended) -> io::Result<()> {
        write(&self.path("ended", number, "json"), &serde_json::to_vec_pretty(ended)?)
    }

    pub(super) fn document(&self, number: &str) -> io::Result<Option<Vec<u8>>> {
        read(&self.path("invoices", number, "xml"))
    }

    pub(super) fn receipt(&self, number: &str) -> io::Result<Option<Vec<u8>>> {
        read(&self.path("receipts", number, "xml"))
    }

    pub(super) fn ended(&self, number: &str) -> io::Result<Option<Ended>> {
        let json = read(&self.path("ended", number, "json"))?;
        Ok(json.map(|json| serde_json::from_slice(&json)).transpose()?)
    }

    /// What a submission was when it was last recorded.
    pub(super) fn state(&self, number: &str) -> io::Result<Option<Secret<String>>> {
        let state = read(&self.path("state", number, "json"))?;
        let text = state.map(String::from_utf8).transpose().map_err(io::Error::other)?;
        Ok(text.map(Secret::new))
    }

    pub(super) fn journal(&self, number: &str) -> FileJournal {
        FileJournal(self.path("state", number, "json"))
    }

    /// The names of the documents of which it is not known how they ended, in order.
    pub(super) fn to_do(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(self.0.join("invoices"))? {
            let path = entry?.path();
            let name = path.file_stem().and_then(|name| name.to_str()).map(str::to_owned);
            names.extend(name);
        }
        names.retain(|name| !self.path("ended", name, "json").exists());
        names.sort_unstable();
        Ok(names)
    }
}

/// Keeps a submission in a file. A service encrypts it.
#[derive(Debug)]
pub(super) struct FileJournal(PathBuf);

impl Journal for FileJournal {
    fn record<'a>(&'a self, state: &'a Secret<String>) -> BoxFuture<'a, Result<(), BoxError>> {
        Box::pin(async move { Ok(write(&self.0, state.expose().as_bytes())?) })
    }
}

/// All of it or nothing, whenever the process dies.
fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    let new = path.with_extension("new");
    let mut file = File::create(&new)?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(new, path)
}

fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(content) => Ok(Some(content)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
