//! Documents that programs hand in ready, as XML or as the JSON of the model.

use ksef_audit::{EnvironmentType, First};
use ksef_core::InvoiceXml;
use ksef_core::submission::ReasonCode;
use ksef_fa::rules::Context;
use ksef_fa::{Invoice, Report, judge};
use serde_path_to_error::Track;

use crate::company::Company;
use crate::mapping::{ANOTHER_SELLER, INVALID, JSON, code_of_rule, prepared};

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
    /// Reads a document of this kind and judges it.
    ///
    /// # Errors
    ///
    /// Where JSON is not that of an invoice; what is wrong with an invoice is in the report.
    pub(crate) fn read_ready(&self, kind: ReasonCode, bytes: &[u8]) -> Result<Ready, JsonError> {
        Ok(if kind == JSON { self.read_xml(&written(bytes)?) } else { self.read_xml(bytes) })
    }

    /// Judges a document by its schema and by the rules beyond that.
    pub(crate) fn read_xml(&self, bytes: &[u8]) -> Ready {
        let rules = self.rules();
        let report = judge(bytes, &rules, &Context::new());
        let document = report.is_valid().then(|| Invoice::read(bytes, &rules).invoice).flatten();
        let first = match (document, InvoiceXml::new(bytes)) {
            (Some(document), _) if document.seller.identification.nip != self.profile.nip => {
                First::Refused(vec![ANOTHER_SELLER])
            }
            (Some(document), Ok(xml)) => First::Prepared(prepared(&document, xml)),
            _ => First::Refused(reasons(&report)),
        };
        Ready { first, report }
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
    let mut codes: Vec<_> = report.errors().map(|issue| code_of_rule(issue.code())).collect();
    codes.sort_unstable();
    codes.dedup();
    if codes.is_empty() { vec![INVALID] } else { codes }
}
