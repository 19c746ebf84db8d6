//! Who is on the invoice.

use ksef_core::{Nip, Percent};

use super::facts::Facts;
use super::{Findings, indexed};
use crate::model::{
    Buyer, EuCountryCode, OtherIdentity, PartyIdentity, Role, ThirdParty, ThirdPartyIdentity,
    ThirdPartyRole, YesNo,
};

/// `JST` is 1, and no third party is the unit.
pub(super) fn local_government(facts: &Facts<'_>, findings: &mut Findings) {
    let is_unit = |party: &ThirdParty| {
        has_role(party, Role::LocalGovernmentRecipient)
            && matches!(
                party.identification.identity,
                ThirdPartyIdentity::Nip(_) | ThirdPartyIdentity::InternalId(_)
            )
    };
    let is_claimed = is_yes(facts.invoice.buyer.jst.as_ref());
    if is_claimed && !facts.invoice.third_parties.iter().any(is_unit) {
        findings.at("Podmiot2/JST");
    }
}

/// `GV` is 1, and no third party is the member of the group, or it has the group's NIP.
pub(super) fn vat_group(facts: &Facts<'_>, findings: &mut Findings) {
    if !is_yes(facts.invoice.buyer.gv.as_ref()) {
        return;
    }
    let group = buyer_nip(&facts.invoice.buyer);
    let mut has_member = false;
    for (index, party) in indexed(&facts.invoice.third_parties) {
        if !has_role(party, Role::VatGroupRecipient) {
            continue;
        }
        has_member = true;
        if matches!(&party.identification.identity, ThirdPartyIdentity::Nip(nip) if Some(nip) == group)
        {
            findings.at(format_args!("Podmiot3[{index}]/DaneIdentyfikacyjne/NIP"));
        }
    }
    if !has_member {
        findings.at("Podmiot2/GV");
    }
}

/// A third party is a unit or a member of a group, and the buyer does not say so.
pub(super) fn unannounced_role(facts: &Facts<'_>, findings: &mut Findings) {
    let buyer = &facts.invoice.buyer;
    for (index, party) in indexed(&facts.invoice.third_parties) {
        let is_unit = has_role(party, Role::LocalGovernmentRecipient);
        let is_member = has_role(party, Role::VatGroupRecipient);
        if is_unit && !is_yes(buyer.jst.as_ref()) || is_member && !is_yes(buyer.gv.as_ref()) {
            findings.at(format_args!("Podmiot3[{index}]/Rola"));
        }
    }
}

/// A Polish number is where KSeF does not look for it.
pub(super) fn nip_in_other_field(facts: &Facts<'_>, findings: &mut Findings) {
    let misplaced = match facts.buyer() {
        PartyIdentity::EuVat(vat) if vat.country == EuCountryCode::Pl => Some("KodUE"),
        PartyIdentity::EuVat(vat) => is_prefixed_nip(vat.number.as_str()).then_some("NrVatUE"),
        PartyIdentity::Other(other) => is_polish_number(other).then_some("NrID"),
        PartyIdentity::Nip(_) | PartyIdentity::Absent(_) => None,
    };
    if let Some(element) = misplaced {
        findings.at(format_args!("Podmiot2/DaneIdentyfikacyjne/{element}"));
    }
    for (index, party) in indexed(&facts.invoice.third_parties) {
        let misplaced = match &party.identification.identity {
            ThirdPartyIdentity::EuVat(vat) if vat.country == EuCountryCode::Pl => Some("KodUE"),
            ThirdPartyIdentity::EuVat(vat) => {
                is_prefixed_nip(vat.number.as_str()).then_some("NrVatUE")
            }
            ThirdPartyIdentity::Other(other) => is_polish_number(other).then_some("NrID"),
            _ => None,
        };
        if let Some(element) = misplaced {
            findings.at(format_args!("Podmiot3[{index}]/DaneIdentyfikacyjne/{element}"));
        }
    }
}

/// A share of someone who is no additional buyer.
pub(super) fn share_of_other_role(facts: &Facts<'_>, findings: &mut Findings) {
    for (index, party) in indexed(&facts.invoice.third_parties) {
        if party.share.is_some() && !has_role(party, Role::AdditionalBuyer) {
            findings.at(format_args!("Podmiot3[{index}]/Udzial"));
        }
    }
}

/// The shares are more than all.
pub(super) fn sum_of_shares(facts: &Facts<'_>, findings: &mut Findings) {
    let mut sum = Percent::ZERO.to_decimal();
    for (index, party) in indexed(&facts.invoice.third_parties) {
        let Some(share) = &party.share else { continue };
        sum += share.value().to_decimal();
        if sum > Percent::HUNDRED.to_decimal() {
            findings.at(format_args!("Podmiot3[{index}]/Udzial"));
            return;
        }
    }
}

/// The buyer issues the invoice, and there is another issuer.
pub(super) fn self_billing(facts: &Facts<'_>, findings: &mut Findings) {
    if facts.body.annotations.p_17 != YesNo::Yes {
        return;
    }
    for (index, party) in indexed(&facts.invoice.third_parties) {
        if has_role(party, Role::Issuer) {
            findings.at(format_args!("Podmiot3[{index}]/Rola"));
        }
    }
}

