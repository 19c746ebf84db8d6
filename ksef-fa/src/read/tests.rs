use ksef_core::Environment;

use super::*;

const INVOICE: &str = include_str!("../../benches/invoice.xml");

fn profile() -> Profile {
    Profile::new(Environment::Test, "2026-11-20".parse().unwrap())
}

/// The issues of a document, as code, path and line.
fn issues(document: &str) -> Vec<(&'static str, String, u32)> {
    let profile = profile();
    let report = Reader::new(document.as_bytes(), &profile).finish();
    let found = report.issues().iter();
    found
        .map(|issue| (issue.code().as_str(), issue.path().to_owned(), issue.position().line))
        .collect()
}

/// The same, without the lines.
fn found(document: &str) -> Vec<(&'static str, String)> {
    issues(document).into_iter().map(|(code, path, _)| (code, path)).collect()
}

fn one(code: &'static str, path: &str) -> Vec<(&'static str, String)> {
    vec![(code, path.to_owned())]
}

#[test]
fn a_document_is_read_element_by_element() {
    let profile = profile();
    let mut reader = Reader::new(INVOICE.as_bytes(), &profile);
    assert_eq!(reader.next_child(), Some("Faktura"));
    assert_eq!(reader.schema(), Some(Schema::Fa3));
    assert_eq!(reader.next_child(), Some("Naglowek"));
    assert_eq!(reader.next_child(), Some("KodFormularza"));
    assert_eq!(reader.attribute("kodSystemowy").as_deref(), Some("FA (3)"));
    assert_eq!(reader.attribute("other"), None);
    assert_eq!(reader.value().as_deref(), Some("FA"));
    assert_eq!(reader.next_child(), Some("WariantFormularza"));
    reader.skip();
    assert_eq!(reader.next_child(), Some("DataWytworzeniaFa"));
    assert_eq!(reader.next_child(), None);
    assert_eq!(reader.next_child(), Some("SystemInfo"));
    assert_eq!(reader.value().as_deref(), Some("ksef-fa"));
    assert_eq!(reader.next_child(), None);
    assert_eq!(reader.next_child(), Some("Podmiot1"));
    assert_eq!(reader.value(), None);
    assert_eq!(reader.next_child(), Some("Podmiot2"));
    reader.skip();
    assert_eq!(reader.next_child(), Some("Fa"));
    let report = reader.finish();
    assert_eq!(report.issues(), []);
}

#[test]
fn references_sections_and_comments_are_parts_of_a_value() {
    let profile = profile();
    let text = "  a &amp; b<!-- c --><![CDATA[ <d>]]>&#x20;\r\n e ";
    let document = INVOICE.replace("<P_2>ZM/2026/03/17", &format!("<P_2>{text}"));
    let mut reader = Reader::new(document.as_bytes(), &profile);
    reader.next_child();
    while reader.next_child() != Some("Fa") {
        reader.skip();
    }
    while reader.next_child() != Some("P_2") {
        reader.skip();
    }
    assert_eq!(reader.value().as_deref(), Some("a & b <d> e"));
    assert!(!reader.was_empty());
}

#[test]
fn an_empty_element_with_a_fixed_value_has_it() {
    let profile = profile();
    for prefix in ["<PrefiksPodatnika/>", "<PrefiksPodatnika></PrefiksPodatnika>"] {
        let document = INVOICE.replace("<Podmiot1>", &format!("<Podmiot1>{prefix}"));
        let mut reader = Reader::new(document.as_bytes(), &profile);
        reader.next_child();
        reader.next_child();
        reader.skip();
        assert_eq!(reader.next_child(), Some("Podmiot1"));
        assert_eq!(reader.next_child(), Some("PrefiksPodatnika"));
        assert_eq!(reader.value().as_deref(), Some("PL"));
        assert!(reader.was_empty());
        assert!(reader.finish().is_valid());
    }
}

#[test]
fn a_missing_element_is_reported_where_it_should_have_been() {
    let document = INVOICE.replace("<KodWaluty>PLN</KodWaluty>", "");
    assert_eq!(found(&document), one("S-MISSING", "/Faktura/Fa/KodWaluty"));
    let document = INVOICE.replace("    <GV>2</GV>\n", "");
    assert_eq!(issues(&document), [("S-MISSING", "/Faktura/Podmiot2/GV".to_owned(), 34)]);
    let document = INVOICE.replace("<P_16>2</P_16>", "").replace("<P_18>2</P_18>", "");
    let path = |name: &str| format!("/Faktura/Fa/Adnotacje/{name}");
    assert_eq!(found(&document), [("S-MISSING", path("P_16")), ("S-MISSING", path("P_18"))]);
}

#[test]
fn an_element_in_the_wrong_place_is_reported_and_the_rest_is_read() {
    let document = INVOICE.replace("<P_1>2026-03-02</P_1>", "");
    let document = document.replace("<P_15>", "<P_1>2026-03-02</P_1><P_15>");
    let expected = [("S-MISSING", "/Faktura/Fa/P_1"), ("S-UNEXPECTED", "/Faktura/Fa/P_1")];
    assert_eq!(found(&document), expected.map(|(code, path)| (code, path.to_owned())));
    let document = INVOICE.replace("<P_8A>szt.", "<Nieznany><P_7>x</P_7></Nieznany><P_8A>szt.");
    assert_eq!(found(&document), one("S-UNEXPECTED", "/Faktura/Fa/FaWiersz[1]/*"));
}

