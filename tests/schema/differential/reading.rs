//! The model reads what the schema allows, and writes what it has read.

use ksef_core::submission::simulation::Random;
use ksef_fa::{Invoice, Schema, validate};
use ksef_tests::fa::{Document, Generator, Target, mutate, mutate_bytes};
use ksef_tests::suite::{Failed, Need, Suite};

use super::ours::{is_of_the_schema, profile};
use super::{count, samples_of};

const MODELLED: [Schema; 2] = [Schema::Fa2, Schema::Fa3];

pub(super) fn add(suite: Suite) -> Suite {
    suite
        .test("what_is_read_is_written_again_and_read_again_the_same", &[], round_trip)
        .test("what_is_read_is_the_same_in_json_and_back", &[], json_round_trip)
        .test("valid_samples_are_written_again_the_same", &[Need::Samples("fa")], samples)
        .test("what_is_validated_is_read_and_nothing_else", &[], reads_what_it_validates)
}

fn round_trip() -> Result<(), Failed> {
    for schema in MODELLED {
        for (number, target) in Target::all(schema).iter().enumerate() {
            let xml = Generator::new(schema, number as u64).document(target).to_xml();
            require_the_same(schema, &xml, str::to_owned)
                .map_err(|error| format!("{schema:?}, seed {number}: {error:?}\n{xml}"))?;
        }
    }
    Ok(())
}

/// JSON to model to XML to model to JSON, for every document that is made.
fn json_round_trip() -> Result<(), Failed> {
    let in_json = |invoice: &Invoice| serde_json::to_value(invoice);
    for schema in MODELLED {
        for (number, target) in Target::all(schema).iter().enumerate() {
            let xml = Generator::new(schema, number as u64).document(target).to_xml();
            let seed = || format!("{schema:?}, seed {number}\n{xml}");
            let Some(invoice) = read(schema, xml.as_bytes())? else { continue };
            let json = in_json(&invoice)?;
            let modelled: Invoice = serde_json::from_value(json.clone())?;
            assert_eq!(modelled, invoice, "{}", seed());
            let again = read(schema, &modelled.to_xml_unchecked())?.ok_or("not read again")?;
            assert_eq!(in_json(&again)?, json, "{}", seed());
        }
    }
    Ok(())
}

/// Every sample that its schema allows.
fn samples() -> Result<(), Failed> {
    let mut seen = 0;
    for (schema, file) in MODELLED
        .into_iter()
        .flat_map(|schema| samples_of(schema).into_iter().map(move |(xml, _)| (schema, xml)))
    {
        let report = validate(&file, &profile(schema));
        if !report.errors().any(|issue| is_of_the_schema(issue.code())) {
            require_the_same(schema, &String::from_utf8(file)?, collapsed)?;
            seen += 1;
        }
    }
    if seen > 20 { Ok(()) } else { Err(format!("only {seen} valid samples").into()) }
}

/// People lay values out; the schema's types collapse most of that before it is a value.
fn collapsed(row: &str) -> String {
    let row =
        ["\\n", "\\r", "\\t"].into_iter().fold(row.to_owned(), |row, it| row.replace(it, " "));
    row.replace("\" ", "\"").replace(" \"", "\"").split_whitespace().collect::<Vec<_>>().join(" ")
}

fn require_the_same(schema: Schema, xml: &str, form: fn(&str) -> String) -> Result<(), Failed> {
    let written = written_again(schema, xml)?;
    let in_form = |xml| rows(xml).map(|rows| rows.iter().map(|row| form(row)).collect::<Vec<_>>());
    let (before, after) = (in_form(xml)?, in_form(&written)?);
    let changed = before.iter().zip(&after).find(|(before, after)| before != after);
    if before.len() == after.len() && changed.is_none() {
        Ok(())
    } else {
        Err(format!("{changed:?}").into())
    }
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
