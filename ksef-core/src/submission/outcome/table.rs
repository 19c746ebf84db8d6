//! The rows.

use super::{Finding as F, NextStep as N, Observation, Outcome};
use crate::SubmissionStatus::{self, Accepted, Failed, Pending, Skipped, Submitted, Terminated};

use Observation::{
    BatchCloseRefused, BatchSession, Finding as Found, HttpStatus, Invoice, OnlineSession,
    SendRefused,
};

pub(super) const fn row(
    observation: Observation,
    status: Option<SubmissionStatus>,
    next: N,
    [polish, english]: [&'static str; 2],
) -> Outcome {
    Outcome { observation, status, next, polish, english }
}

// Codes and their official meanings: KSeF API documentation, status tables of online and batch
// sessions and of invoices, and the exception codes of the sending operations.
pub(super) const TABLE: &[Outcome] = &[
    row(OnlineSession(100), None, N::Wait, ["Sesja jest otwarta.", "The session is open."]),
    row(
        OnlineSession(170),
        None,
        N::Wait,
        [
            "Sesja jest zamknięta, KSeF kończy przetwarzanie.",
            "The session is closed, KSeF finishes its work.",
        ],
    ),
    row(
        OnlineSession(200),
        None,
        N::ReadInvoices,
        [
            "Sesja przetworzona, co najmniej jedna faktura przyjęta.",
            "The session is processed, at least one invoice was accepted.",
        ],
    ),
    row(
        OnlineSession(415),
        None,
        N::ReadInvoices,
        [
            "KSeF nie odszyfrował klucza sesji; żadna faktura nie została przyjęta.",
            "KSeF could not decrypt the session key; no invoice was accepted.",
        ],
    ),
    row(
        OnlineSession(440),
        None,
        N::ReadInvoices,
        [
            "Sesja anulowana: nie przesłano żadnej faktury.",
            "The session is cancelled: no invoice was sent.",
        ],
    ),
    row(
        OnlineSession(445),
        None,
        N::ReadInvoices,
        [
            "Żadna faktura sesji nie jest poprawna; przyczyny są przy fakturach.",
            "No invoice of the session is valid; the reasons stand with the invoices.",
        ],
    ),
    row(BatchSession(100), None, N::Wait, ["Sesja jest otwarta.", "The session is open."]),
    row(
        BatchSession(150),
        None,
        N::Wait,
        ["Paczka jest przetwarzana.", "The package is processed."],
    ),
    row(
        BatchSession(200),
        None,
        N::ReadInvoices,
        [
            "Paczka przetworzona, co najmniej jedna faktura przyjęta.",
            "The package is processed, at least one invoice was accepted.",
        ],
    ),
    row(
        BatchSession(405),
        None,
        N::ReadInvoices,
        [
            "Części paczki nie zgadzają się z deklaracją; żadna faktura nie została przyjęta.",
            "The parts are not those that were declared; no invoice was accepted.",
        ],
    ),
    row(
        BatchSession(415),
        None,
        N::ReadInvoices,
        [
            "KSeF nie odszyfrował klucza paczki; żadna faktura nie została przyjęta.",
            "KSeF could not decrypt the package key; no invoice was accepted.",
        ],
    ),
    row(
        BatchSession(420),
        None,
        N::ReadInvoices,
        [
            "Paczka ma zbyt wiele faktur; żadna nie została przyjęta.",
            "The package has too many invoices; none was accepted.",
        ],
    ),
    row(
        BatchSession(430),
        None,
        N::ReadInvoices,
        [
            "KSeF nie rozpakował archiwum; żadna faktura nie została przyjęta.",
            "KSeF could not unpack the archive; no invoice was accepted.",
        ],
    ),
    row(
        BatchSession(435),
        None,
        N::ReadInvoices,
        [
            "KSeF nie odszyfrował części paczki; żadna faktura nie została przyjęta.",
            "KSeF could not decrypt the parts; no invoice was accepted.",
        ],
    ),
    row(
        BatchSession(440),
        None,
        N::ReadInvoices,
        [
            "Sesja anulowana: upłynął czas albo paczka jest pusta.",
            "The session is cancelled: its time was over or the package is empty.",
        ],
    ),
    row(
        BatchSession(445),
        None,
        N::ReadInvoices,
        [
            "Żadna faktura paczki nie jest poprawna; przyczyny są przy fakturach.",
            "No invoice of the package is valid; the reasons stand with the invoices.",
        ],
    ),
    row(
        BatchSession(500),
        None,
        N::ReadInvoices,
        ["Nieznany błąd KSeF w sesji.", "An unknown error of KSeF in the session."],
    ),
    row(
        Invoice(100),
        Some(Submitted),
        N::Wait,
        ["KSeF przyjął fakturę do przetwarzania.", "KSeF took the invoice for processing."],
    ),
    row(
        Invoice(150),
        Some(Submitted),
        N::Wait,
        ["KSeF przetwarza fakturę.", "KSeF is processing the invoice."],
    ),
    row(
        Invoice(200),
        Some(Submitted),
        N::FetchReceipt,
        ["KSeF nadał numer.", "KSeF gave the invoice a number."],
    ),
    row(
        Invoice(405),
        Some(Failed),
        N::MendAndRetry,
        [
            "Przerwano z powodu błędu sesji; faktury nie ma w KSeF.",
            "Stopped because of an error of the session; KSeF does not have the invoice.",
        ],
    ),
    row(
        Invoice(410),
        Some(Failed),
        N::MendAndRetry,
        [
            "Brak uprawnienia do wystawienia faktury w imieniu tego sprzedawcy.",
            "The right to issue invoices for this seller is missing.",
        ],
    ),
    row(
        Invoice(415),
        Some(Failed),
        N::MendAndRetry,
        [
            "Załącznik bez zgłoszenia albo w sesji interaktywnej.",
            "An attachment that was not notified, or in an online session.",
        ],
    ),
    row(
        Invoice(430),
        Some(Failed),
        N::MendAndRetry,
        [
            "Plik nie zgadza się z deklaracją: rozmiar, skrót albo limit.",
            "The file is not the one declared: size, hash or limit.",
        ],
    ),
    row(
        Invoice(435),
        Some(Failed),
        N::MendAndRetry,
        ["KSeF nie odszyfrował pliku.", "KSeF could not decrypt the file."],
    ),
    row(
        Invoice(440),
        Some(Submitted),
        N::CompareOriginal,
        ["Numer faktury jest już zajęty w KSeF.", "The invoice number is already taken in KSeF."],
    ),
    row(
        Invoice(450),
        Some(Failed),
        N::MendAndRetry,
        [
            "Treść faktury jest niepoprawna: XML, schemat, data albo identyfikator.",
            "The content is not valid: XML, schema, date or identifier.",
        ],
    ),
    row(
        Invoice(500),
        Some(Submitted),
        N::Resend,
        ["Nieznany błąd KSeF przy fakturze.", "An unknown error of KSeF with the invoice."],
    ),
    row(
        Invoice(550),
        Some(Submitted),
        N::Resend,
        ["KSeF sam anulował przetwarzanie.", "KSeF itself cancelled the processing."],
    ),
    row(
        SendRefused(21_155),
        Some(Submitted),
        N::OpenAnotherSession,
        ["Sesja jest pełna.", "The session is full."],
    ),
    row(
        SendRefused(21_166),
        Some(Failed),
        N::MendAndRetry,
        [
            "Faktura ma już przyjętą korektę techniczną.",
            "The invoice already has an accepted technical correction.",
        ],
    ),
    row(
        SendRefused(21_167),
        Some(Failed),
        N::MendAndRetry,
        [
            "Faktura została przyjęta, korekta techniczna jest niemożliwa.",
            "The invoice was accepted, a technical correction is not possible.",
        ],
    ),
    row(
        SendRefused(21_173),
        Some(Submitted),
        N::OpenAnotherSession,
        ["KSeF nie zna tej sesji.", "KSeF does not know this session."],
    ),
    row(
        SendRefused(21_180),
        Some(Submitted),
        N::OpenAnotherSession,
        ["Sesja nie jest otwarta.", "The session is not open."],
    ),
    row(
        SendRefused(21_184),
        Some(Submitted),
        N::Resend,
        [
            "Prace serwisowe, sesja jest chwilowo niedostępna.",
            "Maintenance, the session is temporarily not available.",
        ],
    ),
    row(
        SendRefused(21_402),
        Some(Failed),
        N::MendAndRetry,
        ["Rozmiar pliku nie zgadza się z deklaracją.", "The size is not the declared one."],
    ),
    row(
        SendRefused(21_403),
        Some(Failed),
        N::MendAndRetry,
        ["Skrót pliku nie zgadza się z deklaracją.", "The hash is not the declared one."],
    ),
    row(
        SendRefused(21_405),
        Some(Failed),
        N::MendAndRetry,
        ["KSeF odrzucił dane żądania.", "KSeF refused the request's data."],
    ),
    row(
        BatchCloseRefused(21_157),
        Some(Submitted),
        N::Reconcile,
        ["Rozmiar części paczki jest inny niż podany.", "A part has not the declared size."],
    ),
    row(
        BatchCloseRefused(21_173),
        Some(Submitted),
        N::Reconcile,
        ["KSeF nie zna tej sesji.", "KSeF does not know this session."],
    ),
    row(
        BatchCloseRefused(21_180),
        Some(Submitted),
        N::Reconcile,
        ["Sesja nie jest już otwarta.", "The session is no longer open."],
    ),
    row(
        BatchCloseRefused(21_205),
        Some(Submitted),
        N::Reconcile,
        ["Brakuje części paczki.", "A part of the package is missing."],
    ),
    row(
        BatchCloseRefused(21_208),
        Some(Submitted),
        N::Reconcile,
        ["Upłynął czas na przesłanie paczki.", "The time for sending the package is over."],
    ),
    row(
        BatchCloseRefused(21_405),
        Some(Submitted),
        N::Reconcile,
        ["KSeF odrzucił dane żądania.", "KSeF refused the request's data."],
    ),
    row(
        HttpStatus(401),
        Some(Submitted),
        N::SlowDown,
        ["Logowanie wygasło; nic nie wysłano.", "The login has expired; nothing was sent."],
    ),
    row(
        HttpStatus(403),
        Some(Failed),
        N::MendAndRetry,
        ["Brak uprawnień do wysyłki.", "The right to send is missing."],
    ),
    row(
        HttpStatus(408),
        Some(Submitted),
        N::Reconcile,
        ["KSeF nie doczekał się całego żądania.", "KSeF did not wait for the whole request."],
    ),
    row(
        HttpStatus(413),
        Some(Failed),
        N::MendAndRetry,
        ["Faktura jest zbyt duża.", "The invoice is too big."],
    ),
    row(
        HttpStatus(429),
        Some(Submitted),
        N::SlowDown,
        ["Przekroczono limit żądań; nic nie wysłano.", "Too many requests; nothing was sent."],
    ),
    row(
        Found(F::MapperDeferred),
        Some(Pending),
        N::Wait,
        ["Brakuje danych, które mogą jeszcze nadejść.", "Data is missing that can still come."],
    ),
    row(
        Found(F::MapperRefused),
        Some(Failed),
        N::MendAndRetry,
        ["Dokumentu nie można wystawić bez zgadywania.", "It cannot be issued without guessing."],
    ),
    row(
        Found(F::MapperSkipped),
        Some(Skipped),
        N::PersonDecides,
        ["Reguła pomija ten dokument.", "A rule leaves this document out."],
    ),
    row(
        Found(F::AnswerLost),
        Some(Submitted),
        N::Reconcile,
        ["Odpowiedź KSeF nie dotarła.", "KSeF's answer did not arrive."],
    ),
    row(
        Found(F::ShownAbsent),
        Some(Submitted),
        N::Resend,
        [
            "Sesja się zakończyła i KSeF nie ma w niej tej faktury.",
            "The session has ended and KSeF does not have the invoice in it.",
        ],
    ),
    row(
        Found(F::SessionUnknown),
        Some(Terminated),
        N::PersonDecides,
        ["KSeF nie zna sesji, w której wysłano.", "KSeF does not know the session used."],
    ),
    row(
        Found(F::DuplicateIsOurs),
        Some(Submitted),
        N::FetchReceipt,
        [
            "Dokument w KSeF ma nasz skrót: to nasza faktura.",
            "The document in KSeF has our hash: it is our invoice.",
        ],
    ),
    row(
        Found(F::DuplicateIsAnother),
        Some(Failed),
        N::MendAndRetry,
        ["Pod tym numerem KSeF ma inny dokument.", "KSeF has another document under this number."],
    ),
    row(
        Found(F::DuplicateUnreadable),
        Some(Failed),
        N::MendAndRetry,
        [
            "Numer jest zajęty, a dokumentu nie można odczytać.",
            "The number is taken and the document cannot be read.",
        ],
    ),
    row(
        Found(F::ReceiptPending),
        Some(Submitted),
        N::FetchReceipt,
        ["Numer nadany, czekamy na UPO.", "The number is known, the receipt is pending."],
    ),
    row(
        Found(F::ReceiptVerified),
        Some(Accepted),
        N::Done,
        ["Przyjęta, UPO sprawdzone.", "Accepted, the receipt is verified."],
    ),
    row(
        Found(F::ReceiptSignerUnknown),
        Some(Accepted),
        N::Done,
        [
            "Przyjęta, UPO poprawne, podpisujący nie jest nam znany.",
            "Accepted, the receipt is sound, its signer is not known to us.",
        ],
    ),
    row(
        Found(F::ReceiptMismatch),
        Some(Submitted),
        N::PersonChecksReceipt,
        [
            "UPO nie pasuje do faktury; odłożono je osobno.",
            "The receipt does not fit the invoice; it is kept apart.",
        ],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::submission::{Channel, Refusal};

    /// The codes of the official status tables, written down a second time.
    const ONLINE: [u16; 6] = [100, 170, 200, 415, 440, 445];
    const BATCH: [u16; 11] = [100, 150, 200, 405, 415, 420, 430, 435, 440, 445, 500];
    const INVOICE: [u16; 12] = [100, 150, 200, 405, 410, 415, 430, 435, 440, 450, 500, 550];
    const SEND: [u32; 9] = [21_155, 21_166, 21_167, 21_173, 21_180, 21_184, 21_402, 21_403, 21_405];

    fn codes<T>(pick: impl Fn(Observation) -> Option<T>) -> Vec<T> {
        TABLE.iter().filter_map(|row| pick(row.observation)).collect()
    }

    #[test]
    fn every_official_code_has_exactly_one_row() {
        let online = codes(|o| if let OnlineSession(code) = o { Some(code) } else { None });
        let batch = codes(|o| if let BatchSession(code) = o { Some(code) } else { None });
        let invoice = codes(|o| if let Invoice(code) = o { Some(code) } else { None });
        let send = codes(|o| if let SendRefused(code) = o { Some(code) } else { None });
        assert_eq!((online, batch), (ONLINE.to_vec(), BATCH.to_vec()));
        assert_eq!((invoice, send), (INVOICE.to_vec(), SEND.to_vec()));
    }

    #[test]
    fn every_row_explains_itself_in_both_languages() {
        for (index, row) in TABLE.iter().enumerate() {
            assert!(!row.polish.is_empty() && !row.english.is_empty(), "{row:?}");
            assert!(!row.next.polish().is_empty() && !row.next.english().is_empty());
            assert!(TABLE[..index].iter().all(|other| other.observation != row.observation));
            assert_eq!(Outcome::of(row.observation), *row);
        }
    }

    #[test]
    fn unknown_codes_below_400_mean_wait_and_from_400_on_failure() {
        assert_eq!(Outcome::of(Invoice(200)).next, N::FetchReceipt);
        assert_eq!(Outcome::of(Invoice(300)).next, N::Wait);
        assert_eq!(Outcome::of(Invoice(460)).status, Some(Failed));
        assert_eq!(Outcome::of(OnlineSession(180)).next, N::Wait);
        assert_eq!(Outcome::of(BatchSession(460)).next, N::ReadInvoices);
        assert_eq!(Outcome::of(SendRefused(29_999)).status, Some(Failed));
    }

    #[test]
    fn a_server_error_never_counts_as_a_refusal() {
        for http_status in [200, 302, 408, 500, 502, 503, 504] {
            let refusal = Refusal { http_status, code: None };
            assert_eq!(Outcome::of_refusal(Channel::Online, refusal).next, N::Reconcile);
        }
    }

    #[test]
    fn pace_and_login_never_decide_a_document() {
        for http_status in [401, 429] {
            for code in [None, Some(21_405)] {
                let refusal = Refusal { http_status, code };
                assert_eq!(Outcome::of_refusal(Channel::Batch, refusal).next, N::SlowDown);
            }
        }
    }

    #[test]
    fn a_mismatched_receipt_is_never_a_failure() {
        assert_eq!(Outcome::of(Found(F::ReceiptMismatch)).status, Some(Submitted));
    }
}