#[test]
fn surplus_elements_are_reported_once_for_a_run() {
    let document = INVOICE.replace("<P_15>", "<P_15>1</P_15><P_15>2</P_15><P_15>");
    assert_eq!(found(&document), one("S-TOO-MANY", "/Faktura/Fa/P_15"));
    let contact = "<DaneKontaktowe><Email>a@b</Email></DaneKontaktowe>";
    let document = INVOICE.replace("    <JST>", &format!("{}<JST>", contact.repeat(5)));
    assert_eq!(found(&document), one("S-TOO-MANY", "/Faktura/Podmiot2/DaneKontaktowe"));
}

#[test]
fn facets_are_reported_at_the_value_with_their_limits() {
    let document =
        INVOICE.replace("<P_12>23", "<P_12>24").replace("<P_1>2026-03-02", "<P_1>1999-12-31");
    let profile = profile();
    let report = Reader::new(document.as_bytes(), &profile).finish();
    let [date, rate] = report.issues() else { panic!("{:?}", report.issues()) };
    assert_eq!((date.code(), date.path()), (Code::TooSmall, "/Faktura/Fa/P_1"));
    assert_eq!(date.expected().collect::<Vec<_>>(), ["≥ 2006-01-01"]);
    assert_eq!((rate.code(), rate.path()), (Code::NotListed, "/Faktura/Fa/FaWiersz[2]/P_12"));
    let byte = usize::try_from(rate.position().byte).unwrap();
    assert!(document[byte..].starts_with("24"));
    assert!(rate.expected().any(|value| value == "0 KR"));
}

#[test]
fn attributes_are_held_to_the_schema() {
    let path = |name: &str| format!("/Faktura/Naglowek/KodFormularza/@{name}");
    let with = |new: &str| found(&INVOICE.replace("wersjaSchemy=\"1-0E\"", new));
    assert_eq!(with(""), one("S-ATTRIBUTE-MISSING", &path("wersjaSchemy")));
    assert_eq!(with("wersjaSchemy='1'"), one("S-ATTRIBUTE-FIXED", &path("wersjaSchemy")));
    assert_eq!(with("wersjaSchemy='1-0E' x='1'"), one("S-ATTRIBUTE", &path("*")));
    assert_eq!(with("wersjaSchemy='1-0E' xml:lang='pl'"), one("S-ATTRIBUTE", &path("*")));
    assert_eq!(with("wersjaSchemy='&#49;-0E'"), []);
}

#[test]
fn instance_attributes_are_taken_as_xml_schema_defines_them() {
    let root = "<Faktura xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xmlns:t='http://crd.gov.pl/wzor/2025/06/25/13775/' xsi:schemaLocation='a b' ";
    let with = |attribute: &str| {
        let document = INVOICE.replace("<Faktura ", root);
        found(&document.replace("<P_15>", &format!("<P_15 {attribute}>")))
    };
    let path = |name: &str| format!("/Faktura/Fa/P_15/@xsi:{name}");
    assert_eq!(with("xsi:type='t:TKwotowy'"), []);
    assert_eq!(with("xsi:type=' t:TKwotowy '"), []);
    assert_eq!(with("xsi:type='TKwotowy'"), []);
    assert_eq!(with("xsi:type='t:TKwotowy2'"), one("S-TYPE", &path("type")));
    assert_eq!(with("xsi:nil='false'"), one("S-NIL", &path("nil")));
}

#[test]
fn namespaces_may_be_bound_anywhere() {
    let target = Schema::Fa3.namespace();
    let prefixed = INVOICE.replace("<P_15>604.50</P_15>", "<x:P_15>604.50</x:P_15>");
    let bound = prefixed.replace("<x:P_15>", &format!("<x:P_15 xmlns:x='{target}'>"));
    assert_eq!(found(&bound), []);
    assert_eq!(found(&prefixed)[0].0, "X-NAMESPACE");
    let foreign = INVOICE.replace("<P_15>", "<P_15 xmlns='urn:x'>");
    assert_eq!(found(&foreign)[0], ("S-NAMESPACE", "/Faktura/Fa/P_15".to_owned()));
}

#[test]
fn text_and_elements_are_where_they_may_be() {
    let document = INVOICE.replace("<P_15>", "x<P_15>");
    assert_eq!(found(&document), one("S-TEXT", "/Faktura/Fa"));
    let document = INVOICE.replace("<P_15>604.50", "<P_15>604<b/>.50");
    assert_eq!(found(&document), one("S-CHILD", "/Faktura/Fa/P_15"));
    let document = INVOICE.replace("<P_15>", "&#32;<![CDATA[ ]]><P_15>");
    assert_eq!(found(&document), one("X-CDATA", "/Faktura/Fa"));
}

#[test]
fn what_dotnet_refuses_is_said_beside_the_schema() {
    let emoji = format!("<P_2>{}", "🧾".repeat(200));
    let document = INVOICE.replace("<P_2>ZM/2026/03/17", &emoji);
    assert_eq!(found(&document), one("S-LEN-UTF16", "/Faktura/Fa/P_2"));
    let document = INVOICE.replace("T09:30:00Z", "T24:00:00Z");
    assert_eq!(found(&document), one("S-MIDNIGHT", "/Faktura/Naglowek/DataWytworzeniaFa"));
}

#[test]
fn a_wrong_end_tag_ends_what_it_names() {
    let document = INVOICE.replace("</P_12>\n    </FaWiersz>", "</FaWiersz>");
    let path = |line| format!("/Faktura/Fa/FaWiersz[{line}]/P_12");
    assert_eq!(found(&document), [("X-ENDTAG", path(1)), ("X-ENDTAG", path(2))]);
}
