//! What holds for every object.

use ksef_core::{Amount, Currency, Percent};
use ksef_stripe::Outcome;
use ksef_tests::suite::{Failed, cases};
use serde_json::Value;

use crate::cases::{self as data, Case};
use crate::goldens::{judged, xml};
use crate::objects::Shape;

/// The cases that are documents.
fn mapped() -> Vec<Case> {
    data::load().into_iter().filter(Case::is_mapped).collect()
}

/// `P_15` is Stripe's total, and the totals of the document add up to it.
pub(crate) fn totals_are_conserved() -> Result<(), Failed> {
    for case in mapped() {
        for &shape in case.shapes() {
            let source = case.source(shape);
            let outcome = case.outcome(shape);
            let Some(invoice) = outcome.invoice() else { return Err(case.name.into()) };
            let exponent = invoice.body.currency.minor_unit_exponent().unwrap_or(2);
            let sign = if case.is_credit_note() { -1 } else { 1 };
            let total = sign * i128::from(source["total"].as_i64().unwrap_or_default());
            let p_15 = invoice.body.vat_summary.p_15;
            if p_15.to_minor_units(exponent) != Ok(total) {
                return Err(format!("{}: {p_15}", case.name).into());
            }
            // What was before is taken off.
            let values = invoice.body.lines.iter().filter_map(|line| {
                let is_before = line.before_correction.is_some();
                if is_before { line.p_11.map(Amount::negated) } else { line.p_11 }
            });
            let without_tax = Amount::checked_sum(values)?.to_minor_units(exponent);
            let expected =
                sign * i128::from(source["total_excluding_tax"].as_i64().unwrap_or_default());
            let has_lines = source["lines"]["data"].as_array().is_some_and(|it| !it.is_empty());
            if has_lines && without_tax != Ok(expected) {
                return Err(format!("{}: {without_tax:?}", case.name).into());
            }
        }
    }
    Ok(())
}

/// Lines in another order are the same totals and the same lines.
pub(crate) fn order_changes_no_total() -> Result<(), Failed> {
    for case in mapped() {
        for &shape in case.shapes() {
            let mut source = case.source(shape);
            let Some(lines) = source["lines"]["data"].as_array_mut() else { continue };
            lines.reverse();
            let (outcome, reversed) = (case.outcome(shape), case.outcome_of(&source, shape));
            let (Some(one), Some(other)) = (outcome.invoice(), reversed.invoice()) else {
                return Err(case.name.into());
            };
            let sorted = |invoice: &ksef_fa::Invoice| {
                let key = |line: &ksef_fa::model::Line| {
                    format!("{:?} {:?} {:?} {:?}", line.p_7, line.p_11, line.p_11_vat, line.p_12)
                };
                let mut lines: Vec<String> = invoice.body.lines.iter().map(key).collect();
                lines.sort();
                lines
            };
            if one.body.vat_summary != other.body.vat_summary || sorted(one) != sorted(other) {
                return Err(case.name.into());
            }
        }
    }
    Ok(())
}

/// Every number of the object, by its pointer.
fn numbers(value: &Value, pointer: String, found: &mut Vec<String>) {
    match value {
        Value::Number(_) => found.push(pointer),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                numbers(item, format!("{pointer}/{index}"), found);
            }
        }
        Value::Object(fields) => {
            for (name, field) in fields {
                numbers(field, format!("{pointer}/{name}"), found);
            }
        }
        _ => {}
    }
}

/// Times say when, and nothing else says it too.
const TIMES: [&str; 10] = [
    "effective_at",
    "created",
    "start",
    "end",
    "due_date",
    "finalized_at",
    "paid_at",
    "voided_at",
    "marked_uncollectible_at",
    "out_of_band_amount",
];

/// They say what remains to be paid, and nothing else says all of it too.
const SETTLEMENT: [&str; 4] = ["starting_balance", "ending_balance", "amount_due", "amount_paid"];

/// A number that was changed is refused, or it changes nothing. What has no counterpart in the
/// object changes only what it says: a quantity the quantity and the price, a time its day, a balance
/// what is to be paid.
pub(crate) fn changed_numbers() -> Result<(), Failed> {
    for case in mapped().into_iter().filter(|case| !case.name.ends_with("without_lines")) {
        for &shape in case.shapes() {
            let source = case.source(shape);
            let profile = case.profile();
            let context = case.context(&profile, shape);
            let unchanged = case.map(&source, &context).ok_or("cannot be read")?;
            let mut pointers = Vec::new();
            numbers(&source, String::new(), &mut pointers);
            for pointer in pointers {
                let name = pointer.rsplit('/').next().unwrap_or_default();
                for by in [1, -1, 100, -7_777] {
                    let mut changed = source.clone();
                    let number = changed.pointer_mut(&pointer).ok_or("no number")?;
                    *number = (number.as_i64().unwrap_or_default() + by).into();
                    let Some(outcome) = case.map(&changed, &context) else { continue };
                    check_change(&case, name, &pointer, &unchanged, &outcome)?;
                }
            }
        }
    }
    Ok(())
}

