//! Who buys: identity, name, address.

use ksef_core::{Nip, ParseErrorReason, VatUe};
use ksef_fa::builder::Party;
use ksef_fa::model::{CountryCode, OtherTaxId};

use super::Work;
use super::source::{compact, polish_number};
use super::text::pieces;
use crate::code::Code;
use crate::model::{Address, Customer, TaxId};
use crate::outcome::NoteKind;
use crate::policy::{Consumers, SupplyKind, TaxIdCountry};

/// The member states, without Poland.
const OTHER_MEMBER_STATES: [CountryCode; 26] = [
    CountryCode::At,
    CountryCode::Be,
    CountryCode::Bg,
    CountryCode::Cy,
    CountryCode::Cz,
    CountryCode::De,
    CountryCode::Dk,
    CountryCode::Ee,
    CountryCode::Es,
    CountryCode::Fi,
    CountryCode::Fr,
    CountryCode::Gr,
    CountryCode::Hr,
    CountryCode::Hu,
    CountryCode::Ie,
    CountryCode::It,
    CountryCode::Lt,
    CountryCode::Lu,
    CountryCode::Lv,
    CountryCode::Mt,
    CountryCode::Nl,
    CountryCode::Pt,
    CountryCode::Ro,
    CountryCode::Se,
    CountryCode::Si,
    CountryCode::Sk,
];

/// Whether it is a member state other than Poland.
pub(super) fn is_other_member_state(country: CountryCode) -> bool {
    OTHER_MEMBER_STATES.contains(&country)
}

/// What tax needs to know about the buyer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Place {
    /// A business with a NIP.
    Poland,
    /// A business with the VAT number of another member state.
    OtherMemberState,
    /// A business with a VAT number of Northern Ireland: a third country for services, a member
    /// state for goods.
    NorthernIreland,
    /// A business of another member state without its VAT number.
    MemberStateWithoutNumber,
    /// A business outside the EU.
    OutsideEu,
    /// Somebody without an identifier, in Poland.
    ConsumerInPoland,
    /// Somebody without an identifier, abroad.
    ConsumerAbroad,
}

impl Place {
    pub(super) const fn is_in_poland(self) -> bool {
        matches!(self, Self::Poland | Self::ConsumerInPoland)
    }

    pub(super) const fn is_consumer(self) -> bool {
        matches!(self, Self::ConsumerInPoland | Self::ConsumerAbroad)
    }
}

/// Who the buyer is.
#[derive(Clone, Debug, Eq, PartialEq)]
enum Identity {
    Nip(Nip),
    EuVat(VatUe),
    NorthernIreland(VatUe),
    Other(CountryCode, OtherTaxId),
}

impl Identity {
    /// The country of the identifier, as addresses name it.
    fn country(&self) -> Option<CountryCode> {
        match self {
            Self::Nip(_) => Some(CountryCode::Pl),
            Self::EuVat(number) => match number.country() {
                "EL" => Some(CountryCode::Gr),
                country => country.parse().ok(),
            },
            Self::NorthernIreland(_) => Some(CountryCode::Gb),
            Self::Other(country, _) => Some(*country),
        }
    }
}

/// The buyer of a document.
pub(super) struct Buyer {
    identity: Option<Identity>,
    name: String,
    country: CountryCode,
    lines: (String, Option<String>),
    pub(super) place: Place,
}

impl Buyer {
    /// As the document names him. `has_goods` says whether a line is goods.
    pub(super) fn party(&self, has_goods: bool) -> Party {
        let name = self.name.as_str();
        let party = match &self.identity {
            None => Party::consumer(name),
            Some(Identity::Nip(nip)) => Party::nip(*nip, name),
            Some(Identity::EuVat(number)) => Party::eu_vat(*number, name),
            Some(Identity::NorthernIreland(number)) if has_goods => Party::eu_vat(*number, name),
            Some(Identity::NorthernIreland(number)) => {
                Party::other_id(CountryCode::Xi, number.as_str(), name)
            }
            Some(Identity::Other(country, number)) => {
                Party::other_id(*country, number.clone(), name)
            }
        };
        let (first, second) = &self.lines;
        let party = party.address(self.country, first.as_str());
        match second {
            Some(second) => party.address_line_2(second.as_str()),
            None => party,
        }
    }
}

