//! libxml2 as an independent judge of documents, through its program `xmllint`.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::{env, fs, io, process};

use ksef_fa::Schema;

use crate::official_data::{OfficialDataError, load};

/// The program, as [`Need::Program`](crate::suite::Need::Program) names it.
pub const PROGRAM: &str = "xmllint";

/// The folder of the base types, which all of the schemas import.
const BASE: &str = "schemas/FA/bazowe";

/// The files of the base types.
pub const BASE_FILES: [&str; 3] = [
    "schemas/FA/bazowe/ElementarneTypyDanych_v10-0E.xsd",
    "schemas/FA/bazowe/KodyKrajow_v10-0E.xsd",
    "schemas/FA/bazowe/StrukturyDanych_v10-0E.xsd",
];

/// How many documents one run of the program judges.
const BATCH: usize = 1000;

/// Why there is no verdict.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum XmllintError {
    /// An official file cannot be used.
    #[error("an official file cannot be used")]
    OfficialData(#[from] OfficialDataError),
    /// A file cannot be written, or the program cannot be run.
    #[error("xmllint cannot be run")]
    Io(#[from] io::Error),
    /// The schema is not one that the program can use.
    #[error("xmllint: {0}")]
    Refused(String),
    /// It has no word on a document.
    #[error("xmllint says nothing of document {0}")]
    Silent(usize),
}

/// What the program says about one document.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Verdict {
    /// Whether it is valid; one that is not well-formed is not.
    pub is_valid: bool,
    /// What is wrong, each with the number of its line.
    pub errors: Vec<(u32, String)>,
}

/// A schema that documents are judged by, in a folder of its own that goes with it.
#[derive(Debug)]
pub struct Xmllint {
    folder: PathBuf,
}

impl Xmllint {
    /// Judges by one of the official schemas.
    ///
    /// # Errors
    ///
    /// [`XmllintError::OfficialData`] and [`XmllintError::Io`].
    pub fn official(schema: Schema) -> Result<Self, XmllintError> {
        Self::changed(schema, |text| text)
    }

    /// Judges by one of the official schemas with a change to it.
    ///
    /// # Errors
    ///
    /// [`XmllintError::OfficialData`] and [`XmllintError::Io`].
    pub fn changed(
        schema: Schema,
        change: impl FnOnce(String) -> String,
    ) -> Result<Self, XmllintError> {
        let judge = Self { folder: new_folder()? };
        for path in BASE_FILES {
            fs::write(
                judge.folder.join(path.trim_start_matches(BASE).trim_start_matches('/')),
                load(path)?,
            )?;
        }
        let text = String::from_utf8_lossy(&load(file_of(schema))?).into_owned();
        // The files stand beside each other, and nothing is fetched.
        let location = format!("schemaLocation=\"{}", ksef_fa::schema::BASE_TYPES_NAMESPACE);
        fs::write(
            judge.folder.join("schema.xsd"),
            change(text.replace(&location, "schemaLocation=\"")),
        )?;
        Ok(judge)
    }

    /// The verdicts on some documents, in their order.
    ///
    /// # Errors
    ///
    /// [`XmllintError::Io`], [`XmllintError::Refused`] and [`XmllintError::Silent`].
    pub fn judge<D: AsRef<[u8]>>(&self, documents: &[D]) -> Result<Vec<Verdict>, XmllintError> {
        let mut verdicts = Vec::with_capacity(documents.len());
        for batch in documents.chunks(BATCH) {
            verdicts.extend(self.judge_batch(batch)?);
        }
        Ok(verdicts)
    }

    fn judge_batch<D: AsRef<[u8]>>(&self, batch: &[D]) -> Result<Vec<Verdict>, XmllintError> {
        let mut command = Command::new(PROGRAM);
        command.current_dir(&self.folder).args(["--nonet", "--noout", "--schema", "schema.xsd"]);
        for (index, document) in batch.iter().enumerate() {
            let name = format!("{index}.xml");
            fs::write(self.folder.join(&name), document)?;
            command.arg(name);
        }
        let said = String::from_utf8_lossy(&command.output()?.stderr).into_owned();
        if said.contains("failed to compile") {
            return Err(XmllintError::Refused(said));
        }
        let verdicts = read_verdicts(&said, batch.len());
        let silent = |(index, verdict): (usize, Option<Verdict>)| {
            verdict.map(strict).ok_or(XmllintError::Silent(index))
        };
        verdicts.into_iter().enumerate().map(silent).collect()
    }
}

