//! The model reads what the schema allows, and writes what it has read.

use ksef_core::submission::simulation::Random;
use ksef_fa::{Invoice, Schema, validate};
use ksef_tests::fa::{Document, Generator, Target, mutate, mutate_bytes};
use ksef_tests::suite::{Failed, Suite};

use super::count;
use super::ours::{is_of_the_schema, profile};

const MODELLED: [Schema; 2] = [Schema::Fa2, Schema::Fa3];

pub(super) fn add(suite: Suite) -> Suite {
    suite.test("what_is_read_is_written_again_and_read_again_the_same", &[], round_trip).test(
        "what_is_validated_is_read_and_nothing_else",
        &[],
        reads_what_it_validates,
    )
}

fn round_trip() -> Result<(), Failed> {
    for schema in MODELLED {
        for (number, target) in Target::all(schema).iter().enumerate() {
            let xml = Generator::new(schema, number as u64).document(target).to_xml();
            let written = written_again(schema, &xml)
                .map_err(|error| format!("{schema:?}, seed {number}: {error}"))?;
            let (before, after) = (rows(&xml)?, rows(&written)?);
            let changed = before.iter().zip(&after).find(|(before, after)| before != after);
            if before.len() != after.len() || changed.is_some() {
                return Err(format!("{schema:?}, seed {number}: {changed:?}\n{xml}").into());
            }
        }
    }
    Ok(())
}

/// Reads, writes and reads, and requires that the same invoice is read twice.
fn written_again(schema: Schema, xml: &str) -> Result<String, String> {
    let invoice = read(schema, xml.as_bytes())?.ok_or("not read")?;
    let written = String::from_utf8(invoice.to_xml_unchecked()).map_err(|_| "no UTF-8")?;
    let again = read(schema, written.as_bytes())?.ok_or("not read again")?;
    if again == invoice { Ok(written) } else { Err("another invoice is read again".into()) }
}

fn rows(xml: &str) -> Result<Vec<String>, Failed> {
    Ok(Document::parse(xml).ok_or("not well-formed")?.root.rows())
}

fn reads_what_it_validates() -> Result<(), Failed> {
    let targets = MODELLED.map(Target::all);
    for number in 0..count() / 5 {
        let which = number % MODELLED.len();
        let schema = MODELLED[which];
        let random = &mut Random::new(!(number as u64));
        let target = &targets[which][number % targets[which].len()];
        let document = Generator::new(schema, number as u64).document(target);
        let mutant = if random.happens(800) {
            mutate(schema, &document, random)
        } else {
            mutate_bytes(document.to_xml().as_bytes(), random)
        };
        read(schema, &mutant.xml).map_err(|error| {
            let xml = String::from_utf8_lossy(&mutant.xml);
            format!("{}, {schema:?}, seed {number}: {error}\n{xml}", mutant.label)
        })?;
    }
    Ok(())
}

/// The invoice, if the schema allows the document; an error if the reports differ, or if there is
/// no invoice although the schema allows it.
fn read(schema: Schema, xml: &[u8]) -> Result<Option<Invoice>, String> {
    let profile = profile(schema);
    let reading = Invoice::read(xml, &profile);
    let report = validate(xml, &profile);
    if format!("{:?}", reading.report) != format!("{report:?}") {
        return Err(format!("read reports {:?}, validate {report:?}", reading.report));
    }
    let mut codes = report.issues().iter().map(ksef_fa::Issue::code);
    if codes.any(is_of_the_schema) {
        return Ok(None);
    }
    match reading.invoice {
        Some(invoice) => Ok(Some(invoice)),
        None if has_foreign_digit(xml) => Ok(None),
        None => Err("valid, and not read".into()),
    }
}

/// The patterns of the schemas mean every digit of Unicode; a NIP has ours only.
fn has_foreign_digit(xml: &[u8]) -> bool {
    let xml = String::from_utf8_lossy(xml);
    xml.chars().any(|c| c.is_numeric() && !c.is_ascii())
}
