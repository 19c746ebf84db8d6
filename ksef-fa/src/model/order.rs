//! The order that an advance payment was made for.

use ksef_core::{Amount, Percent, Quantity, UnitPrice};

use super::declare::sequence;
use super::{Gtu, LineNumber, Mark, OrderProcedure, Text, VatRate};

sequence! {
    /// The order or contract that an advance payment was made for.
    #[doc(alias = "Zamowienie")]
    pub struct Order in "Fa/Zamowienie" {
        /// Its value with tax, in the currency of the invoice.
        required value: Amount = "WartoscZamowienia": "TKwotowy";
        /// Its lines.
        several lines: OrderLine = "ZamowienieWiersz" [1..=10000];
    }
}

sequence! {
    /// A line of the order.
    #[doc(alias = "ZamowienieWiersz")]
    pub struct OrderLine in "Fa/Zamowienie/ZamowienieWiersz" {
        /// The number of the line.
        written number: LineNumber = "NrWierszaZam": "TNaturalny";
        /// An identifier of the line that is unique everywhere.
        optional uu_idz: Text<50> = "UU_IDZ": "TZnakowy50";
        /// The name of the goods or services.
        optional p_7z: Text<512> = "P_7Z": "TZnakowy512 (FA(2): TZnakowy)";
        /// A code or description of the seller's own.
        optional index: Text<50> = "IndeksZ": "TZnakowy50";
        /// The global trade item number.
        optional gtin: Text<20> = "GTINZ": "TZnakowy20";
        /// The symbol in the Polish classification of goods and services.
        optional pkwiu: Text<50> = "PKWiUZ": "TZnakowy50";
        /// The symbol in the Combined Nomenclature.
        optional cn: Text<50> = "CNZ": "TZnakowy50";
        /// The symbol in the Polish classification of buildings.
        optional pkob: Text<50> = "PKOBZ": "TZnakowy50";
        /// The unit of measure.
        optional p_8az: Text<256> = "P_8AZ": "TZnakowy";
        /// The quantity, in that unit.
        optional p_8bz: Quantity = "P_8BZ": "TIlosci";
        /// The net price of one unit, in the currency of the invoice.
        optional p_9az: UnitPrice = "P_9AZ": "TKwotowy2";
        /// The net value, in the currency of the invoice.
        optional p_11_netto_z: Amount = "P_11NettoZ": "TKwotowy";
        /// The tax, in the currency of the invoice.
        optional p_11_vat_z: Amount = "P_11VatZ": "TKwotowy";
        /// The rate of tax.
        optional p_12z: VatRate = "P_12Z": "TStawkaPodatku";
        /// The foreign rate of VAT in the special procedure, in percent.
        optional_written p_12z_xii: Percent = "P_12Z_XII": "TProcentowy",
            "Law: chapter 6a of section XII of the VAT act.";
        /// That it is one of the goods or services of annex 15 to the VAT act.
        optional p_12z_zal_15: Mark = "P_12Z_Zal_15": "TWybor1";
        /// The group of goods or services.
        optional gtu: Gtu = "GTUZ": "TGTU";
        /// The procedure.
        optional procedure: OrderProcedure = "ProceduraZ": "TOznaczenieProceduryZ";
        /// The excise duty within the price, in the currency of the invoice.
        optional excise_duty: Amount = "KwotaAkcyzyZ": "TKwotowy";
        /// That the line says what was there before the correction.
        optional before_correction: Mark = "StanPrzedZ": "TWybor1";
    }
}
