//! From what was read, in whichever shape, to the one model.

use rust_decimal::Decimal;

use super::expandable::Expandable;
use super::wire;
use crate::model::{
    Address, CreditNote, Customer, Invoice, Line, Payment, Period, PretaxCredit, RateReference,
    Shape, Shipping, Tax, TaxId, TaxRate,
};

/// Text that says something.
fn some(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

/// A time, of which 0 is none.
fn time(seconds: Option<i64>) -> Option<i64> {
    seconds.filter(|seconds| *seconds != 0)
}

impl Expandable<wire::Identified> {
    fn id(self) -> Option<String> {
        match self {
            Self::Id(id) => some(Some(id)),
            Self::Object(object) => some(object.id),
        }
    }
}

/// Takes what the two shapes say, and remembers where they contradict each other.
#[derive(Default)]
struct Shapes {
    has_basil: bool,
    contradictions: Vec<String>,
}

impl Shapes {
    /// The new field, or else the old one.
    fn one<T: PartialEq>(
        &mut self,
        basil: Option<T>,
        before: Option<T>,
        pointer: impl FnOnce() -> String,
    ) -> Option<T> {
        self.has_basil |= basil.is_some();
        if basil.is_some() && before.is_some() && basil != before {
            self.contradictions.push(pointer());
        }
        basil.or(before)
    }

    const fn shape(&self) -> Shape {
        if self.has_basil { Shape::Basil } else { Shape::PreBasil }
    }
}

impl wire::Invoice {
    pub(super) fn normalised(self) -> Invoice {
        let foreign_issuers = self.foreign_issuers();
        let mut shapes = Shapes::default();
        let (lines, has_more_lines) = lines(self.lines, &mut shapes);
        let total_taxes = shapes.one(
            self.total_taxes.map(taxes_since_basil),
            self.total_tax_amounts.map(taxes_before_basil),
            || "/total_taxes".to_owned(),
        );
        let paid_with = shapes.one(
            self.payments.as_ref().and_then(of_payments),
            self.charge.and_then(|charge| of_charge(&charge)),
            || "/payments".to_owned(),
        );
        let (automatic_tax, automatic_tax_status) =
            self.automatic_tax.map(wire::AutomaticTax::normalised).unwrap_or_default();
        let customer = Customer {
            id: self.customer.and_then(Expandable::id),
            name: some(self.customer_name),
            address: self.customer_address.map(wire::Address::normalised),
            tax_exempt: some(self.customer_tax_exempt),
            tax_ids: tax_ids(self.customer_tax_ids.unwrap_or_default()),
        };
        let transitions = self.status_transitions;
        let is_revision = |from: &wire::FromInvoice| from.action.as_deref() == Some("revision");
        let revises = self.from_invoice.filter(is_revision).and_then(|from| from.invoice);
        Invoice {
            id: self.id.unwrap_or_default(),
            source: None,
            shape: shapes.shape(),
            contradictions: shapes.contradictions,
            livemode: self.livemode,
            status: some(self.status),
            number: some(self.number),
            currency: some(self.currency),
            effective_at: time(self.effective_at),
            finalized_at: time(transitions.as_ref().and_then(|times| times.finalized_at)),
            paid_at: time(transitions.as_ref().and_then(|times| times.paid_at)),
            due_date: time(self.due_date),
            collection_method: some(self.collection_method),
            customer,
            lines,
            has_more_lines,
            shipping: self.shipping_cost.map(wire::Shipping::normalised),
            total: self.total,
            total_excluding_tax: self.total_excluding_tax,
            total_taxes,
            amount_due: self.amount_due,
            starting_balance: self.starting_balance.unwrap_or_default(),
            ending_balance: self.ending_balance,
            automatic_tax,
            automatic_tax_status,
            foreign_issuers,
            account_tax_ids: expanded_tax_ids(self.account_tax_ids),
            revises: revises.and_then(Expandable::id),
            paid_with,
            payments: self.payments.as_ref().map(payments).unwrap_or_default(),
            metadata: self.metadata.unwrap_or_default(),
            custom_fields: custom_fields(self.custom_fields),
            footer: some(self.footer),
        }
    }
}

impl wire::Invoice {
    /// Where it says that somebody else issues it, or owes the tax.
    fn foreign_issuers(&self) -> Vec<String> {
        let liability = self.automatic_tax.as_ref().and_then(|tax| tax.liability.as_ref());
        let is_for_another = match &self.on_behalf_of {
            Some(Expandable::Id(id)) => !id.is_empty(),
            Some(Expandable::Object(object)) => object.id.is_some(),
            None => false,
        };
        let places = [
            (is_foreign(liability), "/automatic_tax/liability"),
            (is_foreign(self.issuer.as_ref()), "/issuer"),
            (is_for_another, "/on_behalf_of"),
        ];
        let foreign = places.into_iter().filter(|(is_foreign, _)| *is_foreign);
        foreign.map(|(_, pointer)| pointer.to_owned()).collect()
    }
}

impl wire::AutomaticTax {
    /// Whether it is on, and how far it got.
    fn normalised(self) -> (bool, Option<String>) {
        (self.enabled == Some(true), some(self.status))
    }
}

impl wire::CreditNote {
    pub(super) fn normalised(self) -> CreditNote {
        let mut shapes = Shapes::default();
        let (lines, has_more_lines) = lines(self.lines, &mut shapes);
        let total_taxes = shapes.one(
            self.total_taxes.map(taxes_since_basil),
            self.tax_amounts.map(taxes_before_basil),
            || "/total_taxes".to_owned(),
        );
        let has_refund = self.refund.and_then(Expandable::id).is_some()
            || self.refunds.is_some_and(|refunds| !refunds.is_empty());
        CreditNote {
            id: self.id.unwrap_or_default(),
            source: None,
            shape: shapes.shape(),
            contradictions: shapes.contradictions,
            livemode: self.livemode,
            status: some(self.status),
            number: some(self.number),
            currency: some(self.currency),
            effective_at: time(self.effective_at),
            created: time(self.created),
            invoice: self.invoice.and_then(Expandable::id),
            customer_id: self.customer.and_then(Expandable::id),
            reason: some(self.reason),
            memo: some(self.memo),
            lines,
            has_more_lines,
            shipping: self.shipping_cost.map(wire::Shipping::normalised),
            total: self.total,
            total_excluding_tax: self.total_excluding_tax,
            total_taxes,
            has_settlement: has_refund || self.out_of_band_amount.unwrap_or_default() != 0,
        }
    }
}

fn lines(list: Option<wire::List<wire::Line>>, shapes: &mut Shapes) -> (Option<Vec<Line>>, bool) {
    let Some(list) = list else { return (None, false) };
    let lines = list.data.map(|lines| {
        let lines = lines.into_iter().enumerate();
        lines.map(|(index, line)| line.normalised(index, shapes)).collect()
    });
    (lines, list.has_more == Some(true))
}

impl wire::Line {
    fn normalised(self, index: usize, shapes: &mut Shapes) -> Line {
        let at = |field: &str| format!("/lines/data/{index}/{field}");
        let (price, product_before) = match self.price {
            Some(Expandable::Object(price)) => (price.unit_amount_decimal, price.product),
            Some(Expandable::Id(_)) | None => (None, None),
        };
        let (pricing, product_since) = match self.pricing {
            Some(pricing) => (
                pricing.unit_amount_decimal,
                pricing.price_details.and_then(|details| details.product),
            ),
            None => (None, None),
        };
        let unit_amount =
            shapes.one(pricing.map(|exact| exact.0), price.map(|exact| exact.0), || at("pricing"));
        let product = shapes.one(
            product_since.and_then(Expandable::id),
            product_before.and_then(Expandable::id),
            || at("pricing"),
        );
        let taxes = shapes.one(
            self.taxes.map(taxes_since_basil),
            self.tax_amounts.map(taxes_before_basil),
            || at("taxes"),
        );
        let is_proration =
            shapes.one(self.parent.map(|parent| parent.is_proration()), self.proration, || {
                at("parent")
            });
        let quantity = self.quantity.map(|exact| exact.0);
        let decimal = self.quantity_decimal.map(|exact| exact.0);
        if let (Some(whole), Some(decimal)) = (quantity, decimal)
            && whole != decimal.trunc()
        {
            shapes.contradictions.push(at("quantity_decimal"));
        }
        shapes.has_basil |= decimal.is_some();
        let discounts = self.discount_amounts.unwrap_or_default();
        let credits = self.pretax_credit_amounts.unwrap_or_default();
        Line {
            id: self.id.unwrap_or_default(),
            description: some(self.description),
            amount: self.amount,
            quantity: decimal.or(quantity),
            unit_amount: unit_amount.or_else(|| self.unit_amount_decimal.map(|exact| exact.0)),
            discounts: discounts.into_iter().map(|discount| discount.amount).collect(),
            pretax_credits: credits.into_iter().map(wire::PretaxCredit::normalised).collect(),
            product,
            period: self.period.and_then(|period| {
                period.start.zip(period.end).map(|(start, end)| Period { start, end })
            }),
            is_proration: is_proration.unwrap_or_default(),
            taxes,
            tax_rates: self.tax_rates.into_iter().flatten().filter_map(rate).collect(),
            original_line: some(self.invoice_line_item),
        }
    }
}

impl wire::Parent {
    fn is_proration(&self) -> bool {
        let details = [&self.invoice_item_details, &self.subscription_item_details];
        details.into_iter().flatten().any(|details| details.proration == Some(true))
    }
}

impl wire::PretaxCredit {
    fn normalised(self) -> PretaxCredit {
        PretaxCredit { amount: self.amount, kind: self.r#type.unwrap_or_default() }
    }
}

fn taxes_before_basil(taxes: Vec<wire::TaxAmount>) -> Vec<Tax> {
    let normalised = |tax: wire::TaxAmount| Tax {
        amount: tax.amount,
        is_inclusive: tax.inclusive == Some(true),
        taxable_amount: tax.taxable_amount,
        reason: some(tax.taxability_reason),
        rate: tax.tax_rate.and_then(rate),
    };
    taxes.into_iter().map(normalised).collect()
}

fn taxes_since_basil(taxes: Vec<wire::TaxEntry>) -> Vec<Tax> {
    let normalised = |tax: wire::TaxEntry| Tax {
        amount: tax.amount,
        is_inclusive: tax.tax_behavior.as_deref() == Some("inclusive"),
        taxable_amount: tax.taxable_amount,
        reason: some(tax.taxability_reason),
        rate: tax.tax_rate_details.and_then(|details| details.tax_rate).and_then(rate),
    };
    taxes.into_iter().map(normalised).collect()
}

fn rate(rate: Expandable<wire::TaxRate>) -> Option<RateReference> {
    match rate {
        Expandable::Id(id) => some(Some(id)).map(|id| RateReference { id, rate: None }),
        Expandable::Object(object) => {
            // An object that says nothing but its identifier is an identifier.
            let is_expanded = object.object.as_deref() == Some("tax_rate");
            let id = some(object.id.clone())?;
            let rate = is_expanded.then(|| object.normalised());
            Some(RateReference { id, rate })
        }
    }
}

impl wire::TaxRate {
    pub(super) fn normalised(self) -> TaxRate {
        let is_percentage = self.rate_type.as_deref() != Some("flat_amount");
        let percent = |exact: Option<super::exact::Exact>| -> Option<Decimal> {
            exact.filter(|_| is_percentage).map(|exact| exact.0)
        };
        TaxRate {
            id: self.id.unwrap_or_default(),
            percentage: percent(self.percentage),
            effective_percentage: percent(self.effective_percentage),
            country: some(self.country),
        }
    }
}

impl wire::Shipping {
    fn normalised(self) -> Shipping {
        let is_inclusive = self.amount_tax != 0 && self.amount_subtotal == self.amount_total;
        let taxes = self.taxes.map(|taxes| {
            let normalised = |tax: wire::ShippingTax| Tax {
                amount: tax.amount,
                is_inclusive,
                taxable_amount: tax.taxable_amount,
                reason: some(tax.taxability_reason),
                rate: tax.rate.and_then(rate),
            };
            taxes.into_iter().map(normalised).collect()
        });
        Shipping {
            subtotal: self.amount_subtotal,
            tax: self.amount_tax,
            total: self.amount_total,
            taxes,
        }
    }
}

impl wire::Address {
    fn normalised(self) -> Address {
        Address {
            line1: some(self.line1),
            line2: some(self.line2),
            postal_code: some(self.postal_code),
            city: some(self.city),
            state: some(self.state),
            country: some(self.country),
        }
    }
}

fn tax_ids(ids: impl IntoIterator<Item = wire::TaxId>) -> Vec<TaxId> {
    let normalised =
        |id: wire::TaxId| TaxId { kind: id.r#type.unwrap_or_default(), value: some(id.value) };
    ids.into_iter().map(normalised).collect()
}

/// Those that are more than an identifier.
fn expanded_tax_ids(ids: Option<Vec<Expandable<wire::TaxId>>>) -> Vec<TaxId> {
    tax_ids(ids.unwrap_or_default().into_iter().filter_map(|id| match id {
        Expandable::Id(_) => None,
        Expandable::Object(object) => Some(*object),
    }))
}

fn custom_fields(fields: Option<Vec<wire::CustomField>>) -> Vec<(String, String)> {
    let fields = fields.unwrap_or_default().into_iter();
    fields.map(|field| (field.name, field.value)).collect()
}

fn is_foreign(issuer: Option<&wire::Issuer>) -> bool {
    issuer.and_then(|issuer| issuer.r#type.as_deref()).is_some_and(|kind| kind == "account")
}

/// The payments that were made.
fn payments(payments: &wire::List<wire::InvoicePayment>) -> Vec<Payment> {
    let made = payments.data.iter().flatten();
    let made = made.filter(|payment| payment.status.as_deref() == Some("paid"));
    let payment = |payment: &wire::InvoicePayment| Payment {
        amount: payment.amount_paid.unwrap_or_default(),
        paid_at: time(payment.status_transitions.as_ref().and_then(|times| times.paid_at)),
    };
    made.map(payment).collect()
}

fn of_payments(payments: &wire::List<wire::InvoicePayment>) -> Option<String> {
    let payments = payments.data.iter().flatten().filter_map(|payment| payment.payment.as_ref());
    let mut methods = payments.filter_map(|payment| {
        let of_intent = payment.payment_intent.as_ref().and_then(Expandable::object);
        let charge = of_intent.and_then(|intent| intent.latest_charge.as_ref());
        charge.or(payment.charge.as_ref()).and_then(of_charge)
    });
    let first = methods.next()?;
    // Several means of payment are none that could be named.
    methods.all(|method| method == first).then_some(first)
}

fn of_charge(charge: &Expandable<wire::Charge>) -> Option<String> {
    let details = charge.object()?.payment_method_details.as_ref()?;
    some(details.r#type.clone())
}
