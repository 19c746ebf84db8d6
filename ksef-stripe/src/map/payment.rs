//! What is paid and what remains to be paid; the order; the unit for which the buyer buys.

use ksef_core::Amount;
use ksef_fa::model::{
    Charge, Deduction, OrderReference, OtherPaymentForm, PartialPayment, PartialPaymentState,
    PartialPayments, PaymentForm, PaymentMethod, Role, Settlement, SettlementOutcome, Text,
    ThirdParty, ThirdPartyIdentification, ThirdPartyIdentity,
};
use ksef_fa::{Invoice as Document, InvoiceBuilder};

use super::Work;
use super::dates::warsaw_date;
use super::minor::Minor;
use crate::model::{Customer, Invoice, Payment};
use crate::outcome::NoteKind;
use crate::policy::{RecipientId, RecipientKind};

/// Why something is added or taken off.
const BALANCE: &str = "Saldo z wcześniejszych rozliczeń";

impl Work<'_> {
    /// `Podmiot3`, with which the builder also sets `JST` or `GV`.
    pub(super) fn with_recipient(
        &mut self,
        builder: InvoiceBuilder,
        customer: &Customer,
    ) -> InvoiceBuilder {
        let id = customer.id.as_deref();
        let recipient = id.and_then(|id| self.context.policies().recipients.get(id));
        let Some(recipient) = recipient else { return builder };
        let name = self.clean(&recipient.name, "/customer");
        let Some(name) = name.and_then(|name| self.fit::<512>(&name, "/customer")) else {
            return builder;
        };
        let identity = match &recipient.id {
            RecipientId::Nip(nip) => ThirdPartyIdentity::Nip(*nip),
            RecipientId::InternalId(id) => ThirdPartyIdentity::InternalId(*id),
        };
        let role = match recipient.kind {
            RecipientKind::LocalGovernment => Role::LocalGovernmentRecipient,
            RecipientKind::VatGroup => Role::VatGroupRecipient,
        };
        let unit = ThirdPartyIdentification::new(identity).name(name);
        builder.third_party(ThirdParty::new(unit, role.into()))
    }

    /// `Zamowienia`, `Rozliczenie` and `Platnosc`, as far as the policies ask for them.
    pub(super) fn add_terms(&mut self, document: &mut Document, invoice: &Invoice, minor: Minor) {
        self.add_order(document, invoice);
        self.add_balance(document, invoice, minor);
        self.add_payments(document, invoice, minor);
        let method = invoice.paid_with.as_deref().and_then(payment_method);
        if let Some(payment) = &mut document.body.payment
            && payment.state.is_some()
        {
            payment.method = method;
        }
    }

    /// The number of the order, from the field that the seller named.
    fn add_order(&mut self, document: &mut Document, invoice: &Invoice) {
        let Some(name) = &self.context.policies().order_number else { return };
        let field = invoice.custom_fields.iter().position(|(field, _)| field == name);
        let (text, pointer) = match field.and_then(|index| invoice.custom_fields.get(index)) {
            Some((_, value)) => {
                (Some(value), format!("/custom_fields/{}", field.unwrap_or_default()))
            }
            None => (invoice.metadata.get(name), format!("/metadata/{name}")),
        };
        let text = text.and_then(|text| self.clean(text, &pointer));
        let Some(number) = text.and_then(|text| self.fit::<256>(&text, &pointer)) else { return };
        let terms = document.body.terms.get_or_insert_default();
        terms.orders.push(OrderReference::default().number(number));
    }

    /// What the balance of the customer adds or takes off.
    fn add_balance(&mut self, document: &mut Document, invoice: &Invoice, minor: Minor) {
        let after = invoice.ending_balance.unwrap_or(invoice.starting_balance);
        let used = i128::from(after) - i128::from(invoice.starting_balance);
        let due = invoice.total.map(|total| i128::from(total) - used);
        let is_whole = invoice.amount_due.map(i128::from) == due;
        if used == 0 || !self.context.policies().balance || !is_whole {
            if invoice.starting_balance != 0 {
                self.note(NoteKind::SettlementIgnored, "/starting_balance");
            }
            return;
        }
        let amount = self.amount(used.abs(), minor, "/ending_balance");
        let due = due.and_then(|due| self.amount(due, minor, "/amount_due"));
        let reason = Text::new(BALANCE).ok();
        let Some(((amount, due), reason)) = amount.zip(due).zip(reason) else { return };
        let mut settlement = Settlement::default().outcome(SettlementOutcome::ToPay(due));
        if used > 0 {
            settlement.deductions.push(Deduction::new(amount, reason));
            settlement.total_deductions = Some(amount);
        } else {
            settlement.charges.push(Charge::new(amount, reason));
            settlement.total_charges = Some(amount);
        }
        document.body.settlement = Some(settlement);
    }

    /// Payments in part, or of all in several parts.
    fn add_payments(&mut self, document: &mut Document, invoice: &Invoice, minor: Minor) {
        if !self.context.policies().partial_payments || invoice.payments.is_empty() {
            return;
        }
        let due = match &document.body.settlement {
            Some(Settlement { outcome: Some(SettlementOutcome::ToPay(due)), .. }) => *due,
            _ => document.body.vat_summary.p_15,
        };
        let payment = |payment: &Payment| {
            let amount = minor.amount(i128::from(payment.amount))?;
            Some(PartialPayment::new(amount, warsaw_date(payment.paid_at?)?))
        };
        let payments: Option<Vec<_>> = invoice.payments.iter().map(payment).collect();
        let is_paid_in = |payment: &PartialPayment| payment.amount > Amount::ZERO;
        let payments = payments.filter(|all| all.iter().all(is_paid_in)).unwrap_or_default();
        let paid = Amount::checked_sum(payments.iter().map(|payment| payment.amount));
        let is_paid = invoice.status.as_deref() == Some("paid");
        let state = match paid {
            Ok(paid) if paid == due && payments.len() == 1 => return,
            Ok(paid) if paid == due && is_paid => PartialPaymentState::InFull,
            Ok(paid) if paid < due && !paid.is_zero() && !is_paid => PartialPaymentState::InPart,
            _ => return self.note(NoteKind::SettlementIgnored, "/payments"),
        };
        let payment = document.body.payment.get_or_insert_default();
        payment.state = Some(PartialPayments::new(state, payments).into());
    }
}

/// How an invoice was paid.
fn payment_method(kind: &str) -> Option<PaymentMethod> {
    let form = match kind {
        "card" | "card_present" | "link" => PaymentForm::Card,
        "blik" => PaymentForm::Mobile,
        "customer_balance" | "sepa_debit" | "sepa_credit_transfer" | "p24" | "bank_transfer" => {
            PaymentForm::Transfer
        }
        other => {
            let description = Text::new(other).ok()?;
            return Some(PaymentMethod::Other(OtherPaymentForm::new(description)));
        }
    };
    Some(PaymentMethod::from(form))
}
