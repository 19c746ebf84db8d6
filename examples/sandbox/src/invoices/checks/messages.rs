//! The details of a rejection, in the words of KSeF where they are known.

use ksef_core::{FormCode, InvoiceDate};
use ksef_fa::{Code, Issue, Report, Schema};

use crate::invoices::Summary;

/// How many details a rejection has at most.
pub(super) const MOST: u16 = 10;

pub(super) const INVALID_XML: &str = "Nieprawidłowy XML";
pub(super) const OTHER_HASH: &str =
    "Skrót przesłanego pliku faktury nie zgadza się z zadeklarowaną wartością.";
pub(super) const UNREADABLE: &str =
    "Nie można odczytać danych sprzedawcy, numeru lub daty wystawienia faktury.";
pub(super) const ATTACHMENT_ONLINE: &str =
    "Faktury z załącznikiem można przesyłać wyłącznie w sesji wsadowej.";
pub(super) const ATTACHMENT_UNANNOUNCED: &str =
    "Kontekst nie ma zgody na wystawianie faktur z załącznikiem.";

pub(super) fn other_size(declared: u64) -> String {
    format!(
        "Rozmiar przesłanego pliku faktury nie zgadza się z zadeklarowaną wartością: {declared}."
    )
}

pub(super) fn too_large(limit: u64) -> String {
    format!("Rozmiar przesłanego pliku faktury przekracza dozwolony limit: {limit}.")
}

pub(super) fn issued_in_the_future(date: InvoiceDate) -> String {
    format!("Data wystawienia faktury (P_1) nie może być z przyszłości: {date}.")
}

/// `place` is the element or its path.
pub(super) fn nip(place: &str) -> String {
    format!("Nieprawidłowy numer NIP: {place}.")
}

pub(super) fn internal_id(issue: &Issue, summary: &Summary) -> String {
    let party = index(issue.path()).and_then(|index| summary.third_subjects.get(index));
    let id = party.and_then(|party| party.identifier.value()).unwrap_or_default();
    format!("Identyfikator wewnętrzny podmiotu trzeciego: '{id}' jest nieprawidłowy.")
}

/// The number in the first brackets of a path, which counts from 1.
fn index(path: &str) -> Option<usize> {
    let (_, rest) = path.split_once('[')?;
    rest.split_once(']')?.0.parse::<usize>().ok()?.checked_sub(1)
}

/// What .NET says, which KSeF validates with.
pub(super) fn of_schema(errors: &[&Issue], report: &Report, form_code: &FormCode) -> Vec<String> {
    let schema = Schema::ALL.into_iter().find(|schema| schema.form_code() == *form_code);
    if report.schema().is_none() || report.schema() != schema {
        return vec![OTHER_ROOT.to_owned()];
    }
    let namespace = schema.map(Schema::namespace).unwrap_or_default();
    let told = errors.iter().filter(|issue| issue.code() != Code::More);
    told.map(|issue| of_issue(issue, namespace)).collect()
}

/// That the root is no element of the schema which the session is for.
const OTHER_ROOT: &str =
    "Dokument nie jest zgodny ze schematem zadeklarowanym przy otwarciu sesji.";

fn of_issue(issue: &Issue, namespace: &str) -> String {
    let (parent, name) = issue.path().rsplit_once('/').unwrap_or_default();
    let (parent, name) = (last(parent), last(name));
    match issue.code() {
        Code::Unexpected | Code::TooMany | Code::ForeignNamespace => format!(
            "The element '{parent}' in namespace '{namespace}' has invalid child element \
             '{name}' in namespace '{namespace}'.{}",
            expected(issue, namespace)
        ),
        Code::Missing => format!(
            "The element '{parent}' in namespace '{namespace}' has incomplete content. List of \
             possible elements expected: '{name}' in namespace '{namespace}'."
        ),
        Code::ChildInText => format!(
            "The element '{name}' in namespace '{namespace}' cannot contain child elements \
             because the parent element's content model is text only."
        ),
        Code::TextBetween => format!(
            "The element '{name}' in namespace '{namespace}' cannot contain text.{}",
            expected(issue, namespace)
        ),
        Code::UnknownAttribute => {
            format!("An attribute of '{namespace}:{name}' is not declared.")
        }
        Code::MissingAttribute => {
            format!("The required attribute of '{namespace}:{name}' is missing.")
        }
        code => format!(
            "The '{namespace}:{name}' element is invalid - The value is invalid according to its \
             datatype - {}",
            constraint(code)
        ),
    }
}

/// A name without its index.
fn last(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or_default();
    name.split('[').next().unwrap_or_default()
}

fn expected(issue: &Issue, namespace: &str) -> String {
    let names: Vec<_> = issue.expected().map(|name| format!("'{name}'")).collect();
    if names.is_empty() {
        return String::new();
    }
    let names = names.join(", ");
    format!(" List of possible elements expected: {names} in namespace '{namespace}'.")
}

/// Which facet is violated.
const fn constraint(code: Code) -> &'static str {
    match code {
        Code::Pattern => "The Pattern constraint failed.",
        Code::NotListed => "The Enumeration constraint failed.",
        Code::TooShort => "The actual length is less than the MinLength value.",
        Code::TooLong | Code::Utf16Length => {
            "The actual length is greater than the MaxLength value."
        }
        Code::TooSmall => "The MinInclusive constraint failed.",
        Code::TooLarge => "The MaxInclusive constraint failed.",
        Code::TooManyDigits => "The TotalDigits constraint failed.",
        Code::TooManyDecimals => "The FractionDigits constraint failed.",
        Code::NotDate => "The string is not a valid Date value.",
        Code::NotDateTime => "The string is not a valid DateTime value.",
        Code::NotDecimal => "The string is not a valid Decimal value.",
        Code::NotInteger => "The string is not a valid Integer value.",
        Code::Fixed | Code::FixedAttribute => "The value does not equal its fixed value.",
        _ => "The value is not allowed.",
    }
}
