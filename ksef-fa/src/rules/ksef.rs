//! What KSeF checks beyond the schema.

use ksef_core::{Environment, Nip};

use super::context::Setting;
use super::facts::Facts;
use super::{Findings, indexed};
use crate::SessionKind;
use crate::model::{PartyIdentity, ThirdPartyIdentity, YesNo};

/// Issued on a day that has not come in Poland.
pub(super) fn future_date(facts: &Facts<'_>, setting: &Setting<'_>, findings: &mut Findings) {
    if facts.body.p_1 > setting.profile.today() {
        findings.at("Fa/P_1");
    }
}

/// A NIP whose check digit is wrong.
pub(super) fn nip_check_digits(facts: &Facts<'_>, setting: &Setting<'_>, findings: &mut Findings) {
    if !checks_identifiers(setting) {
        return;
    }
    let invoice = facts.invoice;
    let mut check = |nip: &Nip, party: &dyn core::fmt::Display| {
        if !nip.has_valid_check_digit() {
            findings.at(format_args!("{party}/DaneIdentyfikacyjne/NIP"));
        }
    };
    check(&invoice.seller.identification.nip, &"Podmiot1");
    if let PartyIdentity::Nip(nip) = facts.buyer() {
        check(nip, &"Podmiot2");
    }
    for (index, party) in indexed(&invoice.third_parties) {
        if let ThirdPartyIdentity::Nip(nip) = &party.identification.identity {
            check(nip, &format_args!("Podmiot3[{index}]"));
        }
    }
    if let Some(entity) = &invoice.authorised_entity {
        check(&entity.identification.nip, &"PodmiotUpowazniony");
    }
}

/// An internal identifier whose check digits are wrong.
pub(super) fn internal_ids(facts: &Facts<'_>, setting: &Setting<'_>, findings: &mut Findings) {
    if !checks_identifiers(setting) {
        return;
    }
    for (index, party) in indexed(&facts.invoice.third_parties) {
        let identity = &party.identification.identity;
        if matches!(identity, ThirdPartyIdentity::InternalId(id) if !id.has_valid_check_digits()) {
            findings.at(format_args!("Podmiot3[{index}]/DaneIdentyfikacyjne/IDWew"));
        }
    }
}

fn checks_identifiers(setting: &Setting<'_>) -> bool {
    setting.profile.environment() == Environment::Production || setting.context.checks_identifiers()
}

/// A number that KSeF has already.
pub(super) fn duplicate(facts: &Facts<'_>, setting: &Setting<'_>, findings: &mut Findings) {
    if setting.context.has_seen(facts.invoice) {
        findings.at("Fa/P_2");
    }
}

/// An attachment where KSeF takes none.
pub(super) fn attachment(facts: &Facts<'_>, setting: &Setting<'_>, findings: &mut Findings) {
    let is_online = setting.profile.session() == SessionKind::Online;
    let is_forbidden = is_online || setting.context.forbids_attachments();
    if facts.invoice.attachment.is_some() && is_forbidden {
        findings.at("Zalacznik");
    }
}

/// A seller that the sender may not issue for.
pub(super) fn permission(facts: &Facts<'_>, setting: &Setting<'_>, findings: &mut Findings) {
    let is_self_billing = facts.body.annotations.p_17 == YesNo::Yes;
    let seller = &facts.invoice.seller.identification.nip;
    if setting.context.may_issue(seller, is_self_billing) == Some(false) {
        findings.at("Podmiot1/DaneIdentyfikacyjne/NIP");
    }
}

/// A structure that the environment does not take.
pub(super) fn accepted_schema(facts: &Facts<'_>, setting: &Setting<'_>, findings: &mut Findings) {
    let form_code = facts.invoice.version().schema().form_code();
    if !form_code.accepted_in(setting.profile.environment()) {
        findings.at("Naglowek/KodFormularza");
    }
}
