//! What is added to the total and taken off it.

use ksef_core::Amount;

use super::Text;
use super::declare::{choice, sequence};

sequence! {
    /// What is added to the total and taken off it. All amounts are in the currency of the invoice.
    #[derive(Default)]
    #[doc(alias = "Rozliczenie")]
    pub struct Settlement in "Fa/Rozliczenie" {
        /// What is added.
        repeated charges: Charge = "Obciazenia" [0..=100];
        /// The sum of what is added, in the currency of the invoice.
        optional total_charges: Amount = "SumaObciazen": "TKwotowy";
        /// What is taken off.
        repeated deductions: Deduction = "Odliczenia" [0..=100];
        /// The sum of what is taken off, in the currency of the invoice.
        optional total_deductions: Amount = "SumaOdliczen": "TKwotowy";
        /// What remains.
        optional_group outcome: SettlementOutcome;
    }
}

sequence! {
    /// Something that is added to the total.
    #[doc(alias = "Obciazenia")]
    pub struct Charge in "Fa/Rozliczenie/Obciazenia" {
        /// How much, in the currency of the invoice.
        required amount: Amount = "Kwota": "TKwotowy";
        /// Why.
        required reason: Text<256> = "Powod": "TZnakowy";
    }
}

sequence! {
    /// Something that is taken off the total.
    #[doc(alias = "Odliczenia")]
    pub struct Deduction in "Fa/Rozliczenie/Odliczenia" {
        /// How much, in the currency of the invoice.
        required amount: Amount = "Kwota": "TKwotowy";
        /// Why.
        required reason: Text<256> = "Powod": "TZnakowy";
    }
}

choice! {
    /// What remains after charges and deductions.
    pub enum SettlementOutcome in "Fa/Rozliczenie" {
        /// So much is to be paid, in the currency of the invoice.
        element ToPay(Amount) = "DoZaplaty": "TKwotowy";
        /// So much was paid too much, in the currency of the invoice.
        element ToSettle(Amount) = "DoRozliczenia": "TKwotowy";
    }
}
