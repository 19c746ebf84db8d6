//! The lines of an invoice.

use ksef_core::{Amount, InvoiceDate, Percent, Quantity, UnitPrice};

use super::declare::sequence;
use super::{Gtu, LineNumber, Mark, Procedure, Text, VatRate};

sequence! {
    /// A line of the invoice.
    #[doc(alias = "FaWiersz")]
    pub struct Line in "Fa/FaWiersz" {
        /// The number of the line.
        written number: LineNumber = "NrWierszaFa": "TNaturalny";
        /// An identifier of the line that is unique everywhere.
        optional uu_id: Text<50> = "UU_ID": "TZnakowy50";
        /// When the supply took place, if lines differ in this.
        optional p_6a: InvoiceDate = "P_6A": "TDataT";
        /// The name of the goods or services.
        optional p_7: Text<512> = "P_7": "TZnakowy512 (FA(2): TZnakowy)",
            "It may be missing in the corrections of art. 106j(3)(2) of the VAT act only.";
        /// A code or description of the seller's own.
        optional index: Text<50> = "Indeks": "TZnakowy50";
        /// The global trade item number.
        optional gtin: Text<20> = "GTIN": "TZnakowy20";
        /// The symbol in the Polish classification of goods and services.
        optional pkwiu: Text<50> = "PKWiU": "TZnakowy50";
        /// The symbol in the Combined Nomenclature.
        optional cn: Text<50> = "CN": "TZnakowy50";
        /// The symbol in the Polish classification of buildings.
        optional pkob: Text<50> = "PKOB": "TZnakowy50";
        /// The unit of measure.
        optional p_8a: Text<256> = "P_8A": "TZnakowy";
        /// The quantity, in that unit.
        optional p_8b: Quantity = "P_8B": "TIlosci";
        /// The net price of one unit, in the currency of the invoice.
        optional p_9a: UnitPrice = "P_9A": "TKwotowy2";
        /// The gross price of one unit, in the currency of the invoice.
        optional p_9b: UnitPrice = "P_9B": "TKwotowy2",
            "Where art. 106e(7) and (8) of the VAT act are used.";
        /// Rebates that are not in the price, in the currency of the invoice.
        optional p_10: UnitPrice = "P_10": "TKwotowy2";
        /// The net value, in the currency of the invoice.
        optional p_11: Amount = "P_11": "TKwotowy";
        /// The gross value, in the currency of the invoice.
        optional p_11a: Amount = "P_11A": "TKwotowy",
            "Where art. 106e(7) and (8) of the VAT act are used.";
        /// The tax, in the currency of the invoice.
        optional p_11_vat: Amount = "P_11Vat": "TKwotowy", "Law: art. 106e(10) of the VAT act.";
        /// The rate of tax.
        optional p_12: VatRate = "P_12": "TStawkaPodatku";
        /// The foreign rate of VAT in the special procedure, in percent.
        optional_written p_12_xii: Percent = "P_12_XII": "TProcentowy",
            "Law: chapter 6a of section XII of the VAT act.";
        /// That it is one of the goods or services of annex 15 to the VAT act.
        optional p_12_zal_15: Mark = "P_12_Zal_15": "TWybor1";
        /// The excise duty within the price, in the currency of the invoice.
        optional excise_duty: Amount = "KwotaAkcyzy": "TKwotowy";
        /// The group of goods or services.
        optional gtu: Gtu = "GTU": "TGTU";
        /// The procedure.
        optional procedure: Procedure = "Procedura": "TOznaczenieProcedury";
        /// The exchange rate by which the tax was converted, PLN for one unit.
        optional exchange_rate: Quantity = "KursWaluty": "TIlosci";
        /// That the line says what was there before the correction.
        optional before_correction: Mark = "StanPrzed": "TWybor1";
    }
}
