//! At which rate a line is taxed, or why it is not.

use ksef_fa::builder::Taxation;
use ksef_fa::model::{CountryCode, VatRate};
use rust_decimal::Decimal;

use super::Work;
use super::amounts::Item;
use super::buyer::{Place, is_other_member_state};
use super::minor::Minor;
use crate::code::Code;
use crate::context::RateLookup;
use crate::model::{Tax, TaxRate};
use crate::outcome::NoteKind;
use crate::policy::{BasisKind, OneStopShop, Rates, SupplyKind, Untaxed};

/// How a line is taxed.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Treatment {
    pub(super) taxation: Taxation,
    /// The percentage, where there is one.
    pub(super) percent: Option<Decimal>,
    /// Whether Stripe says that the buyer owes the tax.
    pub(super) is_reverse_charge: bool,
    /// By which provision it is exempt.
    pub(super) exemption: Option<(BasisKind, String)>,
}

impl Treatment {
    const fn at(taxation: Taxation, percent: Option<Decimal>) -> Self {
        Self { taxation, percent, is_reverse_charge: false, exemption: None }
    }
}

/// What a document is about, for all of its lines.
#[derive(Clone, Copy)]
pub(super) struct Sale<'a> {
    pub(super) place: Place,
    /// `reverse`, `exempt` or `none`.
    pub(super) tax_exempt: Option<&'a str>,
    pub(super) minor: Minor,
}

/// The Polish rates of `P_12` that Stripe's rates may have.
const POLISH: [(i64, VatRate); 3] =
    [(23, VatRate::Rate23), (8, VatRate::Rate8), (5, VatRate::Rate5)];

/// Only a part is taxed, or at parts of rates.
fn is_portion(reason: &str) -> bool {
    reason.starts_with("portion_")
        || matches!(reason, "proportionally_rated" | "taxable_basis_reduced")
}

/// Whether the reason goes with tax. Reasons that are not known say nothing.
fn forbids_tax(reason: Option<&str>) -> bool {
    reason.is_some_and(|reason| {
        matches!(
            reason,
            "zero_rated"
                | "reverse_charge"
                | "customer_exempt"
                | "product_exempt"
                | "product_exempt_holiday"
                | "not_collecting"
                | "not_subject_to_tax"
                | "not_supported"
                | "not_available"
        )
    })
}

