//! Documents that programs hand in ready, as XML or as the JSON of the model.

use std::borrow::Cow;

use ksef_audit::{EnvironmentType, First};
use ksef_core::InvoiceXml;
use ksef_core::submission::ReasonCode;
use ksef_fa::rules::Context;
use ksef_fa::{Code, Invoice, Report, judge};
use serde_path_to_error::Track;

use crate::company::Company;
use crate::mapping::{INVALID, prepared};

/// An FA(2) or FA(3) as XML, as the kind of a source.
pub(crate) const XML: ReasonCode = ReasonCode::from_static("xml");

/// The same as the JSON of `ksef_fa::Invoice`.
pub(crate) const JSON: ReasonCode = ReasonCode::from_static("json");

/// A document that was handed in.
#[derive(Debug)]
pub(crate) struct Ready {
    /// What it is recorded as: it must be valid, and the company's.
    pub(crate) first: First,
    /// What was found in it.
    pub(crate) report: Report,
}

/// Where JSON is not that of an invoice.
pub(crate) type JsonError = serde_path_to_error::Error<serde_json::Error>;

impl<E: EnvironmentType> Company<E> {
    /// Reads a document and judges it by its schema and by the rules beyond that.
    ///
    /// # Errors
    ///
    /// Where JSON is not that of an invoice; what is wrong with an invoice is in the report.
    pub(crate) fn read_ready(&self, kind: ReasonCode, bytes: &[u8]) -> Result<Ready, JsonError> {
        let xml = if kind == JSON { Cow::Owned(written(bytes)?) } else { Cow::Borrowed(bytes) };
        let rules = self.rules();
        let context = Context::new().with_sellers([self.profile.nip]);
        let report = judge(&xml, &rules, &context);
        let document = report.is_valid().then(|| Invoice::read(&xml, &rules).invoice).flatten();
        let first = match (document, InvoiceXml::new(xml.as_ref())) {
            (Some(document), Ok(xml)) => First::Prepared(prepared(&document, xml)),
            _ => First::Refused(reasons(&report)),
        };
        Ok(Ready { first, report })
    }
}

/// The document that the JSON of an invoice describes, whether or not it is valid.
fn written(json: &[u8]) -> Result<Vec<u8>, JsonError> {
    let mut json = serde_json::Deserializer::from_slice(json);
    let invoice: Invoice = serde_path_to_error::deserialize(&mut json)?;
    // Nothing may follow.
    json.end().map_err(|error| JsonError::new(Track::new().path(), error))?;
    Ok(invoice.to_xml_unchecked())
}

/// The codes of what makes a document invalid, each once.
fn reasons(report: &Report) -> Vec<ReasonCode> {
    let mut codes = Vec::new();
    for code in report.errors().filter_map(|issue| reason(issue.code())) {
        if !codes.contains(&code) {
            codes.push(code);
        }
    }
    if codes.is_empty() { vec![INVALID] } else { codes }
}

/// `S-PATTERN` as `s_pattern`.
fn reason(code: Code) -> Option<ReasonCode> {
    code.as_str().to_ascii_lowercase().replace('-', "_").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_of_validation_is_a_reason() {
        for code in Code::ALL {
            assert!(reason(*code).is_some(), "{code}");
        }
    }
}
