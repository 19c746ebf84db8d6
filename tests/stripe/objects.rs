//! The objects of `tests/data/stripe`, and changes to them.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

/// The shapes of the API.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Shape {
    PreBasil,
    Basil,
}

impl Shape {
    pub(crate) const ALL: [Self; 2] = [Self::PreBasil, Self::Basil];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::PreBasil => "pre-basil",
            Self::Basil => "basil",
        }
    }

    /// The pointer as this shape has it.
    pub(crate) fn pointer(self, pointer: &str) -> String {
        let names = match self {
            Self::PreBasil => [
                ("{taxes}", "tax_amounts"),
                ("{total_taxes}", "total_tax_amounts"),
                ("{rate}", "tax_rate"),
                ("{proration}", "proration"),
                ("{payment}", "charge/payment_method_details/type"),
            ],
            Self::Basil => [
                ("{taxes}", "taxes"),
                ("{total_taxes}", "total_taxes"),
                ("{rate}", "tax_rate_details/tax_rate"),
                ("{proration}", "parent/invoice_item_details/proration"),
                (
                    "{payment}",
                    "payments/data/0/payment/payment_intent/latest_charge/payment_method_details/type",
                ),
            ],
        };
        names.into_iter().fold(pointer.to_owned(), |text, (from, to)| text.replace(from, to))
    }
}

/// The folder of this suite's data.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data/stripe")
}

/// The object with this name in a shape.
pub(crate) fn read(name: &str, shape: Shape) -> Value {
    let file = folder().join(format!("objects/{name}.{}.json", shape.name()));
    let text = fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    serde_json::from_slice(&text).expect("JSON")
}

/// Puts a value in its place, and makes the place where there is none.
pub(crate) fn set(object: &mut Value, pointer: &str, value: Value) {
    let mut place = object;
    for step in pointer.split('/').skip(1) {
        place = if let Ok(index) = step.parse::<usize>() {
            if !place.is_array() {
                *place = Value::Array(Vec::new());
            }
            let items = place.as_array_mut().expect("an array");
            while items.len() <= index {
                items.push(Value::Null);
            }
            &mut items[index]
        } else {
            if !place.is_object() {
                *place = Value::Object(Map::new());
            }
            place.as_object_mut().expect("an object").entry(step).or_insert(Value::Null)
        };
    }
    *place = value;
}

/// Takes a field out.
pub(crate) fn remove(object: &mut Value, pointer: &str) {
    let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
    let parent = object.pointer_mut(parent).expect("a parent");
    parent.as_object_mut().expect("an object").remove(name);
}

/// Appends a copy of an item to its array.
pub(crate) fn duplicate(object: &mut Value, pointer: &str) {
    let item = object.pointer(pointer).expect("an item").clone();
    let (parent, _) = pointer.rsplit_once('/').expect("a pointer");
    let parent = object.pointer_mut(parent).expect("a parent");
    parent.as_array_mut().expect("an array").push(item);
}

/// So many times the first line, and totals that go with that.
pub(crate) fn repeat_lines(object: &mut Value, times: usize, shape: Shape) {
    let line = object["lines"]["data"][0].clone();
    let lines = (1..=times).map(|number| {
        let mut line = line.clone();
        line["id"] = format!("il_{number}").into();
        line
    });
    object["lines"]["data"] = lines.collect();
    let factor = i64::try_from(times).expect("few");
    let mut multiply = |pointer: &str| {
        let number = object.pointer_mut(pointer).expect("a number");
        *number = (number.as_i64().expect("a number") * factor).into();
    };
    multiply("/total");
    multiply("/total_excluding_tax");
    let taxes = shape.pointer("/{total_taxes}/0");
    multiply(&format!("{taxes}/amount"));
    multiply(&format!("{taxes}/taxable_amount"));
}
