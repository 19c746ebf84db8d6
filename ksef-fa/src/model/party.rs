//! Who has to do with an invoice.

use ksef_core::{InternalId, Nip, Percent};

use super::declare::{choice, sequence};
use super::{
    Address, AuthorisedContact, AuthorisedRole, Contact, CountryCode, EuCountryCode, EuVatNumber,
    Mark, OtherTaxId, Role, SellerPrefix, TaxpayerStatus, Text, YesNo,
};

sequence! {
    /// The seller.
    #[doc(alias = "Podmiot1")]
    pub struct Seller in "Podmiot1" {
        /// The prefix of the VAT number, where it has to be given.
        optional_written prefix: SellerPrefix = "PrefiksPodatnika": "TKodyKrajowUE",
            "Law: art. 97(10)(2) and (3), art. 136(1)(3) of the VAT act.";
        /// The EORI number.
        optional eori: Text<256> = "NrEORI": "TZnakowy";
        /// NIP and name.
        required identification: TaxpayerIdentification = "DaneIdentyfikacyjne": "TPodmiot1";
        /// The address.
        required address: Address = "Adres": "TAdres";
        /// The address for correspondence.
        optional correspondence_address: Address = "AdresKoresp": "TAdres";
        /// How to reach the seller.
        repeated contacts: Contact = "DaneKontaktowe" [0..=3];
        /// Whether the seller is in liquidation, bankrupt or the like.
        optional_written status: TaxpayerStatus = "StatusInfoPodatnika": "TStatusInfoPodatnika";
    }
}

sequence! {
    /// The buyer. In FA(2), `jst` and `gv` have to be `None`, which `new` does not know.
    #[doc(alias = "Podmiot2")]
    pub struct Buyer in "Podmiot2" {
        /// The EORI number.
        optional eori: Text<256> = "NrEORI": "TZnakowy";
        /// Tax identifier and name.
        required identification: PartyIdentification = "DaneIdentyfikacyjne": "TPodmiot2";
        /// The address.
        optional address: Address = "Adres": "TAdres",
            "It may be missing in the cases of art. 106e(5)(3) of the VAT act.";
        /// The address for correspondence.
        optional correspondence_address: Address = "AdresKoresp": "TAdres";
        /// How to reach the buyer.
        repeated contacts: Contact = "DaneKontaktowe" [0..=3];
        /// The number that the seller knows the buyer by.
        optional customer_number: Text<256> = "NrKlienta": "TZnakowy";
        /// A key that ties the buyer to its former data in a correction, up to 32 characters.
        optional buyer_key: Text<32> = "IDNabywcy";
        /// Whether the invoice is about a subordinate unit of local government.
        ///
        /// Such a unit is then a [`ThirdParty`] with [`Role::LocalGovernmentRecipient`].
        since_fa3 jst: YesNo = "JST" in "FA(3) only";
        /// Whether the invoice is about a member of a VAT group.
        ///
        /// That member is then a [`ThirdParty`] with [`Role::VatGroupRecipient`].
        since_fa3 gv: YesNo = "GV" in "FA(3) only";
    }
}

sequence! {
    /// Somebody else who has to do with the invoice.
    #[doc(alias = "Podmiot3")]
    pub struct ThirdParty in "Podmiot3" {
        /// A key that ties an additional buyer to its former data, up to 32 characters.
        optional buyer_key: Text<32> = "IDNabywcy";
        /// The EORI number.
        optional eori: Text<256> = "NrEORI": "TZnakowy";
        /// Identifier and name.
        required identification: ThirdPartyIdentification = "DaneIdentyfikacyjne": "TPodmiot3";
        /// The address.
        optional address: Address = "Adres": "TAdres" in "required in FA(2), optional in FA(3)";
        /// The address for correspondence.
        optional correspondence_address: Address = "AdresKoresp": "TAdres";
        /// How to reach the third party.
        repeated contacts: Contact = "DaneKontaktowe" [0..=3];
        /// What it has to do with the invoice.
        group role: ThirdPartyRole;
        /// The share of an additional buyer, in percent. The rest is the buyer's.
        optional_written share: Percent = "Udzial": "TProcentowy";
        /// The number that the seller knows the third party by.
        optional customer_number: Text<256> = "NrKlienta": "TZnakowy";
    }
}

choice! {
    /// What a third party has to do with the invoice.
    pub enum ThirdPartyRole in "Podmiot3" {
        /// A role of the list.
        written Listed(Role) = "Rola": "TRolaPodmiotu3";
        /// Another role.
        group Other(OtherRole);
    }
}

