//! Bodies: the examples of the file, made-up ones, and broken ones.

use std::collections::{BTreeMap, BTreeSet};

use ksef_tests::contract::Contract;
use ksef_tests::suite::Failed;
use serde_json::{Value, json};

use crate::api::{Api, Subject};
use crate::instances::{Variety, instance, mutants};
use crate::none;

/// Examples of the file that break their own schema: the end of the subject's name, what is wrong, and why.
const BROKEN_EXAMPLES: [(&str, &str, &str); 12] = [
    (
        " 400 application/json",
        "body/exception/timestamp is not a timestamp of RFC 3339 with an offset",
        "the example of ExceptionResponse has no offset; live servers write Z",
    ),
    (
        "GET /auth/{referenceNumber} 200 application/json",
        "body/authenticationMethodInfo is missing",
        "the property came later than the examples",
    ),
    (
        "GET /peppol/query 200 application/json",
        "body/peppolProviders/0/id does not match the pattern",
        "one letter and nine digits, the pattern has three and six",
    ),
    (
        "GET /peppol/query 200 application/json",
        "body/peppolProviders/0/id has 10 characters, more than 9",
        "one letter and nine digits, the pattern has three and six",
    ),
    (
        "GET /security/public-key-certificates 200 application/json",
        "body/0/certificate is not padded Base64",
        "cut off with an ellipsis",
    ),
    (
        "GET /security/public-key-certificates 200 application/json",
        "body/1/certificate is not padded Base64",
        "cut off with an ellipsis",
    ),
    (
        "GET /sessions/{referenceNumber}/invoices/{invoiceReferenceNumber} 200 application/json",
        "body/invoiceHash is missing",
        "left out, though required",
    ),
    (
        "POST /auth/ksef-token request application/json",
        "body/encryptedToken is not padded Base64",
        "an ellipsis",
    ),
    (
        "POST /collective-identifiers/invoices 200 application/json",
        "body/invoices/0/collectiveIdentifierNumber is missing",
        "left out of each item",
    ),
    (
        "POST /collective-identifiers/invoices 200 application/json",
        "body/invoices/1/collectiveIdentifierNumber is missing",
        "left out of each item",
    ),
    (
        "POST /permissions/query/eu-entities/grants request application/json",
        "body/vatUeIdentifier does not match the pattern",
        "twelve digits, a German number has nine",
    ),
    (
        "POST /sessions/online/{referenceNumber}/invoices request application/json",
        "body/encryptedInvoiceContent is not padded Base64",
        "an ellipsis",
    ),
];

pub(crate) fn examples_fit() -> Result<(), Failed> {
    let (api, contract) = (Api::load()?, Contract::load()?.with_any_timestamp());
    let (mut checked, mut wrong) = (0, Vec::new());
    let mut found = BTreeSet::new();
    for subject in api.subjects() {
        for example in &subject.examples {
            checked += 1;
            for violation in subject.check(&contract, example) {
                let what = format!("{} {}", violation.place, violation.message);
                match named(&subject.name(), &what) {
                    Some(entry) => drop(found.insert(entry)),
                    None => wrong.push(violation.to_string()),
                }
            }
        }
    }
    let gone = BROKEN_EXAMPLES.iter().filter(|entry| !found.contains(entry));
    wrong.extend(gone.map(|entry| format!("not wrong any more: {entry:?}")));
    if checked < 90 {
        return Err(format!("only {checked} examples were checked").into());
    }
    none(&wrong)
}

fn named(subject: &str, what: &str) -> Option<&'static (&'static str, &'static str, &'static str)> {
    BROKEN_EXAMPLES.iter().find(|(end, message, _)| subject.ends_with(end) && what == *message)
}

pub(crate) fn instances_are_taken() -> Result<(), Failed> {
    let (api, contract) = (Api::load()?, Contract::load()?);
    let mut wrong = Vec::new();
    for subject in api.subjects() {
        for variety in Variety::ALL {
            let found = subject.check(&contract, &body(&api, &subject, variety));
            wrong.extend(found.iter().map(|violation| format!("{variety:?}: {violation}")));
        }
    }
    none(&wrong)
}

pub(crate) fn mutants_are_refused() -> Result<(), Failed> {
    let (api, contract) = (Api::load()?, Contract::load()?);
    let mut wrong = Vec::new();
    let mut faults: BTreeMap<&str, usize> = BTreeMap::new();
    for subject in api.subjects().iter().filter(|subject| subject.is_json()) {
        for variety in Variety::ALL {
            for mutant in mutants(&api, &subject.schema, &body(&api, subject, variety)) {
                *faults.entry(mutant.fault).or_default() += 1;
                let place = format!("body{}", mutant.pointer);
                let found = subject.check(&contract, &mutant.value);
                if !found.iter().any(|violation| violation.place == place) {
                    wrong.push(format!("{}: {} at {place}", subject.name(), mutant.fault));
                }
            }
        }
    }
    let kinds = ["null", "wrong type", "not listed", "not of the pattern", "not of the format"];
    let kinds = kinds.iter().chain(&["too long", "too short", "too small", "too great"]);
    for kind in kinds.chain(&["too many", "too few", "required", "unknown"]) {
        if !faults.contains_key(kind) {
            wrong.push(format!("no body was broken by: {kind}"));
        }
    }
    none(&wrong)
}

/// A body that the contract takes: the problem in an answer repeats its status, and XML is XML.
pub(crate) fn body(api: &Api, subject: &Subject, variety: Variety) -> Value {
    if !subject.is_json() {
        return json!("<Document>\u{17c}</Document>");
    }
    let mut body = instance(api, &subject.schema, variety);
    if subject.kind == "application/problem+json"
        && let Some(status) = body.get_mut("status")
    {
        *status = json!(subject.status);
    }
    body
}