fn check_change(
    case: &Case,
    name: &str,
    pointer: &str,
    unchanged: &Outcome,
    changed: &Outcome,
) -> Result<(), Failed> {
    let Some(after) = changed.invoice() else {
        let is_refused = matches!(changed, Outcome::Refused(_) | Outcome::Deferred(_));
        return if is_refused { Ok(()) } else { Err(format!("{} {pointer}", case.name).into()) };
    };
    let Some(before) = unchanged.invoice() else { return Err(case.name.clone().into()) };
    if xml(unchanged) == xml(changed) {
        return Ok(());
    }
    judged(&xml(changed).unwrap_or_default(), after.body.p_1)?;
    let mut like_before = after.clone();
    for (line, old) in like_before.body.lines.iter_mut().zip(&before.body.lines) {
        if name == "quantity" {
            (line.p_8b, line.p_9a) = (old.p_8b, old.p_9a);
        }
        if TIMES.contains(&name) {
            line.p_6a = old.p_6a;
        }
    }
    if TIMES.contains(&name) {
        like_before.body.p_1 = before.body.p_1;
        like_before.body.supply_date.clone_from(&before.body.supply_date);
        like_before.body.payment.clone_from(&before.body.payment);
    }
    if SETTLEMENT.contains(&name) {
        like_before.body.settlement.clone_from(&before.body.settlement);
        like_before.body.payment.clone_from(&before.body.payment);
    }
    if like_before == *before { Ok(()) } else { Err(format!("{}: {pointer}", case.name).into()) }
}

/// Objects with values in the wrong places are read or not, mapped or not, and nothing panics.
pub(crate) fn no_mutated_object_panics() -> Result<(), Failed> {
    let all = data::load();
    let sources: Vec<(usize, Shape, Value)> = (0..all.len())
        .filter(|index| index % 3 == 0)
        .flat_map(|index| Shape::ALL.map(|shape| (index, shape, all[index].source(shape))))
        .filter(|(_, _, source)| source["lines"]["data"].as_array().is_none_or(|it| it.len() < 50))
        .collect();
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    let profiles: Vec<_> = all.iter().map(Case::profile).collect();
    let contexts: Vec<_> = sources
        .iter()
        .map(|(index, shape, _)| all[*index].context(&profiles[*index], *shape))
        .collect();
    for _ in 0..cases(20_000, 1_000_000) {
        let chosen = random.below(sources.len());
        let (index, _, source) = &sources[chosen];
        let mut source = source.clone();
        for _ in 0..=random.below(3) {
            mutate(&mut source, &mut random);
        }
        let outcome = all[*index].map(&source, &contexts[chosen]);
        if let Some((outcome, invoice)) = outcome.as_ref().and_then(|it| Some((it, it.invoice()?)))
        {
            judged(&xml(outcome).unwrap_or_default(), invoice.body.p_1)?;
        }
    }
    Ok(())
}

/// Puts something else in one place of the object.
fn mutate(source: &mut Value, random: &mut Random) {
    let mut place = source;
    for _ in 0..random.below(8) {
        let is_leaf = match &*place {
            Value::Array(items) => items.is_empty(),
            Value::Object(fields) => fields.is_empty(),
            _ => true,
        };
        if is_leaf {
            break;
        }
        place = match place {
            Value::Array(items) => {
                let index = random.below(items.len());
                &mut items[index]
            }
            Value::Object(fields) => {
                let index = random.below(fields.len());
                fields.values_mut().nth(index).expect("a field")
            }
            _ => return,
        };
    }
    *place = match random.below(12) {
        0 => Value::Null,
        1 => i64::MAX.into(),
        2 => i64::MIN.into(),
        3 => 0.into(),
        4 => (-1).into(),
        5 => "".into(),
        6 => "0.000000000000000000000000001".into(),
        7 => "79228162514264337593543950335".into(),
        8 => true.into(),
        9 => Value::Array(Vec::new()),
        10 => "\u{1}\u{FFFE}\u{10FFFF}".into(),
        _ => "PL".into(),
    };
}

/// Numbers that are the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % bound.max(1)
    }
}

/// The figures of Stripe's own samples and of the Ministry's.
pub(crate) fn vectors_of_rounding() -> Result<(), Failed> {
    let amount = |units: i128| Amount::from_minor_units(units, 2);
    let rate: Percent = "21".parse()?;
    let by_line = amount(295)?
        .checked_tax_on_net(rate)?
        .checked_add(amount(750)?.checked_tax_on_net(rate)?)?;
    let in_all = amount(1045)?.checked_tax_on_net(rate)?;
    let inclusive =
        [10_000, 99].map(|gross| amount(gross).and_then(|it| it.checked_tax_in_gross(rate)));
    let in_pln = amount(311_880)?.checked_convert("4.5005".parse()?)?;
    let found = [by_line, in_all, inclusive[0]?, inclusive[1]?, in_pln].map(|it| it.to_string());
    if found != ["2.20", "2.19", "17.36", "0.17", "14036.16"] {
        return Err(format!("{found:?}").into());
    }
    if Currency::Huf.minor_unit_exponent() != Some(2) {
        return Err("HUF".into());
    }
    Ok(())
}
