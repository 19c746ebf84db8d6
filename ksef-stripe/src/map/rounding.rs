//! Whether the tax follows from the rates, and where it has to be shown (art. 106e(7)-(11) of the
//! VAT act).

use std::collections::BTreeMap;

use ksef_fa::builder::{TaxMethod, Taxation};
use rust_decimal::Decimal;

use super::Work;
use super::amounts::Item;
use super::minor::Minor;
use super::tax::Treatment;
use crate::code::Code;

/// What has one rate.
#[derive(Default)]
struct Bucket<'a> {
    percent: Decimal,
    items: Vec<&'a Item<'a>>,
}

impl Bucket<'_> {
    fn sum(&self, part: impl Fn(&Item<'_>) -> i128) -> i128 {
        self.items.iter().map(|item| part(item)).sum()
    }

    /// The tax on all of it, rounded once.
    fn tax_of_sum(&self, minor: Minor) -> Option<i128> {
        if self.items.iter().any(|item| item.is_inclusive) {
            minor.tax_in_gross(self.sum(|item| item.gross()), self.percent)
        } else {
            minor.tax_on_net(self.sum(|item| item.net), self.percent)
        }
    }
}

fn tax_of(item: &Item<'_>, percent: Decimal, minor: Minor) -> Option<i128> {
    if item.is_inclusive {
        minor.tax_in_gross(item.gross(), percent)
    } else {
        minor.tax_on_net(item.net, percent)
    }
}

impl Work<'_> {
    /// Reports tax that does not follow from its rate, and says how tax is shown: by line where the
    /// sums of rates are not what Stripe's lines add up to.
    pub(super) fn tax_method(
        &mut self,
        taxed: &[(&Item<'_>, &Treatment)],
        minor: Minor,
    ) -> TaxMethod {
        let mut buckets: BTreeMap<Taxation, Bucket<'_>> = BTreeMap::new();
        for (item, treatment) in taxed {
            let Some(percent) = treatment.percent else { continue };
            let bucket = buckets.entry(treatment.taxation).or_default();
            bucket.percent = percent;
            bucket.items.push(item);
        }
        let mut is_by_rate = true;
        for bucket in buckets.values() {
            self.check_bucket(bucket, minor);
            let net = bucket.sum(|item| item.net);
            // A currency without decimals rounds to whole units, and the schema's totals do not.
            is_by_rate &= minor.tax_on_net(net, bucket.percent) == Some(bucket.sum(|it| it.tax))
                && (minor.exponent() > 0 || is_whole(net, bucket.percent));
        }
        if is_by_rate { TaxMethod::NetTotals } else { TaxMethod::PerLine }
    }

    fn check_bucket(&mut self, bucket: &Bucket<'_>, minor: Minor) {
        let inclusive = bucket.items.iter().filter(|item| item.is_inclusive && item.tax != 0);
        let exclusive = bucket.items.iter().filter(|item| !item.is_inclusive && item.tax != 0);
        if inclusive.count() > 0
            && let Some(item) = exclusive.clone().next()
        {
            self.problems.push(Code::MixedTaxBehavior, &item.taxes_pointer);
        }
        let expected: Vec<Option<i128>> =
            bucket.items.iter().map(|item| tax_of(item, bucket.percent, minor)).collect();
        let sum = bucket.sum(|item| item.tax);
        let of_lines = expected.iter().copied().sum::<Option<i128>>();
        let is_sum_right = [of_lines, bucket.tax_of_sum(minor)].contains(&Some(sum));
        for (item, expected) in bucket.items.iter().zip(expected) {
            let distance = expected.map(|expected| (expected - item.tax).abs());
            let is_right = distance == Some(0)
                || (is_sum_right && distance.is_some_and(|distance| distance <= minor.step()));
            if !is_right {
                self.problems.push(Code::TaxMismatch, &item.taxes_pointer);
            }
        }
    }
}

/// Whether the tax of a net value is a whole number.
fn is_whole(net: i128, percent: Decimal) -> bool {
    let tax = Decimal::try_from_i128_with_scale(net, 2).ok();
    let tax = tax.and_then(|net| net.checked_mul(percent));
    tax.is_some_and(|tax| tax.fract().is_zero())
}
