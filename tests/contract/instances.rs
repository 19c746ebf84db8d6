//! Values that a schema takes, and the same values broken in one place.

use serde_json::{Map, Value, json};

use crate::api::{Api, names};

/// A value for each pattern of the file, found by a part of the pattern.
const PATTERNS: [(&str, &str); 12] = [
    ("-((25[0-5]", "10.0.0.1-10.0.0.254"),
    ("/(0|[1-9]", "172.16.0.0/16"),
    ("[1-9][0-9]|[0-9])$", "192.168.0.10"),
    ("^[0-9A-F]{16}$", "0123456789ABCDEF"),
    ("ąćę", "Pieczęć 1"),
    ("-(ATU", "1234563218-DE123456789"),
    ("^(ATU", "DE123456789"),
    ("-\\d{5}$", "1234563218-12345"),
    ("(20[2-9][0-9]", "1234563218-20260101-0000000000A1-00"),
    ("^P[A-Z]{2}", "PPL123456"),
    ("^\\d{2}(?:0", "90010112345"),
    ("\\d{7}$", "1234563218"),
];

const TIMESTAMP: &str = "2025-10-02T19:17:58.6776534+00:00";
const BASE64_OF_32_BYTES: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

/// Which of the values that a schema takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Variety {
    /// Every property, the longest texts, the greatest numbers.
    Full,
    /// Required properties alone, the shortest texts, the least numbers.
    Minimal,
    /// Every property, null where it may be.
    Null,
}

impl Variety {
    pub(crate) const ALL: [Self; 3] = [Self::Full, Self::Minimal, Self::Null];
}

/// A value that the schema takes.
pub(crate) fn instance(api: &Api, schema: &Value, variety: Variety) -> Value {
    let schema = api.flat(schema);
    if variety == Variety::Null && is_nullable(&schema) {
        return Value::Null;
    }
    match schema.get("type").and_then(Value::as_str) {
        Some("object") => object(api, &schema, variety),
        Some("array") => {
            let fewest = number(&schema, "minItems").unwrap_or(0);
            let most = number(&schema, "maxItems").unwrap_or_else(|| fewest.max(2));
            let count = if variety == Variety::Minimal { fewest } else { most };
            let items = schema.get("items").expect("an array has items");
            (0..count).map(|_| instance(api, items, variety)).collect()
        }
        Some("string") => Value::from(string(&schema, variety)),
        Some("integer") => integer(&schema, variety),
        Some("number") => json!(1234.56),
        Some("boolean") => json!(true),
        Some(other) => panic!("a schema has the type {other}"),
        None => json!({ "anything": [1, "two"] }),
    }
}

fn object(api: &Api, schema: &Map<String, Value>, variety: Variety) -> Value {
    let mut object = Map::new();
    for (name, property) in properties(schema) {
        if variety != Variety::Minimal || names(schema).any(|required| required == name) {
            object.insert(name.clone(), instance(api, property, variety));
        }
    }
    if let Some(others) = schema.get("additionalProperties") {
        object.insert("some/other~name".to_owned(), instance(api, others, variety));
    }
    Value::from(object)
}

fn string(schema: &Map<String, Value>, variety: Variety) -> String {
    let take = |name: &str| schema.get(name).and_then(Value::as_str);
    if let Some(allowed) = schema.get("enum").and_then(Value::as_array) {
        let one = if variety == Variety::Minimal { allowed.first() } else { allowed.last() };
        return one.and_then(Value::as_str).expect("an enum has values").to_owned();
    }
    if let Some(pattern) = take("pattern") {
        let sample = PATTERNS.iter().find(|(part, _)| pattern.contains(part));
        return sample.expect("each pattern has its value").1.to_owned();
    }
    match take("format") {
        Some("byte") => BASE64_OF_32_BYTES.to_owned(),
        Some("date") => "2025-10-02".to_owned(),
        Some("date-time") => TIMESTAMP.to_owned(),
        Some("uri") => "https://example.com/storage/1?sig=a%2Fb".to_owned(),
        Some(other) => panic!("a schema has the format {other}"),
        None => {
            let shortest = number(schema, "minLength").unwrap_or(0);
            let longest = number(schema, "maxLength").unwrap_or_else(|| shortest.max(3));
            let length = if variety == Variety::Minimal { shortest } else { longest };
            "ż".repeat(usize::try_from(length).expect("a length"))
        }
    }
}

