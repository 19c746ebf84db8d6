//! What `xmllint --schema` says of documents, many at a time.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::{fs, io};

use ksef_fa::Schema;
use ksef_fa::schema::BASE_TYPES_NAMESPACE;

use crate::official_data::{self, OfficialDataError};

const BASES: [&str; 3] =
    ["StrukturyDanych_v10-0E.xsd", "ElementarneTypyDanych_v10-0E.xsd", "KodyKrajow_v10-0E.xsd"];

/// xmllint with the official schemas in a folder of their own.
#[derive(Clone, Debug)]
pub struct Oracle {
    folder: PathBuf,
}

/// Why the oracle said nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OracleError {
    /// An official file.
    #[error("an official schema cannot be used")]
    Official(#[from] OfficialDataError),
    /// A file or a process.
    #[error("files or processes fail")]
    Io(#[from] io::Error),
    /// It has no word on a document.
    #[error("no verdict on {name}: {output}")]
    NoVerdict {
        /// The name of the document.
        name: String,
        /// Everything it said.
        output: String,
    },
}

/// What xmllint says of one document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "suites compare it")]
pub struct Judgement {
    /// Whether the document is well-formed and valid.
    pub is_valid: bool,
    /// Its messages.
    pub messages: Vec<String>,
}

/// A batch that is being judged.
#[derive(Debug)]
pub struct Running {
    child: Child,
    folder: PathBuf,
    count: usize,
}

impl Oracle {
    /// Puts the official schemas into an empty folder, with imports that need no network.
    ///
    /// # Errors
    ///
    /// [`OracleError::Official`] and [`OracleError::Io`].
    pub fn new(folder: &Path) -> Result<Self, OracleError> {
        fs::create_dir_all(folder)?;
        for base in BASES {
            fs::write(
                folder.join(base),
                official_data::load(&format!("schemas/FA/bazowe/{base}"))?,
            )?;
        }
        let import = format!("schemaLocation=\"{BASE_TYPES_NAMESPACE}");
        let local = "schemaLocation=\"";
        for schema in Schema::ALL {
            let text = official_data::load(official_path(schema))?;
            let text = String::from_utf8_lossy(&text).replace(&import, local);
            fs::write(folder.join(file_name(schema)), text)?;
        }
        Ok(Self { folder: folder.to_owned() })
    }

    /// What it says of each document.
    ///
    /// # Errors
    ///
    /// [`OracleError::Io`] and [`OracleError::NoVerdict`].
    pub fn judge<D: AsRef<[u8]>>(
        &self,
        schema: Schema,
        documents: &[D],
        batch: &str,
    ) -> Result<Vec<Judgement>, OracleError> {
        self.start(schema, documents, batch)?.finish()
    }

    /// Begins to judge documents, in a folder named after the batch.
    ///
    /// # Errors
    ///
    /// [`OracleError::Io`].
    pub fn start<D: AsRef<[u8]>>(
        &self,
        schema: Schema,
        documents: &[D],
        batch: &str,
    ) -> Result<Running, OracleError> {
        let folder = self.folder.join(batch);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder)?;
        for (number, document) in documents.iter().enumerate() {
            fs::write(folder.join(name(number)), document)?;
        }
        let mut command = Command::new("xmllint");
        command.args(["--nonet", "--noout", "--schema"]).arg(format!("../{}", file_name(schema)));
        command.args((0..documents.len()).map(name)).current_dir(&folder);
        // A pipe would fill up while nobody reads it.
        command.stdin(Stdio::null()).stdout(Stdio::null());
        command.stderr(fs::File::create(folder.join("verdicts"))?);
        Ok(Running { child: command.spawn()?, folder, count: documents.len() })
    }
}

impl Running {
    /// What it says of each document.
    ///
    /// # Errors
    ///
    /// [`OracleError::Io`] and [`OracleError::NoVerdict`].
    pub fn finish(mut self) -> Result<Vec<Judgement>, OracleError> {
        self.child.wait()?;
        let output = fs::read(self.folder.join("verdicts"))?;
        let judgements = read(&String::from_utf8_lossy(&output), self.count)?;
        fs::remove_dir_all(&self.folder)?;
        Ok(judgements)
    }
}

/// A document is valid only if it says so. One that is not well-formed has messages and no verdict.
fn read(output: &str, count: usize) -> Result<Vec<Judgement>, OracleError> {
    let mut said: HashMap<&str, Judgement> = HashMap::new();
    let mut last = None;
    for line in output.split('\n') {
        let Some((name, rest)) = line.split_at_checked(9).filter(|(name, _)| is_name(name)) else {
            // Messages go on, if the value in them does.
            let message = last.and_then(|name| said.get_mut(name)?.messages.last_mut());
            message.into_iter().for_each(|message| *message = format!("{message}\n{line}"));
            continue;
        };
        let judgement = said.entry(name).or_default();
        match rest {
            " validates" => judgement.is_valid = true,
            " fails to validate" => {}
            message => judgement.messages.push(message.to_owned()),
        }
        last = Some(name);
    }
    let missing = |name| OracleError::NoVerdict { name, output: output.to_owned() };
    (0..count)
        .map(name)
        .map(|name| said.remove(name.as_str()).ok_or_else(|| missing(name)).map(strict))
        .collect()
}

/// A breach of the rules of namespaces is reported, and does not change its verdict; so we do. What
/// it says of the form of a URI is no such rule.
fn strict(judgement: Judgement) -> Judgement {
    let is_breach = |message: &String| {
        message.contains(": namespace error :") && !message.contains("is not a valid URI")
    };
    let is_valid = judgement.is_valid && !judgement.messages.iter().any(is_breach);
    Judgement { is_valid, ..judgement }
}

/// Five digits: values and excerpts do not begin a line with that.
fn is_name(text: &str) -> bool {
    text.strip_suffix(".xml").is_some_and(|text| text.bytes().all(|byte| byte.is_ascii_digit()))
}

fn name(number: usize) -> String {
    format!("{number:05}.xml")
}

const fn official_path(schema: Schema) -> &'static str {
    match schema {
        Schema::Fa2 => "schemas/FA/schemat_FA(2)_v1-0E.xsd",
        Schema::FaRr1 => "schemas/RR/schemat_FA_RR(1)_v1-1E.xsd",
        _ => "schemas/FA/schemat_FA(3)_v1-0E.xsd",
    }
}

const fn file_name(schema: Schema) -> &'static str {
    match schema {
        Schema::Fa2 => "fa2.xsd",
        Schema::FaRr1 => "fa_rr1.xsd",
        _ => "fa3.xsd",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_without_a_verdict_is_not_valid() {
        let output = "00000.xml validates\n00001.xml:3: parser error : oh\n<a\n\
                      00002.xml:1: element a: Schemas validity error : no\n00002.xml fails to validate\n";
        let judgements = read(output, 3).unwrap();
        assert_eq!(judgements.iter().map(|j| j.is_valid).collect::<Vec<_>>(), [true, false, false]);
        assert_eq!(judgements[1].messages, [":3: parser error : oh\n<a"]);
        assert!(matches!(read(output, 4), Err(OracleError::NoVerdict { .. })));
    }
}
