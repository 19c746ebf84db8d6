//! The lists of codes.

use core::fmt;
use core::str::FromStr;
use std::borrow::Cow;

use ksef_core::{ParseError, ParseErrorReason};

use super::declare::{Value, content_is_value};
use super::written::{Spelled, significant};
use crate::xml::writer::Writer;

/// Declares a list of codes.
///
/// The text of a `token` is the code and nothing else. A `number` has other texts as well, so it
/// stands in a `Written`.
macro_rules! codes {
    (
        $(#[$meta:meta])*
        pub enum $type:ident, $kind:ident, $expected:literal {
            $($(#[$doc:meta])* $variant:ident = $code:literal,)+
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub enum $type {
            $(
                $(#[$doc])*
                #[doc = ""]
                #[doc = concat!("Code: `", $code, "`.")]
                $variant,
            )+
        }

        impl $type {
            const EXPECTED: &'static str = $expected;

            /// All of them, in the order of the schema.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The code.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $code,)+
                }
            }

            fn with_code(code: &str) -> Option<Self> {
                match code {
                    $($code => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl AsRef<str> for $type {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl FromStr for $type {
            type Err = ParseError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let error = || ParseError::new(Self::EXPECTED, ParseErrorReason::UnknownCode);
                Self::with_code(text).ok_or_else(error)
            }
        }

        impl TryFrom<&str> for $type {
            type Error = ParseError;

            fn try_from(text: &str) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        codes!(@$kind $type);
    };
    (@fixed $type:ident) => {};
    (@token $type:ident) => {
        impl Value for $type {
            fn from_text(text: Cow<'_, str>) -> Option<Self> {
                Self::with_code(&text)
            }

            fn write_text(&self, writer: &mut Writer) {
                writer.text(self.as_str());
            }
        }

        content_is_value!($type);
        #[cfg(feature = "serde")]
        $crate::model::declare::value_in_json!($type, |code| code.as_str().into());
    };
    (@number $type:ident) => {
        impl Spelled for $type {
            fn parse(text: &str) -> Option<Self> {
                Self::with_code(significant(text))
            }

            fn canonical(self) -> Cow<'static, str> {
                self.as_str().into()
            }
        }
    };
}
pub(crate) use codes;

codes! {
    /// Yes or no.
    ///
    /// Schema: `TWybor1_2` (`P_16` and the like), `JST`, `GV`, FA(2) and FA(3).
    #[expect(clippy::exhaustive_enums, reason = "there is no third answer")]
    #[doc(alias = "TWybor1_2")]
    pub enum YesNo, number, "answer, yes or no" {
        /// Yes.
        Yes = "1",
        /// No.
        No = "2",
    }
}

impl From<bool> for YesNo {
    fn from(is_so: bool) -> Self {
        if is_so { Self::Yes } else { Self::No }
    }
}

codes! {
    /// The rate of tax of a line.
    ///
    /// Schema: `TStawkaPodatku` (`P_12`, `P_12Z`). FA(2) has `0` and `np`, where FA(3) has
    /// three and two codes.
    ///
    /// ```
    /// use ksef_fa::model::VatRate;
    ///
    /// let rate: VatRate = "0 WDT".parse()?;
    /// assert_eq!(rate, VatRate::ZeroWdt);
    /// assert!("24".parse::<VatRate>().is_err());
    /// # Ok::<(), ksef_core::ParseError>(())
    /// ```
    #[non_exhaustive]
    #[doc(alias = "TStawkaPodatku")]
    pub enum VatRate, token, "rate of tax" {
        /// 23 %.
        Rate23 = "23",
        /// 22 %.
        Rate22 = "22",
        /// 8 %.
        Rate8 = "8",
        /// 7 %.
        Rate7 = "7",
        /// 5 %.
        Rate5 = "5",
        /// 4 %.
        Rate4 = "4",
        /// 3 %.
        Rate3 = "3",
        /// 0 %, FA(2) only.
        Zero = "0",
        /// 0 % within Poland, FA(3) only.
        ZeroKr = "0 KR",
        /// 0 % on an intra-Community supply of goods, FA(3) only.
        ZeroWdt = "0 WDT",
        /// 0 % on an export of goods, FA(3) only.
        ZeroEx = "0 EX",
        /// Exempt.
        Zw = "zw",
        /// Reverse charge within Poland.
        Oo = "oo",
        /// Not taxed in Poland, FA(2) only.
        Np = "np",
        /// Supplied outside of Poland, other than [`Self::NpII`], FA(3) only.
        NpI = "np I",
        /// Services of art. 100(1)(4) of the VAT act, not taxed in Poland, FA(3) only.
        NpII = "np II",
    }
}

codes! {
    /// What a line is, of the groups of goods and services that the records of VAT distinguish.
    ///
    /// Schema: `TGTU` (`GTU`, `GTUZ`), FA(2) and FA(3). Law: § 10(3) of the regulation on the
    /// contents of `JPK_VAT`.
    #[non_exhaustive]
    #[doc(alias = "TGTU")]
    pub enum Gtu, token, "GTU code" {
        /// Goods, § 10(3)(1)(a).
        Gtu01 = "GTU_01",
        /// Goods, § 10(3)(1)(b).
        Gtu02 = "GTU_02",
        /// Goods, § 10(3)(1)(c).
        Gtu03 = "GTU_03",
        /// Goods, § 10(3)(1)(d).
        Gtu04 = "GTU_04",
        /// Goods, § 10(3)(1)(e).
        Gtu05 = "GTU_05",
        /// Goods, § 10(3)(1)(f).
        Gtu06 = "GTU_06",
        /// Goods, § 10(3)(1)(g).
        Gtu07 = "GTU_07",
        /// Goods, § 10(3)(1)(h).
        Gtu08 = "GTU_08",
        /// Goods, § 10(3)(1)(i).
        Gtu09 = "GTU_09",
        /// Goods, § 10(3)(1)(j).
        Gtu10 = "GTU_10",
        /// Services, § 10(3)(2)(a).
        Gtu11 = "GTU_11",
        /// Services, § 10(3)(2)(b).
        Gtu12 = "GTU_12",
        /// Services, § 10(3)(2)(c).
        Gtu13 = "GTU_13",
    }
}

codes! {
    /// A procedure that a line of an invoice is marked with.
    ///
    /// Schema: `TOznaczenieProcedury` (`Procedura`), FA(2) and FA(3). Law: § 10(4) of the
    /// regulation on the contents of `JPK_VAT`.
    #[non_exhaustive]
    #[doc(alias = "TOznaczenieProcedury")]
    pub enum Procedure, token, "procedure" {
        /// § 10(4)(2a).
        WstoEe = "WSTO_EE",
        /// § 10(4)(2b).
        Ied = "IED",
        /// § 10(4)(5).
        TtD = "TT_D",
        /// § 10(4)(8).
        I42 = "I_42",
        /// § 10(4)(9).
        I63 = "I_63",
        /// § 10(4)(10).
        BSpv = "B_SPV",
        /// § 10(4)(11).
        BSpvDostawa = "B_SPV_DOSTAWA",
        /// § 10(4)(12).
        BMpvProwizja = "B_MPV_PROWIZJA",
    }
}

codes! {
    /// A procedure that a line of an order is marked with: those of [`Procedure`] but two.
    ///
    /// Schema: `TOznaczenieProceduryZ` (`ProceduraZ`), FA(2) and FA(3).
    #[non_exhaustive]
    #[doc(alias = "TOznaczenieProceduryZ")]
    pub enum OrderProcedure, token, "procedure of an order" {
        /// § 10(4)(2a).
        WstoEe = "WSTO_EE",
        /// § 10(4)(2b).
        Ied = "IED",
        /// § 10(4)(5).
        TtD = "TT_D",
        /// § 10(4)(10).
        BSpv = "B_SPV",
        /// § 10(4)(11).
        BSpvDostawa = "B_SPV_DOSTAWA",
        /// § 10(4)(12).
        BMpvProwizja = "B_MPV_PROWIZJA",
    }
}

codes! {
    /// The prefix of a seller's VAT number within the EU, which is always `PL`.
    ///
    /// Schema: `Podmiot1/PrefiksPodatnika`, FA(2) and FA(3). An empty element says the same, and
    /// stays empty when it is written again.
    #[expect(clippy::exhaustive_enums, reason = "the schema fixes the value")]
    #[doc(alias = "PrefiksPodatnika")]
    pub enum SellerPrefix, fixed, "prefix of the seller" {
        /// Poland.
        Pl = "PL",
    }
}

impl Spelled for SellerPrefix {
    fn parse(text: &str) -> Option<Self> {
        Self::with_code(text)
    }

    fn canonical(self) -> Cow<'static, str> {
        self.as_str().into()
    }
}

codes! {
    /// The state that a seller is in.
    ///
    /// Schema: `TStatusInfoPodatnika`, FA(2) and FA(3).
    #[non_exhaustive]
    #[doc(alias = "TStatusInfoPodatnika")]
    pub enum TaxpayerStatus, number, "status of a taxpayer" {
        /// In liquidation.
        Liquidation = "1",
        /// Under restructuring.
        Restructuring = "2",
        /// Bankrupt.
        Bankruptcy = "3",
        /// An enterprise that is part of an estate.
        EstateEnterprise = "4",
    }
}

codes! {
    /// What a third party has to do with the invoice.
    ///
    /// Schema: `TRolaPodmiotu3`, FA(2) and FA(3).
    #[non_exhaustive]
    #[doc(alias = "TRolaPodmiotu3")]
    pub enum Role, number, "role of a third party" {
        /// The factor.
        Factor = "1",
        /// The recipient, a unit or branch of the buyer.
        Recipient = "2",
        /// The entity that was taken over or transformed and made the supply.
        OriginalEntity = "3",
        /// One more buyer.
        AdditionalBuyer = "4",
        /// Who issues the invoice in the name of the taxpayer.
        Issuer = "5",
        /// Who pays in place of the buyer.
        Payer = "6",
        /// A unit of local government, as the issuer.
        LocalGovernmentIssuer = "7",
        /// A unit of local government, as the recipient.
        LocalGovernmentRecipient = "8",
        /// A member of a VAT group, as the issuer.
        VatGroupIssuer = "9",
        /// A member of a VAT group, as the recipient.
        VatGroupRecipient = "10",
        /// An employee, FA(3) only.
        Employee = "11",
    }
}

codes! {
    /// What entitles the authorised entity.
    ///
    /// Schema: `TRolaPodmiotuUpowaznionego`, FA(2) and FA(3).
    #[non_exhaustive]
    #[doc(alias = "TRolaPodmiotuUpowaznionego")]
    pub enum AuthorisedRole, number, "role of an authorised entity" {
        /// An enforcement authority, art. 106c(1) of the VAT act.
        EnforcementAuthority = "1",
        /// A court bailiff, art. 106c(2) of the VAT act.
        CourtBailiff = "2",
        /// A tax representative.
        TaxRepresentative = "3",
    }
}

codes! {
    /// In which period a correction counts.
    ///
    /// Schema: `TTypKorekty`, FA(2) and FA(3).
    #[non_exhaustive]
    #[doc(alias = "TTypKorekty")]
    pub enum CorrectionEffect, number, "effect of a correction" {
        /// That of the original invoice.
        OriginalDate = "1",
        /// That in which the correction is issued.
        CorrectionDate = "2",
        /// Another one, or not the same one for all lines.
        OtherDate = "3",
    }
}

codes! {
    /// How an invoice is paid.
    ///
    /// Schema: `TFormaPlatnosci`, FA(2) and FA(3).
    #[non_exhaustive]
    #[doc(alias = "TFormaPlatnosci")]
    pub enum PaymentForm, number, "form of payment" {
        /// In cash.
        Cash = "1",
        /// By card.
        Card = "2",
        /// By voucher.
        Voucher = "3",
        /// By cheque.
        Cheque = "4",
        /// On credit.
        Credit = "5",
        /// By transfer.
        Transfer = "6",
        /// By mobile phone.
        Mobile = "7",
    }
}

codes! {
    /// How much of the amount due several payments have covered.
    ///
    /// Schema: `ZnacznikZaplatyCzesciowej`. FA(2) has the first one only.
    #[non_exhaustive]
    #[doc(alias = "ZnacznikZaplatyCzesciowej")]
    pub enum PartialPaymentState, number, "state of partial payments" {
        /// A part.
        InPart = "1",
        /// All of it, in several parts, FA(3) only.
        InFull = "2",
    }
}

codes! {
    /// What a bank uses an account of its own for.
    ///
    /// Schema: `TRachunekWlasnyBanku`, FA(2) and FA(3).
    #[non_exhaustive]
    #[doc(alias = "TRachunekWlasnyBanku")]
    pub enum BankOwnAccount, number, "kind of a bank's own account" {
        /// To settle claims that it has bought.
        BoughtClaims = "1",
        /// To collect what its customer is owed, and to pass it on.
        Collection = "2",
        /// For its own business, which is not a settlement account.
        OwnBusiness = "3",
    }
}

codes! {
    /// A means of transport.
    ///
    /// Schema: `TRodzajTransportu`, FA(2) and FA(3). There is no 6.
    #[non_exhaustive]
    #[doc(alias = "TRodzajTransportu")]
    pub enum TransportMode, number, "means of transport" {
        /// By sea.
        Sea = "1",
        /// By rail.
        Rail = "2",
        /// By road.
        Road = "3",
        /// By air.
        Air = "4",
        /// By post.
        Post = "5",
        /// Through a fixed installation.
        FixedInstallation = "7",
        /// By inland waterway.
        InlandWaterway = "8",
    }
}

codes! {
    /// What a cargo is packed in.
    ///
    /// Schema: `TLadunek`, FA(2) and FA(3).
    #[non_exhaustive]
    #[doc(alias = "TLadunek")]
    pub enum CargoKind, number, "kind of cargo" {
        /// A can with a handle (bańka).
        Churn = "1",
        /// A barrel.
        Barrel = "2",
        /// A cylinder.
        Cylinder = "3",
        /// A carton.
        Carton = "4",
        /// A canister.
        Canister = "5",
        /// A cage.
        Cage = "6",
        /// A container.
        Container = "7",
        /// A basket.
        Basket = "8",
        /// A punnet (łubianka).
        Punnet = "9",
        /// Collective packaging.
        CollectivePackaging = "10",
        /// A parcel.
        Parcel = "11",
        /// A bundle.
        Bundle = "12",
        /// A pallet.
        Pallet = "13",
        /// A bin (pojemnik).
        Bin = "14",
        /// A container for solids in bulk.
        BulkSolids = "15",
        /// A container for liquids in bulk.
        BulkLiquids = "16",
        /// A box.
        Box = "17",
        /// A tin.
        Tin = "18",
        /// A chest.
        Chest = "19",
        /// A sack.
        Sack = "20",
    }
}

codes! {
    /// What the cells of a column of an attachment's table contain.
    ///
    /// Schema: `Kol/@Typ`, FA(3) only.
    #[non_exhaustive]
    #[doc(alias = "Typ")]
    pub enum ColumnType, token, "type of a column" {
        /// Dates.
        Date = "date",
        /// Dates with times.
        DateTime = "datetime",
        /// Decimal numbers.
        Decimal = "dec",
        /// Whole numbers.
        Integer = "int",
        /// Times.
        Time = "time",
        /// Text.
        Text = "txt",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_parses_to_what_prints_it() {
        for rate in VatRate::ALL {
            assert_eq!(rate.as_str().parse(), Ok(*rate));
        }
        for role in Role::ALL {
            assert_eq!(Role::parse(&format!("+0{role}")), Some(*role));
        }
        assert!("".parse::<Role>().is_err());
        assert_eq!(TransportMode::parse("6"), None);
    }
}
