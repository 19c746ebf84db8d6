//! What several rules ask of an invoice, found out once.

use std::collections::BTreeMap;

use ksef_core::{Amount, Currency, InvoiceKind};

use crate::model::{Body, Exemption, Invoice, MarginScheme, PartyIdentity, VatRate, YesNo};

/// An invoice with what is known about all of its lines.
#[derive(Debug)]
pub(crate) struct Facts<'a> {
    pub(crate) invoice: &'a Invoice,
    pub(crate) body: &'a Body,
    /// The totals that the invoice has, in the order of the schema.
    pub(crate) totals: Vec<Total>,
    /// What the lines say about each rate.
    pub(crate) rates: BTreeMap<VatRate, RateLines>,
    /// The first line of the order with each rate, from 0, without what was there before.
    pub(crate) order_rates: BTreeMap<VatRate, usize>,
    /// Whether every line has a net value and a rate of the list.
    pub(crate) is_every_line_net: bool,
}

/// The lines of one rate.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RateLines {
    /// The first one that says what is now, from 0.
    pub(crate) first_now: Option<usize>,
    /// The first one, from 0.
    pub(crate) first: usize,
    pub(crate) count: u32,
    /// The sum of `P_11`, lines of the state before negative; `None` if no amount holds it.
    pub(crate) net: Option<Amount>,
}

/// A `P_13` with its `P_14`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Total {
    pub(crate) band: Band,
    pub(crate) net: Amount,
    pub(crate) tax: Option<Amount>,
    pub(crate) tax_in_pln: Option<Amount>,
}

/// Declares the bands with what follows `P_13_` in their names.
macro_rules! bands {
    ($($band:ident $suffix:literal,)+) => {
        /// What a `P_13` sums up.
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        pub(crate) enum Band {
            $($band,)+
        }

        impl Band {
            pub(crate) const fn suffix(self) -> &'static str {
                match self {
                    $(Self::$band => $suffix,)+
                }
            }
        }
    };
}

bands! {
    B1 "1", B2 "2", B3 "3", B4 "4", B5 "5",
    B6_1 "6_1", B6_2 "6_2", B6_3 "6_3",
    B7 "7", B8 "8", B9 "9", B10 "10", B11 "11",
}

impl Band {
    /// The bands that a rate may be in: one, but for the two rates that only FA(2) has.
    pub(crate) const fn of(rate: VatRate) -> &'static [Self] {
        match rate {
            VatRate::Rate23 | VatRate::Rate22 => &[Self::B1],
            VatRate::Rate8 | VatRate::Rate7 => &[Self::B2],
            VatRate::Rate5 => &[Self::B3],
            VatRate::Rate4 | VatRate::Rate3 => &[Self::B4],
            VatRate::Zero => &[Self::B6_1, Self::B6_2, Self::B6_3],
            VatRate::ZeroKr => &[Self::B6_1],
            VatRate::ZeroWdt => &[Self::B6_2],
            VatRate::ZeroEx => &[Self::B6_3],
            VatRate::Zw => &[Self::B7],
            VatRate::Np => &[Self::B8, Self::B9],
            VatRate::NpI => &[Self::B8],
            VatRate::NpII => &[Self::B9],
            VatRate::Oo => &[Self::B10],
        }
    }
}

impl<'a> Facts<'a> {
    pub(crate) fn new(invoice: &'a Invoice) -> Self {
        let body = &invoice.body;
        let is_net = |line: &crate::model::Line| {
            line.p_11.is_some() && line.p_11a.is_none() && line.p_12.is_some()
        };
        Self {
            invoice,
            body,
            totals: totals(body),
            rates: rates(body),
            order_rates: order_rates(body),
            is_every_line_net: body.lines.iter().all(is_net),
        }
    }

    /// The total of a band, if the invoice has it.
    pub(crate) fn total(&self, band: Band) -> Option<&Total> {
        self.totals.iter().find(|total| total.band == band)
    }

    /// Whether there is a total of the band, and it is not zero.
    pub(crate) fn has_amount(&self, band: Band) -> bool {
        self.total(band).is_some_and(|total| !total.net.is_zero())
    }

    /// Whether a line of the invoice or of the order has one of the rates, without what was there
    /// before a correction.
    pub(crate) fn has_rate(&self, rates: &[VatRate]) -> bool {
        let is_on_line = |rate| self.rates.get(rate).is_some_and(|lines| lines.first_now.is_some());
        rates.iter().any(|rate| is_on_line(rate) || self.order_rates.contains_key(rate))
    }

