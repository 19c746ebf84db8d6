//! What has to be said about an invoice.

use ksef_core::InvoiceDate;

use super::declare::{choice, sequence};
use super::{LineNumber, Mark, Text, YesNo};

sequence! {
    /// What has to be said about the invoice. [`Annotations::none`] says no to all of it.
    #[doc(alias = "Adnotacje")]
    pub struct Annotations in "Fa/Adnotacje" {
        #![expect(clippy::too_many_arguments, reason = "the schema requires as many")]
        /// Whether tax is due when payment arrives (cash accounting).
        written p_16: YesNo = "P_16": "TWybor1_2",
            "Law: art. 19a(5)(1), art. 21(1) of the VAT act.";
        /// Whether the buyer issues the invoice (self-billing).
        written p_17: YesNo = "P_17": "TWybor1_2", "Law: art. 106d(1) of the VAT act.";
        /// Whether the buyer owes the tax (reverse charge).
        written p_18: YesNo = "P_18": "TWybor1_2";
        /// Whether payment has to be split.
        written p_18a: YesNo = "P_18A": "TWybor1_2",
            "On invoices over 15 000 PLN with goods or services of annex 15 to the VAT act.";
        /// Whether there is something exempt, and why.
        required exemption: Exemption = "Zwolnienie";
        /// Whether new means of transport go to another member state.
        required new_means_of_transport: NewMeansOfTransport = "NoweSrodkiTransportu";
        /// Whether it is an invoice of the second taxpayer of a triangular transaction.
        written p_23: YesNo = "P_23": "TWybor1_2",
            "Law: art. 135(1)(4)(b) and (c), art. 136 of the VAT act.";
        /// Whether a margin scheme is used.
        required margin: MarginScheme = "PMarzy";
    }
}

impl Annotations {
    /// Nothing has to be said.
    ///
    /// ```
    /// use ksef_fa::model::{Annotations, YesNo};
    ///
    /// let mut annotations = Annotations::none();
    /// annotations.p_18a = YesNo::Yes.into();
    /// assert_eq!(annotations.p_16, YesNo::No);
    /// ```
    #[must_use]
    pub fn none() -> Self {
        Self::new(
            YesNo::No,
            YesNo::No,
            YesNo::No,
            YesNo::No,
            Exemption::NotExempt(Mark::SET),
            NewMeansOfTransport::NotSupplied(Mark::SET),
            YesNo::No,
            MarginScheme::NotUsed(Mark::SET),
        )
    }
}

choice! {
    /// Whether something on the invoice is exempt.
    #[doc(alias = "Zwolnienie")]
    pub enum Exemption in "Fa/Adnotacje/Zwolnienie" {
        /// Something is.
        group Exempt(Exempted);
        /// Nothing is.
        element NotExempt(Mark) = "P_19N": "TWybor1";
    }
}

sequence! {
    /// Something on the invoice is exempt.
    pub struct Exempted in "Fa/Adnotacje/Zwolnienie" {
        fixed p_19: Mark = "P_19": "TWybor1";
        /// Why.
        group basis: ExemptionBasis;
    }
}

choice! {
    /// Why something is exempt.
    pub enum ExemptionBasis in "Fa/Adnotacje/Zwolnienie" {
        /// By this provision of a Polish act or regulation.
        element P19a(Text<256>) = "P_19A": "TZnakowy";
        /// By this provision of directive 2006/112/EC.
        element P19b(Text<256>) = "P_19B": "TZnakowy";
        /// On this other basis.
        element P19c(Text<256>) = "P_19C": "TZnakowy";
    }
}

choice! {
    /// Whether new means of transport go to another member state.
    #[doc(alias = "NoweSrodkiTransportu")]
    pub enum NewMeansOfTransport in "Fa/Adnotacje/NoweSrodkiTransportu" {
        /// They do.
        group Supplied(NewVehicles);
        /// They do not.
        element NotSupplied(Mark) = "P_22N": "TWybor1";
    }
}

sequence! {
    /// New means of transport that go to another member state.
    pub struct NewVehicles in "Fa/Adnotacje/NoweSrodkiTransportu" {
        fixed p_22: Mark = "P_22": "TWybor1";
        /// Whether the duty of art. 42(5) of the VAT act exists.
        written p_42_5: YesNo = "P_42_5": "TWybor1_2";
        /// Each of them.
        several vehicles: NewVehicle = "NowySrodekTransportu" [1..=10000];
    }
}

