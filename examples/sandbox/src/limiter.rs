//! stub, replaced by the limits branch
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) enum RateGroup {
    OnlineSession,
    OnlineSessionClose,
    BatchSession,
    BatchSessionClose,
    InvoiceSend,
    InvoiceStatus,
    SessionList,
    SessionInvoiceList,
    SessionMisc,
    InvoiceMetadata,
    InvoiceExport,
    InvoiceExportStatus,
    InvoiceDownload,
    CollectiveIdentifier,
    Other,
    Anonymous,
    Global,
}
