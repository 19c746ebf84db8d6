//! `GET /invoices/ksef/{ksefNumber}`

use ksef_core::KsefNumber;

use super::Stored;
use super::query::SubjectType;
use crate::exception::ExceptionCode;
use crate::exchange::{Call, Refusal, Reply};

/// `GET /invoices/ksef/{ksefNumber}`
///
/// An invoice on which the context does not stand does not exist for it.
pub(crate) fn download(call: &Call<'_>) -> Result<Reply, Refusal> {
    let number = call.parameter("ksefNumber");
    let number: KsefNumber = number.parse().map_err(|_| {
        ExceptionCode::InvalidInput.detail("'ksefNumber' is not in the correct format.")
    })?;
    let missing = || {
        let sentence = format!("Faktura o numerze KSeF {number} nie została znaleziona.");
        ExceptionCode::InvoiceNotFound.detail(sentence)
    };
    let context = &call.caller()?.context;
    let world = call.world();
    let found = world
        .accepted_invoice(number.as_str(), call.now)
        .and_then(|invoice| Stored::of(invoice, call.now))
        .filter(|invoice| SubjectType::any_is_context(invoice, context))
        .ok_or_else(missing)?;
    if !found.is_stored_at(call.now) {
        let sentence = format!(
            "Faktura o numerze KSeF {number} została przetworzona, ale nie jest jeszcze dostępna \
             do pobrania. Spróbuj ponownie później."
        );
        return Err(ExceptionCode::InvoiceNotYetAvailable.detail(sentence).into());
    }
    let content = found.invoice.content.clone().ok_or_else(missing)?;
    Ok(Reply::document(content, "application/xml"))
}
