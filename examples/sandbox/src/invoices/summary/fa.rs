//! The summary of FA(2) and FA(3), from their model.

use ksef_core::{Amount, Currency};
use ksef_fa::Invoice;
use ksef_fa::model::{
    AuthorisedEntity, EuVatIdentity, PartyIdentity, ThirdParty, ThirdPartyIdentity, ThirdPartyRole,
    VatSummary, YesNo,
};
use rust_decimal::Decimal;

use super::{AuthorizedSubject, Identifier, Party, Seller, Summary, ThirdSubject};

pub(super) fn summary(invoice: &Invoice) -> Summary {
    let body = &invoice.body;
    let seller = &invoice.seller.identification;
    let buyer = &invoice.buyer.identification;
    Summary {
        form_code: invoice.version().schema().form_code(),
        invoice_number: body.p_2.to_string(),
        issue_date: body.p_1,
        invoice_type: body.kind.into(),
        seller: Seller { nip: seller.nip, name: Some(seller.name.to_string()) },
        buyer: Party {
            identifier: party_identifier(&buyer.identity),
            name: buyer.name.as_ref().map(ToString::to_string),
        },
        third_subjects: invoice.third_parties.iter().map(third_subject).collect(),
        authorized_subject: invoice.authorised_entity.as_ref().map(authorized_subject),
        currency: body.currency,
        net_amount: net_amount(&body.vat_summary),
        gross_amount: body.vat_summary.p_15.to_decimal(),
        vat_amount: vat_amount(&body.vat_summary, body.currency),
        is_self_invoicing: body.annotations.p_17 == YesNo::Yes,
        has_attachment: invoice.attachment.is_some(),
    }
}

fn party_identifier(identity: &PartyIdentity) -> Identifier {
    match identity {
        PartyIdentity::Nip(nip) => Identifier::Nip(nip.to_string()),
        PartyIdentity::EuVat(identity) => vat_ue(identity),
        PartyIdentity::Other(identity) => Identifier::Other(identity.number.to_string()),
        _ => Identifier::None,
    }
}

fn third_subject(party: &ThirdParty) -> ThirdSubject {
    let identifier = match &party.identification.identity {
        ThirdPartyIdentity::Nip(nip) => Identifier::Nip(nip.to_string()),
        ThirdPartyIdentity::InternalId(id) => Identifier::InternalId(id.to_string()),
        ThirdPartyIdentity::EuVat(identity) => vat_ue(identity),
        ThirdPartyIdentity::Other(identity) => Identifier::Other(identity.number.to_string()),
        _ => Identifier::None,
    };
    let role = match &party.role {
        ThirdPartyRole::Listed(role) => number(role.value().as_str()),
        _ => 0,
    };
    let name = party.identification.name.as_ref().map(ToString::to_string);
    ThirdSubject { identifier, name, role }
}

fn authorized_subject(entity: &AuthorisedEntity) -> AuthorizedSubject {
    AuthorizedSubject {
        nip: entity.identification.nip,
        name: Some(entity.identification.name.to_string()),
        role: number(entity.role.value().as_str()),
    }
}

fn vat_ue(identity: &EuVatIdentity) -> Identifier {
    Identifier::VatUe(format!("{}{}", identity.country, identity.number))
}

/// The codes of roles are small numbers.
fn number(code: &str) -> u8 {
    code.parse().unwrap_or_default()
}

/// All of `P_13_…`.
fn net_amount(summary: &VatSummary) -> Decimal {
    let VatSummary { basic, first_reduced, second_reduced, taxi, special_procedure, .. } = summary;
    sum([
        basic.as_ref().map(|rate| rate.p_13_1),
        first_reduced.as_ref().map(|rate| rate.p_13_2),
        second_reduced.as_ref().map(|rate| rate.p_13_3),
        taxi.as_ref().map(|rate| rate.p_13_4),
        special_procedure.as_ref().map(|rate| rate.p_13_5),
        summary.p_13_6_1,
        summary.p_13_6_2,
        summary.p_13_6_3,
        summary.p_13_7,
        summary.p_13_8,
        summary.p_13_9,
        summary.p_13_10,
        summary.p_13_11,
    ])
}

/// All of `P_14_…` in PLN: those with a `W`, or the others where the invoice itself is in PLN.
///
/// Tax in another currency without its amount in PLN is left out: nothing says what it is in PLN.
fn vat_amount(summary: &VatSummary, currency: Currency) -> Decimal {
    let in_pln = |amount: Amount, converted: Option<Amount>| {
        converted.or_else(|| (currency == Currency::Pln).then_some(amount))
    };
    let VatSummary { basic, first_reduced, second_reduced, taxi, special_procedure, .. } = summary;
    let foreign = special_procedure.as_ref().and_then(|rate| rate.p_14_5);
    sum([
        basic.as_ref().and_then(|rate| in_pln(rate.p_14_1, rate.p_14_1w)),
        first_reduced.as_ref().and_then(|rate| in_pln(rate.p_14_2, rate.p_14_2w)),
        second_reduced.as_ref().and_then(|rate| in_pln(rate.p_14_3, rate.p_14_3w)),
        taxi.as_ref().and_then(|rate| in_pln(rate.p_14_4, rate.p_14_4w)),
        foreign.and_then(|amount| in_pln(amount, None)),
    ])
}

/// Sixteen digits before the point leave room for many more summands than there are.
fn sum(amounts: impl IntoIterator<Item = Option<Amount>>) -> Decimal {
    amounts.into_iter().flatten().map(Amount::to_decimal).sum()
}