/// An employee with a tax number, or without a name.
pub(super) fn employee(facts: &Facts<'_>, findings: &mut Findings) {
    for (index, party) in indexed(&facts.invoice.third_parties) {
        let identification = &party.identification;
        let is_allowed = matches!(
            identification.identity,
            ThirdPartyIdentity::Absent(_) | ThirdPartyIdentity::InternalId(_)
        );
        let is_complete = is_allowed && identification.name.is_some();
        if has_role(party, Role::Employee) && !is_complete {
            findings.at(format_args!("Podmiot3[{index}]/DaneIdentyfikacyjne"));
        }
    }
}

/// A buyer without name or address, where only a simplified invoice may do so.
pub(super) fn buyer_data(facts: &Facts<'_>, findings: &mut Findings) {
    if facts.kind() == ksef_core::InvoiceKind::Upr {
        return;
    }
    let buyer = &facts.invoice.buyer;
    if buyer.address.is_none() {
        findings.at("Podmiot2");
    }
    if buyer.identification.name.is_none() {
        findings.at("Podmiot2/DaneIdentyfikacyjne");
    }
}

/// A supply to another member state without the VAT numbers of both.
pub(super) fn intra_community_numbers(facts: &Facts<'_>, findings: &mut Findings) {
    if facts.is_intra_community_supply() {
        eu_numbers(facts, findings);
    }
}

/// A triangular transaction without the VAT numbers of both.
pub(super) fn triangular_numbers(facts: &Facts<'_>, findings: &mut Findings) {
    if facts.body.annotations.p_23 == YesNo::Yes {
        eu_numbers(facts, findings);
    }
}

fn eu_numbers(facts: &Facts<'_>, findings: &mut Findings) {
    if facts.invoice.seller.prefix.is_none() {
        findings.at("Podmiot1");
    }
    if !matches!(facts.buyer(), PartyIdentity::EuVat(_)) {
        findings.at("Podmiot2/DaneIdentyfikacyjne");
    }
}

/// Keys of buyers that do not pair.
pub(super) fn buyer_keys(facts: &Facts<'_>, findings: &mut Findings) {
    let buyer = facts.invoice.buyer.buyer_key.as_ref();
    let third = indexed(&facts.invoice.third_parties).filter_map(|(index, party)| {
        party.buyer_key.as_ref().map(|key| (format!("Podmiot3[{index}]"), key.as_str()))
    });
    let now: Vec<(String, &str)> =
        buyer.map(|key| ("Podmiot2".to_owned(), key.as_str())).into_iter().chain(third).collect();
    let former = facts.body.correction.as_ref().map_or(&[][..], |correction| &correction.buyers);
    let before: Vec<(String, &str)> = indexed(former)
        .filter_map(|(index, buyer)| {
            buyer.buyer_key.as_ref().map(|key| (format!("Fa/Podmiot2K[{index}]"), key.as_str()))
        })
        .collect();
    unpaired(&now, &before, findings);
    unpaired(&before, &now, findings);
}

/// Reports keys that occur twice on their side, or not at all on the other.
fn unpaired(keys: &[(String, &str)], others: &[(String, &str)], findings: &mut Findings) {
    for (at, (element, key)) in keys.iter().enumerate() {
        let is_repeated = keys.iter().take(at).any(|(_, other)| other == key);
        if is_repeated || !others.iter().any(|(_, other)| other == key) {
            findings.at(format_args!("{element}/IDNabywcy"));
        }
    }
}

/// A correction that changes the buyer's NIP.
pub(super) fn corrected_nip(facts: &Facts<'_>, findings: &mut Findings) {
    let Some(correction) = &facts.body.correction else { return };
    let buyer = &facts.invoice.buyer;
    for (index, former) in indexed(&correction.buyers) {
        if former.buyer_key != buyer.buyer_key {
            continue;
        }
        let nip = match &former.identification.identity {
            PartyIdentity::Nip(nip) => Some(nip),
            _ => None,
        };
        if nip != buyer_nip(buyer) {
            findings.at(format_args!("Fa/Podmiot2K[{index}]/DaneIdentyfikacyjne"));
        }
    }
}

const fn buyer_nip(buyer: &Buyer) -> Option<&Nip> {
    match &buyer.identification.identity {
        PartyIdentity::Nip(nip) => Some(nip),
        _ => None,
    }
}

pub(super) fn has_role(party: &ThirdParty, role: Role) -> bool {
    matches!(&party.role, ThirdPartyRole::Listed(listed) if *listed == role)
}

fn is_yes(answer: Option<&crate::model::Written<YesNo>>) -> bool {
    answer.is_some_and(|answer| *answer == YesNo::Yes)
}

/// Whether the text is a NIP with check digit, behind the prefix of Poland.
fn is_prefixed_nip(text: &str) -> bool {
    text.strip_prefix("PL").is_some_and(is_nip)
}

fn is_nip(text: &str) -> bool {
    text.parse::<Nip>().is_ok()
}

/// Whether the number is a NIP or an internal identifier. Other Polish numbers may stand there.
fn is_polish_number(other: &OtherIdentity) -> bool {
    let is_foreign = other.country.is_some_and(|country| country.as_str() != "PL");
    let digits: String = other.number.as_str().chars().filter(|c| !" -".contains(*c)).collect();
    let digits = digits.strip_prefix("PL").unwrap_or(&digits);
    // An internal identifier begins with the NIP and has five digits more.
    let nip = if digits.len() == 15 { digits.get(..10).unwrap_or_default() } else { digits };
    !is_foreign && is_nip(nip)
}
