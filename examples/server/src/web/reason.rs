//! `Reason`, a code as people read it. Texts stand where codes arise; here they are looked up.

use ksef_audit::Row;
use ksef_core::SubmissionStatus;
use ksef_core::submission::{Finding, Observation, Outcome, ReasonText};
use ksef_fa::Code as Rule;
use ksef_stripe::Code;

use super::language::Language;
use crate::{intake, mapping};

/// KSeF has a document under this number.
const DUPLICATE: u16 = 440;

/// A code, what it says, and what to do.
#[derive(Debug)]
pub(super) struct Reason {
    pub(super) code: String,
    /// Blank for a code that is not known.
    pub(super) text: &'static str,
    pub(super) advice: Vec<Piece>,
}

/// A part of an advice, which may be what stands in a file.
#[derive(Debug)]
pub(super) struct Piece {
    pub(super) is_code: bool,
    pub(super) text: &'static str,
}

/// A code of this program: its text and its advice, in Polish and in English.
struct Own {
    code: ksef_core::submission::ReasonCode,
    polish: [&'static str; 2],
    english: [&'static str; 2],
}

const OWN: [Own; 6] = [
    Own {
        code: intake::UNAVAILABLE,
        polish: [
            "Nie udało się pobrać obiektu ze Stripe.",
            "Program próbuje dalej. Jeśli to trwa, sprawdź klucz do Stripe.",
        ],
        english: [
            "The object could not be fetched from Stripe.",
            "It is tried again and again. Should that go on, check the key to Stripe.",
        ],
    },
    Own {
        code: intake::NOT_FOUND,
        polish: ["Nie ma takiego obiektu w Stripe.", "Sprawdź konto i tryb testowy klucza."],
        english: ["There is no such object in Stripe.", "Check the account and the key's mode."],
    },
    Own {
        code: mapping::UNREADABLE,
        polish: ["Obiektu nie można odczytać.", "Sprawdź obiekt w systemie, z którego pochodzi."],
        english: ["The object cannot be read.", "Look at it in the system that it comes from."],
    },
    Own {
        code: mapping::INVALID,
        polish: ["Dokument jest niepoprawny.", "Popraw go i wyślij jeszcze raz pod nowym kluczem."],
        english: ["The document is not valid.", "Correct it and hand it in under a new key."],
    },
    Own {
        code: mapping::ANOTHER_SELLER,
        polish: ["Sprzedawcą jest inna firma.", "Wyślij dokument kluczem tej firmy."],
        english: ["Another company is the seller.", "Hand it in with the key of that company."],
    },
    Own {
        code: mapping::UNNAMED,
        polish: ["Przyczyna nie ma nazwy.", "Zgłoś to jako błąd programu."],
        english: ["The cause has no name.", "Report it as a fault of the program."],
    },
];

/// The reasons of a line of the audit log, the first of them first.
pub(super) fn reasons(row: &Row, language: Language) -> Vec<Reason> {
    let codes = row.error.as_deref().unwrap_or_default().split_whitespace();
    codes.map(|code| reason(code, row.status, language)).collect()
}

fn reason(code: &str, status: SubmissionStatus, language: Language) -> Reason {
    let (text, advice) = of_mapper(code, language)
        .or_else(|| of_rule(code, language))
        .or_else(|| of_machine(code, language))
        .or_else(|| of_ksef(code, status, language))
        .or_else(|| of_server(code, language))
        .unwrap_or_default();
    Reason { code: code.to_owned(), text, advice: pieces(advice) }
}

type Texts = (&'static str, &'static str);

fn of_mapper(code: &str, language: Language) -> Option<Texts> {
    let code: Code = code.parse().ok()?;
    Some((code.text(language.of_texts()), code.advice(language.of_texts())))
}

fn of_rule(code: &str, language: Language) -> Option<Texts> {
    let rule = Rule::ALL.iter().find(|rule| mapping::code_of_rule(**rule).as_str() == code)?;
    Some((rule.text(language.of_texts()), rule.advice(language.of_texts())))
}

fn of_machine(code: &str, language: Language) -> Option<Texts> {
    let known = ReasonText::of(code)?;
    Some(match language {
        Language::Polish => (known.polish, known.next.polish()),
        Language::English => (known.english, known.next.english()),
    })
}

/// What KSeF answered: the status of an invoice, a code of its own, or one of HTTP.
fn of_ksef(code: &str, status: SubmissionStatus, language: Language) -> Option<Texts> {
    let number: u32 = code.parse().ok()?;
    let short = u16::try_from(number).ok().filter(|short| *short < 1_000);
    let of_invoice = short.map(Observation::Invoice);
    let is_known = |it: &Observation| Outcome::table().iter().any(|row| row.observation == *it);
    let observation = match (of_invoice.filter(is_known), short) {
        // It was compared, and is not ours.
        (Some(Observation::Invoice(DUPLICATE)), _) if status == SubmissionStatus::Failed => {
            Observation::Finding(Finding::DuplicateIsAnother)
        }
        (Some(invoice), _) if status != SubmissionStatus::Signing => invoice,
        (_, Some(short)) => Observation::HttpStatus(short),
        _ => Observation::SendRefused(number),
    };
    let outcome = Outcome::of(observation);
    Some(match language {
        Language::Polish => (outcome.polish, outcome.next.polish()),
        Language::English => (outcome.english, outcome.next.english()),
    })
}

fn of_server(code: &str, language: Language) -> Option<Texts> {
    let own = OWN.iter().find(|own| own.code.as_str() == code)?;
    let [text, advice] = match language {
        Language::Polish => own.polish,
        Language::English => own.english,
    };
    Some((text, advice))
}

/// What stands between backticks is code.
fn pieces(text: &'static str) -> Vec<Piece> {
    let pieces = text.split('`').enumerate();
    let pieces = pieces.map(|(index, text)| Piece { is_code: index % 2 == 1, text });
    pieces.filter(|piece| !piece.text.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(code: &str, language: Language) -> &'static str {
        reason(code, SubmissionStatus::Failed, language).text
    }

    #[test]
    fn every_code_that_a_document_can_have_is_told_in_both_languages() {
        let mapper = Code::ALL.iter().map(|code| code.as_str().to_owned());
        let rules = Rule::ALL.iter().map(|rule| mapping::code_of_rule(*rule).to_string());
        let machine = ReasonText::table().iter().map(|text| text.code.to_owned());
        let server = OWN.iter().map(|own| own.code.to_string());
        let ksef = ["405", "410", "415", "430", "435", "440", "450", "500", "550", "403", "21184"];
        let all = mapper.chain(rules).chain(machine).chain(server);
        for code in all.chain(ksef.map(str::to_owned)) {
            let (polish, english) = (text(&code, Language::Polish), text(&code, Language::English));
            assert!(!polish.is_empty() && !english.is_empty() && polish != english, "{code}");
        }
        assert_eq!(text("made_up", Language::Polish), "");
    }

    #[test]
    fn what_stands_in_a_file_is_told_apart() {
        let advice = reason("b2c", SubmissionStatus::Skipped, Language::English).advice;
        let code: Vec<_> = advice.iter().filter(|it| it.is_code).map(|it| it.text).collect();
        assert_eq!(code, ["consumers", "file"]);
    }
}
