//! Reading, mapping and writing an invoice of ten lines; at least 5,000 a second are asked for.

#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a bench")]

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ksef_core::Environment;
use ksef_stripe::model::{Invoice, TaxRate};
use ksef_stripe::{Context, Profile, map_invoice};
use serde_json::Value;

/// The example with ten lines.
fn source() -> Vec<u8> {
    let example: Value =
        serde_json::from_slice(include_bytes!("../examples/invoice.json")).expect("JSON");
    let mut source = example.clone();
    source["lines"]["data"] = (1..=10)
        .map(|number| {
            let mut line = example["lines"]["data"][0].clone();
            line["id"] = format!("il_{number}").into();
            line
        })
        .collect();
    for pointer in
        ["/total", "/total_excluding_tax", "/total_taxes/0/amount", "/total_taxes/0/taxable_amount"]
    {
        let number = source.pointer_mut(pointer).expect("a number");
        *number = (number.as_i64().expect("a number") * 10).into();
    }
    serde_json::to_vec(&source).expect("JSON")
}

fn map(criterion: &mut Criterion) {
    let source = source();
    let nip = "5265877635".parse().expect("a NIP");
    let profile = Profile::new(nip, "Sprzedawca sp. z o.o.", "ul. Prosta 1, Warszawa");
    let rate = br#"{"object":"tax_rate","id":"txr_23","percentage":23,"country":"PL"}"#;
    let now = "2026-11-20T12:00:00Z".parse().expect("a time");
    let context = Context::new(&profile, Environment::Test, now)
        .with_tax_rate(TaxRate::from_json(rate).expect("a rate"));
    let mut group = criterion.benchmark_group("invoice of 10 lines");
    group.throughput(Throughput::Elements(1));
    group.bench_function("read", |bencher| {
        bencher.iter(|| Invoice::from_json(black_box(&source)));
    });
    group.bench_function("read, map, write", |bencher| {
        bencher.iter(|| {
            let invoice = Invoice::from_json(black_box(&source)).expect("an invoice");
            let outcome = map_invoice(&invoice, &context);
            outcome.invoice().expect("a document").to_xml_unchecked()
        });
    });
    group.finish();
}

criterion_group!(benches, map);
criterion_main!(benches);
