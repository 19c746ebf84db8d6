//! The OpenAPI file read a second time and another way: as plain JSON, with no part of the checker.

use bytes::Bytes;
use http::{Method, Request, Response};
use ksef_core::Sha256Digest;
use ksef_tests::contract::{BASE, Contract, OPEN_API, Violation};
use ksef_tests::official_data;
use ksef_tests::suite::Failed;
use serde_json::{Map, Value, json};

use crate::instances::{Variety, instance};

/// The file.
pub(crate) struct Api(pub(crate) Value);

/// A body of the file with all that makes an exchange of it.
pub(crate) struct Subject {
    pub(crate) method: Method,
    pub(crate) path: String,
    /// The status of an answer; `None` for a request.
    pub(crate) status: Option<u16>,
    pub(crate) kind: String,
    pub(crate) schema: Value,
    /// Where the schema stands in the file, as a JSON pointer.
    pub(crate) pointer: String,
    pub(crate) examples: Vec<Value>,
    request: Request<Bytes>,
    hashed: bool,
}

impl Api {
    pub(crate) fn load() -> Result<Self, Failed> {
        Ok(Self(serde_json::from_slice(&official_data::load(OPEN_API)?)?))
    }

    /// Method, path and the operation itself.
    pub(crate) fn operations(&self) -> impl Iterator<Item = (Method, &String, &Value)> {
        members(&self.0, "/paths").flat_map(|(path, item)| {
            members(item, "").map(move |(method, operation)| {
                (method.to_uppercase().parse().expect("a method"), path, operation)
            })
        })
    }

    /// A schema without `$ref` and `allOf`: the keywords of all of them together.
    pub(crate) fn flat(&self, schema: &Value) -> Map<String, Value> {
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
            let pointer = reference.strip_prefix('#').expect("a reference within the file");
            return self.flat(self.0.pointer(pointer).expect("a reference to something"));
        }
        let mut own = schema.as_object().expect("a schema is an object").clone();
        let Some(parts) = own.remove("allOf") else {
            return own;
        };
        for part in parts.as_array().expect("allOf is a list") {
            let inner = self.flat(part);
            let required = names(&own).chain(names(&inner)).map(Value::from).collect();
            own = inner.into_iter().chain(own).collect();
            own.insert("required".to_owned(), required);
        }
        own
    }

    /// Every body of a request and of an answer.
    pub(crate) fn subjects(&self) -> Vec<Subject> {
        let bodies = self.operations().flat_map(|operation| {
            let asked = operation.2.get("requestBody").map(|body| (None, body));
            let answers = members(operation.2, "/responses")
                .map(|(status, answer)| (Some(status.parse().expect("a status")), answer));
            let bodies = asked.into_iter().chain(answers);
            bodies.flat_map(move |body| {
                let operation = operation.clone();
                members(body.1, "/content")
                    .map(move |content| self.subject(&operation, body, content))
            })
        });
        bodies.collect()
    }

    fn subject(
        &self,
        (method, path, operation): &(Method, &String, &Value),
        (status, body): (Option<u16>, &Value),
        (kind, content): (&String, &Value),
    ) -> Subject {
        let schema = content.get("schema").expect("a content has a schema").clone();
        let part = status
            .map_or_else(|| "requestBody".to_owned(), |status: u16| format!("responses/{status}"));
        let (verb, kind_token) = (method.as_str().to_lowercase(), token(kind));
        let pointer = format!("/paths/{}/{verb}/{part}/content/{kind_token}/schema", token(path));
        let own = self.flat(&schema).remove("example");
        let one = content.get("example").cloned();
        let many = members(content, "/examples").filter_map(|(_, named)| named.get("value"));
        let examples: Vec<Value> = own.into_iter().chain(one).chain(many.cloned()).collect();
        Subject {
            method: method.clone(),
            path: (*path).clone(),
            status,
            kind: kind.clone(),
            schema,
            pointer,
            examples,
            request: self.request(method, path, operation).body(Bytes::new()).expect("a request"),
            hashed: body.pointer("/headers/x-ms-meta-hash").is_some(),
        }
    }

    /// A request that lacks only its body.
    pub(crate) fn request(
        &self,
        method: &Method,
        path: &str,
        operation: &Value,
    ) -> http::request::Builder {
        let mut target = format!("{BASE}{path}");
        let mut query = Vec::new();
        for parameter in list(operation, "/parameters") {
            let value = |name| parameter.get(name).expect("a parameter has it");
            let name = value("name").as_str().expect("a name");
            let sample = text(&instance(self, value("schema"), Variety::Minimal));
            if value("in") == "path" {
                target = target.replace(&format!("{{{name}}}"), &sample);
            } else if parameter.get("required") == Some(&json!(true)) {
                query.push(format!("{name}={sample}"));
            }
        }
        if !query.is_empty() {
            target = format!("{target}?{}", query.join("&"));
        }
        let request = Request::builder().method(method).uri(target);
        match operation.get("security") {
            Some(_) => request.header("Authorization", "Bearer some-token"),
            None => request,
        }
    }
}

