//! The Ministry's files are the ones that are listed, and the ones our tables were written against.

use std::process::ExitCode;

use ksef_tests::official_data::{files, load, sha256_hex};
use ksef_tests::suite::{Failed, Need, Suite};

/// From another source than `official-data.toml`: written down when the schemas were first read.
const SIX_SUMS: [(&str, &str); 6] = [
    (
        "schemas/FA/schemat_FA(3)_v1-0E.xsd",
        "b646b6b525f51adf1bb2545f111fc8ca6e7aa6dd2f98948f1667d3695c06d958",
    ),
    (
        "schemas/FA/schemat_FA(2)_v1-0E.xsd",
        "b8acb60f0692ac2b05ac40ffcb1929b4d68c12b3c486cac4322e1699796f6999",
    ),
    (
        "schemas/FA/bazowe/ElementarneTypyDanych_v10-0E.xsd",
        "8daf4d3771de200b26b697294cc906a2add3de9acfbbd97f4b1bd4fc0e5ecb2f",
    ),
    (
        "schemas/FA/bazowe/KodyKrajow_v10-0E.xsd",
        "48be2a9f181d7ff80f185c62491ba12604c5cacbbe21af8e2aaaf2c585bbd214",
    ),
    (
        "schemas/FA/bazowe/StrukturyDanych_v10-0E.xsd",
        "cb08348374598e1e716e086c40d740390fb9e1bfa3aba1f4ec4cba0e1ef6d60f",
    ),
    (
        "schemas/RR/schemat_FA_RR(1)_v1-1E.xsd",
        "3edf1c313bbb38d933ca73c0d054f72aa3b7ecba3bf2b9b57847269b4f290c45",
    ),
];

const BASE_TYPES: &str =
    "http://crd.gov.pl/xml/schematy/dziedzinowe/mf/2022/01/05/eD/DefinicjeTypy/";

const NAMESPACES: [(&str, &str); 11] = [
    ("schemas/FA/schemat_FA(3)_v1-0E.xsd", "http://crd.gov.pl/wzor/2025/06/25/13775/"),
    ("schemas/FA/schemat_FA(2)_v1-0E.xsd", "http://crd.gov.pl/wzor/2023/06/29/12648/"),
    ("schemas/FA/bazowe/ElementarneTypyDanych_v10-0E.xsd", BASE_TYPES),
    ("schemas/FA/bazowe/KodyKrajow_v10-0E.xsd", BASE_TYPES),
    ("schemas/FA/bazowe/StrukturyDanych_v10-0E.xsd", BASE_TYPES),
    ("schemas/RR/schemat_FA_RR(1)_v1-1E.xsd", "http://crd.gov.pl/wzor/2026/03/06/14189/"),
    (
        "schemas/PEF/Schemat_PEF(3)_v2-1.xsd",
        "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2",
    ),
    (
        "schemas/PEF/Schemat_PEF_KOR(3)_v2-1.xsd",
        "urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2",
    ),
    ("schemas/auth/schemat_auth_v2-0.xsd", "http://ksef.mf.gov.pl/auth/token/2.0"),
    ("schemas/auth/schemat_auth_v2-1.xsd", "http://ksef.mf.gov.pl/auth/token/2.1"),
    ("schemas/upo/upo-v4-3.xsd", "http://upo.schematy.mf.gov.pl/KSeF/v4-3"),
];

const OPEN_API: &str = "open-api-2.9.0.json";

fn main() -> ExitCode {
    let mut suite = Suite::new().test("the_list_names_each_file_once", &[], names_each_file_once);
    for file in files() {
        let name = format!("has_its_sum {}", file.path);
        let needs = [Need::OfficialFile(&file.path)];
        suite = suite.test(&name, &needs, || same("SHA-256", &sum(&file.path)?, &file.sha256));
    }
    for (path, listed) in SIX_SUMS {
        let name = format!("has_the_sum_of_the_second_source {path}");
        let needs = [Need::OfficialFile(path)];
        suite = suite.test(&name, &needs, move || same("SHA-256", &sum(path)?, listed));
    }
    for (path, namespace) in NAMESPACES {
        let name = format!("has_its_namespace {path}");
        let needs = [Need::OfficialFile(path)];
        suite = suite.test(&name, &needs, move || has_namespace(path, namespace));
    }
    let needs = [Need::OfficialFile(OPEN_API)];
    suite.test("the_open_api_file_is_version_2_9_0", &needs, is_version_2_9_0).run()
}

fn names_each_file_once() -> Result<(), Failed> {
    let mut paths: Vec<&str> = files().iter().map(|file| file.path.as_str()).collect();
    let listed = paths.len();
    paths.sort_unstable();
    paths.dedup();
    assert_eq!(paths.len(), listed, "a path is listed twice");
    assert_eq!(listed, 35, "a file came or went");
    Ok(())
}

fn has_namespace(path: &str, namespace: &str) -> Result<(), Failed> {
    let schema = text(path)?;
    let declared = schema.split_once("targetNamespace=\"").map(|(_, rest)| rest);
    let declared = declared.and_then(|rest| rest.split_once('"')).map(|(value, _)| value);
    same("targetNamespace", declared.unwrap_or("none"), namespace)
}

fn is_version_2_9_0() -> Result<(), Failed> {
    let document = text(OPEN_API)?;
    assert!(document.contains(r#""openapi": "3.0.4""#), "not OpenAPI 3.0.4");
    assert!(document.contains("(build 2.9.0-te-20261014.1+"), "another build");
    Ok(())
}

fn text(path: &str) -> Result<String, Failed> {
    String::from_utf8(load(path)?).map_err(Failed::from)
}

fn sum(path: &str) -> Result<String, Failed> {
    Ok(sha256_hex(&load(path)?))
}

fn same(what: &str, found: &str, expected: &str) -> Result<(), Failed> {
    if found == expected {
        return Ok(());
    }
    Err(format!("{what} is {found}, expected {expected}").into())
}