impl Work<'_> {
    /// The buyer, as far as everything about him can be read.
    pub(super) fn buyer(&mut self, customer: &Customer) -> Option<Buyer> {
        let (identity, has_id) = self.identity(customer);
        if !has_id && self.context.policies().consumers == Consumers::Skip {
            self.problems.push(Code::B2c, "/customer_tax_ids");
            return None;
        }
        let name = self.name(customer.name.as_deref());
        let country = self.country(customer.address.as_ref());
        if let (Some(identity), Some(country)) = (&identity, country) {
            self.check_country(identity, country);
        }
        let lines = self.address(customer.address.as_ref());
        let country = country?;
        let place = place(identity.as_ref(), country);
        Some(Buyer { identity, name: name?, country, lines: lines?, place })
    }

    /// The identity, and whether there is one at all, readable or not.
    fn identity(&mut self, customer: &Customer) -> (Option<Identity>, bool) {
        let mut found: Vec<(usize, Identity)> = Vec::new();
        let mut has_id = false;
        for (index, id) in customer.tax_ids.iter().enumerate() {
            if !is_usable(id) {
                continue;
            }
            has_id = true;
            match read(id) {
                Ok(identity) => {
                    if !found.iter().any(|(_, other)| *other == identity) {
                        found.push((index, identity));
                    }
                }
                Err(code) => self.problems.push(code, format!("/customer_tax_ids/{index}/value")),
            }
        }
        let is_nip = |(_, identity): &(usize, Identity)| matches!(identity, Identity::Nip(_));
        if found.iter().any(is_nip) {
            for (index, _) in found.extract_if(.., |(_, it)| matches!(it, Identity::Other(..))) {
                self.note(NoteKind::OtherTaxIdIgnored, format!("/customer_tax_ids/{index}"));
            }
        }
        if found.len() > 1 {
            self.problems.push(Code::ConflictingTaxIds, "/customer_tax_ids");
        }
        let first = found.into_iter().next();
        let kind = first.as_ref().and_then(|(index, _)| customer.tax_ids.get(*index));
        self.evidence.buyer_id_type = kind.map(|id| id.kind.clone());
        (first.map(|(_, identity)| identity), has_id)
    }

    fn name(&mut self, name: Option<&str>) -> Option<String> {
        let pointer = "/customer_name";
        let name = name.and_then(|name| self.clean(name, pointer));
        let Some(name) = name else {
            self.problems.push(Code::MissingName, pointer);
            return None;
        };
        self.fit::<512>(&name, pointer).map(|_| name)
    }

    fn country(&mut self, address: Option<&Address>) -> Option<CountryCode> {
        let country = address.and_then(|address| address.country.as_deref());
        let country = country.and_then(|country| country.parse().ok());
        if country.is_none() {
            self.problems.push(Code::MissingCountry, "/customer_address/country");
        }
        country
    }

    fn check_country(&mut self, identity: &Identity, country: CountryCode) {
        let is_same = identity.country().is_none_or(|of_id| of_id == country)
            || (matches!(identity, Identity::NorthernIreland(_)) && country == CountryCode::Xi);
        if !is_same && self.context.policies().tax_id_country == TaxIdCountry::Refuse {
            self.problems.push(Code::TaxIdCountryMismatch, "/customer_address/country");
        }
    }

    /// `AdresL1` and `AdresL2`: the street, then postal code, town and state.
    fn address(&mut self, address: Option<&Address>) -> Option<(String, Option<String>)> {
        let pointer = "/customer_address";
        let address = address?;
        let street = [address.line1.as_deref(), address.line2.as_deref()];
        let town = [address.postal_code.as_deref(), address.city.as_deref()];
        let street = self.joined(&street, " ", pointer);
        let town = self.joined(&town, " ", pointer);
        let state =
            address.state.as_deref().filter(|state| Some(*state) != address.city.as_deref());
        let town = self.joined(&[town.as_deref(), state], ", ", pointer);
        let Some(street) = street else {
            self.problems.push(Code::MissingAddress, format!("{pointer}/line1"));
            return None;
        };
        self.fit::<512>(&street, &format!("{pointer}/line1"))?;
        if let Some(town) = &town {
            self.fit::<512>(town, &format!("{pointer}/city"))?;
        }
        Some((street, town))
    }

    fn joined(&mut self, parts: &[Option<&str>], sign: &str, pointer: &str) -> Option<String> {
        let parts: Vec<String> =
            parts.iter().flatten().filter_map(|part| self.clean(part, pointer)).collect();
        (!parts.is_empty()).then(|| parts.join(sign))
    }

    /// The seller of the profile.
    pub(super) fn seller(&self) -> Party {
        let profile = self.context.profile;
        let country = profile.country.parse().unwrap_or(CountryCode::Pl);
        let party = Party::nip(profile.nip, profile.name.as_str())
            .address(country, profile.address.as_str());
        match &profile.address_2 {
            Some(second) => party.address_line_2(second.as_str()),
            None => party,
        }
    }

    /// `DodatkowyOpis` for whole texts that were cut: the pieces with the same key.
    pub(super) fn info_pieces(key: &str, text: &str) -> Vec<(String, String)> {
        pieces(text, 256).into_iter().map(|piece| (key.to_owned(), piece)).collect()
    }
}

