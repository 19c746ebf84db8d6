//! The operations of the contract.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use http::Method;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::keywords::{Keywords, unfamiliar};
use super::schema::{Compiler, Schema};
use super::template::Template;
use super::{BASE, ContractError};

/// Keywords of an operation that say nothing about what is valid.
const PROSE: [&str; 4] = ["description", "summary", "tags", "x-sort"];

/// One operation of the contract.
#[derive(Debug)]
pub struct Operation {
    name: String,
    method: Method,
    path: String,
    anonymous: bool,
    permissions: Vec<String>,
    rate_limits: RateLimits,
    rate_group: Option<String>,
    pub(super) template: Template,
    pub(super) parameters: Vec<Parameter>,
    pub(super) body: Option<Body>,
    pub(super) answers: BTreeMap<u16, Answer>,
}

/// How many requests of an operation are taken; `None` where there is no such limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(clippy::exhaustive_structs, reason = "these are the windows of the contract")]
pub struct RateLimits {
    /// Requests in a second.
    pub per_second: Option<u32>,
    /// Requests in a minute.
    pub per_minute: Option<u32>,
    /// Requests in an hour.
    pub per_hour: Option<u32>,
}

/// A parameter in a path, a query or a header.
#[derive(Debug)]
pub(super) struct Parameter {
    pub(super) name: String,
    pub(super) source: Source,
    pub(super) required: bool,
    pub(super) schema: Arc<Schema>,
}

/// Where a parameter stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Source {
    Path,
    Query,
    Header,
}

/// Schemas by content type.
pub(super) type Content = BTreeMap<String, Arc<Schema>>;

/// The body of a request.
#[derive(Debug)]
pub(super) struct Body {
    pub(super) required: bool,
    pub(super) content: Content,
}

/// What an answer with one status has.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) content: Content,
    pub(super) headers: BTreeMap<String, Arc<Schema>>,
}

/// The file, compiled.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) operations: Vec<Operation>,
    /// The shape of problem+json for statuses that the file does not have.
    pub(super) problem: Arc<Schema>,
}

impl Operation {
    /// The method.
    #[must_use]
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// The path relative to [`BASE`], with its parameters in braces: `/sessions/{referenceNumber}`.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Whether it takes no credential; the others take a Bearer token.
    #[must_use]
    pub fn is_anonymous(&self) -> bool {
        self.anonymous
    }

    /// The permissions of which the caller needs one; none where every caller may.
    #[must_use]
    pub fn permissions(&self) -> &[String] {
        &self.permissions
    }

    /// The limits on requests.
    #[must_use]
    pub fn rate_limits(&self) -> RateLimits {
        self.rate_limits
    }

    /// The group of operations that share the limits, such as `sessionMisc`; `None` where the file has `-`.
    #[must_use]
    pub fn rate_group(&self) -> Option<&str> {
        self.rate_group.as_deref()
    }

    /// The documented statuses of its answers, in ascending order.
    pub fn statuses(&self) -> impl Iterator<Item = u16> {
        self.answers.keys().copied()
    }

