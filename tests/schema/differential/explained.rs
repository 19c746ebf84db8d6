//! The differences that are known and have a reason. Everything else is a fault.

use std::process::Command;

use ksef_fa::{Code, Schema};
use ksef_tests::suite::Failed;
use ksef_tests::xml_corpus::minimal;
use ksef_tests::xmllint::{Verdict, Xmllint};

use super::ours::faults;

/// A document on which we and `xmllint` differ.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Case<'a> {
    pub(crate) xml: &'a [u8],
    pub(crate) faults: &'a [Code],
    pub(crate) verdict: &'a Verdict,
}

/// A kind of difference.
pub(crate) struct Explained {
    pub(crate) name: &'static str,
    /// Who is right, and why.
    pub(crate) reason: &'static str,
    side: Side,
    /// Makes a valid document one that is judged differently.
    example: fn(&str) -> String,
    /// The first libxml2 that is of our opinion.
    until: u32,
}

/// Who refuses, and for which reason no other.
enum Side {
    /// `xmllint`, with this message on this document.
    Theirs(fn(message: &str, xml: &str) -> bool),
    /// We, with this code on this document.
    Ours(Code, fn(xml: &str) -> bool),
}

pub(crate) const EXPLAINED: [Explained; 8] = [
    Explained {
        name: "blanks around a dateTime",
        reason: "white space of a dateTime collapses; libxml2 forgets it in types derived from \
                 dateTime, .NET does not",
        side: Side::Theirs(|message, _| is_blank_around_moment(message)),
        example: |xml| xml.replacen("<DataWytworzeniaFa>", "<DataWytworzeniaFa> ", 1),
        until: u32::MAX,
    },
    Explained {
        name: "the earliest moment as 24:00 of the day before",
        reason: "24:00:00 is the first moment of the next day; libxml2 compares the days before it \
                 looks at the time",
        side: Side::Theirs(is_midnight_too_early),
        example: |xml| with_text(xml, "DataWytworzeniaFa", "", "2025-08-31T24:00:00Z"),
        until: u32::MAX,
    },
    Explained {
        name: "blank CDATA between elements",
        reason: "a CDATA section is text, and blank text may be between elements; libxml2 refuses \
                 it up to 2.9, .NET does not",
        side: Side::Theirs(is_blank_cdata),
        example: |xml| xml.replacen("<Podmiot1>", "<Podmiot1><![CDATA[ ]]>", 1),
        until: 2_14_00,
    },
    Explained {
        name: "document type",
        reason: "we refuse every DOCTYPE, against attacks with entities, as .NET does unless told \
                 otherwise; the schema has no say in it",
        side: Side::Ours(Code::Doctype, |xml| xml.contains("<!DOCTYPE")),
        example: |xml| xml.replacen("?>", "?><!DOCTYPE Faktura>", 1),
        until: u32::MAX,
    },
    Explained {
        name: "XML 1.1",
        reason: "KSeF takes XML 1.0 only, and .NET knows no other; libxml2 reads 1.1 as if it were \
                 1.0",
        side: Side::Ours(Code::Version, |xml| xml.starts_with("<?xml version")),
        example: |xml| xml.replacen("version=\"1.0\"", "version=\"1.1\"", 1),
        until: u32::MAX,
    },
    Explained {
        name: "another encoding",
        reason: "KSeF takes UTF-8 only, whatever else the schema's processor can decode",
        side: Side::Ours(Code::Encoding, |xml| xml.contains("encoding=")),
        example: |xml| xml.replacen("\"UTF-8\"", "\"ISO-8859-1\"", 1),
        until: u32::MAX,
    },
    Explained {
        name: "blanks around xsi:type",
        reason: "white space of a QName collapses; libxml2 forgets it there",
        side: Side::Theirs(is_blank_around_type),
        example: |xml| with_type(xml, "P_2", "FV/1", " t:TZnakowy"),
        until: u32::MAX,
    },
    Explained {
        name: "xsi:type names a derived type",
        reason: "a type derived from the declared one may be named; we allow the declared one only, \
                 because nobody names types and a wrong refusal is seen before the invoice is sent",
        side: Side::Ours(Code::OtherType, names_derived_type),
        example: |xml| with_type(xml, "P_2", "VAT", "t:TRodzajFaktury"),
        until: u32::MAX,
    },
];

