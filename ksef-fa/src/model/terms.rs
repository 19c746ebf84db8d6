//! Terms of the transaction, and transport.

use ksef_core::{Currency, InvoiceDate, Quantity};

use super::declare::{choice, sequence};
use super::{Address, CargoKind, DateTime, Mark, PartyIdentification, Text, TransportMode};

sequence! {
    /// Terms of the transaction.
    #[derive(Default)]
    #[doc(alias = "WarunkiTransakcji")]
    pub struct TransactionTerms in "Fa/WarunkiTransakcji" {
        /// Contracts.
        repeated contracts: Contract = "Umowy" [0..=100];
        /// Orders.
        repeated orders: OrderReference = "Zamowienia" [0..=100];
        /// Numbers of batches of goods.
        repeated batch_numbers: Text<256> = "NrPartiiTowaru" [0..=1000]: "TZnakowy";
        /// Terms of delivery, such as Incoterms.
        optional delivery_terms: Text<256> = "WarunkiDostawy": "TZnakowy";
        /// An exchange rate that was agreed upon.
        optional_group agreed_rate: AgreedRate;
        /// How the goods are transported.
        repeated transports: Transport = "Transport" [0..=20];
        /// That an intermediary of art. 22(2d) of the VAT act supplies.
        optional intermediary: Mark = "PodmiotPosredniczacy": "TWybor1";
    }
}

sequence! {
    /// A contract. It may be empty.
    #[derive(Default)]
    #[doc(alias = "Umowy")]
    pub struct Contract in "Fa/WarunkiTransakcji/Umowy" {
        /// Its date.
        optional date: InvoiceDate = "DataUmowy": "TDataU (FA(2): TData)";
        /// Its number.
        optional number: Text<256> = "NrUmowy": "TZnakowy";
    }
}

sequence! {
    /// An order. It may be empty.
    #[derive(Default)]
    #[doc(alias = "Zamowienia")]
    pub struct OrderReference in "Fa/WarunkiTransakcji/Zamowienia" {
        /// Its date.
        optional date: InvoiceDate = "DataZamowienia": "TDataU (FA(2): TData)";
        /// Its number.
        optional number: Text<256> = "NrZamowienia": "TZnakowy";
    }
}

sequence! {
    /// An exchange rate that was agreed upon, for an invoice whose amounts were converted to PLN.
    pub struct AgreedRate in "Fa/WarunkiTransakcji" {
        /// The rate, PLN for one unit.
        required rate: Quantity = "KursUmowny": "TIlosci";
        /// The currency that was converted.
        required currency: Currency = "WalutaUmowna": "TKodWaluty";
    }
}

sequence! {
    /// How goods are transported.
    pub struct Transport in "Fa/WarunkiTransakcji/Transport" {
        /// By what.
        group kind: TransportKind;
        /// By whom.
        optional carrier: Carrier = "Przewoznik";
        /// The number of the order for the transport.
        optional order_number: Text<256> = "NrZleceniaTransportu": "TZnakowy";
        /// What is transported.
        group cargo: Cargo;
        /// The unit of packaging.
        optional packaging_unit: Text<256> = "JednostkaOpakowania": "TZnakowy";
        /// When it begins.
        optional starts_at: DateTime = "DataGodzRozpTransportu": "TDataCzas";
        /// When it ends.
        optional ends_at: DateTime = "DataGodzZakTransportu": "TDataCzas";
        /// Where it begins.
        optional from: Address = "WysylkaZ": "TAdres";
        /// Where it passes through.
        repeated via: Address = "WysylkaPrzez" [0..=20]: "TAdres";
        /// Where it ends.
        optional to: Address = "WysylkaDo": "TAdres";
    }
}

choice! {
    /// By what goods are transported.
    pub enum TransportKind in "Fa/WarunkiTransakcji/Transport" {
        /// By something of the list.
        written Listed(TransportMode) = "RodzajTransportu": "TRodzajTransportu";
        /// By something else.
        group Other(OtherTransport);
    }
}

sequence! {
    /// A means of transport that is not on the list.
    pub struct OtherTransport in "Fa/WarunkiTransakcji/Transport" {
        fixed mark: Mark = "TransportInny": "TWybor1";
        /// What it is.
        required description: Text<50> = "OpisInnegoTransportu": "TZnakowy50";
    }
}

sequence! {
    /// Who transports goods.
    #[doc(alias = "Przewoznik")]
    pub struct Carrier in "Fa/WarunkiTransakcji/Transport/Przewoznik" {
        /// Tax identifier and name.
        required identification: PartyIdentification = "DaneIdentyfikacyjne": "TPodmiot2";
        /// The address.
        required address: Address = "AdresPrzewoznika": "TAdres";
    }
}

choice! {
    /// What is transported.
    pub enum Cargo in "Fa/WarunkiTransakcji/Transport" {
        /// Something of the list.
        written Listed(CargoKind) = "OpisLadunku": "TLadunek";
        /// Something else.
        group Other(OtherCargo);
    }
}

sequence! {
    /// A cargo that is not on the list.
    pub struct OtherCargo in "Fa/WarunkiTransakcji/Transport" {
        fixed mark: Mark = "LadunekInny": "TWybor1";
        /// What it is.
        required description: Text<50> = "OpisInnegoLadunku": "TZnakowy50";
    }
}