impl Subject {
    pub(crate) fn name(&self) -> String {
        let Self { method, path, status, kind, .. } = self;
        let status = status.map_or_else(|| "request".to_owned(), |status| status.to_string());
        format!("{method} {path} {status} {kind}")
    }

    pub(crate) fn is_json(&self) -> bool {
        self.kind.ends_with("json")
    }

    /// What the contract has against this body.
    pub(crate) fn check(&self, contract: &Contract, body: &Value) -> Vec<Violation> {
        let bytes = match body {
            Value::String(text) if !self.is_json() => Bytes::from(text.clone()),
            body => Bytes::from(body.to_string()),
        };
        let verdict = match self.status {
            None => contract.check_request(&self.request_with(bytes)),
            Some(_) => contract.check_response(&self.asked(), &self.answer(bytes)),
        };
        verdict.err().unwrap_or_default()
    }

    /// The request with a body.
    pub(crate) fn request_with(&self, body: Bytes) -> Request<Bytes> {
        let mut request = self.request.clone();
        let kind = self.kind.parse().expect("a content type");
        request.headers_mut().insert("Content-Type", kind);
        *request.body_mut() = body;
        request
    }

    /// The request that asks for an answer of this kind.
    pub(crate) fn asked(&self) -> Request<Bytes> {
        let mut request = self.request.clone();
        if self.kind == "application/problem+json" {
            let format = "problem-details".parse().expect("a header");
            request.headers_mut().insert("X-Error-Format", format);
        }
        request
    }

    /// The answer with a body.
    pub(crate) fn answer(&self, body: Bytes) -> Response<Bytes> {
        let status = self.status.expect("the subject is an answer");
        let mut answer =
            Response::builder().status(status).header("Content-Type", self.kind.as_str());
        if status == 429 {
            answer = answer.header("Retry-After", "30");
        }
        if self.hashed {
            answer = answer.header("x-ms-meta-hash", Sha256Digest::of(&body).to_string());
        }
        answer.body(body).expect("an answer")
    }
}

/// The members of the object at a pointer; none where there is none.
pub(crate) fn members<'a>(
    value: &'a Value,
    pointer: &str,
) -> impl Iterator<Item = (&'a String, &'a Value)> {
    value.pointer(pointer).and_then(Value::as_object).into_iter().flatten()
}

pub(crate) fn list<'a>(value: &'a Value, pointer: &str) -> impl Iterator<Item = &'a Value> {
    value.pointer(pointer).and_then(Value::as_array).into_iter().flatten()
}

/// The names in `required`.
pub(crate) fn names(schema: &Map<String, Value>) -> impl Iterator<Item = &str> {
    let required = schema.get("required").and_then(Value::as_array);
    required.into_iter().flatten().filter_map(Value::as_str)
}

/// A name as a part of a JSON pointer.
pub(crate) fn token(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// A value as it stands in a path or a query.
pub(crate) fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
