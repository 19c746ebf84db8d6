//! Whose the object is, in which state, and what came with it.

use ksef_core::{Currency, Environment};
use ksef_fa::model::Text;

use super::Work;
use super::minor::Minor;
use crate::code::Code;
use crate::model::{Invoice, TaxId};
use crate::policy::Trigger;

/// Currencies of Stripe that the schema does not have.
const NOT_IN_SCHEMA: [&str; 2] = ["sle", "std"];

impl Work<'_> {
    /// Stripe's mode goes with the environment.
    pub(super) fn check_livemode(&mut self, livemode: Option<bool>) {
        match livemode {
            None => self.problems.push(Code::MissingField, "/livemode"),
            Some(is_live) => {
                let is_production = self.context.environment == Environment::Production;
                if is_live != is_production {
                    self.problems.push(Code::LivemodeMismatch, "/livemode");
                }
            }
        }
    }

    pub(super) fn check_account(&mut self) {
        let accounts = &self.context.profile.accounts;
        let is_known = |account: &String| accounts.contains(account);
        let account = self.context.account.as_ref();
        if !accounts.is_empty() && !account.is_some_and(is_known) {
            self.problems.push(Code::UnknownAccount, "");
        }
    }

    pub(super) fn check_contradictions(&mut self, pointers: &[String]) {
        for pointer in pointers {
            self.problems.push(Code::MixedShapes, pointer);
        }
    }

    /// Whether the event is one on which an invoice is filed, and the object as new as it is.
    pub(super) fn check_event(&mut self, invoice: &Invoice) {
        let Some(event) = self.context.event.as_deref() else { return };
        let status = invoice.status.as_deref();
        let trigger = match event {
            "invoice.finalized" => Trigger::Finalized,
            "invoice.paid" => Trigger::Paid,
            // A void says something about the object whatever documents are filed on.
            "invoice.voided" => return,
            "invoice.updated" | "invoice.payment_succeeded" => {
                return self.problems.push(Code::NoTriggerMatch, "");
            }
            _ => return self.problems.push(Code::NotInvoiceEvent, ""),
        };
        let is_filed = self.context.filed.contains(&invoice.id);
        if self.context.policies().trigger != trigger || is_filed {
            self.problems.push(Code::NoTriggerMatch, "");
        }
        let is_stale = match trigger {
            Trigger::Finalized => status == Some("draft"),
            _ => matches!(status, Some("draft" | "open")),
        };
        if is_stale {
            self.problems.push(Code::ApiObjectStale, "/status");
        }
    }

    pub(super) fn check_status(&mut self, invoice: &Invoice) {
        let is_filed = self.context.filed.contains(&invoice.id);
        match invoice.status.as_deref() {
            Some("open" | "paid" | "uncollectible") => {}
            Some("void") if is_filed => self.problems.push(Code::VoidAfterFiling, "/status"),
            Some("void") => self.problems.push(Code::VoidBeforeFiling, "/status"),
            Some("draft") => self.problems.push(Code::Draft, "/status"),
            Some(_) | None => self.problems.push(Code::MissingField, "/status"),
        }
        if invoice.revises.as_ref().is_some_and(|id| self.context.filed.contains(id)) {
            self.problems.push(Code::RevisionOfFiledInvoice, "/from_invoice/invoice");
        }
    }

    pub(super) fn check_issuer(&mut self, invoice: &Invoice) {
        for pointer in &invoice.foreign_issuers {
            self.problems.push(Code::ForeignIssuer, pointer);
        }
        let nip = self.context.profile.nip;
        for (index, id) in invoice.account_tax_ids.iter().enumerate() {
            if polish_number(id).is_some_and(|number| number != nip.as_str()) {
                let pointer = format!("/account_tax_ids/{index}/value");
                self.problems.push(Code::SellerNipMismatch, pointer);
            }
        }
        let is_incomplete =
            invoice.automatic_tax && invoice.automatic_tax_status.as_deref() != Some("complete");
        if is_incomplete {
            self.problems.push(Code::AutomaticTaxIncomplete, "/automatic_tax/status");
        }
    }

    /// `P_2`: the number as it is, after the prefix of the account.
    pub(super) fn number(&mut self, number: Option<&str>) -> Option<Text<256>> {
        let number = number.map(|number| format!("{}{number}", self.context.profile.number_prefix));
        // Text that would be changed is not the number.
        let text = number.as_deref().and_then(|number| {
            let text = Text::new(number).ok()?;
            (text.as_str() == number).then_some(text)
        });
        match &text {
            None => self.problems.push(Code::MissingNumber, "/number"),
            Some(text) if self.context.taken_numbers.contains(text.as_str()) => {
                self.problems.push(Code::DuplicateNumber, "/number");
            }
            Some(_) => {}
        }
        text
    }

    /// The currency, and how it is counted.
    pub(super) fn currency(&mut self, currency: Option<&str>) -> Option<Minor> {
        let Some(code) = currency else {
            self.problems.push(Code::MissingField, "/currency");
            return None;
        };
        let known = code.to_ascii_uppercase().parse::<Currency>().ok().and_then(Minor::of);
        match known {
            Some(minor) => {
                if !self.context.policies().currencies.has(minor.currency) {
                    self.problems.push(Code::CurrencyExcluded, "/currency");
                }
            }
            None if NOT_IN_SCHEMA.contains(&code) => {
                self.problems.push(Code::CurrencyNotInSchema, "/currency");
            }
            None => self.problems.push(Code::UnknownCurrency, "/currency"),
        }
        known
    }

    pub(super) fn check_customer(&mut self, customer: Option<&str>) {
        let excluded = &self.context.policies().excluded_customers;
        if customer.is_some_and(|id| excluded.contains(id)) {
            self.problems.push(Code::ExcludedByRule, "/customer");
        }
    }
}

/// The ten digits of a Polish number, be it given as a NIP or as an EU VAT number.
pub(super) fn polish_number(id: &TaxId) -> Option<String> {
    let compact = compact(id.value.as_deref()?);
    match id.kind.as_str() {
        "pl_nip" => Some(compact.strip_prefix("PL").unwrap_or(&compact).to_owned()),
        "eu_vat" => compact.strip_prefix("PL").map(str::to_owned),
        _ => None,
    }
}

/// An identifier without the signs that people write between its parts, in upper case.
pub(super) fn compact(id: &str) -> String {
    let is_sign = |c: char| c.is_whitespace() || matches!(c, '-' | '.' | '/');
    id.chars().filter(|c| !is_sign(*c)).collect::<String>().to_uppercase()
}
