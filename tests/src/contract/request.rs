//! What a client asks.

use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{HeaderMap, Request};
use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::BASE;
use super::media::{check_body, media_type};
use super::operation::{Body, Operation, Parameter, Source};
use super::violation::{Findings, Place};

impl Operation {
    pub(super) fn check_request(&self, request: &Request<Bytes>, findings: &mut Findings) {
        self.check_path(request.uri().path(), findings);
        self.check_query(request.uri().query().unwrap_or_default(), findings);
        self.check_headers(request.headers(), findings);
        self.check_credential(request.headers(), findings);
        match &self.body {
            Some(body) => body.check(request, findings),
            None if request.body().is_empty() => {}
            None => findings.report(&"body", "is none of the operation's business"),
        }
    }

    fn check_path(&self, path: &str, findings: &mut Findings) {
        let path = path.strip_prefix(BASE).unwrap_or(path);
        for (name, text) in self.template.parameters(path) {
            let text = percent_decode_str(text).decode_utf8_lossy();
            for parameter in self.parameters_in(Source::Path).filter(|known| known.name == name) {
                parameter.check(&[&text], "path", findings);
            }
        }
    }

    fn check_query(&self, query: &str, findings: &mut Findings) {
        let given: Vec<_> = form_urlencoded::parse(query.as_bytes()).collect();
        for parameter in self.parameters_in(Source::Query) {
            let texts = given.iter().filter(|(name, _)| *name == parameter.name);
            let texts: Vec<&str> = texts.map(|(_, text)| text.as_ref()).collect();
            parameter.check(&texts, "query", findings);
        }
        for (name, _) in &given {
            if !self.parameters_in(Source::Query).any(|known| known.name == *name) {
                findings.report(&Place::Named("query", name), "is not a parameter");
            }
        }
    }

    fn check_headers(&self, headers: &HeaderMap, findings: &mut Findings) {
        for parameter in self.parameters_in(Source::Header) {
            let texts = headers.get_all(&parameter.name).iter();
            let texts: Vec<&str> = texts.map(|value| value.to_str().unwrap_or_default()).collect();
            parameter.check(&texts, "header", findings);
        }
    }

    /// A token that nobody asked for is one given away.
    fn check_credential(&self, headers: &HeaderMap, findings: &mut Findings) {
        let place = Place::Named("header", "Authorization");
        let credential = headers.get(AUTHORIZATION);
        match (self.is_anonymous(), credential.and_then(|value| value.to_str().ok())) {
            (true, _) if credential.is_some() => {
                findings.report(&place, "is not for an anonymous operation");
            }
            (true, _) => {}
            (false, Some(text)) if text.len() > "Bearer ".len() && text.starts_with("Bearer ") => {}
            (false, _) => findings.report(&place, "is no Bearer token"),
        }
    }

    fn parameters_in(&self, source: Source) -> impl Iterator<Item = &Parameter> {
        self.parameters.iter().filter(move |parameter| parameter.source == source)
    }
}

impl Parameter {
    fn check(&self, texts: &[&str], kind: &str, findings: &mut Findings) {
        let place = Place::Named(kind, &self.name);
        match (texts, self.schema.items()) {
            ([], _) if self.required => findings.report(&place, "is missing"),
            ([], _) => {}
            (texts, Some(items)) => {
                let values = texts.iter().map(|text| items.read(text)).collect();
                self.schema.check(&Value::Array(values), &place, findings);
            }
            ([text], None) => self.schema.check(&self.schema.read(text), &place, findings),
            (_, None) => findings.report(&place, "is given more than once"),
        }
    }
}

impl Body {
    fn check(&self, request: &Request<Bytes>, findings: &mut Findings) {
        if request.body().is_empty() {
            let needed = self.content.values().any(|schema| schema.requires_anything());
            if self.required || needed {
                findings.report(&"body", "is missing");
            }
            return;
        }
        let kind = media_type(request.headers());
        match kind.and_then(|kind| self.content.get_key_value(kind)) {
            Some((kind, schema)) => check_body(kind, request.body(), schema, findings),
            None => findings.report(
                &Place::Named("header", "Content-Type"),
                "is no content type of this operation",
            ),
        }
    }
}
