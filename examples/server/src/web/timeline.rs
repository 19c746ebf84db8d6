//! What happened to a document, as people read it.

use ksef_audit::Entry;
use ksef_audit::entry::Body;
use ksef_core::submission::Fact;

use super::language::Language;
use super::page::{Happened, moment};

/// What an entry is called, and what that says in Polish and in English.
const NAMES: [(&str, &str, &str); 38] = [
    ("announced", "Źródło zapowiedziane", "Source announced"),
    ("source", "Źródło zapisane", "Source recorded"),
    ("described", "Dokument opisany", "Document described"),
    ("prepared", "Dokument utworzony i sprawdzony", "Document written and validated"),
    ("deferred", "Odłożony", "Deferred"),
    ("skipped", "Pominięty", "Skipped"),
    ("refused", "Odrzucony przed wysyłką", "Refused before sending"),
    ("claimed", "Wzięty do wysyłki", "Taken to be sent"),
    ("released", "Zwrócony, nic nie wysłano", "Given back, nothing was sent"),
    ("session_ready", "Sesja otwarta", "Session open"),
    ("intent", "Zapytanie wychodzi", "Request about to leave"),
    ("acknowledged", "KSeF odebrał", "KSeF took it"),
    ("send_refused", "KSeF nie odebrał", "KSeF did not take it"),
    ("answer_lost", "Brak odpowiedzi KSeF", "No answer of KSeF"),
    ("listed", "Lista sesji odczytana", "List of the session read"),
    ("session_observed", "Stan sesji odczytany", "Status of the session read"),
    ("session_unknown", "KSeF nie zna sesji", "KSeF does not know the session"),
    ("close_answered", "Sesja zamykana", "Session being closed"),
    ("invoice_observed", "Stan faktury odczytany", "Status of the invoice read"),
    ("original_compared", "Porównany z dokumentem w KSeF", "Compared with the one at KSeF"),
    ("receipt", "UPO sesji zapisane", "Receipt of the session kept"),
    ("receipt_stored", "UPO sprawdzone, przyjęty", "Receipt verified, accepted"),
    ("receipt_missing", "UPO jeszcze nie ma", "No receipt yet"),
    ("receipt_mismatched", "UPO nie pasuje", "Receipt does not fit"),
    ("quarantined", "UPO odłożone na bok", "Receipt kept apart"),
    ("postponed", "Przełożony", "Put off"),
    ("resend_decided", "Te same bajty zostaną wysłane", "The same bytes will be sent"),
    ("termination_decided", "Automatyczna wysyłka zakończona", "No more sending by itself"),
    ("retry_ordered", "Zlecono ponowną wysyłkę", "Retry ordered"),
    ("send_ordered", "Zlecono wysyłkę pominiętego", "Sending ordered all the same"),
    ("marked_failed", "Oznaczony jako odrzucony", "Marked as failed"),
    ("number_entered", "Numer KSeF podany ręcznie", "KSeF number entered by hand"),
    ("second_system", "Identyfikator drugiego systemu", "Id of the second system"),
    ("second_leg_done", "Drugi system ma dokument", "Second system has it"),
    ("second_leg_failed", "Drugi system odmówił", "Second system failed"),
    ("parked", "Wstrzymany", "Stopped"),
    ("unparked", "Wznowiony", "Goes on"),
    ("other", "Inne", "Other"),
];

/// An entry as a line: its name, and what it says besides.
pub(super) fn happened(entry: &Entry, language: Language) -> Happened {
    let (code, details) = match &entry.body {
        Body::Announced(it) => ("announced", format!("{} {}, {}", it.kind, it.id, it.event)),
        Body::Source(source) => ("source", format!("{} {}", source.kind, source.id)),
        Body::Described(it) => ("described", format!("{}, {}", it.order_reference, it.customer)),
        Body::Receipt { upo } => ("receipt", upo.to_string()),
        Body::Quarantined { digest } => ("quarantined", digest.to_hex()),
        Body::SecondSystem { id } => ("second_system", id.clone()),
        Body::Parked { reason } => ("parked", reason.to_string()),
        Body::Unparked { decision } => {
            ("unparked", format!("{}: {}", decision.person(), decision.reason()))
        }
        Body::Fact(fact) => return told(entry, fact, language),
        _ => ("other", String::new()),
    };
    line(entry, code, details, language)
}

fn line(entry: &Entry, code: &str, details: String, language: Language) -> Happened {
    let name = NAMES.iter().find(|(name, ..)| *name == code);
    let what = name.map_or("", |(_, polish, english)| match language {
        Language::Polish => polish,
        Language::English => english,
    });
    let (at, moment) = (moment(Some(entry.at)), entry.at.to_string());
    Happened { at, moment, what, code: code.to_owned(), details }
}

/// A fact by its name and fields, as it is recorded.
fn told(entry: &Entry, fact: &Fact, language: Language) -> Happened {
    let value = serde_json::to_value(fact).unwrap_or_default();
    let code = value.get("fact").and_then(|name| name.as_str()).unwrap_or_default();
    let fields = value.as_object().into_iter().flatten();
    let fields = fields.filter(|(name, value)| *name != "fact" && !value.is_null());
    let details: Vec<String> =
        fields.map(|(name, value)| format!("{name} {}", plain(value))).collect();
    line(entry, code, details.join(" · "), language)
}

fn plain(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(", "),
        serde_json::Value::Object(fields) => {
            let fields = fields.iter().filter(|(_, value)| !value.is_null());
            let fields: Vec<_> =
                fields.map(|(name, value)| format!("{name} {}", plain(value))).collect();
            fields.join(", ")
        }
        other => other.to_string(),
    }
}