sequence! {
    /// A role that is not on the list.
    pub struct OtherRole in "Podmiot3" {
        fixed mark: Mark = "RolaInna": "TWybor1";
        /// What the role is.
        required description: Text<256> = "OpisRoli": "TZnakowy";
    }
}

sequence! {
    /// Who is authorised to issue the invoice instead of the seller.
    #[doc(alias = "PodmiotUpowazniony")]
    pub struct AuthorisedEntity in "PodmiotUpowazniony" {
        /// The EORI number.
        optional eori: Text<256> = "NrEORI": "TZnakowy";
        /// NIP and name.
        required identification: TaxpayerIdentification = "DaneIdentyfikacyjne": "TPodmiot1";
        /// The address.
        required address: Address = "Adres": "TAdres";
        /// The address for correspondence.
        optional correspondence_address: Address = "AdresKoresp": "TAdres";
        /// How to reach it.
        repeated contacts: AuthorisedContact = "DaneKontaktowe" [0..=3];
        /// What authorises it.
        written role: AuthorisedRole = "RolaPU": "TRolaPodmiotuUpowaznionego";
    }
}

sequence! {
    /// A Polish taxpayer: NIP and name.
    #[doc(alias = "TPodmiot1")]
    pub struct TaxpayerIdentification in "TPodmiot1" {
        /// The NIP. The schema does not check its check digit.
        required nip: Nip = "NIP": "TNrNIP";
        /// The name.
        required name: Text<512> = "Nazwa": "TZnakowy512";
    }
}

sequence! {
    /// A buyer or a carrier: an identifier, if there is one, and the name.
    #[doc(alias = "TPodmiot2")]
    pub struct PartyIdentification in "TPodmiot2" {
        /// The tax identifier, or that there is none.
        group identity: PartyIdentity;
        /// The name.
        optional name: Text<512> = "Nazwa": "TZnakowy512";
    }
}

choice! {
    /// The tax identifier of a buyer or a carrier.
    ///
    /// ```
    /// use ksef_fa::model::{EuCountryCode, EuVatIdentity, PartyIdentity};
    ///
    /// let identity = EuVatIdentity::new(EuCountryCode::De, "123456789".parse()?);
    /// match PartyIdentity::from(identity) {
    ///     PartyIdentity::Nip(nip) => unreachable!("{nip}"),
    ///     PartyIdentity::EuVat(vat) => assert_eq!(vat.number.as_str(), "123456789"),
    ///     _ => unreachable!(),
    /// }
    /// # Ok::<(), ksef_core::ParseError>(())
    /// ```
    pub enum PartyIdentity in "TPodmiot2" {
        /// A NIP. The schema does not check its check digit.
        element Nip(Nip) = "NIP": "TNrNIP";
        /// A VAT number of a member state.
        group EuVat(EuVatIdentity);
        /// An identifier of another country.
        group Other(OtherIdentity);
        /// None, or it is not shown.
        element Absent(Mark) = "BrakID": "TWybor1";
    }
}

sequence! {
    /// A third party: an identifier, if there is one, and the name.
    #[doc(alias = "TPodmiot3")]
    pub struct ThirdPartyIdentification in "TPodmiot3" {
        /// The identifier, or that there is none.
        group identity: ThirdPartyIdentity;
        /// The name.
        optional name: Text<512> = "Nazwa": "TZnakowy512";
    }
}

choice! {
    /// The identifier of a third party.
    pub enum ThirdPartyIdentity in "TPodmiot3" {
        /// A NIP. The schema does not check its check digit.
        element Nip(Nip) = "NIP": "TNrNIP";
        /// An internal identifier of a unit.
        element InternalId(InternalId) = "IDWew": "TNIPIdWew";
        /// A VAT number of a member state.
        group EuVat(EuVatIdentity);
        /// An identifier of another country.
        group Other(OtherIdentity);
        /// None, or it is not shown.
        element Absent(Mark) = "BrakID": "TWybor1";
    }
}

sequence! {
    /// A VAT number of a member state.
    pub struct EuVatIdentity in "DaneIdentyfikacyjne" {
        /// The member state, which is the prefix.
        required country: EuCountryCode = "KodUE": "TKodyKrajowUE";
        /// The number without the prefix.
        required number: EuVatNumber = "NrVatUE": "TNrVatUE";
    }
}

sequence! {
    /// A tax identifier of a country outside of the EU, or one that is no VAT number.
    pub struct OtherIdentity in "DaneIdentyfikacyjne" {
        /// The country that gave it.
        optional country: CountryCode = "KodKraju": "TKodKraju";
        /// The identifier.
        required number: OtherTaxId = "NrID": "TNrIdentyfikacjiPodatkowej";
    }
}