    /// Method and path.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Whether a path relative to [`BASE`] is one of this operation.
    pub(super) fn matches(&self, path: &str) -> bool {
        self.template.matches(path)
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl Document {
    pub(super) fn read(source: Value) -> Result<Self, ContractError> {
        let mut keywords = Keywords::of(source, "#")?;
        keywords.ignore(&["info", "tags", "x-tagGroups"]);
        if keywords.require::<String>("openapi")?.split('.').take(2).ne(["3", "0"]) {
            return Err(unfamiliar("#/openapi", "not OpenAPI 3.0"));
        }
        check_servers(&keywords.require("servers")?)?;
        let mut compiler = components(keywords.require("components")?)?;
        compiler.compile_all()?;
        let mut operations = Vec::new();
        for (path, item) in keywords.members("paths")? {
            for (method, source) in Keywords::of(item, &path)?.all() {
                operations.push(operation(&path, &method, source, &mut compiler)?);
            }
        }
        keywords.finish()?;
        operations.sort_by(|a: &Operation, b| {
            a.template.cmp(&b.template).then_with(|| a.name.cmp(&b.name))
        });
        let problem = compiler.schema(problem(), "problem+json")?;
        Ok(Self { operations, problem })
    }
}

/// RFC 9457 with what the API adds to it (KSeF API, section 14.1).
fn problem() -> Value {
    json!({
        "type": "object",
        "required": ["title", "status", "detail"],
        "properties": {
            "title": { "type": "string", "minLength": 1 },
            "status": { "type": "integer", "format": "int32" },
            "detail": { "type": "string", "minLength": 1 },
            "instance": { "type": "string" },
            "traceId": { "type": "string" },
            "timestamp": { "type": "string", "format": "date-time" },
        },
    })
}

fn check_servers(servers: &Value) -> Result<(), ContractError> {
    let url = servers.pointer("/0/url").and_then(Value::as_str).unwrap_or_default();
    if url.ends_with(BASE) { Ok(()) } else { Err(unfamiliar("#/servers", "another base path")) }
}

fn components(source: Value) -> Result<Compiler, ContractError> {
    let mut keywords = Keywords::of(source, "#/components")?;
    let schemas = keywords.members("schemas")?;
    let schemes = keywords.members("securitySchemes")?;
    if schemes.keys().ne(["Bearer"]) {
        return Err(unfamiliar("#/components/securitySchemes", "other schemes than Bearer"));
    }
    keywords.finish()?;
    Ok(Compiler::new(schemas))
}

fn operation(
    path: &str,
    method: &str,
    source: Value,
    compiler: &mut Compiler,
) -> Result<Operation, ContractError> {
    let method = method.to_uppercase();
    let name = format!("{method} {path}");
    let method = method.parse().map_err(|_| unfamiliar(&name, "the method"))?;
    let mut keywords = Keywords::of(source, &name)?;
    keywords.ignore(&PROSE);
    let rate_group = rate_group(&keywords)?;
    let operation = Operation {
        method,
        path: path.to_owned(),
        anonymous: is_anonymous(&mut keywords)?,
        permissions: keywords.take("x-required-permissions")?.unwrap_or_default(),
        rate_limits: keywords.require("x-rate-limits")?,
        rate_group,
        template: Template::of(path),
        parameters: parameters(&mut keywords, compiler)?,
        body: body(&mut keywords, compiler)?,
        answers: answers(&mut keywords, compiler)?,
        name,
    };
    keywords.finish()?;
    let declared = operation.parameters.iter().filter(|parameter| parameter.source == Source::Path);
    if !operation.template.names().eq(declared.map(|parameter| parameter.name.as_str())) {
        return Err(unfamiliar(&operation.name, "other parameters than those of the path"));
    }
    Ok(operation)
}

fn is_anonymous(keywords: &mut Keywords) -> Result<bool, ContractError> {
    match keywords.take::<Value>("security")? {
        None => Ok(true),
        Some(security) if security == json!([{ "Bearer": [] }]) => Ok(false),
        Some(_) => Err(unfamiliar(keywords.place(), "security other than Bearer")),
    }
}

/// The last cell of the table in the description of 429, which is the only place that names the group.
fn rate_group(keywords: &Keywords) -> Result<Option<String>, ContractError> {
    let table = keywords.peek("/responses/429/description").and_then(Value::as_str);
    let row = table.and_then(|table| table.trim_end().lines().next_back());
    let cell = row.and_then(|row| row.trim_end_matches([' ', '|']).rsplit('|').next());
    match cell.map(str::trim) {
        Some("-") => Ok(None),
        Some(group) if !group.is_empty() => Ok(Some(group.to_owned())),
        _ => Err(unfamiliar(keywords.place(), "no group of limits in the description of 429")),
    }
}

fn parameters(
    keywords: &mut Keywords,
    compiler: &mut Compiler,
) -> Result<Vec<Parameter>, ContractError> {
    let sources: Vec<Value> = keywords.take("parameters")?.unwrap_or_default();
    sources.into_iter().map(|source| parameter(source, keywords.place(), compiler)).collect()
}

fn parameter(
    source: Value,
    operation: &str,
    compiler: &mut Compiler,
) -> Result<Parameter, ContractError> {
    let mut keywords = Keywords::of(source, &format!("{operation}, parameter"))?;
    keywords.ignore(&["description"]);
    let name: String = keywords.require("name")?;
    let source = keywords.require("in")?;
    let required = keywords.take("required")?.unwrap_or(false);
    let schema = compiler.schema(keywords.require("schema")?, &format!("{operation}, {name}"))?;
    keywords.finish()?;
    Ok(Parameter { name, source, required, schema })
}

fn body(keywords: &mut Keywords, compiler: &mut Compiler) -> Result<Option<Body>, ContractError> {
    let Some(source) = keywords.take::<Value>("requestBody")? else {
        return Ok(None);
    };
    let mut keywords = Keywords::of(source, &format!("{}, body", keywords.place()))?;
    keywords.ignore(&["description"]);
    let required = keywords.take("required")?.unwrap_or(false);
    let content = content(&mut keywords, compiler)?;
    keywords.finish()?;
    Ok(Some(Body { required, content }))
}

fn answers(
    keywords: &mut Keywords,
    compiler: &mut Compiler,
) -> Result<BTreeMap<u16, Answer>, ContractError> {
    let mut answers = BTreeMap::new();
    for (status, source) in keywords.members("responses")? {
        let place = format!("{}, {status}", keywords.place());
        let status = status.parse().map_err(|_| unfamiliar(&place, "the status"))?;
        answers.insert(status, answer(source, &place, compiler)?);
    }
    Ok(answers)
}

fn answer(source: Value, place: &str, compiler: &mut Compiler) -> Result<Answer, ContractError> {
    let mut keywords = Keywords::of(source, place)?;
    keywords.ignore(&["description", "x-summary"]);
    let mut headers = BTreeMap::new();
    for (name, source) in keywords.members("headers")? {
        let mut keywords = Keywords::of(source, &format!("{place}, {name}"))?;
        keywords.ignore(&["description"]);
        headers.insert(name, compiler.schema(keywords.require("schema")?, place)?);
        keywords.finish()?;
    }
    let content = content(&mut keywords, compiler)?;
    keywords.finish()?;
    Ok(Answer { content, headers })
}

fn content(keywords: &mut Keywords, compiler: &mut Compiler) -> Result<Content, ContractError> {
    let mut content = Content::new();
    let kinds: Map<String, Value> = keywords.members("content")?;
    for (kind, source) in kinds {
        let place = format!("{}, {kind}", keywords.place());
        let mut keywords = Keywords::of(source, &place)?;
        keywords.ignore(&["example", "examples"]);
        content.insert(kind, compiler.schema(keywords.require("schema")?, &place)?);
        keywords.finish()?;
    }
    Ok(content)
}
