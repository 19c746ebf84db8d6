//! `Party`, a seller or a buyer.

use ksef_core::{Nip, VatUe};

use super::error::{Field, Problems};
use super::input::{Given, Input};
use crate::model::{
    Address, Buyer, Contact, CountryCode, EmailAddress, EuVatIdentity, Mark, OtherIdentity,
    OtherTaxId, PartyIdentification, PartyIdentity, Seller, SellerPrefix, TaxpayerIdentification,
    Text, YesNo,
};

/// A seller or a buyer: identifier, name and address (art. 106e(1)(3)-(5) of the VAT act).
///
/// ```
/// use ksef_fa::builder::Party;
/// use ksef_fa::model::CountryCode;
///
/// let polish = Party::nip("5265877635", "Nabywca sp. z o.o.")
///     .address(CountryCode::Pl, "ul. Przykładowa 1, 00-001 Warszawa");
/// let european = Party::eu_vat("DE123456789", "Käufer GmbH")
///     .address(CountryCode::De, "Musterstraße 1, 10115 Berlin");
/// let other = Party::other_id(CountryCode::Us, "12-3456789", "Buyer Inc.")
///     .address(CountryCode::Us, "1 Example Street, New York");
/// let consumer = Party::consumer("Jan Kowalski")
///     .address(CountryCode::Pl, "ul. Przykładowa 2, 00-001 Warszawa");
/// ```
#[derive(Clone, Debug)]
pub struct Party {
    identity: Identity,
    name: Given<Text<512>>,
    address: Option<(CountryCode, Given<Text<512>>)>,
    address_line_2: Option<Given<Text<512>>>,
    email: Option<Given<EmailAddress>>,
    phone: Option<Given<Text<16>>>,
    customer_number: Option<Given<Text<256>>>,
    eori: Option<Given<Text<256>>>,
}

#[derive(Clone, Debug)]
enum Identity {
    Nip(Given<Nip>),
    EuVat(Given<VatUe>),
    Other(Option<CountryCode>, Given<OtherTaxId>),
    Consumer,
}

/// What a buyer's identifier says about the tax.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum BuyerKind {
    Polish,
    Foreign,
    Consumer,
}

impl Party {
    fn new(identity: Identity, name: impl Input<Text<512>>) -> Self {
        Self {
            identity,
            name: name.read(),
            address: None,
            address_line_2: None,
            email: None,
            phone: None,
            customer_number: None,
            eori: None,
        }
    }

    /// A taxpayer with a NIP. A seller is always one.
    #[must_use]
    pub fn nip(nip: impl Input<Nip>, name: impl Input<Text<512>>) -> Self {
        Self::new(Identity::Nip(nip.read()), name)
    }

    /// A taxpayer with the VAT number of another member state.
    #[must_use]
    pub fn eu_vat(number: impl Input<VatUe>, name: impl Input<Text<512>>) -> Self {
        Self::new(Identity::EuVat(number.read()), name)
    }

    /// Somebody with an identifier of another country.
    #[must_use]
    pub fn other_id(
        country: impl Into<Option<CountryCode>>,
        number: impl Input<OtherTaxId>,
        name: impl Input<Text<512>>,
    ) -> Self {
        Self::new(Identity::Other(country.into(), number.read()), name)
    }

    /// Somebody without an identifier.
    #[must_use]
    pub fn consumer(name: impl Input<Text<512>>) -> Self {
        Self::new(Identity::Consumer, name)
    }

    /// The buyer of an invoice that there is, for a correction of it: identifier, name, and the first line of the
    /// address. `None` for one without a name or an address.
    ///
    /// ```
    /// use ksef_fa::builder::Party;
    /// use ksef_fa::model::{Buyer, Mark, PartyIdentification, PartyIdentity, YesNo};
    ///
    /// let nameless = PartyIdentification::new(PartyIdentity::Absent(Mark::SET));
    /// assert!(Party::of_buyer(&Buyer::new(nameless, YesNo::No, YesNo::No)).is_none());
    /// ```
    #[must_use]
    pub fn of_buyer(buyer: &Buyer) -> Option<Self> {
        let name = buyer.identification.name.clone()?;
        let party = match &buyer.identification.identity {
            PartyIdentity::Nip(nip) => Self::nip(*nip, name),
            PartyIdentity::EuVat(number) => {
                let text = format!("{}{}", number.country, number.number);
                Self::eu_vat(text.as_str(), name)
            }
            PartyIdentity::Other(other) => {
                Self::other_id(other.country, other.number.clone(), name)
            }
            PartyIdentity::Absent(_) => Self::consumer(name),
        };
        let address = buyer.address.as_ref()?;
        Some(party.address(address.country, address.line_1.clone()))
    }

    /// The address: the country, and everything else in one line.
    #[must_use]
    pub fn address(mut self, country: CountryCode, line: impl Input<Text<512>>) -> Self {
        self.address = Some((country, line.read()));
        self
    }

