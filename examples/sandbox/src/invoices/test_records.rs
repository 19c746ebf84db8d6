//! Accepted invoices that were never sent, for tests of what is done with them afterwards.

use ksef_core::{Currency, FormCode, KsefNumber, ReferenceNumber, ReferenceNumberKind, Timestamp};
use rust_decimal::Decimal;

use super::summary::{Identifier, InvoiceType, Party, Seller};
use super::{Accepted, Invoice, InvoicingMode, Summary, Verdict};
use crate::Sandbox;
use crate::test_support::{nip, start};

/// An accepted invoice of the taxpayer of most tests for nobody, stored long ago.
pub(crate) fn record(number: u32) -> Invoice {
    let kind = ReferenceNumberKind::Invoice;
    let [.., a, b, c] = number.to_be_bytes();
    let accepted = Accepted {
        ksef_number: KsefNumber::new(nip(), start().warsaw_date(), [0, 0, 0, a, b, c]).unwrap(),
        acquisition_date: start(),
        permanent_storage_date: start(),
    };
    let content = format!("document {number}");
    Invoice {
        reference_number: ReferenceNumber::new(kind, start(), 0, u64::from(number)).unwrap(),
        session: ReferenceNumber::new(ReferenceNumberKind::OnlineSession, start(), 0, 0).unwrap(),
        ordinal_number: number,
        hash: ksef_core::Sha256Digest::of(content.as_bytes()),
        invoicing_date: start(),
        mode: InvoicingMode::Online,
        corrects: None,
        file_name: None,
        processing_at: start(),
        final_at: start(),
        summary: Some(summary(number)),
        content: Some(content.into()),
        verdict: Verdict::Accepted(accepted),
    }
}

fn summary(number: u32) -> Summary {
    Summary {
        form_code: FormCode::Fa3,
        invoice_number: format!("FV/{number}"),
        issue_date: start().warsaw_date(),
        invoice_type: InvoiceType::Vat,
        seller: Seller { nip: nip(), name: Some("Sprzedawca".to_owned()) },
        buyer: Party { identifier: Identifier::None, name: None },
        third_subjects: Vec::new(),
        authorized_subject: None,
        currency: Currency::Pln,
        net_amount: Decimal::new(10_000, 2),
        gross_amount: Decimal::new(12_300, 2),
        vat_amount: Decimal::new(2_300, 2),
        is_self_invoicing: false,
        has_attachment: false,
    }
}

/// What stands in it.
pub(crate) fn summary_of(invoice: &mut Invoice) -> &mut Summary {
    invoice.summary.as_mut().unwrap()
}

/// When it reaches permanent storage.
pub(crate) fn set_stored_at(invoice: &mut Invoice, at: Timestamp) {
    if let Verdict::Accepted(accepted) = &mut invoice.verdict {
        accepted.permanent_storage_date = at;
    }
}

pub(crate) fn ksef_number(invoice: &Invoice) -> KsefNumber {
    invoice.verdict.accepted().unwrap().ksef_number
}

/// Puts it among the invoices; its KSeF number.
pub(crate) fn store(sandbox: &Sandbox, invoice: Invoice) -> KsefNumber {
    let number = ksef_number(&invoice);
    let mut world = sandbox.0.world();
    world.ledger.enter(&invoice);
    let reference_number = invoice.reference_number;
    world.invoices.insert(reference_number.as_str(), invoice);
    number
}
