use ksef_core::{Environment, InvoiceDate};
use ksef_fa::{Invoice, Profile, Schema};
use serde_json::json;

use super::*;

/// An invoice whose parts can be replaced.
#[expect(clippy::too_many_arguments, reason = "they are the parts, in their order")]
fn fa3(buyer: &str, parties: &str, currency: &str, amounts: &str, p_17: u8, kind: &str) -> String {
    format!(
        "<Faktura xmlns=\"{}\"><Naglowek><KodFormularza kodSystemowy=\"FA (3)\" \
         wersjaSchemy=\"1-0E\">FA</KodFormularza><WariantFormularza>3</WariantFormularza>\
         <DataWytworzeniaFa>2026-03-02T09:30:00Z</DataWytworzeniaFa></Naglowek><Podmiot1>\
         <DaneIdentyfikacyjne><NIP>1111111111</NIP><Nazwa>Sprzedawca</Nazwa></DaneIdentyfikacyjne>\
         <Adres><KodKraju>PL</KodKraju><AdresL1>Warszawa</AdresL1></Adres></Podmiot1><Podmiot2>\
         <DaneIdentyfikacyjne>{buyer}</DaneIdentyfikacyjne><JST>2</JST><GV>2</GV></Podmiot2>\
         {parties}<Fa><KodWaluty>{currency}</KodWaluty><P_1>2026-03-02</P_1><P_2>FV 1/03</P_2>\
         {amounts}<Adnotacje><P_16>2</P_16><P_17>{p_17}</P_17><P_18>2</P_18><P_18A>2</P_18A>\
         <Zwolnienie><P_19N>1</P_19N></Zwolnienie><NoweSrodkiTransportu><P_22N>1</P_22N>\
         </NoweSrodkiTransportu><P_23>2</P_23><PMarzy><P_PMarzyN>1</P_PMarzyN></PMarzy></Adnotacje>\
         <RodzajFaktury>{kind}</RodzajFaktury></Fa></Faktura>",
        Schema::Fa3.namespace()
    )
}

const AMOUNTS: &str = "<P_13_1>100.10</P_13_1><P_14_1>23.02</P_14_1><P_13_7>5</P_13_7>\
                       <P_15>128.12</P_15>";
const NOBODY: &str = "<BrakID>1</BrakID>";

fn summary(xml: &str) -> Summary {
    let today: InvoiceDate = "2026-11-20".parse().unwrap();
    let profile = Profile::new(Environment::Test, today);
    let invoice = Invoice::from_xml(xml.as_bytes(), &profile).unwrap();
    Summary::of(&FormCode::Fa3, xml.as_bytes(), Some(&invoice)).unwrap()
}

#[test]
fn a_buyer_is_told_by_each_kind_of_identifier() {
    let identifier = |buyer| {
        let buyer = summary(&fa3(buyer, "", "PLN", AMOUNTS, 2, "VAT")).buyer;
        serde_json::to_value(buyer.identifier).unwrap()
    };
    let nip = "<NIP>2222222222</NIP><Nazwa>N</Nazwa>";
    assert_eq!(identifier(nip), json!({ "type": "Nip", "value": "2222222222" }));
    let vat_ue = "<KodUE>DE</KodUE><NrVatUE>123456789</NrVatUE>";
    assert_eq!(identifier(vat_ue), json!({ "type": "VatUe", "value": "DE123456789" }));
    let other = "<KodKraju>US</KodKraju><NrID>EIN 1</NrID>";
    assert_eq!(identifier(other), json!({ "type": "Other", "value": "EIN 1" }));
    assert_eq!(identifier(NOBODY), json!({ "type": "None" }));
}

#[test]
fn amounts_are_exact_and_the_tax_is_in_pln() {
    let pln = summary(&fa3(NOBODY, "", "PLN", AMOUNTS, 2, "VAT"));
    assert_eq!(pln.net_amount.to_string(), "105.10");
    assert_eq!(pln.gross_amount.to_string(), "128.12");
    assert_eq!(pln.vat_amount.to_string(), "23.02");

    let converted = "<P_13_1>100</P_13_1><P_14_1>23</P_14_1><P_14_1W>98.44</P_14_1W>\
                     <P_15>123</P_15>";
    let eur = summary(&fa3(NOBODY, "", "EUR", converted, 2, "VAT"));
    assert_eq!((eur.currency, eur.vat_amount.to_string()), (Currency::Eur, "98.44".to_owned()));

    let unconverted = "<P_13_1>100</P_13_1><P_14_1>23</P_14_1><P_15>123</P_15>";
    let eur = summary(&fa3(NOBODY, "", "EUR", unconverted, 2, "VAT"));
    assert_eq!(eur.vat_amount, Decimal::ZERO);
}

#[test]
fn third_subjects_and_the_authorized_subject_have_their_roles() {
    let parties = "<Podmiot3><DaneIdentyfikacyjne><IDWew>1111111111-00001</IDWew>\
        <Nazwa>Oddział</Nazwa></DaneIdentyfikacyjne><Rola>10</Rola></Podmiot3><Podmiot3>\
        <DaneIdentyfikacyjne><BrakID>1</BrakID></DaneIdentyfikacyjne><RolaInna>1</RolaInna>\
        <OpisRoli>gość</OpisRoli></Podmiot3><PodmiotUpowazniony><DaneIdentyfikacyjne>\
        <NIP>3333333333</NIP><Nazwa>Komornik</Nazwa></DaneIdentyfikacyjne><Adres>\
        <KodKraju>PL</KodKraju><AdresL1>Kraków</AdresL1></Adres><RolaPU>2</RolaPU>\
        </PodmiotUpowazniony>";
    let summary = summary(&fa3(NOBODY, parties, "PLN", AMOUNTS, 2, "VAT"));
    assert_eq!(
        serde_json::to_value(&summary.third_subjects).unwrap(),
        json!([
            {
                "identifier": { "type": "InternalId", "value": "1111111111-00001" },
                "name": "Oddział",
                "role": 10,
            },
            { "identifier": { "type": "None" }, "role": 0 },
        ])
    );
    assert_eq!(
        serde_json::to_value(&summary.authorized_subject).unwrap(),
        json!({ "nip": "3333333333", "name": "Komornik", "role": 2 })
    );
    assert_eq!(summary.internal_ids().collect::<Vec<_>>(), ["1111111111-00001"]);
}