fn integer(schema: &Map<String, Value>, variety: Variety) -> Value {
    let (least, most) = range(schema);
    Value::from(if variety == Variety::Minimal { least } else { most })
}

/// The least and the greatest integer.
fn range(schema: &Map<String, Value>) -> (i64, i64) {
    let (least, most) = match schema.get("format").and_then(Value::as_str) {
        Some("int32") => (i64::from(i32::MIN), i64::from(i32::MAX)),
        _ => (i64::MIN, i64::MAX),
    };
    let exclusive = schema.get("exclusiveMinimum") == Some(&json!(true));
    let minimum = number(schema, "minimum").map(|minimum| minimum + i64::from(exclusive));
    (minimum.unwrap_or(least), number(schema, "maximum").unwrap_or(most))
}

/// A value with one fault.
pub(crate) struct Mutant {
    /// The place of the fault, as a JSON pointer.
    pub(crate) pointer: String,
    pub(crate) fault: &'static str,
    pub(crate) value: Value,
}

enum Change {
    Replace(Value),
    Add(&'static str),
    Remove(String),
}

/// Every way to break a value of the schema in one place.
pub(crate) fn mutants(api: &Api, schema: &Value, value: &Value) -> Vec<Mutant> {
    let mut changes = Vec::new();
    collect(api, schema, value, "", &mut changes);
    changes
        .into_iter()
        .map(|(pointer, fault, change)| mutant(value, pointer, fault, change))
        .collect()
}

type Changes = Vec<(String, &'static str, Change)>;

fn mutant(value: &Value, pointer: String, fault: &'static str, change: Change) -> Mutant {
    let mut value = value.clone();
    let target = value.pointer_mut(&pointer).expect("the place of a fault");
    let name = match change {
        Change::Replace(other) => {
            *target = other;
            return Mutant { pointer, fault, value };
        }
        Change::Add(name) => {
            object_mut(target).insert(name.to_owned(), json!(1));
            name.to_owned()
        }
        Change::Remove(name) => {
            object_mut(target).remove(&name);
            name
        }
    };
    Mutant { pointer: format!("{pointer}/{name}"), fault, value }
}

fn object_mut(value: &mut Value) -> &mut Map<String, Value> {
    value.as_object_mut().expect("an object")
}

fn collect(api: &Api, schema: &Value, value: &Value, at: &str, changes: &mut Changes) {
    let schema = api.flat(schema);
    let Some(kind) = schema.get("type").and_then(Value::as_str) else {
        return;
    };
    let mut replace = |fault, value| changes.push((at.to_owned(), fault, Change::Replace(value)));
    if !is_nullable(&schema) {
        replace("null", Value::Null);
    }
    if value.is_null() {
        return;
    }
    wrong_types(kind).into_iter().for_each(|value| replace("wrong type", value));
    match kind {
        "string" => broken_texts(&schema, value, &mut replace),
        "integer" if schema.contains_key("format") => {
            let (least, most) = range(&schema);
            replace("too small", beyond(i128::from(least) - 1));
            replace("too great", beyond(i128::from(most) + 1));
        }
        "array" => broken_items(api, &schema, value, at, changes),
        "object" => broken_members(api, &schema, value, at, changes),
        _ => {}
    }
}

/// A number that may be none of `serde_json`'s integers.
fn beyond(number: i128) -> Value {
    serde_json::from_str(&number.to_string()).expect("a number is JSON")
}

fn wrong_types(kind: &str) -> Vec<Value> {
    match kind {
        "string" => vec![json!(1), json!(["text"])],
        "integer" => vec![json!("1"), json!(1.5)],
        "number" => vec![json!("1.5")],
        "boolean" => vec![json!("true"), json!(1)],
        "array" => vec![json!({}), json!("text")],
        _ => vec![json!([]), json!("text")],
    }
}

fn broken_texts(
    schema: &Map<String, Value>,
    value: &Value,
    replace: &mut impl FnMut(&'static str, Value),
) {
    let text = value.as_str().expect("a text");
    if schema.contains_key("enum") {
        replace("not listed", json!("NoSuchValue"));
    }
    if schema.contains_key("pattern") {
        replace("not of the pattern", json!(format!("{text}!")));
        replace("not of the pattern", json!(format!("!{text}")));
    }
    let broken: &[&str] = match schema.get("format").and_then(Value::as_str) {
        Some("byte") => &["****", "AAAAA", "AAA"],
        Some("date") => &["2025-02-30", "2025-1-02", TIMESTAMP],
        Some("date-time") => {
            &["2025-10-02T19:17:58.6776534", "2025-13-02T19:17:58Z", "2025-10-02 19:17:58Z", "now"]
        }
        Some("uri") => &["/storage/1", "no address"],
        _ => &[],
    };
    broken.iter().for_each(|text| replace("not of the format", json!(text)));
    if let Some(longest) = number(schema, "maxLength") {
        let length = usize::try_from(longest + 1).expect("a length");
        replace("too long", json!("a".repeat(length)));
    }
    if let Some(shortest) = number(schema, "minLength").filter(|shortest| *shortest > 0) {
        let length = usize::try_from(shortest - 1).expect("a length");
        replace("too short", json!("a".repeat(length)));
    }
}

fn broken_items(
    api: &Api,
    schema: &Map<String, Value>,
    value: &Value,
    at: &str,
    changes: &mut Changes,
) {
    let values = value.as_array().expect("an array");
    let items = schema.get("items").expect("an array has items");
    let mut resize = |fault, count: i64| {
        let count = usize::try_from(count).expect("a count");
        let item = instance(api, items, Variety::Minimal);
        changes.push((at.to_owned(), fault, Change::Replace(vec![item; count].into())));
    };
    if let Some(most) = number(schema, "maxItems") {
        resize("too many", most + 1);
    }
    if let Some(fewest) = number(schema, "minItems").filter(|fewest| *fewest > 0) {
        resize("too few", fewest - 1);
    }
    // What breaks the first item breaks each.
    if let Some(first) = values.first() {
        collect(api, items, first, &format!("{at}/0"), changes);
    }
}

fn broken_members(
    api: &Api,
    schema: &Map<String, Value>,
    value: &Value,
    at: &str,
    changes: &mut Changes,
) {
    let members = value.as_object().expect("an object");
    for name in names(schema).filter(|name| members.contains_key(*name)) {
        changes.push((at.to_owned(), "required", Change::Remove(name.to_owned())));
    }
    match schema.get("additionalProperties") {
        None => changes.push((at.to_owned(), "unknown", Change::Add("noSuchProperty"))),
        Some(others) => {
            let name = "some~1other~0name";
            if let Some(value) = members.get("some/other~name") {
                collect(api, others, value, &format!("{at}/{name}"), changes);
            }
        }
    }
    for (name, property) in properties(schema) {
        if let Some(value) = members.get(name) {
            collect(api, property, value, &format!("{at}/{name}"), changes);
        }
    }
}

fn properties(schema: &Map<String, Value>) -> impl Iterator<Item = (&String, &Value)> {
    schema.get("properties").and_then(Value::as_object).into_iter().flatten()
}

fn is_nullable(schema: &Map<String, Value>) -> bool {
    schema.get("nullable") == Some(&json!(true))
}

fn number(schema: &Map<String, Value>, name: &str) -> Option<i64> {
    schema.get(name).and_then(Value::as_i64)
}
