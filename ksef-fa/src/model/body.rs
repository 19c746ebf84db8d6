//! What is invoiced.

use ksef_core::{Currency, InvoiceDate, InvoiceKind};

use super::declare::{choice, sequence};
use super::{
    AdvanceInvoice, Annotations, Correction, Line, LineNumber, Mark, Order, PartialAdvance,
    Payment, Settlement, Text, TransactionTerms, VatSummary,
};

sequence! {
    /// What is invoiced.
    #[doc(alias = "Fa")]
    pub struct Body in "Fa" {
        #![expect(clippy::too_many_arguments, reason = "the schema requires as many")]
        /// The currency of all amounts that are not said to be in PLN.
        required currency: Currency = "KodWaluty": "TKodWaluty";
        /// The date of issue.
        required p_1: InvoiceDate = "P_1": "TDataT";
        /// The place of issue.
        optional p_1m: Text<256> = "P_1M": "TZnakowy";
        /// The number of the invoice, unique for the seller.
        required p_2: Text<256> = "P_2": "TZnakowy";
        /// Numbers of warehouse documents.
        repeated wz: Text<256> = "WZ" [0..=1000]: "TZnakowy";
        /// When the supply took place, if it is one date for all lines.
        optional_group supply_date: SupplyDate;
        /// Totals by rate of tax, and what is due.
        group vat_summary: VatSummary;
        /// What has to be said about the invoice.
        required annotations: Annotations = "Adnotacje";
        /// The kind of the invoice.
        required kind: InvoiceKind = "RodzajFaktury": "TRodzajFaktury";
        /// What is corrected.
        optional_group correction: Correction;
        /// The payments that an invoice for several advance payments is about.
        repeated partial_advances: PartialAdvance = "ZaliczkaCzesciowa" [0..=31];
        /// That the invoice goes with a receipt of a cash register.
        optional fp: Mark = "FP": "TWybor1", "Law: art. 109(3d) of the VAT act.";
        /// That buyer and seller are related.
        optional tp: Mark = "TP": "TWybor1",
            "Law: § 10(4)(3) of the regulation on the contents of `JPK_VAT`.";
        /// Anything that has no other place.
        repeated additional_info: KeyValue = "DodatkowyOpis" [0..=10000]: "TKluczWartosc";
        /// The invoices for advance payments that this one settles.
        repeated advance_invoices: AdvanceInvoice = "FakturaZaliczkowa" [0..=100];
        /// That a farmer may claim excise duty on fuel with the invoice.
        optional excise_refund: Mark = "ZwrotAkcyzy": "TWybor1";
        /// The lines.
        repeated lines: Line = "FaWiersz" [0..=10000];
        /// What is added to the total and taken off it.
        optional settlement: Settlement = "Rozliczenie";
        /// When and how to pay.
        optional payment: Payment = "Platnosc";
        /// Terms of the transaction.
        optional terms: TransactionTerms = "WarunkiTransakcji";
        /// The order that an advance payment was made for.
        optional order: Order = "Zamowienie";
    }
}

choice! {
    /// When the supply took place, or the payment before it.
    pub enum SupplyDate in "Fa" {
        /// On one day.
        element P6(InvoiceDate) = "P_6": "TDataT";
        /// Over a period.
        element Period(Period) = "OkresFa",
            "Law: art. 19a(3), (4) and (5)(4) of the VAT act.";
    }
}

sequence! {
    /// The period that the invoice is about.
    #[doc(alias = "OkresFa")]
    pub struct Period in "Fa/OkresFa" {
        /// The first day.
        required p_6_od: InvoiceDate = "P_6_Od": "TDataT";
        /// The last day.
        required p_6_do: InvoiceDate = "P_6_Do": "TDataT";
    }
}

sequence! {
    /// A piece of information that has no other place: what it is, and its value.
    #[doc(alias = "DodatkowyOpis")]
    #[doc(alias = "TKluczWartosc")]
    pub struct KeyValue in "Fa/DodatkowyOpis" {
        /// The line that it is about, of the invoice or the order.
        optional_written line_number: LineNumber = "NrWiersza": "TNaturalny";
        /// What it is.
        required key: Text<256> = "Klucz": "TZnakowy";
        /// Its value.
        required value: Text<256> = "Wartosc": "TZnakowy";
    }
}
