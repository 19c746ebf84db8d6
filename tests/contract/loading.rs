//! The loader knows every keyword of the file, and stops at one that it does not know.

use ksef_tests::contract::{Contract, ContractError};
use ksef_tests::suite::Failed;
use serde_json::{Value, json};

use crate::api::{Api, token};

/// Each makes some schema mean something that the check does not know.
const FOREIGN: [(&str, &str); 9] = [
    ("oneOf", "[]"),
    ("anyOf", "[]"),
    ("not", "{}"),
    ("multipleOf", "2"),
    ("uniqueItems", "true"),
    ("discriminator", "{}"),
    ("format", "\"uuid\""),
    ("type", "\"null\""),
    ("$ref", "\"other.json\""),
];

pub(crate) fn an_unknown_keyword_stops_the_loader() -> Result<(), Failed> {
    let api = Api::load()?;
    let schemas = api.0.pointer("/components/schemas").and_then(Value::as_object);
    let names: Vec<&String> = schemas.ok_or("no schemas")?.keys().collect();
    // Every ninth schema: each reading takes all of the file.
    for (number, name) in names.iter().step_by(9).enumerate() {
        let (keyword, value) = FOREIGN.get(number % FOREIGN.len()).ok_or("no keyword")?;
        let pointer = format!("/components/schemas/{}/{keyword}", token(name));
        refuses(&api, &pointer, serde_json::from_str(value)?)?;
    }
    Ok(())
}

pub(crate) fn an_unknown_part_of_an_operation_stops_the_loader() -> Result<(), Failed> {
    let api = Api::load()?;
    let operation = "/paths/~1sessions/get";
    for (below, value) in [
        ("callbacks", json!({})),
        ("security", json!([{ "Basic": [] }])),
        ("parameters/0/style", json!("deepObject")),
        ("parameters/0/in", json!("cookie")),
        ("responses/default", json!({})),
        ("responses/200/links", json!({})),
        ("responses/200/headers/X-System-Warning/required", json!(true)),
        ("responses/200/content/application~1json/encoding", json!({})),
    ] {
        refuses(&api, &format!("{operation}/{below}"), value)?;
    }
    refuses(&api, "/openapi", json!("3.1.0"))?;
    refuses(&api, "/security", json!([]))
}

/// The file with one value set is refused.
fn refuses(api: &Api, pointer: &str, value: Value) -> Result<(), Failed> {
    let mut file = api.0.clone();
    let (parent, key) = pointer.rsplit_once('/').ok_or("a pointer")?;
    let parent = file.pointer_mut(parent).and_then(Value::as_object_mut);
    parent.ok_or_else(|| format!("{pointer}: no object"))?.insert(key.to_owned(), value);
    match Contract::read(file.to_string().as_bytes()) {
        Err(ContractError::Unfamiliar { .. }) => Ok(()),
        other => Err(format!("{pointer}: {other:?}").into()),
    }
}
