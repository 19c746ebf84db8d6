//! The differences that are known and have a reason. Everything else is a fault.

use std::process::Command;

use ksef_fa::{Code, Schema};
use ksef_tests::fa::{Generator, Judgement, Target};
use ksef_tests::suite::Failed;

use super::oracle;
use super::ours::faults;

/// A document on which we and `xmllint` differ.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Case<'a> {
    pub(crate) xml: &'a [u8],
    pub(crate) faults: &'a [Code],
    pub(crate) judgement: &'a Judgement,
}

/// A kind of difference.
pub(crate) struct Explained {
    pub(crate) name: &'static str,
    /// Who is right, and why.
    pub(crate) reason: &'static str,
    /// Whether a difference is of this kind, and of no other.
    pub(crate) applies: fn(Case<'_>) -> bool,
    /// Makes a valid document one that is judged differently.
    example: fn(&str) -> String,
    /// The first libxml2 that is of our opinion.
    until: u32,
}

pub(crate) const EXPLAINED: [Explained; 4] = [
    Explained {
        name: "blanks around DataWytworzeniaFa",
        reason: "white space of a dateTime collapses; libxml2 forgets it where a type adds a \
                 bound, .NET does not",
        applies: is_blank_around_moment,
        example: |xml| xml.replacen("<DataWytworzeniaFa>", "<DataWytworzeniaFa> ", 1),
        until: u32::MAX,
    },
    Explained {
        name: "blank CDATA between elements",
        reason: "a CDATA section is text, and blank text may be between elements; libxml2 refuses \
                 it up to 2.9, .NET does not",
        applies: is_blank_cdata,
        example: |xml| xml.replacen("<Podmiot1>", "<Podmiot1><![CDATA[ ]]>", 1),
        until: 2_14_00,
    },
    Explained {
        name: "document type",
        reason: "we refuse every DOCTYPE, against attacks with entities, as .NET does unless told \
                 otherwise; the schema has no say in it",
        applies: |case| case.judgement.is_valid && case.faults == [Code::Doctype],
        example: |xml| xml.replacen("?>", "?><!DOCTYPE Faktura>", 1),
        until: u32::MAX,
    },
    Explained {
        name: "XML 1.1",
        reason: "KSeF takes XML 1.0 only, and .NET knows no other; libxml2 reads 1.1 as if it were \
                 1.0",
        applies: is_another_version,
        example: |xml| xml.replacen("version=\"1.0\"", "version=\"1.1\"", 1),
        until: u32::MAX,
    },
];

/// The kind of a difference.
pub(crate) fn kind(case: Case<'_>) -> Option<&'static Explained> {
    EXPLAINED.iter().find(|explained| (explained.applies)(case))
}

fn is_blank_around_moment(case: Case<'_>) -> bool {
    let is_about_blanks = |message: &String| {
        let value = message.split_once("}DataWytworzeniaFa': '").map(|(_, value)| value);
        let value = value.and_then(|value| value.split_once("' is not a valid value"));
        value.is_some_and(|(value, _)| is_padded(value))
    };
    case.faults.is_empty() && are_all(case.judgement, is_about_blanks)
}

/// Messages show white space other than blanks escaped.
fn is_padded(value: &str) -> bool {
    let blanks = [" ", "\\n", "\\t", "\\r", "\n", "\t", "\r"];
    blanks.iter().any(|blank| value.starts_with(blank) || value.ends_with(blank))
}

fn is_blank_cdata(case: Case<'_>) -> bool {
    let refused = "Character content other than whitespace is not allowed";
    let is_blank = |section: &str| {
        section.split_once("]]>").is_some_and(|(text, _)| text.trim_ascii().is_empty())
    };
    let xml = String::from_utf8_lossy(case.xml);
    case.faults.is_empty()
        && are_all(case.judgement, |message| message.contains(refused))
        && xml.split("<![CDATA[").skip(1).any(is_blank)
}

fn is_another_version(case: Case<'_>) -> bool {
    case.judgement.is_valid
        && case.faults == [Code::Version]
        && case.xml.starts_with(b"<?xml version")
}

fn are_all(judgement: &Judgement, about: impl Fn(&String) -> bool) -> bool {
    !judgement.messages.is_empty() && judgement.messages.iter().all(about)
}

pub(super) fn each_is_one() -> Result<(), Failed> {
    let version = libxml2_version()?;
    let oracle = oracle("explained")?;
    let valid = Generator::new(Schema::Fa3, 1).document(&Target::ANYTHING).to_xml();
    for explained in &EXPLAINED {
        let example = (explained.example)(&valid);
        let judgements = oracle.judge(Schema::Fa3, &[&valid, &example], explained.name)?;
        let [base, judgement] = &judgements[..] else { return Err("two judgements".into()) };
        assert!(base.is_valid && faults(Schema::Fa3, valid.as_bytes()).is_empty());
        let faults = faults(Schema::Fa3, example.as_bytes());
        let case = Case { xml: example.as_bytes(), faults: &faults, judgement };
        let differs = faults.is_empty() != judgement.is_valid;
        assert_eq!(differs, version < explained.until, "{}: {case:?}", explained.name);
        let found = kind(case).map(|explained| explained.name);
        assert_eq!(found, differs.then_some(explained.name), "{case:?}");
        assert!(!explained.reason.is_empty());
    }
    Ok(())
}

/// For example 20914.
fn libxml2_version() -> Result<u32, Failed> {
    let output = Command::new("xmllint").arg("--version").output()?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let number = said.split_once("libxml version ").map(|(_, rest)| rest);
    let number = number.and_then(|rest| rest.split(|c: char| !c.is_ascii_digit()).next());
    Ok(number.ok_or("xmllint does not say its version")?.parse()?)
}
