//! Polish and English.

use axum::extract::{Path, RawQuery};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use ksef_core::SubmissionStatus;

use super::auth::cookie;
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
    Path(language): Path<String>,
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
    settings: "Ustawienia", "Settings";
    company: "Firma", "Company";
    connection: "Połączenie z KSeF", "Connection to KSeF";
    save: "Zapisz", "Save";
    saved: "Zapisano.", "Saved.";
    not_saved: "Nic nie zapisano.", "Nothing was saved.";
    own_nip: "NIP firmy", "NIP of the company";
    company_name: "Nazwa firmy", "Name of the company";
    country: "Kod kraju", "Country code";
    address_1: "Adres, wiersz 1", "Address, line 1";
    address_2: "Adres, wiersz 2", "Address, line 2";
    policies: "Zasady odwzorowania faktur (JSON)", "Policies of the mapper (JSON)";
    policies_help: "Pola profilu ksef-stripe poza danymi firmy; puste pole to ustawienia domyślne.",
        "The fields of a profile of ksef-stripe besides the company; blank means the defaults.";
    api_key: "Klucz dla programów", "Key for programs";
    api_key_help: "Nowy klucz jest pokazywany raz i zastępuje poprzedni.",
        "A new key is shown once, and takes the place of the one before.";
    api_key_new: "Utwórz nowy klucz", "Make a new key";
    api_key_shown: "Zapisz ten klucz teraz; nie będzie pokazany ponownie:",
        "Keep this key now; it is not shown again:";
    environment: "Środowisko", "Environment";
    environment_test: "TEST – bez skutków prawnych", "TEST – without legal force";
    environment_demo: "DEMO – bez skutków prawnych", "DEMO – without legal force";
    environment_production: "PRODUKCJA – faktury ze skutkami prawnymi",
        "PRODUCTION – invoices with legal force";
    type_nip: "Aby przejść na produkcję, wpisz NIP firmy", "To go to production, type the NIP";
    files_from: "Wysyłaj od (puste: od teraz)", "File from (blank: from now)";
    files_from_is: "Wysyłane od", "Filed from";
    also_in: "Firma jest też w środowisku", "The company is also in the environment";
    go_there: "Przejdź", "Go there";
    files_from_help: "Wcześniejsze faktury ze Stripe nie są wysyłane same.",
        "What Stripe did earlier is not filed by itself.";
    method: "Sposób logowania", "Login method";
    method_token: "Token KSeF", "KSeF token";
    method_certificate: "Certyfikat z kluczem", "Certificate with key";
    certificate: "Certyfikat (PEM)", "Certificate (PEM)";
    private_key: "Klucz prywatny (PEM)", "Private key (PEM)";
    key_password: "Hasło klucza lub archiwum", "Password of the key or archive";
    archive: "Albo oba w archiwum PKCS#12", "Or both in a PKCS#12 archive";
    secret_help: "Puste pole zachowuje to, co zapisano; nowa wartość je zastępuje. Zmiana sposobu \
        usuwa dane poprzedniego.",
        "A blank field keeps what is stored; a value replaces it. Another method destroys what the \
         one before had.";
    verified_on_save: "Przed zapisaniem następuje logowanie do KSeF; odmowa niczego nie zmienia.",
        "Before it is saved, it logs in to KSeF; a refusal changes nothing.";
    stored: "zapisano", "stored";
    connection_none: "Brak połączenia z KSeF: dokumenty czekają.",
        "There is no connection to KSeF: documents wait.";
    connection_unverified: "Połączenie nie było jeszcze sprawdzone",
        "Nobody has logged in with it yet";
    connection_working: "Połączenie działa, sprawdzono", "The connection works, verified";
    connection_refused: "KSeF odmówił logowania", "KSeF refused the login";
    rights_missing: "Brakujące uprawnienia w KSeF", "Rights that are missing at KSeF";
    expires: "Ważne do", "Valid until";
    expires_in_days: "Dni do wygaśnięcia logowania do KSeF", "Days until the login to KSeF expires";
    expired: "Logowanie do KSeF wygasło.", "The login to KSeF has expired.";
    to_certificate: "Od tokenu do certyfikatu", "From the token to a certificate";
    to_certificate_1: "Pobierz certyfikat KSeF do uwierzytelniania w Aplikacji Podatnika.",
        "Get a KSeF certificate for authentication in the Ministry's application.";
    to_certificate_2: "Wybierz wyżej „Certyfikat z kluczem” i wklej go z kluczem.",
        "Choose \"Certificate with key\" above, and paste it with its key.";
    to_certificate_3: "Zapisz. Token działa do chwili, gdy KSeF przyjmie certyfikat, a potem jest \
        usuwany; nic nie czeka.",
        "Save. The token works until KSeF has taken the certificate, and is destroyed then; \
         nothing waits.";
    to_certificate_why: "Tokeny KSeF mają podstawę prawną do 31.12.2026.",
        "KSeF tokens have a legal basis until 31.12.2026.";
    stripe_account: "Konto Stripe (acct_…)", "Stripe account (acct_…)";
    stripe_key: "Klucz ograniczony (rk_…)", "Restricted key (rk_…)";
    stripe_secrets: "Sekrety webhooka (whsec_…), po jednym w wierszu",
        "Secrets of the webhook (whsec_…), a line each";
    stripe_endpoint: "Adres webhooka", "Address of the webhook";
    stripe_events: "Zdarzenia", "Events";
    stripe_help: "Klucz z prawem odczytu faktur, korekt i stawek podatku. Klucze do prawdziwych \
        płatności tylko w środowisku produkcyjnym.",
        "A key that may read invoices, credit notes and tax rates. Keys to live payments go with \
         production alone.";
    bad_nip: "Cyfra kontrolna NIP jest błędna.", "The check digit of the NIP is wrong.";
    bad_nip_typed: "Wpisany NIP nie jest NIP-em firmy.", "The NIP is not that of the company.";
    bad_fixed_nip: "Są już dokumenty z tym NIP-em; nowa firma ma własne konto.",
        "There are documents of this NIP; another company has an account of its own.";
    bad_policies: "Zasady są błędne", "The policies are wrong";
    bad_profile: "Podaj nazwę, kod kraju (dwie litery) i adres, do 512 znaków w wierszu.",
        "Give a name, a country code (two letters) and an address, up to 512 characters a line.";
    bad_material: "Tokenu albo certyfikatu nie można użyć",
        "The token or the certificate cannot be used";
    bad_login: "KSeF nie przyjął logowania", "KSeF did not accept the login";
    bad_answer: "KSeF teraz nie odpowiada", "KSeF does not answer now";
    bad_files_from: "Podaj datę, na przykład 2026-11-20.",
        "Give a date, as 2026-11-20.";
    bad_stripe_mode: "Klucz do prawdziwych płatności pasuje tylko do produkcji, testowy tylko do \
        TEST i DEMO.",
        "A key to live payments goes with production alone, one for tests with TEST and DEMO.";
    bad_stripe: "Stripe nie przyjął klucza", "Stripe did not accept the key";
    bad_missing: "Brakuje danych: podaj je.", "Something is missing: enter it.";
    bad_conflict: "Ktoś zmienił to w międzyczasie; wczytaj stronę ponownie.",
        "Somebody has changed it meanwhile; load the page again.";
    bad_record: "Nie udało się zapisać; spróbuj za chwilę.", "It was not saved; try again soon.";
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
