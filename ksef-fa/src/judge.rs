//! Everything that is to be said about a document: its schema, and the rules beyond it.

use std::collections::HashSet;

use crate::model::Reading;
use crate::read::Reader;
use crate::report::log::Log;
use crate::rules::{self, Context, Finding, Setting};
use crate::{Invoice, Profile, Report, Severity};

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
    let Reading { invoice, report, .. } = Invoice::read(bytes, profile);
    let is_refused = report.issues().iter().any(|issue| issue.severity() >= Severity::Error);
    match invoice {
        Some(invoice) if !is_refused => {
            let findings = rules::check(&invoice, &Setting { profile, context });
            with_findings(report, &findings, bytes, profile)
        }
        _ => report,
    }
}

/// The report with what the rules found, each at the place of its element.
fn with_findings(report: Report, findings: &[Finding], bytes: &[u8], profile: &Profile) -> Report {
    if findings.is_empty() {
        return report;
    }
    let wanted: HashSet<&str> = findings.iter().map(|finding| finding.path.as_str()).collect();
    let places = Reader::new(bytes, profile).places(&wanted);
    let schema = report.schema();
    let mut log = Log::resume(profile, report.into_issues());
    for Finding { code, path } in findings.iter().cloned() {
        let byte = places.get(path.as_str()).copied().unwrap_or_default();
        log.add(code, byte, path, Vec::new());
    }
    Report::new(schema, log.finish(bytes), profile)
}
