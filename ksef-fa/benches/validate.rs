//! How fast documents are validated, beside `quick-xml` merely reading the same documents.
//!
//! The corpus is every valid `.xml` of `$KSEF_SAMPLES/fa`, and one made-up invoice where that
//! folder is not there.

use std::path::Path;
use std::{env, fs, hint};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ksef_core::{Environment, InvoiceDate};
use ksef_fa::{Profile, validate};
use quick_xml::NsReader;
use quick_xml::events::Event;

const INVOICE: &str = include_str!("invoice.xml");

fn profile() -> Profile {
    Profile::new(Environment::Production, InvoiceDate::MIN)
}

fn corpus() -> Vec<String> {
    let folder = env::var_os("KSEF_SAMPLES").map(|root| Path::new(&root).join("fa"));
    let files = folder.and_then(|folder| fs::read_dir(folder).ok()).into_iter().flatten();
    let texts = files.filter_map(|file| fs::read_to_string(file.ok()?.path()).ok());
    let valid = |text: &String| validate(text.as_bytes(), &profile()).is_valid();
    let texts: Vec<String> = texts.filter(valid).collect();
    if texts.is_empty() { vec![INVOICE.to_owned()] } else { texts }
}

/// What any reader of the documents must do: names in their namespaces, attributes, text.
fn read_names(text: &str) -> usize {
    let mut reader = NsReader::from_str(text);
    let mut size = 0;
    loop {
        match reader.read_resolved_event() {
            Ok((_, Event::Start(tag) | Event::Empty(tag))) => {
                size += tag.name().as_ref().len();
                size += tag.attributes().flatten().map(|found| found.value.len()).sum::<usize>();
            }
            Ok((_, Event::Text(text))) => size += text.len(),
            Ok((_, Event::Eof)) | Err(_) => return size,
            Ok(_) => {}
        }
    }
}

fn validation(criterion: &mut Criterion) {
    let corpus = corpus();
    let profile = profile();
    let mut group = criterion.benchmark_group("documents");
    group.throughput(Throughput::Elements(u64::try_from(corpus.len()).unwrap_or(u64::MAX)));
    group.bench_function("quick-xml NsReader, names and text", |bencher| {
        bencher.iter(|| corpus.iter().map(|text| read_names(hint::black_box(text))).sum::<usize>());
    });
    group.bench_function("validate", |bencher| {
        let is_valid =
            |text: &&String| validate(hint::black_box(text.as_bytes()), &profile).is_valid();
        bencher.iter(|| corpus.iter().filter(is_valid).count());
    });
    group.finish();
}

criterion_group!(benches, validation);
criterion_main!(benches);
