//! The schemas of the contract, compiled: OpenAPI 3.0 with the keywords that the file uses.
//!
//! `nullable` beside an `allOf` is taken as it is meant: the value of the referenced schema, or null.
//! An object without `additionalProperties` has no others than its `properties`, unless the rules say so.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use regex::Regex;
use serde_json::{Map, Value};

use super::ContractError;
use super::format::{Format, is_own_form};
use super::keywords::{Keywords, unfamiliar};
use super::violation::{Findings, Place};
use crate::planted::PlantedFault;

/// Keywords that say nothing about what is valid. None of the `readOnly` properties is part of a request.
const ANNOTATIONS: [&str; 5] = ["default", "deprecated", "description", "example", "readOnly"];

const COMPONENTS: &str = "#/components/schemas/";

/// Where the error format of old has its timestamp, which live servers write with `Z`.
const OLD_ERROR_TIMESTAMP: &str = "body/exception/timestamp";

/// What a value has to be.
#[derive(Debug)]
pub(super) struct Schema {
    nullable: bool,
    required: Vec<String>,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Any,
    Same(Arc<Schema>),
    Object { properties: BTreeMap<String, Arc<Schema>>, others: Option<Arc<Schema>> },
    Array { items: Arc<Schema>, fewest: usize, most: usize },
    Text { format: Option<Format>, shortest: usize, longest: usize, form: Form },
    Integer { least: i128, most: i128 },
    Number,
    Boolean,
}

#[derive(Debug)]
enum Form {
    Any,
    OneOf(Vec<String>),
    Pattern(Regex),
}

/// Compiles schemas; each component once.
#[derive(Debug)]
pub(super) struct Compiler {
    sources: Map<String, Value>,
    compiled: BTreeMap<String, Arc<Schema>>,
    open: BTreeSet<String>,
}

impl Compiler {
    pub(super) fn new(sources: Map<String, Value>) -> Self {
        Self { sources, compiled: BTreeMap::new(), open: BTreeSet::new() }
    }

    /// Compiles every component, also those that no operation uses.
    pub(super) fn compile_all(&mut self) -> Result<(), ContractError> {
        let names: Vec<String> = self.sources.keys().cloned().collect();
        names.iter().try_for_each(|name| self.component(name).map(drop))
    }

    pub(super) fn schema(
        &mut self,
        source: Value,
        place: &str,
    ) -> Result<Arc<Schema>, ContractError> {
        let mut keywords = Keywords::of(source, place)?;
        if let Some(reference) = keywords.take::<String>("$ref")? {
            keywords.finish()?;
            return self.referenced(&reference, place);
        }
        keywords.ignore(&ANNOTATIONS);
        let nullable = keywords.take("nullable")?.unwrap_or(false);
        let kind = self.kind(&mut keywords)?;
        let mut required: Vec<String> = keywords.take("required")?.unwrap_or_default();
        if let Kind::Same(inner) = &kind {
            required.retain(|name| !inner.requires(name));
        }
        keywords.finish()?;
        Ok(Arc::new(Schema { nullable, required, kind }))
    }

    fn referenced(&mut self, reference: &str, place: &str) -> Result<Arc<Schema>, ContractError> {
        match reference.strip_prefix(COMPONENTS) {
            Some(name) => self.component(name),
            None => Err(unfamiliar(place, &format!("$ref to {reference}"))),
        }
    }

    fn component(&mut self, name: &str) -> Result<Arc<Schema>, ContractError> {
        if let Some(schema) = self.compiled.get(name) {
            return Ok(Arc::clone(schema));
        }
        let place = format!("{COMPONENTS}{name}");
        if !self.open.insert(name.to_owned()) {
            return Err(unfamiliar(&place, "a schema within itself"));
        }
        let source = self.sources.get(name).cloned();
        let source = source.ok_or_else(|| unfamiliar(&place, "a $ref to nothing"))?;
        let schema = self.schema(source, &place)?;
        self.compiled.insert(name.to_owned(), Arc::clone(&schema));
        Ok(schema)
    }

    fn kind(&mut self, keywords: &mut Keywords) -> Result<Kind, ContractError> {
        let Some(kind) = keywords.take::<String>("type")? else {
            return self.untyped(keywords);
        };
        match kind.as_str() {
            "object" => self.object(keywords),
            "array" => self.array(keywords),
            "string" => text(keywords),
            "integer" => integer(keywords),
            "number" => number(keywords),
            "boolean" => Ok(Kind::Boolean),
            other => Err(unfamiliar(keywords.place(), &format!("type {other}"))),
        }
    }

    fn untyped(&mut self, keywords: &mut Keywords) -> Result<Kind, ContractError> {
        let Some(parts) = keywords.take::<Vec<Value>>("allOf")? else {
            return Ok(Kind::Any);
        };
        let [part] = <[Value; 1]>::try_from(parts)
            .map_err(|_| unfamiliar(keywords.place(), "allOf of more or less than one"))?;
        self.schema(part, &format!("{}/allOf/0", keywords.place())).map(Kind::Same)
    }