    pub(crate) const fn kind(&self) -> InvoiceKind {
        self.body.kind
    }

    pub(crate) fn is_in_pln(&self) -> bool {
        self.body.currency == Currency::Pln
    }

    /// Whether `P_18` says that the buyer owes the tax.
    pub(crate) fn is_reverse_charge(&self) -> bool {
        self.body.annotations.p_18 == YesNo::Yes
    }

    pub(crate) const fn is_exempt(&self) -> bool {
        matches!(self.body.annotations.exemption, Exemption::Exempt(_))
    }

    pub(crate) const fn is_margin(&self) -> bool {
        matches!(self.body.annotations.margin, MarginScheme::Used(_))
    }

    pub(crate) const fn buyer(&self) -> &PartyIdentity {
        &self.invoice.buyer.identification.identity
    }

    /// Whether goods are supplied to another member state at 0 %. Where the lines say another 0 %,
    /// they are right and the total is in the wrong place, which is for another rule.
    pub(crate) fn is_intra_community_supply(&self) -> bool {
        let is_other = self.has_rate(&[VatRate::ZeroKr, VatRate::ZeroEx]);
        self.has_rate(&[VatRate::ZeroWdt]) || !is_other && self.has_amount(Band::B6_2)
    }
}

fn totals(body: &Body) -> Vec<Total> {
    let summary = &body.vat_summary;
    let taxed = |band, net, tax, tax_in_pln| Total { band, net, tax: Some(tax), tax_in_pln };
    let untaxed =
        |band, net: Option<Amount>| net.map(|net| Total { band, net, tax: None, tax_in_pln: None });
    let basic = summary.basic.as_ref();
    let first = summary.first_reduced.as_ref();
    let second = summary.second_reduced.as_ref();
    let taxi = summary.taxi.as_ref();
    let special = summary.special_procedure.as_ref();
    [
        basic.map(|sums| taxed(Band::B1, sums.p_13_1, sums.p_14_1, sums.p_14_1w)),
        first.map(|sums| taxed(Band::B2, sums.p_13_2, sums.p_14_2, sums.p_14_2w)),
        second.map(|sums| taxed(Band::B3, sums.p_13_3, sums.p_14_3, sums.p_14_3w)),
        taxi.map(|sums| taxed(Band::B4, sums.p_13_4, sums.p_14_4, sums.p_14_4w)),
        special.map(|sums| Total {
            band: Band::B5,
            net: sums.p_13_5,
            tax: sums.p_14_5,
            tax_in_pln: None,
        }),
        untaxed(Band::B6_1, summary.p_13_6_1),
        untaxed(Band::B6_2, summary.p_13_6_2),
        untaxed(Band::B6_3, summary.p_13_6_3),
        untaxed(Band::B7, summary.p_13_7),
        untaxed(Band::B8, summary.p_13_8),
        untaxed(Band::B9, summary.p_13_9),
        untaxed(Band::B10, summary.p_13_10),
        untaxed(Band::B11, summary.p_13_11),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn rates(body: &Body) -> BTreeMap<VatRate, RateLines> {
    let mut rates = BTreeMap::new();
    for (at, line) in body.lines.iter().enumerate() {
        let Some(rate) = line.p_12 else { continue };
        let none = RateLines { first_now: None, first: at, count: 0, net: Some(Amount::ZERO) };
        let lines = rates.entry(rate).or_insert(none);
        lines.count = lines.count.saturating_add(1);
        let net = line.p_11.unwrap_or(Amount::ZERO);
        let is_before = line.before_correction.is_some();
        if !is_before {
            lines.first_now.get_or_insert(at);
        }
        let signed = if is_before { net.negated() } else { net };
        lines.net = lines.net.and_then(|sum| sum.checked_add(signed).ok());
    }
    rates
}

fn order_rates(body: &Body) -> BTreeMap<VatRate, usize> {
    let mut rates = BTreeMap::new();
    let lines = body.order.iter().flat_map(|order| &order.lines).enumerate();
    for (at, line) in lines.filter(|(_, line)| line.before_correction.is_none()) {
        if let Some(rate) = line.p_12z {
            rates.entry(rate).or_insert(at);
        }
    }
    rates
}
