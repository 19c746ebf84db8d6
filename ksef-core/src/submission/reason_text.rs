//! `ReasonText`, what the reasons of the machine and of those who work for it say to people.

use super::{NextStep, ReasonCode};

/// What a reason says to people.
///
/// The table has the reasons that arise while a document is sent. Those for which there is no
/// document have their texts where they arise: in the mapper, and in the validator.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct ReasonText {
    /// The code.
    pub code: &'static str,
    /// What follows.
    pub next: NextStep,
    /// The explanation, in Polish.
    pub polish: &'static str,
    /// The explanation, in English.
    pub english: &'static str,
}

impl ReasonText {
    /// The texts of a code; `None` if it is none of these.
    ///
    /// ```
    /// use ksef_core::submission::{NextStep, ReasonText};
    ///
    /// let text = ReasonText::of("no_login").ok_or("it is in the table")?;
    /// assert_eq!(text.next, NextStep::SlowDown);
    /// assert!(ReasonText::of("b2c").is_none());
    /// # Ok::<(), &str>(())
    /// ```
    #[must_use]
    pub fn of(code: &str) -> Option<&'static Self> {
        TABLE.iter().find(|text| text.code == code)
    }

    /// The whole table.
    #[must_use]
    pub const fn table() -> &'static [Self] {
        TABLE
    }
}

const fn text(
    code: &'static str,
    next: NextStep,
    [polish, english]: [&'static str; 2],
) -> ReasonText {
    // A constant that is no code does not compile.
    let _ = ReasonCode::from_static(code);
    ReasonText { code, next, polish, english }
}

const TABLE: &[ReasonText] = &[
    text("no_answer", NextStep::SlowDown, ["KSeF nie odpowiedział.", "KSeF did not answer."]),
    text(
        "no_login",
        NextStep::SlowDown,
        [
            "Logowanie do KSeF nie powiodło się: KSeF nie działa albo odrzuca token lub certyfikat.",
            "The login to KSeF failed: KSeF is down, or refuses the token or certificate.",
        ],
    ),
    text("no_session", NextStep::SlowDown, ["KSeF nie otworzył sesji.", "KSeF opened no session."]),
    text(
        "pace",
        NextStep::SlowDown,
        ["Limit zapytań do KSeF jest wyczerpany.", "The limit of requests to KSeF is reached."],
    ),
    text(
        "refused",
        NextStep::SlowDown,
        ["KSeF odmówił wykonania zapytania.", "KSeF refused a request."],
    ),
    text(
        "issue_date_passed",
        NextStep::PersonDecides,
        [
            "Data wystawienia minęła, a dokumentu nie wysłano.",
            "The date of issue has passed and nothing was sent.",
        ],
    ),
    text(
        "marked_failed",
        NextStep::PersonDecides,
        ["Osoba oznaczyła dokument jako odrzucony.", "A person marked the document as failed."],
    ),
    text(
        "too_many_strikes",
        NextStep::PersonDecides,
        [
            "Praca nad dokumentem kilka razy się urwała i została wstrzymana.",
            "Work on the document broke off several times and was stopped.",
        ],
    ),
    text(
        "second_system_unavailable",
        NextStep::SlowDown,
        ["Drugi system nie odpowiada.", "The second system does not answer."],
    ),
    text(
        "upo_malformed",
        NextStep::PersonChecksReceipt,
        ["UPO nie daje się odczytać.", "The receipt cannot be read."],
    ),
    text(
        "upo_signature",
        NextStep::PersonChecksReceipt,
        ["Podpis UPO jest nieprawidłowy.", "The signature of the receipt does not hold."],
    ),
    text(
        "upo_digest",
        NextStep::PersonChecksReceipt,
        [
            "UPO dotyczy dokumentu o innym skrócie.",
            "The receipt is for a document with another hash.",
        ],
    ),
    text(
        "upo_ksef_number",
        NextStep::PersonChecksReceipt,
        ["UPO podaje inny numer KSeF.", "The receipt names another KSeF number."],
    ),
    text(
        "upo_seller",
        NextStep::PersonChecksReceipt,
        ["UPO podaje innego sprzedawcę.", "The receipt names another seller."],
    ),
    text(
        "upo_form_code",
        NextStep::PersonChecksReceipt,
        ["UPO podaje inny wzór dokumentu.", "The receipt names another form."],
    ),
    text(
        "upo_environment",
        NextStep::PersonChecksReceipt,
        ["UPO pochodzi z innego środowiska.", "The receipt comes from another environment."],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::port::UpoMismatch;

    #[test]
    fn each_code_stands_once_and_has_a_sentence_in_both_languages() {
        for (index, text) in TABLE.iter().enumerate() {
            assert!(TABLE.iter().skip(index + 1).all(|other| other.code != text.code), "{text:?}");
            assert!(text.polish.ends_with('.') && text.english.ends_with('.'), "{text:?}");
        }
    }

    #[test]
    fn every_mismatch_of_a_receipt_has_a_text() {
        for mismatch in [
            UpoMismatch::Malformed,
            UpoMismatch::Signature,
            UpoMismatch::Digest,
            UpoMismatch::KsefNumber,
            UpoMismatch::Seller,
            UpoMismatch::FormCode,
            UpoMismatch::Environment,
        ] {
            assert!(ReasonText::of(mismatch.reason().as_str()).is_some(), "{mismatch}");
        }
    }
}
