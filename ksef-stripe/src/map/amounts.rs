//! What each line comes to, and whether all of them come to the total.

use std::collections::BTreeMap;

use super::Work;
use crate::code::Code;
use crate::model::{Line, Shape, Shipping, Tax};
use crate::outcome::NoteKind;
use crate::policy::CreditGrants;

/// The most lines of a document, by the schema.
const MAX_LINES: usize = 10_000;

/// A line, or the shipping, in minor units.
#[derive(Clone, Debug)]
pub(super) struct Item<'a> {
    /// Where it stands.
    pub(super) pointer: String,
    /// Where its taxes stand.
    pub(super) taxes_pointer: String,
    /// The line; `None` for shipping.
    pub(super) line: Option<&'a Line>,
    pub(super) net: i128,
    pub(super) tax: i128,
    pub(super) is_inclusive: bool,
    pub(super) taxes: &'a [Tax],
}

impl Item<'_> {
    pub(super) const fn gross(&self) -> i128 {
        self.net.saturating_add(self.tax)
    }

    pub(super) const fn is_nothing(&self) -> bool {
        self.net == 0 && self.tax == 0
    }

    pub(super) fn product(&self) -> Option<&str> {
        self.line.and_then(|line| line.product.as_deref())
    }
}

/// What the object says that everything comes to.
#[derive(Clone, Copy)]
pub(super) struct Totals<'a> {
    pub(super) total: Option<i64>,
    pub(super) without_tax: Option<i64>,
    pub(super) taxes: Option<&'a [Tax]>,
    /// Where those stand.
    pub(super) taxes_pointer: &'static str,
}

