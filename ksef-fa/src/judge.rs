//! Everything that is to be said about a document: its schema, and the rules beyond it.

use crate::read::{Complete, Reader};
use crate::rules::{self, Context, Finding, Setting};
use crate::{Invoice, Profile, Report};

/// Judges a document: as [`validate`](crate::validate()) does, and by the rules beyond the schema.
///
/// The [`rules`] run if the schema is satisfied. What they report has the place of its element.
///
/// ```
/// use ksef_core::Environment;
/// use ksef_fa::rules::Context;
/// use ksef_fa::{Code, Profile, judge};
///
/// let invoice = include_str!("../benches/invoice.xml");
/// let profile = Profile::new(Environment::Test, "2026-11-20".parse()?);
/// let report = judge(invoice.as_bytes(), &profile, &Context::new());
/// assert!(report.is_valid() && !report.has_warnings());
///
/// let other_total = invoice.replace("<P_15>604.50", "<P_15>640.50");
/// let report = judge(other_total.as_bytes(), &profile, &Context::new());
/// let issue = &report.issues()[0];
/// assert_eq!((issue.code(), issue.path()), (Code::TotalSum, "/Faktura/Fa/P_15"));
/// assert_eq!(issue.position().line, 46);
/// # Ok::<(), ksef_core::ParseError>(())
/// ```
#[must_use]
pub fn judge(bytes: &[u8], profile: &Profile, context: &Context) -> Report {
    let mut reader = Reader::with_outline(bytes, profile);
    let invoice = Invoice::read_with(&mut reader);
    let mut complete = reader.complete();
    if let Some(invoice) = invoice
        && !complete.log.has_errors()
    {
        let findings = rules::check(&invoice, &Setting { profile, context });
        add(findings, &mut complete);
    }
    complete.report(bytes)
}

/// Adds what the rules found, each at the place of its element.
fn add(findings: Vec<Finding>, document: &mut Complete<'_>) {
    if findings.is_empty() {
        return;
    }
    let paths = findings.iter().map(|finding| finding.path.as_str());
    let places = document.outline.places(paths);
    let place = |finding: &Finding| places.get(finding.path.as_str()).copied().unwrap_or_default();
    let bytes: Vec<usize> = findings.iter().map(place).collect();
    for (Finding { code, path }, byte) in findings.into_iter().zip(bytes) {
        document.log.add(code, byte, path, Vec::new());
    }
}
