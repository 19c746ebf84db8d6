//! Answers as KSeF may give them: one of every schema of the file.

use ksef_tests::client::STORAGE;
use serde_json::{Map, Value, json};

use crate::api::{Api, names};
use crate::instances::{Variety, instance};

/// Which of the answers that the file allows, or that a later file will.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// What is required alone, and empty lists.
    Least,
    /// Every property.
    Fullest,
    /// Every property, null where it may be.
    Null,
    /// Every property, some more, and other values in every list of values.
    ToCome,
}

impl Kind {
    pub(crate) const ALL: [Self; 4] = [Self::Least, Self::Fullest, Self::Null, Self::ToCome];

    const fn variety(self) -> Variety {
        match self {
            Self::Least => Variety::Minimal,
            Self::Fullest | Self::ToCome => Variety::Full,
            Self::Null => Variety::Null,
        }
    }
}

/// What every token is that is given out: it must be seen nowhere.
pub(crate) const TOKEN: &str = "canary-token-of-nobody";

const REFERENCE_NUMBER: &str = "20251002-SO-190FB15000-0123456789-AB";
const COLLECTIVE_IDENTIFIER: &str = "1111111111-IZ202607-65ED02180000-E7";
const LATER: &str = "2049-10-02T19:17:58.6776534+00:00";

/// An answer of a schema, in which values mean what the client needs to go on.
pub(crate) fn answer(api: &Api, schema: &Value, kind: Kind) -> Value {
    Sampler { api, kind }.sample("", schema)
}

struct Sampler<'a> {
    api: &'a Api,
    kind: Kind,
}

impl Sampler<'_> {
    fn sample(&self, name: &str, schema: &Value) -> Value {
        let flat = self.api.flat(schema);
        let of_type = flat.get("type").and_then(Value::as_str).unwrap_or_default();
        let is_nullable = flat.get("nullable") == Some(&json!(true));
        if let Some(value) = meaning(name, of_type) {
            return value;
        }
        // Without its package, a finished export has failed.
        if is_nullable && self.kind == Kind::Null && name != "package" {
            return Value::Null;
        }
        match of_type {
            "object" if flat.contains_key("properties") => self.object(&flat),
            "array" => self.array(name, &flat),
            "string" if flat.contains_key("enum") && self.kind == Kind::ToCome => {
                json!("ValueToCome")
            }
            "integer" => {
                let least = flat.get("minimum").and_then(Value::as_i64).unwrap_or_default();
                json!(least.max(1))
            }
            _ => instance(self.api, schema, self.kind.variety()),
        }
    }

    fn object(&self, schema: &Map<String, Value>) -> Value {
        let required: Vec<&str> = names(schema).collect();
        let properties = schema.get("properties").and_then(Value::as_object);
        let mut object = Map::new();
        for (name, property) in properties.into_iter().flatten() {
            let is_needed = required.contains(&name.as_str()) || name == "package";
            if self.kind != Kind::Least || is_needed {
                object.insert(name.clone(), self.sample(name, property));
            }
        }
        if self.kind == Kind::ToCome {
            object.insert("propertyToCome".to_owned(), json!({ "some": ["thing", 1, null] }));
        }
        Value::from(object)
    }

    fn array(&self, name: &str, schema: &Map<String, Value>) -> Value {
        let items = schema.get("items").expect("an array has items");
        let is_needed = matches!(name, "partUploadRequests" | "parts");
        let count = usize::from(self.kind != Kind::Least || is_needed);
        (0..count).map(|_| self.sample(name, items)).collect()
    }
}

/// Values without which there is no next step.
fn meaning(name: &str, of_type: &str) -> Option<Value> {
    Some(match (name, of_type) {
        // Of a status; that of an authentication method is a text.
        ("code", "integer") => json!(200),
        ("challenge", "string") => json!("20251002-CR-190FB15000-0123456789-AB"),
        ("token", "string") => json!(TOKEN),
        ("validUntil" | "validTo" | "expirationDate" | "packageExpirationDate", "string") => {
            json!(LATER)
        }
        ("collectiveIdentifierNumber", "string") => json!(COLLECTIVE_IDENTIFIER),
        // A form of a later version, in printable ASCII.
        ("formCode", "object") => {
            json!({ "systemCode": "FA (4)", "schemaVersion": "1-0E", "value": "FA" })
        }
        // Its check digits are looked at.
        ("ksefNumber", "string") => json!("5265877635-20250826-0100001AF629-AF"),
        ("continuationToken", "string") => json!("page-2"),
        ("url" | "downloadUrl" | "upoDownloadUrl", "string") => {
            json!(format!("{STORAGE}/00/part?sig={TOKEN}"))
        }
        ("headers", "object") => json!({ "x-ms-blob-type": "BlockBlob" }),
        // Without knowing it, nobody can unpack the package.
        ("compressionType", "string") => json!("TarGz"),
        // The list ends there, and begins anew behind its last date.
        ("isTruncated", "boolean") => json!(false),
        (name, "string") if name.to_lowercase().ends_with("referencenumber") => {
            json!(REFERENCE_NUMBER)
        }
        _ => return None,
    })
}
