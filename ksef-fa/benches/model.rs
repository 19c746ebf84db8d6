//! How fast invoices are read into the model and written, beside validation alone.
//!
//! Writing should be no slower than reading.

use std::hint;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ksef_core::{Environment, InvoiceDate};
use ksef_fa::{Invoice, Profile, validate};

const INVOICE: &str = include_str!("invoice.xml");

/// The made-up invoice, with each of its lines so many times.
fn invoice(times: usize) -> Option<Invoice> {
    let profile = Profile::new(Environment::Production, InvoiceDate::MIN);
    let mut invoice = Invoice::from_xml(INVOICE.as_bytes(), &profile).ok()?;
    let lines = invoice.body.lines.clone();
    invoice.body.lines = lines.iter().cycle().take(lines.len() * times).cloned().collect();
    Some(invoice)
}

fn model(criterion: &mut Criterion) {
    let profile = Profile::new(Environment::Production, InvoiceDate::MIN);
    for times in [1, 500] {
        let Some(invoice) = invoice(times) else { return };
        let bytes = invoice.to_xml_unchecked();
        let mut group = criterion.benchmark_group(format!("{} lines", invoice.body.lines.len()));
        group.throughput(Throughput::Bytes(u64::try_from(bytes.len()).unwrap_or(u64::MAX)));
        group.bench_function("validate", |bencher| {
            bencher.iter(|| validate(hint::black_box(&bytes), &profile).is_valid());
        });
        group.bench_function("read", |bencher| {
            bencher.iter(|| Invoice::read(hint::black_box(&bytes), &profile).invoice);
        });
        group.bench_function("write", |bencher| {
            bencher.iter(|| hint::black_box(&invoice).to_xml_unchecked());
        });
        group.finish();
    }
}

criterion_group!(benches, model);
criterion_main!(benches);