/// What Stripe calls unknown, a removed value and the number of the one-stop shop name nobody.
fn is_usable(id: &TaxId) -> bool {
    let has_value = id.value.as_deref().is_some_and(|value| !value.trim().is_empty());
    has_value && !matches!(id.kind.as_str(), "" | "unknown" | "eu_oss_vat")
}

fn read(id: &TaxId) -> Result<Identity, Code> {
    if let Some(number) = polish_number(id) {
        return number.parse::<Nip>().map(Identity::Nip).map_err(|error| match error.reason() {
            ParseErrorReason::CheckDigit => Code::NipChecksum,
            _ => Code::TaxIdPattern,
        });
    }
    let value = id.value.as_deref().unwrap_or_default();
    let compact = compact(value);
    if id.kind == "eu_vat" {
        let compact = match compact.strip_prefix("GR") {
            Some(number) => format!("EL{number}"),
            None => compact,
        };
        let number: VatUe = compact.parse().map_err(|_| Code::TaxIdPattern)?;
        let is_northern = number.country() == "XI";
        return Ok(if is_northern {
            Identity::NorthernIreland(number)
        } else {
            Identity::EuVat(number)
        });
    }
    // What looks like a Polish number is where nobody looks for one.
    let is_polish = compact.strip_prefix("PL").is_some_and(|rest| rest.len() == 10);
    let number = value.trim().parse::<OtherTaxId>().map_err(|_| Code::TaxIdPattern)?;
    if is_polish || id.kind.starts_with("pl_") {
        return Err(Code::TaxIdPattern);
    }
    // Without a country nobody knows whose number it is.
    let country = country_of(&id.kind).ok_or(Code::TaxIdPattern)?;
    Ok(Identity::Other(country, number))
}

/// The country in the type of an identifier: `gb_vat`.
fn country_of(kind: &str) -> Option<CountryCode> {
    let (country, _) = kind.split_once('_')?;
    country.to_ascii_uppercase().parse().ok()
}

fn place(identity: Option<&Identity>, country: CountryCode) -> Place {
    match identity {
        None if country == CountryCode::Pl => Place::ConsumerInPoland,
        None => Place::ConsumerAbroad,
        Some(Identity::Nip(_)) => Place::Poland,
        Some(Identity::EuVat(_)) => Place::OtherMemberState,
        Some(Identity::NorthernIreland(_)) => Place::NorthernIreland,
        Some(Identity::Other(of_id, _)) => {
            let is_member = |country| is_other_member_state(country) || country == CountryCode::Pl;
            if is_member(*of_id) || is_member(country) {
                Place::MemberStateWithoutNumber
            } else {
                Place::OutsideEu
            }
        }
    }
}

/// Whether goods or a service, where the two are not the same for the buyer.
pub(super) const fn is_goods(kind: SupplyKind) -> bool {
    matches!(kind, SupplyKind::Goods | SupplyKind::GoodsWithProof)
}