impl Work<'_> {
    /// The lines and the shipping; `None` where the object does not have all of them.
    pub(super) fn items<'a>(
        &mut self,
        (lines, has_more): (Option<&'a [Line]>, bool),
        shipping: Option<&'a Shipping>,
        shape: Shape,
    ) -> Option<Vec<Item<'a>>> {
        let Some(lines) = lines else {
            self.problems.push(Code::UnsupportedApiShape, "/lines");
            return None;
        };
        if has_more {
            self.problems.push(Code::TruncatedLines, "/lines/has_more");
            return None;
        }
        if lines.len() > MAX_LINES {
            self.problems.push(Code::TooManyLines, "/lines/data");
            return None;
        }
        let mut items = Vec::with_capacity(lines.len() + 1);
        for (index, line) in lines.iter().enumerate() {
            items.extend(self.item(line, format!("/lines/data/{index}"), shape));
        }
        let is_complete = items.len() == lines.len();
        items.extend(shipping.filter(|it| it.total != 0).map(|it| self.shipping(it)));
        is_complete.then_some(items)
    }

    /// Amount, less discounts, less the tax that is in it.
    fn item<'a>(&mut self, line: &'a Line, pointer: String, shape: Shape) -> Option<Item<'a>> {
        let Some(amount) = line.amount else {
            self.problems.push(Code::MissingField, format!("{pointer}/amount"));
            return None;
        };
        let off = self.taken_off(line, &pointer);
        let taxes = line.taxes.as_deref().unwrap_or_default();
        let taxes_pointer = format!("{pointer}/{}", shape.taxes());
        let mut item = Item {
            pointer,
            taxes_pointer,
            line: Some(line),
            net: 0,
            tax: 0,
            is_inclusive: false,
            taxes,
        };
        let mut included = 0_i128;
        for tax in taxes {
            item.tax += i128::from(tax.amount);
            if tax.is_inclusive {
                item.is_inclusive = true;
                included += i128::from(tax.amount);
            }
        }
        item.net = i128::from(amount) - off - included;
        self.check_taxable(&item);
        Some(item)
    }

    /// Discounts, of which billing credits are a superset.
    fn taken_off(&mut self, line: &Line, pointer: &str) -> i128 {
        let discounts: i128 = line.discounts.iter().copied().map(i128::from).sum();
        if line.pretax_credits.is_empty() {
            return discounts;
        }
        let mut of_discounts = 0;
        let mut all = 0;
        for (index, credit) in line.pretax_credits.iter().enumerate() {
            let amount = i128::from(credit.amount);
            all += amount;
            let pointer = format!("{pointer}/pretax_credit_amounts/{index}");
            if credit.kind == "discount" {
                of_discounts += amount;
            } else if self.context.policies().credit_grants == CreditGrants::Refuse {
                self.problems.push(Code::CreditGrant, pointer);
            } else {
                self.note(NoteKind::CreditGrantAsDiscount, pointer);
            }
        }
        if of_discounts != discounts {
            self.problems.push(Code::TotalsMismatch, format!("{pointer}/discount_amounts"));
        }
        all
    }

    /// Where Stripe says what the tax is on, it is the net value.
    fn check_taxable(&mut self, item: &Item<'_>) {
        for (index, tax) in item.taxes.iter().enumerate() {
            let taxable = tax.taxable_amount.map(i128::from).filter(|taxable| *taxable != 0);
            if taxable.is_some_and(|taxable| taxable != item.net) {
                let pointer = format!("{}/{index}/taxable_amount", item.taxes_pointer);
                self.problems.push(Code::TaxMismatch, pointer);
            }
        }
    }

    fn shipping<'a>(&mut self, shipping: &'a Shipping) -> Item<'a> {
        let (total, tax) = (i128::from(shipping.total), i128::from(shipping.tax));
        let net = total - tax;
        let taxes = shipping.taxes.as_deref().unwrap_or_default();
        let pointer = "/shipping_cost".to_owned();
        let is_consistent = [net, total].contains(&i128::from(shipping.subtotal));
        if !is_consistent {
            self.problems.push(Code::TotalsMismatch, format!("{pointer}/amount_subtotal"));
        }
        let sum: i128 = taxes.iter().map(|tax| i128::from(tax.amount)).sum();
        if !taxes.is_empty() && sum != tax {
            self.problems.push(Code::TaxMismatch, format!("{pointer}/amount_tax"));
        }
        let is_inclusive = taxes.iter().any(|tax| tax.is_inclusive);
        let taxes_pointer = format!("{pointer}/taxes");
        let item = Item { pointer, taxes_pointer, line: None, net, tax, is_inclusive, taxes };
        self.check_taxable(&item);
        item
    }

    /// Whether nets, taxes by rate and total are what the object says.
    pub(super) fn check_totals(&mut self, items: &[Item<'_>], totals: Totals<'_>) {
        let net: i128 = items.iter().map(|item| item.net).sum();
        let tax: i128 = items.iter().map(|item| item.tax).sum();
        let Some(total) = totals.total else {
            return self.problems.push(Code::MissingField, "/total");
        };
        if net + tax != i128::from(total) {
            self.problems.push(Code::TotalsMismatch, "/total");
        }
        if totals.without_tax.is_some_and(|without_tax| i128::from(without_tax) != net) {
            self.problems.push(Code::TotalsMismatch, "/total_excluding_tax");
        }
        let Some(taxes) = totals.taxes else { return };
        // Where the tax on shipping is not expanded, its rates are not known.
        let is_known =
            |item: &Item<'_>| item.line.is_some() || item.tax == 0 || !item.taxes.is_empty();
        let is_equal = if items.iter().all(is_known) {
            by_rate(items.iter().flat_map(|item| item.taxes)) == by_rate(taxes)
        } else {
            taxes.iter().map(|tax| i128::from(tax.amount)).sum::<i128>() == tax
        };
        if !is_equal {
            self.problems.push(Code::TaxMismatch, totals.taxes_pointer);
        }
        let taxable = |taxes: &[Tax]| {
            let amounts = taxes.iter().filter_map(|tax| tax.taxable_amount);
            amounts.map(i128::from).sum::<i128>()
        };
        let of_items: i128 = items.iter().map(|item| taxable(item.taxes)).sum();
        let of_total = taxable(taxes);
        if of_total != 0 && of_items != 0 && items.iter().all(is_known) && of_total != of_items {
            self.problems.push(Code::TaxMismatch, totals.taxes_pointer);
        }
    }
}

/// The tax by rate, without rates of nothing.
fn by_rate<'a>(taxes: impl IntoIterator<Item = &'a Tax>) -> BTreeMap<Option<&'a str>, i128> {
    let mut sums = BTreeMap::new();
    for tax in taxes {
        let id = tax.rate.as_ref().map(|rate| rate.id.as_str());
        *sums.entry(id).or_insert(0) += i128::from(tax.amount);
    }
    sums.retain(|_, sum| *sum != 0);
    sums
}
