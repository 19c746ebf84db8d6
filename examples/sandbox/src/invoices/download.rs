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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use ksef_core::Sha256Digest;

    use super::super::later;
    use super::super::test_records::{ksef_number, record, set_stored_at, store};
    use crate::test_client::{Client, now, sandbox};
    use crate::test_support::NIP;

    const STRANGER: &str = "1111111111";

    #[test]
    fn whoever_stands_on_an_invoice_gets_its_bytes_and_their_hash() {
        let sandbox = sandbox(|_| {});
        let mut record = record(1);
        record.content = Some("<Faktura/>".into());
        let number = store(&sandbox, record);
        let answer = Client::new(&sandbox).get(&format!("/invoices/ksef/{number}"));
        assert_eq!(answer.status, 200);
        assert_eq!(answer.response.headers()["content-type"], "application/xml");
        assert_eq!(answer.response.body(), "<Faktura/>");
        let hash = Sha256Digest::of(b"<Faktura/>").to_string();
        assert_eq!(answer.response.headers()["x-ms-meta-hash"], hash.as_str());
    }

    #[test]
    fn for_anyone_else_the_invoice_does_not_exist() {
        let sandbox = sandbox(|_| {});
        let path = format!("/invoices/ksef/{}", store(&sandbox, record(1)));
        let stranger = Client::of(&sandbox, STRANGER).get(&path);
        let unknown = ksef_number(&record(2));
        let missing = Client::new(&sandbox).get(&format!("/invoices/ksef/{unknown}"));
        assert_eq!((stranger.exception().0, missing.exception().0), (21164, 21164));
        assert!(missing.exception().1.contains(unknown.as_str()));
        let garbage = Client::new(&sandbox).get(&format!("/invoices/ksef/{NIP}-nothing"));
        assert_eq!(garbage.exception().0, 21405);
    }

    #[test]
    fn an_invoice_comes_after_its_permanent_storage() {
        let sandbox = sandbox(|_| {});
        let mut early = record(1);
        set_stored_at(&mut early, later(now(), Duration::from_secs(60)));
        let path = format!("/invoices/ksef/{}", store(&sandbox, early));
        let client = Client::new(&sandbox);
        assert_eq!(client.get(&path).exception().0, 21165);
        sandbox.advance(Duration::from_secs(60));
        assert_eq!(client.get(&path).status, 200);
    }
}
