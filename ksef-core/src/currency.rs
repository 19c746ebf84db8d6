//! `Currency`, the currencies of the schema.

use crate::code::code_traits;

/// Declares the variants once, for the enum, its list and its texts.
macro_rules! currencies {
    ($($variant:ident $code:literal,)+) => {
        /// A currency that an invoice may be in.
        ///
        /// Schema: `TKodWaluty` (`KodWaluty` and the like): 182 codes in FA(3), and the same ones
        /// without `XCG` in FA(2). They are exact: upper-case, without blanks around them.
        ///
        /// ```
        /// use ksef_core::{Currency, ParseErrorReason};
        ///
        /// let currency: Currency = "PLN".parse()?;
        /// assert_eq!(currency, Currency::Pln);
        /// assert_eq!(currency.minor_unit_exponent(), Some(2));
        ///
        /// let error = "pln".parse::<Currency>().unwrap_err();
        /// assert_eq!(error.reason(), ParseErrorReason::Character);
        /// # Ok::<(), ksef_core::ParseError>(())
        /// ```
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        #[non_exhaustive]
        #[doc(alias = "KodWaluty")]
        pub enum Currency {
            $(
                #[doc = concat!("`", $code, "`")]
                $variant,
            )+
        }

        impl Currency {
            /// All currencies of FA(3), in the order of their codes.
            pub const ALL: [Self; 182] = [$(Self::$variant),+];

            /// The code.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $code,)+
                }
            }
        }
    };
}

#[rustfmt::skip]
currencies! {
    Aed "AED", Afn "AFN", All "ALL", Amd "AMD", Ang "ANG", Aoa "AOA", Ars "ARS", Aud "AUD",
    Awg "AWG", Azn "AZN", Bam "BAM", Bbd "BBD", Bdt "BDT", Bgn "BGN", Bhd "BHD", Bif "BIF",
    Bmd "BMD", Bnd "BND", Bob "BOB", Bov "BOV", Brl "BRL", Bsd "BSD", Btn "BTN", Bwp "BWP",
    Byn "BYN", Bzd "BZD", Cad "CAD", Cdf "CDF", Che "CHE", Chf "CHF", Chw "CHW", Clf "CLF",
    Clp "CLP", Cny "CNY", Cop "COP", Cou "COU", Crc "CRC", Cuc "CUC", Cup "CUP", Cve "CVE",
    Czk "CZK", Djf "DJF", Dkk "DKK", Dop "DOP", Dzd "DZD", Egp "EGP", Ern "ERN", Etb "ETB",
    Eur "EUR", Fjd "FJD", Fkp "FKP", Gbp "GBP", Gel "GEL", Ggp "GGP", Ghs "GHS", Gip "GIP",
    Gmd "GMD", Gnf "GNF", Gtq "GTQ", Gyd "GYD", Hkd "HKD", Hnl "HNL", Hrk "HRK", Htg "HTG",
    Huf "HUF", Idr "IDR", Ils "ILS", Imp "IMP", Inr "INR", Iqd "IQD", Irr "IRR", Isk "ISK",
    Jep "JEP", Jmd "JMD", Jod "JOD", Jpy "JPY", Kes "KES", Kgs "KGS", Khr "KHR", Kmf "KMF",
    Kpw "KPW", Krw "KRW", Kwd "KWD", Kyd "KYD", Kzt "KZT", Lak "LAK", Lbp "LBP", Lkr "LKR",
    Lrd "LRD", Lsl "LSL", Lyd "LYD", Mad "MAD", Mdl "MDL", Mga "MGA", Mkd "MKD", Mmk "MMK",
    Mnt "MNT", Mop "MOP", Mru "MRU", Mur "MUR", Mvr "MVR", Mwk "MWK", Mxn "MXN", Mxv "MXV",
    Myr "MYR", Mzn "MZN", Nad "NAD", Ngn "NGN", Nio "NIO", Nok "NOK", Npr "NPR", Nzd "NZD",
    Omr "OMR", Pab "PAB", Pen "PEN", Pgk "PGK", Php "PHP", Pkr "PKR", Pln "PLN", Pyg "PYG",
    Qar "QAR", Ron "RON", Rsd "RSD", Rub "RUB", Rwf "RWF", Sar "SAR", Sbd "SBD", Scr "SCR",
    Sdg "SDG", Sek "SEK", Sgd "SGD", Shp "SHP", Sll "SLL", Sos "SOS", Srd "SRD", Ssp "SSP",
    Stn "STN", Svc "SVC", Syp "SYP", Szl "SZL", Thb "THB", Tjs "TJS", Tmt "TMT", Tnd "TND",
    Top "TOP", Try "TRY", Ttd "TTD", Twd "TWD", Tzs "TZS", Uah "UAH", Ugx "UGX", Usd "USD",
    Usn "USN", Uyi "UYI", Uyu "UYU", Uyw "UYW", Uzs "UZS", Ves "VES", Vnd "VND", Vuv "VUV",
    Wst "WST", Xaf "XAF", Xag "XAG", Xau "XAU", Xba "XBA", Xbb "XBB", Xbc "XBC", Xbd "XBD",
    Xcd "XCD", Xcg "XCG", Xdr "XDR", Xof "XOF", Xpd "XPD", Xpf "XPF", Xpt "XPT", Xsu "XSU",
    Xua "XUA", Xxx "XXX", Yer "YER", Zar "ZAR", Zmw "ZMW", Zwl "ZWL",
}