#[test]
fn seller_kind_and_number_tell_duplicates_and_nothing_else_does() {
    let first = summary(&fa3(NOBODY, "", "PLN", AMOUNTS, 2, "VAT"));
    let other_buyer = "<NIP>2222222222</NIP><Nazwa>N</Nazwa>";
    let second = summary(&fa3(other_buyer, "", "EUR", AMOUNTS, 1, "VAT"));
    assert!(second.is_self_invoicing && !first.is_self_invoicing);
    assert_eq!(first.duplicate_key(), second.duplicate_key());
    let settling = summary(&fa3(NOBODY, "", "PLN", AMOUNTS, 2, "ROZ"));
    assert_eq!(settling.invoice_type, InvoiceType::Roz);
    assert_ne!(first.duplicate_key(), settling.duplicate_key());
}

#[test]
fn a_summary_survives_the_state_file() {
    let summary = summary(&fa3(NOBODY, "", "EUR", AMOUNTS, 2, "VAT"));
    let json = serde_json::to_string(&summary).unwrap();
    assert_eq!(serde_json::from_str::<Summary>(&json).unwrap(), summary);
}

#[test]
fn the_invoice_of_a_farmer_is_read_from_its_tree() {
    let xml = "<f:Faktura xmlns:f=\"http://crd.gov.pl/wzor/2026/03/06/14189/\"><f:Podmiot1>\
        <f:DaneIdentyfikacyjne><f:NIP>1111111111</f:NIP><f:Nazwa>Rolnik</f:Nazwa>\
        </f:DaneIdentyfikacyjne></f:Podmiot1><f:Podmiot2><f:DaneIdentyfikacyjne>\
        <f:NIP>2222222222</f:NIP></f:DaneIdentyfikacyjne></f:Podmiot2><f:Podmiot3>\
        <f:DaneIdentyfikacyjne><f:IDWew>2222222222-00001</f:IDWew></f:DaneIdentyfikacyjne>\
        <f:Rola>2</f:Rola></f:Podmiot3><f:FakturaRR><f:KodWaluty>PLN</f:KodWaluty>\
        <f:P_4B>2026-05-04</f:P_4B><f:P_4C>RR/1</f:P_4C><f:P_11_1>100.00</f:P_11_1>\
        <f:P_11_2>7.00</f:P_11_2><f:P_12_1>107.00</f:P_12_1>\
        <f:RodzajFaktury>KOR_VAT_RR</f:RodzajFaktury></f:FakturaRR></f:Faktura>";
    let summary = Summary::of(&FormCode::FaRr1, xml.as_bytes(), None).unwrap();
    assert_eq!(summary.duplicate_key(), "1111111111 KorVatRr RR/1");
    assert_eq!(summary.buyer.identifier, Identifier::Nip("2222222222".to_owned()));
    assert_eq!(summary.vat_amount.to_string(), "7.00");
    assert_eq!(summary.internal_ids().count(), 1);
    assert_eq!(Summary::of(&FormCode::FaRr1, b"<Faktura/>", None), None);
}

#[test]
fn of_a_peppol_invoice_the_parties_the_number_and_the_totals_are_read() {
    let xml = "<Invoice><ID>P/1</ID><IssueDate>2026-05-04</IssueDate>\
        <DocumentCurrencyCode>EUR</DocumentCurrencyCode><AccountingSupplierParty><Party>\
        <PartyTaxScheme><CompanyID>PL1111111111</CompanyID></PartyTaxScheme><PartyLegalEntity>\
        <RegistrationName>S</RegistrationName></PartyLegalEntity></Party>\
        </AccountingSupplierParty><AccountingCustomerParty><Party><PartyTaxScheme>\
        <CompanyID>DE123456789</CompanyID></PartyTaxScheme></Party></AccountingCustomerParty>\
        <TaxTotal><TaxAmount currencyID=\"EUR\">23.00</TaxAmount></TaxTotal><TaxTotal>\
        <TaxAmount currencyID=\"PLN\">99.00</TaxAmount></TaxTotal><LegalMonetaryTotal>\
        <TaxExclusiveAmount>100.00</TaxExclusiveAmount>\
        <TaxInclusiveAmount>123.00</TaxInclusiveAmount></LegalMonetaryTotal></Invoice>";
    let summary = Summary::of(&FormCode::Pef3, xml.as_bytes(), None).unwrap();
    assert_eq!(summary.duplicate_key(), "1111111111 VatPef P/1");
    assert_eq!(summary.seller.name.as_deref(), Some("S"));
    assert_eq!(summary.buyer.identifier, Identifier::VatUe("DE123456789".to_owned()));
    assert_eq!(summary.vat_amount.to_string(), "99.00");
    assert_eq!(summary.gross_amount.to_string(), "123.00");
}
