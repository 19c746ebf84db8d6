//! Documents that mean harm, and broken ones: each gets a report with a fitting code.
//!
//! That time and memory are bounded follows from the limits that are tested here: of the size, the
//! depth, the attributes and the number of issues. Nothing is measured with a clock.

mod corpus;

use std::io::{BufReader, Read as _};

use ksef_core::{Environment, InvoiceDate};
use ksef_fa::{Code, Language, MAX_ISSUES, Profile, Report, Schema, validate, validate_from};
use proptest::prelude::*;

const INVOICE: &str = include_str!("../../ksef-fa/benches/invoice.xml");
const FA2: &str = "http://crd.gov.pl/wzor/2023/06/29/12648/";
const FA3: &str = "http://crd.gov.pl/wzor/2025/06/25/13775/";

fn profile() -> Profile {
    Profile::new(Environment::Test, InvoiceDate::MIN)
}

fn report(document: impl AsRef<[u8]>) -> Report {
    let document = document.as_ref();
    let report = validate(document, &profile());
    let length = u64::try_from(document.len()).unwrap_or(u64::MAX);
    assert!(report.issues().len() <= usize::from(MAX_ISSUES) + 1);
    assert!(report.issues().iter().all(|issue| issue.position().byte <= length));
    assert!(report.issues().is_sorted_by_key(|issue| issue.position().byte));
    let _ = report.render(document, Language::Polish);
    report
}

/// The codes of a document that must not be valid.
fn codes(document: impl AsRef<[u8]>) -> Vec<Code> {
    let report = report(document);
    assert!(!report.is_valid());
    report.issues().iter().map(ksef_fa::Issue::code).collect()
}

/// The invoice with something else in the place of the text of `P_2`.
fn with_p_2(text: &str) -> String {
    INVOICE.replace("<P_2>ZM/2026/03/17</P_2>", &format!("<P_2>{text}</P_2>"))
}

#[test]
fn the_invoice_itself_is_valid() {
    assert_eq!(report(INVOICE).issues(), []);
}

#[test]
fn nothing_at_all_is_reported() {
    assert_eq!(codes(""), [Code::Empty]);
    assert_eq!(codes(" \n "), [Code::Truncated]);
    assert_eq!(codes("<!-- -->"), [Code::Truncated]);
    assert_eq!(codes("invoice")[0], Code::WellFormed);
}

#[test]
fn an_invoice_cut_anywhere_is_truncated_or_worse() {
    let whole = INVOICE.trim_end().len();
    for length in 1..whole {
        let found = codes(&INVOICE.as_bytes()[..length]);
        let fits = [Code::Truncated, Code::Utf8, Code::WellFormed];
        assert!(fits.iter().any(|code| found.contains(code)), "{length}: {found:?}");
    }
}

#[test]
fn a_hundred_megabytes_of_less_than_are_refused_by_their_size() {
    let flood = BufReader::new(std::io::repeat(b'<').take(100_000_000));
    let report = validate_from(flood, &profile()).expect("a report");
    assert_eq!(report.issues()[0].code(), Code::Size);
    let wide = profile().with_max_bytes(u64::MAX, u64::MAX);
    let report = validate(&vec![b'<'; 10_000_000], &wide);
    assert_eq!(report.issues()[0].code(), Code::WellFormed);
}

#[test]
fn great_depth_ends_the_reading() {
    let deep = format!("<Faktura xmlns='{FA3}'>{}", "<a>".repeat(100_000));
    assert_eq!(codes(&deep).last(), Some(&Code::Depth));
    assert_eq!(codes("<a>".repeat(100_000)), [Code::Root, Code::Depth]);
}

#[test]
fn attribute_bombs_end_the_reading() {
    let attributes: String = (0..50_000).map(|number| format!(" a{number}='x'")).collect();
    let found = codes(INVOICE.replace("<Naglowek>", &format!("<Naglowek{attributes}>")));
    assert!(found.contains(&Code::Attributes), "{found:?}");
    let namespaces: String = (0..60).map(|number| format!(" xmlns:n{number}='urn:x'")).collect();
    let nested = format!("<a{namespaces}>").repeat(50);
    assert!(codes(INVOICE.replace("<Naglowek>", &nested)).contains(&Code::Namespace));
}

