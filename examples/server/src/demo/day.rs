//! What is sold on the day, and how each document has to end. Written by hand; nothing computes it.

use super::objects::{Sale, credit_note_id, invoice_id};

use Expected::{Accepted, Deferred, Refused, Rejected, Skipped};

/// When the day begins.
pub(super) const NINE_IN_WARSAW: &str = "2026-11-20T09:00:00+01:00";

/// A company and its day. Both are made up.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cast {
    pub(super) tenant: [u8; 16],
    pub(super) nip: &'static str,
    pub(super) name: &'static str,
    /// Who may log in, as what.
    pub(super) people: &'static [(&'static str, &'static str)],
    pub(super) day: &'static [Row],
}

/// The companies. The second has numbers of the first, and neither knows.
pub(super) const COMPANIES: [Cast; 2] = [
    Cast {
        tenant: [1; 16],
        nip: "5265877635",
        name: "Przykładowa sp. z o.o.",
        people: &[("anna", "owner"), ("jan", "accountant")],
        day: FIRST_DAY,
    },
    Cast {
        tenant: [2; 16],
        nip: "7012345671",
        name: "Zmyślona S.A.",
        people: &[("ewa", "owner"), ("ola", "accountant")],
        day: SECOND_DAY,
    },
];

/// An object of Stripe.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    /// Its number, which the document has too.
    pub(super) number: &'static str,
    pub(super) sale: Sale,
    pub(super) expected: Expected,
}

/// How a document ends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Expected {
    /// In KSeF, once, with a verified receipt; `P_15` is this.
    Accepted(&'static str),
    /// Sent, and rejected by KSeF.
    Rejected,
    /// Left out by a rule, which is named.
    Skipped(&'static str),
    /// It waits for something, which is named.
    Deferred(&'static str),
    /// A person has to decide something, which is named.
    Refused(&'static str),
}

const fn row(number: &'static str, sale: Sale, expected: Expected) -> Row {
    Row { number, sale, expected }
}

const FIRST_DAY: &[Row] = &[
    row("FV-2026-0001", Sale::Plain, Accepted("1230.00")),
    row("FV-2026-0002", Sale::ThreeRates, Accepted("396.00")),
    row("FV-2026-0003", Sale::Inclusive, Accepted("123.00")),
    row("FV-2026-0004", Sale::Euro, Accepted("615.00")),
    row("FV-2026-0005", Sale::Plain, Accepted("1230.00")),
    row("FV-2026-0006", Sale::NumberTaken, Rejected),
    row("FV-2026-0007", Sale::ReverseCharge, Accepted("300.00")),
    row("FV-2026-0008", Sale::Consumer, Skipped("b2c")),
    row("FV-2026-0009", Sale::Discounted, Accepted("1107.00")),
    row("FV-2026-0010", Sale::Dollars, Deferred("rate_not_published_yet")),
    row("FV-2026-0011", Sale::ThreeRates, Accepted("396.00")),
    row("FV-2026-0012", Sale::UnknownRate, Refused("rate_unknown")),
    row("FV-2026-0013", Sale::Inclusive, Accepted("123.00")),
    row("FV-2026-0014", Sale::WrongNip, Refused("nip_checksum")),
    row("FV-2026-0015", Sale::Euro, Accepted("615.00")),
    row("FV-2026-0016", Sale::Free, Skipped("zero_total")),
    row("FV-2026-0017", Sale::Plain, Accepted("1230.00")),
    row("FV-2026-0018", Sale::WrongTotal, Refused("totals_mismatch")),
    row("FV-2026-0019", Sale::ReverseCharge, Accepted("300.00")),
    row("FV-2026-0020", Sale::ThreeRates, Accepted("396.00")),
    row("FV-2026-0021", Sale::Plain, Accepted("1230.00")),
    row("FV-2026-0022", Sale::Discounted, Accepted("1107.00")),
    row("FV-2026-0001-CN-01", Sale::CreditInFull("FV-2026-0001"), Accepted("-1230.00")),
    row("FV-2026-0005-CN-01", Sale::CreditInPart("FV-2026-0005"), Accepted("-615.00")),
    row(
        "FV-2026-0008-CN-01",
        Sale::CreditInFull("FV-2026-0008"),
        Skipped("credit_note_of_skipped"),
    ),
    row("FV-2026-0010-CN-01", Sale::CreditInFull("FV-2026-0010"), Deferred("original_not_filed")),
];

const SECOND_DAY: &[Row] = &[
    row("FV-2026-0001", Sale::Euro, Accepted("615.00")),
    row("FV-2026-0002", Sale::Plain, Accepted("1230.00")),
    row("FV-2026-0003", Sale::ThreeRates, Accepted("396.00")),
    row("FV-2026-0004", Sale::Consumer, Skipped("b2c")),
    row("FV-2026-0005", Sale::Discounted, Accepted("1107.00")),
    row("FV-2026-0006", Sale::Plain, Accepted("1230.00")),
    row("FV-2026-0007", Sale::Inclusive, Accepted("123.00")),
    row("FV-2026-0008", Sale::WrongNip, Refused("nip_checksum")),
    row("FV-2026-0009", Sale::ReverseCharge, Accepted("300.00")),
    row("FV-2026-0010", Sale::Plain, Accepted("1230.00")),
    row("FV-2026-0011", Sale::NumberTaken, Rejected),
    row("FV-2026-0012", Sale::ThreeRates, Accepted("396.00")),
    row("FV-2026-0013", Sale::Plain, Accepted("1230.00")),
    row("FV-2026-0014", Sale::Dollars, Deferred("rate_not_published_yet")),
    row("FV-2026-0015", Sale::Euro, Accepted("615.00")),
    row("FV-2026-0016", Sale::Inclusive, Accepted("123.00")),
    row("FV-2026-0002-CN-01", Sale::CreditInPart("FV-2026-0002"), Accepted("-615.00")),
    row("FV-2026-0010-CN-01", Sale::CreditInFull("FV-2026-0010"), Accepted("-1230.00")),
];

impl Cast {
    /// The end of the address of its webhooks.
    pub(super) fn endpoint(&self) -> String {
        format!("wh_of_the_company_{}", self.nip)
    }
}

impl Row {
    /// The id of the object.
    pub(super) fn id(&self) -> String {
        if self.is_credit_note() { credit_note_id(self.number) } else { invoice_id(self.number) }
    }

    pub(super) const fn is_credit_note(&self) -> bool {
        self.sale.credited().is_some()
    }

    pub(super) const fn is_number_taken(&self) -> bool {
        matches!(self.sale, Sale::NumberTaken)
    }
}
