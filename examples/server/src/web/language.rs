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

    /// The same, for the texts of codes.
    pub(super) const fn of_texts(self) -> ksef_stripe::Language {
        match self {
            Self::Polish => ksef_stripe::Language::Polish,
            Self::English => ksef_stripe::Language::English,
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
    statuses: "Stany", "Statuses";
    filter: "Filtruj", "Filter";
    reset: "Wyczyść", "Clear";
    next_page: "Następna strona", "Next page";
    nothing: "Brak dokumentów.", "No documents.";
    export: "Eksport", "Export";
    receipts: "UPO (ZIP)", "UPO (ZIP)";
    bundle: "Pakiet dowodowy (ZIP)", "Evidence bundle (ZIP)";
    timeline: "Przebieg", "Timeline";
    download_xml: "Pobierz XML", "Download XML";
    download_upo: "Pobierz UPO", "Download UPO";
    verify_at_ksef: "Sprawdź w KSeF", "Verify at KSeF";
    source: "Źródło", "Source";
    hash: "SHA-256 dokumentu", "SHA-256 of the document";
    session: "Sesja", "Session";
    retry: "Wyślij ponownie", "Retry";
    retry_same: "Te same bajty", "The same bytes";
    retry_same_offline: "Te same bajty, jako wystawione offline",
        "The same bytes, as issued offline";
    retry_rebuilt: "Nowa wersja ze źródła", "A new version from the source";
    feed_again: "Przekaż jeszcze raz do drugiego systemu", "Feed the second system again";
    go_on: "Wznów pracę", "Let work go on";
    retry_selected: "Wyślij ponownie zaznaczone", "Retry selected";
    retry_title: "Ponowna wysyłka", "Retry";
    retry_intro: "Zanim coś zostanie wysłane: co KSeF już ma.",
        "Before anything is sent: what KSeF already has.";
    retry_others: "Tych nie można wysłać", "These cannot be sent";
    retry_none: "Żadnego z wybranych dokumentów nie można teraz wysłać.",
        "None of the chosen documents can be sent now.";
    at_ksef: "W KSeF", "At KSeF";
    how: "Jak", "How";
    why_not: "Dlaczego nie", "Why not";
    select: "Zaznacz", "Select";
    ksef_has_it: "KSeF ma ten dokument.", "KSeF has this document.";
    ksef_has_another: "Pod tym numerem KSeF ma inny dokument.",
        "KSeF has another document under this number.";
    never_sent: "KSeF go nie ma: nic nie zostało wysłane.",
        "KSeF does not have it: nothing was ever sent.";
    ksef_shown_without: "KSeF go nie ma: sesję zamknięto i nie ma go na jej liście.",
        "KSeF does not have it: the session is closed and its list is without it.";
    ksef_rejected_it: "KSeF go nie ma: odrzucił go.", "KSeF does not have it: it was rejected.";
    ksef_is_asked: "Jeszcze nie wiadomo; sprawdzamy w KSeF.",
        "It is not known yet; we are checking with KSeF.";
    not_number_taken: "Numer jest zajęty: nadaj dokumentowi inny numer w źródle albo podaj numer KSeF.",
        "The number is taken: give the document another number at its source, or enter the KSeF number.";
    not_receipt: "Dokument jest w KSeF, a do wyjaśnienia zostało UPO.",
        "The document is at KSeF, and its receipt is what has to be looked into.";
    not_accepted: "KSeF już go przyjął.", "KSeF has accepted it.";
    not_unknown: "Wynik nie jest znany; zanim się wyjaśni, nic nie zostanie wysłane.",
        "The outcome is not known; until it is, nothing is sent.";
    not_on_its_way: "Praca nad nim idzie dalej sama.", "Work on it goes on by itself.";
    retry_done: "Zlecono", "Ordered";
    retry_not_done: "Nie zlecono", "Not ordered";
    mark_failed: "Oznacz jako odrzucony", "Mark as failed";
    send_all_the_same: "Wyślij do KSeF", "Send to KSeF";
    why: "Uzasadnienie", "Reason for it";
    receipt_pending: "oczekiwanie na UPO", "receipt pending";
    of: "z", "of";
    integrity: "przyjętych", "accepted";
    gaps: "luk", "gaps";
    attention: "Wymagają uwagi", "Needs attention";
    in_progress: "W toku", "In progress";
    fakturownia_id: "ID Fakturowni", "Fakturownia ID";
    month: "Miesiąc", "Month";
    remove: "Usuń filtr", "Remove filter";
    found: "Znaleziono dokumentów", "Documents found";
    xml_zip: "XML (ZIP)", "XML (ZIP)";
    being_checked: "sprawdzamy w KSeF", "checking with KSeF";
    audit: "Dla kontroli", "For an audit";
    retention: "Przechowywanie", "Retention";
    pages: "Strony", "Pages";
    what_to_do: "Co zrobić", "What to do";
    decide: "Decyzje", "Decisions";
    details: "Szczegóły", "Details";
    view_in_stripe: "Pokaż w Stripe", "Show in Stripe";
    page_refreshes: "Strona odświeża się sama co 10 sekund.",
        "This page loads itself again every 10 seconds.";
    stop_refreshing: "Zatrzymaj odświeżanie", "Stand still";
    correct: "Wystaw korektę", "Issue correction";
    correction_of: "Korekta faktury", "Correction of invoice";
    correction_in_stripe: "Ta faktura pochodzi ze Stripe. Wystaw tam notę kredytową: w menu faktury wybierz „Wystaw notę kredytową”. Korekta trafi do KSeF sama.",
        "This invoice comes from Stripe. Issue a credit note there: choose \"Issue credit note\" in the menu of the invoice. The correction follows by itself.";
    correction_open_stripe: "Otwórz fakturę w Stripe", "Open the invoice in Stripe";
    correction_to_zero: "Do zera", "To zero";
    correction_by_amounts: "O kwoty", "By amounts";
    correction_kind_of: "Rodzaj korekty", "Kind of correction";
    correction_number: "Numer korekty", "Number of the correction";
    correction_reason: "Przyczyna korekty", "Reason for the correction";
    correction_less: "Mniej o", "Less by";
    correction_line: "Pozycja", "Line";
    correction_rate: "Stawka", "Rate";
    correction_value: "Wartość", "Value";
    correction_total: "Razem", "Total";
    correction_earlier: "Wcześniejsze korekty", "Earlier corrections";
    correction_preview: "Pokaż korektę", "Show the correction";
    correction_previewed: "Tak będzie wyglądać korekta. Jeszcze nic nie wysłano.",
        "This is what the correction will be. Nothing has been sent yet.";
    correction_issue: "Wystaw i wyślij do KSeF", "Issue and send to KSeF";
    correction_change: "Zmień", "Change it";
    correction_kind: "Tej faktury nie można skorygować tutaj: nie jest zwykłą fakturą, w której każda pozycja ma stawkę i wartość.",
        "This invoice cannot be corrected here: it is no ordinary invoice with a rate and a value on each line.";
    correction_nothing: "Nic by się nie zmieniło. Podaj kwotę przynajmniej jednej pozycji.",
        "Nothing would change. Give an amount for at least one line.";
    correction_too_much: "Korekty razem przekroczyłyby fakturę.",
        "The corrections together would be more than the invoice.";
    correction_not_to_zero: "Korekta nie zgadza się z fakturą co do grosza; wystaw ją o kwoty.",
        "The correction is not the opposite of the invoice to the grosz; issue it by amounts.";
    correction_no_number: "Podaj numer korekty.", "Give the number of the correction.";
    correction_no_reason: "Podaj przyczynę korekty.", "Give the reason for the correction.";
    correction_number_taken: "Inny dokument ma już ten numer.", "Another document has this number.";
    correction_no_amount: "Kwota ma postać 123,45.", "An amount is written as 123.45.";
    audit_title: "Pięć pytań kontroli", "An auditor's five questions";
    audit_intro: "Odpowiedzi dotyczą dokumentów wystawionych w wybranym okresie, najwyżej 100 dni.",
        "The answers are about the documents issued in a period of at most 100 days.";
    audit_answer: "Odpowiedz", "Answer";
    audit_compare: "Odpowiedz i porównaj z KSeF", "Answer, and compare with KSeF";
    audit_limit: "Porównanie pyta KSeF, który dopuszcza 20 takich zapytań na godzinę.",
        "To compare asks KSeF, which admits 20 such requests an hour.";
    audit_submitted: "Czy wszystko zostało wysłane?", "Was everything submitted?";
    audit_number: "Czy numery KSeF się zgadzają?", "Do the KSeF numbers match?";
    audit_time: "Kiedy wysłano i przyjęto?", "When was it submitted and accepted?";
    audit_receipt: "Czy UPO są nienaruszone?", "Are the receipts intact?";
    audit_gaps: "Czy nie ma luk?", "Are there no gaps?";
    audit_documents: "dokumentów w okresie, bez pominiętych", "documents in the period, without skipped ones";
    audit_accepted: "przyjętych, z UPO", "accepted, with a receipt";
    audit_numbers: "numerów zgodnych z UPO i NIP firmy", "numbers that agree with the receipt and the company's NIP";
    audit_timed: "z czasem wysłania i przyjęcia", "with the times of submission and acceptance";
    audit_late: "przyjętych po dniu wystawienia", "accepted after the day of issue";
    audit_between: "przyjęcie pierwszego i ostatniego", "acceptance of the first and of the last";
    audit_intact: "UPO sprawdzonych przed chwilą: podpis, skrót, numer, NIP, środowisko",
        "receipts verified just now: signature, hash, number, NIP, environment";
    audit_unknown_signer: "z nich o nieznanym wystawcy podpisu", "of them with a signer that is not known";
    audit_log_findings: "zmian w dzienniku", "changes found in the log";
    audit_log_entries: "wpisów dziennika", "entries of the log";
    audit_log_verified: "ostatnia weryfikacja dziennika", "the log was last verified";
    audit_list_findings: "niezgodności trzech list", "differences between the three lists";
    audit_not_compared: "Z KSeF jeszcze nie porównano.", "Not compared with KSeF yet.";
    audit_yes: "Tak", "Yes";
    audit_no: "Nie wszystko", "Not all of it";
    audit_unknown: "Jeszcze nie wiadomo", "Not known yet";
    audit_more: "dalszych", "more";
    audit_too_much: "W tym okresie jest więcej dokumentów, niż ta strona sprawdza. Wybierz krótszy okres albo użyj polecenia verify.",
        "The period has more documents than this page verifies. Choose a shorter one, or use the command verify.";
    audit_unanswered: "KSeF albo Stripe nie odpowiada. Spróbuj za kilka minut.",
        "KSeF or Stripe does not answer. Try again in some minutes.";
    audit_show_log: "Pokaż w dzienniku", "Show in the log";
    completeness: "Kompletność okresu", "Completeness of the period";
    complete: "dokumentów zgodnych na wszystkich listach", "documents agree in all lists";
    list_source: "Źródło (Stripe)", "Source (Stripe)";
    list_ledger: "Dziennik", "Ledger";
    list_ksef: "KSeF", "KSeF";
    list_left_out: "w tym pominiętych regułą", "of them left out by a rule";
    list_undecided: "Bez dokumentu, czekają na decyzję lub dane",
        "Without a document, they wait for a decision or for data";
    no_findings: "Listy się zgadzają.", "The lists agree.";
    no_source: "brak, dokumenty wpływają gotowe", "none, documents are handed in ready";
    finding: "Niezgodność", "Difference";
    finding_not_recorded: "Jest w źródle, nie ma go w dzienniku.", "The source has it, the ledger does not.";
    finding_not_accepted: "Jest w dzienniku, nie w KSeF.", "The ledger has it, KSeF does not.";
    finding_missing: "W dzienniku przyjęty, w KSeF go nie ma.", "Accepted in the ledger, missing at KSeF.";
    finding_not_adopted: "Jest w KSeF, w dzienniku nie jest przyjęty.",
        "KSeF has it, the ledger has it not as accepted.";
    finding_extra_at_ksef: "Jest w KSeF, dziennik go nie zna.", "KSeF has it, the ledger does not know it.";
    finding_extra: "Jest w dzienniku, nie ma go w źródle.", "The ledger has it, the source does not.";
    finding_different: "Pod tym numerem KSeF ma inny dokument.",
        "KSeF has another document under this number.";
    finding_repeated: "Numer powtarza się na liście.", "The number stands in the list more than once.";
    finding_other: "Inna niezgodność.", "Another difference.";
    retention_intro: "Ile lat trzeba przechowywać to, co tu jest. Nic nie jest usuwane samo.",
        "For how long what is here has to be kept. Nothing is deleted by itself.";
    retention_policy: "Podstawa", "Basis";
    retention_show: "Policz", "Count";
    retention_from: "Można usunąć od", "Could be deleted from";
    retention_sent: "Wysłane", "Sent";
    retention_not_sent: "Niewysłane", "Not sent";
    retention_held: "dokumentów wstrzymanych do odwołania", "documents held until further notice";
    retention_due: "już", "already";
    retention_floor: "Dokument wysłany jest przechowywany co najmniej 5 lat od końca roku wysyłki. Którą podstawę stosuje firma, ustala jej doradca.",
        "What was sent is kept for at least 5 years from the end of the year of sending. Which basis binds the company is for its adviser to say.";
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
    stripe_app: "Na koncie zainstalowano aplikację tego serwera: klucz nie jest potrzebny, a dane logowania \
        do KSeF są w magazynie sekretów aplikacji",
        "This server's app is installed in the account: no key is needed, and the login to KSeF is in \
         the app's Secret Store";
    stripe_key: "Klucz ograniczony (rk_…)", "Restricted key (rk_…)";
    stripe_secrets: "Sekrety webhooka (whsec_…), po jednym w wierszu",
        "Secrets of the webhook (whsec_…), a line each";
    stripe_endpoint: "Adres webhooka", "Address of the webhook";
    stripe_events: "Zdarzenia", "Events";
    stripe_help: "Klucz z prawem odczytu (Read): Invoices, Credit notes, Tax rates i Events, bez prawa \
        zapisu. Events służą do odnajdywania tego, czego nie przyniósł webhook. Klucze do prawdziwych \
        płatności tylko w środowisku produkcyjnym.",
        "A key with the right to read (Read) Invoices, Credit notes, Tax rates and Events, and to write \
         nothing. Events are read to find what no webhook brought. Keys to live payments go with \
         production alone.";
    people: "Osoby", "People";
    add_person: "Dodaj osobę", "Add somebody";
    role: "Rola", "Role";
    role_owner: "właściciel: wszystko", "owner: everything";
    role_accountant: "księgowość: tylko odczyt", "accountant: reads alone";
    new_password: "Nowe hasło", "New password";
    set_password: "Ustaw hasło", "Set the password";
    remove_person: "Usuń", "Remove";
    bad_password: "Hasło ma co najmniej 12 znaków.", "A password has at least 12 characters.";
    bad_name: "Tej nazwy nie można użyć; wybierz inną.",
        "This name cannot be taken; choose another one.";
    bad_last_owner: "Ostatni właściciel zostaje.", "The last owner stays.";
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
    data_and_security: "Dane i bezpieczeństwo", "Data and security";
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
