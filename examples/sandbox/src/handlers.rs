//! Which function answers which operation.

use crate::auth;
use crate::exchange::{Call, Refusal, Reply};
use crate::invoices;
use crate::operation::Operation;
use crate::sessions;

/// Answers the call of an operation whose caller was let through.
pub(crate) type Handler = fn(&Call<'_>) -> Result<Reply, Refusal>;

/// The handler of an operation; `None` answers 501.
pub(crate) fn of(operation: Operation) -> Option<Handler> {
    Some(match operation {
        Operation::AuthenticationChallenge => auth::challenge,
        Operation::OpenOnlineSession => sessions::open,
        Operation::SendInvoice => sessions::send,
        Operation::CloseOnlineSession => sessions::close,
        Operation::ListSessions => sessions::list,
        Operation::SessionStatus => sessions::session,
        Operation::ListSessionInvoices => sessions::invoices,
        Operation::ListFailedSessionInvoices => sessions::failed_invoices,
        Operation::SessionInvoiceStatus => sessions::invoice,
        Operation::UpoByKsefNumber => sessions::upo_by_ksef_number,
        Operation::UpoByInvoiceReference => sessions::upo_by_invoice_reference,
        Operation::SessionUpo => sessions::session_upo,
        Operation::DownloadInvoice => invoices::download,
        Operation::QueryInvoiceMetadata => invoices::query_metadata,
        Operation::ExportInvoices => invoices::order_export,
        Operation::ExportStatus => invoices::export_status,
        _ => return None,
    })
}