impl Currency {
    const EXPECTED: &'static str = "currency";

    /// Whether FA(2) has the currency too; it lacks `XCG`.
    ///
    /// ```
    /// use ksef_core::Currency;
    ///
    /// assert!(Currency::Eur.is_in_fa2());
    /// assert!(!Currency::Xcg.is_in_fa2());
    /// ```
    #[must_use]
    pub const fn is_in_fa2(self) -> bool {
        !matches!(self, Self::Xcg)
    }

    /// How many decimals Stripe's minor unit of the currency is, for whole numbers such as 1999
    /// for 19.99; `None` for a currency that Stripe does not charge in.
    ///
    /// There is no default, since a wrong exponent is a factor of ten or more. The numbers are
    /// those of Stripe's list of presentment currencies and its special cases
    /// (docs.stripe.com/currencies), which differ from ISO 4217: `ISK` and `UGX` keep two decimals
    /// for compatibility, and `HUF` and `TWD` have none in payouts only. Of that list `SLE` and
    /// `STD` are not in the schema.
    ///
    /// ```
    /// use ksef_core::Currency;
    ///
    /// assert_eq!(Currency::Jpy.minor_unit_exponent(), Some(0));
    /// assert_eq!(Currency::Isk.minor_unit_exponent(), Some(2));
    /// assert_eq!(Currency::Kwd.minor_unit_exponent(), Some(3));
    /// assert_eq!(Currency::Xau.minor_unit_exponent(), None);
    /// ```
    #[must_use]
    #[expect(clippy::too_many_lines, reason = "a table")]
    pub const fn minor_unit_exponent(self) -> Option<u8> {
        match self {
            Self::Bif
            | Self::Clp
            | Self::Djf
            | Self::Gnf
            | Self::Jpy
            | Self::Kmf
            | Self::Krw
            | Self::Mga
            | Self::Pyg
            | Self::Rwf
            | Self::Vnd
            | Self::Vuv
            | Self::Xaf
            | Self::Xof
            | Self::Xpf => Some(0),
            Self::Bhd | Self::Jod | Self::Kwd | Self::Omr | Self::Tnd => Some(3),
            Self::Aed
            | Self::Afn
            | Self::All
            | Self::Amd
            | Self::Ang
            | Self::Aoa
            | Self::Ars
            | Self::Aud
            | Self::Awg
            | Self::Azn
            | Self::Bam
            | Self::Bbd
            | Self::Bdt
            | Self::Bgn
            | Self::Bmd
            | Self::Bnd
            | Self::Bob
            | Self::Brl
            | Self::Bsd
            | Self::Bwp
            | Self::Byn
            | Self::Bzd
            | Self::Cad
            | Self::Cdf
            | Self::Chf
            | Self::Cny
            | Self::Cop
            | Self::Crc
            | Self::Cve
            | Self::Czk
            | Self::Dkk
            | Self::Dop
            | Self::Dzd
            | Self::Egp
            | Self::Etb
            | Self::Eur
            | Self::Fjd
            | Self::Fkp
            | Self::Gbp
            | Self::Gel
            | Self::Gip
            | Self::Gmd
            | Self::Gtq
            | Self::Gyd
            | Self::Hkd
            | Self::Hnl
            | Self::Htg
            | Self::Huf
            | Self::Idr
            | Self::Ils
            | Self::Inr
            | Self::Isk
            | Self::Jmd
            | Self::Kes
            | Self::Kgs
            | Self::Khr
            | Self::Kyd
            | Self::Kzt
            | Self::Lak
            | Self::Lbp
            | Self::Lkr
            | Self::Lrd
            | Self::Lsl
            | Self::Mad
            | Self::Mdl
            | Self::Mkd
            | Self::Mmk
            | Self::Mnt
            | Self::Mop
            | Self::Mur
            | Self::Mvr
            | Self::Mwk
            | Self::Mxn
            | Self::Myr
            | Self::Mzn
            | Self::Nad
            | Self::Ngn
            | Self::Nio
            | Self::Nok
            | Self::Npr
            | Self::Nzd
            | Self::Pab
            | Self::Pen
            | Self::Pgk
            | Self::Php
            | Self::Pkr
            | Self::Pln
            | Self::Qar
            | Self::Ron
            | Self::Rsd
            | Self::Rub
            | Self::Sar
            | Self::Sbd
            | Self::Scr
            | Self::Sek
            | Self::Sgd
            | Self::Shp
            | Self::Sos
            | Self::Srd
            | Self::Szl
            | Self::Thb
            | Self::Tjs
            | Self::Top
            | Self::Try
            | Self::Ttd
            | Self::Twd
            | Self::Tzs
            | Self::Uah
            | Self::Ugx
            | Self::Usd
            | Self::Uyu
            | Self::Uzs
            | Self::Wst
            | Self::Xcd
            | Self::Xcg
            | Self::Yer
            | Self::Zar
            | Self::Zmw => Some(2),
            _ => None,
        }
    }
}

