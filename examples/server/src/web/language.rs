//! Polish and English.

use axum::extract::RawQuery;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use ksef_core::SubmissionStatus;

use super::auth::cookie;
use super::named::Named;
use super::page::Form;
use super::trouble::Trouble;

const COOKIE: &str = "ksef_language";

/// A language of the pages.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Language {
    Polish,
    English,
}

impl Language {
    /// What was chosen; Polish, unless the browser asks for English first.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let chosen = cookie(headers, COOKIE);
        let asked = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        match chosen.or(asked) {
            Some(language) if language.starts_with("en") => Self::English,
            _ => Self::Polish,
        }
    }

    pub(super) const fn words(self) -> &'static Words {
        match self {
            Self::Polish => &POLISH,
            Self::English => &ENGLISH,
        }
    }
}

/// Chooses a language and goes back to the page.
pub(super) async fn choose(
    Named(language): Named,
    RawQuery(query): RawQuery,
) -> Result<Response, Trouble> {
    if !matches!(language.as_str(), "pl" | "en") {
        return Err(Trouble::NotFound);
    }
    let form = Form::read(query.unwrap_or_default().as_bytes());
    let to = form.get("to").unwrap_or("/log");
    // Only to a page of ours.
    let is_ours = to.starts_with('/') && !to.starts_with("//") && !to.contains(['\\', '\n', '\r']);
    let to = if is_ours { to } else { "/log" };
    let cookie = format!("{COOKIE}={language}; SameSite=Lax; Path=/; Max-Age=31536000");
    let cookie = HeaderValue::try_from(cookie).map_err(|_| Trouble::Unavailable)?;
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to(to)).into_response())
}

macro_rules! words {
    ($($name:ident: $polish:literal, $english:literal;)*) => {
        /// What the pages say.
        #[derive(Debug)]
        pub(super) struct Words {
            pub(super) code: &'static str,
            $(pub(super) $name: &'static str,)*
        }

        const POLISH: Words = Words { code: "pl", $($name: $polish,)* };
        const ENGLISH: Words = Words { code: "en", $($name: $english,)* };
    };
}

words! {
    test_bar: "To środowisko testowe: nic na tej stronie nie ma mocy prawnej.",
        "This is no production: nothing on this page has legal force.";
    audit_log: "Dziennik dokumentów", "Audit log";
    log_in: "Zaloguj się", "Log in";
    log_out: "Wyloguj się", "Log out";
    name: "Nazwa użytkownika", "User name";
    password: "Hasło", "Password";
    wrong: "Nazwa lub hasło są nieprawidłowe.", "The name or the password is wrong.";
    all: "Wszystkie", "All";
    accepted: "Przyjęte", "Accepted";
    pending: "Oczekujące", "Pending";
    signing: "Przygotowywane", "Signing";
    submitted: "Wysłane", "Submitted";
    failed: "Odrzucone", "Failed";
    terminated: "Przerwane", "Terminated";
    skipped: "Pominięte", "Skipped";
    second_failed: "W KSeF, bez drugiego systemu", "In KSeF, second system failed";
    second_skipped: "Odrzucone, bez drugiego systemu", "Failed, second system skipped";
    reference: "Numer", "Order reference";
    customer: "Nabywca", "Customer";
    nip: "NIP nabywcy", "Buyer's NIP";
    kind: "Rodzaj", "Type";
    ksef_number: "Numer KSeF", "KSeF number";
    status: "Stan", "Status";
    issued: "Data wystawienia", "Issued on";
    submitted_at: "Wysłano", "Submitted at";
    accepted_at: "Przyjęto", "Accepted at";
    receipt_at: "UPO pobrano", "UPO downloaded at";
    reason: "Powód", "Reason";
    attempts: "Próby", "Attempts";
    from: "Od", "From";
    to: "Do", "To";
    date_of: "Data", "Date";
    filter: "Filtruj", "Filter";
    reset: "Wyczyść", "Clear";
    next_page: "Następna strona", "Next page";
    nothing: "Brak dokumentów.", "No documents.";
    export: "Eksport", "Export";
    receipts: "UPO (ZIP)", "UPO (ZIP)";
    bundle: "Pakiet dowodowy (ZIP)", "Evidence bundle (ZIP)";
    timeline: "Przebieg", "Timeline";
    when: "Kiedy", "When";
    what: "Co", "What";
    download_xml: "Pobierz XML", "Download XML";
    download_upo: "Pobierz UPO", "Download UPO";
    verify_at_ksef: "Sprawdź w KSeF", "Verify at KSeF";
    source: "Źródło", "Source";
    hash: "SHA-256 dokumentu", "SHA-256 of the document";
    session: "Sesja", "Session";
    retry: "Wyślij ponownie", "Retry";
    retry_same: "te same bajty", "the same bytes";
    retry_rebuilt: "nowa wersja ze źródła", "a new version from the source";
    retry_known: "KSeF nie ma tego dokumentu: sprawdzono.",
        "KSeF does not have this document: that was checked.";
    mark_failed: "Oznacz jako odrzucony", "Mark as failed";
    send_all_the_same: "Wyślij do KSeF", "Send to KSeF";
    why: "Uzasadnienie", "Reason for it";
    receipt_pending: "oczekiwanie na UPO", "receipt pending";
    of: "z", "of";
    integrity: "przyjętych", "accepted";
    entries: "wpisów dziennika", "entries of the log";
    found_intact: "bez zastrzeżeń", "found intact";
    found_damaged: "WYKRYTO ZMIANY", "CHANGES FOUND";
    minutes_ago: "min temu", "minutes ago";
    not_verified: "weryfikacja trwa", "being verified";
    enter_number: "Podaj numer KSeF", "Enter the KSeF number";
    number_is_checked: "Dokument o tym numerze zostanie pobrany z KSeF; liczy się tylko ten sam skrót.",
        "The document with this number is fetched from KSeF; it counts with our hash alone.";
    back: "Powrót do dziennika", "Back to the log";
    logged_in_as: "Zalogowano jako", "Logged in as";
    skip: "Przejdź do treści", "Skip to the content";
}

impl Words {
    pub(super) const fn status(&self, status: SubmissionStatus) -> &'static str {
        match status {
            SubmissionStatus::Pending => self.pending,
            SubmissionStatus::Signing => self.signing,
            SubmissionStatus::Submitted => self.submitted,
            SubmissionStatus::Accepted => self.accepted,
            SubmissionStatus::Failed => self.failed,
            SubmissionStatus::Terminated => self.terminated,
            SubmissionStatus::Skipped => self.skipped,
            SubmissionStatus::KsefOkFakturowniaFailed => self.second_failed,
            SubmissionStatus::KsefFailedFakturowniaSkipped => self.second_skipped,
        }
    }
}
