//! `SystemWarning`, what KSeF warns of beside an answer.

use core::fmt;
use std::sync::Arc;

use http::HeaderMap;

use crate::wire::operation::Operation;

const HEADER: &str = "x-system-warning";

/// A warning that came with an answer (`X-System-Warning`), for example that KSeF will refuse
/// such documents from a certain day on.
#[derive(Clone, Eq, PartialEq)]
#[non_exhaustive]
pub struct SystemWarning {
    /// What was asked for.
    pub operation: Operation,
    /// The code, for example `xml-002`.
    pub code: String,
    /// What KSeF says, folded to ASCII. It may name invoices, so it is not shown by `Debug`.
    pub message: String,
}

impl SystemWarning {
    /// The warnings of an answer: `[code]: message | [code]: message`.
    pub(crate) fn all(operation: Operation, headers: &HeaderMap) -> Vec<Self> {
        let values = headers.get_all(HEADER).iter().filter_map(|value| value.to_str().ok());
        let parts = values.flat_map(|value| value.split('|'));
        let warning = |part: &str| {
            let (code, message) = part.trim().strip_prefix('[')?.split_once("]:")?;
            let (code, message) = (code.to_owned(), message.trim().to_owned());
            Some(Self { operation, code, message })
        };
        parts.filter_map(warning).collect()
    }
}

impl fmt::Debug for SystemWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SystemWarning")
            .field("operation", &self.operation)
            .field("code", &self.code)
            .finish_non_exhaustive()
    }
}

/// Who is told of warnings.
#[derive(Clone)]
pub(crate) struct WarningHandler(Arc<dyn Fn(&SystemWarning) + Send + Sync>);

impl WarningHandler {
    pub(crate) fn new(handler: impl Fn(&SystemWarning) + Send + Sync + 'static) -> Self {
        Self(Arc::new(handler))
    }

    pub(crate) fn call(&self, warning: &SystemWarning) {
        (self.0)(warning);
    }
}

impl fmt::Debug for WarningHandler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WarningHandler")
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn several_warnings_of_one_header_are_told_apart() {
        let mut headers = HeaderMap::new();
        let value = "[xml-002]: Faktura zawiera znaki | [b]: two | nonsense";
        headers.insert(HEADER, HeaderValue::from_static(value));
        let warnings = SystemWarning::all(Operation::SendInvoice, &headers);
        let read: Vec<_> = warnings.iter().map(|w| (w.code.as_str(), w.message.as_str())).collect();
        assert_eq!(read, [("xml-002", "Faktura zawiera znaki"), ("b", "two")]);
        assert!(!format!("{warnings:?}").contains("Faktura"));
    }
}
