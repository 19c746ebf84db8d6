//! The summary of documents without a model, from their tree: `FA_RR(1)`, and Peppol's.
//!
//! Of a Peppol invoice is read what a summary needs; nothing else of it is looked at.

use ksef_core::{Currency, FormCode, Nip};
use roxmltree::{Document, Node};
use rust_decimal::Decimal;

use super::{Identifier, InvoiceType, Party, Seller, Summary, ThirdSubject};

/// The invoice of a flat-rate farmer.
pub(super) fn farmers_invoice(document: &[u8]) -> Option<Summary> {
    let document = Document::parse(str::from_utf8(document).ok()?).ok()?;
    let root = document.root_element();
    let body = child(root, "FakturaRR")?;
    let currency = value(body, "KodWaluty")?.parse().ok()?;
    let in_pln = if currency == Currency::Pln { value(body, "P_11_2") } else { None };
    let buyer = child(root, "Podmiot2")?;
    Some(Summary {
        form_code: FormCode::FaRr1,
        invoice_number: value(body, "P_4C")?.to_owned(),
        issue_date: value(body, "P_4B")?.parse().ok()?,
        invoice_type: match value(body, "RodzajFaktury")? {
            "KOR_VAT_RR" => InvoiceType::KorVatRr,
            _ => InvoiceType::VatRr,
        },
        seller: farmer(child(root, "Podmiot1")?)?,
        buyer: Party { identifier: identifier(buyer), name: name(buyer) },
        third_subjects: children(root, "Podmiot3").map(third_subject).collect(),
        authorized_subject: None,
        currency,
        net_amount: decimal(value(body, "P_11_1")),
        gross_amount: decimal(value(body, "P_12_1")),
        vat_amount: decimal(value(body, "P_11_2W").or(in_pln)),
        is_self_invoicing: false,
        has_attachment: false,
    })
}

/// A Peppol invoice or its correction.
pub(super) fn peppol_invoice(form_code: &FormCode, document: &[u8]) -> Option<Summary> {
    let document = Document::parse(str::from_utf8(document).ok()?).ok()?;
    let root = document.root_element();
    let total = child(root, "LegalMonetaryTotal");
    let currency = value(root, "DocumentCurrencyCode").and_then(|code| code.parse().ok());
    let taxes = children(root, "TaxTotal").filter_map(|total| child(total, "TaxAmount"));
    let tax = taxes.clone().find(|amount| amount.attribute("currencyID") == Some("PLN"));
    let supplier = child(child(root, "AccountingSupplierParty")?, "Party")?;
    let customer = child(child(root, "AccountingCustomerParty")?, "Party")?;
    let is_correction = *form_code == FormCode::PefKor3;
    Some(Summary {
        form_code: form_code.clone(),
        invoice_number: value(root, "ID")?.to_owned(),
        issue_date: value(root, "IssueDate")?.parse().ok()?,
        invoice_type: if is_correction { InvoiceType::KorPef } else { InvoiceType::VatPef },
        seller: Seller { nip: peppol_nip(supplier)?, name: peppol_name(supplier) },
        buyer: Party { identifier: peppol_identifier(customer), name: peppol_name(customer) },
        third_subjects: Vec::new(),
        authorized_subject: None,
        currency: currency.unwrap_or(Currency::Pln),
        net_amount: decimal(total.and_then(|total| value(total, "TaxExclusiveAmount"))),
        gross_amount: decimal(total.and_then(|total| value(total, "TaxInclusiveAmount"))),
        vat_amount: decimal(tax.and_then(|amount| amount.text()).map(str::trim)),
        is_self_invoicing: false,
        has_attachment: false,
    })
}

fn farmer(party: Node<'_, '_>) -> Option<Seller> {
    let nip = value(child(party, "DaneIdentyfikacyjne")?, "NIP")?;
    Some(Seller { nip: Nip::for_test_environment(nip).ok()?, name: name(party) })
}

fn third_subject(party: Node<'_, '_>) -> ThirdSubject {
    let role = value(party, "Rola").and_then(|role| role.parse().ok());
    ThirdSubject {
        identifier: identifier(party),
        name: name(party),
        role: role.unwrap_or_default(),
    }
}

fn identifier(party: Node<'_, '_>) -> Identifier {
    let Some(identification) = child(party, "DaneIdentyfikacyjne") else {
        return Identifier::None;
    };
    let nip = value(identification, "NIP").map(|nip| Identifier::Nip(nip.to_owned()));
    let internal_id = value(identification, "IDWew");
    nip.or_else(|| internal_id.map(|id| Identifier::InternalId(id.to_owned())))
        .unwrap_or(Identifier::None)
}

fn name(party: Node<'_, '_>) -> Option<String> {
    value(child(party, "DaneIdentyfikacyjne")?, "Nazwa").map(str::to_owned)
}

/// The VAT number of a Peppol party, with its country in front.
fn peppol_vat_number<'a>(party: Node<'a, '_>) -> Option<&'a str> {
    children(party, "PartyTaxScheme").find_map(|scheme| value(scheme, "CompanyID"))
}

fn peppol_nip(party: Node<'_, '_>) -> Option<Nip> {
    let number = peppol_vat_number(party)?;
    Nip::for_test_environment(number.strip_prefix("PL").unwrap_or(number)).ok()
}

fn peppol_identifier(party: Node<'_, '_>) -> Identifier {
    if let Some(nip) = peppol_nip(party) {
        return Identifier::Nip(nip.to_string());
    }
    let vat_number = peppol_vat_number(party);
    vat_number.map_or(Identifier::None, |number| Identifier::VatUe(number.to_owned()))
}

fn peppol_name(party: Node<'_, '_>) -> Option<String> {
    let entity = child(party, "PartyLegalEntity");
    let registered = entity.and_then(|entity| value(entity, "RegistrationName"));
    let other = || value(child(party, "PartyName")?, "Name");
    registered.or_else(other).map(str::to_owned)
}

fn children<'a, 'i>(
    parent: Node<'a, 'i>,
    name: &'static str,
) -> impl Iterator<Item = Node<'a, 'i>> + Clone {
    parent.children().filter(move |node| node.is_element() && node.tag_name().name() == name)
}

fn child<'a, 'i>(parent: Node<'a, 'i>, name: &'static str) -> Option<Node<'a, 'i>> {
    children(parent, name).next()
}

fn value<'a>(parent: Node<'a, '_>, name: &'static str) -> Option<&'a str> {
    child(parent, name)?.text().map(str::trim)
}

/// What is missing is nothing.
fn decimal(text: Option<&str>) -> Decimal {
    text.and_then(|text| text.parse().ok()).unwrap_or_default()
}