#[test]
fn entities_are_never_expanded() {
    let mut bomb = "<!DOCTYPE lol [<!ENTITY a 'aaaaaaaaaa'>".to_owned();
    for (one, next) in ('a'..='y').zip('b'..='z') {
        bomb += &format!("<!ENTITY {next} '{}'>", format!("&{one};").repeat(10));
    }
    let (declaration, rest) = INVOICE.split_at(INVOICE.find("<Faktura").expect("a root"));
    let rest = rest.replace("ZM/2026/03/17", "&z;");
    assert_eq!(codes(format!("{declaration}{bomb}]>{rest}")), [Code::Doctype, Code::Entity]);
    let external = "<!DOCTYPE Faktura SYSTEM 'file:///etc/passwd'>";
    assert_eq!(codes(format!("{declaration}{external}{rest}")), [Code::Doctype, Code::Entity]);
    assert_eq!(codes(with_p_2("A & B")), [Code::Entity]);
    assert_eq!(codes(with_p_2("&nbsp;")), [Code::Entity]);
}

#[test]
fn other_encodings_are_named() {
    let utf16 =
        |unit: fn(u16) -> [u8; 2]| INVOICE.encode_utf16().flat_map(unit).collect::<Vec<_>>();
    for bytes in [utf16(u16::to_le_bytes), utf16(u16::to_be_bytes)] {
        assert_eq!(codes(bytes), [Code::Utf16]);
    }
    assert_eq!(codes([&b"\xFF\xFE"[..], &utf16(u16::to_le_bytes)].concat()), [Code::Utf16]);
    assert_eq!(codes([&b"\xEF\xBB\xBF"[..], INVOICE.as_bytes()].concat()), [Code::Bom]);
    assert_eq!(codes([&b"\xEF\xBB\xBF"[..]; 2].concat())[0], Code::Bom);
    let other = INVOICE.replace("UTF-8", "windows-1250");
    assert_eq!(codes(other), [Code::Encoding]);
    assert_eq!(codes(INVOICE.replace("\"1.0\"", "\"1.1\"")), [Code::Version]);
    assert_eq!(codes(format!("\n{INVOICE}")), [Code::Declaration]);
}

#[test]
fn the_first_bad_byte_is_found_and_what_stands_before_it_is_validated() {
    let at = INVOICE.find("Piekarnia").expect("a buyer");
    let mut bytes = INVOICE.replace("<NIP>5260250274", "<NIP>0260250274").into_bytes();
    bytes[at] = 0xB1;
    let report = report(&bytes);
    let found: Vec<_> = report.issues().iter().map(|issue| issue.code()).collect();
    assert_eq!(found, [Code::Pattern, Code::Utf8]);
    assert_eq!(report.issues()[1].position().byte, u64::try_from(at).expect("a place"));
}

#[test]
fn characters_that_may_not_be_there_have_their_path() {
    for (text, code) in [
        ("a\0b", Code::ForbiddenCharacter),
        ("a\u{1B}b", Code::ForbiddenCharacter),
        ("a&#0;b", Code::ForbiddenCharacter),
        ("a\u{FFFE}b", Code::ForbiddenCharacter),
        ("a\u{81}b", Code::DiscouragedCharacter),
        ("a&#x81;b", Code::DiscouragedCharacter),
        ("a\u{1FFFE}b", Code::DiscouragedCharacter),
    ] {
        let report = report(with_p_2(text));
        let found: Vec<_> =
            report.issues().iter().map(|issue| (issue.code(), issue.path())).collect();
        assert_eq!(found, [(code, "/Faktura/Fa/P_2")], "{text:?}");
    }
    assert_eq!(codes("\0".repeat(1_000_000))[0], Code::ForbiddenCharacter);
}

#[test]
fn other_documents_are_told_apart() {
    let root = |document: &str| codes(document)[0];
    assert_eq!(root(&INVOICE.replace(FA3, "urn:example")), Code::Root);
    assert_eq!(root(&INVOICE.replace(&format!(" xmlns=\"{FA3}\""), "")), Code::Root);
    assert_eq!(root("<html><body/></html>"), Code::Root);
    let ubl = "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2";
    assert_eq!(codes(format!("<Invoice xmlns='{ubl}'><ID>1</ID></Invoice>")), [Code::Peppol]);
    assert_eq!(codes(format!("{INVOICE}<more/>")), [Code::WellFormed]);
    assert_eq!(codes(format!("{INVOICE}more")), [Code::WellFormed]);
}

#[test]
fn an_fa2_invoice_in_a_session_for_fa3_is_named_so() {
    let fa2 = INVOICE.replace(FA3, FA2);
    let report = validate(fa2.as_bytes(), &profile().with_schema(Schema::Fa3));
    assert_eq!(report.schema(), Some(Schema::Fa2));
    let first = &report.issues()[0];
    assert_eq!((first.code(), first.expected().collect()), (Code::OtherSchema, vec!["FA (3)"]));
    let attribute = "/Faktura/Naglowek/KodFormularza/@kodSystemowy";
    assert!(report.issues().iter().any(|issue| issue.path() == attribute));
}