sequence! {
    /// A new means of transport.
    #[doc(alias = "NowySrodekTransportu")]
    pub struct NewVehicle in "Fa/Adnotacje/NoweSrodkiTransportu/NowySrodekTransportu" {
        /// The day on which it was first put into use.
        required p_22a: InvoiceDate = "P_22A": "TDataT";
        /// The line of the invoice that supplies it.
        written line_number: LineNumber = "P_NrWierszaNST": "TNaturalny";
        /// The make.
        optional p_22bmk: Text<256> = "P_22BMK": "TZnakowy";
        /// The model.
        optional p_22bmd: Text<256> = "P_22BMD": "TZnakowy";
        /// The colour.
        optional p_22bk: Text<256> = "P_22BK": "TZnakowy";
        /// The registration number.
        optional p_22bnr: Text<256> = "P_22BNR": "TZnakowy";
        /// The year in which it was made.
        optional p_22brp: Text<256> = "P_22BRP": "TZnakowy";
        /// What moves on land, on water or in the air.
        group kind: NewVehicleKind;
    }
}

choice! {
    /// Whether a new means of transport moves on land, on water or in the air.
    pub enum NewVehicleKind in "Fa/Adnotacje/NoweSrodkiTransportu/NowySrodekTransportu" {
        /// On land.
        group Land(LandVehicle);
        /// On water.
        group Water(Watercraft);
        /// In the air.
        group Air(Aircraft);
    }
}

sequence! {
    /// A vehicle on land, art. 2(10)(a) of the VAT act.
    pub struct LandVehicle in "Fa/Adnotacje/NoweSrodkiTransportu/NowySrodekTransportu" {
        /// How far it has gone.
        required p_22b: Text<256> = "P_22B": "TZnakowy";
        /// A number by which it is known.
        optional_group number: LandVehicleNumber;
        /// The type.
        optional p_22bt: Text<256> = "P_22BT": "TZnakowy";
    }
}

choice! {
    /// A number by which a vehicle on land is known.
    pub enum LandVehicleNumber in "Fa/Adnotacje/NoweSrodkiTransportu/NowySrodekTransportu" {
        /// The VIN.
        element P22b1(Text<256>) = "P_22B1": "TZnakowy";
        /// The number of the body.
        element P22b2(Text<256>) = "P_22B2": "TZnakowy";
        /// The number of the chassis.
        element P22b3(Text<256>) = "P_22B3": "TZnakowy";
        /// The number of the frame.
        element P22b4(Text<256>) = "P_22B4": "TZnakowy";
    }
}

sequence! {
    /// A vessel, art. 2(10)(b) of the VAT act.
    pub struct Watercraft in "Fa/Adnotacje/NoweSrodkiTransportu/NowySrodekTransportu" {
        /// For how many hours it was used.
        required p_22c: Text<256> = "P_22C": "TZnakowy";
        /// The number of the hull.
        optional p_22c1: Text<256> = "P_22C1": "TZnakowy";
    }
}

sequence! {
    /// An aircraft, art. 2(10)(c) of the VAT act.
    pub struct Aircraft in "Fa/Adnotacje/NoweSrodkiTransportu/NowySrodekTransportu" {
        /// For how many hours it was used.
        required p_22d: Text<256> = "P_22D": "TZnakowy";
        /// The serial number.
        optional p_22d1: Text<256> = "P_22D1": "TZnakowy";
    }
}

choice! {
    /// Whether a margin scheme is used.
    #[doc(alias = "PMarzy")]
    pub enum MarginScheme in "Fa/Adnotacje/PMarzy" {
        /// One is.
        group Used(MarginProcedure);
        /// None is.
        element NotUsed(Mark) = "P_PMarzyN": "TWybor1";
    }
}

sequence! {
    /// A margin scheme is used.
    pub struct MarginProcedure in "Fa/Adnotacje/PMarzy" {
        fixed p_pmarzy: Mark = "P_PMarzy": "TWybor1";
        /// Which one.
        group kind: MarginKind;
    }
}

choice! {
    /// A margin scheme.
    pub enum MarginKind in "Fa/Adnotacje/PMarzy" {
        /// For travel agents, art. 119(1) of the VAT act.
        element TravelAgents(Mark) = "P_PMarzy_2": "TWybor1";
        /// For second-hand goods, art. 120 of the VAT act.
        element SecondHandGoods(Mark) = "P_PMarzy_3_1": "TWybor1";
        /// For works of art, art. 120 of the VAT act.
        element WorksOfArt(Mark) = "P_PMarzy_3_2": "TWybor1";
        /// For collectors' items and antiques, art. 120 of the VAT act.
        element Antiques(Mark) = "P_PMarzy_3_3": "TWybor1";
    }
}
