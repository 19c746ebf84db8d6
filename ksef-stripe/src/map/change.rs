//! Lines of a correction as they were before and as they are now.

use ksef_core::{Amount, Quantity, UnitPrice};
use ksef_fa::InvoiceBuilder;
use ksef_fa::builder::{LineItem, TaxMethod};
use ksef_fa::model::Line;

use super::Work;
use super::document::Taxed;
use super::minor::Minor;
use super::price::Pricing;
use crate::context::FiledOriginal;
use crate::outcome::NoteKind;
use crate::policy::CorrectionRows;

/// How a line is at one time.
struct State {
    quantity: Quantity,
    price: UnitPrice,
    net: Amount,
    tax: Amount,
}

impl Work<'_> {
    /// The builder with each line before and after, if that is chosen and every line names its own
    /// of an invoice that nothing has corrected yet. Otherwise differences have to do.
    pub(super) fn with_changes(
        &mut self,
        builder: &InvoiceBuilder,
        rows: &[Taxed<'_>],
        original: &FiledOriginal,
        (minor, exchange_rate): (Minor, Option<Quantity>),
    ) -> Option<InvoiceBuilder> {
        let is_chosen = self.context.policies().correction_rows == CorrectionRows::BeforeAndAfter;
        if !is_chosen || !original.corrections.is_empty() {
            return None;
        }
        let mut named = Vec::new();
        let mut changes = Vec::new();
        for taxed in rows {
            let id = taxed.item.line.and_then(|line| line.original_line.as_deref())?;
            if named.contains(&id) {
                return None;
            }
            named.push(id);
            changes.push(change(original.line(id)?, taxed, minor)?);
        }
        self.note(NoteKind::TaxPerLine, "");
        let mut builder = builder.clone().tax_method(TaxMethod::PerLine);
        for [before, after] in changes {
            builder = builder.change(before, after);
        }
        Some(match exchange_rate {
            Some(rate) => builder.exchange_rate(rate),
            None => builder,
        })
    }
}

/// A line of the invoice, and the same less what is credited of it.
fn change(filed: &Line, taxed: &Taxed<'_>, minor: Minor) -> Option<[LineItem; 2]> {
    let item = taxed.item;
    let units = |amount: Amount| amount.to_minor_units(minor.exponent()).ok();
    let net = units(filed.p_11?)?;
    let remaining = net.checked_sub(item.net)?;
    let tax = match (filed.p_11_vat, taxed.treatment.percent) {
        (Some(tax), _) => units(tax)?,
        // Of a line that goes away all tax does, as Stripe rounded it.
        (None, Some(_)) if remaining == 0 => item.tax,
        (None, Some(percent)) => minor.tax_on_net(net, percent)?,
        (None, None) => 0,
    };
    let remaining_tax = tax.checked_sub(item.tax)?;
    if remaining < 0 || remaining_tax < 0 || (remaining == 0 && remaining_tax != 0) {
        return None;
    }
    let before = State {
        quantity: filed.p_8b?,
        price: filed.p_9a?,
        net: minor.amount(net)?,
        tax: minor.amount(tax)?,
    };
    let credited = item.line.and_then(|line| line.quantity);
    let credited = credited.and_then(|quantity| quantity.normalize().to_string().parse().ok());
    let (net, tax) = (minor.amount(remaining)?, minor.amount(remaining_tax)?);
    let (quantity, price) = remaining_units(&before, credited, net, minor)?;
    let after = State { quantity, price, net, tax };
    Some([before, after].map(|state| row(filed, taxed, &state)))
}

/// What remains of quantity and price: fewer at the same price, or as many at a lower one.
fn remaining_units(
    before: &State,
    credited: Option<Quantity>,
    net: Amount,
    minor: Minor,
) -> Option<(Quantity, UnitPrice)> {
    if net.is_zero() {
        return Some((Quantity::ZERO, before.price));
    }
    let fewer = credited.and_then(|credited| {
        let left = before.quantity.to_decimal().checked_sub(credited.to_decimal())?;
        left.normalize().to_string().parse::<Quantity>().ok()
    });
    let gives = |quantity: &Quantity| {
        Amount::checked_product(*quantity, before.price).is_ok_and(|product| product == net)
    };
    if let Some(quantity) = fewer.filter(|quantity| *quantity > Quantity::ZERO).filter(gives) {
        return Some((quantity, before.price));
    }
    let pricing = Pricing::of(net, Some(before.quantity.to_decimal()), None, minor)?;
    Some((pricing.quantity, pricing.price))
}

fn row(filed: &Line, taxed: &Taxed<'_>, state: &State) -> LineItem {
    let name = filed.p_7.as_ref().map_or("", |name| name.as_str());
    let mut row = LineItem::net_value(name, state.net, taxed.treatment.taxation)
        .quantity(state.quantity)
        .unit_price(state.price)
        .tax(state.tax);
    if let Some(unit) = &filed.p_8a {
        row = row.unit(unit.clone());
    }
    match filed.p_6a {
        Some(day) => row.supplied_on(day),
        None => row,
    }
}
