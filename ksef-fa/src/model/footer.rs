//! The footer.

use super::declare::sequence;
use super::{FooterText, Krs, Regon, Text};

sequence! {
    /// Further information. It may be empty.
    #[derive(Default)]
    #[doc(alias = "Stopka")]
    pub struct Footer in "Stopka" {
        /// Texts.
        repeated infos: FooterInfo = "Informacje" [0..=3];
        /// Where the seller is registered.
        repeated registers: Registers = "Rejestry" [0..=100];
    }
}

sequence! {
    /// A text of the footer. It may be empty.
    #[derive(Default)]
    #[doc(alias = "Informacje")]
    pub struct FooterInfo in "Stopka/Informacje" {
        /// The text.
        optional text: FooterText = "StopkaFaktury": "TTekstowy";
    }
}

sequence! {
    /// Numbers in registers. It may be empty.
    #[derive(Default)]
    #[doc(alias = "Rejestry")]
    pub struct Registers in "Stopka/Rejestry" {
        /// The full name.
        optional full_name: Text<256> = "PelnaNazwa": "TZnakowy";
        /// The number in the National Court Register.
        optional krs: Krs = "KRS": "TNrKRS";
        /// The number in the statistical register.
        optional regon: Regon = "REGON": "TNrREGON";
        /// The number in the register of products, packaging and waste, up to 9 characters.
        optional bdo: Text<9> = "BDO";
    }
}
