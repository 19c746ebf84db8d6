//! Addresses, and how to reach somebody.

use super::declare::sequence;
use super::{CountryCode, EmailAddress, Text};

sequence! {
    /// An address, in two lines of any form.
    #[doc(alias = "TAdres")]
    #[doc(alias = "AdresKoresp")]
    pub struct Address in "TAdres" {
        /// The country.
        required country: CountryCode = "KodKraju": "TKodKraju";
        /// The first line.
        required line_1: Text<512> = "AdresL1": "TZnakowy512";
        /// The second line.
        optional line_2: Text<512> = "AdresL2": "TZnakowy512";
        /// The global location number, up to 13 characters.
        optional gln: Text<13> = "GLN": "TGLN";
    }
}

sequence! {
    /// How to reach a seller, a buyer or a third party. It may be empty.
    #[derive(Default)]
    #[doc(alias = "DaneKontaktowe")]
    pub struct Contact in "DaneKontaktowe" {
        /// The e-mail address.
        optional email: EmailAddress = "Email": "TAdresEmail";
        /// The telephone number.
        optional phone: Text<16> = "Telefon": "TNumerTelefonu";
    }
}

sequence! {
    /// How to reach an authorised entity. It may be empty.
    #[derive(Default)]
    #[doc(alias = "DaneKontaktowe")]
    pub struct AuthorisedContact in "PodmiotUpowazniony/DaneKontaktowe" {
        /// The e-mail address.
        optional email: EmailAddress = "EmailPU": "TAdresEmail";
        /// The telephone number.
        optional phone: Text<16> = "TelefonPU": "TNumerTelefonu";
    }
}