/// The kinds of a difference, or nothing if any part of it has no explanation.
pub(crate) fn kinds(case: Case<'_>) -> Option<Vec<&'static Explained>> {
    let xml = String::from_utf8_lossy(case.xml);
    let find = |explains: &dyn Fn(&Side) -> bool| {
        EXPLAINED.iter().find(|explained| explains(&explained.side))
    };
    let ours = |code: &Code| {
        find(&|side| matches!(side, Side::Ours(known, about) if known == code && about(&xml)))
    };
    let theirs = |(_, message): &(u32, String)| {
        find(&|side| matches!(side, Side::Theirs(about) if about(message, &xml)))
    };
    let Case { faults, verdict, .. } = case;
    let mut kinds: Vec<_> = match (verdict.is_valid, faults.is_empty()) {
        (true, false) => faults.iter().map(ours).collect::<Option<_>>()?,
        (false, true) => verdict.errors.iter().map(theirs).collect::<Option<_>>()?,
        _ => return None,
    };
    kinds.dedup_by_key(|explained| explained.name);
    (!kinds.is_empty()).then_some(kinds)
}

/// The elements of a dateTime have nothing wrong but blanks around the value.
fn is_blank_around_moment(message: &str) -> bool {
    let elements = ["DataWytworzeniaFa", "DataGodzRozpTransportu", "DataGodzZakTransportu"];
    let value = elements.iter().find_map(|name| {
        let (_, value) = message.split_once(&format!("}}{name}': '"))?;
        Some(value.split_once("' is not a valid value of")?.0)
    });
    value.is_some_and(|value| value.trim_ascii() != value)
}

fn is_midnight_too_early(message: &str, _: &str) -> bool {
    let value = message.split_once("[facet 'minInclusive'] The value '").map(|(_, value)| value);
    let value = value.and_then(|value| value.split_once('\''));
    value.is_some_and(|(value, _)| value.contains("T24:00:00"))
}

fn is_blank_cdata(message: &str, xml: &str) -> bool {
    let is_blank = |section: &str| {
        section.split_once("]]>").is_some_and(|(text, _)| text.trim_ascii().is_empty())
    };
    message.contains("Character content other than whitespace is not allowed")
        && xml.split("<![CDATA[").skip(1).any(is_blank)
}

fn is_blank_around_type(message: &str, _: &str) -> bool {
    let value = message.split_once("The QName value '").map(|(_, value)| value);
    let value = value.and_then(|value| value.split_once('\''));
    message.contains("instance}type'")
        && value.is_some_and(|(value, _)| value.trim_ascii() != value)
}

/// The named types that the schemas derive from other types of theirs.
fn names_derived_type(xml: &str) -> bool {
    let derived = [
        "TNIPIdWew",
        "TNumerTelefonu",
        "TRodzajFaktury",
        "TStawkaPodatku",
        "TOznaczenieProcedury",
        "TOznaczenieProceduryZ",
        "TGTU",
        "TNaturalny",
    ];
    let named = xml.split("xsi:type=\"").skip(1).filter_map(|rest| Some(rest.split_once('"')?.0));
    let mut local = named.map(|name| name.rsplit_once(':').map_or(name, |(_, local)| local));
    local.any(|name| derived.contains(&name))
}

fn with_type(xml: &str, element: &str, text: &str, name: &str) -> String {
    let attributes = format!(
        " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xmlns:t=\"{}\" \
         xsi:type=\"{name}\"",
        Schema::Fa3.namespace()
    );
    with_text(xml, element, &attributes, text)
}

/// The document with other attributes and another text of its first element of that name.
fn with_text(xml: &str, element: &str, attributes: &str, text: &str) -> String {
    let (start, end) = (format!("<{element}>"), format!("</{element}>"));
    let (before, rest) = xml.split_once(&start).unwrap_or((xml, ""));
    let (_, after) = rest.split_once(&end).unwrap_or(("", rest));
    format!("{before}<{element}{attributes}>{text}{end}{after}")
}

pub(super) fn each_is_one() -> Result<(), Failed> {
    let version = libxml2_version()?;
    let oracle = Xmllint::official(Schema::Fa3)?;
    let valid = minimal(Schema::Fa3);
    for explained in &EXPLAINED {
        let example = (explained.example)(valid);
        let verdicts = oracle.judge(&[valid, &example])?;
        let [base, verdict] = &verdicts[..] else { return Err("two verdicts".into()) };
        assert!(base.is_valid && faults(Schema::Fa3, valid.as_bytes()).is_empty());
        let faults = faults(Schema::Fa3, example.as_bytes());
        let differs = faults.is_empty() != verdict.is_valid;
        let case = Case { xml: example.as_bytes(), faults: &faults, verdict };
        assert_eq!(differs, version < explained.until, "{}: {case:?}", explained.name);
        let found = kinds(case).unwrap_or_default();
        let found: Vec<_> = found.iter().map(|kind| kind.name).collect();
        assert_eq!(found == [explained.name], differs, "{found:?} for {case:?}");
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
