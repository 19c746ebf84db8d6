use ksef_core::FormCode;

use super::*;
use crate::test_client::{invoice, now};

const PEPPOL: &str = "<Invoice xmlns=\"urn:oasis:names:specification:ubl:schema:xsd:Invoice-2\" \
    xmlns:b=\"urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2\" \
    xmlns:a=\"urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2\">\
    <b:ID>P/1</b:ID><b:IssueDate>2026-05-04</b:IssueDate><a:AccountingSupplierParty><a:Party>\
    <a:PartyTaxScheme><b:CompanyID>PL1111111111</b:CompanyID></a:PartyTaxScheme></a:Party>\
    </a:AccountingSupplierParty><a:AccountingCustomerParty><a:Party><a:PartyTaxScheme>\
    <b:CompanyID>DE123456789</b:CompanyID></a:PartyTaxScheme></a:Party>\
    </a:AccountingCustomerParty></Invoice>";

const FARMER: &str = "<Faktura xmlns=\"http://crd.gov.pl/wzor/2026/03/06/14189/\"><Naglowek>\
    <KodFormularza kodSystemowy=\"FA_RR (1)\" wersjaSchemy=\"1-1E\">FA_RR</KodFormularza>\
    <WariantFormularza>1</WariantFormularza><DataWytworzeniaFa>2026-11-20T10:00:00Z\
    </DataWytworzeniaFa></Naglowek><Podmiot1><DaneIdentyfikacyjne><NIP>5265877635</NIP>\
    <Nazwa>Rolnik</Nazwa></DaneIdentyfikacyjne><Adres><KodKraju>PL</KodKraju><AdresL1>Wieś\
    </AdresL1></Adres></Podmiot1><Podmiot2><DaneIdentyfikacyjne><NIP>1111111111</NIP>\
    <Nazwa>Skup</Nazwa></DaneIdentyfikacyjne><Adres><KodKraju>PL</KodKraju><AdresL1>Miasto\
    </AdresL1></Adres></Podmiot2><FakturaRR><KodWaluty>PLN</KodWaluty><P_4B>2026-11-20</P_4B>\
    <P_4C>RR/1</P_4C><P_11_1>100</P_11_1><P_11_2>7</P_11_2><P_12_1>107</P_12_1><P_12_2>sto \
    siedem</P_12_2><RodzajFaktury>VAT_RR</RodzajFaktury></FakturaRR></Faktura>";

fn rules(form_code: FormCode) -> Rules {
    Rules {
        form_code,
        environment: Environment::Test,
        today: now().warsaw_date(),
        session: SessionKind::Online,
        validates_identifiers: false,
        allows_attachments: false,
        max_bytes: 1_000_000,
        max_bytes_with_attachment: 3_000_000,
    }
}

fn opinion_on(document: &str, rules: &Rules) -> Opinion {
    judge(Bytes::from(document.to_owned()), rules).opinion
}

fn code(opinion: &Opinion) -> u16 {
    match opinion {
        Opinion::Sound => 200,
        Opinion::Meaningless(rejection) | Opinion::Unacceptable(rejection) => rejection.code,
    }
}

#[test]
fn a_peppol_document_only_has_to_be_xml_that_names_its_parties() {
    let rules = rules(FormCode::Pef3);
    assert_eq!(opinion_on(PEPPOL, &rules), Opinion::Sound);
    let cut = PEPPOL.replace("</Invoice>", "");
    let refused = Opinion::Unacceptable(Rejection::new(450, messages::INVALID_XML));
    assert_eq!(opinion_on(&cut, &rules), refused);
    let nameless = PEPPOL.replace("P/1", "");
    for other in [nameless.as_str(), &invoice("1"), FARMER, "<Invoice/>"] {
        assert_eq!(code(&opinion_on(other, &rules)), 450, "{other}");
    }
    let tomorrow = PEPPOL.replace("2026-05-04", "2026-11-21");
    assert!(matches!(opinion_on(&tomorrow, &rules), Opinion::Meaningless(_)));
}

#[test]
fn a_peppol_document_is_of_another_schema_elsewhere() {
    assert_eq!(code(&opinion_on(PEPPOL, &rules(FormCode::Fa3))), 450);
    assert_eq!(code(&opinion_on(PEPPOL, &rules(FormCode::FaRr1))), 450);
}

#[test]
fn the_invoice_of_a_farmer_is_held_against_its_schema() {
    let mut rules = rules(FormCode::FaRr1);
    assert_eq!(opinion_on(FARMER, &rules), Opinion::Sound);
    assert_eq!(code(&opinion_on(&FARMER.replace("<P_4C>RR/1</P_4C>", ""), &rules)), 450);
    let other_digit = FARMER.replace("5265877635", "5265877636");
    assert_eq!(opinion_on(&other_digit, &rules), Opinion::Sound);
    rules.validates_identifiers = true;
    assert!(matches!(opinion_on(&other_digit, &rules), Opinion::Meaningless(_)));
}

#[test]
fn attachments_need_a_batch_or_a_technical_correction_and_consent() {
    let attachment = "<Zalacznik><BlokDanych><MetaDane><ZKlucz>a</ZKlucz><ZWartosc>b</ZWartosc>\
                      </MetaDane></BlokDanych></Zalacznik></Faktura>";
    let document = invoice("1").replace("</Faktura>", attachment);
    for (session, allows_attachments, expected) in [
        (SessionKind::Online, true, 415),
        (SessionKind::Batch, false, 415),
        (SessionKind::Batch, true, 200),
        (SessionKind::TechnicalCorrection, true, 200),
    ] {
        let rules = Rules { session, allows_attachments, ..rules(FormCode::Fa3) };
        assert_eq!(code(&opinion_on(&document, &rules)), expected, "{session:?}");
    }
    let large = document.replace("</Faktura>", &format!("{}</Faktura>", " ".repeat(1_000_000)));
    let rules =
        Rules { session: SessionKind::Batch, allows_attachments: true, ..rules(FormCode::Fa3) };
    assert_eq!(code(&opinion_on(&large, &rules)), 200);
}
