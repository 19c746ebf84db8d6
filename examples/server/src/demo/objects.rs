//! The objects of Stripe, in the shape of its present API, as far as they matter. All made up.

use serde_json::{Value, json};

/// What is sold or credited; each kind makes another kind of document.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Sale {
    Plain,
    ThreeRates,
    /// A tenth less.
    Discounted,
    /// Prices contain the tax.
    Inclusive,
    Euro,
    /// In a currency whose rate is not published yet.
    Dollars,
    /// A service to a company in Germany.
    ReverseCharge,
    /// The buyer has no tax identifier.
    Consumer,
    /// The buyer's NIP has a wrong check digit.
    WrongNip,
    /// The tax rate cannot be found.
    UnknownRate,
    /// The lines do not add up to the total.
    WrongTotal,
    Free,
    /// Another document holds the number.
    NumberTaken,
    CreditInFull(&'static str),
    CreditInPart(&'static str),
}

impl Sale {
    /// The number of the invoice that is credited.
    pub(super) const fn credited(self) -> Option<&'static str> {
        match self {
            Self::CreditInFull(number) | Self::CreditInPart(number) => Some(number),
            _ => None,
        }
    }

    /// The invoice or credit note with this number, issued at this time (Unix seconds).
    pub(super) fn object(self, number: &str, at: i64) -> Value {
        match self {
            Self::CreditInFull(credited) => credit_note(number, credited, at, 100_000),
            Self::CreditInPart(credited) => credit_note(number, credited, at, 50_000),
            _ => self.invoice(number, at),
        }
    }

    fn invoice(self, number: &str, at: i64) -> Value {
        let lines = self.lines();
        let lines: Vec<Value> =
            lines.iter().zip(1..).map(|(line, id)| line.json(self, id)).collect();
        let sum =
            |name: &str| lines.iter().filter_map(|line| line.pointer(name)?.as_i64()).sum::<i64>();
        let taxes: Vec<&Value> = lines.iter().filter_map(|line| line.pointer("/taxes/0")).collect();
        let tax: i64 = taxes.iter().filter_map(|tax| tax["amount"].as_i64()).sum();
        let amount = sum("/amount") - sum("/discount_amounts/0/amount");
        let net = if self == Self::Inclusive { amount - tax } else { amount };
        let total = net + tax + if self == Self::WrongTotal { 1 } else { 0 };
        json!({
            "id": invoice_id(number), "object": "invoice", "livemode": false, "status": "open",
            "number": number, "currency": self.currency(), "created": at, "effective_at": at,
            "collection_method": "send_invoice", "due_date": at + 14 * 86_400,
            "customer": "cus_demo", "customer_name": self.buyer().0,
            "customer_address": self.buyer().1, "customer_tax_exempt": self.tax_exempt(),
            "customer_tax_ids": self.buyer().2,
            "automatic_tax": { "enabled": false, "status": null, "liability": null },
            "issuer": { "type": "self" }, "on_behalf_of": null, "account_tax_ids": null,
            "from_invoice": null,
            "status_transitions": {
                "finalized_at": at, "paid_at": null, "voided_at": null,
                "marked_uncollectible_at": null,
            },
            "lines": { "object": "list", "has_more": false, "data": lines },
            "subtotal": net, "total": total, "total_excluding_tax": net, "starting_balance": 0,
            "shipping_cost": null, "metadata": {}, "custom_fields": null, "footer": null,
            "total_taxes": taxes, "parent": null,
        })
    }

    /// Amounts in hundredths, and the rate in percent.
    fn lines(self) -> Vec<Line> {
        match self {
            Self::ThreeRates => vec![
                Line::new("Abonament", 20_000, 23),
                Line::new("Posiłki", 10_000, 8),
                Line::new("Książka", 4_000, 5),
            ],
            Self::Inclusive => vec![Line::new("Dostęp", 12_300, 23)],
            Self::Euro | Self::Dollars => vec![Line::new("Maszyna", 50_000, 23)],
            Self::ReverseCharge => vec![Line::new("Service", 30_000, 0)],
            Self::Free => vec![Line::new("Okres próbny", 0, 23)],
            _ => vec![Line::new("Abonament", 100_000, 23)],
        }
    }

    const fn currency(self) -> &'static str {
        match self {
            Self::Euro | Self::ReverseCharge => "eur",
            Self::Dollars => "usd",
            _ => "pln",
        }
    }

    const fn tax_exempt(self) -> &'static str {
        match self {
            Self::ReverseCharge => "reverse",
            _ => "none",
        }
    }

    /// Name, address and tax identifiers.
    fn buyer(self) -> (&'static str, Value, Value) {
        if self == Self::ReverseCharge {
            let address = address("Hauptstraße 5", "10115", "Berlin", "DE");
            return ("Käufer GmbH", address, json!([{ "type": "eu_vat", "value": "DE123456789" }]));
        }
        let address = address("ul. Inna 2", "30-001", "Kraków", "PL");
        match self {
            Self::Consumer => ("Jan Przykładowy", address, json!([])),
            Self::WrongNip => {
                ("Nabywca S.A.", address, json!([{ "type": "pl_nip", "value": "1111111112" }]))
            }
            _ => ("Nabywca S.A.", address, json!([{ "type": "pl_nip", "value": "1111111111" }])),
        }
    }
}