impl Drop for Xmllint {
    fn drop(&mut self) {
        // What is left behind is a few files in the folder for such files.
        let _left_behind = fs::remove_dir_all(&self.folder);
    }
}

/// The official file of a schema, as `official-data.toml` lists it.
///
/// # Panics
///
/// For a schema that is new.
#[must_use]
#[expect(clippy::panic, reason = "a new schema has no file here yet")]
pub fn file_of(schema: Schema) -> &'static str {
    match schema {
        Schema::Fa2 => "schemas/FA/schemat_FA(2)_v1-0E.xsd",
        Schema::Fa3 => "schemas/FA/schemat_FA(3)_v1-0E.xsd",
        Schema::FaRr1 => "schemas/RR/schemat_FA_RR(1)_v1-1E.xsd",
        _ => panic!("no file of {schema:?}"),
    }
}

/// Lines such as `7.xml validates` and `7.xml:3: element NIP: Schemas validity error : …`.
fn read_verdicts(said: &str, count: usize) -> Vec<Option<Verdict>> {
    let mut verdicts = vec![None; count];
    let mut last = None;
    for line in said.split('\n') {
        let named =
            line.split_once(".xml").and_then(|(name, rest)| Some((name.parse().ok()?, rest)));
        let Some((index, rest)) = named.filter(|(index, _)| *index < count) else {
            // A message goes on where the value in it does.
            go_on(last.and_then(|index: usize| verdicts.get_mut(index)?.as_mut()), line);
            continue;
        };
        last = Some(index);
        if let Some(verdict) = verdicts.get_mut(index) {
            read_line(verdict.get_or_insert_default(), rest);
        }
    }
    verdicts
}

fn read_line(verdict: &mut Verdict, rest: &str) {
    if rest == " validates" {
        verdict.is_valid = true;
    } else if let Some((line, error)) = rest.strip_prefix(':').and_then(|at| at.split_once(':')) {
        // The form of a URI is the concern of no rule.
        if !error.ends_with("is not a valid URI") {
            verdict.errors.push((line.parse().unwrap_or(0), error.trim_start().to_owned()));
        }
    }
}

fn go_on(verdict: Option<&mut Verdict>, line: &str) {
    if let Some((_, error)) = verdict.and_then(|verdict| verdict.errors.last_mut()) {
        *error = format!("{error}\n{line}");
    }
}

/// A breach of the rules of namespaces is said, and does not change what the program ends with.
fn strict(verdict: Verdict) -> Verdict {
    let is_breach = |(_, error): &(u32, String)| error.starts_with("namespace error :");
    Verdict { is_valid: verdict.is_valid && !verdict.errors.iter().any(is_breach), ..verdict }
}

fn new_folder() -> io::Result<PathBuf> {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let folder: &Path = &env::temp_dir().join(format!("ksef-xmllint-{}-{count}", process::id()));
    fs::create_dir(folder)?;
    Ok(folder.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_valid_only_if_it_is_said_to_be() {
        let said = "0.xml validates\n1.xml:3: parser error : oh\n<a\n\
                    2.xml:1: element a: Schemas validity error : no\n2.xml fails to validate\n\
                    3.xml:1: namespace error : who\n3.xml validates\n";
        let verdicts: Vec<_> =
            read_verdicts(said, 5).into_iter().map(|verdict| verdict.map(strict)).collect();
        let valid = verdicts.iter().map(|verdict| Some(verdict.as_ref()?.is_valid));
        let expected = [Some(true), Some(false), Some(false), Some(false), None];
        assert_eq!(valid.collect::<Vec<_>>(), expected);
        let errors = verdicts.into_iter().nth(1).flatten().unwrap_or_default().errors;
        assert_eq!(errors, [(3, "parser error : oh\n<a".to_owned())]);
    }
}