    fn object(&mut self, keywords: &mut Keywords) -> Result<Kind, ContractError> {
        let place = keywords.place().to_owned();
        if !keywords.has("properties") && !keywords.has("additionalProperties") {
            return Err(unfamiliar(&place, "an object without a word on its properties"));
        }
        let mut properties = BTreeMap::new();
        for (name, source) in keywords.members("properties")? {
            let schema = self.schema(source, &format!("{place}/properties/{name}"))?;
            properties.insert(name, schema);
        }
        let others = keywords.take::<Value>("additionalProperties")?;
        let others =
            others.map(|source| self.schema(source, &format!("{place}/additionalProperties")));
        Ok(Kind::Object { properties, others: others.transpose()? })
    }

    fn array(&mut self, keywords: &mut Keywords) -> Result<Kind, ContractError> {
        let items = keywords.require::<Value>("items")?;
        let items = self.schema(items, &format!("{}/items", keywords.place()))?;
        let fewest = keywords.take("minItems")?.unwrap_or(0);
        let most = keywords.take("maxItems")?.unwrap_or(usize::MAX);
        // The file has them beside lists of addresses, where JSON Schema gives them no meaning.
        keywords.ignore(&["minimum", "maximum"]);
        Ok(Kind::Array { items, fewest, most })
    }
}

fn text(keywords: &mut Keywords) -> Result<Kind, ContractError> {
    let place = keywords.place().to_owned();
    let format = keywords.take::<String>("format")?;
    let known = |name: String| {
        Format::of(&name).ok_or_else(|| unfamiliar(&place, &format!("format {name}")))
    };
    let format = format.map(known).transpose()?;
    let shortest = keywords.take("minLength")?.unwrap_or(0);
    let longest = keywords.take("maxLength")?.unwrap_or(usize::MAX);
    let form = match (keywords.take("enum")?, keywords.take::<String>("pattern")?) {
        (None, None) => Form::Any,
        (Some(allowed), None) => Form::OneOf(allowed),
        (None, Some(pattern)) => Form::Pattern(ecma_pattern(&pattern, &place)?),
        (Some(_), Some(_)) => return Err(unfamiliar(&place, "enum and pattern")),
    };
    Ok(Kind::Text { format, shortest, longest, form })
}

/// A pattern of JSON Schema is one of ECMAScript, where `\d` is ASCII.
fn ecma_pattern(pattern: &str, place: &str) -> Result<Regex, ContractError> {
    let pattern = pattern.replace(r"\d", "[0-9]");
    Regex::new(&pattern).map_err(|error| unfamiliar(place, &format!("pattern: {error}")))
}

fn integer(keywords: &mut Keywords) -> Result<Kind, ContractError> {
    let format = keywords.take::<String>("format")?;
    let (least, most) = match format.as_deref() {
        Some("int32") => (i128::from(i32::MIN), i128::from(i32::MAX)),
        Some("int64") => (i128::from(i64::MIN), i128::from(i64::MAX)),
        None => (i128::MIN, i128::MAX),
        Some(other) => return Err(unfamiliar(keywords.place(), &format!("format {other}"))),
    };
    let minimum = keywords.take::<i64>("minimum")?.map_or(i128::MIN, i128::from);
    let maximum = keywords.take::<i64>("maximum")?.map_or(i128::MAX, i128::from);
    let exclusive = keywords.take("exclusiveMinimum")?.unwrap_or(false);
    let minimum = minimum.saturating_add(i128::from(exclusive));
    Ok(Kind::Integer { least: least.max(minimum), most: most.min(maximum) })
}

fn number(keywords: &mut Keywords) -> Result<Kind, ContractError> {
    match keywords.take::<String>("format")?.as_deref() {
        Some("double") => Ok(Kind::Number),
        _ => Err(unfamiliar(keywords.place(), "a number that is no double")),
    }
}

impl Schema {
    pub(super) fn check(&self, value: &Value, place: &Place<'_>, findings: &mut Findings) {
        if value.is_null() && self.takes_null() {
            return;
        }
        self.check_required(value, place, findings);
        match (&self.kind, value) {
            (Kind::Same(inner), _) => inner.check(value, place, findings),
            (Kind::Object { properties, others }, Value::Object(members)) => {
                check_members(properties, others.as_deref(), members, place, findings);
            }
            (Kind::Array { items, fewest, most }, Value::Array(values)) => {
                check_count(values.len(), (*fewest, *most), "items", place, findings);
                for (number, value) in values.iter().enumerate() {
                    items.check(value, &Place::Item(place, number), findings);
                }
            }
            (Kind::Text { format, shortest, longest, form }, Value::String(text)) => {
                check_count(
                    text.chars().count(),
                    (*shortest, *longest),
                    "characters",
                    place,
                    findings,
                );
                form.check(text, place, findings);
                check_format(*format, text, place, findings);
            }
            (Kind::Integer { least, most }, Value::Number(_)) => {
                check_range(value, (*least, *most), place, findings);
            }
            (Kind::Any, _) | (Kind::Number, Value::Number(_)) | (Kind::Boolean, Value::Bool(_)) => {
            }
            _ => findings.report(place, format!("is no {}", self.name())),
        }
    }