    /// A second line of the address.
    #[must_use]
    pub fn address_line_2(mut self, line: impl Input<Text<512>>) -> Self {
        self.address_line_2 = Some(line.read());
        self
    }

    /// The e-mail address.
    #[must_use]
    pub fn email(mut self, email: impl Input<EmailAddress>) -> Self {
        self.email = Some(email.read());
        self
    }

    /// The telephone number.
    #[must_use]
    pub fn phone(mut self, phone: impl Input<Text<16>>) -> Self {
        self.phone = Some(phone.read());
        self
    }

    /// The number that the seller knows a buyer by. A seller has none.
    #[must_use]
    pub fn customer_number(mut self, number: impl Input<Text<256>>) -> Self {
        self.customer_number = Some(number.read());
        self
    }

    /// The EORI number.
    #[must_use]
    pub fn eori(mut self, number: impl Input<Text<256>>) -> Self {
        self.eori = Some(number.read());
        self
    }

    pub(super) const fn kind(&self) -> BuyerKind {
        match self.identity {
            Identity::Nip(_) => BuyerKind::Polish,
            Identity::EuVat(_) | Identity::Other(..) => BuyerKind::Foreign,
            Identity::Consumer => BuyerKind::Consumer,
        }
    }

    pub(super) fn into_seller(self, has_prefix: bool, problems: &mut Problems) -> Option<Seller> {
        if self.customer_number.is_some() {
            problems.unexpected(Field::SellerCustomerNumber, None);
        }
        let nip = match self.identity {
            Identity::Nip(nip) => problems.read(nip, Field::SellerNip, None),
            Identity::EuVat(_) | Identity::Other(..) | Identity::Consumer => {
                problems.missing(Field::SellerNip, None);
                None
            }
        };
        let name = problems.read(self.name, Field::SellerName, None);
        let address = address(self.address, self.address_line_2, Field::SellerAddress, problems);
        let contact = contact(self.email, self.phone, Field::SellerContact, problems);
        let eori = problems.read_any(self.eori, Field::SellerEori);
        let mut seller = Seller::new(TaxpayerIdentification::new(nip?, name?), address?);
        seller.prefix = has_prefix.then(|| SellerPrefix::Pl.into());
        seller.contacts.extend(contact);
        seller.eori = eori;
        Some(seller)
    }

    pub(super) fn into_buyer(self, jst: bool, gv: bool, problems: &mut Problems) -> Option<Buyer> {
        let identity = self.identity.read(problems);
        let name = problems.read(self.name, Field::BuyerName, None);
        let address = address(self.address, self.address_line_2, Field::BuyerAddress, problems);
        let contact = contact(self.email, self.phone, Field::BuyerContact, problems);
        let eori = problems.read_any(self.eori, Field::BuyerEori);
        let customer_number = problems.read_any(self.customer_number, Field::CustomerNumber);
        let identification = PartyIdentification::new(identity?).name(name?);
        let mut buyer = Buyer::new(identification, YesNo::from(jst), YesNo::from(gv));
        buyer.address = address;
        buyer.contacts.extend(contact);
        buyer.eori = eori;
        buyer.customer_number = customer_number;
        Some(buyer)
    }
}

impl Identity {
    fn read(self, problems: &mut Problems) -> Option<PartyIdentity> {
        match self {
            Self::Nip(nip) => problems.read(nip, Field::BuyerId, None).map(PartyIdentity::Nip),
            Self::EuVat(number) => {
                let number = number.and_then(|vat| {
                    Ok(EuVatIdentity::new(vat.country().parse()?, vat.number().parse()?))
                });
                problems.read(number, Field::BuyerId, None).map(PartyIdentity::EuVat)
            }
            Self::Other(country, number) => {
                let number = problems.read(number, Field::BuyerId, None)?;
                let mut identity = OtherIdentity::new(number);
                identity.country = country;
                Some(PartyIdentity::Other(identity))
            }
            Self::Consumer => Some(PartyIdentity::Absent(Mark::SET)),
        }
    }
}

fn address(
    address: Option<(CountryCode, Given<Text<512>>)>,
    line_2: Option<Given<Text<512>>>,
    field: Field,
    problems: &mut Problems,
) -> Option<Address> {
    let line_2 = problems.read_any(line_2, field);
    let Some((country, line)) = address else {
        problems.missing(field, None);
        return None;
    };
    let mut address = Address::new(country, problems.read(line, field, None)?);
    address.line_2 = line_2;
    Some(address)
}

fn contact(
    email: Option<Given<EmailAddress>>,
    phone: Option<Given<Text<16>>>,
    field: Field,
    problems: &mut Problems,
) -> Option<Contact> {
    let email = problems.read_any(email, field);
    let phone = problems.read_any(phone, field);
    let mut contact = Contact::new();
    contact.email = email;
    contact.phone = phone;
    (contact.email.is_some() || contact.phone.is_some()).then_some(contact)
}
