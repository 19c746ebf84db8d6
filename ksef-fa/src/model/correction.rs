//! What a correction corrects.

use ksef_core::{Amount, InvoiceDate, Quantity};

use super::declare::{choice, sequence};
use super::{
    Address, CorrectionEffect, EuCountryCode, Mark, PartyIdentification, ReferencedKsefNumber,
    TaxpayerIdentification, Text,
};

sequence! {
    /// What is corrected, and why.
    pub struct Correction in "Fa" {
        /// The reason.
        optional reason: Text<256> = "PrzyczynaKorekty": "TZnakowy";
        /// In which period the correction counts.
        optional_written effect: CorrectionEffect = "TypKorekty": "TTypKorekty";
        /// The invoices that are corrected.
        several invoices: CorrectedInvoice = "DaneFaKorygowanej" [1..=50000];
        /// The period of a rebate that is not about single invoices.
        optional period: Text<256> = "OkresFaKorygowanej": "TZnakowy",
            "Law: art. 106j(3) of the VAT act.";
        /// The right number, where the number is what is corrected.
        optional right_number: Text<256> = "NrFaKorygowany": "TZnakowy";
        /// The seller as it was on the corrected invoice.
        optional seller: CorrectedSeller = "Podmiot1K";
        /// The buyers, also additional ones, as they were on the corrected invoice.
        repeated buyers: CorrectedBuyer = "Podmiot2K" [0..=101];
        /// The amount before the correction, for advance payments and their settlement.
        optional_group before: BeforeCorrection;
    }
}

sequence! {
    /// An invoice that is corrected.
    #[doc(alias = "DaneFaKorygowanej")]
    pub struct CorrectedInvoice in "Fa/DaneFaKorygowanej" {
        /// Its date of issue.
        required issued_on: InvoiceDate = "DataWystFaKorygowanej": "TDataT";
        /// Its number, which the seller gave it.
        required number: Text<256> = "NrFaKorygowanej": "TZnakowy";
        /// Its KSeF number, if it has one.
        group origin: CorrectedInvoiceOrigin;
    }
}

choice! {
    /// Whether a corrected invoice is in KSeF.
    pub enum CorrectedInvoiceOrigin in "Fa/DaneFaKorygowanej" {
        /// It is.
        group InKsef(CorrectedInKsef);
        /// It is not.
        element OutsideKsef(Mark) = "NrKSeFN": "TWybor1";
    }
}

sequence! {
    /// A corrected invoice is in KSeF.
    pub struct CorrectedInKsef in "Fa/DaneFaKorygowanej" {
        fixed mark: Mark = "NrKSeF": "TWybor1";
        /// Under this number.
        required number: ReferencedKsefNumber = "NrKSeFFaKorygowanej": "TNumerKSeF";
    }
}

sequence! {
    /// The seller as it was on the corrected invoice.
    #[doc(alias = "Podmiot1K")]
    pub struct CorrectedSeller in "Fa/Podmiot1K" {
        /// The prefix of the VAT number.
        optional prefix: EuCountryCode = "PrefiksPodatnika": "TKodyKrajowUE";
        /// NIP and name. The NIP is not what is corrected.
        required identification: TaxpayerIdentification = "DaneIdentyfikacyjne": "TPodmiot1";
        /// The address.
        required address: Address = "Adres": "TAdres";
    }
}

sequence! {
    /// A buyer as it was on the corrected invoice.
    #[doc(alias = "Podmiot2K")]
    pub struct CorrectedBuyer in "Fa/Podmiot2K" {
        /// Tax identifier and name.
        required identification: PartyIdentification = "DaneIdentyfikacyjne": "TPodmiot2";
        /// The address.
        optional address: Address = "Adres": "TAdres";
        /// The key of the buyer whose former data this is, up to 32 characters.
        optional buyer_key: Text<32> = "IDNabywcy";
    }
}

sequence! {
    /// The amount before a correction.
    pub struct BeforeCorrection in "Fa" {
        /// What was paid or remained to be paid before the correction, in the currency of the
        /// invoice.
        required p_15zk: Amount = "P_15ZK": "TKwotowy";
        /// The exchange rate before the correction, PLN for one unit.
        optional exchange_rate: Quantity = "KursWalutyZK": "TIlosci";
    }
}
