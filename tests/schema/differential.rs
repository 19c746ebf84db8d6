//! Documents made from the tables, mutants of them and of samples, against `xmllint`: whatever it
//! says of a document, we say too, but for the differences that are [`explained`].

mod compare;
mod explained;
mod ours;
mod reading;

use std::path::{Path, PathBuf};
use std::{env, fs};

use ksef_core::submission::simulation::Random;
use ksef_fa::Schema;
use ksef_tests::fa::{Coverage, Document, Generator, Mutant, Target, mutate, mutate_bytes};
use ksef_tests::samples;
use ksef_tests::suite::{Failed, Need, Suite, cases};
use ksef_tests::xmllint::{BASE_FILES, PROGRAM, file_of};

use compare::{BATCH, Tally, compare};

/// The element paths below the root element, counted in the XSDs by hand.
const PATHS: [(Schema, usize); 3] = [(Schema::Fa3, 405), (Schema::Fa2, 375), (Schema::FaRr1, 164)];

pub(crate) fn add(mut suite: Suite) -> Suite {
    let official = BASE_FILES.into_iter().chain(Schema::ALL.map(file_of)).map(Need::OfficialFile);
    let needs: Vec<Need> = official.chain([Need::Program(PROGRAM)]).collect();
    let with_samples = [&needs[..], &[Need::Samples("fa"), Need::Samples("fa-edge")]].concat();
    for (schema, paths) in PATHS {
        let name = format!("generated_documents_are_valid_and_cover_everything {schema:?}");
        suite = suite.test(&name, &needs, move || generated(schema, paths));
    }
    reading::add(suite)
        .test("as_many_as_allowed_is_valid_and_one_more_is_not", &needs, repeated)
        .test("mutants_of_generated_documents_get_the_verdict_of_xmllint", &needs, mutants)
        .test("mutants_of_samples_get_the_verdict_of_xmllint", &with_samples, sample_mutants)
        .test("samples_get_the_verdict_of_xmllint", &with_samples, samples_themselves)
        .test("each_explained_difference_is_one", &needs, explained::each_is_one)
}

fn generated(schema: Schema, paths: usize) -> Result<(), Failed> {
    let targets = Target::all(schema);
    let mut coverage = Coverage::new(schema);
    let document = |number: usize| {
        generator(schema, number).document(targets.get(number).unwrap_or(&Target::ANYTHING))
    };
    for number in 0..targets.len() {
        coverage.add(&document(number));
    }
    let tally = compare(targets.len(), |number| {
        (schema, unchanged("as generated", document(number).to_xml()))
    })?;
    tally.require_none_different()?;
    assert_eq!(tally.valid, targets.len(), "a generated document is not valid");
    assert_eq!(coverage.missing(), Vec::<String>::new(), "never generated");
    assert_eq!(coverage.paths(), paths, "the schema has another number of paths");
    Ok(())
}

/// Each element that may be repeated, with its greatest number and with one more.
fn repeated() -> Result<(), Failed> {
    let mut documents = vec![];
    for schema in Schema::ALL {
        for (target, max) in Target::repeated(schema) {
            for count in [max, max + 1] {
                let label = format!("{} {count} times", target.path.join("/"));
                documents.push((schema, label, Target { count: Some(count), ..target.clone() }));
            }
        }
    }
    let tally = compare(documents.len(), |number| {
        let (schema, label, target) = &documents[number];
        let document = Generator::small(*schema, number as u64).document(target);
        (*schema, unchanged(label, document.to_xml()))
    })?;
    tally.require_none_different()?;
    assert_eq!(tally.valid * 2, documents.len(), "one of two is valid");
    Ok(())
}

fn mutants() -> Result<(), Failed> {
    let targets = Schema::ALL.map(Target::all);
    let tally = compare(count() / 5 * 4, |number| {
        // A batch is judged by one schema.
        let which = number / BATCH % targets.len();
        let (schema, targets) = (Schema::ALL[which], &targets[which]);
        let target = &targets[number % targets.len()];
        let document = generator(schema, number).document(target);
        (schema, mutant(schema, &document, None, number))
    })?;
    require_both_verdicts(&tally)
}

fn sample_mutants() -> Result<(), Failed> {
    let samples = Schema::ALL.map(|schema| (schema, samples_of(schema)));
    let samples: Vec<_> = samples.iter().filter(|(_, samples)| !samples.is_empty()).collect();
    let tally = compare(count() / 5, |number| {
        let (schema, samples) = samples[number / BATCH % samples.len()];
        let (xml, document) = &samples[number % samples.len()];
        (*schema, mutant(*schema, document, Some(xml), number))
    })?;
    require_both_verdicts(&tally)
}

/// Every sample by every schema.
fn samples_themselves() -> Result<(), Failed> {
    let mut files = samples::files("fa", "xml")?;
    files.extend(samples::files("fa-edge", "xml")?);
    let files: Vec<(String, Vec<u8>)> = files
        .iter()
        .map(|file| Ok((name(file), fs::read(file)?)))
        .collect::<Result<_, Failed>>()?;
    for schema in Schema::ALL {
        let tally = compare(files.len(), |number| {
            let (label, xml) = files[number].clone();
            (schema, Mutant { label, xml })
        })?;
        tally.require_none_different()?;
    }
    Ok(())
}

/// Mutants of the tree, of the bytes, and a few documents as they are.
fn mutant(schema: Schema, document: &Document, xml: Option<&[u8]>, number: usize) -> Mutant {
    let random = &mut Random::new(!(number as u64));
    let bytes = || xml.map_or_else(|| document.to_xml().into_bytes(), <[u8]>::to_vec);
    match random.below(20) {
        0..17 => mutate(schema, document, random),
        17..19 => mutate_bytes(&bytes(), random),
        _ => Mutant { label: "as it was".to_owned(), xml: bytes() },
    }
}

/// The samples of a schema that are well-formed.
fn samples_of(schema: Schema) -> Vec<(Vec<u8>, Document)> {
    let files = samples::files("fa", "xml").unwrap_or_default();
    let read = files.iter().filter_map(|file| fs::read_to_string(file).ok());
    let own = read.filter(|xml| xml.contains(schema.namespace()));
    own.filter_map(|xml| Document::parse(&xml).map(|document| (xml.into_bytes(), document)))
        .collect()
}

fn require_both_verdicts(tally: &Tally) -> Result<(), Failed> {
    tally.require_none_different()?;
    let tenth = tally.count / 10;
    assert!(tally.valid > tenth && tally.count - tally.valid > tenth, "one-sided: {tally:?}");
    Ok(())
}

fn generator(schema: Schema, number: usize) -> Generator {
    Generator::new(schema, number as u64)
}

fn unchanged(label: &str, xml: String) -> Mutant {
    Mutant { label: label.to_owned(), xml: xml.into_bytes() }
}

/// Where documents are left that are judged differently.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("differential")
}

/// How many mutants; `KSEF_DIFFERENTIAL` says otherwise.
fn count() -> usize {
    let asked = env::var("KSEF_DIFFERENTIAL").ok().and_then(|count| count.parse().ok());
    asked.unwrap_or_else(|| cases(50_000, 1_000_000) as usize)
}

fn name(file: &Path) -> String {
    file.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
