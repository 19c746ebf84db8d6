//! Advance payments.

use ksef_core::{Amount, InvoiceDate, Quantity};

use super::declare::{choice, sequence};
use super::{Mark, ReferencedKsefNumber, Text};

sequence! {
    /// One of several advance payments on one invoice.
    #[doc(alias = "ZaliczkaCzesciowa")]
    pub struct PartialAdvance in "Fa/ZaliczkaCzesciowa" {
        /// The day on which it arrived.
        required p_6z: InvoiceDate = "P_6Z": "TDataT";
        /// The payment, in the currency of the invoice.
        required p_15z: Amount = "P_15Z": "TKwotowy";
        /// The exchange rate by which its tax was converted, PLN for one unit.
        optional exchange_rate: Quantity = "KursWalutyZW": "TIlosci";
    }
}

choice! {
    /// An invoice for an advance payment that this one settles.
    #[doc(alias = "FakturaZaliczkowa")]
    pub enum AdvanceInvoice in "Fa/FakturaZaliczkowa" {
        /// It is not in KSeF.
        group OutsideKsef(AdvanceOutsideKsef);
        /// It is, under this number.
        element InKsef(ReferencedKsefNumber) = "NrKSeFFaZaliczkowej": "TNumerKSeF";
    }
}

sequence! {
    /// An invoice for an advance payment that is not in KSeF.
    pub struct AdvanceOutsideKsef in "Fa/FakturaZaliczkowa" {
        fixed mark: Mark = "NrKSeFZN": "TWybor1";
        /// Its number, which the seller gave it.
        required number: Text<256> = "NrFaZaliczkowej": "TZnakowy";
    }
}
