//! The codes with which KSeF refuses a request.

use serde::Serialize;

macro_rules! exceptions {
    ($($name:ident = $code:literal $description:literal;)*) => {
        /// Why a request is refused with status 400; source: the tables of the OpenAPI.
        #[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
        pub(crate) enum ExceptionCode {
            $(#[doc = $description] $name,)*
        }

        impl ExceptionCode {
            pub(crate) const fn number(self) -> u32 {
                match self { $(Self::$name => $code,)* }
            }

            pub(crate) const fn description(self) -> &'static str {
                match self { $(Self::$name => $description,)* }
            }
        }
    };
}

exceptions! {
    InvalidDocument = 9101 "Nieprawidłowy dokument.";
    SignatureMissing = 9102 "Brak podpisu.";
    TooManySignatures = 9103 "Przekroczona liczba dozwolonych podpisów.";
    InvalidSignature = 9105 "Nieprawidłowy podpis.";
    UnreadableContent = 21001 "Nieczytelna treść.";
    InvalidChallenge = 21111 "Nieprawidłowe wyzwanie autoryzacyjne.";
    InvalidCertificate = 21115 "Nieprawidłowy certyfikat.";
    InvalidSubjectIdentifier = 21117 "Nieprawidłowy identyfikator podmiotu dla wskazanego typu kontekstu.";
    TooManyInvoices = 21155 "Przekroczono dozwoloną liczbę faktur w sesji.";
    InvalidPartSize = 21157 "Nieprawidłowy rozmiar części pakietu.";
    TooManyParts = 21161 "Przekroczono dozwoloną liczbę części pakietu.";
    InvoiceNotFound = 21164 "Faktura o podanym identyfikatorze nie istnieje.";
    InvoiceNotYetAvailable = 21165 "Faktura o podanym numerze KSeF nie jest jeszcze dostępna.";
    TechnicalCorrectionUnavailable = 21166 "Korekta techniczna niedostępna.";
    TechnicalCorrectionNotAllowed = 21167 "Status faktury nie pozwala na korektę techniczną.";
    SessionNotFound = 21173 "Brak sesji o wskazanym numerze referencyjnym.";
    QueryResultNotFound = 21175 "Wynik zapytania o podanym identyfikatorze nie istnieje.";
    UpoNotFound = 21178 "Nie znaleziono UPO dla podanych kryteriów.";
    SessionStatusForbids = 21180 "Status sesji nie pozwala na wykonanie operacji.";
    InvalidExportRequest = 21181 "Nieprawidłowe żądanie eksportu faktur.";
    TooManyExports = 21182 "Osiągnięto limit trwających eksportów.";
    BeyondAvailableData = 21183 "Zakres filtrowania wykracza poza dostępny zakres danych.";
    SessionUnavailable = 21184 "Sesja tymczasowo niedostępna.";
    EmptyPackage = 21205 "Pakiet nie może być pusty.";
    UploadTimedOut = 21208 "Czas oczekiwania na requesty upload lub finish został przekroczony.";
    InvalidEncoding = 21217 "Nieprawidłowe kodowanie znaków.";
    NotAuthorized = 21301 "Brak autoryzacji.";
    NotAuthenticated = 21304 "Brak uwierzytelnienia.";
    DeceasedPerson = 21308 "Próba wykorzystania metod autoryzacyjnych osoby zmarłej.";
    SchemaMismatch = 21401 "Dokument nie jest zgodny ze schemą (xsd).";
    InvalidFileSize = 21402 "Nieprawidłowy rozmiar pliku.";
    InvalidFileHash = 21403 "Nieprawidłowy skrót pliku.";
    InvalidInput = 21405 "Błąd walidacji danych wejściowych.";
    SignatureConflict = 21406 "Konflikt podpisu i typu uwierzytelnienia.";
    InvalidContinuationToken = 21418 "Przekazany token kontynuacji ma nieprawidłowy format.";
    UnknownKey = 21470 "Przesłany identyfikator klucza jest nieznany lub wskazuje na wycofany klucz.";
    TokenPermissionNotHeld = 26001 "Nie można nadać tokenowi uprawnień których nie posiadasz.";
    TokenContextNotAllowed = 26002 "Nie można wygenerować tokena dla obecnego typu kontekstu.";
    AlreadyExists = 30001 "Podmiot lub uprawnienie już istnieje.";
}

/// One reason, with what is to be said about this request.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Exception {
    pub(crate) code: ExceptionCode,
    pub(crate) details: Vec<String>,
}

impl ExceptionCode {
    /// The reason without details.
    pub(crate) const fn plain(self) -> Exception {
        Exception { code: self, details: Vec::new() }
    }

    /// The reason with one detail.
    pub(crate) fn detail(self, detail: impl Into<String>) -> Exception {
        Exception { code: self, details: vec![detail.into()] }
    }
}

/// An element of `exceptionDetailList`, the older form.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ExceptionDetails<'a> {
    exception_code: u32,
    exception_description: &'a str,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    details: &'a [String],
}

/// An element of `errors`, the form of problem details.
#[derive(Serialize)]
struct ApiError<'a> {
    code: u32,
    description: &'a str,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    details: &'a [String],
}

impl Exception {
    pub(crate) fn as_exception_details(&self) -> impl Serialize + '_ {
        ExceptionDetails {
            exception_code: self.code.number(),
            exception_description: self.code.description(),
            details: &self.details,
        }
    }

    pub(crate) fn as_api_error(&self) -> impl Serialize + '_ {
        ApiError {
            code: self.code.number(),
            description: self.code.description(),
            details: &self.details,
        }
    }
}
