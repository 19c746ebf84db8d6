//! The judges from outside: programs that share no code with what they judge.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use ksef_tests::python;
use serde_json::{Value, json};

/// A folder of the test that names it.
pub(crate) fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("xades").join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder).expect("an old folder can be removed");
    }
    fs::create_dir_all(&folder).expect("a folder can be made");
    folder
}

/// Whether `xmlsec1` accepts each document, with the key of its certificate.
pub(crate) fn xmlsec(folder: &Path, documents: &[(String, String)]) -> Vec<bool> {
    let verdict = |(number, (document, certificate)): (usize, &(String, String))| {
        let (file, pem) =
            (folder.join(format!("{number}.xml")), folder.join(format!("{number}.pem")));
        fs::write(&file, document).expect("a document can be written");
        fs::write(&pem, certificate).expect("a certificate can be written");
        let mut command = Command::new("xmlsec1");
        command.args(["--verify", "--id-attr:Id"]);
        command.arg("http://uri.etsi.org/01903/v1.3.2#:SignedProperties");
        command.arg("--pubkey-cert-pem").arg(pem).arg(file);
        command.output().expect("xmlsec1 runs").status.success()
    };
    documents.iter().enumerate().map(verdict).collect()
}

/// Whether `signxml` accepts each document as XAdES, with its certificate.
pub(crate) fn signxml(documents: &[(String, String)]) -> Vec<bool> {
    let tasks = documents.iter().map(|(document, certificate)| {
        json!({ "do": "verify", "document": document, "certificate": certificate })
    });
    ask(tasks.collect()).iter().map(|answer| answer == "valid").collect()
}

/// Whether a changed document still has the same signed infoset, says `lxml`.
pub(crate) fn same_infoset(pairs: &[(&str, &str)]) -> Vec<bool> {
    let tasks = pairs.iter().map(
        |(original, changed)| json!({ "do": "compare", "original": original, "document": changed }),
    );
    ask(tasks.collect()).iter().map(|answer| answer == "same").collect()
}

fn ask(tasks: Vec<Value>) -> Vec<String> {
    python::ask("xades/judge.py", &[], tasks).expect("the Python of tests/python-venv judges")
}

/// What `xmllint` says against a schema: nothing if the document is valid.
pub(crate) fn schema_errors(folder: &Path, schema: &str, document: &str) -> Option<String> {
    let (xsd, xml) = (folder.join("schema.xsd"), folder.join("document.xml"));
    fs::write(&xsd, schema).expect("a schema can be written");
    fs::write(&xml, document).expect("a document can be written");
    let mut command = Command::new("xmllint");
    command.args(["--noout", "--nonet", "--schema"]).arg(xsd).arg(xml);
    let output = command.output().expect("xmllint runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    (!output.status.success()).then_some(said)
}