#[test]
fn what_is_wrong_in_the_xml_has_its_code() {
    for (text, wanted) in [
        ("a]]>b", Code::WellFormed),
        ("<!-- a -- b -->", Code::WellFormed),
        ("<b></P_2>", Code::EndTag),
        ("</b>", Code::EndTag),
        ("<1/>", Code::Name),
        ("<x:b/>", Code::Namespace),
        ("<b c='1' c='2'/>", Code::AttributeSyntax),
        ("<b c=1/>", Code::AttributeSyntax),
        ("<b c='&d;'/>", Code::Entity),
        ("<!ELEMENT a>", Code::WellFormed),
    ] {
        assert!(codes(with_p_2(text)).contains(&wanted), "{text}");
    }
    let valid = report(with_p_2("<![CDATA[A & B]]>"));
    assert!(valid.is_valid());
    assert_eq!(valid.issues()[0].code(), Code::Cdata);
    assert!(report(with_p_2("<!-- a --> &lt;&#380;&gt; ")).is_valid());
}

#[test]
fn there_are_never_more_issues_than_allowed() {
    let many = INVOICE.replace("<FaWiersz>", &"<Wrong/>".repeat(100_000));
    let found = codes(many);
    assert_eq!((found.len(), found.last()), (usize::from(MAX_ISSUES) + 1, Some(&Code::More)));
    let many = with_p_2(&"\u{81}a".repeat(100_000));
    assert_eq!(codes(many).last(), Some(&Code::More));
}

#[test]
fn the_limit_depends_on_the_attachment() {
    let padding = format!("<!--{}-->", " ".repeat(1_000_000));
    assert_eq!(codes(format!("{INVOICE}{padding}")), [Code::Size]);
    let attachment = "<Zalacznik><BlokDanych><MetaDane><ZKlucz>a</ZKlucz><ZWartosc>b</ZWartosc>\
                      </MetaDane></BlokDanych></Zalacznik></Faktura>";
    let with_attachment = INVOICE.replace("</Faktura>", attachment);
    assert_eq!(report(format!("{with_attachment}{padding}")).issues(), []);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ksef_tests::suite::cases(2_000, 100_000)))]

    #[test]
    fn no_change_of_bytes_makes_it_panic(
        changes in proptest::collection::vec((0..INVOICE.len(), any::<u8>()), 1..6),
        cut in 0..INVOICE.len(),
    ) {
        let mut bytes = INVOICE.as_bytes().to_vec();
        for (at, byte) in changes {
            bytes[at] = byte;
        }
        report(&bytes);
        report(&bytes[cut..]);
    }

    #[test]
    fn no_arrangement_of_markup_makes_it_panic(
        parts in proptest::collection::vec(
            proptest::sample::select(PARTS.to_vec()), 0..60,
        ),
    ) {
        let document = format!("<Faktura xmlns='{FA3}'>{}", parts.concat());
        report(&document);
        report(format!("{document}</Faktura>"));
    }

    #[test]
    fn no_value_of_the_document_is_in_the_report(secret in "[a-z]{12}") {
        let mut document = INVOICE.to_owned();
        for text in ["2026-03-02", "PLN", "VAT", "5260250274", "FA (3)", "Dostawa"] {
            document = document.replace(text, &secret);
        }
        document = document.replace("<P_16>", &format!("<{secret}/><P_16 {secret}='{secret}'>"));
        let report = report(&document);
        prop_assert!(!report.is_valid());
        let shown = format!("{report:?}");
        prop_assert!(!shown.contains(&secret));
        for issue in report.issues() {
            prop_assert!(!issue.text(Language::Polish).contains(&secret));
        }
    }
}

const PARTS: &[&str] = &[
    "<Naglowek>",
    "</Naglowek>",
    "<Fa>",
    "</Fa>",
    "<FaWiersz>",
    "</FaWiersz>",
    "<P_1>",
    "</P_1>",
    "<P_2/>",
    "<Podmiot3/>",
    "<Stopka/>",
    "</Faktura>",
    "<Faktura>",
    "text",
    " ",
    "&amp;",
    "&x;",
    "&",
    "<![CDATA[x]]>",
    "<!-- x -->",
    "<?x y?>",
    "<?xml version='1.0'?>",
    "<!DOCTYPE x>",
    "<x:y>",
    "</x:y>",
    "<a xmlns='' xmlns:x='urn:x'>",
    "</a>",
    "<",
    ">",
    "]]>",
    "\0",
    "\u{81}",
    "ż",
    "<KodFormularza kodSystemowy='x'>",
    "</KodFormularza>",
    "<P_12 xsi:nil='true'>",
    "<FaWiersz/>",
    "<NIP>1</NIP>",
];