    /// The value that a text in a path, a query or a header stands for.
    pub(super) fn read(&self, text: &str) -> Value {
        let parsed = match &self.kind {
            Kind::Same(inner) => return inner.read(text),
            Kind::Integer { .. } => text.parse::<i64>().ok().map(Value::from),
            Kind::Boolean => text.parse::<bool>().ok().map(Value::from),
            _ => None,
        };
        parsed.unwrap_or_else(|| Value::from(text))
    }

    /// What the items of an array have to be; `None` for anything else.
    pub(super) fn items(&self) -> Option<&Self> {
        match &self.kind {
            Kind::Array { items, .. } => Some(items),
            Kind::Same(inner) => inner.items(),
            _ => None,
        }
    }

    /// Whether an absent body misses something.
    pub(super) fn requires_anything(&self) -> bool {
        !self.required.is_empty()
            || matches!(&self.kind, Kind::Same(inner) if inner.requires_anything())
    }

    fn requires(&self, name: &str) -> bool {
        self.required.iter().any(|required| required == name)
            || matches!(&self.kind, Kind::Same(inner) if inner.requires(name))
    }

    fn takes_null(&self) -> bool {
        self.nullable || matches!(&self.kind, Kind::Same(inner) if inner.takes_null())
    }

    fn check_required(&self, value: &Value, place: &Place<'_>, findings: &mut Findings) {
        let Value::Object(members) = value else {
            return;
        };
        if PlantedFault::TolerantContract.is_on() {
            return;
        }
        for name in self.required.iter().filter(|name| !members.contains_key(*name)) {
            findings.report(&Place::Property(place, name), "is missing");
        }
    }

    fn name(&self) -> &'static str {
        match self.kind {
            Kind::Any | Kind::Same(_) => "value",
            Kind::Object { .. } => "object",
            Kind::Array { .. } => "array",
            Kind::Text { .. } => "text",
            Kind::Integer { .. } => "integer",
            Kind::Number => "number",
            Kind::Boolean => "boolean",
        }
    }
}

impl Form {
    fn check(&self, text: &str, place: &Place<'_>, findings: &mut Findings) {
        let (fits, message) = match self {
            Self::Any => return,
            Self::OneOf(allowed) => {
                (allowed.iter().any(|allowed| allowed == text), "is none of the listed values")
            }
            Self::Pattern(pattern) => (pattern.is_match(text), "does not match the pattern"),
        };
        if !fits {
            findings.report(place, message);
        }
    }
}

fn check_members(
    properties: &BTreeMap<String, Arc<Schema>>,
    others: Option<&Schema>,
    members: &Map<String, Value>,
    place: &Place<'_>,
    findings: &mut Findings,
) {
    for (name, value) in members {
        let place = Place::Property(place, name);
        match properties.get(name).map(Arc::as_ref).or(others) {
            Some(schema) => schema.check(value, &place, findings),
            None if findings.rules.unknown_properties => {}
            None => findings.report(&place, "is a property that the contract does not have"),
        }
    }
}

fn check_count(
    count: usize,
    (fewest, most): (usize, usize),
    what: &str,
    place: &Place<'_>,
    findings: &mut Findings,
) {
    if count < fewest {
        findings.report(place, format!("has {count} {what}, fewer than {fewest}"));
    } else if count > most {
        findings.report(place, format!("has {count} {what}, more than {most}"));
    }
}

fn check_format(format: Option<Format>, text: &str, place: &Place<'_>, findings: &mut Findings) {
    let Some(format) = format else {
        return;
    };
    if !format.fits(text) {
        findings.report(place, format!("is not {}", format.name()));
    } else if matches!(format, Format::DateTime)
        && !findings.rules.any_timestamp
        && !is_own_form(text)
        && place.to_string() != OLD_ERROR_TIMESTAMP
    {
        findings.report(place, "is a timestamp without seven decimals and the offset +00:00");
    }
}

fn check_range(
    value: &Value,
    (least, most): (i128, i128),
    place: &Place<'_>,
    findings: &mut Findings,
) {
    let number = value.as_i64().map(i128::from).or_else(|| value.as_u64().map(i128::from));
    match number {
        None => findings.report(place, "is no integer"),
        Some(number) if number < least => findings.report(place, format!("is below {least}")),
        Some(number) if number > most => findings.report(place, format!("is above {most}")),
        Some(_) => {}
    }
}