/// The tax rates of the account, by their identifiers.
pub(super) fn tax_rates() -> Vec<Value> {
    let rates = [("txr_23", 23), ("txr_8", 8), ("txr_5", 5), ("txr_0", 0)];
    let rate = |(id, percentage)| json!({ "object": "tax_rate", "id": id, "percentage": percentage, "country": "PL" });
    rates.into_iter().map(rate).collect()
}

pub(super) fn credit_note_id(number: &str) -> String {
    format!("cn_{}", number.replace('-', "_"))
}

pub(super) fn invoice_id(number: &str) -> String {
    format!("in_{}", number.replace('-', "_"))
}

fn address(line1: &str, postal_code: &str, city: &str, country: &str) -> Value {
    json!({
        "line1": line1, "line2": null, "postal_code": postal_code, "city": city, "state": null,
        "country": country,
    })
}

struct Line {
    description: &'static str,
    amount: i64,
    percent: i64,
}

impl Line {
    const fn new(description: &'static str, amount: i64, percent: i64) -> Self {
        Self { description, amount, percent }
    }

    /// All amounts are such that nothing has to be rounded.
    fn json(&self, sale: Sale, id: u32) -> Value {
        let is_inclusive = sale == Sale::Inclusive;
        let amount = self.amount;
        let discount = if sale == Sale::Discounted { amount / 10 } else { 0 };
        let due = amount - discount;
        let tax = if is_inclusive {
            due * self.percent / (100 + self.percent)
        } else {
            due * self.percent / 100
        };
        let taxable = if is_inclusive { due - tax } else { due };
        let discounts = if discount == 0 {
            json!([])
        } else {
            json!([{ "amount": discount, "discount": "di_1" }])
        };
        let is_reverse_charge = sale == Sale::ReverseCharge;
        let rate = if sale == Sale::UnknownRate {
            "txr_gone".to_owned()
        } else {
            format!("txr_{}", self.percent)
        };
        json!({
            "id": format!("il_{id}"), "object": "line_item", "amount": amount,
            "currency": sale.currency(), "description": self.description,
            "discount_amounts": discounts,
            "period": { "start": 1_793_487_600, "end": 1_796_079_600 }, "livemode": false,
            "pretax_credit_amounts": [], "quantity": 1, "quantity_decimal": "1",
            "pricing": {
                "type": "price_details",
                "price_details": { "price": "price_1", "product": "prod_1" },
                "unit_amount_decimal": amount.to_string(),
            },
            "parent": {
                "type": "subscription_item_details",
                "subscription_item_details": { "proration": false },
            },
            "taxes": [tax_json(tax, taxable, &rate, is_inclusive, is_reverse_charge)],
        })
    }
}

fn tax_json(
    tax: i64,
    taxable: i64,
    rate: &str,
    is_inclusive: bool,
    is_reverse_charge: bool,
) -> Value {
    json!({
        "amount": tax,
        "tax_behavior": if is_inclusive { "inclusive" } else { "exclusive" },
        "tax_rate_details": { "tax_rate": rate },
        "taxability_reason": if is_reverse_charge { "reverse_charge" } else { "standard_rated" },
        "taxable_amount": if is_reverse_charge { 0 } else { taxable },
        "type": "tax_rate_details",
    })
}

/// Credits so much, before tax, of the only line of an invoice at 23 %.
fn credit_note(number: &str, credited: &str, at: i64, net: i64) -> Value {
    let tax = tax_json(net * 23 / 100, net, "txr_23", false, false);
    json!({
        "id": credit_note_id(number), "object": "credit_note",
        "livemode": false, "status": "issued", "number": number, "currency": "pln", "created": at,
        "effective_at": at, "customer": "cus_demo", "invoice": invoice_id(credited),
        "reason": "order_change", "memo": null,
        "lines": { "object": "list", "has_more": false, "data": [{
            "id": "cnli_1", "object": "credit_note_line_item", "amount": net,
            "description": "Abonament", "discount_amount": 0, "discount_amounts": [],
            "pretax_credit_amounts": [], "quantity": 1, "unit_amount": null,
            "unit_amount_decimal": null, "livemode": false, "type": "invoice_line_item",
            "tax_rates": [], "invoice_line_item": "il_1", "taxes": [tax],
        }] },
        "subtotal": net, "total": net * 123 / 100, "total_excluding_tax": net,
        "shipping_cost": null, "out_of_band_amount": null, "total_taxes": [tax], "refunds": [],
    })
}
