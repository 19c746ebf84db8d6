//! What is read of the objects, field by field in both shapes, with nothing of payment cards.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::Object;
use super::exact::Exact;
use super::expandable::Expandable;

/// What tells objects apart.
#[derive(Deserialize)]
pub(super) struct Head {
    pub(super) object: Option<String>,
}

/// Something of which only the identifier matters.
#[derive(Deserialize)]
pub(super) struct Identified {
    pub(super) id: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct List<T> {
    pub(super) data: Option<Vec<T>>,
    pub(super) has_more: Option<bool>,
}

#[derive(Deserialize)]
pub(super) struct Invoice {
    pub(super) id: Option<String>,
    pub(super) object: Option<String>,
    pub(super) livemode: Option<bool>,
    pub(super) status: Option<String>,
    pub(super) number: Option<String>,
    pub(super) currency: Option<String>,
    pub(super) effective_at: Option<i64>,
    pub(super) status_transitions: Option<Transitions>,
    pub(super) due_date: Option<i64>,
    pub(super) collection_method: Option<String>,
    pub(super) customer: Option<Expandable<Identified>>,
    pub(super) customer_name: Option<String>,
    pub(super) customer_address: Option<Address>,
    pub(super) customer_tax_exempt: Option<String>,
    pub(super) customer_tax_ids: Option<Vec<TaxId>>,
    pub(super) lines: Option<List<Line>>,
    pub(super) shipping_cost: Option<Shipping>,
    pub(super) total: Option<i64>,
    pub(super) total_excluding_tax: Option<i64>,
    pub(super) total_tax_amounts: Option<Vec<TaxAmount>>,
    pub(super) total_taxes: Option<Vec<TaxEntry>>,
    pub(super) amount_due: Option<i64>,
    pub(super) starting_balance: Option<i64>,
    pub(super) ending_balance: Option<i64>,
    pub(super) automatic_tax: Option<AutomaticTax>,
    pub(super) issuer: Option<Issuer>,
    pub(super) on_behalf_of: Option<Expandable<Identified>>,
    pub(super) account_tax_ids: Option<Vec<Expandable<TaxId>>>,
    pub(super) from_invoice: Option<FromInvoice>,
    pub(super) charge: Option<Expandable<Charge>>,
    pub(super) payments: Option<List<InvoicePayment>>,
    pub(super) metadata: Option<BTreeMap<String, String>>,
    pub(super) custom_fields: Option<Vec<CustomField>>,
    pub(super) footer: Option<String>,
}

impl Object for Invoice {
    fn object(&self) -> Option<&str> {
        self.object.as_deref()
    }
}

#[derive(Deserialize)]
pub(super) struct CreditNote {
    pub(super) id: Option<String>,
    pub(super) object: Option<String>,
    pub(super) livemode: Option<bool>,
    pub(super) status: Option<String>,
    pub(super) number: Option<String>,
    pub(super) currency: Option<String>,
    pub(super) effective_at: Option<i64>,
    pub(super) created: Option<i64>,
    pub(super) invoice: Option<Expandable<Identified>>,
    pub(super) customer: Option<Expandable<Identified>>,
    pub(super) reason: Option<String>,
    pub(super) memo: Option<String>,
    pub(super) lines: Option<List<Line>>,
    pub(super) shipping_cost: Option<Shipping>,
    pub(super) total: Option<i64>,
    pub(super) total_excluding_tax: Option<i64>,
    pub(super) tax_amounts: Option<Vec<TaxAmount>>,
    pub(super) total_taxes: Option<Vec<TaxEntry>>,
    pub(super) refund: Option<Expandable<Identified>>,
    pub(super) refunds: Option<Vec<Refund>>,
    pub(super) out_of_band_amount: Option<i64>,
}

impl Object for CreditNote {
    fn object(&self) -> Option<&str> {
        self.object.as_deref()
    }
}

/// Of a refund only that there is one.
#[derive(Deserialize)]
pub(super) struct Refund {}

#[derive(Deserialize)]
pub(super) struct Transitions {
    pub(super) finalized_at: Option<i64>,
    pub(super) paid_at: Option<i64>,
}

#[derive(Deserialize)]
pub(super) struct Address {
    pub(super) line1: Option<String>,
    pub(super) line2: Option<String>,
    pub(super) postal_code: Option<String>,
    pub(super) city: Option<String>,
    pub(super) state: Option<String>,
    pub(super) country: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct TaxId {
    pub(super) r#type: Option<String>,
    pub(super) value: Option<String>,
}

/// A line of an invoice or of a credit note.
#[derive(Deserialize)]
pub(super) struct Line {
    pub(super) id: Option<String>,
    pub(super) description: Option<String>,
    pub(super) amount: Option<i64>,
    pub(super) quantity: Option<Exact>,
    pub(super) quantity_decimal: Option<Exact>,
    pub(super) unit_amount_decimal: Option<Exact>,
    pub(super) price: Option<Expandable<Price>>,
    pub(super) pricing: Option<Pricing>,
    pub(super) discount_amounts: Option<Vec<DiscountAmount>>,
    pub(super) pretax_credit_amounts: Option<Vec<PretaxCredit>>,
    pub(super) period: Option<Period>,
    pub(super) proration: Option<bool>,
    pub(super) parent: Option<Parent>,
    pub(super) tax_amounts: Option<Vec<TaxAmount>>,
    pub(super) taxes: Option<Vec<TaxEntry>>,
    pub(super) tax_rates: Option<Vec<Expandable<TaxRate>>>,
    pub(super) invoice_line_item: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Price {
    pub(super) unit_amount_decimal: Option<Exact>,
    pub(super) product: Option<Expandable<Identified>>,
}

#[derive(Deserialize)]
pub(super) struct Pricing {
    pub(super) unit_amount_decimal: Option<Exact>,
    pub(super) price_details: Option<PriceDetails>,
}

#[derive(Deserialize)]
pub(super) struct PriceDetails {
    pub(super) product: Option<Expandable<Identified>>,
}

#[derive(Deserialize)]
pub(super) struct DiscountAmount {
    pub(super) amount: i64,
}

#[derive(Deserialize)]
pub(super) struct PretaxCredit {
    pub(super) amount: i64,
    pub(super) r#type: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Period {
    pub(super) start: Option<i64>,
    pub(super) end: Option<i64>,
}

#[derive(Deserialize)]
pub(super) struct Parent {
    pub(super) invoice_item_details: Option<ParentDetails>,
    pub(super) subscription_item_details: Option<ParentDetails>,
}

#[derive(Deserialize)]
pub(super) struct ParentDetails {
    pub(super) proration: Option<bool>,
}

/// A tax before `2025-03-31.basil`.
#[derive(Deserialize)]
pub(super) struct TaxAmount {
    pub(super) amount: i64,
    pub(super) inclusive: Option<bool>,
    pub(super) taxable_amount: Option<i64>,
    pub(super) taxability_reason: Option<String>,
    pub(super) tax_rate: Option<Expandable<TaxRate>>,
}

/// A tax since `2025-03-31.basil`.
#[derive(Deserialize)]
pub(super) struct TaxEntry {
    pub(super) amount: i64,
    pub(super) tax_behavior: Option<String>,
    pub(super) taxable_amount: Option<i64>,
    pub(super) taxability_reason: Option<String>,
    pub(super) tax_rate_details: Option<TaxRateDetails>,
}

#[derive(Deserialize)]
pub(super) struct TaxRateDetails {
    pub(super) tax_rate: Option<Expandable<TaxRate>>,
}

#[derive(Deserialize)]
pub(super) struct TaxRate {
    pub(super) id: Option<String>,
    pub(super) object: Option<String>,
    pub(super) percentage: Option<Exact>,
    pub(super) effective_percentage: Option<Exact>,
    pub(super) country: Option<String>,
    pub(super) rate_type: Option<String>,
}

impl Object for TaxRate {
    fn object(&self) -> Option<&str> {
        self.object.as_deref()
    }
}

#[derive(Deserialize)]
pub(super) struct Shipping {
    pub(super) amount_subtotal: i64,
    pub(super) amount_tax: i64,
    pub(super) amount_total: i64,
    pub(super) taxes: Option<Vec<ShippingTax>>,
}

#[derive(Deserialize)]
pub(super) struct ShippingTax {
    pub(super) amount: i64,
    pub(super) rate: Option<Expandable<TaxRate>>,
    pub(super) taxability_reason: Option<String>,
    pub(super) taxable_amount: Option<i64>,
}

#[derive(Deserialize)]
pub(super) struct AutomaticTax {
    pub(super) enabled: Option<bool>,
    pub(super) status: Option<String>,
    pub(super) liability: Option<Issuer>,
}

#[derive(Deserialize)]
pub(super) struct Issuer {
    pub(super) r#type: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct FromInvoice {
    pub(super) action: Option<String>,
    pub(super) invoice: Option<Expandable<Identified>>,
}

#[derive(Deserialize)]
pub(super) struct CustomField {
    pub(super) name: String,
    pub(super) value: String,
}

#[derive(Deserialize)]
pub(super) struct Charge {
    pub(super) payment_method_details: Option<MethodDetails>,
}

/// Of the means of payment only which one it is.
#[derive(Deserialize)]
pub(super) struct MethodDetails {
    pub(super) r#type: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct InvoicePayment {
    pub(super) amount_paid: Option<i64>,
    pub(super) status: Option<String>,
    pub(super) status_transitions: Option<Transitions>,
    pub(super) payment: Option<PaymentOf>,
}

#[derive(Deserialize)]
pub(super) struct PaymentOf {
    pub(super) charge: Option<Expandable<Charge>>,
    pub(super) payment_intent: Option<Expandable<PaymentIntent>>,
}

#[derive(Deserialize)]
pub(super) struct PaymentIntent {
    pub(super) latest_charge: Option<Expandable<Charge>>,
}