code_traits!(Currency);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ParseErrorReason;
    use crate::test_support::{assert_refuses_bad_text, reason};

    fn with_exponent(exponent: Option<u8>) -> Vec<&'static str> {
        let currencies = Currency::ALL.into_iter();
        let with_exponent = currencies.filter(|code| code.minor_unit_exponent() == exponent);
        with_exponent.map(Currency::as_str).collect()
    }

    #[test]
    fn every_kind_of_bad_text_has_its_reason() {
        assert_refuses_bad_text::<Currency>("PLN");
        for text in ["STD", "SLE", "BTC", "AAA", "PL0"] {
            assert_eq!(reason::<Currency>(text), ParseErrorReason::UnknownCode, "{text}");
        }
        for text in ["pln", "Pln", "PL "] {
            assert_eq!(reason::<Currency>(text), ParseErrorReason::Character, "{text}");
        }
        for text in ["PLN ", " PLN", "PL", "PLNN"] {
            assert_eq!(reason::<Currency>(text), ParseErrorReason::Length, "{text}");
        }
    }

    #[test]
    fn the_codes_are_distinct_in_order_and_three_letters_long() {
        assert!(Currency::ALL.is_sorted_by(|one, next| one.as_str() < next.as_str()));
        for currency in Currency::ALL {
            assert_eq!(currency.as_str().parse(), Ok(currency));
            assert_eq!(format!("{currency:?}").to_uppercase(), currency.as_str());
            assert_eq!(currency.as_str().len(), 3);
        }
    }

    #[test]
    fn fa2_lacks_one_currency() {
        let missing = Currency::ALL.into_iter().filter(|currency| !currency.is_in_fa2());
        assert_eq!(missing.collect::<Vec<_>>(), [Currency::Xcg]);
    }

    #[test]
    fn the_exponents_are_those_of_stripe() {
        assert_eq!(with_exponent(Some(0)).join(" "), {
            "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF"
        });
        assert_eq!(with_exponent(Some(3)).join(" "), "BHD JOD KWD OMR TND");
        assert_eq!(with_exponent(Some(2)).len(), 118);
        for code in ["ISK", "UGX", "HUF", "TWD", "PLN", "EUR"] {
            assert!(with_exponent(Some(2)).contains(&code), "{code}");
        }
        for code in ["XXX", "XTS", "XAU", "CHE", "HRK", "KPW", "IRR", "XDR"] {
            assert!(!with_exponent(Some(2)).contains(&code), "{code}");
        }
    }
}