impl Work<'_> {
    /// How each item is taxed; `None` for one that is reported.
    pub(super) fn treatments(
        &mut self,
        items: &[Item<'_>],
        sale: Sale<'_>,
    ) -> Vec<Option<Treatment>> {
        items.iter().map(|item| self.treatment(item, items, sale)).collect()
    }

    fn treatment(
        &mut self,
        item: &Item<'_>,
        items: &[Item<'_>],
        sale: Sale<'_>,
    ) -> Option<Treatment> {
        let [tax] = item.taxes else {
            if item.taxes.is_empty() {
                return self.untaxed(item, sale);
            }
            self.problems.push(Code::MultipleTaxes, &item.taxes_pointer);
            return None;
        };
        let reason = tax.reason.as_deref();
        let pointer = format!("{}/0", item.taxes_pointer);
        if reason.is_some_and(is_portion) {
            self.problems.push(Code::PortionTaxed, format!("{pointer}/taxability_reason"));
            return None;
        }
        if tax.amount != 0 {
            if forbids_tax(reason) || sale.tax_exempt == Some("reverse") {
                self.problems.push(Code::TaxMismatch, format!("{pointer}/taxability_reason"));
                return None;
            }
            let rate = self.rate(tax, &pointer, items, sale)?;
            return self.taxed(&rate, &pointer, sale);
        }
        // Nothing may be the tax on very little.
        let is_free = forbids_tax(reason) || matches!(sale.tax_exempt, Some("reverse" | "exempt"));
        if !is_free && tax.rate.is_some() {
            let rate = self.rate(tax, &pointer, items, sale)?;
            if rate.percent.is_some_and(|percent| !percent.is_zero()) {
                return self.taxed(&rate, &pointer, sale);
            }
        }
        let is_reverse = reason == Some("reverse_charge") || sale.tax_exempt == Some("reverse");
        self.free(item, is_reverse, sale)
    }

    /// A line that says nothing about tax.
    fn untaxed(&mut self, item: &Item<'_>, sale: Sale<'_>) -> Option<Treatment> {
        let policies = self.context.policies();
        let is_exempt =
            sale.place.is_in_poland() && policies.exemption(item.product()).basis().is_some();
        let is_by_buyer = !sale.place.is_in_poland() && policies.untaxed == Untaxed::ByBuyer;
        let has_tax = item.tax != 0;
        // A line of nothing is taxed at nothing, but says not at which rate.
        if has_tax || !(is_exempt || is_by_buyer) {
            self.problems.push(Code::NoTaxData, &item.taxes_pointer);
            return None;
        }
        self.free(item, sale.tax_exempt == Some("reverse"), sale)
    }

    /// A line with tax.
    fn taxed(&mut self, rate: &Rate, pointer: &str, sale: Sale<'_>) -> Option<Treatment> {
        let country = match rate.country.as_deref() {
            Some(country) => country.parse::<CountryCode>().ok(),
            None => sale.place.is_in_poland().then_some(CountryCode::Pl),
        };
        let Some((country, percent)) = country.zip(rate.percent) else {
            self.problems.push(Code::RateNotPolish, pointer);
            return None;
        };
        if country == CountryCode::Pl {
            let polish = POLISH.iter().find(|(known, _)| Decimal::from(*known) == percent);
            let Some((_, code)) = polish else {
                self.problems.push(Code::RateNotPolish, pointer);
                return None;
            };
            if sale.place == Place::OutsideEu {
                self.problems.push(Code::ExportWithTax, pointer);
            }
            return Some(Treatment::at((*code).into(), Some(percent)));
        }
        if !is_other_member_state(country) || !sale.place.is_consumer() {
            self.problems.push(Code::ForeignVat, pointer);
            return None;
        }
        if self.context.policies().one_stop_shop == OneStopShop::Skip {
            self.problems.push(Code::Oss, pointer);
            return None;
        }
        let of_schema = percent.to_string().parse().ok();
        if of_schema.is_none() {
            self.problems.push(Code::AmountOutOfRange, pointer);
        }
        Some(Treatment::at(Taxation::SpecialProcedure(of_schema?), Some(percent)))
    }

    /// A line without tax.
    fn free(&mut self, item: &Item<'_>, is_reverse: bool, sale: Sale<'_>) -> Option<Treatment> {
        let pointer = item.taxes_pointer.as_str();
        if sale.place.is_in_poland() {
            return self.exempt(item, is_reverse);
        }
        let kind = self.context.policies().kind(item.product());
        let is_shipping_of_service = item.line.is_none() && kind == SupplyKind::Service;
        if is_shipping_of_service {
            self.problems.push(Code::ShippingWithService, &item.pointer);
            return None;
        }
        let code = match (sale.place, kind) {
            (Place::MemberStateWithoutNumber | Place::ConsumerAbroad, _)
            | (_, SupplyKind::Goods) => {
                self.problems.push(Code::RateAmbiguous, pointer);
                return None;
            }
            (_, SupplyKind::Unknown) => {
                self.problems.push(Code::SupplyKindUnknown, pointer);
                return None;
            }
            (Place::OtherMemberState, SupplyKind::Service) if is_reverse => VatRate::NpII,
            (Place::OtherMemberState, SupplyKind::Service) => {
                self.problems.push(Code::RateAmbiguous, pointer);
                return None;
            }
            (Place::OtherMemberState | Place::NorthernIreland, SupplyKind::GoodsWithProof) => {
                VatRate::ZeroWdt
            }
            (_, SupplyKind::GoodsWithProof) => VatRate::ZeroEx,
            (_, SupplyKind::Service) => VatRate::NpI,
        };
        Some(Treatment { is_reverse_charge: is_reverse, ..Treatment::at(code.into(), None) })
    }

    /// A line without tax in Poland.
    fn exempt(&mut self, item: &Item<'_>, is_reverse: bool) -> Option<Treatment> {
        let pointer = item.taxes_pointer.as_str();
        if is_reverse {
            self.problems.push(Code::ReverseChargeDomestic, pointer);
            return None;
        }
        let Some((kind, basis)) = self.context.policies().exemption(item.product()).basis() else {
            self.problems.push(Code::ZeroTaxDomestic, pointer);
            return None;
        };
        let Some(basis) = self.clean(basis, pointer) else {
            self.problems.push(Code::ExemptionBasisMissing, pointer);
            return None;
        };
        self.fit::<256>(&basis, pointer)?;
        let exemption = Some((kind, basis));
        Some(Treatment { exemption, ..Treatment::at(VatRate::Zw.into(), None) })
    }

    /// The rate of a tax: expanded, looked up, or inferred where the policy allows it.
    fn rate(
        &mut self,
        tax: &Tax,
        pointer: &str,
        items: &[Item<'_>],
        sale: Sale<'_>,
    ) -> Option<Rate> {
        let reference = tax.rate.as_ref();
        let id = reference.map(|reference| reference.id.as_str());
        let found = id.and_then(|id| self.context.tax_rates.get(id));
        let known = match found {
            Some(RateLookup::Found(rate)) => Some(rate),
            Some(RateLookup::Failed) => {
                self.problems.push(Code::TaxRateLookupFailed, pointer);
                return None;
            }
            None => reference.and_then(|reference| reference.rate.as_ref()),
        };
        match (known, id) {
            (Some(rate), Some(id)) => {
                if !self.evidence.tax_rates.iter().any(|known| known == id) {
                    self.evidence.tax_rates.push(id.to_owned());
                }
                Some(Rate::from(rate))
            }
            _ if self.context.policies().rates == Rates::Infer && sale.place.is_in_poland() => {
                self.inferred(id, pointer, items, sale.minor)
            }
            _ => {
                self.problems.push(Code::RateUnknown, pointer);
                None
            }
        }
    }

    /// The one Polish rate that gives the tax of every line with this rate.
    fn inferred(
        &mut self,
        id: Option<&str>,
        pointer: &str,
        items: &[Item<'_>],
        minor: Minor,
    ) -> Option<Rate> {
        let is_of_rate = |item: &&Item<'_>| {
            let mut rates = item.taxes.iter().map(|tax| tax.rate.as_ref());
            rates.any(|rate| rate.map(|rate| rate.id.as_str()) == id)
        };
        let gives_all = |percent: &Decimal| {
            items.iter().filter(is_of_rate).all(|item| {
                let expected = if item.is_inclusive {
                    minor.tax_in_gross(item.gross(), *percent)
                } else {
                    minor.tax_on_net(item.net, *percent)
                };
                expected == Some(item.tax)
            })
        };
        let candidates = POLISH.iter().map(|(percent, _)| Decimal::from(*percent));
        let candidates: Vec<Decimal> =
            candidates.chain([Decimal::ZERO]).filter(gives_all).collect();
        match candidates.as_slice() {
            [percent] => {
                self.note(NoteKind::RateInferred, pointer);
                Some(Rate { percent: Some(*percent), country: Some("PL".to_owned()) })
            }
            _ => {
                self.problems.push(Code::RateAmbiguous, pointer);
                None
            }
        }
    }
}

/// What of a rate decides.
struct Rate {
    percent: Option<Decimal>,
    country: Option<String>,
}

impl From<&TaxRate> for Rate {
    fn from(rate: &TaxRate) -> Self {
        Self { percent: rate.percent(), country: rate.country.clone() }
    }
}
